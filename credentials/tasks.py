"""Celery's side of the desk of credentials. Every task finds its own work by query, and may run twice, late, or never."""

from celery import shared_task

from credentials.services import bulk_publishing


@shared_task
def publish_bulk() -> int:
    """Publish what was decided of many entries at once."""
    return bulk_publishing.publish_due()
