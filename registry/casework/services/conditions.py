"""The conditions of an approval, as officers write them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from registry.casework.models import Outcome
from registry.errors import RegisterError

# What an accreditation's public document holds of a condition, and the column of its owner.
LONGEST, LONGEST_OWNER = 2_000, 200


def read_conditions(conditions: Sequence[Mapping[str, Any]], outcome: str) -> list[dict[str, str]]:
    """Conditions as they are kept: text, owner, and `due_on` as a date in ISO 8601.

    Raises RegisterError for one without a text, an owner or a day, for an approval with conditions that has none, and
    for conditions on any other outcome.
    """
    read = [_read(position, row) for position, row in enumerate(conditions, start=1)]
    if read and outcome != Outcome.APPROVED_WITH_CONDITIONS:
        raise RegisterError(_("Only an approval with conditions has conditions."))
    if outcome == Outcome.APPROVED_WITH_CONDITIONS and not read:
        raise RegisterError(_("Write the conditions: each with who must see to it, and by when."))
    return read


def _read(position: int, row: Mapping[str, Any]) -> dict[str, str]:
    text, owner, due_on = str(row.get("text") or "").strip(), str(row.get("owner") or "").strip(), row.get("due_on")
    if not (text and owner and due_on):
        raise RegisterError(
            _("Condition %(position)d needs a text, who must see to it, and a day.") % {"position": position}
        )
    if len(text) > LONGEST or len(owner) > LONGEST_OWNER:
        raise RegisterError(
            _("Condition %(position)d: at most %(text)d characters, and %(owner)d for who must see to it.")
            % {"position": position, "text": LONGEST, "owner": LONGEST_OWNER}
        )
    try:
        day = due_on if isinstance(due_on, date) else date.fromisoformat(str(due_on))
    except ValueError:
        raise RegisterError(
            _("Condition %(position)d: write a date such as 2026-01-31.") % {"position": position}
        ) from None
    return {"text": text, "owner": owner, "due_on": day.isoformat()}
