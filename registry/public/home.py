"""The first page: one box to search with, ways to browse, what the register is, and how far it reaches."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry import outage
from registry.framework import current
from registry.public import records, results
from registry.public.requests import public
from registry.search import query


@public
def home(request: HttpRequest) -> HttpResponse:
    """One query of the database: counts come from the index, and are left out where this host has none yet."""
    day = current.today()
    found = records.facets_of_everything(day)
    return render(
        request, "public/home.html",
        {
            "found": found, "kinds": results.labels("kind", found), "levels": results.by_level(found),
            "fields": sorted(results.labels("field_group", found), key=lambda field: field["value"]),
            "providers": _providers(day) if found else None,
            "last": outage.unless_away(records.last_change), "page": "home",
        },
    )  # fmt: skip


def _providers(day: date) -> int | None:
    try:
        return query.search(q="", day=day, scope="providers", page_size=1).count
    except query.SearchUnavailable:
        return None
