"""Legacy files read row by row: what cannot be read or accepted is reported, and repeated ids are merged or reported."""

import codecs
import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from credentials import mapping
from registry.framework import current
from registry.framework.rules import check

COLUMNS = (
    "source", "source_id", "kind", "title", "level_native", "credits_native", "hours", "awarding_body", "status",
    "field_code", "start_date", "end_date", "learning_outcomes", "url", "country", "lang", "alt_titles",
)  # fmt: skip
KINDS = {"qualification": "qualification", "unit": "part_qualification", "micro_credential": "micro_credential"}
PROVIDER = "provider"
# Rows that differ in nothing else are one entry: its fields of study and its other titles are put together.
MERGED = {"field_code", "alt_titles"}
csv.field_size_limit(1_000_000)


class ImportRefused(Exception):
    """The file as a whole cannot be read; the text says why."""


@dataclass
class Report:
    """What became of each row that was read."""

    encoding: str = ""
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    skipped: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, column: str, reason: str) -> None:
        self.rejected.append({"line": line, "field": column, "reason": reason})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Row:
    """One readable row: the line it began on, its values with trimmed ends, and those of rows merged into it."""

    line: int
    values: dict[str, str]
    fields: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.absorb(self.values)

    @property
    def key(self) -> tuple[str, str]:
        return self.values["source"], self.values["source_id"]

    def absorb(self, values: dict[str, str]) -> None:
        """Take over the fields and other titles of a row, each once."""
        for kept, found in (
            (self.fields, [values["field_code"]]),
            (self.others, [text.strip() for text in values["alt_titles"].split(" | ")]),
        ):
            kept.extend(text for text in found if text and text not in kept)


def encoding_of(path: Path) -> str:
    """How the file's text is written: UTF-16 or UTF-8 by its mark, else UTF-8 if all of it is, else Windows-1252.

    Raises ImportRefused where it is none of these: then it is no text at all.
    """
    try:
        with path.open("rb") as file:
            mark = file.read(4)
        if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        for encoding in ("utf-8-sig", "cp1252"):
            if _decodes(path, encoding):
                return encoding
    except OSError as error:
        raise ImportRefused(f"{path}: {error.strerror}.") from None
    raise ImportRefused(
        f"{path.name} is not text: it can be read neither as UTF-8, nor as UTF-16, nor as Windows-1252."
    )


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class LegacyFile:
    """A file of legacy rows, read in one pass for each group of kinds: bodies before what they award."""

    def __init__(self, path: Path, report: Report):
        self.path, self.report = path, report
        self.version = current.version_on(current.today())
        self.encoding = report.encoding = encoding_of(path)
        self.repeated = self._repeated()

    def providers(self) -> Iterator[Row]:
        return self._acceptable(row for row in self._rows(None) if row.values["kind"] == PROVIDER)

    def credentials(self) -> Iterator[Row]:
        """Everything else, which is also where each row is counted and what cannot be read is reported."""
        return self._acceptable(row for row in self._rows(self.report) if row.values["kind"] != PROVIDER)

    # -- reading -----------------------------------------------------------------------------------------------------

    def _repeated(self) -> set[tuple[str, str]]:
        seen: set[tuple[str, str]] = set()
        again: set[tuple[str, str]] = set()
        for row in self._rows(None):
            (again if row.key in seen else seen).add(row.key)
        return again

    def _rows(self, report: Report | None) -> Iterator[Row]:
        report = report or Report()  # a pass that only reads reports nothing
        try:
            with self.path.open(encoding=self.encoding, newline="") as file:
                json_lines = self.path.suffix in (".jsonl", ".ndjson")
                yield from _json_lines(file, report) if json_lines else _csv(file, report)
        except UnicodeDecodeError:
            raise ImportRefused(f"{self.path.name} begins as UTF-16 and is not: it is cut off, or no text.") from None

    # -- checking ----------------------------------------------------------------------------------------------------

    def _acceptable(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows that may land. Those whose id repeats are held back to the end, so that all of them are together."""
        held: dict[tuple[str, str], Row] = {}
        for row in rows:
            if not self._accept(row):
                continue
            if row.key not in self.repeated:
                yield row
            elif row.key not in held:
                held[row.key] = row
            else:
                self._merge(held[row.key], row)
        yield from held.values()

    def _accept(self, row: Row) -> bool:
        values, line = row.values, row.line
        if values["kind"] == "field":
            self.report.skipped += 1
            return False
        rules = mapping.load(values["source"])
        if rules is None:
            known = ", ".join(mapping.known())
            self.report.reject(line, "source", f"There is no mapping for {values['source']!r}; there are: {known}.")
            return False
        if values["kind"] != PROVIDER and values["kind"] not in KINDS:
            kinds = ", ".join([*KINDS, PROVIDER])
            self.report.reject(line, "kind", f"{values['kind']!r} is not a kind that is imported; there are: {kinds}.")
            return False
        if problems := self._problems(row, rules):
            for column, reason in problems:
                self.report.reject(line, column, reason)
            return False
        if rules.status(values["status"]) == "skip":
            self.report.skipped += 1
            return False
        return True

    def _problems(self, row: Row, rules: mapping.SourceMapping) -> list[tuple[str, str]]:
        values = row.values
        kind = KINDS.get(values["kind"], PROVIDER)
        problems = [(v.field, v.message) for v in check(values, kind=kind, stage="import", version=self.version)]
        if any("\x00" in value for value in values.values()):
            problems.append(("", "The row holds a NUL byte."))
        reads = [
            lambda: rules.date("start_date", values["start_date"]),
            lambda: rules.date("end_date", values["end_date"]),
            lambda: rules.status(values["status"]),
        ]
        if kind != PROVIDER:
            reads += [lambda: rules.level(values["level_native"]), lambda: rules.credits(values["credits_native"])]
        for read in reads:
            try:
                read()
            except mapping.MappingError as error:
                problems.append((error.column, error.reason))
        return problems

    def _merge(self, first: Row, later: Row) -> None:
        differing = sorted(c for c in COLUMNS if c not in MERGED and first.values[c] != later.values[c])
        if differing:
            reason = f"{later.key[1]} stands on line {first.line} already, with another {', '.join(differing)}."
            self.report.reject(later.line, "source_id", reason)
        else:
            first.absorb(later.values)
            self.report.merged += 1


def _csv(file: Any, report: Report) -> Iterator[Row]:
    reader = csv.DictReader(file)
    missing = [name for name in ("source", "source_id", "kind", "title") if name not in (reader.fieldnames or ())]
    if missing:
        raise ImportRefused(f"The header lacks {', '.join(missing)}. Expected columns: {', '.join(COLUMNS)}.")
    while True:
        line = reader.line_num + 1
        try:
            raw = next(reader, None)
        except csv.Error as error:
            report.read += 1
            report.reject(line, "", f"This is not CSV: {error}.")
            continue
        if raw is None:
            return
        report.read += 1
        if None in raw or None in raw.values():
            report.reject(line, "", "The row has more or fewer columns than the header.")
            continue
        yield Row(line, {name: (raw.get(name) or "").strip() for name in COLUMNS})


def _json_lines(file: Any, report: Report) -> Iterator[Row]:
    for line, text in enumerate(file, start=1):
        if not text.strip():
            continue
        report.read += 1
        try:
            raw = json.loads(text)
        except json.JSONDecodeError as error:
            report.reject(line, "", f"This is not JSON: {error}.")
            continue
        if not isinstance(raw, dict):
            report.reject(line, "", "Each line is one JSON object.")
            continue
        yield Row(line, {name: str(raw.get(name) or "").strip() for name in COLUMNS})
