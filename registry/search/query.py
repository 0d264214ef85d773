"""Searching: words to ranked cards, with exact totals and facet counts, from the index in this process."""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import orjson
import tantivy

from registry.search import analyzer, asked, follower, ranking, reader, schema, spelling
from registry.search.ranking import NUMBER
from registry.search.reader import SearchUnavailable, forget
from registry.status import is_suspended

__all__ = ["NUMBER", "SearchUnavailable", "forget"]

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
    "kind", "level", "level__gte", "level__lte", "status", "field", "field_group", "provider", "role", "language",
    "delivery_mode", "credits__gte", "credits__lte", "credits_band", "recognition", "new_learners_may_start", "start_on",
)  # fmt: skip
FACET_VALUES = 200
MOST_VALUES = 65_000  # more than any field has: every value is counted
CONFIRMED = 2.0  # seconds for which the follower's last word counts
# Of a spelling that finds so few entries another one is suggested, if it finds many more.
FEW = 3
NEVER = 10**9

Must, Should, MustNot = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot
Query = tantivy.Query


# The index is read without Python's lock: a page is ranked on one core while its facets are counted on another.
_beside = ThreadPoolExecutor(max_workers=4, thread_name_prefix="facets")


@dataclass(frozen=True)
class Result:
    """One page of cards.

    `corrected`: the spelling that was searched for instead of what was typed, if any. `suggested`: a spelling that would
    find many more. `loose`: no entry has all the words, and those with the most of them are shown.
    """

    count: int
    rows: list[dict[str, Any]]
    facets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    corrected: str | None = None
    suggested: str | None = None
    loose: bool = False


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
    verbatim: bool = False,
) -> Result:
    """The page of entries that `q` and the filters find, as they stand on `day`, in the order of `ranking`.

    Raises SearchUnavailable where this host has no index. Values of one filter are alternatives; filters add up. A
    facet's counts leave its own filter out, so that they say what choosing another value would give. `after` leaves
    out every number up to that one, for reading everything in order of number. `verbatim`: no other spelling is tried.
    """
    facets = list(facets)
    view = _View(reader.snapshot(), day, scope, filters or {}, after)
    words = asked_first = view.words(q)
    counting = _beside.submit(view.facets, words, facets) if facets else None
    count, rows = view.page(words, ordering, page, page_size)
    corrected = suggested = None
    loose = False
    # What a filter alone leaves out is there all the same: then the words were right, and nobody is sent elsewhere.
    missing = words is not None and count == 0 and not view.is_anywhere(words)
    if words is not None and not verbatim and (missing or 0 < count <= FEW):
        better = view.repaired(q, loosely=missing)
        if better and missing:
            words, corrected = view.words(better), better
            count, rows = view.page(words, ordering, page, page_size)
        else:
            suggested = better
    if missing and count == 0:
        words, loose = view.some_words(corrected or q), True
        count, rows = view.page(words, ordering, page, page_size)
    same = counting is not None and words is asked_first
    counted = counting.result() if same else view.facets(words, facets)
    return Result(count, rows, counted, corrected=corrected, suggested=suggested, loose=loose and count > 0)


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


def field_labels(codes: Iterable[str]) -> dict[str, str]:
    """What fields of study are called: the label stands in the documents beside its code, and one of each tells it."""
    index = reader.snapshot()
    found = {}
    for code in codes:
        label = index.labels.get(code) or _field_label(index, code)
        if label:  # what is not there is not remembered: anybody may ask for anything
            index.labels[code] = found[code] = label
    return found


def _field_label(index: reader.Snapshot, code: str) -> str | None:
    hits = index.searcher.search(Query.term_query(index.schema, "field", code), 1, count=False).hits
    body = orjson.loads(bytes(index.searcher.doc(hits[0][1])["document"][0])) if hits else {}
    return next((f["label"] for f in body.get("fields") or () if f["code"] == code), None)


def numbered(q: str) -> list[str]:
    """The credentials and providers whose number, here or elsewhere, is all of what was typed; at most a few."""
    compact = analyzer.compact(q)
    if not any(c.isdigit() for c in compact):
        return []
    index = reader.snapshot()
    scopes = Query.term_set_query(index.schema, "scope", ["credentials", "providers"])
    named = Query.boolean_query([(Must, scopes), (Must, Query.term_query(index.schema, "code", compact))])
    hits = index.searcher.search(named, FEW, count=False).hits
    return [index.searcher.doc(address)["number"][0] for _, address in hits]


