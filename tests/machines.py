"""Walks the transition table of a kind of case: every state, every act, every role; allowed ones move and are recorded,
all others are refused and change nothing."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from registry import models as register
from registry.casework import guards, kinds, workflow
from registry.casework import services as desk
from registry.casework.models import Outcome
from registry.casework.services import reconsidering as again
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Case, Change, Decision, Membership, Part, User
from registry.people import roles
from registry.search import follower
from tests.builders import letter, make_provider, make_signatory, make_user
from tests.registry.test_clock import at

EVERY = os.environ.get("NQR_WALKS") == "every"
STAFF = ("evaluator", "decision_maker", "registrar", "review_officer", "auditor", "administrator")
ROLES = ("signatory", "editor", "outsider", *STAFF, "system")
# What a person in such a role may act as, in a transition's table.
ACTS_AS = {"signatory": {"signatory", "editor"}, "outsider": set()}

Act = Callable[[Case, User | None, datetime], Any]


@dataclass
class People:
    """One person of every role. `fresh` makes others, who have taken no part in anything yet."""

    case: Case
    made: dict[str, User | None] = field(default_factory=dict)

    def of(self, role: str) -> User | None:
        if role not in self.made:
            self.made[role] = self.fresh(role)
        return self.made[role]

    def fresh(self, role: str) -> User | None:
        match role:
            case "system":
                return None
            case "outsider":
                return make_signatory(make_provider("Elsewhere"), "Otto")
            case "signatory" | "editor":
                user = make_user(role)
                Membership.objects.create(user=user, organisation=self.case.organisation, role=role)
                return user
        return make_user(role, role)


def acts_as(role: str) -> set[str]:
    return ACTS_AS.get(role, {role})


# -- how each act is done -----------------------------------------------------------------------------------------------


def outcomes(case: Case, granted: str) -> dict[str, str]:
    """The same for every matter that is decided now; a condition on the last of them alone."""
    matters = list(kinds.get(case.kind).decided_in(case))
    if granted == Outcome.APPROVED_WITH_CONDITIONS and matters:
        return dict.fromkeys(matters, Outcome.APPROVED) | {matters[-1]: granted}
    return dict.fromkeys(matters, granted)


def decide(case: Case, by: User, now: datetime, granted: str, back: int = 0) -> Any:
    chosen = outcomes(case, granted)
    conditions = {m: [CONDITION] for m, o in chosen.items() if o == Outcome.APPROVED_WITH_CONDITIONS}
    day = current.today(now) - timedelta(days=back)
    return desk.decide(
        case_id=case.pk, by=by, outcomes=chosen, reason="It is shown.", conditions=conditions, now=now,
        effective_on=day if back else None, backdating="court" if back else "",
    )  # fmt: skip


CONDITION = {"text": "Open the second laboratory.", "owner": "The applicant", "due_on": "2030-01-31"}


def first_criterion(case: Case) -> str:
    """One of its criteria; where nothing of it is judged, one that it does not have."""
    return next((criterion.id for criterion in desk.criteria_of(case)), "none")


def item_of(case: Case) -> int:
    """An item of the last information request; one that there is not, where nothing has been asked."""
    last = register.RequestItem.objects.filter(request__case=case).last()
    return last.pk if last else 0


def ask(case: Case, by: User, now: datetime) -> Any:
    return desk.ask(case_id=case.pk, by=by, items=[{"criterion": first_criterion(case), "question": "How?"}], now=now)


def convene(case: Case, by: User, now: datetime) -> Any:
    return desk.convene(
        case_id=case.pk, by=by, members=[make_user("Member", "evaluator")], quorum=1, question="Is it?", now=now
    )


def record_minutes(case: Case, by: User, now: datetime) -> Any:
    panel = case.panels.last()
    present = list(panel.members.values_list("person", flat=True)) if panel else []
    return desk.record_minutes(
        case_id=case.pk, by=by, present=present, minutes="It is.", met_on=current.today(now), now=now
    )


def condition_of(case: Case) -> int:
    last = register.Condition.objects.filter(decision__case=case, met=None).last()
    return last.pk if last else 0


def ask_again(case: Case, by: User, now: datetime) -> Any:
    """A body asks for a reconsideration by handing one in: what it began of it is no part of this case."""
    values = {"statement_fact": "A letter was overlooked.", "raised_fact": "In our letter of March."}
    with transaction.atomic():
        asked = again.begin(about=case.reference, by=by, now=now)
        again.save(case_id=asked.pk, by=by, values=values, now=now)
        return desk.submit(case_id=asked.pk, by=by, now=now)


def through_the_door(name: str) -> Act:
    """What the clock does is tried by everybody at the one door."""

    def move(case: Case, by: User | None, now: datetime) -> Any:
        with transaction.atomic():
            return workflow.move(workflow.lock(case.pk), name, by=by, now=now)

    return move


def simple(service: Callable, **kwargs: Any) -> Act:
    return lambda case, by, now: service(case_id=case.pk, by=by, now=now, **kwargs)


ACTS: dict[str, Act] = {
    "submit": simple(desk.submit),
    "withdraw": simple(desk.withdraw),
    "adopt_law": simple(desk.adopt_law),
    "answer": lambda case, by, now: desk.answer(case_id=case.pk, by=by, item_id=item_of(case), text="So.", now=now),
    "send_answers": simple(desk.send_answers),
    "write": simple(desk.write, text="A question."),
    "ask_reconsideration": lambda case, by, now: ask_again(case, by, now),
    "return": simple(desk.return_incomplete, reason="The sites are missing."),
    "assign": lambda case, by, now: desk.assign(case_id=case.pk, by=by, to=make_user("Ida", "evaluator"), now=now),
    "evaluate": simple(desk.start_evaluation),
    "judge": lambda case, by, now: desk.judge(
        case_id=case.pk, by=by, criterion=first_criterion(case), verdict="met", reason="Shown.", now=now
    ),
    "request": ask,
    "take_back_request": lambda case, by, now: desk.take_back_request(
        case_id=case.pk, by=by, number=case.information_requests.count(), now=now
    ),
    "resume": simple(desk.resume, reason="It is clear without."),
    "propose_lapse": through_the_door("propose_lapse"),
    "lapse": simple(desk.lapse),
    "convene": convene,
    "record_panel": record_minutes,
    "recommend": simple(desk.recommend, outcome="approved", reason="All met."),
    "compare": simple(desk.compare),
    "send_back": simple(desk.send_back, reason="Look at it again."),
    "approve": lambda case, by, now: decide(case, by, now, Outcome.APPROVED),
    "approve_with_conditions": lambda case, by, now: decide(case, by, now, Outcome.APPROVED_WITH_CONDITIONS),
    "decline": lambda case, by, now: decide(case, by, now, Outcome.DECLINED),
    "propose_decision": lambda case, by, now: decide(case, by, now, Outcome.APPROVED, back=3),
    "confirm": simple(desk.confirm),
    "confirm_with_conditions": simple(desk.confirm),
    "return_decision": simple(desk.return_decision, reason="Which court?"),
    "waive": simple(desk.waive, rule="NZ-12", reason="It is small.", instrument="Rule 14.4(c)"),
    "declare_interest": simple(desk.declare_interest, reason="My sister works there."),
    "note": simple(desk.note, text="Among us."),
    "tell": simple(desk.tell, text="Please wait."),
    "invoice": simple(desk.invoice),
    "record_payment": simple(desk.record_payment, reference="Bank 1"),
    "waive_fee": simple(desk.waive_fee, reason="A school."),
    "meet_condition": lambda case, by, now: desk.meet_condition(
        case_id=case.pk, by=by, condition_id=condition_of(case), reason="Seen.", now=now
    ),
    "release": through_the_door("release"),
    "stand_still": through_the_door("stand_still"),
    "go_on": through_the_door("go_on"),
    "reopen": through_the_door("reopen"),
    "give_notice": simple(desk.give_notice),
    "complete": simple(desk.complete),
}


def attach(case: Case, by: User, now: datetime) -> Any:
    """Editing a draft, as every kind of case knows it: a file is attached."""
    name = f"note-{case.evidence.count()}.txt"
    return desk.attach(
        case_id=case.pk, by=by, criterion=first_criterion(case), upload=letter(name, name.encode()), now=now
    )


ACTS["edit"] = attach


# What the data of a case must hold for an act besides what its table says, so that the act can be meant at all.
Needs = Callable[[Case, date], bool]


def drafted(granted: bool) -> Needs:
    def holds(case: Case, today: date) -> bool:
        draft = case.decision_drafts.last()
        conditional = Outcome.APPROVED_WITH_CONDITIONS in draft.content["outcomes"].values() if draft else False
        return draft is not None and conditional != granted

    return holds


NEEDS: dict[str, Needs] = {
    "adopt_law": lambda case, today: current.version_on(today).id != case.profile,
    "answer": lambda case, today: bool(item_of(case)),
    "take_back_request": lambda case, today: case.information_requests.filter(
        number=case.information_requests.count(), closed_at=None
    ).exists(),
    "resume": lambda case, today: not case.information_requests.filter(closed_at=None, due_on__gte=today).exists(),
    "confirm": drafted(True),
    "confirm_with_conditions": drafted(False),
    "record_panel": lambda case, today: case.panels.filter(closed_at=None).exists(),
    "waive": lambda case, today: bool(
        (rule := desk.version_of(case).rule("NZ-12")) and rule.waivable and not case.waivers.exists()
    ),
    "meet_condition": lambda case, today: bool(condition_of(case)),
    # Of what a body has had no letter of, it knows nothing.
    "ask_reconsideration": lambda case, today: (
        again.may_be_asked(case) and case.letters.filter(kind="decision").exists()
    ),
    # The laws that come with the register name no fee.
    # No change of the entry was granted meanwhile: see `tests.credentials.test_ending`.
    "cover": lambda case, today: False,
    "invoice": lambda case, today: False,
    "record_payment": lambda case, today: False,
    "waive_fee": lambda case, today: False,
}
# What depends on the day on which it is tried.
TIMED = {
    "adopt_law", "ask_reconsideration", "begin_rating", "demand", "extend", "go_without", "lapse", "propose_lapse",
    "rate_again", "resume",
}  # fmt: skip
DRAFTED = {"confirm", "confirm_with_conditions"}
# These write what their own guard asks for before it is asked.
CLOSES_FIRST = {"resume": guards.no_open_request, "record_panel": guards.quorum_was_there}


# -- what must follow ---------------------------------------------------------------------------------------------------

COUNTED = (
    "Answer", "Condition", "ConditionMet", "Decision", "DecisionDraft", "DuplicateCheck", "Evidence", "Fee",
    "InformationRequest", "Judgement", "Letter", "Message", "Notice", "Panel", "Part", "Recommendation", "Release",
    "RequestItem", "Submission", "Waiver", "Entry", "Change", "Exemption",
)  # fmt: skip


def everything(case: Case) -> dict[str, Any]:
    """All that an act could have changed: the case itself, and how many rows of each sort there are. One query."""
    tables = {name: getattr(register, name)._meta.db_table for name in COUNTED}
    counts = ", ".join(f'(select count(*) from {table}) as "{name}"' for name, table in tables.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "select to_jsonb(c) as row, c.revision, "
            f"(select count(*) from registry_event where case_id = c.id) as events, {counts} "
            "from registry_case c where id = %s",
            [case.pk],
        )
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def allowed(case: Case, name: str, role: str, by: User | None, now: datetime) -> bool:
    """What the table says: this state, this role, and every guard."""
    kind = kinds.get(case.kind)
    if not kind.has(name):
        return False
    transition = kind.transition(name)
    if case.state not in transition.sources or not acts_as(role) & set(transition.actors):
        return False
    asked = (guard for guard in transition.guards if guard is not CLOSES_FIRST.get(name))
    if any(guard(case, by, current.today(now)) for guard in asked):
        return False
    return not (transition.part and by and _other_side(case, by, transition.part))


def _drafted_it(case: Case, by: User | None) -> bool:
    """Whether it is this person's own draft that waits for a second approver."""
    draft = case.decision_drafts.last()
    return draft is not None and by is not None and draft.drafted_by_id == by.pk


