"""Files as evidence: kept for a criterion, or in answer to a question; never altered, and taken out of drafts alone."""

from datetime import date, datetime
from functools import partial

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import audit
from registry.casework import evidence as files
from registry.casework import notices, scanning, workflow
from registry.casework.guards import criteria_of
from registry.casework.models import Case, Decision, Evidence
from registry.casework.services.asking import item_to_answer
from registry.casework.services.common import check_criterion, logged_when_refused
from registry.errors import Conflict, RegisterError
from registry.people import roles
from registry.people.models import User


@logged_when_refused
def attach(
    *, case_id: int, by: User, criterion: str = "", upload: UploadedFile, item_id: int | None = None,
    dated_on: date | None = None, now: datetime | None = None,
) -> Evidence:  # fmt: skip
    """Keep a file as evidence for a criterion of a draft, or in answer to an item of an information request.

    The same file sent twice for the same thing is recognised, and kept once; for another it is kept again, and
    `Evidence.objects.same_as` tells where it is (edge case 40). Raises RegisterError, naming the limit, for a file that is
    empty, too large, of a type not accepted, or whose content is not what its name says, and where the case is full;
    Conflict for a question whose request is closed.

    `dated_on`: the day that the file is of, which a reconsideration asks for: only what existed when the decision was made
    counts in it (section 4.8).
    """
    now = now or timezone.now()
    checked = files.inspect(upload)
    case = workflow.lock(case_id)
    item = item_to_answer(case, item_id) if item_id is not None else None
    criterion = item.criterion if item else criterion
    check_criterion(criterion, criteria_of(case))
    _check_day(case, dated_on)
    same = case.evidence.kept().filter(criterion=criterion, item=item, sha256=checked.sha256).first()
    if same:
        return same
    _check_room(case, upload.size)
    details = {"evidence": checked.name, "criterion": criterion, "sha256": checked.sha256}
    workflow.move(case, "answer" if item else "edit", by=by, details=details, now=now)
    if settings.CLAMD_ADDRESS:
        transaction.on_commit(partial(notices.wake, scanning.SCAN))
    return Evidence.objects.create(
        case=case, criterion=criterion, item=item, file=upload, name=checked.name, media_type=checked.media_type,
        size=upload.size, sha256=checked.sha256, dated_on=dated_on, added_by=by, added_at=now,
        scan=files.first_state(),
    )  # fmt: skip


def _check_day(case: Case, dated_on: date | None) -> None:
    """Raise RegisterError where a file in a reconsideration is of no day, or of one after the decision."""
    if case.reconsiders_id is None:
        return
    if dated_on is None:
        raise RegisterError(_("Give the day that the file is of."))
    stage = case.reconsideration.stage
    decided_on = (
        Decision.objects.filter(case=case.reconsiders_id, stage=stage).values_list("decided_on", flat=True).first()
    )
    if decided_on and dated_on > decided_on:
        raise RegisterError(
            _("Only what existed when it was decided counts: the decision is of %(decided)s, this file of %(day)s.")
            % {"decided": decided_on.isoformat(), "day": dated_on.isoformat()}
        )


def _check_room(case: Case, size: int) -> None:
    """Raise RegisterError where the case has as many files, or as many bytes, as it may. Removed files stay on the disk:
    their bytes count."""
    count, held = case.evidence.held()
    if count >= settings.EVIDENCE_MAX_FILES:
        raise RegisterError(
            _("This case has %(limit)d files, and may have no more.") % {"limit": settings.EVIDENCE_MAX_FILES}
        )
    if held + size > settings.EVIDENCE_MAX_CASE_BYTES:
        raise RegisterError(
            _("All files of a case together may have %(limit)s, with those that were removed.")
            % {"limit": filesizeformat(settings.EVIDENCE_MAX_CASE_BYTES)}
        )


@logged_when_refused
def remove_evidence(*, case_id: int, by: User, evidence_id: int, now: datetime | None = None) -> None:
    """Take a file out of a draft. The row stays, with the day it was removed."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    item = case.evidence.kept().filter(pk=evidence_id).first()
    if item is None:
        raise Conflict(_("That file has been removed already."))
    workflow.move(case, "edit", by=by, details={"removed": item.name, "sha256": item.sha256}, now=now)
    item.removed_at = now
    item.save(update_fields=["removed_at"])


def log_reading(*, item: Evidence, by: User, now: datetime | None = None) -> None:
    """Keep in the chain of the case that an officer opens a file. What applicants read of their own is not watched."""
    acting = sorted(roles.staff_roles(by) & roles.CASE_READERS)
    if not acting:
        return
    with transaction.atomic():
        workflow.lock(item.case_id)
        details = {"file": item.pk, "evidence": item.name, "sha256": item.sha256}
        audit.record("evidence:read", case_id=item.case_id, by=by, role=acting[0], details=details, now=now)
