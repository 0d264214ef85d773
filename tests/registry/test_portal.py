"""The applicant's side of a case: what its page tells, and what may be done there by whom."""

import re
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.casework import services as desk
from registry.errors import NotAllowed
from registry.models import Case, Entry, Membership
from tests.builders import (
    APPROVE_ALL,
    approve,
    letter,
    make_asked,
    make_draft,
    make_editor,
    make_provider,
    make_recommended,
    make_signatory,
    make_submitted,
    make_user,
)  # fmt: skip
from tests.portal import fresh, page_of, post, signed_in
from tests.together import at_once

LONG_AGO = timezone.now() - timedelta(days=120)


def declined(**kwargs) -> Case:
    case = make_recommended()
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="The need is not shown.",
        outcomes=dict.fromkeys(APPROVE_ALL, "declined"), **kwargs,
    )  # fmt: skip
    return case


def by_an_older_law() -> Case:
    case = make_submitted()
    Case.objects.filter(pk=case.pk).update(profile="nz-2018")
    return case


def answered() -> Case:
    case = make_asked()
    desk.answer(case_id=case.pk, by=case.signatory, item_id=case.request.items.first().pk, text="Three operators.")
    return case


# -- who may do what ---------------------------------------------------------------------------------------------------

# Each act: the case on which it is possible, what is sent with it, and whether an editor may do it.
ACTS = {
    "submit": (make_draft, lambda case: {}, False),
    "withdraw": (make_submitted, lambda case: {}, False),
    "answer": (make_asked, lambda case: {"item": case.request.items.first().pk, "text": "Three operators."}, True),
    "send_answers": (answered, lambda case: {}, True),
    "write": (make_submitted, lambda case: {"text": "When may we hear?"}, True),
    "adopt_law": (by_an_older_law, lambda case: {}, False),
    "attach": (make_draft, lambda case: {"criterion": "purpose", "file": letter("more.txt", b"More.")}, True),
    "remove_evidence": (make_draft, lambda case: {"evidence": case.evidence.get().pk}, True),
}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_an_act_is_done_by_the_applicants_people_alone_each_in_their_role(db, act):
    make, sent, editor_may = ACTS[act]
    case = make()
    provider = case.application.provider
    gone = make_editor(provider, "Gone")
    Membership.objects.filter(user=gone).update(ended_on=date(2026, 1, 1))
    others = {
        "another provider's": make_signatory(make_provider("Elsewhere"), "Otto"), "a member that was": gone,
        "an evaluator": make_user("Eve", "evaluator"), "a registrar": make_user("Rex", "registrar"),
        "an administrator": make_user("Ada", "administrator"),
    }  # fmt: skip
    before = (fresh(case).state, case.events.count())
    for who, person in others.items():
        assert post(case, act, person, **sent(case)).status_code == 404, who
        assert signed_in(person).get(f"/portal/cases/{case.reference}/").status_code == 404, who
    assert Client().post(f"/portal/cases/{case.reference}/{act}/", sent(case))["Location"].startswith("/accounts/login")
    assert (fresh(case).state, case.events.count()) == before
    editor = make_editor(provider)
    response = post(case, act, editor, **sent(case))
    if not editor_may:
        assert response.status_code == 409 and "Your role does not allow this." in response.content.decode()
        assert (fresh(case).state, case.events.count()) == before
        response = post(case, act, **sent(case))
    assert response.status_code == 302, response.content.decode()
    assert case.events.count() == before[1] + 1


def test_the_address_of_an_act_that_is_only_opened_leads_to_the_case_and_does_nothing(db):
    case = make_draft()
    before = case.events.count()
    for act in sorted(set(ACTS) - {"withdraw"}):
        response = signed_in(case.signatory).get(f"/portal/cases/{case.reference}/{act}/")
        assert response.status_code == 302 and case.reference in response["Location"], act
    assert case.events.count() == before


def test_an_officer_who_also_acts_for_a_body_sees_that_bodys_cases_and_no_others(db):
    own, other = make_submitted(provider=make_provider("Own")), make_submitted(provider=make_provider("Other"))
    both = make_user("Bo", "evaluator")
    Membership.objects.create(user=both, organisation=own.organisation, role="editor")
    assert "scaffold" in page_of(own, both).lower()
    assert signed_in(both).get(f"/portal/cases/{other.reference}/").status_code == 404
    html = signed_in(both).get("/portal/").content.decode()
    assert own.reference in html and other.reference not in html


