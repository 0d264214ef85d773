"""Celery's side of the register. Every task finds its own work by query, and may run twice, late, or never."""

import logging

from celery import shared_task
from django.utils import timezone

from registry import daily, exports
from registry.casework import notices, scanning
from registry.casework.services import releasing
from registry.following import telling
from registry.framework import current

log = logging.getLogger(__name__)


@shared_task
def deliver_notices() -> int:
    """Send the messages that are owed: to people with an account, and to those who follow something without one."""
    return notices.deliver() + telling.deliver()


@shared_task
def release_due() -> int:
    """Publish what is due to become public today."""
    return releasing.release_due(current.today())


@shared_task
def scan_evidence() -> int:
    """Have the files scanned that wait for it."""
    return scanning.scan_due()


@shared_task
def run_daily() -> dict[str, int]:
    """Do what has come due by today."""
    return daily.run()


@shared_task
def renew_exports() -> bool:
    """Make the files that anybody may download, once a day; what keeps them from being made is logged, hour by hour."""
    try:
        return exports.renew(timezone.now())
    except exports.ExportError as error:
        log.error("%s", error)
        return False
