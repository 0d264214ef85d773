"""What the dates of an entry do by themselves is told once for each entry and day, whenever the daily run comes to it."""

import importlib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers import publishing
from registry import daily, journal
from registry.framework import current
from registry.models import Change, Entry
from registry.search import follower, query
from registry.status import CREDENTIAL_KINDS, new_learners_may_start, next_turn, status_on
from registry.verification import differences
from tests.builders import document, document_of, make_listed, make_provider, make_user
from tests.portal import signed_in
from tests.registry.test_clock import at
from tests.registry.test_status import LAWS, START, accreditations, credentials, days, lives, maybe, providers
from tests.together import at_once

LISTED = date(2026, 2, 2)
ENDING = {"expiring_from": "2026-03-10", "last_new_enrolment": "2026-03-20", "expiry_end": "2026-04-30"}
TURNS = [
    (date(2026, 3, 10), ["status"]),
    (date(2026, 3, 21), ["new_learners_may_start"]),
    (date(2026, 5, 1), ["status"]),
]


def list_it(on: date = LISTED, **fields: Any) -> journal.Published:
    """One document made public on a day."""
    with transaction.atomic():
        return journal.publish(document(**fields), effective_from=on, now=at(on))


def turn(day: date) -> int:
    return journal.turn(day, now=at(day))


def told(number: str | None = None) -> list[tuple[date, list[str]]]:
    changes = Change.objects.by_date().order_by("serial")
    rows = changes.filter(number=number) if number else changes
    return list(rows.values_list("effective_from", "changed_fields"))


# -- one entry ---------------------------------------------------------------------------------------------------------


def test_each_date_that_alters_an_entry_is_told_on_its_day_and_not_before(db):
    number = list_it(**ENDING).number
    for day, fields in TURNS:
        assert turn(day - timedelta(days=1)) == 0
        assert turn(day) == 1
        assert told(number)[-1] == (day, fields)
    assert told(number) == TURNS and turn(date(2030, 1, 1)) == 0
    assert list(differences()) == []


def test_it_is_the_same_document_and_revision_on_no_decision_with_a_plain_reason(db):
    listed = list_it(**ENDING)
    before = Entry.objects.get(number=listed.number)
    turn(TURNS[0][0])
    change, entry = Change.objects.of(listed.number).last(), Entry.objects.get(number=listed.number)
    assert (change.action, change.revision, change.decision_number) == ("status", 1, None)
    assert change.reason == "By the dates of the record: expiring, after current."
    assert bytes(change.document) == bytes(before.document) == bytes(entry.document)
    assert (entry.serial, entry.first_recorded_at) == (change.serial, before.first_recorded_at)
    turn(TURNS[1][0])
    said = Change.objects.of(listed.number).last().reason
    assert said == "By the dates of the record: new learners may no longer start."


def test_a_late_run_tells_every_day_that_has_come_in_their_order(db):
    number = list_it(**ENDING).number
    other = list_it(title="Tiling", expiring_from="2026-03-15", last_new_enrolment="2026-03-14").number
    assert turn(date(2026, 6, 1)) == 4
    assert told(number) == TURNS
    assert told(other) == [(date(2026, 3, 15), ["status", "new_learners_may_start"])]
    assert turn(date(2026, 6, 1)) == 0
    assert list(differences()) == []


def test_what_was_past_when_a_record_was_imported_is_never_told(db):
    number = list_it(date(2026, 4, 2), **ENDING).number
    assert turn(date(2026, 4, 2)) == 0
    assert turn(date(2026, 6, 1)) == 1
    assert told(number) == TURNS[2:]


def test_what_came_on_the_day_of_a_publication_that_publication_told(db):
    number = list_it(date(2026, 3, 10), **ENDING).number
    assert turn(date(2026, 3, 10)) == 0
    turn(date(2026, 6, 1))
    assert told(number) == TURNS[1:]


def test_a_publication_tells_what_its_dates_had_altered_and_the_old_dates_are_forgotten(db):
    number = list_it(**ENDING).number
    turn(date(2026, 3, 12))
    later = ENDING | {"last_new_enrolment": "2026-09-01", "expiry_end": "2026-12-31"}
    list_it(date(2026, 3, 15), number=number, **later)
    turn(date(2027, 3, 1))
    assert [day for day, _ in told(number)] == [date(2026, 3, 10), date(2026, 9, 2), date(2027, 1, 1)]


def test_the_same_content_published_again_tells_nothing_and_forgets_nothing(db):
    number = list_it(**ENDING).number
    assert list_it(date(2026, 3, 25), number=number, **ENDING).serial is None
    turn(date(2026, 6, 1))
    assert told(number) == TURNS


