"""What the calendar tells of reviews, and where the pages of credentials and accreditations are."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, DateField, F, Func, IntegerField, QuerySet, Value
from django.db.models.functions import Cast, TruncMonth
from django.utils.translation import gettext_lazy as _

from credentials import schedule
from credentials.lifecycle_reviews import REVIEW
from credentials.models import Accreditation, Credential, Review
from registry.casework.agenda import sources
from registry.casework.agenda.sources import Asked, Cycle, Source, row
from registry.framework.calendar import DAY
from registry.models import Entry
from registry.status import CREDENTIAL_KINDS


def register() -> None:
    sources.register(Source("review_opens", _("review opens"), reviews_that_open, assigned=False))
    sources.register_cycle(Cycle("reviews", _("reviews of entries"), REVIEW, reviews_by_month))
    sources.register_page(CREDENTIAL_KINDS, "admin:credentials_credential_change", credentials)
    sources.register_page([Entry.Kind.ACCREDITATION], "admin:credentials_accreditation_change", accreditations)


def credentials(numbers: list[str]) -> Mapping[str, int]:
    return dict(Credential.objects.filter(number__in=numbers).values_list("number", "pk"))


def accreditations(numbers: list[str]) -> Mapping[str, int]:
    return dict(Accreditation.objects.filter(number__in=numbers).values_list("number", "pk"))


class _Listed(Func):
    """The day that a list has for another day: its first one is that of `base`."""

    template, arg_joiner = "((%(expressions)s])", ")["
    output_field = DateField()

    def __init__(self, days: list[date], day: Any, base: date):
        listed = Cast(Value(days, ArrayField(DateField())), ArrayField(DateField()))
        apart = Func(day, Cast(Value(base), DateField()), template="%(expressions)s", arg_joiner=" - ")
        apart.output_field = IntegerField()
        super().__init__(listed, apart + 1)


def reviews_that_open(asked: Asked) -> Iterable[QuerySet]:
    """Reviews that will be opened, on the day on which they do (R1). Which day that is, the schedule says for each day on
    which one may fall due; the later one falls due, the later it opens."""
    last = asked.last
    opens = []
    for n in range((date.max - asked.first).days):
        day = schedule.opens_on(asked.first + n * DAY)
        if day > last:
            break
        opens.append(day)
    begin = next((n for n, day in enumerate(opens) if day >= max(asked.first, asked.today)), None)
    if begin is None:
        return
    base, until = asked.first + begin * DAY, asked.first + (len(opens) - 1) * DAY
    due = Credential.objects.to_be_reviewed(asked.today).filter(review_due__range=(base, until))
    day = _Listed(opens[begin:], F("review_due"), base)
    yield row(due, "review_opens", day, "opens", entry=F("number"), words=F("review_due"), key=F("number"))


def reviews_by_month(first: date, last: date, today: date) -> tuple[Mapping[date, int], Mapping[date, int]]:
    """How many reviews of entries fall due in each month: those that were opened, and those that will be. One that was
    closed without a decision, because there was nothing to report on, is not among them."""
    opened = Review.objects.filter(of_entry=True, due_on__range=(first, last)).exclude(case__state="withdrawn")
    planned = Credential.objects.to_be_reviewed(today).filter(review_due__range=(max(first, today), last))
    return _monthly(opened, "due_on"), _monthly(planned, "review_due")


def _monthly(rows: QuerySet, day: str) -> dict[date, int]:
    by_month = rows.order_by().annotate(month=TruncMonth(day)).values("month").annotate(n=Count("pk"))
    return {found["month"]: found["n"] for found in by_month}
