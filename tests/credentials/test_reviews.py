"""Reviews: opened by the register, reported by bodies, judged and decided by people (section 4.6 of the domain)."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from credentials import schedule, services
from credentials.models import Credential, Review
from credentials.services import reviewing
from registry import daily
from registry.casework import kinds, reporting
from registry.casework import services as desk
from registry.casework.models import ConditionMet
from registry.casework.services import reporting as reports
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.framework.calendar import is_working_day
from registry.models import Case, Change, Notice
from registry.status import status_on
from tests.builders import (
    decide,
    document_of,
    make_draft,
    make_editor,
    make_listed,
    make_provider,
    make_signatory,
    make_user,
)
from tests.credentials.reviewing import DAY, decided, delivered_by, judged, opened, report, signatory_of
from tests.desk import officer, words
from tests.registry.test_clock import at

CALENDAR = current.profile().calendar


@pytest.fixture
def listed(db) -> Credential:
    return make_listed()


def names(person) -> list[str]:
    return list(Notice.objects.filter(person=person).order_by("pk").values_list("subject", flat=True))


# -- when -----------------------------------------------------------------------------------------------------------------


def test_the_first_review_falls_due_one_period_after_the_listing_on_a_working_day(listed):
    assert listed.review_anchor == listed.listed_on
    assert listed.review_due >= listed.listed_on + relativedelta(months=12)
    assert is_working_day(listed.review_due, CALENDAR)


@given(
    anchor=st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    period=st.sampled_from([12, 24, 36, 60]),
    turns=st.integers(1, 8),
)
def test_review_days_are_counted_from_the_anchor_and_never_drift(anchor, period, turns):
    credential = Credential(kind="micro_credential")
    schedule.begin(credential, anchor, period)
    for turn in range(1, turns + 1):
        strict = anchor + relativedelta(months=period * turn)
        assert 0 <= (credential.review_due - strict).days < 15
        schedule.advance(credential, credential.review_due - 10 * DAY)


def test_case_16_a_review_that_counts_from_29_february_falls_on_28_february_and_on_29_again():
    credential = Credential(kind="micro_credential")
    schedule.begin(credential, date(2024, 2, 29), 12)
    days = [credential.review_due]
    for _ in range(3):
        days.append(schedule.advance(credential, days[-1] - 30 * DAY))
    # 28 February 2026 is a Saturday: the day that is shown is the day that counts.
    assert days == [date(2025, 2, 28), date(2026, 3, 2), date(2027, 3, 1), date(2028, 2, 29)]


def test_a_month_end_stays_a_month_end():
    assert schedule.due_after(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert schedule.due_after(date(2023, 8, 31), 12) == date(2024, 9, 2)


def test_a_review_opens_three_months_before_it_falls_due(listed):
    first = schedule.opens_on(listed.review_due)
    assert reviewing.open_reviews(first - DAY, now=at(first - DAY)) == 0
    assert reviewing.open_reviews(first, now=at(first)) == 1
    review = listed.reviews.get()
    assert review.case.state == "draft" and review.case.answer_by == listed.review_due
    assert review.case.organisation == listed.awarding_body.organisation
    assert review.accreditation is not None, "a body that develops and delivers reports once on both"


def test_it_is_opened_once_however_often_and_late_the_daily_step_runs(listed):
    first = schedule.opens_on(listed.review_due)
    assert [reviewing.open_reviews(d, now=at(d)) for d in (first + 4 * DAY, first + 4 * DAY, first + 9 * DAY)] == [
        1,
        0,
        0,
    ]


def test_each_provider_that_delivers_it_reports_on_its_own_delivery(listed):
    second = delivered_by(listed)
    review = opened(listed)
    others = listed.reviews.exclude(pk=review.pk)
    assert [(r.of_entry, r.accreditation_id, r.case.organisation_id) for r in others] == [
        (False, second.pk, second.provider.organisation_id)
    ]
    asked = {c.id for c in desk.criteria_of(others.get().case)}
    assert asked == {"review_assessment", "review_outcomes", "review_capability"}


def test_what_ends_before_its_review_or_is_not_current_is_not_reviewed(listed):
    first = schedule.opens_on(listed.review_due)
    Credential.objects.filter(pk=listed.pk).update(expiring_from=listed.review_due - DAY)
    assert reviewing.open_reviews(first, now=at(first)) == 0
    Credential.objects.filter(pk=listed.pk).update(expiring_from=None, closed_undated=True)
    assert reviewing.open_reviews(first, now=at(first)) == 0


def test_whoever_is_asked_late_has_as_much_time_as_for_any_question(listed):
    day = listed.review_due + 200 * DAY
    review = opened(listed, day)
    assert review.due_on == listed.review_due
    assert review.case.answer_by > day + 20 * DAY


def test_nobody_begins_a_review_by_hand(listed):
    with pytest.raises(NotAllowed, match="opened by the register"):
        kinds.get("credential_review").record.begin(about=listed.number, by=make_user("Rea", "review_officer"))


# -- the report ----------------------------------------------------------------------------------------------------------


def test_a_report_that_leaves_something_out_is_refused_field_by_field_and_kept(listed):
    review = opened(listed)
    sina, now = signatory_of(review.case), at(review.period_until)
    reviewing.save_report(case_id=review.pk, by=sina, values={"enrolments": 12, "fees": "None."}, now=now)
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=review.pk, by=sina, now=now)
    fields = {v.field for v in refusal.value.violations}
    assert {"completions", "learner_feedback", "rating_review_need", "ground_review_need", "sought"} <= fields
    assert "enrolments" not in fields and "changes_made" not in fields
    review.refresh_from_db()
    assert (review.enrolments, review.fees) == (12, "None.")


def test_more_awards_than_completions_are_asked_about(listed):
    review = opened(listed)
    with pytest.raises(RuleViolations, match="awards") as refusal:
        report(review, now=at(review.period_until), awards=32)
    assert {v.field for v in refusal.value.violations} == {"awards"}


def test_an_editor_writes_and_only_a_signatory_declares(listed):
    review = opened(listed)
    edie, now = make_editor(listed.awarding_body), at(review.period_until)
    with pytest.raises(NotAllowed):
        report(review, by=edie, now=now)
    review.refresh_from_db()
    assert review.enrolments == 40


def test_last_years_report_is_copied_and_its_figures_are_not(listed):
    first = opened(listed)
    now = at(first.period_until + 30 * DAY)
    decided(first, now=now)
    listed.refresh_from_db()
    second = opened(listed)
    assert second.previous == first and second.pk != first.pk
    assert second.learner_feedback == "Nine in ten would take it again." and second.sites == ["1 Quay St"]
    assert second.enrolments is None and second.ratings == {} and second.sought == ""
    assert second.period_from == first.period_until + DAY


def test_officers_see_that_a_report_is_open_and_nothing_of_what_is_drafted(listed):
    review = opened(listed)
    rea = make_user("Rea", "review_officer")
    reviewing.save_report(
        case_id=review.pk,
        by=signatory_of(review.case),
        values={"complaints": "Secret so far."},
        now=at(review.period_until),
    )
    from credentials import described_reviews as described

    case = Case.objects.for_user(rea).get(pk=review.pk)
    assert "Secret so far." not in str(described.sections(case))
    assert "Secret so far." in str(described.told(case))


# -- what is decided -----------------------------------------------------------------------------------------------------


def test_it_continues_and_falls_due_a_year_after_it_fell_due(listed):
    review = opened(listed)
    due, revision = listed.review_due, document_of(listed.number)["revision"]
    now = at(review.period_until + 40 * DAY)
    decisions = decided(review, now=now)
    listed.refresh_from_db()
    assert listed.review_due == schedule.due_after(listed.listed_on, 24)
    document = document_of(listed.number)
    assert document["review_due"] == listed.review_due.isoformat() and document["revision"] == revision
    assert document["last_review"]["outcome"] == "approved"
    assert document["last_review"]["due_on"] == due.isoformat()
    entry_decision = next(d for d in decisions if d.matter == "review")
    assert document["last_review"]["decision"] == entry_decision.number
    assert entry_decision.number in {d["number"] for d in document["decisions"]}
    change = Change.objects.filter(number=listed.number).last()
    assert (change.action, change.decision_number) == ("status", entry_decision.number)
    held = review.accreditation
    assert document_of(held.number)["last_review"]["outcome"] == "approved"


def test_case_31_a_late_report_does_not_move_the_next_review(listed):
    review = opened(listed)
    late = at(listed.review_due + 45 * DAY)
    decided(review, now=late)
    listed.refresh_from_db()
    assert listed.review_due == schedule.due_after(listed.listed_on, 24)
    from credentials import described_reviews as described

    rows = {row["label"]: row.get("text") for row in described.sections(Case.objects.get(pk=review.pk))}
    assert rows["Days late"] == "45"


def test_a_review_that_took_more_than_a_year_goes_on_with_the_first_day_that_is_still_to_come(listed):
    review = opened(listed)
    day = listed.review_due + 500 * DAY
    decided(review, now=at(day))
    listed.refresh_from_db()
    assert listed.review_due > day and listed.review_months % 12 == 0
    assert listed.review_due == schedule.due_after(listed.listed_on, listed.review_months)


def with_conditions(review: Review, now):
    due = (now + timedelta(days=60)).date()
    row = {"text": "Report the moderation of 2027.", "owner": "Harbour Institute", "due_on": due.isoformat()}
    case = report(review, now=now)
    judged(case, now=now)
    return desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Moderation was thin.", now=now,
        outcomes={"review": "approved_with_conditions", "delivery": "approved"}, conditions={"review": [row]},
    )  # fmt: skip


def test_with_conditions_the_public_record_says_which_are_in_force_and_when_each_was_met(listed):
    review = opened(listed)
    now = at(review.period_until + 40 * DAY)
    decision = next(d for d in with_conditions(review, now) if d.matter == "review")
    (row,) = document_of(listed.number)["last_review"]["conditions"]
    assert row["text"] == {"en": "Report the moderation of 2027."} and "met_on" not in row
    rita = make_user("Rita", "registrar")
    desk.meet_condition(
        case_id=review.pk, by=rita, condition_id=decision.conditions.get().pk, reason="It came.", now=now + 9 * DAY
    )
    (row,) = document_of(listed.number)["last_review"]["conditions"]
    assert row["met_on"] == (now + 9 * DAY).date().isoformat()


def test_the_only_way_up_is_from_conditions_to_none_once_they_are_met_and_the_first_decision_stays(listed):
    review = opened(listed)
    now = at(review.period_until + 40 * DAY)
    first = next(d for d in with_conditions(review, now) if d.matter == "review")
    listed.refresh_from_db()
    due = listed.review_due
    up = {"by": make_user("Dora", "decision_maker"), "reason": "Each condition is met.", "case_id": review.pk}
    with pytest.raises(NotAllowed, match="not been met"):
        desk.decide(**up, outcomes={"review": "approved"}, now=now + DAY)
    desk.meet_condition(
        case_id=review.pk, by=make_user("Rita", "registrar"), condition_id=first.conditions.get().pk, reason="It came.",
        now=now + 9 * DAY,
    )  # fmt: skip
    with pytest.raises((Conflict, RegisterError)):
        desk.decide(**up, outcomes={"review": "declined"}, now=now + 10 * DAY)
    (second,) = desk.decide(**up, outcomes={"review": "approved"}, now=now + 10 * DAY)
    assert second.stage == 2 and review.case.decisions.count() == 3
    document = document_of(listed.number)
    assert document["last_review"]["outcome"] == "approved"
    assert {first.number, second.number} <= {d["number"] for d in document["decisions"]}
    listed.refresh_from_db()
    assert listed.review_due == due, "the cycle has been counted on already"


def test_case_46_a_condition_that_is_not_met_is_told_and_withdraws_nothing(listed):
    review = opened(listed)
    now = at(review.period_until + 40 * DAY)
    with_conditions(review, now)
    rita = make_user("Rita", "registrar")
    day = (now + timedelta(days=75)).date()
    before = Change.objects.count()
    daily.run(day, now=at(day))
    assert any("condition" in subject for subject in names(rita))
    assert Change.objects.count() == before and not ConditionMet.objects.exists()
    assert status_on(document_of(listed.number), day) == "current"


def test_where_a_change_is_required_its_draft_is_begun_for_the_body_with_three_months_after_the_review(listed):
    review = opened(listed)
    now, due = at(review.period_until + 40 * DAY), listed.review_due
    case = report(review, now=now, sought="change", changes_wanted="More on harnesses.")
    judged(case, now=now)
    ask = {"case_id": case.pk, "by": make_user("Dana", "decision_maker"), "reason": "It is out of date.", "now": now}
    with pytest.raises(RegisterError, match="Only of the entry itself"):
        desk.decide(**ask, outcomes={"review": "approved", "delivery": "change_required"})
    desk.decide(**ask, outcomes={"review": "change_required", "delivery": "approved"})
    review.refresh_from_db()
    asked = review.change.case
    assert review.case.state == "change_required" and asked.kind == "credential_change" and asked.state == "draft"
    assert asked.organisation == review.case.organisation
    assert asked.answer_by >= due + relativedelta(months=3)
    assert any("apply for the change" in subject for subject in names(signatory_of(review.case)))
    rea = make_user("Rea", "review_officer")
    late = asked.answer_by + DAY
    assert reviewing.remind_of_changes(late, now=at(late)) >= 1
    assert reviewing.remind_of_changes(late + DAY, now=at(late + DAY)) == 0
    assert any("change that a review required" in subject for subject in names(rea))


def test_what_does_not_continue_begins_to_expire_for_two_years_and_nobody_may_start(listed):
    review = opened(listed)
    now = at(review.period_until + 40 * DAY)
    case = report(review, now=now, sought="end")
    judged(case, now=now)
    decide(case, outcome="declined", now=now)
    listed.refresh_from_db()
    day = now.date()
    assert listed.expiring_from == day and listed.last_new_enrolment == day - DAY
    assert listed.expiry_end == day + relativedelta(months=24) - DAY
    document = document_of(listed.number)
    assert status_on(document, day) == "expiring" and document["last_review"]["outcome"] == "declined"
    present = document_of(review.accreditation.number)
    assert status_on(present, day) == "accredited", "those who have started are taught to the end"


def test_an_entry_that_does_not_continue_closes_the_case_so_whatever_is_said_of_its_delivery(listed):
    review = opened(listed)
    now = at(review.period_until)
    judged(report(review, now=now), now=now)
    desk.decide(
        case_id=review.pk, by=make_user("Dana", "decision_maker"), reason="Nobody needs it.", now=now,
        outcomes={"review": "declined", "delivery": "approved"},
    )  # fmt: skip
    assert Case.objects.get(pk=review.pk).state == "declined"
    assert status_on(document_of(listed.number), now.date()) == "expiring"
    assert document_of(review.accreditation.number)["last_review"]["outcome"] == "approved"


def test_a_delivery_that_does_not_continue_takes_nothing_by_itself_and_offers_a_measure(listed):
    second = delivered_by(listed)
    opened(listed)
    review = second.reviews.get()
    now = at(review.period_until + 40 * DAY)
    decided(review, now=now, outcome="declined")
    document = document_of(second.number)
    assert document["last_review"]["outcome"] == "declined" and status_on(document, now.date()) == "accredited"
    from credentials.cases_reviews import onward

    assert onward(Case.objects.get(pk=review.pk)) == [("accreditation_sanction", second.number)]
    assert document_of(listed.number).get("last_review") is None


def test_whoever_judged_or_recommended_a_review_does_not_decide_it(listed):
    review = opened(listed)
    now = at(review.period_until)
    case = judged(report(review, now=now), now=now)
    both = case.judgements.first().judged_by
    both.groups.add(*make_user("Dana", "decision_maker").groups.all())
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, by=both, now=now)


# -- overdue ---------------------------------------------------------------------------------------------------------------


def level(review: Review, day: date) -> int:
    return reporting.level_on(Case.objects.get(pk=review.pk), day)


def test_being_late_is_a_flag_with_levels_and_alters_no_status(listed):
    review = opened(listed)
    due = review.due_on
    assert [level(review, due + n * DAY) for n in (-1, 0, 1, 29, 30, 89, 90, 400)] == [0, 0, 1, 1, 2, 2, 3, 3]
    before = Change.objects.count()
    for n in range(0, 120, 7):
        daily.run(due + n * DAY, now=at(due + n * DAY))
    assert Change.objects.count() == before and Case.objects.get(pk=review.pk).state == "draft"
    report(review, now=at(due + 100 * DAY))
    assert level(review, due + 101 * DAY) == 0


def test_it_goes_to_the_body_then_to_review_officers_then_to_decision_makers_once_each(listed):
    review = opened(listed)
    rea, dana, sina = make_user("Rea", "review_officer"), make_user("Dana", "decision_maker"), signatory_of(review.case)
    told = {}
    for n in (1, 30, 90):
        day = review.due_on + n * DAY
        for _ in range(2):
            reports.escalate_reports(day, now=at(day))
        told[n] = (len(names(rea)), len(names(dana)), sum("overdue" in s for s in names(sina)))
    assert told == {1: (1, 0, 1), 30: (2, 0, 1), 90: (2, 1, 1)}


def test_a_step_that_did_not_run_for_months_tells_of_each_level_once(listed):
    review = opened(listed)
    rea, dana = make_user("Rea", "review_officer"), make_user("Dana", "decision_maker")
    day = review.due_on + 200 * DAY
    assert reports.escalate_reports(day, now=at(day)) == 3
    assert reports.escalate_reports(day, now=at(day)) == 0
    assert (len(names(rea)), len(names(dana))) == (2, 1)


def test_the_body_is_reminded_60_30_and_7_days_before_on_the_day_and_a_week_after(listed):
    review = opened(listed)
    sina = signatory_of(review.case)
    known = len(names(sina))
    owed = []
    day = review.due_on - 80 * DAY
    while day <= review.due_on + 20 * DAY:
        if reports.remind_of_reports(day, now=at(day)):
            owed.append((day - review.due_on).days)
        day += DAY
    assert owed == [-60, -30, -7, 0, 7]
    assert len(names(sina)) == known + 5


def test_a_report_that_its_body_was_reminded_of_is_not_asked_about_again_each_day(listed, django_assert_num_queries):
    second = make_listed(title="Rigging")
    for credential in (listed, second):
        opened(credential)
    day = listed.review_due - 30 * DAY
    assert reports.remind_of_reports(day, now=at(day)) == 2
    with django_assert_num_queries(2):
        assert reports.remind_of_reports(day + DAY, now=at(day + DAY)) == 0


def test_more_time_is_given_before_the_day_with_a_reason_and_the_next_review_counts_from_the_first_day(listed):
    review = opened(listed)
    rea, due = make_user("Rea", "review_officer"), review.due_on
    until = schedule.due_after(due, 1)
    ask = {"case_id": review.pk, "by": rea, "now": at(due - 5 * DAY)}
    with pytest.raises(RegisterError, match="Say why"):
        reports.extend(**ask, until=until, reason=" ")
    with pytest.raises(RegisterError, match="at most"):
        reports.extend(**ask, until=due + 200 * DAY, reason="Flood.")
    with pytest.raises(NotAllowed, match="before that day"):
        reports.extend(**ask | {"now": at(due + DAY)}, until=until, reason="Flood.")
    reports.extend(**ask, until=until, reason="Flood.")
    assert level(review, due + 5 * DAY) == 0 and level(review, until + DAY) == 1
    assert reports.first_day(Case.objects.get(pk=review.pk)) == due
    decided(review, now=at(until))
    listed.refresh_from_db()
    assert listed.review_due == schedule.due_after(listed.listed_on, 24)


def test_whoever_is_a_month_late_hands_in_no_new_application_and_may_change_what_there_is(listed):
    review = opened(listed)
    sina = signatory_of(review.case)
    draft = make_draft(listed.awarding_body, sina)
    ask = {"case_id": draft.pk, "by": sina}
    late = at(review.due_on + 31 * DAY)
    with pytest.raises(NotAllowed, match=review.case.reference):
        desk.submit(**ask, now=late)
    report(review, now=late)
    assert desk.submit(**ask, now=late).state == "submitted"


def test_it_goes_on_without_a_report_that_is_a_month_late_and_people_decide(listed):
    review = opened(listed)
    rea = make_user("Rea", "review_officer")
    early, late = at(review.due_on + 29 * DAY), at(review.due_on + 31 * DAY)
    with pytest.raises(NotAllowed, match="not late enough"):
        reports.go_without(case_id=review.pk, by=rea, reason="Silence.", now=early)
    with pytest.raises(NotAllowed, match="not late enough"):
        reports.demand(case_id=review.pk, by=rea, reason="Report within ten days.", now=early)
    reports.demand(case_id=review.pk, by=rea, reason="Report within ten days.", now=late)
    reports.go_without(case_id=review.pk, by=rea, reason="Silence.", now=late)
    case = judged(Case.objects.get(pk=review.pk), now=late, verdict="not_met", outcome="declined")
    decide(case, outcome="declined", now=late)
    assert status_on(document_of(listed.number), late.date()) == "expiring"


def test_case_33_of_two_providers_the_one_that_does_not_report_is_late_and_not_the_entry(listed):
    second = delivered_by(listed)
    review = opened(listed)
    theirs = second.reviews.get()
    decided(review, now=at(review.due_on - 5 * DAY))
    day = review.due_on + 40 * DAY
    assert (level(review, day), level(theirs, day)) == (0, 2)
    listed.refresh_from_db()
    assert listed.review_due == schedule.due_after(listed.listed_on, 24)
    assert "last_review" not in document_of(second.number)


def test_case_33_a_review_of_the_entry_that_nobody_decides_keeps_no_provider_from_reporting(listed):
    second = delivered_by(listed)
    review = opened(listed)
    theirs = second.reviews.get()
    decided(theirs, now=at(review.due_on - 5 * DAY))
    next_due = schedule.due_after(listed.listed_on, 24)
    day = schedule.opens_on(next_due)
    assert [reviewing.open_reviews(d, now=at(d)) for d in (day - DAY, day, day + DAY)] == [0, 1, 0]
    assert second.reviews.order_by("due_on").last().due_on == next_due
    assert listed.reviews.filter(of_entry=True).count() == 1


def test_it_is_closed_where_there_is_nothing_to_report_on_and_the_body_reads_why(listed):
    review = opened(listed)
    rea = make_user("Rea", "review_officer")
    reports.close_report(
        case_id=review.pk, by=rea, reason="The entry has been handed over.", now=at(review.period_until)
    )
    assert Case.objects.get(pk=review.pk).state == "withdrawn"
    assert any("closed" in subject for subject in names(signatory_of(review.case)))


def test_a_provider_has_no_business_with_anothers_review(listed):
    review = opened(listed)
    olga = make_signatory(make_provider("Elsewhere"), "Olga")
    assert not Case.objects.for_user(olga).filter(pk=review.pk).exists()
    with pytest.raises(NotAllowed):
        reviewing.save_report(case_id=review.pk, by=olga, values={"fees": "0"}, now=at(review.period_until))
    assert services is not None


def test_the_page_of_an_entry_at_the_desk_lists_its_reviews_and_which_is_late(listed):
    review = opened(listed, listed.review_due - 40 * DAY)
    Case.objects.filter(pk=review.pk).update(answer_by=current.today() - DAY)
    html = words(officer("review_officer").get(f"/admin/credentials/credential/{listed.pk}/change/").content.decode())
    assert (
        f"{review.case.reference} entry, Harbour Institute : due on" in html
        and "open: a report is asked for late" in html
    )
