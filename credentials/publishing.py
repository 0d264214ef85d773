"""Private records turned into public documents: every public field is named here, once."""

from decimal import Decimal
from typing import Any

from credentials.models import Accreditation, Credential, Revision
from registry.documents import iso, periods
from registry.framework import values
from registry.framework.values import given


def credential_document(credential: Credential, revision: Revision) -> dict[str, Any]:
    """What the register says of a credential with this content. What it names is public: entries are named by number.

    What the field dictionary has beyond a register's minimum is there where something is said of it, and else left out.
    """
    stacking = revision.details.get("stacking") or []
    document = {
        "number": credential.number,
        "kind": credential.kind,
        "title": revision.title,
        "language": revision.language,
        "titles": revision.titles or {revision.language: revision.title},
        "alternative_titles": revision.alternative_titles,
        "purpose": revision.purpose or None,
        "learning_outcomes": [
            {"number": n, **outcome} for n, outcome in enumerate(revision.learning_outcomes, start=1)
        ],
        "level": revision.level,
        "level_native": revision.level_native,
        "credits": plain(revision.credits),
        "notional_hours": plain(revision.notional_hours),
        "fields": revision.fields,
        "languages": revision.languages,
        "delivery_modes": revision.delivery_modes,
        "assessment": revision.assessment or None,
        "entry_requirements": revision.entry_requirements or None,
        "providers": parties(credential),
        "part_of": _linked(stacking, "part_of"),
        "counts_towards": _linked(stacking, "counts_towards"),
        "listed_on": iso(credential.listed_on),
        "last_new_enrolment": iso(credential.last_new_enrolment),
        "expiring_from": iso(credential.expiring_from),
        "expiry_end": iso(credential.expiry_end),
        "closed_undated": credential.closed_undated,
        "suspensions": _suspensions(credential),
        "review_period_months": credential.review_period_months,
        "review_due": iso(credential.review_due),
        "decisions": credential.decisions,
        "identifiers": ([{"scheme": credential.source, "value": credential.source_id}] if credential.source else [])
        + credential.identifiers,
        "source": {
            "name": credential.source,
            "id": credential.source_id,
            "url": credential.source_url,
            "facts": credential.source_facts,
        }
        if credential.source
        else None,
        "gaps": list(credential.gaps),
    }
    more = {
        "effective_from": iso(revision.effective_from), "last_award": iso(credential.last_award),
        "replaces": credential.replaces, "replaced_by": credential.replaced_by,
        "transition": credential.transition, "reconsiderations": credential.reconsiderations,
        "last_review": credential.last_review,
        **revision.details, "stacking": stacking if says_more(stacking) else None,
    }  # fmt: skip
    return document | {name: value for name, value in more.items() if given(value)}


def _suspensions(credential: Credential) -> list[dict[str, Any]]:
    """When it is or was suspended, with what the public is told of it, and what learners should do."""
    notes = {note["from"]: note for note in credential.suspension_notes}
    return [notes.get(period["from"], {}) | period for period in periods(credential.suspensions)]


def _linked(stacking: list[dict[str, Any]], relation: str) -> list[str]:
    return [link["number"] for link in stacking if link["relation"] == relation]


def says_more(stacking: list[dict[str, Any]]) -> bool:
    """Whether links say more than the two lists of numbers that every document has."""
    plainly = [
        {"relation": name, "number": n} for name in ("part_of", "counts_towards") for n in _linked(stacking, name)
    ]
    return stacking != plainly


def accreditation_document(
    accreditation: Accreditation, *, decisions: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """What the register says of a provider's accreditation. Both its parties are public already."""
    more = {
        "conditions": accreditation.conditions, "jointly_with": accreditation.jointly_with,
        "reconsiderations": accreditation.reconsiderations, "last_review": accreditation.last_review,
    }  # fmt: skip
    return {
        "number": accreditation.number,
        "kind": "accreditation",
        "credential": accreditation.credential.number,
        "provider": accreditation.provider.number,
        "accredited_from": iso(accreditation.accredited_from),
        "accredited_until": iso(accreditation.accredited_until),
        "withdrawn_on": iso(accreditation.withdrawn_on),
        "suspensions": periods(accreditation.suspensions),
        "sites": accreditation.sites,
        "delivery_modes": accreditation.delivery_modes,
        "languages": accreditation.languages,
        "decisions": decisions or [],
        "identifiers": [],
        "source": None,
        "gaps": [],
        **{name: said for name, said in more.items() if said},
    }


def plain(value: Decimal | None) -> str | None:
    """An exact decimal as people write it: `15`, `2.5`; never a float."""
    return None if value is None else values.plain(Decimal(value))


def parties(credential: Credential) -> list[dict[str, Any]]:
    """Who awards it, the lead first, who developed it, and who else is named with a role and days."""
    parties = []
    if credential.awarding_body:
        parties.append({"number": credential.awarding_body.number, "role": "awarding", "lead": True})
    parties += [{"number": number, "role": "awarding", "lead": False} for number in credential.joint_awarding_bodies]
    if credential.developer:
        parties.append({"number": credential.developer.number, "role": "developer", "lead": False})
    parties += [{"lead": False, **partner} for partner in credential.partners]
    return parties
