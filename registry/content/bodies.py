"""What the register says of a provider beyond its name and registration: each field once, and what it says on a day.

It follows sections 1.12, 4.2, 4.8 and 5.3 of the domain specification: NZQA's provider pages, Ofqual's scope of
recognition with its inclusions and exclusions, DEQAR's dated names and relationships. Every row has its own days, both
inclusive, so that a page of a past day needs no other record.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.content import redress
from registry.content.dictionary import DELIVERY_MODES, Field, Options, nothing_of
from registry.content.shapes import (
    Address,
    Code,
    Column,
    Day,
    FreeCode,
    Language,
    Level,
    Listing,
    Number,
    Text,
    Texts,
    rows,
)
from registry.framework.values import given
from registry.status import covers, parse

# What sort of body a provider is: those of New Zealand, and those that KNQA's register of awarding bodies has besides.
TYPES: Options = {
    "university": _("university"),
    "polytechnic": _("polytechnic"),
    "wananga": _("wānanga"),
    "private_training": _("private training establishment"),
    "industry_body": _("industry body"),
    "government_training": _("government training establishment"),
    "community": _("community organisation"),
    "employer": _("employer"),
    "foreign_awarding_body": _("foreign awarding body"),
    "professional_body": _("professional body"),
    "assessment_body": _("national assessment body"),
}
NAME_KINDS: Options = {
    "legal": _("legal name"),
    "trading": _("trading name"),
    "acronym": _("acronym"),
}
SCOPE_EFFECTS: Options = {"included": _("included"), "excluded": _("excluded")}
SUBJECT_KINDS: Options = {
    "qualification": _("full qualifications"),
    "part_qualification": _("part qualifications"),
    "micro_credential": _("micro-credentials"),
}
# What became of a body, told on both sides of the event. A body that was split goes on or ends; one that was bought
# goes on under another owner.
SUCCESSIONS: Options = {
    "merger": _("merger"),
    "split": _("split"),
    "purchase": _("purchase"),
    "succession": _("succession"),
}
# How a statutory action came to be closed: the authority lifted it, or a reconsideration set it aside.
ACTION_ENDINGS: Options = {"lifted": _("lifted"), "set_aside": _("set aside")}
# Who else is named beside the lead, from when until when: a foreign body awards, and works through a local one (KNQA).
PARTNER_ROLES: Options = {"awarding": _("awards it jointly"), "partner": _("local partner")}

_SINCE = {"from": Column(_("Since"), Day()), "until": Column(_("Until"), Day())}
_SUCCESSION = {
    "number": Column(_("Provider"), Number(), required=True),
    "relation": Column(_("What happened"), Code(SUCCESSIONS), required=True),
    "on": Column(_("On"), Day(), required=True),
    "note": Column(_("Note"), Texts(1_000)),
}


PARTNERS = rows(
    number=Column(_("Provider"), Number(), required=True), role=Column(_("Role"), Code(PARTNER_ROLES), required=True),
    **{"from": Column(_("Since"), Day(), required=True), "until": Column(_("Until"), Day())},
    note=Column(_("Note"), Texts(1_000)),
)  # fmt: skip
# A condition of an accreditation: public with it, from its first day until it is met or its last day is over.
CONDITIONS = rows(
    text=Column(_("Condition"), Texts(2_000), required=True), due_on=Column(_("Due on"), Day()),
    met_on=Column(_("Met on"), Day()), **_SINCE,
)  # fmt: skip


FIELDS: tuple[Field, ...] = (
    Field("names", _("Names"), rows(
        kind=Column(_("Sort"), Code(NAME_KINDS), required=True), text=Column(_("Name"), Text(300), required=True),
        language=Column(_("Language"), Language()), **_SINCE,
    )),
    Field("other_identifiers", _("Identifiers"), rows(
        scheme=Column(_("Scheme"), FreeCode(), required=True), value=Column(_("Identifier"), FreeCode(), required=True),
        **_SINCE,
    )),
    Field("founded_on", _("Founded on"), Day()),
    Field("closed_on", _("Closed on"), Day()),
    Field("sites", _("Sites"), rows(
        name=Column(_("Name"), Text(300), required=True), address=Column(_("Address"), Text(500)),
        region=Column(_("Region"), Text(200)), country=Column(_("Country"), FreeCode()), **_SINCE,
    )),
    Field("quality_categories", _("Quality category"), rows(
        category=Column(_("Category"), FreeCode(), required=True), body=Column(_("Body"), Text()),
        report=Column(_("Report"), Address()), **_SINCE,
    )),
    Field("scope", _("Scope of registration"), rows(
        effect=Column(_("Effect"), Code(SCOPE_EFFECTS), required=True),
        kinds=Column(_("Kinds"), Listing(Code(SUBJECT_KINDS))), lowest=Column(_("Lowest level"), Level()),
        highest=Column(_("Highest level"), Level()), field=Column(_("Field of study"), FreeCode()),
        modes=Column(_("Delivery"), Listing(Code(DELIVERY_MODES))), note=Column(_("Note"), Texts(1_000)), **_SINCE,
    )),
    Field("registrations", _("Earlier registrations"), rows(
        **{"from": Column(_("Since"), Day(), required=True), "until": Column(_("Until"), Day(), required=True)},
        ended_as=Column(_("How it ended"), FreeCode(), required=True),
    )),
    Field("registered_until", _("Registered until"), Day()),
    Field("predecessors", _("Came from"), rows(**_SUCCESSION)),
    Field("successors", _("Became"), rows(**_SUCCESSION)),
    Field("statutory_actions", _("Statutory actions"), rows(
        reference=Column(_("Reference"), Text(60), required=True), kind=Column(_("Sort"), FreeCode(), required=True),
        summary=Column(_("Summary"), Texts(2_000), required=True), ground=Column(_("Ground"), Text(300)),
        credential=Column(_("Credential"), Number()), decision=Column(_("Decision number"), Text(60)),
        **{"from": Column(_("Since"), Day(), required=True)}, until=Column(_("Until"), Day()),
        closed_on=Column(_("Closed on"), Day()), ended_by=Column(_("How it was closed"), Code(ACTION_ENDINGS)),
        stayed_from=Column(_("Without effect from"), Day()), stayed_until=Column(_("Without effect until"), Day()),
        shown_until=Column(_("Shown until"), Day()),
    )),
    redress.FIELD,
    Field("same_as", _("Is the same body as"), Number()),
)  # fmt: skip
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
# The keys of a provider's document that are there only where something is said, and what stands for nothing.
NOTHING: Mapping[str, Any] = nothing_of(FIELDS)


def complete(document: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's document with every key that one may have: what is not known is told, never left out."""
    return {**NOTHING, **document}


