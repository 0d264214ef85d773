"""Everything that is public as files: the whole history as JSON Lines, what is current as CSV, their checksums.

PostgreSQL writes each line itself and `COPY` hands it over, so that its bytes pass through here only to be counted,
hashed and written: memory stays constant, whatever the register holds. Both files are of one moment. The JSON Lines hold
each change's hashed record with its hash and its document, and restore a register exactly; the CSV holds the current
document of each entry, key by key, and restores those. `credentials.imports` reads both again.
"""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from registry import journal
from registry.content import bodies
from registry.content.dictionary import DETAILS
from registry.errors import RegisterError
from registry.models import Change

# What anybody may do with the files, as an SPDX identifier. Another authority that publishes under another licence
# changes it here: every file of every export names it.
LICENCE = "CC-BY-4.0"
BLOCK = 1 << 18
HISTORY, ROWS, MANIFEST, SUMS = "register.jsonl", "register.csv", "manifest.json", "SHA256SUMS"
log = logging.getLogger(__name__)

# How a cell holds the value of a key. A cell of nothing is null; a structure is JSON.
TEXT, FLAG, COUNT, STRUCTURE = "text", "boolean", "integer", "json"
# What an entry is, and then every key of the documents of all kinds: the columns of the CSV, in its order.
IDENTITY = ("number", "kind", "revision")
KEYS = {
    "title": TEXT, "language": TEXT, "titles": STRUCTURE, "alternative_titles": STRUCTURE,
    "type": TEXT, "website": TEXT, "country": TEXT, "region": TEXT, "may_deliver": FLAG, "registered_on": TEXT,
    "ended_on": TEXT, "ended_as": TEXT, "unverified": FLAG, "former_names": STRUCTURE,
    **{f.name: TEXT if f.shape.plain else STRUCTURE for f in bodies.FIELDS if f.name != "sites"},
    "purpose": STRUCTURE, "learning_outcomes": STRUCTURE, "level": TEXT, "level_native": TEXT, "credits": TEXT,
    "notional_hours": TEXT, "fields": STRUCTURE, "assessment": STRUCTURE, "entry_requirements": STRUCTURE,
    "providers": STRUCTURE, "part_of": STRUCTURE, "counts_towards": STRUCTURE,
    **{field.name: TEXT if field.shape.plain else STRUCTURE for field in DETAILS if field.name != "type"},
    "replaces": STRUCTURE, "replaced_by": STRUCTURE, "transition": STRUCTURE, "effective_from": TEXT, "last_award": TEXT,
    "listed_on": TEXT, "last_new_enrolment": TEXT, "expiring_from": TEXT, "expiry_end": TEXT, "closed_undated": FLAG,
    "credential": TEXT, "provider": TEXT, "accredited_from": TEXT, "accredited_until": TEXT, "withdrawn_on": TEXT,
    "sites": STRUCTURE, "languages": STRUCTURE, "delivery_modes": STRUCTURE, "suspensions": STRUCTURE,
    "conditions": STRUCTURE, "jointly_with": STRUCTURE,
    "review_period_months": COUNT, "review_due": TEXT, "last_review": STRUCTURE, "decisions": STRUCTURE, "identifiers": STRUCTURE,
    "source": STRUCTURE, "gaps": STRUCTURE,
}  # fmt: skip
# A spreadsheet runs a cell that begins with one of these. Such a text gets an apostrophe before it, and so does an empty
# one, which is not nothing; a text that has apostrophes there already gets one more, so that taking one off is exact.
GUARDED = r"'*([=+@\t\r-]|\Z)"


class ExportError(RegisterError):
    """The files cannot be written; the text says why."""


@dataclass(frozen=True)
class File:
    """One file of an export, as the manifest names it."""

    name: str
    format: str
    rows: int
    bytes: int
    sha256: str
    serial: int
    licence: str = LICENCE


