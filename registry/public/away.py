"""What visitors are told while the register's database cannot be reached: since when the data are, and what must wait."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry import outage
from registry.search import query, stored


@contextmanager
def public_read() -> Iterator[outage.Reading]:
    """A public read, which doubts the database too where the follower of this host has fallen silent."""
    with outage.public_read(stored.is_overdue) as reading:
        yield reading


def told() -> dict | None:
    """What the notice at the top of a page says: as of when, and up to which serial, the register is shown.

    None while the database answers. Without `at`, no follower has ever confirmed this host's index.
    """
    reading = outage.reading()
    if reading is None or not reading.away:
        return None
    if last := stored.confirmation():
        return {"at": last.at, "serial": last.serial}
    try:
        return {"at": None, "serial": stored.latest().serial}
    except query.SearchUnavailable:
        return {"at": None, "serial": None}


def page(request: HttpRequest, error: Exception | None = None) -> HttpResponse:
    """The page in place of one that only the database can tell."""
    said = {"number": getattr(error, "number", "")}
    response = render(request, "public/away.html", said, status=503)
    response["Retry-After"] = str(outage.RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response
