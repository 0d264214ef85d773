"""What becomes of the accreditations of bodies that became others: each is decided one by one (P13).

Accreditations belong to the app above, which says here how they are found and settled.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from providers.models import Provider, Succession
from registry.casework.models import Decision
from registry.content.dictionary import Options
from registry.documents import iso
from registry.framework import current
from registry.status import parse

TRANSFER, CLOSE, APPLY_AGAIN, KEEP = "transfer", "close", "apply_again", "keep"
CHOICES: Options = {
    TRANSFER: _("handed on to a successor"),
    CLOSE: _("closed, with a last day"),
    APPLY_AGAIN: _("stays open until a day, and the successor applies for its own"),
    KEEP: _("kept by the body that holds it"),
}
# By these the bodies that came before end; by the others where it is said.
ENDS = ("merger", "succession")


@dataclass(frozen=True)
class Held:
    """An accreditation that a body holds: its number, the body's, and the entry that may be delivered by it."""

    number: str
    holder: str
    credential: str
    title: str


@dataclass(frozen=True)
class Line:
    """What is decided of one accreditation. `to`: the number of the successor; `until`: its last day."""

    held: Held
    what: str = ""
    to: str = ""
    until: date | None = None

    def said(self) -> dict[str, Any]:
        """As it is frozen and kept."""
        return {"accreditation": self.held.number, "what": self.what, "to": self.to, "until": iso(self.until)}


@dataclass(frozen=True)
class Accreditations:
    """How the app above finds and settles accreditations.

    `of(provider, day)`: those that the body holds on a day, or from later on. `why_not(number, to, on)`: why one cannot be
    handed on to a body from a day, or nothing. `lock(numbers)` locks their rows, before anything is published.
    `settle(line, to=, on=, decision=, now=)` does what is decided of one, and answers with a sentence. `named(provider)`:
    sentences on what else names the body, which alters by cases of its own.
    """

    of: Callable[[Provider, date], list[Held]]
    why_not: Callable[[str, Provider, date], str | None]
    lock: Callable[[Sequence[str]], None]
    settle: Callable[..., Any]
    named: Callable[[Provider], list[str]]


_registered: list[Accreditations] = []


def register_accreditations(holder: Accreditations) -> None:
    _registered[:] = [holder]


def of(provider: Provider, day: date) -> list[Held]:
    return [held for holder in _registered for held in holder.of(provider, day)]


def why_not(number: str, to: Provider, on: date) -> str | None:
    return next((why for holder in _registered if (why := holder.why_not(number, to, on))), None)


def lock(numbers: Sequence[str]) -> None:
    for holder in _registered:
        holder.lock(numbers)


def settle(line: Line, *, to: Provider | None, on: date, decision: Decision, now: datetime) -> list[Any]:
    return [holder.settle(line, to=to, on=on, decision=decision, now=now) for holder in _registered]


def named(provider: Provider) -> list[str]:
    return [sentence for holder in _registered for sentence in holder.named(provider)]


# -- what a case says of them ------------------------------------------------------------------------------------------


def parties(record: Succession, side: str) -> list[Provider]:
    """The bodies of one side, `before` or `after`, in the order in which they are named; those that there are."""
    numbers = getattr(record, side)
    found = {p.number: p for p in Provider.objects.select_related("organisation").filter(number__in=numbers)}
    return [found[number] for number in numbers if number in found]


def lines(record: Succession) -> list[Line]:
    """Each accreditation of the bodies that came before, with what the case says of it so far."""
    day = record.happened_on or current.today()
    return [_line(held, record.accreditations) for body in parties(record, "before") for held in of(body, day)]


def _line(held: Held, said: Mapping[str, Mapping[str, Any]]) -> Line:
    told = said.get(held.number) or {}
    return Line(held, told.get("what") or "", told.get("to") or "", parse(told.get("until")))


def all_end(record: Succession) -> bool:
    """Whether the bodies that came before end by it."""
    return record.relation in ENDS or record.ends


def unnamed(record: Succession) -> Iterator[Line]:
    """The accreditations of which nothing is said yet."""
    return (line for line in lines(record) if line.what not in CHOICES)
