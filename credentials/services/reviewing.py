"""Reviews (section 4.6 of the domain specification): the register opens each when it comes near, its body reports, people
judge and decide, and what was decided is public at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import delivering, proposals, publishing, schedule
from credentials.lifecycle_reviews import REVIEW
from credentials.models import Accreditation, Credential, Review
from credentials.services import amendments, standing, undoing
from credentials.services.publication import conditions_of, make_expiring, public_decision
from providers.models import Provider
from registry import journal
from registry.casework import kinds, notices, workflow
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Condition, Decision, Outcome, Recommendation
from registry.casework.services.common import said as said_something
from registry.documents import iso
from registry.errors import NotAllowed, RegisterError
from registry.framework import calendar, current
from registry.framework.calendar import due, rolled
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
    return opened


def _open_one(key: int, day: date, now: datetime) -> int:
    """Ask each body that must report on an entry for its report; how many were asked.

    None where somebody was first, where the entry is not current, or where its end is before the authority.
    """
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=key)
    if credential.review_due is None or schedule.opens_on(credential.review_due) > day:
        return 0
    of_entry = credential.reviews.filter(of_entry=True)
    if of_entry.filter(due_on=credential.review_due, closed=False).exists() or of_entry.open().exists():
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


def _asked(credential: Credential, day: date) -> Iterator[tuple[Organisation, bool, Accreditation | None]]:
    """Whoever must report: of the entry, the body that develops it, else that awards it, else the authority itself; and of
    its delivery each provider that is accredited on the day. A body that is both reports once (R2)."""
    body = reporter_of(credential)
    of_entry = body.organisation if body else desk.authority_as_body()
    held = credential.accreditations.present(day).filter(accredited_from__lte=day)
    # Of a review that is opened again, whoever has been asked for this cycle is not asked twice.
    held = held.exclude(reviews__in=Review.objects.filter(due_on=credential.review_due, closed=False))
    deliver = {a.provider.organisation_id: a for a in held.select_related("provider__organisation").order_by("-pk")}
    yield of_entry, True, deliver.pop(of_entry.pk, None)
    for accreditation in sorted(deliver.values(), key=lambda a: a.number):
        yield accreditation.provider.organisation, False, accreditation


def reporter_of(credential: Credential) -> Provider | None:
    """The body that reports on an entry: its developer (domain 1.9), else the one that leads its award."""
    return credential.developer or credential.awarding_body


def _ask(
    credential: Credential, organisation: Organisation, of_entry: bool, accreditation: Accreditation | None, day: date,
    now: datetime,
) -> Review:  # fmt: skip
    due_on = credential.review_due
    case = desk.open_case(kind=REVIEW, organisation=organisation, by=None, role=workflow.SYSTEM, now=now)
    latest = credential.revisions.latest_public()
    case.title, case.level = latest.title, latest.level or ""
    # Whoever is asked late, because nothing ran or the entry was suspended, has as much time as for any question.
    least = due(day, current.version_on(day).deadlines["information_request"], current.profile().calendar)
    case.answer_by = case.report_by = (
        due_on if due_on >= day and schedule.opens_on(due_on) >= day - 30 * calendar.DAY else max(due_on, least)
    )
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


def begin_review(*, about: str, by: User, now: datetime | None = None) -> Case:
    """Nobody begins a review: the register opens it when it comes near (R1). Raises NotAllowed, always."""
    raise NotAllowed(_("A review is opened by the register, when it comes near."))


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


# -- the decision ----------------------------------------------------------------------------------------------------------


def publish_reviewed(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What was decided of an entry and of its delivery, each on its own (R7).

    Of the entry the outcome and the next day are public at once, without a new revision; where it does not continue, it
    begins to expire. A refusal of its delivery takes no accreditation: the measure that may follow is decided by itself,
    with a notice and a reply. Where a change is required, its draft is begun for the body.
    """
    review = Review.objects.select_related("case").get(case=case)
    # Rows come before the journal (design 3): the entry, who delivers it, and the case of the change that is required.
    Credential.objects.select_for_update(of=("self",)).get(pk=review.credential_id)
    if review.accreditation_id:
        Accreditation.objects.select_for_update(of=("self",)).get(pk=review.accreditation_id)
    said: list[Sentence] = []
    for decision in decisions:
        if decision.matter == "review":
            said += _of_the_entry(review, decision, case, now)
        else:
            said += _of_its_delivery(review, decision, now)
    return said


