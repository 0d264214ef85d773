"""The tables of a consistency review walked, and of what a provider hands in for it (domain 1.10)."""

from datetime import datetime, timedelta

from credentials.lifecycle_consistency import PART, PART_STATES, REVIEW, STATES
from credentials.models import ConsistencyReview
from credentials.services import consistency
from registry.casework import services as desk
from registry.casework.models import Outcome
from registry.framework import current
from registry.models import Case, Membership, User
from tests import machines
from tests.builders import make_user
from tests.credentials import reviewed
from tests.credentials.reviewed import HELD, SAID, TODAY
from tests.machines import ACTS, Act, Subject, WalksItsTable, simple, through_the_door
from tests.registry.test_clock import at


def announce(case: Case, by: User | None, now: datetime) -> None:
    """Three months ahead, whenever that is; every provider hands in at once."""
    ConsistencyReview.objects.filter(case=case).update(held_on=current.today(now) + timedelta(days=100))
    for its in consistency.announce(case_id=case.pk, by=by, now=now):
        signatory = reviewed.signatory(its)
        consistency.save_part(case_id=its.case_id, by=signatory, values=SAID, now=now)
        desk.submit(case_id=its.case_id, by=signatory, now=now)


def decides(granted: str) -> Act:
    return lambda case, by, now: machines.decide(case, by, now, granted)


class ConsistencyOfAQualification(Subject):
    """All providers of a qualification are rated; the report is interim at first where one is not sufficient."""

    kind = REVIEW
    states = tuple(STATES)
    soon, late = at(TODAY), at(TODAY + timedelta(days=600))
    acts = ACTS | {
        "edit": simple(consistency.save_review, values={"venue": "Elsewhere"}),
        "announce": announce,
        "begin_rating": simple(consistency.begin_rating),
        "rate_again": simple(consistency.rate_again),
        "decide_interim": decides(Outcome.DECLINED),
    }  # fmt: skip

    def draft_of(self) -> Case:
        case = reviewed.prepared("Kestrel College")
        self.rosa = case.rosa
        case.signatory = Membership.objects.get(organisation=case.organisation).user
        return case

    def rated(self, verdict: str) -> None:
        (only,) = desk.criteria_of(self.case)
        desk.judge(case_id=self.case.pk, by=self.rosa, criterion=only.id, verdict=verdict, reason="So.", now=self.soon)

    def information_requested(self) -> None:
        self.do("announce", self.rosa)

    def under_evaluation(self, verdict: str = "met") -> None:
        self.information_requested()
        self.do("begin_rating", self.rosa, self.late)
        self.rated(verdict)

    def recommended(self, verdict: str = "met") -> None:
        self.under_evaluation(verdict)
        self.do("recommend", self.rosa)

    def interim(self) -> None:
        self.recommended("not_met")
        self.do("decide_interim", self.dana)

    def approved(self) -> None:
        self.recommended()
        self.do("approve", self.dana)

    def declined(self) -> None:
        self.interim()
        self.do("rate_again", self.rosa, self.late)
        self.rated("not_met")
        self.do("recommend", self.rosa)
        self.do("decline", self.dana)

    def withdrawn(self) -> None:
        self.do("withdraw", self.rosa)


class TestConsistencyOfAQualification(WalksItsTable):
    subject = ConsistencyOfAQualification
    examples = 6


class PartOfAProvider(Subject):
    """A provider assesses itself, and says what has improved while the report is interim."""

    kind = PART
    states = tuple(PART_STATES)
    soon, late = at(TODAY), at(TODAY + timedelta(days=600))
    acts = ACTS | {
        "edit": simple(consistency.save_part, values={"self_assessment": "All employers told us so."}),
        **{name: through_the_door(name) for name in ("miss", "ask_improvements", "end_improving", "close", "drop")},
    }  # fmt: skip

    def draft_of(self) -> Case:
        self.review = reviewed.announced("Kestrel College")
        its = reviewed.part(self.review, "Kestrel College")
        its.case.signatory = reviewed.signatory(its)
        consistency.save_part(case_id=its.case_id, by=its.case.signatory, values=SAID, now=self.soon)
        its.case.refresh_from_db()
        return its.case

    def begun(self) -> None:
        consistency.begin_rating(case_id=self.review.pk, by=self.review.rosa, now=at(HELD))
        self.review = reviewed.again(self.review)

    def decided(self, verdict: str) -> None:
        self.submitted()
        self.begun()
        case = reviewed.rate(self.review, kestrel=verdict)
        granted = Outcome.APPROVED if verdict == "met" else Outcome.DECLINED
        machines.decide(case, make_user("Dan", "decision_maker"), at(HELD), granted)

    def returned(self) -> None:
        self.decided("not_met")
        self.case.refresh_from_db()
        values = {"improvements": "Each assessment is observed."}
        consistency.save_part(case_id=self.case.pk, by=self.signatory, values=values, now=at(HELD))

    def missed(self) -> None:
        self.begun()

    def closed(self) -> None:
        self.decided("met")

    def withdrawn(self) -> None:
        desk.withdraw(case_id=self.review.pk, by=self.review.rosa)


class TestPartOfAProvider(WalksItsTable):
    subject = PartOfAProvider
    examples = 6
