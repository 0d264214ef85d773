"""What a reconsideration does to a statutory action: it stands still, holds again, falls away, or holds on other terms."""

from datetime import date, timedelta
from typing import Any

import pytest

from providers import dated, services
from providers.models import Provider
from registry.casework import kinds
from registry.content.bodies import in_force, is_stayed
from registry.errors import RegisterError
from registry.framework.current import today
from registry.models import Case
from registry.standing import verify
from registry.status import status_on
from registry.verification import differences
from tests.builders import document_of, make_listed, make_provider
from tests.desk import words
from tests.providers.applying import at_noon
from tests.providers.sanctioning import decide, imposed, lapsing, notified, read, recommended, replied
from tests.reconsidering import reviewed, settle

FIRST = today()


def day(n: int) -> date:
    return FIRST + timedelta(days=n)


def redress(case: Case, what: str, n: int, **more: Any) -> list[str]:
    """What a reconsideration does, so many days after the action began."""
    act = getattr(kinds.get(case.kind).redress, what)
    said = act(
        case=case, decisions=list(case.decisions.all()), on=day(n), reference="REC-2026-000001", now=at_noon(day(n)), **more
    )  # fmt: skip
    return [str(one() if callable(one) else one) for one in said]


def statuses(case: Case, *days: int) -> list[str]:
    said = document_of(case.provider.number)
    return [status_on(said, day(n)) for n in days]


def action(case: Case) -> dict[str, Any]:
    (row,) = document_of(case.provider.number)["statutory_actions"]
    return row


@pytest.fixture
def suspension(db) -> Case:
    return imposed(last_day=day(40))


@pytest.fixture
def cancellation(db) -> Case:
    return imposed(measure="cancellation")


def test_a_stayed_suspension_has_no_effect_and_then_holds_for_what_is_left_of_it(suspension, client):
    assert redress(suspension, "stay", 5)
    assert statuses(suspension, 0, 4, 5, 39) == ["suspended", "suspended", "registered", "registered"]
    row = action(suspension)
    assert is_stayed(row, day(5)) and not in_force(row, day(5)) and in_force(row, day(4))
    assert redress(suspension, "stay", 6) == []
    assert redress(suspension, "resume", 12)
    assert statuses(suspension, 4, 5, 11, 12, 40, 41) == [
        "suspended", "registered", "registered", "suspended", "suspended", "registered",
    ]  # fmt: skip
    assert action(suspension)["stayed_until"] == day(11).isoformat()
    assert redress(suspension, "resume", 13) == []
    assert "Without effect from" in words(client.get(f"/providers/{suspension.provider.number}").content.decode())


def test_a_suspension_whose_last_day_passed_while_it_stood_is_over(suspension):
    redress(suspension, "stay", 5)
    redress(suspension, "resume", 50)
    assert statuses(suspension, 4, 5, 50, 60) == ["suspended", "registered", "registered", "registered"]


def test_a_suspension_that_is_set_aside_falls_away_from_that_day_and_its_days_stay_on_record(suspension, client):
    assert redress(suspension, "set_aside", 7)
    assert statuses(suspension, 6, 7) == ["suspended", "registered"]
    row = action(suspension)
    assert (row["closed_on"], row["ended_by"]) == (day(7).isoformat(), "set_aside")
    assert not in_force(row, day(7))
    assert redress(suspension, "set_aside", 8) == []
    assert "Set aside from" in words(client.get(f"/providers/{suspension.provider.number}").content.decode())


def test_what_stands_still_may_be_set_aside(suspension):
    redress(suspension, "stay", 5)
    redress(suspension, "set_aside", 9)
    assert statuses(suspension, 4, 5, 9, 30) == ["suspended", "registered", "registered", "registered"]
    assert action(suspension)["stayed_until"] == day(8).isoformat()


def test_a_suspension_holds_on_other_terms(suspension):
    known = kinds.get(suspension.kind).redress
    assert known.terms(suspension)["last_day"] == day(40)
    assert known.terms_form({"last_day": day(10).isoformat()}, case=suspension).is_valid()
    redress(suspension, "vary", 3, terms={"last_day": day(10), "summary": "Suspended until the second site is open."})
    assert statuses(suspension, 0, 10, 11) == ["suspended", "suspended", "registered"]
    row = action(suspension)
    assert (row["until"], row["summary"]) == (day(10).isoformat(), {"en": "Suspended until the second site is open."})
    assert row["shown_until"] > row["until"]
    redress(suspension, "vary", 4, terms={"last_day": None, "summary": ""})
    assert statuses(suspension, 11, 400) == ["suspended", "suspended"] and "shown_until" not in action(suspension)


def test_a_stayed_suspension_that_is_varied_begins_again_that_day(suspension):
    redress(suspension, "stay", 5)
    redress(suspension, "vary", 9, terms={"last_day": day(20), "summary": ""})
    assert statuses(suspension, 4, 5, 8, 9, 20, 21) == [
        "suspended", "registered", "registered", "suspended", "suspended", "registered",
    ]  # fmt: skip


