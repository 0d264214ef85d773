"""A credential's document made ready for its page: every field that it has something in, once, under its heading."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from registry.content import bodies, redress, reviews
from registry.content.dictionary import (
    BY_NAME,
    EQUIVALENCES,
    GROUP_RULES,
    OUTCOME_TYPES,
    RELATIONS,
    SECTIONS,
    STACKABILITY,
    WORKLOAD_METHODS,
    Field,
    in_section,
    links,
)
from registry.content.shapes import Address, Column, Day, Facts, Flag, Language, Listing, Parts, Row, Shape, Texts
from registry.framework import current
from registry.framework.credits import shown_as
from registry.framework.law import Profile
from registry.framework.profile import text
from registry.framework.published import asked_besides
from registry.framework.values import given, number, plain
from registry.public import records
from registry.public.results import language_name
from registry.status import last_day_to_start, parse
from registry.templatetags.register import day as in_words

# What the summary at the head of the page tells; the rest stands in sections below it.
SUMMARY = frozenset(
    {
        "language", "titles", "type", "level", "levels", "credits", "credit_system", "notional_hours", "workload_ects",
        "workload_method", "workload_declared_by", "fields", "delivery_modes",
    }
)  # fmt: skip
CROSSWALKS = {"eqf": "EQF", "isced_2011": "ISCED 2011", "acqf": "ACQF"}
# How people write the names of the code lists that many registers use; any other is written as it was given.
SCHEMES = {
    "esco": "ESCO", "isco-08": "ISCO-08", "isced-f": "ISCED-F", "isced-f-2013": "ISCED-F 2013", "nzsced": "NZSCED",
    "asced": "ASCED", "anzsco": "ANZSCO",
}  # fmt: skip
_ISO_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


def prepared(
    document: Mapping[str, Any], names: Mapping[str, str], *, standing: Mapping[str, Any], day: date
) -> dict[str, Any]:
    """What the page of a document shows beside its title and history. `names` are those of other entries.

    What may be done on `day` follows from the document that stands, which an earlier revision does not tell.
    """
    language = get_language() or "en"
    profile = current.profile()
    last = last_day_to_start(standing)
    return {
        "type_label": _type(document, profile, language), "levels": _levels(document, profile),
        "system": _system(document, profile, language), "conversions": _conversions(document, profile),
        "workload": _workload(document), "fields": _fields(document), "delivery": _delivery(document, language),
        "sections": _sections(document, names, profile, language),
        "replaced_by": _replacements(document, "replaced_by", names),
        "last_day": last, "by_law": last is not None and not standing.get("last_new_enrolment"),
        "closed": last is not None and last < day,
        "suspensions": bodies.on(standing.get("suspensions"), day),
        "again": redress.shown(standing, day), "review": reviews.shown(standing, day),
    }  # fmt: skip


def parties(
    document: Mapping[str, Any], names: Mapping[str, str], day: date, *, head: int | None = None
) -> list[dict[str, Any]]:
    """Who awards it and who developed it, the lead first; of those who are named with days, who was named on the day.

    One that is no longer registered is shown as that: what it means for the entry, the authority decides.
    """
    held = bodies.on(document["providers"], day)
    standing = records.statuses((party["number"] for party in held), day, head=head)
    return [
        {**party, "name": names.get(party["number"]), "left": records.left(standing.get(party["number"]))}
        for party in held
    ]


# -- the summary -------------------------------------------------------------------------------------------------------


def _type(document: Mapping[str, Any], profile: Profile, language: str) -> str:
    code = document.get("type") or ""
    return next((text(t["label"], language) for t in profile.types_of(document["kind"]) if t["code"] == code), code)


def _levels(document: Mapping[str, Any], profile: Profile) -> list[dict[str, str]]:
    """The level in the register's own framework with its neighbours elsewhere, and what else is said of levels."""
    found = []
    if level := document.get("level"):
        known = next((each for each in profile.levels if each["value"] == level), {})
        beside = [f"{label} {known[name]}" for name, label in CROSSWALKS.items() if known.get(name)]
        found.append({"framework": "", "said": f"{level} ({', '.join(beside)})" if beside else level})
    for row in document.get("levels") or ():
        name = text(profile.framework) if row["framework"] == profile.code else row["framework"].upper()
        if row.get("pending"):
            said = _("still to be set")
        elif row.get("from") and row.get("to"):
            said = _("%(first)s to %(last)s") % {"first": row["from"], "last": row["to"]}
        else:
            said = row.get("value") or row.get("from") or row.get("to") or ""
        found.append({"framework": name, "said": said})
    native = document.get("level_native")
    return found or ([{"framework": "", "said": native}] if native else [])


def _system(document: Mapping[str, Any], profile: Profile, language: str) -> str:
    code = document.get("credit_system") or ""
    return next((text(s.label, language) for s in profile.credit_systems if s.code == code), code)


