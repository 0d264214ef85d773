"""Legacy files as records: what the bytes are, where each record begins, and what cannot be read, by line and column."""

import codecs
import csv
import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

COLUMNS = (
    "source", "source_id", "kind", "title", "level_native", "credits_native", "hours", "awarding_body", "status",
    "field_code", "start_date", "end_date", "learning_outcomes", "url", "country", "lang", "alt_titles",
    "decision_number", "decision_date",
)  # fmt: skip
REQUIRED = ("source", "source_id", "kind", "title")
KINDS = {"qualification": "qualification", "unit": "part_qualification", "micro_credential": "micro_credential"}
PROVIDER, FIELD = "provider", "field"
KNOWN_KINDS = {*KINDS, PROVIDER, FIELD}
# Cells of other columns keep the spaces that the source wrote: what becomes of them is told, not done in silence.
IDENTITY = {COLUMNS.index(name) for name in ("source", "source_id", "kind")}
LISTS = {"alt_titles": " | ", "learning_outcomes": "|"}
DELIMITERS = ",;\t|"
# A record of more than this is a quotation mark that is never closed, or no record at all.
LONGEST_RECORD = 1_000_000
MOST_LINES = 500
BLOCK = 1 << 20
_BAD_BYTES = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_KNOWN_BINARIES = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save the sheet as CSV",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "compressed: unpack it first",
}
csv.field_size_limit(LONGEST_RECORD)


class ImportRefused(Exception):
    """The file as a whole cannot be imported; the text says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """One readable record: the line it began on and its cells, in the order of COLUMNS."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that cannot be read, and why. `column` is empty where it is about all of it."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class Text:
    """What a file's bytes are. `sha256` names its content, in hexadecimal."""

    encoding: str
    sha256: str
    size: int


def examine(path: Path) -> Text:
    """How the file's text is written: by its mark, else UTF-8, else Windows-1252; read once, in blocks.

    A file that is UTF-8 but for some bytes stays UTF-8, and the lines that hold those bytes are faults: taken for
    Windows-1252, every accent of all its other lines would be damaged in silence. Raises ImportRefused for what is no text.
    """
    digest, size, good, bad = hashlib.sha256(), 0, 0, 0
    utf8 = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    cp1252 = codecs.getincrementaldecoder("cp1252")()
    western = True
    try:
        with path.open("rb") as file:
            start = file.read(4096)
            file.seek(0)
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
                if block.isascii():
                    continue
                text = utf8.decode(block)
                wrong = len(_BAD_BYTES.findall(text))
                bad, good = bad + wrong, good + len(_NOT_ASCII.findall(text)) - wrong
                try:
                    western = western and cp1252.decode(block) is not None
                except UnicodeDecodeError:
                    western = False
            bad += len(utf8.decode(b"", final=True))
    except OSError as error:
        raise ImportRefused(f"{path}: {error.strerror}.") from None
    for mark, what in _KNOWN_BINARIES.items():
        if start.startswith(mark):
            raise ImportRefused(f"{path.name} is {what}.")
    encoding = _marked(start) or ("utf-8" if not bad or good > bad else "cp1252" if western else None)
    if encoding is None:
        raise ImportRefused(
            f"{path.name} is not text: it can be read neither as UTF-8, nor as UTF-16, nor as Windows-1252."
        )
    return Text(encoding, digest.hexdigest(), size)