def test_an_editor_is_told_that_a_signatory_submits(db):
    case = make_draft()
    html = page_of(case, make_editor(case.application.provider))
    assert "A signatory of Harbour Institute submits it." in html and "Declare and submit" not in html


# -- before it is submitted --------------------------------------------------------------------------------------------


def test_a_refused_submission_names_each_rule_and_where_to_mend_it_and_keeps_the_draft(db):
    case = make_draft(level=None)
    desk.remove_evidence(case_id=case.pk, by=case.signatory, evidence_id=case.evidence.get().pk)
    response = post(case, "submit")
    html = response.content.decode()
    assert response.status_code == 422 and fresh(case).state == "draft"
    summary = html[html.index("error-summary") :].partition("</div>")[0]
    assert "NZ-02" in summary and f'href="/portal/micro-credentials/{case.reference}/edit/?check"' in summary
    assert 'href="#evidence-need"' in summary and 'id="evidence-need" open>' in html


def test_a_second_click_on_submit_gets_the_same_receipt(db):
    case = make_draft()
    revision = case.revision
    assert post(case, "submit", revision=revision).status_code == 302
    assert post(case, "submit", revision=revision).status_code == 302
    assert case.submissions.count() == 1


def test_the_addresses_of_an_application_show_the_same_page(db):
    case = make_draft()
    html = signed_in(case.signatory).get(f"/portal/micro-credentials/{case.reference}/").content.decode()
    assert re.sub(r'value="[\w]{64}"', "", html) == re.sub(r'value="[\w]{64}"', "", page_of(case))
    removed = f"/portal/micro-credentials/{case.reference}/evidence/{case.evidence.get().pk}/remove/"
    assert signed_in(case.signatory).post(removed).status_code == 302
    assert not case.evidence.filter(removed_at=None).exists()


def test_several_files_are_attached_at_once_and_one_that_cannot_be_kept_is_named(db):
    case = make_draft()
    sent = [letter("one.txt", b"One."), letter("two.exe", b"Two."), letter("three.txt", b"Three.")]
    response = post(case, "attach", criterion="purpose", file=sent)
    assert response.status_code == 422
    assert "two.exe: attach one of" in response.content.decode()
    assert "2 files have been attached." in response.content.decode()
    assert set(case.evidence.filter(criterion="purpose").values_list("name", flat=True)) == {"one.txt", "three.txt"}
    response = post(case, "attach", criterion="purpose")
    assert response.status_code == 422 and "Choose a file first." in response.content.decode()
    assert re.search(r"Any of .*\.pdf.*, each at most 20\.0\WMB\. You may choose up to 100 at once.", page_of(case))
    assert 'href="#attach-purpose-file"' in response.content.decode()


def test_a_file_that_is_attached_twice_says_where_else_it_is(db):
    case = make_draft()
    desk.attach(case_id=case.pk, by=case.signatory, criterion="purpose", upload=letter("copy.txt"))
    html = page_of(case)
    assert html.count("The same file is also attached to:") == 2
    assert "Need and acceptability (letter.txt)." in html


def test_a_file_that_a_colleague_has_removed_is_a_conflict(db):
    case = make_draft()
    file = case.evidence.get().pk
    assert post(case, "remove_evidence", evidence=file).status_code == 302
    response = post(case, "remove_evidence", evidence=file)
    assert response.status_code == 409 and "has been removed already" in response.content.decode()


def test_many_files_are_folded_away_behind_their_number_and_cost_no_more_queries(db):
    case = make_draft()
    client = signed_in(case.signatory)
    address = f"/portal/cases/{case.reference}/"
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address)
    file = case.evidence.get()
    for n in range(60):
        file.pk, file.name, file.sha256 = None, f"letter-{n}.txt", f"{n % 7:064d}"
        file.save(force_insert=True)
    with CaptureQueriesContext(connection) as many:
        html = client.get(address).content.decode()
    assert len(few) == len(many) < 60
    assert "(61 files)" in html and 'id="evidence-need">' in html, "folded away"
    assert 'id="evidence-purpose">' in html, "nothing asks for files there"


# -- returned as incomplete --------------------------------------------------------------------------------------------


