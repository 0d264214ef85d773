"""The page of a case at the desk: every act by whom it is for, and by nobody else; what it tells, and what it keeps."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.casework import offers
from registry.casework import services as desk
from registry.framework import current
from registry.framework.law import ApplicationFee
from registry.models import (
    Case,
    Change,
    Condition,
    Decision,
    Event,
    Evidence,
    Fee,
    InformationRequest,
    Interest,
    Letter,
    NumberSeries,
    Panel,
)
from tests.builders import (
    CRITERIA,
    approve,
    evaluate,
    letter,
    make_change,
    make_draft,
    make_listed,
    make_qualification,
    make_recommended,
    make_user,
)  # fmt: skip
from tests.desk import (
    TODAY,
    WITH_CONDITION,
    YES,
    act,
    asked,
    backdated,
    before_a_panel,
    evaluated,
    judged,
    last_event,
    officer,
    page,
    recommended,
    signatory_of,
    signed_in,
    submitted,
    unanswered,
    words,
)
from tests.providers import applying

ACTS = [
    ("start", submitted, "evaluator", {}, "case:evaluate"),
    ("return_incomplete", submitted, "registrar", {"reason": "The letters are missing."}, "case:return"),
    ("judge", evaluated, "evaluator", {"criterion": "need", "verdict": "partly_met", "reason": "Half."}, "case:judge"),
    ("ask", evaluated, "evaluator", {"criterion_1": "need", "question_1": "Who asked?", "kind_1": "clarify",
                                     "unanswered_1": "lapses"}, "case:request"),
    ("take_back", asked, "evaluator", {"number": "1"}, "case:resume"),
    ("resume", unanswered, "evaluator", {"reason": "It can be judged."}, "case:resume"),
    ("lapse", unanswered, "registrar", {}, "case:lapse"),
    ("minutes", before_a_panel, "evaluator", {"met_on": f"{TODAY}", "minutes": "It is sound."}, "case:record_panel"),
    ("recommend", judged, "evaluator", {"outcome": "approved", "reason": "All met."}, "case:recommend"),
    ("send_back", recommended, "decision_maker", {"reason": "Look again."}, "case:send_back"),
    ("decide", recommended, "decision_maker", YES, "letter:kept"),
    ("confirm", backdated, "decision_maker", {}, "letter:kept"),
    ("return_decision", backdated, "decision_maker", {"reason": "No ground for it."}, "case:return_decision"),
    ("tell", submitted, "evaluator", {"text": "We have begun."}, "case:tell"),
    ("note", submitted, "registrar", {"text": "Ask the inspectorate."}, "case:note"),
    ("declare_interest", submitted, "decision_maker", {"reason": "My sister."}, "case:declare_interest"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "prepare", "role", "data", "event"), ACTS, ids=[row[0] for row in ACTS])
def test_an_act_is_offered_to_its_role_does_one_thing_and_is_refused_to_others(db, name, prepare, role, data, event):
    case = prepare()
    if name == "minutes":
        data = data | {"present": [Panel.objects.get().members.get().person_id]}
    right, auditor = officer(role), officer("auditor")
    address = f"/admin/registry/case/{case.pk}/{name}/"
    assert f'action="{address}"' not in page(auditor, case)
    before = case.events.count()
    assert act(auditor, case, name, data).status_code == 409
    assert case.events.count() == before, "nothing happened"
    assert f'action="{address}"' in page(right, case)
    response = act(right, case, name, data)
    assert response.status_code == 302, words(response.content.decode())
    assert last_event(case) == event


def test_a_case_is_assigned_on_its_page_and_the_two_are_told_apart(db):
    case, eva = submitted(), make_user("Eva Marsh", "evaluator")
    grace = officer("registrar")
    assert "Eva Marsh" in page(grace, case)
    assert act(grace, case, "assign", {"to": eva.pk}).status_code == 302
    case.refresh_from_db()
    assert case.assigned_to == eva and "assigned it to Eva Marsh" in page(grace, case)
    none = act(grace, case, "assign", {"to": ""})
    assert none.status_code == 422 and "Choose an evaluator." in none.content.decode()


def test_a_panel_is_convened_with_the_members_that_are_ticked(db):
    case = evaluated()
    ari = make_user("Ari", "evaluator")
    eva = signed_in(case.assigned_to)
    data = {"question": "Is the assessment sound?", "members": [ari.pk], "quorum": "2"}
    refused = act(eva, case, "convene", data)
    html = refused.content.decode()
    assert refused.status_code == 422 and "at most all of them" in html and "Is the assessment sound?" in html
    assert re.search(rf'value="{ari.pk}"[^>]* checked', html), "who was ticked still is"
    assert act(eva, case, "convene", data | {"quorum": "1"}).status_code == 302
    assert [m.person for m in Panel.objects.get().members.all()] == [ari]


def test_a_get_of_an_act_leads_back_to_the_page_and_does_nothing(db):
    case = submitted()
    response = officer("evaluator").get(f"/admin/registry/case/{case.pk}/start/")
    assert response.status_code == 302 and response.headers["Location"].endswith(f"/{case.pk}/change/")
    case.refresh_from_db()
    assert case.state == "submitted"


# -- what was typed is kept --------------------------------------------------------------------------------------------


def test_an_incomplete_question_is_told_at_its_field_and_the_others_stay(db):
    case = evaluated()
    data = {
        "criterion_1": "need", "question_1": "Who asked?", "question_3": "And who else?", "kind_3": "evidence",
        "due_on_1": "31.12.2026",
    }  # fmt: skip
    response = act(signed_in(case.assigned_to), case, "ask", data)
    html = response.content.decode()
    assert response.status_code == 422 and InformationRequest.objects.count() == 0
    assert "Choose the criterion that the question is about." in html and "Write a date such as 2026-01-31." in html
    assert "Who asked?" in html and "And who else?" in html and 'href="#ask-criterion_3"' in html


def test_a_question_that_gives_no_time_is_refused_with_what_was_typed(db):
    case = evaluated()
    data = {"criterion_1": "need", "question_1": "Who asked?", "due_on_1": f"{TODAY}", "unanswered_1": "lapses"}
    response = act(signed_in(case.assigned_to), case, "ask", data)
    assert response.status_code == 422
    assert "give the applicant time" in response.content.decode() and "Who asked?" in response.content.decode()


def test_a_condition_without_an_owner_or_an_outcome_without_conditions_is_told_before_anything_is_decided(db):
    case, dana = recommended(), officer("decision_maker")
    html = act(dana, case, "decide", WITH_CONDITION | {"owner_1": ""}).content.decode()
    assert "Say who must see to it." in html and "Name a second assessor." in html
    html = act(dana, case, "decide", YES | {"listing": "approved_with_conditions"}).content.decode()
    assert "Write the conditions below" in html
    html = act(dana, case, "decide", WITH_CONDITION | {"accreditation": "approved"}).content.decode()
    assert "There are conditions below" in html
    assert Decision.objects.count() == 0


def test_a_page_made_before_somebody_else_acted_is_refused_and_sent_again_once_it_has_been_seen(db):
    case, dana = recommended(), officer("decision_maker")
    stale = YES | {"revision": str(case.revision)}
    desk.note(case_id=case.pk, by=make_user("Grace", "registrar"), text="The inspectorate has no objection.")
    response = act(dana, case, "decide", stale)
    html = response.content.decode()
    assert response.status_code == 409 and "Somebody else changed this case" in html
    assert "Need is well shown." in html and "The inspectorate has no objection." in html
    revision = re.search(r'name="revision" value="(\d+)"[^>]*id="decide-revision"', html)[1]
    assert act(dana, case, "decide", YES | {"revision": revision}).status_code == 302


def test_the_second_of_two_officers_is_told_who_decided_and_keeps_what_was_typed(db):
    case = recommended()
    approve(case, by=make_user("Dana Whitcombe", "decision_maker"))
    response = act(officer("decision_maker", name="Samuel"), case, "decide", YES | {"reason": "My own long reasons."})
    html = response.content.decode()
    assert response.status_code == 409 and "Dana Whitcombe decided this case on" in html
    assert "What you typed" in html and "My own long reasons." in html
    assert Decision.objects.count() == 3


# -- who may decide ----------------------------------------------------------------------------------------------------


def test_who_evaluated_is_told_why_there_is_no_form_and_who_may_decide_instead(db):
    both = make_user("Bo", "evaluator", "decision_maker")
    case = make_recommended(evaluator=both)
    dana, sam = make_user("Dana", "decision_maker"), make_user("Samuel", "decision_maker")
    desk.declare_interest_in(organisation=case.organisation, by=sam, reason="My sister works there.")
    html = page(signed_in(both), case)
    assert "You cannot decide this case." in html and "Four eyes" in html
    assert "These may decide instead: Dana." in words(html) and 'id="act-decide"' not in html
    assert offers.deciders(case, TODAY) == [dana]
    assert 'id="act-decide"' in page(signed_in(dana), case)
    assert "declared an interest in Harbour Institute" in page(signed_in(sam), case)


def test_a_delegation_that_does_not_cover_the_level_leaves_the_decision_to_others(db):
    case, grace = recommended(), make_user("Grace", "registrar")
    dana, sam = make_user("Dana", "decision_maker"), make_user("Samuel", "decision_maker")
    given = {"by": grace, "instrument": "Instrument 7", "begins_on": TODAY}
    desk.delegate(person=dana, levels=["7"], **given)
    desk.delegate(person=sam, covers=["credential_application"], levels=["4"], **given)
    html = page(signed_in(dana), case)
    assert "Your delegation does not cover" in html and "These may decide instead: Samuel." in words(html)
    assert act(signed_in(dana), case, "decide", YES).status_code == 409
    assert [c.pk for c in Case.objects.to_decide_by(sam, TODAY)] == [case.pk]
    assert not Case.objects.to_decide_by(dana, TODAY).exists()
    assert act(signed_in(sam), case, "decide", YES).status_code == 302


def test_who_drafted_a_backdated_decision_is_not_offered_to_confirm_it(db):
    case = backdated()
    draft = case.decision_drafts.get()
    html = page(signed_in(draft.drafted_by), case)
    assert "Drafted decision, for a second approver" in html and "a court or an appeal requires it" in html
    assert 'id="act-confirm"' not in html and "You drafted this decision" in html
    assert 'id="act-confirm"' in page(officer("decision_maker", name="Samuel"), case)


# -- a decision --------------------------------------------------------------------------------------------------------


def counted() -> tuple[int, ...]:
    series = sum(NumberSeries.objects.values_list("last", flat=True))
    return (*(m.objects.count() for m in (Event, Decision, Change, Condition, Letter)), series)


def test_a_preview_shows_the_record_and_the_letter_and_records_nothing(db):
    case, dana = recommended(), officer("decision_maker")
    before = counted()
    day = TODAY + timedelta(days=9)
    response = act(dana, case, "preview", WITH_CONDITION | {"publish_on": f"{day}", "internal_reason": "Close call."})
    html = response.content.decode()
    assert response.status_code == 200 and counted() == before
    case.refresh_from_db()
    assert case.state == "recommended"
    shown = html[html.index('id="preview"') :]
    assert "Under embargo until" in shown and "Inspect a scaffold and record its state." in shown
    assert "You may ask for a reconsideration until" in shown and "Name a second assessor." in shown
    assert "Close call." not in shown, "what is for officers is in no letter"
    assert "Close call." in html and f'value="{day}"' in html, "what was typed is still there"
    assert html.count("<h1") == 1


def test_a_preview_of_a_refusal_says_that_nothing_becomes_public(db):
    case = recommended()
    no = YES | dict.fromkeys(("listing", "approval", "accreditation"), "declined")
    html = act(officer("decision_maker"), case, "preview", no).content.decode()
    assert "Nothing would become public." in html and "The public record, if" not in html
    assert act(officer("decision_maker"), case, "preview", {"reason": "x"}).status_code == 422


def test_a_preview_of_a_registration_shows_the_body_as_the_public_would_read_it(db):
    case, dana = applying.recommended(), officer("decision_maker")
    assert "Tidewater College Limited" in page(dana, case)
    before = counted()
    html = act(dana, case, "preview", {"registration": "approved", "reason": "Fit and proper."}).content.decode()
    shown = html[html.index('id="preview"') :]
    assert counted() == before and "Wharf campus" in shown and "Tidewater College Limited" in shown
    assert [name for name in applying.PEOPLE if name in shown] == [], "the people of a body are in no public record"


def test_a_file_in_which_something_was_found_is_named_and_not_linked(db):
    case, eva = submitted(), officer("evaluator")
    Evidence.objects.filter(case=case).update(scan="found", scan_detail="Eicar-Test")
    html = page(eva, case)
    assert "Eicar-Test" in html and "letter.txt" in html and f"/evidence/{case.evidence.get().pk}/" not in html


def test_a_preview_of_what_an_applicant_wrote_draws_no_markup_of_theirs(db):
    case = make_recommended(title="<h1>Scaffolds</h1><script>alert(1)</script>")
    html = act(officer("decision_maker"), case, "preview", YES).content.decode()
    assert "<script>alert" not in html and html.count("<h1") == 1


def test_a_decision_under_embargo_is_made_in_the_form_and_public_nowhere(db):
    case = recommended()
    day = TODAY + timedelta(days=9)
    assert act(officer("decision_maker"), case, "decide", YES | {"publish_on": f"{day}"}).status_code == 302
    assert {d.publish_on for d in case.decisions.all()} == {day}
    assert Change.objects.filter(kind="micro_credential").count() == 0
    assert "under embargo until then" in page(officer("evaluator"), case)


def test_a_backdated_decision_goes_to_a_second_approver_through_the_pages(db):
    case = recommended()
    day = TODAY - timedelta(days=20)
    dana = officer("decision_maker")
    refused = act(dana, case, "decide", YES | {"effective_on": f"{day}"})
    assert refused.status_code == 422 and "choose why" in refused.content.decode()
    assert act(dana, case, "decide", YES | {"effective_on": f"{day}", "backdating": "law"}).status_code == 302
    assert Decision.objects.count() == 0
    assert act(officer("decision_maker", name="Samuel"), case, "confirm").status_code == 302
    html = page(dana, case)
    assert "confirmed by Samuel" in html and "the law sets the day" in html


def test_conditions_that_an_evaluator_proposes_are_in_the_decision_form(db):
    case = judged()
    data = {
        "outcome": "approved_with_conditions", "reason": "Nearly.", "text_1": "Name a second assessor.",
        "owner_1": "Harbour", "due_on_1": "2027-03-01",
    }  # fmt: skip
    assert act(signed_in(case.assigned_to), case, "recommend", data).status_code == 302
    html = page(officer("decision_maker"), case)
    assert re.search(r'name="due_on_1" value="2027-03-01"', html)
    assert re.search(r'<textarea name="text_1"[^>]*>\s*Name a second assessor\.', html)


def test_a_condition_is_flagged_when_it_is_overdue_and_recorded_when_it_is_met(db):
    case = recommended()
    late = {
        "accreditation": [{"text": "Name a second assessor.", "owner": "Harbour", "due_on": TODAY - timedelta(days=1)}]
    }
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Nearly.", conditions=late,
        outcomes={"listing": "approved", "approval": "approved", "accreditation": "approved_with_conditions"},
    )  # fmt: skip
    eva, condition = officer("evaluator"), Condition.objects.get()
    assert "overdue" in page(eva, case)
    assert act(eva, case, "met", {"condition": condition.pk, "reason": ""}).status_code == 422
    assert act(eva, case, "met", {"condition": condition.pk, "reason": "The contract was shown."}).status_code == 302
    html = page(eva, case)
    assert "The contract was shown." in html and "overdue" not in html and "Record that it is met" not in html


# -- what the page tells -----------------------------------------------------------------------------------------------


def test_the_law_of_the_submission_and_that_in_force_now_are_both_shown(db):
    case = submitted()
    now = current.version_on(TODAY).id
    assert "In force now" not in page(officer("evaluator"), case)
    other = next(version.id for version in current.profile().versions if version.id != now)
    Case.objects.filter(pk=case.pk).update(profile=other)
    text = words(page(officer("evaluator"), case))
    assert f"{other}, in force when it was submitted. In force now: {now}." in text


def test_a_clock_that_stands_tells_since_when_and_how_many_days_are_left(db):
    case = asked()
    text = words(page(officer("evaluator"), case))
    assert "Waits for the applicant" in text and "The clock stands since" in text
    assert f"Working days {case.days_left} days left" in text


def test_the_same_file_under_two_criteria_is_recognised(db):
    case = make_draft()
    desk.attach(case_id=case.pk, by=case.signatory, criterion="assessment", upload=letter("other-name.txt"))
    desk.submit(case_id=case.pk, by=case.signatory)
    text = words(page(officer("evaluator"), case))
    assert text.count("The same file as under:") == 2 and "not scanned" in text


def test_hundreds_of_files_cost_no_more_queries_and_are_folded_away(db):
    case = evaluated()
    eva, one = signed_in(case.assigned_to), case.evidence.get()
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(eva, case)
    Evidence.objects.bulk_create(
        Evidence(case=case, criterion=CRITERIA[n % 5], file=one.file.name, name=f"{n}.txt", media_type="text/plain",
                 size=n, sha256=f"{n % 300:064d}", added_by=one.added_by, added_at=one.added_at)
        for n in range(400)
    )  # fmt: skip
    for criterion in CRITERIA:
        desk.judge(case_id=case.pk, by=case.assigned_to, criterion=criterion, verdict="met", reason="Shown.")
    with CaptureQueriesContext(connection) as many:
        html = page(eva, case)
    assert len(many) == len(few) < 75
    assert "81 files" in html and "<details><summary>81 files" in html


def test_a_judgement_of_somebody_who_has_declared_an_interest_since_is_marked(db):
    case = judged()
    assert "does not count" not in page(officer("auditor"), case)
    desk.declare_interest(case_id=case.pk, by=case.assigned_to, reason="A cousin.")
    assert page(officer("auditor"), case).count("has since declared an interest: this judgement does not count") == 5


def test_an_old_answer_stands_beside_the_new_one_and_a_late_one_is_marked(db):
    case = unanswered()
    item = InformationRequest.objects.get().items.get(criterion="need")
    signatory = signatory_of(case)
    for text in ("Two operators.", "Three operators."):
        desk.answer(case_id=case.pk, by=signatory, item_id=item.pk, text=text)
    desk.lapse(case_id=case.pk, by=make_user("Grace", "registrar"))
    desk.answer(case_id=case.pk, by=signatory, item_id=item.pk, text="Four, in fact.")
    text = words(page(officer("evaluator"), case))
    assert text.count("Earlier answer") == 2 and "late: the case had lapsed" in text
    assert text.index("Two operators.") < text.index("Three operators.") < text.index("Four, in fact.")


def test_a_lapse_is_offered_once_the_clock_has_proposed_it(db):
    assert 'id="act-lapse"' not in page(officer("registrar"), asked())
    assert 'id="act-lapse"' in page(officer("registrar"), unanswered())


def test_messages_and_notes_stand_in_two_lists(db):
    case, eva = submitted(), officer("evaluator")
    act(eva, case, "tell", {"text": "We have begun."})
    act(eva, case, "note", {"text": "Ask the inspectorate."})
    html = page(eva, case)
    letters, notes = html.index('id="letters-title"'), html.index('id="notes-title"')
    assert letters < html.index("We have begun.") < notes < html.index("Ask the inspectorate.")
    assert act(eva, case, "note", {"text": " "}).status_code == 422


def test_an_interest_in_the_body_is_declared_on_the_page_and_the_forms_are_gone(db):
    case = evaluated()
    eva = signed_in(case.assigned_to)
    assert act(eva, case, "declare_interest_in", {"reason": "My sister works there."}).status_code == 302
    assert Interest.objects.get().organisation == case.organisation
    html = page(eva, case)
    assert f'action="/admin/registry/case/{case.pk}/judge/"' not in html and "act-declare_interest_in" not in html


def test_a_fee_is_invoiced_paid_or_waived_on_the_page(db, monkeypatch):
    case, grace = submitted(), officer("registrar")
    assert 'id="fee"' not in page(grace, case)
    asked_for = ApplicationFee(("credential_application",), Decimal("150.00"), "NZD", True, "A test")
    law = replace(current.version_on(TODAY), fees=(asked_for,))
    monkeypatch.setattr(current, "version", lambda identifier: law)
    assert "150.00 NZD: not invoiced" in words(page(grace, case))
    eva = officer("evaluator")
    refused = act(eva, case, "start")
    assert refused.status_code == 409 and "neither been paid nor waived" in refused.content.decode()
    assert act(eva, case, "invoice").status_code == 409
    assert act(grace, case, "invoice").status_code == 302
    assert act(grace, case, "paid", {"reference": ""}).status_code == 422
    assert act(grace, case, "paid", {"reference": "Bank 17"}).status_code == 302
    assert act(grace, case, "waive_fee", {"reason": "Late."}).status_code == 409
    assert list(Fee.objects.values_list("act", flat=True)) == ["invoiced", "paid"]
    assert "Waive the fee" not in page(grace, case)


def test_nobody_is_told_of_acts_that_are_not_theirs(db):
    html = page(officer("auditor"), recommended())
    assert "There is nothing for you to do with this case now." in html
    assert "These may decide it:" in html or "Nobody may decide it at the moment" in html
    assert html.count("<textarea") == 1, "everybody who reads cases may declare an interest"


# -- kinds of case that are decided otherwise --------------------------------------------------------------------------


def test_the_first_of_two_stages_is_decided_on_its_own_matter_and_its_preview_makes_nothing_public(db):
    case, dana = evaluate(make_qualification()), officer("decision_maker")
    html = page(dana, case)
    assert 'name="development"' in html and 'name="listing"' not in html
    yes = {"development": "approved", "reason": "It is needed."}
    assert "Nothing would become public." in act(dana, case, "preview", yes).content.decode()
    assert act(dana, case, "decide", yes).status_code == 302
    case.refresh_from_db()
    assert case.state == "developing" and "Waits for the applicant" in words(page(dana, case))
    assert "queue=open" in officer("evaluator").get("/admin/registry/case/dashboard/").content.decode()
    assert Case.objects.filter(pk=case.pk).open().exists(), "an interim decision ends nothing"


@pytest.mark.parametrize(
    ("content", "offered"), [({"purpose": {"en": "Said better."}}, True), ({"titles": {"en": "Another title"}}, False)]
)
def test_a_decision_without_an_evaluation_is_offered_only_where_that_may_be(db, content, offered):
    listed = make_listed()
    sina = signatory_of(Case.objects.get(application__revision__credential=listed))
    case = make_change(listed, sina, content=content)
    desk.submit(case_id=case.pk, by=sina)
    html = page(officer("decision_maker"), case)
    assert ('id="act-decide"' in html) is offered and ("may decide" in html) is False
    assert 'value="declined"' not in html, "what nobody has evaluated is not declined"


def test_the_report_and_the_letters_of_a_case_are_led_to(db):
    case = recommended()
    approve(case)
    auditor = officer("auditor")
    html = page(auditor, case)
    number = Change.objects.get(kind="micro_credential").number
    assert f'href="/q/{number}"' in html
    for address in (
        f"/admin/registry/case/{case.pk}/report/",
        re.search(r'href="(/portal/cases/[^"]+/letters/\d+/)"', html)[1],
    ):
        assert f'href="{address}"' in html and auditor.get(address).status_code == 200
