"""What the public statistics show besides what is on the register: figures of the work behind it, as aggregates alone.

Whoever keeps that work registers its figures here in `AppConfig.ready`; the public page asks for them, and reads no case.
A number of so few that somebody could be known by it is not told (edge case 43), and neither is any other number from
which it could be worked out: such figures have no totals.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from registry.plots import Figure

# Of fewer than these nothing is told but that.
LEAST = 5
Source = Callable[[date], list[Figure]]

_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    _sources[name] = source


def figures(today: date) -> list[Figure]:
    return [figure for source in _sources.values() for figure in source(today)]


def enough(n: int) -> bool:
    return n >= LEAST


def told(n: int) -> Any:
    """The number, or that there are too few to be told: none is not told from a few."""
    return n if enough(n) else few()


def few() -> str:
    return _("fewer than %(n)d") % {"n": LEAST}
