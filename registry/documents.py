"""How dates and periods are written in public documents."""

from collections.abc import Iterable
from datetime import date

from psycopg.types.range import DateRange

from registry.status import DAY


def iso(day: date | None) -> str | None:
    """A calendar date as `YYYY-MM-DD`, or nothing."""
    return day.isoformat() if day else None


def periods(ranges: Iterable[DateRange]) -> list[dict[str, str | None]]:
    """Ranges of days as `from` and `until`, the last day inclusive; no last day: until further notice."""
    return [{"from": iso(r.lower), "until": iso(r.upper - DAY if r.upper else None)} for r in ranges]
