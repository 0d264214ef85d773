"""Strings that nobody should type and somebody will: what a search box is asked by mistake, by machines and by attackers.

The same seed gives the same strings. They are bytes, percent-encoded as an address holds them: what is no text at all,
such as half a surrogate pair, can be sent as well as any.
"""

from collections.abc import Callable, Iterator
from random import Random
from urllib.parse import quote_from_bytes

WORDS = (
    "certificate",
    "nursing",
    "level",
    "3",
    "NQ-000123",
    "mechanical engineering",
    "Māori",
    "الترجمة",
    "électricité",
)
SYNTAX = (
    "title:", "AND", "OR", "NOT", "(", ")", "[1 TO 5]", "*", "?", "~2", "^3", '"', "'", "\\", "/", "+", "-", "&&", "||", "!",
    "{", "}", ":", "_exists_:x", "%", "_", ";", "--", "<script>", "${x}", "{{x}}", "../", "=1", "|", "@", "#", "&amp;", "$0",
)  # fmt: skip
LONGEST = 5_000


def _letters(*ranges: tuple[int, int]) -> list[str]:
    return [chr(code) for first, last in ranges for code in range(first, last + 1)]


EMOJI = [*_letters((0x1F300, 0x1F64F), (0x1F900, 0x1F9FF)), "\u200d", "\ufe0f", "🏳️‍🌈", "👩🏽‍🚒"]
CONTROLS = _letters((0x00, 0x1F), (0x7F, 0x9F), (0x2028, 0x202E), (0x2066, 0x2069), (0xFFF9, 0xFFFF))
ARABIC = _letters((0x0600, 0x06FF), (0xFB50, 0xFBFF))
COMBINING = [*_letters((0x0300, 0x036F), (0x1AB0, 0x1ABE)), "a", "o", "e"]
LATIN = _letters((0x61, 0x7A))
DIGITS = list("0123456789٠١٢٣٤०१२三四Ⅳⅷ½²")


def _text(dice: Random, letters: list[str], most: int) -> str:
    return "".join(dice.choices(letters, k=dice.randint(1, most)))


def _syntax(dice: Random) -> str:
    parts = dice.choices([*SYNTAX, *WORDS], k=dice.randint(2, 12))
    return dice.choice((" ", "")).join(parts)


def _quotes(dice: Random) -> str:
    return "".join(dice.choices(['"', "'", "“", "(", "«", " ", *WORDS], k=dice.randint(1, 15)))


def _any(dice: Random) -> str:
    """Any characters that there are, but no half pairs."""
    codes = (dice.randrange(0x110000) for _ in range(dice.randint(1, 60)))
    return "".join(chr(code) for code in codes if not 0xD800 <= code <= 0xDFFF) or "\U0010ffff"


def _long(dice: Random) -> str:
    """Up to 5,000 characters: one word without an end, or one again and again, or very many different ones."""
    kind = dice.randrange(4)
    if kind == 0:
        return dice.choice([*WORDS, *LATIN, "́", "(", '"']) * (LONGEST // 12)
    if kind == 1:
        return _text(dice, LATIN, LONGEST)
    if kind == 2:
        return " ".join(_text(dice, LATIN, 9) for _ in range(LONGEST // 6))[:LONGEST]
    return " ".join(dice.choices(WORDS, k=LONGEST // 9))[:LONGEST]


def _misspelt(dice: Random) -> str:
    """Words that are nearly right: the dearest to look for."""
    letters = list(
        dice.choice(("certificate in nursing", "mechanical engineering", "diploma of hospitality management"))
    )
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(letters))
        letters[at : at + dice.randint(0, 1)] = dice.choice(LATIN)
    return "".join(letters)


def _mixed(dice: Random) -> str:
    letters = [*EMOJI[:50], *CONTROLS, *ARABIC[:60], *COMBINING, *LATIN, *DIGITS, *SYNTAX, " "]
    return _text(dice, letters, 120)


def _bytes(dice: Random) -> bytes:
    """No text: half surrogate pairs, letters cut short, bytes at random."""
    broken = (
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xc3",
        b"\xf0\x9f\x98",
        b"\xff\xfe",
        b"\xc0\xaf",
        b"\x00",
        b"nursing",
        b" ",
    )
    return b"".join(dice.choices(broken, k=dice.randint(1, 10)))


TEXTS: tuple[Callable[[Random], str], ...] = (
    lambda dice: _text(dice, EMOJI, 40), lambda dice: _text(dice, CONTROLS, 20), lambda dice: _text(dice, ARABIC, 60),
    lambda dice: _text(dice, COMBINING, 80), lambda dice: _text(dice, DIGITS, 30), lambda dice: _text(dice, LATIN, 3),
    _syntax, _quotes, _any, _long, _misspelt, _mixed,
)  # fmt: skip


def strings(count: int, seed: int) -> Iterator[str]:
    """So many strings, percent-encoded: each way of making them in turn."""
    dice = Random(seed)
    makers = (*TEXTS, _bytes)
    for n in range(count):
        made = makers[n % len(makers)](dice)
        yield quote_from_bytes(made if isinstance(made, bytes) else made.encode(), safe="")
