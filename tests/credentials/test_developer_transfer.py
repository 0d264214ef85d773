"""Another body stands behind an entry (rule 16), because the one before has left (edge case 9) or hands it over."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from credentials import proposals, services
from credentials.models import Amendment, Credential
from providers import services as provider_services
from providers.models import Provider
from registry.casework import services as desk
from registry.errors import NotAllowed, RegisterError
from registry.models import Change, Entry, Notice
from registry.status import status_on
from tests.builders import (
    decide,
    document_of,
    evaluate,
    make_change,
    make_listed,
    make_provider,
    make_signatory,
    make_user,
)
from tests.credentials.sanctioning import TODAY, delivering
from tests.desk import act, signed_in, words

AGREED = {"consent": "Their board, by letter of its chair.", "consented_on": TODAY}
SUMMARY = {"en": "Its registration was cancelled."}


@pytest.fixture
def listed(db) -> Credential:
    return make_listed()


@pytest.fixture
def grace(db):
    return make_user("Grace", "registrar")


@pytest.fixture
def kestrel(db) -> Provider:
    return make_provider("Kestrel College")


def handed_over(credential, by, entry, **values) -> Amendment:
    amendment = services.propose(credential_id=credential.pk, by=by)
    return services.save_amendment(case_id=amendment.case_id, by=by, values={"entry": entry, **AGREED, **values})


def parties(number: str) -> dict[str, str]:
    return {("lead" if p["lead"] else p["role"]): p["number"] for p in document_of(number)["providers"]}


# -- handing over ------------------------------------------------------------------------------------------------------


def test_another_developer_takes_an_entry_on_and_both_are_told(listed, grace, kestrel):
    kim, sol = make_signatory(kestrel, "Kim"), make_signatory(listed.developer, "Sol")
    old = listed.developer.number
    amendment = handed_over(listed, grace, {"developer": kestrel.number})
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    (decision,) = decide(amendment.case)
    assert parties(listed.number) == {"lead": old, "developer": kestrel.number}
    listed.refresh_from_db()
    assert listed.developer == kestrel and status_on(document_of(listed.number), TODAY) == "current"
    change = Change.objects.of(listed.number).last()
    assert change.decision_number == decision.number and "providers" in change.changed_fields
    for person in (kim, sol):
        told = Notice.objects.get(person=person, subject__contains="handed over")
        assert f"Developer from now on: {kestrel.number} Kestrel College" in told.body
        assert f"Developer until now: {old} Harbour Institute" in told.body


def test_another_body_may_lead_its_award(listed, grace, kestrel):
    amendment = handed_over(listed, grace, {"awarding_body": kestrel.number, "developer": kestrel.number})
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment.case)
    assert parties(listed.number) == {"lead": kestrel.number, "developer": kestrel.number}
    assert Entry.objects.get(number=listed.number).provider == kestrel.number


def test_it_is_always_approved_and_never_only_notified(listed, kestrel):
    sol = make_signatory(listed.awarding_body, "Sol")
    case = make_change(listed, sol, entry={"developer": kestrel.number}, **AGREED)
    assert proposals.category_of(case.amendment).approval == "approve"
    desk.submit(case_id=case.pk, by=sol)
    with pytest.raises(NotAllowed, match="evaluated"):
        decide(case)
    decide(evaluate(case))
    assert parties(listed.number)["developer"] == kestrel.number


@pytest.mark.parametrize("missing", ["consent", "consented_on"])
def test_the_body_that_takes_it_on_has_agreed_on_record(listed, grace, kestrel, missing):
    amendment = handed_over(
        listed, grace, {"developer": kestrel.number}, **{missing: "" if missing == "consent" else None}
    )
    with pytest.raises(RegisterError, match="agreed"):
        services.submit_amendment(case_id=amendment.case_id, by=grace)


def test_it_is_a_body_that_is_registered_and_in_scope_on_the_day(listed, grace):
    unknown = handed_over(listed, grace, {"developer": "PR-999999"})
    with pytest.raises(RegisterError, match="no registered provider"):
        services.submit_amendment(case_id=unknown.case_id, by=grace)
    narrow = make_provider("Narrow", details={"scope": [{"effect": "included", "kinds": ["qualification"]}]})
    for body in (narrow, make_provider("Gone", ended_on=TODAY, ended_as="closed")):
        services.save_amendment(case_id=unknown.case_id, by=grace, values={"entry": {"developer": body.number}})
        with pytest.raises(NotAllowed, match=body.number):
            services.submit_amendment(case_id=unknown.case_id, by=grace)


def test_a_body_that_left_scope_before_the_decision_takes_nothing_on(listed, grace, kestrel):
    amendment = handed_over(listed, grace, {"developer": kestrel.number})
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    provider_services.impose(kestrel, kind="suspension", summary=SUMMARY, on=TODAY)
    with pytest.raises(NotAllowed, match="is not registered"):
        decide(amendment.case)
    assert parties(listed.number)["developer"] == listed.developer.number


def test_a_standard_setting_body_may_develop_what_it_never_delivers(listed, grace):
    setter = make_provider("Standards Board", may_deliver=False)
    amendment = handed_over(listed, grace, {"developer": setter.number})
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment.case)
    assert parties(listed.number)["developer"] == setter.number


def test_an_officer_hands_it_over_at_the_desk_and_the_decision_maker_reads_the_consent(listed, grace, kestrel):
    amendment = services.propose(credential_id=listed.pk, by=grace)
    desk_of_grace = signed_in(grace)
    address = f"/admin/credentials/amendment/{amendment.pk}/change/"
    html = desk_of_grace.get(address).content.decode()
    assert "Consent of the body that takes it on" in html and f'value="{listed.developer.number}"' in html
    typed = {
        "developer": kestrel.number, "awarding_body": listed.awarding_body.number, "consent": AGREED["consent"],
        "consented_on": TODAY.isoformat(), "revision": amendment.case.revision,
    }  # fmt: skip
    saved = desk_of_grace.post(f"/admin/credentials/amendment/{amendment.pk}/save/", {**typed, "submit": ""})
    assert saved.status_code == 302
    kept = Amendment.objects.get(pk=amendment.pk)
    assert kept.entry == {"developer": kestrel.number} and kept.consented_on == TODAY
    assert kept.case.state == "recommended"
    dana = signed_in(make_user("Dana", "decision_maker"))
    shown = words(dana.get(f"/admin/registry/case/{kept.case_id}/change/").content.decode())
    assert "Their board, by letter of its chair." in shown and f"{kestrel.number} Kestrel College" in shown
    decided = act(dana, kept.case, "decide", {
        "amendment": "approved", "reason": "They agreed.", "revision": kept.case.revision,
    })  # fmt: skip
    assert decided.status_code == 302 and parties(listed.number)["developer"] == kestrel.number


def test_a_body_proposes_it_in_the_portal(listed, kestrel):
    sol = make_signatory(listed.awarding_body, "Sol")
    change = services.propose_change(provider=listed.awarding_body, number=listed.number, by=sol)
    address = reverse("credentials:edit_change", args=[change.case.reference])
    portal = signed_in(sol)
    typed = {"developer": kestrel.number, "consent": "By letter.", "consented_on": "", "revision": change.case.revision}
    assert portal.post(address, typed).status_code == 302
    shown = words(portal.get(address).content.decode())
    assert "it is evaluated and approved first (Type 2)" in shown and "Say on which day it agreed." in shown


# -- a body that left --------------------------------------------------------------------------------------------------


def test_case_9_a_developer_is_cancelled_while_others_deliver(listed, grace, client):
    kim = delivering(listed)
    gone, until = listed.developer, date.fromisoformat(document_of(listed.number)["listed_on"]) + timedelta(days=3)
    provider_services.impose(gone, kind="cancellation", summary=SUMMARY, on=TODAY, decision="D-2026-900000")
    # Everybody who delivers it is told, once.
    (told,) = Notice.objects.filter(person=kim, subject__contains="registration of Harbour Institute has ended")
    assert f"Its registration ends on {TODAY}" in told.body and "so does your accreditation" in told.body
    gone.refresh_from_db()
    provider_services.correct(gone, {"closed_on": TODAY.isoformat()}, on=TODAY)
    assert Notice.objects.filter(person=kim, subject__contains="Harbour Institute has ended").count() == 1
    # The entry stays current, and the desk lists it for a decision.
    assert status_on(document_of(listed.number), until) == "current"
    rows = signed_in(grace).get("/admin/credentials/credential/?bodies=left").content.decode()
    assert listed.number in rows
    # A replacement takes it on.
    taker = make_provider("Osprey Polytechnic")
    amendment = handed_over(listed, grace, {"developer": taker.number, "awarding_body": taker.number})
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment.case)
    assert set(parties(listed.number).values()) == {taker.number}
    assert not Entry.objects.with_a_body_that_left(TODAY).exists()
    assert "Osprey Polytechnic" in client.get(f"/q/{listed.number}").content.decode()


def test_those_who_deliver_are_told_of_a_suspension_and_of_nothing_else(listed):
    kim = delivering(listed)
    body = listed.developer
    provider_services.correct(body, {"founded_on": "1990-01-01"}, on=TODAY)
    assert not Notice.objects.filter(person=kim, subject__contains="is suspended").exists()
    reference = provider_services.impose(body, kind="suspension", summary=SUMMARY, on=TODAY)
    (told,) = Notice.objects.filter(person=kim, subject__contains="Harbour Institute is suspended")
    assert f"suspended from {TODAY}" in told.body
    body.refresh_from_db()
    provider_services.close(body, reference, on=TODAY + timedelta(days=0))
    assert Notice.objects.filter(person=kim, subject__contains="Harbour Institute").count() == 1


def test_who_delivers_alone_what_it_develops_is_told_nothing(listed):
    sol = make_signatory(listed.developer, "Sol")
    provider_services.impose(listed.developer, kind="cancellation", summary=SUMMARY, on=TODAY)
    assert not Notice.objects.filter(person=sol, subject__contains="has ended").exists()
