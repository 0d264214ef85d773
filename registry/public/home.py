"""The first page: one box to search with, ways to browse, what the register is, and how far it reaches."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry.framework import current
from registry.public import records, results
from registry.public.requests import public
from registry.search import query

# So many of the fields of study with the most entries.
FIELDS = 12


@public
def home(request: HttpRequest) -> HttpResponse:
    """One query of the database: counts come from the index, and are left out where this host has none yet."""
    day = current.today()
    found = records.facets_of_everything(day)
    return render(
        request, "public/home.html",
        {
            "found": found, "kinds": results.labels("kind", found), "levels": results.by_level(found),
            "fields": _fields(found), "providers": _providers(day) if found else None,
            "last": records.last_change(), "page": "home",
        },
    )  # fmt: skip


def _fields(found: query.Result | None) -> list[dict[str, Any]]:
    """The fields of study with the most entries, by their names; one without a name is told by its code."""
    buckets = found.facets["field"][:FIELDS] if found else []
    labels = results.facet_labels("field", [bucket["value"] for bucket in buckets])
    return [bucket | {"label": labels.get(bucket["value"], bucket["value"])} for bucket in buckets]


def _providers(day) -> int | None:
    try:
        return query.search(q="", day=day, scope="providers", page_size=1).count
    except query.SearchUnavailable:
        return None
