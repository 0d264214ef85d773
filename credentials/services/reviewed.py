"""What was decided of a review, made public at once; what it is subject to; and what a reconsideration takes back (section 4.6
and 4.8 of the domain specification)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from credentials import delivering, proposals, publishing, schedule
from credentials.models import Accreditation, Credential, Review
from credentials.services import amendments, standing, undoing
from credentials.services.publication import conditions_of, make_expiring, public_decision, with_met
from providers.models import Provider
from registry import journal
from registry.casework import notices
from registry.casework.kinds import Sentence
from registry.casework.models import Condition, Decision, Outcome
from registry.documents import iso
from registry.framework import calendar, current
from registry.framework.calendar import rolled
from registry.models import Case, User


def reporter_of(credential: Credential) -> Provider | None:
    """The body that reports on an entry: its developer (domain 1.9), else the one that leads its award."""
    return credential.developer or credential.awarding_body


# -- the decision ----------------------------------------------------------------------------------------------------------


def publish_reviewed(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What was decided of an entry and of its delivery, each on its own (R7).

    Of the entry the outcome and the next day are public at once, without a new revision; where it does not continue, it
    begins to expire. A refusal of its delivery takes no accreditation: the measure that may follow is decided by itself,
    with a notice and a reply. Where a change is required, its draft is begun for the body.
    """
    review = Review.objects.select_related("case").get(case=case)
    credential, held = _locked(review)
    said: list[Sentence] = []
    for decision in decisions:
        if decision.matter == "review":
            said += _of_the_entry(review, credential, decision, case, now)
        else:
            said += _of_its_delivery(held, review, decision, now)
    return said


def _locked(review: Review) -> tuple[Credential, Accreditation | None]:
    """The entry, and who delivers it where that is reviewed: rows come before the journal (design 3)."""
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=review.credential_id)
    held = Accreditation.objects.select_for_update(of=("self",)).filter(pk=review.accreditation_id).first()
    return credential, held


def _of_the_entry(
    review: Review, credential: Credential, decision: Decision, case: Case, now: datetime
) -> list[Sentence]:  # fmt: skip
    credential.last_review = public_outcome(review, decision)
    number = credential.number
    if credential.review_due == review.due_on:
        schedule.advance(credential, decision.decided_on)
    if decision.outcome == Outcome.DECLINED:
        return _let_expire(credential, review, decision, case, now)
    told: list[Sentence] = []
    if decision.outcome == Outcome.CHANGE_REQUIRED:
        told.append(_require_change(credential, review, decision, now))
    _publish_outcome(credential, decision, now)
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


def _publish_outcome(credential: Credential, decision: Decision, now: datetime) -> None:
    """Keep and publish how an entry stands after its review, with the decision that says so."""
    credential.decisions = [*credential.decisions, public_decision(decision)]
    _publish(credential, on=_from(decision, now), reference=decision.number, reason=decision.reason, now=now)


def _publish(credential: Credential, *, on: date, reference: str, reason: str, now: datetime) -> None:
    """Keep and publish what is told of an entry beside its content: what it says is as it was, in the same revision."""
    document = publishing.credential_document(credential, credential.revisions.latest_public())
    journal.publish(document, effective_from=on, action="status", decision_number=reference, reason=reason, now=now)
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
        _publish_outcome(credential, decision, now)
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


def _of_its_delivery(held: Accreditation, review: Review, decision: Decision, now: datetime) -> list[Sentence]:
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
    credential, held = _locked(review)
    if credential.last_review.get("decision") in numbers:
        credential.last_review = {}
        credential.save(update_fields=["last_review"])
        if not review.effects:  # an end that it began is taken back below, and tells this too
            _publish(credential, on=on, reference=reference, reason=undoing.SET_ASIDE, now=now)
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
        "conditions": with_met(credential.last_review["conditions"], condition)
    }
    _publish(
        credential, on=current.today(now), reference=condition.decision.number, reason=condition.met.reason, now=now
    )


def _met_by_its_delivery(review: Review, condition: Condition, now: datetime) -> None:
    held = Accreditation.objects.select_for_update(of=("self",)).get(pk=review.accreditation_id)
    held.conditions = with_met(held.conditions, condition)
    standing.publish_accreditation(
        held, on=current.today(now), reference=condition.decision.number, reason=condition.met.reason, now=now
    )
