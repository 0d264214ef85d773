"""A made-up register that is only read: its entries and this host's search index, and a web process that serves them.

The desks' own rows are left out, and so is the journal, which takes ten times as long to write as to read: a search asks
neither. The entries are copied into their table and the index is built from there, by the command that builds any.
"""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from registry import journal
from registry.canonical import canonical
from registry.copying import copy_in
from registry.embedded import ends_with_parent
from registry.models import Entry
from registry.status import CREDENTIAL_KINDS
from tests.benchmarks.generator import Recipe, rows
from tests.conftest import ROOT, at_this_test
from tests.quickstart import free_port

KINDS = {"unit": "part_qualification"}
RECORDED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PATIENCE = 60  # seconds for a server to answer first


def documents(recipe: Recipe) -> Iterator[dict[str, Any]]:
    """The public documents of a made-up register, bodies first: as little as a search reads, and nothing of the desk."""
    numbers: dict[str, str] = {}
    for n, row in enumerate(rows(recipe), start=1):
        if row["kind"] == "provider":
            numbers[row["title"]] = f"PR-{n:06d}"
            yield _provider(f"PR-{n:06d}", row)
        else:
            yield _credential(f"NQ-{n:06d}", row, numbers[row["awarding_body"]])


def _provider(number: str, row: dict[str, str]) -> dict[str, Any]:
    return {
        "number": number, "kind": "provider", "title": row["title"], "language": "en", "titles": {"en": row["title"]},
        "registered_on": "1996-01-01", "type": None, "website": row["url"], "suspensions": [], "revision": 1,
        "identifiers": [{"scheme": row["source"], "value": row["source_id"]}] if row.get("source") else [],
    }  # fmt: skip


def _credential(number: str, row: dict[str, str], provider: str) -> dict[str, Any]:
    language, end = row["lang"] or "en", row.get("end_date") or None
    ends = row["status"] != "current"
    outcomes = [text.strip() for text in row.get("learning_outcomes", "").split("|") if text.strip()]
    others = [text.strip() for text in row.get("alt_titles", "").split("|") if text.strip()]
    return {
        "number": number, "kind": KINDS.get(row["kind"], row["kind"]), "title": row["title"], "language": language,
        "titles": {language: row["title"]}, "alternative_titles": [{"text": text, "language": "en"} for text in others],
        "purpose": None, "learning_outcomes": [{"number": n, "text": {language: t}} for n, t in enumerate(outcomes, 1)],
        "level": row["level_native"] or None, "level_native": None, "credits": row["credits_native"] or None,
        "fields": [{"code": row["field_code"], "label": None}] if row["field_code"] else [],
        "languages": [language], "delivery_modes": [], "assessment": None,
        "providers": [{"number": provider, "role": "awarding", "lead": True}], "part_of": [], "counts_towards": [],
        "listed_on": row["start_date"] or None, "last_new_enrolment": None,
        "expiring_from": end if ends else None, "expiry_end": end if ends else None,
        "closed_undated": row["status"] == "discontinued" and end is None, "suspensions": [], "revision": 1,
        "identifiers": [{"scheme": "plain", "value": row["source_id"]}], "source": None, "decisions": [], "gaps": [],
    }  # fmt: skip


def columns(document: dict[str, Any], serial: int) -> tuple[Any, ...]:
    """The row of an entry in the register, in the order of `journal.ENTRY_COLUMNS`."""
    body = canonical(document)
    row = journal.entry_columns(document) | {
        "serial": serial, "document": body, "document_sha256": hashlib.sha256(body).digest(), "withdrawn_on": None,
        "first_recorded_at": RECORDED, "recorded_at": RECORDED, "turns_on": None,
    }  # fmt: skip
    return tuple(row[name] for name in journal.ENTRY_COLUMNS)


def is_credential(document: dict[str, Any]) -> bool:
    return document["kind"] in CREDENTIAL_KINDS


def fill(made: Iterator[dict[str, Any]]) -> None:
    """Copy these documents into the register's table, in the database at which this process points."""
    with transaction.atomic():
        copy_in(Entry, journal.ENTRY_COLUMNS, (columns(document, n) for n, document in enumerate(made, start=1)))


@dataclass
class Answered:
    """What came back: how long it took from the first byte sent to the last one read, over a connection of its own."""

    status: int
    body: bytes
    seconds: float


@dataclass(eq=False)
class Server:
    """A process that answers on a port of this machine. Each request has a connection of its own."""

    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    @contextmanager
    def running(self, ready: str) -> Iterator["Server"]:
        """Runs until left. Raises RuntimeError where it does not answer `ready` in time."""
        arguments = [part.format(port=self.port) for part in self.command]
        self.process = subprocess.Popen(
            arguments, env=self.environment or None, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=ends_with_parent(signal.SIGTERM),
        )  # fmt: skip
        try:
            self._wait(ready)
            yield self
        finally:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _wait(self, ready: str) -> None:
        last, until = None, time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                last = self.get(ready)
                if last.status == 200:
                    return
            except OSError as error:
                last = error
            time.sleep(0.2)
        raise RuntimeError(f"{' '.join(self.command)} does not answer {ready}: {last}")

    def get(self, path: str, timeout: float = 120) -> Answered:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as client:
            started = time.perf_counter()
            client.request("GET", path, headers={"Connection": "close"})
            response = client.getresponse()
            body = response.read()
            return Answered(response.status, body, time.perf_counter() - started)


def environment(folder: Path) -> dict[str, str]:
    """What a process of this register knows: the database of this test, and a home and an index of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE")}
    return kept | {
        "DATABASE_URL": at_this_test(connection.settings_dict), "NQR_HOME": str(folder), "LOG_LEVEL": "ERROR",
        # The throttle counts as always and refuses nobody.
        "API_READ_RATE": "1000000/min",
    }  # fmt: skip


def build_index(folder: Path) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "follow_journal", "--rebuild", "--once"],
        check=True, cwd=ROOT, env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def web(folder: Path) -> Server:
    """The register's own web process: one worker, as any other granian of it."""
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}",
        "--workers", "1", "--blocking-threads", "2", "--no-ws", "--log-level", "critical", "registry.wsgi:application",
    ]  # fmt: skip
    return Server(command, environment(folder))
