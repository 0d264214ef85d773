"""A public document in the words of a profile's rules: what an entry of the register says, field by field."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.status import status_on

# What a document and the rules call by the same name.
SAME = (
    "kind", "title", "titles", "language", "languages", "learning_outcomes", "level", "credits", "notional_hours",
    "delivery_modes", "review_period_months", "listed_on", "expiring_from", "expiry_end", "last_new_enrolment",
)  # fmt: skip
SCHEMES = {"isced-f-2013": "isced_f", "nzsced": "nzsced"}


def facts(document: Mapping[str, Any], day: date) -> dict[str, Any]:
    """The plain values of a credential's document; what it does not say is left out. Status is that of `day`."""
    language = document["language"]
    said = {name: document.get(name) for name in SAME}
    said |= {name: (document.get(name) or {}).get(language) for name in ("purpose", "assessment", "entry_requirements")}
    said |= {
        SCHEMES[field["scheme"]]: field["code"] for field in document["fields"] if field["scheme"] in SCHEMES
    }  # fmt: skip
    said |= {
        "status": status_on(document, day),
        "awarding_bodies": [p["number"] for p in document["providers"] if p["role"] == "awarding"],
        "parent_qualification": next(iter(document["part_of"]), None),
        "decision_number": next((d["number"] for d in document["decisions"]), None),
    }
    return {name: value for name, value in said.items() if value is not None}
