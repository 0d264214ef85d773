"""What a reconsideration does to the end of an entry that an inquiry decided (rule 17, edge case 30)."""

from datetime import timedelta

import pytest

from credentials.models import Credential, Inquiry
from registry import standing
from registry.casework import kinds
from registry.errors import RegisterError
from registry.models import Case, Change
from registry.status import DAY
from registry.verification import differences
from tests.builders import document_of, make_listed
from tests.credentials.sanctioning import TODAY, redress
from tests.credentials.test_redress_of_entries import changed, days, lawful
from tests.credentials.wrongs import END, ended_by_inquiry

FIRST, LAST = END["expiring_from"], END["expiry_end"]
DECIDED = (FIRST.isoformat(), lawful(FIRST), LAST.isoformat())
NONE = (None, None, None)


@pytest.fixture
def listed(db) -> Credential:
    return make_listed()


def statuses(number: str, *on) -> list[str]:
    return [standing.verify(number, None, day).credential.status for day in on]


def test_what_stood_before_the_final_decision_and_what_was_decided_are_kept(listed):
    decision = ended_by_inquiry(listed)
    effects = Inquiry.objects.get(case=decision.case_id).effects
    assert effects["decided"] == effects["standing"]
    assert (effects["before"]["expiry_end"], effects["decided"]["expiry_end"]) == (None, LAST.isoformat())
    assert effects["decided"]["transition"] == END["transition_note"]


def test_an_end_by_an_inquiry_is_stayed_resumed_and_set_aside(listed):
    decision = ended_by_inquiry(listed)
    assert days(listed.number) == DECIDED
    stayed, upheld = FIRST + timedelta(days=5), FIRST + timedelta(days=35)
    redress(decision, "stay", stayed)
    assert days(listed.number) == NONE and "transition" not in document_of(listed.number)
    with pytest.raises(RegisterError, match="in effect"):
        redress(decision, "stay", stayed)
    redress(decision, "resume", upheld)
    assert days(listed.number) == (upheld.isoformat(), lawful(upheld), LAST.isoformat())
    assert document_of(listed.number)["transition"] == END["transition_note"]
    asked = (FIRST - DAY, FIRST, stayed - DAY, stayed, upheld - DAY, upheld, LAST, LAST + DAY)
    assert statuses(listed.number, *asked) == [
        "current", "expiring", "expiring", "current", "current", "expiring", "expiring", "discontinued",
    ]  # fmt: skip
    redress(decision, "set_aside", upheld + timedelta(days=9))
    assert days(listed.number) == NONE
    assert Change.objects.of(listed.number).last().reason == "The decision was set aside."
    assert list(differences()) == []


def test_an_end_by_an_inquiry_is_varied(listed):
    decision = ended_by_inquiry(listed)
    case = Case.objects.get(pk=decision.case_id)
    made = kinds.get(case.kind).redress
    assert set(made.terms(case)) == set(made.terms_form(case=case).fields) - {"revision"}
    assert made.terms(case)["expiry_end"] == LAST.isoformat()
    redress(decision, "vary", TODAY, expiring_from=FIRST + DAY, expiry_end=LAST + DAY)
    assert days(listed.number) == ((FIRST + DAY).isoformat(), lawful(FIRST + DAY), (LAST + DAY).isoformat())


def test_what_was_decided_after_the_inquiry_is_left_as_it_is(listed):
    decision = ended_by_inquiry(listed)
    later = LAST + timedelta(days=100)
    changed(listed, entry={"expiry_end": later.isoformat()}, teach_out="To the end.")
    redress(decision, "set_aside", TODAY)
    assert days(listed.number) == (None, None, later.isoformat())
