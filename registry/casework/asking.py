"""Questions as people read them."""

from collections.abc import Iterable

from django.utils.translation import get_language

from registry.casework.guards import criteria_of
from registry.casework.models import Case, RequestItem
from registry.framework.profile import text


def listed(case: Case, items: Iterable[RequestItem]) -> str:
    """Questions as people read them in a letter: each by itself, under its criterion."""
    language = get_language() or "en"
    labels = {criterion.id: text(criterion.label, language) for criterion in criteria_of(case)}
    lines = []
    for item in items:
        name = labels.get(item.criterion, item.criterion)
        lines.append(f"{item.position}. {name} ({item.get_kind_display()}, {item.due_on.isoformat()}): {item.question}")
    return "\n".join(lines)
