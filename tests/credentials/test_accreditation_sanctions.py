"""A condition, a suspension, a withdrawal: what is decided about an accreditation; and one that its provider gives up."""

from datetime import timedelta

import pytest

from credentials.services import relinquishing, sanctions
from registry import standing
from registry.casework import services as desk
from registry.errors import NotAllowed, RegisterError, RuleViolations
from registry.models import Case, Change
from registry.status import DAY, status_on
from registry.verification import differences
from tests.builders import decide, document_of, evaluate, make_listed, make_provider, make_signatory, make_user
from tests.credentials.sanctioning import TODAY, accreditation_of, draft_sanction, heard, lift, sanction
from tests.desk import act, page, signatory_of, signed_in, words
from tests.registry.test_clock import at

LATER = TODAY + timedelta(days=20)


@pytest.fixture
def held(db):
    return accreditation_of(make_listed())


@pytest.fixture
def rita(db):
    return make_user("Rita", "registrar")


def verified(held, day):
    answer = standing.verify(held.credential.number, held.provider.number, day)
    return answer.accredited, answer.reasons


# -- what each measure does --------------------------------------------------------------------------------------------


def test_a_condition_is_public_with_the_accreditation(held, client):
    decision = sanction(held, "condition", due_on=LATER)
    (row,) = document_of(held.number)["conditions"]
    assert row == {
        "text": {"en": "Have every assessment observed."}, "due_on": LATER.isoformat(), "from": TODAY.isoformat(),
    }  # fmt: skip
    change = Change.objects.of(held.number).last()
    assert (change.decision_number, set(change.changed_fields)) == (decision.number, {"conditions", "decisions"})
    assert "Have every assessment observed." in client.get(f"/q/{held.credential.number}").content.decode()
    assert verified(held, TODAY) == (True, ())


def test_verify_answers_before_during_and_after_a_suspended_accreditation(held):
    sanction(held, "suspension", begins_on=LATER, ends_on=LATER + timedelta(days=5))
    assert verified(held, LATER - DAY) == (True, ())
    for day in (LATER, LATER + timedelta(days=5)):
        assert verified(held, day) == (False, ("accreditation_suspended",))
    assert verified(held, LATER + timedelta(days=6)) == (True, ())


def test_a_suspended_accreditation_is_lifted_by_the_kind_of_case_that_lifts_an_entrys(held):
    sanction(held, "suspension")
    decision = lift(held.number, on=LATER)
    said = document_of(held.number)
    assert said["suspensions"] == [{"from": TODAY.isoformat(), "until": (LATER - DAY).isoformat()}]
    assert [status_on(said, LATER - DAY), status_on(said, LATER)] == ["suspended", "accredited"]
    assert decision.case.organisation == held.provider.organisation
    assert list(differences()) == []


def test_a_withdrawn_accreditation_ends_on_its_day_and_the_entry_stays(held):
    decision = sanction(held, "withdrawal", begins_on=LATER)
    said = document_of(held.number)
    assert [status_on(said, LATER - DAY), status_on(said, LATER)] == ["accredited", "withdrawn"]
    assert verified(held, LATER - DAY) == (True, ()) and verified(held, LATER) == (False, ("not_accredited",))
    assert status_on(document_of(held.credential.number), LATER) == "current"
    assert said["decisions"][-1]["number"] == decision.number


def test_what_has_ended_is_not_decided_about_again(held, rita):
    sanction(held, "withdrawal")
    with pytest.raises(RegisterError, match="has ended"):
        sanctions.begin_sanction(about=held.number, by=rita)


# -- what it takes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "values", "field"),
    [
        ("", {}, "measure"),
        ("condition", {"condition": {}}, "condition"),
        ("withdrawal", {"ends_on": LATER}, "ends_on"),
        ("suspension", {"begins_on": LATER, "ends_on": LATER - DAY}, "ends_on"),
        ("suspension", {"grounds": []}, "grounds"),
    ],
)
def test_notice_says_what_is_missing_at_its_field(held, rita, measure, values, field):
    case = draft_sanction(held, rita, measure, **values)
    with pytest.raises(RuleViolations) as refused:
        desk.give_notice(case_id=case.pk, by=rita)
    assert field in {violation.field for violation in refused.value.violations}


def test_one_measure_is_decided_before_notice_of_another_is_given(held, rita):
    first, second = draft_sanction(held, rita, "condition"), draft_sanction(held, rita, "withdrawal")
    desk.give_notice(case_id=first.pk, by=rita)
    with pytest.raises(NotAllowed, match=first.reference):
        desk.give_notice(case_id=second.pk, by=rita)


def test_whoever_judged_the_grounds_does_not_decide(held, rita):
    case = heard(draft_sanction(held, rita, "withdrawal"))
    judge = case.recommendations.get().recommended_by
    judge.groups.add(*make_user("Dana", "decision_maker").groups.all())
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, by=judge)
    assert status_on(document_of(held.number), TODAY) == "accredited"


# -- at the desk -------------------------------------------------------------------------------------------------------


