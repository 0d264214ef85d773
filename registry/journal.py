"""The journal: the only writer of `Entry` and `Change`.

Every publication runs in the caller's transaction under one advisory lock, held until commit: serials have no gaps and
become visible in commit order, so that a follower who asks for what came after a serial misses nothing (design 4.4).
The caller has locked its case and its rows before; the journal's lock is always the last one taken.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.range import DateRange

from registry.canonical import GENESIS, canonical, chained
from registry.copying import copy_in
from registry.errors import Conflict, RegisterError
from registry.models import Change, Entry, Event
from registry.numbers import allot, reserve
from registry.status import DAY, new_learners_may_start, next_turn, parse, status_on, turned

JOURNAL_LOCK = 7_301_001
# A batch holds the lock for well under a second, so that a decision during an import waits at most two (design 3).
BATCH = 1_000
# After a history was taken in, nothing is added to it by itself for so long: its next part must still follow.
MAY_GO_ON = timedelta(days=2)
PREFIXES = {"provider": "PR", "accreditation": "AC"}
# Not content: they follow from the entry's place in the journal.
POSITION = ("number", "revision")
CHANNEL = "registry_changes"

CHANGE_COLUMNS = (
    "serial", "number", "kind", "action", "revision", "changed_fields", "effective_from", "recorded_at",
    "decision_number", "reason", "record", "document", "previous_hash", "hash",
)  # fmt: skip
ENTRY_COLUMNS = (
    "number", "kind", "title", "language", "level", "credits", "revision", "serial", "document", "document_sha256",
    "listed_on", "last_new_enrolment", "expiring_from", "expiry_end", "closed_undated", "suspensions", "ended_as",
    "unverified", "provider", "credential", "provider_numbers", "withdrawn_on", "first_recorded_at", "recorded_at",
    "turns_on",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A document to be made public. `action` is worked out where it is None: listed when new, else revised.

    A first listing under a number that the entry had elsewhere may keep the `revision` that it had there.
    """

    document: Mapping[str, Any]
    effective_from: date
    action: str | None = None
    decision_number: str | None = None
    reason: str = ""
    revision: int | None = None


@dataclass(frozen=True)
class Published:
    """Where a publication landed. `serial` is None where the content was public already; `before` is what was public."""

    number: str
    revision: int
    serial: int | None
    document: Mapping[str, Any]
    before: Mapping[str, Any] | None = None


def publish(
    document: Mapping[str, Any],
    *,
    effective_from: date,
    action: str | None = None,
    decision_number: str | None = None,
    reason: str = "",
    now: datetime | None = None,
) -> Published:
    """Make one document public; see `publish_many`."""
    publication = Publication(
        document=document, effective_from=effective_from, action=action, decision_number=decision_number, reason=reason
    )
    return publish_many([publication], now=now)[0]


