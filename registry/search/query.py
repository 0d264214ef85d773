"""Searching: words to ranked cards, with exact totals and facet counts, from the index in this process."""

import logging
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import tantivy
from django.conf import settings

from registry.search import analyzer, follower, schema
from registry.search.likeness import edits

# Ranking, declared here and nowhere else. Every word must be found in one of these fields; an entry scores the sum of
# its words' BM25 times these weights. A title that holds the words as typed, side by side, counts more; so does an
# entry of the level that the words name ("level 3"). An entry whose number is what was typed comes first of all.
WEIGHTS = {"title": 3.0, "names": 2.0, "body": 1.0}
PHRASE_BONUS = 4.0
LEVEL_BONUS = 6.0
NUMBER_BONUS = 1_000.0

ORDERINGS = {
    "title": ("title_key", tantivy.Order.Asc),
    "-title": ("title_key", tantivy.Order.Desc),
    "listed_on": ("listed_on", tantivy.Order.Asc),
    "-listed_on": ("listed_on", tantivy.Order.Desc),
    "level": ("level_rank", tantivy.Order.Asc),
    "-level": ("level_rank", tantivy.Order.Desc),
    "number": ("ordinal", tantivy.Order.Asc),
    "-number": ("ordinal", tantivy.Order.Desc),
}
FILTERS = (
    "kind", "level", "level__gte", "level__lte", "status", "field", "provider", "role", "language",
    "new_learners_may_start",
)  # fmt: skip
FACET_VALUES = 200
RELOAD = 0.1  # seconds between looks for a newer commit
CONFIRMED = 2.0  # seconds for which the follower's last word counts
_LEVEL = re.compile(r"\b(?:level|lvl|nqf|nzqf|nzqcf|niveau|nivel|kaupae|taumata|مستوي|المستوي)\s*(\d{1,2})\b")

Must, Should, MustNot = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot
Query = tantivy.Query


log = logging.getLogger(__name__)


class SearchUnavailable(Exception):
    """There is no index on this host yet, or it cannot be opened."""


@dataclass(frozen=True)
class Result:
    """One page of cards. `corrected` is the spelling that was searched for instead, if any."""

    count: int
    rows: list[dict[str, Any]]
    facets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    corrected: str | None = None


