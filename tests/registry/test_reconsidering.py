"""A decision is looked at again: who may ask when, what is stated, and what becomes of what was decided."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from registry.casework import kinds, offers
from registry.casework import services as desk
from registry.casework.reconsideration import kind
from registry.casework.services import reconsidering as again
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.framework.law import ApplicationFee
from registry.models import Case, Fee, Notice
from tests.builders import decide, document_of, make_editor, make_provider, make_signatory, make_user
from tests.reconsidering import (
    FACT,
    Redressing,
    admitted,
    dated_file,
    drafted,
    granted,
    judge_all,
    lodged,
    refused,
    reviewed,
    settle,
)
from tests.registry.test_clock import at

APPLICATION = "credential_application"


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


# -- asked for ---------------------------------------------------------------------------------------------------------


def test_it_is_asked_for_when_it_is_handed_in_and_the_decided_case_says_so(db):
    decided, grace = refused(), make_user("Grace", "registrar")
    case = drafted(decided)
    assert case.reference.startswith("RCN-") and case.reconsiders_id == decided.pk
    assert not decided.events.filter(name="case:ask_reconsideration").exists()
    desk.submit(case_id=case.pk, by=case.signatory)
    event = decided.events.get(name="case:ask_reconsideration")
    assert event.details["reconsideration"] == case.reference and "overlooked" in event.details["reason"]
    assert fresh(decided).state == "declined"
    assert "overlooked" in Notice.objects.get(person=grace, subject__contains="reconsideration").body


def test_the_window_is_that_of_the_letter_and_a_draft_that_is_late_is_kept(db):
    decided = refused()
    last = decided.letters.get().answer_by
    case = drafted(decided)
    with pytest.raises(NotAllowed, match=last.isoformat()):
        desk.submit(case_id=case.pk, by=case.signatory, now=at(last + timedelta(days=1)))
    assert fresh(case).state == "draft" and case.reconsideration.grounds["fact"]["statement"] == FACT["statement_fact"]
    desk.submit(case_id=case.pk, by=case.signatory, now=at(last))
    assert fresh(case).state == "submitted"


def test_it_names_a_ground_and_where_that_was_raised_before(db):
    case = drafted(statement_process="Nobody asked us.")
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=case.pk, by=case.signatory)
    assert [v.field for v in refusal.value.violations] == ["raised_process"]
    again.save(case_id=case.pk, by=case.signatory, values={})
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=case.pk, by=case.signatory)
    assert [v.field for v in refusal.value.violations] == ["grounds"]


def test_a_signatory_hands_it_in_and_nobody_else(db):
    decided = refused()
    editor = make_editor(decided.application.provider)
    case = drafted(decided, by=editor)
    with pytest.raises(NotAllowed):
        desk.submit(case_id=case.pk, by=editor)
    with pytest.raises(NotAllowed):
        again.begin(about=decided.reference, by=make_signatory(make_provider("Elsewhere"), "Otto"))
    with pytest.raises(NotAllowed):
        again.begin(about=decided.reference, by=make_user("Rex", "registrar"))


def test_what_is_not_decided_yet_is_not_reconsidered(db):
    from tests.builders import make_recommended

    case = make_recommended()
    with pytest.raises(Conflict):
        again.begin(about=case.reference, by=case.signatory)


def test_one_decision_is_looked_at_again_once(db):
    decided = refused()
    first, second = drafted(decided), drafted(decided)
    desk.submit(case_id=first.pk, by=first.signatory)
    with pytest.raises(Conflict, match=first.reference):
        desk.submit(case_id=second.pk, by=second.signatory)
    again.reject(case_id=first.pk, by=make_user("Rex", "registrar"), why="no_ground", reason="It says nothing.")
    with pytest.raises(Conflict, match=first.reference):
        desk.submit(case_id=second.pk, by=second.signatory)


def test_one_that_was_taken_back_stands_in_nobodys_way(db):
    decided = refused()
    first, second = lodged(decided), drafted(decided)
    desk.withdraw(case_id=first.pk, by=first.signatory)
    desk.submit(case_id=second.pk, by=second.signatory)
    assert fresh(second).state == "submitted"


def test_a_body_may_ask_about_what_the_authority_decided_of_its_entry(db):
    from credentials.services import propose, save_amendment, submit_amendment
    from tests.builders import make_listed

    credential = make_listed()
    eva = make_user("Eva", "evaluator")
    amendment = propose(credential_id=credential.pk, by=eva)
    save_amendment(case_id=amendment.case_id, by=eva, values={"content": {"titles": {"en": "Scaffolds"}}})
    submit_amendment(case_id=amendment.case_id, by=eva)
    decide(amendment.case)
    decided = fresh(amendment.case)
    assert decided.letters.get().answer_by
    signatory = make_signatory(credential.awarding_body, "Sol")
    case = drafted(decided, by=signatory)
    desk.submit(case_id=case.pk, by=signatory)
    assert decided.events.filter(name="case:ask_reconsideration").exists()


# -- evidence ----------------------------------------------------------------------------------------------------------


def test_evidence_is_what_existed_when_it_was_decided(db):
    case = drafted()
    decided_on = again.decisions_of(case.reconsideration)[0].decided_on
    with pytest.raises(RegisterError, match="Only what existed when it was decided counts"):
        dated_file(case, decided_on + timedelta(days=1))
    with pytest.raises(RegisterError, match="Give the day"):
        dated_file(case, None)
    kept = dated_file(case, decided_on)
    assert kept.dated_on == decided_on
    desk.submit(case_id=case.pk, by=case.signatory)
    frozen = case.submissions.get().content["content"]
    assert frozen["files_of"] == [{"sha256": kept.sha256, "dated_on": decided_on.isoformat()}]


# -- admitted ----------------------------------------------------------------------------------------------------------


def test_whether_the_decision_is_stayed_is_stated_with_a_reason(db, monkeypatch):
    Redressing(monkeypatch, APPLICATION)
    case, rex, rose = lodged(granted()), make_user("Rex", "registrar"), make_user("Rose", "review_officer")
    for stay, reason, refusal in ((None, "Because.", "State whether"), (True, " ", "Say why"), (False, "", "Say why")):
        with pytest.raises(RegisterError, match=refusal):
            again.admit(case_id=case.pk, by=rex, to=rose, stay=stay, reason=reason)
    assert fresh(case).state == "submitted"
    again.admit(case_id=case.pk, by=rex, to=rose, stay=False, reason="Learners lose nothing.")
    record = fresh(case).reconsideration
    assert (record.stayed, record.stay_reason, fresh(case).assigned_to) == (False, "Learners lose nothing.", rose)
    told = Notice.objects.get(person=case.signatory, subject__contains="has been admitted").body
    assert "The decision stays in force" in told and "Learners lose nothing." in told


def test_a_stay_holds_at_once(db, monkeypatch):
    redressing = Redressing(monkeypatch, APPLICATION)
    case = admitted(granted(), stay=True)
    [(name, said)] = redressing.calls
    assert name == "stay" and said["case"].pk == case.reconsiders_id and said["reference"] == case.reference
    assert said["on"] == current.today() and {d.matter for d in said["decisions"]} >= {"listing", "approval"}


def test_what_has_no_effect_is_not_stayed(db):
    for decided in (refused(), granted()):
        with pytest.raises(RegisterError, match="no effect that could be stayed"):
            admitted(decided, stay=True)
        case = decided.reconsidered_by.get()
        assert case.state == "submitted"


def test_whoever_took_part_in_the_decision_neither_admits_nor_reviews_nor_decides_it(db):
    decided = refused()
    eva = decided.recommendations.get().recommended_by
    dana = decided.decisions.first().decided_by
    case, rex, rose = lodged(decided), make_user("Rex", "registrar"), make_user("Rose", "review_officer")
    with pytest.raises(NotAllowed, match="Fresh eyes"):
        again.admit(case_id=case.pk, by=dana, to=rose, stay=False, reason="So.")
    with pytest.raises(NotAllowed, match="took part in the decision"):
        again.admit(case_id=case.pk, by=rex, to=eva, stay=False, reason="So.")
    again.admit(case_id=case.pk, by=rex, to=rose, stay=False, reason="So.")
    with pytest.raises(NotAllowed):
        desk.judge(case_id=case.pk, by=eva, criterion="fact", verdict="met", reason="So.")
    with pytest.raises(NotAllowed):
        desk.assign(case_id=case.pk, by=rex, to=eva)
    judge_all(case, rose)
    again.recommend(case_id=case.pk, by=rose, result="upheld", reason="So.")
    with pytest.raises(NotAllowed, match="Fresh eyes"):
        settle(case, "upheld", by=dana)
    with pytest.raises(NotAllowed):
        settle(case, "upheld", by=make_user("Both", "review_officer"))
    assert settle(case, "upheld")


def test_of_two_decision_makers_the_one_who_did_not_decide_admits_it_and_decides_it(db):
    case, dora, rose = lodged(refused()), make_user("Dora", "decision_maker"), make_user("Rose", "review_officer")
    again.admit(case_id=case.pk, by=dora, to=rose, stay=False, reason="Nothing is lost.")
    assert not case.parts.filter(person=dora).exists()
    judge_all(case, rose)
    again.recommend(case_id=case.pk, by=rose, result="upheld", reason="They were read.")
    assert offers.deciders(fresh(case), current.today()) == [dora]
    assert settle(case, "upheld", by=dora)


def test_one_that_names_no_ground_that_counts_is_rejected_with_a_reason(db):
    case, rex = lodged(), make_user("Rex", "registrar")
    with pytest.raises(NotAllowed, match="lodged in time"):
        again.reject(case_id=case.pk, by=rex, why="out_of_time", reason="Late.")
    with pytest.raises(RegisterError):
        again.reject(case_id=case.pk, by=rex, why="no_ground", reason=" ")
    again.reject(case_id=case.pk, by=rex, why="no_ground", reason="Nothing new is said.")
    assert fresh(case).state == "rejected_no_ground" and fresh(case).decided_at
    assert "Nothing new is said." in Notice.objects.get(person=case.signatory, subject__contains="not admitted").body


# -- decided -----------------------------------------------------------------------------------------------------------


def test_a_refusal_is_upheld_or_remitted_and_nothing_else(db):
    case = reviewed()
    assert again.possible(case.reconsideration) == ["upheld", "remitted"]
    for result in ("varied", "set_aside", "", "quashed"):
        with pytest.raises(RegisterError):
            settle(case, result)
    assert fresh(case).state == "recommended" and not fresh(case).reconsideration.result


def test_what_was_granted_may_be_altered_as_its_kind_knows_how_to(db, monkeypatch):
    decided = granted()
    case = lodged(decided)
    assert again.possible(case.reconsideration) == ["upheld"]
    Redressing(monkeypatch, APPLICATION)
    assert again.possible(case.reconsideration) == ["upheld", "varied", "set_aside"]
    Redressing(monkeypatch, APPLICATION, remits=True)
    assert again.possible(case.reconsideration) == ["upheld", "varied", "set_aside", "remitted"]


def test_upheld_after_a_stay_the_decision_has_effect_again(db, monkeypatch):
    redressing = Redressing(monkeypatch, APPLICATION)
    case = reviewed(granted(), stay=True)
    [decision] = settle(case, "upheld")
    assert (decision.outcome, fresh(case).state) == ("declined", "declined")
    assert redressing.names == ["stay", "resume"] and redressing.calls[-1][1]["reference"] == decision.number
    assert fresh(case).reconsideration.result == "upheld"


def test_upheld_without_a_stay_nothing_is_resumed(db, monkeypatch):
    redressing = Redressing(monkeypatch, APPLICATION)
    settle(reviewed(granted()), "upheld")
    assert redressing.names == []


def test_set_aside_it_is_as_if_it_had_not_been_made(db, monkeypatch):
    redressing = Redressing(monkeypatch, APPLICATION)
    case = reviewed(granted(), result="upheld")
    [decision] = settle(case, "set_aside")
    assert redressing.names == ["set_aside"] and redressing.calls[0][1]["reference"] == decision.number
    assert (decision.outcome, fresh(case).state) == ("approved", "approved")
    record = fresh(case).reconsideration
    assert (record.proposed, record.result) == ("upheld", "set_aside"), "who decides may differ from who reviewed"
    event = case.events.get(name="reconsideration:decided")
    assert event.details["result"] == "set_aside"


def test_varied_it_holds_on_the_terms_that_its_kind_asks_for(db, monkeypatch):
    from django import forms

    from registry.casework.forms import RecordForm, day_field

    class Terms(RecordForm):
        until = day_field("Until", required=True)
        sites = forms.CharField(required=False)

    redressing = Redressing(monkeypatch, APPLICATION, terms_form=Terms)
    case = reviewed(granted())
    with pytest.raises(RegisterError, match="Give the day"):
        settle(case, "varied", terms={})
    day = current.today() + timedelta(days=30)
    settle(case, "varied", terms={"until": day})
    [(name, said)] = redressing.calls
    assert name == "vary" and said["terms"]["until"] == day


def test_remitted_the_decided_case_is_open_again_and_decided_anew(db):
    decided = refused()
    dana = decided.decisions.first().decided_by
    case = reviewed(decided, result="remitted")
    settle(case, "remitted")
    opened = fresh(decided)
    assert (opened.state, opened.decided_at) == ("under_evaluation", None) and opened.due_on
    eva = opened.recommendations.get().recommended_by
    with pytest.raises(NotAllowed, match="Fresh eyes"):
        desk.recommend(case_id=opened.pk, by=_as_evaluator(case.reviewer), outcome="approved", reason="So.")
    desk.recommend(case_id=opened.pk, by=eva, outcome="approved", reason="The letters are there.")
    made = decide(opened, by=dana)
    assert {d.stage for d in made} == {2} and fresh(decided).state == "approved"
    assert document_of(decided.application.revision.credential.__class__.objects.get(
        revisions__application__case=decided
    ).number)["kind"] == "micro_credential"  # fmt: skip


def _as_evaluator(user):
    from django.contrib.auth.models import Group

    user.groups.add(Group.objects.get(name="evaluator"))
    return type(user).objects.get(pk=user.pk)


def test_a_new_decision_may_be_looked_at_again_and_the_old_one_not(db):
    decided = refused()
    settle(reviewed(decided, result="remitted"), "remitted")
    stale = decided.reconsidered_by.get()
    assert not again.standing(decided, 2).exists()
    opened = fresh(decided)
    desk.recommend(
        case_id=opened.pk, by=opened.recommendations.get().recommended_by, outcome="declined", reason="No need."
    )
    decide(opened, outcome="declined")
    case = lodged(_with(fresh(decided), decided.signatory))
    assert case.reconsideration.stage == 2 and case.pk != stale.pk


def _with(case: Case, signatory) -> Case:
    case.signatory = signatory
    return case


def test_nobody_takes_a_decided_case_up_again_without_a_reconsideration(db):
    from django.db import transaction

    from registry.casework import workflow

    decided = refused()
    with pytest.raises(NotAllowed, match="Only a reconsideration"), transaction.atomic():
        workflow.move(workflow.lock(decided.pk), "reopen", by=make_user("Dora", "decision_maker"))


def test_it_is_decided_from_today_on(db, monkeypatch):
    Redressing(monkeypatch, APPLICATION)
    case = reviewed(granted())
    record = case.reconsideration
    record.result = "set_aside"
    record.save()
    later = current.today() + timedelta(days=5)
    with pytest.raises(RegisterError, match="from today"):
        desk.decide(
            case_id=case.pk, by=make_user("Dora", "decision_maker"), outcomes={"reconsideration": "approved"},
            reason="So.", publish_on=later,
        )  # fmt: skip
    assert fresh(case).state == "recommended"


def test_taken_back_after_a_stay_the_decision_has_effect_again(db, monkeypatch):
    redressing = Redressing(monkeypatch, APPLICATION)
    decided = granted()
    case = admitted(decided, stay=True)
    desk.withdraw(case_id=case.pk, by=case.signatory)
    assert redressing.names == ["stay", "resume"]
    number = kinds.get(APPLICATION).entries(decided)[0]
    assert document_of(number)["reconsiderations"][0]["outcome"] == "withdrawn"


# -- letters and fees --------------------------------------------------------------------------------------------------


def test_its_letter_says_what_became_of_the_decision_and_that_none_further_lies_with_the_authority(db):
    decided = refused()
    case = reviewed(decided)
    settle(case, "upheld")
    letter = case.letters.get()
    assert "the decision is upheld" in letter.html and decided.decisions.first().number in letter.html
    assert "No further reconsideration of this lies with the authority." in letter.html
    assert "entered on the public register" not in letter.html and letter.answer_by is None
    assert (
        "No further reconsideration"
        in Notice.objects.get(person=case.signatory, subject__endswith="decision", case=case).body
    )


def with_a_fee(monkeypatch) -> None:
    """A law that names a fee for a reconsideration."""
    fee = ApplicationFee(("reconsideration",), Decimal("250.00"), "NZD", True, "a rule of this test")
    real = current.version
    monkeypatch.setattr(current, "version", lambda name: replace(real(name), fees=(fee,)))


@pytest.mark.parametrize(("result", "refunded"), [("remitted", True), ("upheld", False)])
def test_the_fee_is_given_back_when_the_decision_is_changed(db, monkeypatch, result, refunded):
    with_a_fee(monkeypatch)
    case, rex = lodged(), make_user("Rex", "registrar")
    rose = make_user("Rose", "review_officer")
    with pytest.raises(NotAllowed, match="fee"):
        again.admit(case_id=case.pk, by=rex, to=rose, stay=False, reason="So.")
    desk.invoice(case_id=case.pk, by=rex)
    desk.record_payment(case_id=case.pk, by=rex, reference="Bank 7")
    again.admit(case_id=case.pk, by=rex, to=rose, stay=False, reason="So.")
    judge_all(case, rose)
    again.recommend(case_id=case.pk, by=rose, result=result, reason="So.")
    [decision] = settle(case, result)
    given_back = case.fees.filter(act=Fee.Act.REFUNDED)
    assert given_back.exists() is refunded
    if refunded:
        assert (given_back.get().amount, given_back.get().reference) == (Decimal("250.00"), decision.number)


def test_evaluating_again_from_the_beginning_is_possible_after_a_remittal(db):
    decided = refused()
    settle(reviewed(decided, result="remitted"), "remitted")
    opened = fresh(decided)
    nell = make_user("Nell", "evaluator")
    for criterion in desk.criteria_of(opened):
        desk.judge(case_id=opened.pk, by=nell, criterion=criterion.id, verdict="met", reason="Seen again.")
    desk.recommend(case_id=opened.pk, by=nell, outcome="approved", reason="All is there.")
    assert fresh(opened).state == "recommended"


def test_whoever_took_part_in_the_decision_is_neither_told_nor_finds_it_in_their_queue(db):
    decided = refused()
    dana, dora = decided.decisions.first().decided_by, make_user("Dora", "decision_maker")
    case = reviewed(decided, result="remitted")
    today = current.today()
    mine = {who.name: list(Case.objects.to_decide_by(who, today)) for who in (dana, dora)}
    assert mine == {"Dana": [], "Dora": [case]}
    told = Notice.objects.filter(case=case, subject__contains="waits for a decision").values_list("person", flat=True)
    assert list(told) == [dora.pk]


def test_while_the_decision_is_under_embargo_nothing_about_its_reconsideration_is_written_in_a_mail(db):
    decided = granted(publish_on=current.today() + timedelta(days=3))
    case = lodged(decided)
    told = Notice.objects.filter(case=case)
    assert told and all("Scaffold" not in f"{notice.subject} {notice.body}" for notice in told)


def test_what_may_be_asked_about_is_found_in_one_query_however_much_was_decided(db, django_assert_num_queries):
    first = refused()
    for _n in range(3):
        refused(provider=first.organisation.provider)
    with django_assert_num_queries(1):
        found = kind.choices([first.organisation])
    assert len(found) == 4
    with django_assert_num_queries(1):
        assert kind.any_decided([first.organisation])
