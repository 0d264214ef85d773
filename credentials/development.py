"""Full qualifications in two stages: the approval to develop one, and then its listing and approval (domain 1.11).

The first stage asks whether it is needed, distinct, and developed with those whom it concerns. Only then does the
applicant write the content, under the same reference.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from credentials import lifecycle, rules
from registry.casework import services as desk
from registry.casework.models import Outcome
from registry.errors import Violation
from registry.models import Case

# Which transition a decision is while the development is what is decided.
FIRST_STAGE = {
    "approve": "approve_development",
    "approve_with_conditions": "approve_development",
    "confirm": "confirm_development",
    "confirm_with_conditions": "confirm_development",
}


def is_approved(case: Case) -> bool:
    """Whether the development has been approved: what is decided from then on is the second stage."""
    return any(Outcome.grants(d.outcome) for d in case.decisions.filter(matter="development"))


def matters_of(case: Case) -> Mapping[str, Any]:
    """What is decided at the stage that the case has reached."""
    decided_now = ("listing", "approval") if is_approved(case) else ("development",)
    return {matter: lifecycle.QUALIFICATION_MATTERS[matter] for matter in decided_now}


def step(case: Case, name: str) -> str:
    """Which transition a decision is at this stage."""
    return name if is_approved(case) else FIRST_STAGE.get(name, name)


def violations(case: Case, stage: str) -> list[Violation]:
    """What is asked at the stage of the case: of the first one its own few things, of the second one all rules."""
    first = not is_approved(case)
    found = _missing(case) if first else rules.violations(case, stage)
    return found + list(_not_in_two_stages(case))


def _missing(case: Case) -> list[Violation]:
    application = case.application
    revision, stages = application.revision, desk.version_of(case).two_stages
    said = [
        ("title", revision.title, _("Give the qualification a title.")),
        ("level", revision.level, _("Choose its level.")),
        ("purpose", revision.purpose, _("Say what it is for.")),
        ("need_statement", application.need_statement, _("Say who needs this qualification and how you know.")),
        ("duplication_statement", application.duplication_statement,
         _("Name the qualifications that you compared, and say why none of them can be changed instead.")),
        ("stakeholder_statement", application.stakeholder_statement,
         _("Name those who have a stake in it, and say how they take part.")),
    ]  # fmt: skip
    source = stages.source if stages else ""
    return [
        Violation(f"STAGE1-{field}", field, message, source=source)
        for field, value, message in said
        if not (value.strip() if isinstance(value, str) else value)
    ]


def _not_in_two_stages(case: Case):
    revision = case.application.revision
    if revision.level and not desk.version_of(case).in_two_stages(revision.credential.kind, revision.level):
        message = _("The law has one stage for it: apply for listing and approval at once.")
        yield Violation("REG-one-stage", "level", message, source=rules.OWN)