def publish_many(publications: Sequence[Publication], *, now: datetime | None = None) -> list[Published]:
    """Make up to `BATCH` documents public in the caller's transaction; unchanged content makes no serial.

    A document whose number is None gets the next one. Raises RegisterError for a document that takes effect after
    today (it waits at the desk), for one about a withdrawn number, and outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RegisterError("The journal is written in the transaction of the act that causes it, never outside one.")
    if len(publications) > BATCH:
        raise RegisterError(f"At most {BATCH} documents are published in one transaction.")
    now = (now or timezone.now()).astimezone(UTC)
    today = timezone.localdate(now)
    for publication in publications:
        if publication.effective_from > today:
            raise RegisterError("A document that takes effect after today waits at the desk until its day.")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [JOURNAL_LOCK])
        serial, previous = _head()
        known = _entries(p.document.get("number") for p in publications)
        reserve({p.document["number"] for p in publications if p.document.get("number")} - known.keys())
        numbers = _numbers(publications)
        changes, entries, published = [], {}, []
        fresh = {number for number in numbers if number not in known}
        for publication, number in zip(publications, numbers, strict=True):
            content = {k: v for k, v in publication.document.items() if k not in POSITION}
            entry = known.get(number)
            if entry and entry["withdrawn_on"]:
                raise RegisterError(f"{number} was withdrawn; its number is never used again.")
            before = entry and {k: v for k, v in orjson.loads(entry["document"]).items() if k not in POSITION}
            if before is not None and canonical(before) == canonical(content):
                published.append(Published(number, entry["revision"], None, publication.document, before))
                continue
            action = publication.action or ("revised" if entry else "listed")
            revision = (entry["revision"] + (action == "revised")) if entry else publication.revision or 1
            document = {**content, "number": number, "revision": revision}
            body = canonical(document)
            serial += 1
            change = _change(
                serial, previous, now,
                number=number, kind=content["kind"], action=action, revision=revision,
                changed_fields=changed_fields(before, content) if entry else [],
                effective_from=publication.effective_from, decision_number=publication.decision_number,
                reason=publication.reason, document=body,
            )  # fmt: skip
            previous = change["hash"]
            changes.append(change)
            first = entry["first_recorded_at"] if entry else now
            entries[number] = known[number] = _entry(document, body, serial, first, now, told_until(change))
            published.append(Published(number, revision, serial, document, before))
        _write(cursor, changes, entries, fresh)
    return published


def withdraw(
    number: str, *, effective_from: date, decision_number: str | None, reason: str, now: datetime | None = None
) -> int:
    """Remove a wrong listing: the number stays as a tombstone and is never reused. Returns the serial.

    Raises RegisterError where the number is not on the register, is withdrawn already, or no reason is given.
    """
    if not reason.strip():
        raise RegisterError("A listing is withdrawn with a reason.")
    now = (now or timezone.now()).astimezone(UTC)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [JOURNAL_LOCK])
        serial, previous = _head()
        entry = _entries([number]).get(number)
        if entry is None or entry["withdrawn_on"]:
            raise RegisterError(f"{number} is not a number that can be withdrawn.")
        change = _change(
            serial + 1, previous, now,
            number=number, kind=entry["kind"], action="withdrawn", revision=entry["revision"], changed_fields=[],
            effective_from=effective_from, decision_number=decision_number, reason=reason, document=None,
        )  # fmt: skip
        entry |= {"withdrawn_on": effective_from, "turns_on": None, "serial": serial + 1, "recorded_at": now}
        _write(cursor, [change], {number: entry})
    return serial + 1


def append(changes: Sequence[Mapping[str, Any]], *, withdrawn: Mapping[str, date]) -> None:
    """Write changes that were recorded before, as they were, and the entries they lead to: `registry.restoring` calls it.

    A number in `withdrawn`, with the day from which that holds, has no document any more: its entry is a tombstone at
    once. Raises Conflict where the changes do not follow the journal's last one.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [JOURNAL_LOCK])
        serial, previous = _head()
        first = changes[0]
        if (first["serial"], first["previous_hash"]) != (serial + 1, previous):
            raise Conflict(f"The journal is at serial {serial} by now: change {first['serial']} does not follow it.")
        known = _entries(change["number"] for change in changes)
        fresh = {change["number"] for change in changes} - known.keys()
        reserve(fresh)
        entries = {}
        for change in changes:
            number = change["number"]
            entries[number] = known[number] = _restored(change, known.get(number), withdrawn.get(number))
        _write(cursor, changes, entries, fresh)


def _restored(change: Mapping[str, Any], entry: dict[str, Any] | None, withdrawn_on: date | None) -> dict[str, Any]:
    """The entry after a change that was recorded before."""
    serial, now, until = change["serial"], change["recorded_at"], told_until(change)
    first = entry["first_recorded_at"] if entry else now
    if change["document"] is not None:
        return _entry(orjson.loads(change["document"]), change["document"], serial, first, now, until)
    if change["action"] == "withdrawn" and entry:
        return entry | {
            "withdrawn_on": change["effective_from"],
            "turns_on": None,
            "serial": serial,
            "recorded_at": now,
        }
    rest = {name: change[name] for name in ("number", "kind", "revision")}
    return _entry(rest, canonical(rest), serial, first, now, until) | {"withdrawn_on": withdrawn_on}


# -- what the dates of an entry do by themselves ------------------------------------------------------------------------


def told_until(change: Mapping[str, Any]) -> date:
    """The day up to which a change has told what its document's dates alter.

    One of the dates themselves tells its own day alone, since it may be recorded late. Any other tells all that the
    dates of its document had altered by the day on which it was recorded: an import tells nothing of years long past.
    """
    if change["action"] == "status" and change["decision_number"] is None:
        return change["effective_from"]
    return timezone.localdate(change["recorded_at"])


