"""The duplicate check of a case: which entries its draft is like, kept as evidence of what was known on that day.

The search index answers, and nothing waits for it: a case is submitted where this host has none, and an officer asks
again later. The check says what to read; whether something is a duplicate, people judge.
"""

import logging
from datetime import datetime

from registry.casework import kinds
from registry.casework.models import Case, DuplicateCheck
from registry.framework import current
from registry.people.models import User
from registry.search import query, similar

log = logging.getLogger(__name__)


def look(case: Case, *, now: datetime | None = None) -> list[similar.Match] | None:
    """What the case's draft is like today, the most alike first; None where nothing can be compared with it.

    Raises query.SearchUnavailable where this host has no index.
    """
    alike = kinds.get(case.kind).alike
    return alike(case, current.today(now)) if alike else None


def keep(
    case: Case, found: list[similar.Match], *, now: datetime, by: User | None = None, role: str = ""
) -> DuplicateCheck:
    """Put what was found beside the case, as it was on that day."""
    return DuplicateCheck.objects.create(
        case=case, matches=[match.record() for match in found], serial=query.applied_serial(), shown_from=similar.SHOWN,
        checked_by=by, role=role, recorded_at=now,
    )  # fmt: skip


def keep_on_submission(case: Case, *, now: datetime) -> None:
    """The check that goes with a submission, in its transaction; without an index it is left to an officer."""
    try:
        found = look(case, now=now)
        if found is not None:
            keep(case, found, now=now)
    except query.SearchUnavailable as away:
        log.warning("%s was submitted without a duplicate check: %s", case.reference, away)
