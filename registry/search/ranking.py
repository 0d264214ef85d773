"""The order of results, declared here and nowhere else.

Each part of what was typed (`registry.search.asked`) may stand for several things; an entry has the part if it has any of
them. Of a part an entry scores its best meaning:

    a word      the sum over WEIGHTS of BM25(word in that field) x the field's weight
    a form      the same over FORMS, for texts that are not English
    initials    BM25 in the field of initials x INITIALS
    a phrase    as a word, its frequency being that of the words side by side
    a level     LEVEL, whatever the entry
    together    the sum of its parts, each of which the entry must have

times what the meaning counts (1 for what was typed, less for a synonym: the constants of `asked`). The score of an entry
is the sum of its parts' scores, and of

    PHRASE      x BM25 of all typed words but a level side by side in the title, one other word among them allowed; a
                word typed twice running is one
    TITLE       where the whole title is what was typed
    NUMBER      where its number, here or elsewhere, is what was typed, or a word of it: such an entry needs no part

BM25 is Tantivy's, with k1 = 1.2 and b = 0.75 over the whole index. Every required part must be there; where no entry has
all of them, as many as possible and at least half, or the rarest one (the answer of `query.search` says so). Among
equals the one that was indexed first comes first. Filters only narrow, and never alter a score.
"""

from collections.abc import Sequence
from itertools import groupby

import tantivy

from registry.search import analyzer
from registry.search.asked import Form, Frequency, Initials, Level, Meaning, Part, Phrase, Together, Word

WEIGHTS = {"title": 3.0, "names": 2.0, "body": 1.0}
FORMS = {"forms": 2.5, "body_forms": 0.8}
INITIALS = 2.0
LEVEL = 6.0
PHRASE = 4.0
TITLE = 8.0
NUMBER = 1_000.0

Must, Should = tantivy.Occur.Must, tantivy.Occur.Should
Query = tantivy.Query


def ranked(
    q: str, parts: Sequence[Part], schema: tantivy.Schema, frequency: Frequency, *, least: int | None = None,
    rarest: Part | None = None,
) -> tantivy.Query:  # fmt: skip
    """The query of these parts. `least`: how many of the required ones an entry must have, all unless told; or `rarest`."""
    writer = _Writer(schema, frequency)
    required = [part for part in parts if part.required]
    if least is None:
        clauses = [(Must, writer.part(part)) for part in required]
    else:
        some = [(Should, writer.part(part)) for part in required if part.known]
        found = [(Should, Query.boolean_query(some, minimum_number_should_match=least))] if least <= len(some) else []
        if rarest is not None:
            others = [(Should, writer.part(part)) for part in required if part.known and part != rarest]
            found.append((Should, Query.boolean_query([(Must, writer.part(rarest)), *others])))
        clauses = [(Must, Query.disjunction_max_query([query for _, query in found]) if found else Query.empty_query())]
    clauses += [(Should, writer.part(part)) for part in parts if not part.required and part.known]
    clauses += [(Should, bonus) for bonus in writer.bonuses(q, parts)]
    found = Query.boolean_query(clauses)
    return Query.boolean_query([(Should, found), (Should, numbered)]) if (numbered := writer.number(q)) else found


def of_part(part: Part, schema: tantivy.Schema, frequency: Frequency) -> tantivy.Query:
    """What finds the entries that have this part."""
    return _Writer(schema, frequency).part(part)


class _Writer:
    def __init__(self, schema: tantivy.Schema, frequency: Frequency):
        self.schema, self.frequency = schema, frequency

    def part(self, part: Part) -> tantivy.Query:
        meanings = [self._boosted(self._meaning(meaning), counts) for meaning, counts in part.meanings]
        if not meanings:
            return Query.empty_query()
        return meanings[0] if len(meanings) == 1 else Query.disjunction_max_query(meanings)

    def bonuses(self, q: str, parts: Sequence[Part]) -> list[tantivy.Query]:
        # A title names its level somewhere else than people do.
        spoken = " ".join(part.typed for part in parts if not part.is_level)
        # Where another word may stand between, Tantivy takes one word for both of two alike: they are asked for as one.
        folded, stems = analyzer.fold(q), [stem for stem, _ in groupby(analyzer.stems(spoken))]
        title, bonuses = folded.strip()[:200], []
        if self.frequency("title_key", title):
            bonuses.append(Query.const_score_query(Query.term_query(self.schema, "title_key", title), TITLE))
        if len(stems) > 1 and all(self.frequency("title", stem) for stem in stems):
            bonuses.append(self._boosted(Query.phrase_query(self.schema, "title", stems, slop=1), PHRASE))
        return bonuses

    def number(self, q: str) -> tantivy.Query | None:
        known = [code for code in codes(q) if self.frequency("code", code)]
        return Query.const_score_query(Query.term_set_query(self.schema, "code", known), NUMBER) if known else None

    def _meaning(self, meaning: Meaning) -> tantivy.Query:
        match meaning:
            case Word(stem):
                return self._in_fields(WEIGHTS, stem)
            case Form(form):
                return self._in_fields(FORMS, form)
            case Initials(letters):
                return self._boosted(Query.term_query(self.schema, "initials", letters), INITIALS)
            case Level(number):
                return Query.const_score_query(Query.term_query(self.schema, "level_said", number), LEVEL)
            case Phrase(stems):
                each = [
                    (Should, self._boosted(Query.phrase_query(self.schema, name, list(stems)), weight))
                    for name, weight in WEIGHTS.items()
                ]
                return Query.boolean_query(each)
            case Together(parts):
                clauses = [(Must if part.required else Should, self.part(part)) for part in parts if part.known]
                return Query.boolean_query(clauses)

    def _in_fields(self, weights: dict[str, float], term: str) -> tantivy.Query:
        each = [
            (Should, self._boosted(Query.term_query(self.schema, name, term), weight))
            for name, weight in weights.items()
            if self.frequency(name, term)
        ]
        return Query.boolean_query(each)

    def _boosted(self, query: tantivy.Query, weight: float) -> tantivy.Query:
        return query if weight == 1.0 else Query.boost_query(query, weight)


def codes(q: str) -> list[str]:
    """What may be a number in what was typed: all of it without separators, and each part of it that holds digits."""
    parts = [analyzer.compact(part) for part in q.split()]
    return [analyzer.compact(q), *(part for part in parts if len(part) >= 4 and any(c.isdigit() for c in part))]
