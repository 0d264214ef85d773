"""The report of a case: who, when, on what evidence, under which version of the rules; complete, and true to the chain."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import RequestFactory

from credentials import services
from credentials.models import Revision
from registry.casework import report
from registry.casework import services as desk
from registry.errors import NotAllowed
from registry.framework import current
from registry.models import Case, Event, Membership, User
from tests.builders import (
    APPROVE_ALL,
    CRITERIA,
    approve,
    letter,
    make_listed,
    make_provider,
    make_recommended,
    make_signatory,
    make_submitted,
    make_user,
    searched,
)
from tests.conftest import owner_of


@pytest.fixture
def told(db) -> Case:
    """A case with everything in it: a question, a panel, a drafted decision that was returned, conditions, a fee."""
    provider = make_provider("Harbour Institute")
    case = make_submitted(provider=provider, by=make_signatory(provider, "Sina Faleolo"))
    eva, pat, dana = (
        make_user("Eva Lund", "evaluator"),
        make_user("Pat", "auditor"),
        make_user("Dana", "decision_maker"),
    )
    sam, rita, sina = make_user("Sam", "decision_maker"), make_user("Rita", "registrar"), case.signatory
    on = {"case_id": case.pk}
    desk.start_evaluation(**on, by=eva)
    question = {"criterion": "need", "kind": "evidence", "question": "Who asked for it?", "unanswered": "lapses"}
    item = desk.ask(**on, by=eva, items=[question]).items.get()
    desk.attach(**on, by=sina, item_id=item.pk, upload=letter("operators.txt", b"Three operators."))
    desk.answer(**on, by=sina, item_id=item.pk, text="Three operators.")
    desk.answer(**on, by=sina, item_id=item.pk, text="Three operators and a union.")
    desk.send_answers(**on, by=sina)
    for criterion in CRITERIA:
        desk.judge(**on, by=eva, criterion=criterion, verdict="met", reason=f"{criterion} is shown.")
    desk.judge(**on, by=eva, criterion="need", verdict="partly_met", reason="Two of three letters are dated.")
    desk.convene(**on, by=eva, members=[pat], quorum=1, question="Is the need national?")
    desk.record_minutes(**on, by=eva, present=[pat.pk], minutes="It is.", met_on=current.today())
    searched(case, eva)
    desk.recommend(**on, by=eva, outcome="approved", reason="On balance.")
    desk.note(**on, by=rita, text="The board watches this one.")
    rule = next(r for r in current.version(Case.objects.get(pk=case.pk).profile).rules if r.waivable)
    desk.waive(**on, by=dana, rule=rule.id, reason="A pilot.", instrument="Rule 14.4(c)")
    yesterday = current.today() - timedelta(days=1)
    approve(case, by=dana, effective_on=yesterday, backdating="court", internal_reason="The court said so.")
    desk.return_decision(**on, by=sam, reason="The court's paper is missing.")
    row = {"text": "Send the plan.", "owner": "Harbour Institute", "due_on": current.today() + timedelta(days=30)}
    conditional = APPROVE_ALL | {"listing": "approved_with_conditions"}
    desk.decide(
        **on, by=sam, outcomes=conditional, reason="Need is shown.", internal_reason="Watch the plan.",
        conditions={"listing": [row]},
    )  # fmt: skip
    condition = case.decisions.get(matter="listing").conditions.get()
    desk.meet_condition(**on, by=eva, condition_id=condition.pk, reason="The plan came.")
    case.refresh_from_db()
    case.rule = rule.id
    return case


def test_it_names_who_took_part_in_which_role_and_for_whom_at_that_time(told):
    parties = {(p["name"], str(p["role"]), p["body"]) for p in report.of(told)["parties"]}
    assert ("Sina Faleolo", "signatory of the applicant", "Harbour Institute") in parties
    assert ("Eva Lund", "evaluator", "") in parties
    assert ("Pat", "", "") in parties, "a member of the panel did nothing in the case, and took part in it"


def test_who_has_changed_sides_since_stands_as_what_they_were(told):
    Membership.objects.all().update(ended_on=current.today() - timedelta(days=1))
    User.objects.filter(name="Sina Faleolo").update(is_staff=True)
    rows = [p for p in report.of(told)["parties"] if p["name"] == "Sina Faleolo"]
    assert {p["body"] for p in rows} == {"Harbour Institute"}


def test_each_submission_stands_with_its_digest_and_what_was_handed_in(told):
    (submission,) = report.of(told)["submissions"]
    kept = told.submissions.get()
    assert (submission["sha256"], submission["profile"]) == (kept.sha256, told.profile)
    lines = {str(label): said for label, said in submission["lines"]}
    assert lines["Level"] == ["4"]
    assert any("Three site operators asked for it." in said for said in lines.values())
    assert submission["by"] == "Sina Faleolo, signatory of the applicant"
    assert [f["name"] for f in submission["files"]] == ["letter.txt"]


def test_it_lists_every_rule_that_was_asked_what_came_of_it_and_the_waiver_with_its_instrument(told):
    law = report.of(told)["law"]
    version = current.version(told.profile)
    asked = {r.id for stage in report.STAGES for r in version.rules_for("micro_credential", stage)}
    assert law["version"] == told.profile and asked <= {r["id"] for r in law["rules"]}
    assert {r["result"] for r in law["rules"] if r["severity"] == "error"} == {"kept"}
    assert [(w["rule"], w["instrument"], w["by"]) for w in law["waivers"]] == [
        (told.rule, "Rule 14.4(c)", "Dana, decision maker")
    ]
    assert law["sources"] and all(d["source"] for d in law["deadlines"])


def test_a_broken_rule_is_told_as_broken_with_what_was_found(db):
    case = make_submitted()
    Revision.objects.filter(application__case=case).update(credits=Decimal("41"))
    rules = {r["id"]: r for r in report.of(Case.objects.get(pk=case.pk))["law"]["rules"]}
    assert rules["NZ-01"]["result"] == "broken" and "41" in rules["NZ-01"]["found"]


def test_each_criterion_stands_with_its_evidence_and_every_judgement_in_order(told):
    need = next(c for c in report.of(told)["criteria"] if c["id"] == "need")
    files = {f["name"]: f for f in need["evidence"]}
    assert set(files) == {"letter.txt", "operators.txt"} and files["operators.txt"]["answers"] == "1.1"
    assert all(len(f["sha256"]) == 64 and f["size"] and f["by"].startswith("Sina Faleolo, ") for f in files.values())
    assert [j["verdict"] for j in need["judgements"]] == ["met", "partly met"]
    assert need["guidance"] and need["judgements"][0]["by"] == "Eva Lund, evaluator"
    assert all(j["interest_after"] is None for j in need["judgements"])


def test_a_judgement_is_marked_where_its_evaluator_declared_an_interest_afterwards(db):
    case = make_recommended()
    desk.declare_interest(case_id=case.pk, by=case.evaluator, reason="My sister was hired there.")
    case.refresh_from_db()
    declared = case.events.get(name="case:declare_interest").recorded_at
    marks = {j["interest_after"] for c in report.of(case)["criteria"] for j in c["judgements"]}
    assert marks == {declared}


def test_every_question_stands_with_every_answer(told):
    (request,) = report.of(told)["requests"]
    (item,) = request["items"]
    assert (item["question"], item["number"]) == ("Who asked for it?", "1.1")
    assert [a["text"] for a in item["answers"]] == ["Three operators.", "Three operators and a union."]
    assert request["closed_as"] == "answered"


def test_a_panel_stands_with_its_members_its_quorum_and_its_minutes(told):
    (panel,) = report.of(told)["panels"]
    assert (panel["present"], panel["quorum"], panel["minutes"]) == (1, 1, "It is.")
    assert [(m["name"], m["present"]) for m in panel["members"]] == [("Pat", True)]


def test_a_drafted_decision_stands_with_what_became_of_it(told):
    (draft,) = report.of(told)["drafts"]
    assert draft["internal_reason"] == "The court said so."
    assert draft["fate"] == "Sam returned the drafted decision."


def test_decisions_stand_with_both_reasons_their_conditions_and_what_became_public(told):
    said = report.of(told)
    listing = next(d for d in said["decisions"] if d["matter"] == "listing on the register")
    assert (listing["reason"], listing["internal_reason"]) == ("Need is shown.", "Watch the plan.")
    assert listing["by"] == "Sam, decision maker"
    (condition,) = listing["conditions"]
    assert (condition["met_on"], condition["met_reason"]) == (current.today(), "The plan came.")
    assert {p["number"][:2] for p in said["published"]} == {"NQ", "AC"}


def test_messages_letters_and_the_clock_are_there(told):
    said = report.of(told)
    assert [(m["text"], m["internal"]) for m in said["messages"]] == [("The board watches this one.", True)]
    assert [row["sha256"] for row in said["letters"]] == [told.letters.get().sha256]
    assert [run["what"] for run in said["clock"]["runs"]] == [
        "a new target began to run", "a new target began to run", "the clock was stopped", "the clock ran again",
        "the clock ended",
    ]  # fmt: skip


def test_a_refused_attempt_is_told(db):
    case = make_recommended()
    with pytest.raises(NotAllowed):
        approve(case, by=case.evaluator)
    assert [(r["name"], r["act"]) for r in report.of(case)["refused"]] == [("Eva", "decide")]


def test_the_chain_is_told_whole_in_plain_sentences(told):
    rows = report.of(told)["events"]
    assert [r["position"] for r in rows] == list(range(1, Event.objects.filter(case=told).count() + 1))
    sentences = [r["sentence"] for r in rows]
    assert sentences[0] == "Sina Faleolo opened the case."
    for sentence in (
        "Sina Faleolo handed the application in.", "Eva Lund took it on and began the evaluation.",
        "Eva Lund asked the applicant for information (request 1).", "Eva Lund recommended: approved.",
        f"Dana waived the rule {told.rule}.", "Sam approved it with conditions.", "The letter was kept and sent.",
    ):  # fmt: skip
        assert sentence in sentences, sentence
    need = next(s for s in sentences if s.startswith("Eva Lund judged") and s.endswith("partly met."))
    assert "need" not in need.partition("“")[2][:4], "a criterion is named by its label"
    assert not [s for s in sentences if "%(" in s or "case:" in s or "–" in s]


def test_a_person_whose_account_is_gone_keeps_a_place_in_the_history(told):
    ghost = User.objects.get(name="Eva Lund")
    beginning = str(ghost.person_id)[:8]
    chronicle = report.Chronicle(told)
    chronicle.people.pop(str(ghost.person_id))
    assert chronicle.name(ghost.person_id) == f"Person {beginning}"


def test_it_says_whether_the_chain_verifies(committing_db):
    case = make_recommended()
    approve(case)
    case.refresh_from_db()
    assert report.of(case)["differences"] == []
    with owner_of(committing_db) as owner:
        owner.execute("alter table registry_judgement disable trigger append_only")
        owner.execute("update registry_judgement set reason = 'another' where criterion = 'need'")
        owner.execute("alter table registry_event disable trigger append_only")
        owner.execute("update registry_event set role = 'registrar' where position = 3")
    found = "\n".join(report.of(case)["differences"])
    assert "judgement" in found and "differs from its event" in found
    assert "the columns of event 3 differ from the record that was hashed" in found


def test_what_differs_in_another_case_is_not_told_of_this_one(committing_db):
    one, other = make_recommended(), make_recommended(provider=make_provider("Elsewhere"))
    with owner_of(committing_db) as owner:
        owner.execute("alter table registry_judgement disable trigger append_only")
        owner.execute("update registry_judgement set reason = 'another' where case_id = %s", [other.pk])
    assert report.of(one)["differences"] == []
    assert report.of(other)["differences"]


def test_the_page_stands_alone_under_one_heading_and_shows_what_was_typed_as_text(told):
    desk.note(case_id=told.pk, by=make_user("Rita", "registrar"), text="<script>alert(1)</script>")
    html = report.page(RequestFactory().get("/"), told).content.decode()
    assert html.count("<h1") == 1 and "style=" not in html
    assert "<script" not in html and "&lt;script&gt;alert(1)" in html
    assert "The chain does not verify" not in html and "Watch the plan." in html


def test_a_case_that_officers_opened_has_a_report_before_and_after_its_decision(db):
    credential, rita, dana = make_listed(), make_user("Rita", "registrar"), make_user("Dana", "decision_maker")
    amendment = services.propose(credential_id=credential.pk, by=rita)
    values = {"content": {"purpose": {"en": "Prepares supervisors."}}}
    services.save_amendment(case_id=amendment.case_id, by=rita, values=values)
    said = report.of(Case.objects.get(pk=amendment.case_id))
    assert said["submissions"] == [] and said["differences"] == []
    services.submit_amendment(case_id=amendment.case_id, by=rita)
    desk.decide(case_id=amendment.case_id, by=dana, outcomes={"amendment": "approved"}, reason="Clearer.")
    case = Case.objects.get(pk=amendment.case_id)
    said = report.of(case)
    assert [p["number"] for p in said["published"]] == [credential.number]
    assert report.page(RequestFactory().get("/"), case).status_code == 200
