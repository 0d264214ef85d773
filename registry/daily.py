"""What happens each day in the authority's time zone: the steps that the apps bring, in the order in which they came.

A step finds its own work by query and commits piece by piece, so that it may run late, twice, or in two processes at
once (design 4.6).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from registry.errors import RegisterError
from registry.framework import current
from registry.models import StepRun

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """One step. `run(day, now=…)` does what has come due by that day, and says how many things that were.

    `last`: it tells people of what others have brought, and runs after them, so that a day that is run twice is as if it
    had run once.
    """

    name: str
    label: Any
    run: Callable[..., int]
    last: bool = False


_steps: dict[str, Step] = {}


def register(step: Step) -> None:
    _steps[step.name] = step


def every() -> list[Step]:
    return sorted(_steps.values(), key=lambda step: step.last)


def label(name: str) -> Any:
    """What a step is called; one that no app brings any more keeps its name."""
    return _steps[name].label if name in _steps else name


def run(day: date | None = None, *, now: datetime | None = None) -> dict[str, int]:
    """Every step for `day`, today unless told; what each did, by its name.

    A day that has not come is a rehearsal: it is then that day, at its first moment, for all that the steps record.
    A step that fails keeps none of the others; what went wrong is raised at the end, as an ExceptionGroup. What each
    step did is written down by itself, so that one that failed is listed too (`StepRun`).
    """
    now = now or timezone.now()
    day = day or current.today(now)
    rehearsal = day > current.today(now)
    if rehearsal:
        now = timezone.make_aware(datetime.combine(day, time.min))
    done: dict[str, int] = {}
    failed: list[Exception] = []
    for step in every():
        began, errors = timezone.now(), []
        try:
            done[step.name] = step.run(day, now=now)
        except Exception as error:  # whatever went wrong in one step, the next has work of its own
            log.exception("The daily step %s failed.", step.name)
            errors = list(error.exceptions) if isinstance(error, ExceptionGroup) else [error]
        try:
            _write_down(step, day, began, done.get(step.name), errors, rehearsal=rehearsal)
        except DatabaseError as error:  # a list that cannot be written keeps nobody's work back
            log.exception("What the daily step %s did is not written down.", step.name)
            errors.append(error)
        failed += errors
    if failed:
        raise ExceptionGroup("Some of the daily steps failed.", failed)
    return done


def _write_down(
    step: Step, day: date, began: datetime, done: int | None, errors: Sequence[Exception], *, rehearsal: bool
) -> None:
    said = "\n".join(map(_in_words, errors))
    with transaction.atomic():
        StepRun.objects.create(
            day=day,
            step=step.name,
            began_at=began,
            ended_at=timezone.now(),
            done=done,
            failed=said,
            rehearsal=rehearsal,
        )


def _in_words(error: Exception) -> str:
    """The first line of what went wrong: what a database adds to it may hold what somebody wrote."""
    said = (str(error).splitlines() or [""])[0][:500]
    return said if isinstance(error, RegisterError) and said else f"{type(error).__name__}: {said}"
