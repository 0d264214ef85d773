"""What the end of an entry means for others, and for its reviews: proposed and told, and never done by the clock."""

from datetime import timedelta

import pytest
from django.db import transaction

from credentials import stacking
from credentials.models import Amendment, Credential
from credentials.services import ending, reviewing
from registry import daily
from registry.casework import services as desk
from registry.errors import NotAllowed, RegisterError
from registry.models import Case, Change, Membership, Notice, User
from registry.status import status_on
from tests.builders import decide, document_of, make_change, make_listed, make_recommended, make_user
from tests.credentials.reviewing import DAY, judged, opened, report, signatory_of
from tests.registry.test_clock import at


def titles(person) -> list[str]:
    return list(Notice.objects.filter(person=person).values_list("subject", flat=True))


def part_of(parent: Credential, relation: str = "part_of") -> Credential:
    """An entry that is part of another one, or may count towards it."""
    credential = make_listed(title="Scaffold tying")
    with transaction.atomic():
        stacking.keep_one(credential, [{"relation": relation, "number": parent.number}])
    return credential


def begin_to_end(credential: Credential, day) -> None:
    Credential.objects.filter(pk=credential.pk).update(expiring_from=day, expiry_end=day + timedelta(days=700))


@pytest.fixture
def parent(db) -> Credential:
    return make_listed(title="Scaffolding")


def test_case_10_a_part_is_proposed_to_follow_its_parent_once_and_nothing_follows_by_itself(parent):
    part, other = part_of(parent), part_of(parent, "counts_towards")
    rita = make_user("Rita", "registrar")
    member = Membership.objects.filter(organisation=part.awarding_body.organisation).first().user
    day = parent.listed_on + 90 * DAY
    begin_to_end(parent, day)
    changes = Change.objects.count()
    assert [ending.propose_to_parts(d, now=at(d)) for d in (day, day, day + DAY)] == [1, 0, 0]
    amendment = Amendment.objects.get(follows=parent)
    assert amendment.credential == part and amendment.case.state == "draft"
    assert amendment.entry["expiring_from"] == day.isoformat()
    assert not other.amendments.exists(), "what may count towards another stands alone"
    assert any("may have to follow" in said for said in titles(rita))
    assert any("begins to expire" in said for said in titles(member))
    assert Change.objects.count() == changes and status_on(document_of(part.number), day + DAY) == "current"


def test_a_proposal_that_officers_dropped_is_not_made_again(parent):
    part_of(parent)
    day = parent.listed_on + 90 * DAY
    begin_to_end(parent, day)
    ending.propose_to_parts(day, now=at(day))
    desk.withdraw(case_id=Amendment.objects.get(follows=parent).case_id, by=make_user("Rita", "registrar"), now=at(day))
    assert ending.propose_to_parts(day + DAY, now=at(day + DAY)) == 0


def test_a_part_of_which_a_change_is_open_waits_for_that(parent):
    part = part_of(parent)
    day = parent.listed_on + 90 * DAY
    begin_to_end(parent, day)
    member = Membership.objects.filter(organisation=part.awarding_body.organisation).first().user
    change = make_change(part, member, {"titles": {"en": "Scaffold tying and care"}}, now=at(day))
    desk.submit(case_id=change.pk, by=member, now=at(day))
    assert ending.propose_to_parts(day, now=at(day)) == 0
    desk.withdraw(case_id=change.pk, by=member, now=at(day))
    assert ending.propose_to_parts(day + DAY, now=at(day + DAY)) == 1


def test_people_are_warned_once_three_months_before_a_last_day(parent):
    rita = make_user("Rita", "registrar")
    last = parent.listed_on + 400 * DAY
    Credential.objects.filter(pk=parent.pk).update(expiring_from=parent.listed_on + DAY, expiry_end=last)
    days = (last - 100 * DAY, last - 85 * DAY, last - 84 * DAY)
    assert [ending.warn_of_ends(d, now=at(d)) for d in days] == [0, 1, 0]
    assert sum("its last day is" in said for said in titles(rita)) == 1
    Credential.objects.filter(pk=parent.pk).update(expiry_end=last + 300 * DAY)
    assert ending.warn_of_ends(last + 220 * DAY, now=at(last + 220 * DAY)) == 1, (
        "of another last day they are told anew"
    )


