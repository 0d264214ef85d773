"""Working days of the authority. All dates are calendar dates in its time zone, and "until" is inclusive (design 4.7).

The public holidays of a country come from the `holidays` package, movable feasts included; what the authority closes
besides stands in its profile. A date that has been worked out is stored: a holiday that is added later shortens nothing.
"""

from contextlib import suppress
from datetime import date, timedelta
from functools import cache

from registry.framework.law import Calendar, Deadline, Profile, ProfileError
from registry.framework.operators import months_after

DAY = timedelta(days=1)


def validate(profile: Profile) -> None:
    """Raise ProfileError where the public holidays of the profile's country or region are not known."""
    import holidays

    country, region = profile.calendar.holidays, profile.calendar.region
    if country is None and region is None:
        return
    # Every process asks this at its start: the one country, and the list of all only to say what there is instead.
    if country is not None:
        with suppress(NotImplementedError):
            holidays.country_holidays(country, subdiv=region)
            return
    known = holidays.list_supported_countries()
    if country and country not in known:
        raise ProfileError(f"{profile.code}.toml: calendar.holidays: the public holidays of {country} are not known")
    if region and region not in known.get(country, ()):
        regions = ", ".join(known.get(country, ())) or "none"
        raise ProfileError(f"{profile.code}.toml: calendar.region: {region!r} is not known; there are: {regions}")


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Whether the authority works on that day."""
    return (
        day.weekday() not in calendar.weekend
        and day not in calendar.closed
        and day not in _public_holidays(calendar.holidays, calendar.region, day.year)
    )


def next_working_day(day: date, calendar: Calendar) -> date:
    """The day itself if it is a working day, else the first one after it."""
    while not is_working_day(day, calendar):
        day += DAY
    return day


def add_working_days(day: date, count: int, calendar: Calendar) -> date:
    """The `count`-th working day after a day, which itself does not count: 10 days from a Monday is the Monday after next."""
    for _ in range(count):
        day = next_working_day(day + DAY, calendar)
    return day


def due(start: date, deadline: Deadline, calendar: Calendar) -> date:
    """The last day of a deadline that runs from `start`; the day that is shown is the day that counts."""
    if deadline.unit == "working_days":
        return add_working_days(start, deadline.amount, calendar)
    return rolled(strictly(start, deadline), calendar)


def strictly(start: date, deadline: Deadline) -> date:
    """So many days or months from a day on, whatever day of the week that is."""
    if deadline.unit == "months":
        return months_after(start, deadline.amount)
    return start + timedelta(days=deadline.amount)


def rolled(day: date, calendar: Calendar) -> date:
    """The day on which something falls due that would fall due on this one: the next working day, where the profile says
    so (edge case 17)."""
    return next_working_day(day, calendar) if calendar.rolls else day


@cache
def _public_holidays(country: str | None, region: str | None, year: int) -> frozenset[date]:
    if country is None:
        return frozenset()
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))
