"""What the columns, words and dates of a legacy source mean, read from a file for each source."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "mappings"
EMPTY = {"", "null", "NULL", "NR", "N/A", "n/a"}


class MappingError(Exception):
    """A value that the source's mapping cannot read; the text names it."""

    def __init__(self, column: str, reason: str):
        self.column, self.reason = column, reason
        super().__init__(f"{column}: {reason}")


@dataclass(frozen=True)
class SourceMapping:
    """How to read one source."""

    source: str
    country: str | None
    dates: tuple[str, ...]
    columns: Mapping[str, Mapping[str, str]]
    statuses: Mapping[str, str]
    levels: Mapping[str, str]
    _known: dict[str, Any] = field(default_factory=dict, repr=False)

    def status(self, word: str) -> str:
        """`current`, `discontinued` or `skip`. Raises MappingError for a word that the mapping does not know."""
        if word in self.statuses:
            return self.statuses[word]
        raise MappingError("status", f"{word!r} is not a status word of {self.source}.")

    def level(self, native: str) -> str | None:
        """The framework's level, or None where the native one has no place among them."""
        if native in EMPTY:
            return None
        if native in self.levels:
            return self.levels[native] or None
        raise MappingError("level_native", f"{native[:80]!r} is not a level of {self.source}.")

    def date(self, column: str, text: str) -> date | None:
        """The day, in the order in which the source writes day and month."""
        if text in EMPTY:
            return None
        for pattern in self.dates:
            try:
                return datetime.strptime(text, pattern).date()
            except ValueError:
                continue
        raise MappingError(column, f"{text[:40]!r} is not a date as {self.source} writes them.")

    def fact(self, column: str) -> str | None:
        """The name under which a column is kept as a fact of the source, where it means nothing to the register."""
        return self.columns.get(column, {}).get("fact")


@cache
def load(source: str) -> SourceMapping | None:
    """The mapping of that source; None where none ships."""
    path = FOLDER / f"{source}.toml"
    if not source.replace("-", "").replace("_", "").isalnum() or not path.exists():
        return None
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return SourceMapping(
        source=raw["source"], country=raw.get("country"), dates=tuple(raw["dates"]), columns=raw.get("columns", {}),
        statuses=raw["statuses"], levels=raw["levels"],
    )  # fmt: skip


def known() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))
