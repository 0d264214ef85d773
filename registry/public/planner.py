"""The planner: a visitor says what they hold, and sees what it may count towards. Everything is in the address alone.

Nothing is stored and no cookie is set. What is shown is possible, and never an entitlement: the provider that receives a
learner decides what it recognises. How entries are added up is said in `registry.content.pathways`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from registry.content import pathways as reckoning
from registry.content.dictionary import links
from registry.content.pathways import Sum
from registry.framework import current
from registry.framework.profile import text
from registry.framework.values import number, plain
from registry.numbers import parse_number
from registry.public import lookup, results
from registry.public.pathways import documents, read, row, rule, share_said
from registry.public.requests import asked_page, found_record, one_spelling, public, tombstone
from registry.search import leading, query
from registry.search.query import SearchUnavailable
from registry.status import CREDENTIAL_KINDS
from registry.templatetags.register import day as in_words

# More than so many are not reckoned with at once: nobody holds them, and every page must stay quick.
MOST = 30
# How many targets are worked out, and how many more entries and components are named for each.
TARGETS, BESIDES, FOLLOWED = 20, 5, 100
CANDIDATES = 10
PAGE_SIZE = 50
# What the numbers of this register begin with.
PREFIXES = ("NQ-", "PR-", "AC-")
AT_LEVEL = re.compile(r"credits_at_level_(\d{1,2})")

Documents = Mapping[str, Mapping[str, Any]]


@dataclass
class Asked:
    """What a visitor typed and ticked, understood: what they hold, what they may have meant, and what is wrong with it."""

    add: str = ""
    held: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    candidates: list[dict[str, Any]] = field(default_factory=list)
    more: int = 0  # that were found too, and are not offered
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    status: int = 200

    def refuse(self, problem: str) -> None:
        self.problems.append(problem)
        self.status = 400


@public
def planner(request: HttpRequest) -> HttpResponse:
    day = current.today()
    asked = _asked(request.GET.getlist("held"), request.GET.get("add", "").strip()[:200], day)
    found, more = ([], 0) if asked.status == 400 else targets(asked.held, day)
    return render(
        request, "public/pathways.html",
        {
            "page": "pathways", "asked": asked, "held": [_held(d, asked.held, day) for d in asked.held.values()],
            "targets": found, "more": more, "most": MOST,
        },
        status=asked.status,
    )  # fmt: skip


@public
def leading_here(request: HttpRequest, number: str) -> HttpResponse:
    """Everything that may lead to an entry, where that is more than its own page holds."""
    if canonical := one_spelling(request, number, "public:leading"):
        return canonical
    record = found_record(number)
    if record.kind not in CREDENTIAL_KINDS:
        return redirect("public:provider" if record.kind == "provider" else "public:entry", number)
    if record.document is None:
        return tombstone(request, record)
    page, day = asked_page(request.GET.get("page")), current.today()
    try:
        count, found = leading.leading_to(number, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    except SearchUnavailable:
        return render(request, "public/unavailable.html", {"q": "", "page": "pathways"}, status=503)
    if page > 1 and not found:
        raise Http404
    target = read(record.document)
    rows = []
    for document in found:
        share = reckoning.share(read(document), target)
        rows.append(row(document, day) | {"share": share_said(share) if share else ""})
    return render(
        request, "public/pathways/leading.html",
        {
            "page": "pathways", "record": record, "document": record.document, "rows": rows,
            "count_line": ngettext("%(n)s entry", "%(n)s entries", count) % {"n": f"{count:,}"},
            "pages": results.pages(request.GET, page, count, PAGE_SIZE),
        },
    )  # fmt: skip


# -- what a visitor holds ----------------------------------------------------------------------------------------------


def _asked(ticked: Sequence[str], add: str, day: date) -> Asked:
    """What was ticked and what was typed. A number that is written badly is refused; one that is unknown is told."""
    asked, numbers = Asked(add=add), []
    for raw in ticked:
        if parsed := parse_number(raw):
            numbers.append(parsed)
        elif raw.strip():
            asked.refuse(
                _("Held: “%(found)s” is not a register number such as NQ-000123.") % {"found": raw.strip()[:40]}
            )
    typed = [parse_number(part) for part in re.split(r"[,;\n]", add)] if add else []
    named = [n for n in typed if n] if all(typed) else []
    wanted = list(dict.fromkeys([*numbers, *named]))
    if len(wanted) > MOST:
        asked.refuse(
            _(
                "Held: %(n)s entries are more than the %(most)s that are reckoned with at once. The first %(most)s are kept."
            )
            % {"n": len(wanted), "most": MOST}
        )
        wanted = wanted[:MOST]
    known, gone = documents(wanted)
    unknown = [n for n in named if n not in known and n not in gone]
    for each in wanted:
        if each not in unknown:
            _take(asked, each, known.get(each), gone.get(each))
    asked.notices += [
        _("%(number)s is in your list already.") % {"number": n} for n in dict.fromkeys(named) if n in numbers
    ]
    asked.problems += [_unknown(n) for n in unknown]
    # A title may look like a number (“CO2”); what has the prefix of the register's own numbers is none.
    if add and (not named or (unknown == named and len(named) == 1 and not named[0].startswith(PREFIXES))):
        _search(asked, add)
    return asked


def _unknown(number: str) -> str:
    return _("The register has no entry of the number %(number)s.") % {"number": number}


def _take(asked: Asked, each: str, document: Mapping[str, Any] | None, gone: date | None) -> None:
    said = {"number": each}
    if gone:
        said["day"] = in_words(gone)
        asked.problems.append(
            _("%(number)s was listed by mistake and withdrawn on %(day)s: it counts towards nothing.") % said
        )
    elif document is None:
        asked.problems.append(_unknown(each))
    elif document["kind"] == "provider":
        asked.problems.append(
            _("%(number)s is a provider. Write the number of a qualification or micro-credential.") % said
        )
    elif document["kind"] not in CREDENTIAL_KINDS:
        asked.problems.append(
            _("%(number)s is an accreditation. Write the number of a qualification or micro-credential.") % said
        )
    else:
        asked.held[each] = document


def _search(asked: Asked, add: str) -> None:
    """What was typed is no number of the register: an id of elsewhere or a whole title, else what the search finds."""
    try:
        numbers = exact = [] if asked.problems else lookup.find(add, "credential")
        if exact:
            numbers, asked.more = exact[: lookup.MOST], max(len(exact) - lookup.MOST, 0)
        else:
            result = query.search(q=add, day=current.today(), page_size=CANDIDATES)
            numbers, asked.more = [r["number"] for r in result.rows], max(result.count - CANDIDATES, 0)
    except SearchUnavailable:
        asked.problems.append(_("Titles cannot be searched at the moment. A register number is found at any time."))
        return
    found, _gone = documents(numbers)
    meant = [found[n] for n in numbers if n in found]
    if len(exact) == len(meant) == 1:
        _add(asked, meant[0])
        return
    day = current.today()
    asked.candidates = [row(document, day) for document in meant if document["number"] not in asked.held]
    if not meant and not asked.problems:
        asked.problems.append(_("The register has no qualification or micro-credential of that number or title."))
    elif meant and not asked.candidates:
        asked.notices.append(_("What was found for “%(words)s” is in your list already.") % {"words": add})


def _add(asked: Asked, document: Mapping[str, Any]) -> None:
    each = document["number"]
    if each in asked.held:
        asked.notices.append(_("%(number)s is in your list already.") % {"number": each})
    elif len(asked.held) >= MOST:
        asked.refuse(_("Held: no more than %(most)s entries are reckoned with at once.") % {"most": MOST})
    else:
        asked.held[each] = document


def _held(document: Mapping[str, Any], held: Documents, day: date) -> dict[str, Any]:
    """A held entry as the list shows it; what replaced it as its equal can be looked at in its place."""
    instead = [
        {"number": link["number"], "address": address([*held, link["number"]])}
        for link in document.get("replaced_by") or ()
        if link.get("equivalence") == "equivalent" and link["number"] not in held
    ]
    return row(document, day) | {
        "last_day": document.get("expiry_end"), "leads": bool(links(document)), "instead": instead,
    }  # fmt: skip


def address(numbers: Sequence[str]) -> str:
    """The planner's own address with these held."""
    return reverse("public:pathways") + "?" + urlencode([("held", n) for n in numbers])


