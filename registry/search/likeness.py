"""How alike two entries are: between 0 and 1, from their titles, their outcomes and their levels.

Declared here and nowhere else. Words count by how rare they are in the register. A word meets its like: the same stem,
another form of it, one misspelt, or two written as one. A title is measured both ways: how much of it the other one
says, and how much of the other it says. A brand before a level ("City & Guilds Level 2 …"), the level itself, the name
of the awarding body and the sort of the award ("National Certificate: …") tell little of what is learnt. Two entries at
different levels are less alike than their words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from registry.search import analyzer

# How much a word counts that meets another form of itself, beside 1 for its own stem.
ALIKE = 0.85
# How much the words of a brand, or of an awarding body's name, count beside those of the subject.
BRAND = 0.15
# How much the words count that name the sort of an award: the level tells it better.
SORT = 0.25
# How much the words before a colon count: what comes after it is the narrower subject ("Retail: Management").
WIDER = 0.6
# The share of a title's score that asks how much of either one the other holds: "Floristry", and "Diploma in Floristry".
HELD = 0.25
# The weight of the outcomes beside the title, where both entries have some. Either may carry an entry by itself.
OUTCOMES, ALONE = 0.5, 0.85
# Other levels, and other kinds, are another thing, however alike the words.
OTHER_LEVEL, OTHER_KIND = 0.7, 0.9

_STEMS, _PLAIN = analyzer.stemmed(), analyzer.exact()
_LEVEL = re.compile(
    r"\b(?:nqf )?(?:level|lvl|niveau|nivel|l)\s?(0?\d{1,2}|[ivx]{1,4})\b|\b(entry)(?: level)?(?: (\d))?\b"
)
_ROMAN = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10",
}  # fmt: skip


# The words by which frameworks name the sorts of their awards, and the phrases that are made of others.
_SORTS = re.compile(
    r"\b(?:(?:further|general) education and training certificate|further education and training|(?:national|occupational|n)"
    r" certi\w+|skills programme|technical occupational entry|certificate|diploma|award|degree|bachelor|masters?|doctor"
    r"|graduate|postgraduate|undergraduate|associate|extended|nvq|rqf|qcf|btec|gcse|fetc?|getc?|nc|certificat|diplome"
    r"|licence|brevet|titre|bac pro|bts|cap|bp|btm|bm|cqp|tp|lp|dut|but|certificado|curso|tecnico)\b"
)


@dataclass(frozen=True)
class Said:
    """What one entry says, as it is compared: its titles, outcomes, level and kind, and who awards it.

    `others` are alternative titles: each is compared with the other entry's titles, never with its alternative ones,
    which may be no more than a code or the sort of the award.
    """

    title: str
    titles: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    level: str = ""
    kind: str = ""
    bodies: tuple[str, ...] = ()

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """Each title once, folded, the main one first."""
        return _once(self.title, *self.titles)

    @cached_property
    def also(self) -> tuple[str, ...]:
        """Each alternative title once, folded."""
        return _once(*self.others)

    @cached_property
    def levels(self) -> frozenset[str]:
        """The levels that it names, in its field or in its title; none where it names none."""
        found = _level_field(analyzer.fold(self.level))
        return found or frozenset().union(*map(_levels, self.folded))

    @cached_property
    def brand(self) -> frozenset[str]:
        """The stems of its awarding bodies' names."""
        return frozenset(stem for name in self.bodies for stem in stems(analyzer.fold(name)))


def said(document: Mapping[str, Any], bodies: Sequence[str] = ()) -> Said:
    """What a credential's document says, as it is compared."""
    others = [t["text"] for t in document.get("alternative_titles") or ()]
    return Said(
        title=document.get("title") or "", titles=tuple((document.get("titles") or {}).values()), others=tuple(others),
        outcomes=tuple(outcome_texts(document)), level=document.get("level") or document.get("level_native") or "",
        kind=document.get("kind") or "", bodies=tuple(bodies),
    )  # fmt: skip


def outcome_texts(document: Mapping[str, Any]) -> list[str]:
    """Each learning outcome, in each language that it is written in."""
    return [text for outcome in document.get("learning_outcomes") or () for text in outcome["text"].values() if text]


def _once(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(analyzer.fold(text) for text in texts if text))


@dataclass(frozen=True)
class Words:
    """The words of a text in order: as they are compared, as they were written, by their first letter, and two by two as one."""

    stems: tuple[str, ...]
    written: Mapping[str, str]
    letters: Mapping[str, list[str]]
    known: frozenset[str]
    joined: frozenset[str]


