"""Every write at the desk: judge, recommend, decide, attach evidence. Each is one transaction, with its events."""

import functools
import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import audit
from registry.casework import duplicates, kinds, notices, workflow
from registry.casework import evidence as files
from registry.casework.models import (
    Case,
    Decision,
    DuplicateCheck,
    Evidence,
    Judgement,
    Outcome,
    Part,
    Recommendation,
    Waiver,
)
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations, Violation
from registry.framework import current
from registry.framework.law import Version
from registry.numbers import allot
from registry.people.models import Organisation, User
from registry.search.query import SearchUnavailable


def logged_when_refused(service: Callable) -> Callable:
    """Run the service in one transaction; what was refused is logged after that has been rolled back."""

    @functools.wraps(service)
    def wrapper(*, case_id: int, by: User, **kwargs: Any) -> Any:
        try:
            with transaction.atomic():
                return service(case_id=case_id, by=by, **kwargs)
        except (NotAllowed, Conflict) as refusal:
            audit.record(
                "desk:act:refused",
                by=by,
                details={"act": service.__name__, "case": case_id, "why": type(refusal).__name__},
            )
            raise

    return wrapper


def open_case(
    *, kind: str, organisation: Organisation, by: User, role: str = "editor", now: datetime | None = None
) -> Case:
    """A new draft with its reference, which it keeps for ever. The caller has checked that `by` acts in this role."""
    now = now or timezone.now()
    case_kind = kinds.get(kind)
    with transaction.atomic():
        reference = allot(f"{case_kind.prefix}-{current.today(now).year}")[0]
        case = Case.objects.create(
            reference=reference, kind=kind, organisation=organisation, state="draft", opened_at=now
        )
        workflow.take_part(case, by, "drafted")
        acting_for = None if case_kind.authority else organisation.organisation_id
        audit.record("case:opened", case_id=case.pk, by=by, role=role, organisation_id=acting_for, now=now)
        return case


def version_of(case: Case) -> Version:
    """The law that judges this case: that of the submission date, else today's."""
    if case.profile:
        return current.version(case.profile)
    return current.version_on(current.today())


@logged_when_refused
def submit(*, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None) -> Case:
    """Hand the case to the authority, judged by the law of this day.

    Raises RuleViolations with a message for each field; the draft is kept as it is. A rule that may be waived does not
    keep it here: it holds the decision, until it is waived.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    case_kind = kinds.get(case.kind)
    case.profile = current.version_on(current.today(now)).id
    case.submitted_at = now
    workflow.check_state(case, case_kind.transition("submit"))
    violations = case_kind.check(case, "submit")
    if any(v.severity == "error" and not v.waivable for v in violations):
        raise RuleViolations(violations)
    workflow.move(
        case, "submit", by=by, expected_revision=expected_revision, details={"profile": case.profile}, now=now
    )
    duplicates.keep_on_submission(case, now=now)
    notices.owe(
        case,
        to=[by.email],
        subject=_("%(reference)s: your application has been received") % {"reference": case.reference},
        body=_("We have received “%(title)s”. Its reference is %(reference)s. An evaluator will be assigned.")
        % {"title": case.title, "reference": case.reference},
        now=now,
    )
    return case


@logged_when_refused
def withdraw(*, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None) -> Case:
    """The applicant takes the case back before it is decided; it is kept."""
    return workflow.move(workflow.lock(case_id), "withdraw", by=by, expected_revision=expected_revision, now=now)


@logged_when_refused
def start_evaluation(
    *, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """An evaluator takes the case on."""
    case = workflow.lock(case_id)
    case.assigned_to = by
    return workflow.move(
        case,
        "evaluate",
        by=by,
        expected_revision=expected_revision,
        details={"assigned_to": str(by.person_id)},
        now=now,
    )


@logged_when_refused
def judge(
    *, case_id: int, by: User, criterion: str, verdict: str, reason: str, now: datetime | None = None
) -> Judgement:
    """Met, partly met or not met on one criterion, with a reason. An earlier judgement stays beside the new one."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    case_kind = kinds.get(case.kind)
    if criterion not in {c.id for c in version_of(case).criteria_for(tuple(case_kind.matters))}:
        raise RegisterError(_("There is no such criterion in this case."))
    if verdict not in Judgement.Verdict.values:
        raise RegisterError(_("Choose met, partly met or not met."))
    if not reason.strip():
        raise RegisterError(_("Give the reason for your judgement."))
    workflow.move(case, "judge", by=by, details={"criterion": criterion, "verdict": verdict, "reason": reason}, now=now)
    part = workflow.take_part(case, by, "evaluated")
    return Judgement.objects.create(
        case=case, criterion=criterion, verdict=verdict, reason=reason, judged_by=by, part=part, recorded_at=now
    )


