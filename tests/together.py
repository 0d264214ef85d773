"""Several acts at the same moment, each on a connection of its own: for tests of what one of two may win."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from registry.errors import RegisterError


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned, in order, or how the register refused it."""
    start, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        start.wait()
        try:
            outcomes[place] = acts[place]()
        except RegisterError as refusal:
            outcomes[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes
