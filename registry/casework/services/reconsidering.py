"""A decision is looked at again: asked for, admitted with or without a stay, recommended on and decided (section 4.8 of the
domain specification).

Locks are taken in one order: the reconsideration, the case that was decided, the rows of the register, the journal.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry import audit
from registry.casework import fees, kinds, workflow
from registry.casework.guards import delegation_covers
from registry.casework.kinds import Redress, Sentence
from registry.casework.models import Case, Decision, Fee, Outcome, Reconsideration
from registry.casework.models.reconsidering import Reconsideration as Record
from registry.casework.services import deciding, evaluating, releasing
from registry.casework.services.common import logged_when_refused, open_case, role_of_last_act, said
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.people import roles
from registry.people.models import User

RECONSIDERATION = "reconsideration"
MATTER = "reconsideration"
WITHDRAWN = "withdrawn"
Result = Record.Result
# The states of one that does not stand in the way of another.
NOT_ASKED = ("draft", "withdrawn")
EFFECTS = {
    "stay": gettext_lazy("The decision has no effect until the reconsideration is decided."),
    "no_stay": gettext_lazy("The decision stays in force until the reconsideration is decided."),
}


# -- what is looked at again -------------------------------------------------------------------------------------------


def decisions_of(record: Reconsideration) -> list[Decision]:
    """The decisions that are looked at again."""
    return list(record.case.reconsiders.decisions.filter(stage=record.stage).order_by("pk"))


def last_stage(case: Case) -> int | None:
    return case.decisions.order_by("stage").values_list("stage", flat=True).last()


def redress_of(record: Reconsideration) -> Redress:
    return kinds.get(record.case.reconsiders.kind).redress or Redress()


def is_granted(record: Reconsideration) -> bool:
    """Whether something was granted, or was decided that has an effect as a grant has (`Redress.refusals`)."""
    return redress_of(record).refusals or any(Outcome.grants(decision.outcome) for decision in decisions_of(record))


def waits(record: Reconsideration) -> bool:
    """Whether what was decided is not public yet."""
    return record.case.reconsiders.releases.filter(stage=record.stage, released_at=None).exists()


def may_be_stayed(record: Reconsideration) -> bool:
    """Whether the decision has an effect that can be held up: one that is public, or waits to be."""
    return is_granted(record) and (waits(record) or redress_of(record).stay is not None)


def possible(record: Reconsideration) -> list[str]:
    """The outcomes that the reconsideration may have: what was granted is set aside or varied as its kind knows how to, a
    refusal is remitted. What was granted is remitted where it can be granted anew in the same case (`Redress.remits`)."""
    redress, granted, held = redress_of(record), is_granted(record), waits(record)
    undone = granted and (held or redress.set_aside is not None)
    return [
        result
        for result, may in (
            (Result.UPHELD, True),
            (Result.VARIED, granted and not held and redress.vary is not None),
            (Result.SET_ASIDE, undone),
            (Result.REMITTED, not granted or (undone and not held and redress.remits)),
        )
        if may
    ]


def row(record: Reconsideration) -> dict[str, Any]:
    """What the public record says of it, besides which decision it is about; see `registry.content.redress`."""
    outcome = record.result or (WITHDRAWN if record.case.state == WITHDRAWN else "")
    told = {
        "lodged_on": timezone.localdate(record.case.submitted_at).isoformat(),
        "effect": "stay" if record.stayed else "no_stay",
        "effect_from": record.admitted_on.isoformat(),
        "decided_on": record.ended_on.isoformat() if record.ended_on else None, "outcome": outcome,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def standing(decided: Case, stage: int | None) -> Any:
    """The reconsiderations of these decisions that were handed in, and not taken back: there is one at most."""
    asked = Reconsideration.objects.filter(case__reconsiders=decided, stage=stage)
    return asked.exclude(case__state__in=NOT_ASKED).select_related("case")


def may_be_asked(decided: Case) -> bool:
    """Whether the last decision of a case has not been looked at again yet."""
    return not standing(decided, last_stage(decided)).exists()


# -- asked for ---------------------------------------------------------------------------------------------------------


def begin(*, about: str, by: User, now: datetime | None = None) -> Case:
    """Open the draft in which a body asks for the last decision of a case to be looked at again. `about`: its reference.

    It may be begun as long as the decision stands; whether it is in time is asked when it is handed in. Raises NotAllowed
    for whoever does not act for the body; Conflict where nothing was decided that could be looked at again.
    """
    now = now or timezone.now()
    decided = Case.objects.select_related("organisation").filter(reference=about).first()
    role = roles.role_in(by, decided.organisation) if decided is not None and _known_to_its_body(decided) else None
    if decided is None or role is None:
        raise NotAllowed(_("Your role does not allow this."))
    kind = kinds.get(decided.kind)
    if not kind.has("ask_reconsideration"):
        raise Conflict(_("A decision of this kind is not reconsidered."))
    workflow.check_state(decided, kind.transition("ask_reconsideration"))
    if not _told(decided):
        raise NotAllowed(_("Your role does not allow this."))
    case = open_case(
        kind=RECONSIDERATION, organisation=decided.organisation, by=by, role=role, reconsiders=decided, now=now
    )
    numbers = ", ".join(decided.decisions.filter(stage=last_stage(decided)).values_list("number", flat=True))
    case.title = f"{numbers} · {decided.title or decided.reference}"
    case.save(update_fields=["title"])
    Reconsideration.objects.create(case=case, stage=last_stage(decided))
    return case


def _told(decided: Case) -> bool:
    return decided.letters.filter(kind="decision").exists()


def _known_to_its_body(decided: Case) -> bool:
    """What the authority prepared about a body that has had no letter of it is answered as what there is not."""
    return _told(decided) or Case.objects.of_organisations([decided.organisation_id]).filter(pk=decided.pk).exists()


@logged_when_refused
def save(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> Case:  # fmt: skip
    """Keep the grounds of a draft: for each its `statement`, and where it was `raised` before."""
    case = workflow.lock(case_id)
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, now=now)
    record = case.reconsideration
    record.grounds = {
        ground: {name: (values.get(f"{name}_{ground}") or "").strip() for name in ("statement", "raised")}
        for ground in Record.Ground.values
    }
    record.save(update_fields=["grounds"])
    return case


def lodged(*, case: Case, by: User | None, details: Mapping[str, Any], now: datetime) -> None:
    """It has been handed in: the decided case says so too, if its window is open and nobody was first.

    Raises Conflict where the decision was looked at already, or is no longer the last one of its case.
    """
    record, decided = case.reconsideration, _lock_decided(case)
    if other := standing(decided, record.stage).exclude(case=case).first():
        raise Conflict(
            _("A reconsideration of this decision was asked for already: %(reference)s.")
            % {"reference": other.case.reference}
        )
    if last_stage(decided) != record.stage:
        raise Conflict(_("The case has been decided again since: ask about that decision."))
    reason = "\n\n".join(ground["statement"] for _code, ground in record.alleged())
    told = {"reconsideration": case.reference, "reason": reason}
    workflow.move(decided, "ask_reconsideration", by=by, details=told, now=now)


# -- admitted, or not --------------------------------------------------------------------------------------------------


@logged_when_refused
def admit(
    *, case_id: int, by: User, to: User, stay: bool | None, reason: str, expected_revision: int | None = None,
    now: datetime | None = None,
) -> Case:  # fmt: skip
    """Admit it: a reviewer without a part in the decision looks at it again; whether the decision is stayed meanwhile is
    stated with a reason, and holds at once.

    Raises RegisterError where that is not stated, or where nothing can be stayed; NotAllowed for whoever took part in the
    decision, as who admits it or as its reviewer.
    """
    now = now or timezone.now()
    today = current.today(now)
    if stay is None:
        raise RegisterError(_("State whether the decision is stayed."))
    reason = said(reason, _("Say why the decision is stayed, or is not."))
    case = workflow.lock(case_id)
    workflow.check_state(case, kinds.get(case.kind).transition("admit"))
    record = case.reconsideration
    _lock_decided(case)
    if stay and not may_be_stayed(record):
        raise RegisterError(_("What was decided has no effect that could be stayed."))
    if stay and "decision_maker" not in roles.staff_roles(by):
        raise NotAllowed(_("That a decision has no effect meanwhile is stated by a decision maker."))
    if stay and (refusal := delegation_covers(case, by, today)):
        raise NotAllowed(refusal)
    evaluating.check_evaluator(case, to, now=now)
    case.assigned_to = to
    details = {"effect": "stay" if stay else "no_stay", "reason": reason, "assigned_to": str(to.person_id)}
    workflow.move(
        case, "admit", by=by, expected_revision=expected_revision, details=details,
        tell={"stay": lambda: str(EFFECTS[details["effect"]])}, now=now,
    )  # fmt: skip
    record.admitted_on, record.stayed, record.stay_reason = today, stay, reason
    record.save(update_fields=["admitted_on", "stayed", "stay_reason"])
    if stay:
        _run(record, "stay", reference=case.reference, now=now)
    _tell(record, reference=case.reference, now=now)
    return case


@logged_when_refused
def reject(
    *, case_id: int, by: User, why: str, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Do not admit it, with a reason: it came too late (`out_of_time`), or names no ground that counts (`no_ground`)."""
    now = now or timezone.now()
    if why not in ("out_of_time", "no_ground"):
        raise RegisterError(_("Say whether it came too late, or names no ground."))
    reason = said(reason, _("Give a reason: the body reads it."))
    case = workflow.lock(case_id)
    case.decided_at = now
    workflow.move(
        case, f"reject_{why}", by=by, expected_revision=expected_revision, details={"reason": reason}, now=now
    )
    return case


