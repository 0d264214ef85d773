"""The register, the people, the desk that every case shares, and the Django shell."""

from registry.celery import app as celery_app

__all__ = ["celery_app"]
