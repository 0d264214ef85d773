"""A public document in the words of a profile's rules: what an entry of the register says, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from registry.framework.law import Profile, Texts
from registry.framework.profile import text
from registry.framework.values import given, number
from registry.status import parse, status_on

# What a document and the rules call by the same name.
SAME = (
    "kind", "type", "title", "titles", "language", "languages", "learning_outcomes", "level", "credits", "notional_hours",
    "delivery_modes", "review_period_months", "listed_on", "expiring_from", "expiry_end", "last_new_enrolment",
    "last_award", "components", "assessment_methods", "supervision", "participation_form", "study_mode", "duration",
    "award_basis", "rpl_url", "quality_assurance", "standards", "stackability", "workload_ects",
)  # fmt: skip
# Words of which the rules see those in the document's own language.
WORDS = ("purpose", "assessment", "entry_requirements", "assessment_criteria", "moderation")
SCHEMES = {"isced-f-2013": "isced_f", "nzsced": "nzsced"}
FEES = {"amount": "fee_amount", "currency": "fee_currency", "tax_included": "fee_tax_included", "from": "fee_effective_from",
        "funded_by": "funded_by"}  # fmt: skip
# The fields of some laws that nobody types: they follow from others, from the case, or from the rest of the register.
WORKED_OUT = frozenset(
    {
        "nzsced", "isced_f", "credits_at_level_5", "volume_of_learning_hours", "eqf_level", "nqf_levels", "mandatory_in",
        "change_application", "registration_start", "registration_end", "new_enrolment_on", "learner_identity", "issued_on",
    }
)  # fmt: skip
# A rule of one of these asks for something; one that something is absent or not among others asks for nothing.
ASKS = ("required", "in", "eq", "min", "max", "between", "regex", "min_items", "attested")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class OwnField:
    """A field that one framework alone has: its type, the codes that its rules take, and what the law says of it."""

    type: str
    options: tuple[str, ...] = ()
    hint: Texts = field(default_factory=dict)


def asked_besides(profile: Profile) -> dict[str, OwnField]:
    """The fields that one framework alone asks for: what people write under `framework_facts`."""
    rules = {rule.field: rule for version in profile.versions for rule in version.rules if rule.operator in ASKS}
    return {
        name: OwnField(
            kind, tuple(rules[name].value) if name in rules and rules[name].operator == "in" else (),
            rules[name].message if name in rules else {},
        )
        for name, kind in profile.own_fields.items()
        if name not in WORKED_OUT
    }  # fmt: skip


def facts(document: Mapping[str, Any], day: date) -> dict[str, Any]:
    """The plain values of a credential's document; what it does not say is left out. Status is that of `day`."""
    language = document["language"]
    said = {name: document.get(name) for name in SAME}
    said |= {name: (document.get(name) or {}).get(language) for name in WORDS}
    said |= {
        SCHEMES[row["scheme"]]: row["code"] for row in document["fields"] if row["scheme"] in SCHEMES
    }  # fmt: skip
    parts = document.get("purpose_parts") or {}
    said |= {
        "status": status_on(document, day),
        "awarding_bodies": [p["number"] for p in document["providers"] if p["role"] == "awarding"],
        "parent_qualification": next(iter(document["part_of"]), None),
        "decision_number": next((d["number"] for d in document["decisions"]), None),
        "decision_in_force": bool(document["decisions"]) or None,
        "purpose_parts": {name: text(words, language) for name, words in parts.items()} or None,
    }
    for derived in (_levels, _workload, _recognition, _fee, _registration, _own):
        said |= dict(derived(document))
    return {name: value for name, value in said.items() if value is not None}


def _levels(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A range or a level still to be set stands in the list of levels; there are those of other frameworks too."""
    rows = document.get("levels") or []
    if any(row.get("pending") for row in rows):
        yield "level_pending", True
    if not document.get("level"):
        ranged = next((row for row in rows if row.get("from") and row.get("to")), None)
        if ranged:
            yield "level", {"from": ranged["from"], "to": ranged["to"]}
    yield "eqf_level", next((row.get("value") for row in rows if row["framework"].lower() == "eqf"), None)
    if national := [row["value"] for row in rows if row.get("value") and row["framework"].lower() != "eqf"]:
        yield "nqf_levels", national
    # How much of it is at level 5 or above, where every component says its level (NZ-21).
    components = document.get("components") or []
    if components and all(number(c.get("level")) is not None for c in components):
        high = [number(c.get("credits")) or Decimal(0) for c in components if number(c["level"]) >= 5]
        yield "credits_at_level_5", sum(high, Decimal(0))


def _workload(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """In ECTS where that was declared, else in hours."""
    if ects := document.get("workload_ects"):
        yield from (("workload", ects), ("workload_unit", "ects"))
    elif hours := document.get("notional_hours"):
        yield from (("workload", hours), ("workload_unit", "hours"))
    yield "volume_of_learning_hours", document.get("notional_hours")


def _recognition(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if basis := document.get("award_basis"):
        yield "rpl_allowed", basis in ("recognition", "both")
    if stackability := document.get("stackability"):
        yield "standalone", stackability == "standalone"


def _fee(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The first fee: rules speak of one."""
    for fee in (document.get("fees") or [])[:1]:
        names = FEES | ({"amount": "fee_per_credit"} if fee.get("per") == "credit" else {})
        yield from ((names[name], said) for name, said in fee.items() if name in names)


def _registration(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """South Africa's words for the first and the last day of registration (ZA-08)."""
    yield "registration_start", document.get("listed_on")
    if (expiring := parse(document.get("expiring_from"))) and expiring > date.min:
        yield "registration_end", (expiring - DAY).isoformat()


def _own(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What this framework alone asks."""
    yield from ((name, said) for name, said in (document.get("framework_facts") or {}).items() if given(said))