def taken_back(*, case: Case, by: User | None, details: Mapping[str, Any], now: datetime) -> None:
    """The body has taken it back: a stay ends with it, and the public record says so."""
    record = case.reconsideration
    if record.admitted_on is None:
        return
    _lock_decided(case)
    record.ended_on = current.today(now)
    record.save(update_fields=["ended_on"])
    if record.stayed:
        _run(record, "resume", reference=case.reference, now=now)
    _tell(record, reference=case.reference, now=now)


# -- recommended, and decided ------------------------------------------------------------------------------------------


@logged_when_refused
def recommend(
    *, case_id: int, by: User, result: str, reason: str, terms: Mapping[str, Any] | None = None,
    expected_revision: int | None = None, now: datetime | None = None,
) -> Case:  # fmt: skip
    """The reviewer says what should become of the decision, and on which terms it should hold where it is varied."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    workflow.check_state(case, kinds.get(case.kind).transition("recommend"))
    record = case.reconsideration
    record.proposed, record.proposed_terms = _chosen(record, result, terms)
    record.save(update_fields=["proposed", "proposed_terms"])
    evaluating.recommend(
        case_id=case_id, by=by, outcome=_outcome(result), reason=reason, expected_revision=expected_revision, now=now
    )
    _keep(case, "proposed", record.proposed, record.proposed_terms, by=by, now=now)
    return case


@logged_when_refused
def decide(
    *, case_id: int, by: User, result: str, reason: str, internal_reason: str = "",
    terms: Mapping[str, Any] | None = None, expected_revision: int | None = None, now: datetime | None = None,
) -> list[Decision]:  # fmt: skip
    """Decide what becomes of the decision, from today on; it need not be what the reviewer recommended.

    Raises RegisterError for an outcome that the kind of the decided case does not know, Conflict where another officer
    was first.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    workflow.check_revision(case, expected_revision)
    workflow.check_state(case, kinds.get(case.kind).transition("approve"))
    record = case.reconsideration
    record.result, record.terms = _chosen(record, result, terms)
    record.ended_on = current.today(now)
    record.save(update_fields=["result", "terms", "ended_on"])
    return deciding.decide(
        case_id=case_id, by=by, outcomes={MATTER: _outcome(result)}, reason=reason, internal_reason=internal_reason,
        expected_revision=expected_revision, now=now,
    )  # fmt: skip


