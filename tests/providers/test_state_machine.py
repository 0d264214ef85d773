"""The transition table of a provider's registration walked: every state, act and role, and long histories."""

import pytest

from registry.casework import kinds
from registry.models import Case
from tests.machines import STATES, Subject, walk_every_triple, walk_histories
from tests.providers.applying import drafted


class Registration(Subject):
    """A body that is not on the register asks to be registered as a provider."""

    kind = "provider_registration"

    def draft_of(self) -> Case:
        return drafted()


def test_every_state_of_the_table_is_walked():
    walked = {state.removeprefix("conditional_") for state in STATES}
    assert walked == set(kinds.get(Registration.kind).states)


@pytest.mark.parametrize("state", STATES)
def test_in_every_state_each_act_is_done_by_whom_the_table_names_and_refused_to_all_others(db, record_property, state):
    done = walk_every_triple(Registration(), state, record_property)
    assert bool(done) == bool(kinds.get(Registration.kind).from_state(state.removeprefix("conditional_")))


def test_whatever_people_try_in_whatever_order_the_table_holds(db, record_property):
    assert walk_histories(Registration, record_property) > 60
