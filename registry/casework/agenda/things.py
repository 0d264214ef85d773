"""What falls due, as people read it: its kind in words, what it is of, whose it is, and where that is looked at."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.audit import Event
from registry.casework import kinds, reporting
from registry.casework.agenda import sources
from registry.casework.models import Case
from registry.models import Entry


@dataclass(frozen=True)
class Thing:
    """One thing that falls due. `uid` stays the same for as long as it lasts; `touched` is when what it is of was last
    altered; `level` is how late a report is. `url` is the staff page of what it is of."""

    day: date
    what: str
    label: Any
    uid: str
    number: str
    title: str
    kind: Any
    body: str
    officer: str
    words: str
    url: str
    touched: datetime
    level: int = 0
    days_late: int = 0

    @property
    def late_in_words(self) -> str:
        if not self.level:
            return ""
        said = ngettext("%(n)d day late, level %(level)d of 3", "%(n)d days late, level %(level)d of 3", self.days_late)
        return said % {"n": self.days_late, "level": self.level}


def read(rows: Iterable[Sequence[Any]], today: date) -> list[Thing]:
    """The things of these rows of `sources.COLUMNS`, in their order. The number of queries does not grow with them."""
    rows = [dict(zip(sources.COLUMNS, row, strict=True)) for row in rows]
    cases = _cases({row["of_case"] for row in rows} - {None})
    entries, names = _entries({row["of_entry"] for row in rows} - {""})
    pages = _pages(entries.values())
    return [
        _of_case(row, cases[row["of_case"]], today)
        if row["of_case"] is not None
        else _of_entry(row, entries[row["of_entry"]], names, pages)
        for row in rows
    ]


def _cases(keys: set[int]) -> dict[int, Case]:
    last = Event.objects.filter(case=OuterRef("pk")).order_by("-position")
    rows = Case.objects.select_related("organisation", "assigned_to")
    return rows.annotate(touched=Subquery(last.values("recorded_at")[:1])).in_bulk(keys)


def _entries(numbers: set[str]) -> tuple[dict[str, Entry], dict[str, str]]:
    """The entries, and what those are called that they name."""
    rows = Entry.objects.only("number", "kind", "title", "provider", "credential", "recorded_at")
    entries = rows.in_bulk(numbers)
    named = {n for entry in entries.values() for n in (entry.provider, entry.credential) if n}
    return entries, Entry.objects.names(named) if named else {}


def _pages(entries: Iterable[Entry]) -> dict[str, str]:
    """The staff page of each of these entries, by its number."""
    wanted = defaultdict(list)
    for entry in entries:
        if page := sources.page_of(entry.kind):
            wanted[page].append(entry.number)
    return {
        number: reverse(address, args=[key])
        for (address, keys), numbers in wanted.items()
        for number, key in keys(numbers).items()
    }


def _of_case(row: dict[str, Any], case: Case, today: date) -> Thing:
    day, touched = row["falls_on"], case.touched or case.opened_at
    level = reporting.level_on(case, today) if row["what"] == "report_late" else 0
    if level:
        # That it has become later is news of the day on which it did, with nobody having done anything.
        since = datetime.combine(reporting.levels_from(day)[level - 1], time.min, timezone.get_current_timezone())
        touched = max(touched, since)
    return Thing(
        day=day, what=row["what"], label=sources.get(row["what"]).label, uid=row["thing"], number=case.reference,
        title=case.title, kind=kinds.get(case.kind).label, body=case.organisation.legal_name,
        officer=str(case.assigned_to or ""), words=row["words"],
        url=reverse("admin:registry_case_change", args=[case.pk]), touched=touched, level=level,
        days_late=(today - day).days if level else 0,
    )  # fmt: skip


def _of_entry(row: dict[str, Any], entry: Entry, names: dict[str, str], pages: dict[str, str]) -> Thing:
    words = row["words"]
    if row["what"] == "review_opens":
        words = _("due on %(day)s") % {"day": date_format(date.fromisoformat(words), "j F Y")}
    return Thing(
        day=row["falls_on"], what=row["what"], label=sources.get(row["what"]).label, uid=row["thing"],
        number=entry.number, title=entry.title or names.get(entry.credential or "", ""),
        kind=entry.get_kind_display(), body=names.get(entry.provider or "", ""), officer="", words=words,
        url=pages.get(entry.number, ""), touched=entry.recorded_at,
    )  # fmt: skip
