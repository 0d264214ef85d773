"""A provider asks for its own registration to end: with its last day, and with what becomes of its learners (P12)."""

from datetime import date, timedelta

import pytest

from providers.services import drafts
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework.current import today
from registry.models import Case
from registry.standing import verify
from registry.status import status_on
from tests.builders import document_of, evaluate, make_listed, make_provider, make_signatory, make_user
from tests.desk import signed_in, words
from tests.providers.applying import in_days
from tests.providers.sanctioning import accredit, decide, imposed, read, withdrawing


def handed_in(case: Case) -> Case:
    desk.submit(case_id=case.pk, by=case.signatory)
    return read(case)


def withdrawn(case: Case, **kwargs) -> Case:
    decide(evaluate(handed_in(case)), **kwargs)
    return read(case)


def test_a_body_asks_in_the_portal_and_its_last_day_is_a_stored_date(db):
    provider = make_provider()
    browser = signed_in(make_signatory(provider))
    assert "Withdrawal from the register" in browser.get("/portal/").content.decode()
    start = "/portal/start/provider_withdrawal/"
    assert provider.number in browser.get(start).content.decode()
    begun = browser.post(start, {"about": provider.number})
    case = Case.objects.get(kind="provider_withdrawal")
    assert begun.url == f"/portal/cases/{case.reference}/edit/" and case.reference.startswith("WDR-")
    kept = browser.post(begun.url, {
        "revision": case.revision, "last_day": in_days(60).isoformat(), "reason": "The owner retires.", "learners": "0",
    })  # fmt: skip
    assert kept.status_code == 302
    case.refresh_from_db()
    sent = browser.post(f"/portal/cases/{case.reference}/submit/", {"revision": case.revision})
    assert sent.status_code == 302
    assert "The owner retires." in words(browser.get(f"/portal/cases/{case.reference}/").content.decode())
    decide(evaluate(read(case)))
    said = document_of(provider.number)
    assert [status_on(said, in_days(n)) for n in (0, 60, 61)] == ["registered", "registered", "withdrawn"]
    assert (said["ended_as"], said["ended_on"]) == ("withdrawn", in_days(61).isoformat())
    assert said["decisions"][-1]["matter"] == "withdrawal"


def test_whoever_is_accredited_on_the_last_day_says_who_teaches_the_learners(db):
    provider = make_provider()
    number = accredit(provider)
    case = withdrawing(provider)
    with pytest.raises(NotAllowed, match=number):
        handed_in(case)
    drafts.save_withdrawal(case_id=case.pk, by=case.signatory, values={"teach_out": "Kestrel College takes them."})
    assert handed_in(read(case)).state == "submitted"


def test_an_accreditation_that_ends_before_the_last_day_asks_for_no_plan(db):
    provider = make_provider()
    accredit(provider, accredited_until=in_days(59).isoformat())
    assert handed_in(withdrawing(provider)).state == "submitted"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"last_day": None}, "Give the last day"),
        ({"last_day": date(2026, 1, 1)}, "today or a later one"),
        ({"reason": ""}, "Say why you withdraw"),
        ({"learners": None}, "how many learners"),
    ],
)
def test_what_is_missing_is_said_field_by_field(db, values, says):
    with pytest.raises(RuleViolations, match=says):
        handed_in(withdrawing(**values))


def test_a_last_day_that_is_over_when_it_is_decided_is_the_day_before_the_decision(db):
    case = withdrawing(last_day=today())
    withdrawn(case)
    said = document_of(case.provider.number)
    assert [status_on(said, in_days(n)) for n in (0, 1)] == ["registered", "withdrawn"]


def test_one_is_begun_and_not_two_and_by_whom_the_body_has_named(db):
    case = withdrawing()
    with pytest.raises(Conflict, match=case.reference):
        drafts.begin_withdrawal(about=case.provider.number, by=case.signatory)
    with pytest.raises(NotAllowed, match="You do not act for this body"):
        drafts.begin_withdrawal(about=case.provider.number, by=make_user("Otto"))


def test_an_end_that_is_decided_already_is_not_decided_once_more(db):
    case = withdrawing()
    withdrawn(case)
    with pytest.raises(NotAllowed, match="has been decided already"):
        handed_in(withdrawing(case.provider))


def test_a_suspended_body_may_leave(db):
    case = withdrawing(imposed().provider)
    withdrawn(case)
    said = document_of(case.provider.number)
    assert [status_on(said, in_days(n)) for n in (60, 61)] == ["suspended", "withdrawn"]


def test_a_body_that_is_not_registered_has_nothing_to_give_up(db):
    with pytest.raises(RegisterError, match="is not registered on this day"):
        withdrawing(make_provider(ended_on=today() - timedelta(days=1), ended_as="closed"))


def test_whether_it_was_accredited_is_told_up_to_its_last_day(db):
    credential = make_listed()
    case = withdrawing(credential.awarding_body, teach_out="Kestrel College takes them.")
    withdrawn(case)
    on = [verify(credential.number, case.provider.number, in_days(n)) for n in (60, 61)]
    assert [answer.accredited for answer in on] == [True, False]
    assert on[0].provider.until == in_days(60)