def lift(case: Case, n: int) -> None:
    services.close(case.provider, action(case)["reference"], on=day(n), now=at_noon(day(n)))


def test_a_suspension_that_is_stayed_and_resumed_on_one_day_goes_on_and_can_be_lifted(suspension):
    redress(suspension, "stay", 5)
    redress(suspension, "resume", 5)
    assert statuses(suspension, 4, 5, 40, 41) == ["suspended", "suspended", "suspended", "registered"]
    assert "stayed_from" not in action(suspension)
    lift(suspension, 8)
    assert statuses(suspension, 4, 5, 7, 8, 40) == ["suspended", "suspended", "suspended", "registered", "registered"]


def test_a_stay_of_no_day_does_not_take_the_days_of_another_suspension_that_ended_then(suspension):
    other = services.impose(
        suspension.provider, kind="suspension", summary={"en": "Another."}, on=day(3), now=at_noon(day(3))
    )  # fmt: skip
    services.close(suspension.provider, other, on=day(5), now=at_noon(day(5)))
    redress(suspension, "stay", 5)
    redress(suspension, "resume", 5)
    periods = [(row["from"], row["until"]) for row in document_of(suspension.provider.number)["suspensions"]]
    assert (day(0).isoformat(), day(40).isoformat()) in periods


@pytest.mark.parametrize("again", [12, 20])
def test_a_stay_of_no_day_after_another_stay_leaves_what_can_be_lifted(suspension, again):
    for act, n in (("stay", 5), ("resume", 12), ("stay", again), ("resume", again)):
        redress(suspension, act, n)
    row = action(suspension)
    assert (row["stayed_from"], row["stayed_until"]) == (day(5).isoformat(), day(11).isoformat())
    lift(suspension, 25)
    assert statuses(suspension, 4, 5, 11, 12, 24, 25) == [
        "suspended", "registered", "registered", "suspended", "suspended", "registered",
    ]  # fmt: skip


def test_the_terms_of_one_suspension_leave_the_days_of_another(suspension):
    services.impose(
        suspension.provider, kind="suspension", summary={"en": "Another."}, on=day(10), now=at_noon(day(10))
    )  # fmt: skip
    redress(suspension, "vary", 12, terms={"last_day": day(30), "summary": ""})
    periods = [(row["from"], row["until"]) for row in document_of(suspension.provider.number)["suspensions"]]
    assert sorted(periods) == [(day(0).isoformat(), day(30).isoformat()), (day(10).isoformat(), None)]
    redress(suspension, "set_aside", 20)
    assert statuses(suspension, 20, 90) == ["suspended", "suspended"]


def test_a_suspension_that_is_over_takes_no_other_terms(suspension):
    with pytest.raises(RegisterError, match="is over by"):
        redress(suspension, "vary", 41, terms={"last_day": day(60), "summary": ""})
    assert action(suspension)["until"] == day(40).isoformat()


@pytest.mark.parametrize(("act", "more"), [("resume", {}), ("vary", {"terms": {"last_day": None, "summary": ""}})])
def test_a_stayed_cancellation_never_overwrites_another_end(cancellation, act, more):
    redress(cancellation, "stay", 5)
    Provider.objects.filter(pk=cancellation.provider.pk).update(ended_on=day(8), ended_as=Provider.Ending.MERGED)
    assert redress(cancellation, act, 12, **more) == []
    cancellation.provider.refresh_from_db()
    assert (cancellation.provider.ended_on, cancellation.provider.ended_as) == (day(8), Provider.Ending.MERGED)


@pytest.mark.parametrize("act", ["stay", "set_aside"])
def test_a_later_cancellation_is_not_undone_with_an_earlier_one(cancellation, act):
    provider = cancellation.provider
    services.register_again(provider, on=day(3), now=at_noon(day(3)))
    services.impose(
        provider, kind="cancellation", summary={"en": "Cancelled again."}, on=day(6), now=at_noon(day(6))
    )  # fmt: skip
    redress(cancellation, act, 9)
    assert statuses(cancellation, 3, 6, 9, 90) == ["registered", "cancelled", "cancelled", "cancelled"]


def test_a_stayed_cancellation_leaves_its_days_on_record_and_holds_again(cancellation):
    assert statuses(cancellation, -1, 0) == ["registered", "cancelled"]
    redress(cancellation, "stay", 5)
    assert statuses(cancellation, -1, 0, 4, 5, 90) == [
        "registered",
        "cancelled",
        "cancelled",
        "registered",
        "registered",
    ]
    redress(cancellation, "resume", 12)
    assert statuses(cancellation, 4, 5, 11, 12) == ["cancelled", "registered", "registered", "cancelled"]


def test_a_cancellation_that_is_set_aside_on_its_day_leaves_no_day(cancellation):
    redress(cancellation, "set_aside", 0)
    assert statuses(cancellation, -1, 0, 5) == ["registered", "registered", "registered"]
    assert document_of(cancellation.provider.number)["ended_as"] is None


