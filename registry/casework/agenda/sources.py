"""Where the calendar takes what falls due from: each source finds its own by the days asked for, and one query joins them.

The register registers its own sources; the apps above bring theirs in `AppConfig.ready`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from django.db.models import CharField, DateField, F, IntegerField, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from registry.casework.models import Case
from registry.people.models import User

# The columns of each source: the day, the name of the source, what tells the thing from all others for as long as it lasts,
# the case or the entry that it is of, and words of its own where it has any.
COLUMNS = ("falls_on", "what", "thing", "of_case", "of_entry", "words")
NOBODY = "none"


@dataclass(frozen=True)
class Asked:
    """What somebody asks the calendar for: the days, both included, by which day it is today, and whose.

    `officer` is None for everything, NOBODY for cases that are assigned to nobody, else an officer's id. Of which sources:
    `only` names them, and is empty for all.
    """

    user: User
    first: date
    last: date
    today: date
    officer: int | str | None = None
    only: frozenset[str] = frozenset()

    def cases(self) -> QuerySet[Case]:
        """The cases that this person may see, of the officer who was asked for."""
        cases = Case.objects.for_user(self.user)
        if self.officer is None:
            return cases
        return cases.filter(assigned_to=None if self.officer == NOBODY else self.officer)

    @property
    def holds_today(self) -> bool:
        return self.first <= self.today <= self.last


@dataclass(frozen=True)
class Source:
    """One sort of thing that falls due. `find(asked)` answers with querysets of what `row` makes.

    `assigned`: its things are of cases, and so an officer's; without it they are missing where an officer is asked for.
    """

    name: str
    label: Any
    find: Callable[[Asked], Iterable[QuerySet]]
    assigned: bool = True


@dataclass(frozen=True)
class Cycle:
    """What is reviewed again and again, in cases of a kind. `months(first, last, today)`: for each first of a month how many
    fall due in it that have been opened, and how many that have not been yet."""

    name: str
    label: Any
    kind: str
    months: Callable[[date, date, date], tuple[Mapping[date, int], Mapping[date, int]]]


_sources: dict[str, Source] = {}
_cycles: dict[str, Cycle] = {}
_pages: dict[str, tuple[str, Callable[[list[str]], Mapping[str, int]]]] = {}


def register(*sources: Source) -> None:
    _sources.update({source.name: source for source in sources})


def register_cycle(cycle: Cycle) -> None:
    _cycles[cycle.name] = cycle


def register_page(kinds: Iterable[str], address: str, keys: Callable[[list[str]], Mapping[str, int]]) -> None:
    """The staff page of entries of these kinds: its address takes a key, and `keys` answers with that of each number."""
    _pages.update(dict.fromkeys(kinds, (address, keys)))


def every() -> list[Source]:
    return list(_sources.values())


def get(name: str) -> Source:
    return _sources[name]


def cycles() -> list[Cycle]:
    return list(_cycles.values())


def page_of(kind: str) -> tuple[str, Callable[[list[str]], Mapping[str, int]]] | None:
    return _pages.get(kind)


def found(asked: Asked) -> QuerySet:
    """Everything that falls due as asked, by day: rows of COLUMNS, from one query over the indexes of the days."""
    wanted = [s for s in every() if not asked.only or s.name in asked.only]
    rows = [part for s in wanted if s.assigned or asked.officer is None for part in s.find(asked)]
    if not rows:
        return row(Case.objects.none(), "", F("due_on"), "", case=F("pk"))
    joined = reduce(lambda one, other: one.union(other, all=True), rows)
    return joined.order_by("falls_on", "what", "thing")


def row(
    rows: QuerySet, what: str, day: Any, thing: str, *, case: Any = None, entry: Any = None, words: Any = None,
    key: Any = None,
) -> QuerySet:  # fmt: skip
    """Rows of a source in COLUMNS. `thing` and the key make what it is known by: `report-12`."""
    nothing = Value("", TextField())
    known = Concat(Value(f"{thing}-"), Cast(F("pk") if key is None else key, TextField()), output_field=TextField())
    return (
        rows.order_by()
        .annotate(
            falls_on=Cast(day, DateField()), what=Value(what, CharField()), thing=known,
            of_case=Cast(Value(None) if case is None else case, IntegerField()),
            of_entry=nothing if entry is None else Cast(entry, TextField()),
            words=nothing if words is None else Cast(words, TextField()),
        )
        .values_list(*COLUMNS)
    )  # fmt: skip
