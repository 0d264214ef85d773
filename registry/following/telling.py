"""Telling those who follow something what changed, and sending the mails that are owed to them.

Both find their own work by query and may run late, twice, or in two processes at once: what is told of, and that a mail
is owed for it, is written down in one transaction under the lock of the subscription's row.
"""

import logging
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from registry.casework import notices
from registry.casework.notices import FIRST_WAIT, LONGEST_WAIT, MAX_ATTEMPTS
from registry.following import changes, mails, subscriptions
from registry.following.models import OwedMail, Subscription
from registry.following.searches import WrongSearch
from registry.models import Change
from registry.search.query import SearchUnavailable

log = logging.getLogger(__name__)


# -- what there is to tell ---------------------------------------------------------------------------------------------


def tell(day: date, *, now: datetime | None = None) -> int:
    """A daily step: owe each confirmed subscription one mail about all that was recorded since it was last told, where
    there is anything; how many mails. On one day a subscription is owed one mail, whatever is recorded after it."""
    now, owed = now or timezone.now(), 0
    for about in Subscription.About.values:
        try:
            upto = changes.head(about)
        except SearchUnavailable as error:
            log.warning("Saved searches are told later: %s", error)
            continue
        things = _due(day, upto).filter(about=about).order_by("what").values_list("what", flat=True).distinct()
        for what in list(things):
            try:
                owed += _tell_of(about, what, day, upto, now)
            except (SearchUnavailable, WrongSearch) as error:
                # A search that is none any more, or an index that is being replaced, keeps nobody else's mail back.
                log.warning("What a saved search finds is told later: %s", error)
    if owed:
        notices.wake()
    return owed


def _due(day: date, upto: int) -> models.QuerySet[Subscription]:
    """Those that may be owed a mail on a day, and have not been told of everything up to a serial."""
    untold = models.Q(told_on=None) | ~models.Q(told_on=day)
    return Subscription.objects.filter(untold, confirmed_at__isnull=False, last_serial__lt=upto)


def _tell_of(about: str, what: str, day: date, upto: int, now: datetime) -> int:
    due = _due(day, upto).filter(about=about, what=what)
    known: dict[int, list[Change]] = {}

    def since(serial: int) -> list[Change]:
        if serial not in known:
            known[serial] = changes.of(about, what, day, after=serial, upto=upto, limit=mails.MOST + 1)
        return known[serial]

    first = due.aggregate(first=models.Min("last_serial"))["first"]
    if first is None:
        return 0
    if not since(first):
        # Whatever another process does at the same moment, nothing is told by this.
        due.filter(last_serial__gte=first).update(last_serial=upto)
        return 0
    return sum(_tell_one(key, day, upto, now, since) for key in list(due.values_list("pk", flat=True)))


def _tell_one(key: int, day: date, upto: int, now: datetime, since: Any) -> int:
    """Whether a mail is owed to this subscription now. Another process that has its row, tells it."""
    with transaction.atomic():
        subscription = _due(day, upto).select_for_update(skip_locked=True).filter(pk=key).first()
        if subscription is None:
            return 0
        found, owed = since(subscription.last_serial), 0
        written = mails.digest(subscription, found, _last_told(subscription)) if found else None
        if written:
            subject, body = written
            subscription.told_on, owed = day, 1
            subscriptions.owe(subscription, OwedMail.Kind.DIGEST, now=now, subject=subject[:300], body=body)
        subscription.last_serial = upto
        subscription.save(update_fields=["last_serial", "told_on"])
        return owed


def _last_told(subscription: Subscription) -> datetime:
    """When the last change was recorded that it has been told of, or when it began."""
    last = Change.objects.filter(serial=subscription.last_serial).values_list("recorded_at", flat=True).first()
    return max(filter(None, (last, subscription.confirmed_at)))


# -- sending -----------------------------------------------------------------------------------------------------------


def deliver(*, now: datetime | None = None) -> int:
    """Send what is owed and due, oldest first, each in its own transaction; how many went out.

    Two workers never send the same one at once. One that cannot be sent waits, longer each time, and keeps no other.
    """
    now, sent = now or timezone.now(), 0
    while (gone := _deliver_one(now)) is not None:
        sent += gone
    return sent


def _deliver_one(now: datetime) -> bool | None:
    """Whether the next mail went out; None where nothing is owed now."""
    due = models.Q(next_attempt_at=None) | models.Q(next_attempt_at__lte=now)
    with transaction.atomic():
        # The row stays locked until it is known to have gone out; another worker passes it by.
        waiting = OwedMail.objects.select_for_update(skip_locked=True, of=("self",)).select_related("subscription")
        owed = waiting.filter(due).order_by("created_at", "pk").first()
        if owed is None:
            return None
        try:
            mails.message(owed).send()
        except Exception as error:  # a mail server, an address or a header: whatever refuses one keeps no other
            _put_off(owed, error, now)
            return False
        owed.delete()
        return True


def _put_off(owed: OwedMail, error: Exception, now: datetime) -> None:
    """Try again later, and give up after a fortnight: what a mail server answers repeats the address, and is not kept."""
    owed.attempts += 1
    said = (owed.pk, owed.attempts, type(error).__name__)
    if owed.attempts >= MAX_ATTEMPTS:
        log.error("Mail %d to a subscription was not sent in %d attempts (%s) and is given up.", *said)
        owed.delete()
        return
    log.warning("Mail %d to a subscription was not sent, attempt %d (%s).", *said)
    owed.next_attempt_at = now + min(FIRST_WAIT * 2 ** (owed.attempts - 1), LONGEST_WAIT)
    owed.save(update_fields=["attempts", "next_attempt_at"])