def _marked(start: bytes) -> str | None:
    """The encoding that a byte order mark names, or that nought bytes beside letters give away."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    for encoding, noughts in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(noughts) > 8 and noughts.count(0) > 0.6 * len(noughts):
            return encoding
    return None


class LegacyFile:
    """A file of legacy records, CSV or JSON Lines, read in one pass and in constant memory."""

    def __init__(self, path: Path, encoding: str):
        self.path, self.encoding = path, encoding
        self.done = 0  # bytes read so far

    def records(self) -> Iterator[Record | Fault]:
        """Every record in order of line. Raises ImportRefused where there is no header to read them by."""
        errors = "surrogateescape" if self.encoding.startswith("utf-8") else "strict"
        read = self._json_lines if self.path.suffix.lower() in (".jsonl", ".ndjson") else self._csv
        try:
            with self.path.open(encoding=self.encoding, errors=errors, newline="") as file:
                yield from (_whole(found) for found in read(NumberedLines(file, self._at)))
        except UnicodeDecodeError:
            name = "UTF-16" if self.encoding.startswith("utf-16") else self.encoding
            raise ImportRefused(f"{self.path.name} begins as {name} and is not: it is cut off, or no text.") from None

    def _at(self, done: int) -> None:
        self.done = done

    # -- CSV -----------------------------------------------------------------------------------------------------------

    def _csv(self, lines: "NumberedLines") -> Iterator[Record | Fault]:
        delimiter, names = self._header(lines)
        places = [names.index(column) if column in names else -1 for column in COLUMNS]
        for found in csv_rows(lines, names, delimiter, KNOWN_KINDS):
            if isinstance(found, Fault):
                yield found
            else:
                line, cells = found
                yield Record(line, [cells[place] if place >= 0 else "" for place in places])

    def _header(self, lines: "NumberedLines") -> tuple[str, list[str]]:
        """The delimiter under which the first line names the columns that every row must have, and its names."""
        line = next((text for _, text in lines if text.strip()), "")
        found: list[str] = []
        for delimiter in DELIMITERS:
            try:
                names = [name.strip().lower() for name in next(csv.reader((line,), delimiter=delimiter), [])]
            except csv.Error:
                continue
            if len(names) > len(found):
                found = names
            if set(REQUIRED) <= set(names):
                doubled = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
                if doubled:
                    raise ImportRefused(f"The header of {self.path.name} names {', '.join(doubled)} twice.")
                return delimiter, names
        missing = [name for name in REQUIRED if name not in found]
        raise ImportRefused(
            f"The header of {self.path.name} lacks {', '.join(missing)}. Expected columns: {', '.join(COLUMNS)}."
        )

    # -- JSON Lines ----------------------------------------------------------------------------------------------------

    def _json_lines(self, lines: "NumberedLines") -> Iterator[Record | Fault]:
        for found in _texts(lines):
            if isinstance(found, Fault):
                yield found
                continue
            line, text = found
            try:
                # Numbers stay the digits that were written: a float would lose some.
                raw = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once)
            except _Twice as twice:
                yield Fault(line, str(twice), f"{twice} stands twice in this object.")
            except json.JSONDecodeError as error:
                yield Fault(line, "", f"This is not JSON: {error.msg} at character {error.pos + 1}.")
            except RecursionError:
                yield Fault(line, "", "This is not JSON of a register: it is nested too deeply.")
            else:
                yield self._from_object(line, raw)

    def _from_object(self, line: int, raw: Any) -> Record | Fault:
        if not isinstance(raw, dict):
            return Fault(line, "", "Each line is one JSON object.")
        cells = []
        for column in COLUMNS:
            value = raw.get(column)
            if isinstance(value, list) and column in LISTS and all(isinstance(v, str) for v in value):
                value = LISTS[column].join(value)
            if not isinstance(value, str | None):
                return Fault(line, column, f"{column} is not text.")
            cells.append(value or "")
        return Record(line, cells)


class NumberedLines:
    """Numbered lines with their ends, some of which may be put back; a line without end is read in bounded pieces."""

    def __init__(self, file: TextIO, at: Callable[[int], None]):
        self.file, self.at = file, at
        self.number = 0
        self.ahead: deque[tuple[int, str, bool]] = deque()
        self.cut = False

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        number, text, self.cut = self.ahead.popleft() if self.ahead else self._read()
        if not text:
            raise StopIteration
        return number, text

    def _read(self) -> tuple[int, str, bool]:
        text = self.file.readline(LONGEST_RECORD)
        self.number += 1
        if self.number & 0xFFF == 0:
            self.at(self.file.buffer.tell())
        cut = len(text) >= LONGEST_RECORD and text[-1] not in "\r\n"
        piece = text
        while cut and len(piece) >= LONGEST_RECORD and piece[-1] not in "\r\n":
            piece = self.file.readline(LONGEST_RECORD)
        return self.number, text, cut

    def put_back(self, taken: list[tuple[int, str]]) -> None:
        self.ahead.extendleft((number, text, False) for number, text in reversed(taken))


def _texts(lines: NumberedLines) -> Iterator[tuple[int, str] | Fault]:
    """The lines that say something, each when it is asked for; one without end is a fault."""
    for line, text in lines:
        if text.strip():
            yield (
                Fault(line, "", f"The line is longer than {LONGEST_RECORD:,} characters.")
                if lines.cut
                else (line, text)
            )


def csv_rows(
    lines: NumberedLines, names: list[str], delimiter: str, kinds: Collection[str]
) -> Iterator[tuple[int, list[str]] | Fault]:
    """The rows behind a header: the line on which each begins, with as many cells as there are names; or what is wrong.

    A quotation mark that is opened and not closed by the next line that is a row by itself, one of a kind in `kinds`, was
    never closed: that is the fault of its own line, and swallows nothing.
    """
    kind, width = names.index("kind"), len(names)

    def parse(text: str) -> list[str]:
        return next(csv.reader((text,), delimiter=delimiter, strict=True), [])

    def whole(text: str) -> bool:
        try:
            cells = parse(text)
        except csv.Error:
            return False
        return len(cells) == width and cells[kind].strip() in kinds

    for found in _texts(lines):
        if isinstance(found, Fault):
            yield found
            continue
        line, text = found
        try:
            cells = parse(text)
        except csv.Error as error:
            cells = _gathered(lines, text, parse, whole, width) if "end of data" in str(error) else None
            if cells is None:
                yield _unbalanced(line, text, names, delimiter, error)
                continue
        if not any(cells):
            continue
        if len(cells) != width:
            yield Fault(line, "", f"The row has {len(cells)} columns, the header {width}.")
        elif [cell.strip().lower() for cell in cells] == names:
            yield Fault(line, "", "The header stands here again.")
        else:
            yield line, cells


def _gathered(
    lines: NumberedLines, first: str, parse: Callable[[str], list[str]], whole: Callable[[str], bool], width: int
) -> list[str] | None:
    """The cells of a record whose quoted text goes over several lines; None, with all put back, where it never closes."""
    taken: list[tuple[int, str]] = []
    text = first
    for number, following in lines:
        taken.append((number, following))
        if lines.cut or len(taken) > MOST_LINES or len(text) > LONGEST_RECORD or whole(following):
            break
        text += following
        if '"' not in following:
            continue
        try:
            cells = parse(text)
        except csv.Error as error:
            if "end of data" in str(error):
                continue
            break
        if len(cells) == width:
            return cells
        break
    lines.put_back(taken)
    return None


def _unbalanced(line: int, text: str, names: list[str], delimiter: str, error: csv.Error) -> Fault:
    if "end of data" not in str(error):
        return Fault(line, "", f"This is not CSV: {error}.")
    try:
        reached = len(next(csv.reader((text,), delimiter=delimiter), []))
    except csv.Error:
        reached = 0
    column = names[reached - 1] if 0 < reached <= len(names) else ""
    return Fault(line, column, "A quotation mark is opened here and never closed.")


class _Twice(Exception):
    """A key that an object holds twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _whole(found: Record | Fault) -> Record | Fault:
    """The record, its identity without spaces around it; a fault where a cell holds what no text of the register may."""
    if isinstance(found, Fault):
        return found
    if fault := no_text(found.line, COLUMNS, found.cells):
        return fault
    for place in IDENTITY:
        found.cells[place] = found.cells[place].strip()
    return found


def no_text(line: int, names: Sequence[str], cells: Sequence[str]) -> Fault | None:
    """The fault of a row that holds what no text of the register may: a NUL byte, bytes that are no UTF-8."""
    together = "".join(cells)
    wrong, reason = "", ""
    if "\x00" in together:
        wrong, reason = "\x00", "The text holds a NUL byte."
    elif not together.isascii():
        try:
            together.encode()
        except UnicodeEncodeError as error:
            wrong, reason = together[error.start], "The text holds half of a character (a lone surrogate)."
            if "\udc80" <= wrong <= "\udcff":
                reason = f"The text holds the byte {ord(wrong) - 0xDC00:#04x}, which is not UTF-8."
    if not wrong:
        return None
    return Fault(line, next(name for name, cell in zip(names, cells, strict=True) if wrong in cell), reason)
