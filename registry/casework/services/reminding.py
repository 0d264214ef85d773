"""Conditions of approvals: what the clock tells of them. It never does more than that (edge case 46)."""

from datetime import date, datetime

from django.utils import timezone

from registry.casework import clock, notices
from registry.casework.models import Condition
from registry.framework import current

# So many working days before a condition is due, the applicant is reminded of it.
REMIND_BEFORE = 10


def remind_of_conditions(day: date, *, now: datetime | None = None) -> int:
    """Remind applicants of conditions that fall due, and tell registrars of those that are overdue; how many notices.

    A daily step: each notice is owed once, however often this runs. Nothing follows by itself: whether
    the approval stands, people decide (edge case 46).
    """
    now, owed = now or timezone.now(), 0
    last = clock.shift(day, REMIND_BEFORE, current.profile().calendar)
    unmet = Condition.objects.filter(met=None, due_on__lte=last).select_related("decision__case__organisation")
    due = {}
    for condition in unmet.order_by("due_on", "pk"):
        overdue = condition.due_on < day
        due[f"condition:{condition.pk}:{'overdue' if overdue else 'due'}"] = condition, overdue
    # One that nobody ever meets stays overdue for years: what people were told of is not told again, nor asked each day.
    told = notices.owed_already((condition.decision.case_id for condition, _ in due.values()), due)
    for key, (condition, overdue) in due.items():
        if key in told:
            continue
        case = condition.decision.case
        owed += len(
            notices.owe(
                case, notices.registrars(case) if overdue else notices.members(case),
                name="condition_overdue" if overdue else "condition_due", key=key, now=now,
                due_on=condition.due_on.isoformat(), condition=condition.text,
            )
        )  # fmt: skip
    return owed
