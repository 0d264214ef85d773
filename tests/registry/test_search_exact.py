"""What a search counts is what plain SQL counts, and what it puts first is what its declared ranking puts first.

A few hundred entries are made up by chance, of few words and with every date and facet that there is; then filters, days
and words are. The totals and the counts of facets must be those of the register's own rows, and the first twenty those of
a scorer that looks at every entry (`brute_force`). Entries of the same score may stand in any order among themselves.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registry import journal
from registry.framework.current import today
from registry.models import Entry
from registry.search import follower, query, schema
from registry.status import CREDENTIAL_STATUSES
from tests.builders import DAY, document, make_provider
from tests.registry.brute_force import BruteForce
from tests.registry.sql_reference import Reference


def _listed(text: str) -> list[str]:
    return text.split()


ENTRIES = 300
KINDS = ("qualification", "part_qualification", "micro_credential")
FIELDS = ("0413", "0912", "0713", "0111", "1013", "1101", "0011", "Basket weaving")
SCHEMES = (None, "ISCED_F_2013", "isced-f", "nzsced", "of-our-own")
LANGUAGES = ("en", "fr", "pt", "mi")
MODES = ("on_site", "online", "blended", "work_based")
CREDITS = (None, "2.5", "5", "5.01", "20", "60", "60.5", "120", "360")
ROLES = ("awarding", "developer")
# Few, so that chance brings them together: with other spellings, compounds, numerals, synonyms and other languages' forms.
WORDS = _listed("""
health care safety nursing certificate diploma mathematics maths accounting organisation organization colour color cyber
security cybersecurity healthcare management level 3 4 iv ii L3 first aid work the in of and food
""")
FRENCH = _listed("formation professionnelle infirmiers soins maintenance électricité mécanique certificats")
BODY = [*WORDS, *_listed("inspect record plan apply apply patients patient welding solar")]
PROVIDERS = ("Harbour Institute of Technology", "Te Wānanga o Waimanu", "University of Nursing", "Food Safety College")
COMMON = settings.get_profile("register").max_examples


def _title(dice: Random, words: list[str] = WORDS) -> str:
    """No word twice: how often a phrase that leaves room for others stands there would be a matter of taste."""
    return " ".join(dice.sample(words, dice.randint(1, 6)))


def _day(dice: Random, spread: int = 700) -> str:
    return (today() + timedelta(days=dice.randint(-spread, spread))).isoformat()


def _suspensions(dice: Random) -> list[dict[str, str | None]]:
    first = date.fromisoformat(_day(dice, 400))
    until = first + timedelta(days=dice.randint(0, 300))
    return [{"from": first.isoformat(), "until": None if dice.random() < 0.3 else until.isoformat()}]


def _entry(dice: Random, providers: list[str]) -> dict[str, Any]:
    """One made-up credential. Each thing that a facet counts is there once, several times, or not at all."""
    language = dice.choices(LANGUAGES, (6, 2, 1, 1))[0]
    title = _title(dice, FRENCH if language == "fr" else WORDS)
    chosen = dice.sample(providers, dice.randint(0, 2))
    parties = [{"number": n, "role": dice.choice(ROLES), "lead": i == 0} for i, n in enumerate(chosen)]
    fields = dice.sample(FIELDS, dice.randint(0, 2))
    level = dice.choice((None, "1", "2", "3", "4", "7"))
    entry = document(
        kind=dice.choice(KINDS), title=title, language=language, titles={language: title}, level=level,
        credits=dice.choice(CREDITS), providers=parties, delivery_modes=dice.sample(MODES, dice.randint(0, 2)),
        fields=[{"code": f if f[0].isdigit() else None, "label": f, "scheme": dice.choice(SCHEMES)} for f in fields],
        alternative_titles=[{"text": _title(dice), "language": "en"}] if dice.random() < 0.3 else [],
        learning_outcomes=[{"number": 1, "text": {"en": " ".join(dice.choices(BODY, k=dice.choice((1, 5, 12, 60))))}}],
        identifiers=[{"scheme": "ofqual", "value": f"{dice.randint(100, 999)}/{dice.randint(1, 9)}"}],
        listed_on=dice.choice((None, _day(dice), "2020-01-01", "2020-01-01")),
    )  # fmt: skip
    if level is None and dice.random() < 0.5:
        entry["levels"] = [
            {"framework": "nz", "from": "3", "to": dice.choice("35")},
            {"framework": "eqf", "value": "7"},
        ]
    if dice.random() < 0.5:
        entry["expiring_from"] = _day(dice)
        entry["last_new_enrolment"] = dice.choice((None, _day(dice)))
        entry["expiry_end"] = dice.choice((None, _day(dice)))
    entry["closed_undated"] = dice.random() < 0.05
    entry["suspensions"] = _suspensions(dice) if dice.random() < 0.2 else []
    more = {"award_basis": dice.choice(("course", "both")), "rpl_url": "https://example.org/rpl"}
    return entry | {name: value for name, value in more.items() if dice.random() < 0.2}


@dataclass
class Made:
    """The register, and what stands in it to ask for."""

    providers: list[str]
    titles: list[str]
    numbers: list[str]
    force: BruteForce


@pytest.fixture
def register(db):
    dice = Random(5)
    providers = [make_provider(name).number for name in PROVIDERS]
    entries = [_entry(dice, providers) for _ in range(ENTRIES)]
    with transaction.atomic():
        made = journal.publish_many([journal.Publication(document=e, effective_from=DAY) for e in entries])
    follower.rebuild()
    query.forget()
    names = dict(Entry.objects.providers().values_list("number", "title"))
    bodies = [bytes(body) for body in Entry.objects.order_by("number").values_list("document", flat=True)]
    force = BruteForce(bodies, names, today())
    return Made(providers, [e["title"] for e in entries], [p.number for p in made], force)


# -- what is asked -----------------------------------------------------------------------------------------------------


def _some(values: tuple[str, ...] | list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def _filters(made: Made, least: int = 1) -> st.SearchStrategy[dict[str, list[str]]]:
    one = {name: st.lists(st.sampled_from(values), min_size=1, max_size=1) for name, values in {
        "level__gte": ("0", "3", "5"), "level__lte": ("2", "4", "7"), "credits__gte": ("0", "5", "5.01", "60"),
        "credits__lte": ("5", "20", "60.5"), "new_learners_may_start": ("true", "false"), "recognition": ("true",),
    }.items()}  # fmt: skip
    many = {
        "kind": _some(KINDS), "level": _some(("1", "3", "4", "5", "9")), "status": _some(CREDENTIAL_STATUSES),
        "field": _some(FIELDS), "field_group": _some(("isced-f-2013:04", "isced-f:00", "nzsced:11", "nzsced:04")),
        "provider": _some(made.providers),
        "language": _some(LANGUAGES), "delivery_mode": _some(MODES), "role": _some(ROLES),
        "credits_band": _some(("5", "20", "60", "120", "more")),
        "start_on": st.integers(-500, 500).map(lambda n: [(today() + timedelta(days=n)).isoformat()]),
    }  # fmt: skip
    chosen = st.lists(st.sampled_from([*one, *many]), min_size=least, max_size=3, unique=True)
    drawn = chosen.flatmap(lambda names: st.fixed_dictionaries({name: (one | many)[name] for name in names}))
    # A role narrows a provider; alone it is refused before it comes to a search.
    return drawn.map(lambda filters: {n: v for n, v in filters.items() if n != "role" or "provider" in filters})


DAYS = st.integers(0, 800).map(lambda n: today() + timedelta(days=n))
FACETS = st.lists(st.sampled_from(schema.FACETS), min_size=1, max_size=4, unique=True)
ASKED = [
    *WORDS,
    *FRENCH,
    *BODY,
    "colours",
    "infirmière",
    "cert",
    "HIT",
    "uon",
    "short course",
    "level 3",
    "NQF4",
    "zzz",
]


def _words(made: Made) -> st.SearchStrategy[str]:
    typed = st.lists(st.sampled_from(ASKED), min_size=2, max_size=6).map(" ".join)
    one, numbers = st.sampled_from(ASKED), st.sampled_from([*made.numbers[:20], "ofqual 100/2"])
    beside_unknown = typed.map("zzz {}".format)  # no entry has all of them
    return st.one_of(one, typed, typed, typed.map(str.upper), beside_unknown, st.sampled_from(made.titles), numbers)


def counts(found: query.Result, name: str) -> dict[str, int]:
    return {bucket["value"]: bucket["count"] for bucket in found.facets[name]}


# -- the properties ----------------------------------------------------------------------------------------------------


def test_totals_and_counts_of_facets_are_those_of_plain_sql(register):
    seen = {"some": 0, "all": 0, "none": 0}

    @settings(max_examples=2 * COMMON)
    @given(_filters(register), DAYS, FACETS)
    @example({}, today(), list(schema.FACETS))
    def holds(filters, day, facets):
        found = query.search(filters=filters, day=day, facets=facets)
        reference = Reference(day, filters)
        wanted = reference.numbers()
        assert found.count == len(wanted)
        assert {row["number"] for row in found.rows} <= wanted
        for name in facets:
            assert counts(found, name) == reference.facet(name), name
        seen["none" if not wanted else "all" if len(wanted) == ENTRIES else "some"] += 1

    holds()
    assert seen["some"] > COMMON // 2, f"most filters find some entries and leave others: {seen}"


def test_every_page_together_is_what_plain_sql_finds(register):
    @settings(max_examples=COMMON // 4)
    @given(_filters(register), DAYS, st.sampled_from([None, *query.ORDERINGS]))
    def holds(filters, day, ordering):
        pages = [
            query.search(filters=filters, day=day, ordering=ordering, page=n, page_size=100).rows for n in (1, 2, 3)
        ]
        numbers = [row["number"] for page in pages for row in page]
        assert len(numbers) == len(set(numbers))
        assert set(numbers) == Reference(day, filters).numbers()

    holds()


def test_the_first_twenty_are_those_of_a_scorer_that_looks_at_every_entry(register):
    seen = {"all words": 0, "some words": 0, "none": 0}

    @settings(max_examples=4 * COMMON)
    @given(_words(register), _filters(register, least=0), DAYS, FACETS)
    @example("zzz nursing", {}, today(), ["kind"])
    @example("health health", {}, today(), ["kind"])
    @example("NQ-000002", {"language": ["pt"]}, today(), ["language"])
    def holds(q, filters, day, facets):
        found = query.search(q=q, filters=filters, day=day, facets=facets, verbatim=True)
        allowed = Reference(day, filters).numbers()
        scores, loose = register.force.scores(q, allowed)
        ranked = sorted((score for number, score in scores.items() if number in allowed), reverse=True)
        assert (found.count, found.loose) == (len(ranked), loose and bool(ranked))
        given_scores = [scores[row["number"]] for row in found.rows]
        assert given_scores == pytest.approx(ranked[:20], rel=1e-4), [row["title"] for row in found.rows]
        for name in facets:
            assert counts(found, name) == Reference(day, filters, scores).facet(name), name
        seen["none" if not ranked else "some words" if loose else "all words"] += 1

    holds()
    assert min(seen["all words"], seen["some words"]) > COMMON // 10, f"both ways to find are tried: {seen}"


def test_what_was_searched_for_instead_is_ranked_like_anything_typed(register):
    for q in ("nursin certificat", "helth saftey", "mathemtics diplom"):
        mended = query.search(q=q, day=today())
        assert mended.corrected, q
        typed = query.search(q=mended.corrected, day=today(), verbatim=True)
        assert (mended.count, mended.rows) == (typed.count, typed.rows)
        scores, _ = register.force.scores(mended.corrected, set(register.numbers))
        assert [scores[row["number"]] for row in mended.rows] == pytest.approx(
            sorted(scores.values(), reverse=True)[:20]
        )
