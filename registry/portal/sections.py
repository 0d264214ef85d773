"""What the apps above bring to the providers' portal: a place to start, and a page for each of their cases."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from registry.casework import kinds
from registry.people.models import Organisation


@dataclass(frozen=True)
class Section:
    """One kind of case that a provider may open. `start` names the URL that opens one for a provider; without it, the page
    on which every kind is begun whose record one form holds (`registry.casework.kinds.Record`).

    `concerns(organisations)` says whether any of these bodies could open one today; without it, all could.
    """

    kind: str
    label: Any
    start: str | None = None
    concerns: Callable[[list[Organisation]], bool] | None = None

    @property
    def address(self) -> str:
        return reverse(self.start) if self.start else reverse("portal:start", args=[self.kind])


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    _sections[section.kind] = section


def of(organisations: list[Organisation]) -> list[Section]:
    """What somebody who acts for these bodies may start."""
    return [s for s in _sections.values() if s.concerns is None or s.concerns(organisations)]


def label_of(kind: str) -> Any:
    """What cases of a kind are called in a list: as its section is, or by the kind's own name where it has none."""
    section = _sections.get(kind)
    return section.label if section else kinds.get(kind).label
