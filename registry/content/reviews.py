"""What a public document says of its reviews: when the next one is due, how the last one ended, and what it is subject to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.framework import current
from registry.status import parse, status_on

# What the outcomes of a review are called; the last two are those of a consistency review (domain 1.10).
OUTCOMES: dict[str, Any] = {
    "approved": _("continue"),
    "approved_with_conditions": _("continue, with conditions"),
    "change_required": _("require a change"),
    "declined": _("do not continue"),
    "sufficient": _("sufficient"),
    "not_sufficient": _("not sufficient"),
}


def shown(document: Mapping[str, Any], day: date) -> dict[str, Any]:
    """What is told on a day: `due`, the day of the next review, of what goes on; whether that is `overdue`, where the
    profile lets it be told; `last`, its outcome in words with its day and decision; and the `conditions` in force."""
    due = parse(document.get("review_due")) if _goes_on(document, day) else None
    last = document.get("last_review") or {}
    return {
        "due": due,
        "overdue": due is not None and due < day and current.profile().reviews.shown_as_overdue,
        "last": {**last, "words": OUTCOMES.get(last.get("outcome"), last.get("outcome", ""))} if last else None,
        "conditions": [row for row in last.get("conditions") or () if not row.get("met_on")],
    }


def _goes_on(document: Mapping[str, Any], day: date) -> bool:
    return status_on(document, day) in ("current", "suspended")
