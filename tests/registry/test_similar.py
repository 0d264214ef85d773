"""The duplicate check finds what people call the same, in other words, misspelt or in another order.

The pairs of `duplicates.csv` and `same_bodies.csv` are of real rows, by their ids alone, and were labelled by hand with a
reason before anything scored them: `same` (with how it is written otherwise), `near` (another level, another branch) or
`unrelated`. Precision is told among the labelled pairs that the shown threshold lets through, `near` ones against it.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from providers import publishing
from registry.framework.current import today
from registry.search import follower, query, similar
from tests.builders import document, make_provider, publish

HERE = Path(__file__).parent
TOP = 10


def alike(**fields) -> list[similar.Match]:
    return similar.credentials(document(**fields), day=today())


@pytest.fixture
def register(db):
    publish(title="Scaffold inspection", level="4", learning_outcomes=[
        {"number": 1, "text": {"en": "Inspect a scaffold and record its state."}},
        {"number": 2, "text": {"en": "Report a defect before the scaffold is used."}},
    ])  # fmt: skip
    publish(title="Forklift truck operations", level="2")
    publish(title="Introduction to whakairo", titles={"en": "Introduction to whakairo", "mi": "He kupu whakataki"})
    publish(title="Welding", level="3")
    publish(title="Welding", level="3")
    follower.catch_up()


def test_nothing_is_like_a_draft_without_a_title(register):
    assert alike(title="") == []


def test_a_register_without_an_index_says_so(db):
    with pytest.raises(query.SearchUnavailable):
        alike(title="Scaffold inspection")


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Inspecting scaffolds", "NQ-000001"), ("Scafold inspection", "NQ-000001"), ("Fork lift trucks", "NQ-000002"),
        ("He kupu whakataki", "NQ-000003"), ("INTRODUCTION TO WHAKAIRO", "NQ-000003"),
    ],
)  # fmt: skip
def test_forms_spellings_compounds_and_other_languages_are_found(register, title, found):
    assert alike(title=title)[0].number == found


def test_the_outcomes_are_found_under_any_title_and_stand_side_by_side(register):
    match = alike(title="Safety at height", level="4", learning_outcomes=[
        {"text": {"en": "Record the state of a scaffold after inspection."}}, {"text": {"en": "Tie a knot."}},
    ])[0]  # fmt: skip
    assert match.number == "NQ-000001"
    outcomes = [(p.own, p.theirs) for p in match.passages if p.field == "learning_outcomes"]
    assert outcomes == [
        ("Record the state of a scaffold after inspection.", "Inspect a scaffold and record its state.")
    ]


def test_entries_that_say_the_same_are_one_match_with_its_twins(register):
    match = alike(title="Welding", level="3")[0]
    assert (match.number, match.twins, round(match.score, 3)) == ("NQ-000004", ("NQ-000005",), 1.0)


def test_one_that_the_draft_would_replace_is_left_out(register):
    found = similar.credentials(document(title="Welding"), day=today(), exclude={"NQ-000004"})
    assert found[0].number == "NQ-000005" and found[0].twins == ()


def test_a_body_is_found_by_an_identifier_before_any_name(db):
    known = make_provider(
        "Harbour Institute of Technology", details={"other_identifiers": [{"scheme": "moe", "value": "7/001"}]}
    )  # fmt: skip
    make_provider("Harbor Institute")
    follower.catch_up()
    body = {"title": "Harbor Institute", "identifiers": [{"scheme": "moe", "value": "7001"}]}
    found = similar.bodies(body, day=today())
    assert (found[0].number, found[0].score, found[0].passages[0].field) == (known.number, 1.0, "identifiers")


@pytest.mark.parametrize(
    "name", ["The Harbour Institute of Technology Ltd", "Harbour Polytechnic", "HIT", "Te Whare o Te Whanga"]
)
def test_a_body_is_found_by_any_name_it_has_had(db, name):
    provider = make_provider(
        "Harbour Institute of Technology", former_names=[{"name": "Harbour Polytechnic", "until": "2001-12-31"}],
        titles={"en": "Harbour Institute of Technology", "mi": "Te Whare o Te Whanga"},
        details={"names": [{"kind": "acronym", "text": "HIT"}]},
    )  # fmt: skip
    make_provider("Kestrel College")
    follower.catch_up()
    found = similar.bodies({"title": name}, day=today())
    assert found[0].number == provider.number and found[0].score > 0.9


def test_bodies_of_two_countries_with_one_name_are_less_alike(db):
    make_provider("University of Newcastle", country="AU")
    follower.catch_up()
    here, there = ({"title": "University of Newcastle", "country": country} for country in ("AU", "GB"))
    assert similar.bodies(here, day=today())[0].score > similar.bodies(there, day=today())[0].score


# -- hand-labelled pairs of real rows ----------------------------------------------------------------------------------


@pytest.fixture
def real(committing_db, shared):
    """Every real row on the register; the documents by source and id."""
    from credentials import imports
    from registry.models import Entry

    imports.run(shared / "data" / "records.csv")
    follower.catch_up()
    import orjson

    found = {}
    for body in Entry.objects.values_list("document", flat=True).iterator(chunk_size=5_000):
        entry = orjson.loads(bytes(body))
        if source := entry.get("source"):
            found[f"{source['name']}:{source['id']}"] = entry
    return found


def pairs(name: str, real) -> list[tuple[dict, str, str, str]]:
    """The labelled pairs of which both sides are on the register: some sources list what they do not publish."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["reason"] and row["label"] in ("same", "near", "unrelated") for row in rows)
    both = [row for row in rows if row["one"] in real and row["other"] in real]
    assert len(both) >= 0.9 * len(rows)
    return [(real[r["one"]], real[r["other"]]["number"], r["label"], r["form"]) for r in both]


