"""How dates and periods are written in public documents, and what they may lack."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext_lazy as _
from psycopg.types.range import DateRange

from registry.status import DAY


def address(kind: str, number: str) -> str:
    """Where the public page of an entry is, for ever."""
    return f"/providers/{number}" if kind == "provider" else f"/q/{number}"


def iso(day: date | None) -> str | None:
    """A calendar date as `YYYY-MM-DD`, or nothing."""
    return day.isoformat() if day else None


def periods(ranges: Iterable[DateRange]) -> list[dict[str, str | None]]:
    """Ranges of days as `from` and `until`, the last day inclusive; no last day: until further notice."""
    return [{"from": iso(r.lower), "until": iso(r.upper - DAY if r.upper else None)} for r in ranges]


# What an imported entry may lack: listed on its page, and summed for staff. The keys are those of its document.
GAPS = {
    "purpose": _("Purpose"),
    "learning_outcomes": _("Learning outcomes"),
    "level": _("Level"),
    "credits": _("Credits"),
    "assessment": _("Assessment"),
    "listed_on": _("First day on the register"),
    "awarding_body": _("Awarding body"),
    "expiry_end": _("Last day"),
    "type": _("Type"),
    "registered_on": _("Date of registration"),
    "website": _("Website"),
}
