"""The public lifecycles of an entry and of an accreditation, walked as their tables say (sections 4.4 and 4.5)."""

from datetime import date, timedelta

import pytest

from credentials import lifecycle
from credentials.models import Accreditation
from registry.casework import kinds
from registry.casework import services as desk
from registry.casework.services.releasing import _beginning
from registry.framework import current
from registry.models import Entry, Membership
from registry.status import ACCREDITATION_STATUSES, CREDENTIAL_STATUSES, status_on
from tests.builders import decide, document_of, evaluate, make_change, make_listed, make_submitted
from tests.credentials.sanctioning import TO_COME

TODAY = current.today()
SOON, LATER = TODAY + timedelta(days=30), TODAY + timedelta(days=3)
EVERY = (*lifecycle.ENTRY_STEPS, *lifecycle.ACCREDITATION_STEPS)


@pytest.mark.parametrize("step", EVERY, ids=lambda step: f"{step.code} {step.source}-{step.target}")
def test_each_step_is_of_a_kind_of_case_and_a_matter_that_there_are_or_of_a_day(step):
    assert step.cases or step.day
    for name in step.cases.keys() - TO_COME:
        assert step.cases[name] in kinds.get(name).matters, name


def test_the_states_are_those_that_the_register_works_out_from_dates():
    # What was listed by mistake has no status: it is a tombstone.
    assert set(lifecycle.ENTRY_STATES) - {"embargoed", "removed"} <= set(CREDENTIAL_STATUSES)
    assert set(lifecycle.ACCREDITATION_STATES) - {"embargoed"} <= set(ACCREDITATION_STATUSES)
    for steps, states in (
        (lifecycle.ENTRY_STEPS, lifecycle.ENTRY_STATES),
        (lifecycle.ACCREDITATION_STEPS, lifecycle.ACCREDITATION_STATES),
    ):
        assert {s.target for s in steps} | {s.source for s in steps} - {None} == set(states) | {None} - {None}


def status(number: str, day: date = TODAY) -> str:
    return status_on(document_of(number), day)


def test_an_entry_walks_from_its_embargo_to_its_end(db):
    """E1, E2, E3, E4 and E5, each by the kind of case, or on the day, that the table names."""
    case = evaluate(make_submitted())
    decide(case, publish_on=LATER)
    assert not Entry.objects.exclude(kind="provider").exists(), "E1: embargoed"
    desk.release_due(LATER, now=_beginning(LATER))
    credential = case.application.revision.credential
    credential.refresh_from_db()
    assert status(credential.number, LATER) == "current", "E2"
    by = Membership.objects.get(organisation=case.organisation).user

    def changed(now=None, **values) -> None:
        change = make_change(credential, by, **values)
        desk.submit(case_id=change.pk, by=by)
        decide(evaluate(change))
        credential.refresh_from_db()

    changed(content={"titles": {"en": "Scaffold inspection and repair"}})
    assert (document_of(credential.number)["revision"], status(credential.number)) == (2, "current"), "E3"
    changed(
        entry={"expiring_from": SOON.isoformat(), "expiry_end": "2040-12-31"}, teach_out="To the end.",
        transition_note={"en": "Finish by then."},
    )  # fmt: skip
    assert (status(credential.number), status(credential.number, SOON)) == ("current", "expiring"), "E4"
    assert status(credential.number, date(2040, 12, 31)) == "expiring"
    assert status(credential.number, date(2041, 1, 1)) == "discontinued", "E5"


def test_an_accreditation_ends_with_its_last_day_inclusive(db):
    make_listed()
    accreditation = Accreditation.objects.get()
    document = document_of(accreditation.number) | {"accredited_until": SOON.isoformat()}
    assert status_on(document, SOON) == "accredited"
    assert status_on(document, SOON + timedelta(days=1)) == "expired"
