"""Where an entry stands among others, as its page shows it: what may lead to it, what it may lead to, what replaces it.

What it may lead to is in its own document. What may lead to it is said by the documents of those others: the index finds
them by the number that they name. Stacking is worded as possible everywhere, and never as an entitlement.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from registry.content import pathways
from registry.content.dictionary import EQUIVALENCES, GROUP_RULES, RELATIONS, SECTIONS, STACKABILITY, links
from registry.content.pathways import Share, Stackable
from registry.framework import current
from registry.framework.profile import text
from registry.framework.values import plain
from registry.models import Entry
from registry.public.ladder import Band, Box, ladder
from registry.public.results import STATUS_LABELS
from registry.search import leading
from registry.search.query import SearchUnavailable
from registry.status import CREDENTIAL_KINDS, status_on

# How many of the entries that lead here are on its page; the others are on a page of their own.
SHOWN = 12
# How many of those that it leads to are followed further, and over how many steps in all.
FOLLOWED, STEPS = 12, 3
# How many boxes the picture has on each side.
DRAWN = 8
# How an entry leads to the one whose page it is.
TO_IT = {
    "part_of": lazy("part of it"),
    "counts_towards": lazy("may count towards it"),
    "component_of": lazy("a component of it"),
}


@dataclass(frozen=True)
class Around:
    """What other documents say of where an entry stands; `gone` are those that were listed by mistake and withdrawn.

    `unseen` tells why what leads to it was not looked for: "past" on a page of another day or revision, "away" without
    an index.
    """

    documents: Mapping[str, Mapping[str, Any]]
    gone: Collection[str] = ()
    leading: Sequence[Mapping[str, Any]] = ()
    count: int = 0
    unseen: str = ""


def around(document: Mapping[str, Any], *, present: bool) -> Around:
    """Read what stands beside an entry, from the index; the register's rows are asked for what the index lacks."""
    first = [link["number"] for link in links(document)][:FOLLOWED]
    found, gone = documents(first)
    try:
        found = _onward(found)
        count, before = leading.leading_to(document["number"], limit=SHOWN) if present else (0, [])
    except SearchUnavailable:
        return Around(found, gone, unseen="away")
    return Around(found, gone, before, count, unseen="" if present else "past")


def documents(numbers: Iterable[str]) -> tuple[dict[str, Mapping[str, Any]], dict[str, date]]:
    """The present documents of these entries, and since when those that were withdrawn are gone.

    From the index; what it lacks is asked of the register, in one query.
    """
    wanted = set(numbers)
    try:
        found: dict[str, Mapping[str, Any]] = dict(leading.documents(wanted))
    except SearchUnavailable:
        found = {}
    gone = {}
    if missing := wanted - found.keys():
        rows = Entry.objects.filter(number__in=missing).values_list("number", "document", "withdrawn_on")
        for number, body, withdrawn_on in rows:
            if withdrawn_on:
                gone[number] = withdrawn_on
            else:
                found[number] = orjson.loads(bytes(body))
    return found, gone