def _conversions(document: Mapping[str, Any], profile: Profile) -> list[dict[str, Any]]:
    """The credits as they are also shown: declared claims, each with its method, never an equality (edge case 11).

    None for an entry of another credit system, or of another register.
    """
    own = document.get("credit_system") in (None, profile.credit_systems[0].code) and not document.get("source")
    exact = number(document.get("credits"))
    if exact is None or not own:
        return []
    return [
        {
            "value": _range(s.values), "system": s.conversion.system, "declared_by": s.conversion.declared_by,
            "method": _("by years") if s.conversion.method == "year_based" else _("by hours"),
        }
        for s in shown_as(profile, exact)
    ]  # fmt: skip


def _range(values: tuple[str, ...]) -> str:
    # Isolated from left to right: an Arabic line would show 13.3–16 as 16–13.3.
    return values[0] if len(values) == 1 else f"\u2066{'–'.join(values)}\u2069"


def _workload(document: Mapping[str, Any]) -> list[str]:
    """How the workload was declared, and by whom."""
    method = document.get("workload_method") or ""
    said = (WORKLOAD_METHODS.get(method, method), document.get("workload_declared_by") or "")
    return [str(each) for each in said if each]


def _fields(document: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"code": row.get("code") or "", "label": row.get("label") or "", "scheme": scheme_name(row)}
        for row in document.get("fields") or ()
    ]


def scheme_name(row: Mapping[str, Any]) -> str:
    """The list that a code is of, as people write its name."""
    name = row.get("scheme") or ""
    return SCHEMES.get(name.lower().replace("_", "-"), name)


def _delivery(document: Mapping[str, Any], language: str) -> list[str]:
    return BY_NAME["delivery_modes"].shape.lines(document.get("delivery_modes") or [], language)


# -- sections ----------------------------------------------------------------------------------------------------------


def _sections(
    document: Mapping[str, Any], names: Mapping[str, str], profile: Profile, language: str
) -> list[dict[str, Any]]:
    """The fields under their headings; what says nothing is left out, and so is a heading over nothing."""
    found = []
    for name, label in SECTIONS.items():
        if name == "pathways":
            blocks = _pathways(document, names, language)
        else:
            blocks = [
                _block(field, document[field.name], profile, language)
                for field in in_section(name)
                if field.name not in SUMMARY and given(document.get(field.name))
            ]
        if blocks:
            # A heading over one field alone, or over one of the same name, would say it twice.
            alone = len(blocks) == 1 and blocks[0]["sort"] not in ("facts", "pathways")
            for block in blocks:
                block["headed"] = not alone and str(block["label"]) != str(label)
            found.append({"id": name, "label": blocks[0]["label"] if alone else label, "blocks": _together(blocks)})
    return found


