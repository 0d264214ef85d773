"""What the applicant still owes to a case, and until when."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import get_language

from registry.casework import clock
from registry.casework.guards import criteria_of, unanswered_items
from registry.casework.models import Case, RequestItem
from registry.framework.profile import text


def lapses_after(case: Case) -> date | None:
    """The last day on which what the case depends on may still come in; None where nothing is missing."""
    if case.state == "returned":
        return case.answer_by and clock.deadline(case, "information_request_grace", case.answer_by)
    return max((item.request.lapses_after for item in unanswered_items(case)), default=None)


def listed(case: Case, items: Iterable[RequestItem]) -> str:
    """Questions as people read them in a letter: each by itself, under its criterion."""
    language = get_language() or "en"
    labels = {criterion.id: text(criterion.label, language) for criterion in criteria_of(case)}
    lines = []
    for item in items:
        name = labels.get(item.criterion, item.criterion)
        lines.append(f"{item.position}. {name} ({item.get_kind_display()}, {item.due_on.isoformat()}): {item.question}")
    return "\n".join(lines)
