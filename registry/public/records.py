"""Public documents made ready for a page: from the index where it is in step, else from the register's own row."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from django.db.models import BinaryField, Case, Q, Subquery, When

from registry import outage
from registry.content.bodies import name_on
from registry.models import Change, Entry
from registry.numbers import parse_number
from registry.search import query, stored
from registry.status import ENDED, new_learners_may_start, status_on


@dataclass(frozen=True)
class Record:
    """An entry as it reads on a day. A tombstone has its entry's number and kind, and no document.

    `head`: the journal's last serial when it was read. The names that it is shown with are not older than that.
    """

    number: str
    kind: str
    document: Mapping[str, Any] | None
    status: str | None = None
    new_learners_may_start: bool = False
    sha256: str = ""
    withdrawn_on: date | None = None
    accreditations: tuple[dict[str, Any], ...] = ()
    head: int | None = None


def find(number: str, day: date) -> Record | None:
    """The entry of that number with the accreditations that hang on it; None where the register has none.

    From this host's index where that was the register's state less than two seconds ago, else by one query. While the
    database is away, from the index however old: raises outage.Away for what that lacks.
    """
    if parse_number(number) != number:
        return None  # whatever else was typed into an address is no number
    here = stored.in_step()
    if here and (found := _indexed(here, number, day)):
        return found
    try:
        return _registered(number, day)
    except outage.ERRORS as error:
        outage.noticed(error)
    try:
        found = _indexed(stored.latest(), number, day)
    except query.SearchUnavailable:
        found = None
    if found is None:
        raise outage.Away(number)
    return found


def is_known(number: str) -> bool:
    """Whether there is something to read at that number, a tombstone included."""
    if parse_number(number) != number:
        return False
    here = stored.in_step()
    if here and here.document(number):
        return True
    try:
        return Entry.objects.filter(number=number).exists()
    except outage.ERRORS as error:
        outage.noticed(error)
    try:
        return stored.latest().document(number) is not None
    except query.SearchUnavailable:
        return False


def _indexed(here: stored.Snapshot, number: str, day: date) -> Record | None:
    body = here.document(number)
    if body is None:
        return None  # of a tombstone too: the register tells
    document, others = orjson.loads(body), [orjson.loads(other) for other in here.hanging_on(number)]
    return Record(
        number, document["kind"], document, status_on(document, day), new_learners_may_start(document, day),
        hashlib.sha256(body).hexdigest(), accreditations=tuple(_ready(others, day, head=here.serial)), head=here.serial,
    )  # fmt: skip


def _registered(number: str, day: date) -> Record | None:
    hanging = Q(credential=number) | Q(kind="accreditation", provider=number)
    rows = (
        Entry.objects.filter(Q(number=number) | hanging)
        .annotate(head=_HEAD)
        .values("number", "kind", "document", "document_sha256", "withdrawn_on", "head")
    )
    by_number = {row["number"]: row for row in rows}
    row = by_number.pop(number, None)
    if row is None:
        return None
    if row["withdrawn_on"]:
        return Record(number, row["kind"], None, withdrawn_on=row["withdrawn_on"])
    document = orjson.loads(bytes(row["document"]))
    others = [orjson.loads(bytes(r["document"])) for r in by_number.values() if r["withdrawn_on"] is None]
    return Record(
        number, row["kind"], document, status_on(document, day), new_learners_may_start(document, day),
        bytes(row["document_sha256"]).hex(), accreditations=tuple(_ready(others, day, head=row["head"])), head=row["head"],
    )  # fmt: skip


# Read with the entry, in the same query.
_HEAD = Subquery(Change.objects.order_by("-serial").values("serial")[:1])


def removal(number: str) -> Change:
    """The change by which a wrong listing was withdrawn: its day, its public reason and the decision."""
    return Change.objects.filter(number=number, action=Change.Action.WITHDRAWN).latest("serial")


def find_as_at(record: Record, day: date) -> Record | None:
    """The entry as it was in force on a day, on present knowledge, with its accreditations of that day.

    None before it was on the register.
    """
    numbers = [record.number, *(a["number"] for a in record.accreditations)]
    changes = Change.objects.filter(number__in=numbers).exclude(document=None).as_at(day)
    bodies = {change.number: bytes(change.document) for change in changes}
    body = bodies.pop(record.number, None)
    if body is None:
        return None
    document, others = orjson.loads(body), [orjson.loads(other) for other in bodies.values()]
    begun = [a for a in others if a["accredited_from"] <= day.isoformat()]
    return replace(
        record, document=document, status=status_on(document, day),
        accreditations=tuple(_ready(begun, day, past=True, head=record.head)),
        new_learners_may_start=new_learners_may_start(document, day), sha256=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip


def _ready(
    accreditations: list[dict[str, Any]], day: date, *, past: bool = False, head: int | None = None
) -> list[dict[str, Any]]:
    """With status and the names of both parties; those in force first, then by provider. `past`: the names of the day."""
    parties = (n for a in accreditations for n in (a["credential"], a["provider"], *(a.get("jointly_with") or ())))
    known = names(parties, head=head)
    if past:
        known |= names_on((a["provider"] for a in accreditations), day)
    standing = statuses({a["provider"] for a in accreditations}, day, head=head)
    for accreditation in accreditations:
        accreditation["status"] = status_on(accreditation, day)
        accreditation["provider_name"] = known.get(accreditation["provider"])
        accreditation["provider_left"] = left(standing.get(accreditation["provider"]))
        accreditation["partners"] = [
            {"number": number, "name": known.get(number)} for number in accreditation.get("jointly_with") or ()
        ]
        accreditation["credential_title"] = known.get(accreditation["credential"])
    return sorted(
        accreditations,
        key=lambda a: (a["status"] != "accredited", a["provider_name"] or "", a["accredited_from"], a["number"]),
    )


def names(numbers: Iterable[str], *, head: int | None = None) -> dict[str, str]:
    """The present titles of these entries: from the index, else from the register.

    With `head`, none is older than that serial: an index that has not reached it is not asked while the database answers.
    """
    wanted = set(numbers)
    if not wanted:
        return {}
    known = {} if _is_behind(head) else _titles(wanted)
    if len(known) == len(wanted):
        return known
    try:
        return known | Entry.objects.names(wanted - known.keys())
    except outage.ERRORS as error:
        outage.noticed(error)
        return _titles(wanted)


def statuses(numbers: Iterable[str], day: date, *, head: int | None = None) -> dict[str, str]:
    """How these entries stand on a day: from the index where there is one that reaches `head`, else from the register."""
    wanted = set(numbers)
    if wanted and _is_behind(head):
        try:
            return dict(Entry.objects.filter(number__in=wanted).with_status(day).values_list("number", "status"))
        except outage.ERRORS as error:
            outage.noticed(error)
    try:
        return query.statuses(wanted, day)
    except query.SearchUnavailable:
        return {}


def _is_behind(head: int | None) -> bool:
    return head is not None and not stored.reaches(head)


def _titles(numbers: Iterable[str]) -> dict[str, str]:
    try:
        return query.titles(numbers)
    except query.SearchUnavailable:
        return {}


def left(status: str | None) -> str | None:
    """The status of a body that is not registered, to be told beside its name: what follows, the authority decides."""
    return status if status in ("suspended", *ENDED) else None


def names_on(numbers: Iterable[str], day: date) -> dict[str, str]:
    """The legal names of these providers on a day, as far as the register knows them (edge case 7)."""
    rows = Entry.objects.providers().filter(number__in=set(numbers)).values_list("number", "document")
    return {number: name_on(orjson.loads(bytes(body)), day) for number, body in rows}


def names_in(document: Mapping[str, Any], day: date | None = None, *, head: int | None = None) -> dict[str, str]:
    """The names of the entries that a document names by number: the present ones, or providers' names on a past day."""
    numbers = [p["number"] for p in document.get("providers") or ()]
    numbers += [*(document.get("part_of") or ()), *(document.get("counts_towards") or ())]
    numbers += [row["number"] for name in ("stacking", "replaces", "replaced_by") for row in document.get(name) or ()]
    return names(numbers, head=head) | (
        names_on((p["number"] for p in document.get("providers") or ()), day) if day else {}
    )


