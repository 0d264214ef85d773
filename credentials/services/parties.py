"""Bringing over what names a provider that an officer has matched with a body on the register."""

from datetime import datetime

import orjson
from django.db import transaction
from django.db.models import Q

from credentials import publishing
from credentials.models import Accreditation, Credential, Revision
from providers.models import Provider
from registry import journal
from registry.framework import current
from registry.journal import BATCH, Publication
from registry.models import Entry

PARTIES = ("awarding_body", "developer")
REASON = "{old} is the same body as {new}."


def bring_over(old: Provider, new: Provider, *, now: datetime) -> int:
    """Every public credential and accreditation that named `old` names `new` from now on; how many.

    Found by query, in transactions of a journal's batch each: an interruption leaves only what it did not come to.
    """
    return _credentials(old, new, now) + _accreditations(old, new, now)


def _credentials(old: Provider, new: Provider, now: datetime) -> int:
    done = 0
    naming = Credential.objects.filter(
        Q(awarding_body=old) | Q(developer=old) | Q(joint_awarding_bodies__contains=[old.number])
        | Q(partners__contains=[{"number": old.number}])
    ).select_related("awarding_body", "developer").order_by("pk")  # fmt: skip
    while True:
        with transaction.atomic():
            batch = list(naming.select_for_update(of=("self",))[:BATCH])
            if not batch:
                return done
            for credential in batch:
                _rename(credential, old, new)
            latest = _latest(batch)
            public = [credential for credential in batch if credential.pk in latest]
            published = journal.publish_many(
                [_of(publishing.credential_document(c, latest[c.pk]), old, new, now) for c in public], now=now
            )
            for credential, landed in zip(public, published, strict=True):
                # The source of an imported entry may go on telling of it: this says nothing that a row says.
                if credential.import_serial is not None and landed.serial:
                    credential.import_serial = landed.serial
            Credential.objects.bulk_update(batch, [*PARTIES, "joint_awarding_bodies", "partners", "import_serial"])
            done += len(batch)


def _rename(credential: Credential, old: Provider, new: Provider) -> None:
    for role in PARTIES:
        if getattr(credential, f"{role}_id") == old.pk:
            setattr(credential, role, new)
    joint = (new.number if number == old.number else number for number in credential.joint_awarding_bodies)
    credential.joint_awarding_bodies = list(dict.fromkeys(joint))
    credential.partners = [
        {**row, "number": new.number} if row["number"] == old.number else row for row in credential.partners
    ]


def _latest(credentials: list[Credential]) -> dict[int, Revision]:
    """The public content of each, where it has some."""
    found = Revision.objects.public().filter(credential__in=credentials)
    return {revision.credential_id: revision for revision in found}


def _accreditations(old: Provider, new: Provider, now: datetime) -> int:
    with transaction.atomic():
        held = list(
            Accreditation.objects.select_for_update(of=("self",)).select_related("credential").filter(provider=old)
        )
        for accreditation in held:
            accreditation.provider = new
        # The desk keeps no decisions of an accreditation: its public document does.
        rows = Entry.objects.filter(number__in=[a.number for a in held if a.number]).values_list("number", "document")
        decided = {number: orjson.loads(bytes(body))["decisions"] for number, body in rows}
        documents = [
            publishing.accreditation_document(a, decisions=decided[a.number]) for a in held if a.number in decided
        ]
        journal.publish_many([_of(document, old, new, now) for document in documents], now=now)
        Accreditation.objects.bulk_update(held, ["provider"])
    return len(held)


def _of(document: dict, old: Provider, new: Provider, now: datetime) -> Publication:
    reason = REASON.format(old=old.number, new=new.number)
    return Publication(document=document, effective_from=current.today(now), action="corrected", reason=reason)
