"""What the public statistics show besides what is on the register: figures of the work behind it, as aggregates alone.

Whoever keeps that work registers its figures here in `AppConfig.ready`; the public page asks for them, and reads no case.
A number of so few that somebody could be known by it is not told (edge case 43), and neither is any other number from
which it could be worked out: such figures have no totals.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.plots import Figure

# Of fewer than these nothing is told but that.
LEAST = 5
# Each source makes the one figure of its name.
Source = Callable[[date], Figure]
KEPT = 24 * 60 * 60  # seconds

_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    _sources[name] = source


def names() -> list[str]:
    return list(_sources)


def figures(today: date) -> list[Figure]:
    return [figure(name, today) for name in _sources]


def figure(name: str, today: date) -> Figure:
    """The figure of that name, in the reader's language; worked out once on each day."""
    key = f"statistics:work:{name}:{get_language()}:{today.isoformat()}"
    found = cache.get(key)
    if found is None:
        found = _sources[name](today)
        cache.set(key, found, KEPT)
    return found


def enough(n: int) -> bool:
    return n >= LEAST


def told(n: int) -> Any:
    """The number, or that there are too few to be told: none is not told from a few."""
    return n if enough(n) else few()


def few() -> str:
    return _("fewer than %(n)d") % {"n": LEAST}