def turn(day: date, *, now: datetime | None = None) -> int:
    """Record that the dates of entries have altered their status, or whether new learners may start, by `day`.

    A daily step: one change for each entry and date, with the same document and revision and on no decision, in the
    order of their days, also where several have come since this ran last. At most `BATCH` in one transaction; none
    while a history is taken in from a file, which tells the same by itself further down. Returns how many.
    """
    now, made = (now or timezone.now()).astimezone(UTC), 0
    day = min(day, timezone.localdate(now))
    while Entry.objects.turning(day).exists():
        with transaction.atomic():
            told = _turn_some(day, now)
        if told is None:
            break
        made += told
    return made


def _turn_some(day: date, now: datetime) -> int | None:
    """The next batch, looked for under the lock: another process may have told some of them while this one waited.

    None where the journal ends with a history that was taken in just now and may go on.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [JOURNAL_LOCK])
        serial, previous = _head()
        if _is_taken_in(serial, now):
            return None
        rows = Entry.objects.turning(day).order_by("turns_on", "number").values(*ENTRY_COLUMNS)[:BATCH]
        due = [row | {"document": bytes(row["document"])} for row in rows]
        told = Change.objects.turns([row["number"] for row in due])
        changes, entries, passed = [], {}, []
        for entry in due:
            number, on, body = entry["number"], entry["turns_on"], entry["document"]
            document = orjson.loads(body)
            altered = turned(document, on)
            # Told before, as in a rehearsal; or the law says since of another day until when learners may start.
            if (number, on) in told or not altered:
                passed.append((next_turn(document, on), number))
                continue
            serial += 1
            change = _change(
                serial, previous, now,
                number=number, kind=entry["kind"], action="status", revision=entry["revision"], changed_fields=altered,
                effective_from=on, decision_number=None, reason=_turn_in_words(document, on), document=body,
            )  # fmt: skip
            previous = change["hash"]
            changes.append(change)
            entries[number] = _entry(document, body, serial, entry["first_recorded_at"], now, told_until(change))
        _write(cursor, changes, entries)
        cursor.executemany("update registry_entry set turns_on = %s where number = %s", passed)
    return len(changes)


def _is_taken_in(serial: int, now: datetime) -> bool:
    """Whether this serial is the last that a restore has written, and lately."""
    restored = Event.objects.filter(case=None, name="register:history:restored", recorded_at__gt=now - MAY_GO_ON)
    last = restored.order_by("-position").values_list("details", flat=True).first()
    return last is not None and last["last"] == serial


def _turn_in_words(document: Mapping[str, Any], day: date) -> str:
    """The reason that the journal gives: in the register's own language, as all that it records."""
    altered, said = turned(document, day), []
    if "status" in altered:
        said.append(f"{status_on(document, day)}, after {status_on(document, day - DAY)}")
    if "new_learners_may_start" in altered:
        may = new_learners_may_start(document, day)
        said.append("new learners may start" if may else "new learners may no longer start")
    return f"By the dates of the record: {'; '.join(said)}."


def head() -> int:
    """The serial of the last change that is public; 0 for an empty register."""
    return _head()[0]


def made_by(numbers: Collection[str], kinds: Collection[str]) -> list[str]:
    """The entries of these kinds that were published by these decisions."""
    changes = Change.objects.filter(decision_number__in=list(numbers), kind__in=list(kinds))
    return list(changes.order_by("number").values_list("number", flat=True).distinct())


def reached() -> tuple[int, bytes]:
    """The serial and the hash of the last change; of an empty register, 0 and what the first change follows."""
    return _head()


def recorded(change: Mapping[str, Any]) -> dict[str, Any]:
    """What is hashed of a change, from its columns: `verify_journal` compares it with the bytes kept."""
    document = change["document"]
    return {
        "serial": change["serial"],
        "number": change["number"],
        "kind": change["kind"],
        "action": change["action"],
        "revision": change["revision"],
        "changed_fields": list(change["changed_fields"]),
        "effective_from": change["effective_from"].isoformat(),
        "recorded_at": change["recorded_at"].isoformat(),
        "decision": change["decision_number"],
        "reason": change["reason"],
        "document_sha256": hashlib.sha256(document).hexdigest() if document is not None else None,
    }


