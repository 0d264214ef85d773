"""A decision maker decides; where that is backdated, a second one confirms. What is granted is published, or waits."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.casework import kinds, letters, workflow
from registry.casework.models import (
    Case,
    Condition,
    ConditionMet,
    Decision,
    DecisionDraft,
    Outcome,
    Part,
    Release,
    Waiver,
)
from registry.casework.models.deciding import Backdating
from registry.casework.services.common import logged_when_refused, role_of_last_act, said, version_of
from registry.casework.services.conditions import read_conditions
from registry.casework.services.releasing import publish_now, rehearse
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations, Violation
from registry.framework import current
from registry.numbers import allot
from registry.people.models import User

CONFIRMING = {"approve": "confirm", "approve_with_conditions": "confirm_with_conditions"}
# Which transition a decision is, by what any of its matters gets; the first of these that one of them gets.
VERBS = {
    Outcome.CHANGE_REQUIRED: "require_change",
    Outcome.APPROVED_WITH_CONDITIONS: "approve_with_conditions",
    Outcome.APPROVED: "approve",
}


def broken_rules(case: Case) -> list[Violation]:
    """The rules that stand against a decision to approve and publish this case; what was waived for it is left out."""
    check = kinds.get(case.kind).check
    broken = {v.rule: v for stage in ("approve", "publish") for v in check(case, stage)}
    waived = set(case.waivers.values_list("rule", flat=True))
    return sorted((v for v in broken.values() if v.rule not in waived), key=lambda v: v.severity != "error")


@logged_when_refused
def waive(
    *, case_id: int, by: User, rule: str, reason: str, instrument: str, expected_revision: int | None = None,
    now: datetime | None = None,
) -> Waiver:  # fmt: skip
    """Let one rule not hold this case, with the reason and the instrument that allows it; it is never taken back.

    The role alone permits it: whoever waives may decide afterwards, and four eyes watch over that decision. Raises
    RegisterError for a rule that the case's law does not have or does not let anybody waive; NotAllowed for another
    role, and for a person who has declared an interest; Conflict where the rule has been waived already.
    """
    now = now or timezone.now()
    said(reason, _("Say why the rule is waived."))
    said(instrument, _("Name the instrument that allows the waiver: a law, a rule or a delegation."))
    case = workflow.lock(case_id)
    known = version_of(case).rule(rule)
    if known is None or not known.waivable:
        raise RegisterError(_("The rule %(rule)s cannot be waived.") % {"rule": rule})
    if earlier := case.waivers.filter(rule=rule).select_related("waived_by").first():
        raise Conflict(_("%(person)s has waived %(rule)s already.") % {"person": earlier.waived_by, "rule": rule})
    told = {"rule": rule, "reason": reason, "instrument": instrument}
    workflow.move(case, "waive", by=by, expected_revision=expected_revision, details=told, now=now)
    return Waiver.objects.create(case=case, **told, waived_by=by, role=role_of_last_act(case), recorded_at=now)


@logged_when_refused
def send_back(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Return a recommended case to its evaluator, with a reason. No decision is taken, so nobody is on either side."""
    said(reason, _("Say what the evaluator should look at again."))
    details = {"reason": reason}
    case = workflow.lock(case_id)
    verb = kinds.get(case.kind).verb(case, "send_back")
    return workflow.move(case, verb, by=by, expected_revision=expected_revision, details=details, now=now)


@logged_when_refused
def decide(
    *, case_id: int, by: User, outcomes: Mapping[str, str], reason: str, internal_reason: str = "",
    conditions: Mapping[str, Sequence[Mapping[str, Any]]] | None = None, effective_on: date | None = None,
    publish_on: date | None = None, backdating: str = "", expected_revision: int | None = None,
    now: datetime | None = None,
) -> list[Decision]:  # fmt: skip
    """Decide each matter of the case that is decided now. What is granted is published in this same transaction, or, with
    a later `publish_on`, waits until the beginning of that day: until then it is public nowhere.

    `conditions` are given by matter. A decision that takes effect before today needs a `backdating` reason, and is only
    drafted, as is one of a kind of which each grant has two approvers: it comes into being when a second one confirms it,
    and nothing is returned. Raises RegisterError for
    what is missing or does not go together; NotAllowed by four eyes, an interest or a delegation; RuleViolations;
    Conflict, naming who decided, where another officer was first.
    """
    now = now or timezone.now()
    today = current.today(now)
    effective_on = effective_on or today
    content = _Content(
        outcomes=dict(outcomes), reason=reason, internal_reason=internal_reason, conditions=dict(conditions or {}),
        effective_on=effective_on, publish_on=publish_on or max(effective_on, today), backdating=backdating,
    )  # fmt: skip
    case = workflow.lock(case_id)
    # Whoever comes second is told of that, and not of what the stage that has come since would ask.
    workflow.check_revision(case, expected_revision)
    content.check(case, today)
    verb = content.verb(case)
    _check_may_decide(case, verb, by)
    workflow.check_state(case, kinds.get(case.kind).transition(verb))
    _check_rules(case, content)
    if effective_on < today or verb == "propose_decision":
        return _draft(case, content, by=by, now=now)
    return _record(case, content, verb, by=by, part=Part.Name.DECIDED, now=now)


