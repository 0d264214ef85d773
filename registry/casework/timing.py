"""How many working days cases took, counted by the database: the authority's calendar is handed to it as a list."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, DateField, F, FloatField, Func, IntegerField, Min, QuerySet, Value
from django.db.models.functions import TruncDate

from registry.framework import current
from registry.framework.calendar import is_working_day


class Quantile(Aggregate):
    """The value below which such a share of all lies; between two of them, in proportion."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) within group (order by %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, share: float = 0.5, **extra: Any):
        super().__init__(expression, share=float(share), **extra)


def timed(cases: QuerySet, day: date) -> QuerySet:
    """Decided cases with `took`: the working days from submission to decision, without those on which the clock stood."""
    done = cases.exclude(decided_at=None).exclude(submitted_at=None)
    days = working_days(done.aggregate(first=Min(TruncDate("submitted_at")))["first"], day)
    return done.annotate(
        took=place(TruncDate("decided_at"), days) - place(TruncDate("submitted_at"), days) - F("paused_days")
    )


def working_days(first: date | None, last: date) -> list[date]:
    """The working days of the authority from one day to another: the database counts by their places in this list."""
    first = first or last
    calendar = current.profile().calendar
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if is_working_day(day, calendar)] or [last]


def place(day: Any, days: Sequence[date]) -> Func:
    """How many of the working days have come by then; the difference of two is the working days between them."""
    listed = Value(list(days), ArrayField(DateField()))
    return Func(day, listed, function="width_bucket", output_field=IntegerField())


def plain(value: float | None) -> str:
    """A number of days, with a digit behind the point where it is not whole."""
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")
