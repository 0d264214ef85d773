"""The pages of a review: in the portal and at the desk, in each state; and what a reconsideration does to its decision."""

import pytest

from credentials.models import Credential
from registry.casework import services as desk
from registry.models import Case
from registry.status import DAY
from tests.builders import decide, document_of, make_listed
from tests.credentials.reviewing import judged, opened, report, signatory_of
from tests.credentials.sanctioning import redress
from tests.credentials.test_review_machine import ReviewOfAnEntry
from tests.desk import officer, page, words
from tests.portal import signed_in
from tests.registry.test_clock import at

STATES = [state for state in ReviewOfAnEntry.states if state != "returned"]


@pytest.mark.parametrize("state", STATES)
def test_a_review_is_read_in_each_state_by_its_body_and_by_officers(db, state):
    subject = ReviewOfAnEntry()
    case = subject.to(state)
    body = signed_in(case.signatory)
    shown = body.get(f"/portal/cases/{case.reference}/")
    assert shown.status_code == 200 and "Scaffold inspection" in shown.content.decode()
    at_desk = words(page(officer("review_officer", name="Ruth"), case))
    assert ("It has not been handed in" in at_desk) == (case.submitted_at is None)
    assert body.get("/portal/").status_code == 200


def test_the_form_of_a_report_keeps_what_can_be_read_and_says_what_cannot(db):
    review = opened(make_listed())
    body = signed_in(signatory_of(review.case))
    address = f"/portal/cases/{review.case.reference}/edit/"
    form = body.get(address).content.decode()
    assert 'name="enrolments"' in form and 'name="rating_review_need"' in form
    sent = body.post(
        address, {"enrolments": "many", "fees": "NZD 600", "sites": "1 Quay St\n2 Hill Rd", "revision": "2"}
    )
    assert sent.status_code in (409, 422)
    revision = Case.objects.get(pk=review.pk).revision
    sent = body.post(
        address, {"enrolments": "many", "fees": "NZD 600", "sites": "1 Quay St\n2 Hill Rd", "revision": revision}
    )
    assert sent.status_code == 422 and 'id="id_enrolments_error"' in sent.content.decode()
    review.refresh_from_db()
    assert (review.fees, review.sites, review.enrolments) == ("NZD 600", ["1 Quay St", "2 Hill Rd"], None)


def test_the_end_of_an_entry_that_a_review_decided_is_stayed_and_set_aside(db):
    listed = make_listed()
    review = opened(listed)
    day = review.period_until
    case = report(review, now=at(day), sought="end")
    judged(case, now=at(day))
    decision = next(d for d in decide(case, outcome="declined", now=at(day)) if d.matter == "review")
    redress(decision, "stay", day + 5 * DAY)
    assert document_of(listed.number)["expiring_from"] is None
    redress(decision, "resume", day + 20 * DAY)
    assert document_of(listed.number)["expiring_from"] == (day + 20 * DAY).isoformat()
    redress(decision, "set_aside", day + 30 * DAY)
    document = document_of(listed.number)
    assert document["expiring_from"] is None and document["expiry_end"] is None
    credential = Credential.objects.get(pk=listed.pk)
    assert credential.review_due > review.due_on, "it is reviewed again in the next cycle"


def test_a_decision_maker_is_offered_to_decide_once_more_when_the_conditions_are_met(db):
    subject = ReviewOfAnEntry()
    case = subject.to("approved_with_conditions")
    dora = officer("decision_maker", name="Dora")
    assert "/decide/" not in page(dora, case)
    for decision in case.decisions.all():
        for condition in decision.conditions.all():
            desk.meet_condition(
                case_id=case.pk, by=subject.rea, condition_id=condition.pk, reason="It came.", now=subject.soon
            )
    Case.objects.get(pk=case.pk)
    assert "/decide/" in page(dora, Case.objects.get(pk=case.pk))
