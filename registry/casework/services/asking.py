"""Information requests: asked item by item, answered item by item, reminded of, and lapsed by a person alone."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.casework import asking, clock, kinds, notices, workflow
from registry.casework.guards import criteria_of, lapses_after, paused
from registry.casework.models import Answer, Case, InformationRequest, RequestItem
from registry.casework.services.common import check_criterion, logged_when_refused, said
from registry.errors import Conflict, RegisterError
from registry.framework import current
from registry.framework.calendar import rolled as roll
from registry.people.models import User

Closing = InformationRequest.Closing


@logged_when_refused
def ask(
    *, case_id: int, by: User, items: Sequence[Mapping[str, Any]], expected_revision: int | None = None,
    now: datetime | None = None,
) -> InformationRequest:  # fmt: skip
    """Ask the applicant for information: each item names its criterion, what is asked and what follows without an answer.

    `items`: mappings with `criterion`, `kind`, `question`, `unanswered` and, where it differs from the law's, `due_on`.
    A case that the authority opened does not lapse: what is not answered in it is judged on what is there. The clock stands
    from now on. Raises RegisterError, naming the item, for one that is incomplete.
    """
    now = now or timezone.now()
    today = current.today(now)
    case = workflow.lock(case_id)
    if not items:
        raise RegisterError(_("Ask at least one question."))
    usual = clock.deadline(case, "information_request", today)
    criteria = criteria_of(case)
    asked = [_item(position, row, criteria, usual, today) for position, row in enumerate(items, start=1)]
    if not kinds.get(case.kind).has("lapse"):
        for item in asked:
            item.unanswered = RequestItem.Unanswered.JUDGED
    request = request_of(case, by=by, due_on=max(item.due_on for item in asked), now=now)
    case.lapse_proposed_on = None
    workflow.move(
        case, "request", by=by, expected_revision=expected_revision, details=told_of(request, asked),
        tell={"items": lambda: asking.listed(case, asked)}, now=now,
    )  # fmt: skip
    return keep(request, asked)


def request_of(case: Case, *, by: User, due_on: date, now: datetime) -> InformationRequest:
    """The next information request of a case, to be answered by a day; not saved."""
    return InformationRequest(
        case=case, number=case.information_requests.count() + 1, asked_by=by, asked_at=now, due_on=due_on,
        lapses_after=clock.deadline(case, "information_request_grace", due_on),
    )  # fmt: skip


def told_of(request: InformationRequest, items: Sequence[RequestItem]) -> dict[str, Any]:
    """A request with its questions, as the event that opens it holds it."""
    return {
        "request": request.number, "due_on": request.due_on.isoformat(),
        "questions": [
            {"criterion": item.criterion, "kind": item.kind, "question": item.question, "unanswered": item.unanswered,
             "due_on": item.due_on.isoformat()}
            for item in items
        ],
    }  # fmt: skip


def keep(request: InformationRequest, items: Sequence[RequestItem]) -> InformationRequest:
    """Save a request and its questions."""
    request.save()
    for item in items:
        item.request = request
    RequestItem.objects.bulk_create(items)
    return request


def rolled(day: date) -> date:
    """The day that is shown is the day that counts: a deadline on a day without work ends on the next working day."""
    return roll(day, current.profile().calendar)


def _item(position: int, row: Mapping[str, Any], criteria: list[Any], usual: date, today: date) -> RequestItem:
    check_criterion(str(row.get("criterion") or ""), criteria)
    question = str(row.get("question") or "").strip()
    kind, unanswered = (
        row.get("kind") or RequestItem.Kind.CLARIFY,
        row.get("unanswered") or RequestItem.Unanswered.LAPSES,
    )
    if not question:
        raise RegisterError(_("Question %(position)d: write what you ask.") % {"position": position})
    if kind not in RequestItem.Kind.values or unanswered not in RequestItem.Unanswered.values:
        raise RegisterError(
            _("Question %(position)d: choose what is asked, and what follows.") % {"position": position}
        )
    due_on = row.get("due_on") or usual
    if due_on <= today:
        raise RegisterError(_("Question %(position)d: give the applicant time.") % {"position": position})
    return RequestItem(
        position=position,
        criterion=row["criterion"],
        kind=kind,
        question=question,
        unanswered=unanswered,
        due_on=rolled(due_on),
    )


@logged_when_refused
def answer(*, case_id: int, by: User, item_id: int, text: str, now: datetime | None = None) -> Answer:
    """Answer one item. An earlier answer stays beside it; one that comes after the case has lapsed is kept, marked late.

    Raises RegisterError for an empty answer; Conflict for an item whose request is closed while the case goes on.
    """
    now = now or timezone.now()
    text = said(text, _("Write your answer."))
    case = workflow.lock(case_id)
    item = item_to_answer(case, item_id)
    late = case.state == "lapsed"
    details = {"request": item.request.number, "item": item.position, "criterion": item.criterion, "text": text}
    workflow.move(case, "answer", by=by, details=details, now=now)
    return Answer.objects.create(item=item, text=text, answered_by=by, late=late, recorded_at=now)


def item_to_answer(case: Case, item_id: int) -> RequestItem:
    """The question, where it may be answered now, late or not.

    Raises RegisterError where the case has no such question; Conflict where its request is closed while the case goes on.
    """
    item = RequestItem.objects.filter(request__case=case, pk=item_id).select_related("request").first()
    if item is None:
        raise RegisterError(_("There is no such question in this case."))
    if item.request.closed_at and case.state != "lapsed":
        raise Conflict(_("This request has been closed: write a message instead."))
    return item


@logged_when_refused
def send_answers(*, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None) -> Case:
    """The applicant has answered all that must be: the requests are closed, and the clock runs again (S5)."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    case.lapse_proposed_on = None
    workflow.move(case, "send_answers", by=by, expected_revision=expected_revision, now=now)
    _close(case, Closing.ANSWERED, now)
    return case


