"""Reviewing how consistently the providers of a full qualification bring its graduates to the same outcomes (domain 1.10):
it is announced to each of them, each assesses itself, independent reviewers rate each, and a report is decided, which is
interim for a time where not every provider is sufficient."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials.consistency import name_of, part_of
from credentials.gone import is_gone
from credentials.lifecycle_consistency import PART, REVIEW, delivering
from credentials.models import Accreditation, ConsistencyPart, ConsistencyReview, Credential
from credentials.models.consistency import Rating
from credentials.services import standing
from credentials.services.preparing import body_of, listed, one_at_a_time
from registry.casework import kinds, notices, workflow
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Judgement, Outcome
from registry.casework.reporting import REVIEWERS
from registry.casework.services.submitting import freeze
from registry.errors import RegisterError, RuleViolations
from registry.framework import current
from registry.framework.profile import text
from registry.models import Case, User
from registry.people import roles

FIELDS = ("question", "threshold", "held_on", "venue")
_RATINGS = {Judgement.Verdict.MET: Rating.SUFFICIENT, Judgement.Verdict.NOT_MET: Rating.NOT_SUFFICIENT}


# -- what the authority prepares, and announces --------------------------------------------------------------------------


def begin_review(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft about the full qualification of this number, with the question that every review asks. Raises RegisterError
    for another kind of entry, and for one that nobody delivers; Conflict where one is open already."""
    role, day = desk.role_to_prepare(by, REVIEW), current.today(now)
    with transaction.atomic():
        credential = listed(about)
        if credential.kind != Credential.Kind.QUALIFICATION:
            raise RegisterError(_("Only a full qualification is reviewed for consistency."))
        one_at_a_time(Case.objects.filter(consistency_review__credential=credential).open().first())
        review = ConsistencyReview(credential=credential, question=_question(day))
        if not delivering(review, day).exists():
            raise RegisterError(_("Nobody delivers %(number)s.") % {"number": about})
        case = desk.open_case(kind=REVIEW, organisation=body_of(credential), by=by, role=role, now=now)
        case.title = credential.revisions.latest_public().title
        case.save(update_fields=["title"])
        review.case = case
        review.save()
        return case


def _question(day: date) -> dict[str, str]:
    """What every review asks, in the languages of the framework."""
    asked = current.version_on(day).sentences["consistency_question"]
    return {tag: asked[tag] for tag in current.profile().languages if tag in asked}


save_review = desk.saving(ConsistencyReview, *FIELDS)


@desk.logged_when_refused
def announce(
    *, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None
) -> list[ConsistencyPart]:
    """Tell every provider that delivers it today when and where it is held, and what to prepare: each gets a small case of
    its own, in which it assesses itself. Raises RuleViolations with a message for each field that is missing."""
    now = now or timezone.now()
    today = current.today(now)
    case = workflow.lock(case_id)
    kind = kinds.get(case.kind)
    workflow.check_state(case, kind.transition("announce"))
    review = case.consistency_review
    case.profile, case.submitted_at = current.version_on(today).id, now
    case.level = (kind.level(case) if kind.level else None) or ""
    if broken := [v for v in kind.check(case, "submit") if v.severity == "error"]:
        raise RuleViolations(broken)
    case.answer_by = review.held_on
    if set(REVIEWERS) & roles.staff_roles(by):
        case.assigned_to = by
    kept = freeze(case, by=by, now=now)
    concerned = list(delivering(review, today).select_related("provider__organisation").order_by("number"))
    workflow.move(
        case, "announce", by=by, expected_revision=expected_revision, now=now,
        details={
            "held_on": review.held_on.isoformat(), "providers": ", ".join(a.number for a in concerned),
            "submission": kept.number, "sha256": kept.sha256,
        },
    )  # fmt: skip
    kept.save()
    return [_ask(review, accreditation, now=now) for accreditation in concerned]


def _ask(review: ConsistencyReview, accreditation: Accreditation, *, now: datetime) -> ConsistencyPart:
    """Ask one provider for its self-assessment, in a case that the register opens."""
    asked = desk.open_case(
        kind=PART, organisation=accreditation.provider.organisation, by=None, role=workflow.SYSTEM, now=now
    )
    asked.title, asked.profile = review.case.title, review.case.profile
    asked.answer_by = asked.report_by = review.held_on
    asked.assigned_to = review.case.assigned_to
    asked.save(update_fields=["title", "answer_by", "report_by", "profile", "assigned_to"])
    part = ConsistencyPart.objects.create(case=asked, review=review, accreditation=accreditation)
    _tell(part, "consistency_notice", now=now, held_on=review.held_on.isoformat(), venue=review.venue,
          question=lambda: text(review.question, get_language() or "en"))  # fmt: skip
    return part


