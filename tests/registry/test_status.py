"""Status is a function of stored dates and a day, the same in Python, in SQL and in the index."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import journal
from registry.journal import Publication
from registry.models import Entry
from registry.search import follower, query
from registry.status import new_learners_may_start, next_change, status_on
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
