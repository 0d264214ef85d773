"""The daily run: what each step did is written down, two processes do each thing once, and its day is the authority's."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from unittest import mock

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from credentials import stacking
from credentials.models import ConsistencyReview, Credential, Review
from credentials.services import amendments, consistency, reviewing
from providers import services as provider_services
from registry import daily, journal
from registry.casework import notices
from registry.casework import services as desk
from registry.errors import RegisterError
from registry.following import subscriptions, telling
from registry.framework import current
from registry.models import Case, Change, Entry, Event, Notice, OwedMail, Release, StepRun, Subscription
from registry.search import follower
from registry.verification import differences
from tests.builders import (
    APPROVE_ALL,
    approve,
    decide,
    document,
    make_asked,
    make_listed,
    make_provider,
    make_recommended,
    make_signatory,
    make_submitted,
    make_user,
)
from tests.credentials import many, reviewed
from tests.portal import signed_in
from tests.registry.test_clock import at
from tests.together import at_once

DAY = date(2026, 3, 10)
LIST = "/admin/registry/steprun/"


@pytest.fixture
def only(monkeypatch):
    """The daily run has these steps alone."""

    def steps(**runs) -> None:
        made = {name: daily.Step(name, name.replace("_", " "), run) for name, run in runs.items()}
        monkeypatch.setattr(daily, "_steps", made)

    return steps


def does(count: int):
    return lambda day, *, now: count


def fails(error: Exception):
    def run(day, *, now):
        raise error

    return run


def written() -> list[tuple]:
    return list(StepRun.objects.order_by("pk").values_list("step", "done", "failed"))


# -- the log -----------------------------------------------------------------------------------------------------------


def test_each_step_is_written_down_with_what_it_did_and_when(db, only):
    only(first=does(3), second=does(0))
    before = timezone.now()
    assert daily.run(DAY) == {"first": 3, "second": 0}
    assert written() == [("first", 3, ""), ("second", 0, "")]
    for run in StepRun.objects.all():
        assert run.day == DAY and before <= run.began_at <= run.ended_at <= timezone.now()
        assert run.rehearsal is False


def test_a_step_that_fails_is_written_down_too_and_keeps_none_of_the_others(db, only):
    only(first=fails(RegisterError("A document is missing.")), second=does(2))
    with pytest.raises(ExceptionGroup, match="Some of the daily steps failed") as raised:
        daily.run(DAY)
    assert len(raised.value.exceptions) == 1
    assert written() == [("first", None, "A document is missing."), ("second", 2, "")]


def test_what_failed_is_told_line_by_line_and_without_what_somebody_wrote(db, only):
    hidden = DatabaseError('value too long for type\nDETAIL:  Failing row contains ("Ana wrote this").')
    only(first=fails(ExceptionGroup("Two.", [RegisterError("No number."), hidden, KeyError("title")])))
    with pytest.raises(ExceptionGroup):
        daily.run(DAY)
    [(_step, _done, failed)] = written()
    assert failed.splitlines() == ["No number.", "DatabaseError: value too long for type", "KeyError: 'title'"]


def test_what_a_failing_step_undid_does_not_undo_its_line(committing_db, only):
    def lists_and_fails(day, *, now):
        with transaction.atomic():
            journal.publish(document(), effective_from=day, now=now)
            with connection.cursor() as cursor:
                cursor.execute("select 1 / 0")

    only(first=lists_and_fails, second=does(1))
    with pytest.raises(ExceptionGroup):
        daily.run(DAY)
    connection.close()
    assert not Change.objects.exists()
    assert [(step, done) for step, done, _failed in written()] == [("first", None), ("second", 1)]
    assert "division by zero" in StepRun.objects.get(step="first").failed


def test_a_day_that_has_not_come_is_written_down_as_a_rehearsal(db, only):
    only(first=does(1))
    tomorrow = current.today() + timedelta(days=1)
    daily.run(tomorrow)
    daily.run(current.today() - timedelta(days=1))
    daily.run()
    runs = StepRun.objects.order_by("pk").values_list("day", "rehearsal")
    assert list(runs) == [
        (tomorrow, True), (tomorrow - timedelta(days=2), False), (tomorrow - timedelta(days=1), False),
    ]  # fmt: skip
    assert all(run.began_at <= timezone.now() for run in StepRun.objects.all()), "the clock is that of the wall"


@pytest.mark.parametrize(
    "statement",
    ["update registry_steprun set failed = ''", "delete from registry_steprun", "truncate registry_steprun"],
)
def test_nothing_of_it_is_altered_afterwards(db, only, statement):
    only(first=fails(RegisterError("Broken.")))
    with pytest.raises(ExceptionGroup):
        daily.run(DAY)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


def test_even_the_owner_does_not_alter_it(committing_db, only):
    from django.db import connections

    only(first=does(1))
    daily.run(DAY)
    with pytest.raises(DatabaseError, match="append-only"):
        connections["owner"].cursor().execute("update registry_steprun set done = 9")
    connections["owner"].close()


def test_where_it_cannot_be_written_down_the_work_is_done_and_somebody_hears_of_it(db, only, monkeypatch):
    only(first=does(1), second=does(2))

    def full(**_):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(StepRun.objects, "create", full)
    with pytest.raises(ExceptionGroup) as raised:
        daily.run(DAY)
    assert [str(error) for error in raised.value.exceptions] == ["the disk is full"] * 2


def test_the_command_prints_what_each_step_did_and_names_what_failed(db, only, capsys):
    only(first=does(1234), second=does(0))
    call_command("run_daily", on=DAY)
    assert capsys.readouterr().out.splitlines() == ["2026-03-10", "    1,234  first", "        0  second"]
    only(first=fails(RegisterError("A document is missing.")))
    with pytest.raises(CommandError, match="A document is missing"):
        call_command("run_daily", on=DAY)


# -- its page ----------------------------------------------------------------------------------------------------------


def page(path: str = "", role: str = "registrar", at_desk: str = LIST) -> str:
    response = signed_in(make_user("Rea", role)).get(at_desk + path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_lists_what_ran_the_newest_first_with_the_failed_ones_marked(db, only):
    only(open_reviews=does(4), remind=fails(RegisterError("The mail server is away.")))
    with pytest.raises(ExceptionGroup):
        daily.run(DAY)
    only(open_reviews=does(4))
    daily.run(DAY + timedelta(days=1))
    html = page()
    assert html.count("open reviews") >= 2 and '<strong class="late">Failed</strong> The mail server is away.' in html
    rows = html.split("<tbody>")[1].split("<tr>")[1:]
    assert len(rows) == 3
    assert "March 11, 2026" in rows[0] and "The mail server is away" in rows[1] and "late" not in rows[2]
    assert ">4<" in rows[0] and ">–<" in rows[1]


def test_the_page_is_narrowed_to_one_step_to_what_failed_and_to_one_day(db, only):
    only(open_reviews=does(4), remind=fails(RegisterError("The mail server is away.")), quiet=does(0))
    for day in (DAY, DAY + timedelta(days=1)):
        with pytest.raises(ExceptionGroup):
            daily.run(day)

    def rows(path: str) -> int:
        return page(path).split("<tbody>")[1].split("</tbody>")[0].count("<tr>")

    assert rows("") == 6
    assert rows("?step=open_reviews") == 2
    assert rows("?outcome=failed") == 2 and rows("?outcome=busy") == 2
    assert rows("?day__year=2026&day__month=3&day__day=10") == 3


def test_one_line_is_read_and_not_written(db, only):
    only(first=does(4))
    daily.run(DAY)
    html = page(f"{StepRun.objects.get().pk}/change/", "administrator")
    assert "first" in html and 'name="_save"' not in html


def test_where_nothing_has_run_the_page_says_so(db, only):
    assert "The daily run has not run yet." in page()
    only(first=does(4))
    daily.run(DAY)
    assert "No daily step went like that." in page("?outcome=failed")


@pytest.mark.parametrize("role", ["administrator", "registrar", "auditor"])
def test_administrators_registrars_and_auditors_find_it_on_the_first_page_of_the_desk(db, role):
    assert f'href="{LIST}"' in page(role=role, at_desk="/admin/")


@pytest.mark.parametrize("role", ["evaluator", "decision_maker", "review_officer"])
def test_others_do_not(db, role):
    assert LIST not in page(role=role, at_desk="/admin/")
    assert signed_in(make_user("Eve", role)).get(LIST).status_code == 403


# -- two processes at once ---------------------------------------------------------------------------------------------


def much_to_do() -> date:
    """A register where every step has something to do on the day that this returns."""
    today = current.today()
    day = today + timedelta(days=60)
    make_user("Rea", "registrar")
    for n in range(4):
        with transaction.atomic():
            ends = (today + timedelta(days=10 + n)).isoformat()
            journal.publish(
                document(title=f"Ending {n}", expiring_from=ends, last_new_enrolment=day.isoformat()),
                effective_from=today,
            )
    for name in ("Quay", "Hill"):
        provider = make_provider(name)
        by = make_signatory(provider)
        approve(make_recommended(provider=provider, by=by), publish_on=today + timedelta(days=5))
        make_asked(provider=provider, by=by)
        row = {"text": "Send the plan.", "owner": name, "due_on": today + timedelta(days=20)}
        desk.decide(
            case_id=make_recommended(provider=provider, by=by).pk, by=make_user("Dana", "decision_maker"), reason="Needed.",
            outcomes=APPROVE_ALL | {"listing": "approved_with_conditions"}, conditions={"listing": [row]},
        )  # fmt: skip
        provider_services.impose(
            provider, kind="compliance_notice", summary={"en": "File the return."}, on=today, decision="D-5"
        )
        provider.refresh_from_db()
        [action] = provider.details["statutory_actions"]
        provider_services.close(provider, action["reference"], on=today)
        stopped = make_provider(f"{name} college")
        make_submitted(provider=stopped, by=make_signatory(stopped))
        provider_services.impose(stopped, kind="suspension", summary={"en": "Stopped."}, on=today, decision="D-6")
        reviews_of(name, today, day)
        an_end_with_a_part(name, today, day)
        # One whose financial year ends on the day before.
        make_provider(f"{name} school", type="private_training", financial_year_end=f"{day - timedelta(days=1):%m-%d}")
    decided_of_many(day)
    interim_report(today, day)
    readers(today)
    return day


def readers(today: date) -> None:
    """Two who follow what is about to end, and one who has asked for it and never confirmed."""
    for n in range(3):
        asked = {"about": "entry", "what": "NQ-000001", "language": "en", "now": at(today)}
        subscriptions.ask(address=f"reader{n}@example.org", **asked)
    for reader in Subscription.objects.order_by("pk")[:2]:
        subscriptions.confirm(subscriptions.confirming(reader), now=at(today))
    OwedMail.objects.all().delete()


def interim_report(today: date, day: date) -> None:
    """A consistency review whose report was interim until the day before."""
    case = reviewed.announced("Kestrel Polytechnic")
    reviewed.hand_in(case, "Kestrel Polytechnic")
    ConsistencyReview.objects.filter(case=case).update(held_on=today)
    consistency.begin_rating(case_id=case.pk, by=case.rosa, now=at(today))
    case = reviewed.rate(reviewed.again(case), kestrel="not_met", now=at(today))
    decide(case, outcome="declined", now=at(today))
    ConsistencyReview.objects.filter(case=case).update(interim_until=day - timedelta(days=1))


def decided_of_many(day: date) -> None:
    """Two entries wait to be published by one decision, as more of them do than one transaction may hold."""
    later = day + timedelta(days=100)
    credentials = many.make_imported(*[{"expiring_from": later, "last_new_enrolment": later}] * 2)
    with mock.patch.object(journal, "BATCH", 1):
        many.decided(many.reregistration(numbers=[credential.number for credential in credentials]))


def reviews_of(name: str, today: date, day: date) -> None:
    """One review that is opened on the day, one whose report is due a week after it, one that is late, and one of which
    the change that it required has not come."""
    make_user("Ryan", "review_officer")
    due = {what: make_listed(title=f"{what} at {name}", provider=make_provider(f"{name} {what}"))
           for what in ("opens", "due", "late", "changed")}  # fmt: skip
    days = {
        "opens": day + timedelta(days=60),
        "due": day + timedelta(days=6),
        "late": day - timedelta(days=2),
        "changed": day,
    }
    for what, credential in due.items():
        Credential.objects.filter(pk=credential.pk).update(review_due=days[what])
    reviewing.open_reviews(today, now=at(today))
    assert not due["opens"].reviews.exists()
    for what in ("due", "late", "changed"):
        Case.objects.filter(review__credential=due[what]).update(answer_by=days[what])
    changed, by = due["changed"].reviews.get(), day - timedelta(days=1)
    change = amendments.begin_required(due["changed"], changed.case.organisation, answer_by=by, now=at(today))
    Review.objects.filter(pk=changed.pk).update(change=change)


def an_end_with_a_part(name: str, today: date, day: date) -> None:
    """An entry whose last day comes near, and one that is part of it."""
    whole, part = (
        make_listed(title=f"{w} at {name}", provider=make_provider(f"{name} {w}")) for w in ("whole", "part")
    )
    with transaction.atomic():
        stacking.keep_one(part, [{"relation": "part_of", "number": whole.number}])
    Credential.objects.filter(pk=whole.pk).update(expiring_from=today, expiry_end=day + timedelta(days=20))


def done_of(case: Case) -> Counter:
    return Counter(Event.objects.filter(case=case, role="system").values_list("name", flat=True))


def test_two_processes_that_run_the_whole_day_at_once_do_each_thing_once(committing_db):
    day = much_to_do()
    at_once(notices.deliver)
    mail.outbox.clear()
    run = partial(daily.run, day, now=at(day))
    said = at_once(run, run)
    assert not [outcome for outcome in said if not isinstance(outcome, dict)], said
    together = {name: said[0][name] + said[1][name] for name in said[0]}
    assert not [name for name, count in together.items() if count == 0], "every step had something to do"
    assert (together["status"], together["release"], together["take_down_actions"]) == (4, 2, 2)
    assert {name: count for name, count in run().items() if count} == {}, "nothing is left, and nothing is done again"

    assert Release.objects.filter(released_at=None).count() == 0
    turns = list(Change.objects.by_date().values_list("number", "effective_from"))
    assert len(turns) == len(set(turns)) == 4
    for case in Case.objects.all():
        assert max(done_of(case).values(), default=1) == 1, (case, done_of(case))
    lapses = Case.objects.filter(kind="provider_lapse").values_list("lapse__provider", flat=True)
    assert len(lapses) == len(set(lapses))

    at_once(notices.deliver, notices.deliver)
    at_once(telling.deliver, telling.deliver)
    sent = Counter((m.to[0], m.subject, m.body) for m in mail.outbox)
    assert sent and set(sent.values()) == {1}
    assert Counter(to for to, *_ in sent if to.startswith("reader")) == {
        "reader0@example.org": 1,
        "reader1@example.org": 1,
    }
    assert Notice.objects.filter(sent_at=None).count() == 0
    runs = Counter(StepRun.objects.values_list("step", flat=True))
    assert set(runs.values()) == {3} and not StepRun.objects.exclude(failed="").exists()
    serials = list(Change.objects.order_by("serial").values_list("serial", flat=True))
    assert serials == list(range(1, len(serials) + 1))
    follower.catch_up()
    assert list(differences()) == []


# -- the authority's day (edge case 15) --------------------------------------------------------------------------------

# For each zone a day on which an entry begins to end, and the moment in UTC at which that day begins there.
MIDNIGHTS = [
    ("Pacific/Auckland", date(2026, 7, 15), datetime(2026, 7, 14, 12, tzinfo=UTC)),  # winter: UTC+12
    ("Pacific/Auckland", date(2026, 1, 15), datetime(2026, 1, 14, 11, tzinfo=UTC)),  # summer: UTC+13
    ("Pacific/Auckland", date(2026, 9, 27), datetime(2026, 9, 26, 12, tzinfo=UTC)),  # the clock goes forward that night
    ("Pacific/Auckland", date(2026, 9, 28), datetime(2026, 9, 27, 11, tzinfo=UTC)),  # a day of 23 hours is over
    ("Pacific/Auckland", date(2026, 4, 5), datetime(2026, 4, 4, 11, tzinfo=UTC)),  # the clock goes back that night
    ("Pacific/Auckland", date(2026, 4, 6), datetime(2026, 4, 5, 12, tzinfo=UTC)),  # a day of 25 hours is over
    ("Pacific/Kiritimati", date(2026, 3, 1), datetime(2026, 2, 28, 10, tzinfo=UTC)),  # UTC+14
    ("Atlantic/Cape_Verde", date(2026, 3, 1), datetime(2026, 3, 1, 1, tzinfo=UTC)),  # UTC-1
]
SECOND = timedelta(seconds=1)
zones = pytest.mark.parametrize(("zone", "day", "midnight"), MIDNIGHTS)


def statuses(now: datetime) -> set[str]:
    """What the register says at a moment."""
    return set(Entry.objects.with_status(current.today(now)).values_list("status", flat=True))


@zones
def test_case_15_the_day_begins_at_the_midnight_of_the_authority_with_the_server_in_utc(settings, zone, day, midnight):
    settings.TIME_ZONE = zone
    assert current.today(midnight - SECOND) == day - timedelta(days=1)
    assert current.today(midnight) == day


@zones
def test_case_15_an_entry_turns_at_the_midnight_of_the_authority_and_is_told_of_then(db, settings, zone, day, midnight):
    settings.TIME_ZONE = zone
    listed = midnight - timedelta(days=9)
    with transaction.atomic():
        published = journal.publish(
            document(expiring_from=day.isoformat(), last_new_enrolment=(day - timedelta(days=1)).isoformat()),
            effective_from=current.today(listed), now=listed,
        )  # fmt: skip
    assert statuses(midnight - SECOND) == {"current"} and statuses(midnight) == {"expiring"}
    assert daily.run(now=midnight - SECOND)["status"] == 0
    assert daily.run(now=midnight)["status"] == 1
    change = Change.objects.of(published.number).last()
    assert (change.action, change.effective_from, change.recorded_at) == ("status", day, midnight)
    assert list(StepRun.objects.filter(step="status").order_by("pk").values_list("day", flat=True)) == [
        day - timedelta(days=1), day,
    ]  # fmt: skip
    assert daily.run(now=midnight + timedelta(hours=23))["status"] == 0


@zones
def test_case_15_what_is_published_in_the_last_second_of_a_day_is_not_told_of_the_next(
    db, settings, zone, day, midnight
):
    """What is published on a day tells what its dates do on it: that is the authority's day too."""
    settings.TIME_ZONE = zone
    for now in (midnight - SECOND, midnight):
        with transaction.atomic():
            journal.publish(
                document(expiring_from=day.isoformat()), effective_from=day - timedelta(days=1), now=now
            )  # fmt: skip
    assert daily.run(now=midnight)["status"] == 1


@zones
def test_case_15_a_rehearsal_is_held_at_the_first_moment_of_the_day(db, settings, only, zone, day, midnight):
    settings.TIME_ZONE = zone
    at_work = []
    only(first=lambda day, *, now: at_work.append((day, now)) or 0)
    daily.run(day, now=midnight - timedelta(days=3))
    assert at_work == [(day, midnight)]


@zones
def test_case_15_an_embargo_ends_at_the_midnight_of_the_authority(db, settings, zone, day, midnight):
    settings.TIME_ZONE = zone
    # An embargo is decided on today: the next night of that date.
    first = current.today() + timedelta(days=1)
    day = next(d for d in (day.replace(year=first.year + n) for n in range(2)) if d >= first)
    midnight = timezone.make_aware(datetime(day.year, day.month, day.day))
    approve(make_recommended(), publish_on=day)
    assert daily.run(now=midnight - SECOND)["release"] == 0 and not Entry.objects.credentials().exists()
    assert daily.run(now=midnight)["release"] == 1 and Entry.objects.credentials().exists()