def _of_the_entry(review: Review, decision: Decision, case: Case, now: datetime) -> list[Sentence]:
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=review.credential_id)
    credential.last_review = public_outcome(review, decision)
    number = credential.number
    if credential.review_due == review.due_on:
        schedule.advance(credential, decision.decided_on)
    if decision.outcome == Outcome.DECLINED:
        return _let_expire(credential, review, decision, case, now)
    told: list[Sentence] = []
    if decision.outcome == Outcome.CHANGE_REQUIRED:
        told.append(_require_change(credential, review, decision, now))
    credential.decisions = [*credential.decisions, public_decision(decision)]
    publish_outcome(credential, decision, reason=decision.reason, now=now)
    day = credential.review_due
    if day and not _ends(credential):
        told.insert(
            0, lambda: _("The next review of %(number)s is due on %(day)s.") % {"number": number, "day": iso(day)}
        )
    return told


def _ends(credential: Credential) -> bool:
    return bool(credential.expiring_from or credential.expiry_end or credential.closed_undated)


def _from(decision: Decision, now: datetime) -> date:
    """From when it is public what a decision does: the day on which it takes effect, and never one that has not come."""
    return min(max(decision.effective_on, decision.decided_on), current.today(now))


def publish_outcome(credential: Credential, decision: Decision, *, reason: str, now: datetime) -> None:
    """Keep and publish how an entry stands after its review: what it says is as it was, in the same revision."""
    document = publishing.credential_document(credential, credential.revisions.latest_public())
    journal.publish(
        document, effective_from=_from(decision, now), action="status",
        decision_number=decision.number, reason=reason, now=now,
    )  # fmt: skip
    credential.save()


def documents_of(review: Review) -> dict[str, Any]:
    """The entry as it is public once it continues: reviewed again on its next day."""
    held = review.credential
    proposed = Credential(**{f.attname: getattr(held, f.attname) for f in Credential._meta.concrete_fields})
    if proposed.review_due == review.due_on:
        schedule.advance(proposed, current.today())
    return publishing.credential_document(proposed, held.revisions.latest_public())


def public_outcome(review: Review, decision: Decision) -> dict[str, Any]:
    """What is public of a review: what was decided and when, for which day it was due, and what it is subject to."""
    return {
        "outcome": decision.outcome, "on": iso(decision.effective_on), "due_on": iso(review.due_on),
        "decision": decision.number, "conditions": conditions_of(decision),
    }  # fmt: skip


def _let_expire(
    credential: Credential, review: Review, decision: Decision, case: Case, now: datetime
) -> list[Sentence]:
    """The entry begins to expire with the decision, for as long as the law says (R7 and E4). An end that was decided stays."""
    if _ends(credential):
        credential.decisions = [*credential.decisions, public_decision(decision)]
        publish_outcome(credential, decision, reason=decision.reason, now=now)
        number = credential.number
        return [lambda: _("%(number)s ends already: its days stay as they are.") % {"number": number}]
    before = proposals.said_of_the_entry(credential)
    last = current.version_on(decision.effective_on).deadlines["expiring_period"]
    proposals.apply_entry(credential, {
        "expiring_from": iso(decision.effective_on),
        "expiry_end": iso(calendar.strictly(decision.effective_on, last) - calendar.DAY),
    })  # fmt: skip
    review.effects = proposals.altered(before, proposals.said_of_the_entry(credential))
    review.save(update_fields=["effects"])
    make_expiring(credential, decision, apart_from=case, on=_from(decision, now), now=now)
    said = {"number": credential.number, "day": iso(credential.expiring_from), "last": iso(credential.expiry_end)}
    return [lambda: _("%(number)s begins to expire on %(day)s. Its last day is %(last)s.") % said]


def _require_change(credential: Credential, review: Review, decision: Decision, now: datetime) -> Sentence:
    """Begin the draft of the change for the body that develops or awards the entry by now, to be handed in by its day: so
    long after the review fell due. Of an entry without a body officers draft it."""
    deadline = current.version_on(decision.decided_on).deadlines["change_after_review"]
    first = max(review.due_on, decision.decided_on)
    by = rolled(calendar.strictly(first, deadline), current.profile().calendar)
    body = reporter_of(credential)
    review.change = amendments.begin_required(credential, body and body.organisation, answer_by=by, now=now)
    review.save(update_fields=["change"])
    asked = review.change.case
    said = {"due_on": by.isoformat(), "reason": decision.reason}
    people = notices.members(asked) if body else notices.registrars(asked)
    notices.owe(asked, people, name="change_required", key=f"change:{asked.pk}:{review.pk}", now=now, **said)
    return lambda: _("Apply for the change under %(reference)s by %(due_on)s.") % {"reference": asked.reference, **said}


