"""The rule by which the first reviews of imported entries are spread, so that no week has too many of them (edge case 42).

An entry is placed on the anniversary of its listing that ends a whole number of its periods, unless the week of that day is
full; then it moves on to the next week that has room, and after the last week of its period to the first one. Where no week
of its period has room, it comes after it. The entries with the shorter periods are placed first, and of one period those
with a day of listing, each by their number: whoever has fewer weeks to go to comes before whoever has more, so that
everybody is placed within one period wherever the limit allows it. Nothing here reads or writes anything: the same entries
give the same days.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from registry.framework.calendar import is_working_day, rolled
from registry.framework.law import Calendar
from registry.framework.operators import months_after

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """An entry that has no day yet: since when it is listed, where that is known, and every how many months it is reviewed."""

    number: str
    listed_on: date | None
    period: int


@dataclass(frozen=True)
class Place:
    """The day that an entry gets: so many months after the day from which its reviews count."""

    number: str
    due: date
    anchor: date
    months: int
    period: int

    @property
    def on_anniversary(self) -> bool:
        return self.months > 0


def monday(day: date) -> date:
    """The week of a day, by its first day."""
    return day - timedelta(days=day.weekday())


@dataclass
class Spread:
    """The weeks from the first day on. `kept`: the days on which other reviews fall due, which take their room."""

    first: date
    per_week: int
    calendar: Calendar
    kept: Iterable[date] = ()
    _placed: Counter = field(default_factory=Counter, repr=False)
    # No week before this one, of those from the first one on, has room; and where the search from a week ended last.
    _from: dict[date, date] = field(default_factory=dict, repr=False)

    @cached_property
    def _taken(self) -> Counter:
        return Counter(monday(day) for day in self.kept)

    def place(self, entries: Sequence[Waiting]) -> list[Place]:
        """A day for each, by their numbers. Raises ValueError where no entry at all may fall due in a week."""
        if self.per_week < 1:
            raise ValueError("At least one review a week has to be possible.")
        undated = Counter(entry.period for entry in entries if entry.listed_on is None)
        seen: Counter = Counter()
        found = []
        for entry in sorted(entries, key=lambda e: (e.period, e.listed_on is None, e.number)):
            if entry.listed_on is None:
                wanted = self._evenly(seen[entry.period], undated[entry.period], entry.period)
                seen[entry.period] += 1
                found.append(self._in_week_from(entry, wanted))
            else:
                found.append(self._on_anniversary(entry))
        return sorted(found, key=lambda place: place.number)

    def last(self, period: int) -> date:
        """The last day of one period from the first day on."""
        return months_after(self.first, period) - timedelta(days=1)

    def room(self, week: date) -> int:
        return self.per_week - self._taken[week] - self._placed[week]

    def days(self, week: date, until: date | None = None) -> list[date]:
        """The days of a week on which something can be placed: working days from the first day on."""
        days = (week + timedelta(days=n) for n in range(7))
        return [
            day for day in days
            if day >= self.first and (until is None or day <= until) and is_working_day(day, self.calendar)
        ]  # fmt: skip

    def _on_anniversary(self, entry: Waiting) -> Place:
        months, strict = anniversary(entry.listed_on, entry.period, self.first)
        due = rolled(strict, self.calendar)
        if due > self.last(entry.period):
            return self._in_week_from(entry, self.first)
        if self.room(monday(due)) > 0:
            self._placed[monday(due)] += 1
            return Place(entry.number, due, entry.listed_on, months, entry.period)
        return self._in_week_from(entry, due)

    def _in_week_from(self, entry: Waiting, wanted: date) -> Place:
        """In the first week with room from that of a day on; on the days of a week one after another."""
        last = self.last(entry.period)
        week, until = next(self._weeks(monday(wanted), last))
        days = self.days(week, until)
        due = days[self._placed[week] % len(days)]
        self._placed[week] += 1
        return Place(entry.number, due, due, 0, entry.period)

    def _weeks(self, wanted: date, last: date) -> Iterator[tuple[date, date | None]]:
        """The weeks with room in the order in which they are tried, each with the last day that counts in it."""
        for begin, end in ((wanted, monday(last)), (monday(self.first), wanted - WEEK)):
            week = self._next_with_room(begin)
            while week <= end:
                if self.days(week, last):
                    yield week, last
                week = self._next_with_room(week + WEEK)
        week = self._next_with_room(monday(last))
        while True:
            if [day for day in self.days(week) if day > last]:
                yield week, None
            week = self._next_with_room(week + WEEK)

    def _next_with_room(self, week: date) -> date:
        """The first week with room from this one on. Full weeks stay full: what was found is remembered."""
        passed = []
        while self.room(week) <= 0:
            passed.append(week)
            week = self._from.get(week, week + WEEK)
        for full in passed:
            self._from[full] = week
        return week

    def _evenly(self, index: int, count: int, period: int) -> date:
        """For an entry of which nobody knows since when it is listed: an even share of the period's weeks."""
        weeks = (monday(self.last(period)) - monday(self.first)).days // 7 + 1
        return max(self.first, monday(self.first) + WEEK * (index * weeks // count))


def anniversary(listed_on: date, period: int, first: date) -> tuple[int, date]:
    """The first day from `first` on that comes a whole number of periods after a listing, and those months."""
    whole = (first.year - listed_on.year) * 12 + first.month - listed_on.month
    times = max(1, whole // period)
    while months_after(listed_on, times * period) < first:
        times += 1
    return times * period, months_after(listed_on, times * period)


def least_per_week(entries: Sequence[Waiting], first: date, calendar: Calendar, kept: Iterable[date] = ()) -> int:
    """The smallest limit with which everybody is placed within one of their own periods."""
    if not entries:
        return 1
    kept = list(kept)
    periods = Counter(entry.period for entry in entries)
    low, high = 1, len(entries) + len(kept)
    while low < high:
        middle = (low + high) // 2
        if _suffices(Spread(first, middle, calendar, kept), periods):
            high = middle
        else:
            low = middle + 1
    return low


def _suffices(spread: Spread, periods: Counter) -> bool:
    """Whether all whose periods are at most so long find room within it, for each length: then everybody does."""
    waiting = 0
    for period in sorted(periods):
        waiting += periods[period]
        if waiting > room_within(spread, period):
            return False
    return True


def room_within(spread: Spread, period: int) -> int:
    """How many can be placed within one period, before anybody has been."""
    last, week, room = spread.last(period), monday(spread.first), 0
    while week <= monday(last):
        if spread.days(week, last):
            room += max(0, spread.room(week))
        week += WEEK
    return room
