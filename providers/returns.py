"""What providers must report, and when: by the obligations of the profile, and each by its own financial year (section 1.12
of the domain specification). Nothing here is written anywhere.

What was asked already is in the cases; so whatever the daily step does twice, late, or not at all, the same follows.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from django.db.models import Max

from providers import financial_years
from providers.models import Provider, ProviderReturn
from registry.content import bodies
from registry.framework import calendar, current
from registry.framework import law as framework
from registry.framework.calendar import DAY


@dataclass(frozen=True)
class Period:
    """One period of which a provider is to report, by one obligation."""

    asked: framework.ProviderReturn
    begins: date
    ends: date

    @property
    def due_on(self) -> date:
        return calendar.due(self.ends, self.asked.due, current.profile().calendar)


def law() -> str:
    """What the obligations of the profile are, in short: it differs where who must report, or when, is another. Empty where
    there are none."""
    asked = [
        (o.code, o.months, o.since.isoformat(), sorted(o.applies_to), sorted(o.dispensed))
        for o in current.profile().provider_returns
    ]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16] if asked else ""


def types() -> set[str]:
    """The types of the providers that must report anything."""
    return {name for asked in current.profile().provider_returns for name in asked.applies_to}


def obligations(provider: Provider, day: date) -> list[framework.ProviderReturn]:
    """What binds a provider that is registered on a day, or will be; a suspended one too. Of one whose registration has
    ended nothing is asked any more."""
    if provider.unverified or provider.registered_on is None:
        return []
    if provider.ended_on is not None and provider.ended_on <= day:
        return []
    return [asked for asked in current.profile().provider_returns if provider.type in asked.applies_to]


def to_open(provider: Provider, day: date) -> list[Period]:
    """The periods that have ended before a day and have not been asked for yet, the oldest first.

    They end after the provider was registered, and not before the day from which its obligation is asked for: whoever was
    registered long ago is not asked for all the years since. None ends before one that was asked for already, so that a
    financial year which ends on another day from now on brings nothing back.
    """
    last = _last_asked(provider)
    found = [
        period
        for asked in obligations(provider, day)
        for period in _ended(provider, asked, last.get(asked.code), day)
        if not is_dispensed(provider, asked, period.ends)
    ]
    return sorted(found, key=lambda period: period.ends)


def next_on(provider: Provider, day: date) -> date | None:
    """The day after the first period that has not ended before a day: when there is something to open again."""
    firsts = [
        next(financial_years.ends(provider.financial_year_end, asked.months, max(_after(provider, asked), day - DAY)))
        for asked in obligations(provider, day)
    ]
    return min(firsts) + DAY if firsts else None


def is_dispensed(provider: Provider, asked: framework.ProviderReturn, day: date) -> bool:
    """Whether the quality category of the day on which a period ends frees a provider from reporting of it."""
    held = bodies.quality_category(provider.details, day)
    return held is not None and held["category"] in asked.dispensed


def _last_asked(provider: Provider) -> dict[str, date]:
    """The last day of the last period that was asked for, by obligation."""
    rows = ProviderReturn.objects.filter(provider=provider).values("obligation").annotate(last=Max("period_until"))
    return {row["obligation"]: row["last"] for row in rows}


def _after(provider: Provider, asked: framework.ProviderReturn) -> date:
    """The day after which a period ends that may be asked for."""
    assert provider.registered_on is not None
    return max(provider.registered_on, asked.since - DAY)


def _ended(
    provider: Provider, asked: framework.ProviderReturn, last: date | None, day: date
) -> Iterator[Period]:  # fmt: skip
    """The periods of one obligation that have ended before a day, after the last one that was asked for.

    Where the financial year ends on another day since, the first period is what lies between.
    """
    year_end, after = provider.financial_year_end, max(filter(None, (_after(provider, asked), last)))
    for ends in takewhile(lambda end: end < day, financial_years.ends(year_end, asked.months, after)):
        begins = financial_years.begins(year_end, asked.months, ends)
        yield Period(asked, max(begins, last + DAY) if last else begins, ends)
