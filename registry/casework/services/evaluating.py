"""Officers take a case on, judge it criterion by criterion, and recommend; or stand aside for an interest."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import audit
from registry.casework import clock, duplicates, kinds, workflow
from registry.casework.guards import criteria_of, no_interest, no_part_before, wrote_none_of_it
from registry.casework.models import Case, DuplicateCheck, Interest, Judgement, Outcome, Recommendation
from registry.casework.services.common import check_criterion, logged_when_refused, role_of_last_act, said
from registry.casework.services.conditions import read_conditions
from registry.errors import NotAllowed, RegisterError
from registry.framework import current
from registry.people import roles
from registry.people.models import Organisation, User
from registry.search.query import SearchUnavailable


@logged_when_refused
def return_incomplete(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Give a case back to the applicant, with what is missing; they have time to hand it in again (S2)."""
    now = now or timezone.now()
    reason = said(reason, _("List what is missing: the applicant reads it."))
    case = workflow.lock(case_id)
    case.answer_by = clock.deadline(case, "information_request", current.today(now))
    case.told_late = 0
    said_of = {"reason": reason, "answer_by": case.answer_by.isoformat()}
    return workflow.move(case, "return", by=by, expected_revision=expected_revision, details=said_of, now=now)


def evaluators(case: Case) -> tuple[str, ...]:
    """The roles in which a case of this kind is evaluated."""
    kind = kinds.get(case.kind)
    return kind.transition("judge").actors if kind.has("judge") else ("evaluator",)


@logged_when_refused
def assign(
    *, case_id: int, by: User, to: User, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Give a case to an evaluator, who becomes the applicant's contact; what was recorded before stays and is shown.

    Raises NotAllowed for a person without the role, and for one with an interest in the case or its body, or with a part
    in the decision that the case looks at again.
    """
    case = workflow.lock(case_id)
    check_evaluator(case, to, now=now)
    case.assigned_to = to
    details = {"assigned_to": str(to.person_id)}
    return workflow.move(case, "assign", by=by, expected_revision=expected_revision, details=details, now=now)


def check_evaluator(case: Case, to: User, *, now: datetime | None = None) -> None:
    """Raise NotAllowed, in words, for a person who must not evaluate the case."""
    if not set(evaluators(case)) & roles.staff_roles(to):
        raise NotAllowed(_("%(person)s is not an evaluator.") % {"person": to})
    if no_part_before(case, to, current.today(now)):
        raise NotAllowed(_("%(person)s took part in the decision that is looked at again.") % {"person": to})
    if no_interest(case, to, current.today(now)):
        raise NotAllowed(_("%(person)s has declared an interest in it.") % {"person": to})
    if wrote_none_of_it(case, to, current.today(now)):
        raise NotAllowed(_("%(person)s wrote for the applicant in it.") % {"person": to})


@logged_when_refused
def start_evaluation(
    *, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """An evaluator takes the case on."""
    case = workflow.lock(case_id)
    case.assigned_to = by
    details = {"assigned_to": str(by.person_id)}
    return workflow.move(case, "evaluate", by=by, expected_revision=expected_revision, details=details, now=now)


@logged_when_refused
def judge(
    *, case_id: int, by: User, criterion: str, verdict: str, reason: str, now: datetime | None = None
) -> Judgement:
    """Met, partly met or not met on one criterion, with a reason. An earlier judgement stays beside the new one."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    check_criterion(criterion, criteria_of(case))
    if verdict not in Judgement.Verdict.values:
        raise RegisterError(_("Choose met, partly met or not met."))
    said(reason, _("Give the reason for your judgement."))
    workflow.move(case, "judge", by=by, details={"criterion": criterion, "verdict": verdict, "reason": reason}, now=now)
    part = workflow.take_part(case, by, "evaluated")
    return Judgement.objects.create(
        case=case, criterion=criterion, verdict=verdict, reason=reason, judged_by=by, part=part, recorded_at=now
    )


@logged_when_refused
def recommend(
    *, case_id: int, by: User, outcome: str, reason: str, conditions: Sequence[Mapping[str, Any]] = (),
    expected_revision: int | None = None, now: datetime | None = None,
) -> Recommendation:  # fmt: skip
    """Advise on the whole case, once every criterion has been judged; with the conditions that the evaluator proposes."""
    now = now or timezone.now()
    if outcome not in Outcome.values:
        raise RegisterError(_("Choose what you recommend."))
    said(reason, _("Give the reason for your recommendation."))
    proposed = read_conditions(conditions, outcome)
    case = workflow.lock(case_id)
    details = {"outcome": outcome, "reason": reason, **({"conditions": proposed} if proposed else {})}
    workflow.move(case, "recommend", by=by, expected_revision=expected_revision, details=details, now=now)
    part = workflow.take_part(case, by, "recommended")
    return Recommendation.objects.create(
        case=case, outcome=outcome, reason=reason, conditions=proposed, recommended_by=by, part=part, recorded_at=now
    )


@logged_when_refused
def compare(
    *, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None
) -> DuplicateCheck:
    """Have the register searched for what the case is like, and keep the answer with the case.

    Raises RegisterError where nothing can be compared with it, or this host has no index at the moment.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    if not kinds.get(case.kind).has("compare"):
        raise RegisterError(_("Nothing on the register can be compared with a case of this kind."))
    workflow.move(case, "compare", by=by, expected_revision=expected_revision, now=now)
    try:
        found = duplicates.look(case, now=now) or []
    except SearchUnavailable as away:
        raise RegisterError(_("The search index is not there at the moment: try again in a few minutes.")) from away
    return duplicates.keep(case, found, by=by, role=role_of_last_act(case), now=now)


@logged_when_refused
def declare_interest(*, case_id: int, by: User, reason: str, now: datetime | None = None) -> Case:
    """An officer has an interest in the case: they take no further part in it, and the database refuses their decision.

    What they did before stays, and is shown as that; where it was theirs, the case waits for another (edge case 5).
    """
    case = workflow.lock(case_id)
    said(reason, _("Say what the interest is."))
    if case.assigned_to_id == by.pk:
        case.assigned_to = None
    return workflow.move(case, "declare_interest", by=by, details={"reason": reason}, now=now)


def declare_interest_in(
    *, organisation: Organisation, by: User, reason: str, ended_on: date | None = None, now: datetime | None = None
) -> Interest:
    """An officer has an interest in a body: while it lasts, they take no part in any of its cases.

    Cases of the body that are theirs wait for another. Raises NotAllowed for a person who is no officer.
    """
    now = now or timezone.now()
    if not roles.is_staff_reader(by):
        raise NotAllowed(_("Only officers declare interests."))
    said(reason, _("Say what the interest is."))
    with transaction.atomic():
        interest = Interest.objects.create(
            person=by, organisation=organisation, reason=reason, declared_at=now, ended_on=ended_on
        )
        audit.record(
            "interest:declared", by=by, now=now,
            details={"organisation": str(organisation.organisation_id), "ended_on": ended_on and ended_on.isoformat()},
        )  # fmt: skip
        for key in Case.objects.filter(organisation=organisation, assigned_to=by).open().values_list("pk", flat=True):
            case = workflow.lock(key)
            case.assigned_to = None
            case.save(update_fields=["assigned_to"])
        return interest
