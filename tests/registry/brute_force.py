"""The ranking that `registry.search.ranking` declares, worked out by brute force: every entry is scored, nothing is skipped.

What the index holds of an entry is taken as it is given to it (`schema.entry`), and the words of a query as they are read
(`asked.read`). The scores are worked out anew: BM25 with k1 = 1.2 and b = 0.75 over all that the index holds, the length of
a text kept in one byte, as in Lucene and Tantivy.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import groupby
from math import log
from typing import Any

import orjson

from registry.search import analyzer, asked, ranking, schema
from registry.search.asked import Form, Initials, Level, Part, Phrase, Together, Word

K1, B = 1.2, 0.75
_STEMMED, _EXACT = analyzer.stemmed(), analyzer.exact()
ANALYZED = {
    "title": _STEMMED, "names": _STEMMED, "body": _STEMMED, "forms": _EXACT, "body_forms": _EXACT, "initials": _EXACT,
    "word": _EXACT,
}  # fmt: skip
SLACK = 1  # words that may stand among those of a title
Scores = dict[str, float]


def _lengths() -> list[int]:
    """The lengths that one byte can tell: exact to 40, then with three binary digits."""
    free = 24

    def told(byte: int) -> int:
        if byte < free:
            return byte
        bits, shift = (byte - free) & 7, ((byte - free) >> 3) - 1
        return free + (bits if shift < 0 else (bits | 8) << shift)

    return [told(byte) for byte in range(256)]


LENGTHS = _lengths()


class Texts:
    """One field of every entry: where each term stands, and how long each text is."""

    def __init__(self) -> None:
        self.places: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.length: Counter = Counter()

    def add(self, number: str, tokens: list[str]) -> None:
        self.length[number] += len(tokens)
        for place, token in enumerate(tokens):
            self.places[token][number].append(place)

    def bm25(self, terms: Iterable[str], found: dict[str, int], entries: int) -> Scores:
        """The scores of these entries, with how often each has the terms side by side."""
        rarity = sum(log(1 + (entries - (n := len(self.places.get(t, ()))) + 0.5) / (n + 0.5)) for t in terms)
        average = self.length.total() / entries
        scores = {}
        for number, times in found.items():
            kept = LENGTHS[bisect_right(LENGTHS, self.length[number]) - 1]
            scores[number] = rarity * (1 + K1) * times / (times + K1 * (1 - B + B * kept / average))
        return scores

    def side_by_side(self, terms: tuple[str, ...], slack: int) -> dict[str, int]:
        """How often each entry has the terms in this order, with at most so many other words among them."""
        places = [self.places.get(term, {}) for term in terms]
        found = {}
        for number in set(places[0]).intersection(*places[1:]):
            times = _times([[p - n for p in each[number]] for n, each in enumerate(places)], slack)
            if times:
                found[number] = times
        return found


def _times(places: list[list[int]], slack: int) -> int:
    """How many of the last term's places end a phrase: each place is told less its term's place in the phrase."""
    ends = {(place, 0) for place in places[0]}
    for following in places[1:]:
        ends = {(p, left + p - q) for q, left in ends for p in following if 0 <= p - q <= slack - left}
    return len({place for place, _ in ends})


class BruteForce:
    """The register as a list of what the index is told of each entry."""

    def __init__(self, documents: Iterable[bytes], names: dict[str, str], day: Any):
        self.texts = {name: Texts() for name in ANALYZED}
        self.said: dict[str, dict[str, set[str]]] = {
            name: defaultdict(set) for name in ("code", "level_said", "title_key")
        }
        self.entries, self.credentials = 1, set()  # the mark of the follower is one
        for body in documents:
            number = orjson.loads(body)["number"]
            self._add(number, schema.entry(body, names, day).to_dict())

    def _add(self, number: str, told: dict[str, list[Any]]) -> None:
        self.entries += 1
        if told["scope"] == ["credentials"]:
            self.credentials.add(number)
        for name, tokenize in ANALYZED.items():
            self.texts[name].add(number, [token for text in told.get(name, ()) for token in tokenize.analyze(text)])
        for name, by_value in self.said.items():
            for value in told.get(name, ()):
                by_value[value].add(number)

    def frequency(self, field: str, term: str) -> int:
        return len(self.texts[field].places.get(term, ()))

    # -- what has a part, and how well ---------------------------------------------------------------------------------

    def word(self, weights: dict[str, float], term: str) -> Scores:
        scores: Counter = Counter()
        for name, weight in weights.items():
            texts = self.texts[name]
            found = {number: len(places) for number, places in texts.places.get(term, {}).items()}
            scores.update({n: weight * s for n, s in texts.bm25([term], found, self.entries).items()})
        return dict(scores)

    def phrase(self, weights: dict[str, float], terms: tuple[str, ...], slack: int = 0) -> Scores:
        scores: Counter = Counter()
        for name, weight in weights.items():
            texts = self.texts[name]
            found = texts.bm25(terms, texts.side_by_side(terms, slack), self.entries)
            scores.update({n: weight * s for n, s in found.items()})
        return dict(scores)

    def meaning(self, meaning: asked.Meaning) -> Scores:
        match meaning:
            case Word(stem):
                return self.word(ranking.WEIGHTS, stem)
            case Form(form):
                return self.word(ranking.FORMS, form)
            case Initials(letters):
                return self.word({"initials": ranking.INITIALS}, letters)
            case Level(number):
                return dict.fromkeys(self.said["level_said"].get(number, ()), ranking.LEVEL)
            case Phrase(stems):
                return self.phrase(ranking.WEIGHTS, stems)
            case Together(parts):
                return self.together([p for p in parts if p.known and p.required], [p for p in parts if not p.required])

    def part(self, part: Part) -> Scores:
        best: Scores = {}
        for meaning, counts in part.meanings:
            for number, score in self.meaning(meaning).items():
                best[number] = max(best.get(number, 0.0), counts * score)
        return best

    def together(self, required: list[Part], others: list[Part], least: int | None = None) -> Scores:
        """The sums of entries that have all of the required parts, or at least so many of them; of one part where none is."""
        if not required:
            required, others, least = others, [], 1
        has, scores = Counter(), Counter()
        for part in required:
            found = self.part(part)
            has.update(dict.fromkeys(found, 1))
            scores.update(found)
        least = len(required) if least is None else least
        enough = {n: scores[n] for n in has if has[n] >= least}
        for part in others:
            for number, score in self.part(part).items():
                if number in enough:
                    enough[number] += score
        return enough

    # -- a whole query -------------------------------------------------------------------------------------------------

    def scores(self, q: str, allowed: set[str]) -> tuple[Scores, bool]:
        """The score of each credential that is found, and whether none has all that was asked for.

        What is found is all of the register: `allowed` are those that the filters leave.
        """
        parts = asked.read(q, self.frequency)
        if not parts:
            return {}, False
        required, others = [p for p in parts if p.required], [p for p in parts if not p.required]
        found = self._with_extras(q, parts, self.together(required, others))
        if found:  # what the filters leave out of it is there all the same
            return found, False
        return self._with_extras(q, parts, self._some(required, others, allowed)), True

    def _some(self, required: list[Part], others: list[Part], allowed: set[str]) -> Scores:
        """As many of the parts as any entry allowed has together, half of them or more; or the rarest part."""
        known = [part for part in required if part.known]
        if not known:
            return {}
        rarest = min(known, key=lambda part: len(self.part(part).keys() & allowed) or float("inf"))
        found = self.together([rarest], [*(p for p in known if p != rarest), *others])
        for least in range(min(len(required) - 1, len(known)), max(1, len(required) // 2) - 1, -1):
            some = self.together(known, others, least)
            if some.keys() & allowed:
                return found | some
        return found

    def _with_extras(self, q: str, parts: list[Part], found: Scores) -> Scores:
        spoken = " ".join(part.typed for part in parts if not part.is_level)
        folded, stems = analyzer.fold(q), tuple(stem for stem, _ in groupby(analyzer.stems(spoken)))
        whole = self.said["title_key"].get(folded.strip()[:200], set())
        beside = self.phrase({"title": ranking.PHRASE}, stems, SLACK) if len(stems) > 1 else {}
        scores = {n: s + beside.get(n, 0.0) + (ranking.TITLE if n in whole else 0.0) for n, s in found.items()}
        for code in _codes(q):
            for number in self.said["code"].get(code, ()):
                scores.setdefault(number, 0.0)
        numbered = set().union(*(self.said["code"].get(code, set()) for code in _codes(q)))
        return {n: s + (ranking.NUMBER if n in numbered else 0.0) for n, s in scores.items() if n in self.credentials}


def _codes(q: str) -> set[str]:
    """What was typed without separators, and each word of it of four characters or more that holds a digit."""
    words = {analyzer.compact(word) for word in q.split()}
    return {analyzer.compact(q), *(w for w in words if len(w) >= 4 and any(c.isdigit() for c in w))} - {""}