@lru_cache(maxsize=2_048)
def words(folded: str) -> Words:
    """The words of a folded text, small ones left out unless there is nothing else."""
    both = list(zip(_STEMS.analyze(folded), _PLAIN.analyze(folded), strict=True))
    kept = [(stem, word) for stem, word in both if word not in analyzer.SMALL] or both
    written = dict(reversed(kept))
    letters: dict[str, list[str]] = {}
    for word in written.values():
        letters.setdefault(word[:1], []).append(word)
    stems = tuple(stem for stem, _ in kept)
    return Words(stems, written, letters, frozenset(stems), frozenset(a + b for a, b in pairwise(stems)))


def stems(folded: str) -> tuple[str, ...]:
    return words(folded).stems


def _levels(folded: str) -> frozenset[str]:
    """The levels that a text names as such: "level 2", "NQF 4", "niveau 3", "entry 3"."""
    return frozenset(
        f"entry {step}".strip() if entry else _ROMAN.get(number, number.lstrip("0") or "0")
        for number, entry, step in _LEVEL.findall(folded)
    )


def _level_field(folded: str) -> frozenset[str]:
    """What the field of a level holds: a level named as such, a bare number, or a name ("Bachelor Degree")."""
    if not folded or "://" in folded:
        return frozenset()
    last = folded.split()[-1]
    return _levels(folded) or frozenset({_ROMAN.get(last, folded.strip())})


# -- words -------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=32_768)
def meets(a: str, b: str) -> float:
    """How far two words are the same: 1, ALIKE for another form or a misspelling, else 0."""
    if a == b:
        return 1.0
    short, long = sorted((a, b), key=len)
    if len(short) < 3 or short[0] != long[0] or short.isdigit() or long.isdigit():
        return 0.0
    shared = _shared_beginning(short, long)
    if shared == len(short) and (len(short) >= 4 or len(long) >= 6):
        # The whole of the one begins the other: a form of it (stonemason, stonemasonry), or cut short (adv).
        return ALIKE if len(short) >= 5 or len(long) - len(short) <= 3 else 0.7
    if shared >= 5 and shared >= 0.7 * len(short):
        return ALIKE
    most = allowed(short)
    return ALIKE if len(short) >= 5 and edits(a, b, most) <= most else 0.0


def allowed(word: str) -> int:
    """How many letters a misspelling of a word may have wrong."""
    return 1 if len(word) < 8 else 2


