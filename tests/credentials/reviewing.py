"""Reviews as tests make them: of an entry on the register, opened by the daily step, reported, judged and decided."""

from datetime import date, datetime, timedelta
from typing import Any

from credentials import schedule
from credentials.models import Credential, Review
from credentials.services import reviewing
from registry.casework import services as desk
from registry.models import Case, Membership, User
from tests.builders import (
    decide,
    evaluate,
    make_accreditation_draft,
    make_listed,
    make_provider,
    make_signatory,
    make_user,
)
from tests.registry.test_clock import at

DAY = timedelta(days=1)
FIGURES = {"enrolments": 40, "completions": 31, "awards": 30, "withdrawals": 4}
WORDS = {
    "learner_feedback": "Nine in ten would take it again.", "need_evidence": "Two employers' groups wrote in May.",
    "moderation": "One of thirty was marked down.", "duplication": "Nothing that was listed since is like it.",
    "fees": "NZD 600, tax included.",
}  # fmt: skip


def signatory_of(case: Case) -> User:
    member = Membership.objects.filter(organisation=case.organisation).select_related("user").first()
    return member.user if member else make_signatory(case.organisation.provider)


def opened(credential: Credential | None = None, on: date | None = None) -> Review:
    """The review of an entry, on the day on which it opens."""
    credential = credential or make_listed()
    day = on or schedule.opens_on(credential.review_due)
    reviewing.open_reviews(day, now=at(day))
    return credential.reviews.filter(of_entry=True).order_by("due_on").last()


def report(review: Review, *, by: User | None = None, now: datetime, **values: Any) -> Case:
    """Write the report, and hand it in."""
    case = review.case
    by = by or signatory_of(case)
    ratings = {c.id: {"rating": "met", "ground": "As shown."} for c in desk.criteria_of(case)}
    said = {**FIGURES, **WORDS, "sites": ["1 Quay St"], "ratings": ratings, "sought": "continue", **values}
    reviewing.save_report(case_id=case.pk, by=by, values=said, now=now)
    return desk.submit(case_id=case.pk, by=by, now=now)


def judged(case: Case, *, now: datetime, verdict: str = "met", outcome: str = "approved", conditions: Any = ()) -> Case:
    """Evaluated by a review officer, and recommended."""
    rea = make_user("Rea", "review_officer")
    case = Case.objects.get(pk=case.pk)
    if case.state == "submitted":
        desk.start_evaluation(case_id=case.pk, by=rea, now=now)
    for criterion in desk.criteria_of(Case.objects.get(pk=case.pk)):
        desk.judge(case_id=case.pk, by=rea, criterion=criterion.id, verdict=verdict, reason="Looked at.", now=now)
    desk.recommend(case_id=case.pk, by=rea, outcome=outcome, reason="As judged.", conditions=list(conditions), now=now)
    return Case.objects.get(pk=case.pk)


def decided(review: Review, *, now: datetime, outcome: str = "approved", **kwargs: Any):
    """Reported, judged and decided, all at one time; `conditions` for each matter."""
    case = report(review, now=now)
    judged(case, now=now)
    return decide(case, outcome=outcome, now=now, **kwargs)


def delivered_by(credential: Credential, title: str = "Second Institute"):
    """Another provider that is accredited for an entry."""
    other = make_provider(title)
    by = make_signatory(other, f"Signatory of {title}")
    case = make_accreditation_draft(credential, other, by)
    desk.submit(case_id=case.pk, by=by)
    evaluate(Case.objects.get(pk=case.pk))
    decide(case)
    return credential.accreditations.get(provider=other)
