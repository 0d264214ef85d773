"""Giving notice of what the authority means to decide, and dropping it; and what one person completes by an exemption."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.casework import asking, clock, kinds, workflow
from registry.casework.guards import criteria_of
from registry.casework.models import Case, Exemption, InformationRequest, RequestItem
from registry.casework.services.asking import keep, request_of, rolled, told_of
from registry.casework.services.common import logged_when_refused, role_of_last_act
from registry.casework.services.submitting import freeze
from registry.errors import RegisterError, RuleViolations
from registry.framework import current
from registry.framework.profile import text
from registry.people.models import User


@logged_when_refused
def give_notice(
    *, case_id: int, by: User, due_on: date | None = None, expected_revision: int | None = None,
    now: datetime | None = None,
) -> InformationRequest:  # fmt: skip
    """Tell the body what the authority means to decide and on which grounds; it may reply to each of them (P9).

    `due_on`: the last day for a reply, where the body gets more time than the law's. Raises RegisterError for less time,
    and for a notice without a ground; RuleViolations with a message for each field that is missing.
    """
    now = now or timezone.now()
    today = current.today(now)
    case = workflow.lock(case_id)
    kind = kinds.get(case.kind)
    if not kind.has("give_notice"):
        raise RegisterError(_("A body is given no notice of a case of this kind."))
    workflow.check_state(case, kind.transition("give_notice"))
    case.profile = current.version_on(today).id
    case.submitted_at = now
    case.level = (kind.level(case) if kind.level else None) or ""
    if broken := [v for v in kind.check(case, "submit") if v.severity == "error"]:
        raise RuleViolations(broken)
    request, items = _questions(case, asked_by=by, due_on=_reply_by(case, due_on, today), now=now)
    case.assigned_to = by
    kept = freeze(case, by=by, now=now)
    workflow.move(
        case, "give_notice", by=by, expected_revision=expected_revision,
        details={**told_of(request, items), "submission": kept.number, "sha256": kept.sha256},
        tell={"items": lambda: asking.listed(case, items)}, now=now,
    )  # fmt: skip
    kept.save()
    return keep(request, items)


def open_submissions(*, case: Case, by: User | None, asked_by: User, now: datetime) -> InformationRequest:
    """Open an interim decision to the body's submissions, ground by ground, in the transaction of that decision or of its
    release (rule 17). `by` is None for the clock; `asked_by` made the decision."""
    due_on = _reply_by(case, None, current.today(now))
    request, items = _questions(case, asked_by=asked_by, due_on=due_on, now=now)
    workflow.move(
        case, "open_submissions", by=by, details=told_of(request, items),
        tell={"items": lambda: asking.listed(case, items)}, now=now,
    )  # fmt: skip
    return keep(request, items)


def _questions(
    case: Case, *, asked_by: User, due_on: date, now: datetime
) -> tuple[InformationRequest, list[RequestItem]]:
    """The request that a body replies to, and its questions; not saved. Raises RegisterError where there is no ground."""
    items = _grounds(case, due_on)
    if not items:
        raise RegisterError(_("Name at least one ground: the body replies to it."))
    return request_of(case, by=asked_by, due_on=due_on, now=now), items


def _reply_by(case: Case, asked: date | None, today: date) -> date:
    """The last day for a reply: the law's, or a later one."""
    least = clock.deadline(case, "right_of_reply", today)
    if asked is None:
        return least
    if asked < least:
        raise RegisterError(_("The body has until %(day)s to reply, or longer.") % {"day": least.isoformat()})
    return rolled(asked)


def _grounds(case: Case, due_on: date) -> list[RequestItem]:
    """One question for each ground: what is held against the body, to be answered or judged on what is there."""
    language = get_language() or "en"
    return [
        RequestItem(
            position=position, criterion=ground.id, kind=RequestItem.Kind.CLARIFY, question=text(ground.guidance, language),
            unanswered=RequestItem.Unanswered.JUDGED, due_on=due_on,
        )
        for position, ground in enumerate(criteria_of(case), start=1)
    ]  # fmt: skip


@logged_when_refused
def complete(*, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None) -> Exemption:
    """Complete a case that needs no second person, and keep what allows that (`CaseKind.alone`). What it says is frozen with
    its digest, as what is handed in is.

    Raises RuleViolations for what is missing, NotAllowed where a guard finds that it is not of the sort that is exempt.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    kind = kinds.get(case.kind)
    if not kind.has("complete") or kind.alone is None:
        raise RegisterError(_("A case of this kind is decided by a second person."))
    workflow.check_state(case, kind.transition("complete"))
    case.profile = case.profile or current.version_on(current.today(now)).id
    case.submitted_at, case.decided_at = now, now
    if broken := [v for v in kind.check(case, "submit") if v.severity == "error"]:
        raise RuleViolations(broken)
    ground, instrument = Exemption.Ground(kind.alone.ground), kind.alone.instrument(case)
    kept = freeze(case, by=by, now=now)
    told = {
        "exemption": ground.value, "instrument": instrument, "submission": kept.number, "sha256": kept.sha256,
    }  # fmt: skip
    workflow.move(case, "complete", by=by, expected_revision=expected_revision, details=told, now=now)
    kept.save()
    exemption = Exemption.objects.create(
        case=case, ground=ground, instrument=instrument, completed_by=by, role=role_of_last_act(case), recorded_at=now
    )
    kind.effect(case=case, decisions=[], by=by, now=now)
    return exemption
