"""Statutory actions: dated public facts, with their time on the page by the law, and what two of them do to a standing."""

from datetime import date, timedelta

import pytest

from providers import services
from registry.content.bodies import actions_shown, in_force
from registry.errors import RegisterError
from registry.models import Change, Entry
from registry.status import status_on
from tests.builders import DAY, document_of, make_provider

NOTICE = {"en": "The provider must file its annual return by 30 April."}


@pytest.fixture
def harbour(db):
    return make_provider("Harbour Institute")


def impose(provider, kind="compliance_notice", on=DAY, **kwargs) -> str:
    reference = services.impose(provider, kind=kind, summary=NOTICE, on=on, **kwargs)
    provider.refresh_from_db()
    return reference


def test_an_action_is_public_with_its_reference_decision_and_day(harbour):
    reference = impose(harbour, decision="D-5", ground="s 424")
    (said,) = document_of(harbour.number)["statutory_actions"]
    assert said == {
        "reference": reference, "kind": "compliance_notice", "summary": NOTICE, "ground": "s 424", "decision": "D-5",
        "from": DAY.isoformat(),
    }  # fmt: skip
    assert reference == "ACT-2026-000001"
    assert Change.objects.filter(number=harbour.number).latest("serial").decision_number == "D-5"


def test_a_closed_notice_stays_on_the_page_for_five_working_days(harbour):
    """NZQA: removed at the latest five working days after its closure. Friday 23 January 2026: Wellington is at work."""
    reference = impose(harbour)
    services.close(harbour, reference, on=date(2026, 1, 23))
    said = document_of(harbour.number)
    (action,) = said["statutory_actions"]
    assert (action["closed_on"], action["shown_until"]) == ("2026-01-23", "2026-01-30")
    shown = [bool(actions_shown(said, date(2026, 1, day))) for day in (14, 15, 30, 31)]
    assert shown == [False, True, True, False]
    assert [in_force(action, date(2026, 1, day)) for day in (14, 15, 22, 23)] == [False, True, True, False]


def test_the_daily_run_takes_it_out_of_the_public_document_and_the_journal_keeps_it(harbour):
    reference = impose(harbour)
    services.close(harbour, reference, on=date(2026, 1, 23))
    assert services.take_down(date(2026, 1, 30)) == 0
    assert services.take_down(date(2026, 1, 31)) == 1
    assert services.take_down(date(2026, 1, 31)) == 0  # run twice: once is enough
    assert "statutory_actions" not in document_of(harbour.number)
    last = Change.objects.filter(number=harbour.number).latest("serial")
    assert (last.changed_fields, last.reason) == (["statutory_actions"], "Its time on the public page is over.")


def test_the_pages_query_finds_those_under_an_action_alone(harbour):
    make_provider("Kestrel, which writes \"statutory_actions\": in its name")  # fmt: skip
    impose(harbour)
    assert list(Entry.objects.under_action().values_list("number", flat=True)) == [harbour.number]


def test_a_suspension_alters_the_standing_for_its_days_and_is_lifted_on_one(harbour):
    reference = impose(harbour, kind="suspension", until=DAY + timedelta(days=30))
    said = document_of(harbour.number)
    assert [status_on(said, DAY + timedelta(days=n)) for n in (-1, 0, 30, 31)] == [
        "registered", "suspended", "suspended", "registered",
    ]  # fmt: skip
    services.close(harbour, reference, on=DAY + timedelta(days=10))
    said = document_of(harbour.number)
    assert [status_on(said, DAY + timedelta(days=n)) for n in (0, 9, 10)] == ["suspended", "suspended", "registered"]


def test_a_suspension_that_never_took_effect_leaves_no_day(harbour):
    reference = impose(harbour, kind="suspension")
    services.close(harbour, reference, on=DAY)
    assert document_of(harbour.number)["suspensions"] == []


def test_two_suspensions_never_begin_on_one_day(harbour):
    impose(harbour, kind="suspension", until=DAY + timedelta(days=30))
    with pytest.raises(RegisterError, match="A suspension begins on"):
        services.impose(harbour, kind="suspension", summary=NOTICE, on=DAY)
    assert len(document_of(harbour.number)["statutory_actions"]) == 1


def test_a_cancellation_ends_the_registration_from_its_day(harbour):
    reference = impose(harbour, kind="cancellation")
    said = document_of(harbour.number)
    assert (status_on(said, DAY - timedelta(days=1)), status_on(said, DAY)) == ("registered", "cancelled")
    with pytest.raises(RegisterError, match="not an action that can be closed"):
        services.close(harbour, reference, on=DAY)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kind": "scolding"}, "“scolding” is not one of compliance_notice"),
        ({"summary": {}}, "Summary is missing"),
        ({"until": DAY - timedelta(days=1)}, "ends on or after"),
        ({"credential": "the third"}, "register number"),
    ],
)
def test_what_no_law_knows_is_refused_and_nothing_is_public(harbour, asked, says):
    given = {"kind": "condition", "summary": NOTICE, "on": DAY, **asked}
    with pytest.raises(RegisterError, match=says):
        services.impose(harbour, **given)
    assert "statutory_actions" not in document_of(harbour.number)


def test_an_action_is_closed_once_and_never_before_it_began(harbour):
    reference = impose(harbour)
    with pytest.raises(RegisterError, match="on or after the day on which it began"):
        services.close(harbour, reference, on=DAY - timedelta(days=1))
    services.close(harbour, reference, on=DAY)
    for wrong in (reference, "ACT-2026-000099"):
        with pytest.raises(RegisterError, match="not an action that can be closed"):
            services.close(harbour, wrong, on=DAY)


def test_one_of_several_is_closed_and_the_others_stay(harbour):
    first, second = impose(harbour), impose(harbour, kind="condition")
    services.close(harbour, first, on=DAY)
    assert [a.get("closed_on") for a in document_of(harbour.number)["statutory_actions"]] == [DAY.isoformat(), None]
    assert second == "ACT-2026-000002"


def test_the_daily_run_has_the_step():
    from registry import daily

    assert "take_down_actions" in {step.name for step in daily.every()}