def test_an_entry_that_begins_to_end_while_it_is_suspended_is_told_only_when_that_ends(db):
    suspended = [{"from": "2026-03-01", "until": "2026-03-31"}]
    number = list_it(expiring_from="2026-03-10", last_new_enrolment="2026-12-31", suspensions=suspended).number
    turn(date(2026, 6, 1))
    both = ["status", "new_learners_may_start"]
    assert told(number) == [(date(2026, 3, 1), both), (date(2026, 4, 1), both)]
    reasons = list(Change.objects.by_date().order_by("serial").values_list("reason", flat=True))
    assert reasons == [
        "By the dates of the record: suspended, after current; new learners may no longer start.",
        "By the dates of the record: expiring, after suspended; new learners may start.",
    ]


def test_of_a_withdrawn_listing_and_of_an_unverified_body_nothing_is_told(db):
    wrong = list_it(**ENDING).number
    with transaction.atomic():
        journal.withdraw(wrong, effective_from=LISTED, decision_number=None, reason="Listed twice.", now=at(LISTED))
    list_it(title="A body", kind="provider", unverified=True, ended_on="2026-03-10", ended_as="closed")
    assert turn(date(2026, 6, 1)) == 0
    assert set(Entry.objects.values_list("turns_on", flat=True)) == {None}
    assert list(differences()) == []


def test_providers_and_accreditations_are_told_of_too(db):
    body = list_it(title="Harbour", kind="provider", ended_on="2026-03-10", ended_as="closed").number
    held = list_it(
        title="", kind="accreditation", provider=body, credential="NQ-000001", accredited_from="2026-01-01",
        accredited_until="2026-03-31", listed_on=None,
    ).number  # fmt: skip
    turn(date(2026, 6, 1))
    assert told(body) == [(date(2026, 3, 10), ["status"])]
    assert told(held) == [(date(2026, 4, 1), ["status"])]


def test_the_last_day_of_the_calendar_is_followed_by_none(db):
    number = list_it(expiry_end="9999-12-31", suspensions=[{"from": "2026-03-01", "until": "9999-12-30"}]).number
    turn(date(2026, 6, 1))
    assert [day for day, _ in told(number)] == [date(2026, 3, 1)]


def test_a_day_told_in_a_rehearsal_is_not_told_again_for_a_later_revision(db):
    number = list_it(**ENDING).number
    turn(TURNS[0][0])  # rehearsed on a day before it came
    list_it(date(2026, 2, 20), number=number, title="Certificate in Plumbing and Gasfitting", **ENDING)
    turn(date(2026, 6, 1))
    assert [day for day, _ in told(number)] == [day for day, _ in TURNS]
    assert list(differences()) == []


def test_the_database_refuses_the_same_day_twice(db):
    number = list_it(**ENDING).number
    turn(TURNS[0][0])
    again = partial(journal.publish, effective_from=TURNS[0][0], action="status", now=at(TURNS[0][0]))
    with pytest.raises(IntegrityError, match="change_turn_once"), transaction.atomic():
        again(document(number=number, title="Otherwise", **ENDING))
    with transaction.atomic():
        assert again(document(number=number, title="Otherwise", **ENDING), decision_number="D-1").serial


def test_where_the_law_says_until_when_learners_may_start_that_day_is_told(db, settings):
    settings.NQR_PROFILE = "au-nmf-2021"
    number = list_it(expiring_from="2026-03-10").number
    turn(date(2027, 6, 1))
    assert told(number) == [(date(2026, 3, 10), ["status"]), (date(2027, 3, 11), ["new_learners_may_start"])]


# -- where it is read --------------------------------------------------------------------------------------------------


def test_the_feed_shows_it(db, client):
    listed = list_it(**ENDING)
    turn(date(2026, 3, 12))
    fed = client.get(f"/api/v1/changes?after={listed.serial}&include=document").json()
    [change] = fed["changes"]
    assert (change["number"], change["action"], change["revision"]) == (listed.number, "status", 1)
    assert (change["effective_from"], change["changed_fields"]) == ("2026-03-10", ["status"])
    assert change["document"]["expiring_from"] == "2026-03-10"
    revisions = client.get(f"/api/v1/credentials/{listed.number}/revisions").json()
    assert [row["revision"] for row in revisions["results"]] == [1]


