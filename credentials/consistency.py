"""A consistency review of a full qualification (domain 1.10): what is decided at each of its stages, which providers are
rated, and what may follow of it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from credentials import lifecycle_consistency as lifecycle
from credentials.lifecycle_sanctions import SANCTION
from credentials.models import Accreditation, ConsistencyPart
from registry.framework import current
from registry.framework.law import Criterion
from registry.models import Case

# The criterion of a provider that is rated once more: its accreditation's number after this.
AGAIN = "again-"


def matters_of(case: Case) -> Mapping[str, Any]:
    """What is decided now: a report is interim at first where a provider was not found sufficient, and else final."""
    review = case.consistency_review
    interim = not review.has_interim and review.parts.not_sufficient().exists()
    name = "interim" if interim else "final"
    return {name: lifecycle.MATTERS[name]}


def step(case: Case, name: str) -> str:
    """Which transition a decision is at this stage: what is not sufficient at first makes the report interim."""
    return "decide_interim" if name == "decline" and not case.consistency_review.has_interim else name


def criteria(case: Case) -> list[Criterion]:
    """Whom the reviewers rate now: each provider that took part and has graduates enough; once the report is interim, each
    that was not sufficient."""
    review = case.consistency_review
    again = review.has_interim
    parts = review.parts.interim_not_sufficient() if again else review.parts.to_rate()
    return [_criterion(part, again=again) for part in parts.in_order()]


def _criterion(part: ConsistencyPart, *, again: bool) -> Criterion:
    language = current.profile().languages[0]
    said = part.improvements if again and part.case.state != "returned" else part.self_assessment
    return Criterion(
        id=f"{AGAIN if again else ''}{part.accreditation.number}", stage="evaluation",
        matter="final" if again else "interim", label={language: name_of(part.accreditation)}, guidance={language: said},
        source="",
    )  # fmt: skip


def self_assessed(case: Case) -> list[Criterion]:
    """What a provider's files show."""
    review = case.consistency_part.review
    return [
        Criterion(
            id="self_assessment", stage="evaluation", matter="final", label=current.version_on(current.today()).sentences[
                "consistency_evidence"], guidance=review.question, source="",
        )
    ]  # fmt: skip


def name_of(accreditation: Accreditation) -> str:
    return f"{accreditation.number} {accreditation.provider.title}"


def part_of(case: Case, criterion: str) -> ConsistencyPart:
    """The part of the provider that a criterion of the review is about."""
    return case.consistency_review.parts.get(accreditation__number=criterion.removeprefix(AGAIN))


def onward(case: Case) -> list[tuple[str, str]]:
    """What may be begun about each accreditation whose delivery is not sufficient at the end, or whose provider took no
    part: taking part is needed to keep it. Nothing follows by itself."""
    if case.state not in ("approved", "declined"):
        return []
    parts = case.consistency_review.parts
    held = Accreditation.objects.present(current.today())
    found = held.filter(consistency_parts__in=parts.not_sufficient()) | held.filter(
        consistency_parts__in=parts.filter(took_part=False)
    )
    return [(SANCTION, number) for number in found.distinct().order_by("number").values_list("number", flat=True)]


def ends_with(case: Case) -> str:
    """What a letter says in the place of a reconsideration."""
    return _(
        "A report decides nothing about an accreditation. What the authority decides because of it is decided apart, after "
        "its provider was heard, and may be looked at again."
    )
