"""Levels and numerals as people write them: `level 3`, `NQF4`, `L2`, `niveau 6`; `IV` for `4` and `4` for `IV`."""

import re

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_DIGITS = {str(n): roman for n, roman in enumerate(_ROMAN, 1)}
# What stands before the number of a level, in the languages of the register and by the names of frameworks; folded.
_NAMES = (
    "level", "lvl", "nqf", "nzqf", "nzqcf", "aqf", "rqf", "eqf", "niveau", "nivel", "kaupae", "taumata", "مستوي", "المستوي",
)  # fmt: skip
_SAID = re.compile(rf"(?<!\w)(entry\s+)?(?:(?:nqf|nzqcf)\s+)?({'|'.join(_NAMES)})[\s-]*(\d{{1,2}}|[ivx]{{1,4}})(?!\w)")
_SHORT = re.compile(r"[ln](\d{1,2})")


def said(folded: str) -> list[str]:
    """The levels that a folded text names, as numbers. *Entry level 3* is none of them: it is below level 1."""
    found = (number(said) for entry, _, said in _SAID.findall(folded) if not entry)
    return [level for level in found if level]


def spans(words: list[str]) -> dict[int, tuple[int, str]]:
    """Where among folded words a level stands: the place of its first word, with how many words it is and its number."""
    found = {}
    for i, word in enumerate(words):
        after = words[i + 1] if i + 1 < len(words) else ""
        joined = re.fullmatch(rf"({'|'.join(_NAMES)})(\d{{1,2}})", word)
        if i and words[i - 1] == "entry":
            continue
        if word in _NAMES and (level := number(after)):
            found[i] = (2, level)
        elif joined and (level := number(joined[2])):
            found[i] = (1, level)
    return found


def short(word: str) -> str | None:
    """The level that `L3` or `N4` may mean beside the word that it is."""
    found = _SHORT.fullmatch(word)
    return number(found[1]) if found else None


def number(numeral: str) -> str | None:
    """`4` for `4`, `04` and `iv`; None for what is no number from 1 to 12."""
    if numeral in _ROMAN:
        return str(_ROMAN.index(numeral) + 1)
    return str(int(numeral)) if numeral.isascii() and numeral.isdigit() and 1 <= int(numeral) <= len(_ROMAN) else None


def otherwise(word: str) -> str | None:
    """The other way to write a numeral: `iv` for `4`, `4` for `iv`. A single letter is a letter."""
    if word in _DIGITS:
        return _DIGITS[word]
    return str(_ROMAN.index(word) + 1) if len(word) > 1 and word in _ROMAN else None
