"""An entry and its accreditation as the public sees them, walked day by day by their tables."""

from datetime import date, timedelta

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

from credentials import lifecycle
from credentials.models import Accreditation, Credential
from registry.casework import kinds
from registry.casework import services as desk
from registry.framework import current
from registry.models import Change, Entry, Membership
from registry.search import follower
from registry.status import DAY, status_on
from tests import machines
from tests.builders import (
    decide,
    document_of,
    evaluate,
    make_change,
    make_submitted,
)
from tests.credentials.sanctioning import TO_COME, lift, sanction, suspend
from tests.registry.test_clock import at

TODAY = current.today()


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
        self.suspended: tuple[date, date | None] | None = None
        self.delivery = "accredited"

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
        if self.suspended and self.suspended[0] <= self.today <= (self.suspended[1] or self.today):
            return "suspended"
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
            credential, self.by, now=self.now, entry=dates, transition_note={"en": "Whoever has started may finish."},
            teach_out="To the end.",
        )  # fmt: skip
        desk.submit(case_id=case.pk, by=self.by, now=self.now)
        decide(evaluate(case), now=self.now)

    @precondition(lambda self: self.said in ("current", "expiring"))
    @rule(begins=st.integers(1, 20), lasts=st.integers(1, 60))
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

    @precondition(lambda self: self.said == "discontinued")
    @rule()
    def it_is_reinstated(self) -> None:
        """E7: it is current under its number, and nobody is accredited by that."""
        number, before = self.number, Change.objects.of(self.number).last().revision
        self.change(expiring_from=None, expiry_end=None, last_new_enrolment=None)
        self.expiring_from = self.expiry_end = None
        self.seen()
        said = document_of(number)
        assert (self.number, said["revision"]) == (number, before + 1)
        if self.delivery == "accredited":
            self.delivered_as("expired")

    @precondition(lambda self: self.said in ("current", "expiring"))
    @rule(lasts=st.sampled_from([None, 0, 5, 30]))
    def it_is_suspended(self, lasts: int | None) -> None:
        """E8, with a last day or without."""
        until = None if lasts is None else self.today + timedelta(days=lasts)
        credential = Credential.objects.get(number=self.number)
        suspend(credential, on=self.today, ends_on=until)
        self.suspended = self.today, until
        self.seen()

    @precondition(lambda self: self.said == "suspended" and self.suspended[0] < self.today)
    @rule()
    def the_suspension_is_lifted(self) -> None:
        lift(self.number, on=self.today)
        self.suspended = self.suspended[0], self.today - DAY
        self.seen()

    @precondition(lambda self: self.said not in (None, "embargoed", "discontinued") and self.delivery == "accredited")
    @rule()
    def its_accreditation_is_withdrawn(self) -> None:
        sanction(Accreditation.objects.get(credential__number=self.number), "withdrawal", on=self.today)
        self.delivered_as("withdrawn")

    def delivered_as(self, status: str) -> None:
        """The accreditation has another status now, by an arrow of its table."""
        assert (self.delivery, status) in {(s.source, s.target) for s in lifecycle.ACCREDITATION_STEPS}
        self.delivery = status

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
        case = make_change(credential, self.by, content={"titles": {"en": title}}, now=self.now)
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
            assert status_on(document_of(found.number), self.today) == self.delivery
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


def test_a_life_in_trouble_takes_every_arrow_of_it(db):
    """Suspended and lifted, ended and reinstated, its accreditation withdrawn: each on its day."""
    life = PublicLife()
    try:
        life.it_is_approved_for_some_day(wait=1)
        life.time_passes(days=1)
        life.it_is_suspended(lasts=None)
        life.time_passes(days=3)
        life.the_suspension_is_lifted()
        assert life.said == "current"
        life.its_accreditation_is_withdrawn()
        life.it_is_decided_that_it_ends(begins=2, lasts=4)
        life.time_passes(days=3)
        life.it_is_suspended(lasts=10)
        life.time_passes(days=11)
        assert life.said == "discontinued"
        life.it_is_reinstated()
        assert (life.said, life.delivery) == ("current", "withdrawn")
        life.every_publication_was_decided_by_a_second_person()
        life.its_accreditation_is_public_with_it_and_never_before()
    finally:
        life.teardown()


def test_an_entry_and_its_accreditation_live_by_their_tables(db, record_property):
    PublicLife.total = 0
    run_state_machine_as_test(
        PublicLife, settings=settings(max_examples=6, stateful_step_count=8, deadline=None, phases=machines.PHASES)
    )
    record_property("steps", PublicLife.total)
    assert PublicLife.total > 30


def test_every_arrow_of_an_entry_is_taken_by_the_kinds_of_case_that_it_names(db):
    """Every (state, case, matter) that is in the table: the case exists, and its approval has an actor in its own table."""
    for step in (*lifecycle.ENTRY_STEPS, *lifecycle.ACCREDITATION_STEPS):
        for name in step.cases.keys() - TO_COME:
            deciding = [t for t in kinds.get(name).transitions if t.part == "decided"]
            assert deciding and all(t.actors == ("decision_maker",) for t in deciding)
            assert step.cases[name] in kinds.get(name).matters