def _tell(part: ConsistencyPart, name: str, *, now: datetime, **said: Any) -> None:
    """Owe a notice to everybody who acts for a provider."""
    notices.owe(
        part.case, notices.members(part.case), name=name, now=now, number=part.accreditation.number, **said
    )  # fmt: skip


def hand_over_parts(*, case: Case, by: User | None, details: Mapping[str, Any], now: datetime) -> None:
    """Whoever has the review has its parts too: what a provider writes about its own comes to that officer."""
    for part in _parts(case.consistency_review):
        part.case.assigned_to = case.assigned_to
        part.case.save(update_fields=["assigned_to"])


def drop_parts(*, case: Case, by: User | None, details: Mapping[str, Any], now: datetime) -> None:
    """With the review, what its providers were asked for is dropped, and they are told."""
    for part in _parts(case.consistency_review):
        if part.case.state in kinds.get(PART).transition("drop").sources:
            workflow.move(part.case, "drop", by=by, now=now)
            _tell(part, "consistency_dropped", now=now)


# -- what a provider says ------------------------------------------------------------------------------------------------


@desk.logged_when_refused
def save_part(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> ConsistencyPart:  # fmt: skip
    """Keep what a provider wrote. Once the report is interim, what it handed in stands: it adds what has improved."""
    case = workflow.lock(case_id)
    part = ConsistencyPart.objects.get(case=case)
    names = ConsistencyPart.LATER if case.state == "returned" else ConsistencyPart.WRITTEN
    changed = sorted(name for name in names if name in values)
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": changed}, now=now)
    for name in changed:
        setattr(part, name, values[name])
    part.save(update_fields=changed)
    part.case = case
    return part


def receive_part(*, case: Case, by: User | None, details: Mapping[str, Any], now: datetime) -> None:
    """A provider handed in: it gets a receipt, and the officer who has the review is told."""
    part = case.consistency_part
    _tell(part, "consistency_received", now=now)
    review = part.review.case
    notices.owe(
        review, notices.assigned(review), name="consistency_handed_in", now=now, provider=str(case.organisation)
    )


# -- rating --------------------------------------------------------------------------------------------------------------


@desk.logged_when_refused
def begin_rating(
    *, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None
) -> Case:  # fmt: skip
    """From the day on which it is held, the reviewers rate each provider that handed in; who did not took no part."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    case.answer_by = None
    workflow.move(case, "begin_rating", by=by, expected_revision=expected_revision, now=now)
    for part in _parts(case.consistency_review):
        part.took_part = part.case.state == "submitted"
        part.save(update_fields=["took_part"])
        if not part.took_part:
            workflow.move(part.case, "miss", by=by, now=now)
            _tell(part, "consistency_missed", now=now)
    return case


@desk.logged_when_refused
def rate_again(
    *, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None
) -> Case:  # fmt: skip
    """Rate those once more that were not sufficient: the interim time is over, or each of them has sent what improved."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    workflow.move(case, "rate_again", by=by, expected_revision=expected_revision, now=now)
    for part in _parts(case.consistency_review):
        if part.case.state == "returned":
            part.case.answer_by = None
            workflow.move(part.case, "end_improving", by=by, now=now)
    return case


def keep_rating(*, case: Case, by: User | None, details: Mapping[str, Any], now: datetime) -> None:
    """What was judged of a provider is its rating: of the interim report, or of the final one. Raises RegisterError for
    anything but sufficient and not sufficient."""
    rating = _RATINGS.get(details["verdict"])
    if rating is None:
        raise RegisterError(_("Choose sufficient or not sufficient."))
    part = part_of(case, details["criterion"])
    if case.consistency_review.has_interim:
        part.final_rating, part.final_reason = rating, details["reason"]
    else:
        part.rating, part.reason = rating, details["reason"]
    part.save(update_fields=["rating", "reason", "final_rating", "final_reason"])


def propose_final_ratings(day: date, *, now: datetime | None = None) -> int:
    """Tell who has a review whose report is interim no longer that the final rating is due; how many notices.

    A daily step: each notice is owed once to each person. Nothing follows by itself.
    """
    now, owed = now or timezone.now(), 0
    over = ConsistencyReview.objects.filter(case__state="interim", interim_until__lt=day)
    for review in over.select_related("case__organisation", "case__assigned_to").order_by("interim_until", "pk"):
        owed += len(
            notices.owe(
                review.case, notices.reviewers(review.case), name="consistency_interim_over",
                key=f"consistency:{review.pk}:interim_over",
                now=now, until=review.interim_until.isoformat(),
            )
        )  # fmt: skip
    return owed


# -- what a decision does ------------------------------------------------------------------------------------------------


def publish_reported(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """The entry names the decision, and each accreditation that was rated its outcome, with no count; each provider is told
    its own rating. An interim report asks those that were not sufficient what has improved; a final one closes it.

    Raises RegisterError for a later day: each provider is told on the day on which its rating is decided.
    """
    (decision,) = decisions
    if decision.publish_on > decision.decided_on:
        raise RegisterError(_("A report takes effect and is public on the day on which it is decided."))
    review = ConsistencyReview.objects.select_related("case").get(case=case)
    interim = decision.matter == "interim"
    if interim:
        review.interim_until = case.due_on
        review.save(update_fields=["interim_until"])
    parts = _parts(review)
    for part in parts:
        _move_on(part, interim_until=review.interim_until if interim else None, by=by, now=now)
    _publish(review, parts, decision, interim=interim, now=now)
    rated = [part for part in parts if part.is_rated]
    return [lambda: _of_the_report(review, interim=interim), *(_of_a_part(part) for part in rated)]


def _move_on(part: ConsistencyPart, *, interim_until: date | None, by: User | None, now: datetime) -> None:
    """Take what a provider was asked for on, and tell it what was found."""
    if interim_until is None and part.case.state == "submitted":
        workflow.move(part.case, "close", by=by, now=now)
    if interim_until and part.last_rating == Rating.NOT_SUFFICIENT:
        part.case.answer_by = part.case.report_by = interim_until
        until = interim_until.isoformat()
        workflow.move(part.case, "ask_improvements", by=by, details={"until": until}, now=now)
        _tell_rating(part, now=now, name="consistency_not_yet", until=until)
    elif part.is_rated:
        _tell_rating(part, now=now, name="consistency_rated_interim" if interim_until else "consistency_rated")
    elif part.took_part and interim_until is None:
        _tell(part, "consistency_read", now=now)


def _tell_rating(part: ConsistencyPart, *, name: str, now: datetime, **said: Any) -> None:
    _tell(part, name, now=now, rating=lambda: str(Rating(part.last_rating).label), reason=part.last_reason, **said)


def _publish(
    review: ConsistencyReview, parts: Iterable[ConsistencyPart], decision: Decision, *, interim: bool, now: datetime
) -> None:
    told = {"on": decision.effective_on, "reference": decision.number, "reason": decision.reason, "now": now}
    # Rows come before the journal (design 3): the entry, and then whoever delivers it.
    credential = Credential.objects.select_for_update().get(pk=review.credential_id)
    rated = {part.accreditation_id: part for part in parts if part.is_rated and not is_gone(part.accreditation.number)}
    held = list(Accreditation.objects.select_for_update(of=("self",)).filter(pk__in=rated).order_by("pk"))
    # Nothing was granted or declined: the public reads what was found of the providers together.
    found = Rating.SUFFICIENT if Outcome.grants(decision.outcome) else Rating.NOT_SUFFICIENT
    credential.decisions = [*credential.decisions, standing.public(decision) | {"outcome": found.value}]
    standing.publish_entry(credential, **told)
    for accreditation in held:
        accreditation.last_review = {
            "sort": "consistency", "outcome": rated[accreditation.pk].last_rating, "interim": interim,
            "on": decision.effective_on.isoformat(), "decision": decision.number,
        }  # fmt: skip
        standing.publish_accreditation(accreditation, **told)


def _of_the_report(review: ConsistencyReview, *, interim: bool) -> str:
    said = {"number": review.credential.number, "day": review.interim_until and review.interim_until.isoformat()}
    if interim:
        return _("The report on %(number)s is interim until %(day)s.") % said
    return _("The report on %(number)s is final.") % said


def _of_a_part(part: ConsistencyPart) -> Sentence:
    return lambda: f"{name_of(part.accreditation)}: {Rating(part.last_rating).label}"


def _parts(review: ConsistencyReview) -> list[ConsistencyPart]:
    """The parts of all providers, each with its case, locked."""
    parts = list(review.parts.in_order())
    for part in parts:
        part.case = workflow.lock(part.case_id)
    return parts
