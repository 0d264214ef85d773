"""What holds for the cases of every kind, tried where a kind could let it slip."""

from datetime import date, timedelta

import pytest
from psycopg.types.range import DateRange

from credentials import services
from providers import services as provider_services
from registry.casework import services as desk
from registry.casework.models import Delegation
from registry.errors import NotAllowed, RegisterError
from registry.framework import current
from registry.models import Entry, Membership, Notice
from tests.builders import (
    APPROVE_ALL,
    approve,
    decide,
    document_of,
    evaluate,
    make_change,
    make_developing,
    make_listed,
    make_recommended,
    make_submitted,
    make_user,
)
from tests.registry.test_clock import at

TODAY = current.today()
LAB = {"text": "Open the second laboratory.", "owner": "Harbour Institute", "due_on": "2030-06-30"}
CONDITIONAL = APPROVE_ALL | {"accreditation": "approved_with_conditions"}


def signed_in(client, user):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_second_stage_of_a_qualification_is_written_and_handed_in_on_the_page_of_its_case(db, client):
    case = make_developing()
    html = signed_in(client, case.signatory).get(f"/portal/cases/{case.reference}/").content.decode()
    assert f"/portal/micro-credentials/{case.reference}/qualification/" in html
    assert f'action="/portal/cases/{case.reference}/submit/"' in html
    assert "Nothing of it is public." in case.letters.get().html


def test_a_condition_of_the_first_stage_may_be_met_after_the_second_was_handed_in(db):
    case = make_developing()
    (transition,) = [t for t in desk_transitions(case) if t.name == "meet_condition"]
    assert {"developing", "submitted", "recommended", "approved", "declined"} <= set(transition.sources)


def desk_transitions(case):
    from registry.casework import kinds

    return kinds.get(case.kind).transitions


def test_case_8_a_body_that_is_suspended_is_granted_nothing_and_its_application_waits(db):
    case = make_recommended()
    provider = case.application.provider
    provider.suspensions = [DateRange(TODAY, None, "[)")]
    provider.save()
    provider_services.publish(provider, effective_from=TODAY)
    with pytest.raises(NotAllowed, match="Paused while the registration is suspended"):
        approve(case)
    case.refresh_from_db()
    assert case.state == "recommended"
    assert desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), outcomes=dict.fromkeys(APPROVE_ALL, "declined"),
        reason="It may apply again.",
    )  # fmt: skip


def test_listing_and_approval_are_granted_together(db):
    case = make_recommended()
    with pytest.raises(RegisterError, match="granted together"):
        desk.decide(
            case_id=case.pk, by=make_user("Dana", "decision_maker"), outcomes=APPROVE_ALL | {"approval": "declined"},
            reason="The content is not sound.",
        )  # fmt: skip
    assert not case.decisions.exists() and not case.letters.exists()


def test_an_officer_with_an_interest_in_the_body_republishes_nothing(db):
    case, eve = make_recommended(), make_user("Eve", "evaluator")
    approve_with_a_condition(case)
    desk.declare_interest_in(organisation=case.organisation, by=eve, reason="I teach there.")
    condition = case.decisions.get(matter="accreditation").conditions.get()
    with pytest.raises(NotAllowed, match="You have declared an interest in"):
        desk.meet_condition(case_id=case.pk, by=eve, condition_id=condition.pk, reason="Seen.")


def approve_with_a_condition(case, **condition):
    return desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), outcomes=CONDITIONAL, reason="Sound.",
        conditions={"accreditation": [LAB | condition]},
    )  # fmt: skip


@pytest.mark.parametrize("days", [-1, 1])
def test_a_condition_is_met_between_its_decision_and_today(db, days):
    case, eve = make_recommended(), make_user("Eve", "evaluator")
    approve_with_a_condition(case)
    condition = case.decisions.get(matter="accreditation").conditions.get()
    with pytest.raises(RegisterError, match="between the day of its decision and today"):
        desk.meet_condition(
            case_id=case.pk, by=eve, condition_id=condition.pk, reason="Seen.", met_on=TODAY + timedelta(days=days)
        )
    desk.meet_condition(case_id=case.pk, by=eve, condition_id=condition.pk, reason="Seen.")
    (public,) = document_of(Entry.objects.accreditations().get().number)["conditions"]
    assert public["met_on"] == TODAY.isoformat()


