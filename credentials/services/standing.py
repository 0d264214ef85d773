"""What is public of how an entry or an accreditation stands, brought up to date: its days alter, and its content does not."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from credentials import delivering, publishing
from credentials.models import Accreditation, Credential, Revision
from registry import journal
from registry.casework.models import Decision
from registry.documents import iso
from registry.errors import Conflict
from registry.status import DAY


def public(decision: Decision) -> dict[str, Any]:
    """A decision as public documents name it."""
    return {
        "number": decision.number, "matter": decision.matter, "outcome": decision.outcome,
        "date": decision.effective_on.isoformat(),
    }  # fmt: skip


def publish_entry(
    credential: Credential, *, on: date, reference: str, reason: str, now: datetime, content: Revision | None = None
) -> int:
    """Keep and publish what the record of an entry says now: a further revision with the content that it has, unless it
    is given that of another revision.

    `reference` is the number of the decision. Returns the number of the revision.
    """
    kept = (content or credential.revisions.latest_public()).copied(effective_from=on)
    published = journal.publish(
        publishing.credential_document(credential, kept), effective_from=on, decision_number=reference, reason=reason,
        now=now,
    )  # fmt: skip
    credential.save()
    if published.serial is not None:
        kept.number = published.revision
        kept.save()
    return published.revision


def publish_accreditation(
    accreditation: Accreditation, *, on: date, reference: str, reason: str, now: datetime,
    decisions: Sequence[Decision] = (),
) -> None:  # fmt: skip
    """Keep and publish what the record of an accreditation says now, with the decisions that it had, and these."""
    shown = delivering.document_of(accreditation.number)
    if shown is None:
        raise Conflict(_("%(number)s is not on the register any more.") % {"number": accreditation.number})
    known = shown["decisions"]
    document = publishing.accreditation_document(accreditation, decisions=[*known, *map(public, decisions)])
    journal.publish(document, effective_from=on, decision_number=reference, reason=reason, now=now)
    accreditation.save()


# -- suspensions, of either --------------------------------------------------------------------------------------------


def period(first: date, until: date | None) -> DateRange:
    """Days as PostgreSQL writes them: the upper bound is the day after the last one."""
    return DateRange(first, until + DAY if until else None, "[)")


def overlapping(suspensions: Sequence[DateRange], asked: DateRange) -> DateRange | None:
    """A suspension that shares a day with another one; None where there is none."""
    return next(
        (
            s
            for s in suspensions
            if (asked.upper is None or s.lower < asked.upper) and (s.upper is None or asked.lower < s.upper)
        ),
        None,
    )


def free(suspensions: Sequence[DateRange], asked: DateRange) -> list[DateRange]:
    """The parts of a period on which nothing is suspended, in their order."""
    parts = [asked]
    for suspended in suspensions:
        parts = [left for part in parts for left in _without(part, suspended)]
    return parts


def _without(part: DateRange, taken: DateRange) -> list[DateRange]:
    if not overlapping([taken], part):
        return [part]
    left = [DateRange(part.lower, taken.lower, "[)")] if part.lower < taken.lower else []
    if taken.upper and (part.upper is None or taken.upper < part.upper):
        left.append(DateRange(taken.upper, part.upper, "[)"))
    return left


def suspend(record: Credential | Accreditation, asked: DateRange, notes: Mapping[str, Any] | None = None) -> None:
    """Suspend from the first day of a period to its last one. `notes`: what is public of it beside, of an entry."""
    record.suspensions = sorted([*record.suspensions, asked], key=lambda s: s.lower)
    if notes:
        row = {"from": iso(asked.lower), **notes}
        record.suspension_notes = [n for n in record.suspension_notes if n["from"] != row["from"]] + [row]


def lift(record: Credential | Accreditation, since: date, on: date) -> None:
    """End the suspension that began on a day: its last day is the one before `on`. One that never took effect is gone."""
    record.suspensions = [
        s if s.lower != since else DateRange(since, min(on, s.upper or on), "[)")
        for s in record.suspensions
        if s.lower != since or on > since
    ]
    if isinstance(record, Credential):
        kept = {iso(s.lower) for s in record.suspensions}
        record.suspension_notes = [note for note in record.suspension_notes if note["from"] in kept]
