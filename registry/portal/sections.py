"""What the apps above bring to the providers' portal: a place to start, and a page for each of their cases."""

from dataclasses import dataclass
from typing import Any


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
