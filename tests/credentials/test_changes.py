"""A provider proposes to change what it awards or develops: of a small change the authority is notified, any other is
evaluated (domain 1.8 and 4.7)."""

from datetime import timedelta

import pytest

from credentials import services
from credentials.models import Accreditation, Amendment, Credential
from registry.casework import services as desk
from registry.casework.services.releasing import _beginning
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.models import Case, Change, Membership, Notice
from registry.status import status_on
from tests.builders import (
    decide,
    document_of,
    evaluate,
    make_accreditation_draft,
    make_change,
    make_listed,
    make_provider,
    make_signatory,
    make_user,
)

TODAY = current.today()
SOON = TODAY + timedelta(days=30)
LATER = TODAY + timedelta(days=3)
PURPOSE = {"purpose": {"en": "Prepares site supervisors to inspect scaffolds before and after use."}}
TITLE = {"titles": {"en": "Scaffold inspection and repair"}}
ENDING = {
    "entry": {"expiring_from": SOON.isoformat(), "expiry_end": "2040-12-31"},
    "transition_note": {"en": "Finish by then."}, "teach_out": "We teach every cohort to its end.",
}  # fmt: skip
REPLACING = {"content": {"credits": "20"}, "equivalence": "not_equivalent"}


@pytest.fixture
def listed(db) -> Credential:
    return make_listed()


@pytest.fixture
def sina(listed):
    """Who signs for the body that awards the entry."""
    membership = Membership.objects.select_related("user").get(organisation=listed.awarding_body.organisation)
    return membership.user


@pytest.fixture
def kestrel(listed):
    """Another provider that is accredited to deliver the entry."""
    provider = make_provider("Kestrel College")
    kim = make_signatory(provider, "Kim")
    draft = make_accreditation_draft(listed, provider, kim)
    desk.submit(case_id=draft.pk, by=kim)
    decide(evaluate(draft))
    provider.kim = kim
    return provider


def handed_in(listed, by, content=None, **values) -> Case:
    case = make_change(listed, by, content, **values)
    return desk.submit(case_id=case.pk, by=by)


def told(person) -> list[Notice]:
    return list(Notice.objects.filter(person=person, case=None))


# -- Type 1: the authority is notified ---------------------------------------------------------------------------------


def test_a_small_change_is_accepted_by_a_decision_maker_without_an_evaluation(listed, sina):
    case = handed_in(listed, sina, PURPOSE)
    assert case.amendment.category == "A"
    (decision,) = decide(case)
    said = document_of(listed.number)
    assert (said["revision"], said["purpose"]) == (2, PURPOSE["purpose"])
    assert (decision.matter, Change.objects.of(listed.number).last().decision_number) == ("listing", decision.number)
    case.refresh_from_db()
    assert case.state == "approved" and case.events.filter(name="case:accept").exists()


def test_who_drafted_a_small_change_does_not_accept_it_after_joining_the_authority(listed, sina):
    from django.contrib.auth.models import Group

    case = handed_in(listed, sina, PURPOSE)
    sina.is_staff = True
    sina.save()
    sina.groups.add(Group.objects.get(name="decision_maker"))
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, sina)


def test_an_officer_may_take_a_small_change_into_evaluation(listed, sina):
    case = evaluate(handed_in(listed, sina, PURPOSE))
    assert case.judgements.count() == len(desk.criteria_of(case)) == 1
    decide(case)
    assert document_of(listed.number)["revision"] == 2


@pytest.mark.parametrize(("content", "values"), [(TITLE, {}), (None, REPLACING), (None, ENDING)], ids=["B", "C", "D"])
def test_a_heavier_change_is_never_accepted_without_an_evaluation(listed, sina, content, values):
    case = handed_in(listed, sina, **({"content": content} if content else {}), **values)
    with pytest.raises(NotAllowed, match="evaluated before it is approved"):
        decide(case)
    assert document_of(listed.number)["revision"] == 1


# -- Type 2: it is evaluated and approved ------------------------------------------------------------------------------


