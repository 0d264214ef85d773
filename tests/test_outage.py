"""The register as it runs, without its database for a while: stopped, and standing still. Nothing else is restarted."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from tests import wire
from tests.quickstart import Running, eventually, start
from tests.registry.test_budget import AGAIN, FIRST

NOTICE = "The register's database cannot be reached."
PATIENCE = 4.0  # seconds: more nobody waits for a page, whatever state the server is in


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("outage"))
    yield running
    for pid in (running.process.pid, *running.children()):
        _signal(pid, signal.SIGCONT)
    running.stop()


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _below(pid: int) -> list[int]:
    """A process and all that it has started."""
    found, parents = [pid], {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
    for parent in found:
        found += [child for child, of in parents.items() if of == parent]
    return found


@contextmanager
def stopped(register: Running) -> Iterator[None]:
    """PostgreSQL is shut down, and whoever would start it again sleeps."""
    server = register.child("bin/postgres")
    os.kill(register.process.pid, signal.SIGSTOP)
    os.kill(server, signal.SIGINT)
    eventually(lambda: "Z" in Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[0])
    try:
        yield
    finally:
        os.kill(register.process.pid, signal.SIGCONT)


@contextmanager
def standing_still(register: Running) -> Iterator[None]:
    """PostgreSQL accepts connections and keeps those that there are, and answers none of them."""
    processes = _below(register.child("bin/postgres"))
    for pid in processes:
        _signal(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            _signal(pid, signal.SIGCONT)


def asked(register: Running, path: str) -> wire.Sent:
    began = time.monotonic()
    answer = wire.get(register.url, path)
    assert time.monotonic() - began < PATIENCE, f"{path} took {time.monotonic() - began:.1f} s"
    assert answer.status != 500, path
    return answer


def notices(register: Running, paths: list[str]) -> bool:
    """Every page has the notice, whichever of the web processes answers."""
    return not [path for path in paths for _ in range(4) if NOTICE not in asked(register, path).text]


@pytest.mark.parametrize("away", [stopped, standing_still])
def test_search_suggestions_and_records_go_on_and_nothing_needs_a_restart(register, away: Callable):
    row = wire_json(register, "/api/v1/credentials?q=care&page_size=1")["results"][0]
    number, provider, title = row["number"], row["provider"]["number"], row["title"]
    pages = ["/", "/search", f"/search?q={quote(title)}", f"/q/{number}", "/providers", f"/providers/{provider}"]
    web = {pid for pid, command in register.children().items() if "granian" in command}
    whole = {path: asked(register, path) for path in pages}
    assert all(NOTICE not in page.text and page.status == 200 for page in whole.values())
    with away(register):
        for path in pages:
            answer = asked(register, path)
            assert answer.status == 200, path
        eventually(lambda: notices(register, pages), 20)
        assert (
            title in asked(register, f"/search?q={quote(title)}").text and title in asked(register, f"/q/{number}").text
        )
        began = time.monotonic()
        for path in pages * 2:
            page = asked(register, path)
            assert page.status == 200 and page.headers["Cache-Control"] == "no-store"
        assert (time.monotonic() - began) / (2 * len(pages)) < 1, "what one has found out the next need not"
        assert title in wire_json(register, f"/api/v1/suggest?q={quote(title[:12])}")["suggestions"]
        assert wire_json(register, f"/api/v1/credentials/{number}")["title"] == title
        assert wire_json(register, f"/api/v1/providers/{provider}")["number"] == provider
        for path in (
            f"/q/{number}/r/1",
            f"/q/{number}?as_at=2026-01-01",
            "/api/v1/changes",
            "/portal/",
            "/accounts/login/",
        ):
            assert asked(register, path).status in (200, 302, 503), path
    eventually(lambda: asked(register, "/readyz").status == 200, 30)
    eventually(lambda: not any(NOTICE in asked(register, path).text for path in pages for _ in range(4)), 20)
    again = {path: asked(register, path) for path in pages}
    assert {p: a.text for p, a in again.items()} == {p: a.text for p, a in whole.items()}
    assert {p: a.headers["ETag"] for p, a in again.items()} == {p: a.headers["ETag"] for p, a in whole.items()}
    assert {pid for pid, command in register.children().items() if "granian" in command} == web
    assert wire_json(register, "/api/v1/changes?limit=1")["changes"]


def wire_json(register: Running, path: str) -> dict:
    import json

    answer = asked(register, path)
    assert answer.status == 200, (path, answer.status)
    return json.loads(answer.text)


def test_quickstart_keeps_to_the_budget(register):
    row = wire_json(register, "/api/v1/credentials?q=care&page_size=1")["results"][0]
    for path in ("/", "/search?q=care", f"/q/{row['number']}", "/ar/search"):
        visit = wire.visit(register.url, path)
        assert visit.first <= FIRST and visit.again <= AGAIN, (path, visit.first, visit.again)
        assert all("immutable" in asset.headers["Cache-Control"] for asset in visit.assets.values())
