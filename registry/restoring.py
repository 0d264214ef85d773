"""An exported history written into a register that is empty, or that holds the beginning of that same history.

Each line is a change as it was recorded. Nothing of it is believed: its record is put together anew from what the line
says, and must give the hash that the line names, after the change before it; so must its document.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from registry import journal
from registry.canonical import canonical, chained
from registry.errors import RegisterError
from registry.journal import BATCH
from registry.models import Change, Entry
from registry.status import next_turn

RECORD = {
    "serial": int, "number": str, "kind": str, "action": str, "revision": int, "changed_fields": list,
    "effective_from": str, "recorded_at": str, "decision": str | None, "reason": str, "document_sha256": str | None,
}  # fmt: skip
LINE = RECORD | {"hash": str, "document": dict | None}
NUL = rb"\u0000"
LONGEST = {"number": 20, "decision": 30}
_WORDS = {
    str: "text",
    int: "a whole number",
    list: "a list",
    dict | None: "an object or null",
    str | None: "text or null",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadChange(RegisterError):
    """This line is not the change that follows; the text says why, and `field` where."""

    def __init__(self, field: str, reason: str):
        self.field = field
        super().__init__(reason)


def follow(
    line: Mapping[str, Any], *, serial: int, previous: bytes, withdrawn: Mapping[str, date]
) -> dict[str, Any]:  # fmt: skip
    """The change that a line holds, as its columns, where it is the one after `serial`, whose hash is `previous`.

    `withdrawn` names the numbers that the history withdraws as listed by mistake: their changes come without document.
    Raises BadChange for any other line.
    """
    _check_types(line)
    here = line["serial"]
    if here != serial + 1:
        raise BadChange("serial", f"Serial {serial + 1} is expected here, not {here}.")
    change = _columns(line)
    change |= {"previous_hash": previous, "record": canonical({name: line[name] for name in RECORD})}
    if NUL in change["record"] or NUL in (change["document"] or b""):
        for name in filter(lambda name: holds_nul(line[name]), LINE):
            raise BadChange(name, f"{name} holds a NUL byte.")
    recorded = journal.recorded(change | {"document": None}) | {"document_sha256": line["document_sha256"]}
    for name, value in recorded.items():
        if value != line[name]:
            raise BadChange(name, f"Change {here}: {name} is not written as a register writes it: {value!r}.")
    change["hash"] = chained(previous, change["record"])
    if change["hash"].hex() != line["hash"]:
        raise BadChange("hash", f"Change {here}: its hash is not that of its record after change {serial}.")
    _check_document(line, change, withdrawn)
    return change


def restore_changes(changes: Sequence[Mapping[str, Any]], *, withdrawn: Mapping[str, date]) -> None:
    """Write up to a batch of changes that `follow` has read, and the entries they lead to, exactly as they were.

    In the caller's transaction. Raises Conflict where the register has moved on meanwhile.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RegisterError("A history is restored in a transaction, with the desk's records of its entries.")
    if len(changes) > BATCH:
        raise RegisterError(f"At most {BATCH} changes are restored in one transaction.")
    if changes:
        journal.append(changes, withdrawn=withdrawn)


def head() -> tuple[int, bytes]:
    """The serial and the hash of the journal's last change, which a history must hold or follow."""
    return journal.reached()


def first_difference(hashes: Mapping[int, str]) -> int | None:
    """The first of these serials under which the journal has another hash, or none at all."""
    kept = dict(Change.objects.filter(serial__in=hashes).values_list("serial", "hash"))
    return next((s for s in sorted(hashes) if s not in kept or bytes(kept[s]).hex() != hashes[s]), None)


def withdrawals(lines: Iterable[Mapping[str, Any]]) -> dict[str, date]:
    """The numbers that a history withdraws, with the day from which that holds; what is malformed is left to `follow`."""
    found = {}
    for line in lines:
        if line.get("action") == "withdrawn" and isinstance(line.get("number"), str):
            try:
                found[line["number"]] = date.fromisoformat(line["effective_from"])
            except (KeyError, TypeError, ValueError):
                continue
    return found


def _check_types(line: Mapping[str, Any]) -> None:
    for name, kind in LINE.items():
        if name not in line:
            raise BadChange(name, f"The line lacks {name}.")
        if not isinstance(line[name], kind) or isinstance(line[name], bool):
            raise BadChange(name, f"{name} is not {_WORDS[kind]}.")
    if unknown := sorted(line.keys() - LINE.keys()):
        raise BadChange(unknown[0], f"{unknown[0][:60]!r} is nothing that a change has.")
    if not all(isinstance(name, str) for name in line["changed_fields"]):
        raise BadChange("changed_fields", "changed_fields holds something else than text.")
    for name, longest in LONGEST.items():
        if len(line[name] or "") > longest:
            raise BadChange(name, f"{name} is longer than {longest} characters.")
    for name, known in (("kind", Entry.Kind.values), ("action", Change.Action.values)):
        if line[name] not in known:
            raise BadChange(name, f"{line[name][:60]!r} is not a known {name}.")
    if not 1 <= line["revision"] < 1 << 31:
        raise BadChange("revision", f"{line['revision']} is not the number of a revision.")
    if not _SHA256.fullmatch(line["document_sha256"] or "0" * 64):
        raise BadChange("document_sha256", "document_sha256 is not the hexadecimal form of a SHA-256.")


def holds_nul(value: Any) -> bool:
    """Whether a text in this value holds the one character that PostgreSQL keeps in no text."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(holds_nul(v) or "\x00" in k for k, v in value.items())
    return isinstance(value, list) and any(map(holds_nul, value))


def _columns(line: Mapping[str, Any]) -> dict[str, Any]:
    change: dict[str, Any] = {name: line[name] for name in LINE if name in journal.CHANGE_COLUMNS}
    for name, read in (("effective_from", date.fromisoformat), ("recorded_at", datetime.fromisoformat)):
        try:
            change[name] = read(line[name])
        except ValueError:
            raise BadChange(
                name, f"{line[name][:40]!r} is not a {'date' if read == date.fromisoformat else 'time'}."
            ) from None
    if change["recorded_at"].tzinfo is None:
        raise BadChange("recorded_at", f"{line['recorded_at']!r} does not say in which time zone.")
    change["decision_number"] = line["decision"]
    try:
        change["document"] = canonical(line["document"]) if line["document"] is not None else None
    except TypeError:  # nothing else that was read from JSON cannot be written as JSON
        raise BadChange("document", f"Change {line['serial']}: its document is nested too deeply.") from None
    return change


def _check_document(line: Mapping[str, Any], change: Mapping[str, Any], withdrawn: Mapping[str, date]) -> None:
    """The document is the one that was hashed, and is about this entry; or it may be missing."""
    here, number, body = line["serial"], line["number"], change["document"]
    if line["action"] == "withdrawn":
        if body is not None or line["document_sha256"] is not None:
            raise BadChange("document", f"Change {here} withdraws a listing: it has no document.")
        return
    if body is None:
        if number not in withdrawn:
            raise BadChange("document", f"Change {here}: its document is missing, and {number} is never withdrawn.")
        return
    if hashlib.sha256(body).hexdigest() != line["document_sha256"]:
        raise BadChange("document", f"Change {here}: its document is not the one that was hashed.")
    for name in ("number", "kind", "revision"):
        if line["document"].get(name) != line[name]:
            raise BadChange("document", f"Change {here}: its document has another {name}.")
    try:
        journal.entry_columns(line["document"])
        next_turn(line["document"], journal.told_until(change))
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        raise BadChange("document", f"Change {here}: its document is none of a register.") from None