def test_the_history_on_the_page_says_it_in_a_sentence(db, client):
    number = list_it(**ENDING).number
    follower.catch_up()
    turn(date(2026, 6, 1))
    page = " ".join(client.get(f"/q/{number}").content.decode().split())
    said = "By the dates of this record, from that day:"
    history = page[page.index(">History<") :]
    assert history.count(said) == 3
    latest, middle, first = history.split(said)[1:]
    assert "Discontinued" in latest[:120] and "learners may" not in latest[:120]
    assert "New learners may not start." in middle[:120] and "tag" not in middle[:60]
    assert "Expiring" in first[:120]
    body = make_provider()
    body.ended_on, body.ended_as = date(2026, 8, 1), "closed"
    with transaction.atomic():
        said_of_it = publishing.document(body)
        journal.publish(said_of_it, effective_from=date(2026, 7, 1), now=at(date(2026, 7, 1)))
    body = body.number
    turn(date(2026, 8, 2))
    page = client.get(f"/providers/{body}").content.decode()
    assert said in page and "Closed" in page[page.index(said) :][:160]


def test_the_desk_shows_it_among_what_became_public_and_nothing_of_the_content_differs(db):
    credential = make_listed()
    today = current.today()
    said = document_of(credential.number) | {
        "expiring_from": str(today + timedelta(days=3)),
        "last_new_enrolment": str(today),
    }
    with transaction.atomic():
        journal.publish(said, effective_from=today)
    turn(today + timedelta(days=3))
    client, page = signed_in(make_user("Rea", "registrar")), f"/admin/credentials/credential/{credential.pk}"
    assert client.get(f"{page}/change/").content.decode().count("status changed by date") == 2
    compared = client.get(f"{page}/compare/").content.decode()
    assert "By the dates of the record: expiring, after current." in compared and "Nothing differs." in compared


def test_what_was_in_force_on_a_day_and_the_search_index_stay_right(committing_db):
    number = list_it(**ENDING).number
    list_it(date(2026, 3, 15), number=number, title="Certificate in Gasfitting", **ENDING)
    turn(date(2026, 6, 1))
    told_by = {
        day: Change.objects.as_at(day).get(number=number) for day in (LISTED, date(2026, 3, 20), date(2026, 5, 2))
    }
    assert [change.revision for change in told_by.values()] == [1, 2, 2]
    assert follower.catch_up() == journal.head()
    assert query.search(day=date(2026, 6, 1), filters={"status": ["discontinued"]}).count == 1
    assert list(differences()) == []


def test_a_marker_that_is_wrong_is_found_by_the_verification(committing_db):
    number = list_it(**ENDING).number
    follower.catch_up()
    assert list(differences()) == []
    Entry.objects.filter(number=number).update(turns_on=None)
    assert list(differences()) == [f"entry {number}: the day on which its dates alter it next is not None"]


def test_a_register_from_before_gets_its_days_and_tells_what_has_come_since(committing_db):
    numbers = [
        list_it(**ENDING).number,
        list_it(date(2026, 4, 2), title="Tiling", **ENDING).number,
        list_it(title="None").number,
    ]
    expected = dict(Entry.objects.values_list("number", "turns_on"))
    Entry.objects.update(turns_on=None)
    migration = importlib.import_module("registry.migrations.0013_dates_and_daily_log")
    migration.fill(apps, connection.schema_editor())
    assert dict(Entry.objects.values_list("number", "turns_on")) == expected
    turn(date(2026, 6, 1))
    assert [told(number) for number in numbers] == [TURNS, TURNS[2:], []]


# -- how it goes about it ----------------------------------------------------------------------------------------------


def test_the_work_is_found_by_an_index_and_costs_nothing_where_nothing_is_due(db):
    for n in range(40):
        list_it(title=f"Certificate {n}", **ENDING)
    with CaptureQueriesContext(connection) as asked:
        assert turn(date(2026, 3, 1)) == 0
    assert len(asked) == 1
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    plan = Entry.objects.turning(date(2026, 3, 1)).order_by("turns_on", "number")[:10].explain()
    assert "entry_turns_on" in plan and "Sort" not in plan