def test_a_case_that_was_returned_tells_what_is_missing_is_edited_and_handed_in_again(db):
    case = make_submitted()
    desk.return_incomplete(case_id=case.pk, by=make_user("Rex", "registrar"), reason="The letter has no date.")
    html = page_of(case)
    assert "returned as incomplete" in html and "The letter has no date." in html
    assert re.search(r"Yours, until \d+ \w+ \d{4} \(\d+ working days left\)", html)
    form = f"/portal/micro-credentials/{case.reference}/edit/"
    assert f'href="{form}"' in html and signed_in(case.signatory).get(form).status_code == 200
    assert post(case, "attach", criterion="need", file=letter("dated.txt", b"Dated.")).status_code == 302
    assert post(case, "submit", revision=fresh(case).revision).status_code == 302
    assert (fresh(case).state, case.submissions.count()) == ("submitted", 2)
    assert "The letter has no date." not in page_of(case)


# -- questions ---------------------------------------------------------------------------------------------------------


def test_a_request_is_a_checklist_of_questions_each_with_what_follows_without_an_answer(db):
    case = make_asked()
    html = page_of(case)
    assert "Who asked for it?" in html and "the case may lapse" in html and "it is judged on what is there" in html
    assert "These must be answered first:" in html and "Answered" not in html
    first, second = case.request.items.all()
    assert f'href="#question-{first.pk}"' in html and f'id="question-{second.pk}"' in html


def test_answers_are_sent_once_all_that_must_be_answered_has_been(db):
    case = make_asked()
    first = case.request.items.first()
    response = post(case, "send_answers")
    assert response.status_code == 409 and "Answer these first: 1.1." in response.content.decode()
    assert post(case, "answer", item=first.pk, text="Three operators.").status_code == 302
    assert post(case, "send_answers", revision=fresh(case).revision).status_code == 302
    assert fresh(case).state == "under_evaluation"
    html = page_of(case)
    assert "Three operators." in html and "Answers sent" in html and "Keep the answer" not in html


def test_an_earlier_answer_stays_beside_the_new_one(db):
    case = make_asked()
    item = case.request.items.first().pk
    for said in ("Three operators.", "Four operators."):
        post(case, "answer", item=item, text=said)
    html = page_of(case)
    assert html.index("Three operators.") < html.index("Four operators.") < html.index("Another answer stands beside")


def test_an_answer_with_a_file_that_cannot_be_kept_comes_back_with_its_words(db):
    case = make_asked()
    item = case.request.items.first()
    response = post(case, "answer", item=item.pk, text="As the letter shows.", file=letter("letter.exe"))
    html = response.content.decode()
    assert response.status_code == 422 and f'href="#answer-{item.pk}-file">letter.exe: attach one of' in html
    assert "As the letter shows.</textarea>" in html
    assert not item.answers.exists() and not item.files.exists()


def test_an_empty_answer_is_refused_at_its_own_question(db):
    case = make_asked()
    second = case.request.items.last().pk
    response = post(case, "answer", item=second, text="  ")
    html = response.content.decode()
    assert response.status_code == 422 and f'href="#answer-{second}-text"' in html
    assert html.count("Write your answer, or choose a file.") == 2, "in the summary, and at the question alone"


def test_a_file_alone_is_kept_with_its_question_and_words_are_still_asked_for(db):
    case = make_asked()
    item = case.request.items.first()
    response = signed_in(case.signatory).post(
        f"/portal/cases/{case.reference}/answer/", {"item": item.pk, "file": letter("survey.txt", b"Yes.")}, follow=True
    )
    assert "Write an answer to the question too." in response.content.decode()
    assert item.files.get().criterion == "need" and "survey.txt" in response.content.decode()


def test_a_question_of_another_case_cannot_be_answered_here(db):
    case, other = make_asked(), make_asked()
    response = post(case, "answer", item=other.request.items.first().pk, text="Mine.")
    assert response.status_code == 422 and not other.request.items.first().answers.exists()
    assert post(case, "answer", item="%d", text="Mine.").status_code == 422