def ever(q: str, *, most: int) -> list[str] | None:
    """The credentials that have or had every word of `q` in their titles, or all of it as a number of elsewhere.

    None where there are more than `most`. What has been journalled within the last seconds may be missing.
    """
    index = reader.snapshot()
    titled = [(Must, Query.term_query(index.schema, "ever", word)) for word in analyzer.words(q)]
    ways = [Query.boolean_query(titled)] if titled else []
    ways += [Query.term_query(index.schema, field, analyzer.compact(q)) for field in ("code", "code_ever")]
    any_of_them = Query.boolean_query([(Should, way) for way in ways])
    scope = Query.term_query(index.schema, "scope", "credentials")
    wanted = Query.boolean_query([(Must, scope), (Must, any_of_them)])
    hits = index.searcher.search(wanted, most + 1, count=False).hits
    if len(hits) > most:
        return None
    return [index.searcher.doc(address)["number"][0] for _, address in hits]


def _cards(numbers: Iterable[str]) -> list[dict[str, Any]]:
    wanted = list(numbers)
    index = reader.snapshot()
    if not wanted:
        return []
    searcher = index.searcher
    hits = searcher.search(Query.term_set_query(index.schema, "number", wanted), len(wanted), count=False).hits
    return [orjson.loads(bytes(searcher.doc(address)["card"][0])) for _, address in hits]


@dataclass(frozen=True)
class Suggestions:
    """Titles that go on as the visitor has begun, and what they may have meant to type."""

    completions: list[str]
    spelling: str | None = None


def suggest(prefix: str, *, day: date, limit: int = 8) -> Suggestions:
    """Titles in which each word typed stands, the last one perhaps unfinished; the likeliest first."""
    parts = analyzer.words(prefix)[: asked.MOST_WORDS]
    if not parts:
        return Suggestions([])
    index = reader.snapshot()
    *whole, last = parts
    titles = index.searcher.search(_beginning(index, whole, last), limit * 4, count=False).hits
    found = [orjson.loads(bytes(index.searcher.doc(address)["card"][0]))["title"] for _, address in titles]
    better = None
    if not found:
        better = _View(index, day, "credentials", {}, None).repaired(prefix)
    return Suggestions(list(dict.fromkeys(found))[:limit], better)


def _beginning(index: reader.Snapshot, whole: list[str], last: str) -> Query:
    completions = index.searcher.terms_with_prefix("word", last, limit=40)
    clauses = [(Must, Query.term_query(index.schema, "word", word)) for word in whole]
    ends = [Query.term_query(index.schema, "word", term) for term, _ in completions]
    clauses.append((Must, Query.disjunction_max_query(ends) if ends else Query.empty_query()))
    clauses.append((Must, Query.const_score_query(Query.term_query(index.schema, "scope", "credentials"), 0.0)))
    # What nobody can begin any more is found by its words; it is not proposed.
    clauses.append((MustNot, Query.term_query(index.schema, "status", "discontinued")))
    return Query.boolean_query(clauses)


def applied_serial() -> int:
    """The serial that this host's index has applied."""
    return follower.applied_serial(reader.snapshot().index)


def confirmed() -> bool:
    """Whether the follower has found the index in step with the journal within the last two seconds."""
    try:
        return time.time() - (follower.root() / "confirmed").stat().st_mtime < CONFIRMED
    except OSError:
        return False


def _stored(number: str) -> tantivy.Document | None:
    index = reader.snapshot()
    searcher = index.searcher
    hits = searcher.search(Query.term_query(index.schema, "number", number), 1, count=False).hits
    found = searcher.doc(hits[0][1]) if hits else None
    return found if found and found.get_first("document") is not None else None


