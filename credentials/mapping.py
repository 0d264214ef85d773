"""What the columns, words and dates of a legacy source mean, read from a file for each source."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "mappings"
EMPTY = {"", "null", "NULL", "N/A", "n/a"}


class MappingError(Exception):
    """A value that the source's mapping cannot read; the text names it."""

    def __init__(self, column: str, reason: str):
        self.column, self.reason = column, reason
        super().__init__(f"{column}: {reason}")


@dataclass(frozen=True)
class SourceMapping:
    """How to read one source."""

    source: str
    language: str
    dates: tuple[str, ...]
    nothing: frozenset[str]
    columns: Mapping[str, Mapping[str, Any]]
    statuses: Mapping[str, str]
    levels: Mapping[str, str]

    def status(self, word: str) -> str:
        """`current`, `expiring`, `discontinued` or `skip`; a row that tells none is current.

        Raises MappingError for a word that the mapping does not know.
        """
        if word in self.nothing:
            return "current"
        if word in self.statuses:
            return self.statuses[word]
        raise MappingError("status", f"{word!r} is not a status word of {self.source}.")

    def level(self, native: str) -> str | None:
        """The framework's level, or None where the native one has no place among them."""
        if native in self.nothing or self.fact("level_native"):
            return None
        if native in self.levels:
            return self.levels[native] or None
        raise MappingError("level_native", f"{native[:80]!r} is not a level of {self.source}.")

    def date(self, column: str, text: str) -> date | None:
        """The day, in the order in which the source writes day and month."""
        if text in self.nothing:
            return None
        for pattern in self.dates:
            try:
                return datetime.strptime(text, pattern).date()
            except ValueError:
                continue
        raise MappingError(column, f"{text[:40]!r} is not a date as {self.source} writes them.")

    def credits(self, native: str) -> Decimal | None:
        """Credits as an exact number; none and nought are nothing."""
        if native in self.nothing or self.fact("credits_native"):
            return None
        try:
            return Decimal(native) or None
        except InvalidOperation:
            raise MappingError("credits_native", f"{native[:40]!r} is not a number of credits.") from None

    def closes(self, column: str) -> bool:
        """Whether this date is the day of closing, where the status word says that the entry is closed."""
        return bool(self.columns.get(column, {}).get("closes"))

    def field(self, text: str) -> dict[str, str | None]:
        """A field of study as scheme, code and label, as far as the source gives them."""
        how = self.columns.get("field_code", {})
        code, found, label = text.partition(how.get("separator", "\0"))
        if how.get("as") == "label":
            code, label = None, text
        return {
            "scheme": how.get("field_scheme", self.source),
            "code": code,
            "label": label if found or not code else None,
        }

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
        source=raw["source"], language=raw["language"], dates=tuple(raw["dates"]),
        nothing=frozenset(EMPTY | set(raw.get("nothing", ()))), columns=raw.get("columns", {}),
        statuses=raw["statuses"], levels=raw["levels"],
    )  # fmt: skip


def known() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))
