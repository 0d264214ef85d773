"""The index that this process reads: opened on first use, refreshed as the follower writes, swapped when it is rebuilt."""

import logging
import time
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import tantivy
from django.conf import settings

from registry.search import analyzer, follower, schema
from registry.search.spelling import Vocabulary

RELOAD = 0.1  # seconds between looks for a newer commit
WORDS = 60.0  # seconds for which the words of the register are known; a new one is searched for at once all the same
MOST_KEPT = 100_000  # frequencies remembered of one snapshot

log = logging.getLogger(__name__)


class SearchUnavailable(Exception):
    """There is no index on this host yet, or it cannot be opened."""


class Snapshot:
    """One state of the index, with what need be worked out only once of it."""

    def __init__(self, index: tantivy.Index, before: "Snapshot | None" = None):
        self.index, self.schema, self.searcher = index, index.schema, index.searcher()
        self._frequencies: dict[tuple[str, str], int] = {}
        self._overtaken: tuple[date, dict[str, str]] | None = None
        # These hardly change from one commit to the next.
        self.words: tuple[float, Vocabulary] | None = before.words if before else None
        self.labels: dict[str, str | None] = before.labels if before else {}

    def frequency(self, field: str, term: str) -> int:
        """How many entries have the term in the field."""
        known = self._frequencies.get((field, term))
        if known is None:
            if len(self._frequencies) > MOST_KEPT:
                self._frequencies.clear()
            known = self._frequencies[field, term] = self.searcher.doc_freq(field, term)
        return known

    def overtaken(self, day: date) -> dict[str, str]:
        """The few entries that a date has overtaken since they were indexed, with their status on the day asked."""
        if self._overtaken is None or self._overtaken[0] != day:
            late = tantivy.Query.range_query(
                self.schema, "next_change", tantivy.FieldType.Integer, upper_bound=day.toordinal()
            )
            self._overtaken = day, {c["number"]: schema.on_day(c, day)["status"] for c in self.cards(late)}
        return self._overtaken[1]

    def cards(self, query: tantivy.Query) -> list[dict[str, Any]]:
        """The cards of everything that a query finds: for queries that find few."""
        if not (count := self.searcher.search(query, 1).count):
            return []
        hits = self.searcher.search(query, count, count=False).hits
        return [orjson.loads(bytes(self.searcher.doc(address)["card"][0])) for _, address in hits]

    @property
    def vocabulary(self) -> Vocabulary:
        now = time.monotonic()
        if self.words is None or now - self.words[0] > WORDS:
            self.words = now, Vocabulary(self.searcher.terms_with_prefix("word", ""))
        return self.words[1]


class _Reader:
    def __init__(self) -> None:
        self.folder: Path | None = None
        self.snapshot: Snapshot | None = None
        self.looked = 0.0
        self.seen = -1
        self.commit = -1

    def open(self) -> Snapshot:
        now, known = time.monotonic(), self.snapshot  # another thread may be told meanwhile that there is none
        if known is not None and now - self.looked < RELOAD and self.seen == follower.writes():
            return known
        self.looked, self.seen = now, follower.writes()
        folder = schema.current(follower.root())
        if folder is None:
            self.snapshot = self.folder = None
            raise SearchUnavailable(f"There is no search index in {settings.SEARCH_INDEX_DIR}.")
        try:
            commit = (folder / "meta.json").stat().st_mtime_ns
            if folder != self.folder or self.snapshot is None:
                self.snapshot, self.folder = Snapshot(analyzer.register(tantivy.Index.open(str(folder)))), folder
            elif commit != self.commit:
                self.snapshot.index.reload()
                self.snapshot = Snapshot(self.snapshot.index, self.snapshot)
            self.commit = commit
        except (ValueError, OSError) as error:
            # The follower may be replacing its files this very moment: the snapshot in hand still answers.
            if self.snapshot is None:
                raise SearchUnavailable(str(error)) from error
            log.warning("The search index could not be refreshed: %s", error)
        return self.snapshot


_reader = _Reader()


def snapshot() -> Snapshot:
    """The index as fresh as it is. Raises SearchUnavailable where there is none."""
    return _reader.open()


def forget() -> None:
    """Open the index anew at the next search: for tests, and after a fork."""
    _reader.__init__()