def _together(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Facts that follow each other are one list."""
    kept: list[dict[str, Any]] = []
    for block in blocks:
        if kept and block["sort"] == "facts" == kept[-1]["sort"]:
            kept[-1]["facts"] += block["facts"]
        else:
            kept.append(block)
    return kept


def _block(field: Field, value: Any, profile: Profile, language: str) -> dict[str, Any]:
    """One field as the template draws it: `sort` is texts, parts, titles, outcomes, table, links or facts."""
    block: dict[str, Any] = {"name": field.name, "label": field.label}
    shape = field.shape
    if field.name == "learning_outcomes":
        outcomes = [o | {"sort": OUTCOME_TYPES.get(o.get("type", ""))} for o in value]
        return block | {"sort": "outcomes", "outcomes": outcomes}
    if field.name == "alternative_titles":
        return block | {"sort": "titles", "titles": [row | {"name": language_name(row["language"])} for row in value]}
    if isinstance(shape, Texts):
        return block | {"sort": "texts", "texts": value}
    if isinstance(shape, Parts):
        return block | {"sort": "parts", "parts": [(shape.parts[p], value[p]) for p in shape.parts if p in value]}
    if isinstance(shape, Listing) and isinstance(shape.of, Row):
        if "uri" in shape.of.columns:
            return block | {"sort": "links", "links": [row | {"scheme": scheme_name(row)} for row in value]}
        total = _total(value) if field.name == "components" else ""
        return block | _table(shape.of, value, language, total)
    if isinstance(shape, Facts):
        return block | {"sort": "facts", "facts": _framework_facts(value, profile, language)}
    if isinstance(shape, Address):
        return block | {"sort": "facts", "facts": [{"label": field.label, "address": value}]}
    lines = [duration(value)] if field.name == "duration" else _lines(shape, value, language)
    return block | {"sort": "facts", "facts": [{"label": field.label, "lines": lines}]}


def _lines(shape: Shape, value: Any, language: str) -> list[str]:
    if isinstance(shape, Listing) and isinstance(shape.of, Language):
        return [language_name(tag) for tag in value]
    return shape.lines(value, language)


def _framework_facts(value: Mapping[str, Any], profile: Profile, language: str) -> list[dict[str, Any]]:
    """What one country's law asks besides, under the names that its profile gives; a code of the law as words."""
    coded = {name for name, own in asked_besides(profile).items() if own.options}
    facts = []
    for name, said in value.items():
        if isinstance(said, bool):
            lines = Flag().lines(said, language)
        else:
            lines = [str(each) for each in (said if isinstance(said, list) else [said])]
        facts.append(
            {
                "name": name.replace("_", " ").replace(".", ": "),
                "lines": [line.replace("_", " ") for line in lines] if name in coded else lines,
            }
        )
    return facts


def _table(shape: Row, rows: list[dict[str, Any]], language: str, total: str = "") -> dict[str, Any]:
    """Rows under the columns that any of them says something in; `total` stands under the credits."""
    columns = {n: c for n, c in shape.columns.items() if any(given(row.get(n)) for row in rows)}
    cells = [
        [
            {"texts": row.get(n) if isinstance(c.shape, Texts) else None, "line": _cell(c, row.get(n), language)}
            for n, c in columns.items()
        ]
        for row in rows
    ]
    # Its name stands in the first column.
    sums = [total if n == "credits" else "" for n in list(columns)[1:]] if total else []
    return {"sort": "table", "columns": [c.label for c in columns.values()], "rows": cells, "sums": sums}


def _cell(column: Column, value: Any, language: str) -> str:
    if value is None:
        return ""
    return in_words(value) if isinstance(column.shape, Day) else ", ".join(column.shape.lines(value, language))


def _total(components: list[dict[str, Any]]) -> str:
    """The credits of all components together; nothing where those of any are not known."""
    known = [number(component.get("credits")) for component in components]
    exact = [each for each in known if each is not None]
    return plain(sum(exact[1:], exact[0])) if exact and len(exact) == len(known) else ""


def duration(value: str) -> str:
    """A duration of ISO 8601 in words: `PT60H` is 60 hours, `P6M` 6 months."""
    found = _ISO_DURATION.fullmatch(value)
    if not found:
        return value
    years, months, weeks, days, hours, minutes = (int(part) if part else 0 for part in found.groups())
    said = [
        ngettext("%(n)s year", "%(n)s years", years) % {"n": years} if years else "",
        ngettext("%(n)s month", "%(n)s months", months) % {"n": months} if months else "",
        ngettext("%(n)s week", "%(n)s weeks", weeks) % {"n": weeks} if weeks else "",
        ngettext("%(n)s day", "%(n)s days", days) % {"n": days} if days else "",
        ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes} if minutes else "",
    ]
    return " ".join(part for part in said if part) or value


# -- other entries -----------------------------------------------------------------------------------------------------


def _pathways(document: Mapping[str, Any], names: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """What the entry may lead to and what it replaces, as one block; none where nothing is said of either."""
    code = document.get("stackability") or ""
    said = {
        "stackability": STACKABILITY.get(code, code), "links": _links(document, names),
        "groups": _groups(document, language), "replaces": _replacements(document, "replaces", names),
    }  # fmt: skip
    return [said | {"sort": "pathways", "label": SECTIONS["pathways"]}] if any(said.values()) else []


def _links(document: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the entry may lead to, with the names of those entries."""
    return [
        {
            "number": link["number"], "name": names.get(link["number"]), "relation": RELATIONS.get(link["relation"], ""),
            "credits": link.get("credits"), "group": link.get("group"),
        }
        for link in links(document)
    ]  # fmt: skip


def _groups(document: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Which of the entries that lead here are needed together."""
    return [
        {
            "label": text(group["label"], language), "rule": GROUP_RULES.get(group["rule"], ""),
            "least": group.get("least") if group["rule"] == "some" else None, "group": group["group"],
        }
        for group in document.get("stacking_groups") or ()
    ]  # fmt: skip


def _replacements(document: Mapping[str, Any], name: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "number": link["number"], "name": names.get(link["number"]), "note": link.get("note") or {},
            "equivalence": EQUIVALENCES.get(link.get("equivalence", ""), ""),
        }
        for link in document.get(name) or ()
    ]  # fmt: skip


# -- a day -------------------------------------------------------------------------------------------------------------


class NotADay(ValueError):
    """What was asked for as a day is none; the text says so."""


def asked_day(value: str | None) -> date | None:
    """The day of `?as_at=`; None where none was asked for. Raises NotADay."""
    if not value:
        return None
    try:
        day = parse(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else None
    except ValueError:
        day = None
    if day is None:
        raise NotADay(_("“%(found)s” is not a date such as 2026-01-31.") % {"found": value[:40]})
    return day
