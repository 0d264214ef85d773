"""Makes registers of any size: the shape of real ones, and no row of any.

`python -m tests.benchmarks.generator --entries 50000 --seed 7 --out FILE.csv` writes one and states its statistics. The
same recipe gives the same bytes. Rows are made one after another and none is kept, so that a million cost the memory of
one; what the statistics count grows with the vocabulary alone.
"""

import argparse
import csv
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random

from tests.benchmarks import words

# As `credentials.imports.reading` names them, which needs Django; a test holds the two together.
COLUMNS = (
    "source", "source_id", "kind", "title", "level_native", "credits_native", "hours", "awarding_body", "status",
    "field_code", "start_date", "end_date", "learning_outcomes", "url", "country", "lang", "alt_titles",
    "decision_number", "decision_date",
)  # fmt: skip
SOURCE = "plain"
CREDENTIALS_PER_BODY = 40
FEWEST_BODIES = 5
FIRST_DAY, LAST_DAY = date(1996, 1, 1), date(2025, 12, 31)
KINDS = {"qualification": 0.60, "unit": 0.30, "micro_credential": 0.10}
LANGUAGES = {"en": 0.88, "fr": 0.04, "pt": 0.04, "ar": 0.02, "mi": 0.02}
STATUSES = {"current": 0.77, "discontinued": 0.20, "expiring": 0.03}
COUNTRIES = {"NZ": 0.55, "ZA": 0.15, "KE": 0.12, "CV": 0.08, "MA": 0.06, "": 0.04}
LEVELS = {
    "qualification": {"3": 20, "4": 22, "2": 12, "5": 14, "6": 8, "7": 14, "8": 5, "9": 3, "1": 1.5, "10": 0.5},
    "unit": {"3": 30, "4": 26, "2": 22, "5": 10, "1": 8, "6": 4},
    "micro_credential": {"4": 28, "3": 24, "5": 20, "6": 10, "7": 9, "2": 7, "8": 2},
}
CREDITS = {
    "qualification": ("120", "60", "40", "360", "240", "80", "180", "70", "480", "62"),
    "unit": ("3", "5", "10", "4", "2", "6", "8", "15", "20", "12"),
    "micro_credential": ("5", "10", "20", "15", "40", "2", "2.5", "8", "30", "1"),
}
WITH_OUTCOMES, WITH_OTHER_TITLES, WITHOUT_LEVEL, WITHOUT_START, WITHOUT_END = 1 / 3, 0.03, 0.03, 0.03, 0.04
WITH_DECISION, WITHOUT_FIELD, WITHOUT_CREDITS = 0.05, 0.10, 0.05
# Words by rank, after Zipf and Mandelbrot: rank r is met as often as 1 / (r + SHIFT) to the power 1 + TAIL. The tail
# has no end, so that a register twice as large knows more words, as real ones do.
SHIFT, TAIL = 30.0, 0.6
CHANGED = " (revised)"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Recipe:
    """What a register is made by. `prefix` begins every id; a title is `changed` at an even share of the credentials."""

    entries: int
    seed: int = 7
    prefix: str = ""
    changed_share: float = 0.0

    def __post_init__(self) -> None:
        if self.entries <= FEWEST_BODIES:
            raise ValueError(f"A register has at least {FEWEST_BODIES + 1} entries.")

    @property
    def bodies(self) -> int:
        return max(FEWEST_BODIES, round(self.entries / (CREDENTIALS_PER_BODY + 1)))

    @property
    def credentials(self) -> int:
        return self.entries - self.bodies

    @property
    def changed(self) -> int:
        """How many titles differ from those of the same recipe with nothing changed."""
        return round(self.credentials * self.changed_share)


class _Dice:
    """Draws by weight, from `random()` alone: the one method whose sequence Python promises to keep."""

    def __init__(self, name: str):
        self.random = Random(name).random

    def chance(self, share: float) -> bool:
        return self.random() < share

    def below(self, count: int) -> int:
        return int(self.random() * count)

    def pick(self, values):
        return values[self.below(len(values))]

    def weighted(self, table: dict[str, float]) -> str:
        point = self.random() * sum(table.values())
        for value, weight in table.items():
            point -= weight
            if point < 0:
                return value
        return value

    def zipf(self, count: int) -> int:
        """0 to count - 1, each rank about half as often as the one at half its place."""
        return min(count - 1, int((count + 1) ** self.random()) - 1)

    def rank(self) -> int:
        """A word's rank; see SHIFT and TAIL."""
        return int(SHIFT * ((1 - self.random()) ** (-1 / TAIL) - 1))


def rows(recipe: Recipe) -> Iterator[dict[str, str]]:
    """Every row of the register, bodies first: the same for the same recipe."""
    for n in range(recipe.bodies):
        yield _body_row(recipe, n)
    dice = _Dice(f"credentials {recipe.seed} {recipe.prefix}")
    for n in range(recipe.credentials):
        row = _credential_row(recipe, dice, n)
        if (n + 1) * recipe.changed // recipe.credentials > n * recipe.changed // recipe.credentials:
            row["title"] += CHANGED
        yield row


