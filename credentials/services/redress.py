"""What a reconsideration does to what the register says of an entry and an accreditation (section 4.8 of the domain
specification)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from credentials import delivering, publishing
from credentials.models import Accreditation, Credential
from registry import journal
from registry.casework.models import Case, Decision
from registry.content import redress
from registry.status import CREDENTIAL_KINDS


def tell(
    *, case: Case, decisions: Sequence[Decision], row: Mapping[str, Any], on: date, now: datetime, reference: str
) -> None:  # fmt: skip
    """Each entry and each accreditation that names one of these decisions in public says that it is looked at again.

    The row is in the place of what was said of the same reconsideration before; the entry says it in a further revision,
    with the same content.
    """
    numbers = [decision.number for decision in decisions]
    entries = journal.made_by(numbers, CREDENTIAL_KINDS)
    for credential in Credential.objects.select_for_update().filter(number__in=entries).order_by("pk"):
        _tell_of_entry(credential, numbers, row, on, now)
    held = journal.made_by(numbers, ["accreditation"])
    for accreditation in Accreditation.objects.select_for_update().filter(number__in=held).order_by("pk"):
        _tell_of_accreditation(accreditation, numbers, row, on, now)


def _tell_of_entry(
    credential: Credential, numbers: Sequence[str], row: Mapping[str, Any], on: date, now: datetime
) -> None:
    latest = credential.revisions.latest_public()
    number = redress.about(publishing.credential_document(credential, latest), numbers)
    if number is None:
        return
    credential.reconsiderations = redress.kept(credential.reconsiderations, {"decision": number, **row})
    credential.save(update_fields=["reconsiderations"])
    kept = latest.copied(effective_from=on)
    published = journal.publish(
        publishing.credential_document(credential, kept), effective_from=on, decision_number=number,
        reason=redress.REASON % number, now=now,
    )  # fmt: skip
    if published.serial:
        kept.number = published.revision
        kept.save()


def _tell_of_accreditation(
    accreditation: Accreditation, numbers: Sequence[str], row: Mapping[str, Any], on: date, now: datetime
) -> None:
    document = delivering.document_of(accreditation.number)
    number = redress.about(document, numbers)
    if number is None:
        return
    accreditation.reconsiderations = redress.kept(accreditation.reconsiderations, {"decision": number, **row})
    accreditation.save(update_fields=["reconsiderations"])
    journal.publish(
        publishing.accreditation_document(accreditation, decisions=document["decisions"]), effective_from=on,
        decision_number=number, reason=redress.REASON % number, now=now,
    )  # fmt: skip