class _Content:
    """What a decision says, as it is kept while a second approver looks at it."""

    def __init__(
        self, *, outcomes: dict[str, str], reason: str, internal_reason: str, conditions: dict[str, Any],
        effective_on: date, publish_on: date, backdating: str,
    ):  # fmt: skip
        self.outcomes, self.reason, self.internal_reason = outcomes, reason, internal_reason
        self.conditions, self.backdating = conditions, backdating
        self.effective_on, self.publish_on = effective_on, publish_on

    @property
    def grants(self) -> bool:
        return any(Outcome.grants(outcome) for outcome in self.outcomes.values())

    def check(self, case: Case, today: date) -> None:
        kind = kinds.get(case.kind)
        said(self.reason, _("Give the reason for the decision: it is sent to the applicant."))
        if set(self.outcomes) != set(kind.decided_in(case)) or not set(self.outcomes.values()) <= set(Outcome.values):
            raise RegisterError(_("Decide every matter: approve or decline each."))
        if Outcome.APPROVED_WITH_CONDITIONS in self.outcomes.values() and not kind.has("approve_with_conditions"):
            raise RegisterError(_("A case of this kind is approved or declined, without conditions."))
        if Outcome.CHANGE_REQUIRED in self.outcomes.values() and not kind.has("require_change"):
            raise RegisterError(_("Only a review asks for a change."))
        self.conditions = {m: read_conditions(self.conditions.get(m, ()), o) for m, o in self.outcomes.items()}
        if self.publish_on < today:
            raise RegisterError(_("It becomes public today or on a later day."))
        if self.publish_on < self.effective_on:
            raise RegisterError(_("It takes effect on or before the day on which it becomes public."))
        if self.effective_on < today:
            self._check_backdating(kind)
        elif self.backdating:
            raise RegisterError(_("It takes effect today or later: there is nothing to backdate."))

    def _check_backdating(self, kind: kinds.CaseKind) -> None:
        if not self.grants or not kind.has("propose_decision"):
            raise RegisterError(_("The decision takes effect on the day it is made, or on a later one."))
        if self.backdating not in Backdating.values:
            raise RegisterError(_("It takes effect before today: choose why. A second approver must then confirm it."))

    def verb(self, case: Case, *, confirmed: bool = False) -> str:
        """The transition that it is: by the best that any matter gets, and by the stage of the case."""
        kind, outcomes = kinds.get(case.kind), set(self.outcomes.values())
        verb = next((verb for outcome, verb in VERBS.items() if outcome in outcomes), "decline")
        if kind.leading and self.outcomes.get(kind.leading) == Outcome.DECLINED:
            verb = "decline"
        verb = CONFIRMING[verb] if confirmed else verb
        return kind.verb(case, verb)

    def kept(self) -> dict[str, Any]:
        return {
            "outcomes": self.outcomes, "reason": self.reason, "internal_reason": self.internal_reason,
            "conditions": self.conditions, "backdating": self.backdating,
            "effective_on": self.effective_on.isoformat(), "publish_on": self.publish_on.isoformat(),
        }  # fmt: skip

    @classmethod
    def of(cls, draft: DecisionDraft, today: date) -> "_Content":
        """As it was drafted; what was to be public meanwhile becomes so on the day of its confirmation."""
        days = {name: date.fromisoformat(draft.content[name]) for name in ("effective_on", "publish_on")}
        days["publish_on"] = max(days["publish_on"], today)
        return cls(**draft.content | days)


def _check_may_decide(case: Case, verb: str, by: User) -> None:
    # The role is asked before the part is taken, so that a stranger is told about the role and not about four eyes.
    if not workflow.may(case, verb, by):
        raise NotAllowed(_("Your role does not allow this."))


def _check_rules(case: Case, content: _Content) -> None:
    if content.grants:
        violations = [v for v in broken_rules(case) if v.severity == "error"]
        if violations:
            raise RuleViolations(violations)


def _draft(case: Case, content: _Content, *, by: User, now: datetime) -> list[Decision]:
    """Keep the decision for a second approver. It is none yet."""
    workflow.move(case, "propose_decision", by=by, details={"draft": content.kept()}, now=now)
    part = Part.objects.get(case=case, person=by, part=Part.Name.DECIDED)
    DecisionDraft.objects.create(case=case, content=content.kept(), drafted_by=by, part=part, recorded_at=now)
    return []