def write(path: Path, recipe: Recipe) -> "Statistics":
    """Write the register as CSV; what it is like."""
    statistics = Statistics()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for row in rows(recipe):
            writer.writerow(row)
            statistics.count(row)
    statistics.bytes = path.stat().st_size
    return statistics


# -- bodies ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def _body(seed: int, prefix: str, n: int) -> tuple[str, str]:
    """The title and country of a body, worked out from its place alone: none has to be remembered."""
    dice = _Dice(f"body {seed} {prefix} {n}")
    title = dice.pick(words.BODIES).format(_place(seed, prefix, n))
    return title, dice.weighted(COUNTRIES)


def _body_row(recipe: Recipe, n: int) -> dict[str, str]:
    title, country = _body(recipe.seed, recipe.prefix, n)
    dice = _Dice(f"body row {recipe.seed} {recipe.prefix} {n}")
    closed = dice.chance(0.06)
    return {
        "source": SOURCE, "source_id": f"{recipe.prefix}P{n + 1:06d}", "kind": "provider", "title": title,
        "status": "discontinued" if closed else "current", "end_date": _day(dice, FIRST_DAY) if closed else "",
        "url": f"https://{recipe.prefix.lower()}p{n + 1}.example.org/", "country": country, "lang": "en",
    }  # fmt: skip


def _place(seed: int, prefix: str, n: int) -> str:
    """A made-up place. Within a register no two are alike: each place of n has a spelling of its own."""
    syllables = [onset + vowel for onset in "bdfghklmnprstvwz" for vowel in "aeiou"]
    size = len(syllables) ** 4
    # 7,919 is a prime that does not divide the size, so this is a permutation of all spellings.
    left = (n * 7_919 + int.from_bytes(_hash(f"place {seed} {prefix}"), "big")) % size
    text = ""
    for _ in range(4):
        left, digit = divmod(left, len(syllables))
        text += syllables[digit]
    return text.capitalize()


# -- credentials -----------------------------------------------------------------------------------------------------


def _credential_row(recipe: Recipe, dice: _Dice, n: int) -> dict[str, str]:
    kind, language = dice.weighted(KINDS), dice.weighted(LANGUAGES)
    body, country = _body(recipe.seed, recipe.prefix, dice.zipf(recipe.bodies))
    level = dice.weighted(LEVELS[kind])
    credits = CREDITS[kind][dice.zipf(10)]
    row = {
        "source": SOURCE, "source_id": f"{recipe.prefix}C{n + 1:07d}", "kind": kind,
        "title": _title(recipe.seed, dice, kind, language, level),
        "level_native": "" if dice.chance(WITHOUT_LEVEL) else level,
        "credits_native": "" if dice.chance(WITHOUT_CREDITS) else credits, "hours": _hours(dice, credits),
        "awarding_body": body, "field_code": "" if dice.chance(WITHOUT_FIELD) else words.FIELDS[dice.zipf(len(words.FIELDS))],
        "url": f"https://register.example.org/{recipe.prefix.lower()}c{n + 1}", "country": country, "lang": language,
    }  # fmt: skip
    row |= _dates(dice)
    if dice.chance(WITH_OUTCOMES):
        count = 2 + dice.below(7)
        row["learning_outcomes"] = "|".join(_outcome(recipe.seed, dice) for _ in range(count))
    if dice.chance(WITH_OTHER_TITLES):
        count = 1 + dice.below(2)
        others = (_title(recipe.seed, dice, kind, "en", level) for _ in range(count))
        row["alt_titles"] = " | ".join(others)
    if row["start_date"] and dice.chance(WITH_DECISION):
        row |= {"decision_number": f"D{recipe.prefix}{n + 1}", "decision_date": row["start_date"]}
    return row


def _dates(dice: _Dice) -> dict[str, str]:
    """A status and the days that go with it; some days are not known, as in every old register."""
    status = dice.weighted(STATUSES)
    start = _day(dice, FIRST_DAY)
    end = ""
    if status == "discontinued" and not dice.chance(WITHOUT_END):
        end = _day(dice, date.fromisoformat(start))
    elif status == "expiring":
        end = (LAST_DAY + timedelta(days=1 + dice.below(2 * 365))).isoformat()
    return {"status": status, "start_date": "" if dice.chance(WITHOUT_START) else start, "end_date": end}


def _day(dice: _Dice, first: date) -> str:
    return (first + timedelta(days=dice.below((LAST_DAY - first).days + 1))).isoformat()


def _hours(dice: _Dice, credits: str) -> str:
    return str(int(float(credits) * 10)) if dice.chance(0.4) else ""