def test_a_request_that_was_taken_back_takes_no_answer(db):
    case = make_asked()
    item = case.request.items.first().pk
    desk.ask(case_id=case.pk, by=case.evaluator, items=[{"criterion": "purpose", "question": "For whom?"}])
    desk.take_back_request(case_id=case.pk, by=case.evaluator, number=1)
    response = post(case, "answer", item=item, text="Too late.")
    assert response.status_code == 409 and "This request has been closed" in response.content.decode()
    assert "Too late." not in page_of(case)
    assert "Request 1 of" in page_of(case) and "For whom?" in page_of(case)


def test_an_answer_that_comes_after_the_case_has_lapsed_is_kept_and_told_to_be_late(db):
    case = make_asked(now=LONG_AGO)
    html = page_of(case)
    assert "working days late" in html and "The authority may let the case lapse now." in html
    desk.lapse(case_id=case.pk, by=make_user("Rex", "registrar"))
    assert "You may still answer: it is kept and marked as late" in page_of(case)
    response = signed_in(case.signatory).post(
        f"/portal/cases/{case.reference}/answer/",
        {"item": case.request.items.first().pk, "text": "Sorry: three operators."}, follow=True,
    )  # fmt: skip
    assert "is marked as late" in response.content.decode()
    assert case.request.items.first().answers.get().late and fresh(case).state == "lapsed"


def test_an_answer_and_a_lapse_at_once_lose_nothing(committing_db):
    case, rex = make_asked(now=LONG_AGO), make_user("Rex", "registrar")
    item = case.request.items.first()
    answer = partial(desk.answer, case_id=case.pk, by=case.signatory, item_id=item.pk, text="Three operators.")
    answer_kept, lapsed = at_once(answer, partial(desk.lapse, case_id=case.pk, by=rex))
    assert item.answers.get() == answer_kept
    if isinstance(lapsed, NotAllowed):
        assert (fresh(case).state, answer_kept.late) == ("information_requested", False)
    else:
        assert (fresh(case).state, answer_kept.late) == ("lapsed", True)


def test_many_questions_cost_no_more_queries(db):
    def queries(count: int) -> int:
        case = make_asked(*({"criterion": "need", "question": f"Question {n}?"} for n in range(count)))
        for item in case.request.items.all():
            desk.answer(case_id=case.pk, by=case.signatory, item_id=item.pk, text="Yes.")
        client = signed_in(case.signatory)
        client.get(f"/portal/cases/{case.reference}/")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/portal/cases/{case.reference}/")
        return len(asked)

    assert queries(2) == queries(12)


# -- with the authority ------------------------------------------------------------------------------------------------


def test_an_applicant_reads_whose_turn_it_is_and_until_when(db):
    case = make_submitted()
    html = page_of(case)
    assert re.search(r"The authority’s, until \d+ \w+ \d{4} \(\d+ working days? left\)", html)
    assert "Then an evaluator takes it on." in html


def test_messages_are_shown_and_notes_among_officers_never(db):
    case = make_submitted()
    rex = make_user("Rex", "registrar")
    desk.tell(case_id=case.pk, by=rex, text="We look at it on Monday.")
    desk.note(case_id=case.pk, by=rex, text="They are slow payers.")
    assert post(case, "write", text="Thank you.").status_code == 302
    html = page_of(case)
    assert "We look at it on Monday." in html and "Thank you." in html
    assert "slow payers" not in html and "Rex" not in html
    response = post(case, "write", text=" ")
    assert response.status_code == 422 and "Write something first." in response.content.decode()


def test_an_applicant_sees_no_judgement_and_no_recommendation(db):
    case = make_recommended()
    html = page_of(case)
    assert "The evidence shows it." not in html and "Every criterion is met." not in html
    assert "waits for a decision" in html and "Evaluation ended" in html
    assert "approved" not in html.partition("<h1>")[2].lower().replace("tag-approved", "")


def test_a_decision_that_waits_for_a_second_approver_looks_like_none(db):
    """Only what grants is backdated: to tell of the second approver would tell the outcome."""
    case = make_recommended()
    before = page_of(case)
    approve(case, effective_on=timezone.localdate() - timedelta(days=7), backdating="authority")
    assert fresh(case).state == "decision_pending"
    same = partial(re.sub, r'name="(csrfmiddlewaretoken|revision)" value="\w+"', "")
    assert same(page_of(case)) == same(before)
    html = post(case, "adopt_law").content.decode()
    assert "second approver" not in html
    dashboard = signed_in(case.signatory).get("/portal/?state=recommended").content.decode()
    assert case.reference in dashboard and "second approver" not in dashboard
    assert case.reference not in signed_in(case.signatory).get("/portal/?state=decision_pending").content.decode()