def _other_side(case: Case, by: User, part: str) -> bool:
    deciding = part in ("decided", "confirmed")
    return any((p in ("decided", "confirmed")) != deciding for p in taken(case, by))


def taken(case: Case, by: User) -> list[str]:
    return list(Part.objects.filter(case=case, person=by).values_list("part", flat=True))


def step(
    case: Case, name: str, role: str, by: User | None, now: datetime, *, acts: Mapping[str, Act] = ACTS,
    before: dict[str, Any] | None = None,
) -> bool:  # fmt: skip
    """Try one act; whether it was done. Asserts that what the table allows moves and is recorded, and that all else is
    refused and changes nothing. `before`: everything as it is, where that is known already."""
    case.refresh_from_db()
    may = allowed(case, name, role, by, now)
    can = may and NEEDS.get(name, lambda *_: True)(case, current.today(now))
    if name in DRAFTED and may and not can:
        return False  # the same button, whose draft makes it the other act
    can = can and not (name in DRAFTED and _drafted_it(case, by))
    before = before or everything(case)
    state = case.state
    try:
        acts[name](case, by, now)
        done = True
    except RegisterError as refusal:
        done, why = False, refusal
    except AttributeError:
        # The clock has no person, and a person's service is not to be called without one.
        assert by is None
        done, why = False, "nobody acts"
    case.refresh_from_db()
    if not done:
        assert not can, f"{name} by {role} in {state}: refused, {why}"
        assert everything(case) == before, f"{name} by {role} in {state} was refused and changed something"
        return False
    if name == "submit" and state == "submitted":
        # The same thing handed in again gets the receipt that it has (edge case 28).
        assert everything(case) == before
        return False
    assert may, f"{name} by {role} in {state} was done, against the table"
    assert not (name in DRAFTED and _drafted_it(case, by)), "one person drafted it and confirmed it"
    transition = kinds.get(case.kind).transition(name)
    event = case.events.filter(name=f"case:{name}").latest("position")
    assert (event.details["from"], event.role in acts_as(role)) == (state, True)
    assert event.person_id == (by.person_id if by else None)
    assert event.position > before["events"], "it is recorded"
    if name not in FOLLOWED:
        assert case.state == (transition.target or state)
    assert case.revision > before["revision"]
    return True