def test_a_condition_that_is_too_long_for_the_public_record_is_refused_by_its_number(db):
    with pytest.raises(RegisterError, match="Condition 1: at most 2000 characters"):
        approve_with_a_condition(make_recommended(), text="x" * 2001)


def test_case_5_an_interest_in_the_body_discounts_what_was_judged(db):
    case, eva, otto = make_submitted(), make_user("Eva", "evaluator"), make_user("Otto", "evaluator")
    evaluate_only(case, eva)
    desk.declare_interest_in(organisation=case.organisation, by=eva, reason="I sit on its council.")
    desk.assign(case_id=case.pk, by=otto, to=otto)
    with pytest.raises(NotAllowed, match="Judge these criteria first"):
        desk.recommend(case_id=case.pk, by=otto, outcome="approved", reason="As Eva found.")


def evaluate_only(case, by) -> None:
    desk.start_evaluation(case_id=case.pk, by=by)
    for criterion in desk.criteria_of(case):
        desk.judge(case_id=case.pk, by=by, criterion=criterion.id, verdict="met", reason="Shown.")


def test_case_6_who_wrote_for_the_applicant_sits_on_no_panel_and_is_given_no_such_case(db):
    from django.contrib.auth.models import Group

    case, eva = make_submitted(), make_user("Eva", "evaluator")
    mover = case.signatory
    Membership.objects.filter(user=mover).update(ended_on=TODAY - timedelta(days=1))
    mover.is_staff = True
    mover.save()
    mover.groups.add(Group.objects.get(name="evaluator"))
    desk.start_evaluation(case_id=case.pk, by=eva)
    with pytest.raises(NotAllowed, match="wrote for the applicant"):
        desk.convene(case_id=case.pk, by=eva, members=[mover], quorum=1, question="Is it?")
    with pytest.raises(NotAllowed, match="wrote for the applicant"):
        desk.assign(case_id=case.pk, by=eva, to=mover)


def test_a_delegation_binds_decisions_on_what_officers_propose_too(db):
    listed, grace, dana = make_listed(), make_user("Grace", "registrar"), make_user("Dana", "decision_maker")
    Delegation.objects.create(
        person=dana, kinds=["provider_registration"], instrument="Delegation 7", begins_on=date(2026, 1, 1)
    )
    amendment = services.propose(credential_id=listed.pk, by=grace)
    values = {"content": {"purpose": {"en": "Prepares supervisors and riggers."}}}
    services.save_amendment(case_id=amendment.case_id, by=grace, values=values)
    case = services.submit_amendment(case_id=amendment.case_id, by=grace)
    assert case.level == "4"
    with pytest.raises(NotAllowed, match="Your delegation does not cover"):
        desk.decide(case_id=case.pk, by=dana, outcomes={"amendment": "approved"}, reason="Fine.")


def test_what_a_provider_calls_minor_is_no_lighter_than_what_it_alters(db):
    listed = make_listed()
    by = Membership.objects.get(organisation=listed.awarding_body.organisation).user
    light = next(c.code for c in current.profile().categories if c.approval == "notify")
    case = make_change(listed, by, content={"credits": "20"}, category=light, category_reason="It is minor.")
    case = desk.submit(case_id=case.pk, by=by)
    with pytest.raises(NotAllowed, match="Type 2"):
        decide(case)
    evaluate(case)
    assert decide(case)


def test_a_body_reads_the_letter_of_what_the_authority_decided_of_itself_and_is_told_when_it_is_public(db, client):
    listed, grace = make_listed(), make_user("Grace", "registrar")
    by = Membership.objects.get(organisation=listed.awarding_body.organisation).user
    amendment = services.propose(credential_id=listed.pk, by=grace)
    values = {"content": {"purpose": {"en": "Prepares supervisors and riggers."}}}
    services.save_amendment(case_id=amendment.case_id, by=grace, values=values)
    case = services.submit_amendment(case_id=amendment.case_id, by=grace)
    day = TODAY + timedelta(days=3)
    decide(case, publish_on=day)
    letter = case.letters.get()
    address = f"/portal/cases/{case.reference}/letters/{letter.pk}/"
    assert signed_in(client, by).get(address).status_code == 200
    assert client.get(f"/portal/cases/{case.reference}/").status_code == 404, "the case itself is not theirs to see"
    assert signed_in(client, make_user("Stranger")).get(address).status_code == 404
    desk.release_due(day, now=at(day))
    assert Notice.objects.filter(case=case, person=by, subject__contains="public register").count() == 1
