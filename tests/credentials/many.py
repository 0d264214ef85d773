"""Registers of many entries, and the cases in which one decision is made about all of them."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from credentials import publishing
from credentials.models import Credential, Revision
from credentials.services import bulk
from credentials.services.standing import publish_entry
from providers.models import Provider
from registry import copying, journal
from registry.casework import services as desk
from registry.framework import current
from registry.journal import BATCH, Publication
from registry.models import Case, Decision, User
from tests.builders import DAY, decide, make_provider, make_user

TODAY = current.today()
_next = count(1)
ENDS = TODAY + timedelta(days=30)
TERM = {
    "expiring_from": TODAY + timedelta(days=1100), "expiry_end": TODAY + timedelta(days=1500),
    "last_award": TODAY + timedelta(days=2200),
}  # fmt: skip
SELECTED = {"ends_by": "expiring_from", "ends_from": ENDS - timedelta(days=5), "ends_until": ENDS + timedelta(days=5)}


def make_imported(
    *rows: dict[str, Any], provider: Provider | None = None, code: str = "0732", level: str = "4"
) -> list[Credential]:
    """Entries as an import makes them, without a day for their next review; each of `rows` is what one says of itself."""
    credentials = [
        Credential(
            **{
                "kind": "qualification", "source": "plain", "source_id": str(next(_next)), "listed_on": date(2020, 1, 31),
                "awarding_body": provider, **row,
            }
        )
        for row in rows
    ]  # fmt: skip
    for start in range(0, len(credentials), BATCH):
        _publish(credentials[start : start + BATCH], code, level)
    return credentials


@transaction.atomic
def _publish(credentials: Sequence[Credential], code: str, level: str) -> None:
    fields = [{"scheme": "isced-f-2013", "code": code, "label": None}]
    revisions = [
        Revision(credential=c, title=f"Certificate {c.source_id}", language="en", level=level, fields=fields, number=1)
        for c in credentials
    ]
    published = journal.publish_many([
        Publication(
            document=publishing.credential_document(c, revision), effective_from=DAY, reason="Imported from plain."
        )
        for c, revision in zip(credentials, revisions, strict=True)
    ])  # fmt: skip
    for credential, landed in zip(credentials, published, strict=True):
        credential.number = landed.number
    copying.insert(credentials)
    for credential, revision in zip(credentials, revisions, strict=True):
        revision.credential_id = credential.pk
    copying.insert(revisions)


def make_ending(number: int, provider: Provider | None = None, **values: Any) -> list[Credential]:
    """Entries of which the registration ends in a month."""
    body = provider or make_provider()
    said = {"expiring_from": ENDS, "last_new_enrolment": ENDS + timedelta(days=365), **values}
    return make_imported(*[dict(said) for _ in range(number)], provider=body)


def reregistration(by: User | None = None, **values: Any) -> Case:
    """A re-registration that an officer has written: of what ends in a month, until some years later."""
    by = by or make_user("Rita", "registrar")
    case = bulk.begin_reregistration(by=by)
    said = TERM | ({} if "numbers" in values else SELECTED) | values
    bulk.save_reregistration(case_id=case.pk, by=by, values=said)
    return with_officer(case, by)


def spread(by: User | None = None, **values: Any) -> Case:
    """A spread of first reviews that an officer has written, with its usual numbers unless `values` say others."""
    by = by or make_user("Rita", "registrar")
    case = bulk.begin_spread(by=by)
    bulk.save_spread(case_id=case.pk, by=by, values=values)
    return with_officer(case, by)


def with_officer(case: Case, by: User) -> Case:
    case = Case.objects.get(pk=case.pk)
    case.officer = by
    return case


def handed_on(case: Case) -> Case:
    desk.submit(case_id=case.pk, by=case.officer)
    return with_officer(case, case.officer)


def decided(case: Case, **kwargs: Any) -> Decision:
    """Handed on by its officer, and approved by a decision maker."""
    (decision,) = decide(handed_on(case), **kwargs)
    return decision


def said_again(credential: Credential) -> None:
    """The register says of an entry what its record says now."""
    with transaction.atomic():
        publish_entry(credential, on=TODAY, reference="D-0", reason="So.", now=timezone.now())