# An act that may bring another along in the same transaction: taking the last request back resumes the evaluation, and an
# interim decision opens submissions.
FOLLOWED = {"take_back_request", "approve_interim"}


def published_by_two(case: Case) -> None:
    """Every publication has a decision by a person who drafted, evaluated and recommended nothing of it; or an exemption
    that its case left when one person completed it."""
    for change in Change.objects.exclude(decision_number=None):
        decision = Decision.objects.filter(number=change.decision_number).first()
        if decision is None:
            exemption = register.Exemption.objects.get(case__reference=change.decision_number)
            assert exemption.ground in ("correction", "law") and exemption.completed_by and exemption.instrument
            continue
        sides = taken(decision.case, decision.decided_by)
        assert set(sides) == {"decided"}, sides
    for decision in Decision.objects.filter(case=case):
        others = set(Part.objects.filter(case=case, part="drafted").values_list("person", flat=True))
        assert decision.decided_by_id not in others


STATES = (
    "draft", "submitted", "returned", "under_evaluation", "information_requested", "panel", "recommended",
    "decision_pending", "conditional_decision_pending", "approved", "approved_with_conditions", "declined", "withdrawn",
    "lapsed",
)  # fmt: skip

# -- subjects ----------------------------------------------------------------------------------------------------------

BEGAN = date(2022, 12, 1)
SOON, LATE = at(BEGAN + timedelta(days=1)), at(BEGAN + timedelta(days=400))


