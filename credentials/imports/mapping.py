"""What the columns, words and dates of a legacy source mean, read from a file for each source."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from registry.framework import suggestions
from registry.framework.suggestions import meant, suggest

FOLDER = Path(__file__).parent.parent / "mappings"
EMPTY = {"", "null", "NULL", "N/A", "n/a"}
# As the register keeps credits and hours: exact, up to 999,999.99.
_QUANTITY = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2}0*)?")
_REMEMBERED = 50_000  # dates: a file holds the same few thousand days again and again


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
    fingerprint: str
    _days: dict[str, date] = field(default_factory=dict, compare=False, repr=False)

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
        said = meant(suggestions.among(self.levels, native))
        raise MappingError("level_native", f"{native[:80]!r} is not a level of {self.source}.{said}")

    def _as_written(self, day: date | None) -> str | None:
        """A day as the source writes days; None for a source that tells none."""
        # Some write a time of day and a zone behind it, and would not be read without.
        return datetime.combine(day, time(), UTC).strftime(self.dates[0]) if day and self.dates else None

    def date(self, column: str, text: str) -> date | None:
        """The day, in the order in which the source writes day and month."""
        if text in self.nothing:
            return None
        if text in self._days:
            return self._days[text]
        for pattern in self.dates:
            try:
                day = datetime.strptime(text, pattern).date()
            except ValueError:
                continue
            if len(self._days) < _REMEMBERED:
                self._days[text] = day
            return day
        said = meant(self._as_written(suggestions.day(text)))
        raise MappingError(column, f"{text[:40]!r} is not a date as {self.source} writes them.{said}")

    def quantity(self, column: str, native: str) -> Decimal | None:
        """Credits or hours as an exact number; none and nought are nothing.

        Raises MappingError for anything else than digits with a point: `12,5`, `P60M` and `-3` are left to a person.
        """
        if native in self.nothing or self.fact(column):
            return None
        if not _QUANTITY.fullmatch(native):
            what = "credits" if column == "credits_native" else "hours"
            number = suggest("number", native)
            said = meant(number if number and _QUANTITY.fullmatch(number) else None)
            raise MappingError(column, f"{native[:40]!r} is not a number of {what}.{said}")
        return Decimal(native) or None

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

    def check_field(self, code: str) -> None:
        """Raise MappingError for a code of ISCED-F that lost its leading nought in a spreadsheet (edge case 38)."""
        isced = self.columns.get("field_code", {}).get("field_scheme") == "isced-f-2013"
        if isced and (whole := suggest("isced_f", code)):
            raise MappingError("field_code", f"{code[:40]!r} is not a code of ISCED-F 2013.{meant(whole)}")

    @cached_property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The columns that are kept as facts of the source, each with the name of the fact."""
        return tuple((column, how["fact"]) for column, how in self.columns.items() if "fact" in how)

    def fact(self, column: str) -> str | None:
        """The name under which a column is kept as a fact of the source, where it means nothing to the register."""
        return self.columns.get(column, {}).get("fact")


@cache
def load(source: str) -> SourceMapping | None:
    """The mapping of that source; None where none ships."""
    path = FOLDER / f"{source}.toml"
    if not source.replace("-", "").replace("_", "").isalnum() or not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return SourceMapping(
        source=raw["source"], language=raw["language"], dates=tuple(raw["dates"]),
        nothing=frozenset(EMPTY | set(raw.get("nothing", ()))), columns=raw.get("columns", {}),
        statuses=raw["statuses"], levels=raw["levels"], fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
    )  # fmt: skip


def known() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))
