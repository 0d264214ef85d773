"""What the rules of a profile see of an application."""

from typing import Any

from django.db.models import Count
from django.utils.translation import get_language

from credentials.models import Application
from registry.casework import services as desk
from registry.casework.models import Judgement
from registry.errors import Violation
from registry.framework.rules import check
from registry.models import Case

# What the form does not ask, the evaluator attests by judging a criterion met: field, and criterion.
ATTESTED_BY = {"unmet_need": "need", "capacity": "capability"}


def facts(application: Application) -> dict[str, Any]:
    """The plain values that a profile's rules speak of, by the names that they use."""
    revision = application.revision
    evidence = application.case.evidence.filter(removed_at=None).values("criterion").annotate(count=Count("id"))
    language = revision.language
    return {
        "title": revision.title,
        "titles": revision.titles,
        "language": language,
        "languages": revision.languages,
        "purpose": revision.purpose.get(language, ""),
        "learning_outcomes": revision.learning_outcomes,
        "level": revision.level,
        "credits": revision.credits,
        "notional_hours": revision.notional_hours,
        "delivery_modes": revision.delivery_modes,
        "assessment": revision.assessment.get(language, ""),
        "need_statement": application.need_statement,
        "duplication_statement": application.duplication_statement,
        **_attested(application.case),
        **{f"evidence:{row['criterion']}": row["count"] for row in evidence},
    }


def _attested(case: Case) -> dict[str, Any]:
    """Who attested what: the latest judgement on a criterion counts, and only where it is met."""
    latest = {j.criterion: j for j in case.judgements.filter(criterion__in=ATTESTED_BY.values())}
    return {
        field: {"by": str(latest[criterion].judged_by_id), "answer": latest[criterion].reason}
        for field, criterion in ATTESTED_BY.items()
        if criterion in latest and latest[criterion].verdict == Judgement.Verdict.MET
    }


def violations(case: Case, stage: str) -> list[Violation]:
    """The rules of the case's law that its application breaks at this stage."""
    application = case.application
    return check(
        facts(application),
        kind=application.revision.credential.kind,
        stage=stage,
        version=desk.version_of(case),
        language=get_language() or "en",
    )
