"""The applicant hands a case in, or takes it back."""

import hashlib
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.canonical import canonical
from registry.casework import duplicates, kinds, workflow
from registry.casework.models import Case, Submission
from registry.casework.services.common import logged_when_refused
from registry.errors import Conflict, RuleViolations
from registry.framework import current
from registry.people.models import User


@logged_when_refused
def submit(*, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None) -> Case:
    """Hand the case to the authority, judged by the law of this day; what was handed in is frozen with its digest.

    The same thing handed in once more (a double click, a request sent again) gets the receipt that it has already (edge
    case 28). Raises RuleViolations with a message for each field; the draft is kept as it is. A rule that may be waived
    does not keep it here: it holds the decision, until it is waived.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    case_kind = kinds.get(case.kind)
    if case.state == "submitted" and workflow.may(case, "submit", by) and _handed_in(case) == _digest(case):
        return case
    case.profile = case.profile or current.version_on(current.today(now)).id
    case.submitted_at = case.submitted_at or now
    case.level = (case_kind.level(case) if case_kind.level else None) or ""
    workflow.check_state(case, case_kind.transition("submit"))
    violations = case_kind.check(case, "submit")
    if any(v.severity == "error" and not v.waivable for v in violations):
        raise RuleViolations(violations)
    kept = freeze(case, by=by, now=now)
    case.answer_by = case.lapse_proposed_on = None
    workflow.move(
        case, "submit", by=by, expected_revision=expected_revision,
        details={"profile": case.profile, "submission": kept.number, "sha256": kept.sha256},
        tell={"digest": kept.sha256[:16]}, now=now,
    )  # fmt: skip
    kept.save()
    if case_kind.alike:
        duplicates.keep_on_submission(case, now=now)
    return case


def freeze(case: Case, *, by: User, now: datetime) -> Submission:
    """What the case says now, to be kept with its digest; not saved yet."""
    return Submission(
        case=case, number=case.submissions.count() + 1, content=_content(case), sha256=_digest(case),
        profile=case.profile, submitted_by=by, recorded_at=now,
    )  # fmt: skip


def _content(case: Case) -> dict[str, Any]:
    """What is handed in: what the kind of case says, and each file of its evidence by its digest."""
    content = kinds.get(case.kind).content
    files = case.evidence.filter(removed_at=None).order_by("pk").values("criterion", "name", "size", "sha256")
    return {"title": case.title, "content": dict(content(case)) if content else {}, "evidence": list(files)}


def _digest(case: Case) -> str:
    return hashlib.sha256(canonical(_content(case))).hexdigest()


def _handed_in(case: Case) -> str | None:
    return case.submissions.values_list("sha256", flat=True).last()


@logged_when_refused
def withdraw(*, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None) -> Case:
    """The applicant takes the case back before it is decided; it is kept, with all that was recorded (edge case 29)."""
    return workflow.move(workflow.lock(case_id), "withdraw", by=by, expected_revision=expected_revision, now=now)


@logged_when_refused
def adopt_law(*, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None) -> Case:
    """The applicant chooses to be judged by the law in force now, and no longer by that of the submission (edge case 26).

    Raises Conflict where the law has not changed since.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    present = current.version_on(current.today(now)).id
    if case.profile == present:
        raise Conflict(_("It is judged by the law in force now already."))
    details = {"profile": present, "before": case.profile}
    case.profile = present
    return workflow.move(case, "adopt_law", by=by, expected_revision=expected_revision, details=details, now=now)
