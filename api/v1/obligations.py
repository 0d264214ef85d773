"""What providers must report, as the profile in force says it."""

from typing import Any

from registry.framework.law import Profile


def provider_returns(profile: Profile) -> list[dict[str, Any]]:
    """Each obligation: of whom, after which periods of their financial year, until when, and what is attested."""
    return [
        {
            "code": asked.code, "every_months": asked.months, "due": {"amount": asked.due.amount, "unit": asked.due.unit},
            "since": asked.since.isoformat(), "applies_to": list(asked.applies_to), "dispensed": list(asked.dispensed),
            "figures": list(asked.figures), "label": asked.label, "source": asked.source,
            "contents": [
                {
                    "id": c.id, "document": c.id in asked.documents, "label": c.label, "guidance": c.guidance,
                    "source": c.source,
                }
                for c in asked.contents
            ],
        }
        for asked in profile.provider_returns
    ]  # fmt: skip