def test_a_change_of_the_title_is_judged_by_what_it_touches(listed, sina):
    case = handed_in(listed, sina, TITLE)
    assert {c.matter for c in desk.criteria_of(case)} == {"listing"}
    decide(evaluate(case))
    assert document_of(listed.number)["title"] == "Scaffold inspection and repair"


def test_a_change_of_the_assessment_is_judged_as_the_content_was(listed, sina):
    case = evaluate(handed_in(listed, sina, {"assessment": {"en": "A written test, moderated."}}))
    assert {c.matter for c in desk.criteria_of(case)} == {"listing", "approval"}
    decisions = decide(case)
    public = document_of(listed.number)["decisions"]
    assert {d.number for d in decisions} <= {d["number"] for d in public}


def test_a_change_has_no_halves(listed, sina):
    case = evaluate(handed_in(listed, sina, {"assessment": {"en": "A written test, moderated."}}))
    with pytest.raises(RegisterError, match="as a whole"):
        desk.decide(
            case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Half of it.",
            outcomes={"listing": "approved", "approval": "declined"},
        )  # fmt: skip
    assert Case.objects.get(pk=case.pk).state == "recommended"


def test_many_changes_are_declined_with_the_reason_that_a_new_application_is_needed(listed, sina):
    case = evaluate(handed_in(listed, sina, TITLE | {"assessment": {"en": "A written test, moderated."}}))
    decisions = decide(case, outcome="declined")
    assert {d.outcome for d in decisions} == {"declined"} and document_of(listed.number)["revision"] == 1
    assert make_change(listed, sina, PURPOSE).state == "draft", "it is no bar to another change"


def test_a_replacement_is_another_entry_in_the_place_of_this_one(listed, sina):
    entry = {"expiring_from": SOON.isoformat()}
    case = handed_in(
        listed, sina, **REPLACING, category="C", entry=entry, teach_out="We teach every cohort to its end."
    )
    assert case.amendment.category == "C"
    decide(evaluate(case))
    (link,) = document_of(listed.number)["replaced_by"]
    new = document_of(link["number"])
    assert (new["credits"], new["kind"], link["equivalence"]) == ("20", "micro_credential", "not_equivalent")
    assert status_on(document_of(listed.number), SOON) == "expiring"


def test_a_category_follows_every_change_of_the_draft_unless_another_was_chosen_with_a_reason(listed, sina):
    case = make_change(listed, sina, {"credits": "20"})

    def saved(**values) -> Amendment:
        services.save_amendment(case_id=case.pk, by=sina, values=values)
        return Amendment.objects.select_related("revision").get(pk=case.pk)

    assert saved().category == "C"
    assert saved(content={"credits": "10"} | PURPOSE).revision.credential_id == listed.pk
    assert saved().category == "A"
    assert saved(category="B", category_reason="Learners must hear of it.").category == "B"
    assert saved(content={"languages": ["en", "mi"]}).category == "B"


# -- the end of an entry -----------------------------------------------------------------------------------------------


def test_an_end_is_public_with_its_days_and_note_and_the_teach_out_plan_is_not(listed, sina):
    case = handed_in(listed, sina, **ENDING)
    assert case.amendment.category == "D"
    decide(evaluate(case))
    said = document_of(listed.number)
    assert (status_on(said, TODAY), status_on(said, SOON)) == ("current", "expiring")
    assert said["transition"] == ENDING["transition_note"]
    assert said["last_new_enrolment"] == (SOON - timedelta(days=1)).isoformat()
    assert "cohort" not in str(said)
    sections = {str(s["label"]): s.get("text") for s in _sections(case)}
    assert sections["Teach-out plan"] == ENDING["teach_out"], "officers read it"


