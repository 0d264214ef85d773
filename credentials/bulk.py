"""What one case over many entries would do to each of them, before it is done: the dry run (edge cases 34 and 42).

While its draft is written the dry run is worked out anew; from the day on which it is handed on it is what was frozen then.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credentials import schedule, spreading
from credentials.lifecycle_bulk import REREGISTRATION, SPREAD
from credentials.models import Amendment, BulkRow, Credential, Reregistration, Review, ReviewSpread, Revision
from credentials.proposals import DATES
from registry.casework.models import Case
from registry.documents import iso
from registry.framework import current
from registry.models import Entry
from registry.numbers import parse_number

Standing = BulkRow.Standing
# What a case of each kind alters of an entry.
REVIEW = ("review_due", "review_anchor", "review_months", "review_period_months")
FIELDS = {REREGISTRATION: DATES, SPREAD: REVIEW}

# Why nothing is done with an entry, by the code that its row keeps.
WHY_NOT: dict[str, Any] = {
    "removed": gettext_lazy("It has been removed from the register."),
    "discontinued": gettext_lazy("It is discontinued: it is reinstated by a case of its own."),
    "suspended": gettext_lazy("It is suspended: it is decided about by itself."),
    "replaced": gettext_lazy("Another entry replaces it: it is decided about by itself."),
    "expiring": gettext_lazy("It is on its way out."),
    "waiting": gettext_lazy("A change of it has been approved and waits for its day."),
    "later": gettext_lazy("It was listed after the day on which it would end."),
    "same": gettext_lazy("It has these days already."),
    "reviewed": gettext_lazy("A review of it has been opened meanwhile."),
    "altered": gettext_lazy("Its days were changed after this had been handed on."),
}


@dataclass(frozen=True)
class Line:
    """One entry in the dry run: its days before and after, and why not where nothing is done with it."""

    credential_id: int
    number: str
    title: str
    standing: str
    why: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    revision: int | None = None

    @property
    def reason(self) -> Any:
        """Why nothing is done with it: the officer's own words of an exception, else a sentence of the register's."""
        return self.why if self.standing == Standing.EXCEPTED else WHY_NOT.get(self.why, self.why)


@dataclass
class Present:
    """How entries stand on the register on a day, asked once for all of them."""

    day: date
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    reviewed: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, credentials: Collection[Credential], day: date) -> "Present":
        rows = Entry.objects.filter(number__in=[c.number for c in credentials]).with_status(day)
        keys = [c.pk for c in credentials]
        waiting = Amendment.objects.waiting().filter(credential__in=keys)
        reviewed = Review.objects.filter(credential__in=keys, of_entry=True)
        return cls(
            day, {row["number"]: row for row in rows.values("number", "title", "status", "withdrawn_on")},
            set(waiting.values_list("credential", flat=True)), set(reviewed.values_list("credential", flat=True)),
        )  # fmt: skip

    def title(self, credential: Credential) -> str:
        """What it is called; nothing of what was removed."""
        entry = self.entries.get(credential.number)
        return entry["title"] if entry and entry["withdrawn_on"] is None else ""

    def status(self, credential: Credential) -> str:
        entry = self.entries.get(credential.number)
        return entry["status"] if entry and entry["withdrawn_on"] is None else "removed"


def said(credential: Credential, names: Iterable[str]) -> dict[str, Any]:
    """What a record says in these fields, as JSON holds it."""
    values = ((name, getattr(credential, name)) for name in names)
    return {name: iso(value) if isinstance(value, date) else value for name, value in values}


def put(credential: Credential, values: Mapping[str, Any]) -> None:
    """Put days into a record, as a row of a case over many keeps them."""
    for name, value in values.items():
        setattr(credential, name, date.fromisoformat(value) if isinstance(value, str) else value)


def frozen(case: Case) -> list[Line]:
    """Each entry as it was frozen when the case was handed on, and what has become of it since; before the decision, what
    would be left out by it today."""
    rows = list(BulkRow.objects.filter(case=case).select_related("credential").order_by("credential__number"))
    present = Present.of([row.credential for row in rows], current.today())
    return [_frozen(row, present, decided=case.decided_at is not None, kind=case.kind) for row in rows]


def _frozen(row: BulkRow, present: Present, *, decided: bool, kind: str) -> Line:
    standing, why, credential = row.standing, row.why, row.credential
    if standing == Standing.APPLIES and not decided and (left_out := why_left_out(credential, row, present, kind)):
        standing, why = Standing.LEFT_OUT, left_out
    return Line(
        credential.pk, credential.number, present.title(credential), standing, why, row.before, row.after, row.revision
    )


def why_left_out(credential: Credential, row: BulkRow, present: Present, kind: str) -> str:
    """Why an entry is left out although its row applies: it does not stand any more as it stood when that was frozen."""
    why_not = {REREGISTRATION: why_not_reregistered, SPREAD: why_not_scheduled}[kind]
    why = why_not(credential, present, row.after)
    if why in ("", "same") and said(credential, FIELDS[kind]) != row.before:
        return "altered"
    return why


def counts(lines: Iterable[Line]) -> dict[str, int]:
    """How many entries of each standing there are, none left out."""
    found = Counter(line.standing for line in lines)
    return {standing: found[standing] for standing in Standing.values}


def worked_out(case: Case) -> "Selection | Plan":
    """The dry run of a case as it is written now. Worked out once for each reading of its record, so that what is handed on
    and what is frozen of it are one and the same."""
    name = "reregistration" if hasattr(case, "reregistration") else "review_spread"
    record = getattr(case, name)
    if not hasattr(record, "worked_out"):
        record.worked_out = (selection if name == "reregistration" else plan)(record, current.today())
    return record.worked_out


def lines_of(case: Case) -> Sequence[Line]:
    """Each entry of a case: of a draft as it is worked out now, else as it was frozen."""
    return worked_out(case).lines if case.state == "draft" else frozen(case)


# -- re-registration ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Selection:
    """The dry run of a draft, and what is wrong with a line that was written, by its field."""

    lines: Sequence[Line] = ()
    problems: Sequence[tuple[str, str]] = ()


def terms(record: Reregistration) -> dict[str, Any]:
    """The days that each entry would get. The last day to start is the one that was decided, else that of the law; it is
    stored, and never worked out again (domain 2.1)."""
    days = {name: iso(getattr(record, name)) for name in DATES}
    if record.expiring_from and not record.last_new_enrolment:
        days["last_new_enrolment"] = iso(by_law(record))
    return days


def by_law(record: Reregistration) -> date | None:
    """The last day to start that the law in force on the new day gives."""
    law = current.version_on(record.expiring_from)
    return law.enrolment.last_day(expiring_from=record.expiring_from)


def selection(record: Reregistration, day: date) -> Selection:
    """Every entry that the filter or the list of a draft selects, in the order of their numbers."""
    problems: list[tuple[str, str]] = []
    listed = _listed(record.numbers, problems)
    chosen = listed if record.numbers else _filtered(record)
    credentials = list(
        Credential.objects.filter(number__in=chosen).order_by("number").select_related("awarding_body", "developer")
    )
    if record.field:
        credentials = _in_field(credentials, record.field)
    known = {c.number for c in credentials}
    for number in chosen if record.numbers else ():
        if number not in known:
            problems.append(("numbers", _("%(number)s is no entry of the register.") % {"number": number}))
    exceptions = _exceptions(record.exceptions, known, problems)
    present, after = Present.of(credentials, day), terms(record)
    lines = [
        _line(credential, present, said(credential, DATES), after, exceptions.get(credential.number))
        for credential in credentials
    ]
    return Selection(lines, problems)


def _line(
    credential: Credential, present: Present, before: dict[str, Any], after: dict[str, Any], excepted: str | None
) -> Line:
    standing, why = Standing.APPLIES, ""
    if excepted is not None:
        standing, why = Standing.EXCEPTED, excepted
    elif code := why_not_reregistered(credential, present, after):
        standing, why = Standing.CANNOT, code
    return Line(credential.pk, credential.number, present.title(credential), standing, why, before, after)


def why_not_reregistered(credential: Credential, present: Present, after: Mapping[str, Any]) -> str:
    """Why an entry cannot be registered for a further term together with others; nothing where it can."""
    status = present.status(credential)
    if status in ("removed", "discontinued", "suspended"):
        return status
    if credential.replaced_by:
        return "replaced"
    if credential.pk in present.waiting:
        return "waiting"
    ends = after["expiring_from"]
    if ends and credential.listed_on and credential.listed_on > date.fromisoformat(ends):
        return "later"
    return "same" if said(credential, DATES) == dict(after) else ""


def _listed(lines: Sequence[str], problems: list[tuple[str, str]]) -> list[str]:
    """The numbers of a pasted list, each once; what is none is told with its line."""
    found: dict[str, None] = {}
    for place, line in enumerate(lines, start=1):
        if number := parse_number(line):
            found[number] = None
        else:
            problems.append(
                ("numbers", _("Line %(n)d: “%(line)s” is no register number.") % {"n": place, "line": line})
            )
    return list(found)


def _filtered(record: Reregistration) -> list[str]:
    """The numbers of the entries that fit the filter; none while the days between which they end have not been given."""
    if not (record.ends_from and record.ends_until):
        return []
    found = Entry.objects.credentials().filter(**{f"{record.ends_by}__range": (record.ends_from, record.ends_until)})
    if record.kinds:
        found = found.filter(kind__in=record.kinds)
    if record.provider:
        found = found.filter(provider=parse_number(record.provider) or record.provider)
    if record.level:
        found = found.filter(level=record.level)
    return list(found.order_by("number").values_list("number", flat=True))


def _in_field(credentials: Sequence[Credential], prefix: str) -> list[Credential]:
    """Those of which the present content names a field whose code begins so: a code is text, its zeros count (edge case
    38)."""
    public = Revision.objects.public().filter(credential__in=[c.pk for c in credentials])
    fields = dict(public.values_list("credential", "fields"))
    return [
        credential for credential in credentials
        if any(str(row.get("code") or "").startswith(prefix) for row in fields.get(credential.pk) or ())
    ]  # fmt: skip


# A number as it begins a line, and what is said after it.
_EXCEPTION = re.compile(r"(?P<number>[A-Za-z]{2}\W{0,3}\d{1,9})(?P<reason>.*)", re.DOTALL)


def _exceptions(lines: Sequence[str], known: Collection[str], problems: list[tuple[str, str]]) -> dict[str, str]:
    """The reason of each exception by its number. Each line that cannot be read is told, and keeps none of the others."""
    found: dict[str, str] = {}
    for place, line in enumerate(lines, start=1):
        told = {"n": place, "line": line}
        match = _EXCEPTION.fullmatch(line.strip())
        number = parse_number(match["number"]) if match else None
        reason = match["reason"].strip(" ,;:\t–-") if match else ""
        if number is None:
            problem = _("Line %(n)d: “%(line)s” begins with no register number.") % told
        elif not reason:
            problem = _("Line %(n)d: give a reason after the number.") % told
        elif number in found:
            problem = _("Line %(n)d: %(number)s is named twice.") % (told | {"number": number})
        elif number not in known:
            problem = _("Line %(n)d: %(number)s is not among the selected entries.") % (told | {"number": number})
        else:
            found[number] = reason
            continue
        problems.append(("exceptions", problem))
    return found


# -- the spread of first reviews ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """Where the rule places each entry, and the days of those that keep their own."""

    first: date
    per_week: int
    least: int
    places: Sequence[spreading.Place] = ()
    kept: Sequence[date] = ()
    lines: Sequence[Line] = ()

    @property
    def busiest(self) -> int:
        """How many are placed in the week that has the most of them."""
        return busiest_week(place.due for place in self.places)


def busiest_week(days: Iterable[date]) -> int:
    return max(Counter(spreading.monday(day) for day in days).values(), default=0)


def first_due(opens_from: date) -> date:
    """The first day on which something falls due whose review opens no earlier than a day."""
    due = opens_from
    while schedule.opens_on(due) < opens_from:
        due += timedelta(days=1)
    return due


def plan(record: ReviewSpread, day: date) -> Plan:
    """The rule carried out on every entry that is current and has no next review, or one that is over (edge case 42)."""
    version, calendar = current.version_on(day), current.profile().calendar
    waiting, kept = _unscheduled(day), kept_days(day)
    periods = {c.pk: c.review_period_months or version.review_months(c.kind) for c in waiting}
    entries = [spreading.Waiting(c.number, c.listed_on, periods[c.pk]) for c in waiting]
    first = first_due(record.opens_from or day)
    least = spreading.least_per_week(entries, first, calendar, kept)
    per_week = least if record.per_week is None else max(1, record.per_week)
    places = spreading.Spread(first, per_week, calendar, kept).place(entries)
    by_number = {c.number: c for c in waiting}
    titles = Entry.objects.readable().names(by_number)
    lines = [
        Line(
            by_number[place.number].pk, place.number, titles.get(place.number, ""), Standing.APPLIES, "",
            said(by_number[place.number], REVIEW), after_of(place),
        )
        for place in places
    ]  # fmt: skip
    return Plan(first, per_week, least, places, kept, lines)


def after_of(place: spreading.Place) -> dict[str, Any]:
    """What the record of an entry says once it has its place."""
    return {
        "review_due": iso(place.due), "review_anchor": iso(place.anchor), "review_months": place.months,
        "review_period_months": place.period,
    }  # fmt: skip


def _unscheduled(day: date) -> list[Credential]:
    """The current entries that need a day, by their number. What was asked of a body already stays as late as it is."""
    asked = Review.objects.filter(of_entry=True).values("credential")
    waiting = Credential.objects.exclude(number=None).exclude(review_due__gte=day).exclude(pk__in=asked)
    stand = Entry.objects.credentials().readable().with_status(day).filter(status="current")
    present = set(stand.values_list("number", flat=True))
    return [credential for credential in waiting.order_by("number") if credential.number in present]


def kept_days(day: date) -> list[date]:
    """The days ahead on which entries are reviewed that have one: they keep it."""
    kept = Credential.objects.standing().filter(review_due__gte=day).order_by("review_due")
    return list(kept.values_list("review_due", flat=True))


def why_not_scheduled(credential: Credential, present: Present, after: Mapping[str, Any]) -> str:
    """Why an entry gets no day for its first review any more; nothing where it does."""
    status = present.status(credential)
    if status != "current":
        return status
    return "reviewed" if credential.pk in present.reviewed else ""