@logged_when_refused
def recommend(
    *,
    case_id: int,
    by: User,
    outcome: str,
    reason: str,
    expected_revision: int | None = None,
    now: datetime | None = None,
) -> Recommendation:
    """Advise on the whole case, once every criterion has been judged."""
    now = now or timezone.now()
    if outcome not in Outcome.values:
        raise RegisterError(_("Choose what you recommend."))
    if not reason.strip():
        raise RegisterError(_("Give the reason for your recommendation."))
    case = workflow.lock(case_id)
    workflow.move(
        case,
        "recommend",
        by=by,
        expected_revision=expected_revision,
        details={"outcome": outcome, "reason": reason},
        now=now,
    )
    part = workflow.take_part(case, by, "recommended")
    return Recommendation.objects.create(
        case=case, outcome=outcome, reason=reason, recommended_by=by, part=part, recorded_at=now
    )


def broken_rules(case: Case) -> list[Violation]:
    """The rules that stand against a decision to approve and publish this case; what was waived for it is left out."""
    check = kinds.get(case.kind).check
    broken = {v.rule: v for stage in ("approve", "publish") for v in check(case, stage)}
    waived = set(case.waivers.values_list("rule", flat=True))
    return sorted((v for v in broken.values() if v.rule not in waived), key=lambda v: v.severity != "error")


@logged_when_refused
def waive(
    *,
    case_id: int,
    by: User,
    rule: str,
    reason: str,
    instrument: str,
    expected_revision: int | None = None,
    now: datetime | None = None,
) -> Waiver:
    """Let one rule not hold this case, with the reason and the instrument that allows it; it is never taken back.

    The role alone permits it: whoever waives may decide afterwards, and four eyes watch over that decision. Raises
    RegisterError for a rule that the case's law does not have or does not let anybody waive; NotAllowed for another
    role, and for a person who has declared an interest; Conflict where the rule has been waived already.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise RegisterError(_("Say why the rule is waived."))
    if not instrument.strip():
        raise RegisterError(_("Name the instrument that allows the waiver: a law, a rule or a delegation."))
    case = workflow.lock(case_id)
    if Part.objects.filter(case=case, person=by, part=Part.Name.CONFLICTED).exists():
        raise NotAllowed(_("You have declared an interest in this case."))
    known = version_of(case).rule(rule)
    if known is None or not known.waivable:
        raise RegisterError(_("The rule %(rule)s cannot be waived.") % {"rule": rule})
    if earlier := case.waivers.filter(rule=rule).select_related("waived_by").first():
        raise Conflict(_("%(person)s has waived %(rule)s already.") % {"person": earlier.waived_by, "rule": rule})
    said = {"rule": rule, "reason": reason, "instrument": instrument}
    workflow.move(case, "waive", by=by, expected_revision=expected_revision, details=said, now=now)
    role = case.events.latest("position").role
    return Waiver.objects.create(case=case, **said, waived_by=by, role=role, recorded_at=now)


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
    return duplicates.keep(case, found, by=by, role=case.events.latest("position").role, now=now)


@logged_when_refused
def send_back(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Return a recommended case to its evaluator, with a reason. No decision is taken, so nobody is on either side."""
    if not reason.strip():
        raise RegisterError(_("Say what the evaluator should look at again."))
    return workflow.move(
        workflow.lock(case_id),
        "send_back",
        by=by,
        expected_revision=expected_revision,
        details={"reason": reason},
        now=now,
    )


