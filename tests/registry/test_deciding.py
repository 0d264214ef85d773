"""Decisions: their conditions, the day of their effect, the day on which they become public, and who may make them."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from registry.casework import services as desk
from registry.casework.models import Condition, Decision, DecisionDraft, Delegation, Interest, Part
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, Change, Entry, Event, Notice
from tests.builders import APPROVE_ALL, approve, document_of, make_recommended, make_submitted, make_user
from tests.reconsidering import lodged
from tests.registry.test_clock import at

TODAY = current.today()
CONDITIONAL = APPROVE_ALL | {"accreditation": "approved_with_conditions"}
LAB = {"text": "Open the second laboratory.", "owner": "Harbour Institute", "due_on": "2027-06-30"}


def decide(case, by=None, **kwargs):
    return desk.decide(
        case_id=case.pk, by=by or make_user("Dana", "decision_maker"),
        **{"outcomes": APPROVE_ALL, "reason": "Need is shown.", **kwargs},
    )  # fmt: skip


# -- conditions --------------------------------------------------------------------------------------------------------


def test_an_approval_with_conditions_names_each_with_who_must_see_to_it_and_by_when(db):
    case = make_recommended()
    decisions = decide(case, outcomes=CONDITIONAL, conditions={"accreditation": [LAB]})
    case.refresh_from_db()
    assert case.state == "approved_with_conditions"
    condition = Condition.objects.get(decision__in=decisions)
    assert (condition.owner, condition.due_on) == ("Harbour Institute", date(2027, 6, 30))
    accreditation = Entry.objects.accreditations().get()
    (public,) = document_of(accreditation.number)["conditions"]
    assert (public["text"], public["due_on"]) == ({"en": LAB["text"]}, "2027-06-30")
    assert LAB["text"] in case.letters.get().html


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({}, "Write the conditions"),
        ({"accreditation": [LAB | {"owner": " "}]}, "Condition 1 needs a text, who must see to it, and a day"),
        ({"accreditation": [LAB | {"due_on": "soon"}]}, "Condition 1: write a date such as"),
        ({"accreditation": [LAB], "listing": [LAB]}, "Only an approval with conditions has conditions"),
    ],
)
def test_a_condition_that_is_incomplete_is_refused_by_its_number(db, conditions, said):
    case = make_recommended()
    with pytest.raises(RegisterError, match=said):
        decide(case, outcomes=CONDITIONAL, conditions=conditions)
    assert not Decision.objects.exists()


def test_a_condition_is_found_to_be_met_once_and_how(db):
    case, eva = make_recommended(), make_user("Eve", "evaluator")
    (*_, decision) = decide(case, outcomes=CONDITIONAL, conditions={"accreditation": [LAB]})
    condition = decision.conditions.get()
    desk.meet_condition(case_id=case.pk, by=eva, condition_id=condition.pk, reason="Visited on 3 June.")
    with pytest.raises(Conflict, match="already"):
        desk.meet_condition(case_id=case.pk, by=eva, condition_id=condition.pk, reason="Again.")
    assert condition.met.reason == "Visited on 3 June."


# -- the day of its effect ---------------------------------------------------------------------------------------------


def test_case_13_a_backdated_approval_needs_a_reason_code_and_a_second_approver(db):
    case, dana, sam = make_recommended(), make_user("Dana", "decision_maker"), make_user("Sam", "decision_maker")
    early = TODAY - timedelta(days=30)
    with pytest.raises(RegisterError, match="choose why"):
        decide(case, by=dana, effective_on=early)
    assert decide(case, by=dana, effective_on=early, backdating="authority") == []
    case.refresh_from_db()
    assert (case.state, case.decided_at) == ("decision_pending", None)
    assert not Entry.objects.credentials().exists()
    with pytest.raises(NotAllowed, match="second approver"):
        desk.confirm(case_id=case.pk, by=dana)
    decisions = desk.confirm(case_id=case.pk, by=sam)
    case.refresh_from_db()
    assert case.state == "approved"
    assert {(d.decided_by, d.confirmed_by, d.effective_on) for d in decisions} == {(dana, sam, early)}
    change = Change.objects.of(Entry.objects.credentials().get().number).get()
    assert (change.effective_from, current.today(change.recorded_at)) == (early, TODAY)
    assert Change.objects.order_by("serial").last().serial >= change.serial, "the feed is sorted by what was recorded"


def test_case_13_the_database_refuses_a_backdated_decision_of_one_person(db):
    case = make_recommended()
    decide(case)
    row = (
        "insert into registry_decision (case_id, matter, stage, number, outcome, reason, internal_reason, decided_on, "
        "effective_on, publish_on, backdating, decided_by_id, part_id, confirmed_by_id, confirming_part_id, side, recorded_at) "
        "select case_id, matter, 2, 'D-Z', outcome, reason, '', decided_on, decided_on - 9, publish_on, {why}, "
        "decided_by_id, part_id, {confirmed}, {part}, side, recorded_at from registry_decision limit 1"
    )
    for why, confirmed, part, constraint in (
        ("''", "null", "null", "backdated_by_two"),
        ("'court'", "null", "null", "backdated_by_two"),
        ("'court'", "decided_by_id", "part_id", "confirmed_by_another"),
        ("'court'", str(case.evaluator.pk), "part_id", "confirmed_by_a_decider"),
    ):
        with (
            pytest.raises(IntegrityError, match=constraint),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(row.format(why=why, confirmed=confirmed, part=part))


def test_a_second_approver_may_return_the_draft_and_it_is_kept(db):
    case, dana, sam = make_recommended(), make_user("Dana", "decision_maker"), make_user("Sam", "decision_maker")
    decide(case, by=dana, effective_on=TODAY - timedelta(days=3), backdating="court")
    desk.return_decision(case_id=case.pk, by=sam, reason="Which court?")
    case.refresh_from_db()
    assert case.state == "recommended"
    assert DecisionDraft.objects.get(case=case).content["backdating"] == "court"
    assert decide(case, by=dana)


def test_case_29_a_case_withdrawn_after_its_decision_was_drafted_is_never_decided(db):
    case, dana, sam = make_recommended(), make_user("Dana", "decision_maker"), make_user("Sam", "decision_maker")
    decide(case, by=dana, effective_on=TODAY - timedelta(days=3), backdating="court")
    desk.withdraw(case_id=case.pk, by=case.signatory)
    with pytest.raises(Conflict, match="withdrawn"):
        desk.confirm(case_id=case.pk, by=sam)
    assert DecisionDraft.objects.filter(case=case).count() == 1
    assert not Decision.objects.exists() and not Entry.objects.credentials().exists()


def test_nothing_is_backdated_that_takes_effect_today(db):
    with pytest.raises(RegisterError, match="nothing to backdate"):
        decide(make_recommended(), backdating="court")


def test_a_refusal_is_never_backdated(db):
    case = make_recommended()
    declined = dict.fromkeys(APPROVE_ALL, "declined")
    with pytest.raises(RegisterError, match="on the day it is made"):
        decide(case, outcomes=declined, effective_on=TODAY - timedelta(days=3), backdating="court")


# -- the day on which it is public -------------------------------------------------------------------------------------


def test_case_14_an_embargoed_approval_is_released_when_its_day_begins_at_the_authority(db):
    case, day = make_recommended(), TODAY + timedelta(days=7)
    decide(case, publish_on=day)
    case.refresh_from_db()
    assert case.state == "approved" and not Entry.objects.credentials().exists()
    before = at(day, 0) - timedelta(minutes=1)
    assert desk.release_due(current.today(before), now=before) == 0
    assert desk.release_due(current.today(at(day, 0)), now=at(day, 0)) == 1
    entry = Entry.objects.credentials().get()
    assert current.today(entry.recorded_at) == day
    # What was decided is in effect since it was decided; it was only told later.
    assert entry.listed_on == TODAY
    assert desk.release_due(day, now=at(day)) == 0, "once"
    assert case.events.latest("position").name == "case:release"


def test_what_could_not_be_published_on_its_day_is_refused_when_it_is_decided(db):
    case = make_recommended()
    provider = case.application.provider
    provider.may_deliver = False
    provider.save()
    with pytest.raises(NotAllowed, match="never delivers"):
        decide(case, publish_on=TODAY + timedelta(days=7))
    assert not Decision.objects.exists()


def test_the_letter_is_there_under_embargo_and_the_mail_says_nothing(db):
    case = make_recommended()
    (decision, *_) = decide(case, publish_on=TODAY + timedelta(days=7))
    assert decision.number in case.letters.get().html
    notice = Notice.objects.get(case=case, key__contains="decided", person=case.signatory)
    for secret in (case.title, decision.number, "approved", "Need is shown"):
        assert secret not in notice.subject + notice.body


def test_a_decision_becomes_public_on_or_after_the_day_of_its_effect(db):
    case = make_recommended()
    with pytest.raises(RegisterError, match="on or before the day on which it becomes public"):
        decide(case, effective_on=TODAY + timedelta(days=7), publish_on=TODAY)
    with pytest.raises(RegisterError, match="today or on a later day"):
        decide(case, publish_on=TODAY - timedelta(days=1))


def test_a_decision_that_takes_effect_later_is_public_on_that_day(db):
    case, day = make_recommended(), TODAY + timedelta(days=10)
    decide(case, effective_on=day)
    assert desk.release_due(day, now=at(day)) == 1
    assert Entry.objects.credentials().get().listed_on == day


# -- who may ----------------------------------------------------------------------------------------------------------


def test_case_4_an_officer_with_an_interest_in_the_body_takes_no_part_and_the_attempt_is_logged(db):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    desk.declare_interest_in(organisation=case.organisation, by=dana, reason="I sit on its council.")
    with pytest.raises(NotAllowed, match="You have declared an interest in Harbour Institute"):
        decide(case, by=dana)
    assert Event.objects.get(name="desk:act:refused").person_id == dana.person_id
    assert not Part.objects.filter(case=case, person=dana).exists()


def test_an_interest_that_has_ended_keeps_nobody(db):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    Interest.objects.create(
        person=dana, organisation=case.organisation, reason="Council.", declared_at=at(date(2020, 1, 1)),
        ended_on=date(2021, 1, 1),
    )  # fmt: skip
    assert decide(case, by=dana)


def test_case_5_an_interest_declared_midway_frees_the_case_and_its_judgements_count_no_more(db):
    case, eva, otto = make_submitted(), make_user("Eva", "evaluator"), make_user("Otto", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    desk.judge(case_id=case.pk, by=eva, criterion="need", verdict="met", reason="Letters.")
    desk.declare_interest(case_id=case.pk, by=eva, reason="My brother applies.")
    case.refresh_from_db()
    assert case.assigned_to is None
    with pytest.raises(NotAllowed, match="declared an interest"):
        desk.judge(case_id=case.pk, by=eva, criterion="purpose", verdict="met", reason="Fine.")
    with pytest.raises(NotAllowed, match="Eva has declared an interest"):
        desk.assign(case_id=case.pk, by=make_user("Grace", "registrar"), to=eva)
    desk.assign(case_id=case.pk, by=otto, to=otto)
    assert case.judgements.get().judged_by == eva, "the earlier work stays"
    with pytest.raises(NotAllowed, match=r"Judge these criteria first: .*Need"):
        desk.recommend(case_id=case.pk, by=otto, outcome="approved", reason="All good.")


def test_case_5_the_database_refuses_a_judgement_of_a_person_with_an_interest(db):
    case, eva = make_submitted(), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    desk.judge(case_id=case.pk, by=eva, criterion="need", verdict="met", reason="Letters.")
    desk.declare_interest(case_id=case.pk, by=eva, reason="My brother applies.")
    with pytest.raises(IntegrityError, match="interest"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_judgement (case_id, criterion, verdict, reason, judged_by_id, part_id, side, recorded_at) "
            "select case_id, 'purpose', verdict, reason, judged_by_id, part_id, side, now() from registry_judgement"
        )


@pytest.mark.parametrize(
    ("kinds", "levels", "begins", "ends", "covers"),
    [
        ([], [], TODAY, None, True),
        (["credential_application"], ["4"], TODAY, TODAY, True),
        (["credential_amendment"], [], TODAY, None, False),
        ([], ["7", "8"], TODAY, None, False),
        ([], [], TODAY + timedelta(days=1), None, False),
        ([], [], TODAY - timedelta(days=9), TODAY - timedelta(days=1), False),
    ],
)
def test_a_delegation_covers_kind_and_level_on_the_day(db, kinds, levels, begins, ends, covers):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    Delegation.objects.create(
        person=dana, kinds=kinds, levels=levels, instrument="Delegation 7", begins_on=begins, ends_on=ends
    )
    if covers:
        assert decide(case, by=dana)
    else:
        with pytest.raises(NotAllowed, match="Your delegation does not cover"):
            decide(case, by=dana)


def test_case_3_one_decision_and_no_second_letter(db):
    case = make_recommended()
    approve(case, by=make_user("Dana", "decision_maker"))
    with pytest.raises(Conflict, match="Dana decided this case on"):
        decide(case, by=make_user("Sam", "decision_maker"))
    assert Decision.objects.filter(case=case).count() == 3
    assert Notice.objects.filter(case=case, key__contains="decided").count() == 1


# -- what is handed in --------------------------------------------------------------------------------------------------


def test_case_28_the_same_thing_handed_in_twice_gets_the_receipt_that_it_has(db):
    case = make_submitted()
    again = desk.submit(case_id=case.pk, by=case.signatory)
    assert again.submissions.get().sha256 == case.submissions.get().sha256
    assert case.events.filter(name="case:submit").count() == 1
    assert Notice.objects.filter(case=case).count() == 1


def test_case_26_a_case_is_judged_by_the_law_of_its_submission_unless_the_applicant_chooses_the_present_one(db):
    from tests.builders import make_draft

    case = make_draft(credits="20")
    by = case.signatory
    desk.submit(case_id=case.pk, by=by, now=at(date(2022, 12, 1)))
    case.refresh_from_db()
    assert case.profile == "nz-2018"
    case = desk.adopt_law(case_id=case.pk, by=by)
    assert case.profile == "nz-2023"
    assert case.events.latest("position").details["before"] == "nz-2018"
    with pytest.raises(Conflict, match="already"):
        desk.adopt_law(case_id=case.pk, by=by)


def test_what_is_handed_in_is_frozen_with_its_digest_and_again_after_a_return(db):
    case, grace = make_submitted(), make_user("Grace", "registrar")
    desk.return_incomplete(case_id=case.pk, by=grace, reason="Name the sites.")
    from credentials import services

    services.save_draft(case_id=case.pk, by=case.signatory, values={"sites": ["North campus"]})
    desk.submit(case_id=case.pk, by=case.signatory)
    first, second = case.submissions.all()
    assert (first.content["content"]["sites"], second.content["content"]["sites"]) == (
        ["Harbour campus"],
        ["North campus"],
    )
    assert first.sha256 != second.sha256
    assert case.events.filter(name="case:submit").last().details["sha256"] == second.sha256


def test_what_was_handed_in_cannot_be_edited(db):
    from credentials import services

    case = make_submitted()
    with pytest.raises(Conflict, match="submitted"):
        services.save_draft(case_id=case.pk, by=case.signatory, values={"title": "Another"})
    assert Case.objects.get(pk=case.pk).title == "Scaffold inspection"


# -- after it -----------------------------------------------------------------------------------------------------------


def test_a_reconsideration_is_asked_for_within_the_window_that_the_letter_names(db):
    case, grace = make_recommended(), make_user("Grace", "registrar")
    decide(case, outcomes=dict.fromkeys(APPROVE_ALL, "declined"), reason="No need.")
    last = case.letters.get().answer_by
    with pytest.raises(NotAllowed, match=last.isoformat()):
        lodged(case, now=at(last + timedelta(days=1)))
    lodged(case, now=at(last))
    assert Notice.objects.filter(person=grace, subject__contains="reconsideration").count() == 1
    assert Case.objects.get(pk=case.pk).state == "declined"
