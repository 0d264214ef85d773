"""What a review must never do: each of these went wrong once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credentials import described_reviews as described
from credentials.models import Credential
from credentials.services import reviewing
from registry import journal
from registry.casework import kinds, reporting
from registry.casework import services as desk
from registry.casework.services import reconsidering as again
from registry.casework.services import releasing
from registry.casework.services import reporting as reports
from registry.errors import NotAllowed, RegisterError
from registry.models import Case, Change, Membership, Notice, Reconsideration
from registry.status import status_on
from tests.builders import decide, document_of, make_draft, make_listed, make_user
from tests.credentials import wrongs
from tests.credentials.reviewing import DAY, decided, delivered_by, judged, opened, report, signatory_of
from tests.registry.test_clock import at


@pytest.fixture
def listed(db) -> Credential:
    return make_listed()


def ready(credential: Credential, **values):
    """A review that waits for its decision, and when."""
    review = opened(credential)
    now = at(review.period_until)
    judged(report(review, now=now, **values), now=now)
    return review, now


def test_a_refusal_leaves_an_end_that_was_decided_before_as_it_is(listed):
    review, now = ready(listed)
    first, last = now.date() - 5 * DAY, now.date() + 10 * DAY
    Credential.objects.filter(pk=listed.pk).update(expiring_from=first, expiry_end=last)
    decide(Case.objects.get(pk=review.pk), outcome="declined", now=now + timedelta(days=3))
    listed.refresh_from_db()
    assert (listed.expiring_from, listed.expiry_end) == (first, last)


def test_a_review_that_was_closed_without_a_decision_is_opened_again_while_the_entry_goes_on(listed):
    second = delivered_by(listed)
    review = opened(listed)
    rea = make_user("Rea", "review_officer")
    reports.close_report(case_id=review.pk, by=rea, reason="Sent to the wrong body.", now=at(review.period_until))
    day = review.period_until + DAY
    assert reviewing.open_reviews(day, now=at(day)) == 1, "the other provider has been asked already"
    assert listed.reviews.filter(of_entry=True).count() == 2 and second.reviews.count() == 1
    assert reviewing.open_reviews(day + DAY, now=at(day + DAY)) == 0


def test_nobody_closes_a_review_that_waits_for_its_decision(listed):
    review, now = ready(listed)
    with pytest.raises(RegisterError):
        reports.close_report(case_id=review.pk, by=make_user("Rita", "registrar"), reason="Not needed.", now=now)


def test_a_refusal_may_be_stayed_varied_set_aside_and_remitted(listed):
    review, now = ready(listed)
    decide(Case.objects.get(pk=review.pk), outcome="declined", now=now)
    asked = again.begin(about=review.case.reference, by=signatory_of(review.case), now=now + timedelta(days=1))
    record = Reconsideration.objects.get(case=asked)
    assert again.may_be_stayed(record)
    assert set(again.possible(record)) == {"upheld", "varied", "set_aside", "remitted"}


def test_what_waits_for_its_day_is_not_decided_once_more(listed):
    review, now = ready(listed)
    row = {"text": "Report.", "owner": "Harbour", "due_on": (now + timedelta(days=60)).date().isoformat()}
    first, _delivery = desk.decide(
        case_id=review.pk, by=make_user("Dana", "decision_maker"), reason="Thin.", now=now,
        outcomes={"review": "approved_with_conditions", "delivery": "approved"}, conditions={"review": [row]},
        publish_on=now.date() + 10 * DAY,
    )  # fmt: skip
    rita = make_user("Rita", "registrar")
    condition = first.conditions.get()
    desk.meet_condition(
        case_id=review.pk, by=rita, condition_id=condition.pk, reason="It came.", now=now + timedelta(days=1)
    )
    again_later = now + timedelta(days=2)
    with pytest.raises(NotAllowed, match="not public yet"):
        desk.decide(
            case_id=review.pk, by=make_user("Dora", "decision_maker"), reason="Met.", outcomes={"review": "approved"},
            now=again_later,
        )  # fmt: skip
    assert "last_review" not in document_of(listed.number)


def test_a_refusal_with_a_later_day_is_public_on_that_day(listed):
    review, now = ready(listed)
    day = now.date() + 10 * DAY
    decide(Case.objects.get(pk=review.pk), outcome="declined", now=now, effective_on=day)
    assert status_on(document_of(listed.number), day) == "current" and "last_review" not in document_of(listed.number)
    assert releasing.release_due(day, now=at(day)) == 1
    document = document_of(listed.number)
    assert status_on(document, day) == "expiring" and document["last_review"]["outcome"] == "declined"


def test_from_conditions_it_only_goes_up(listed):
    review, now = ready(listed)
    row = {"text": "Report.", "owner": "Harbour", "due_on": (now + timedelta(days=60)).date().isoformat()}
    both = dict.fromkeys(("review", "delivery"), "approved_with_conditions")
    decisions = desk.decide(
        case_id=review.pk, by=make_user("Dana", "decision_maker"), reason="Thin.", now=now, outcomes=both,
        conditions={"review": [row], "delivery": [row]},
    )  # fmt: skip
    for decision in decisions:
        desk.meet_condition(
            case_id=review.pk, by=make_user("Rita", "registrar"), condition_id=decision.conditions.get().pk,
            reason="It came.", now=now + timedelta(days=1),
        )  # fmt: skip
    with pytest.raises(RegisterError, match="only continue without conditions"):
        desk.decide(
            case_id=review.pk, by=make_user("Dora", "decision_maker"), reason="No.", now=now + timedelta(days=2),
            outcomes={"review": "approved", "delivery": "declined"},
        )  # fmt: skip


def test_a_change_of_kind_by_law_keeps_the_day_from_which_reviews_count(listed):
    case = wrongs.change_by_law(listed)
    desk.complete(case_id=case.pk, by=make_user("Rita", "registrar"))
    listed.refresh_from_db()
    assert listed.review_months == listed.review_period_months == 60


def test_what_was_drafted_and_never_handed_in_is_not_shown_beside_the_next_report(listed):
    review = opened(listed)
    reviewing.save_report(
        case_id=review.pk, by=signatory_of(review.case), values={"enrolments": 777}, now=at(review.period_until)
    )
    late = at(review.due_on + 40 * DAY)
    reports.go_without(case_id=review.pk, by=make_user("Rea", "review_officer"), reason="Silence.", now=late)
    decide(judged(Case.objects.get(pk=review.pk), now=late), now=late)
    listed.refresh_from_db()
    following = opened(listed)
    report(following, now=at(following.period_until), enrolments=40)
    assert "777" not in str(described.sections(Case.objects.get(pk=following.pk)))


def test_a_review_of_what_was_removed_is_not_decided(listed):
    review, now = ready(listed)
    journal.withdraw(
        review.accreditation.number, effective_from=now.date(), decision_number=None, reason="Wrong.", now=now
    )
    for outcome in ("approved", "declined"):
        with pytest.raises(NotAllowed):
            decide(Case.objects.get(pk=review.pk), outcome=outcome, now=now)


def test_of_two_conditions_in_the_same_words_the_one_that_is_met_says_so(listed):
    years = []
    for _ in range(2):
        review, now = ready(listed)
        due = (now + timedelta(days=60)).date().isoformat()
        row = {"text": "Report.", "owner": "Harbour", "due_on": due}
        decision = next(d for d in desk.decide(
            case_id=review.pk, by=make_user("Dana", "decision_maker"), reason="Thin.", now=now,
            outcomes={"review": "approved", "delivery": "approved_with_conditions"}, conditions={"delivery": [row]},
        ) if d.matter == "delivery")  # fmt: skip
        years.append((review, decision, now, due))
        listed.refresh_from_db()
    review, decision, now, due = years[1]
    desk.meet_condition(
        case_id=review.pk, by=make_user("Rita", "registrar"), condition_id=decision.conditions.get().pk, reason="It came.",
        now=now + timedelta(days=1),
    )  # fmt: skip
    met = {row["due_on"]: row.get("met_on") for row in document_of(review.accreditation.number)["conditions"]}
    assert met[years[0][3]] is None and met[due] is not None


def test_a_required_change_goes_to_the_body_that_has_the_entry_by_then(listed):
    second = delivered_by(listed)
    review, now = ready(listed)
    Credential.objects.filter(pk=listed.pk).update(developer=second.provider, awarding_body=second.provider)
    desk.decide(
        case_id=review.pk, by=make_user("Dana", "decision_maker"), reason="Old.", now=now,
        outcomes={"review": "change_required", "delivery": "approved"},
    )  # fmt: skip
    review.refresh_from_db()
    assert review.change.case.organisation == second.provider.organisation


def test_a_required_change_that_is_taken_back_is_told_as_one_that_has_not_come(listed):
    rea = make_user("Rea", "review_officer")
    review, now = ready(listed)
    desk.decide(
        case_id=review.pk, by=make_user("Dana", "decision_maker"), reason="Old.", now=now,
        outcomes={"review": "change_required", "delivery": "approved"},
    )  # fmt: skip
    review.refresh_from_db()
    case = review.change.case
    desk.withdraw(case_id=case.pk, by=signatory_of(case), now=now)
    late = case.answer_by + DAY
    assert reviewing.remind_of_changes(late, now=at(late)) >= 1
    assert Notice.objects.filter(person=rea, subject__contains="change that a review required").exists()


def test_a_report_on_what_has_ended_is_late_for_nobody(listed):
    review = opened(listed)
    ended = review.due_on - 5 * DAY
    Credential.objects.filter(pk=listed.pk).update(expiring_from=ended - 30 * DAY, expiry_end=ended)
    credential = Credential.objects.get(pk=listed.pk)
    from credentials.services import standing

    standing.publish_entry(
        credential, on=ended - 31 * DAY, reference="D-1", reason="It ends.", now=at(ended - 31 * DAY)
    )
    late = review.due_on + 100 * DAY
    case = Case.objects.get(pk=review.pk)
    assert reporting.level_on(case, late) == 0 and reporting.late_report(case.organisation_id, late) is None
    draft = make_draft(listed.awarding_body, signatory_of(case))
    assert desk.submit(case_id=draft.pk, by=signatory_of(case), now=at(late)).state == "submitted"


def test_a_returned_report_that_is_late_again_is_told_from_the_first_level_on(listed):
    review = opened(listed)
    late = review.due_on + 35 * DAY
    reports.escalate_reports(late, now=at(late))
    case = report(review, now=at(late))
    desk.return_incomplete(case_id=case.pk, by=make_user("Rita", "registrar"), reason="Fees.", now=at(late))
    again_on = Case.objects.get(pk=review.pk).answer_by + DAY
    assert reports.escalate_reports(again_on, now=at(again_on)) == 1


def test_of_an_entry_without_a_body_review_officers_are_told_and_go_on_at_once(listed):
    rea = make_user("Rea", "review_officer")
    Membership.objects.filter(organisation=listed.awarding_body.organisation).delete()
    review = opened(listed)
    assert Notice.objects.filter(person=rea, case=review.case).exists()
    reports.go_without(case_id=review.pk, by=rea, reason="Nobody can write it.", now=at(review.period_until))


def test_whoever_wrote_for_the_body_does_not_find_its_report_unneeded(listed):
    review = opened(listed)
    sina = signatory_of(review.case)
    reviewing.save_report(case_id=review.pk, by=sina, values={"fees": "None."}, now=at(review.period_until))
    sina.groups.add(*make_user("Rea", "review_officer").groups.all())
    type(sina).objects.filter(pk=sina.pk).update(is_staff=True)
    sina = type(sina).objects.get(pk=sina.pk)
    for act in (reports.close_report, reports.go_without):
        with pytest.raises(NotAllowed, match="You wrote for the applicant"):
            act(case_id=review.pk, by=sina, reason="Not needed.", now=at(review.due_on + 40 * DAY))


def test_a_decision_that_is_set_aside_is_the_last_review_no_more(listed):
    review, now = ready(listed)
    decisions = decided_with_conditions(review, now)
    redress = kinds.get("credential_review").redress
    on = now.date() + 9 * DAY
    redress.set_aside(case=review.case, decisions=decisions, on=on, now=at(on), reference="RCN-2026-000001")
    assert "last_review" not in document_of(listed.number)
    held = document_of(review.accreditation.number)
    assert "last_review" not in held and not held.get("conditions")
    assert Change.objects.filter(number=listed.number).last().decision_number == "RCN-2026-000001"


def decided_with_conditions(review, now):
    row = {"text": "Report.", "owner": "Harbour", "due_on": (now + timedelta(days=60)).date().isoformat()}
    return desk.decide(
        case_id=review.pk, by=make_user("Dana", "decision_maker"), reason="Thin.", now=now,
        outcomes=dict.fromkeys(("review", "delivery"), "approved_with_conditions"),
        conditions={"review": [row], "delivery": [row]},
    )  # fmt: skip


def test_a_report_in_time_after_a_late_opening_is_not_late(listed):
    review = opened(listed, listed.review_due + 200 * DAY)
    case = decided(review, now=at(review.period_until + DAY))[0].case
    rows = {row["label"]: row.get("text") for row in described.sections(Case.objects.get(pk=case.pk))}
    assert "Days late" not in rows


def test_every_row_is_locked_before_the_journal(listed):
    """Another decision that locks the same rows and then the journal would wait for this one, and this one for it."""
    review, now = ready(listed)
    with CaptureQueriesContext(connection) as asked:
        decided_with_conditions(review, now)
    said = [query["sql"] for query in asked]
    after = said[next(n for n, sql in enumerate(said) if "pg_advisory_xact_lock" in sql) :]
    assert not [sql for sql in after if "FOR UPDATE" in sql]
