"""Information requests, panels, fees, messages and assignment: what happens between submission and recommendation."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.framework.law import ApplicationFee
from registry.models import Case, Fee, Notice
from tests.builders import CRITERIA, ask_about, letter, make_submitted, make_user, searched


@pytest.fixture
def eva(db):
    return make_user("Eva", "evaluator")


@pytest.fixture
def case(db, eva):
    case = make_submitted()
    signatory = case.signatory
    case = desk.start_evaluation(case_id=case.pk, by=eva)
    case.signatory = signatory
    return case


# -- questions and answers ---------------------------------------------------------------------------------------------


def test_each_question_is_told_by_itself_with_its_criterion_and_its_day(case, eva):
    request = ask_about(case, eva, "need", "assessment", question="Who asked for it?")
    notice = Notice.objects.get(case=case, person=case.signatory, subject__contains="please answer")
    assert "1. Need and acceptability" in notice.body and "2. Requirements and assessment" in notice.body
    assert request.due_on.isoformat() in notice.subject


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([], "at least one question"),
        ([{"criterion": "need", "question": " "}], "Question 1: write what you ask"),
        ([{"criterion": "need", "question": "Who?"}, {"criterion": "wit", "question": "Who?"}], "no such criterion"),
        ([{"criterion": "need", "question": "Who?", "kind": "guess"}], "Question 1: choose what is asked"),
        (
            [{"criterion": "need", "question": "Who?", "due_on": date(2020, 1, 1)}],
            "Question 1: give the applicant time",
        ),
    ],
)
def test_a_question_that_is_incomplete_is_refused_by_its_number(case, eva, items, said):
    with pytest.raises(RegisterError, match=said):
        desk.ask(case_id=case.pk, by=eva, items=items)
    assert not case.information_requests.exists()


def test_an_earlier_answer_stays_beside_the_later_one(case, eva):
    (item,) = ask_about(case, eva, "need").items.all()
    for text in ("Nine growers.", "Nine growers and two orchards."):
        desk.answer(case_id=case.pk, by=case.signatory, item_id=item.pk, text=text)
    assert list(item.answers.values_list("text", flat=True)) == ["Nine growers.", "Nine growers and two orchards."]


def test_some_answers_are_not_all_and_what_is_missing_is_named(case, eva):
    first, _second = ask_about(case, eva, "need", "assessment").items.all()
    desk.answer(case_id=case.pk, by=case.signatory, item_id=first.pk, text="Nine growers.")
    with pytest.raises(NotAllowed, match=r"Answer these first: 1\.2"):
        desk.send_answers(case_id=case.pk, by=case.signatory)
    assert Case.objects.get(pk=case.pk).state == "information_requested"


def test_a_question_that_is_judged_without_an_answer_holds_nobody(case, eva):
    ask_about(case, eva, "need", unanswered="judged")
    assert desk.send_answers(case_id=case.pk, by=case.signatory).state == "under_evaluation"


def test_a_file_answers_a_question_and_is_kept_with_it(case, eva):
    (item,) = ask_about(case, eva, "need", kind="evidence").items.all()
    kept = desk.attach(case_id=case.pk, by=case.signatory, item_id=item.pk, upload=letter("growers.txt", b"We grow."))
    assert (kept.item, kept.criterion) == (item, "need")
    with pytest.raises(Conflict, match="Edit is not possible"):
        desk.attach(case_id=case.pk, by=case.signatory, criterion="need", upload=letter("late.txt", b"Late."))


def test_the_last_request_taken_back_lets_the_evaluation_go_on(case, eva):
    for criterion in ("need", "assessment"):
        ask_about(case, eva, criterion)
    assert desk.take_back_request(case_id=case.pk, by=eva, number=1).state == "information_requested"
    case = desk.take_back_request(case_id=case.pk, by=eva, number=2)
    assert (case.state, case.due_on is not None) == ("under_evaluation", True)
    with pytest.raises(Conflict):
        desk.take_back_request(case_id=case.pk, by=eva, number=2)


def test_nobody_goes_on_without_answers_while_there_is_time_to_give_them(case, eva):
    ask_about(case, eva, "need")
    with pytest.raises(Conflict, match="has until"):
        desk.resume(case_id=case.pk, by=eva, reason="In a hurry.")
    assert case.information_requests.get().closed_at is None


def test_nothing_is_recommended_while_a_question_is_open(case, eva):
    for criterion in CRITERIA:
        desk.judge(case_id=case.pk, by=eva, criterion=criterion, verdict="met", reason="Shown.")
    searched(case, eva)
    ask_about(case, eva, "need")
    with pytest.raises(Conflict):
        desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="All good.")


def test_a_recommendation_waits_for_a_search_for_duplicates(case, eva):
    for criterion in CRITERIA:
        desk.judge(case_id=case.pk, by=eva, criterion=criterion, verdict="met", reason="Shown.")
    with pytest.raises(NotAllowed, match="searched for duplicates"):
        desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="All good.")


# -- panels ------------------------------------------------------------------------------------------------------------


def test_a_panel_meets_with_a_quorum_and_its_members_never_decide(case, eva):
    members = [make_user(name, "decision_maker") for name in ("Ari", "Bo", "Cy")]
    desk.convene(case_id=case.pk, by=eva, members=members, quorum=2, question="Is the need real?")
    said = {"minutes": "It is.", "met_on": current.today()}
    with pytest.raises(NotAllowed, match="1 members without an interest were present; the quorum is 2"):
        desk.record_minutes(case_id=case.pk, by=eva, present=[members[0].pk], **said)
    present = [m.pk for m in members[:2]]
    case = desk.record_minutes(case_id=case.pk, by=eva, present=present, **said)
    assert case.state == "under_evaluation"
    assert [m.present for m in case.panels.get().members.all()] == [True, True, False]
    for criterion in CRITERIA:
        desk.judge(case_id=case.pk, by=eva, criterion=criterion, verdict="met", reason="Shown.")
    searched(case, eva)
    desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="All good.")
    with pytest.raises(NotAllowed, match="Four eyes"):
        desk.decide(
            case_id=case.pk, by=members[2], reason="Fine.",
            outcomes={"listing": "approved", "approval": "approved", "accreditation": "approved"},
        )  # fmt: skip


def test_a_member_with_an_interest_sits_on_no_panel(case, eva):
    ari = make_user("Ari", "evaluator")
    desk.declare_interest(case_id=case.pk, by=ari, reason="My sister works there.")
    with pytest.raises(NotAllowed, match="Ari has declared an interest"):
        desk.convene(case_id=case.pk, by=eva, members=[ari], quorum=1, question="Is it?")


def test_a_quorum_is_one_that_the_members_can_reach(case, eva):
    with pytest.raises(RegisterError, match="at most all of them"):
        desk.convene(case_id=case.pk, by=eva, members=[make_user("Ari", "evaluator")], quorum=2, question="Is it?")


# -- fees --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def fee(monkeypatch):
    """A law that asks 150.00 for an application."""
    asked = ApplicationFee(("credential_application",), Decimal("150.00"), "NZD", True, "A test of this register")
    version = replace(current.version_on(current.today()), fees=(asked,))
    monkeypatch.setattr(current, "version", lambda identifier: version)
    return asked


def test_where_the_law_asks_for_a_fee_no_evaluation_starts_before_it_is_settled(db, fee, eva):
    case, grace = make_submitted(), make_user("Grace", "registrar")
    with pytest.raises(NotAllowed, match=r"The fee of 150\.00 NZD has neither been paid nor waived"):
        desk.start_evaluation(case_id=case.pk, by=eva)
    invoice = desk.invoice(case_id=case.pk, by=grace)
    assert invoice.reference in Notice.objects.get(case=case, subject__contains="invoice").body
    with pytest.raises(NotAllowed):
        desk.start_evaluation(case_id=case.pk, by=eva)
    desk.record_payment(case_id=case.pk, by=grace, reference="Bank 7781")
    assert desk.start_evaluation(case_id=case.pk, by=eva).state == "under_evaluation"
    assert list(Fee.objects.values_list("act", flat=True)) == ["invoiced", "paid"]
    with pytest.raises(Conflict, match="settled already"):
        desk.waive_fee(case_id=case.pk, by=grace, reason="Late.")


def test_a_fee_is_waived_with_a_reason(db, fee, eva):
    case, grace = make_submitted(), make_user("Grace", "registrar")
    with pytest.raises(RegisterError, match="Say why"):
        desk.waive_fee(case_id=case.pk, by=grace, reason=" ")
    desk.waive_fee(case_id=case.pk, by=grace, reason="A public school.")
    assert desk.start_evaluation(case_id=case.pk, by=eva).state == "under_evaluation"


def test_where_the_law_names_no_fee_there_is_nothing_to_invoice(db, eva):
    case = make_submitted()
    with pytest.raises(RegisterError, match="names no fee"):
        desk.invoice(case_id=case.pk, by=make_user("Grace", "registrar"))
    assert desk.start_evaluation(case_id=case.pk, by=eva).state == "under_evaluation"


# -- messages and assignment -------------------------------------------------------------------------------------------


def test_a_note_among_officers_reaches_no_applicant(case, eva):
    before = Notice.objects.filter(person=case.signatory).count()
    desk.note(case_id=case.pk, by=eva, text="The letter looks copied.")
    desk.tell(case_id=case.pk, by=eva, text="Please be patient.")
    desk.write(case_id=case.pk, by=case.signatory, text="Of course.")
    assert Notice.objects.filter(person=case.signatory).count() == before + 1
    assert "copied" not in "".join(Notice.objects.values_list("body", flat=True))
    assert [m.internal for m in case.messages.all()] == [True, False, False]


def test_only_an_evaluator_is_given_a_case(case, eva):
    grace = make_user("Grace", "registrar")
    with pytest.raises(NotAllowed, match="is not an evaluator"):
        desk.assign(case_id=case.pk, by=grace, to=make_user("Dana", "decision_maker"))
    otto = make_user("Otto", "evaluator")
    assert desk.assign(case_id=case.pk, by=grace, to=otto).assigned_to == otto
    assert Notice.objects.filter(person=otto, subject__contains="assigned to you").count() == 1


def test_case_6_who_moves_to_the_authority_keeps_what_was_done_under_the_identity_of_then(case, eva):
    from datetime import timedelta

    from registry.models import Event, Membership

    mover = case.signatory
    Membership.objects.filter(user=mover).update(ended_on=current.today() - timedelta(days=1))
    mover.is_staff = True
    mover.save()
    submitted = Event.objects.get(case=case, name="case:submit")
    assert (submitted.person_id, submitted.role, submitted.organisation_id) == (
        mover.person_id, "signatory", case.organisation.organisation_id,
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="Your role does not allow this"):
        desk.withdraw(case_id=case.pk, by=mover)
    assert case not in Case.objects.for_user(mover)