@logged_when_refused
def decide(
    *,
    case_id: int,
    by: User,
    outcomes: Mapping[str, str],
    reason: str,
    effective_on: date | None = None,
    expected_revision: int | None = None,
    now: datetime | None = None,
) -> list[Decision]:
    """Decide each matter of the case; what is approved is published in this same transaction.

    Raises RegisterError for a missing reason or matter, for an effective date before today (that needs a second
    approver) and for a later one where the kind of case knows none; NotAllowed by four eyes; Conflict,
    naming who decided, where another officer was first.
    """
    now = now or timezone.now()
    effective_on = effective_on or current.today(now)
    case = workflow.lock(case_id)
    case_kind = kinds.get(case.kind)
    _check_decision(case, case_kind, outcomes, reason, effective_on, now)
    approved = any(outcome == Outcome.APPROVED for outcome in outcomes.values())
    part = _deciding_part(case, by, approved)
    numbers = allot(f"D-{current.today(now).year}", len(outcomes))
    case.decided_at = now
    workflow.move(
        case,
        "approve" if approved else "decline",
        by=by,
        expected_revision=expected_revision,
        details={
            "decisions": [
                {"number": n, "matter": m, "outcome": o, "effective_on": effective_on.isoformat()}
                for n, (m, o) in zip(numbers, outcomes.items(), strict=True)
            ],
            "reason": reason,
        },
        now=now,
    )
    decisions = [
        Decision.objects.create(
            case=case, matter=matter, number=number, outcome=outcome, reason=reason, effective_on=effective_on,
            decided_by=by, part=part, recorded_at=now,
        )
        for number, (matter, outcome) in zip(numbers, outcomes.items(), strict=True)
    ]  # fmt: skip
    published = case_kind.effect(case=case, decisions=decisions, by=by, now=now) if approved else []
    notices.owe(
        case,
        to=notices.applicants(case),
        subject=_("%(reference)s: decision") % {"reference": case.reference},
        body="\n".join(
            [f"{case.title}", *(f"{case_kind.matters[d.matter]}: {d.get_outcome_display()} ({d.number})" for d in decisions),
             reason, *published]
        ),
        now=now,
    )  # fmt: skip
    return decisions


def _check_decision(case, case_kind, outcomes, reason, effective_on, now) -> None:
    if not reason.strip():
        raise RegisterError(_("Give the reason for the decision: it is sent to the applicant."))
    if set(outcomes) != set(case_kind.matters) or not set(outcomes.values()) <= set(Outcome.values):
        raise RegisterError(_("Decide every matter: approve or decline each."))
    if effective_on > current.today(now) and not case_kind.may_wait:
        raise RegisterError(_("The decision takes effect on the day it is made."))
    if effective_on < current.today(now):
        raise RegisterError(_("The decision takes effect on the day it is made, or on a later one."))
    transition = case_kind.transition("approve")
    workflow.check_state(case, transition)
    if Outcome.APPROVED in outcomes.values():
        violations = [v for v in broken_rules(case) if v.severity == "error"]
        if violations:
            raise RuleViolations(violations)


def _deciding_part(case: Case, by: User, approved: bool):
    # The role is asked before the part is taken, so that a stranger is told about the role and not about four eyes.
    if not workflow.can(case, "approve" if approved else "decline", by):
        raise NotAllowed(_("Your role does not allow this."))
    return workflow.take_part(case, by, "decided")


@logged_when_refused
def declare_interest(*, case_id: int, by: User, reason: str, now: datetime | None = None) -> Case:
    """An officer has an interest in the case: from now on the database refuses their decision."""
    case = workflow.lock(case_id)
    if not reason.strip():
        raise RegisterError(_("Say what the interest is."))
    return workflow.move(case, "declare_interest", by=by, details={"reason": reason}, now=now)


@logged_when_refused
def attach(*, case_id: int, by: User, criterion: str, upload: UploadedFile, now: datetime | None = None) -> Evidence:
    """Keep a file as evidence for a criterion of a draft. The same file sent twice is recognised, and kept once.

    Raises RegisterError, naming the limit, for a file that is empty, too large, of a type not accepted, or whose
    content is not what its name says.
    """
    now = now or timezone.now()
    checked = files.inspect(upload)
    case = workflow.lock(case_id)
    if criterion not in {c.id for c in version_of(case).criteria_for(tuple(kinds.get(case.kind).matters))}:
        raise RegisterError(_("There is no such criterion in this case."))
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    same = case.evidence.filter(criterion=criterion, sha256=digest.hexdigest(), removed_at=None).first()
    if same:
        return same
    workflow.move(
        case,
        "edit",
        by=by,
        details={"evidence": checked.name, "criterion": criterion, "sha256": digest.hexdigest()},
        now=now,
    )
    return Evidence.objects.create(
        case=case, criterion=criterion, file=upload, name=checked.name, media_type=checked.media_type,
        size=upload.size, sha256=digest.hexdigest(), added_by=by, added_at=now,
    )  # fmt: skip


@logged_when_refused
def remove_evidence(*, case_id: int, by: User, evidence_id: int, now: datetime | None = None) -> None:
    """Take a file out of a draft. The row stays, with the day it was removed."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    item = case.evidence.filter(pk=evidence_id, removed_at=None).first()
    if item is None:
        raise Conflict(_("That file has been removed already."))
    workflow.move(case, "edit", by=by, details={"removed": item.name, "sha256": item.sha256}, now=now)
    item.removed_at = now
    item.save(update_fields=["removed_at"])
