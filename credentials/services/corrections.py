"""Correcting a typo: one officer does it, by an exemption that is kept; no new revision, no new review date (domain 4.7.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from credentials import corrections, proposals, publishing
from credentials.gone import why_gone
from credentials.lifecycle_wrongs import CORRECTION
from credentials.models import Correction, Credential
from credentials.services.preparing import body_of, listed, one_at_a_time
from registry import journal
from registry.casework import services as desk
from registry.casework import workflow
from registry.casework.kinds import Sentence
from registry.casework.models import Decision
from registry.errors import Conflict
from registry.framework import current
from registry.models import Case, User


def begin_correction(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft that says what the entry says now. Raises as `begin_removal` does."""
    role = desk.role_to_prepare(by, CORRECTION)
    with transaction.atomic():
        credential = listed(about)
        open_ones = Correction.objects.filter(credential=credential, case__state="draft")
        one_at_a_time(Case.objects.filter(correction__in=open_ones).first())
        latest = credential.revisions.latest_public()
        texts = corrections.texts_of(latest)
        case = desk.open_case(kind=CORRECTION, organisation=body_of(credential), by=by, role=role, now=now)
        case.title = f"{about} {latest.title}"
        case.save(update_fields=["title"])
        Correction.objects.create(
            case=case, credential=credential, based_on=latest.number, based_on_correction=latest.correction,
            before=texts, after=texts,
        )  # fmt: skip
        return case


@desk.logged_when_refused
def save_correction(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> Correction:  # fmt: skip
    """Keep the texts as the officer wrote them, whatever they alter: whether it is a typo is asked when it is completed.

    Raises RegisterError, naming the field, for a text that it cannot hold.
    """
    case = workflow.lock(case_id)
    correction = Correction.objects.get(case=case)
    correction.after = corrections.read(values, correction.before | correction.after)
    for name in ("reason", "instrument"):
        setattr(correction, name, (values.get(name, getattr(correction, name)) or "").strip())
    altered = sorted({str(place[0]) for place, *_texts in corrections.altered(correction.before, correction.after)})
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": altered}, now=now)
    correction.save()
    return correction


def publish_corrected(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """Publish the same revision with its words put right, as `corrected`; drafts that are being written say them, too.

    Raises Conflict where the entry was removed or changed meanwhile.
    """
    correction = case.correction
    credential = Credential.objects.select_for_update().get(pk=correction.credential_id)
    latest = credential.revisions.latest_public()
    if (latest.number, latest.correction) != (correction.based_on, correction.based_on_correction):
        raise Conflict(_("The entry has been changed meanwhile. Drop this correction, and begin another one."))
    if refusal := why_gone(credential.number):
        raise Conflict(refusal)
    said = {"number": latest.number, "correction": latest.correction + 1, "effective_from": latest.effective_from}
    corrected = latest.copied(**said)
    corrected.credential = credential
    corrections.put_into(corrected, correction.after)
    journal.publish(
        publishing.credential_document(credential, corrected), effective_from=current.today(now), action="corrected",
        decision_number=case.reference, reason=correction.reason, now=now,
    )  # fmt: skip
    corrected.save()
    for draft in credential.amendments.open().select_related("revision", "credential"):
        proposals.carry_over(draft.revision, before=latest, after=corrected)
        draft.revision.save()
    return [lambda: _("%(number)s has been corrected.") % {"number": credential.number}]