# -- what it may count towards -----------------------------------------------------------------------------------------


def targets(held: Documents, day: date) -> tuple[list[dict[str, Any]], int]:
    """What may be reached from these, those first of which least is missing; and how many more there are."""
    entries = [read(document) for document in held.values()]
    numbers = reckoning.targets(entries)
    found, _gone = documents(numbers[:FOLLOWED])
    found = {n: d for n, d in found.items() if d["kind"] in CREDENTIAL_KINDS}
    ahead = {link["number"] for d in found.values() for link in links(d)} - found.keys() - held.keys()
    onward, _gone = documents(sorted(ahead)[:FOLLOWED])
    known = {**onward, **found, **held}
    within = reckoning.inside(read(document) for document in known.values())
    sums = {n: reckoning.together(read(d), entries, within) for n, d in found.items()}
    order = sorted(found, key=lambda n: (sums[n].missing is None, sums[n].missing or 0, n))
    shown = [_target(found[n], sums[n], known, held, day) for n in order[:TARGETS]]
    return shown, len(found) - len(shown) + max(len(numbers) - FOLLOWED, 0)


def _target(document: Mapping[str, Any], sum_: Sum, known: Documents, held: Documents, day: date) -> dict[str, Any]:
    return row(document, day) | {
        "counted": plain(sum_.counted), "missing": None if sum_.missing is None else plain(sum_.missing),
        "reached": sum_.missing == 0, "fraction": _fraction(sum_, number(document.get("credits"))),
        "shares": [
            row(held[s.number], day) | {"share": share_said(s), "lower": _lower(held[s.number], document)}
            for s in sum_.shares
        ],
        "groups": _groups(document, sum_), "at_level": _at_level(document, sum_, held),
        "entry_requirements": document.get("entry_requirements") or {}, **_besides(document, held, day),
        "components": _components(document, held),
        "onward": [row(known[n], day) for n in _onward(document, known, held)],
        "replaced_by": [link["number"] for link in document.get("replaced_by") or ()],
    }  # fmt: skip


