"""The peer: Datasette over the same rows in SQLite, with full text search and an index on each column that has a facet."""

import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from registry.status import status_on
from tests.benchmarks.register import Server, is_credential

FACETS = ("kind", "level", "status", "field", "provider")
CARD = (
    "number", "kind", "title", "language", "level", "credits", "status", "last_new_enrolment", "provider",
    "provider_name", "revision",
)  # fmt: skip
SEARCHED = ("title", "names", "body")
# No limit of time cuts an answer short, no facets are looked for beyond those asked for, and nothing may be kept.
SETTINGS = {
    "suggest_facets": "off", "facet_time_limit_ms": "600000", "sql_time_limit_ms": "600000", "default_cache_ttl": "0",
    "facet_suggest_time_limit_ms": "1",
}  # fmt: skip


class Filling:
    """Takes documents as they pass and writes the credentials among them into a database for Datasette."""

    def __init__(self, path: Path, day: date):
        self.path, self.day = path, day
        self.names: dict[str, str] = {}

    def passing(self, documents: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("pragma journal_mode = off")
            database.execute("pragma synchronous = off")
            columns = dict.fromkeys((*CARD, *FACETS, *SEARCHED))
            database.execute(f"create table entry (id integer primary key, {', '.join(columns)})")
            insert = f"insert into entry ({', '.join(columns)}) values ({', '.join('?' for _ in columns)})"
            for document in documents:
                if is_credential(document):
                    row = self._row(document)
                    database.execute(insert, [row[name] for name in columns])
                else:
                    self.names[document["number"]] = document["title"]
                yield document
            searched = ", ".join(SEARCHED)
            database.execute(
                f"create virtual table entry_fts using fts5({searched}, content=\"entry\", content_rowid='id',"
                " tokenize='porter unicode61 remove_diacritics 2')"
            )
            database.execute("insert into entry_fts (entry_fts) values ('rebuild')")
            database.execute("insert into entry_fts (entry_fts) values ('optimize')")
            for name in FACETS:
                database.execute(f"create index entry_{name} on entry ({name})")
            database.execute("analyze")
            database.commit()

    def _row(self, document: dict[str, Any]) -> dict[str, Any]:
        provider = document["providers"][0]["number"]
        field = document["fields"][0]["code"] if document["fields"] else None
        others = [other["text"] for other in document["alternative_titles"]]
        outcomes = [text for outcome in document["learning_outcomes"] for text in outcome["text"].values()]
        return {name: document.get(name) for name in CARD} | {
            "status": status_on(document, self.day), "provider": provider, "provider_name": self.names[provider],
            "field": field, "names": " ".join([*others, self.names[provider]]), "body": " ".join(outcomes),
        }  # fmt: skip


def server(path: Path) -> Server:
    """One process, which may take it that the file never alters."""
    settings = [part for name, value in SETTINGS.items() for part in ("--setting", name, value)]
    return Server([sys.executable, "-m", "datasette", "--immutable", str(path), "--port", "{port}", *settings])


def address(path: Path, q: str, filters: dict[str, str]) -> str:
    """The page of 20 rows with the columns of a card, the total, and the five facets."""
    asked = [("_search", q)] if q else []
    asked += [*filters.items(), *(("_facet", name) for name in FACETS), *(("_col", name) for name in CARD)]
    return f"/{path.stem}/entry.json?{urlencode([*asked, ('_size', '20'), ('_shape', 'objects')])}"
