"""The current rows of an exported register (CSV), read and landed under their own numbers."""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from django.db import DataError, IntegrityError, transaction

from credentials import publishing
from credentials.imports import desk, documents
from credentials.imports.desk import Desk
from credentials.imports.documents import BadDocument, Made
from credentials.imports.reading import DELIMITERS, Fault, ImportRefused, NumberedLines, csv_rows, no_text
from credentials.imports.report import Report
from credentials.models import Accreditation, Credential, Revision
from providers import publishing as provider_publishing
from providers.models import Provider
from registry import audit, journal
from registry.canonical import canonical
from registry.content import bodies
from registry.content.dictionary import NOTHING
from registry.errors import RegisterError
from registry.exports import COUNT, FLAG, GUARDED, IDENTITY, KEYS, STRUCTURE, TEXT
from registry.framework import current
from registry.journal import BATCH, Publication, Published
from registry.models import Entry
from registry.numbers import parse_number
from registry.status import CREDENTIAL_KINDS

REASON = "Restored from an export of the register."
# An entry takes effect again on its own first day.
SINCE = {"provider": "registered_on", "accreditation": "accredited_from"}
# What other rows name an entry by, and which of the desk's records that is.
NAMED = {"awarding_body": Provider, "developer": Provider, "provider": Provider, "credential": Credential}
# From here on it is worth a look whether a cell is nested more deeply than JSON can be written again.
DEEP = 100
# The keys that a document of a kind has only where something is said of them.
OPTIONAL = {
    "provider": frozenset(bodies.NOTHING),
    "accreditation": frozenset({"conditions", "jointly_with", "reconsiderations", "last_review"}),
    **dict.fromkeys(CREDENTIAL_KINDS, frozenset(NOTHING)),
}  # fmt: skip
ANY_OPTIONAL = frozenset().union(*OPTIONAL.values()) - {"sites"}
RECORDS = {"provider": Provider, "accreditation": Accreditation}
_GUARD = re.compile(f"'{GUARDED}")
_WHOLE = re.compile(r"-?\d{1,10}")


def is_header(line: str) -> bool:
    """Whether a line is the first one of an export of rows, and not of a file of legacy rows."""
    return any({"number", "kind", "title"} <= set(n) and "source_id" not in n for n in map(_names(line), DELIMITERS))


def _names(line: str) -> Callable[[str], list[str]]:
    def read(delimiter: str) -> list[str]:
        try:
            return [name.strip().lower() for name in next(csv.reader((line,), delimiter=delimiter), [])]
        except csv.Error:
            return []

    return read


@cache
def keys_of(kind: str) -> frozenset[str]:
    """The keys of the documents of a kind: those under which the desk publishes."""
    match kind:
        case "provider":
            return frozenset(provider_publishing.document(Provider()))
        case "accreditation":
            empty = Accreditation(credential=Credential(), provider=Provider())
            return frozenset(publishing.accreditation_document(empty))
        case _:
            return frozenset(publishing.credential_document(Credential(), Revision()))


