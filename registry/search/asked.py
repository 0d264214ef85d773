"""What a visitor asks for: each word that they typed, with everything that it may stand for.

A word stands for itself in any of its endings, in English and in the languages of `analyzer.LANGUAGES`; for another
spelling of it (`colour`, `color`); as a numeral for itself in Roman or in digits; for two words written apart, as two for
one written together; for what the list of synonyms says; and, where it is no word of titles or is typed in capitals, for
words that begin with its letters. A level ("level 3", "NQF4") is one thing, however it is written. What the register does
not hold is left out, so that a query asks for nothing in vain. How much each counts, `registry.search.ranking` says.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from registry.search import analyzer, levels, synonyms

MOST_WORDS = 20  # of what is typed; further ones are not asked for
LONGEST_SYNONYM = 5  # words
LONGEST_COMPOUND = 40  # letters; what is longer is no word of any language of the register
# A word of so many entries at most is rare enough to be an acronym as well.
RARE = 5


@dataclass(frozen=True)
class Word:
    """A word of the text, as English would end it."""

    stem: str


@dataclass(frozen=True)
class Form:
    """A word of a text in another language, without that language's endings."""

    form: str


@dataclass(frozen=True)
class Initials:
    letters: str


@dataclass(frozen=True)
class Level:
    number: str


@dataclass(frozen=True)
class Phrase:
    """Words side by side."""

    stems: tuple[str, ...]


@dataclass(frozen=True)
class Together:
    """Each of these, wherever it stands."""

    parts: tuple["Part", ...]


Meaning = Word | Form | Initials | Level | Phrase | Together


@dataclass(frozen=True)
class Part:
    """One word of what was typed, or several that are one thing, with what it may stand for and how much each counts.

    `required`: an entry must have it; small words, and those that mean any entry ("qualification"), need not be there.
    `known`: the register holds something of it.
    """

    typed: str
    meanings: tuple[tuple[Meaning, float], ...]
    required: bool = True

    @property
    def is_level(self) -> bool:
        return len(self.meanings) == 1 and isinstance(self.meanings[0][0], Level)

    @property
    def known(self) -> bool:
        return bool(self.meanings)


# How much a meaning counts beside the word as it was typed.
TYPED, SPELT, JOINED, APART, SYNONYM, LETTERS = 1.0, 0.9, 1.6, 0.6, 0.7, 1.0
Frequency = Callable[[str, str], int]


def read(q: str, frequency: Frequency) -> list[Part]:
    """The parts of what was typed. `frequency(field, term)` says how many entries of the register have a term."""
    typed = _tokens(q)[:MOST_WORDS]
    folded = [word for word, _ in typed]
    stems = [(analyzer.stems(word) or (word,))[0] for word in folded]
    at_level, parts, i = levels.spans(folded), [], 0
    alone = len(typed) > 1 and all(capitals for word, capitals in typed if not word.isdigit())
    words = _Words(frequency, shouted=alone)
    while i < len(typed):
        if i in at_level:
            length, level = at_level[i]
            parts.append(Part(" ".join(folded[i : i + length]), ((Level(level), TYPED),)))
        elif found := _synonyms_of_several(stems, i, at_level):
            length, others = found
            each = tuple(words.part(*typed[n], stems[n]) for n in range(i, i + length))
            meanings = [(Together(each), TYPED)] if all(part.known or not part.required for part in each) else []
            meanings += words.phrases(others, length)
            parts.append(Part(" ".join(folded[i : i + length]), tuple(meanings)))
        elif i + 1 < len(typed) and i + 1 not in at_level and (joined := words.joined(folded[i], folded[i + 1])):
            length = 2
            each = (words.part(*typed[i], stems[i]), words.part(*typed[i + 1], stems[i + 1]))
            both = [(Together(each), TYPED)] if all(part.known for part in each) else []
            parts.append(Part(f"{folded[i]} {folded[i + 1]}", (*both, (Word(joined), JOINED))))
        else:
            length = 1
            parts.append(words.part(*typed[i], stems[i]))
        i += length
    if parts and not any(part.required for part in parts):
        parts = [Part(part.typed, part.meanings) for part in parts]
    return parts


def _tokens(q: str) -> list[tuple[str, bool]]:
    """The folded words of what was typed, and whether each was typed in capitals."""
    return [(word, piece.isupper()) for piece in re.split(r"[\s/]+", q) for word in analyzer.words(piece)]


