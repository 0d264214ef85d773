"""The transition table of a change that a provider proposes walked: every state, act and role, and long histories."""

from datetime import timedelta

import pytest

from credentials import lifecycle, services
from registry.casework import kinds
from registry.casework.models import Outcome
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Case, Membership
from tests import machines
from tests.builders import (
    COMPLETE,
    make_change,
    make_listed,
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


def test_every_state_of_the_table_is_walked():
    assert {state.removeprefix("conditional_") for state in STATES} == set(kinds.get(ChangeOfAnEntry.kind).states)


@pytest.mark.parametrize("state", STATES)
def test_in_every_state_each_act_is_done_by_whom_the_table_names_and_refused_to_all_others(db, record_property, state):
    done = walk_every_triple(ChangeOfAnEntry(), state, record_property)
    assert bool(done) == bool(kinds.get(ChangeOfAnEntry.kind).from_state(state.removeprefix("conditional_")))


def test_whatever_people_try_in_whatever_order_the_table_holds(db, record_property):
    assert walk_histories(ChangeOfAnEntry, record_property, examples=10) > 30