def _sections(case):
    from registry.casework import kinds

    return kinds.get(case.kind).sections(Case.objects.get(pk=case.pk))


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ({"entry": {"expiring_from": SOON.isoformat()}}, "expiry_end"),
        ({"transition_note": {}}, "transition_note"),
        ({"teach_out": " "}, "teach_out"),
    ],
)
def test_what_an_end_leaves_out_is_named_by_its_field_and_the_draft_stays(listed, sina, missing, field):
    case = make_change(listed, sina, **{**ENDING, **missing})
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=case.pk, by=sina)
    assert field in {v.field for v in refusal.value.violations}
    assert Case.objects.get(pk=case.pk).state == "draft"


def test_an_end_that_was_decided_can_be_taken_back_before_it_is_over(listed, sina):
    """E6: the same entry, current again."""
    decide(evaluate(handed_in(listed, sina, **ENDING)))
    assert status_on(document_of(listed.number), SOON) == "expiring"
    listed.refresh_from_db()
    nothing = dict.fromkeys(("expiring_from", "expiry_end", "last_new_enrolment"))
    decide(evaluate(handed_in(listed, sina, entry=nothing)))
    said = document_of(listed.number)
    assert (status_on(said, SOON), said["revision"], said["last_new_enrolment"]) == ("current", 3, None)


# -- who is told, and when ---------------------------------------------------------------------------------------------


def test_who_delivers_the_entry_is_told_when_the_change_is_public(listed, sina, kestrel):
    decide(evaluate(handed_in(listed, sina, **ENDING)))
    (notice,) = told(kestrel.kim)
    assert listed.number in notice.subject and SOON.isoformat() in notice.body
    assert "cohort" not in notice.body and told(sina) == [], "who proposed it gets the decision itself"


def test_nobody_is_told_anything_before_the_day_on_which_it_becomes_public(listed, sina, kestrel):
    decide(evaluate(handed_in(listed, sina, **ENDING)), publish_on=LATER)
    assert told(kestrel.kim) == [] and document_of(listed.number)["revision"] == 1
    assert desk.release_due(LATER - timedelta(days=1)) == 0 and told(kestrel.kim) == []
    assert desk.release_due(LATER, now=_beginning(LATER)) == 1
    assert len(told(kestrel.kim)) == 1 and document_of(listed.number)["expiry_end"] == "2040-12-31"


def test_who_does_not_deliver_it_any_more_is_told_nothing(listed, sina, kestrel):
    Accreditation.objects.filter(provider=kestrel).update(withdrawn_on=TODAY)
    decide(evaluate(handed_in(listed, sina, TITLE)))
    assert told(kestrel.kim) == []


def test_an_officers_own_amendment_is_told_to_them_too(listed, kestrel):
    grace, dana = make_user("Grace", "registrar"), make_user("Dana", "decision_maker")
    amendment = services.propose(credential_id=listed.pk, by=grace)
    services.save_amendment(case_id=amendment.pk, by=grace, values={"content": TITLE})
    services.submit_amendment(case_id=amendment.pk, by=grace)
    desk.decide(case_id=amendment.pk, by=dana, outcomes={"amendment": "approved"}, reason="Clearer.")
    assert len(told(kestrel.kim)) == 1


def test_a_small_change_may_be_accepted_for_a_later_day(listed, sina):
    decide(handed_in(listed, sina, PURPOSE), publish_on=LATER)
    assert document_of(listed.number)["revision"] == 1
    desk.release_due(LATER, now=_beginning(LATER))
    assert document_of(listed.number)["purpose"] == PURPOSE["purpose"]


# -- who may propose, and when -----------------------------------------------------------------------------------------


def test_only_the_body_that_awards_or_develops_it_proposes_a_change(listed, kestrel):
    with pytest.raises(NotAllowed, match="awards or develops"):
        services.propose_change(provider=kestrel, number=listed.number, by=kestrel.kim)
    listed.developer = kestrel
    listed.save(update_fields=["developer"])
    assert services.propose_change(provider=kestrel, number=listed.number, by=kestrel.kim).based_on == 1


def test_nobody_proposes_for_another_body(listed, kestrel):
    with pytest.raises(NotAllowed, match="do not act for"):
        services.propose_change(provider=listed.awarding_body, number=listed.number, by=kestrel.kim)