def entry_columns(document: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of `Entry` that repeat what a document says."""
    kind = document["kind"]
    # A credential's own words; what the other kinds call these dates is said by `registry.status`.
    expiring, end = {
        "provider": (None, document.get("ended_on")),
        "accreditation": (document.get("withdrawn_on"), document.get("accredited_until")),
    }.get(kind, (document.get("expiring_from"), document.get("expiry_end")))
    listed = document.get("listed_on") or document.get("registered_on") or document.get("accredited_from")
    parties = document.get("providers") or []
    lead = next((p["number"] for p in parties if p.get("lead")), None)
    return {
        "number": document["number"],
        "kind": kind,
        "title": document.get("title") or "",
        "language": document.get("language") or "",
        "level": document.get("level"),
        "credits": Decimal(document["credits"]) if document.get("credits") else None,
        "revision": document["revision"],
        "listed_on": parse(listed),
        "last_new_enrolment": parse(document.get("last_new_enrolment")),
        "expiring_from": parse(expiring),
        "expiry_end": parse(end),
        "closed_undated": bool(document.get("closed_undated")),
        "suspensions": [_period(s) for s in document.get("suspensions") or ()],
        "ended_as": document.get("ended_as"),
        "unverified": bool(document.get("unverified")),
        "provider": document.get("provider") or lead,
        "credential": document.get("credential"),
        "provider_numbers": sorted({p["number"] for p in parties}),
    }


def _period(suspension: Mapping[str, Any]) -> DateRange:
    """As PostgreSQL itself writes a range of days: the upper bound is the day after the last."""
    until = parse(suspension.get("until"))
    return DateRange(parse(suspension["from"]), until + DAY if until else None, "[)")


def _head() -> tuple[int, bytes]:
    last = Change.objects.order_by("-serial").values_list("serial", "hash").first()
    return (last[0], bytes(last[1])) if last else (0, GENESIS)


def _entries(numbers: Iterable[str | None]) -> dict[str, dict[str, Any]]:
    rows = Entry.objects.filter(number__in={n for n in numbers if n}).values(*ENTRY_COLUMNS)
    return {row["number"]: row | {"document": bytes(row["document"])} for row in rows}


def _numbers(publications: Sequence[Publication]) -> list[str]:
    """Each document's number; those without one get the next of their series, in the order given."""
    prefixes = [PREFIXES.get(p.document["kind"], "NQ") for p in publications if not p.document.get("number")]
    allotted = {prefix: iter(allot(prefix, prefixes.count(prefix))) for prefix in sorted(set(prefixes))}
    return [p.document.get("number") or next(allotted[PREFIXES.get(p.document["kind"], "NQ")]) for p in publications]


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The keys under which two documents say different things, leaving out what follows from the place in the journal."""
    return sorted(k for k in before.keys() | after.keys() if k not in POSITION and before.get(k) != after.get(k))


def _change(serial: int, previous: bytes, now: datetime, **columns: Any) -> dict[str, Any]:
    change = {"serial": serial, "recorded_at": now, "previous_hash": previous, **columns}
    change["record"] = canonical(recorded(change))
    change["hash"] = chained(previous, change["record"])
    return change


def _entry(
    document: Mapping[str, Any], body: bytes, serial: int, first: datetime, now: datetime, told: date
) -> dict[str, Any]:
    """The row of an entry. What its dates alter has been told up to the day `told`."""
    return entry_columns(document) | {
        "serial": serial,
        "document": body,
        "document_sha256": hashlib.sha256(body).digest(),
        "withdrawn_on": None,
        "first_recorded_at": first,
        "recorded_at": now,
        "turns_on": next_turn(document, told),
    }


def _write(
    cursor: Any,
    changes: Sequence[Mapping[str, Any]],
    entries: Mapping[str, Mapping[str, Any]],
    fresh: Collection[str] = (),
) -> None:
    """Write changes and the entries they lead to; `fresh` names those that the register did not have, which are copied."""
    if not changes:
        return
    copy_in(Change, CHANGE_COLUMNS, map(itemgetter(*CHANGE_COLUMNS), changes))
    listed = [entry for number, entry in entries.items() if number in fresh]
    if listed:
        copy_in(Entry, ENTRY_COLUMNS, map(itemgetter(*ENTRY_COLUMNS), listed))
    known = [entry for number, entry in entries.items() if number not in fresh]
    if known:
        columns = [column for column in ENTRY_COLUMNS if column not in ("number", "first_recorded_at")]
        cursor.executemany(
            f"update registry_entry set {', '.join(f'{column} = %s' for column in columns)} where number = %s",  # noqa: S608 constant names
            [[*(entry[column] for column in columns), entry["number"]] for entry in known],
        )
    cursor.execute("select pg_notify(%s, %s)", [CHANNEL, str(changes[-1]["serial"])])
