"""A saved search: the parameters of the search page in one spelling, what they mean, and which entries they find.

The names of the filters, their labels and how words are understood are those of the search page; here they are only
checked, since what the page would pass over in silence would be told to somebody for years.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from registry.content.dictionary import DELIVERY_MODES
from registry.errors import RegisterError
from registry.following.happened import clean, isolated
from registry.following.models import LONGEST
from registry.models import Entry
from registry.public import results
from registry.public.entry import NotADay, asked_day
from registry.search import query
from registry.status import CREDENTIAL_KINDS, CREDENTIAL_STATUSES
from registry.templatetags.register import day as in_words

log = logging.getLogger(__name__)
# They order and divide what is found, and choose nothing.
PASSED_OVER = ("sort", "page", "as_at")
CHOOSING = ("q", "start_on", "verbatim")
MOST_CHARACTERS, MOST_VALUES = 200, 50
KNOWN: Mapping[str, Collection[str]] = {
    "status": CREDENTIAL_STATUSES, "kind": CREDENTIAL_KINDS, "delivery_mode": DELIVERY_MODES, "credits_band": results.BANDS,
    "recognition": ("true",),
}  # fmt: skip
# A search that finds no more is read whole; of any other, the entries that changed last are looked through.
WHOLE, BATCH, BATCHES = 2_000, 1_000, 30


class WrongSearch(RegisterError):
    """A parameter that no search has, or a value that it cannot have; the text names both."""


@dataclass(frozen=True)
class Search:
    """What is looked for. Values of one filter are alternatives; filters add up.

    `start_on`: new learners may start on that day. `verbatim`: the words as they were typed, in no other spelling.
    """

    q: str
    filters: Mapping[str, tuple[str, ...]]
    start_on: date | None = None
    verbatim: bool = False

    @property
    def query_string(self) -> str:
        """Its parameters in one order: the same search is always the same text."""
        pairs = [("q", self.q)] if self.q else []
        pairs += [(name, value) for name, values in self.filters.items() for value in values]
        pairs += [("start_on", self.start_on.isoformat())] if self.start_on else []
        return urlencode(pairs + ([("verbatim", "1")] if self.verbatim else []))

    def arguments(self) -> dict[str, Any]:
        """What the index is asked. The page hides discontinued entries; whoever follows is told when one ends."""
        start = {"start_on": [self.start_on.isoformat()]} if self.start_on else {}
        return {"q": self.q, "filters": {**self.filters, **start}, "verbatim": self.verbatim}

    def label(self) -> str:
        """The search in a few words. Raises query.SearchUnavailable where only the index knows them."""
        said = [f"“{isolated(clean(self.q))}”"] if self.q else []
        for name, values in self.filters.items():
            labels = results.facet_labels(name, list(values))
            said.append(f"{results.GROUP_LABELS[name]()}: {', '.join(isolated(labels.get(v) or v) for v in values)}")
        if self.start_on:
            said.append(_("New learners may start on %(day)s") % {"day": in_words(self.start_on)})
        return ", ".join(said) or _("every qualification and micro-credential")


def read(asked: QueryDict) -> Search:
    """The search that these parameters ask for. Raises WrongSearch, naming the parameter and the rule."""
    if asked.get("as_at"):
        raise WrongSearch(_("“as_at”: what was on the register on a day does not change, and cannot be followed."))
    unknown = [name for name in asked if name not in (*CHOOSING, *results.FACETS, *PASSED_OVER)]
    if unknown:
        raise WrongSearch(_("The search has no parameter “%(name)s”.") % {"name": unknown[0][:50]})
    q = " ".join(asked.get("q", "").split())
    _check("q", q)
    filters = {}
    for name in results.FACETS:
        values = tuple(dict.fromkeys(filter(None, (" ".join(value.split()) for value in asked.getlist(name)))))
        if len(values) > MOST_VALUES:
            raise WrongSearch(_("“%(name)s” has more than %(most)s values.") % {"name": name, "most": MOST_VALUES})
        for value in values:
            _check(name, value)
        if values:
            filters[name] = tuple(sorted(values))
    try:
        start_on = asked_day(asked.get("start_on"))
    except NotADay as wrong:
        raise WrongSearch(f"“start_on”: {wrong}") from wrong
    search = Search(q, filters, start_on, asked.get("verbatim") == "1")
    if len(search.query_string) > LONGEST:
        raise WrongSearch(_("The search is longer than %(most)s characters.") % {"most": LONGEST})
    return search


def _check(name: str, value: str) -> None:
    if len(value) > MOST_CHARACTERS:
        raise WrongSearch(_("“%(name)s” is longer than %(most)s characters.") % {"name": name, "most": MOST_CHARACTERS})
    if clean(value) != value:
        raise WrongSearch(_("“%(name)s” holds characters that cannot be searched for.") % {"name": name})
    if name in KNOWN and value not in KNOWN[name]:
        known = ", ".join(KNOWN[name])
        raise WrongSearch(_("“%(name)s” is one of these: %(known)s.") % {"name": name, "known": known})


def saved(what: str) -> Search:
    """The search of a query string that was kept."""
    return read(QueryDict(what))


def of_page(asked: QueryDict) -> str | None:
    """The query string of the search that a page shows, to be followed; None for one that cannot be. What the page
    passes over is passed over."""
    known = asked.copy()
    for name in [name for name in known if name not in (*CHOOSING, *results.FACETS, *PASSED_OVER)]:
        del known[name]
    try:
        return read(known).query_string
    except WrongSearch:
        return None


def newest(search: Search, day: date, *, limit: int, after: int = 0) -> list[str]:
    """The numbers of up to `limit` entries that the search finds on a day, those that changed last first; `after` leaves
    out all that have not changed since that serial. Raises query.SearchUnavailable where this host has no index.

    Of words that no entry has together, nothing is found: the page shows what has some of them, and says so. Where very
    many are found, only the entries of the register that changed last are looked through.
    """
    whole = query.search(**search.arguments(), day=day, page=1, page_size=1)
    if not whole.count or whole.loose:
        return []
    changed = Entry.objects.credentials().readable().filter(serial__gt=after).order_by("-serial")
    if whole.count <= WHOLE:
        rows = query.search(**search.arguments(), day=day, page=1, page_size=WHOLE).rows
        numbers = {row["number"] for row in rows}
        return list(changed.filter(number__in=numbers).values_list("number", flat=True)[:limit])
    found: list[str] = []
    for batch in _batches(changed):
        matching = _among(search, whole.corrected or search.q, batch, day)
        found += [number for number in batch if number in matching]
        if len(found) >= limit:
            break
    return found[:limit]


def _batches(changed: Any) -> Iterator[list[str]]:
    numbers = changed.values_list("number", flat=True)[: BATCH * BATCHES].iterator(chunk_size=BATCH)
    while batch := list(islice(numbers, BATCH)):
        yield batch


def _among(search: Search, spelling: str, numbers: list[str], day: date) -> set[str]:
    """Those of these entries that the search finds, by the spelling that is searched for among all."""
    asked = search.arguments() | {"q": spelling, "verbatim": True}
    asked["filters"] |= {"number": numbers}
    found = query.search(**asked, day=day, page=1, page_size=len(numbers))
    return set() if found.loose else {row["number"] for row in found.rows}