def _fraction(sum_: Sum, credits: Decimal | None) -> dict[str, str] | None:
    """What a meter shows: so many of so many."""
    return {"value": f"{sum_.counted:f}", "max": f"{credits:f}"} if credits and sum_.missing is not None else None


def _lower(own: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """That an entry is at a lower level than the target, where both say a level of the register's own framework."""
    order = current.profile().level_values
    ours, theirs = own.get("level"), target.get("level")
    if ours in order and theirs in order and order.index(ours) < order.index(theirs):
        return _("at level %(own)s; this is at level %(level)s") % {"own": ours, "level": theirs}
    return ""


def _groups(document: Mapping[str, Any], sum_: Sum) -> list[dict[str, str]]:
    """What each group asks, and how far what is held fills it."""
    labels = {g["group"]: text(g["label"], get_language() or "en") for g in document.get("stacking_groups") or ()}
    found = []
    for each in sum_.groups:
        have = ngettext("you hold %(n)s of them", "you hold %(n)s of them", each.entries) % {"n": each.entries}
        if each.group.rule == "credits":
            have = _("what you hold of them may count for %(n)s credits") % {"n": plain(each.credits)}
        lacking = ""
        if each.lacking:
            lacking = _("%(n)s still missing") % {"n": plain(each.lacking)}
        least = None if each.group.least is None else plain(each.group.least)
        found.append(
            {"label": labels[each.group.code], "rule": rule(each.group.rule, least), "have": have, "lacking": lacking}
        )
    return found


def _at_level(document: Mapping[str, Any], sum_: Sum, held: Documents) -> list[str]:
    """How many credits of a level the framework says that the target has, and how many of what is held are at it."""
    said = []
    for name, asked in (document.get("framework_facts") or {}).items():
        found, least = AT_LEVEL.fullmatch(name), number(asked)
        if found is None or least is None:
            continue
        at = [s.credits for s in sum_.shares if s.credits and _is_at(held[s.number].get("level"), int(found[1]))]
        said.append(
            _("%(n)s of its credits are at level %(level)s or above; of what you hold up to %(own)s are.")
            % {"n": plain(least), "level": found[1], "own": plain(sum(at, reckoning.NONE))}
        )
    return said


def _is_at(level: str | None, least: int) -> bool:
    return bool(level) and level.isdigit() and int(level) >= least


def _besides(document: Mapping[str, Any], held: Documents, day: date) -> dict[str, Any]:
    """What else may count towards the target, and is not held yet."""
    try:
        count, found = leading.leading_to(document["number"], limit=BESIDES, without=held.keys())
    except SearchUnavailable:
        return {"besides": [], "besides_more": 0, "besides_unseen": True}
    target = read(document)
    rows = []
    for other in found:
        share = reckoning.share(read(other), target)
        rows.append(
            row(other, day)
            | {"share": share_said(share) if share else "", "address": address([*held, other["number"]])}
        )
    return {"besides": rows, "besides_more": count - len(rows), "besides_unseen": False}


def _components(document: Mapping[str, Any], held: Documents) -> dict[str, Any]:
    """What the target is made of, but what is held under its own number."""
    rows = [
        {
            "title": component["title"], "code": component.get("code"), "credits": component.get("credits"),
            "level": component.get("level"), "compulsory": component.get("compulsory"),
        }
        for component in document.get("components") or ()
        if parse_number(component.get("code") or "") not in held
    ]  # fmt: skip
    return {"rows": rows[:BESIDES], "more": max(len(rows) - BESIDES, 0)}


def _onward(document: Mapping[str, Any], known: Documents, held: Documents) -> list[str]:
    """Where the target may lead on: what is neither held nor the target itself, each once."""
    numbers = dict.fromkeys(link["number"] for link in links(document))
    return [n for n in numbers if n in known and n not in held and known[n]["kind"] in CREDENTIAL_KINDS]
