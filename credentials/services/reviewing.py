"""Reviews (section 4.6 of the domain specification): the register opens each when it comes near, its body reports, and people
judge; what is decided of them is made public by `credentials.services.reviewed`."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import delivering, proposals, schedule
from credentials.lifecycle_reviews import REVIEW
from credentials.models import Accreditation, Credential, Review
from credentials.services.reviewed import reporter_of
from providers.models import Provider
from registry.casework import clock, kinds, notices, workflow
from registry.casework import services as desk
from registry.casework.models import Outcome, Recommendation
from registry.casework.services.common import said as said_something
from registry.documents import iso
from registry.errors import RegisterError
from registry.framework import calendar
from registry.framework.operators import months_after
from registry.framework.profile import text
from registry.models import Case, Organisation, User
from registry.status import parse, status_on

# -- opening -------------------------------------------------------------------------------------------------------------


def open_reviews(day: date, *, now: datetime | None = None) -> int:
    """Open the reviews that are near enough by that day (R1); how many reports were asked for.

    A daily step: it finds its own work, entry by entry, and may run late, twice, or beside another.
    """
    now, opened = now or timezone.now(), 0
    for key in list(Credential.objects.due_for_review(day).values_list("pk", flat=True)):
        with transaction.atomic():
            opened += _open_one(key, day, now)
    for key in list(Credential.objects.undecided_for_long(day).values_list("pk", flat=True)):
        with transaction.atomic():
            opened += _open_deliveries(key, day, now)
    return opened


def _open_one(key: int, day: date, now: datetime) -> int:
    """Ask each body that must report on an entry for its report; how many were asked.

    None where somebody was first, where the entry is not current, or where its end is before the authority.
    """
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=key)
    if credential.review_due is None or schedule.opens_on(credential.review_due) > day:
        return 0
    known = credential.reviews.filter(of_entry=True)
    if known.filter(due_on=credential.review_due, closed=False).exists() or known.open().exists():
        return 0
    document = delivering.document_of(credential.number)
    if document is None or status_on(document, day) != "current":
        return 0
    if any(proposals.ends(amendment) for amendment in credential.amendments.handed_in()):
        return 0
    asked = list(_asked(credential, day))
    for organisation, of_entry, accreditation in asked:
        _ask(credential, organisation, of_entry, accreditation, day, now)
    return len(asked)


def _open_deliveries(key: int, day: date, now: datetime) -> int:
    """Of an entry whose own review nobody has decided, ask those who deliver it for the next cycles: one body that is late
    keeps no other from reporting (edge case 33). How many were asked."""
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=key)
    document = delivering.document_of(credential.number)
    body, asked, turns = reporter_of(credential), 0, 1
    if document is None or status_on(document, day) != "current":
        return 0
    while schedule.opens_on(due_on := schedule.following(credential, turns)) <= day:
        for accreditation in _held(credential, day, due_on):
            if body is None or accreditation.provider_id != body.pk:
                _ask(credential, accreditation.provider.organisation, False, accreditation, day, now, due_on=due_on)
                asked += 1
        turns += 1
    return asked


def _held(credential: Credential, day: date, due_on: date) -> QuerySet[Accreditation]:
    """The accreditations of the day of which nobody has been asked for a report in this cycle."""
    held = credential.accreditations.present(day).filter(accredited_from__lte=day)
    held = held.exclude(reviews__in=Review.objects.filter(due_on=due_on, closed=False))
    return held.select_related("provider__organisation").order_by("number")


def _asked(credential: Credential, day: date) -> Iterator[tuple[Organisation, bool, Accreditation | None]]:
    """Whoever must report: of the entry, the body that develops it, else that awards it, else the authority itself; and of
    its delivery each provider that is accredited on the day. A body that is both reports once (R2)."""
    body = reporter_of(credential)
    of_entry = body.organisation if body else desk.authority_as_body()
    # Of a review that is opened again, whoever has been asked for this cycle is not asked twice.
    deliver = {a.provider.organisation_id: a for a in _held(credential, day, credential.review_due)}
    yield of_entry, True, deliver.pop(of_entry.pk, None)
    for accreditation in sorted(deliver.values(), key=lambda a: a.number):
        yield accreditation.provider.organisation, False, accreditation


def _ask(
    credential: Credential, organisation: Organisation, of_entry: bool, accreditation: Accreditation | None, day: date,
    now: datetime, *, due_on: date | None = None,
) -> Review:  # fmt: skip
    due_on = due_on or credential.review_due
    case = desk.open_case(kind=REVIEW, organisation=organisation, by=None, role=workflow.SYSTEM, now=now)
    latest = credential.revisions.latest_public()
    case.title, case.level = latest.title, latest.level or ""
    # Whoever is asked late, because nothing ran or the entry was suspended, has as much time as for any question.
    in_time = due_on >= day and schedule.opens_on(due_on) >= day - 30 * calendar.DAY
    case.answer_by = due_on if in_time else max(due_on, clock.deadline(case, "information_request", day))
    case.report_by = case.answer_by
    case.save(update_fields=["title", "level", "answer_by", "report_by"])
    of_body = Review.objects.filter(credential=credential, case__organisation=organisation).exclude(
        case__state="withdrawn"
    )
    previous = of_body.order_by("due_on").last()
    review = Review(
        case=case, credential=credential, of_entry=of_entry, accreditation=accreditation, due_on=due_on, previous=previous,
        period_from=_since(credential, accreditation, previous), period_until=day,
    )  # fmt: skip
    if previous:
        for name in (*Review.TEXTS, "sites"):
            setattr(review, name, getattr(previous, name))
    elif accreditation:
        review.sites = accreditation.sites
    review.save()
    said = {"due_on": case.answer_by.isoformat()}
    # Of an entry without a body nobody can report: the review officers are told, and go on without.
    people = notices.members(case) or notices.reviewers(case)
    notices.owe(case, people, name="report_opened", key=f"report:{case.pk}:opened", now=now, **said)
    _warn_of_the_end_of_a_registration(case, organisation, now)
    return review


def _warn_of_the_end_of_a_registration(case: Case, organisation: Organisation, now: datetime) -> None:
    """Tell review officers where the body is registered for a time that ends before its report is due (edge case 47)."""
    body = Provider.objects.filter(organisation=organisation).first()
    until = parse(body.details.get("registered_until")) if body else None
    if until and until < case.answer_by:
        said = {"until": iso(until), "due_on": iso(case.answer_by)}
        key = f"report:{case.pk}:registration"
        notices.owe(case, notices.reviewers(case), name="report_after_registration", key=key, now=now, **said)


def _since(credential: Credential, accreditation: Accreditation | None, previous: Review | None) -> date | None:
    """The first day that a report is about: the one after the last report ended; of a first one, when the cycle or the
    delivery began, whichever came later."""
    if previous and previous.period_until:
        return previous.period_until + calendar.DAY
    begun = [schedule.last_counted(credential), credential.listed_on]
    begun += [accreditation.accredited_from] if accreditation else []
    return max(filter(None, begun), default=None)


def closed(*, case: Case, by: User | None, details: Mapping[str, Any], now: datetime) -> None:
    """A review that was closed without a decision reviewed nothing: the register opens it again as long as the entry goes
    on, and asks whoever must report by then."""
    case.review.closed = True
    case.review.save(update_fields=["closed"])


def is_moot(case: Case, day: date) -> bool:
    """Whether there is nothing to report on any more: the entry has ended or was removed, or the accreditation has."""
    review = case.review
    document = delivering.document_of(review.credential.number)
    if document is None or status_on(document, day) == "discontinued":
        return True
    if review.of_entry or review.accreditation is None:
        return False
    held = delivering.document_of(review.accreditation.number)
    return held is None or status_on(held, day) in ("withdrawn", "expired")


# -- the report ------------------------------------------------------------------------------------------------------------

WRITTEN = ("period_from", "period_until", *Review.COUNTS, *Review.TEXTS, "sites", "ratings", "sought")
save_report = desk.saving(Review, *WRITTEN)


@desk.logged_when_refused
def cover(
    *, case_id: int, by: User, change: str, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:  # fmt: skip
    """Take a change of the entry for the report, where what was judged of that change answers each criterion of the review
    (edge case 32); a decision maker then decides the review.

    `change`: its reference; it was granted since the review opened. Raises RegisterError, naming the criteria that it does
    not answer: both go on then.
    """
    now = now or timezone.now()
    reason = said_something(reason, _("Say why no report is needed."))
    case = workflow.lock(case_id)
    workflow.check_state(case, kinds.get(case.kind).transition("cover"))
    review = Review.objects.get(case=case)
    decided = review.credential.amendments.filter(case__reference=change, case__decided_at__gte=case.opened_at)
    amendment = decided.exclude(case__state="declined").select_related("case").first()
    if amendment is None:
        raise RegisterError(_("There is no such change of this entry that was granted since the review opened."))
    if missing := _not_answered(case, amendment.case):
        raise RegisterError(
            _("The change does not answer these criteria, and the review goes on: %(criteria)s.")
            % {"criteria": ", ".join(missing)}
        )
    case.profile = case.profile or desk.version_of(case).id
    details = {"change": change, "reason": reason}
    workflow.move(case, "cover", by=by, expected_revision=expected_revision, details=details, now=now)
    case.answer_by = None
    case.save(update_fields=["answer_by"])
    part = workflow.take_part(case, by, "recommended")
    Recommendation.objects.create(
        case=case, outcome=Outcome.APPROVED, reason=reason, conditions=[], recommended_by=by, part=part, recorded_at=now
    )
    return case


def _not_answered(case: Case, change: Case) -> list[str]:
    """The criteria of a review that the judgements on a change do not answer, as people read them."""
    judged = {j.criterion: j.verdict for j in change.judgements.order_by("pk")}
    in_force = [row for row in case.review.credential.last_review.get("conditions", ()) if not row.get("met_on")]
    # Not judged of a change, and known to the register.
    judged["no_condition_in_force"] = "not_met" if in_force else "met"
    language = get_language() or "en"
    return [
        text(criterion.label, language)
        for criterion in desk.criteria_of(case)
        if not criterion.answered_by or any(judged.get(name) != "met" for name in criterion.answered_by)
    ]


# -- what the clock does -------------------------------------------------------------------------------------------------


def remind_of_changes(day: date, *, now: datetime | None = None) -> int:
    """Tell review officers, once, of a change that a review required and that was not handed in by its day; how many.

    A daily step. Nothing follows by itself.
    """
    now, owed = now or timezone.now(), 0
    since = months_after(day, -6)
    late = Case.objects.filter(
        amendment__required_by__isnull=False, state__in=("draft", "withdrawn"), answer_by__lt=day, answer_by__gte=since
    ).select_related("organisation")  # fmt: skip
    due = {f"change:{case.pk}:{case.answer_by}:overdue": case for case in late.order_by("answer_by", "pk")}
    told = notices.owed_already((case.pk for case in due.values()), due)
    for key, case in due.items():
        if key not in told:
            said = {"due_on": case.answer_by.isoformat()}
            owed += len(notices.owe(case, notices.reviewers(case), name="change_overdue", key=key, now=now, **said))
    return owed
