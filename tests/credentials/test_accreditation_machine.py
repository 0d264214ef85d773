"""The transition table of an accreditation walked: every state, act and role, and long histories."""

from datetime import timedelta

import pytest

from credentials import lifecycle
from registry.casework import kinds
from registry.framework import current
from registry.models import Case
from tests.builders import (
    make_accreditation_draft,
    make_listed,
    make_provider,
    make_signatory,
)
from tests.machines import STATES, Subject, walk_every_triple, walk_histories
from tests.registry.test_clock import at

TODAY = current.today()


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


def test_every_state_of_the_table_is_walked():
    assert {state.removeprefix("conditional_") for state in STATES} == set(kinds.get(AccreditationAlone.kind).states)


@pytest.mark.parametrize("state", STATES)
def test_in_every_state_each_act_is_done_by_whom_the_table_names_and_refused_to_all_others(db, record_property, state):
    done = walk_every_triple(AccreditationAlone(), state, record_property)
    assert bool(done) == bool(kinds.get(AccreditationAlone.kind).from_state(state.removeprefix("conditional_")))


def test_whatever_people_try_in_whatever_order_the_table_holds(db, record_property):
    assert walk_histories(AccreditationAlone, record_property, examples=10) > 30
