"""What is wrong with a text that arrives, and what it should perhaps say. Nothing here changes a record."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ftfy

from credentials.models import TextRepair

Kind = TextRepair.Kind
WORDS = Path(__file__).with_name("words.toml")
# Letters of two scripts that look alike, in both directions: those that people and scanners confuse.
_LATIN = "ABEKMHOPCTXYIJaceiopxyjs"
_CYRILLIC = "АВЕКМНОРСТХУІЈасеіорхујѕ"
_TO_LATIN, _TO_CYRILLIC = str.maketrans(_CYRILLIC, _LATIN), str.maketrans(_LATIN, _CYRILLIC)
_WORD = re.compile(r"[^\W\d_]+")
# A mark between letters, or before one in a word that it begins: no question is asked there. What follows a word is one.
_LOST = re.compile(r"(?<!\S)[^\s?]*\?+[^\W\d_][^\s]*")
_LEFT_OVER = re.compile(r"(.)([\x80-\x9f])", re.DOTALL)
_ADDRESS = re.compile(r"https?://|www\.")


@dataclass(frozen=True)
class Damage:
    """One thing that is wrong with a text; `suggestion` is empty where only a person can say what it should be."""

    kind: str
    suggestion: str


def tidy(text: str) -> tuple[str, list[str]]:
    """The text with single spaces and composed letters (NFC), and which of the two was needed.

    The one repair that is made at once: it alters no word. It is counted, and what stood before is kept.
    """
    spaced = " ".join(text.split())
    if spaced.isascii():
        return spaced, [Kind.SPACES.value] if spaced != text else []
    composed = unicodedata.normalize("NFC", spaced)
    return composed, [
        kind.value for kind, done in ((Kind.SPACES, spaced != text), (Kind.COMPOSED, composed != spaced)) if done
    ]


def found(text: str) -> list[Damage]:
    """What is wrong with a tidied text, each with a suggestion where one can be worked out from the text itself."""
    damages = []
    if not text.isascii():
        decoded = _decoded(text)
        if decoded != text:
            damages.append(Damage(Kind.DOUBLE_ENCODED, decoded))
            text = decoded
        unmixed = _unmixed(text)
        if unmixed != text:
            damages.append(Damage(Kind.LOOK_ALIKES, unmixed))
    if "?" in text and _LOST.search(text) and not _ADDRESS.search(text):
        damages.append(Damage(Kind.LOST_LETTERS, ""))
    return damages


def _decoded(text: str) -> str:
    """The text as it was before it was encoded once too often."""
    return ftfy.fix_encoding(_LEFT_OVER.sub(_without_left_over, text))


def _without_left_over(pair: re.Match[str]) -> str:
    """A letter beside the second byte of its own UTF-8 loses that byte; one that lost its accent gets it back."""
    letter, left_over = pair[1], pair[2]
    if letter.encode()[-1] == ord(left_over) and len(letter.encode()) > 1:
        return letter
    accented = bytes((0xC3, ord(left_over))).decode()
    if unicodedata.normalize("NFD", accented)[0] == letter:
        return accented
    return pair[0]


def _unmixed(text: str) -> str:
    """The text with each word in one script, and whole words of look-alikes in the script of the words around them."""
    made = _WORD.sub(lambda word: _one_script(word[0]), text)
    words = _WORD.findall(made)
    foreign = {w for w in words if _script(w[0]) == "CYRILLIC"}
    alike = {w for w in foreign if w.translate(_TO_LATIN).isascii()}
    if len(foreign) < len(words) / 2 and foreign == alike:
        return _WORD.sub(lambda word: word[0].translate(_TO_LATIN) if word[0] in alike else word[0], made)
    return made


def _one_script(word: str) -> str:
    """A word that mixes Latin and Cyrillic letters, in the one script that all of it can be written in."""
    scripts = {_script(letter) for letter in word} - {""}
    if scripts != {"LATIN", "CYRILLIC"}:
        return word
    candidates = [
        made
        for made, script in ((word.translate(_TO_LATIN), "LATIN"), (word.translate(_TO_CYRILLIC), "CYRILLIC"))
        if {_script(letter) for letter in made} - {""} == {script}
    ]
    return candidates[0] if len(candidates) == 1 else word if not candidates else _majority(word, candidates)


def _majority(word: str, candidates: list[str]) -> str:
    latin = sum(_script(letter) == "LATIN" for letter in word)
    return candidates[0] if latin * 2 >= len(word) else candidates[1]


@cache
def _script(letter: str) -> str:
    return next((s for s in ("LATIN", "CYRILLIC") if unicodedata.name(letter, "").startswith(s)), "")


# -- letters lost to question marks ------------------------------------------------------------------------------------


def vocabulary(words: Iterable[tuple[str, int]]) -> dict[str, list[tuple[int, str]]]:
    """Words with letters beyond ASCII by their shape, which has `?` for those; the commonest of a shape first.

    `words` are those of the register with how often each stands there; the words that ship come after them.
    """
    shapes: dict[str, list[tuple[int, str]]] = {}
    shipped = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    words = [*words, *((word, 0) for text in shipped.values() for word in text.split())]
    for word, count in words:
        shapes.setdefault(_shape(word), []).append((count, word))
    for known in shapes.values():
        known.sort(key=lambda pair: (-pair[0], pair[1]))
    return shapes


def restored(text: str, known: Mapping[str, list[tuple[int, str]]]) -> str:
    """The text with each damaged word replaced by the commonest known word of its shape; empty where one has none."""
    whole = True

    def replace(word: re.Match[str]) -> str:
        nonlocal whole
        damaged = word[0]
        for shape, tail in ((damaged, ""), (damaged.rstrip("?"), damaged[len(damaged.rstrip("?")) :])):
            if candidates := known.get(_shape(shape)):
                return _cased(candidates[0][1], shape) + tail
        whole = whole and not _LOST.search(damaged)
        return damaged

    made = re.sub(r"[^\W\d_?]*\?[^\W\d_]*[\w?]*", replace, text)
    return made if whole and made != text else ""


def _shape(word: str) -> str:
    return "".join(letter if letter.isascii() else "?" for letter in word.lower())


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 2:
        return word.upper()
    return word[0].upper() + word[1:] if like[0].isupper() else word
