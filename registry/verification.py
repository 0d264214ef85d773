"""Does everything still agree? Recomputes every hash chain and compares entries and search index with the journal."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson
from django.db import transaction

from registry import audit, journal
from registry.canonical import GENESIS, canonical, chained
from registry.models import (
    Answer,
    Change,
    Condition,
    Decision,
    DecisionDraft,
    Entry,
    Event,
    Fee,
    Judgement,
    Letter,
    Message,
    Recommendation,
    RequestItem,
    Submission,
    Waiver,
)
from registry.search import follower, query
from registry.status import next_turn

# Of each number its last serial, the SHA-256 of its last document, and the day up to which its dates are told.
Last = dict[str, tuple[int, bytes | None, date]]
CHUNK = 2_000
FOLLOWER_MAY_LAG = 2.0  # seconds within which a publication is searchable


def differences() -> Iterator[str]:
    """Each thing that differs, as a sentence. One consistent view of the database; the index may run a little ahead."""
    with transaction.atomic():
        last: Last = {}
        withdrawn = dict(Change.objects.filter(action="withdrawn").values_list("number", "effective_from"))
        yield from _journal(last, withdrawn)
        yield from _entries(last, withdrawn)
        yield from _events()
    yield from _index()


def _journal(last: Last, withdrawn: dict[str, date]) -> Iterator[str]:
    previous, expected = GENESIS, 1
    for change in Change.objects.order_by("serial").values(*journal.CHANGE_COLUMNS).iterator(chunk_size=CHUNK):
        serial = change["serial"]
        for name in ("record", "previous_hash", "hash", "document"):
            change[name] = bytes(change[name]) if change[name] is not None else None
        if serial != expected:
            yield f"change {serial}: expected serial {expected}"
        if change["previous_hash"] != previous:
            yield f"change {serial}: does not follow the change before it"
        if change["hash"] != chained(change["previous_hash"], change["record"]):
            yield f"change {serial}: its hash is not that of its record"
        recorded = journal.recorded(change)
        if change["document"] is None and change["action"] != "withdrawn" and change["number"] in withdrawn:
            # A register restored from an export: what a listing said that was withdrawn later is not given out any more.
            recorded["document_sha256"] = _digest_of_the_document(change["record"])
        if change["record"] != canonical(recorded):
            yield f"change {serial}: its columns or document differ from the record that was hashed"
        previous, expected = change["hash"], serial + 1
        # Only the digest is kept for each number: memory grows with the entries, not with their documents.
        digest = hashlib.sha256(change["document"]).digest() if change["document"] is not None else None
        last[change["number"]] = (serial, digest, journal.told_until(change))


def _digest_of_the_document(record: bytes) -> Any:
    try:
        return orjson.loads(record)["document_sha256"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _entries(last: Last, withdrawn: dict[str, date]) -> Iterator[str]:
    seen = set()
    for entry in Entry.objects.order_by("number").values(*journal.ENTRY_COLUMNS).iterator(chunk_size=CHUNK):
        number = entry["number"]
        seen.add(number)
        if number not in last:
            yield f"entry {number}: the journal has never listed it"
            continue
        serial, digest, told = last[number]
        body = bytes(entry["document"])
        if entry["serial"] != serial:
            yield f"entry {number}: is at serial {entry['serial']}, the journal at {serial}"
        if entry["withdrawn_on"] != withdrawn.get(number):
            yield f"entry {number}: the journal and the entry disagree on whether it was withdrawn"
        if digest is not None and hashlib.sha256(body).digest() != digest:
            yield f"entry {number}: its document is not the one that the journal recorded last"
        document = orjson.loads(body)
        for name, value in journal.entry_columns(document).items():
            if entry[name] != value:
                yield f"entry {number}: column {name} says {entry[name]!r}, its document {value!r}"
        if not _turns_rightly(entry, document, told):
            yield f"entry {number}: the day on which its dates alter it next is not {entry['turns_on']}"
    for number in last.keys() - seen:
        yield f"entry {number}: missing, though the journal lists it"


def _turns_rightly(entry: Mapping[str, Any], document: Mapping[str, Any], told: date) -> bool:
    """Whether the entry waits for the next day on which its dates alter it, of those that no change tells yet.

    Not asked where the law says until when learners may start: a profile may have come since that says it otherwise.
    """
    if entry["withdrawn_on"]:
        return entry["turns_on"] is None
    if document.get("expiring_from") and not document.get("last_new_enrolment"):
        return True
    turns_on = next_turn(document, told)
    if turns_on == entry["turns_on"]:
        return True
    known = {day for _number, day in Change.objects.turns([entry["number"]])}
    while turns_on in known:
        turns_on = next_turn(document, turns_on)
    return turns_on == entry["turns_on"]


def differences_of(case_id: int) -> Iterator[str]:
    """Each thing that differs in one case, as a sentence: its chain of events, and what is hashed into it."""
    events = list(Event.objects.filter(case_id=case_id).order_by("position"))
    yield from _chain(f"case {case_id}", events)
    yield from _hashed_into_events({case_id: [event.details for event in events]}, case_id)


def _events() -> Iterator[str]:
    events = Event.objects.order_by("case_id", "position").iterator(chunk_size=CHUNK)
    hashed: dict[int, list[dict[str, Any]]] = {}
    for case_id, chain in groupby(events, key=lambda e: e.case_id):
        details: list[dict[str, Any]] = []
        yield from _chain(f"case {case_id}" if case_id else "events outside cases", chain, details if case_id else None)
        if case_id:
            hashed[case_id] = details
    yield from _hashed_into_events(hashed)


def _chain(name: str, events: Iterable[Event], details: list[dict[str, Any]] | None = None) -> Iterator[str]:
    """Whether each event of a chain is as it was hashed, and follows the one before it; `details` gathers what it says."""
    previous = GENESIS
    for position, event in enumerate(events, start=1):
        record = bytes(event.record)
        if event.position != position or bytes(event.previous_hash) != previous:
            yield f"{name}: event {event.position} does not follow the one before it"
        if bytes(event.hash) != chained(bytes(event.previous_hash), record):
            yield f"{name}: the hash of event {event.position} is not that of its record"
        if record != canonical(audit.content(event)):
            yield f"{name}: the columns of event {event.position} differ from the record that was hashed"
        previous = bytes(event.hash)
        if details is not None:
            details.append(event.details)


def _hashed_into_events(details: dict[int, list[dict[str, Any]]], only: int | None = None) -> Iterator[str]:
    """What people recorded in a case is hashed into its events: rows and events say the same. `only`: of one case."""

    def told(case_id: int, what: Mapping[str, Any], inside: str = "") -> bool:
        """Whether an event says all this, by itself or as one row of its list `inside`."""
        events = details.get(case_id, ())
        rows = (row for event in events for row in event.get(inside, ())) if inside else events
        return any(what.items() <= row.items() for row in rows)

    for model, case, label, said, inside in RECORDED:
        way = () if case == "case" else (case.replace(".", "__"),)
        rows = model.objects.select_related(*way)
        if only is not None:
            rows = rows.filter(**{"__".join((*way, "case")) if way else "case": only})
        for row in rows.iterator(chunk_size=CHUNK):
            case_id = row.case_id if case == "case" else attrgetter(f"{case}.case_id")(row)
            if not told(case_id, said(row), inside):
                yield f"case {case_id}: {label.format(row=row)} differs from its event"


def _decision(row: Decision) -> dict[str, Any]:
    return {
        "number": row.number, "matter": row.matter, "outcome": row.outcome,
        "effective_on": row.effective_on.isoformat(),
    }  # fmt: skip


def _question(row: RequestItem) -> dict[str, Any]:
    return {"criterion": row.criterion, "kind": row.kind, "question": row.question, "unanswered": row.unanswered}


def _digest(content: Any) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


# Each sort of row that is evidence: its model, how it leads to its case, what to call it, what its event says of it, and
# in which list of the event, where it is one of several.
RECORDED: tuple[tuple[Any, str, str, Callable[[Any], dict[str, Any]], str], ...] = (
    (Judgement, "case", "judgement {row.pk}",
     lambda row: {"criterion": row.criterion, "verdict": row.verdict, "reason": row.reason}, ""),
    (Recommendation, "case", "recommendation {row.pk}", lambda row: {"outcome": row.outcome, "reason": row.reason}, ""),
    (Waiver, "case", "the waiver of {row.rule}",
     lambda row: {"rule": row.rule, "reason": row.reason, "instrument": row.instrument}, ""),
    (Decision, "case", "decision {row.number}", _decision, "decisions"),
    (Decision, "case", "the reason of decision {row.number}", lambda row: {"reason": row.reason}, ""),
    (Condition, "decision", "condition {row.pk}",
     lambda row: {"text": row.text, "owner": row.owner, "due_on": row.due_on.isoformat()}, "conditions"),
    (DecisionDraft, "case", "drafted decision {row.pk}", lambda row: {"draft": row.content}, ""),
    (Letter, "case", "letter {row.pk}", lambda row: {"sha256": hashlib.sha256(row.html.encode()).hexdigest()}, ""),
    (Submission, "case", "submission {row.number}", lambda row: {"sha256": _digest(row.content)}, ""),
    (RequestItem, "request", "question {row.pk}", _question, "questions"),
    (Answer, "item.request", "answer {row.pk}", lambda row: {"text": row.text}, ""),
    (Message, "case", "message {row.pk}", lambda row: {"text": row.text}, ""),
    (Fee, "case", "fee {row.pk}",
     lambda row: {"amount": str(row.amount), "currency": row.currency, "reference": row.reference, "reason": row.reason}, ""),
)  # fmt: skip


def _index() -> Iterator[str]:
    try:
        follower.catch_up()
    except follower.IndexBusy:
        # Its follower runs, and is at most a moment behind.
        time.sleep(FOLLOWER_MAY_LAG)
    query.forget()
    try:
        applied, head = query.applied_serial(), journal.head()
    except query.SearchUnavailable as error:
        yield f"search index: {error}"
        return
    if applied < head:
        yield f"search index: has applied serial {applied}, the journal is at {head}"
        return
    rows = Entry.objects.values_list("number", "document", "withdrawn_on")
    for number, body, withdrawn_on in rows.iterator(chunk_size=CHUNK):
        indexed = query.document(number)
        if indexed != (None if withdrawn_on else bytes(body)):
            yield f"search index: {number} is not as the register has it"
