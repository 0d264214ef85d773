"""Registers that a browser can visit: each is the application as it is served, over a database and an index of its own.

The web server is a process, as in production: what the tests override in their own process does not reach it, and what
is committed for it is in a clone of the migrated database that is dropped afterwards.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.db import connection
from django.test import override_settings

from registry.embedded import ends_with_parent
from registry.search import follower, query
from tests.browser.contents import words_of_the_register
from tests.conftest import ROOT, at_this_test, clone, drop, point_at
from tests.quickstart import free_port


@dataclass
class Site:
    """A register that is being served. `numbers` are those of its entries, by the names that `contents` gives them."""

    name: str
    home: Path
    numbers: Mapping[str, str] = field(default_factory=dict)
    content: frozenset[str] = frozenset()
    url: str = ""
    process: subprocess.Popen | None = None

    @property
    def log(self) -> Path:
        return self.home / f"{self.name}.log"


@contextmanager
def served(
    name: str, home: Path, fill: Callable[[], Mapping[str, str]] | None, *, indexed: bool = True
) -> Iterator[Site]:
    """A register filled by `fill`, with its index unless told otherwise, behind a web server until the context ends."""
    mine = connection.settings_dict["NAME"]
    database = f"{mine}_browser_{name}"
    home.mkdir(parents=True, exist_ok=True)
    clone(database)
    try:
        point_at(database)
        with override_settings(SEARCH_INDEX_DIR=home / "index", MEDIA_ROOT=home / "evidence"):
            numbers = fill() if fill else {}
            content = words_of_the_register()
            if indexed:
                follower.catch_up()
        address = at_this_test(connection.settings_dict)
        query.forget()
        point_at(mine)
        with behind_a_server(Site(name, home, numbers, content), address) as site:
            yield site
    finally:
        point_at(mine)
        drop(database)


@contextmanager
def away(site: Site) -> Iterator[Site]:
    """The same register on a host that does not reach its database: the index is all that it has."""
    nowhere = at_this_test({"NAME": f"{site.name}_that_is_away"})
    with behind_a_server(replace(site, name="away"), nowhere) as same:
        yield same


@contextmanager
def behind_a_server(site: Site, database: str) -> Iterator[Site]:
    site.url = f"http://127.0.0.1:{(port := free_port())}"
    with open(site.log, "w") as output:
        site.process = _start(port, database, site.home, output)
    try:
        yield site
    finally:
        site.process.send_signal(signal.SIGTERM)
        site.process.wait(20)


def collected() -> Path:
    """The static files as a running register serves them, compressed: collected once for all workers."""
    home = Path(os.environ["NQR_TEST_HOME"])
    folder = home / "static"
    with open(home / "static.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            command = [sys.executable, ROOT / "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            subprocess.run(command, check=True, env=os.environ | {"STATIC_ROOT": str(home / "static.new")})
            (home / "static.new").rename(folder)
    return folder


def _start(port: int, address: str, home: Path, output) -> subprocess.Popen:
    """The web server of `quickstart`, with one worker, and with limits that a test of every page does not reach."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "NQR_", "PYTEST_"))}
    environment = kept | {
        "DATABASE_URL": address, "NQR_HOME": str(home), "PUBLIC_FORM_RATE": "100000/hour", "API_READ_RATE": "100000/min",
        "PUBLIC_PAST_RATE": "100000/min", "PYTHONUNBUFFERED": "1", "STATIC_ROOT": str(collected()),
    }  # fmt: skip
    return subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", "3", "--no-ws", "--workers-kill-timeout", "2", "--log-level", "warning",
            "registry.wsgi:application",
        ],
        env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        preexec_fn=ends_with_parent(signal.SIGTERM),
    )  # fmt: skip


def wait_until_serving(site: Site, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and site.process.poll() is None:
        try:
            with urlopen(f"{site.url}/healthz", timeout=10) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the register “{site.name}” does not answer:\n{site.log.read_text()[-2000:]}")
