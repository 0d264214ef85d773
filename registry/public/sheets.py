"""A table that somebody hands in as CSV, read as tolerantly as can be told for certain; and tables that are handed out.

What programs write as CSV differs by country and by program: the delimiter, the encoding, the marks at the beginning. Each
is recognised here. What is not certain is refused with the rule, and nothing is guessed of dates or numbers.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

LARGEST = 1024 * 1024  # bytes of a table that is handed in
MOST = 1_000  # lines that are answered at once
LONGEST = 200  # letters of a cell
# What other sorts of file begin with that people take for a CSV file: workbooks, and what was printed.
OTHERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
# Spreadsheets run a cell that begins so (edge case 39); what has apostrophes before it already gets one more.
RUNS = re.compile(r"'*[=+@\t\r-]")


class BadSheet(Exception):
    """The table cannot be read at all; the text says why and what to do."""


@dataclass(frozen=True)
class Line:
    """One line of a table: where it begins, its cells by column, and what is wrong with it as it stands, by column."""

    number: int
    cells: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8 with or without a mark, UTF-16 with one, else the letters of Western Europe."""
    if raw.startswith(OTHERS):
        raise BadSheet(_("This is not a CSV file. In a spreadsheet program, save the sheet as CSV, and send that."))
    marked = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadSheet(_("The letters of this file cannot be read. Save it as CSV in UTF-8."))


def read(text: str, columns: Mapping[str, Iterable[str]], needed: str) -> list[Line]:
    """The lines below the one that names the columns. Each column has other words that are taken for it.

    Raises BadSheet for what is no such table, for one of too many lines, and for one that has other columns.
    """
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise BadSheet(_("This holds NUL characters, as no text does. Save it as CSV in UTF-8."))
    rows = _rows(text)
    if not rows:
        raise BadSheet(_("There is nothing in it: the first line names the columns, each other line is one question."))
    names = _names(rows[0][1], columns, needed)
    if len(rows) == 1:
        raise BadSheet(_("There is no line below the one that names the columns."))
    if len(rows) - 1 > MOST:
        said = {"n": f"{len(rows) - 1:,}", "most": f"{MOST:,}"}
        raise BadSheet(
            _("There are %(n)s lines; at most %(most)s are answered at once. Divide it, and send the parts.") % said
        )
    return [_line(number, cells, names) for number, cells in rows[1:]]


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Every line that is not blank, with its number; cells that run over several lines count from their first one."""
    mark = re.match(r"\s*\"?sep=(.)\"?[ \t]*(?:\r\n|\r|\n)", text, re.IGNORECASE)
    first = next((line for line in text[mark.end() if mark else 0 :].splitlines() if line.strip()), "")
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=mark[1] if mark else _delimiter(first), strict=True,
    )  # fmt: skip
    rows, began = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not (mark and began == 1):
                rows.append((began, [cell.strip() for cell in cells]))
            began = reader.line_num + 1
    except csv.Error:
        problem = _(
            "Line %(n)d: a quotation mark is not closed, or something stands behind a closed one, so that nobody can tell "
            "where its cells end."
        )
        raise BadSheet(problem % {"n": began}) from None
    return rows


def _delimiter(first: str) -> str:
    """The sign that divides the line that names the columns, in most countries a comma, in others a semicolon."""
    plain = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=plain.count)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _names(header: list[str], columns: Mapping[str, Iterable[str]], needed: str) -> list[str | None]:
    """Which column each cell of the first line names; an empty one names none."""
    known = {_plain(word): column for column, words in columns.items() for word in (column, *words)}
    found = [known.get(_plain(name)) if name else None for name in header]
    listed = ", ".join(columns)
    if needed not in found:
        problem = _("The first line must name the columns: %(columns)s. The column “%(needed)s” is missing.")
        raise BadSheet(problem % {"columns": listed, "needed": needed})
    if unknown := [name for name, column in zip(header, found, strict=True) if name and column is None]:
        problem = ngettext(
            "The column %(names)s is not known: there are %(columns)s. Leave out the rest, names of people above all.",
            "The columns %(names)s are not known: there are %(columns)s. Leave out the rest, names of people above all.",
            len(unknown),
        )  # fmt: skip
        raise BadSheet(problem % {"names": ", ".join(f"“{n[:40]}”" for n in unknown[:5]), "columns": listed})
    if twice := next((column for column in columns if found.count(column) > 1), None):
        raise BadSheet(_("The column “%(name)s” is there more than once.") % {"name": twice})
    return found


def _line(number: int, cells: list[str], names: list[str | None]) -> Line:
    said = {name: cell for name, cell in zip(names, cells, strict=False) if name}
    problems = {
        name: _("It is longer than %(n)d letters.") % {"n": LONGEST}
        for name, cell in said.items() if len(cell) > LONGEST
    }  # fmt: skip
    beyond = [cell for name, cell in zip([*names, *[None] * len(cells)], cells, strict=False) if cell and not name]
    if beyond:
        problems[""] = _("There are more cells than columns: put a cell that holds the delimiter in quotation marks.")
    return Line(number, {name: cell[:LONGEST] for name, cell in said.items()}, problems)


def guarded(value: Any) -> str:
    """The text of a cell that no spreadsheet runs: an apostrophe before what would be a formula."""
    said = "" if value is None else str(value)
    return f"'{said}" if RUNS.match(said) else said


def answered(name: str, rows: Iterable[Sequence[Any]], *, marked: bool = False) -> HttpResponse:
    """A table as CSV to be kept (RFC 4180, UTF-8). `marked`: with the mark by which spreadsheet programs know the encoding."""
    out = io.StringIO()
    csv.writer(out).writerows([guarded(value) for value in row] for row in rows)
    body = out.getvalue().encode("utf-8-sig" if marked else "utf-8")
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