def changed(*, case: Case, decisions: Sequence[Decision], by: User, now: datetime) -> list[Sentence]:
    """What follows where the decision does not stand: it is varied, set aside, or the case is decided again."""
    record, decision = case.reconsideration, decisions[0]
    if decision.publish_on > decision.decided_on:
        raise RegisterError(_("A reconsideration is decided with effect from today."))
    if record.result in ("", Result.UPHELD):
        raise RegisterError(_("Say what becomes of the decision."))
    decided = _lock_decided(case)
    told = _carry_out(record, decided, decision, by=by, now=now)
    _refund(case, decision, by=by, now=now)
    return _ended(record, decision, told, by=by, now=now)


def upheld(*, case: Case, decisions: Sequence[Decision], by: User, now: datetime) -> list[Sentence]:
    """What follows where the decision stands: where it was stayed, it has effect again."""
    record, decision = case.reconsideration, decisions[0]
    record.result, record.ended_on = Result.UPHELD, current.today(now)
    record.save(update_fields=["result", "ended_on"])
    _lock_decided(case)
    told = _run(record, "resume", reference=decision.number, now=now) if record.stayed else []
    return _ended(record, decision, told, by=by, now=now)


def _carry_out(
    record: Reconsideration, decided: Case, decision: Decision, *, by: User, now: datetime
) -> list[Sentence]:  # fmt: skip
    if record.result == Result.VARIED:
        terms = read_terms(record, record.terms)
        return _run(record, "vary", reference=decision.number, now=now, terms=terms)
    told = []
    if is_granted(record):
        told = _run(record, "set_aside", reference=decision.number, now=now)
        releasing.call_off(decided, record.stage, now=now)
    if record.result == Result.REMITTED:
        decided.decided_at = None
        workflow.move(decided, "reopen", by=by, details={"reconsideration": record.case.reference}, now=now)
    return told


