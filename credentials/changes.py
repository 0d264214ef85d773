"""A change that a provider proposes: what is decided of it, and what is asked of it (domain 1.8 and 4.7)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from credentials import lifecycle, proposals, rules
from registry.errors import Violation
from registry.models import Case


def matters_of(case: Case) -> Mapping[str, Any]:
    """What the change touches: always what is listed, and the approved content where that alters or ends."""
    touched = ("listing", "approval") if proposals.touches_content(case.amendment) else ("listing",)
    return {matter: lifecycle.CHANGE_MATTERS[matter] for matter in touched}


def step(case: Case, name: str) -> str:
    """An approval of what nobody has evaluated is its acceptance (Type 1): the guard of that lets nothing else pass."""
    return "accept" if name == "approve" and case.state == "submitted" else name


def violations(case: Case, stage: str) -> list[Violation]:
    """The rules that what alters breaks, and what a change of its category must say."""
    return [*rules.violations(case, stage), *_unsaid(case)]


def _unsaid(case: Case) -> Iterator[Violation]:
    amendment = case.amendment
    for field, problem in proposals.problems(amendment):
        yield Violation(f"REG-{field}", field, problem, source=rules.OWN)
    if proposals.teach_out_is_missing(amendment):
        message = _("Give the plan by which those who have started are taught to the end.")
        yield Violation("REG-teach_out", "teach_out", message, source=rules.OWN)