# -- reviews, changes and registrations -----------------------------------------------------------------------------------


def only_of_the_entry(credential: Credential):
    """A review of an entry whose developer does not deliver it."""
    credential.accreditations.update(withdrawn_on=credential.listed_on)
    return opened(credential)


def granted_change(credential: Credential, now, verdict: str = "met") -> Case:
    member = Membership.objects.filter(organisation=credential.awarding_body.organisation).first().user
    content = {
        "purpose": {"en": "Prepares supervisors to inspect and tie scaffolds."},
        "assessment": {"en": "Two observed inspections, moderated by a second assessor."},
    }
    change = make_change(credential, member, content, now=now)
    desk.submit(case_id=change.pk, by=member, now=now)
    eva = make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=change.pk, by=eva, now=now)
    for criterion in desk.criteria_of(Case.objects.get(pk=change.pk)):
        said = "met" if criterion.id != "need" else verdict
        desk.judge(case_id=change.pk, by=eva, criterion=criterion.id, verdict=said, reason="Shown.", now=now)
    desk.recommend(case_id=change.pk, by=eva, outcome="approved", reason="Shown.", now=now)
    decide(change, now=now)
    return Case.objects.get(pk=change.pk)


def test_case_32_a_change_that_answers_every_criterion_is_taken_for_the_report(parent):
    review = only_of_the_entry(parent)
    now, rea = at(review.period_until + 5 * DAY), make_user("Rea", "review_officer")
    change = granted_change(parent, now)
    reviewing.cover(case_id=review.pk, by=rea, change=change.reference, reason="It was judged in full.", now=now)
    case = Case.objects.get(pk=review.pk)
    assert case.state == "recommended" and case.answer_by is None
    rea.groups.add(*make_user("Dora", "decision_maker").groups.all())
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, by=User.objects.get(pk=rea.pk), now=now)
    decide(case, now=now)
    parent.refresh_from_db()
    assert document_of(parent.number)["last_review"]["outcome"] == "approved" and parent.review_due > review.due_on


def test_case_32_a_change_that_does_not_answer_them_leaves_both_going_on(parent):
    review = only_of_the_entry(parent)
    now, rea = at(review.period_until + 5 * DAY), make_user("Rea", "review_officer")
    change = granted_change(parent, now, verdict="partly_met")
    ask = {"case_id": review.pk, "by": rea, "reason": "It was judged.", "now": now}
    with pytest.raises(RegisterError, match="Need continues"):
        reviewing.cover(**ask, change=change.reference)
    with pytest.raises(RegisterError, match="no such change"):
        reviewing.cover(**ask, change="CHA-1999-000001")
    assert report(review, now=now).state == "submitted"


def test_case_47_people_are_warned_where_a_registration_ends_before_the_review_and_the_review_stays(parent):
    rea = make_user("Rea", "review_officer")
    body = parent.awarding_body
    body.details = body.details | {"registered_until": (parent.review_due - 30 * DAY).isoformat()}
    body.save()
    review = opened(parent)
    assert any("ends before the review is due" in said for said in titles(rea))
    assert review.due_on == parent.review_due and review.case.answer_by == parent.review_due


def test_case_43_counts_of_learners_are_in_nothing_that_is_public(parent):
    review = opened(parent)
    now = at(review.period_until)
    case = report(review, now=now, enrolments=4003, completions=2, awards=1, withdrawals=3)
    judged(case, now=now)
    decide(case, now=now)
    said = str(document_of(parent.number)) + str(document_of(review.accreditation.number))
    said += str(list(Change.objects.values_list("reason", "changed_fields")))
    assert "4003" not in said and "enrolments" not in said and "completions" not in said


def test_each_step_of_a_day_that_has_nothing_to_do_says_so(parent):
    day = parent.listed_on + 30 * DAY
    assert set(daily.run(day, now=at(day)).values()) == {0}
    assert signatory_of(make_recommended()) is not None
