"""Entries and accreditations in trouble, taken to where a test begins."""

from datetime import date, datetime
from typing import Any

from credentials.models import Accreditation, Credential
from credentials.services import sanctions
from registry.casework import kinds
from registry.casework import services as desk
from registry.framework import current
from registry.models import Case, Decision, User
from tests.builders import decide, evaluate, make_accreditation_draft, make_provider, make_signatory, make_user
from tests.registry.test_clock import at

TODAY = current.today()
# Named by a step of a public life before the kind of case is there.
TO_COME = {"entry_removal"} - {kind.name for kind in kinds.every()}
HELD = [{"ground": "learners_at_risk", "held": "Two learners fell from a scaffold that had been passed as safe."}]
SUSPENSION = {
    "grounds": HELD, "summary": {"en": "The entry is suspended while its assessment is looked into."},
    "advice": {"en": "Ask your provider what your results mean for now."},
}  # fmt: skip


def accreditation_of(credential: Credential) -> Accreditation:
    return Accreditation.objects.get(credential=credential)


def delivering(credential: Credential, name: str = "Kestrel College") -> User:
    """Another provider is accredited to deliver the entry: its signatory."""
    provider = make_provider(name)
    by = make_signatory(provider, "Kim")
    case = make_accreditation_draft(credential, provider, by)
    desk.submit(case_id=case.pk, by=by)
    decide(evaluate(case))
    return by


def draft_suspension(credential: Credential, by: User, *, now: datetime | None = None, **values: Any) -> Case:
    """A complete draft for suspending an entry."""
    case = sanctions.begin_suspension(about=credential.number, by=by, now=now)
    sanctions.save_suspension(case_id=case.pk, by=by, values={**SUSPENSION, **values}, now=now)
    return Case.objects.get(pk=case.pk)


def draft_sanction(
    accreditation: Accreditation, by: User, measure: str, *, now: datetime | None = None, **values: Any
) -> Case:
    """A complete draft for deciding about an accreditation."""
    case = sanctions.begin_sanction(about=accreditation.number, by=by, now=now)
    condition = {"condition": {"en": "Have every assessment observed."}} if measure == "condition" else {}
    said = {"grounds": HELD, "measure": measure, **condition, **values}
    sanctions.save_sanction(case_id=case.pk, by=by, values=said, now=now)
    return Case.objects.get(pk=case.pk)


def heard(case: Case, *, on: date = TODAY) -> Case:
    """Notice is given long before a day; nobody replies; on that day each ground is found to hold, and it is recommended."""
    clerk = make_user("Rita", "registrar")
    request = desk.give_notice(case_id=case.pk, by=clerk, now=at(date.fromordinal(on.toordinal() - 200)))
    assert request.due_on < on
    eva = make_user("Eva", "evaluator")
    desk.resume(case_id=case.pk, by=eva, reason="Its time is over.", now=at(on))
    for ground in desk.criteria_of(case):
        desk.judge(
            case_id=case.pk, by=eva, criterion=ground.id, verdict="met", reason="The report shows it.", now=at(on)
        )
    desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="The ground holds.", now=at(on))
    return Case.objects.get(pk=case.pk)


def suspend(credential: Credential, *, on: date = TODAY, **values: Any) -> Decision:
    """An entry is suspended by a decision of that day."""
    case = heard(draft_suspension(credential, make_user("Rita", "registrar"), now=at(on), **values), on=on)
    (decision,) = decide(case, now=at(on))
    return decision


def sanction(accreditation: Accreditation, measure: str, *, on: date = TODAY, **values: Any) -> Decision:
    """Something is decided about an accreditation on that day."""
    case = heard(draft_sanction(accreditation, make_user("Rita", "registrar"), measure, now=at(on), **values), on=on)
    (decision,) = decide(case, now=at(on))
    return decision


def lift(number: str, *, on: date = TODAY) -> Decision:
    """The suspension of this number is lifted by a decision of that day."""
    by = make_user("Rita", "registrar")
    case = sanctions.begin_lifting(about=number, by=by, now=at(on))
    sanctions.save_lifting(case_id=case.pk, by=by, values={"explanation": "The assessor was replaced."}, now=at(on))
    desk.submit(case_id=case.pk, by=by, now=at(on))
    (decision,) = decide(case, now=at(on))
    return decision


def redress(decision: Decision, act: str, on: date, **terms: Any) -> list[str]:
    """What a reconsideration does to a decision; the sentences that its body would read."""
    done = getattr(kinds.get(decision.case.kind).redress, act)
    asked = {"terms": terms} if act == "vary" else {}
    case = Case.objects.get(pk=decision.case_id)
    said = done(case=case, decisions=[decision], on=on, now=at(on), reference="RCN-2026-000001", **asked)
    return [str(sentence() if callable(sentence) else sentence) for sentence in said]