def export(out: Path) -> list[File]:
    """Write all files into the folder `out`, which is made where it is missing; the manifest comes last.

    Each file is written under another name and gets its own when all are complete: an export that is interrupted leaves
    those of the one before. Raises ExportError where the folder cannot be written or another export is writing there.
    """
    try:
        with _only_export(out), _partials(out) as partials:
            files = _copied(partials)
            manifest = partials[MANIFEST]
            manifest.write_bytes(orjson.dumps(_manifest(files), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            sums = [(f.sha256, f.name) for f in files]
            sums.append((hashlib.sha256(manifest.read_bytes()).hexdigest(), MANIFEST))
            partials[SUMS].write_text("".join(f"{digest}  {name}\n" for digest, name in sums), encoding="ascii")
            for name, partial in partials.items():
                partial.replace(out / name)
    except OSError as error:
        raise ExportError(f"The files cannot be written to {out}: {error.strerror}.") from None
    return files


def renew(now: datetime) -> bool:
    """Make the public files anew where those of an earlier day do not tell all any more, where they are not whole, or where
    they hold what has been withdrawn since; whether it did. Raises ExportError as `export` does."""
    last = last_export()
    if last is not None and _stands(last) and not _withdrawn_since(last.serial):
        made_on = timezone.localdate(datetime.fromtimestamp((last.folder / MANIFEST).stat().st_mtime, UTC))
        if last.serial == journal.head() or made_on >= timezone.localdate(now):
            return False
    export(published_folder())
    return True


def _stands(last: "Export") -> bool:
    """Whether every file is there as the manifest names it, under the licence of today."""
    try:
        return last.licence == LICENCE and all((last.folder / f.name).stat().st_size == f.bytes for f in last.files)
    except OSError:
        return False


def _withdrawn_since(serial: int) -> bool:
    """What a listing said that was withdrawn as wrong is to be read nowhere any more."""
    return Change.objects.after(serial).filter(action="withdrawn").exists()


# -- what was exported last -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Export:
    """The files of one export, and the change up to which they tell. `recorded_at` is the time of that change."""

    folder: Path
    serial: int
    recorded_at: datetime | None
    licence: str
    files: tuple[File, ...]

    def file(self, name: str) -> File | None:
        return next((file for file in self.files if file.name == name), None)


def published_folder() -> Path:
    """The folder whose files anybody may download: `export_register` writes there unless told otherwise."""
    return settings.NQR_HOME / "exports"


def last_export(folder: Path | None = None) -> Export | None:
    """What the manifest of the folder names; None where nothing was exported, or what is there is no manifest."""
    folder = folder or published_folder()
    try:
        said = orjson.loads((folder / MANIFEST).read_bytes())
        recorded_at = said["recorded_at"] and datetime.fromisoformat(said["recorded_at"])
        files = tuple(File(**file) for file in said["files"])
        return Export(folder, int(said["serial"]), recorded_at, str(said["licence"]), files)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError) as error:
        log.warning("The manifest in %s cannot be read: %s", folder, error)
        return None


# -- writing them ------------------------------------------------------------------------------------------------------


def _manifest(files: list[File]) -> dict[str, Any]:
    """What the export is of: the last change in it and when that was recorded, so that equal registers make equal files."""
    serial = files[0].serial
    recorded_at = Change.objects.filter(serial=serial).values_list("recorded_at", flat=True).first()
    return {
        "serial": serial,
        "recorded_at": recorded_at and recorded_at.isoformat(),
        "licence": LICENCE,
        "files": [asdict(file) for file in files],
    }


@contextmanager
def _only_export(out: Path) -> Iterator[None]:
    out.mkdir(parents=True, exist_ok=True)
    folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
        os.fsync(folder)
    except BlockingIOError:
        raise ExportError(f"Another export is writing into {out}: wait for its end.") from None
    finally:
        os.close(folder)


@contextmanager
def _partials(out: Path) -> Iterator[dict[str, Path]]:
    """The names under which the files are written, in the order in which they get their own; none of them stays."""
    partials = {name: out / f".{name}.partial" for name in (HISTORY, ROWS, SUMS, MANIFEST)}
    try:
        yield partials
    finally:
        for partial in partials.values():
            with suppress(OSError):
                partial.unlink(missing_ok=True)


def _copied(partials: dict[str, Path]) -> list[File]:
    """Both files of the register, of one moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        # The lines are wide: they are read in the order of the key, never gathered and sorted.
        cursor.execute("set local enable_sort = off")
        cursor.execute("select coalesce(max(serial), 0) from registry_change")
        serial = cursor.fetchone()[0]
        cursor.execute("select number from registry_entry where withdrawn_on is not null")
        withdrawn = [number for (number,) in cursor.fetchall()]
        return [
            File(HISTORY, "jsonl", *_copy(cursor, history_sql(withdrawn), partials[HISTORY]), serial),
            File(ROWS, "csv", *_copy(cursor, rows_sql(), partials[ROWS], header=1), serial),
        ]


def _copy(cursor: Any, statement: str, path: Path, *, header: int = 0) -> tuple[int, int, str]:
    """Write what the statement copies out; how many rows and bytes that were, and their SHA-256."""
    digest, rows, size = hashlib.sha256(), -header, 0
    with path.open("wb", buffering=0) as file, cursor.copy(statement) as copy:
        waiting: list[Any] = []
        length = 0

        def write() -> None:
            block = b"".join(waiting)
            digest.update(block)
            # A raw file may take less than it is given, where the disk is nearly full.
            written = 0
            while written < len(block):
                written += file.write(memoryview(block)[written:])
            waiting.clear()

        for row in copy:
            waiting.append(row)
            length += len(row)
            rows += 1
            if length >= BLOCK:
                write()
                size, length = size + length, 0
        write()
        os.fsync(file.fileno())
    return rows, size + length, digest.hexdigest()


# -- what PostgreSQL writes --------------------------------------------------------------------------------------------


def history_sql(withdrawn: Sequence[str] = ()) -> str:
    """Every change as a line of JSON: the keys of the record that was hashed, its hash, and its document.

    The content of the listings `withdrawn` by mistake is nowhere to be read any more (design 4.5): their numbers are few,
    and given with the statement, so that no plan looks for them once for each change. COPY would quote or escape what
    JSON holds; told of a quotation mark and a delimiter that JSON text never holds raw, it does neither.
    """
    numbers = sql.Literal(list(withdrawn)).as_string()
    return f"""
        copy (
            select left(convert_from(record, 'UTF8'), -1) || ',"hash":"' || encode(hash, 'hex') || '","document":'
                || case when number = any({numbers}::text[]) then 'null'
                        else coalesce(convert_from(document, 'UTF8'), 'null') end
                || '}}'
            from registry_change order by serial
        ) to stdout (format csv, quote e'\\x01', escape e'\\x01', delimiter e'\\x02', null '')
    """  # noqa: S608 numbers of the register, quoted


def rows_sql() -> str:
    """The current document of every readable entry as a row of CSV (RFC 4180 with line feeds), in UTF-8."""
    columns = [f"entry.{name}" for name in IDENTITY]
    columns += [f"{_cell(f'said.{name}', kind)} as {name}" for name, kind in KEYS.items()]
    said = ", ".join(f"{name} {'json' if kind == STRUCTURE else 'text'}" for name, kind in KEYS.items())
    return f"""
        copy (
            select {", ".join(columns)}
            from registry_entry entry
            cross join lateral json_to_record(convert_from(entry.document, 'UTF8')::json) as said({said})
            where entry.withdrawn_on is null order by entry.number
        ) to stdout (format csv, header)
    """  # noqa: S608 constant names


def _cell(value: str, kind: str) -> str:
    if kind != TEXT:
        return value
    pattern = GUARDED.replace("'", "''")
    return f"case when {value} ~ '^{pattern}' then '''' || {value} else {value} end"
