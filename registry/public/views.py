"""The public pages: thin, without session, cacheable. What they show comes from the register alone."""

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from registry.framework import current
from registry.framework.profile import text
from registry.models import Change, Entry
from registry.numbers import parse_number
from registry.public import records
from registry.search import query
from registry.status import CREDENTIAL_STATUSES

PAGE_SIZE = 20
LAST_PAGE = 500
FACETS = ("status", "kind", "level", "field", "provider", "language")
SORTS = {
    "": gettext_lazy("Relevance"),
    "title": gettext_lazy("Title"),
    "-listed_on": gettext_lazy("Newest first"),
    "level": gettext_lazy("Level"),
}


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Anybody may read and any cache may keep the page for a minute."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            response.headers.setdefault("Cache-Control", "public, max-age=60, stale-while-revalidate=600")
        return response

    return require_safe(wrapper)


@public
def home(request: HttpRequest) -> HttpResponse:
    found = records.facets_of_everything(current.today())
    return render(
        request, "public/home.html",
        {
            "found": found, "kinds": _labels("kind", found), "levels": _by_level(found),
            "last": records.last_change(), "page": "home",
        },
    )  # fmt: skip


@public
def search(request: HttpRequest) -> HttpResponse:
    asked = request.GET
    q = asked.get("q", "").strip()[:200]
    number = parse_number(q)
    if number and "page" not in asked and Entry.objects.filter(number=number).exists():
        return redirect("public:provider" if number.startswith("PR-") else "public:entry", number)
    page = _page_number(asked.get("page"))
    filters = {name: values for name in FACETS if (values := [v for v in asked.getlist(name) if v])}
    hiding = "status" not in filters
    arguments = {
        "q": q, "filters": filters | ({"status": records.OPEN} if hiding else {}), "day": current.today(),
        "ordering": asked.get("sort") if asked.get("sort") in SORTS and asked.get("sort") else None,
    }  # fmt: skip
    try:
        found = query.search(**arguments, page=page, page_size=PAGE_SIZE, facets=FACETS)
    except query.SearchUnavailable:
        return render(request, "public/unavailable.html", {"q": q, "page": "search"}, status=503)
    if page > 1 and (page - 1) * PAGE_SIZE >= found.count:
        raise Http404
    hidden = _hidden(found) if hiding else 0
    return render(
        request, "public/search.html",
        {
            "q": q, "found": found, "groups": _groups(found, filters), "chips": _chips(asked, filters, found),
            "sort": asked.get("sort", ""), "sorts": SORTS, "hidden": hidden, "pages": _pages(asked, page, found.count),
            "count_line": ngettext("%(n)s result", "%(n)s results", found.count) % {"n": f"{found.count:,}"},
            "api": _api_address(asked, arguments["filters"], q), "page": "search",
            "with_hidden": _address(asked, {"status": list(CREDENTIAL_STATUSES)}),
            "literal": _address(asked, {}),
        },
    )  # fmt: skip


@public
def entry(request: HttpRequest, number: str) -> HttpResponse:
    """A credential or accreditation, for ever at this address."""
    if canonical := _one_spelling(number, "public:entry"):
        return canonical
    record = _record(number)
    if record.kind == "provider":
        return redirect("public:provider", number, permanent=True)
    if record.document is None:
        return _tombstone(request, record)
    if record.kind == "accreditation":
        return redirect("public:entry", record.document["credential"])
    return _credential(request, record, record.document, latest=True)


@public
def revision(request: HttpRequest, number: str, revision: int) -> HttpResponse:
    """What the register said in an earlier revision, which never changes."""
    record = _record(number)
    if record.document is None:
        return _tombstone(request, record)
    body = (
        Change.objects.of(number).filter(revision=revision).exclude(document=None)
        .values_list("document", flat=True).last()
    )  # fmt: skip
    if body is None:
        raise Http404
    return _credential(request, record, orjson.loads(bytes(body)), latest=revision == record.document["revision"])


