"""What is done about a report that is asked for by a day (R2 to R8 of section 4.6 of the domain specification): more time,
a formal notice, going on without it; and what the clock tells people. That a report is late alters no status."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.casework import kinds, notices, reporting, workflow
from registry.casework.models import Case
from registry.casework.services.common import logged_when_refused, said, version_of
from registry.errors import RegisterError
from registry.framework import current
from registry.framework.calendar import DAY, is_working_day, rolled, strictly
from registry.people.models import User


@logged_when_refused
def extend(
    *, case_id: int, by: User, until: date | None, reason: str, expected_revision: int | None = None,
    now: datetime | None = None,
) -> Case:  # fmt: skip
    """Give the body until a later day, which is told to it; the day on which the report fell due first is kept (R8).

    Raises RegisterError for a day that is no later, lies beyond the longest extension, or on which nobody works;
    NotAllowed once the day has passed.
    """
    reason = said(reason, _("Say why more time is given."))
    case = workflow.lock(case_id)
    workflow.check_state(case, kinds.get(case.kind).transition("extend"))
    if until is None:
        raise RegisterError(_("Give the new day."))
    before, last = case.answer_by, latest_day(case)
    if before is None or until <= before:
        raise RegisterError(_("The new day is later than the one that holds now."))
    if until > last:
        raise RegisterError(_("More time is given until %(day)s at most.") % {"day": last.isoformat()})
    calendar = current.profile().calendar
    if calendar.rolls and not is_working_day(until, calendar):
        raise RegisterError(_("Choose a working day: %(day)s is the next one.") % {
            "day": rolled(until, calendar).isoformat()
        })  # fmt: skip
    details = {"until": until.isoformat(), "due_on": before.isoformat(), "reason": reason}
    workflow.move(case, "extend", by=by, expected_revision=expected_revision, details=details, now=now)
    case.answer_by = case.report_by = until
    case.told_late = 0
    case.save(update_fields=["answer_by", "report_by", "told_late"])
    return case


def first_day(case: Case) -> date | None:
    """The day by which the report was due before more time was given."""
    event = case.events.filter(name="case:extend").order_by("position").first()
    return date.fromisoformat(event.details["due_on"]) if event else case.answer_by


def latest_day(case: Case) -> date:
    """The last day to which the report can be put off."""
    first = first_day(case)
    most = current.version_on(first).deadlines["review_extension"]
    return rolled(strictly(first, most), current.profile().calendar)


@logged_when_refused
def demand(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Give the body formal notice that its report is late, and say what is asked of it (R4).

    Raises NotAllowed before it is late enough.
    """
    details = {"reason": said(reason, _("Say what is asked of the body, and by when."))}
    case = workflow.lock(case_id)
    return workflow.move(case, "demand", by=by, expected_revision=expected_revision, details=details, now=now)


@logged_when_refused
def go_without(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Go on without the report, so that people can decide what becomes of what was to be reported on (R5).

    Raises NotAllowed before it is late enough.
    """
    details = {"reason": said(reason, _("Say why it goes on without the report."))}
    case = workflow.lock(case_id)
    case.profile = case.profile or version_of(case).id
    kind = kinds.get(case.kind)
    case.level = (kind.level(case) if kind.level else None) or ""
    workflow.move(case, "go_without", by=by, expected_revision=expected_revision, details=details, now=now)
    case.answer_by = None
    case.save(update_fields=["answer_by"])
    return case


@logged_when_refused
def close_report(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Close it without a decision, because there is nothing to report on any more; the body reads the reason."""
    details = {"reason": said(reason, _("Say why it is closed."))}
    case = workflow.lock(case_id)
    case.answer_by = None
    return workflow.move(case, "close_report", by=by, expected_revision=expected_revision, details=details, now=now)


# -- what the clock does -------------------------------------------------------------------------------------------------


def remind_of_reports(day: date, *, now: datetime | None = None) -> int:
    """Remind those who must report, so many days before and after its day as the profile says; how many notices.

    A daily step: whatever days it has missed, each body is owed the last reminder that has come due, once.
    """
    now, owed = now or timezone.now(), 0
    before = current.profile().reviews.reminders
    if not before:
        return 0
    asked = notices.with_members(_asked_for()).filter(
        answer_by__gte=day + min(before) * DAY - 7 * DAY, answer_by__lte=day + max(before) * DAY
    )
    due = {}
    for case in asked.order_by("answer_by", "pk"):
        left = (case.answer_by - day).days
        # On the day after, and a month and three months later, `escalate_reports` tells people.
        name = min((n for n in before if left <= n and (left >= 0) == (n >= 0)), default=None)
        if name is not None:
            due[f"report:{case.pk}:{case.answer_by}:{name}"] = (
                case,
                "report_due" if left >= 0 else "report_still_overdue",
            )
    told = notices.owed_already((case.pk for case, _ in due.values()), due)
    for key, (case, text) in due.items():
        if key not in told and not reporting.is_moot(case, day):
            with transaction.atomic():
                owed += len(notices.owe(case, notices.members(case), name=text, key=key, now=now, **_days(case, day)))
    return owed


def escalate_reports(day: date, *, now: datetime | None = None) -> int:
    """Tell people of reports that have become late, level by level; how many levels were told of. The clock does no more.

    A daily step: found by the level that people were told of last, so that what has been late for years is not read each
    day. Of each level people are told once, also of one that was passed while nothing ran.
    """
    now, told = now or timezone.now(), 0
    for key in list(_late(day).order_by("answer_by", "pk").values_list("pk", flat=True)):
        with transaction.atomic():
            case = workflow.lock(key)
            level = reporting.level_on(case, day)
            for each in range(case.told_late + 1, level + 1):
                _tell(case, each, day, now)
                told += 1
            if level > case.told_late:
                case.told_late = level
                case.save(update_fields=["told_late"])
    return told


def _asked_for() -> QuerySet[Case]:
    return Case.objects.filter(kind__in=kinds.asked_for(), state__in=reporting.ASKED).select_related("organisation")


def _late(day: date) -> QuerySet[Case]:
    """Those that are late and may have become later than people know: by the shortest time to each level."""
    version = current.version_on(day)
    first = [DAY, *(version.deadlines[name] for name in reporting.LEVELS)]
    later = Q(pk__in=[])
    for told, after in enumerate(first):
        # A day earlier than any month could make it: which level it is, `reporting.level_on` says.
        days = after.days if told == 0 else {"months": 28}.get(after.unit, 1) * after.amount
        later |= Q(told_late=told, answer_by__lte=day - days * DAY)
    return _asked_for().filter(later)


def _tell(case: Case, level: int, day: date, now: datetime) -> None:
    """R3: the body and the review officers; R4: these, for a formal notice; R5: the decision makers."""
    said = _days(case, day)
    key = f"report:{case.pk}:{case.answer_by}:late:{level}"
    if level == 1:
        notices.owe(case, notices.members(case), name="report_overdue", key=key, now=now, **said)
    people = notices.deciders(case) if level == 3 else notices.reviewers(case)
    notices.owe(case, people, name=f"report_late_{level}", key=f"{key}:staff", now=now, **said)


def _days(case: Case, day: date) -> dict[str, str]:
    return {"due_on": case.answer_by.isoformat(), "late": str(max(0, (day - case.answer_by).days))}
