"""The time that a case may take: working days, standing still while the applicant has the ball."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.casework import clock
from registry.casework import services as desk
from registry.errors import NotAllowed
from registry.framework import current
from registry.framework.calendar import add_working_days, is_working_day
from registry.models import Case, Notice
from tests.builders import ask_about, make_submitted, make_user

ZONE = ZoneInfo("Pacific/Auckland")
MONDAY = date(2027, 3, 1)


def at(day: date, hour: int = 12) -> datetime:
    """An hour of a day at the authority."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def test_the_target_is_so_many_working_days_from_the_start_of_the_evaluation(db):
    case, eva = make_submitted(now=at(MONDAY)), make_user("Eva", "evaluator")
    assert case.due_on == date(2027, 3, 8), "complete within five working days"
    case = desk.start_evaluation(case_id=case.pk, by=eva, now=at(date(2027, 3, 2)))
    # Twenty working days, with Good Friday and Easter Monday of 2027 left out.
    assert case.due_on == date(2027, 4, 1)
    assert clock.standing(case, date(2027, 3, 31)).days_left == 1
    late = clock.standing(case, date(2027, 4, 5))
    assert (late.days_left, late.overdue, late.holder) == (-2, True, clock.AUTHORITY)


def test_case_18_paused_days_do_not_count_and_two_requests_at_once_count_once(db):
    case, eva = make_submitted(now=at(MONDAY)), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva, now=at(MONDAY))
    first = ask_about(case, eva, "need", now=at(date(2027, 3, 3)))
    case.refresh_from_db()
    left = case.days_left
    assert (case.due_on, case.paused_on) == (None, date(2027, 3, 3))
    assert clock.standing(case, date(2027, 3, 4)).holder == clock.APPLICANT
    second = ask_about(case, eva, "assessment", now=at(date(2027, 3, 5)))
    for request in (first, second):
        for item in request.items.all():
            desk.answer(case_id=case.pk, by=case.signatory, item_id=item.pk, text="So.", now=at(date(2027, 3, 9)))
    case = desk.send_answers(case_id=case.pk, by=case.signatory, now=at(date(2027, 3, 10)))
    # From Wednesday the 3rd to Wednesday the 10th: five working days, counted once for both requests.
    assert (case.paused_days, case.days_left, case.paused_on) == (5, None, None)
    assert clock.standing(case, date(2027, 3, 10)).days_left == left
    assert case.due_on == add_working_days(date(2027, 3, 10), left, current.profile().calendar)


def test_case_18_an_answer_that_comes_after_the_case_has_lapsed_is_kept_and_visible(db):
    case, eva = make_submitted(now=at(MONDAY)), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva, now=at(MONDAY))
    request = ask_about(case, eva, "need", now=at(MONDAY))
    late = request.lapses_after + timedelta(days=1)
    case = desk.lapse(case_id=case.pk, by=eva, now=at(late))
    assert (case.state, case.due_on) == ("lapsed", None)
    request.refresh_from_db()
    assert request.closed_as == "unanswered"
    answer = desk.answer(
        case_id=case.pk, by=signatory_of(case), item_id=request.items.get().pk, text="Here it is.", now=at(late)
    )
    assert answer.late
    assert case.events.latest("position").details["text"] == "Here it is."
    assert Case.objects.get(pk=case.pk).state == "lapsed"


def signatory_of(case: Case):
    return case.organisation.memberships.get().user


def test_case_17_a_deadline_on_a_day_without_work_ends_on_the_next_working_day(db):
    case, eva = make_submitted(now=at(MONDAY)), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva, now=at(MONDAY))
    saturday = date(2027, 3, 20)
    request = ask_about(case, eva, "need", due_on=saturday, now=at(MONDAY))
    assert request.due_on == request.items.get().due_on == date(2027, 3, 22)