def _onward(found: dict[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """With the documents of what those lead to in turn, a few steps far. Each is read once, so that no circle holds us."""
    known, last = dict(found), list(found.values())
    for _step in range(STEPS - 1):
        wanted = [link["number"] for document in last for link in links(document) if link["number"] not in known]
        fresh = leading.documents(wanted[: FOLLOWED * STEPS])
        known |= fresh
        last = list(fresh.values())
    return known


def read(document: Mapping[str, Any]) -> Stackable:
    return pathways.read(document, current.profile().credit_systems[0].code)


# -- the section of the page -------------------------------------------------------------------------------------------


def block(
    document: Mapping[str, Any], names: Mapping[str, str], beside: Around | None, day: date
) -> list[dict[str, Any]]:
    """What an entry may lead to, what may lead to it and what it replaces, as one block; none where nothing is said.

    `beside` is None where a document is shown that is not public: it is known by what it says itself alone.
    """
    code = document.get("stackability") or ""
    seen = beside or Around({})
    said = {
        "stackability": STACKABILITY.get(code, code), "links": _towards(document, names, seen, day),
        "before": _before(document, seen, day), "replaces": replacements(document, "replaces", names),
        "replaced_by": replacements(document, "replaced_by", names) if beside else [],
    }  # fmt: skip
    if not any(value for name, value in said.items() if name != "before") and not any(said["before"].values()):
        return []
    picture = _picture(document, said) if beside else ""
    about = {"number": document.get("number"), "picture": picture, "unseen": seen.unseen}
    return [said | about | {"sort": "pathways", "label": SECTIONS["pathways"]}]


def row(document: Mapping[str, Any], day: date) -> dict[str, Any]:
    """An entry as a line of a list shows it."""
    return {
        "number": document["number"], "name": document["title"], "language": document["language"],
        "status": status_on(document, day), "level": document.get("level"), "credits": document.get("credits"),
    }  # fmt: skip


def _named(number: str, names: Mapping[str, str], seen: Around, day: date) -> dict[str, Any]:
    if (document := seen.documents.get(number)) and document["kind"] in CREDENTIAL_KINDS:
        return row(document, day)
    if number in seen.gone:
        return {"number": number, "name": None, "status": "withdrawn"}
    return {"number": number, "name": names.get(number)}


def _towards(document: Mapping[str, Any], names: Mapping[str, str], seen: Around, day: date) -> list[dict[str, Any]]:
    """What the entry may lead to by one step, how much may count there and is missing then; and where that leads on."""
    entry, found = read({"number": None, **document}), []
    passed = {document.get("number"), *(link["number"] for link in links(document))}
    for link in links(document):
        other = seen.documents.get(link["number"])
        target = read(other) if other else None
        found.append(
            _named(link["number"], names, seen, day)
            | {
                "relation": RELATIONS.get(link["relation"], ""), "most": link.get("credits"),
                "group": _group_of(other, link.get("group")), "missing": still_needed(entry, target) if target else "",
                "onward": _further(link["number"], seen, day, passed, 2),
            }
        )  # fmt: skip
    return found


def _further(number: str, seen: Around, day: date, passed: set[str | None], depth: int) -> list[dict[str, Any]]:
    """Where an entry leads on. What was passed already is not told again: links that come back in a circle end there."""
    if depth > STEPS or number not in seen.documents:
        return []
    found = []
    for link in links(seen.documents[number]):
        if link["number"] in passed or link["number"] not in seen.documents:
            continue
        passed.add(link["number"])
        onward = _further(link["number"], seen, day, passed, depth + 1)
        found.append(
            _named(link["number"], {}, seen, day)
            | {"relation": RELATIONS.get(link["relation"], ""), "most": link.get("credits"), "onward": onward}
        )
    return found


def still_needed(entry: Stackable, target: Stackable) -> str:
    """How many credits are missing for the next step if this entry counts there. Where it is not known, that is said."""
    own = pathways.share(entry, target)
    if own is None:
        return ""
    if own.state == "system":
        return _("Its credits are of another credit system, and are not added up with these.")
    if own.credits is None or target.credits is None:
        return _("How many credits are still needed then is not known.")
    least = max(target.credits - own.credits, pathways.NONE)
    words = {"n": plain(least), "all": plain(target.credits), "own": plain(own.credits)}
    if own.limited:
        return _("How many credits are still needed then is not known: at least %(n)s of %(all)s.") % words
    if not least:
        return _("If all its %(own)s credits count, no more are needed.") % words
    return _("If all its %(own)s credits count, %(n)s of %(all)s are still needed.") % words


def _group_of(target: Mapping[str, Any] | None, code: str | None) -> str:
    """A group of the target in its own words; its code where they are not known."""
    language = get_language() or "en"
    for group in (target or {}).get("stacking_groups") or ():
        if group["group"] == code:
            return f"{text(group['label'], language)}: {rule(group['rule'], group.get('least'))}"
    return code or ""


def rule(code: str, least: str | None) -> str:
    """How many entries of a group are asked."""
    if least and code == "some":
        return _("at least %(n)s of them") % {"n": least}
    if least and code == "credits":
        return _("at least %(n)s credits of them") % {"n": least}
    return str(GROUP_RULES.get(code, ""))


def _before(document: Mapping[str, Any], seen: Around, day: date) -> dict[str, Any]:
    """What may lead to the entry: by the groups that it makes, then the others; how many more there are; and their sum."""
    language = get_language() or "en"
    rows = [_leading(other, document, day) for other in seen.leading]
    groups = [
        {
            "group": group["group"], "label": text(group["label"], language),
            "rule": rule(group["rule"], group.get("least")), "rows": [r for r in rows if group["group"] in r["groups"]],
        }
        for group in document.get("stacking_groups") or ()
    ]  # fmt: skip
    grouped = {r["number"] for group in groups for r in group["rows"]}
    return {
        "groups": groups, "rows": [r for r in rows if r["number"] not in grouped], "more": seen.count - len(rows),
        "count": seen.count, "sum": _sum(document, seen),
    }  # fmt: skip


def _leading(other: Mapping[str, Any], document: Mapping[str, Any], day: date) -> dict[str, Any]:
    own = [link for link in links(other) if link["number"] == document["number"]]
    found = pathways.share(read(other), read(document))
    return row(other, day) | {
        "relation": ", ".join(dict.fromkeys(str(TO_IT.get(link["relation"], "")) for link in own)),
        "groups": {link.get("group") for link in own}, "share": share_said(found) if found else "",
    }  # fmt: skip


def share_said(share: Share) -> str:
    """What an entry may count for, in words."""
    if share.state == "system":
        return _("its credits are of another credit system and are not added up")
    if share.state == "within":
        return _("not counted again: it is part of another one that counts")
    if share.credits is None:
        return _("how many credits is not known")
    return _("up to %(n)s credits") % {"n": plain(share.credits)}


def _sum(document: Mapping[str, Any], seen: Around) -> str:
    """What all that leads here may count for together, where all of it is on the page and known."""
    if seen.count < 2 or seen.count > len(seen.leading):
        return ""
    target, before = read(document), [read(other) for other in seen.leading]
    sum_ = pathways.together(target, before, pathways.inside(before))
    if sum_.missing is None:
        return _("What they may count for together is not known.")
    said = {"n": plain(sum_.counted), "all": plain(target.credits)}
    return _("Together they may count for up to %(n)s of its %(all)s credits.") % said


def replacements(document: Mapping[str, Any], name: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "number": link["number"], "name": names.get(link["number"]), "note": link.get("note") or {},
            "equivalence": EQUIVALENCES.get(link.get("equivalence", ""), ""),
        }
        for link in document.get(name) or ()
    ]  # fmt: skip


# -- the picture -------------------------------------------------------------------------------------------------------


def _picture(document: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """The same as the list, drawn; nothing where there is only one entry to be seen."""
    before, after = said["before"], _tree(said["links"], 1)
    above = [_instead(_("It replaces"), said["replaces"]), *_above(before)]
    below = [
        Band(_("What it may lead to"), after[:DRAWN], _more(len(after) - DRAWN)),
        _instead(_("It is replaced by"), said["replaced_by"]),
    ]
    above, below = [b for b in above if b.boxes], [b for b in below if b.boxes]
    if not above and not below:
        return ""
    title = _("Pathways of %(title)s") % {"title": document["title"]}
    counted = [
        ngettext("%(n)s entry may lead to it.", "%(n)s entries may lead to it.", before["count"])
        % {"n": before["count"]},
        ngettext("It may lead to %(n)s entry.", "It may lead to %(n)s entries.", len(after)) % {"n": len(after)},
    ]
    described = " ".join([*counted, _("The list beside the picture says the same.")])
    here = Box(document["title"], _facts(document.get("credits"), _("this entry")))
    return ladder(above, here, below, name="pathways", title=title, said=described)


def _tree(rows: Sequence[Mapping[str, Any]], depth: int) -> list[Box]:
    found = []
    for each in rows:
        found.append(Box(each["name"] or each["number"], _facts(each.get("credits"), each["relation"], each), depth))
        found += _tree(each["onward"], depth + 1)
    return found


def _above(before: Mapping[str, Any]) -> list[Band]:
    """What leads here, a band for each group; what has no place any more is counted under the last."""
    captions = [(f"{group['label']}: {group['rule']}", group["rows"]) for group in before["groups"]]
    bands, left = [], DRAWN
    for caption, rows in [*captions, (_("What may lead to it"), before["rows"])]:
        if shown := [Box(r["name"], _facts(r["credits"], r["relation"], r)) for r in rows[:left]]:
            bands.append(Band(caption, shown))
            left -= len(shown)
    if bands:
        drawn = {r["number"] for _caption, rows in captions for r in rows} | {r["number"] for r in before["rows"]}
        bands[-1] = replace(bands[-1], more=_more(before["count"] - min(len(drawn), DRAWN)))
    return bands


def _instead(caption: str, rows: Sequence[Mapping[str, Any]]) -> Band:
    boxes = [Box(each["name"] or each["number"], str(each["equivalence"])) for each in rows]
    return Band(caption, boxes[:DRAWN], _more(len(boxes) - DRAWN), dashed=True)


def _facts(credits: str | None, relation: Any, entry: Mapping[str, Any] | None = None) -> str:
    status = (entry or {}).get("status")
    if status == "withdrawn":
        return f"{relation} · {_('Withdrawn')}"
    size = _("%(n)s credits") % {"n": credits} if credits else _("credits not known")
    ended = str(STATUS_LABELS[status]()) if status in STATUS_LABELS and status != "current" else ""
    return " · ".join(str(each) for each in (size, relation, ended) if each)


def _more(count: int) -> str:
    return ngettext("and %(n)s more", "and %(n)s more", count) % {"n": count} if count > 0 else ""