def _title(seed: int, dice: _Dice, kind: str, language: str, level: str) -> str:
    if language != "en":
        frames, subjects = words.OTHER_LANGUAGES[language]
        return _filled(dice.pick(frames), lambda: subjects[dice.zipf(len(subjects))])
    frame = words.TITLES[kind][dice.zipf(len(words.TITLES[kind]))]
    text = frame.replace("{level}", level).replace("{context}", dice.pick(words.CONTEXTS))
    text = _filled(text, lambda: _subject(seed, dice))
    if dice.chance(0.12):
        text = f"{text} {dice.pick(('I', 'II', 'III', '1', '2'))}"
    return text[0].upper() + text[1:]


def _outcome(seed: int, dice: _Dice) -> str:
    return _filled(
        dice.pick(words.OUTCOMES).replace("{context}", dice.pick(words.CONTEXTS)), lambda: _subject(seed, dice)
    )


def _filled(frame: str, word) -> str:
    while "{}" in frame:
        frame = frame.replace("{}", word(), 1)
    return frame


def _subject(seed: int, dice: _Dice) -> str:
    """One subject word, now and then two: the head of the list is written by hand, the endless tail is made up."""
    first = _ranked(seed, dice.rank())
    return f"{first} {_ranked(seed, dice.rank())}" if dice.chance(0.4) else first


@lru_cache(maxsize=50_000)
def _ranked(seed: int, rank: int) -> str:
    if rank < len(words.SUBJECTS):
        return words.SUBJECTS[rank]
    draws = iter(_hash(f"word {seed} {rank}"))
    text = ""
    for _ in range(2 + next(draws) % 2):
        text += "".join(part[next(draws) % len(part)] for part in (words.ONSETS, words.VOWELS, words.CODAS))
    return text + (words.ENDINGS[next(draws) % len(words.ENDINGS)] if next(draws) % 3 == 0 else "")


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


# -- what it is like -------------------------------------------------------------------------------------------------


@dataclass
class Statistics:
    """What a register is like, counted while its rows pass. The words are those of the titles of credentials."""

    kinds: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    languages: Counter = field(default_factory=Counter)
    bodies: Counter = field(default_factory=Counter)
    words: Counter = field(default_factory=Counter)
    with_outcomes: int = 0
    with_other_titles: int = 0
    without_level: int = 0
    without_start: int = 0
    bytes: int = 0

    def count(self, row: dict[str, str]) -> None:
        self.kinds[row["kind"]] += 1
        if row["kind"] == "provider":
            return
        self.statuses[row["status"]] += 1
        self.languages[row["lang"]] += 1
        self.bodies[row["awarding_body"]] += 1
        self.words.update(_WORD.findall(row["title"].lower()))
        self.with_outcomes += bool(row.get("learning_outcomes"))
        self.with_other_titles += bool(row.get("alt_titles"))
        self.without_level += not row["level_native"]
        self.without_start += not row["start_date"]

    @property
    def credentials(self) -> int:
        return self.kinds.total() - self.kinds["provider"]

    @property
    def vocabulary(self) -> int:
        return len(self.words)

    @property
    def tokens_per_title(self) -> float:
        return self.words.total() / self.credentials

    def top_words(self, most: int = 12) -> list[tuple[str, float]]:
        """The most usual words, each with its share of all tokens."""
        return [(word, found / self.words.total()) for word, found in self.words.most_common(most)]

    def share_of_top(self, share: float) -> float:
        """The part of all tokens that this share of the vocabulary, the most usual, makes up."""
        counts = sorted(self.words.values(), reverse=True)
        most = max(1, math.floor(len(counts) * share))
        return list(accumulate(counts[:most]))[-1] / self.words.total()

    def lines(self) -> list[str]:
        all_of = self.credentials

        def shares(counter: Counter) -> str:
            return ", ".join(f"{name} {found / all_of:.1%}" for name, found in counter.most_common())

        return [
            "rows: " + ", ".join(f"{kind} {found:,}" for kind, found in self.kinds.most_common()),
            f"bytes: {self.bytes:,}",
            f"status: {shares(self.statuses)}",
            f"language: {shares(self.languages)}",
            f"words of titles: {self.vocabulary:,} different, {self.tokens_per_title:.1f} to a title,"
            f" the most usual tenth of them makes up {self.share_of_top(0.1):.0%}",
            "most usual: " + ", ".join(f"{word} {share:.1%}" for word, share in self.top_words()),
            f"with outcomes {self.with_outcomes / all_of:.1%}, with other titles {self.with_other_titles / all_of:.1%},"
            f" without a level {self.without_level / all_of:.1%}, without a first day {self.without_start / all_of:.1%}",
            f"largest body awards {self.bodies.most_common(1)[0][1]:,} of {all_of:,}"
            f" ({self.bodies.most_common(1)[0][1] / all_of:.1%}); {len(self.bodies):,} bodies award",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Make up a register of legacy rows and state what it is like.")
    parser.add_argument("--entries", type=int, required=True, help="providers and credentials together")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--prefix", default="", help="what every id begins with")
    parser.add_argument("--changed-share", type=float, default=0.0, help="share of the credentials with another title")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    statistics = write(given.out, Recipe(given.entries, given.seed, given.prefix, given.changed_share))
    print("\n".join(statistics.lines()))


if __name__ == "__main__":
    main()
