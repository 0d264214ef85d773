"""Ten thousand strings that nobody should type, over HTTP, to a register of 50 thousand entries.

By name: `pytest -n 1 -rP tests/drills/test_any_query.py`. Each string goes to the search page, the list of the API and the
suggestions. None may end in a fault of the server (500 and above), and none may take more than 300 ms. A machine that
others use too is slow now and then by itself: what took longer is asked again, and only what takes longer each time counts.
"""

import os
import statistics
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import unquote

import pytest

from tests.benchmarks import register
from tests.benchmarks.generator import Recipe
from tests.drills.rehearsing import database
from tests.odd_strings import strings

ENTRIES, STRINGS, SEED = 50_000, 10_000, 9
MOST = 0.300  # seconds
AGAIN = 4
FACETS = "kind,level,status,field,provider,language"
PLACES = {
    "page": "/search?q={}",
    "API": f"/api/v1/credentials?q={{}}&facets={FACETS}",
    "suggestions": "/api/v1/suggest?q={}",
}


@dataclass
class Place:
    """What one place has answered so far: how often which status, and how long each took at its fastest."""

    path: str
    statuses: Counter = field(default_factory=Counter)
    seconds: list[tuple[float, str]] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    repeated: int = 0

    def ask(self, server: register.Server, text: str) -> None:
        answered = server.get(self.path.format(text))
        least = answered.seconds
        for _ in range(AGAIN):
            if least <= MOST:
                break
            self.repeated += 1
            least = min(least, server.get(self.path.format(text)).seconds)
        self.statuses[answered.status] += 1
        self.seconds.append((least, text))
        if answered.status >= 500:
            self.faults.append((answered.status, text))

    def lines(self, name: str) -> list[str]:
        seconds = sorted(s for s, _ in self.seconds)
        statuses = ", ".join(f"{status}: {found:,}" for status, found in sorted(self.statuses.items()))
        p99 = seconds[int(0.99 * (len(seconds) - 1))]
        slowest = sorted(self.seconds, reverse=True)[:10]
        return [
            f"{name}: median {statistics.median(seconds) * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, slowest"
            f" {seconds[-1] * 1e3:.1f} ms; {statuses}; asked again {self.repeated} times",
            *(f"  {s * 1e3:7.1f} ms  {len(unquote(text)):5} letters  {unquote(text)[:60]!r}" for s, text in slowest),
        ]


@pytest.fixture(scope="module")
def home(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), ExitStack() as stack:
        stack.enter_context(database("nqr_any_query"))
        folder = tmp_path_factory.mktemp("any-query")
        register.fill(register.documents(Recipe(ENTRIES)))
        register.build_index(folder)
        yield folder


def test_no_string_breaks_a_search_or_makes_it_slow(home):
    places = {name: Place(path) for name, path in PLACES.items()}
    with register.web(home).running("/healthz") as server:
        for path in PLACES.values():
            server.get(path.format("nursing"))
        for text in strings(STRINGS, SEED):
            for place in places.values():
                place.ask(server, text)
    print(f"{ENTRIES:,} entries, {STRINGS:,} strings at {len(PLACES)} places; load {os.getloadavg()[0]:.2f}")
    for name, place in places.items():
        print("\n".join(place.lines(name)))
    faults = {name: place.faults[:10] for name, place in places.items() if place.faults}
    slow = {name: s for name, place in places.items() if (s := [x for x in place.seconds if x[0] > MOST])}
    assert not faults
    assert not slow, {name: [(round(s, 3), unquote(text)[:80]) for s, text in found] for name, found in slow.items()}