class _View:
    """One snapshot of the index, seen on one day through one set of filters."""

    def __init__(
        self, index: reader.Snapshot, day: date, scope: str, filters: Mapping[str, Sequence[str]], after: str | None
    ):
        self.index, self.schema, self.searcher, self.day = index, index.schema, index.searcher, day
        self.scope = Query.term_query(self.schema, "scope", scope)
        self.stale = index.overtaken(day)
        self.chosen = filters
        self.filters = {name: self._filter(name, values, filters) for name, values in filters.items() if values}
        if after is not None:
            self.filters["after"] = Query.range_query(
                self.schema, "ordinal", tantivy.FieldType.Integer, int(after.rpartition("-")[2]) + 1
            )

    # -- clauses -----------------------------------------------------------------------------------------------------

    def words(self, q: str) -> Query | None:
        """What the visitor typed as a ranked query, every word of it; None for nothing typed."""
        parts = asked.read(q, self.index.frequency)
        if not parts:
            return Query.empty_query() if q.strip() else None
        return ranking.ranked(q, parts, self.schema, self.index.frequency)

    def some_words(self, q: str) -> Query:
        """As many of the words as any entry has together, half of them or more; or the rarest one, which tells the most."""
        parts = asked.read(q, self.index.frequency)
        known = [part for part in parts if part.required and part.known]
        if not known:
            # Perhaps it is a number of an entry that a filter leaves out: the facet of that filter counts it.
            return self.words(q) or Query.empty_query()
        required = sum(part.required for part in parts)
        write = partial(ranking.ranked, q, parts, self.schema, self.index.frequency)
        for least in range(min(required - 1, len(known)), max(1, required // 2) - 1, -1):
            if self.count(write(least=least)):
                return write(least=least, rarest=self._rarest(known))
        return write(least=required, rarest=self._rarest(known))

    def _rarest(self, parts: list[asked.Part]) -> asked.Part:
        return min(
            parts, key=lambda part: self.count(ranking.of_part(part, self.schema, self.index.frequency)) or NEVER
        )

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
            # What has no level is at none, whatever the bound.
            low, high = (max(1, bound), 99) if name == "level__gte" else (1, bound)
            return Query.range_query(self.schema, "level_rank", tantivy.FieldType.Integer, low, high)
        if name == "provider" and (roles := filters.get("role")):
            parties = [f"{role}:{value}" for role in roles for value in values]
            return self._any("party", parties)
        if name in ("credits__gte", "credits__lte"):
            bound, integer = int(Decimal(values[-1]) * 100), tantivy.FieldType.Integer
            low, high = (bound, None) if name == "credits__gte" else (0, bound)
            return Query.range_query(self.schema, "credit_hundredths", integer, low, high)
        if name == "new_learners_may_start":
            return self._open(values)
        if name == "start_on":
            return self._may_start(date.fromisoformat(values[-1]))
        if name == "role":
            return Query.all_query() if filters.get("provider") else Query.empty_query()
        return self._any(name, values)

    def _any(self, field: str, values: Sequence[str]) -> Query:
        """The entries that have any of these values. A set query would look all of them up before the words are."""
        each = [Query.term_query(self.schema, field, value) for value in dict.fromkeys(values)]
        return each[0] if len(each) == 1 else Query.boolean_query([(Should, one) for one in each])

    # -- status on read ----------------------------------------------------------------------------------------------

    def _with_status(self, values: Sequence[str]) -> Query:
        as_indexed = self._any("status", values)
        if not self.stale:
            return as_indexed
        fresh = Query.boolean_query(
            [(Must, as_indexed), (MustNot, Query.term_set_query(self.schema, "number", list(self.stale)))]
        )
        corrected = [number for number, status in self.stale.items() if status in values]
        if not corrected:
            return fresh
        return Query.boolean_query([(Should, fresh), (Should, Query.term_set_query(self.schema, "number", corrected))])

    def _may_start(self, day: date) -> Query:
        """Those on which new learners may start on a day, by the dates that are decided today."""
        on, integer = day.toordinal(), tantivy.FieldType.Integer
        ever = Query.boolean_query([(Must, self.scope), (Must, Query.term_query(self.schema, "suspended", "ever"))])
        then = [card["number"] for card in self.index.cards(ever) if is_suspended(card["dates"], day)]
        clauses = [
            (Must, Query.range_query(self.schema, "listed_on", integer, upper_bound=on)),
            (Must, Query.range_query(self.schema, "last_start", integer, lower_bound=on)),
        ]
        if then:
            clauses.append((MustNot, Query.term_set_query(self.schema, "number", then)))
        return Query.boolean_query(clauses)

    def _open(self, values: Sequence[str]) -> Query:
        """Those that are open to new learners on the day of the view, or those that are not."""
        if {"true", "false"} <= set(values):
            return Query.all_query()
        open_ = self._may_start(self.day)
        return open_ if "true" in values else Query.boolean_query([(Must, Query.all_query()), (MustNot, open_)])

    # -- answers -----------------------------------------------------------------------------------------------------

    def is_anywhere(self, words: Query) -> bool:
        """Whether any entry has the words, whatever the filters leave of them."""
        return bool(self.searcher.search(Query.boolean_query([(Must, self.scope), (Must, words)]), 1).count)

    def count(self, words: Query | None) -> int:
        return self.searcher.search(self._whole(words), 1, count=True).count

    def page(
        self, words: Query | None, ordering: str | None, page: int, page_size: int
    ) -> tuple[int, list[dict[str, Any]]]:
        """How many there are, and the cards of a page of them."""
        ordering = ordering or (None if words is not None else "title")
        by, order = ORDERINGS[ordering] if ordering else (None, tantivy.Order.Desc)
        found = self.searcher.search(
            self._whole(words), page_size, count=True, order_by_field=by, offset=(page - 1) * page_size, order=order
        )
        cards = (orjson.loads(bytes(self.searcher.doc(address)["card"][0])) for _, address in found.hits)
        return found.count, [schema.on_day(c, self.day) for c in cards]

    def facets(self, words: Query | None, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """How many entries each value of each facet would give, most first."""
        names = list(names)
        counts: dict[str, dict[str, int]] = {}
        # Those that nothing is chosen of are counted together; each other one without its own filter.
        free = [name for name in names if name not in self.filters]
        for group in ([free] if free else []) + [[name] for name in names if name in self.filters]:
            query = self._whole(words, without=group[0])
            # Of so many values the counts are exact: a segment that may leave some out would guess.
            wanted = {n: {"terms": {"field": n, "size": FACET_VALUES, "segment_size": MOST_VALUES}} for n in group}
            for name, found in self.searcher.aggregate(query, wanted).items():
                counts[name] = {bucket["key"]: int(bucket["doc_count"]) for bucket in found["buckets"]}
            if "status" in group and self.stale:
                counts["status"] = self._corrected(query, counts["status"])
            for name in group:
                counts[name] |= self._chosen(query, name, counts[name])
        return {
            name: [
                {"value": value, "count": count}
                for value, count in sorted(counts[name].items(), key=lambda item: (-item[1], item[0]))
                if count
            ]
            for name in names
        }

    def _chosen(self, query: Query, name: str, counts: dict[str, int]) -> dict[str, int]:
        """How many entries a chosen value has that is not among the most frequent ones."""
        rare = [value for value in self.chosen.get(name, ()) if value not in counts] if name != "status" else []
        return {
            value: self.searcher.search(Query.boolean_query([(Must, query), (Must, self._any(name, [value]))]), 1).count
            for value in rare
        }

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

    def repaired(self, q: str, *, loosely: bool = False) -> str | None:
        """What was typed, each word that the register does not know, or hardly, replaced by one that finds entries.

        `loosely`: where none finds any beside the other words, those that it does not know by the likeliest all the same.
        """
        typed = q.split()[: asked.MOST_WORDS]
        folded = [analyzer.words(word) for word in typed]
        candidates = {place: self._candidates(*each) for place, each in enumerate(folded) if len(each) == 1}
        wrong = {place: near for place, near in candidates.items() if near}
        if not wrong:
            return None
        plain = [each[0] if place in wrong else typed[place] for place, each in enumerate(folded)]
        found = spelling.repairs(plain, wrong, lambda text: self.count(self.words(text)))
        if found or not loosely:
            return found
        unknown = [
            place for place in wrong if not any(part.known for part in asked.read(typed[place], self.index.frequency))
        ]
        likeliest = [wrong[place][0] if place in unknown else word for place, word in enumerate(plain)]
        return " ".join(likeliest) if unknown and len(plain) > 1 else None

    def _candidates(self, word: str) -> list[str]:
        """What a word may have been meant to be, the likeliest first; itself first, where any entry has it."""
        if not word.isalpha():  # what holds a digit is no misspelt word
            return []
        held, known = asked.held(word, self.index.frequency), self.index.vocabulary
        near = known.better(word, held) if held else known.nearest(word)
        return [word, *near] if near and held else near