def test_a_body_that_awards_it_no_more_cannot_hand_its_draft_in(listed, sina, kestrel):
    case = make_change(listed, sina, PURPOSE)
    Credential.objects.filter(pk=listed.pk).update(awarding_body=kestrel, developer=kestrel)
    with pytest.raises(NotAllowed, match="awards or develops"):
        desk.submit(case_id=case.pk, by=sina)


def test_a_body_that_is_not_registered_cannot_hand_it_in(listed, sina):
    case = make_change(listed, sina, PURPOSE)
    type(listed.awarding_body).objects.filter(pk=listed.awarding_body_id).update(ended_on=TODAY, ended_as="closed")
    with pytest.raises(NotAllowed, match="Paused since the registration ended"):
        desk.submit(case_id=case.pk, by=sina)


def test_what_alters_nothing_is_not_handed_in(listed, sina):
    case = make_change(listed, sina)
    with pytest.raises(RuleViolations, match="Nothing is altered yet"):
        desk.submit(case_id=case.pk, by=sina)


def test_a_provider_has_one_open_change_of_an_entry(listed, sina):
    first = make_change(listed, sina, PURPOSE)
    with pytest.raises(Conflict, match=first.reference):
        make_change(listed, sina, TITLE)


def test_a_providers_draft_keeps_no_officer_from_amending_and_then_waits(listed, sina):
    case = make_change(listed, sina, PURPOSE)
    grace, dana = make_user("Grace", "registrar"), make_user("Dana", "decision_maker")
    amendment = services.propose(credential_id=listed.pk, by=grace)
    with pytest.raises(NotAllowed, match="Another change of this entry is open") as refusal:
        desk.submit(case_id=case.pk, by=sina)
    assert amendment.case.reference not in str(refusal.value), "what the authority prepares is not told"
    services.save_amendment(case_id=amendment.pk, by=grace, values={"content": TITLE})
    services.submit_amendment(case_id=amendment.pk, by=grace)
    desk.decide(case_id=amendment.pk, by=dana, outcomes={"amendment": "approved"}, reason="Clearer.")
    with pytest.raises(NotAllowed, match="Revision 2 is public meanwhile"):
        desk.submit(case_id=case.pk, by=sina)
    services.rebase(case_id=case.pk, by=sina)
    desk.submit(case_id=case.pk, by=sina)
    decide(Case.objects.get(pk=case.pk))
    said = document_of(listed.number)
    assert (said["revision"], said["title"], said["purpose"]) == (3, TITLE["titles"]["en"], PURPOSE["purpose"])


def test_what_a_provider_has_handed_in_keeps_an_officer_from_amending(listed, sina):
    case = handed_in(listed, sina, PURPOSE)
    with pytest.raises(Conflict, match=case.reference):
        services.propose(credential_id=listed.pk, by=make_user("Grace", "registrar"))


def test_a_change_that_waits_for_its_day_keeps_another_one_waiting(listed, sina):
    decide(handed_in(listed, sina, PURPOSE), publish_on=LATER)
    second = make_change(listed, sina, TITLE)
    with pytest.raises(NotAllowed, match="Another change of this entry is open"):
        desk.submit(case_id=second.pk, by=sina)


def test_an_interest_in_the_body_keeps_an_officer_from_its_amendments(listed):
    grace = make_user("Grace", "registrar")
    amendment = services.propose(credential_id=listed.pk, by=grace)
    services.save_amendment(case_id=amendment.pk, by=grace, values={"content": TITLE})
    services.submit_amendment(case_id=amendment.pk, by=grace)
    dana = make_user("Dana", "decision_maker")
    desk.declare_interest_in(organisation=listed.awarding_body.organisation, by=dana, reason="My sister works there.")
    with pytest.raises(NotAllowed, match="declared an interest"):
        desk.decide(case_id=amendment.pk, by=dana, outcomes={"amendment": "approved"}, reason="Clearer.")