def test_withdrawing_asks_first_and_a_stale_page_withdraws_nothing(db):
    case = make_submitted()
    client = signed_in(case.signatory)
    address = f"/portal/cases/{case.reference}/withdraw/"
    asked = client.get(address).content.decode()
    assert "Withdraw this application?" in asked and fresh(case).state == "submitted"
    desk.write(case_id=case.pk, by=case.signatory, text="Meanwhile.")
    response = client.post(address, {"revision": case.revision})
    assert response.status_code == 409 and "Somebody else changed this case" in response.content.decode()
    assert client.post(address, {"revision": fresh(case).revision}).status_code == 302
    assert fresh(case).state == "withdrawn" and "You have taken it back." in page_of(case)
    assert client.get(address).status_code == 302


def test_a_case_that_the_law_has_overtaken_shows_both_laws_and_may_adopt_the_new_one(db):
    case = by_an_older_law()
    html = page_of(case)
    assert "Law that judges it" in html and "nz-2018" in html and "nz-2023" in html
    assert post(case, "adopt_law", revision=fresh(case).revision).status_code == 302
    assert fresh(case).profile == "nz-2023"
    html = page_of(case)
    assert "The law has changed" not in html and "Judged by the law in force now: nz-2023" in html
    response = post(case, "adopt_law")
    assert response.status_code == 409 and "already" in response.content.decode()


# -- the decision ------------------------------------------------------------------------------------------------------


def test_a_decision_is_shown_with_its_conditions_which_are_due_or_met(db):
    case = make_recommended()
    due = timezone.localdate() + timedelta(days=30)
    conditions = [
        {"text": "Name the moderator.", "owner": "Harbour Institute", "due_on": due},
        {"text": "Open the second site.", "owner": "Harbour Institute", "due_on": due},
    ]
    decisions = desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Need is shown.", internal_reason="Barely so.",
        outcomes=APPROVE_ALL | {"approval": "approved_with_conditions"}, conditions={"approval": conditions},
    )  # fmt: skip
    approval = next(d for d in decisions if d.matter == "approval")
    desk.meet_condition(
        case_id=case.pk, by=make_user("Rex", "registrar"), condition_id=approval.conditions.first().pk, reason="Named."
    )
    html = page_of(case)
    assert approval.number in html and "Need is shown." in html and "Barely so." not in html
    assert "Name the moderator." in html and "met on" in html and f"due {due.day} " in html
    assert Entry.objects.credentials().get().number in html
    row = signed_in(case.signatory).get("/portal/").content.decode().partition("Decided")[2]
    assert case.reference in row and f"{due.day} " in row


def test_a_decision_under_embargo_says_so_and_names_no_public_record(db):
    case = make_recommended()
    day = timezone.localdate() + timedelta(days=14)
    approve(case, publish_on=day)
    html = page_of(case)
    assert "This decision is under embargo: until" in html and "Its public record" not in html
    desk.release_due(day, now=timezone.make_aware(datetime.combine(day, datetime.min.time())))
    html = page_of(case)
    assert "under embargo" not in html and "Its public record" in html and "Became public" in html


def test_the_page_of_a_decided_case_leads_to_the_draft_of_a_reconsideration_within_its_window(db):
    case = declined()
    html = page_of(case)
    start = f"/portal/start/reconsideration/?about={case.reference}"
    assert "You may ask until" in html and start in html
    draft = signed_in(case.signatory).post("/portal/start/reconsideration/", {"about": case.reference})["Location"]
    assert "RCN-" in draft and draft.endswith("/edit/")
    assert not case.events.filter(name="case:ask_reconsideration").exists(), "it is asked for when it is handed in"
    assert case.reconsidered_by.get().reference in page_of(case)


def test_once_the_window_is_over_nobody_is_offered_a_reconsideration(db):
    case = declined(now=LONG_AGO)
    html = page_of(case)
    assert "It could be asked for until" in html and "Ask for a reconsideration" not in html
    response = signed_in(case.signatory).post("/portal/start/reconsideration/", {"about": case.reference})
    assert response.status_code == 422 and "Choose what it is about." in response.content.decode()
    assert not case.reconsidered_by.exists()