@logged_when_refused
def take_back_request(
    *, case_id: int, by: User, number: int, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Take an open request back. Where it was the last one, the evaluation goes on at once."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    request = case.information_requests.filter(number=number, closed_at=None).first()
    if request is None:
        raise Conflict(_("Request %(number)s is not open any more.") % {"number": number})
    workflow.move(
        case, "take_back_request", by=by, expected_revision=expected_revision, details={"request": number}, now=now
    )
    request.closed_at, request.closed_as = now, Closing.TAKEN_BACK
    request.save(update_fields=["closed_at", "closed_as"])
    if not case.information_requests.filter(closed_at=None).exists():
        case.lapse_proposed_on = None
        workflow.move(case, "resume", by=by, now=now)
    return case


@logged_when_refused
def resume(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Go on without the answers that are missing: what they were asked for is judged on what is there.

    Raises Conflict where an item that the case depends on is still within its time.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    today = current.today(now)
    for request in case.information_requests.filter(closed_at=None):
        if today <= request.due_on:
            raise Conflict(_("The applicant has until %(day)s to answer.") % {"day": request.due_on.isoformat()})
    _close(case, Closing.UNANSWERED, now)
    case.lapse_proposed_on = None
    details = {"reason": said(reason, _("Say why it goes on without the answers."))}
    return workflow.move(case, "resume", by=by, expected_revision=expected_revision, details=details, now=now)


@logged_when_refused
def lapse(*, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None) -> Case:
    """An officer confirms that the case has lapsed: the clock proposes, and a person decides (S6, design 4.7)."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    workflow.move(case, "lapse", by=by, expected_revision=expected_revision, now=now)
    _close(case, Closing.UNANSWERED, now)
    return case


def _close(case: Case, how: str, now: datetime) -> None:
    case.information_requests.filter(closed_at=None).update(closed_at=now, closed_as=how)


# -- what the clock does -------------------------------------------------------------------------------------------------

# So many working days before the last one people are reminded (S4).
REMIND_BEFORE = (5, 1)


def remind(day: date, *, now: datetime | None = None) -> int:
    """Remind applicants of what is still to be answered, and tell them when their time is over; how many notices.

    A daily step: each reminder is owed once to each person, however often this runs (its key says which it is).
    """
    now, owed = now or timezone.now(), 0
    calendar = current.profile().calendar
    for request in InformationRequest.objects.filter(closed_at=None).select_related("case__organisation"):
        if request.case.state != "information_requested":
            continue
        left = clock.working_days_between(day, request.due_on, calendar)
        if left < 0:
            name, key = "overdue", f"request:{request.pk}:overdue"
        elif before := next((n for n in sorted(REMIND_BEFORE) if left <= n), None):
            name, key = "remind", f"request:{request.pk}:{before}"
        else:
            continue
        missing = [item for item in request.items.all() if not item.answers.exists()]
        if missing:
            case = request.case
            owed += len(
                notices.owe(
                    case, notices.members(case), name=name, key=key, now=now, request=request.number,
                    due_on=request.due_on.isoformat(), lapses_after=request.lapses_after.isoformat(),
                    items=lambda case=case, missing=missing: asking.listed(case, missing),
                )
            )  # fmt: skip
    return owed


def propose_lapses(day: date, *, now: datetime | None = None) -> int:
    """Put cases before an officer whose answers are missing after the grace; how many. A person confirms, or gives time.

    One that stands still waits for that too (edge case 8).
    """
    now, proposed = now or timezone.now(), 0
    lapsing = [kind.name for kind in kinds.every() if kind.has("propose_lapse")]
    waiting = Case.objects.filter(
        kind__in=lapsing, state__in=("information_requested", "returned"), lapse_proposed_on=None
    )
    for key in list(waiting.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            case = workflow.lock(key)
            last = lapses_after(case)
            if case.lapse_proposed_on or last is None or day <= last or paused(case, day):
                continue
            case.lapse_proposed_on = day
            workflow.move(case, "propose_lapse", by=None, now=now)
            proposed += 1
    return proposed
