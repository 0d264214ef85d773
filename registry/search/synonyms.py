"""Words that people use for one another, as data beside the framework's profile (its README says how to write them)."""

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from registry.framework import profile
from registry.search import analyzer

FOLDER = profile.FOLDER / "words"
Phrase = tuple[str, ...]


class Malformed(Exception):
    """A list of words cannot be read; the text names the file and the entry."""


@dataclass(frozen=True)
class Words:
    """What each word or phrase also finds, stems to the stems of the others; and the words that mean any entry."""

    others: dict[Phrase, tuple[Phrase, ...]]
    anything: frozenset[str] = frozenset()


NONE = Words({})


@lru_cache(maxsize=4)
def of_profile(code: str) -> Words:
    """The lists of a profile, with those that hold for every register. Raises Malformed."""
    found: dict[Phrase, dict[Phrase, None]] = defaultdict(dict)
    anything: set[str] = set()
    for path in (FOLDER / "common.toml", FOLDER / f"{code}.toml"):
        if path.is_file():
            content = _read(path)
            anything |= {stem for text in content.get("anything", ()) for stem in _phrase(path, "anything", text)}
            for typed, others in _pairs(path, content):
                found[typed] |= {other: None for other in others if other != typed}
    return Words({typed: tuple(others) for typed, others in found.items()}, frozenset(anything))


def present() -> Words:
    """Those of the register's own profile."""
    return of_profile(settings.NQR_PROFILE) if settings.SEARCH_SYNONYMS else NONE


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as wrong:
        raise Malformed(f"{path.name}: {wrong}") from wrong


def _pairs(path: Path, content: dict[str, Any]) -> list[tuple[Phrase, list[Phrase]]]:
    pairs = []
    for group in content.get("same", ()):
        phrases = [_phrase(path, group, text) for text in group]
        pairs += [(phrase, phrases) for phrase in phrases]
    for row in content.get("also", ()):
        if not isinstance(row, dict) or {"typed", "found"} - row.keys():
            raise Malformed(f"{path.name}: {row}: an entry of `also` has `typed` and `found`")
        pairs.append((_phrase(path, row, row["typed"]), [_phrase(path, row, text) for text in row["found"]]))
    return pairs


def _phrase(path: Path, entry: Any, text: Any) -> Phrase:
    stems = analyzer.stems(text) if isinstance(text, str) else ()
    if not stems:
        raise Malformed(f"{path.name}: {entry}: {text!r} is no word")
    return stems
