"""Publishing what was granted: at once, or when the day of its release begins at the authority (transitions E1 and E2)."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import DatabaseError, transaction
from django.utils import timezone

from registry.casework import kinds, letters, workflow
from registry.casework.models import Case, Decision, Reconsideration, Release
from registry.errors import RegisterError
from registry.people.models import User

log = logging.getLogger(__name__)


class _Rehearsed(Exception):
    """Takes back a rehearsal."""


def publish_now(case: Case, decisions: Sequence[Decision], *, by: User | None, now: datetime) -> list[kinds.Sentence]:
    """What the kind of case makes public of these decisions; sentences for the applicant."""
    return kinds.get(case.kind).effect(case=case, decisions=list(decisions), by=by, now=now)


def rehearse(case: Case, decisions: Sequence[Decision], *, by: User | None, on: date) -> None:
    """Publish as on that day, and take it back: what could not be published is refused when it is decided, not then."""
    try:
        with transaction.atomic():
            publish_now(case, decisions, by=by, now=_beginning(on))
            raise _Rehearsed
    except _Rehearsed:
        return


def _beginning(day: date) -> datetime:
    """The first moment of a day in the authority's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def release_due(day: date, *, now: datetime | None = None) -> int:
    """Publish what was approved to be public on this day or an earlier one; how many cases. Late means late, never early.

    Each in a transaction of its own, found by query: it may run twice, late, or beside another that does the same.
    Raises ExceptionGroup, once all the others have been published, for those that cannot be.
    """
    now = now or timezone.now()
    released, failed = 0, []
    waiting = Release.objects.filter(released_at=None, publish_on__lte=day).order_by("publish_on", "pk")
    for key, case_id in list(waiting.values_list("pk", "case_id")):
        try:
            with transaction.atomic():
                released += _release_one(key, case_id, now=now)
        except (RegisterError, DatabaseError) as error:
            log.exception("Case %s is due to become public and cannot be published.", case_id)
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some decisions that are due cannot be published.", failed)
    return released


def is_stayed(case: Case, stage: int) -> bool:
    """Whether what was decided has no effect for now, because it is looked at again: what waits to be public then stays."""
    return Reconsideration.objects.filter(case__reconsiders=case, stage=stage, stayed=True, ended_on=None).exists()


def call_off(case: Case, stage: int, *, now: datetime) -> None:
    """What was set aside before it became public never does."""
    case.releases.filter(stage=stage, released_at=None).update(released_at=now, called_off=True)


def _release_one(key: int, case_id: int, *, now: datetime) -> bool:
    case = workflow.lock(case_id)
    release = Release.objects.get(pk=key)
    # Another process may have been first while this one waited for the case.
    if release.released_at is not None or is_stayed(case, release.stage):
        return False
    decisions = list(case.decisions.filter(stage=release.stage))
    published = publish_now(case, decisions, by=None, now=now)
    release.released_at = now
    release.save(update_fields=["released_at"])
    details = {"decisions_released": [decision.number for decision in decisions]}
    workflow.move(case, "release", by=None, details=details, tell={"published": letters.sentences(published)}, now=now)
    return True
