"""Files as evidence: kept for a criterion, or in answer to a question; never altered, and taken out of drafts alone."""

import hashlib
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.casework import evidence as files
from registry.casework import workflow
from registry.casework.guards import criteria_of
from registry.casework.models import Evidence, RequestItem
from registry.casework.services.common import check_criterion, logged_when_refused
from registry.errors import Conflict, RegisterError
from registry.people.models import User


@logged_when_refused
def attach(
    *, case_id: int, by: User, criterion: str = "", upload: UploadedFile, item_id: int | None = None,
    now: datetime | None = None,
) -> Evidence:  # fmt: skip
    """Keep a file as evidence for a criterion of a draft, or in answer to an item of an information request.

    The same file sent twice for the same thing is recognised, and kept once. Raises RegisterError, naming the limit, for
    a file that is empty, too large, of a type not accepted, or whose content is not what its name says.
    """
    now = now or timezone.now()
    checked = files.inspect(upload)
    case = workflow.lock(case_id)
    item = None
    if item_id is not None:
        item = RequestItem.objects.filter(request__case=case, pk=item_id).first()
        if item is None:
            raise RegisterError(_("There is no such question in this case."))
        criterion = item.criterion
    check_criterion(criterion, criteria_of(case))
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    same = case.evidence.filter(criterion=criterion, item=item, sha256=digest.hexdigest(), removed_at=None).first()
    if same:
        return same
    details = {"evidence": checked.name, "criterion": criterion, "sha256": digest.hexdigest()}
    workflow.move(case, "answer" if item else "edit", by=by, details=details, now=now)
    return Evidence.objects.create(
        case=case, criterion=criterion, item=item, file=upload, name=checked.name, media_type=checked.media_type,
        size=upload.size, sha256=digest.hexdigest(), added_by=by, added_at=now, scan=files.first_state(),
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
