"""What happens each day in the authority's time zone: the steps that the apps bring, in the order in which they came.

A step finds its own work by query and commits piece by piece, so that it may run late, twice, or in two processes at
once (design 4.6).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from registry.framework import current

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """One step. `run(day, now=…)` does what has come due by that day, and says how many things that were."""

    name: str
    label: Any
    run: Callable[..., int]


_steps: dict[str, Step] = {}


def register(step: Step) -> None:
    _steps[step.name] = step


def every() -> list[Step]:
    return list(_steps.values())


def run(day: date | None = None, *, now: datetime | None = None) -> dict[str, int]:
    """Every step for `day`, today unless told; what each did, by its name.

    A day that has not come is a rehearsal: it is then that day, at its first moment, for all that the steps record.
    A step that fails keeps none of the others; what went wrong is raised at the end, as an ExceptionGroup.
    """
    now = now or timezone.now()
    day = day or current.today(now)
    if day > current.today(now):
        now = timezone.make_aware(datetime.combine(day, time.min))
    done: dict[str, int] = {}
    failed: list[Exception] = []
    for step in every():
        try:
            done[step.name] = step.run(day, now=now)
        except Exception as error:  # whatever went wrong in one step, the next has work of its own
            log.exception("The daily step %s failed.", step.name)
            failed += error.exceptions if isinstance(error, ExceptionGroup) else [error]
    if failed:
        raise ExceptionGroup("Some of the daily steps failed.", failed)
    return done
