"""The table of a review walked: what the register asks a body to report on, by a day."""

from datetime import timedelta

from credentials.lifecycle_reviews import REVIEW, STATES
from credentials.services import reviewing
from registry.casework import services as desk
from registry.casework.models import Outcome
from registry.casework.services import reporting as reports
from registry.errors import RegisterError
from registry.framework import current
from registry.framework.calendar import rolled
from registry.models import Case, User
from tests.builders import make_listed, make_user
from tests.credentials.reviewing import FIGURES, WORDS, opened, signatory_of
from tests.machines import ACTS, Act, Subject, WalksItsTable, simple
from tests.registry.test_clock import at


def extend(case: Case, by: User | None, now):
    until = rolled((case.answer_by or case.review.due_on) + timedelta(days=1), current.profile().calendar)
    return reports.extend(case_id=case.pk, by=by, until=until, reason="Flood.", now=now)


def first_time(act: Act, *, again: bool = False) -> Act:
    """The same button decides once more what was decided with conditions: which act it is, the state tells."""

    def tried(case: Case, by: User | None, now):
        if (case.state == "approved_with_conditions") is not again:
            raise RegisterError("It is the other act.")
        return act(case, by, now)

    return tried


def require_change(case: Case, by: User | None, now):
    return desk.decide(
        case_id=case.pk, by=by, reason="It is out of date.", now=now,
        outcomes={"review": Outcome.CHANGE_REQUIRED, "delivery": Outcome.APPROVED},
    )  # fmt: skip


class ReviewOfAnEntry(Subject):
    """The report on an entry and its delivery, of the body that develops and delivers it."""

    kind = REVIEW
    states = tuple(STATES)
    acts = ACTS | {
        "edit": simple(reviewing.save_report, values={"fees": "NZD 600, tax included."}),
        "extend": extend,
        "demand": simple(reports.demand, reason="Report within ten days."),
        "go_without": simple(reports.go_without, reason="No answer."),
        "close_report": simple(reports.close_report, reason="It was handed over."),
        "approve": first_time(ACTS["approve"]),
        "require_change": require_change,
        "cover": simple(reviewing.cover, change="CHA-2026-000001", reason="It was judged in full."),
        "upgrade": first_time(ACTS["approve"], again=True),
    }

    def draft_of(self) -> Case:
        review = opened(make_listed())
        self.soon, self.late = at(review.period_until), at(review.due_on + timedelta(days=40))
        case, self.rea = review.case, make_user("Rolf", "review_officer")
        case.signatory = signatory_of(case)
        ratings = {c.id: {"rating": "met", "ground": "As shown."} for c in desk.criteria_of(case)}
        said = {**FIGURES, **WORDS, "sites": ["1 Quay St"], "ratings": ratings, "sought": "continue"}
        reviewing.save_report(case_id=case.pk, by=case.signatory, values=said, now=self.soon)
        return case

    def change_required(self) -> None:
        self.recommended()
        self.do("require_change", self.dana)

    def withdrawn(self) -> None:
        self.do("close_report", self.rea)


class TestReviewOfAnEntry(WalksItsTable):
    subject = ReviewOfAnEntry
    examples = 8
