"""A rule that may be waived: by whom, on what ground, and that nobody alters it afterwards."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from credentials import rules as seen
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.models import Entry, Event, Waiver
from tests.builders import COMPLETE, approve, make_draft, make_provider, make_recommended, make_user

WAIVER = {"rule": "NZ-12", "reason": "The trade changes every fourth year.", "instrument": "Rule 14.4(c)"}


@pytest.fixture
def proposed(monkeypatch):
    """An application that proposes a review every 48 months: no rule allows that, and one may be waived."""
    monkeypatch.setitem(COMPLETE, "review_period_months", 48)


def test_a_rule_that_may_be_waived_holds_the_decision_and_not_the_submission(db, proposed):
    case = make_recommended()
    with pytest.raises(RuleViolations, match=r"every 12, 24 or 36 months\. Found: 48\."):
        approve(case)
    dana = make_user("Dana", "decision_maker")
    waiver = desk.waive(case_id=case.pk, by=dana, **WAIVER)
    assert (waiver.rule, waiver.waived_by, waiver.role) == ("NZ-12", dana, "decision_maker")
    assert [v.rule for v in desk.broken_rules(case)] == []
    approve(case, by=dana)
    assert Entry.objects.credentials().count() == 1


def test_a_waiver_is_recorded_as_an_event_with_its_reason_and_instrument(db, proposed):
    case = make_recommended()
    desk.waive(case_id=case.pk, by=make_user("Dana", "decision_maker"), **WAIVER)
    event = Event.objects.get(case=case, name="case:waive")
    assert (event.role, {k: event.details[k] for k in WAIVER}) == ("decision_maker", WAIVER)
    case.refresh_from_db()
    assert case.state == "recommended"


@pytest.mark.parametrize("role", ["evaluator", "review_officer", "registrar", "auditor", "administrator"])
def test_no_other_role_waives(db, proposed, role):
    case = make_recommended()
    with pytest.raises(NotAllowed, match="Your role does not allow this"):
        desk.waive(case_id=case.pk, by=make_user("Someone", role), **WAIVER)
    assert Waiver.objects.count() == 0
    assert Event.objects.get(name="desk:act:refused").details["act"] == "waive"


def test_the_applicant_does_not_waive(db, proposed):
    case = make_recommended()
    with pytest.raises(NotAllowed):
        desk.waive(case_id=case.pk, by=case.signatory, **WAIVER)


def test_the_role_alone_permits_it_and_four_eyes_watch_the_decision(db, proposed):
    both = make_user("Bo", "evaluator", "decision_maker")
    case = make_recommended(evaluator=both)
    desk.waive(case_id=case.pk, by=both, **WAIVER)
    with pytest.raises(NotAllowed, match="Four eyes"):
        approve(case, by=both)
    approve(case)


def test_who_has_an_interest_waives_nothing(db, proposed):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    desk.declare_interest(case_id=case.pk, by=dana, reason="My sister works there.")
    with pytest.raises(NotAllowed, match="declared an interest"):
        desk.waive(case_id=case.pk, by=dana, **WAIVER)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": "NZ-01"}, "NZ-01 cannot be waived"),
        ({"rule": "ZA-01"}, "ZA-01 cannot be waived"),
        ({"rule": ""}, "cannot be waived"),
        ({"reason": " "}, "Say why"),
        ({"instrument": ""}, "Name the instrument"),
    ],
)
def test_only_a_rule_of_the_cases_law_that_may_be_waived_is_with_a_ground(db, proposed, change, message):
    case = make_recommended()
    with pytest.raises(RegisterError, match=message):
        desk.waive(case_id=case.pk, by=make_user("Dana", "decision_maker"), **WAIVER | change)
    assert Waiver.objects.count() == 0


def test_a_rule_is_waived_once(db, proposed):
    case, dana = make_recommended(), make_user("Dana Whitcombe", "decision_maker")
    desk.waive(case_id=case.pk, by=dana, **WAIVER)
    with pytest.raises(Conflict, match="Dana Whitcombe has waived NZ-12 already"):
        desk.waive(case_id=case.pk, by=make_user("Samuel", "decision_maker"), **WAIVER)
    with pytest.raises(IntegrityError, match="one_waiver"), transaction.atomic():
        Waiver.objects.create(
            case=case, waived_by=dana, role="decision_maker", recorded_at=case.submitted_at, **WAIVER
        )  # fmt: skip


def test_a_case_that_is_a_draft_or_decided_is_not_waived(db, proposed):
    dana = make_user("Dana", "decision_maker")
    draft = make_draft()
    with pytest.raises(Conflict, match="Waive a rule is not possible"):
        desk.waive(case_id=draft.pk, by=dana, **WAIVER)
    case = make_recommended(provider=make_provider("Kestrel"))
    desk.waive(case_id=case.pk, by=dana, **WAIVER)
    approve(case)
    with pytest.raises(Conflict, match="decided this case"):
        desk.waive(case_id=case.pk, by=dana, **WAIVER | {"rule": "NZ-11"})


def test_what_cannot_be_waived_still_holds_the_decision(db, proposed, monkeypatch):
    case = make_recommended()
    desk.waive(case_id=case.pk, by=make_user("Dana", "decision_maker"), **WAIVER)
    asked = seen.facts
    monkeypatch.setattr(seen, "facts", lambda *draft: asked(*draft) | {"credits": "45"})
    with pytest.raises(RuleViolations, match="at most 40 credits"):
        approve(case)


@pytest.mark.parametrize(
    "statement",
    ["update {} set reason = 'another'", "delete from {}", "truncate {} cascade"],
    ids=lambda s: s.split()[0],
)
def test_the_application_role_cannot_alter_or_delete_a_waiver(db, proposed, statement):
    case = make_recommended()
    desk.waive(case_id=case.pk, by=make_user("Dana", "decision_maker"), **WAIVER)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("registry_waiver"))


def test_the_owner_is_refused_too_and_verification_finds_what_a_superuser_changed(committing_db, proposed):
    import psycopg

    from registry.search import follower
    from registry.verification import differences
    from tests.conftest import owner_of

    case = make_recommended()
    desk.waive(case_id=case.pk, by=make_user("Dana", "decision_maker"), **WAIVER)
    follower.catch_up()
    assert list(differences()) == []
    with owner_of(committing_db) as owner:
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            owner.execute("update registry_waiver set reason = 'another'")
        owner.execute("alter table registry_waiver disable trigger append_only")
        owner.execute("update registry_waiver set reason = 'another'")
    assert "the waiver of NZ-12 differs from its event" in "\n".join(differences())


def test_a_decision_maker_waives_on_the_case_page_and_an_evaluator_sees_that_they_may(db, proposed):
    case = make_recommended()
    page, act = f"/admin/registry/case/{case.pk}/change/", f"/admin/registry/case/{case.pk}/waive/"
    clients = {}
    for role in ("decision_maker", "evaluator"):
        clients[role] = Client()
        clients[role].force_login(make_user(role, role), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "A decision maker may waive it." in clients["evaluator"].get(page).content.decode()
    assert clients["evaluator"].post(act, WAIVER).status_code == 409
    shown = clients["decision_maker"].get(page).content.decode()
    assert "every 12, 24 or 36 months" in shown and "Waive this rule" in shown
    typed = clients["decision_maker"].post(act, WAIVER | {"instrument": ""})
    assert typed.status_code == 422 and "Name the instrument" in typed.content.decode()
    assert WAIVER["reason"] in typed.content.decode(), "what was typed is still there"
    assert clients["decision_maker"].post(act, WAIVER).status_code == 302
    after = clients["decision_maker"].get(page).content.decode()
    assert WAIVER["reason"] in after and "Rule 14.4(c)" in after and "Waive this rule" not in after
