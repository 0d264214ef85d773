"""A provider's private record turned into its public document: every public field is named here, once."""

from typing import Any

from providers.models import Provider
from registry.content import bodies
from registry.documents import iso, periods
from registry.framework.values import given


def document(provider: Provider, *, decisions: list[dict[str, Any]] | None = None) -> dict[str, Any]:
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
        "decisions": decisions or [],
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