def _of_its_delivery(review: Review, decision: Decision, now: datetime) -> list[Sentence]:
    held = Accreditation.objects.select_for_update(of=("self",)).get(pk=review.accreditation_id)
    outcome = public_outcome(review, decision)
    held.conditions = [*held.conditions, *outcome.pop("conditions")]
    held.last_review = outcome
    standing.publish_accreditation(
        held, on=_from(decision, now), reference=decision.number, reason=decision.reason, now=now,
        decisions=[decision],
    )  # fmt: skip
    if decision.outcome != Outcome.DECLINED:
        return []
    said = {"number": held.number}
    return [
        lambda: _("%(number)s stays as it is until a measure about it is decided, on which you are heard first.") % said
    ]


def set_aside(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str
) -> list[Sentence]:  # fmt: skip
    """The decision is as if it had not been made: an end that it began is taken back, and nothing of it stands as the last
    review, nor is the entry or its delivery subject to its conditions (section 4.8)."""
    numbers = {decision.number for decision in decisions}
    review = Review.objects.get(case=case)
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=review.credential_id)
    if credential.last_review.get("decision") in numbers:
        credential.last_review = {}
        credential.save(update_fields=["last_review"])
        if not review.effects:
            document = publishing.credential_document(credential, credential.revisions.latest_public())
            journal.publish(
                document,
                effective_from=on,
                action="status",
                decision_number=reference,
                reason=undoing.SET_ASIDE,
                now=now,
            )
    held = review.accreditation
    if held is not None and held.last_review.get("decision") in numbers and delivering.document_of(held.number):
        begun = {iso(decision.effective_on) for decision in decisions if decision.matter == "delivery"}
        texts = {c.text for d in decisions if d.matter == "delivery" for c in d.conditions.all()}
        held.conditions = [
            row for row in held.conditions if row.get("from") not in begun or not texts & set(row["text"].values())
        ]
        held.last_review = {}
        standing.publish_accreditation(held, on=on, reference=reference, reason=undoing.SET_ASIDE, now=now)
    return undoing.set_aside_change(case=case, decisions=decisions, on=on, now=now, reference=reference)


# -- conditions --------------------------------------------------------------------------------------------------------------


def condition_met(condition: Condition, *, now: datetime) -> None:
    """A condition of a review is met, in public too. Once the last one is, the decision makers are told: the only way from
    there is up, and people take it (domain 0.8)."""
    decision = condition.decision
    case = decision.case
    review = Review.objects.get(case=case)
    if decision.matter == "review":
        _met_by_the_entry(review, condition, now)
    else:
        _met_by_its_delivery(review, condition, now)
    unmet = Condition.objects.filter(decision__case=case, decision__stage=decision.stage, met=None)
    if case.state == "approved_with_conditions" and not unmet.exists():
        key = f"review:{case.pk}:met:{decision.stage}"
        notices.owe(case, notices.deciders(case), name="conditions_met", key=key, now=now)


def _met_by_the_entry(review: Review, condition: Condition, now: datetime) -> None:
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=review.credential_id)
    if credential.last_review.get("decision") != condition.decision.number:
        return  # another review was decided since, and says what it is subject to
    credential.last_review = credential.last_review | {
        "conditions": _with_met(credential.last_review["conditions"], condition)
    }
    document = publishing.credential_document(credential, credential.revisions.latest_public())
    journal.publish(
        document, effective_from=current.today(now), action="status", decision_number=condition.decision.number,
        reason=condition.met.reason, now=now,
    )  # fmt: skip
    credential.save(update_fields=["last_review"])


def _met_by_its_delivery(review: Review, condition: Condition, now: datetime) -> None:
    held = Accreditation.objects.select_for_update(of=("self",)).get(pk=review.accreditation_id)
    held.conditions = _with_met(held.conditions, condition)
    standing.publish_accreditation(
        held, on=current.today(now), reference=condition.decision.number, reason=condition.met.reason, now=now
    )


def _with_met(rows: list[dict[str, Any]], condition: Condition) -> list[dict[str, Any]]:
    """The conditions as they are public, of which this one says when it was met."""
    kept = [dict(row) for row in rows]
    its = {"due_on": iso(condition.due_on), "from": iso(condition.decision.effective_on)}
    unmet = (
        row
        for row in kept
        if condition.text in row["text"].values() and not row.get("met_on") and its.items() <= row.items()
    )
    if (row := next(unmet, None)) is not None:
        row["met_on"] = iso(condition.met.met_on)
    return kept


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