class _Reader:
    """The index that this process reads: opened on first use, refreshed and swapped as the follower writes."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.index: tantivy.Index | None = None
        self.looked = 0.0
        self.seen = -1

    def open(self) -> tantivy.Index:
        now = time.monotonic()
        if self.index is not None and now - self.looked < RELOAD and self.seen == follower.writes():
            return self.index
        self.looked, self.seen = now, follower.writes()
        folder = schema.current(follower.root())
        if folder is None:
            self.index = self.folder = None
            raise SearchUnavailable(f"There is no search index in {settings.SEARCH_INDEX_DIR}.")
        try:
            if folder != self.folder:
                self.index, self.folder = analyzer.register(tantivy.Index.open(str(folder))), folder
            else:
                self.index.reload()
        except (ValueError, OSError) as error:
            # The follower may be replacing its files this very moment: the snapshot in hand still answers.
            if self.index is None:
                raise SearchUnavailable(str(error)) from error
            log.warning("The search index could not be refreshed: %s", error)
        return self.index


_reader = _Reader()
_analyzer = analyzer.stemmed()


def reader() -> tantivy.Index:
    """The index that this process reads, as fresh as it is. Raises SearchUnavailable where there is none."""
    return _reader.open()


def forget() -> None:
    """Open the index anew at the next search: for tests, and after a fork."""
    _reader.__init__()


def search(
    *,
    q: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    ordering: str | None = None,
    page: int = 1,
    page_size: int = 20,
    facets: Iterable[str] = (),
    day: date,
    scope: str = "credentials",
    after: str | None = None,
) -> Result:
    """The page of entries that `q` and the filters find, as they stand on `day`.

    Raises SearchUnavailable where this host has no index. Values of one filter are alternatives; filters add up. A
    facet's counts leave its own filter out, so that they say what choosing another value would give. `after` leaves
    out every number up to that one, for reading everything in order of number.
    """
    index = _reader.open()
    view = _View(index, day, scope, filters or {}, after)
    words, corrected = view.words(q), None
    count = view.count(words)
    if q.strip() and count == 0 and (better := view.spelling(q)):
        repaired = view.words(better)
        if found := view.count(repaired):
            words, count, corrected = repaired, found, better
    if q.strip() and count == 0 and (loose := view.words(q, every=False)):
        words, count = loose, view.count(loose)
    return Result(
        count=count,
        rows=view.rows(words, ordering, page, page_size),
        facets={name: view.facet(words, name) for name in facets},
        corrected=corrected,
    )


def document(number: str) -> bytes | None:
    """The canonical public document of an entry, as last indexed; None where the index has none."""
    stored = _stored(number)
    return bytes(stored["document"][0]) if stored else None


def titles(numbers: Iterable[str]) -> dict[str, str]:
    """The present titles of these entries, as far as the index has them."""
    return {card["number"]: card["title"] for card in _cards(numbers)}


def statuses(numbers: Iterable[str], day: date) -> dict[str, str]:
    """How these entries stand on a day, as far as the index has them."""
    return {card["number"]: schema.on_day(card, day)["status"] for card in _cards(numbers)}


def _cards(numbers: Iterable[str]) -> list[dict[str, Any]]:
    wanted = list(numbers)
    index = _reader.open()
    if not wanted:
        return []
    searcher = index.searcher()
    hits = searcher.search(Query.term_set_query(index.schema, "number", wanted), len(wanted), count=False).hits
    return [orjson.loads(bytes(searcher.doc(address)["card"][0])) for _, address in hits]


def suggest(prefix: str, *, day: date, limit: int = 8) -> list[str]:
    """Titles that begin, word by word, as the visitor has typed."""
    parts = analyzer.words(prefix)
    if not parts:
        return []
    index = _reader.open()
    *whole, last = parts
    completions = index.searcher().terms_with_prefix("word", last, limit=40)
    if not completions:
        return []
    clauses = [(Must, Query.term_query(index.schema, "word", w)) for w in whole]
    clauses.append((Must, Query.term_set_query(index.schema, "word", [term for term, _ in completions])))
    clauses.append((Must, Query.term_query(index.schema, "scope", "credentials")))
    searcher = index.searcher()
    hits = searcher.search(Query.boolean_query(clauses), limit * 4).hits
    titles = (orjson.loads(bytes(searcher.doc(address)["card"][0]))["title"] for _, address in hits)
    return list(dict.fromkeys(titles))[:limit]


def applied_serial() -> int:
    """The serial that this host's index has applied."""
    return follower.applied_serial(_reader.open())


def confirmed() -> bool:
    """Whether the follower has found the index in step with the journal within the last two seconds."""
    try:
        return time.time() - (follower.root() / "confirmed").stat().st_mtime < CONFIRMED
    except OSError:
        return False


def _stored(number: str) -> tantivy.Document | None:
    index = _reader.open()
    searcher = index.searcher()
    hits = searcher.search(Query.term_query(index.schema, "number", number), 1, count=False).hits
    found = searcher.doc(hits[0][1]) if hits else None
    return found if found and found.get_first("document") is not None else None


