"""What every public page has in common: it may be cached, its number has one spelling, and what is gone is said."""

import functools
import re
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from registry import outage
from registry.content.removals import in_words
from registry.framework import current
from registry.middleware import mark_public
from registry.numbers import parse_number
from registry.public import away, records, results

# Caches keep a page for a minute, show it for ten while they ask again, and for a day where the register does not answer.
CACHED = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
# What is counted or listed anew at most once an hour.
CACHED_AN_HOUR = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=86400"


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Anybody may read and any cache may keep the page for a minute.

    While the database is away the page says since when its data are, and no cache keeps it; what nobody but the database
    can tell is answered with 503.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        mark_public(request)
        with away.public_read() as reading:
            try:
                response = view(request, *args, **kwargs)
            except outage.ERRORS as error:
                outage.noticed(error)
                response = away.page(request, error)
        if reading.away:
            response.headers["Cache-Control"] = "no-store"
        elif response.status_code == 200:
            response.headers.setdefault("Cache-Control", CACHED)
        return response

    return require_safe(wrapper)


def found_record(number: str) -> records.Record:
    record = records.find(number, current.today())
    if record is None:
        raise Http404
    return record


def one_spelling(request: HttpRequest, number: str, name: str) -> HttpResponse | None:
    """A redirect to the one spelling of a loosely written number."""
    canonical = parse_number(number)
    if not canonical or canonical == number:
        return None
    return redirect(entry_address(request, name, canonical), permanent=True)


def entry_address(request: HttpRequest, name: str, number: str) -> str:
    """The address of an entry, with what was asked of this one: who asks for a past day is not sent to today's."""
    asked = request.GET.urlencode()
    return reverse(name, args=[number]) + (f"?{asked}" if asked else "")


def tombstone(request: HttpRequest, record: records.Record) -> HttpResponse:
    """What is left of a wrong listing: its number, since when and why it is gone, and by which decision (E9)."""
    change = records.removal(record.number)
    said = {"record": record, "reason": in_words(change.reason), "decision": change.decision_number}
    return render(request, "410.html", said, status=410)


_PAGE = re.compile(r"[0-9]{1,3}")


def asked_page(value: str | None) -> int:
    if value is None:
        return 1
    if not _PAGE.fullmatch(value) or not 1 <= int(value) <= results.LAST_PAGE:
        raise Http404
    return int(value)
