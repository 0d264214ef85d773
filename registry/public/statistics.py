"""Statistics: the register and the work behind it in figures, each as a picture, as a table, and as CSV."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from registry import statistics as kept
from registry.framework import current
from registry.plots import Figure
from registry.public import figures, sheets
from registry.public.requests import CACHED_AN_HOUR, public


@public
def statistics(request: HttpRequest) -> HttpResponse:
    today = current.today()
    told = {"page": "statistics", "day": today, "groups": _groups(today)}
    return _cached(render(request, "public/statistics.html", told))


@public
def table(request: HttpRequest, name: str) -> HttpResponse:
    """The numbers of one figure, as they stand in its table."""
    today = current.today()
    # A name that no figure has is told from the names alone: nothing is counted for it.
    if name in kept.names():
        found = kept.figure(name, today)
    elif name in figures.NAMES:
        found = next(f for f in figures.every(today) if f.name == name)
    else:
        raise Http404
    rows = [found.head, *((label, *values) for label, values in found.rows)]
    return _cached(sheets.answered(f"{name}-{today.isoformat()}", rows))


def _groups(today: date) -> list[tuple[str, list[Figure]]]:
    """The figures of the register, and those of the work."""
    return [("register", figures.every(today)), ("work", kept.figures(today))]


def _cached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = CACHED_AN_HOUR
    return response
