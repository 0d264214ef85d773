"""Words that the register does not know, or hardly, and what they were probably meant to be."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from math import log10

from rapidfuzz import process
from rapidfuzz.distance import OSA

CANDIDATES = 4
# A word that stands in so many entries at most may be a misspelling of one that stands in so many times as many.
HARDLY, MORE_OFTEN = 5, 10
# An edit costs 1. Another first letter costs more, for people seldom get it wrong; a word ten times as frequent less.
ROOT = 5  # letters that words of one family share at least
FIRST_LETTER, TENFOLD = 0.75, 0.3


class Vocabulary:
    """The words of titles and names, with how many entries have each."""

    def __init__(self, counted: Iterable[tuple[str, int]]):
        self._frequency = {word: n for word, n in counted if len(word) > 2 and not word.isdigit()}
        self._words = list(self._frequency)
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            self._by_letter[word[0]].append(word)

    def nearest(self, word: str) -> list[str]:
        """The likeliest words that it may have been meant to be, the likeliest first; never the word itself."""
        allowed = _allowed(word)
        if not allowed:
            return []
        near = self._near(word, self._by_letter[word[0]], allowed) or self._near(word, self._words, allowed)
        return near or self._kin(word)

    def better(self, word: str, held: int) -> list[str]:
        """Of a word that hardly any entry has, `held` of them: those near it that many more have."""
        if held > HARDLY:
            return []
        return [other for other in self.nearest(word) if self._frequency[other] >= MORE_OFTEN * max(1, held)]

    def _near(self, word: str, among: list[str], allowed: int) -> list[str]:
        found = process.extract(word, among, scorer=OSA.distance, score_cutoff=allowed, limit=200)
        near = [(self._cost(word, other, distance), other) for other, distance, _ in found if other != word]
        return [other for _, other in sorted(near)[:CANDIDATES]]

    def _kin(self, word: str) -> list[str]:
        """The most frequent words that begin as it does, for most of its length (`enfermeiro`: enfermagem)."""
        root = word[: max(ROOT, round(len(word) * 0.6))]
        kin = [other for other in self._by_letter[word[0]] if other.startswith(root) and other != word]
        return sorted(kin, key=lambda other: (-self._frequency[other], other))[:CANDIDATES] if len(word) > ROOT else []

    def _cost(self, word: str, other: str, distance: int) -> float:
        first = FIRST_LETTER if word[0] != other[0] else 0.0
        return distance + first - TENFOLD * log10(self._frequency[other])


def _allowed(word: str) -> int:
    """How many edits a word of that length may be away: none of a short one, which is another word."""
    if not word.isalpha() or len(word) < 4:
        return 0
    return 1 if len(word) < 6 else 2 if len(word) < 10 else 3


def repairs(words: list[str], wrong: dict[int, list[str]], count: Callable[[str], int]) -> str | None:
    """What was typed with its wrong words replaced so that entries are found; None where no replacement finds any.

    `wrong` gives the places of the words to replace, with their candidates, the likeliest first. Of the first candidates
    of a word that one is taken with which the most entries have all the words, for what stands beside a word tells which
    was meant.
    """
    best: tuple[int, list[str]] = (0, words)
    for tried in islice(_combinations(words, list(wrong.items())), CANDIDATES**2):
        if (found := count(" ".join(tried))) > best[0] * (MORE_OFTEN if best[0] else 1):
            best = found, tried
    return " ".join(best[1]) if best[0] else None


def _combinations(words: list[str], wrong: list[tuple[int, list[str]]]) -> Iterator[list[str]]:
    if not wrong:
        yield words
        return
    (place, candidates), *rest = wrong
    for candidate in candidates:
        yield from _combinations([*words[:place], candidate, *words[place + 1 :]], rest)
