"""The transition table of an application walked: every state, act and role, and long histories of many people."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from registry.casework import kinds
from registry.casework import services as desk
from registry.casework.models import Outcome
from registry.models import Case, User
from registry.search import follower
from tests import machines
from tests.builders import make_draft, make_provider, make_user
from tests.machines import ACTS, ROLES, People
from tests.registry.test_clock import at

BEGAN = date(2022, 12, 1)
SOON, LATE = at(BEGAN + timedelta(days=1)), at(BEGAN + timedelta(days=400))


class Application:
    """A combined application, taken to each of its states by people who then take no further part."""

    kind = "credential_application"

    def __init__(self) -> None:
        self.case = make_draft(provider=make_provider("Harbour Institute", registered_on=date(2010, 1, 1)))
        self.signatory = self.case.signatory
        follower.catch_up()
        self.eva, self.dana = make_user("Eva", "evaluator"), make_user("Dana", "decision_maker")

    def to(self, state: str) -> Case:
        getattr(self, state)()
        self.case.refresh_from_db()
        return self.case

    def do(self, name: str, by: User, now=SOON) -> None:
        ACTS[name](self.case, by, now)
        self.case.refresh_from_db()

    def draft(self) -> None: ...

    def submitted(self) -> None:
        self.do("submit", self.signatory)

    def returned(self) -> None:
        self.submitted()
        self.do("return", self.eva)

    def under_evaluation(self) -> None:
        self.submitted()
        self.do("evaluate", self.eva)
        if kinds.get(self.case.kind).has("compare"):
            self.do("compare", self.eva)
        for criterion in desk.criteria_of(self.case):
            desk.judge(
                case_id=self.case.pk, by=self.eva, criterion=criterion.id, verdict="met", reason="Shown.", now=SOON
            )

    def information_requested(self) -> None:
        self.under_evaluation()
        self.do("request", self.eva)

    def panel(self) -> None:
        self.under_evaluation()
        self.do("convene", self.eva)

    def recommended(self) -> None:
        self.under_evaluation()
        self.do("recommend", self.eva)

    def decision_pending(self) -> None:
        self.recommended()
        self.do("propose_decision", self.dana)

    def conditional_decision_pending(self) -> None:
        self.recommended()
        machines.decide(self.case, self.dana, SOON, Outcome.APPROVED_WITH_CONDITIONS, back=3)

    def approved(self) -> None:
        self.recommended()
        self.do("approve", self.dana)

    def approved_with_conditions(self) -> None:
        self.recommended()
        self.do("approve_with_conditions", self.dana)

    def declined(self) -> None:
        self.recommended()
        self.do("decline", self.dana)

    def withdrawn(self) -> None:
        self.submitted()
        self.do("withdraw", self.signatory)

    def lapsed(self) -> None:
        self.information_requested()
        self.do("lapse", self.eva, LATE)


STATES = (
    "draft", "submitted", "returned", "under_evaluation", "information_requested", "panel", "recommended",
    "decision_pending", "conditional_decision_pending", "approved", "approved_with_conditions", "declined", "withdrawn",
    "lapsed",
)  # fmt: skip


def walk_every_triple(subject: Application, state: str, record_property) -> int:
    """In one state, each act by each role, soon and late; each tried from the same beginning."""
    case = subject.to(state)
    people, steps, done = People(case), 0, 0
    for role in ROLES:
        people.of(role)
    for name in sorted(t.name for t in kinds.get(case.kind).transitions):
        for role in ROLES:
            for now in (SOON, LATE) if name in machines.TIMED else (SOON,):
                place = transaction.savepoint()
                done += machines.step(case, name, role, people.of(role), now)
                transaction.savepoint_rollback(place)
                steps += 1
    record_property("steps", steps)
    record_property("done", done)
    return done


def test_every_state_of_the_table_is_walked():
    walked = {state.removeprefix("conditional_") for state in STATES}
    assert walked == set(kinds.get(Application.kind).states)


@pytest.mark.parametrize("state", STATES)
def test_in_every_state_each_act_is_done_by_whom_the_table_names_and_refused_to_all_others(db, record_property, state):
    done = walk_every_triple(Application(), state, record_property)
    assert bool(done) == bool(kinds.get(Application.kind).from_state(state.removeprefix("conditional_")))


class History(RuleBasedStateMachine):
    """A case from its draft on, with everybody trying everything as time goes by."""

    subject = Application

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.steps = 0

    @initialize()
    def begin(self) -> None:
        made = self.subject()
        self.case, self.now = made.case, SOON
        self.people = People(self.case)
        self.people.made["signatory"] = made.signatory

    @rule(name=st.sampled_from(sorted(ACTS)), role=st.sampled_from(ROLES), fresh=st.booleans())
    def anybody_tries(self, name: str, role: str, fresh: bool) -> None:
        by = self.people.fresh(role) if fresh and role != "signatory" else self.people.of(role)
        machines.step(self.case, name, role, by, self.now)
        type(self).total += 1

    @rule(data=st.data())
    def somebody_does_what_is_possible(self, data) -> None:
        """Mostly what leads on, so that histories reach their end."""
        possible = [
            (t.name, role)
            for t in kinds.get(self.case.kind).from_state(self.case.state)
            for role in ROLES
            if role in t.actors
        ]
        name, role = data.draw(st.sampled_from(sorted(possible))) if possible else ("note", "evaluator")
        machines.step(self.case, name, role, self.people.of(role), self.now)
        type(self).total += 1

    @rule(name=st.just("judge"))
    def an_evaluator_judges_everything(self, name: str) -> None:
        eva = self.people.of("evaluator")
        for criterion in desk.criteria_of(self.case):
            if machines.allowed(self.case, name, "evaluator", eva, self.now):
                desk.judge(
                    case_id=self.case.pk, by=eva, criterion=criterion.id, verdict="met", reason="So.", now=self.now
                )
                self.case.refresh_from_db()

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def every_publication_was_decided_by_a_second_person(self) -> None:
        if hasattr(self, "case"):
            machines.published_by_two(self.case)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    total = 0


def test_whatever_people_try_in_whatever_order_the_table_holds(db, record_property):
    History.total = 0
    run_state_machine_as_test(History, settings=settings(max_examples=20, stateful_step_count=40, deadline=None))
    record_property("steps", History.total)
    assert History.total > 300


def test_every_act_that_tells_somebody_has_its_words():
    from registry.casework.letters.texts import TEXTS

    silent = [
        (kind.name, t.name)
        for kind in kinds.every()
        for t in kind.transitions
        for audience in t.tells
        if t.name not in TEXTS and f"{t.name}:{audience}" not in TEXTS
    ]
    assert silent == []
