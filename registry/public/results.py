"""A page of search results made ready: facets with labels, chips, addresses and page numbers."""

from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf.locale import LANG_INFO
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.framework import current
from registry.framework.profile import text
from registry.public import records
from registry.search import query

PAGE_SIZE = 20
LAST_PAGE = 500
FACETS = ("status", "kind", "level", "field", "provider", "language")
SORTS = {
    "": gettext_lazy("Relevance"),
    "title": gettext_lazy("Title"),
    "-listed_on": gettext_lazy("Newest first"),
    "level": gettext_lazy("Level"),
}


def kind_labels() -> dict[str, str]:
    return {k["value"]: text(k["label"], get_language() or "en") for k in current.profile().kinds}


def labels(name: str, found: query.Result | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    labels = facet_labels(name, [b["value"] for b in found.facets[name]])
    return [b | {"label": labels.get(b["value"], b["value"])} for b in found.facets[name]]


def by_level(found: query.Result | None) -> list[dict[str, Any]]:
    return sorted(found.facets["level"], key=lambda b: (len(b["value"]), b["value"])) if found else []


def facet_labels(name: str, values: list[str]) -> dict[str, str]:
    if name == "kind":
        return kind_labels()
    if name == "level":
        return {v: _("Level %(level)s") % {"level": v} for v in values}
    if name == "status":
        return {v: str(STATUS_LABELS[v]()) for v in values if v in STATUS_LABELS}
    if name == "provider":
        return records.names(values)
    if name == "field":
        return field_labels(values)
    return {v: language_name(v) for v in values}


def language_name(tag: str) -> str:
    """A language by its own name; its tag where that is not known."""
    return {"mi": "Te reo Māori"}.get(tag) or LANG_INFO.get(tag, {}).get("name_local", tag)


def field_labels(values: list[str]) -> dict[str, str]:
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


def groups(found: query.Result, filters: dict[str, list[str]]) -> list[dict[str, Any]]:
    groups = []
    for name in FACETS:
        buckets = by_level(found) if name == "level" else found.facets[name]
        chosen = filters.get(name, [])
        # What is chosen is always shown, with zero where nothing is left of it.
        kept = buckets[:SHOWN] + [b for b in buckets[SHOWN:] if b["value"] in chosen]
        present = {b["value"] for b in kept}
        kept += [{"value": v, "count": 0} for v in chosen if v not in present]
        labels = facet_labels(name, [b["value"] for b in kept])
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


def chips(asked: QueryDict, filters: dict[str, list[str]]) -> list[dict[str, str]]:
    chips = []
    for name, values in filters.items():
        labels = facet_labels(name, values)
        for value in values:
            rest = [v for v in values if v != value]
            chips.append(
                {"label": f"{GROUP_LABELS[name]()}: {labels.get(value, value)}", "url": address(asked, {name: rest})}
            )
    return chips


def hidden(found: query.Result) -> int:
    """The status facet leaves its own filter out, so it still counts what the page hides."""
    return next((b["count"] for b in found.facets["status"] if b["value"] == "discontinued"), 0)


def address(asked: QueryDict, changes: dict[str, list[str] | str]) -> str:
    """This search's address with some parameters changed, from its first page."""
    wanted = asked.copy()
    wanted.pop("page", None)
    for name, values in changes.items():
        wanted.setlist(name, values if isinstance(values, list) else [values])
    return "?" + urlencode([(name, v) for name, values in wanted.lists() for v in values if v])


def api_address(asked: QueryDict, filters: dict[str, list[str]], q: str) -> str:
    pairs = [("q", q)] if q else []
    pairs += [(name, value) for name, values in filters.items() for value in values]
    return reverse("api:credentials") + ("?" + urlencode(pairs) if pairs else "")


def pages(asked: QueryDict, page: int, count: int, size: int = PAGE_SIZE) -> dict[str, Any]:
    last = max(1, min(LAST_PAGE, -(-count // size)))
    near = sorted({1, last, *range(max(1, page - 2), min(last, page + 2) + 1)})

    def url(number: int) -> str:
        base = address(asked, {})
        return f"{base}{'&' if len(base) > 1 else ''}page={number}"

    return {
        "current": page,
        "last": last,
        "numbers": [{"number": n, "url": url(n), "gap": i > 0 and n - near[i - 1] > 1} for i, n in enumerate(near)],
        "previous": url(page - 1) if page > 1 else None,
        "next": url(page + 1) if page < last else None,
    }
