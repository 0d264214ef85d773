"""What the apps above bring to the providers' portal: a place to start, and a page for each of their cases."""

from dataclasses import dataclass
from typing import Any

from registry.casework import kinds


@dataclass(frozen=True)
class Section:
    """One kind of case that a provider may open. `start` names the URL that opens one for a provider."""

    kind: str
    label: Any
    start: str


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    _sections[section.kind] = section


def every() -> list[Section]:
    return list(_sections.values())


def label_of(kind: str) -> Any:
    """What cases of a kind are called in a list: as its section is, or by the kind's own name where it has none."""
    section = _sections.get(kind)
    return section.label if section else kinds.get(kind).label