def test_many_are_told_in_batches_and_a_batch_that_fails_keeps_those_before_it(committing_db, monkeypatch):
    monkeypatch.setattr(journal, "BATCH", 4)
    with transaction.atomic():
        for n in range(10):
            journal.publish(document(title=f"Certificate {n}", **ENDING), effective_from=LISTED, now=at(LISTED))
    written, write = [], journal._write

    def once_in_a_while(cursor, changes, *rest):
        if len(written) == 2:
            raise OSError("The machine went away.")
        written.append(len(changes))
        write(cursor, changes, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(journal, "_write", once_in_a_while)
        with pytest.raises(OSError, match="went away"):
            turn(date(2026, 3, 12))
    assert written == [4, 4] and len(told()) == 8
    assert turn(date(2026, 3, 12)) == 2
    assert {day for day, _ in told()} == {date(2026, 3, 10)} and len(told()) == 10
    assert list(differences()) == []


def test_two_processes_tell_each_day_once(committing_db, monkeypatch):
    monkeypatch.setattr(journal, "BATCH", 3)
    with transaction.atomic():
        for n in range(8):
            journal.publish(document(title=f"Certificate {n}", **ENDING), effective_from=LISTED, now=at(LISTED))
    day = date(2026, 6, 1)
    made = at_once(partial(turn, day), partial(turn, day), partial(turn, day))
    assert sum(made) == 24 and len(told()) == 24
    serials = list(Change.objects.order_by("serial").values_list("serial", flat=True))
    assert serials == list(range(1, 33)) and list(differences()) == []


def test_it_is_one_of_the_daily_steps(db):
    list_it(**ENDING)
    assert daily.run(date(2026, 3, 10), now=at(date(2026, 3, 10)))["status"] == 1


# -- against a reference that knows no marker --------------------------------------------------------------------------

renewed = st.fixed_dictionaries(
    {
        "kind": st.just("provider"), "registered_on": days.map(date.isoformat), "ended_on": maybe,
        "ended_as": st.sampled_from([None, "closed"]), "suspensions": st.just([]),
        "registrations": st.tuples(days, st.integers(0, 9), st.sampled_from(["lapsed", "withdrawn"])).map(
            lambda r: [{"from": r[0].isoformat(), "until": str(r[0] + timedelta(days=r[1])), "ended_as": r[2]}]
        ),
    }
)  # fmt: skip
anything = st.one_of(credentials, providers, accreditations, renewed)
LAST = START + timedelta(days=60)


def every_day(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def said_on(said: dict, day: date) -> tuple[str, bool]:
    return status_on(said, day), said["kind"] in CREDENTIAL_KINDS and new_learners_may_start(said, day)


def altered_on(said: dict, first: date, last: date) -> list[date]:
    """Each day of a stretch on which a document says something else of itself than on the day before."""
    if said.get("unverified"):
        return []
    return [day for day in every_day(first, last) if said_on(said, day) != said_on(said, day - timedelta(days=1))]


@given(said=anything, day=days)
def test_the_next_turn_is_the_first_day_on_which_anything_alters(said, day):
    assert next_turn(said, day) == next(iter(altered_on(said, day + timedelta(days=1), LAST)), None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    drawn=st.lists(st.tuples(anything, anything), min_size=1, max_size=4),
    listed=days,
    revised=days,
    runs=st.lists(days, min_size=1, max_size=4),
)
def test_whenever_it_runs_each_day_is_told_once_and_in_order(db, drawn, listed, revised, runs):
    """Entries listed on one day and revised on another, with runs between and after: late, twice on a day, or never."""
    revised = max(revised, listed)
    with transaction.atomic():
        numbers = [list_it(listed, **first).number for first, _second in drawn]
        expected = {}
        done = max([day for day in runs if listed <= day < revised], default=None)
        for day in sorted(day for day in runs if listed <= day < revised):
            turn(day)
        for number, (first, second) in zip(numbers, drawn, strict=True):
            second = {**second, "kind": first["kind"]} if first["kind"] != second["kind"] else second
            expected[number] = altered_on(first, listed + timedelta(days=1), done) if done else []
            published = list_it(revised, number=number, **second)
            since = (done or listed) if published.serial is None else revised
            expected[number] += altered_on(second, since + timedelta(days=1), LAST)
        for day in (*sorted(day for day in runs if day >= revised), LAST, LAST):
            turn(day)
        assert {number: [day for day, _ in told(number)] for number in numbers} == expected
        serials = Change.objects.by_date().order_by("serial").values_list("number", "effective_from")
        assert len(serials) == len(set(serials))
        transaction.set_rollback(True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(law=st.sampled_from(LAWS), life=lives, runs=st.lists(st.integers(1, 1400), max_size=3))
def test_under_every_law_each_day_is_told_once(db, law, life, runs):
    first, last = date(2027, 5, 1), date(2031, 12, 31)
    with override_settings(NQR_PROFILE=law), transaction.atomic():
        number = list_it(first, **life).number
        for n in sorted(runs):
            turn(first + timedelta(days=n))
        turn(last)
        assert [day for day, _ in told(number)] == altered_on(document(**life), first + timedelta(days=1), last)
        transaction.set_rollback(True)