def test_an_accreditation_has_a_page_at_the_desk_from_which_its_cases_are_opened(held, rita):
    desk_of_rita = signed_in(rita)
    address = f"/admin/credentials/accreditation/{held.pk}/change/"
    entry = desk_of_rita.get(f"/admin/credentials/credential/{held.credential_id}/change/").content.decode()
    body = desk_of_rita.get(f"/admin/providers/provider/{held.provider_id}/change/").content.decode()
    assert address in entry and f"/admin/credentials/accreditation/?q={held.provider.number}" in body
    listed = desk_of_rita.get(f"/admin/credentials/accreditation/?q={held.provider.number}").content.decode()
    assert held.number in listed
    shown = desk_of_rita.get(address).content.decode()
    assert f"/admin/registry/case/begin/accreditation_sanction/{held.number}/" in shown
    assert "Harbour campus" in shown and desk_of_rita.post(address).status_code == 403


def test_an_officer_writes_a_measure_at_the_desk(held, rita):
    desk_of_rita = signed_in(rita)
    desk_of_rita.post(f"/admin/registry/case/begin/accreditation_sanction/{held.number}/")
    case = Case.objects.get(kind="accreditation_sanction")
    typed = {
        "measure": "condition",
        "ground_delivery_unsound": "Nobody observes the assessment.",
        "revision": case.revision,
    }
    assert act(desk_of_rita, case, "edit", typed).status_code == 302
    case = Case.objects.get(pk=case.pk)
    refused = act(desk_of_rita, case, "give_notice", {"revision": case.revision})
    assert refused.status_code == 422 and "Write the condition." in refused.content.decode()
    sanctions.save_sanction(case_id=case.pk, by=rita, values={"condition": {"en": "Have it observed."}})
    case = Case.objects.get(pk=case.pk)
    assert act(desk_of_rita, case, "give_notice", {"revision": case.revision}).status_code == 302
    assert "Nobody observes the assessment." in words(page(desk_of_rita, case))
    body = signed_in(signatory_of(case)).get(f"/portal/cases/{case.reference}/")
    assert "Nobody observes the assessment." in words(body.content.decode())


# -- given up ----------------------------------------------------------------------------------------------------------

ASKED = {"ends_on": LATER, "reason": "We move out of construction.", "teach_out": "Kestrel College takes the four on."}


def given_up(held, by, **values) -> Case:
    case = relinquishing.begin_relinquishing(about=held.number, by=by)
    relinquishing.save_relinquishing(case_id=case.pk, by=by, values={**ASKED, **values})
    return Case.objects.get(pk=case.pk)


def test_a_provider_gives_an_accreditation_up_and_it_expires_with_its_last_day(held):
    by = make_signatory(held.provider, "Sol")
    case = given_up(held, by)
    desk.submit(case_id=case.pk, by=by)
    (decision,) = decide(evaluate(case))
    said = document_of(held.number)
    assert said["accredited_until"] == LATER.isoformat() and said["withdrawn_on"] is None
    assert [status_on(said, LATER), status_on(said, LATER + DAY)] == ["accredited", "expired"]
    assert said["decisions"][-1]["matter"] == "relinquishing" and said["decisions"][-1]["number"] == decision.number
    assert verified(held, LATER)[0] is True and verified(held, LATER + DAY)[0] is False


def test_the_last_day_is_never_before_the_decision(held):
    by = make_signatory(held.provider, "Sol")
    case = given_up(held, by, ends_on=TODAY)
    desk.submit(case_id=case.pk, by=by, now=at(TODAY))
    decide(evaluate(case), now=at(LATER))
    assert document_of(held.number)["accredited_until"] == LATER.isoformat()


def test_what_is_missing_is_said_when_it_is_handed_in_and_nobody_gives_up_anothers(held):
    by = make_signatory(held.provider, "Sol")
    case = given_up(held, by, teach_out="", ends_on=None)
    with pytest.raises(RuleViolations) as refused:
        desk.submit(case_id=case.pk, by=by)
    assert {violation.field for violation in refused.value.violations} == {"ends_on", "teach_out"}
    stranger = make_signatory(make_provider("Elsewhere"), "Otto")
    with pytest.raises(NotAllowed):
        relinquishing.begin_relinquishing(about=held.number, by=stranger)


def test_it_is_given_up_in_the_portal(held):
    by = make_signatory(held.provider, "Sol")
    portal = signed_in(by)
    assert "Giving an accreditation up" in portal.get("/portal/").content.decode()
    shown = portal.get("/portal/start/accreditation_relinquishing/").content.decode()
    assert held.number in shown
    begun = portal.post("/portal/start/accreditation_relinquishing/", {"about": held.number})
    case = Case.objects.get(kind="accreditation_relinquishing")
    assert begun.headers["Location"] == f"/portal/cases/{case.reference}/edit/"
    typed = {**ASKED, "ends_on": LATER.isoformat(), "revision": case.revision}
    assert portal.post(f"/portal/cases/{case.reference}/edit/", typed).status_code == 302
    record = Case.objects.get(pk=case.pk).accreditation_relinquishing
    assert (record.ends_on, record.teach_out) == (LATER, ASKED["teach_out"])
    page_of_case = words(portal.get(f"/portal/cases/{case.reference}/").content.decode())
    assert "Kestrel College takes the four on." in page_of_case