def _synonyms_of_several(stems: list[str], i: int, levels: dict) -> tuple[int, tuple[synonyms.Phrase, ...]] | None:
    """The longest phrase of the list that begins here, and what it also finds."""
    known = synonyms.present().others
    for length in range(min(LONGEST_SYNONYM, len(stems) - i), 1, -1):
        if not any(n in levels for n in range(i, i + length)) and (found := known.get(tuple(stems[i : i + length]))):
            return length, found
    return None


class _Words:
    """Single words, and what they may stand for in this register."""

    def __init__(self, frequency: Frequency, *, shouted: bool):
        self.frequency, self.shouted = frequency, shouted

    def part(self, word: str, capitals: bool, stem: str) -> Part:
        meanings = dict(self._meanings(word, stem, capitals and not self.shouted))
        needless = word in analyzer.SMALL or stem in synonyms.present().anything
        return Part(word, tuple(meanings.items()), required=not needless)

    def held(self, stem: str) -> int:
        """How many entries have the word; at most a little too many, for it may stand in several fields."""
        return sum(self.frequency(name, stem) for name in ("title", "names", "body"))

    def _meanings(self, word: str, stem: str, capitals: bool) -> Iterator[tuple[Meaning, float]]:
        """The last one of a meaning counts: what was typed comes after what it was made of."""
        yield from self.phrases(synonyms.present().others.get((stem,), ()), 1)
        short = len(word) in analyzer.ACRONYM and (capitals or self.held(stem) <= RARE)
        if short and self.frequency("initials", word):
            yield Initials(word), LETTERS
        if level := levels.short(word):
            yield Level(level), TYPED
        for other in self._spellings(word):
            yield Word(other), SPELT
        if work := self._work(word, stem):
            yield Word(work), SPELT
        yield from ((Phrase(pair), APART) for pair in self._apart(word))
        for language in analyzer.LANGUAGES:
            form = analyzer.form(word, language)
            if self.frequency("forms", form) or self.frequency("body_forms", form):
                yield Form(form), TYPED
        if (numeral := levels.otherwise(word)) and self.held(numeral):
            yield Word(numeral), TYPED
        if self.held(stem):
            yield Word(stem), TYPED

    def phrases(self, others: tuple[synonyms.Phrase, ...], length: int) -> Iterator[tuple[Meaning, float]]:
        """Those whose every word the register holds. A long phrase counts no more than the words that it stands for."""
        for stems in others:
            if all(self.held(stem) for stem in stems):
                counts = SYNONYM * length / len(stems)
                yield (Word(stems[0]) if len(stems) == 1 else Phrase(stems)), counts

    def joined(self, one: str, other: str) -> str | None:
        """The stem of two words written together, where titles or names have it."""
        if not (one.isalpha() and other.isalpha()) or len(one) < 3 or len(other) < 3 or {one, other} & analyzer.SMALL:
            return None
        stem = (analyzer.stems(one + other) or ("",))[0]
        return stem if self.frequency("title", stem) or self.frequency("names", stem) else None

    def _apart(self, word: str) -> Iterator[tuple[str, str]]:
        """A long word as two that stand side by side."""
        if not 6 <= len(word) <= LONGEST_COMPOUND or not word.isalpha():
            return
        for i in range(3, len(word) - 2):
            one, other = analyzer.stems(word[:i])[0], analyzer.stems(word[i:])[0]
            if self.frequency("title", one) and self.frequency("title", other):
                yield one, other

    def _work(self, word: str, stem: str) -> str | None:
        """What somebody does, of a word for who does it (`welders`: weld), where titles tell that far more often."""
        found = _DOER.fullmatch(word)
        base = analyzer.stems(found[1])[0] if found else ""
        return base if base and self.held(base) > RARE * max(1, self.held(stem)) else None

    def _spellings(self, word: str) -> Iterator[str]:
        """The word as the other side of an ocean writes it, where the register does too."""
        for one, other in (pair for both in _OCEANS for pair in (both, both[::-1])):
            if len(word) > 4 and one in word[1:]:
                stem = analyzer.stems(word[0] + word[1:].replace(one, other))[0]
                if self.held(stem):
                    yield stem


_DOER = re.compile(r"([a-z]{4,})(?:ers?|ors?|ists?|ians?)")
_OCEANS = (
    ("isation", "ization"), ("ise", "ize"), ("ising", "izing"), ("our", "or"), ("tre", "ter"), ("bre", "ber"),
    ("ogue", "og"), ("ence", "ense"), ("ll", "l"), ("ae", "e"), ("oe", "e"), ("programme", "program"), ("mme", "m"),
)  # fmt: skip


def held(word: str, frequency: Frequency) -> int:
    """How many entries have this very word, in any English ending: what it only may stand for does not count."""
    return _Words(frequency, shouted=False).held((analyzer.stems(word) or (word,))[0])
