"""The people of a rehearsal, who act in simulated time: bodies that report, officers who judge and decide.

Who does what, and when, follows from the seed of the rehearsal and the number of the entry alone, and from how many times
it has been reviewed: never from keys, from random ids or from the clock on the wall.
"""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from credentials.models import Credential, Review
from credentials.services import reviewed
from registry.casework import kinds
from registry.casework import services as desk
from registry.casework.models import Condition, Outcome
from registry.casework.services import reporting as reports
from registry.framework import current
from registry.framework.calendar import rolled
from registry.models import Case, Membership, Organisation, User
from tests.credentials.reviewing import report
from tests.registry.test_clock import at

DAY = timedelta(days=1)
# How a body behaves in one review, and what is decided of an entry: each with its weight.
MANNERS = {"in time": 50, "with more time": 12, "late": 23, "silent": 15}
OUTCOMES = {
    Outcome.APPROVED: 50, Outcome.APPROVED_WITH_CONDITIONS: 25, Outcome.CHANGE_REQUIRED: 15, Outcome.DECLINED: 10,
}  # fmt: skip
WITHOUT_A_REPORT = {
    Outcome.APPROVED: 15, Outcome.APPROVED_WITH_CONDITIONS: 30, Outcome.CHANGE_REQUIRED: 20, Outcome.DECLINED: 35,
}  # fmt: skip
OF_A_DELIVERY = {Outcome.APPROVED: 70, Outcome.APPROVED_WITH_CONDITIONS: 20, Outcome.DECLINED: 10}
LATEST = 120  # days after the last one: nobody who reports at all reports later


def serial_of(number: str) -> int:
    """The number within a register number: 12 of NQ-000012."""
    return int(number.rpartition("-")[2])


def weighted(dice: Random, table: dict[str, int]) -> str:
    return dice.choices(list(table), list(table.values()))[0]


@dataclass(frozen=True, order=True)
class Act:
    """One act on one day. Acts of a day are done in the order of the entries' numbers."""

    day: date
    number: str
    body: str
    turn: int
    name: str
    case_id: int = field(compare=False)


