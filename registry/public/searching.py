"""The page of results: what was asked is all in the address, and every answer says what it leaves out and why."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext

from registry.framework import current
from registry.numbers import parse_number
from registry.public import past, records, results, sheets
from registry.public.entry import NotADay, asked_day
from registry.public.requests import asked_page, public
from registry.search import query
from registry.status import CREDENTIAL_STATUSES

LONGEST = 200  # characters of what is typed; the box takes no more
MOST_IN_SHEET = 10_000
SHEET = ("number", "kind", "title", "level", "credits", "status", "new_learners_may_start", "last_new_enrolment")
PROVIDERS = 3  # providers shown above the credentials, where the words name any


@dataclass
class Asked:
    """A search as its address tells it. `problems`: what cannot be read in it, by the name of the parameter."""

    q: str
    page: int
    sort: str
    filters: dict[str, list[str]]
    start_on: date | None = None
    as_at: date | None = None
    verbatim: bool = False
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def hiding(self) -> bool:
        """Discontinued entries are left out unless a status is chosen, or a past day asked for."""
        return "status" not in self.filters

    def pairs(self) -> list[tuple[str, str]]:
        """What is chosen, as a form repeats it where it offers no choice."""
        return [(name, value) for name, values in self.filters.items() for value in values]

    def told(self) -> dict[str, Any]:
        """The filters as the past is asked, which hides nothing."""
        return self.filters | ({"start_on": self.start_on.isoformat()} if self.start_on else {})

    def narrowed(self) -> dict[str, list[str]]:
        """The filters as the index takes them."""
        return (
            self.filters
            | ({"status": records.OPEN} if self.hiding else {})
            | ({"start_on": [self.start_on.isoformat()]} if self.start_on else {})
        )


def _said(value: str) -> bool:
    """Whether anything can be called so: no name holds a character that controls a machine."""
    return bool(value) and value.isprintable() and len(value) <= LONGEST


def read(given: QueryDict) -> Asked:
    asked = Asked(
        q=" ".join(given.get("q", "").replace("\x00", " ").split())[:LONGEST], page=asked_page(given.get("page")),
        sort=given.get("sort", "") if given.get("sort") in results.SORTS else "",
        filters={n: list(dict.fromkeys(vs)) for n in results.FACETS if (vs := [v for v in given.getlist(n) if _said(v)])},
        verbatim=given.get("verbatim") == "1",
    )  # fmt: skip
    for name in ("start_on", "as_at"):
        try:
            setattr(asked, name, asked_day(given.get(name)))
        except NotADay as wrong:
            asked.problems[name] = str(wrong)
    return asked


@public
def search(request: HttpRequest) -> HttpResponse:
    asked = read(request.GET)
    context = {"page": "search", "q": asked.q, "asked": request.GET, "sort": asked.sort, "sorts": results.SORTS}
    if asked.problems:
        return _problem(request, asked, context)
    if asked.as_at:
        return _as_at(request, asked, context)
    if set(request.GET) <= {"q"} and (there := _numbered(asked.q)):
        return redirect(there)
    try:
        return _results(request, asked, context)
    except query.SearchUnavailable:
        return render(request, "public/unavailable.html", {"q": asked.q, "page": "search"}, status=503)


def _problem(request: HttpRequest, asked: Asked, context: dict[str, Any], status: int = 400) -> HttpResponse:
    kept = {"problems": asked.problems, "kept": asked.pairs(), "chips": results.chips(request.GET, asked.filters)}
    return render(request, "public/search.html", context | kept, status=status)


def _numbered(q: str) -> Any:
    """The page of the one entry whose number, here or elsewhere, was typed. None for anything else."""
    try:
        found = query.numbered(q)
    except query.SearchUnavailable:
        found = []
    number = found[0] if len(found) == 1 else parse_number(q)
    if number is None or not (found or records.is_known(number)):
        return None
    return results.page_of(number)


def _results(request: HttpRequest, asked: Asked, context: dict[str, Any]) -> HttpResponse:
    found = query.search(
        q=asked.q, filters=asked.narrowed(), day=current.today(), ordering=asked.sort or None, page=asked.page,
        page_size=results.PAGE_SIZE, facets=results.FACETS, verbatim=asked.verbatim,
    )  # fmt: skip
    if asked.page > 1 and (asked.page - 1) * results.PAGE_SIZE >= found.count:
        raise Http404
    return render(
        request, "public/search.html",
        context | {
            "found": found, "rows": found.rows, "groups": results.groups(found, asked.filters),
            "chips": results.chips(request.GET, asked.filters, asked.start_on),
            "hidden": results.hidden(found) if asked.hiding else 0,
            "pages": results.pages(request.GET, asked.page, found.count), "count_line": _counted(found.count),
            "api": results.api_address(request.GET, asked.narrowed(), asked.q), "bodies": _bodies(asked),
            "with_hidden": results.address(request.GET, {"status": list(CREDENTIAL_STATUSES)}),
            "sheet": reverse("public:sheet") + results.address(request.GET, {}),
            "many": f"{MOST_IN_SHEET:,}" if found.count > MOST_IN_SHEET else "",
            "as_typed": results.address(request.GET, {"verbatim": "1"}),
            "as_suggested": results.address(request.GET, {"q": found.suggested or ""}),
        },
    )  # fmt: skip


@public
def sheet(request: HttpRequest) -> HttpResponse:
    """The results of a search as CSV, in the order of the page: as many as the API reaches by pages."""
    asked = read(request.GET)
    if asked.problems:
        return HttpResponse("\n".join(asked.problems.values()), status=400, content_type="text/plain; charset=utf-8")
    try:
        if asked.as_at:
            rows = past.asked(request, asked.as_at, asked.q, asked.told(), 1, MOST_IN_SHEET).cards(asked.as_at)
        else:
            rows = query.search(
                q=asked.q, filters=asked.narrowed(), day=current.today(), ordering=asked.sort or None,
                page_size=MOST_IN_SHEET, verbatim=asked.verbatim,
            ).rows  # fmt: skip
    except query.SearchUnavailable:
        return render(request, "public/unavailable.html", {"q": asked.q, "page": "search"}, status=503)
    except past.TooOften as wait:
        return HttpResponse(
            str(wait), status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": wait.seconds}
        )
    lines = ([*(row[name] for name in SHEET), *_body(row), request.build_absolute_uri(row["uri"])] for row in rows)
    return sheets.answered("results", [[*SHEET, "provider", "provider_name", "uri"], *lines])


def _as_at(request: HttpRequest, asked: Asked, context: dict[str, Any]) -> HttpResponse:
    """What was in force on a day: told in order of number, for nobody ranked it then."""
    try:
        found = past.asked(request, asked.as_at, asked.q, asked.told(), asked.page, results.PAGE_SIZE)
    except past.TooOften as wait:
        asked.problems["as_at"] = str(wait)
        response = _problem(request, asked, context, status=429)
        response["Retry-After"] = wait.seconds
        return response
    if asked.page > 1 and (asked.page - 1) * results.PAGE_SIZE >= found.count:
        raise Http404
    return render(
        request, "public/search.html",
        context | {
            "day": asked.as_at, "coming": asked.as_at > current.today(), "rows": found.cards(asked.as_at),
            "chips": results.chips(request.GET, asked.filters, asked.start_on), "count_line": _counted(found.count),
            "pages": results.pages(request.GET, asked.page, found.count),
            "kept": asked.pairs(),
            "today": results.address(request.GET, {"as_at": ""}),
        },
    )  # fmt: skip


def _bodies(asked: Asked) -> list[dict[str, Any]]:
    """Providers that the words name: a search box is where people type a name as well."""
    if not asked.q or asked.page > 1 or asked.filters:
        return []
    found = query.search(q=asked.q, day=current.today(), scope="providers", page_size=PROVIDERS, verbatim=True)
    return [] if found.loose else found.rows


def _counted(count: int) -> str:
    return ngettext("%(n)s result", "%(n)s results", count) % {"n": f"{count:,}"}


def _body(row: dict[str, Any]) -> tuple[str | None, str | None]:
    """The lead awarding body of a row: its number and its name."""
    body = row["provider"] or {}
    return body.get("number"), body.get("name")