@public
def providers(request: HttpRequest) -> HttpResponse:
    q = request.GET.get("q", "").strip()[:200]
    page = _page_number(request.GET.get("page"))
    try:
        found = query.search(q=q, day=current.today(), scope="providers", page=page, page_size=PAGE_SIZE)
    except query.SearchUnavailable:
        return render(request, "public/unavailable.html", {"q": q, "page": "providers"}, status=503)
    if page > 1 and (page - 1) * PAGE_SIZE >= found.count:
        raise Http404
    count_line = ngettext("%(n)s provider", "%(n)s providers", found.count) % {"n": f"{found.count:,}"}
    return render(
        request, "public/providers.html",
        {"q": q, "found": found, "pages": _pages(request.GET, page, found.count), "count_line": count_line, "page": "providers"},
    )  # fmt: skip


@public
def provider(request: HttpRequest, number: str) -> HttpResponse:
    if canonical := _one_spelling(number, "public:provider"):
        return canonical
    record = _record(number)
    if record.document is None:
        return _tombstone(request, record)
    if record.kind != "provider":
        return redirect("public:entry", number, permanent=True)
    page = _page_number(request.GET.get("page"))
    try:
        offered = query.search(
            q="", filters={"provider": [number]}, day=current.today(), ordering="title", page=page, page_size=50
        )
    except query.SearchUnavailable:
        offered = query.Result(0, [])
    if page > 1 and (page - 1) * 50 >= offered.count:
        raise Http404
    return render(
        request, "public/provider.html",
        {
            "record": record, "document": record.document, "offered": offered, "history": records.history(number),
            "accreditations": record.accreditations, "pages": _pages(request.GET, page, offered.count, 50),
            "page": "providers",
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
        "Disallow: /portal/",
        "Disallow: /admin/",
        "Disallow: /accounts/",
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
    return _error(request, 500, "500.html")


def _error(request: HttpRequest, status: int, template: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        from django.utils.module_loading import import_string

        # The API's own form of an error; it is above this package, so it is named as a string, as in the addresses.
        return import_string("api.errors.page")(request, status)
    return render(request, template, {"request_id": getattr(request, "request_id", "")}, status=status)


# -- pieces ----------------------------------------------------------------------------------------------------------


def _credential(request: HttpRequest, record: records.Record, document: dict, *, latest: bool) -> HttpResponse:
    names = records.names_in(document)
    return render(
        request, "public/entry.html",
        {
            "record": record, "document": document, "latest": latest, "page": "search",
            "kind_label": _kind_labels().get(document["kind"], document["kind"]),
            "parties": [p | {"name": names.get(p["number"])} for p in document["providers"]],
            "part_of": [(n, names.get(n)) for n in document["part_of"]],
            "counts_towards": [(n, names.get(n)) for n in document["counts_towards"]],
            "accreditations": record.accreditations,
            "history": records.history(record.number),
            "address": request.build_absolute_uri(reverse("public:entry", args=[record.number])),
        },
    )  # fmt: skip


def _record(number: str) -> records.Record:
    record = records.find(number, current.today())
    if record is None:
        raise Http404
    return record


def _one_spelling(number: str, name: str) -> HttpResponse | None:
    """A redirect to the one spelling of a loosely written number."""
    canonical = parse_number(number)
    return redirect(name, canonical, permanent=True) if canonical and canonical != number else None


def _tombstone(request: HttpRequest, record: records.Record) -> HttpResponse:
    return render(request, "410.html", {"record": record}, status=410)


def _page_number(value: str | None) -> int:
    if value is None:
        return 1
    if not value.isdigit() or not 1 <= int(value) <= LAST_PAGE:
        raise Http404
    return int(value)


def _kind_labels() -> dict[str, str]:
    from django.utils.translation import get_language

    return {k["value"]: text(k["label"], get_language() or "en") for k in current.profile().kinds}


def _labels(name: str, found: query.Result | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    labels = _facet_labels(name, [b["value"] for b in found.facets[name]])
    return [b | {"label": labels.get(b["value"], b["value"])} for b in found.facets[name]]


def _by_level(found: query.Result | None) -> list[dict[str, Any]]:
    return sorted(found.facets["level"], key=lambda b: (len(b["value"]), b["value"])) if found else []


def _facet_labels(name: str, values: list[str]) -> dict[str, str]:
    if name == "kind":
        return _kind_labels()
    if name == "level":
        return {v: _("Level %(level)s") % {"level": v} for v in values}
    if name == "status":
        return {v: str(STATUS_LABELS[v]()) for v in values if v in STATUS_LABELS}
    if name == "provider":
        return records.names(values)
    if name == "field":
        return _field_labels(values)
    from django.conf.locale import LANG_INFO

    known = {code: info["name_local"] for code, info in LANG_INFO.items() if "name_local" in info}
    return {v: {"mi": "Te reo Māori"}.get(v) or known.get(v, v) for v in values}


def _field_labels(values: list[str]) -> dict[str, str]:
    """A field's label is in the documents beside its code; one entry of each tells it."""
    labels = {}
    for value in values:
        if not value[:1].isdigit():
            continue
        found = query.search(q="", filters={"field": [value]}, day=current.today(), page_size=1)
        body = query.document(found.rows[0]["number"]) if found.rows else None
        for field in orjson.loads(body)["fields"] if body else ():
            if field["code"] == value and field["label"]:
                labels[value] = field["label"]
    return labels


STATUS_LABELS = {
    "current": lambda: _("Current"),
    "expiring": lambda: _("Expiring"),
    "discontinued": lambda: _("Discontinued"),
    "suspended": lambda: _("Suspended"),
}
GROUP_LABELS = {
    "status": lambda: _("Status"),
    "kind": lambda: _("Kind"),
    "level": lambda: _("Level"),
    "field": lambda: _("Field of study"),
    "provider": lambda: _("Provider"),
    "language": lambda: _("Language"),
}
SHOWN = 12


def _groups(found: query.Result, filters: dict[str, list[str]]) -> list[dict[str, Any]]:
    groups = []
    for name in FACETS:
        buckets = _by_level(found) if name == "level" else found.facets[name]
        chosen = filters.get(name, [])
        # What is chosen is always shown, with zero where nothing is left of it.
        kept = buckets[:SHOWN] + [b for b in buckets[SHOWN:] if b["value"] in chosen]
        present = {b["value"] for b in kept}
        kept += [{"value": v, "count": 0} for v in chosen if v not in present]
        labels = _facet_labels(name, [b["value"] for b in kept])
        options = [b | {"label": labels.get(b["value"], b["value"]), "chosen": b["value"] in chosen} for b in kept]
        if options:
            groups.append(
                {
                    "name": name,
                    "label": GROUP_LABELS[name](),
                    "options": options,
                    "open": name in ("status", "kind", "level") or bool(chosen),
                }
            )
    return groups


def _chips(asked: QueryDict, filters: dict[str, list[str]], found: query.Result) -> list[dict[str, str]]:
    chips = []
    for name, values in filters.items():
        labels = _facet_labels(name, values)
        for value in values:
            rest = [v for v in values if v != value]
            chips.append(
                {"label": f"{GROUP_LABELS[name]()}: {labels.get(value, value)}", "url": _address(asked, {name: rest})}
            )
    return chips


def _hidden(found: query.Result) -> int:
    """The status facet leaves its own filter out, so it still counts what the page hides."""
    return next((b["count"] for b in found.facets["status"] if b["value"] == "discontinued"), 0)


def _address(asked: QueryDict, changes: dict[str, list[str] | str]) -> str:
    """This search's address with some parameters changed, from its first page."""
    wanted = asked.copy()
    wanted.pop("page", None)
    for name, values in changes.items():
        wanted.setlist(name, values if isinstance(values, list) else [values])
    return "?" + urlencode([(name, v) for name, values in wanted.lists() for v in values if v])


def _api_address(asked: QueryDict, filters: dict[str, list[str]], q: str) -> str:
    pairs = [("q", q)] if q else []
    pairs += [(name, value) for name, values in filters.items() for value in values]
    return reverse("api:credentials") + ("?" + urlencode(pairs) if pairs else "")


def _pages(asked: QueryDict, page: int, count: int, size: int = PAGE_SIZE) -> dict[str, Any]:
    last = max(1, min(LAST_PAGE, -(-count // size)))
    near = sorted({1, last, *range(max(1, page - 2), min(last, page + 2) + 1)})

    def url(number: int) -> str:
        base = _address(asked, {})
        return f"{base}{'&' if len(base) > 1 else ''}page={number}"

    return {
        "current": page,
        "last": last,
        "numbers": [{"number": n, "url": url(n), "gap": i > 0 and n - near[i - 1] > 1} for i, n in enumerate(near)],
        "previous": url(page - 1) if page > 1 else None,
        "next": url(page + 1) if page < last else None,
    }