class Subject:
    """A case of one kind, taken to each of its states by people who then take no further part. `draft_of` makes it."""

    kind: str
    # Every state of its table, as the methods below are called that take a case there.
    states: tuple[str, ...] = STATES
    # When it begins, and when so much time has passed that whatever ran out has; and how its own acts are done.
    soon, late = SOON, LATE
    acts: Mapping[str, Act] = ACTS

    def draft_of(self) -> Case:
        raise NotImplementedError

    def __init__(self) -> None:
        self.case = self.draft_of()
        self.signatory = self.case.signatory
        follower.catch_up()
        self.eva, self.dana = make_user("Eva", "evaluator"), make_user("Dana", "decision_maker")

    def to(self, state: str) -> Case:
        getattr(self, state)()
        self.case.refresh_from_db()
        return self.case

    def do(self, name: str, by: User, now: datetime | None = None) -> None:
        self.acts[name](self.case, by, now or self.soon)
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
                case_id=self.case.pk, by=self.eva, criterion=criterion.id, verdict="met", reason="Shown.", now=self.soon
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
        decide(self.case, self.dana, self.soon, Outcome.APPROVED_WITH_CONDITIONS, back=3)

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
        self.do("lapse", self.eva, self.late)


def walk_every_triple(subject: Subject, state: str, record_property) -> int:
    """In one state, each act by each role, soon and late; each tried from the same beginning.

    Who tries which act is chosen by `_who_tries`: that the role is asked first, whatever the state, the histories try.
    """
    case = subject.to(state)
    people, steps, done = People(case), 0, 0
    for role in ROLES:
        people.of(role)
    before = everything(case)
    for transition in sorted(kinds.get(case.kind).transitions, key=lambda t: t.name):
        name = transition.name
        for role in _who_tries(transition, case.state, turn=subject.states.index(state)):
            for now in (subject.soon, subject.late) if name in TIMED else (subject.soon,):
                place = transaction.savepoint()
                done += step(case, name, role, people.of(role), now, acts=subject.acts, before=before)
                transaction.savepoint_rollback(place)
                steps += 1
    record_property("steps", steps)
    record_property("done", done)
    return done


