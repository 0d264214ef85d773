"""Entries and accreditations walked by the tables of the cases that alter them, and by their public lifecycles."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from credentials import lifecycle, services
from credentials.models import Accreditation
from registry.casework import kinds
from registry.casework import services as desk
from registry.casework.models import Outcome
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Case, Change, Entry, Membership
from registry.search import follower
from registry.status import DAY, status_on
from tests import machines
from tests.builders import (
    COMPLETE,
    decide,
    document_of,
    evaluate,
    make_accreditation_draft,
    make_change,
    make_listed,
    make_provider,
    make_signatory,
    make_submitted,
)
from tests.machines import ACTS, STATES, Subject, simple, walk_every_triple, walk_histories
from tests.registry.test_clock import at

TODAY = current.today()
MORE = {"text": {"en": "Mend what was found."}}


def accept(case: Case, by, now):
    """Decide what nobody has evaluated; later on the same service approves, which is the act of that name."""
    if case.state in ("recommended", "decision_pending"):
        raise RegisterError("Not an acceptance any more.")
    return machines.decide(case, by, now, Outcome.APPROVED)


class ChangeOfAnEntry(Subject):
    """The body that awards an entry proposes a change of its content, which must be approved (Type 2)."""

    kind = lifecycle.CHANGE
    soon, late = at(TODAY), at(TODAY + timedelta(days=400))
    acts = ACTS | {
        "accept": accept,
        "rebase": simple(services.rebase),
    }

    def draft_of(self) -> Case:
        credential = make_listed()
        by = Membership.objects.get(organisation=credential.awarding_body.organisation).user
        case = make_change(credential, by, content={"learning_outcomes": [*COMPLETE["learning_outcomes"], MORE]})
        case.signatory = by
        return case


class AccreditationAlone(Subject):
    """Another provider asks to deliver an entry that is on the register."""

    kind = lifecycle.ACCREDITATION
    soon, late = at(TODAY), at(TODAY + timedelta(days=400))

    def draft_of(self) -> Case:
        provider = make_provider("Kestrel College")
        by = make_signatory(provider, "Kim")
        case = make_accreditation_draft(make_listed(), provider, by)
        case.signatory = by
        return case


BOTH = pytest.mark.parametrize("subject", [ChangeOfAnEntry, AccreditationAlone], ids=lambda subject: subject.__name__)


@BOTH
def test_every_state_of_the_table_is_walked(subject):
    assert {state.removeprefix("conditional_") for state in STATES} == set(kinds.get(subject.kind).states)


@BOTH
@pytest.mark.parametrize("state", STATES)
def test_in_every_state_each_act_is_done_by_whom_the_table_names_and_refused_to_all_others(
    db, record_property, subject, state
):
    done = walk_every_triple(subject(), state, record_property)
    assert bool(done) == bool(kinds.get(subject.kind).from_state(state.removeprefix("conditional_")))


@BOTH
def test_whatever_people_try_in_whatever_order_the_table_holds(db, record_property, subject):
    assert walk_histories(subject, record_property, examples=10) > 100


# -- the public lifecycles -----------------------------------------------------------------------------------------------


class PublicLife(RuleBasedStateMachine):
    """An entry and its accreditation as the public sees them, from the application on, day by day.

    The model knows the days that were decided, and nothing else; every arrow that is taken is one of the tables.
    """

    total = 0

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.today, self.number, self.release_on = TODAY, None, None
        self.expiring_from = self.expiry_end = None
        self.said: str | None = None
        self.accredited_until: date | None = None

    @property
    def now(self):
        return at(self.today)

    @initialize(wait=st.sampled_from([0, 0, 1, 5]))
    def it_is_approved_for_some_day(self, wait: int) -> None:
        follower.catch_up()
        self.case = make_submitted(now=self.now)
        self.by = Membership.objects.get(organisation=self.case.organisation).user
        evaluate(self.case)
        self.release_on = self.today + timedelta(days=wait)
        decide(self.case, publish_on=self.release_on, now=self.now)
        self.seen()

    def expected(self) -> str:
        """The state by the days that were decided."""
        if self.release_on > self.today:
            return "embargoed"
        if self.expiry_end and self.expiry_end < self.today:
            return "discontinued"
        return "expiring" if self.expiring_from and self.expiring_from <= self.today else "current"

    def seen(self) -> None:
        """What the public sees is what was decided, and the way there is an arrow of the table."""
        type(self).total += 1
        entry = Entry.objects.credentials().first()
        self.number = entry.number if entry else None
        state = "embargoed" if entry is None else status_on(document_of(entry.number), self.today)
        assert state == self.expected()
        ways = {(s.source, s.target) for s in lifecycle.ENTRY_STEPS}
        assert state == self.said or (self.said, state) in ways, (self.said, state)
        self.said = state

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        for _day in range(days):
            self.today += DAY
            desk.release_due(self.today, now=self.now)
            if self.said:
                self.seen()

    def change(self, **entry) -> None:
        """The body proposes it, an evaluator recommends, and a third person decides."""
        credential = self.case.application.revision.credential
        credential.refresh_from_db()
        dates = {name: day and day.isoformat() for name, day in entry.items()}
        case = make_change(
            credential, self.by, entry=dates, transition_note={"en": "Whoever has started may finish."},
            teach_out="To the end.",
        )  # fmt: skip
        desk.submit(case_id=case.pk, by=self.by, now=self.now)
        decide(evaluate(case), now=self.now)

    @precondition(lambda self: self.said in ("current", "expiring"))
    @rule(begins=st.integers(0, 20), lasts=st.integers(1, 60))
    def it_is_decided_that_it_ends(self, begins: int, lasts: int) -> None:
        """E4, or another day for it while it is expiring already."""
        first = self.today + timedelta(days=begins)
        last = first + timedelta(days=lasts)
        self.change(expiring_from=first, expiry_end=last, last_new_enrolment=first - DAY)
        self.expiring_from, self.expiry_end = first, last
        self.seen()

    @precondition(lambda self: self.said in ("current", "expiring") and self.expiring_from)
    @rule()
    def the_end_is_taken_back(self) -> None:
        """E6."""
        self.change(expiring_from=None, expiry_end=None, last_new_enrolment=None)
        self.expiring_from = self.expiry_end = None
        self.seen()

    @precondition(lambda self: self.said in ("current", "expiring"))
    @rule(title=st.sampled_from(["Scaffold inspection and repair", "Scaffold inspection"]))
    def its_content_changes(self, title: str) -> None:
        """E3: another revision, and the same state."""
        before = Change.objects.of(self.number).count()
        said = document_of(self.number)["title"]
        if said == title:
            return
        credential = self.case.application.revision.credential
        credential.refresh_from_db()
        case = make_change(credential, self.by, content={"titles": {"en": title}})
        desk.submit(case_id=case.pk, by=self.by, now=self.now)
        decide(evaluate(case), now=self.now)
        assert Change.objects.of(self.number).count() == before + 1
        self.seen()

    @invariant()
    def its_accreditation_is_public_with_it_and_never_before(self) -> None:
        if self.said is None:
            return
        found = Entry.objects.accreditations().first()
        assert (found is None) == (self.said == "embargoed")
        if found:
            assert status_on(document_of(found.number), self.today) == "accredited"
            assert Accreditation.objects.get().credential.number == self.number

    @invariant()
    def every_publication_was_decided_by_a_second_person(self) -> None:
        if self.said:
            machines.published_by_two(self.case)
            # Nothing of these entries came from an import, which is the one exception.
            assert not Change.objects.exclude(kind="provider").filter(decision_number=None).exists()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)


def test_an_entry_and_its_accreditation_live_by_their_tables(db, record_property):
    PublicLife.total = 0
    run_state_machine_as_test(PublicLife, settings=settings(max_examples=10, stateful_step_count=8, deadline=None))
    record_property("steps", PublicLife.total)
    assert PublicLife.total > 50


def test_every_arrow_of_an_entry_is_taken_by_the_kinds_of_case_that_it_names(db):
    """Every (state, case, matter) that is in the table: the case exists, and its approval has an actor in its own table."""
    for step in (*lifecycle.ENTRY_STEPS, *lifecycle.ACCREDITATION_STEPS):
        for name in step.cases:
            deciding = [t for t in kinds.get(name).transitions if t.part == "decided"]
            assert deciding and all(t.actors == ("decision_maker",) for t in deciding)
