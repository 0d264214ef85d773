"""The page of a provider on any day, and the page of statutory actions."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from registry.content import bodies, redress
from registry.content.dictionary import DELIVERY_MODES
from registry.framework import current
from registry.framework.profile import text
from registry.models import Entry
from registry.public import quoting, records, results
from registry.public.entry import NotADay, asked_day
from registry.public.requests import asked_page, entry_address, found_record, one_spelling, public, tombstone
from registry.search import analyzer, query
from registry.status import status_on

OFFERED = 50


@public
def provider(request: HttpRequest, number: str) -> HttpResponse:
    """A provider, for ever at this address; another number of a body leads to its own."""
    if canonical := one_spelling(request, number, "public:provider"):
        return canonical
    record = found_record(number)
    if record.document is None:
        return tombstone(request, record)
    if record.kind != "provider":
        return redirect("public:entry", number, permanent=True)
    if same := record.document.get("same_as"):
        return redirect(entry_address(request, "public:provider", same))
    problem, status = "", 200
    try:
        day = asked_day(request.GET.get("as_at"))
    except NotADay as wrong:
        day, problem, status = None, str(wrong), 400
    then = records.find_as_at(record, day) if day else record
    page = asked_page(request.GET.get("page"))
    offered = _offered(number, page)
    if page > 1 and (page - 1) * OFFERED >= offered.count:
        raise Http404
    today = current.today()
    on = day or today
    shown = prepared(record.document, on, head=record.head)
    return render(
        request, "public/provider.html",
        {
            "record": record, "document": record.document, "offered": offered,
            "accreditations": then.accreditations if then else (), "day": day, "problem": problem,
            "coming": day is not None and day > today, "asked": request.GET.get("as_at", ""),
            "pages": results.pages(request.GET, page, offered.count, OFFERED), "page": "providers",
            "status": status_on(record.document, on), **shown,
            **quoting.provider(request, record, name=shown["name"], kind=shown["type_label"], day=day),
            "data": reverse("api:provider", args=[number]) + (f"?as_at={day}" if day else ""),
        },
        status=status,
    )  # fmt: skip


def _offered(number: str, page: int) -> query.Result:
    try:
        return query.search(
            q="", filters={"provider": [number]}, day=current.today(), ordering="title", page=page, page_size=OFFERED
        )
    except query.SearchUnavailable:
        return query.Result(0, [])


def prepared(document: Mapping[str, Any], day: date, *, head: int | None = None) -> dict[str, Any]:
    """What a provider's page shows of a day: rows that hold then, the others told as what was, with their days."""
    language = get_language() or "en"
    name = bodies.name_on(document, day)
    others = [row for row in document.get("names") or () if row["kind"] != "legal"]
    others_named = (row["number"] for side in ("predecessors", "successors") for row in document.get(side) or ())
    related = records.names(others_named, head=head)
    return {
        "type_label": bodies.TYPES.get(document.get("type") or "", document.get("type")),
        "name": name, "renamed": name != document["title"],
        "former": [row for row in document["former_names"] if row["name"] != name],
        "other_names": [{**row, "label": bodies.NAME_KINDS[row["kind"]]} for row in bodies.on(others, day)],
        "sites": bodies.on(document.get("sites"), day),
        "identifiers": [*document["identifiers"], *bodies.on(document.get("other_identifiers"), day)],
        "quality": bodies.quality_category(document, day),
        "scope": [_scope(row, language) for row in bodies.on(document.get("scope"), day)],
        "actions": _actions(document, day, language),
        "again": redress.shown(document, day),
        "predecessors": _succession(document, "predecessors", related),
        "successors": _succession(document, "successors", related),
        "suspensions": bodies.on(document.get("suspensions"), day),
    }  # fmt: skip


def _scope(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        **row, "kinds": [bodies.SUBJECT_KINDS[k] for k in row.get("kinds") or ()],
        "modes": [DELIVERY_MODES[m] for m in row.get("modes") or ()], "note": text(row.get("note") or {}, language),
    }  # fmt: skip


def _succession(document: Mapping[str, Any], side: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {**row, "label": bodies.SUCCESSIONS[row["relation"]], "name": names.get(row["number"])}
        for row in document.get(side) or ()
    ]


def _actions(document: Mapping[str, Any], day: date, language: str) -> list[dict[str, Any]]:
    """The statutory actions that are shown on a day, each with what is said of a reconsideration of its decision."""
    return [
        {**action(row, day, language), "again": redress.of_decision(document, row.get("decision"), day)}
        for row in bodies.actions_shown(document, day)
    ]


def action(row: Mapping[str, Any], day: date, language: str) -> dict[str, Any]:
    """A statutory action in neutral words: what it is called, what it says, and whether it binds on the day."""
    kind = current.profile().statutory_actions.get(row["kind"])
    return {
        **row, "label": text(kind.label, language) if kind else row["kind"].replace("_", " "),
        "summary": text(row["summary"], language), "in_force": bodies.in_force(row, day),
        "stayed": bodies.is_stayed(row, day),
    }  # fmt: skip


@public
def statutory_actions(request: HttpRequest) -> HttpResponse:
    """Every statutory action that may be on the public page today, by the legal name of its provider."""
    day, language = current.today(), get_language() or "en"
    shown = []
    for body in Entry.objects.under_action().values_list("document", flat=True).iterator(chunk_size=500):
        document = orjson.loads(bytes(body))
        actions = _actions(document, day, language)
        if actions:
            shown.append({"document": document, "name": bodies.name_on(document, day), "actions": actions})
    shown.sort(key=lambda row: analyzer.fold(row["name"]))
    return render(
        request, "public/statutory_actions.html",
        {
            "page": "providers", "shown": shown, "day": day,
            "kinds": [
                {"label": text(kind.label, language), "amount": kind.amount, "unit": kind.unit}
                for kind in current.profile().statutory_actions.values()
            ],
        },
    )  # fmt: skip
