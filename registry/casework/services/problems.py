"""Reports of a problem with a public record: received, and put right by another case or refused with a reason.

Nothing is altered by a report: what puts a record right is a correction or an amendment, decided as each is.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.casework import kinds, notices, workflow
from registry.casework.models import Case, Outcome, ProblemReport
from registry.casework.services.common import authority_as_body, logged_when_refused, said
from registry.casework.services.receiving import one_at_a_time, receive_case
from registry.errors import RegisterError
from registry.models import Entry
from registry.people.models import Organisation, User

PROBLEM = "problem_report"
# The same words about the same record within this time are the same report.
SAME_WITHIN = timedelta(days=1)
FIELDS = ("what", "text", "where", "email")

_bodies: list[Callable[[str], Organisation | None]] = []


def find_bodies_by(find: Callable[[str], Organisation | None]) -> None:
    """How the organisation behind a provider's number is found: the app that knows providers says it."""
    _bodies.append(find)


def receive_problem(
    *, number: str, values: Mapping[str, Any], language: str = "en", now: datetime | None = None
) -> str:
    """Take in what a reader reports about a public entry; the reference of its case. Sent again within a day, it gets the
    same one (a double click, a page loaded twice).

    `values`: `what`, `text`, and where they were given `where` and `email`. Raises RegisterError for an entry that is not
    public, and for a report that says nothing.
    """
    now = now or timezone.now()
    told = {name: str(values.get(name) or "") for name in FIELDS}
    said(told["text"], _("Say what is wrong."))
    if told["what"] not in ProblemReport.What.values:
        raise RegisterError(_("Choose what is wrong."))
    with transaction.atomic():
        one_at_a_time(PROBLEM, number, *told.values())
        same = ProblemReport.objects.filter(number=number, case__opened_at__gt=now - SAME_WITHIN, **told)
        if known := same.select_related("case").first():
            return known.case.reference
        entry = Entry.objects.filter(number=number, withdrawn_on=None).first()
        if entry is None:
            raise RegisterError(_("The register has no entry of this number."))
        case = receive_case(kind=PROBLEM, organisation=_body_of(entry), title=f"{number} {entry.title}", now=now)
        ProblemReport.objects.create(case=case, number=number, language=language, **told)
        notices.owe_to_address(
            case, told["email"], name="problem:received", language=language, now=now, number=number
        )  # fmt: skip
        return case.reference


def _body_of(entry: Entry) -> Organisation:
    """The body that answers for an entry: the provider itself, or the first that awards it; else the authority."""
    document = orjson.loads(bytes(entry.document))
    rows = [row for row in document.get("providers") or () if row.get("role") == "awarding"]
    awarding = [row["number"] for row in sorted(rows, key=lambda row: not row.get("lead"))]
    numbers = [entry.number] if entry.kind == Entry.Kind.PROVIDER else awarding
    found = (body for number in numbers for find in _bodies if (body := find(number)))
    return next(found, None) or authority_as_body()


@logged_when_refused
def fix_problem(
    *, case_id: int, by: User, fixed_by: str, reason: str = "", expected_revision: int | None = None,
    now: datetime | None = None,
) -> Case:  # fmt: skip
    """The record has been put right, by the case of this reference: a correction or an amendment of that entry that was
    decided. The reporter is told, with the officer's words where there are any.

    Raises RegisterError for a case that there is not, that is not decided, or that is about another entry.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    report = case.problem_report
    by_case = _putting_right(fixed_by, report.number)
    case.decided_at = now
    details = {"fixed_by": by_case.reference, "reason": reason.strip()}
    workflow.move(case, "fix", by=by, expected_revision=expected_revision, details=details, now=now)
    report.fixed_by = by_case
    return _end(case, report, "problem:fixed", reason, now)


def _putting_right(reference: str, number: str) -> Case:
    found = Case.objects.filter(reference__iexact=reference.strip()).exclude(kind=PROBLEM).first()
    if found is None:
        raise RegisterError(_("There is no such case: give the reference of the correction or the amendment."))
    if found.decided_at is None:
        raise RegisterError(_("%(reference)s has not been decided yet.") % {"reference": found.reference})
    granted = found.decisions.filter(outcome__in=[o for o in Outcome.values if Outcome.grants(o)])
    if found.state != "completed" and not granted.exists():
        raise RegisterError(_("Nothing was changed by %(reference)s.") % {"reference": found.reference})
    entries = kinds.get(found.kind).entries
    if entries is None or number not in entries(found):
        raise RegisterError(_("%(reference)s is not about %(number)s.") % {
            "reference": found.reference, "number": number
        })  # fmt: skip
    return found


@logged_when_refused
def refuse_problem(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """The record stays as it is, for this reason: the reporter reads it."""
    now = now or timezone.now()
    reason = said(reason, _("Say why the record stays as it is."))
    case = workflow.lock(case_id)
    case.decided_at = now
    workflow.move(case, "refuse", by=by, expected_revision=expected_revision, details={"reason": reason}, now=now)
    return _end(case, case.problem_report, "problem:refused", reason, now)


def _end(case: Case, report: ProblemReport, name: str, reason: str, now: datetime) -> Case:
    """Tell the reporter, who is not known any more after that."""
    notices.owe_to_address(
        case, report.email, name=name, language=report.language, now=now, number=report.number, reason=reason.strip()
    )
    report.email = ""
    report.save()
    return case
