"""The public pages: thin, without session, cacheable. What they show comes from the register alone."""

import hashlib
import sys
from dataclasses import replace
from datetime import date

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext

from registry import outage
from registry.framework import current
from registry.models import Change
from registry.public import away, quoting, records, results
from registry.public import entry as entries
from registry.public.requests import asked_page, entry_address, found_record, one_spelling, public, tombstone
from registry.search import query


@public
def home(request: HttpRequest) -> HttpResponse:
    found = records.facets_of_everything(current.today())
    return render(
        request, "public/home.html",
        {
            "found": found, "kinds": results.labels("kind", found), "levels": results.by_level(found),
            "last": outage.unless_away(records.last_change), "page": "home",
        },
    )  # fmt: skip


@public
def entry(request: HttpRequest, number: str) -> HttpResponse:
    """A credential or accreditation, for ever at this address."""
    if canonical := one_spelling(request, number, "public:entry"):
        return canonical
    record = found_record(number)
    if record.kind == "provider":
        return redirect("public:provider", number, permanent=True)
    if record.document is None:
        return tombstone(request, record)
    if record.kind == "accreditation":
        return redirect(entry_address(request, "public:entry", record.document["credential"]))
    try:
        day = entries.asked_day(request.GET.get("as_at"))
    except entries.NotADay as wrong:
        return _credential(request, record, record.document, latest=True, problem=str(wrong), status=400)
    if day is None:
        return _credential(request, record, record.document, latest=True)
    then = records.find_as_at(record, day)
    if then is None:
        context = {"record": record, "day": day, "asked": request.GET["as_at"], "page": "search"}
        return render(request, "public/not_yet.html", context, status=404)
    return _credential(request, then, then.document, latest=True, day=day)


@public
def revision(request: HttpRequest, number: str, revision: int) -> HttpResponse:
    """What the register said in an earlier revision, which never changes."""
    record = found_record(number)
    if record.document is None:
        return tombstone(request, record)
    if record.kind == "provider":
        return redirect("public:provider", number)
    if record.kind == "accreditation":
        return redirect("public:entry", record.document["credential"])
    body = (
        Change.objects.of(number).filter(revision=revision).exclude(document=None)
        .values_list("document", flat=True).last()
    )  # fmt: skip
    if body is None:
        raise Http404
    said = replace(record, sha256=hashlib.sha256(bytes(body)).hexdigest())
    return _credential(request, said, orjson.loads(bytes(body)), latest=revision == record.document["revision"])


@public
def providers(request: HttpRequest) -> HttpResponse:
    q = request.GET.get("q", "").strip()[:200]
    page = asked_page(request.GET.get("page"))
    try:
        found = query.search(
            q=q, day=current.today(), scope="providers", page=page, page_size=results.PAGE_SIZE,
            verbatim=request.GET.get("verbatim") == "1",
        )  # fmt: skip
    except query.SearchUnavailable:
        return render(request, "public/unavailable.html", {"q": q, "page": "providers"}, status=503)
    if page > 1 and (page - 1) * results.PAGE_SIZE >= found.count:
        raise Http404
    count_line = ngettext("%(n)s provider", "%(n)s providers", found.count) % {"n": f"{found.count:,}"}
    return render(
        request, "public/providers.html",
        {
            "q": q, "found": found, "count_line": count_line, "page": "providers",
            "pages": results.pages(request.GET, page, found.count),
        },
    )  # fmt: skip


@public
def downloads(request: HttpRequest) -> HttpResponse:
    return render(request, "public/downloads.html", {"page": "downloads"})


@public
def developers(request: HttpRequest) -> HttpResponse:
    return render(
        request, "public/developers.html", {"page": "downloads", "base": request.build_absolute_uri("/")[:-1]}
    )


@public
def robots(request: HttpRequest) -> HttpResponse:
    """Records may be indexed; combinations of filters, the portal and the desk need not be."""
    lines = [
        "User-agent: *",
        "Disallow: /search?",
        "Disallow: /compare?",
        "Disallow: /portal/",
        "Disallow: /admin/",
        "Disallow: /accounts/",
        "Disallow: /calendar/",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain")


# -- errors ----------------------------------------------------------------------------------------------------------


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 404, "404.html")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 403, "403.html")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 400, "400.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault; or, where a page of the portal or the desk did not get to the database, that it is away."""
    error = sys.exception()
    if outage.is_away(error) and not request.path.startswith("/api/"):
        return away.page(request, error)
    return _error(request, 500, "500.html")


def _error(request: HttpRequest, status: int, template: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        from django.utils.module_loading import import_string

        # The API's own form of an error; it is above this package, so it is named as a string, as in the addresses.
        return import_string("api.errors.page")(request, status)
    return render(request, template, {"request_id": getattr(request, "request_id", "")}, status=status)


# -- pieces ----------------------------------------------------------------------------------------------------------


def _credential(
    request: HttpRequest, record: records.Record, document: dict, *, latest: bool, day: date | None = None,
    problem: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page of `document`, with the status and the dates of the record that stands: those of an earlier revision
    tell nobody whether a learner may start."""
    names = records.names_in(document, day, head=record.head)
    today = current.today()
    prepared = entries.prepared(document, names, standing=record.document, day=day or today)
    return render(
        request, "public/entry.html",
        {
            "record": record, "document": document, "standing": record.document, "latest": latest, "page": "search",
            "problem": problem, "day": day, "coming": day is not None and day > today,
            "asked": request.GET.get("as_at", ""), "accreditations": record.accreditations,
            "kind_label": results.kind_labels().get(document["kind"], document["kind"]),
            "parties": entries.parties(document, names, day or today, head=record.head),
            "data": _data(record.number, document, latest, day), **prepared,
            **quoting.credential(
                request, record, document, type_label=prepared["type_label"], latest=latest, day=day
            ),
        },
        status=status,
    )  # fmt: skip


def _data(number: str, document: dict, latest: bool, day: date | None) -> str:
    """The address of the same content for machines."""
    if not latest:
        return reverse("api:revision", args=[number, document["revision"]])
    return reverse("api:credential", args=[number]) + (f"?as_at={day}" if day else "")
