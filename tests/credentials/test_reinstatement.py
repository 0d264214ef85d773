"""A discontinued entry comes back (E7), which is another thing than an end that is taken back in time (E6)."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.urls import reverse

from credentials import proposals, services
from credentials.models import Accreditation, Amendment, Credential
from credentials.services import standing as stands
from registry import standing
from registry.casework import kinds
from registry.casework import services as desk
from registry.errors import NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, Change
from registry.status import DAY, last_day_to_start, status_on
from registry.verification import differences
from tests.builders import (
    decide,
    document_of,
    evaluate,
    make_change,
    make_listed,
    make_signatory,
    make_user,
)
from tests.credentials.sanctioning import TODAY
from tests.desk import signed_in, words
from tests.registry.test_clock import at

LAST = TODAY + timedelta(days=30)
AFTER = LAST + timedelta(days=100)
NOTE = {"transition_note": {"en": "Whoever has started may finish."}, "teach_out": "To the end."}
BACK = {"entry": {"expiring_from": None, "last_new_enrolment": None, "expiry_end": None}}


@pytest.fixture
def grace(db):
    return make_user("Grace", "registrar")


@pytest.fixture
def ended(db) -> Credential:
    """An entry whose last day is decided: it is discontinued on the day after."""
    credential = make_listed()
    end(credential, TODAY + DAY, LAST)
    credential.refresh_from_db()
    return credential


def end(credential: Credential, first: date, last: date) -> None:
    by = make_signatory(credential.awarding_body, "Sol")
    days = {"expiring_from": first.isoformat(), "expiry_end": last.isoformat()}
    case = make_change(credential, by, entry=days, **NOTE)
    desk.submit(case_id=case.pk, by=by)
    decide(evaluate(case))


def amended(credential: Credential, by, *, on: date, **values) -> Amendment:
    amendment = services.propose(credential_id=credential.pk, by=by, now=at(on))
    return services.save_amendment(case_id=amendment.case_id, by=by, values=values, now=at(on))


def reinstated(credential: Credential, by, *, on: date = AFTER, **values) -> Amendment:
    amendment = amended(credential, by, on=on, **(values or BACK))
    services.submit_amendment(case_id=amendment.case_id, by=by, now=at(on))
    decide(amendment.case, now=at(on))
    credential.refresh_from_db()
    return Amendment.objects.get(pk=amendment.pk)


# -- what it does ------------------------------------------------------------------------------------------------------


def test_a_reinstated_entry_is_current_under_its_number_in_a_new_revision(ended, grace):
    before = document_of(ended.number)["revision"]
    assert status_on(document_of(ended.number), AFTER) == "discontinued"
    reinstated(ended, grace)
    said = document_of(ended.number)
    assert (said["number"], said["revision"], status_on(said, AFTER)) == (ended.number, before + 1, "current")
    assert [said[name] for name in ("expiring_from", "last_new_enrolment", "expiry_end")] == [None, None, None]
    assert said["listed_on"] == TODAY.isoformat(), "it was listed when it was listed"


def test_its_next_review_is_counted_from_the_day_of_the_reinstatement(ended, grace):
    reinstated(ended, grace)
    due = AFTER + relativedelta(months=ended.review_period_months)
    assert document_of(ended.number)["review_due"] == due.isoformat() and ended.review_due == due


def test_nobody_is_accredited_again_by_it(ended, grace):
    held = Accreditation.objects.get(credential=ended)
    assert status_on(document_of(held.number), AFTER) == "accredited", "its own days had no end"
    reinstated(ended, grace)
    said = document_of(held.number)
    assert said["accredited_until"] == LAST.isoformat()
    assert [status_on(said, LAST), status_on(said, LAST + DAY)] == ["accredited", "expired"]


def test_an_accreditation_that_had_ended_before_is_left_as_it_was(ended, grace):
    held = Accreditation.objects.get(credential=ended)
    Accreditation.objects.filter(pk=held.pk).update(accredited_until=LAST - DAY)
    serials = Change.objects.of(held.number).count()
    reinstated(ended, grace)
    held.refresh_from_db()
    assert held.accredited_until == LAST - DAY and Change.objects.of(held.number).count() == serials


def test_verify_tells_the_days_before_the_gap_and_after_it(ended, grace):
    body = ended.awarding_body.number
    reinstated(ended, grace)
    answers = {day: standing.verify(ended.number, body, day) for day in (LAST, LAST + DAY, AFTER - DAY, AFTER)}
    assert [answers[day].credential.registered for day in answers] == [True, False, False, True]
    assert [answers[day].accredited for day in answers] == [True, False, False, False]
    assert "registration_ended" in answers[AFTER - DAY].reasons and answers[AFTER].reasons == ("not_accredited",)
    assert list(differences()) == []


def test_it_may_come_back_for_some_time_only(ended, grace):
    first, last = AFTER + timedelta(days=50), AFTER + timedelta(days=90)
    reinstated(
        ended, grace, entry={"expiring_from": first.isoformat(), "expiry_end": last.isoformat()}, **NOTE,
    )  # fmt: skip
    said = document_of(ended.number)
    law = current.version_on(first).enrolment.last_day(expiring_from=first)
    assert [status_on(said, day) for day in (AFTER, first, last, last + DAY)] == [
        "current", "expiring", "expiring", "discontinued",
    ]  # fmt: skip
    assert last_day_to_start(said) == law and said["last_new_enrolment"] == law.isoformat()


def test_an_entry_that_closed_on_a_day_that_nobody_knows_comes_back_too(ended, grace):
    Credential.objects.filter(pk=ended.pk).update(closed_undated=True, expiring_from=None, expiry_end=None)
    ended.refresh_from_db()
    with transaction.atomic():
        stands.publish_entry(ended, on=TODAY, reference="D-X", reason="", now=at(TODAY))
    reinstated(ended, grace, entry={"closed_undated": False})
    assert status_on(document_of(ended.number), AFTER) == "current"
    assert Accreditation.objects.get(credential=ended).accredited_until == AFTER - DAY


# -- never only notified ----------------------------------------------------------------------------------------------


def test_a_provider_has_its_reinstatement_evaluated_and_approved(ended):
    by = make_signatory(ended.awarding_body, "Sal")
    amendment = services.propose_change(provider=ended.awarding_body, number=ended.number, by=by, now=at(AFTER))
    services.save_amendment(case_id=amendment.case_id, by=by, values=BACK, now=at(AFTER))
    case = Case.objects.get(pk=amendment.case_id)
    desk.submit(case_id=case.pk, by=by, now=at(AFTER))
    case = Case.objects.get(pk=case.pk)
    assert proposals.category_of(case.amendment).approval == "approve"
    assert set(kinds.get(case.kind).decided_in(case)) == {"listing", "approval"}
    with pytest.raises(NotAllowed, match="evaluated"):
        decide(case, now=at(AFTER))
    decide(evaluate(case), now=at(AFTER))
    assert status_on(document_of(ended.number), AFTER) == "current"


def test_nobody_chooses_a_category_that_is_only_notified_for_it(ended, grace):
    amendment = amended(ended, grace, on=AFTER, category="A", category_reason="It is the same.", **BACK)
    with pytest.raises(RegisterError, match="never only notified"):
        services.submit_amendment(case_id=amendment.case_id, by=grace, now=at(AFTER))


# -- told apart from an end that is taken back in time -----------------------------------------------------------------


def test_an_end_that_is_taken_back_in_time_is_no_reinstatement(ended, grace):
    held = Accreditation.objects.get(credential=ended)
    due = ended.review_due
    amendment = reinstated(ended, grace, on=LAST)
    assert not proposals.reinstates(amendment)
    assert status_on(document_of(ended.number), AFTER) == "current" and ended.review_due == due
    assert document_of(held.number)["accredited_until"] is None


def test_what_was_drafted_in_time_is_not_decided_as_that_once_the_entry_is_discontinued(ended, grace):
    amendment = amended(ended, grace, on=LAST, **BACK)
    services.submit_amendment(case_id=amendment.case_id, by=grace, now=at(LAST))
    with pytest.raises(NotAllowed, match="discontinued meanwhile"):
        decide(amendment.case, now=at(LAST + DAY))
    dana = make_user("Dana", "decision_maker")
    desk.send_back(case_id=amendment.case_id, by=dana, reason="It has ended.", now=at(LAST + DAY))
    services.save_amendment(case_id=amendment.case_id, by=grace, values=BACK, now=at(LAST + DAY))
    services.submit_amendment(case_id=amendment.case_id, by=grace, now=at(LAST + DAY))
    decide(amendment.case, now=at(LAST + DAY))
    assert proposals.reinstates(Amendment.objects.get(pk=amendment.pk))
    assert document_of(Accreditation.objects.get(credential=ended).number)["accredited_until"] == LAST.isoformat()


def test_it_is_not_approved_for_a_day_on_which_it_would_be_another_thing(ended, grace):
    amendment = amended(ended, grace, on=LAST, **BACK)
    services.submit_amendment(case_id=amendment.case_id, by=grace, now=at(LAST))
    with pytest.raises(RegisterError, match="discontinued meanwhile"):
        decide(amendment.case, publish_on=AFTER, now=at(LAST))


def test_another_past_last_day_reinstates_nothing(ended, grace):
    amendment = amended(ended, grace, on=AFTER, entry={"expiry_end": (LAST + DAY).isoformat()})
    assert not proposals.reinstates(amendment)
    amendment = services.save_amendment(
        case_id=amendment.case_id, by=grace, now=at(AFTER), values={"entry": {"expiring_from": AFTER.isoformat()}}
    )
    with pytest.raises(RegisterError, match="is discontinued"):
        services.submit_amendment(case_id=amendment.case_id, by=grace, now=at(AFTER))


# -- at the desk and in the portal -------------------------------------------------------------------------------------


def test_both_forms_say_that_it_is_a_reinstatement(grace):
    credential = make_listed()
    Credential.objects.filter(pk=credential.pk).update(
        expiring_from=TODAY - timedelta(days=50), expiry_end=TODAY - timedelta(days=9)
    )
    credential.refresh_from_db()
    with transaction.atomic():
        stands.publish_entry(credential, on=TODAY, reference="D-X", reason="", now=at(TODAY))
    amendment = services.propose(credential_id=credential.pk, by=grace)
    shown = words(signed_in(grace).get(f"/admin/credentials/amendment/{amendment.pk}/change/").content.decode())
    assert "what you propose is its reinstatement" in shown
    by = make_signatory(credential.awarding_body, "Sal")
    desk.withdraw(case_id=amendment.case_id, by=grace)
    change = services.propose_change(provider=credential.awarding_body, number=credential.number, by=by)
    services.save_amendment(case_id=change.case_id, by=by, values=BACK)
    page = signed_in(by).get(reverse("credentials:edit_change", args=[change.case.reference]))
    shown = words(page.content.decode())
    assert "what you propose is its reinstatement" in shown and "it is evaluated and approved first (Type 2)" in shown


def test_a_current_entry_is_not_said_to_be_discontinued(grace):
    credential = make_listed()
    amendment = services.propose(credential_id=credential.pk, by=grace)
    shown = signed_in(grace).get(f"/admin/credentials/amendment/{amendment.pk}/change/").content.decode()
    assert "This entry is discontinued." not in shown
