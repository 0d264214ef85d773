"""Full qualifications in two stages: the approval to develop one, then its listing and approval (domain 1.11)."""

from datetime import timedelta

import pytest

from credentials import services
from registry.casework import clock, kinds
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.models import Case, Entry
from tests.builders import (
    COMPLETE,
    FIRST_STAGE,
    decide,
    document_of,
    evaluate,
    make_developing,
    make_provider,
    make_qualification,
    make_signatory,
    make_user,
)

TODAY = current.today()
CONTENT = COMPLETE | {"titles": {"en": FIRST_STAGE["title"]}, "type": "certificate", "credits": "60"}


def second_stage(case: Case, **values) -> Case:
    """The content has been written and handed in."""
    services.save_draft(case_id=case.pk, by=case.signatory, values=CONTENT | values)
    return desk.submit(case_id=case.pk, by=case.signatory)


def test_a_qualification_is_approved_to_be_developed_and_then_listed_under_the_same_reference(db):
    case = make_developing()
    assert (case.state, case.decided_at) == ("developing", None)
    assert not Entry.objects.credentials().exists(), "nothing of the first stage is public"
    decide(evaluate(second_stage(case)))
    case.refresh_from_db()
    assert case.state == "approved" and case.decided_at
    entry = Entry.objects.credentials().get()
    assert (entry.kind, entry.title, entry.credits) == ("qualification", FIRST_STAGE["title"], 60)
    said = [(d.stage, d.matter, d.outcome) for d in case.decisions.order_by("stage", "matter")]
    assert said == [(1, "development", "approved"), (2, "approval", "approved"), (2, "listing", "approved")]
    assert {d["matter"] for d in document_of(entry.number)["decisions"]} == {"listing", "approval"}
    assert not Entry.objects.accreditations().exists()


def test_each_stage_is_judged_by_its_own_criteria(db):
    case = make_qualification()
    first = {c.id for c in desk.criteria_of(case)}
    assert first == {"development_need", "development_distinct", "development_stakeholders"}
    case = make_developing()
    assert {c.id for c in desk.criteria_of(case)} == {"purpose", "need", "assessment", "duplication"}


def test_the_stages_may_have_different_deciders_and_who_evaluated_decides_neither(db):
    both = make_user("Bo", "evaluator", "decision_maker")
    case = make_qualification()
    signatory = case.signatory
    first = evaluate(case, both)
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(first, both)
    decide(first, make_user("Dana", "decision_maker"))
    case.refresh_from_db()
    case.signatory = signatory
    second = evaluate(second_stage(case), make_user("Eva", "evaluator"))
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(second, both)
    decide(second, make_user("Samuel", "decision_maker"))
    assert len(set(case.decisions.values_list("decided_by", flat=True))) == 2


def test_a_development_that_is_declined_ends_the_case(db):
    case = make_qualification()
    decide(evaluate(case), outcome="declined")
    case.refresh_from_db()
    assert case.state == "declined" and case.decided_at
    with pytest.raises(Conflict):
        services.save_draft(case_id=case.pk, by=case.signatory, values=CONTENT)


def test_while_it_is_developed_no_clock_of_the_authority_runs(db):
    case = make_developing()
    assert clock.standing(case, TODAY).holder == clock.APPLICANT and case.due_on is None
    assert second_stage(case).due_on is not None


def test_the_first_stage_asks_for_no_content_and_the_second_for_all_of_it(db):
    with pytest.raises(RuleViolations) as refusal:
        make_qualification(stakeholder_statement=" ", title="")
    assert {v.field for v in refusal.value.violations} == {"stakeholder_statement", "title"}
    with pytest.raises(RuleViolations) as refusal:
        second_stage(make_developing(), credits="10")
    assert "NZ-20" in {v.rule for v in refusal.value.violations}


def test_an_approval_to_develop_is_never_put_off_to_a_later_day(db):
    case = evaluate(make_qualification())
    with pytest.raises(RegisterError, match="nothing of it becomes public"):
        decide(case, publish_on=TODAY + timedelta(days=3))
    assert Case.objects.get(pk=case.pk).state == "recommended"


def test_a_backdated_approval_to_develop_is_confirmed_by_a_second_approver(db):
    case = evaluate(make_qualification())
    assert decide(case, effective_on=TODAY - timedelta(days=5), backdating="authority") == []
    (decision,) = desk.confirm(case_id=case.pk, by=make_user("Samuel", "decision_maker"))
    assert (decision.matter, Case.objects.get(pk=case.pk).state) == ("development", "developing")


def test_a_condition_of_the_first_stage_can_be_met_while_it_is_developed(db):
    case = evaluate(make_qualification())
    row = {"text": "Bring the union in.", "owner": "Harbour", "due_on": TODAY + timedelta(days=30)}
    decide(case, outcome="approved_with_conditions", conditions={"development": [row]})
    condition = case.decisions.get().conditions.get()
    met = desk.meet_condition(
        case_id=case.pk, by=case.evaluator, condition_id=condition.pk, reason="The union has written."
    )
    assert met.met_on == TODAY and Case.objects.get(pk=case.pk).state == "developing"


def test_nothing_of_the_second_stage_is_public_before_its_day(db):
    case = make_developing()
    later = TODAY + timedelta(days=3)
    decide(evaluate(second_stage(case)), publish_on=later)
    assert not Entry.objects.credentials().exists()
    assert desk.release_due(TODAY) == 0 and not Entry.objects.credentials().exists()
    from registry.casework.services.releasing import _beginning

    assert desk.release_due(later, now=_beginning(later)) == 1
    assert Entry.objects.credentials().get().title == FIRST_STAGE["title"]


def test_the_applicant_may_take_back_what_they_develop(db):
    case = make_developing()
    desk.withdraw(case_id=case.pk, by=case.signatory)
    assert Case.objects.get(pk=case.pk).state == "withdrawn"


def test_where_the_law_has_two_stages_nobody_applies_in_one_and_the_other_way_round(db):
    provider = make_provider()
    by = make_signatory(provider)
    at_once = services.draft(provider=provider, by=by, kind="qualification")
    services.save_draft(case_id=at_once.case_id, by=by, values=CONTENT)
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=at_once.case_id, by=by)
    assert "REG-two-stages" in {v.rule for v in refusal.value.violations}
    with pytest.raises(RuleViolations) as refusal:
        make_qualification(level="8")
    assert [v.rule for v in refusal.value.violations] == ["REG-one-stage"]


def test_where_the_law_has_one_stage_a_qualification_is_applied_for_at_once(db, settings):
    settings.NQR_PROFILE = "acqf-generic"
    provider = make_provider()
    by = make_signatory(provider)
    with pytest.raises(RegisterError, match="one stage alone"):
        services.draft_qualification(provider=provider, by=by)
    at_once = services.draft(provider=provider, by=by, kind="qualification")
    services.save_draft(case_id=at_once.case_id, by=by, values=CONTENT)
    found = kinds.get("credential_application").check(at_once.case, "submit")
    assert "REG-two-stages" not in {v.rule for v in found}
