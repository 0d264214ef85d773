"""Stopping the clocks of the cases of a body that may not go on with them, and letting them run again (edge case 8)."""

from datetime import date, datetime

from django.db import models, transaction
from django.utils import timezone

from providers import pausing
from registry.casework import guards, kinds, workflow
from registry.casework.lifecycle import WITH_AUTHORITY
from registry.errors import Conflict, NotAllowed
from registry.models import Case


def keep_clocks(day: date, *, now: datetime | None = None) -> int:
    """Stop the clock of each case that is paused on that day, and let those run whose pause is over; how many.

    A daily step: it finds its own work, case by case, and may run late, twice, or beside another. Whose clock stands for
    another reason, because the body is asked something, is left alone.
    """
    now = now or timezone.now()
    pausable = [kind.name for kind in kinds.every() if kind.paused]
    open_cases = Case.objects.filter(kind__in=pausable, state__in=WITH_AUTHORITY)
    bodies = pausing.may_be_paused(day).values("organisation")
    stands = models.Q(due_on__isnull=True, paused_on__isnull=False)
    found = open_cases.filter(stands | models.Q(due_on__isnull=False, organisation__in=bodies)).order_by("pk")
    return sum(_keep(key, day, now) for key in list(found.values_list("pk", flat=True)))


def _keep(key: int, day: date, now: datetime) -> bool:
    """Whether the clock of one case was stopped or let run."""
    try:
        with transaction.atomic():
            case = workflow.lock(key)
            why = guards.paused(case, day)
            if bool(why) is bool(case.paused_on):
                return False
            told = {"why": why} if why else {}
            workflow.move(case, "stand_still" if why else "go_on", by=None, details=told, now=now)
            return True
    except (Conflict, NotAllowed):
        # It was decided or asked about meanwhile: there is nothing to keep.
        return False
