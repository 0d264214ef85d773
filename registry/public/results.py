"""A page of search results made ready: facets with labels, chips, addresses and page numbers."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf.locale import LANG_INFO
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.content import broad_fields
from registry.content.dictionary import DELIVERY_MODES
from registry.framework import current
from registry.framework.profile import text
from registry.public import records
from registry.search import query, schema
from registry.templatetags.register import day as in_words

PAGE_SIZE = 20
LAST_PAGE = 500
FACETS = (
    "status", "kind", "level", "field_group", "field", "provider", "language", "delivery_mode", "credits_band",
    "recognition",
)  # fmt: skip
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
        return query.field_labels(values)
    if name == "field_group":
        return {v: str(broad_fields.label(v)) for v in values}
    if name == "delivery_mode":
        return {v: str(DELIVERY_MODES[v]) for v in values if v in DELIVERY_MODES}
    if name == "credits_band":
        return {v: band_label(v) for v in values}
    if name == "recognition":
        return dict.fromkeys(values, _("Possible"))
    return {v: language_name(v) for v in values}


def band_label(band: str) -> str:
    """A band of credits in words: more than the one before it, up to its own most."""
    bands = [str(most) for most in schema.BANDS]
    if band not in BANDS:
        return band
    if band not in bands:
        return _("more than %(least)s") % {"least": bands[-1]}
    place = bands.index(band)
    if place == 0:
        return _("up to %(most)s") % {"most": band}
    return _("more than %(least)s, up to %(most)s") % {"least": bands[place - 1], "most": band}


def language_name(tag: str) -> str:
    """A language by its own name; its tag where that is not known."""
    return {"mi": "Te reo Māori"}.get(tag) or LANG_INFO.get(tag, {}).get("name_local", tag)


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
    "field_group": lambda: _("Field of study"),
    "field": lambda: _("Detailed field"),
    "provider": lambda: _("Provider"),
    "language": lambda: _("Language"),
    "delivery_mode": lambda: _("Delivery"),
    "credits_band": lambda: _("Credits"),
    "recognition": lambda: _("Recognition of prior learning"),
}
# Groups that are open without anything chosen; and in which order a group is shown where it is not that of the counts.
OPEN_GROUPS = ("status", "kind", "level")
BANDS = [*map(str, schema.BANDS), "more"]
ORDERS = {
    "level": lambda bucket: (len(bucket["value"]), bucket["value"]),
    "field_group": lambda bucket: bucket["value"],
    "credits_band": lambda bucket: BANDS.index(bucket["value"]) if bucket["value"] in BANDS else len(BANDS),
}
SHOWN = 12


def groups(found: query.Result, filters: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The filters beside the results, each with what choosing it would give. Detailed fields stand under theirs."""
    groups = []
    for name in FACETS:
        options = _options(name, found.facets[name], filters.get(name, []))
        if options:
            groups.append(
                {
                    "name": name,
                    "label": GROUP_LABELS[name](),
                    "options": options,
                    "open": name in OPEN_GROUPS or bool(filters.get(name)),
                    "more": max(0, len(found.facets[name]) - SHOWN),
                }
            )
    return groups


def _options(name: str, buckets: list[dict[str, Any]], chosen: list[str]) -> list[dict[str, Any]]:
    # What is chosen is always shown, with zero where nothing is left of it.
    kept = buckets[:SHOWN] + [b for b in buckets[SHOWN:] if b["value"] in chosen]
    present = {b["value"] for b in kept}
    kept += [{"value": v, "count": 0} for v in chosen if v not in present]
    if name in ORDERS:
        kept.sort(key=ORDERS[name])
    labels = facet_labels(name, [b["value"] for b in kept])
    return [b | {"label": labels.get(b["value"], b["value"]), "chosen": b["value"] in chosen} for b in kept]


def page_of(number: str) -> str:
    """The address of an entry's page."""
    return reverse("public:provider" if number.startswith("PR-") else "public:entry", args=[number])


def chips(asked: QueryDict, filters: dict[str, list[str]], start_on: date | None = None) -> list[dict[str, str]]:
    chips = []
    for name, values in filters.items():
        labels = facet_labels(name, values)
        for value in values:
            rest = [v for v in values if v != value]
            chips.append(
                {"label": f"{GROUP_LABELS[name]()}: {labels.get(value, value)}", "url": address(asked, {name: rest})}
            )
    if start_on:
        said = _("New learners may start on %(day)s") % {"day": in_words(start_on)}
        chips.append({"label": said, "url": address(asked, {"start_on": ""})})
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
    """The address at which the API gives the same results in the same order."""
    pairs = [("q", q)] if q else []
    pairs += [("verbatim", "true")] if asked.get("verbatim") == "1" else []
    pairs += [("ordering", asked["sort"])] if asked.get("sort") and asked["sort"] in SORTS else []
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
