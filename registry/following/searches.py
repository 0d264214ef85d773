"""A saved search: the parameters of the search page in one spelling, what they mean, and which entries they find.

The names of the filters, their labels and how words are understood are those of the search page; here they are only
checked, since what the page would pass over in silence would be told to somebody for years.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from registry.errors import RegisterError
from registry.following.happened import clean, isolated
from registry.following.models import LONGEST
from registry.models import Entry
from registry.public import records, results
from registry.search import query
from registry.status import CREDENTIAL_KINDS, CREDENTIAL_STATUSES

log = logging.getLogger(__name__)
# They order and divide what is found, and choose nothing.
PASSED_OVER = ("sort", "page")
MOST_CHARACTERS, MOST_VALUES = 200, 50
KNOWN: Mapping[str, Sequence[str]] = {"status": CREDENTIAL_STATUSES, "kind": CREDENTIAL_KINDS}
# A search that finds no more is read whole; of any other, the entries that changed last are looked through.
WHOLE, BATCH, BATCHES = 2_000, 1_000, 30


class WrongSearch(RegisterError):
    """A parameter that no search has, or a value that it cannot have; the text names both."""


@dataclass(frozen=True)
class Search:
    """What is looked for. Values of one filter are alternatives; filters add up."""

    q: str
    filters: Mapping[str, tuple[str, ...]]

    @property
    def query_string(self) -> str:
        """Its parameters in one order: the same search is always the same text."""
        pairs = [("q", self.q)] if self.q else []
        return urlencode(pairs + [(name, value) for name, values in self.filters.items() for value in values])

    def arguments(self) -> dict[str, Any]:
        """What the index is asked. Discontinued entries are hidden as the page hides them."""
        status = {} if "status" in self.filters else {"status": records.OPEN}
        return {"q": self.q, "filters": {**self.filters, **status}}

    def label(self) -> str:
        """The search in a few words. Raises query.SearchUnavailable where only the index knows them."""
        said = [f"“{isolated(clean(self.q))}”"] if self.q else []
        for name, values in self.filters.items():
            labels = results.facet_labels(name, list(values))
            said.append(f"{results.GROUP_LABELS[name]()}: {', '.join(isolated(labels.get(v) or v) for v in values)}")
        return ", ".join(said) or _("every qualification and micro-credential")


def read(asked: QueryDict) -> Search:
    """The search that these parameters ask for. Raises WrongSearch, naming the parameter and the rule."""
    unknown = [name for name in asked if name not in ("q", *results.FACETS, *PASSED_OVER)]
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
    search = Search(q, filters)
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
    for name in [name for name in known if name not in ("q", *results.FACETS)]:
        del known[name]
    try:
        return read(known).query_string
    except WrongSearch:
        return None


def newest(search: Search, day: date, *, limit: int, after: int = 0) -> list[str]:
    """The numbers of up to `limit` entries that the search finds on a day, those that changed last first; `after` leaves
    out all that have not changed since that serial. Raises query.SearchUnavailable where this host has no index.

    Where very many are found, only the entries of the register that changed last are looked through.
    """
    whole = query.search(**search.arguments(), day=day, page=1, page_size=1)
    if not whole.count:
        return []
    changed = Entry.objects.credentials().readable().filter(serial__gt=after).order_by("-serial")
    if whole.count <= WHOLE:
        rows = query.search(**search.arguments(), day=day, page=1, page_size=WHOLE).rows
        numbers = {row["number"] for row in rows}
        return list(changed.filter(number__in=numbers).values_list("number", flat=True)[:limit])
    found: list[str] = []
    for batch in _batches(changed):
        matching = _among(search, batch, whole.rows[0]["number"], day)
        found += [number for number in batch if number in matching]
        if len(found) >= limit:
            break
    return found[:limit]


def _batches(changed: Any) -> Iterator[list[str]]:
    numbers = changed.values_list("number", flat=True)[: BATCH * BATCHES].iterator(chunk_size=BATCH)
    while batch := list(islice(numbers, BATCH)):
        yield batch


def _among(search: Search, numbers: list[str], known: str, day: date) -> set[str]:
    """Those of these entries that the search finds. `known` is one that it finds among all: with it among the others the
    words are understood in the same way, where an answer without any would be sought with other words."""
    asked = search.arguments()
    asked["filters"] = {**asked["filters"], "number": [*numbers, known]}
    rows = query.search(**asked, day=day, page=1, page_size=len(numbers) + 1).rows
    return {row["number"] for row in rows}
