"""Rows on their way into the register: copied into staging, repeats put together, and what is known already left out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
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
SOURCE, SOURCE_ID, KIND = (COLUMNS.index(name) for name in ("source", "source_id", "kind"))


def stage(file: LegacyFile, report: Report, progress: Callable[[int], None]) -> None:
    """Copy every readable record into staging, block by block; what cannot be read is reported."""
    clear()
    records = file.records()
    while block := list(islice(records, BLOCK)):
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


COPIED = ("line", "provider", "source", "source_id", "digest", "content")


def _staged(line: int, cells: list[str]) -> tuple[Any, ...]:
    content, source = rows.content([cells]), cells[SOURCE]
    return line, cells[KIND] == PROVIDER, source, cells[SOURCE_ID], rows.digest(source, content), content.decode()


def settle_repeats(report: Report, refused: Callable[[Row], bool]) -> None:
    """Put the rows of one id together, or report those that say something else. `refused` tells which may not land."""
    repeated = """
        select line, source, source_id, provider, content from credentials_stagedrow
        where (source, source_id, provider) in
            (select source, source_id, provider from credentials_stagedrow group by 1, 2, 3 having count(*) > 1)
        order by source, source_id, provider, line
    """
    with transaction.atomic():
        groups = groupby(_every(repeated), key=lambda r: r[1:4])
        while some := [(key, list(group)) for key, group in islice(groups, BATCH)]:
            for _, group in some:
                _settle([Row.staged(line, content) for line, _, _, _, content in group], report, refused)


def _settle(group: list[Row], report: Report, refused: Callable[[Row], bool]) -> None:
    first, taken, others = rows.merged(row for row in group if not refused(row))
    for line in taken:
        report.merge(line, first.line)
    for line, reason in others:
        report.reject(line, "source_id", reason)
    gone = [row.line for row in group if first is None or row.line != first.line]
    with connection.cursor() as cursor:
        cursor.execute("delete from credentials_stagedrow where line = any(%s)", [gone])
        if first is not None and taken:
            cursor.execute(
                "update credentials_stagedrow set digest = %s, content = %s where line = %s",
                [rows.digest(first.key[0], first.content), first.content.decode(), first.line],
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
    """The lines of one batch: as many rows of one kind as one transaction may publish.

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
                    (row_number() over (partition by s.provider order by s.line) - 1) / %s as batch
                from credentials_stagedrow s
                left join providers_provider p
                    on s.provider and p.source = s.source and p.source_id = s.source_id
                left join credentials_credential c
                    on not s.provider and c.source = s.source and c.source_id = s.source_id
            ) numbered
            group by provider, batch order by provider desc, batch
            """,
            [BATCH],
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
