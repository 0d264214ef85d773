"""Status is a function of stored dates and a day, the same in Python, in SQL and in the index."""

import random
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import journal
from registry.journal import Publication
from registry.models import Entry
from registry.search import follower, query, schema
from registry.status import last_day_to_start, new_learners_may_start, next_change, status_on, unlike_the_law
from tests.builders import DAY, document

START = date(2026, 3, 1)
days = st.integers(0, 40).map(lambda n: START + timedelta(days=n))
maybe = st.one_of(st.none(), days).map(lambda d: d.isoformat() if d else None)
periods = st.lists(
    st.tuples(days, st.one_of(st.none(), st.integers(0, 10))).map(
        lambda p: {
            "from": p[0].isoformat(),
            "until": (p[0] + timedelta(days=p[1])).isoformat() if p[1] is not None else None,
        }
    ),
    max_size=2,
)
credentials = st.fixed_dictionaries(
    {
        "kind": st.just("qualification"), "expiring_from": maybe, "expiry_end": maybe, "last_new_enrolment": maybe,
        "suspensions": periods, "closed_undated": st.booleans(),
    }
)  # fmt: skip
providers = st.fixed_dictionaries(
    {
        "kind": st.just("provider"), "ended_on": maybe, "suspensions": periods, "unverified": st.booleans(),
        "ended_as": st.sampled_from([None, "lapsed", "cancelled", "merged"]),
    }
)  # fmt: skip
accreditations = st.fixed_dictionaries(
    {
        "kind": st.just("accreditation"), "withdrawn_on": maybe, "accredited_until": maybe, "suspensions": periods,
        "credential": st.just("NQ-000001"), "provider": st.just("PR-000001"),
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("dates", "day", "status"),
    [
        ({}, "2026-06-01", "current"),
        ({"expiring_from": "2026-06-01"}, "2026-05-31", "current"),
        ({"expiring_from": "2026-06-01"}, "2026-06-01", "expiring"),
        ({"expiring_from": "2026-01-01", "expiry_end": "2026-06-01"}, "2026-06-01", "expiring"),
        ({"expiring_from": "2026-01-01", "expiry_end": "2026-06-01"}, "2026-06-02", "discontinued"),
        ({"closed_undated": True}, "2026-06-01", "discontinued"),
        ({"suspensions": [{"from": "2026-06-01", "until": "2026-06-30"}]}, "2026-06-30", "suspended"),
        ({"suspensions": [{"from": "2026-06-01", "until": "2026-06-30"}]}, "2026-07-01", "current"),
        ({"suspensions": [{"from": "2026-06-01", "until": None}], "closed_undated": True}, "2026-06-02", "suspended"),
    ],
)
def test_the_status_of_a_credential_on_a_day(dates, day, status):
    assert status_on(document(**dates), date.fromisoformat(day)) == status


@pytest.mark.parametrize(
    ("dates", "day", "may"),
    [
        ({}, "2026-06-01", True),
        ({"listed_on": "2026-06-02"}, "2026-06-01", False),
        ({"last_new_enrolment": "2026-06-01"}, "2026-06-01", True),
        ({"last_new_enrolment": "2026-06-01"}, "2026-06-02", False),
        # Australia and South Africa: the entry has ended, and new learners may still start.
        ({"expiring_from": "2026-05-01", "last_new_enrolment": "2027-05-01"}, "2026-06-01", True),
        ({"expiring_from": "2026-05-01"}, "2026-06-01", False),
        ({"suspensions": [{"from": "2026-05-01", "until": None}]}, "2026-06-01", False),
    ],
)
def test_whether_new_learners_may_start_is_asked_of_the_dates(dates, day, may):
    assert new_learners_may_start(document(**dates), date.fromisoformat(day)) is may


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(drawn=st.lists(st.one_of(credentials, providers, accreditations), min_size=1, max_size=6), day=days)
def test_python_and_sql_agree_on_every_status(db, drawn, day):
    with transaction.atomic():
        made = journal.publish_many(
            [
                Publication(document={**document(title=str(n)), **fields}, effective_from=DAY)
                for n, fields in enumerate(drawn)
            ]
        )
        told = dict(Entry.objects.with_status(day).values_list("number", "status"))
        assert {p.number: status_on(p.document, day) for p in made} == {p.number: told[p.number] for p in made}
        transaction.set_rollback(True)


@given(fields=st.one_of(credentials, providers, accreditations), day=days)
def test_nothing_changes_before_the_next_change(fields, day):
    following = next_change(fields, day) or day + timedelta(days=60)
    told = {status_on(fields, day + timedelta(days=n)) for n in range((following - day).days)}
    assert told == {status_on(fields, day)}


# -- one answer everywhere, under three laws ---------------------------------------------------------------------------

LAWS = ("nz", "au-nmf-2021", "za-nqf")
# Wide enough for twelve months, with ends of months and a leap day among them.
wide = st.one_of(
    st.integers(0, 900).map(lambda n: date(2027, 6, 1) + timedelta(days=n)),
    st.sampled_from([date(2028, 2, 29), date(2027, 8, 31), date(2028, 3, 1), date(2027, 12, 31), date(2028, 1, 31)]),
)
maybe_wide = st.one_of(st.none(), wide).map(lambda d: d.isoformat() if d else None)
lives = st.fixed_dictionaries(
    {
        "listed_on": maybe_wide, "expiring_from": maybe_wide, "last_new_enrolment": maybe_wide, "expiry_end": maybe_wide,
        "closed_undated": st.sampled_from([False, False, False, True]),
        "suspensions": st.lists(
            st.tuples(wide, st.one_of(st.none(), st.integers(0, 60))).map(
                lambda p: {"from": p[0].isoformat(), "until": (p[1] is not None and str(p[0] + timedelta(days=p[1]))) or None}
            ),
            max_size=2,
        ),
    }
)  # fmt: skip


def plainly(law: str, life: dict, day: date) -> tuple[str, bool]:
    """Status and whether new learners may start, in the words of design 4.7 and domain 0.5, written out once more."""

    def told(name: str) -> date | None:
        return date.fromisoformat(life[name]) if life[name] else None

    def a_year_after(start: date) -> date:
        return start.replace(year=start.year + 1, day=28 if (start.month, start.day) == (2, 29) else start.day)

    status = "current"
    if told("expiring_from") and day >= told("expiring_from"):
        status = "expiring"
    if life["closed_undated"] or (told("expiry_end") and day > told("expiry_end")):
        status = "discontinued"
    for period in life["suspensions"]:
        ends = date.fromisoformat(period["until"]) if period["until"] else date.max
        if date.fromisoformat(period["from"]) <= day <= ends:
            status = "suspended"
    last = told("last_new_enrolment")
    if last is None and (expiring := told("expiring_from")):
        eve = expiring - timedelta(days=1)
        last = {"nz": eve, "au-nmf-2021": a_year_after(expiring), "za-nqf": a_year_after(eve)}[law]
    may = status in ("current", "expiring") and (last is None or day <= last)
    return status, may and not (told("listed_on") and day < told("listed_on"))


def turning_days(life: dict) -> set[date]:
    """The days on and around which an answer may turn: every stored one, and a year after each."""
    stored = [life[n] for n in ("listed_on", "expiring_from", "last_new_enrolment", "expiry_end")]
    stored += [d for period in life["suspensions"] for d in period.values()]
    days = [date.fromisoformat(d) for d in stored if d]
    days += [d.replace(year=d.year + 1, day=28 if (d.month, d.day) == (2, 29) else d.day) for d in days]
    return {d + timedelta(days=n) for d in days for n in (-2, -1, 0, 1)}


@given(law=st.sampled_from(LAWS), life=lives, day=wide)
def test_python_answers_as_the_plain_words_do(law, life, day):
    with override_settings(NQR_PROFILE=law):
        said = document(**life)
        for asked in {day, *turning_days(life)}:
            assert (status_on(said, asked), new_learners_may_start(said, asked)) == plainly(law, life, asked)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(law=st.sampled_from(LAWS), drawn=st.lists(lives, min_size=1, max_size=4))
def test_sql_answers_as_the_plain_words_do(db, law, drawn):
    with override_settings(NQR_PROFILE=law), transaction.atomic():
        made = journal.publish_many([Publication(document=document(**life), effective_from=DAY) for life in drawn])
        for day in set().union(*map(turning_days, drawn)):
            rows = Entry.objects.with_status(day).with_enrolment(day)
            told = {number: (status, may) for number, status, may in rows.values_list("number", "status", "may_start")}
            assert [told[p.number] for p in made] == [plainly(law, life, day) for life in drawn]
        transaction.set_rollback(True)


@pytest.mark.parametrize("law", LAWS)
def test_the_index_and_the_page_answer_as_the_plain_words_do(committing_db, client, settings, law):
    """Sixty entries with dates at random, indexed once, asked on forty days: by filter, on the card, and on the page."""
    settings.NQR_PROFILE = law
    chance = random.Random(f"{law} 7")
    drawn = [life_of(chance) for _ in range(60)]
    with transaction.atomic():
        made = journal.publish_many([Publication(document=document(**life), effective_from=DAY) for life in drawn])
    follower.catch_up()
    lives_by_number = {p.number: life for p, life in zip(made, drawn, strict=True)}
    turning = sorted(set().union(*map(turning_days, drawn)))
    for day in [*ENDS, *chance.sample(turning, 35)]:
        wanted = {number: plainly(law, life, day) for number, life in lives_by_number.items()}
        cards = query.search(day=day, page_size=100).rows
        assert {c["number"]: (c["status"], c["new_learners_may_start"]) for c in cards} == wanted
        for said in ("current", "expiring", "discontinued", "suspended"):
            found = query.search(day=day, page_size=100, filters={"status": [said]})
            assert {c["number"] for c in found.rows} == {n for n, (status, _) in wanted.items() if status == said}
        for said in (True, False):
            found = query.search(day=day, page_size=100, filters={"new_learners_may_start": [str(said).lower()]})
            assert {c["number"] for c in found.rows} == {n for n, (_, may) in wanted.items() if may is said}
    for number, life in list(lives_by_number.items())[:20]:
        day = chance.choice([*turning_days(life), *ENDS])
        html = client.get(f"/q/{number}?as_at={day}").content.decode()
        status, may = plainly(law, life, day)
        assert f"tag-{status}" in html
        assert ("New learners may start." in html, "New learners may not start." in html) == (may, not may)


ENDS = (date(2028, 2, 29), date(2029, 2, 28), date(2027, 8, 31), date(2028, 3, 1), date(2027, 12, 31))


def day_of(chance: random.Random) -> date:
    return chance.choice([*ENDS, *(date(2027, 6, 1) + timedelta(days=chance.randrange(900)) for _ in range(5))])


def life_of(chance: random.Random) -> dict:
    def maybe_day() -> str | None:
        return day_of(chance).isoformat() if chance.random() < 0.5 else None

    begins = day_of(chance)
    ends = (begins + timedelta(days=chance.randrange(90))).isoformat() if chance.random() < 0.7 else None
    return {
        "listed_on": maybe_day(), "expiring_from": maybe_day(), "expiry_end": maybe_day(),
        "last_new_enrolment": maybe_day() if chance.random() < 0.5 else None, "closed_undated": chance.random() < 0.1,
        "suspensions": [{"from": begins.isoformat(), "until": ends}] if chance.random() < 0.3 else [],
    }  # fmt: skip


def test_an_index_is_built_anew_where_another_law_says_until_when_learners_may_start(settings):
    prints = set()
    for law in LAWS:
        settings.NQR_PROFILE = law
        prints.add(schema.fingerprint())
    assert len(prints) == len(LAWS)


def test_a_decided_day_that_differs_from_the_laws_stands_and_is_told(settings):
    """Edge case 35."""
    settings.NQR_PROFILE = "za-nqf"
    said = document(expiring_from="2027-07-01", last_new_enrolment="2028-12-31")
    assert (last_day_to_start(said), unlike_the_law(said)) == (date(2028, 12, 31), date(2028, 6, 30))
    assert unlike_the_law(document(expiring_from="2027-07-01", last_new_enrolment="2028-06-30")) is None
    assert unlike_the_law(document(last_new_enrolment="2028-06-30")) is None


def test_the_index_tells_the_status_of_the_day_of_reading(committing_db):
    """Indexed while current; a search on a later day finds it expiring, by filter, by facet and on its card."""
    today = date.today()
    soon = today + timedelta(days=5)
    with transaction.atomic():
        journal.publish(
            document(expiring_from=soon.isoformat(), last_new_enrolment=soon.isoformat()), effective_from=DAY
        )
        journal.publish(document(title="Certificate in Tiling"), effective_from=DAY)
    follower.catch_up()

    def on(day: date, status: str) -> int:
        return query.search(filters={"status": [status]}, day=day).count

    assert (on(today, "current"), on(today, "expiring")) == (2, 0)
    assert (on(soon, "current"), on(soon, "expiring")) == (1, 1)
    found = query.search(q="plumbing", day=soon, facets=("status",))
    assert found.rows[0]["status"] == "expiring"
    assert found.facets["status"] == [{"value": "expiring", "count": 1}]