# -- on a day ----------------------------------------------------------------------------------------------------------


def on(rows: Iterable[Mapping[str, Any]] | None, day: date) -> list[Mapping[str, Any]]:
    """The rows that hold on that day."""
    return [row for row in rows or () if covers(row, day)]


def name_on(document: Mapping[str, Any], day: date) -> str:
    """The legal name of that day: a page of a past day never shows a later name (edge case 7).

    Of a body whose names are not dated so far back, the oldest that is known.
    """
    legal = [row for row in document.get("names") or () if row["kind"] == "legal"]
    if held := on(legal, day):
        return held[-1]["text"]
    former = sorted(document.get("former_names") or (), key=lambda row: row.get("until") or "")
    for row in former:
        if (until := parse(row.get("until"))) and day <= until:
            return row["name"]
    # Where all names that are known begin later, the first of them; else the one that it bears.
    later = [row for row in legal if (first := parse(row.get("from"))) and first > day]
    return min(later, key=lambda row: row["from"])["text"] if later and later == legal else document["title"]


def every_name(document: Mapping[str, Any]) -> Iterator[str]:
    """Each name that the body has or has had, in any language: what it may be looked for by."""
    yield document.get("title") or ""
    yield from (document.get("titles") or {}).values()
    yield from (row["text"] for row in document.get("alternative_titles") or ())
    yield from (row["name"] for row in document.get("former_names") or ())
    yield from (row["text"] for row in document.get("names") or ())


def quality_category(document: Mapping[str, Any], day: date) -> Mapping[str, Any] | None:
    """The quality category in force on that day: the one that was given last."""
    held = on(document.get("quality_categories"), day)
    return max(held, key=lambda row: row.get("from") or "", default=None)


def actions_shown(document: Mapping[str, Any], day: date) -> list[Mapping[str, Any]]:
    """The statutory actions that the public page of that day names: begun, and not past their time on it."""
    return [
        row
        for row in document.get("statutory_actions") or ()
        if parse(row["from"]) <= day and not ((last := parse(row.get("shown_until"))) and last < day)
    ]


def in_force(action: Mapping[str, Any], day: date) -> bool:
    """Whether a statutory action binds on that day: neither closed nor past its own end, nor stayed."""
    closed = parse(action.get("closed_on"))
    return covers(action, day) and not (closed and closed <= day) and not is_stayed(action, day)


def is_stayed(action: Mapping[str, Any], day: date) -> bool:
    """Whether a statutory action is without effect on that day, while its decision is looked at again."""
    first = action.get("stayed_from")
    return first is not None and covers({"from": first, "until": action.get("stayed_until")}, day)


def in_scope(document: Mapping[str, Any], credential: Mapping[str, Any], day: date) -> bool:
    """Whether a body's registration covers such a credential on that day.

    A body whose register names no scope may offer anything. Else one inclusion must fit, and no exclusion.
    """
    rows = on(document.get("scope"), day)
    included = [row for row in rows if row["effect"] == "included"]
    if any(_fits(row, credential) for row in rows if row["effect"] == "excluded"):
        return False
    return not included or any(_fits(row, credential) for row in included)


def _fits(row: Mapping[str, Any], credential: Mapping[str, Any]) -> bool:
    kinds, modes, field = row.get("kinds"), row.get("modes"), row.get("field")
    # What a credential does not tell is no ground to exclude it.
    offered, included = credential.get("delivery_modes"), row["effect"] == "included"
    codes = [f.get("code") or "" for f in credential.get("fields") or ()]
    return (
        (not kinds or credential["kind"] in kinds)
        and _level_fits(row, credential.get("level"))
        and (not modes or (included if not offered else bool(set(modes) & set(offered))))
        # The codes of a field of study go from wide to narrow: 09 takes 0912 in.
        and (not field or any(code.startswith(field) for code in codes))
    )


def _level_fits(row: Mapping[str, Any], level: str | None) -> bool:
    lowest, highest = row.get("lowest"), row.get("highest")
    if not (lowest or highest):
        return True
    if level is None or not level.isdigit():
        return level in (lowest, highest)
    return int(lowest or 0) <= int(level) <= int(highest or 99)


def said(details: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a provider that say something, each read by its shape. Raises BadValue for one that cannot be."""
    read = {field.name: field.shape.read(details.get(field.name)) for field in FIELDS}
    return {name: value for name, value in read.items() if given(value)}
