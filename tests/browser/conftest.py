"""The registers and the browser that the tests of this folder share: one of each for a worker.

They are given back before a test of another folder runs. Playwright keeps an event loop running in its thread, in which
Django would refuse to read the database.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from tests.browser import contents, server, states, visiting
from tests.browser.server import Site

_REGISTERS = {
    states.FULL: {"fill": contents.fill},
    states.EMPTY: {"fill": None},
    states.WITHOUT_INDEX: {"fill": None, "indexed": False},
}


@pytest.fixture(scope="package")
def sites(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Mapping[str, Site]]:
    """Every register that the states name, each served until the last test of this folder."""
    visiting.chromium_path()  # nothing is filled and served where no browser comes
    home = tmp_path_factory.mktemp("browser")
    with django_db_blocker.unblock(), ExitStack() as all_of_them:
        served = {
            name: all_of_them.enter_context(server.served(name, home / name, **how)) for name, how in _REGISTERS.items()
        }
        served[states.AWAY] = all_of_them.enter_context(server.away(served[states.FULL]))
        for site in served.values():
            server.wait_until_serving(site)
        yield served


@pytest.fixture(scope="package")
def chromium(sites) -> Iterator[Any]:
    with visiting.browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def visitor(chromium) -> Iterator[visiting.Visit]:
    """Somebody with scripts, who goes from page to page."""
    with visiting.visit(chromium) as seen:
        yield seen


@pytest.fixture(scope="module")
def plain_visitor(chromium) -> Iterator[visiting.Visit]:
    """Somebody without scripts."""
    with visiting.visit(chromium, scripts=False) as seen:
        yield seen