def measured(name: str, real, look) -> tuple[float, float]:
    """Recall in the top ten of what is the same and written in one language, and precision at the shown threshold."""
    counted, found, shown = Counter(), Counter(), Counter()
    for draft, other, label, form in pairs(name, real):
        matches = look(draft)
        scores = {number: match.score for match in matches for number in (match.number, *match.twins)}
        top = {number for match in matches[:TOP] for number in (match.number, *match.twins)}
        key = f"{label} {form}".strip()
        counted[key] += 1
        found[key] += other in top
        shown[key] += scores.get(other, 0.0) >= similar.SHOWN
    for key in sorted(counted):
        print(f"{key:16} {counted[key]:4} pairs  {found[key]:4} in the top {TOP}  {shown[key]:4} shown")
    told = [key for key in counted if key.startswith("same") and "translated" not in key]
    recall = sum(found[k] for k in told) / sum(counted[k] for k in told)
    right = sum(n for key, n in shown.items() if key.startswith("same"))
    precision = right / sum(shown.values())
    print(f"{name}: recall {recall:.1%}, precision at {similar.SHOWN} {precision:.1%}")
    return recall, precision


def test_labelled_pairs_of_real_entries_and_bodies(real):
    """At least 150 pairs of entries; translated ones are counted apart, with no goal: nothing translates them yet."""
    numbers = {entry["number"]: entry for entry in real.values()}
    names = {n: e["title"] for n, e in numbers.items() if e["kind"] == "provider"}

    def entries(draft):
        awarding = [names[p["number"]] for p in draft["providers"] if p["number"] in names]
        return similar.credentials(
            draft | {"number": None}, day=today(), bodies=awarding, exclude={draft["number"]}, limit=200
        )

    def bodies(draft):
        return similar.bodies(draft, day=today(), exclude={draft["number"]}, limit=200)

    recall, precision = measured("duplicates.csv", real, entries)
    assert recall >= 0.95 and precision >= 0.75
    recall, precision = measured("same_bodies.csv", real, bodies)
    assert recall >= 0.95 and precision >= 0.75


def test_a_match_is_kept_as_plain_values(register):
    kept = alike(title="Welding", level="3")[0].record()
    assert kept["score"] == 1.0 and kept["passages"][0]["field"] == "title" and kept["twins"] == ("NQ-000005",)


def test_the_document_of_a_desk_record_can_be_compared(db):
    provider = make_provider("Harbour Institute", public=False)
    make_provider("Harbour Institute")
    follower.catch_up()
    assert similar.bodies(publishing.document(provider), day=today())[0].score == pytest.approx(1.0)