def optional_keys_of(kind: str) -> frozenset[str]:
    """The keys that a document of a kind has only where something is said."""
    return OPTIONAL.get(kind, frozenset())


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line on which it begins, and its cells by the name of their column."""

    line: int
    cells: Mapping[str, str]

    @property
    def number(self) -> str:
        return self.cells["number"]

    @property
    def kind(self) -> str:
        return self.cells["kind"]

    def document(self) -> dict[str, Any]:
        """The document whose keys the cells hold, exactly. Raises BadDocument for a cell that cannot be one."""
        if parse_number(self.number) != self.number or self.number[:2] != journal.PREFIXES.get(self.kind, "NQ"):
            raise BadDocument("number", f"{self.number[:40]!r} is not a register number of this kind.")
        document: dict[str, Any] = {"number": self.number, "kind": self.kind}
        document["revision"] = _value("revision", self.cells["revision"], COUNT)
        if not 1 <= (document["revision"] or 0) < 1 << 31:
            raise BadDocument("revision", f"{self.cells['revision'][:40]!r} is not the number of a revision.")
        own = keys_of(self.kind)
        for name, kind in KEYS.items():
            if name in own:
                document[name] = _value(name, self.cells[name], kind)
            elif name in optional_keys_of(self.kind):
                if (value := _value(name, self.cells.get(name, ""), kind)) is not None:
                    document[name] = value
            elif self.cells.get(name):
                raise BadDocument(name, f"Only other kinds of entry have a {name}.")
        return document

    def links(self) -> Made:
        """What the row says of links alone; the rest of it has landed."""
        said = {name: _value(name, self.cells.get(name, ""), STRUCTURE) for name in ("stacking", *documents.LINKS)}
        details = {"stacking": said["stacking"]} if said["stacking"] else documents.stacking(said)
        return Made(self.number, self.kind, 0, {}, {"details": details}, {})


def _value(name: str, cell: str, kind: str) -> Any:
    """What a cell holds. The counterpart of `registry.exports.rows_sql`."""
    if cell == "":
        return None
    if kind == TEXT:
        return cell[1:] if _GUARD.match(cell) else cell
    if kind == FLAG:
        if cell.lower() not in ("true", "false"):  # a spreadsheet writes them in capitals
            raise BadDocument(name, f"{cell[:40]!r} is not true or false.")
        return cell.lower() == "true"
    if kind == COUNT:
        if not _WHOLE.fullmatch(cell):
            raise BadDocument(name, f"{cell[:40]!r} is not a whole number.")
        return int(cell)
    try:
        value = orjson.loads(cell)
    except orjson.JSONDecodeError as error:
        raise BadDocument(name, f"This is not JSON: {error.msg} at character {error.pos + 1}.") from None
    if cell.count("[") + cell.count("{") > DEEP:
        try:
            orjson.dumps([value])
        except TypeError:
            raise BadDocument(name, "This is nested too deeply.") from None
    if kind == STRUCTURE and not isinstance(value, dict | list):
        raise BadDocument(name, f"{cell[:40]!r} is neither a list nor an object.")
    return value


class ExportedRows:
    """The rows of an exported register, read as often as is needed, each time in constant memory."""

    def __init__(self, path: Path, encoding: str):
        self.path, self.encoding = path, encoding
        self.size, self.done = path.stat().st_size, 0

    def rows(self) -> Iterator[Row | Fault]:
        """Every row in order of line. Raises ImportRefused where a column is missing: its keys would be lost."""
        errors = "surrogateescape" if self.encoding.startswith("utf-8") else "strict"
        try:
            with self.path.open(encoding=self.encoding, errors=errors, newline="") as file:
                yield from self._rows(NumberedLines(file, self._at))
        except UnicodeDecodeError:
            raise ImportRefused(f"{self.path.name} begins as {self.encoding} and is not: it is cut off.") from None

    def _at(self, done: int) -> None:
        self.done = done

    def _rows(self, lines: NumberedLines) -> Iterator[Row | Fault]:
        delimiter, names = self._header(lines)
        for found in csv_rows(lines, names, delimiter, Entry.Kind.values):
            yield found if isinstance(found, Fault) else self._row(names, *found)

    def _header(self, lines: NumberedLines) -> tuple[str, list[str]]:
        line = next((text for _, text in lines if text.strip()), "")
        delimiter = max(DELIMITERS, key=lambda d: len(_names(line)(d)))
        names = _names(line)(delimiter)
        columns = [*IDENTITY, *KEYS]
        if missing := [name for name in columns if name not in names and name not in ANY_OPTIONAL]:
            raise ImportRefused(f"The header of {self.path.name} lacks {', '.join(missing)}: that would be lost.")
        if twice := sorted(name for name in columns if names.count(name) > 1):
            raise ImportRefused(f"The header of {self.path.name} names {', '.join(twice)} twice.")
        return delimiter, names

    @staticmethod
    def _row(names: list[str], line: int, cells: list[str]) -> Row | Fault:
        row = Row(line, dict(zip(names, cells, strict=True)))
        if fault := no_text(line, names, cells):
            return fault
        if row.kind not in Entry.Kind.values:
            return Fault(line, "kind", f"{row.kind[:40]!r} is not a kind of entry.")
        return row


class Lines:
    """Numbers of lines, a bit each: a million of them fit into a few hundred kilobytes."""

    def __init__(self) -> None:
        self._blocks: dict[Any, bytearray] = {}

    def add(self, line: Any) -> None:
        block, bit = self._place(line)
        self._blocks.setdefault(block, bytearray(1 << 13))[bit >> 3] |= 1 << (bit & 7)

    def discard(self, line: Any) -> None:
        block, bit = self._place(line)
        if block in self._blocks:
            self._blocks[block][bit >> 3] &= ~(1 << (bit & 7))

    def __contains__(self, line: Any) -> bool:
        block, bit = self._place(line)
        return block in self._blocks and bool(self._blocks[block][bit >> 3] & 1 << (bit & 7))

    def _place(self, line: Any) -> tuple[Any, int]:
        return line >> 16, line & 0xFFFF


class Numbers(Lines):
    """The same for register numbers."""

    def __contains__(self, number: str) -> bool:
        return parse_number(number) == number and super().__contains__(number)

    def _place(self, number: str) -> tuple[Any, int]:
        block, bit = super()._place(int(number[3:]))
        return (number[:2], block), bit


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row that may land."""

    line: int
    document: Mapping[str, Any]
    made: Made


