"""The tables of what is decided of many entries at once: their re-registration, and the spread of their first reviews (edge
cases 34 and 42)."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.casework import lifecycle
from registry.models import Case, User

# The names of the kinds, as cases carry them.
REREGISTRATION, SPREAD = "bulk_reregistration", "review_spread"
STATES = lifecycle.PREPARED_STATES
REREGISTRATION_MATTERS = {"reregistration": gettext_lazy("re-registration of many entries")}
SPREAD_MATTERS = {"spread": gettext_lazy("spread of first reviews")}


def in_time(case: Case, by: User | None, today: date) -> str | None:
    """Entries are registered for a further term that has not begun to end yet."""
    ends = case.reregistration.expiring_from
    if ends is None or ends > today:
        return None
    return _("Their registration would end on %(day)s: choose a later day.") % {"day": ends.isoformat()}


def nothing_opens_before(case: Case, by: User | None, today: date) -> str | None:
    """Whoever reports has the whole time in which a review is open."""
    first = case.review_spread.opens_from
    if first is None or first >= today:
        return None
    said = {"day": first.isoformat()}
    return _("The first reviews would have opened on %(day)s: choose a later day, and look at the plan again.") % said


REREGISTRATION_TRANSITIONS = lifecycle.prepared((in_time,), (in_time,))
SPREAD_TRANSITIONS = lifecycle.prepared((nothing_opens_before,), (nothing_opens_before,))