def history(number: str) -> list[Change]:
    """The entry's changes, latest first. Those that its dates made by themselves say what they made of it: `by_date`."""
    # The documents of these alone are read, with the rest and in the same query.
    by_date = Q(action=Change.Action.STATUS, decision_number=None)
    said = Case(When(by_date, then="document"), output_field=BinaryField())
    changes = list(Change.objects.of(number).annotate(said=said).defer("record", "document", "previous_hash").reverse())
    for change in changes:
        change.by_date = _by_date(change) if change.said else None
    return changes


def _by_date(change: Change) -> dict[str, Any]:
    """The status that began on the day of a change, and whether learners may start since: what of both it altered."""
    document, day = orjson.loads(bytes(change.said)), change.effective_from
    said = {"status": status_on(document, day), "may_start": new_learners_may_start(document, day)}
    altered = set(change.changed_fields)
    return {
        "status": said["status"] if "status" in altered else None,
        "may_start": said["may_start"] if "new_learners_may_start" in altered else None,
    }


def last_change() -> Change | None:
    return Change.objects.only("serial", "recorded_at").order_by("-serial").first()


def facets_of_everything(day: date) -> query.Result | None:
    """Counts for the home page; None where this host has no index yet."""
    try:
        return query.search(
            q="", day=day, page_size=1, facets=("kind", "level", "field_group"), filters={"status": OPEN}
        )
    except query.SearchUnavailable:
        return None


# What a page shows unless asked: discontinued entries are hidden, and counted.
OPEN = ["current", "expiring", "suspended"]