def _shared_beginning(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def edits(a: str, b: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; anything over `most` is too far."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before, previous = [], list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, previous = previous, row
    return previous[-1]


def _met(own: Words, theirs: Words) -> dict[str, float]:
    """How far each of one's own words is said by the other: by one of its words, or by two that it writes as one.

    Another form of a word has the same stem; a misspelling seldom has, and is known by how it was written.
    """
    found = {}
    for stem in own.stems:
        if stem in theirs.known:
            found[stem] = 1.0
        elif stem in theirs.joined:
            found[stem] = ALIKE
        else:
            written = own.written[stem]
            near = theirs.letters.get(written[:1], ())  # people seldom get the first letter wrong
            found[stem] = max((meets(written, other) for other in near), default=0.0)
    for first, second in pairwise(own.stems) if own.joined & theirs.known else ():
        if max(found[first], found[second]) < 1.0 and first + second in theirs.known:
            found[first] = found[second] = ALIKE
    return found


# -- entries -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Title:
    """The words of a title, and what each weighs."""

    words: Words
    weights: Mapping[str, float]
    whole: float


class Weighed:
    """What an entry says, with its words weighed by how rare they are; compared with others that are weighed alike."""

    def __init__(self, said: Said, rarity: Callable[[str], float]):
        self.said, self.rarity = said, rarity
        self.own = [self._title(folded) for folded in said.folded]
        self.also = [self._title(folded) for folded in said.also]

    def _title(self, folded: str) -> _Title:
        said = words(folded)
        weights = {stem: self.rarity(stem) * (BRAND if stem in self.said.brand else 1.0) for stem in said.stems}
        wider, colon, narrower = folded.partition(":")
        if colon and (subject := stems(narrower)):
            for word in set(stems(wider)) - set(subject):
                weights[word] *= WIDER
        for sort in _SORTS.findall(folded):
            self._lighten(weights, stems(sort), SORT)
        if (level := _LEVEL.search(folded)) is not None:
            branded = level.start() > 0 and len(analyzer.words(folded[level.end() :])) >= 2
            self._lighten(weights, stems(folded[: level.start()]) if branded else (), BRAND)
            self._lighten(weights, _STEMS.analyze(level[0]), BRAND)
        return _Title(said, weights, sum(weights.values()))

    def _lighten(self, weights: dict[str, float], stems: Sequence[str], share: float) -> None:
        for stem in stems:
            if stem in weights:
                weights[stem] = min(weights[stem], self.rarity(stem) * share)

    def without_outcomes(self) -> "Weighed":
        """The same entry, of which the outcomes are not compared."""
        made = copy(self)
        made.said = replace(self.said, outcomes=())
        return made

    def titles(self, other: "Weighed") -> float:
        """How alike two entries' titles are: the best of all in which each of them is known."""
        pairs = [(one, two) for one in self.own for two in (*other.own, *other.also)]
        pairs += [(one, two) for one in self.also for two in other.own]
        return max((_alike(one, two) for one, two in pairs), default=0.0)

    def closest(self, other: "Weighed") -> list[tuple[float, str, str]]:
        """For each of one's own outcomes the other's that is most like it, and how much."""
        theirs = [(text, words(analyzer.fold(text))) for text in other.said.outcomes]
        found = []
        for mine in self.said.outcomes:
            said, best = words(analyzer.fold(mine)), (0.0, mine, "")
            for yours, others in theirs:
                here, there = _share(said, others, self.rarity), _share(others, said, self.rarity)
                both = 2 * here * there / (here + there) if here + there else 0.0
                best = max(best, (both, mine, yours))
            found.append(best)
        return found

    def outcomes(self, other: "Weighed") -> float:
        """How much of its outcomes the entry with fewer of them shares; of two with as many, both are asked."""
        few, many = sorted((self, other), key=lambda entry: len(entry.said.outcomes))
        equal = len(few.said.outcomes) == len(many.said.outcomes)
        asked = [(few, many), (many, few)] if equal else [(few, many)]
        shares = [sum(share for share, _, _ in a.closest(b)) / len(a.said.outcomes) for a, b in asked]
        return sum(shares) / len(shares)

    def score(self, other: "Weighed", titles: float | None = None) -> float:
        """How alike two entries are, between 0 and 1. `titles`: what has been measured of them already."""
        own, theirs = self.said, other.said
        found = self.titles(other) if titles is None else titles
        if own.outcomes and theirs.outcomes:
            outcomes = self.outcomes(other)
            found = max((1 - OUTCOMES) * found + OUTCOMES * outcomes, ALONE * found, ALONE * outcomes)
        if own.levels and theirs.levels and not own.levels & theirs.levels:
            found *= OTHER_LEVEL
        if own.kind and theirs.kind and own.kind != theirs.kind:
            found *= OTHER_KIND
        return found


def _alike(one: _Title, two: _Title) -> float:
    """How alike two titles are, measured both ways."""
    if not one.whole or not two.whole:
        return 0.0
    here = sum(one.weights[word] * share for word, share in _met(one.words, two.words).items()) / one.whole
    there = sum(two.weights[word] * share for word, share in _met(two.words, one.words).items()) / two.whole
    if not here + there:
        return 0.0
    return (1 - HELD) * 2 * here * there / (here + there) + HELD * max(here, there)


def _share(own: Words, theirs: Words, weight: Callable[[str], float]) -> float:
    """The weighted share of one's own words that the other says."""
    met = _met(own, theirs)
    whole = sum(map(weight, met))
    return sum(weight(word) * share for word, share in met.items()) / whole if whole else 0.0


def score(own: Said, theirs: Said, rarity: Callable[[str], float]) -> float:
    """How alike two entries are, between 0 and 1, where words weigh as `rarity` tells."""
    return Weighed(own, rarity).score(Weighed(theirs, rarity))


def marked(text: str, other: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether the other text says that word too, in whatever form."""
    theirs = words(analyzer.fold(other)).written
    pieces: list[tuple[str, bool]] = []
    for piece in re.split(r"(\W+)", text):
        own = words(analyzer.fold(piece)).written if piece.strip() else {}
        shared = any(
            word not in analyzer.SMALL and (stem in theirs or any(meets(word, other) for other in theirs.values()))
            for stem, word in own.items()
        )
        if pieces and (pieces[-1][1] == shared or (not own and not piece.strip())):
            pieces[-1] = (pieces[-1][0] + piece, pieces[-1][1])
        elif piece:
            pieces.append((piece, shared))
    return pieces
