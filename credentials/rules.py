"""What the rules of a profile see of an application."""

from typing import Any

from django.db.models import Count
from django.utils.translation import get_language

from credentials.models import Application
from registry.casework import services as desk
from registry.errors import Violation
from registry.framework.rules import check
from registry.models import Case


def facts(application: Application) -> dict[str, Any]:
    """The plain values that a profile's rules speak of, by the names that they use."""
    revision = application.revision
    evidence = application.case.evidence.filter(removed_at=None).values("criterion").annotate(count=Count("id"))
    language = revision.language
    return {
        "title": revision.title,
        "purpose": revision.purpose.get(language, ""),
        "learning_outcomes": revision.learning_outcomes,
        "level": revision.level,
        "credits": revision.credits,
        "assessment": revision.assessment.get(language, ""),
        "need_statement": application.need_statement,
        "duplication_statement": application.duplication_statement,
        **{f"evidence:{row['criterion']}": row["count"] for row in evidence},
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
