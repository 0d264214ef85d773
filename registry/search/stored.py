"""Public documents by number from this host's index, and how far it can be trusted to be the register's present state."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import tantivy

from registry.search import follower, query, schema

# Seconds without a word of the follower, which speaks each second, after which something is wrong.
OVERDUE = 4.0


@dataclass(frozen=True)
class Confirmation:
    """The follower's last word: the index held the journal's head, which was this serial, at this time."""

    at: datetime
    serial: int

    @property
    def age(self) -> float:
        return time.time() - self.at.timestamp()


class Snapshot:
    """The index of this host as this process reads it now."""

    def __init__(self, index: tantivy.Index):
        self._schema, self._searcher = index.schema, index.searcher()
        self.serial = self._serial()

    def _serial(self) -> int:
        """The serial that it has applied."""
        mark = next(self._found("number", schema.MARK, 1), None)
        return mark["serial"][0] if mark else -1

    def document(self, number: str) -> bytes | None:
        """The canonical public document of an entry; None where the index has none, of a tombstone for one."""
        found = next(self._found("number", number, 1), None)
        body = found.get_first("document") if found else None
        return bytes(body) if body is not None else None

    def hanging_on(self, number: str) -> list[bytes]:
        """The documents of the accreditations that a credential or a provider has."""
        # The frequency counts deleted documents too: there are never more than so many.
        most = self._searcher.doc_freq("hangs_on", number)
        return [bytes(found["document"][0]) for found in self._found("hangs_on", number, most)] if most else []

    def _found(self, field: str, value: str, most: int) -> Iterator[tantivy.Document]:
        wanted = tantivy.Query.term_query(self._schema, field, value)
        for _, address in self._searcher.search(wanted, most, count=False).hits:
            yield self._searcher.doc(address)


def latest() -> Snapshot:
    """What this host has, however old. Raises query.SearchUnavailable where it has no index."""
    return Snapshot(query.reader())


def in_step() -> Snapshot | None:
    """What this host has, where it is the register's state of less than two seconds ago (design section 3).

    None where the follower has not confirmed the head lately, or this process does not see yet what it has confirmed.
    """
    last = confirmation()
    if last is None or not -query.CONFIRMED < last.age < query.CONFIRMED:
        return None
    try:
        here = latest()
    except query.SearchUnavailable:
        return None
    return here if here.serial >= last.serial else None


def reaches(serial: int) -> bool:
    """Whether the index in this process has applied the journal up to that serial."""
    try:
        return latest().serial >= serial
    except query.SearchUnavailable:
        return False


def confirmation() -> Confirmation | None:
    """The follower's last word; None where it never ran on this host."""
    path = follower.root() / "confirmed"
    try:
        return Confirmation(datetime.fromtimestamp(path.stat().st_mtime, UTC), int(path.read_text()))
    except (OSError, ValueError):
        return None


def is_overdue() -> bool:
    """Whether a follower that ran on this host has fallen silent."""
    last = confirmation()
    return last is not None and last.age > OVERDUE
