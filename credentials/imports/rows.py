"""One row of a legacy file: what it says, and whether it may land."""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from credentials.imports import mapping
from credentials.imports.reading import COLUMNS, KINDS, PROVIDER
from registry.framework.law import Version
from registry.framework.rules import check
from registry.framework.suggestions import meant, suggest
from registry.framework.tables import TAG

TITLE = COLUMNS.index("title")
# Rows that differ in nothing else are one entry: its fields of study and its other titles are put together.
MERGED = {"field_code", "alt_titles"}
# Raise it when the import begins to make other documents of the same rows: then every row is looked at again.
LAYOUT = b"1"
_LONGEST = {
    "source_id": 200, "awarding_body": 1_000, "field_code": 300, "url": 500, "alt_titles": 20_000,
    "learning_outcomes": 200_000, "decision_number": 30,
}  # fmt: skip
_CODES = {
    "country": (re.compile(r"([A-Z]{2})?"), "a country of ISO 3166-1: two capital letters, such as NZ", "country"),
    "lang": (re.compile(f"({TAG.pattern})?"), "a language of BCP 47, such as en or pt-BR", "language"),
}
# A spreadsheet runs such a cell; no title, name or number of a register begins so.
_FORMULA = tuple("=+-@\t\r")
_MAY_RUN = ("source_id", "title", "awarding_body", "field_code", "url", "alt_titles", "learning_outcomes")


@dataclass(slots=True)
class Row:
    """A row as read, with the rows of the same id that were merged into it."""

    line: int
    cells: list[str]
    values: dict[str, str] = field(init=False)
    fields: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    merged: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.values = {name: cell.strip() for name, cell in zip(COLUMNS, self.cells, strict=True)}
        self._take(self.values["field_code"], self.values["alt_titles"])

    @property
    def key(self) -> tuple[str, str]:
        return self.values["source"], self.values["source_id"]

    @property
    def title(self) -> str:
        """The title with the spaces that the source wrote."""
        return self.cells[TITLE]

    def absorb(self, cells: list[str]) -> None:
        """Take over the fields and other titles of a row of the same id, each once."""
        self.merged.append(cells)
        self._take(*(cells[COLUMNS.index(name)].strip() for name in ("field_code", "alt_titles")))

    def differing(self, other: "Row") -> list[str]:
        """The columns in which a row of the same id says something else; what is merged does not count."""
        return sorted(c for c in COLUMNS if c not in MERGED and self.values[c] != other.values[c])

    def _take(self, code: str, others: str) -> None:
        if code and code not in self.fields:
            self.fields.append(code)
        for text in others.split(" | ") if others else ():
            text = text.strip()
            if text and text not in self.others:
                self.others.append(text)

    # -- staged --------------------------------------------------------------------------------------------------------

    @property
    def content(self) -> bytes:
        return content([self.cells, *self.merged])

    @classmethod
    def staged(cls, line: int, content: str) -> "Row":
        first, *merged = orjson.loads(content)
        row = cls(line, first)
        for cells in merged:
            row.absorb(cells)
        return row


def content(cells: list[list[str]]) -> bytes:
    """Rows of one id as they are staged."""
    return orjson.dumps(cells)


def digest(source: str, content: bytes) -> bytes:
    """What a row says and what the mapping of its source makes of it: equal digests make equal entries."""
    rules = mapping.load(source)
    return hashlib.blake2b(content, digest_size=16, key=LAYOUT + (rules.fingerprint if rules else "").encode()).digest()


def problems(row: Row, version: Version) -> list[tuple[str, str]]:
    """Why this row may not land: each reason with its column. Empty for a row that may, or that is to be skipped."""
    values = row.values
    rules = mapping.load(values["source"])
    if rules is None:
        known = ", ".join(mapping.known())
        return [("source", f"There is no mapping for {values['source'][:60]!r}; there are: {known}.")]
    if values["kind"] != PROVIDER and values["kind"] not in KINDS:
        kinds = ", ".join([*KINDS, PROVIDER])
        return [("kind", f"{values['kind'][:60]!r} is not a kind that is imported; there are: {kinds}.")]
    kind = KINDS.get(values["kind"], PROVIDER)
    found = [(v.field, v.message) for v in check(values, kind=kind, stage="import", version=version)]
    found += [
        (column, f"{column} is longer than {most:,} characters.")
        for column, most in _LONGEST.items()
        if len(values[column]) > most
    ]
    found += [
        (column, f"{values[column][:40]!r} is not {what}.{meant(suggest(kind_of_code, values[column]))}")
        for column, (pattern, what, kind_of_code) in _CODES.items()
        if not pattern.fullmatch(values[column])
    ]
    found += [
        (column, f"The cell begins with {values[column][0]!r}: a spreadsheet would run it as a formula.")
        for column in _MAY_RUN
        if values[column].startswith(_FORMULA)
    ]
    return found + _unread(row, rules, kind)


def _unread(row: Row, rules: mapping.SourceMapping, kind: str) -> list[tuple[str, str]]:
    """What the mapping of the source cannot read: dates, status words, levels and numbers."""
    values = row.values
    found: list[tuple[str, str]] = []

    def tried(read: Any, *arguments: str) -> Any:
        try:
            return read(*arguments)
        except mapping.MappingError as error:
            found.append((error.column, error.reason))
            return None

    for column in ("start_date", "end_date", "decision_date"):
        tried(rules.date, column, values[column])
    tried(rules.status, values["status"])
    if kind != PROVIDER:
        tried(rules.level, values["level_native"])
        tried(rules.quantity, "credits_native", values["credits_native"])
        tried(rules.quantity, "hours", values["hours"])
        for code in row.fields:
            tried(rules.check_field, code)
    return found


def skipped(row: Row) -> bool:
    """Whether the source itself has not published this row."""
    rules = mapping.load(row.values["source"])
    return rules is not None and rules.status(row.values["status"]) == "skip"