def _who_tries(transition: kinds.Transition, state: str, turn: int) -> list[str]:
    """Of an act that goes from this state, all whom the table names, and of the others one, an outsider and the clock; of
    one that does not, one of those who may do it elsewhere, and an outsider. Who that one is changes from state to state;
    by name (`NQR_WALKS=every`) everybody tries everything."""
    if EVERY:
        return list(ROLES)
    named = [role for role in ROLES if acts_as(role) & set(transition.actors)]
    if state not in transition.sources:
        return list(dict.fromkeys([*_in_turn(named, turn), "outsider"]))
    others = [role for role in ROLES if role not in named]
    return list(dict.fromkeys([*named, *_in_turn(others, turn), "outsider", "system"]))


def _in_turn(roles: list[str], turn: int) -> list[str]:
    return [roles[turn % len(roles)]] if roles else []


# A step costs a tenth of a second: to shrink a history that fails would take longer than to read it.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


class History(RuleBasedStateMachine):
    """A case from its draft on, with everybody trying everything as time goes by."""

    subject: type[Subject]

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.steps = 0

    @initialize()
    def begin(self) -> None:
        made = self.subject()
        type(self).total += 1
        self.case, self.now = made.case, made.soon
        self.people = People(self.case)
        # Of what the authority prepares, whoever hands it in is an officer.
        if roles.role_in(made.signatory, self.case.organisation):
            self.people.made["signatory"] = made.signatory

    @rule(data=st.data(), role=st.sampled_from(ROLES), fresh=st.booleans())
    def anybody_tries(self, data, role: str, fresh: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.subject.acts)))
        by = self.people.fresh(role) if fresh and role != "signatory" else self.people.of(role)
        step(self.case, name, role, by, self.now, acts=self.subject.acts)
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
        step(self.case, name, role, self.people.of(role), self.now, acts=self.subject.acts)
        type(self).total += 1

    @rule(name=st.just("judge"))
    def an_evaluator_judges_everything(self, name: str) -> None:
        eva = self.people.of("evaluator")
        for criterion in desk.criteria_of(self.case):
            if allowed(self.case, name, "evaluator", eva, self.now):
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
            published_by_two(self.case)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    total = 0


def walk_histories(subject: type[Subject], record_property, *, examples: int = 20) -> int:
    """Long histories of many people trying everything in any order; how many steps they took, the first one of each
    included: how long each is, is left to chance."""
    machine = type(f"{subject.__name__}History", (History,), {"subject": subject, "total": 0})
    chosen = settings(max_examples=examples, stateful_step_count=40, deadline=None, phases=PHASES)
    run_state_machine_as_test(machine, settings=chosen)
    record_property("steps", machine.total)
    return machine.total


class WalksItsTable:
    """What is tried of the table of every kind of case; a subclass names the subject. `state` is each of its states: see
    `tests.conftest.pytest_generate_tests`."""

    subject: type[Subject]
    examples = 20

    def test_every_state_of_the_table_is_walked(self) -> None:
        walked = {state.removeprefix("conditional_") for state in self.subject.states}
        assert walked == set(kinds.get(self.subject.kind).states)

    def test_in_every_state_each_act_is_done_by_whom_the_table_names_and_refused_to_all_others(
        self, db, record_property, state
    ) -> None:
        done = walk_every_triple(self.subject(), state, record_property)
        assert bool(done) == bool(kinds.get(self.subject.kind).from_state(state.removeprefix("conditional_")))

    def test_whatever_people_try_in_whatever_order_the_table_holds(self, db, record_property) -> None:
        assert walk_histories(self.subject, record_property, examples=self.examples) > 0


def arrows(name: str) -> list[tuple[Any, ...]]:
    """The table of a kind of case without the guards: kinds that differ in nothing but these are walked once."""
    return [(t.name, t.sources, t.target, t.actors, t.part, t.clock) for t in kinds.get(name).transitions]
