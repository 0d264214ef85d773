"""Asking to deliver what is on the register already, and applying without the wish to deliver (NZQA Forms 3 and 1)."""

from datetime import date, timedelta

import pytest
from django.db.models import F

from credentials import services
from credentials.models import Accreditation, Credential
from registry.casework import services as desk
from registry.casework.services.releasing import _beginning
from registry.errors import NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.models import Case, Change, Entry
from registry.status import status_on
from tests.builders import (
    decide,
    document_of,
    evaluate,
    letter,
    make_accreditation_draft,
    make_change,
    make_draft,
    make_listed,
    make_provider,
    make_signatory,
    make_submitted,
    make_user,
)

TODAY = current.today()
SOON = TODAY + timedelta(days=30)


@pytest.fixture
def listed(db) -> Credential:
    return make_listed()


@pytest.fixture
def kestrel(db):
    return make_provider("Kestrel College")


@pytest.fixture
def kim(kestrel):
    return make_signatory(kestrel, "Kim")


def handed_in(listed, kestrel, kim, **values) -> Case:
    draft = make_accreditation_draft(listed, kestrel, kim, **values)
    return desk.submit(case_id=draft.pk, by=kim)


def theirs(kestrel) -> Accreditation:
    return Accreditation.objects.get(provider=kestrel)


# -- listing and approval alone ----------------------------------------------------------------------------------------


def test_who_does_not_deliver_applies_for_listing_and_approval_alone(db):
    board = make_provider("Skills Board", may_deliver=False)
    case = make_submitted(provider=board)
    assert not case.application.wants_accreditation
    assert "capability" not in {c.id for c in desk.criteria_of(case)}
    decisions = decide(evaluate(case))
    assert {d.matter for d in decisions} == {"listing", "approval"}
    assert Entry.objects.credentials().count() == 1 and not Entry.objects.accreditations().exists()


def test_whoever_may_deliver_may_choose_not_to(db):
    case = make_draft(wants_accreditation=False)
    desk.submit(case_id=case.pk, by=case.signatory)
    assert len(decide(evaluate(case))) == 2
    assert not Entry.objects.accreditations().exists()


def test_a_standard_setting_body_cannot_ask_to_deliver_in_its_draft(db):
    board = make_provider("Skills Board", may_deliver=False)
    case = make_draft(provider=board)
    with pytest.raises(NotAllowed, match="apply for listing and approval alone"):
        services.save_draft(case_id=case.pk, by=case.signatory, values={"wants_accreditation": True})


def test_every_matter_that_is_applied_for_is_decided_and_no_other(db):
    case = evaluate(make_submitted(wants_accreditation=False))
    outcomes = dict.fromkeys(("listing", "approval", "accreditation"), "approved")
    with pytest.raises(RegisterError, match="every matter"):
        desk.decide(case_id=case.pk, by=make_user("Dana", "decision_maker"), outcomes=outcomes, reason="Fine.")


# -- accreditation alone -----------------------------------------------------------------------------------------------


def test_a_provider_is_accredited_to_deliver_what_another_one_has_listed(listed, kestrel, kim):
    case = handed_in(listed, kestrel, kim, ends_on=date(2040, 6, 30))
    assert {c.matter for c in desk.criteria_of(case)} == {"accreditation"}
    (decision,) = decide(evaluate(case))
    made = theirs(kestrel)
    said = document_of(made.number)
    assert (said["credential"], said["provider"], said["sites"]) == (listed.number, kestrel.number, ["Kestrel Street"])
    assert (said["accredited_from"], said["accredited_until"]) == (TODAY.isoformat(), "2040-06-30")
    assert said["delivery_modes"] == ["on_site"] and said["languages"] == ["en"], "as the entry is delivered"
    assert [d["number"] for d in said["decisions"]] == [decision.number]
    assert Case.objects.get(pk=case.pk).state == "approved"


def test_it_begins_on_a_later_day_where_that_was_asked_for(listed, kestrel, kim):
    decide(evaluate(handed_in(listed, kestrel, kim, begins_on=SOON)))
    assert document_of(theirs(kestrel).number)["accredited_from"] == SOON.isoformat()


def test_a_declined_application_accredits_nobody(listed, kestrel, kim):
    decide(evaluate(handed_in(listed, kestrel, kim)), outcome="declined")
    assert not Accreditation.objects.filter(provider=kestrel).exists()


