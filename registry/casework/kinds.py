"""What a kind of case is: its states and transitions as data, its matters, and what a decision does.

The apps above register theirs in `AppConfig.ready`; the desk knows a kind by its name alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

# `registry.casework.models.Case`: its queries ask which kinds there are, and so it is not named here.
Case = Any


@dataclass(frozen=True)
class Transition:
    """One arrow of a state diagram; without a target the state stays. `actors` are staff roles, or `editor` and
    `signatory` of the applicant.

    `part` is the part that the actor takes in the case by it, which the four eyes of the database watch.
    """

    name: str
    sources: tuple[str, ...]
    target: str | None
    actors: tuple[str, ...]
    label: Any
    part: str | None = None
    guards: tuple[Callable[[Case], str | None], ...] = ()


@dataclass(frozen=True)
class CaseKind:
    """A kind of case. `effect(case, decisions)` runs in the decision's transaction, and publishes.

    `authority`: it is opened by staff about a body, which is told the decision and sees nothing before. `may_wait`: its
    decision may take effect on a later day. `page` names the staff page on which its draft is written, if it has one.
    `alike(case, day)` finds what the register has already that is like its draft, as `registry.search.similar` does.
    """

    name: str
    label: Any
    prefix: str
    states: Mapping[str, Any]
    transitions: tuple[Transition, ...]
    matters: Mapping[str, Any]
    effect: Callable[..., list[str]]
    sections: Callable[[Case], list[dict[str, Any]]]
    check: Callable[[Case, str], list[Any]]
    authority: bool = False
    may_wait: bool = False
    page: str | None = None
    alike: Callable[[Case, date], list[Any] | None] | None = None
    _by_name: dict[str, Transition] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({t.name: t for t in self.transitions})

    def transition(self, name: str) -> Transition:
        return self._by_name[name]

    def has(self, name: str) -> bool:
        return name in self._by_name

    def from_state(self, state: str) -> list[Transition]:
        return [t for t in self.transitions if state in t.sources]


_kinds: dict[str, CaseKind] = {}


def register(kind: CaseKind) -> None:
    _kinds[kind.name] = kind


def get(name: str) -> CaseKind:
    return _kinds[name]


def every() -> list[CaseKind]:
    return list(_kinds.values())
