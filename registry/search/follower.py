"""The one writer of this host's index: it follows the journal, and nothing on the write path waits for it."""

import fcntl
import logging
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import tantivy
from django.conf import settings
from django.db import Error, connection, models

from registry import journal
from registry.framework.current import today
from registry.models import Change, Entry
from registry.search import analyzer, had, schema

log = logging.getLogger(__name__)
HEAP = 64_000_000
ROWS = 2_000
COMMITTED = 50_000  # changes between two commits of one catching up
LONGEST = (
    2.0  # seconds between two looks for a database that is away: whoever searches waits for it to be followed again
)
POLL = 1.0  # seconds: how often the journal's head is looked at even when nobody wakes us


class IndexBusy(Exception):
    """Another process on this host writes the index."""


def root() -> Path:
    return Path(settings.SEARCH_INDEX_DIR)


_written = 0


def catch_up() -> int:
    """Apply every change after the last one applied, and the dates that have come since. Returns the serial reached."""
    with _only_writer():
        reached = _catch_up()
    _has_written()
    return reached


def writes() -> int:
    """How often this process has brought the index up to date itself: whoever reads it here then looks at once."""
    return _written


def _has_written() -> None:
    global _written
    _written += 1


def rebuild() -> int:
    """Build a new index beside the old one from the entries of the register, and put it in its place."""
    with _only_writer():
        reached = _rebuild()
    _has_written()
    return reached


def follow(stop: Event, *, pause: Callable[[float], None] = time.sleep) -> None:
    """Keep in step until `stop` is set: woken by the journal, looking by itself each second; outlives the database."""
    with _only_writer():
        wait = POLL
        while not stop.is_set():
            try:
                _follow_once(stop)
                wait = POLL
            except (Error, psycopg.Error) as error:
                log.warning("The database is away (%s); looking again in %.0f s.", str(error).strip(), wait)
                connection.close()
                pause(wait)
                wait = min(wait * 2, LONGEST)


def _follow_once(stop: Event) -> None:
    parameters = {k: v for k, v in connection.get_connection_params().items() if k in _CONNECT}
    with psycopg.connect(**parameters, autocommit=True) as listener:
        listener.execute(f"listen {journal.CHANNEL}")
        while not stop.is_set():
            # What is recorded from here on may be missing: the confirmation is as old as the question.
            asked = time.time()
            _confirm(_catch_up(), asked)
            # A wake-up that comes while catching up is kept by the server; more than one is worth one look.
            for _ in listener.notifies(timeout=POLL, stop_after=1):
                pass


_CONNECT = {
    "dbname", "user", "password", "host", "port", "connect_timeout", "keepalives_idle", "keepalives_interval",
    "keepalives_count", "tcp_user_timeout",
}  # fmt: skip


def _confirm(serial: int, at: float) -> None:
    """Tell readers on this host that the index was in step with the journal, whose head was this serial, at that time."""
    partial = root() / "confirmed.new"
    partial.write_text(str(serial))
    os.utime(partial, (at, at))
    partial.replace(root() / "confirmed")


def _catch_up() -> int:
    folder = schema.current(root())
    if folder is None:
        return _rebuild()
    try:
        index = analyzer.register(tantivy.Index.open(str(folder)))
        applied = applied_serial(index)
    except (ValueError, OSError, KeyError) as error:
        log.warning("The search index in %s is damaged (%s); building a new one.", folder, error)
        return _rebuild()
    day, due = today(), _due(index, today())
    head = journal.head()
    if head == applied and not due:
        return applied
    if head < applied:
        return _rebuild()  # another database's index
    writer, committed = index.writer(HEAP, 1), applied
    try:
        _write(writer, due, set(), day)
        while applied < head:
            batch = list(
                Change.objects.after(applied).values("serial", "number", "kind", "action", "changed_fields")[:ROWS]
            )
            applied = batch[-1]["serial"]
            _write(writer, {change["number"] for change in batch}, set(filter(None, map(_renamed, batch))), day)
            if applied - committed >= COMMITTED:
                # What waits to be committed lies in memory: a long way behind is caught up in stretches.
                _commit(writer, applied)
                committed = applied
        _finish(writer, applied)
    finally:
        del writer
    return applied


def _rebuild() -> int:
    serial, day = journal.head(), today()
    name = f"{schema.fingerprint()}-{uuid.uuid4().hex[:8]}"
    folder = root() / name
    folder.mkdir(parents=True)
    index = analyzer.register(tantivy.Index(schema.build(), path=str(folder)))
    writer = index.writer(HEAP, 1)
    names = dict(Entry.objects.providers().values_list("number", "title"))
    past = had.of(Change.objects.all())
    rows = Entry.objects.readable().order_by("number").values_list("number", "document")
    for number, body in rows.iterator(chunk_size=ROWS):
        writer.add_document(schema.entry(bytes(body), names, day, past.get(number, had.NOTHING)))
    _finish(writer, serial)
    del writer
    partial = root() / "current.new"
    partial.write_text(name)
    partial.replace(root() / "current")
    for old in root().iterdir():
        if old.is_dir() and old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return serial


def applied_serial(index: tantivy.Index) -> int:
    """The serial that this index has applied. Raises KeyError where it does not say."""
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.term_query(index.schema, "number", schema.MARK), 1).hits
    if not hits:
        raise KeyError("the index does not say how far it has followed the journal")
    return searcher.doc(hits[0][1])["serial"][0]


def _due(index: tantivy.Index, day: date) -> set[str]:
    """The entries whose status, as indexed, a date has overtaken."""
    searcher = index.searcher()
    overtaken = tantivy.Query.range_query(
        index.schema, "next_change", tantivy.FieldType.Integer, upper_bound=day.toordinal()
    )
    hits = searcher.search(overtaken, max(1, searcher.num_docs)).hits
    return {searcher.doc(address)["number"][0] for _, address in hits}


def _renamed(change: Mapping[str, Any]) -> str | None:
    """The provider whose name others show and this change has altered. One that was listed just now, nobody shows yet."""
    altered = change["action"] == "withdrawn" or "title" in change["changed_fields"]
    return change["number"] if change["kind"] == "provider" and altered else None


def _write(writer: tantivy.IndexWriter, numbers: set[str], renamed: set[str], day: date) -> None:
    """Bring these entries up to date in the index, and all that show the name of a provider that was renamed."""
    if renamed:
        shown = Entry.objects.filter(models.Q(provider_numbers__overlap=list(renamed)))
        numbers = numbers | set(shown.values_list("number", flat=True))
    entries = list(
        Entry.objects.filter(number__in=numbers).values("number", "document", "withdrawn_on", "provider_numbers")
    )
    names = Entry.objects.names(n for e in entries for n in e["provider_numbers"])
    past = had.of(Change.objects.filter(number__in=numbers))
    for entry in entries:
        number = entry["number"]
        writer.delete_documents_by_term("number", number)
        if entry["withdrawn_on"] is None:
            writer.add_document(schema.entry(bytes(entry["document"]), names, day, past.get(number, had.NOTHING)))


def _commit(writer: tantivy.IndexWriter, serial: int) -> None:
    writer.delete_documents_by_term("number", schema.MARK)
    writer.add_document(schema.mark(serial))
    writer.commit()


def _finish(writer: tantivy.IndexWriter, serial: int) -> None:
    _commit(writer, serial)
    writer.wait_merging_threads()


@contextmanager
def _only_writer() -> Iterator[None]:
    root().mkdir(parents=True, exist_ok=True)
    with open(root() / "writer.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexBusy(f"Another process keeps the index in {root()}.") from None
        yield
