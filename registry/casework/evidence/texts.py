"""Plain text: in UTF-8, in UTF-16 with its mark, or in Windows-1252, without control characters."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

CHUNK = 1 << 20
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# A cell that a spreadsheet runs when the file is opened: it calls a function, or another program.
FORMULA = re.compile(r"""[\n\r,;\t|][ "]{0,9}[=+\-@][^\n\r,;\t|]{0,300}?(?:[A-Za-z]\d{0,2}\(|[A-Za-z]\|\s?')""")
# As much of a text is read again with what follows it.
OVERLAP = 1_024


def plain(file: BinaryIO) -> str | None:
    """Why this is not a text."""
    return None if _encoding(file) else _another_type()


def csv(file: BinaryIO) -> str | None:
    """Why this cannot be kept as a table. One with a cell that a spreadsheet would run is refused, and not altered: what is
    evidence stays as it was sent (edge case 39)."""
    encoding = _encoding(file)
    if encoding is None:
        return _another_type()
    before = "\n"
    for text in _decoded(file, encoding):
        if found := FORMULA.search(before + text):
            cell = found[0].lstrip('\n\r,;\t| "')[:40]
            return _("a spreadsheet would run the cell that begins with “%(cell)s”: save values only.") % {"cell": cell}
        before = (before + text)[-OVERLAP:]
    return None


def _encoding(file: BinaryIO) -> str | None:
    """The encoding in which the whole file is text."""
    file.seek(0)
    marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    candidates = ("utf-16",) if marked else ("utf-8-sig", "cp1252")
    return next((encoding for encoding in candidates if _is_text(file, encoding)), None)


def _is_text(file: BinaryIO, encoding: str) -> bool:
    try:
        return not any(CONTROL.search(text) for text in _decoded(file, encoding))
    except UnicodeError:
        return False


def _decoded(file: BinaryIO, encoding: str) -> Iterator[str]:
    """The text piece by piece. Raises UnicodeError at what is not in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _another_type() -> str:
    return _("it is not what its name says: its content is of another type.")
