"""Messages owed to people. The row is the truth; the worker is only woken, and finds what is owed by itself."""

import logging
from datetime import datetime

from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from registry.casework.models import Case, Notice
from registry.celery import app
from registry.people.models import Membership

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 10
DELIVER = "registry.tasks.deliver_notices"


def owe(case: Case | None, *, to: list[str], subject: str, body: str, now: datetime) -> Notice | None:
    """Write down that this message is owed, in the transaction of the act that causes it."""
    if not to:
        return None
    notice = Notice.objects.create(case=case, to=to, subject=subject, body=body, created_at=now)
    transaction.on_commit(wake)
    return notice


def applicants(case: Case) -> list[str]:
    """Those who may sign for the applicant today."""
    signatories = Membership.objects.filter(
        organisation=case.organisation, role=Membership.Role.SIGNATORY, user__is_active=True
    ).exclude(ended_on__lt=timezone.localdate())
    return sorted(signatories.values_list("user__email", flat=True))


def wake() -> None:
    """Tell the worker that something is owed. The broker may be away: beat looks again every minute."""
    try:
        app.send_task(DELIVER, retry=False)
    except Exception as error:  # whatever the broker's client raises, the act has been committed and must not fail
        log.warning("The worker was not woken (%s); what is owed goes out with the next sweep.", error)


def deliver(*, now: datetime | None = None) -> int:
    """Send what is owed, oldest first, each in its own transaction. Two workers never send the same one at once."""
    sent = 0
    while _deliver_one(now or timezone.now()):
        sent += 1
    return sent


def _deliver_one(now: datetime) -> bool:
    with transaction.atomic():
        owed = Notice.objects.select_for_update(skip_locked=True).filter(sent_at=None, attempts__lt=MAX_ATTEMPTS)
        notice = owed.order_by("attempts", "created_at").first()
        if notice is None:
            return False
        notice.attempts += 1
        try:
            send_mail(notice.subject, notice.body, None, notice.to)
        except OSError as error:
            notice.last_error = str(error)
            notice.save()
            return False
        notice.sent_at = now
        notice.save()
        return True