def test_case_17_a_holiday_that_is_added_later_shortens_no_deadline_that_runs(db, monkeypatch):
    from dataclasses import replace

    case, eva = make_submitted(now=at(MONDAY)), make_user("Eva", "evaluator")
    case = desk.start_evaluation(case_id=case.pk, by=eva, now=at(MONDAY))
    request = ask_about(case, eva, "need", now=at(MONDAY))
    due_on, lapses_after = request.due_on, request.lapses_after
    profile = current.profile()
    closed = replace(
        profile.calendar, closed={**profile.calendar.closed, date(2027, 3, 10): {"en": "A day of mourning"}}
    )
    monkeypatch.setattr(current, "profile", lambda: replace(profile, calendar=closed))
    request.refresh_from_db()
    assert (request.due_on, request.lapses_after) == (due_on, lapses_after)
    with pytest.raises(NotAllowed, match=lapses_after.isoformat()):
        desk.lapse(case_id=case.pk, by=eva, now=at(lapses_after))


def test_the_clock_proposes_that_a_case_lapses_and_a_person_confirms(db):
    case, eva = make_submitted(now=at(MONDAY)), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva, now=at(MONDAY))
    request = ask_about(case, eva, "need", now=at(MONDAY))
    last = request.lapses_after
    assert desk.propose_lapses(last, now=at(last)) == 0
    after = last + timedelta(days=1)
    assert desk.propose_lapses(after, now=at(after)) == 1
    assert desk.propose_lapses(after, now=at(after)) == 0, "proposed once"
    case.refresh_from_db()
    assert (case.state, case.lapse_proposed_on) == ("information_requested", after)
    assert case.events.latest("position").person_id is None
    assert Notice.objects.filter(person=eva, subject__contains="lapses").count() == 1


def test_an_answer_takes_back_what_the_clock_proposed(db):
    case, eva = make_submitted(now=at(MONDAY)), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva, now=at(MONDAY))
    request = ask_about(case, eva, "need", now=at(MONDAY))
    after = request.lapses_after + timedelta(days=1)
    desk.propose_lapses(after, now=at(after))
    desk.answer(case_id=case.pk, by=case.signatory, item_id=request.items.get().pk, text="So.", now=at(after))
    with pytest.raises(NotAllowed, match="Nothing is missing"):
        desk.lapse(case_id=case.pk, by=eva, now=at(after))
    case = desk.send_answers(case_id=case.pk, by=case.signatory, now=at(after))
    assert case.lapse_proposed_on is None


def test_people_are_reminded_five_and_one_working_days_before_and_once_when_the_time_is_over(db):
    case, eva = make_submitted(now=at(MONDAY)), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva, now=at(MONDAY))
    request = ask_about(case, eva, "need", now=at(MONDAY))
    day, told = MONDAY, []
    while day <= request.lapses_after:
        for _twice in range(2):
            if desk.remind(day, now=at(day)):
                told.append(clock.working_days_between(day, request.due_on, current.profile().calendar))
        day += timedelta(days=1)
    assert told == [5, 1, -1]
    assert Notice.objects.filter(person=case.signatory, key__startswith=f"request:{request.pk}:").count() == 3


def test_a_case_that_was_returned_has_its_own_time_and_lapses_by_a_person(db):
    case, grace = make_submitted(now=at(MONDAY)), make_user("Grace", "registrar")
    case = desk.return_incomplete(case_id=case.pk, by=grace, reason="The sites are missing.", now=at(MONDAY))
    assert case.answer_by is not None and case.due_on is None
    assert clock.standing(case, MONDAY).holder == clock.APPLICANT
    with pytest.raises(NotAllowed, match="may still answer"):
        desk.lapse(case_id=case.pk, by=grace, now=at(case.answer_by))
    much_later = case.answer_by + timedelta(days=60)
    assert desk.propose_lapses(much_later, now=at(much_later)) == 1
    assert desk.lapse(case_id=case.pk, by=grace, now=at(much_later)).state == "lapsed"


days = st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 1, 1))


@given(days, st.integers(-40, 40))
def test_working_days_counted_there_are_the_working_days_counted_back(day, count):
    calendar = current.profile().calendar
    shifted = clock.shift(day, count, calendar)
    assert is_working_day(shifted, calendar)
    if count > 0:
        assert clock.working_days_between(day, shifted, calendar) == count
    if count < 0:
        assert clock.working_days_between(shifted, clock.shift(day, 0, calendar), calendar) == -count


@given(days, days, days)
def test_working_days_between_days_add_up(first, second, third):
    calendar = current.profile().calendar
    first, second, third = sorted((first, second, third))
    between = clock.working_days_between
    assert between(first, third, calendar) == between(first, second, calendar) + between(second, third, calendar)