def test_a_cancellation_has_no_last_day(cancellation):
    with pytest.raises(RegisterError, match="A cancellation has no last day"):
        redress(cancellation, "vary", 3, terms={"last_day": day(9), "summary": ""})


def test_a_condition_is_told_beside_the_standing_and_never_alters_it(db):
    case = imposed(measure="condition", teach_out="", learners=None)
    redress(case, "stay", 2)
    assert not in_force(action(case), day(2)) and statuses(case, 2) == ["registered"]
    redress(case, "resume", 4)
    assert [in_force(action(case), day(n)) for n in (1, 3, 4)] == [True, False, True]
    redress(case, "set_aside", 6)
    assert not in_force(action(case), day(6))


# -- the lapse of a registration ---------------------------------------------------------------------------------------


def confirmed(provider=None) -> Case:
    """A lapse that was confirmed today."""
    case = recommended(replied(notified(lapsing(provider))))
    decide(case)
    return read(case)


@pytest.fixture
def lapse(db) -> Case:
    return confirmed()


def registered(case: Case, *days: int) -> list[bool | None]:
    """Whether the body was registered, by the answer that is given for a day."""
    credential = make_listed().number
    return [verify(credential, case.provider.number, day(n)).provider.registered for n in days]


def test_a_stayed_lapse_lets_the_registration_go_on_and_lapses_it_again(lapse):
    assert statuses(lapse, -1, 0) == ["registered", "lapsed"]
    (said,) = redress(lapse, "stay", 5)
    assert day(5).isoformat() in said
    assert statuses(lapse, -1, 0, 4, 5, 90) == ["registered", "lapsed", "lapsed", "registered", "registered"]
    assert registered(lapse, -1, 0, 4, 5, 90) == [True, False, False, True, True]
    assert redress(lapse, "stay", 6) == []
    (said,) = redress(lapse, "resume", 12)
    assert day(12).isoformat() in said
    assert statuses(lapse, -1, 4, 5, 11, 12) == ["registered", "lapsed", "registered", "registered", "lapsed"]
    assert registered(lapse, -1, 4, 5, 11, 12) == [True, False, True, True, False]
    assert redress(lapse, "resume", 13) == []


def test_a_lapse_that_is_set_aside_holds_for_its_days_alone(lapse):
    assert redress(lapse, "set_aside", 7)
    assert statuses(lapse, -1, 0, 6, 7, 400) == ["registered", "lapsed", "lapsed", "registered", "registered"]
    assert registered(lapse, -1, 6, 7) == [True, False, True]
    (earlier,) = document_of(lapse.provider.number)["registrations"]
    assert (earlier["until"], earlier["ended_as"]) == (day(-1).isoformat(), "lapsed")
    assert redress(lapse, "set_aside", 8) == []


def test_a_stayed_lapse_that_is_set_aside_never_comes_back(lapse):
    redress(lapse, "stay", 5)
    assert redress(lapse, "set_aside", 9)
    assert redress(lapse, "resume", 10) == []
    assert statuses(lapse, 4, 5, 9, 30) == ["lapsed", "registered", "registered", "registered"]


def test_a_lapse_that_was_still_to_come_is_stayed_and_comes_on_its_day(db):
    case = confirmed(make_provider(details={"registered_until": day(20).isoformat()}))
    assert statuses(case, 20, 21) == ["registered", "lapsed"]
    redress(case, "stay", 5)
    assert statuses(case, 5, 21) == ["registered", "registered"]
    redress(case, "resume", 12)
    assert statuses(case, 12, 20, 21) == ["registered", "registered", "lapsed"]


def test_a_body_that_was_registered_anew_does_not_lapse_by_the_old_decision(lapse):
    provider = lapse.provider
    provider.refresh_from_db()
    dated.begin_again(provider, day(3))
    provider.save()
    for act in ("stay", "resume", "set_aside"):
        assert redress(lapse, act, 5) == []
    provider.refresh_from_db()
    assert (provider.registered_on, provider.ended_as) == (day(3), None)


@pytest.mark.parametrize(("result", "status"), [("upheld", "lapsed"), ("set_aside", "registered")])
def test_a_lapse_is_looked_at_again_by_others_and_the_public_record_says_so(lapse, result, status):
    case = reviewed(lapse, stay=True, result=result)
    assert statuses(lapse, 0) == ["registered"]
    (row,) = document_of(lapse.provider.number)["reconsiderations"]
    assert (row["decision"], row["effect"]) == (lapse.decisions.get().number, "stay")
    settle(case, result)
    assert statuses(lapse, -1, 0, 30) == ["registered", status, status]
    (row,) = document_of(lapse.provider.number)["reconsiderations"]
    assert row["outcome"] == result
    assert list(differences()) == []


def test_the_suspension_of_a_registration_that_goes_on_is_not_over(suspension):
    lapse = confirmed(suspension.provider)
    redress(lapse, "set_aside", 5)
    assert statuses(lapse, -1, 0, 4, 5, 40, 41) == [
        "registered", "lapsed", "lapsed", "suspended", "suspended", "registered",
    ]  # fmt: skip
