"""Asking to be told by mail, confirming it, and ending it.

Asking is answered in the same way whoever asks for whatever address: who is subscribed to what, only the mail that goes
to the address tells. How much mail somebody can have sent to an address that is not theirs is bounded by what is kept of
it: so many subscriptions wait to be confirmed, and for each a link is sent so often.
"""

import logging
import secrets
from datetime import date, datetime, timedelta

from django.core import signing
from django.db import connection, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import journal
from registry.casework import notices
from registry.errors import RegisterError
from registry.following.models import OwedMail, Subscription
from registry.models import Entry

log = logging.getLogger(__name__)
# An address may have so many subscriptions, and so many of them that nobody has confirmed yet.
MOST, MOST_UNCONFIRMED = 20, 5
# What is not confirmed is forgotten after so long; the link is good for as long.
KEPT = timedelta(days=7)
# For one subscription a link is sent again not sooner than this, and not more often; of one that is confirmed, once a day.
AGAIN, MOST_LINKS, ALREADY_AGAIN = timedelta(minutes=10), 3, timedelta(days=1)
CONFIRM, STOP = "registry.following.confirm", "registry.following.stop"
# One lock for each address, beside the journal's: two ways of asking at once are counted one after the other.
ADDRESS_LOCK = 7_301


class NoLink(RegisterError):
    """This is no link that the register has sent."""


class LinkOver(RegisterError):
    """The link was good once: it has expired, or what it is about is over."""


# -- asking ------------------------------------------------------------------------------------------------------------


def ask(
    *, address: str, about: str, what: str, language: str, site: str = "", now: datetime | None = None
) -> None:  # fmt: skip
    """Owe a link to confirm with to an address that is to be told of something. Returns nothing, whatever it did.

    Asked again, the same subscription gets another link, in bounds; one that is confirmed is told that it is.
    """
    now, address = now or timezone.now(), _normalised(address)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s, hashtext(lower(%s)))", [ADDRESS_LOCK, address])
        held = of_address(address)
        known = held.select_for_update().filter(about=about, what=what).first()
        if known is not None:
            _ask_again(known, language, site, now)
        elif held.count() < MOST and held.filter(confirmed_at=None).count() < MOST_UNCONFIRMED:
            made = Subscription.objects.create(
                address=address, about=about, what=what, language=language, site=site, mark=secrets.token_urlsafe(16),
                asked_at=now,
            )  # fmt: skip
            owe(made, OwedMail.Kind.CONFIRM, now=now)
        else:
            log.info("A subscription was asked for beyond what one address may have.")
        # Whatever was done: how long the answer takes must tell nothing either.
        transaction.on_commit(notices.wake)


def _ask_again(known: Subscription, language: str, site: str, now: datetime) -> None:
    since = now - known.asked_at
    if known.confirmed_at:
        if since < ALREADY_AGAIN:
            return
        kind = OwedMail.Kind.ALREADY
    else:
        if since < AGAIN or known.asked >= MOST_LINKS:
            return
        known.language, known.site = language, site
        kind = OwedMail.Kind.CONFIRM
    known.asked_at, known.asked = now, min(known.asked + 1, MOST_LINKS)
    known.save(update_fields=["asked_at", "asked", "language", "site"])
    if not known.mails.filter(kind=kind).exists():
        owe(known, kind, now=now)


def of_address(address: str) -> models.QuerySet[Subscription]:
    """What an address is subscribed to, however its letters are written."""
    return Subscription.objects.alias(lower=Lower("address")).filter(lower=Lower(models.Value(address)))


def owe(subscription: Subscription, kind: str, *, now: datetime, subject: str = "", body: str = "") -> OwedMail:
    """Write down that a mail is owed, in the transaction that causes it."""
    return OwedMail.objects.create(subscription=subscription, kind=kind, subject=subject, body=body, created_at=now)


def _normalised(address: str) -> str:
    name, at, domain = address.strip().rpartition("@")
    return f"{name}{at}{domain.lower()}"


# -- links -------------------------------------------------------------------------------------------------------------


def confirming(subscription: Subscription) -> str:
    """The secret part of a link that confirms; it tells until when it is good."""
    until = int((subscription.asked_at + KEPT).timestamp())
    return signing.dumps([subscription.pk, subscription.mark, until], salt=CONFIRM)


def stopping(subscription: Subscription) -> str:
    """The secret part of a link that ends a subscription: it is good for as long as that lasts."""
    return signing.dumps([subscription.pk, subscription.mark], salt=STOP)


def to_confirm(secret: str, now: datetime | None = None) -> Subscription:
    """What a link confirms. Raises NoLink for one that was made up, and LinkOver for one that has expired."""
    try:
        key, mark, until = signing.loads(secret, salt=CONFIRM)
    except (signing.BadSignature, ValueError) as forged:
        raise NoLink(_("The register has sent no such link.")) from forged
    found = Subscription.objects.filter(pk=key, mark=mark).first()
    if found is None or (found.confirmed_at is None and (now or timezone.now()).timestamp() > until):
        raise LinkOver(_("The link has expired, or the subscription has been ended."))
    return found


def to_stop(secret: str) -> Subscription | None:
    """What a link ends; None where that is over. Raises NoLink for a link that was made up."""
    try:
        key, mark = signing.loads(secret, salt=STOP)
    except (signing.BadSignature, ValueError) as forged:
        raise NoLink(_("The register has sent no such link.")) from forged
    return Subscription.objects.filter(pk=key, mark=mark).first()


# -- confirming and ending ---------------------------------------------------------------------------------------------


def confirm(secret: str, *, now: datetime | None = None) -> Subscription:
    """Begin to tell, of everything that is recorded from now on; a second time it changes nothing.

    Raises NoLink or LinkOver, as `to_confirm` does.
    """
    now = now or timezone.now()
    with transaction.atomic():
        found = Subscription.objects.select_for_update().filter(pk=to_confirm(secret, now).pk).first()
        if found is None:
            raise LinkOver(_("The link has expired, or the subscription has been ended."))
        if found.confirmed_at is None:
            found.confirmed_at, found.last_serial = now, journal.head()
            found.save(update_fields=["confirmed_at", "last_serial"])
    return found


def stop(secret: str) -> None:
    """End a subscription: nothing is kept of it, and what is owed to it is not sent. One that is over stays over.

    Raises NoLink for a link that was made up.
    """
    if (found := to_stop(secret)) is not None:
        _forget(Subscription.objects.filter(pk=found.pk))


def forget(day: date, *, now: datetime | None = None) -> int:
    """A daily step: delete what nobody has confirmed in time, and what is about a listing that was withdrawn, once that
    has been told; how many were deleted."""
    late = (now or timezone.now()) - KEPT
    unconfirmed = Subscription.objects.filter(confirmed_at=None, asked_at__lt=late)
    gone = Entry.objects.exclude(withdrawn_on=None).filter(
        number=models.OuterRef("what"), serial__lte=models.OuterRef("last_serial")
    )
    owed = OwedMail.objects.filter(subscription=models.OuterRef("pk"))
    over = Subscription.objects.exclude(confirmed_at=None).exclude(about=Subscription.About.SEARCH)
    return _forget(unconfirmed) + _forget(over.filter(models.Exists(gone), ~models.Exists(owed)))


def _forget(subscriptions: models.QuerySet[Subscription]) -> int:
    with transaction.atomic():
        # Locked first: whoever confirms at this moment keeps theirs, and a mail that is written down now goes with its own.
        locked = list(subscriptions.select_for_update().order_by("pk").values_list("pk", flat=True))
        Subscription.objects.filter(pk__in=locked).delete()
    return len(locked)