class _View:
    """One snapshot of the index, seen on one day through one set of filters."""

    def __init__(
        self, index: tantivy.Index, day: date, scope: str, filters: Mapping[str, Sequence[str]], after: str | None
    ):
        self.schema, self.searcher, self.day = index.schema, index.searcher(), day
        self.scope = Query.term_query(self.schema, "scope", scope)
        self.stale = self._stale_statuses()
        self.filters = {name: self._filter(name, values, filters) for name, values in filters.items() if values}
        if after is not None:
            self.filters["after"] = Query.range_query(
                self.schema, "ordinal", tantivy.FieldType.Integer, int(after.rpartition("-")[2]) + 1
            )

    # -- clauses -----------------------------------------------------------------------------------------------------

    def words(self, q: str, *, every: bool = True) -> Query | None:
        """What the visitor typed as a ranked query; None for nothing typed."""
        folded = analyzer.fold(q)
        tokens = _analyzer.analyze(folded)
        if not tokens:
            return None if not q.strip() else Query.empty_query()
        each = [
            Query.boolean_query(
                [
                    (Should, Query.boost_query(Query.term_query(self.schema, name, token), weight))
                    for name, weight in WEIGHTS.items()
                ]
            )
            for token in tokens
        ]
        clauses = [(Must if every else Should, clause) for clause in each]
        if len(tokens) > 1:
            phrase = Query.phrase_query(self.schema, "title", tokens, slop=1)
            clauses.append((Should, Query.boost_query(phrase, PHRASE_BONUS)))
        for level in _LEVEL.findall(folded):
            named = Query.const_score_query(Query.term_query(self.schema, "level", str(int(level))), LEVEL_BONUS)
            clauses.append((Should, named))
        found = Query.boolean_query(clauses)
        code = Query.term_set_query(self.schema, "code", _codes(q))
        return Query.boolean_query([(Should, found), (Should, Query.const_score_query(code, NUMBER_BONUS))])

    def _whole(self, words: Query | None, without: str | None = None) -> Query:
        clauses = [(Must, Query.const_score_query(self.scope, 0.0))]
        clauses += [
            (Must, Query.const_score_query(clause, 0.0)) for name, clause in self.filters.items() if name != without
        ]
        clauses.append((Must, words if words is not None else Query.all_query()))
        return Query.boolean_query(clauses)

    def _filter(self, name: str, values: Sequence[str], filters: Mapping[str, Sequence[str]]) -> Query:
        if name == "status":
            return self._with_status(values)
        if name in ("level__gte", "level__lte"):
            bound = int(values[-1])
            low, high = (bound, 99) if name == "level__gte" else (1, bound)
            return Query.range_query(self.schema, "level_rank", tantivy.FieldType.Integer, low, high)
        if name == "provider" and (roles := filters.get("role")):
            parties = [f"{role}:{value}" for role in roles for value in values]
            return Query.term_set_query(self.schema, "party", parties)
        if name == "new_learners_may_start":
            return self._may_start(values)
        if name == "role":
            return Query.all_query() if filters.get("provider") else Query.empty_query()
        return Query.term_set_query(self.schema, name, list(values))

    # -- status on read ----------------------------------------------------------------------------------------------

    def _stale_statuses(self) -> dict[str, str]:
        """The few entries that a date has overtaken since they were indexed, with their status on the day asked."""
        overtaken = Query.range_query(
            self.schema, "next_change", tantivy.FieldType.Integer, upper_bound=self.day.toordinal()
        )
        hits = self.searcher.search(overtaken, max(1, self.searcher.num_docs)).hits
        cards = (orjson.loads(bytes(self.searcher.doc(address)["card"][0])) for _, address in hits)
        return {c["number"]: schema.on_day(c, self.day)["status"] for c in cards}

    def _with_status(self, values: Sequence[str]) -> Query:
        as_indexed = Query.term_set_query(self.schema, "status", list(values))
        if not self.stale:
            return as_indexed
        fresh = Query.boolean_query(
            [(Must, as_indexed), (MustNot, Query.term_set_query(self.schema, "number", list(self.stale)))]
        )
        corrected = [number for number, status in self.stale.items() if status in values]
        if not corrected:
            return fresh
        return Query.boolean_query([(Should, fresh), (Should, Query.term_set_query(self.schema, "number", corrected))])

    def _may_start(self, values: Sequence[str]) -> Query:
        """Those on which new learners may start on the day asked, or those on which they may not."""
        today, integer = self.day.toordinal(), tantivy.FieldType.Integer
        open_ = Query.boolean_query(
            [
                (Must, Query.range_query(self.schema, "listed_on", integer, upper_bound=today)),
                (Must, Query.range_query(self.schema, "last_start", integer, lower_bound=today)),
                (Must, self._with_status(["current", "expiring"])),
            ]
        )
        if {"true", "false"} <= set(values):
            return Query.all_query()
        return open_ if "true" in values else Query.boolean_query([(Must, Query.all_query()), (MustNot, open_)])

    # -- answers -----------------------------------------------------------------------------------------------------

    def count(self, words: Query | None) -> int:
        return self.searcher.search(self._whole(words), 1, count=True).count

    def rows(self, words: Query | None, ordering: str | None, page: int, page_size: int) -> list[dict[str, Any]]:
        ordering = ordering or (None if words is not None else "title")
        by, order = ORDERINGS[ordering] if ordering else (None, tantivy.Order.Desc)
        hits = self.searcher.search(
            self._whole(words), page_size, count=False, order_by_field=by, offset=(page - 1) * page_size, order=order
        ).hits
        cards = (orjson.loads(bytes(self.searcher.doc(address)["card"][0])) for _, address in hits)
        return [schema.on_day(c, self.day) for c in cards]

    def facet(self, words: Query | None, name: str) -> list[dict[str, Any]]:
        """How many entries each value would give, most first."""
        query = self._whole(words, without=name)
        found = self.searcher.aggregate(query, {"f": {"terms": {"field": name, "size": FACET_VALUES}}})
        counts = {bucket["key"]: int(bucket["doc_count"]) for bucket in found["f"]["buckets"]}
        if name == "status" and self.stale:
            counts = self._corrected(query, counts)
        return [
            {"value": value, "count": count}
            for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            if count
        ]

    def _corrected(self, query: Query, counts: dict[str, int]) -> dict[str, int]:
        among = Query.boolean_query(
            [(Must, query), (Must, Query.term_set_query(self.schema, "number", list(self.stale)))]
        )
        hits = self.searcher.search(among, len(self.stale)).hits
        found = self.searcher.aggregate(among, {"f": {"terms": {"field": "status", "size": FACET_VALUES}}})
        for bucket in found["f"]["buckets"]:
            counts[bucket["key"]] -= int(bucket["doc_count"])
        for _, address in hits:
            status = self.stale[self.searcher.doc(address)["number"][0]]
            counts[status] = counts.get(status, 0) + 1
        return counts

    # -- spelling ----------------------------------------------------------------------------------------------------

    def spelling(self, q: str) -> str | None:
        """The words typed, each that the register does not know replaced by the nearest that it does."""
        typed = analyzer.words(q)
        repaired = [word if self._known(word) else self._nearest(word) for word in typed]
        if None in repaired or repaired == typed:
            return None
        return " ".join(repaired)

    def _known(self, word: str) -> bool:
        return word.isdigit() or self.searcher.doc_freq("word", word) > 0

    def _nearest(self, word: str) -> str | None:
        """Fewest edits first, then the commoner word; people seldom get the first letter wrong."""
        allowed = 1 if len(word) < 6 else 2
        candidates = [
            (distance, -frequency, term)
            for term, frequency in self.searcher.terms_with_prefix("word", word[:1])
            if abs(len(term) - len(word)) <= allowed and (distance := edits(word, term, allowed)) <= allowed
        ]
        return min(candidates)[2] if candidates else None


def _codes(q: str) -> list[str]:
    """What may be a number in what was typed: all of it without separators, and each part of it that holds digits."""
    parts = [analyzer.compact(part) for part in q.split()]
    return [analyzer.compact(q), *(part for part in parts if len(part) >= 4 and any(c.isdigit() for c in part))]
