"""A registered provider is given another scope and other sites: by a case, with days, and history stays as it was."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers import dated, services
from registry.casework import services as desk
from registry.content.bodies import in_scope, on
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework.current import today
from registry.models import Case, Change
from tests.builders import DAY, document_of, make_provider
from tests.providers.applying import (
    RESCOPED,
    SCOPE,
    SITES,
    at_noon,
    decide,
    drafted_scope,
    ended,
    in_days,
    make_member,
    recommended,
    submitted,
)


@pytest.fixture
def tidewater(db):
    """A provider that has been registered for a while."""
    provider = make_provider(
        "Tidewater College", details={
            "scope": [{**SCOPE[0], "from": "2010-01-01"}, {"effect": "excluded", "field": "09", "until": "2019-12-31"}],
            "sites": [{**SITES[0], "from": "2010-01-01"}, {"name": "Old campus"}],
        },
    )  # fmt: skip
    return provider


def test_a_change_of_scope_ends_what_is_taken_out_and_begins_what_is_added(tidewater):
    case = recommended(submitted(drafted_scope(tidewater)))
    assert case.reference.startswith("SCO-")
    (decision,) = decide(case)
    said, day, eve = document_of(tidewater.number), today().isoformat(), in_days(-1).isoformat()
    assert said["scope"] == [
        {**SCOPE[0], "from": "2010-01-01", "until": eve}, {"effect": "excluded", "field": "09", "until": "2019-12-31"},
        {**RESCOPED["scope"][0], "from": day},
    ]  # fmt: skip
    assert said["sites"] == [{**SITES[0], "from": "2010-01-01"}, {"name": "Old campus", "until": eve}]
    asked = {"kind": "micro_credential", "level": "6", "delivery_modes": ["on_site"]}
    assert [in_scope(said, asked, d) for d in (in_days(-1), today())] == [False, True]
    assert [d["matter"] for d in said["decisions"]] == ["scope"]
    change = Change.objects.filter(number=tidewater.number).latest("serial")
    assert (change.action, change.revision, change.decision_number) == ("revised", 2, decision.number)


ROWS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("ABC")},
        optional={
            "from": st.sampled_from(["2026-01-01", "2026-01-15", "2026-02-01"]),
            "until": st.sampled_from(["2026-01-14", "2026-01-31", "2026-03-01"]),
        },
    ),
    max_size=6,
)


@given(held=ROWS, proposed=st.lists(st.sampled_from("ABCD"), max_size=4, unique=True))
def test_rows_that_follow_are_what_was_proposed_on_the_day_and_what_was_before_it(held, proposed):
    asked = [{"name": name} for name in proposed]
    if any(row.get("from", "") > DAY.isoformat() for row in held):
        with pytest.raises(RegisterError, match="takes effect on that day or later"):
            dated.following(held, asked, DAY)
        return
    rows = dated.following(held, asked, DAY)
    assert {row["name"] for row in on(rows, DAY)} == set(proposed)
    for n in range(1, 40):
        earlier = DAY - timedelta(days=n)
        assert [row["name"] for row in on(rows, earlier)] == [row["name"] for row in on(held, earlier)]


def test_a_draft_of_a_change_begins_with_what_holds_today(tidewater):
    change = services.draft_scope(provider=tidewater, by=make_member(tidewater.organisation))
    assert change.scope == SCOPE and change.sites == [*SITES, {"name": "Old campus"}]
    with pytest.raises(Conflict, match=change.case.reference):
        services.draft_scope(provider=tidewater, by=make_member(tidewater.organisation, "Ben"))


def test_a_change_that_alters_nothing_is_not_handed_in(tidewater):
    case = drafted_scope(tidewater, scope=SCOPE, sites=[{"name": "Old campus"}, *SITES])
    with pytest.raises(NotAllowed, match="Neither the scope nor the sites differ"):
        desk.submit(case_id=case.pk, by=case.signatory)


def test_a_change_that_would_leave_no_inclusion_is_refused_for_it_would_cover_everything(tidewater):
    case = drafted_scope(tidewater, scope=[])
    with pytest.raises(RuleViolations, match="is to include"):
        desk.submit(case_id=case.pk, by=case.signatory)


def test_case_8_a_suspended_provider_has_its_change_kept_and_not_decided(tidewater):
    case = recommended(submitted(drafted_scope(tidewater)))
    services.impose(tidewater, kind="suspension", summary={"en": "Suspended."}, on=today())
    with pytest.raises(NotAllowed, match="Paused while the registration is suspended"):
        decide(case)
    assert Case.objects.get(pk=case.pk).state == "recommended"


def test_an_embargoed_change_of_scope_is_worked_out_on_its_day(tidewater):
    case, day = recommended(submitted(drafted_scope(tidewater))), in_days(3)
    decide(case, publish_on=day, effective_on=day)
    assert Change.objects.filter(number=tidewater.number).count() == 1
    services.correct(tidewater, {"founded_on": "1990-01-01"}, on=today())
    assert desk.release_due(day, now=at_noon(day)) == 1
    said = document_of(tidewater.number)
    assert said["scope"][-1]["from"] == day.isoformat() and said["founded_on"] == "1990-01-01"


def test_only_a_registered_provider_asks_for_another_scope(db):
    gone = ended(make_provider(), DAY)
    with pytest.raises(RegisterError, match="Only a registered provider"):
        services.draft_scope(provider=gone, by=make_member(gone.organisation))
