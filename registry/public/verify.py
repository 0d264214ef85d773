"""Verify: was it registered, and was that provider accredited for it, on that day? A form, and its answer in plain words."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from registry import standing
from registry.framework import current
from registry.models import Entry
from registry.public import lookup
from registry.public.entry import NotADay, asked_day
from registry.public.requests import public
from registry.search.query import SearchUnavailable


@public
def verify(request: HttpRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "").strip()[:200] for name in ("credential", "provider", "on")}
    problems: dict[str, Any] = {}
    numbers: dict[str, str] = {}
    choices: dict[str, list[dict[str, str]]] = {}
    more: dict[str, str] = {}
    today = current.today()
    try:
        day = asked_day(asked["on"]) or today
    except NotADay as wrong:
        day, problems["on"] = today, str(wrong)
    # Without the field of the credential nothing has been asked yet: the page of a provider leads here with its number.
    sent = "credential" in request.GET
    if sent:
        # The provider first: where many entries have one title, it tells which is meant.
        for sort in ("provider", "credential"):
            if asked[sort] or sort == "credential":
                _resolve(sort, asked[sort], numbers, choices, problems, more)
        choices, problems = _in_order(choices), _in_order(problems)
    complete = "credential" in numbers and not problems and not choices
    answer = standing.verify(numbers["credential"], numbers.get("provider"), day) if complete else None
    return render(
        request, "public/verify.html",
        {
            "page": "verify", "asked": asked, "problems": problems, "answer": answer, "day": day, "today": today,
            "choices": [(sort, rows, more[sort]) for sort, rows in choices.items()], "coming": day > today,
            "sentences": [standing.REASONS[r] for r in answer.reasons] if answer else [],
        },
        status=400 if "on" in problems or (sent and not asked["credential"]) else 200,
    )  # fmt: skip


def _in_order(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("credential", "provider", "on") if name in found}


def _resolve(sort: str, text: str, numbers: dict, choices: dict, problems: dict, more: dict) -> None:
    """Which entry a visitor means: its number, or the choices there are, or what is wrong with what was typed."""
    if not text:
        problems[sort] = _("Write the number or the title of the qualification or micro-credential.")
        return
    try:
        found = lookup.find(text, sort)
    except SearchUnavailable:
        problems[sort] = _("Names cannot be searched at the moment. A register number is found at any time.")
        return
    if sort == "credential":
        found = lookup.narrowed({text: (found, numbers.get("provider"))})[text] or []
    if len(found) == 1:
        numbers[sort] = found[0]
    elif found:
        shown = found[: lookup.MOST]
        titles = Entry.objects.names(shown)
        choices[sort] = [{"number": number, "title": titles.get(number, "")} for number in shown]
        more[sort] = lookup.more(found)
    elif sort == "credential":
        problems[sort] = _("The register has no qualification or micro-credential of that number or title.")
    else:
        problems[sort] = _("The register knows no provider of that number or name, now or in the past.")