def test_its_condition_is_public_and_so_is_the_day_on_which_it_was_met(listed, kestrel, kim):
    case = evaluate(handed_in(listed, kestrel, kim))
    row = {"text": "Hire a second assessor.", "owner": "Kestrel", "due_on": SOON}
    decide(case, outcome="approved_with_conditions", conditions={"accreditation": [row]})
    number = theirs(kestrel).number
    (public,) = document_of(number)["conditions"]
    assert public["text"] == {"en": "Hire a second assessor."} and "met_on" not in public
    before = document_of(number)
    condition = case.decisions.get().conditions.get()
    desk.meet_condition(case_id=case.pk, by=case.evaluator, condition_id=condition.pk, reason="Hired in May.")
    after = document_of(number)
    assert after["conditions"] == [public | {"met_on": TODAY.isoformat()}]
    assert {name for name in after if after[name] != before.get(name)} <= {"conditions", "revision"}
    change = Change.objects.of(number).last()
    assert (change.changed_fields, change.reason) == (["conditions"], "Hired in May.")


def test_a_condition_of_a_combined_application_is_told_of_its_accreditation_alone(db):
    case = evaluate(make_submitted())
    row = {"text": "Hire a second assessor.", "owner": "Harbour", "due_on": SOON}
    outcomes = {
        "listing": "approved_with_conditions",
        "approval": "approved",
        "accreditation": "approved_with_conditions",
    }
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Nearly.", outcomes=outcomes,
        conditions={"listing": [row | {"text": "Mend the title."}], "accreditation": [row]},
    )  # fmt: skip
    accreditation = Accreditation.objects.get()
    serials = Change.objects.count()
    for condition in case.decisions.get(matter="listing").conditions.all():
        desk.meet_condition(case_id=case.pk, by=case.evaluator, condition_id=condition.pk, reason="Mended.")
    assert Change.objects.count() == serials
    condition = case.decisions.get(matter="accreditation").conditions.get()
    desk.meet_condition(case_id=case.pk, by=case.evaluator, condition_id=condition.pk, reason="Hired.")
    assert document_of(accreditation.number)["conditions"][0]["met_on"] == TODAY.isoformat()


def test_a_condition_that_is_met_before_the_accreditation_is_public_is_told_with_it(listed, kestrel, kim):
    case = evaluate(handed_in(listed, kestrel, kim))
    row = {"text": "Hire a second assessor.", "owner": "Kestrel", "due_on": SOON}
    later = TODAY + timedelta(days=3)
    decide(case, outcome="approved_with_conditions", conditions={"accreditation": [row]}, publish_on=later)
    condition = case.decisions.get().conditions.get()
    desk.meet_condition(case_id=case.pk, by=case.evaluator, condition_id=condition.pk, reason="Hired.")
    assert not Accreditation.objects.filter(provider=kestrel).exists()
    desk.release_due(later, now=_beginning(later))
    assert document_of(theirs(kestrel).number)["conditions"][0]["met_on"] == TODAY.isoformat()


def test_nothing_of_an_accreditation_is_public_before_its_day(listed, kestrel, kim):
    case = evaluate(handed_in(listed, kestrel, kim))
    later = TODAY + timedelta(days=3)
    entries = Entry.objects.count()
    decide(case, publish_on=later)
    assert desk.release_due(later - timedelta(days=1)) == 0
    assert Entry.objects.count() == entries and not Accreditation.objects.filter(provider=kestrel).exists()
    assert desk.release_due(later, now=_beginning(later)) == 1
    assert status_on(document_of(theirs(kestrel).number), later) == "accredited"


# -- who may not, and what may not -------------------------------------------------------------------------------------


def test_a_standard_setting_body_cannot_ask(listed):
    board = make_provider("Skills Board", may_deliver=False)
    with pytest.raises(NotAllowed, match="never delivers"):
        make_accreditation_draft(listed, board, make_signatory(board))


def test_nobody_asks_for_another_body(listed, kestrel):
    with pytest.raises(NotAllowed, match="do not act for"):
        make_accreditation_draft(listed, kestrel, make_user("Stranger"))


def test_there_is_nothing_to_ask_for_of_an_entry_that_is_not_public(db, kestrel, kim):
    with pytest.raises(RegisterError, match="no such entry"):
        services.draft_accreditation(provider=kestrel, number="NQ-009999", by=kim)


def test_what_is_missing_is_named_by_its_field_and_the_draft_stays(listed, kestrel, kim):
    draft = make_accreditation_draft(
        listed, kestrel, kim, sites=[], capability_statement=" ", begins_on=SOON, ends_on=TODAY
    )
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=draft.pk, by=kim)
    errors = {v.field for v in refusal.value.violations if v.severity == "error"}
    assert errors == {"sites", "capability_statement", "ends_on"}
    assert Case.objects.get(pk=draft.pk).state == "draft"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"ended_on": date(2026, 1, 1), "ended_as": "closed"}, "Paused since the registration ended"),
        ({"may_deliver": False}, "never delivers"),
        ({"details": {"scope": [{"effect": "included", "lowest": "7"}]}}, "does not cover it"),
    ],
    ids=["ended", "standard-setting", "scope"],
)
def test_a_body_that_may_not_deliver_it_any_more_cannot_hand_it_in(listed, kestrel, kim, body, message):
    draft = make_accreditation_draft(listed, kestrel, kim)
    type(kestrel).objects.filter(pk=kestrel.pk).update(**body)
    with pytest.raises(NotAllowed, match=message):
        desk.submit(case_id=draft.pk, by=kim)


