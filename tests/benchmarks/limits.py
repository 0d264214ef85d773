"""What this machine and this database could do at best: the same bytes, and nothing worked out.

Each is run in a process of its own by `tests.benchmarks.run`, on the server and the data that its step has just used,
and prints what it found as one line of JSON: `python -m tests.benchmarks.limits copy-in|export|index …`.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

# What an import writes that stays. Its own scratch, events and run are its cost, not the limit's.
TABLES = (
    "registry_organisation", "providers_provider", "credentials_credential", "credentials_revision", "registry_change",
    "registry_entry",
)  # fmt: skip
BLOCK = 1 << 18
# As an export itself reads: wide lines in the order of the key, never gathered and sorted.
UNSORTED = "set enable_sort = off"
MOST_DOCUMENTS = 100_000


def copy_in(folder: Path, rounds: int) -> dict[str, float]:
    """Bare COPY of the very rows that the import wrote, one transaction a table, into tables with the same indexes.

    `like … including all` takes the keys, checks and indexes along; triggers and foreign keys stay behind.
    """
    seconds, rows, size = [], 0, 0
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        for table in TABLES:
            with connection.cursor().copy(f"copy {table} to stdout") as out, open(folder / table, "wb") as file:
                for block in out:
                    file.write(block)
            size += (folder / table).stat().st_size
        for _ in range(rounds):
            for table in TABLES:
                connection.execute(f"drop table if exists limit_{table}")
                connection.execute(f"create table limit_{table} (like {table} including all)")
            started = time.perf_counter()
            rows = sum(_copy_file(connection, folder / table, f"limit_{table}") for table in TABLES)
            seconds.append(time.perf_counter() - started)
        for table in TABLES:
            connection.execute(f"drop table limit_{table}")
            (folder / table).unlink()
    return {"seconds": statistics.median(seconds), "rows": rows, "bytes": size}


def _copy_file(connection: psycopg.Connection, path: Path, table: str) -> int:
    with open(path, "rb") as file, connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(f"copy {table} from stdin") as copy:
            while block := file.read(BLOCK):
                copy.write(block)
        return cursor.rowcount


def export(folder: Path, psql: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Each file of an export beside its limit, in turns: `COPY (the same query) TO STDOUT`, read and thrown away.

    It is read twice, by psycopg here and by PostgreSQL's own client; the faster of the two is the limit.
    """
    _set_up()
    from django.db import connection, transaction

    from registry import exports

    def thrown_away(sql: str) -> None:
        with connection.cursor() as cursor, cursor.copy(sql) as copy:
            for _ in copy:
                pass

    def by_psql(sql: str) -> None:
        subprocess.run(
            [psql, os.environ["DATABASE_URL"], "-qX", "-o", os.devnull, "-c", UNSORTED, "-c", sql], check=True
        )

    def written(sql: str) -> None:
        with connection.cursor() as cursor:
            exports._copy(cursor, sql, folder / "exported")

    found = {}
    for name, sql in (("csv", exports.rows_sql()), ("jsonl", exports.history_sql())):
        seconds: dict[str, list[float]] = {"here": [], "psql": [], "export": []}
        for _ in range(rounds):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(UNSORTED)
                for how, run in (("here", thrown_away), ("psql", by_psql), ("export", written)):
                    started = time.perf_counter()
                    run(sql)
                    seconds[how].append(time.perf_counter() - started)
        median = {how: statistics.median(each) for how, each in seconds.items()}
        found[name] = median | {"bytes": (folder / "exported").stat().st_size}
        (folder / "exported").unlink()
    return found


def index(rounds: int) -> dict[str, float]:
    """tantivy alone: the follower's own documents, made beforehand, into a new index with one commit.

    Titles alone would be a limit that no index of whole records comes near, and would hide what the follower itself
    costs: reading the rows and making the documents. At most 100,000 documents, for they are held in memory.
    """
    _set_up()
    import tantivy

    from registry.framework.current import today
    from registry.models import Entry
    from registry.search import analyzer, follower, schema

    names, day = dict(Entry.objects.providers().values_list("number", "title")), today()
    bodies = Entry.objects.readable().order_by("number").values_list("document", flat=True)[:MOST_DOCUMENTS]
    documents = [schema.entry(bytes(body), names, day) for body in bodies.iterator(chunk_size=follower.ROWS)]
    seconds = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            made = analyzer.register(tantivy.Index(schema.build(), path=folder))
            writer = made.writer(follower.HEAP, 1)
            for document in documents:
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
            seconds.append(time.perf_counter() - started)
    return {"seconds": statistics.median(seconds), "rows": len(documents)}


def _set_up() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    django.setup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["copy-in", "export", "index"])
    parser.add_argument("--folder", type=Path, help="where rendered rows lie meanwhile")
    parser.add_argument("--psql", type=Path, help="export: PostgreSQL's own client")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many")
    given = parser.parse_args()
    limits: dict[str, Callable[[], dict]] = {
        "copy-in": lambda: copy_in(given.folder, given.rounds),
        "export": lambda: export(given.folder, given.psql, given.rounds),
        "index": lambda: index(given.rounds),
    }
    print(json.dumps(limits[given.what]()))


if __name__ == "__main__":
    main()
