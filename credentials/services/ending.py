"""What the end of an entry means for others (section 4.4 of the domain specification): what is part of it is proposed to
follow, and people are told before a last day comes. Nothing follows by itself."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from credentials.models import Amendment, Credential, StackingLink
from credentials.services import amendments
from credentials.services.telling import people_of
from registry.casework import notices
from registry.documents import iso
from registry.errors import Conflict, RegisterError
from registry.framework import current
from registry.framework.calendar import strictly

# The links by which an entry stands or falls with another; one that may count towards another stands alone.
PARTS = ("part_of", "component_of")


def propose_to_parts(day: date, *, now: datetime | None = None) -> int:
    """Open a draft for each entry that is part of one that begins to end, which proposes that it ends with it; how many.

    A daily step (edge case 10): each part is proposed to follow each parent once. Officers go on with the draft or drop
    it, and the body is told that nothing has been decided. An entry of which a change is open already waits for that.
    """
    now, proposed = now or timezone.now(), 0
    made = Amendment.objects.filter(credential=OuterRef("credential"), follows=OuterRef("target"))
    found = (
        StackingLink.objects.filter(relation__in=PARTS, target__expiring_from__isnull=False)
        .filter(credential__expiring_from=None, credential__closed_undated=False)
        .filter(Q(target__expiry_end=None) | Q(target__expiry_end__gte=day))
        .exclude(Exists(made))
        .order_by("credential__number", "target__number")
    )
    for part, parent in list(found.values_list("credential_id", "target_id")):
        proposed += _propose(part, parent, now)
    return proposed


def _propose(part: int, parent: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            ending = Credential.objects.get(pk=parent)
            amendment = amendments.propose_to_follow(part, ending, now=now)
            case = amendment.case
            title = ending.revisions.latest_public().title
            said = {"number": amendment.credential.number, "parent": ending.number, "parent_title": title,
                    "day": iso(ending.expiring_from)}  # fmt: skip
            key = f"follows:{amendment.credential_id}:{ending.pk}"
            notices.owe(case, notices.registrars(case), name="part_may_follow", key=key, now=now, **said)
            notices.owe(None, people_of(amendment.credential, now), name="parent_ends", key=key, now=now,
                        title=case.title, **said)  # fmt: skip
            return True
    except (Conflict, RegisterError):
        # A change of the part is open, or it has left the register: the next day looks again.
        return False


def warn_of_ends(day: date, *, now: datetime | None = None) -> int:
    """Tell registrars, and the bodies behind an entry, that its last day comes near; how many entries.

    A daily step: the day passes without a confirmation (design 4.7), so whoever wants to extend it is told in time. Of
    each last day people are told once.
    """
    now, told = now or timezone.now(), 0
    ahead = strictly(day, current.version_on(day).deadlines["end_warning"])
    near = Credential.objects.standing().filter(expiry_end__gte=day, expiry_end__lte=ahead).exclude(
        end_told=F("expiry_end")
    )  # fmt: skip
    for key in list(near.order_by("expiry_end", "pk").values_list("pk", flat=True)):
        with transaction.atomic():
            credential = Credential.objects.select_for_update(of=("self",)).get(pk=key)
            if credential.end_told == credential.expiry_end:
                continue
            said = {
                "number": credential.number, "title": credential.revisions.latest_public().title,
                "day": iso(credential.expiry_end),
            }  # fmt: skip
            text = {"name": "entry_ends", "key": f"ends:{credential.number}:{credential.expiry_end}", "now": now}
            notices.owe(None, notices.every_registrar(), **text, **said)
            notices.owe(None, people_of(credential, now), **text, **said)
            credential.end_told = credential.expiry_end
            credential.save(update_fields=["end_told"])
            told += 1
    return told
