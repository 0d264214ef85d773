"""The transition table of an application walked: every state, act and role, and long histories of many people."""

from datetime import date

import pytest

from registry.casework import kinds
from registry.models import Case
from tests.builders import make_draft, make_provider
from tests.machines import STATES, Subject, walk_every_triple, walk_histories


class Application(Subject):
    """A combined application for listing, approval and accreditation."""

    kind = "credential_application"

    def draft_of(self) -> Case:
        return make_draft(provider=make_provider("Harbour Institute", registered_on=date(2010, 1, 1)))


def test_every_state_of_the_table_is_walked():
    walked = {state.removeprefix("conditional_") for state in STATES}
    assert walked == set(kinds.get(Application.kind).states)


@pytest.mark.parametrize("state", STATES)
def test_in_every_state_each_act_is_done_by_whom_the_table_names_and_refused_to_all_others(db, record_property, state):
    done = walk_every_triple(Application(), state, record_property)
    assert bool(done) == bool(kinds.get(Application.kind).from_state(state.removeprefix("conditional_")))


def test_whatever_people_try_in_whatever_order_the_table_holds(db, record_property):
    assert walk_histories(Application, record_property) > 60


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
