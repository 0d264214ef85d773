"""Celery's side of the register. Every task finds its own work by query, and may run twice, late, or never."""

from celery import shared_task

from registry import daily
from registry.casework import notices


@shared_task
def deliver_notices() -> int:
    """Send the messages that are owed."""
    return notices.deliver()


@shared_task
def run_daily() -> dict[str, int]:
    """Do what has come due by today."""
    return daily.run()
