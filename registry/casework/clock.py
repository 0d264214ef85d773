"""The time that a case may take: working days of the authority, while the authority has the ball.

A target is stored when it begins to run. While the applicant is asked something the clock stands, once, however many
requests are open (edge case 18); what was left of it goes on when the last one is closed. A holiday that is added to the
calendar later shortens no deadline that runs (edge case 17).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from registry.casework import kinds
from registry.framework import current
from registry.framework.calendar import add_working_days, due, is_working_day, next_working_day
from registry.framework.law import Calendar

DAY = timedelta(days=1)
APPLICANT, AUTHORITY = "applicant", "authority"
# The states in which something is asked of the applicant; one that has ended is nobody's.
WITH_APPLICANT = frozenset({"draft", "returned", "information_requested", "developing"})


@dataclass(frozen=True)
class Standing:
    """Whose turn it is, until when, and how many working days are left: fewer than none is late. None: no target."""

    holder: str | None
    due_on: date | None
    days_left: int | None
    paused_days: int

    @property
    def overdue(self) -> bool:
        return self.days_left is not None and self.days_left < 0


def standing(case: kinds.Case, today: date) -> Standing:
    """Where a case stands on a day: of one that waits for the applicant, the days are those left to the authority."""
    kind = kinds.get(case.kind)
    if kind.ends_in(case.state):
        return Standing(None, None, None, case.paused_days)
    prepared = kind.authority and case.state == "draft"
    holder = APPLICANT if case.state in WITH_APPLICANT and not prepared else AUTHORITY
    if case.due_on is None:
        return Standing(holder, None, case.days_left, case.paused_days + _stood(case, today))
    left = working_days_between(today, case.due_on, current.profile().calendar)
    return Standing(holder, case.due_on, left, case.paused_days)


def apply(case: kinds.Case, what: str | None, today: date) -> None:
    """Do to the clock of a locked case what a transition says; the caller saves it."""
    calendar = current.profile().calendar
    match what:
        case None:
            return
        case "pause":
            if case.due_on is not None:
                case.days_left = working_days_between(today, case.due_on, calendar)
                case.paused_on, case.due_on = today, None
        case "resume":
            if case.paused_on is not None and case.days_left is not None:
                case.paused_days += _stood(case, today)
                case.due_on = shift(today, case.days_left, calendar)
            case.paused_on = case.days_left = None
        case "stop":
            case.due_on = case.paused_on = case.days_left = None
        case _:
            case.due_on = deadline(case, what, today)
            case.paused_on = case.days_left = None


def _stood(case: kinds.Case, today: date) -> int:
    """The working days on which the clock has stood since it was stopped."""
    if case.paused_on is None:
        return 0
    return max(0, working_days_between(case.paused_on, today, current.profile().calendar))


def working_days_between(first: date, last: date, calendar: Calendar) -> int:
    """The working days after `first` up to `last`, that one included; fewer than none where it came before."""
    if last < first:
        return -working_days_between(last, first, calendar)
    days = ((first + n * DAY) for n in range(1, (last - first).days + 1))
    return sum(is_working_day(day, calendar) for day in days)


def shift(day: date, count: int, calendar: Calendar) -> date:
    """The `count`-th working day after a day; for a negative count, before it; for none, the day or the next one."""
    if count > 0:
        return add_working_days(day, count, calendar)
    day = next_working_day(day, calendar)
    while count < 0:
        day -= DAY
        count += is_working_day(day, calendar)
    return day


def deadline(case: kinds.Case, name: str, today: date) -> date:
    """The last day of a deadline of the case's law that begins today: of `information_request`, of `reconsideration`."""
    version = current.version(case.profile) if case.profile else current.version_on(today)
    return due(today, version.deadlines[name], current.profile().calendar)
