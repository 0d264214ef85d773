"""A provider's private record turned into its public document: every public field is named here, once."""

from typing import Any

from providers.models import Provider
from registry.casework.models import Decision, Outcome
from registry.content import bodies
from registry.documents import iso, periods
from registry.framework.values import given


def document(provider: Provider) -> dict[str, Any]:
    """What the register says of this provider. What goes beyond its name and registration is there where it is said."""
    said = {name: provider.details[name] for name in bodies.BY_NAME if given(provider.details.get(name))}
    return {
        "number": provider.number,
        "kind": "provider",
        "title": provider.title,
        "language": provider.language,
        "titles": provider.titles or {provider.language: provider.title},
        "alternative_titles": [{"language": provider.language, "text": name} for name in provider.other_names],
        "type": provider.type,
        "website": provider.website or None,
        "country": provider.country,
        "region": provider.region or None,
        "may_deliver": provider.may_deliver,
        "registered_on": iso(provider.registered_on),
        "ended_on": iso(provider.ended_on),
        "ended_as": provider.ended_as,
        "unverified": provider.unverified,
        "suspensions": periods(provider.suspensions),
        "former_names": provider.former_names,
        "decisions": provider.decisions,
        "identifiers": [{"scheme": provider.source, "value": provider.source_id}] if provider.source else [],
        "source": {
            "name": provider.source,
            "id": provider.source_id,
            "url": provider.source_url,
            "facts": provider.source_facts,
        }
        if provider.source
        else None,
        "gaps": list(provider.gaps),
        **said,
    }


def decided(decision: Decision) -> dict[str, Any]:
    """How a provider's public record names the decision by which it says something.

    The conditions of a registration are between the body and the authority: they stay with the case, and the record does
    not tell either that there are some (section 1.12 of the domain specification).
    """
    outcome = Outcome.APPROVED if Outcome.grants(decision.outcome) else decision.outcome
    return {
        "number": decision.number, "matter": decision.matter, "outcome": str(outcome),
        "date": decision.effective_on.isoformat(),
    }  # fmt: skip
