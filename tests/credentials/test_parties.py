"""Who awards and who delivers: registered on the day and in scope; what a partner that leaves means is for people to decide."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from credentials import services
from credentials.imports import documents
from credentials.models import Accreditation, Credential
from providers import services as providers
from registry import journal
from registry.casework import services as desk
from registry.casework.models import Decision
from registry.errors import NotAllowed, RuleViolations
from registry.framework import current
from tests.builders import approve, document, document_of, make_listed, make_provider, make_recommended, make_user

TODAY = current.today()
SCOPE = {"scope": [{"effect": "included", "kinds": ["micro_credential"], "lowest": "1", "highest": "3"}]}


@pytest.fixture
def grace(db):
    return make_user("Grace", "registrar")


def change(listed: Credential, by, **entry):
    amendment = services.propose(credential_id=listed.pk, by=by)
    return services.save_amendment(case_id=amendment.case_id, by=by, values={"entry": entry})


@pytest.fixture
def listed(db) -> Credential:
    return make_listed()


def hand_on(amendment, by):
    return services.submit_amendment(case_id=amendment.case_id, by=by)


# -- awarding ----------------------------------------------------------------------------------------------------------


def test_a_body_that_is_suspended_cannot_join_in_an_award(listed, grace):
    other = make_provider("Kestrel College")
    providers.impose(other, kind="suspension", summary={"en": "Suspended."}, on=date(2026, 2, 1))
    with pytest.raises(RuleViolations, match="is not registered today"):
        hand_on(change(listed, grace, joint_awarding_bodies=[other.number]), grace)


def test_a_body_joins_only_in_what_its_registration_covers(listed, grace):
    other = make_provider("Kestrel College", details=SCOPE)
    with pytest.raises(RuleViolations, match="does not cover it"):
        hand_on(change(listed, grace, joint_awarding_bodies=[other.number]), grace)


def test_an_application_outside_the_applicants_scope_is_refused_and_kept(db):
    provider = make_provider("Kestrel College", details=SCOPE)
    with pytest.raises(RuleViolations, match="does not cover it") as refusal:
        make_recommended(provider=provider)
    assert [v.field for v in refusal.value.violations] == ["providers"]


def test_case_20_a_body_that_has_left_is_no_bar_to_other_changes_and_is_taken_off_by_one(listed, grace):
    other = make_provider("Kestrel College")
    dana = make_user("Dana", "decision_maker")
    amendment = change(listed, grace, joint_awarding_bodies=[other.number])
    hand_on(amendment, grace)
    desk.decide(case_id=amendment.case_id, by=dana, outcomes={"amendment": "approved"}, reason="Both award it.")
    providers.impose(other, kind="cancellation", summary={"en": "Cancelled."}, on=TODAY)
    title = services.propose(credential_id=listed.pk, by=grace)
    services.save_amendment(
        case_id=title.case_id, by=grace, values={"content": {"titles": {"en": "Scaffold inspections"}}}
    )  # fmt: skip
    hand_on(title, grace)
    desk.decide(case_id=title.case_id, by=dana, outcomes={"amendment": "approved"}, reason="A better title.")
    said = {
        "number": other.number,
        "role": "awarding",
        "from": "2026-01-15",
        "until": (TODAY - timedelta(days=1)).isoformat(),
    }
    amendment = change(listed, grace, joint_awarding_bodies=[], partners=[said])
    hand_on(amendment, grace)
    desk.decide(case_id=amendment.case_id, by=dana, outcomes={"amendment": "approved"}, reason="It has left.")
    parties = document_of(listed.number)["providers"]
    assert {**said, "lead": False} in parties
    assert [p for p in parties if p["number"] == other.number and "until" not in p] == []


# -- delivering --------------------------------------------------------------------------------------------------------


@pytest.fixture
def decision(listed) -> Decision:
    return Decision.objects.filter(matter="accreditation").get()


def accredit(listed, provider, decision, **kwargs) -> Accreditation:
    return services.accredit(
        credential=listed, provider=provider, effective_on=TODAY, sites=["Harbour"], delivery_modes=["online"],
        languages=["en"], decision=decision, **kwargs,
    )  # fmt: skip


def test_standards_bodies_develop_and_never_deliver_alone_or_together(listed, decision):
    board, college = make_provider("Skills Board", may_deliver=False), make_provider("Kestrel College")
    for provider, others in ((board, ()), (college, (board,))):
        with pytest.raises(NotAllowed, match="never delivers"):
            accredit(listed, provider, decision, jointly_with=others)


@pytest.mark.parametrize(
    ("provider", "says"),
    [
        ({"registered_on": TODAY + timedelta(days=1)}, "is not registered on that day"),
        ({"unverified": True, "registered_on": None}, "is not registered on that day"),
        ({"ended_as": "lapsed", "ended_on": TODAY}, "is not registered on that day"),
        ({"details": SCOPE}, "does not cover it"),
    ],
)
def test_only_a_registered_body_in_scope_is_accredited(listed, decision, provider, says):
    with pytest.raises(NotAllowed, match=says):
        accredit(listed, make_provider("Kestrel College", **provider), decision)


def test_an_accreditation_has_its_last_day_partners_and_conditions(listed, decision):
    college, partner = make_provider("Kestrel College"), make_provider("Harbour Online")
    condition = {"text": {"en": "Appoint a second assessor."}, "due_on": "2027-03-31"}
    made = accredit(
        listed, college, decision, until=date(2031, 12, 31), jointly_with=[partner], conditions=[condition]
    )  # fmt: skip
    said = document_of(made.number)
    assert (said["jointly_with"], said["conditions"]) == ([partner.number], [condition])
    assert said["accredited_until"] == "2031-12-31"
    assert documents.check(said).own["conditions"] == [condition]


def test_dated_parties_come_back_from_an_export(db):
    lead, partner = make_provider("Lisbon Institute"), make_provider("Praia College")
    dated = {"number": partner.number, "role": "partner", "lead": False, "from": "2024-01-01", "until": "2026-12-31"}
    with transaction.atomic():
        number = journal.publish(
            document(providers=[{"number": lead.number, "role": "awarding", "lead": True}, dated]), effective_from=TODAY
        ).number  # fmt: skip
    own = documents.check(document_of(number)).own
    assert own["partners"] == [{k: v for k, v in dated.items() if k != "lead"}] and own["joint_awarding_bodies"] == []


def test_a_combined_application_accredits_its_applicant(db):
    case = make_recommended()
    approve(case)
    assert Accreditation.objects.get().provider.organisation == case.organisation