def test_an_industry_body_is_refused_by_the_law_of_new_zealand(listed):
    body = make_provider("Builders' Board", type="industry_body")
    by = make_signatory(body)
    draft = make_accreditation_draft(listed, body, by)
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=draft.pk, by=by)
    assert "NZ-16" in {v.rule for v in refusal.value.violations}


def end(listed: Credential, by) -> Case:
    """The end of an entry, handed in by the body that awards it."""
    entry = {"expiring_from": SOON.isoformat(), "expiry_end": "2040-12-31"}
    case = make_change(
        listed,
        by,
        entry=entry,
        transition_note={"en": "Finish by then."},
        teach_out="We teach every cohort to its end.",
    )
    return desk.submit(case_id=case.pk, by=by)


def test_nobody_is_accredited_for_an_entry_that_is_on_its_way_out(listed, kestrel, kim):
    case = evaluate(handed_in(listed, kestrel, kim))
    Credential.objects.filter(pk=listed.pk).update(expiring_from=TODAY, expiry_end=date(2040, 12, 31))
    listed.refresh_from_db()
    from django.db import transaction

    from credentials import publishing
    from registry import journal

    with transaction.atomic():
        document = publishing.credential_document(listed, listed.revisions.latest_public())
        journal.publish(document, effective_from=TODAY)
    with pytest.raises(NotAllowed, match="is not current"):
        decide(case)
    with pytest.raises(RegisterError, match="is not current"):
        services.draft_accreditation(provider=kestrel, number=listed.number, by=kim)


def test_a_provider_asks_once_and_is_accredited_once(listed, kestrel, kim):
    first, second = (make_accreditation_draft(listed, kestrel, kim) for _ in range(2))
    desk.submit(case_id=first.pk, by=kim)
    with pytest.raises(NotAllowed, match=f"{first.reference} asks for the same already"):
        desk.submit(case_id=second.pk, by=kim)
    decide(evaluate(first))
    with pytest.raises(NotAllowed, match="is accredited for it already"):
        desk.submit(case_id=second.pk, by=kim)
    with pytest.raises(NotAllowed, match="is accredited for it already"):
        make_accreditation_draft(listed, kestrel, kim)


def test_an_accreditation_that_has_ended_is_no_bar_to_another(listed, kestrel, kim):
    decide(evaluate(handed_in(listed, kestrel, kim)))
    Accreditation.objects.filter(provider=kestrel).update(accredited_until=F("accredited_from") - timedelta(days=1))
    decide(evaluate(handed_in(listed, kestrel, kim)))
    assert Accreditation.objects.filter(provider=kestrel).count() == 2


def test_one_that_waits_for_its_day_is_a_bar_too(listed, kestrel, kim):
    second = make_accreditation_draft(listed, kestrel, kim)
    decide(evaluate(handed_in(listed, kestrel, kim)), publish_on=TODAY + timedelta(days=3))
    with pytest.raises(NotAllowed, match="asks for the same already"):
        desk.submit(case_id=second.pk, by=kim)


def test_nobody_asks_to_deliver_what_is_proposed_to_end_and_learns_nothing_of_that_proposal(listed, kestrel, kim):
    draft = make_accreditation_draft(listed, kestrel, kim)
    ending = end(listed, make_signatory(listed.awarding_body))
    with pytest.raises(NotAllowed, match="can be taken at the moment") as refusal:
        desk.submit(case_id=draft.pk, by=kim)
    assert ending.reference not in str(refusal.value)


def test_an_entry_does_not_end_while_a_body_asks_to_deliver_it(listed, kestrel, kim):
    handed_in(listed, kestrel, kim)
    with pytest.raises(NotAllowed, match="An application to deliver this entry is open"):
        end(listed, make_signatory(listed.awarding_body))


def test_evidence_is_attached_to_the_criterion_of_the_accreditation(listed, kestrel, kim):
    draft = make_accreditation_draft(listed, kestrel, kim)
    desk.attach(case_id=draft.pk, by=kim, criterion="capability", upload=letter())
    with pytest.raises(RegisterError, match="no such criterion"):
        desk.attach(case_id=draft.pk, by=kim, criterion="need", upload=letter("another.txt", b"More."))
