"""Numbers that people quote: allotted without gaps, never reused."""

import re
from collections.abc import Iterable

from django.db import connection

# A case number carries its year, so that officers and applicants can say it; a register number carries nothing.
WIDTH = 6
_LOOSE = re.compile(r"\s*(?P<prefix>[A-Za-z]{2})\W*(?P<digits>\d{1,9})\s*")


def allot(prefix: str, count: int = 1) -> list[str]:
    """The next `count` numbers of a series. The row stays locked until commit, so a rolled back act leaves no gap."""
    if count == 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_numberseries as s (prefix, last) values (%s, %s) "
            "on conflict (prefix) do update set last = s.last + excluded.last returning last",
            [prefix, count],
        )
        last = cursor.fetchone()[0]
    return [f"{prefix}-{n:0{WIDTH}d}" for n in range(last - count + 1, last + 1)]


def reserve(numbers: Iterable[str]) -> None:
    """Allot only what is beyond these numbers, which entries bring along from elsewhere."""
    highest: dict[str, int] = {}
    for number in numbers:
        if match := _LOOSE.fullmatch(number):
            prefix = match["prefix"].upper()
            highest[prefix] = max(highest.get(prefix, 0), int(match["digits"]))
    for prefix, last in sorted(highest.items()):
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into registry_numberseries as s (prefix, last) values (%s, %s) "
                "on conflict (prefix) do update set last = greatest(s.last, excluded.last)",
                [prefix, last],
            )


def parse_number(text: str) -> str | None:
    """A register number as people write it (`nq 000123`, `NQ-123`), in its one spelling; None if it is not one."""
    match = _LOOSE.fullmatch(text)
    return f"{match['prefix'].upper()}-{int(match['digits']):0{WIDTH}d}" if match else None
