"""The secret addresses of officers' calendars: made and withdrawn by the officer, and read by a program that cannot sign in."""

import hashlib
import hmac
import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import audit
from registry.errors import Conflict, NotAllowed
from registry.people import roles
from registry.people.models import CalendarAddress, User


def make(*, by: User, now: datetime | None = None) -> str:
    """Make the secret part of a new address and return it: it is shown this once, and never again. An address that the
    officer has already is withdrawn.

    Raises NotAllowed for anybody who may not read cases.
    """
    now, secret = now or timezone.now(), secrets.token_urlsafe(32)
    if not roles.is_staff_reader(by):
        raise NotAllowed(_("Only officers have a calendar."))
    with transaction.atomic():
        _withdraw(by, now)
        made = CalendarAddress.objects.create(user=by, sha256=_digest(secret), created_at=now)
        audit.record("calendar:address:made", by=by, details={"address": made.pk}, now=now)
    return secret


def withdraw(*, by: User, now: datetime | None = None) -> None:
    """Withdraw the officer's address: from now on it answers nobody. Raises Conflict where there is none."""
    with transaction.atomic():
        if not _withdraw(by, now or timezone.now()):
            raise Conflict(_("You have no address in force."))


def in_force(user: User) -> CalendarAddress | None:
    return CalendarAddress.objects.filter(user=user, revoked_at=None).first()


def reader(secret: str) -> User | None:
    """The officer whose calendar this is; None for an address that is unknown or withdrawn, and for somebody who is not
    active or reads no cases any more."""
    digest = _digest(secret)
    known = CalendarAddress.objects.select_related("user").filter(sha256=digest, revoked_at=None).first()
    if known is None or not hmac.compare_digest(known.sha256, digest):
        return None
    return known.user if roles.is_staff_reader(known.user) else None


def _withdraw(by: User, now: datetime) -> bool:
    # Two of one person's own clicks come one after the other: the person's row is locked.
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    held = in_force(by)
    if held is None:
        return False
    held.revoked_at = now
    held.save(update_fields=["revoked_at"])
    audit.record("calendar:address:withdrawn", by=by, details={"address": held.pk}, now=now)
    return True


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
