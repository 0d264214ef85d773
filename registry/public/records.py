"""Public documents made ready for a page: from the index where it is in step, else from the register's own row."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from django.db.models import BinaryField, Case, Q, When

from registry.content.bodies import name_on
from registry.models import Change, Entry
from registry.search import query
from registry.status import ENDED, new_learners_may_start, status_on


@dataclass(frozen=True)
class Record:
    """An entry as it reads on a day. A tombstone has its entry's number and kind, and no document."""

    number: str
    kind: str
    document: Mapping[str, Any] | None
    status: str | None = None
    new_learners_may_start: bool = False
    sha256: str = ""
    withdrawn_on: date | None = None
    accreditations: tuple[dict[str, Any], ...] = ()


def find(number: str, day: date) -> Record | None:
    """The entry of that number with the accreditations that hang on it, in one query; None where there is none."""
    hanging = Q(credential=number) | Q(kind="accreditation", provider=number)
    rows = Entry.objects.filter(Q(number=number) | hanging).values(
        "number", "kind", "document", "document_sha256", "withdrawn_on"
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
        bytes(row["document_sha256"]).hex(), accreditations=tuple(_ready(others, day)),
    )  # fmt: skip


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
        record, document=document, status=status_on(document, day), accreditations=tuple(_ready(begun, day, past=True)),
        new_learners_may_start=new_learners_may_start(document, day), sha256=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip


def _ready(accreditations: list[dict[str, Any]], day: date, *, past: bool = False) -> list[dict[str, Any]]:
    """With status and the names of both parties; those in force first, then by provider. `past`: the names of the day."""
    known = names(n for a in accreditations for n in (a["credential"], a["provider"], *(a.get("jointly_with") or ())))
    if past:
        known |= names_on((a["provider"] for a in accreditations), day)
    standing = statuses({a["provider"] for a in accreditations}, day)
    for accreditation in accreditations:
        accreditation["status"] = status_on(accreditation, day)
        accreditation["provider_name"] = known.get(accreditation["provider"])
        accreditation["provider_left"] = left(standing.get(accreditation["provider"]))
        accreditation["partners"] = [
            {"number": number, "name": known.get(number)} for number in accreditation.get("jointly_with") or ()
        ]
        accreditation["credential_title"] = known.get(accreditation["credential"])
    return sorted(
        accreditations, key=lambda a: (a["status"] != "accredited", a["provider_name"] or "", a["accredited_from"])
    )


def names(numbers: Iterable[str]) -> dict[str, str]:
    """The present titles of these entries: from the index, else from the register."""
    wanted = set(numbers)
    if not wanted:
        return {}
    try:
        known = query.titles(wanted)
    except query.SearchUnavailable:
        known = {}
    return known if len(known) == len(wanted) else known | Entry.objects.names(wanted - known.keys())


def statuses(numbers: Iterable[str], day: date) -> dict[str, str]:
    """How these entries stand on a day, where this host has an index."""
    try:
        return query.statuses(numbers, day)
    except query.SearchUnavailable:
        return {}


def left(status: str | None) -> str | None:
    """The status of a body that is not registered, to be told beside its name: what follows, the authority decides."""
    return status if status in ("suspended", *ENDED) else None


def names_on(numbers: Iterable[str], day: date) -> dict[str, str]:
    """The legal names of these providers on a day, as far as the register knows them (edge case 7)."""
    rows = Entry.objects.providers().filter(number__in=set(numbers)).values_list("number", "document")
    return {number: name_on(orjson.loads(bytes(body)), day) for number, body in rows}


def names_in(document: Mapping[str, Any], day: date | None = None) -> dict[str, str]:
    """The names of the entries that a document names by number: the present ones, or providers' names on a past day."""
    numbers = [p["number"] for p in document.get("providers") or ()]
    numbers += [*(document.get("part_of") or ()), *(document.get("counts_towards") or ())]
    numbers += [row["number"] for name in ("stacking", "replaces", "replaced_by") for row in document.get(name) or ()]
    return names(numbers) | (names_on((p["number"] for p in document.get("providers") or ()), day) if day else {})


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
        return query.search(q="", day=day, page_size=1, facets=("kind", "level", "field"), filters={"status": OPEN})
    except query.SearchUnavailable:
        return None


# What a page shows unless asked: discontinued entries are hidden, and counted.
OPEN = ["current", "expiring", "suspended"]