def _ended(
    record: Reconsideration, decision: Decision, told: list[Sentence], *, by: User, now: datetime
) -> list[Sentence]:  # fmt: skip
    _keep(record.case, "decided", record.result, record.terms, by=by, now=now)
    _tell(record, reference=decision.number, now=now)
    number = ", ".join(d.number for d in decisions_of(record))
    return [lambda: f"{number}: {Result(record.result).label}.", *told]


def _refund(case: Case, decision: Decision, *, by: User, now: datetime) -> None:
    """No fee is owed where the decision is changed (NZQA, EER Rules, rule 10): what was paid is given back."""
    owed = fees.owed(case)
    if owed is None or not case.fees.filter(act=Fee.Act.PAID).exists():
        return
    Fee.objects.create(
        case=case, act=Fee.Act.REFUNDED, amount=owed.amount, currency=owed.currency, reference=decision.number,
        reason=_("The decision was changed."), recorded_by=by, recorded_at=now,
    )  # fmt: skip


# -- what the kind of the decided case does ----------------------------------------------------------------------------


def _lock_decided(case: Case) -> Case:
    """The decided case, locked after its reconsideration, whoever asks."""
    case.reconsiders = workflow.lock(case.reconsiders_id)
    return case.reconsiders


def _run(record: Reconsideration, name: str, *, reference: str, now: datetime, **more: Any) -> list[Sentence]:
    """Have the kind of the decided case do this to its decisions. What is not public yet has no effect to be altered."""
    does = getattr(redress_of(record), name)
    if does is None or waits(record):
        return []
    return does(
        case=record.case.reconsiders, decisions=decisions_of(record), reference=reference, on=current.today(now), now=now,
        **more,
    )  # fmt: skip


def _tell(record: Reconsideration, *, reference: str, now: datetime) -> None:
    """The public record names it, where the decision is public."""
    _run(record, "tell", reference=reference, now=now, row=row(record))


def _chosen(record: Reconsideration, result: str, terms: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The outcome, and the terms where there are some. Raises RegisterError for one that is not possible."""
    if result not in possible(record):
        raise RegisterError(_("Choose one of the outcomes that this decision may have."))
    kept = dict(terms or {}) if result == Result.VARIED else {}
    if result == Result.VARIED:
        read_terms(record, kept)
    return result, kept


def read_terms(record: Reconsideration, terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms as the form of the decided kind reads them. Raises RegisterError for what it cannot read."""
    form_class = redress_of(record).terms_form
    if form_class is None:
        return dict(terms)
    form = form_class(dict(terms), case=record.case.reconsiders)
    if not form.is_valid():
        raise RegisterError(" ".join(message for messages in form.errors.values() for message in messages))
    return {name: value for name, value in form.cleaned_data.items() if name != "revision"}


def _outcome(result: str) -> str:
    return Outcome.DECLINED if result == Result.UPHELD else Outcome.APPROVED


def _keep(case: Case, what: str, result: str, terms: Mapping[str, Any], *, by: User, now: datetime) -> None:
    """In the chain of the case: which outcome was recommended or decided, and on which terms."""
    terms = {
        name: value if isinstance(value, str | int | bool | list | None) else str(value)
        for name, value in terms.items()
    }
    audit.record(
        f"reconsideration:{what}", case_id=case.pk, by=by, role=role_of_last_act(case),
        details={"result": result, "terms": terms}, now=now,
    )  # fmt: skip
