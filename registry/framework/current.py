"""The profile that this register runs under, and the authority's calendar day."""

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from registry.framework.law import Profile, ProfileError, Version
from registry.framework.profile import load, shipped


def profile() -> Profile:
    """The profile that `NQR_PROFILE` names."""
    return load(settings.NQR_PROFILE)


def today(now: datetime | None = None) -> date:
    """The calendar day in the authority's time zone, which decides on status and deadlines (design 4.7)."""
    return timezone.localdate(now or timezone.now())


def version_on(day: date) -> Version:
    return profile().version_on(day)


def version(identifier: str) -> Version:
    """The version by which a case or entry was judged, even where the register has another profile since.

    Raises ProfileError where no profile has it.
    """
    for code in dict.fromkeys([settings.NQR_PROFILE, *shipped()]):
        for known in load(code).versions:
            if known.id == identifier:
                return known
    raise ProfileError(f"no profile has a version {identifier!r}")