class People:
    """Everybody who acts, and what they have in mind. `every`: of so many entries one has people who act."""

    def __init__(self, seed: int, every: int):
        self.seed, self.every = seed, every
        self.agenda: list[Act] = []
        self.done: Counter[str] = Counter()

    # -- who they are --------------------------------------------------------------------------------------------------

    def act_for(self, number: str) -> bool:
        """Whether anybody acts in the reviews of this entry: of the others the bodies never answer, and nobody asks."""
        return serial_of(number) % self.every == 0

    def move_in(self) -> None:
        """Give every body that has to report on an entry of theirs somebody who signs for it."""
        bodies = {desk.authority_as_body(): "authority"}
        mine = Credential.objects.standing().select_related("awarding_body__organisation", "developer__organisation")
        for credential in mine.order_by("number"):
            if self.act_for(credential.number):
                body = reviewed.reporter_of(credential)
                if body is not None:
                    bodies[body.organisation] = body.number
                held = credential.accreditations.select_related("provider__organisation")
                bodies |= {a.provider.organisation: a.provider.number for a in held}
        for organisation, name in sorted(bodies.items(), key=lambda row: row[1]):
            _somebody_signs(organisation, name)

    @staticmethod
    def officer(name: str) -> User:
        return User.objects.get(email=f"{name}@authority.example")

    def _dice(self, act: Act, what: str) -> Random:
        return Random(f"{self.seed} {act.number} {act.body} {act.turn} {what}")

    # -- what they have in mind ----------------------------------------------------------------------------------------

    def hear_of(self, day: date) -> None:
        """The bodies learn which reports they were asked for on this day, and everybody plans."""
        asked = Review.objects.filter(case__opened_at__gte=at(day, 0), case__opened_at__lt=at(day + DAY, 0))
        for review in asked.select_related("case__organisation", "credential").order_by("case__reference"):
            if self.act_for(review.credential.number):
                self._plan(review)

    def _plan(self, review: Review) -> None:
        before = Review.objects.filter(
            credential=review.credential, case__organisation=review.case.organisation, due_on__lt=review.due_on
        ).count()
        due = review.case.answer_by
        act = Act(due, review.credential.number, review.case.organisation.legal_name, before, "", review.pk)
        dice = self._dice(act, "manner")
        manner = weighted(dice, MANNERS)
        self.done[f"manner: {manner}"] += 1
        match manner:
            case "in time":
                self._next(act, "report", due - dice.randint(0, 60) * DAY)
            case "with more time":
                self._next(act, "extend", due - dice.randint(1, 20) * DAY)
            case "late":
                late = dice.randint(1, LATEST)
                self._next(act, "demand", due + dice.randint(32, 60) * DAY)
                self._next(act, "report", due + late * DAY)
            case "silent":
                if dice.random() < 0.7:  # of the others nobody does anything, for years
                    self._next(act, "demand", due + dice.randint(32, 60) * DAY)
                    self._next(act, "go_without", due + dice.randint(91, 150) * DAY)

    def _next(self, act: Act, name: str, day: date) -> None:
        heapq.heappush(self.agenda, Act(day, act.number, act.body, act.turn, name, act.case_id))

    # -- what they do --------------------------------------------------------------------------------------------------

    def work(self, day: date) -> int:
        """Do all that is planned by the end of this day; how many acts."""
        before = self.done.total()
        while self.agenda and self.agenda[0].day <= day:
            act = heapq.heappop(self.agenda)
            case = Case.objects.select_related("organisation").get(pk=act.case_id)
            if getattr(self, f"_{act.name}")(act, case, at(day)):
                self.done[act.name] += 1
        return self.done.total() - before

    def _report(self, act: Act, case: Case, now: datetime) -> bool:
        if case.state != "draft":
            return False
        dice = self._dice(act, "report")
        started = dice.randint(5, 90)
        ended = dice.randint(1, started)
        report(
            case.review, by=_signatory(case), now=now, enrolments=started, completions=ended, awards=ended,
            withdrawals=started - ended, sought="continue", period_from=case.review.period_from or date(2020, 1, 1),
            learner_feedback=f"{dice.randint(1, 9)} in ten liked it.",
        )  # fmt: skip
        self._next(act, "evaluate", now.date() + dice.randint(1, 30) * DAY)
        return True

    def _extend(self, act: Act, case: Case, now: datetime) -> bool:
        dice = self._dice(act, "extend")
        until = rolled(case.answer_by + dice.randint(5, 40) * DAY, current.profile().calendar)
        reports.extend(
            case_id=case.pk, by=self.officer("ruth"), until=until, reason="The moderation came late.", now=now
        )
        late = dice.randint(1, 20) if dice.random() < 0.2 else -dice.randint(0, 4)
        self._next(act, "report", until + late * DAY)
        return True

    def _demand(self, act: Act, case: Case, now: datetime) -> bool:
        if case.state != "draft":
            return False  # the report has come
        reports.demand(case_id=case.pk, by=self.officer("ruth"), reason="Report within twenty days.", now=now)
        return True

    def _go_without(self, act: Act, case: Case, now: datetime) -> bool:
        if case.state != "draft":
            return False
        reports.go_without(case_id=case.pk, by=self.officer("ruth"), reason="Nobody answers.", now=now)
        self._next(act, "evaluate", now.date() + self._dice(act, "without").randint(1, 20) * DAY)
        return True

    def _evaluate(self, act: Act, case: Case, now: datetime) -> bool:
        ruth, dice = self.officer("ruth"), self._dice(act, "evaluate")
        if case.state == "submitted":
            desk.start_evaluation(case_id=case.pk, by=ruth, now=now)
        for criterion in desk.criteria_of(Case.objects.get(pk=case.pk)):
            verdict = dice.choice(("met", "met", "met", "partly_met"))
            desk.judge(case_id=case.pk, by=ruth, criterion=criterion.id, verdict=verdict, reason="Looked at.", now=now)
        outcome = self._outcome(act, case)
        conditions = [self._condition(act, now)] if outcome == Outcome.APPROVED_WITH_CONDITIONS else []
        desk.recommend(case_id=case.pk, by=ruth, outcome=outcome, reason="As judged.", conditions=conditions, now=now)
        self._next(act, "decide", now.date() + dice.randint(1, 15) * DAY)
        return True

    def _outcome(self, act: Act, case: Case) -> str:
        table = OUTCOMES if case.submitted_at else WITHOUT_A_REPORT
        return weighted(self._dice(act, "outcome"), table if case.review.of_entry else OF_A_DELIVERY)

    def _condition(self, act: Act, now: datetime, matter: str = "review") -> dict[str, str]:
        due = now.date() + self._dice(act, "condition").randint(40, 120) * DAY
        return {
            "text": f"Moderate the {act.turn + 1}. cycle anew ({matter}).",
            "owner": "The body",
            "due_on": due.isoformat(),
        }

    def _decide(self, act: Act, case: Case, now: datetime) -> bool:
        outcome, dice = self._outcome(act, case), self._dice(act, "decide")
        matters = list(kinds.get(case.kind).decided_in(case))
        outcomes = dict.fromkeys(matters, outcome)
        if len(matters) > 1:
            outcomes["delivery"] = weighted(dice, OF_A_DELIVERY)
        conditions = {
            m: [self._condition(act, now, m)] for m, o in outcomes.items() if o == Outcome.APPROVED_WITH_CONDITIONS
        }
        desk.decide(
            case_id=case.pk, by=self.officer(dice.choice(("dana", "samuel"))), outcomes=outcomes, reason="As recommended.",
            conditions=conditions, now=now,
        )  # fmt: skip
        for given in outcomes.values():
            self.done[f"outcome: {given}"] += 1
        if conditions and dice.random() < 0.6:  # the others are never met
            self._next(act, "meet", now.date() + dice.randint(20, 130) * DAY)
        return True

    def _meet(self, act: Act, case: Case, now: datetime) -> bool:
        waiting = Condition.objects.filter(decision__case=case, met=None).order_by("decision__number", "position")
        for condition in waiting:
            desk.meet_condition(
                case_id=case.pk, by=self.officer("grace"), condition_id=condition.pk, reason="It came.", now=now
            )
        if case.state == "approved_with_conditions":
            self._next(act, "upgrade", now.date() + self._dice(act, "meet").randint(1, 30) * DAY)
        return True

    def _upgrade(self, act: Act, case: Case, now: datetime) -> bool:
        matters = list(kinds.get(case.kind).decided_in(case))
        desk.decide(
            case_id=case.pk, by=self.officer("dana"), outcomes=dict.fromkeys(matters, Outcome.APPROVED),
            reason="Each condition is met.", now=now,
        )  # fmt: skip
        return True


def _somebody_signs(organisation: Organisation, name: str) -> None:
    if not Membership.objects.filter(organisation=organisation).exists():
        user = User.objects.create(email=f"signs.{name.lower()}@body.example", name=f"Signatory of {name}")
        Membership.objects.create(user=user, organisation=organisation, role=Membership.Role.SIGNATORY)


def _signatory(case: Case) -> User:
    return Membership.objects.filter(organisation=case.organisation).order_by("user__email").first().user
