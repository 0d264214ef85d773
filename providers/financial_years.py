"""The financial year of a provider, and the periods into which it is taken (section 1.12 of the domain specification).

A year ends on a day of the calendar, written as month and day: `06-30`. That of a provider which ends on 29 February ends
on the 28th in other years. Where a year ends with its month, so does each of its quarters.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from registry.framework.calendar import DAY

# Where nobody has said when it ends.
DEFAULT = "12-31"
_WRITTEN = re.compile(r"(\d\d)-(\d\d)")
# A year that has a 29 February, and one that has none.
LEAP, COMMON = 2000, 2001


def is_year_end(text: str) -> bool:
    """Whether this is a day of the calendar, as month and day."""
    found = _WRITTEN.fullmatch(text)
    return bool(found) and 1 <= int(found[1]) <= 12 and 1 <= int(found[2]) <= _last(LEAP, int(found[1]))


def ends(year_end: str, months: int, after: date) -> Iterator[date]:
    """The last days of the periods of so many months that end after a day, the first one first, without an end.

    `months` divides the year; `year_end` is empty where nobody has said when it ends.
    """
    month, day = map(int, (year_end or DEFAULT).split("-"))
    for year in range(after.year, date.max.year + 1):
        for each in range(1, 13):
            if (each - month) % months == 0 and (found := _end(year, each, month, day)) > after:
                yield found


def begins(year_end: str, months: int, until: date) -> date:
    """The first day of the period that ends on a day."""
    before = until.replace(year=until.year - 2, day=1)
    last = before
    for found in ends(year_end, months, before):
        if found >= until:
            break
        last = found
    return last + DAY


def _end(year: int, each: int, month: int, day: int) -> date:
    last = _last(year, each)
    if each != month and day >= _last(COMMON, month):
        return date(year, each, last)
    return date(year, each, min(day, last))


def _last(year: int, month: int) -> int:
    return monthrange(year, month)[1]
