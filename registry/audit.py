"""Append-only events: who did what, in which role, for whom; hash-chained for each case, and once for all the rest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.canonical import GENESIS, canonical, chained
from registry.people.models import User

# Serialises the chain of events outside cases; events of a case are serialised by the lock on its row.
OUTSIDE_CHAIN_LOCK = 7_301_002


class Event(models.Model):
    """One thing that happened. `name` reads source:subject:action, e.g. `case:judgement:recorded`.

    `record` is the canonical bytes that were hashed: they hold every column, and `details`. People and organisations
    are named by opaque ids, so that erasing a name leaves the chain whole.
    """

    case = models.ForeignKey("registry.Case", on_delete=models.PROTECT, null=True, related_name="events")
    position = models.BigIntegerField(help_text=_("place in its chain, from 1"))
    name = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()
    person_id = models.UUIDField(null=True)
    role = models.CharField(max_length=30, blank=True)
    organisation_id = models.UUIDField(null=True)
    details = models.JSONField(default=dict)
    record = models.BinaryField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["case_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="event_position", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.recorded_at:%Y-%m-%d %H:%M}"


def content(event: Event) -> dict[str, Any]:
    """What is hashed of an event, from its columns: `verify_journal` compares it with the bytes kept."""
    return {
        "case": event.case_id,
        "position": event.position,
        "name": event.name,
        "recorded_at": event.recorded_at.isoformat(),
        "person": event.person_id and str(event.person_id),
        "role": event.role,
        "organisation": event.organisation_id and str(event.organisation_id),
        "details": event.details,
    }


def record(
    name: str,
    *,
    case_id: int | None = None,
    by: User | None = None,
    role: str = "",
    organisation_id: Any = None,
    details: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Event:
    """Append an event to its case's chain (whose row the caller has locked), or to the chain outside cases."""
    with transaction.atomic():
        if case_id is None:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock(%s)", [OUTSIDE_CHAIN_LOCK])
        last = Event.objects.filter(case_id=case_id).order_by("-position").only("position", "hash").first()
        event = Event(
            case_id=case_id,
            position=last.position + 1 if last else 1,
            name=name,
            recorded_at=(now or timezone.now()).astimezone(UTC),
            person_id=by.person_id if by else None,
            role=role,
            organisation_id=organisation_id,
            details=dict(details or {}),
            previous_hash=bytes(last.hash) if last else GENESIS,
        )
        event.record = canonical(content(event))
        event.hash = chained(event.previous_hash, event.record)
        event.save(force_insert=True)
        return event
