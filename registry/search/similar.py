"""Entries and bodies that are like one that is not on the register yet: the duplicate check.

NZQA lists no micro-credential that duplicates another, and nobody can read a register to find out. The index gives the
entries that share words with the draft, other forms and spellings of them included; `registry.search.likeness` ranks
those few. The answer is a help for people: it says what to read, and never that something is a duplicate.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice, pairwise
from typing import Any

import orjson
import tantivy

from registry.content.bodies import every_name
from registry.search import analyzer, likeness, query, reader, schema

Query, Must, Should, MustNot = tantivy.Query, query.Must, query.Should, query.MustNot

# From this score on an entry is shown to the applicant and to the officer; below it, only if asked for.
SHOWN = 0.60
# How many entries the index gives, how many of them are measured once twins are one, and with how many of the rarest
# words of its outcomes a draft asks.
CANDIDATES, MEASURED = 400, 200
# Of so many by either order the outcomes are compared as well.
LIKELIEST = 12
OUTCOME_WORDS = 24
# A word that stands in more than this share of all entries finds little: it is asked only among the rarest of a title.
COMMON, ASKED, FEW = 0.05, 3, 50
# How many other forms of a word are asked for, and how many of its first letters these share.
FORMS, BEGINNING = 8, 5
TITLE_WEIGHT, NAMES_WEIGHT, BODY_WEIGHT = 3.0, 1.0, 1.0
# An outcome is shown beside another from this likeness on.
PASSAGE = 0.4
PASSAGES = 5


@dataclass(frozen=True)
class Passage:
    """What the draft and an entry say of the same thing, side by side."""

    field: str
    own: str
    theirs: str
    score: float


@dataclass(frozen=True)
class Match:
    """An entry that is like the draft, with what is alike.

    `twins`: the numbers of further entries of the same title, level and kind, so that ten matches are ten things to
    look at.
    """

    number: str
    kind: str
    title: str
    language: str
    level: str | None
    status: str
    provider: str | None
    score: float
    passages: tuple[Passage, ...] = ()
    twins: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """The match as evidence keeps it: plain JSON, with the texts of this day."""
        return asdict(self) | {"score": round(self.score, 3)}


# -- credentials -------------------------------------------------------------------------------------------------------


def credentials(
    draft: Mapping[str, Any], *, day: date, bodies: Sequence[str] = (), exclude: Collection[str] = (), limit: int = 10,
    least: float = 0.0,
) -> list[Match]:  # fmt: skip
    """The entries most like a draft's document, the most alike first, with the passages that are.

    `bodies`: the names of those who would award it. Raises query.SearchUnavailable where this host has no index.
    """
    own = likeness.said(draft, bodies)
    if not own.folded:
        return []
    view = _Index("credentials")
    twins: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for document, card in view.near(own, exclude):
        body = (card.get("provider") or {}).get("name")
        theirs = likeness.said(document, [body] if body else ())
        same = (theirs.folded, theirs.also, theirs.outcomes, theirs.levels, theirs.kind)
        twins.setdefault(same, []).append((document, card, theirs))
    # What says the same is as alike: one of each is measured, the one that was registered first.
    mine, measured = likeness.Weighed(own, view.rarity), []
    for place, same in enumerate(islice(twins.values(), MEASURED)):
        document, card, said = min(same, key=lambda found: found[1]["number"])
        theirs = likeness.Weighed(said, view.rarity)
        others = sorted(other["number"] for _, other, _ in same if other is not card)
        measured.append((mine.titles(theirs), -place, document, card, theirs, others))
    # Outcomes are long: they are compared for the entries of the likeliest titles, and for those that the index, which
    # has asked for the words of the outcomes too, gave first.
    measured.sort(key=lambda found: found[:2], reverse=True)
    ranked = []
    for n, (titles, place, document, card, theirs, others) in enumerate(measured):
        whole = n < LIKELIEST or -place < LIKELIEST
        score = mine.score(theirs, titles) if whole else mine.score(theirs.without_outcomes(), titles)
        if score >= least:
            ranked.append((score, document, card, theirs, others))
    ranked.sort(key=lambda found: (-found[0], found[2]["number"]))
    return [_match(mine, *found, day=day) for found in ranked[:limit]]


def _match(
    own: likeness.Weighed, score: float, document: Mapping[str, Any], card: dict[str, Any], theirs: likeness.Weighed,
    twins: Sequence[str], *, day: date,
) -> Match:  # fmt: skip
    passages = [Passage("title", own.said.title, theirs.said.title, round(own.titles(theirs), 3))]
    outcomes = sorted(own.closest(theirs), reverse=True) if theirs.said.outcomes else []
    passages += [
        Passage("learning_outcomes", mine, yours, round(share, 3))
        for share, mine, yours in outcomes[:PASSAGES]
        if share >= PASSAGE
    ]
    on_day = schema.on_day(card, day)
    return Match(
        number=card["number"], kind=card["kind"], title=card["title"], language=card["language"],
        level=card["level"] or document.get("level_native"), status=on_day["status"],
        provider=(card.get("provider") or {}).get("name"), score=score, passages=tuple(passages),
        twins=tuple(twins),
    )  # fmt: skip


# -- bodies ------------------------------------------------------------------------------------------------------------


def bodies(
    body: Mapping[str, Any], *, day: date, exclude: Collection[str] = (), limit: int = 10, least: float = 0.0
) -> list[Match]:
    """The bodies on the register that may be this one: by an identifier of theirs, else by any name that they have had.

    `body` is a provider's document, or as much of one as is known. Raises query.SearchUnavailable where there is no index.
    """
    names = [name for name in dict.fromkeys(every_name(body)) if name]
    own = _named(names)
    own_identifiers = _identifiers(body)
    if not names and not own_identifiers:
        return []
    view = _Index("providers")
    mine, ranked = likeness.Weighed(own, view.rarity), []
    for document, card in view.near(own, exclude, codes=own_identifiers):
        shared = own_identifiers & _identifiers(document)
        score = 1.0 if shared else _same_body(mine, body, document)
        if score >= least:
            ranked.append((score, document, card, sorted(shared)))
    ranked.sort(key=lambda found: (-found[0], found[2]["number"]))
    found = []
    for score, document, card, shared in ranked[:limit]:
        passages = [Passage("identifiers", code, code, 1.0) for code in shared]
        passages.append(Passage("title", names[0] if names else "", document["title"], score))
        on_day = schema.on_day(card, day)
        found.append(
            Match(
                number=card["number"], kind="provider", title=card["title"], language=card["language"], level=None,
                status=on_day["status"], provider=document.get("country"), score=score, passages=tuple(passages),
            )
        )  # fmt: skip
    return found


def _named(names: Iterable[str]) -> likeness.Said:
    """Names as they are compared: without the article before them and the form of the company behind."""
    plain = [" ".join(w for w in analyzer.words(name) if w not in _FORMS) or name for name in names]
    return likeness.Said(title=plain[0] if plain else "", titles=tuple(plain[1:]))


_FORMS = frozenset({
    "the", "ltd", "limited", "pty", "inc", "incorporated", "llc", "plc", "gmbh", "ggmbh", "cic", "trust", "lp", "co",
    "company", "corporation", "sa", "sarl", "ltda",
})  # fmt: skip


def _same_body(own: likeness.Weighed, body: Mapping[str, Any], document: Mapping[str, Any]) -> float:
    score = own.titles(likeness.Weighed(_named(n for n in every_name(document) if n), own.rarity))
    here, there = body.get("country"), document.get("country")
    return score * (likeness.OTHER_LEVEL if here and there and here != there else 1.0)


def _identifiers(body: Mapping[str, Any]) -> set[str]:
    """What a body is known by elsewhere, without separators; one that a source made of its name alone is none."""
    rows = [*(body.get("identifiers") or ()), *(body.get("other_identifiers") or ())]
    return {analyzer.compact(row["value"]) for row in rows if not row["value"].startswith("name:")}


# -- the index ---------------------------------------------------------------------------------------------------------


class _Index:
    """One snapshot of the index, asked for entries that share words with a draft."""

    def __init__(self, scope: str):
        index = reader.snapshot()
        self.schema, self.searcher = index.schema, index.searcher
        self.scope = Query.const_score_query(Query.term_query(self.schema, "scope", scope), 0.0)
        self.entries = max(1, self.searcher.num_docs)
        # In a small register nothing is common.
        self.common = max(FEW, COMMON * self.entries)
        self._frequencies: dict[str, int] = {}
        self._rarities: dict[str, float] = {}

    def frequency(self, stem: str) -> int:
        if stem not in self._frequencies:
            fields = ("title", "names")
            self._frequencies[stem] = max(self.searcher.doc_freq(name, stem) for name in fields)
        return self._frequencies[stem]

    def rarity(self, stem: str) -> float:
        """What a word weighs: more, the fewer entries have it; nearly nothing where half of them do.

        One that nobody has is new, or misspelt: it weighs as much as a word that is neither rare nor common.
        """
        if stem not in self._rarities:
            have = self.frequency(stem) or math.sqrt(self.entries)
            self._rarities[stem] = math.log(1 + (self.entries + 1) / (have + 1))
        return self._rarities[stem]

    def near(
        self, own: likeness.Said, exclude: Collection[str], *, codes: Collection[str] = ()
    ) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
        """Documents and cards of the entries that share the most with it."""
        words = {stem: w for title in own.folded for stem, w in likeness.words(title).written.items()}
        rare = sorted(words, key=self.frequency)
        asked = [w for place, w in enumerate(rare) if place < ASKED or self.frequency(w) <= self.common]
        clauses = [(Should, self._word(w, words[w])) for w in asked]
        clauses += [(Should, self._term("title", w, TITLE_WEIGHT)) for w in self._joined(list(words))]
        clauses += [(Should, self._term("body", w, BODY_WEIGHT)) for w in self._of_outcomes(own)]
        if codes:
            named = Query.term_set_query(self.schema, "code", list(codes))
            clauses.append((Should, Query.const_score_query(named, query.NUMBER)))
        if not clauses:
            return
        found = Query.boolean_query([(Must, self.scope), (Must, Query.boolean_query(clauses))])
        for _, address in self.searcher.search(found, CANDIDATES + len(exclude), count=False).hits:
            stored = self.searcher.doc(address)
            if stored["number"][0] not in exclude:
                yield orjson.loads(bytes(stored["document"][0])), orjson.loads(bytes(stored["card"][0]))

    def _word(self, stem: str, written: str) -> Query:
        """A word in the title or among the names, in any of its forms; of one that nobody knows, any near spelling."""
        forms = [self._term("title", stem, TITLE_WEIGHT), self._term("names", stem, NAMES_WEIGHT)]
        if self.frequency(stem):
            forms += [self._term("title", form, TITLE_WEIGHT * likeness.ALIKE) for form in self._forms(stem)]
        elif len(written) >= 5 and not stem.isdigit():
            near = Query.fuzzy_term_query(self.schema, "word", written, distance=likeness.allowed(written))
            # Such a query scores 1 for each: it is given what the word weighs.
            forms.append(Query.boost_query(near, TITLE_WEIGHT * likeness.ALIKE * self.rarity(stem)))
        return Query.disjunction_max_query(forms)

    def _term(self, field: str, stem: str, weight: float) -> Query:
        return Query.boost_query(Query.term_query(self.schema, field, stem), weight)

    def _forms(self, stem: str) -> list[str]:
        """The commonest words of titles that are another form of this one, or another spelling."""
        if len(stem) < 4 or stem.isdigit():
            return []
        near = self.searcher.terms_with_prefix("title", stem[:BEGINNING])
        alike = [(n, term) for term, n in near if term != stem and likeness.meets(stem, term) >= likeness.ALIKE]
        return [term for _, term in sorted(alike, reverse=True)[:FORMS]]

    def _joined(self, words: list[str]) -> list[str]:
        """Two words as one, and one as two, where the register writes them so (fork lift, forklift)."""
        found = [a + b for a, b in pairwise(words) if self.frequency(a + b)]
        for word in words:
            for i in range(3, len(word) - 2):
                if self.frequency(word[:i]) and self.frequency(word[i:]):
                    found += [word[:i], word[i:]]
        return found

    def _of_outcomes(self, own: likeness.Said) -> list[str]:
        """The rarest words of the outcomes that the register knows."""
        words = dict.fromkeys(stem for text in own.outcomes for stem in likeness.stems(analyzer.fold(text)))
        known = {w: n for w in words if (n := self.searcher.doc_freq("body", w))}
        rare = sorted((n, w) for w, n in known.items() if n <= self.common)
        return [w for _, w in rare[:OUTCOME_WORDS]]
