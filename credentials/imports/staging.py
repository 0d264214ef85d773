"""Rows on their way into the register: copied into staging, repeats put together, and what is known already left out."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from credentials.imports import rows
from credentials.imports.reading import COLUMNS, FIELD, PROVIDER, Fault, LegacyFile, Record
from credentials.imports.report import Report
from credentials.imports.rows import Row
from credentials.models import StagedRow
from registry.copying import copy_in
from registry.journal import BATCH

BLOCK = 5_000
WEIGHT = 16_000_000  # bytes of rows that are in hand at one time
SOURCE, SOURCE_ID, KIND = (COLUMNS.index(name) for name in ("source", "source_id", "kind"))


def stage(file: LegacyFile, report: Report, progress: Callable[[int], None]) -> None:
    """Copy every readable record into staging, block by block; what cannot be read is reported."""
    clear()
    for block in _blocks(file.records()):
        report.read += len(block)
        staged = []
        for found in block:
            match found:
                case Fault(line, column, reason):
                    report.reject(line, column, reason)
                case Record(line, cells) if cells[KIND] == FIELD:
                    report.skip(line, "kind", "A field of study is no entry of the register.")
                case Record(line, cells):
                    staged.append(_staged(line, cells))
        copy_in(StagedRow, COPIED, staged)
        report.flush()
        progress(file.done)


def _blocks(records: Iterable[Record | Fault]) -> Iterator[list[Record | Fault]]:
    """The records in blocks that memory holds, whether rows are short or long."""
    block: list[Record | Fault] = []
    weight = 0
    for found in records:
        block.append(found)
        weight += sum(map(len, found.cells)) if isinstance(found, Record) else 0
        if len(block) == BLOCK or weight >= WEIGHT:
            yield block
            block, weight = [], 0
    if block:
        yield block


COPIED = ("line", "provider", "source", "source_id", "digest", "content")


def _staged(line: int, cells: list[str]) -> tuple[Any, ...]:
    content, source = rows.content([cells]), cells[SOURCE]
    return line, cells[KIND] == PROVIDER, source, cells[SOURCE_ID], rows.digest(source, content), content.decode()


def settle_repeats(report: Report, refused: Callable[[Row], bool]) -> None:
    """Rows of one id, in order of line, become one: the first that may land takes in those that say nothing else.

    The others are reported, with the line where the id stood first. `refused` tells which may not land. However many rows
    have one id, they are looked at one by one.
    """
    repeated = """
        select line, source, source_id, provider, content from credentials_stagedrow
        where (source, source_id, provider) in
            (select source, source_id, provider from credentials_stagedrow group by 1, 2, 3 having count(*) > 1)
        order by source, source_id, provider, line
    """
    gone: list[int] = []
    with transaction.atomic():
        for _, group in groupby(_every(repeated), key=lambda r: r[1:4]):
            first = None
            for line, *_, content in group:
                row = Row.staged(line, content)
                if first is None and not refused(row):
                    first = row
                    continue
                gone.append(line)
                if first is not None and not refused(row):
                    _take_in(first, row, report)
                if len(gone) == BATCH:
                    _leave_out(gone, report)
            if first is not None and first.merged:
                _stage_again(first)
        _leave_out(gone, report)


def _take_in(first: Row, row: Row, report: Report) -> None:
    if differing := first.differing(row):
        reason = f"{row.key[1]} stands on line {first.line} already, with another {', '.join(differing)}."
        report.reject(row.line, "source_id", reason)
    else:
        first.absorb(row.cells)
        report.merge(row.line, first.line)


def _leave_out(lines: list[int], report: Report) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from credentials_stagedrow where line = any(%s)", [lines])
    lines.clear()
    report.flush()


def _stage_again(row: Row) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update credentials_stagedrow set digest = %s, content = %s where line = %s",
            [rows.digest(row.key[0], row.content), row.content.decode(), row.line],
        )


def leave_out_unchanged() -> int:
    """Take out the rows that say what the last import read for their entry, in one set; how many those were."""
    count = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for table, provider in (("providers_provider", "s.provider"), ("credentials_credential", "not s.provider")):
            cursor.execute(
                f"delete from credentials_stagedrow s using {table} known where {provider} "  # noqa: S608 constant names
                "and known.source = s.source and known.source_id = s.source_id and known.import_digest = s.digest"
            )
            count += cursor.rowcount
    return count


@dataclass(frozen=True)
class Stretch:
    """The lines of one batch: as many rows of one kind as one transaction may publish, fewer where they are long.

    `known` tells whether any of them is about an entry that the register has from an earlier import.
    """

    first: int
    last: int
    rows: int
    provider: bool
    known: bool


def stretches() -> list[Stretch]:
    """The batches that wait to be landed, in order: providers before what they award."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select min(line), max(line), count(*), provider, bool_or(known) from (
                select s.line, s.provider, coalesce(p.id, c.id) is not null as known,
                    (row_number() over in_order - 1) / %s as batch, sum(octet_length(s.content)) over in_order / %s as weight
                from credentials_stagedrow s
                left join providers_provider p
                    on s.provider and p.source = s.source and p.source_id = s.source_id
                left join credentials_credential c
                    on not s.provider and c.source = s.source and c.source_id = s.source_id
                window in_order as (partition by s.provider order by s.line)
            ) numbered
            group by provider, batch, weight order by provider desc, min(line)
            """,
            [BATCH, WEIGHT],
        )
        return [Stretch(*row) for row in cursor.fetchall()]


def rows_of(stretch: Stretch) -> list[tuple[Row, bytes]]:
    """The rows of one batch with their digests, in order of line."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select line, content, digest from credentials_stagedrow where line between %s and %s and provider = %s "
            "order by line",
            [stretch.first, stretch.last, stretch.provider],
        )
        return [(Row.staged(line, content), bytes(digest)) for line, content, digest in cursor.fetchall()]


def clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from credentials_stagedrow")


def _every(sql: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query through a cursor on the server: of any number, in constant memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while some := cursor.fetchmany(BATCH):
            yield from some