@logged_when_refused
def confirm(
    *, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None
) -> list[Decision]:
    """The second approver confirms a drafted decision, which comes into being by it.

    Raises NotAllowed for whoever drafted it, and Conflict where the case was withdrawn or the draft returned meanwhile.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    draft = case.decision_drafts.select_related("drafted_by", "part").last()
    if draft is None:
        raise Conflict(_("There is no drafted decision to confirm."))
    content = _Content.of(draft, current.today(now))
    verb = content.verb(case, confirmed=True)
    _check_may_decide(case, verb, by)
    workflow.check_state(case, kinds.get(case.kind).transition(verb))
    workflow.check_revision(case, expected_revision)
    if draft.drafted_by_id == by.pk:
        raise NotAllowed(_("You drafted this decision: a second approver confirms it."))
    _check_rules(case, content)
    return _record(case, content, verb, by=by, part=Part.Name.CONFIRMED, draft=draft, now=now)


@logged_when_refused
def return_decision(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """The second approver does not confirm: the case is recommended again, and the draft is kept."""
    details = {"reason": said(reason, _("Say why you do not confirm it."))}
    case = workflow.lock(case_id)
    return workflow.move(case, "return_decision", by=by, expected_revision=expected_revision, details=details, now=now)


def _record(
    case: Case, content: _Content, verb: str, *, by: User, part: str, now: datetime, draft: DecisionDraft | None = None
) -> list[Decision]:
    """Write the decisions, publish what they grant or let it wait, and owe the applicant the letter."""
    kind, today = kinds.get(case.kind), current.today(now)
    stage = 1 + max(case.decisions.values_list("stage", flat=True), default=0)
    numbers = allot(f"D-{today.year}", len(content.outcomes))
    if kind.ends_in(kind.transition(verb).target):
        case.decided_at = now
    matters = kind.decided_in(case)
    workflow.move(case, verb, by=by, details=_hashed(content, numbers), now=now)
    taken = Part.objects.get(case=case, person=by, part=part)
    who = {"decided_by": by, "part": taken}
    if draft:
        who = {
            "decided_by": draft.drafted_by, "part": draft.part, "confirmed_by": by, "confirming_part": taken,
        }  # fmt: skip
    decisions = []
    for number, (matter, outcome) in zip(numbers, content.outcomes.items(), strict=True):
        decision = Decision.objects.create(
            case=case, matter=matter, stage=stage, number=number, outcome=outcome, reason=content.reason,
            internal_reason=content.internal_reason, decided_on=today, effective_on=content.effective_on,
            publish_on=content.publish_on, backdating=content.backdating, recorded_at=now, **who,
        )  # fmt: skip
        for position, row in enumerate(content.conditions.get(matter, ()), start=1):
            Condition.objects.create(
                decision=decision,
                position=position,
                text=row["text"],
                owner=row["owner"],
                due_on=date.fromisoformat(row["due_on"]),
            )
        decisions.append(decision)
    waits = content.grants and content.publish_on > today
    published = []
    if waits:
        rehearse(case, decisions, by=by, on=content.publish_on)
        if kind.freeze:
            kind.freeze(case, content.effective_on)
        Release.objects.create(case=case, stage=stage, publish_on=content.publish_on)
    elif content.grants:
        published = publish_now(case, decisions, by=by, now=now)
    elif kind.declined:
        published = kind.declined(case=case, decisions=decisions, by=by, now=now)
    letters.send(case, decisions, matters=matters, published=published, held=waits, now=now)
    return decisions


def _hashed(content: _Content, numbers: Sequence[str]) -> dict[str, Any]:
    """The decision as its event holds it, and so the chain of hashes."""
    decisions = [
        {
            "number": number, "matter": matter, "outcome": outcome, "effective_on": content.effective_on.isoformat(),
            "publish_on": content.publish_on.isoformat(), "conditions": content.conditions.get(matter, []),
        }
        for number, (matter, outcome) in zip(numbers, content.outcomes.items(), strict=True)
    ]  # fmt: skip
    return {
        "decisions": decisions, "reason": content.reason, "internal_reason": content.internal_reason,
        "backdating": content.backdating, "conditions": [row for rows in content.conditions.values() for row in rows],
    }  # fmt: skip


@logged_when_refused
def meet_condition(
    *, case_id: int, by: User, condition_id: int, reason: str, met_on: date | None = None, now: datetime | None = None
) -> ConditionMet:
    """Record that a condition of the decision is met, on what ground. Raises Conflict where that has been recorded."""
    now = now or timezone.now()
    reason = said(reason, _("Say how the condition was met."))
    case = workflow.lock(case_id)
    condition = Condition.objects.filter(decision__case=case, pk=condition_id).select_related("decision").first()
    if condition is None:
        raise RegisterError(_("There is no such condition in this case."))
    if ConditionMet.objects.filter(condition=condition).exists():
        raise Conflict(_("A colleague has recorded already that it is met."))
    day = met_on or current.today(now)
    if not condition.decision.decided_on <= day <= current.today(now):
        raise RegisterError(_("A condition is met between the day of its decision and today."))
    details = {
        "decision": condition.decision.number,
        "condition": condition.text,
        "reason": reason,
        "met_on": day.isoformat(),
    }
    workflow.move(case, "meet_condition", by=by, details=details, now=now)
    met = ConditionMet.objects.create(condition=condition, met_on=day, reason=reason, recorded_by=by, recorded_at=now)
    if kinds.get(case.kind).condition_met:
        kinds.get(case.kind).condition_met(condition, now=now)
    return met