class RowsRestore:
    """Lands the rows in three passes over the file: providers, then what they offer, then accreditations and links."""

    def __init__(
        self, file: ExportedRows, report: Report, dry_run: bool, now: datetime, progress: Callable[[int], None]
    ):
        self.file, self.report, self.dry_run, self.now, self.progress = file, report, dry_run, now, progress
        self.today = current.today(now)
        self.in_file, self.landed, self.lines = Numbers(), Numbers(), Lines()

    def run(self) -> None:
        """Land everything that may, and report the rest."""
        for place, kinds in enumerate((("provider",), CREDENTIAL_KINDS, ("accreditation",))):
            rows = self._rows_of(kinds, first=place == 0)
            while batch := list(islice(rows, BATCH)):
                ready = self._ready(batch)
                if ready:
                    self._land(ready)
                self.report.flush()
                self.progress((place * self.file.size + self.file.done) // 3)
        if not self.dry_run:
            self._link()
        self.report.flush()

    def _rows_of(self, kinds: Sequence[str], *, first: bool) -> Iterator[Row]:
        """The rows of these kinds. The first pass counts all rows, tells the faults, and notes which credentials come."""
        for found in self.file.rows():
            self.report.read += first
            if isinstance(found, Fault):
                if first:
                    self.report.reject(found.line, found.column, found.reason)
            elif found.kind in kinds:
                yield found
            elif first and found.kind in CREDENTIAL_KINDS and parse_number(found.number) == found.number:
                self.in_file.add(found.number)

    # -- which may land ------------------------------------------------------------------------------------------------

    def _ready(self, batch: Sequence[Row]) -> list[_Ready]:
        """The rows that may land; each other one is reported with its field and the reason."""
        read = []
        for row in batch:
            try:
                read.append((row, row.document()))
            except BadDocument as bad:
                self.report.reject(row.line, bad.field, bad.reason)
        entries = {
            entry["number"]: entry
            for entry in Entry.objects.filter(number__in=[row.number for row, _ in read]).values(
                "number", "kind", "revision", "withdrawn_on", "document_sha256"
            )
        }
        ready = []
        for row, document in self._unknown(read, entries):
            try:
                ready.append(_Ready(row.line, document, documents.check(document)))
            except BadDocument as bad:
                self.report.reject(row.line, bad.field, bad.reason)
        named, taken = self._known(ready), self._taken(ready)
        kept: list[_Ready] = []
        for row in ready:
            if problem := self._problem(row, entries.get(row.made.number), named, taken):
                self.report.reject(row.line, *problem)
            else:
                self.landed.add(row.made.number)
                self.lines.add(row.line)
                kept.append(row)
        return kept

    def _unknown(
        self, read: Sequence[tuple[Row, dict[str, Any]]], entries: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[tuple[Row, dict[str, Any]]]:
        """All but the rows whose very document is on the register, and of which the desk has a record."""
        model = RECORDS.get(read[0][0].kind, Credential) if read and entries else None
        recorded = desk.known(model, entries) if model else set()
        for row, document in read:
            entry = entries.get(row.number)
            if row.number in recorded and row.number not in self.landed and not entry["withdrawn_on"]:
                body = canonical(document | {"revision": entry["revision"]})
                if hashlib.sha256(body).digest() == bytes(entry["document_sha256"]):
                    self.report.unchanged += 1
                    self.landed.add(row.number)
                    self.lines.add(row.line)
                    continue
            yield row, document

    def _problem(
        self, row: _Ready, entry: Mapping[str, Any] | None, named: Mapping[Any, set[str]], taken: dict[Any, str]
    ) -> tuple[str, str] | None:
        made = row.made
        if made.number in self.landed:
            return "number", f"{made.number} stands on an earlier line already."
        if entry and entry["withdrawn_on"]:
            return "number", f"{made.number} was withdrawn; its number is never used again."
        if entry and entry["kind"] != made.kind:
            return (
                "kind",
                f"{made.number} is on the register as {entry['kind']}: a change of kind is decided by an officer.",
            )
        for name, number in made.named.items():
            if number not in self.landed and number not in named[NAMED[name]]:
                column = "providers" if made.content else name
                return column, f"{number} is neither in this file nor on the register."
        for number in made.others:
            if number not in self.landed and number not in named[Provider]:
                return "providers", f"{number} is neither in this file nor on the register."
        for link in made.stacking:
            if link["number"] not in self.in_file and link["number"] not in named[Credential]:
                return link["relation"], f"{link['number']} is neither in this file nor on the register."
        source = made.own.get("source") and (made.own["source"], made.own["source_id"])
        if source and taken.setdefault(source, made.number) != made.number:
            return "source", f"{source[1]} of {source[0]} is {taken[source]} already."
        return None

    def _known(self, ready: Sequence[_Ready]) -> dict[Any, set[str]]:
        """What the desk has of everything that the rows refer to."""
        wanted: dict[Any, set[str]] = {Provider: set(), Credential: set()}
        for row in ready:
            for name, number in row.made.named.items():
                wanted[NAMED[name]].add(number)
            wanted[Provider].update(row.made.others)
            wanted[Credential].update(link["number"] for link in row.made.stacking)
        return {model: desk.known(model, numbers) for model, numbers in wanted.items()}

    @staticmethod
    def _taken(ready: Sequence[_Ready]) -> dict[tuple[str, str], str]:
        """Whose the sources' ids are that the rows bring along."""
        keys = [(m.own["source"], m.own["source_id"]) for m in (r.made for r in ready) if m.own.get("source")]
        if not keys:
            return {}
        model = Provider if ready[0].made.kind == "provider" else Credential
        rows = model.objects.filter(source__in={s for s, _ in keys}, source_id__in=[i for _, i in keys])
        return {
            (s, i): number or "an entry without number"
            for s, i, number in rows.values_list("source", "source_id", "number")
        }

    # -- landing -------------------------------------------------------------------------------------------------------

    def _land(self, ready: Sequence[_Ready]) -> None:
        """Publish rows in one transaction. One that the database refuses must not take its neighbours along."""
        try:
            with transaction.atomic():
                published = self._write(ready)
                # A rehearsal gives each batch back at once: the journal is never held for longer than by an import.
                transaction.set_rollback(self.dry_run)
        except (DataError, IntegrityError, RegisterError) as error:
            if len(ready) == 1:
                self.landed.discard(ready[0].made.number)
                self.lines.discard(ready[0].line)
                self.report.reject(ready[0].line, "", f"The register refuses this row: {str(error).splitlines()[0]}")
                return
            middle = len(ready) // 2
            self._land(ready[:middle])
            self._land(ready[middle:])
        else:
            self._count(ready, published)

    def _write(self, ready: Sequence[_Ready]) -> list[Published]:
        records = Desk([row.made for row in ready])
        published = journal.publish_many([self._publication(row) for row in ready], now=self.now)
        if self.dry_run:
            return published
        for row, landed in zip(ready, published, strict=True):
            if landed.serial or not records.has(landed.number):
                records.fill(row.made, revision=landed.revision, serial=landed.serial)
        records.save()
        if serials := [p.serial for p in published if p.serial]:
            details = {
                "import": self.report.run.pk, "rows": len(published), "changed": len(serials),
                "first": serials[0], "last": serials[-1],
            }  # fmt: skip
            audit.record("register:rows:restored", details=details, now=self.now)
        return published

    def _publication(self, row: _Ready) -> Publication:
        since = row.made.own[SINCE.get(row.made.kind, "listed_on")]
        decisions = [d.get("number") for d in row.document["decisions"] if isinstance(d, dict)]
        number = next((n for n in decisions if isinstance(n, str) and len(n) <= 30), None)
        return Publication(
            document=row.document, effective_from=min(since or self.today, self.today), reason=REASON,
            revision=row.made.revision, decision_number=number,
        )  # fmt: skip

    def _count(self, ready: Sequence[_Ready], published: Sequence[Published]) -> None:
        for row, landed in zip(ready, published, strict=True):
            if landed.serial is None:
                self.report.unchanged += 1
                continue
            fields = {}
            if landed.before is None:
                self.report.created += 1
            else:
                self.report.updated += 1
                names = journal.changed_fields(landed.before, landed.document)
                fields = {name: [landed.before.get(name), landed.document.get(name)] for name in names}
            if self.dry_run:
                self.report.differs(row.line, landed.number, row.made.title, fields)

    def _link(self) -> None:
        """Link the credentials once all of them are there: a row may name one that stands further down."""
        rows = self._rows_of(CREDENTIAL_KINDS, first=False)
        while batch := list(islice(rows, BATCH)):
            with transaction.atomic():
                desk.link([row.links() for row in batch if row.line in self.lines])
