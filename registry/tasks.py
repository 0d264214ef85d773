"""Celery's side of the register. Every task finds its own work by query, and may run twice, late, or never."""

from celery import shared_task

from registry.casework import notices


@shared_task
def deliver_notices() -> int:
    """Send the messages that are owed."""
    return notices.deliver()
