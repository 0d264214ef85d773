"""The authority looks into a listing of itself (rule 17): an interim decision, submissions, and a final decision."""

from datetime import timedelta

import pytest
from django.test import Client

from credentials import services
from registry import standing
from registry.casework import clock
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.models import Case, Change, InformationRequest, Letter, Membership, Notice
from tests.builders import decide, document_of, letter, make_change, make_listed, make_signatory, make_user
from tests.credentials import wrongs
from tests.desk import act, page, signed_in, words
from tests.registry.test_clock import at

TODAY = current.today()


def pending(**values) -> Case:
    """An inquiry that waits for the interim decision; with those who take part."""
    credential, rita = make_listed(), make_user("Rita", "registrar")
    case = wrongs.inquiry(credential, rita, **values)
    desk.submit(case_id=case.pk, by=rita)
    return _known(case, credential, rita)


def _known(case: Case, credential, rita) -> Case:
    case.refresh_from_db()
    case.credential, case.rita = credential, rita
    case.sina = Membership.objects.get(organisation=credential.awarding_body.organisation).user
    return case


def opened(**values) -> Case:
    """An inquiry with its interim decision made: submissions are open."""
    case = pending(**values)
    decide(case)
    return _known(case, case.credential, case.rita)


def reply(case: Case) -> None:
    for item in case.information_requests.get().items.all():
        desk.answer(case_id=case.pk, by=case.sina, item_id=item.pk, text=f"To {item.criterion}: we have mended it.")
    desk.send_answers(case_id=case.pk, by=case.sina)


def considered(case: Case, outcome: str = "approved") -> None:
    eva = make_user("Eva", "evaluator")
    for ground in desk.criteria_of(case):
        desk.judge(case_id=case.pk, by=eva, criterion=ground.id, verdict="met", reason="It stands.")
    desk.recommend(case_id=case.pk, by=eva, outcome=outcome, reason="On both grounds.")


def test_an_interim_decision_is_a_decision_and_nothing_of_it_is_public(db):
    case = pending()
    before = Change.objects.count(), document_of(case.credential.number)
    (decision,) = decide(case)
    case.refresh_from_db()
    assert (decision.matter, decision.stage, decision.outcome) == ("interim", 1, "approved")
    assert case.state == "information_requested" and case.decided_at is None
    assert (Change.objects.count(), document_of(case.credential.number)) == before
    assert decision.number not in Client().get(f"/q/{case.credential.number}").content.decode()


def test_submissions_are_open_for_the_right_of_reply_with_a_question_for_each_ground(db):
    case = opened()
    asked = InformationRequest.objects.get(case=case)
    assert asked.due_on == clock.deadline(case, "right_of_reply", TODAY)
    assert [item.question for item in asked.items.order_by("position")] == [row["held"] for row in wrongs.GROUNDS]
    told = Notice.objects.filter(person=case.sina, case=case).values_list("subject", "body")
    assert any("interim decision" in subject and asked.due_on.isoformat() in body for subject, body in told)
    assert Letter.objects.filter(case=case).count() == 1


def test_the_body_sees_nothing_before_the_interim_decision_and_replies_to_each_ground_after_it(db):
    case = pending()
    sina = signed_in(case.sina)
    address = f"/portal/cases/{case.reference}/"
    assert sina.get(address).status_code == 404
    decide(case)
    shown = words(sina.get(address).content.decode())
    assert "The review was unsatisfactory two years running." in shown and "interim decision" in shown
    reply(case)
    case.refresh_from_db()
    assert case.state == "under_evaluation"


def test_the_final_decision_lets_the_entry_expire_on_the_days_that_were_told(db):
    case = opened()
    reply(case)
    considered(case)
    (final,) = decide(case)
    document = document_of(case.credential.number)
    assert (final.matter, final.stage) == ("final", 2)
    assert document["expiring_from"] == wrongs.END["expiring_from"].isoformat()
    assert document["expiry_end"] == wrongs.END["expiry_end"].isoformat()
    by_law = current.version_on(wrongs.END["expiring_from"]).enrolment.last_day(
        expiring_from=wrongs.END["expiring_from"]
    )
    assert document["last_new_enrolment"] == (by_law and by_law.isoformat())
    assert document["transition"] == wrongs.END["transition_note"] and document["revision"] == 2
    assert Change.objects.of(case.credential.number).last().decision_number == final.number
    assert [d["number"] for d in document["decisions"]][-1] == final.number
    body = case.credential.awarding_body.number
    after = wrongs.END["expiry_end"] + timedelta(days=1)
    assert standing.verify(case.credential.number, body, TODAY).credential.registered is True
    assert standing.verify(case.credential.number, body, after).credential.registered is False


def test_the_final_decision_may_differ_from_the_interim_one_and_leaves_the_entry_as_it_is(db):
    case = opened()
    before = document_of(case.credential.number)
    reply(case)
    considered(case, outcome="declined")
    (final,) = decide(case, outcome="declined")
    case.refresh_from_db()
    assert (case.state, final.stage, final.outcome) == ("declined", 2, "declined")
    assert document_of(case.credential.number) == before and case.decided_at is not None
    assert [d.outcome for d in case.decisions.order_by("stage")] == ["approved", "declined"]


def test_other_days_may_be_set_after_the_submissions_and_the_grounds_stand(db):
    case = opened()
    reply(case)
    later = TODAY + timedelta(days=1000)
    services.save_inquiry(case_id=case.pk, by=case.rita, values={"expiry_end": later, "grounds": []})
    considered(case)
    decide(case)
    assert document_of(case.credential.number)["expiry_end"] == later.isoformat()
    assert len(Case.objects.get(pk=case.pk).inquiry.grounds) == 2


@pytest.mark.parametrize(("name", "day"), [
    ("expiring_from", TODAY + timedelta(days=1)),
    ("expiring_from", None),
    ("last_new_enrolment", TODAY),
    ("expiry_end", wrongs.END["expiry_end"] - timedelta(days=1)),
])  # fmt: skip
def test_a_day_earlier_than_the_body_was_heard_on_needs_a_new_inquiry(db, name, day):
    case = opened()
    reply(case)
    with pytest.raises(RegisterError, match=r"The body was heard on \d{4}-\d\d-\d\d: an earlier day needs a new"):
        services.save_inquiry(case_id=case.pk, by=case.rita, values={name: day})
    kept = Case.objects.get(pk=case.pk).inquiry
    assert (kept.expiring_from, kept.expiry_end) == (wrongs.END["expiring_from"], wrongs.END["expiry_end"])
    assert kept.last_new_enrolment is None


def test_an_interim_decision_that_nothing_follows_ends_it(db):
    case = pending()
    decide(case, outcome="declined")
    case.refresh_from_db()
    assert case.state == "declined" and not case.information_requests.exists() and case.decided_at is not None


def test_nobody_goes_on_while_submissions_are_open(db):
    case = opened()
    eva = make_user("Eva", "evaluator")
    with pytest.raises(Conflict):
        desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="All met.")
    after = at(clock.deadline(case, "right_of_reply", TODAY) + timedelta(days=1))
    desk.resume(case_id=case.pk, by=eva, reason="Nothing came.", now=after)
    case.refresh_from_db()
    assert case.state == "under_evaluation"


def test_who_wrote_or_considered_it_makes_neither_decision(db):
    both = make_user("Rob", "registrar", "decision_maker")
    case = wrongs.inquiry(make_listed(), both)
    desk.submit(case_id=case.pk, by=both)
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, both)


def test_a_decision_maker_sends_the_draft_back(db):
    case = pending()
    desk.send_back(case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Name the rule.")
    case.refresh_from_db()
    assert case.state == "draft"


@pytest.mark.parametrize(("values", "field"), [
    ({"grounds": []}, "grounds"),
    ({"transition_note": {}}, "transition_note"),
    ({"expiring_from": None}, "expiring_from"),
    ({"expiring_from": TODAY - timedelta(days=1)}, "expiring_from"),
    ({"expiry_end": wrongs.END["expiring_from"]}, "expiry_end"),
    ({"last_new_enrolment": wrongs.END["expiry_end"] + timedelta(days=1)}, "last_new_enrolment"),
])  # fmt: skip
def test_what_is_proposed_is_whole_before_it_is_handed_on(db, values, field):
    rita = make_user("Rita", "registrar")
    case = wrongs.inquiry(by=rita, **values)
    with pytest.raises(RuleViolations) as refused:
        desk.submit(case_id=case.pk, by=rita)
    assert [v.field for v in refused.value.violations] == [field]


def test_one_inquiry_of_an_entry_is_open_at_a_time(db):
    case = pending()
    with pytest.raises(Conflict, match=case.reference):
        wrongs.inquiry(case.credential)


def test_an_entry_that_ends_already_or_is_gone_is_not_made_to_expire(db):
    case = opened()
    reply(case)
    considered(case)
    wrongs.confirmed(wrongs.proposed_removal(case.credential.number))
    with pytest.raises(NotAllowed, match="removed from the register"):
        decide(case)
    case.refresh_from_db()
    assert case.state == "recommended"


def test_while_a_change_of_the_entry_is_being_decided_the_final_decision_waits(db):
    case = opened()
    sina = make_signatory(case.credential.awarding_body, "Silva")
    change = make_change(case.credential, sina, content={"purpose": {"en": "For site supervisors and their deputies."}})
    desk.submit(case_id=change.pk, by=sina)
    reply(case)
    considered(case)
    with pytest.raises(NotAllowed, match=change.reference):
        decide(case)


def test_the_story_at_the_desk_and_in_the_portal(db):
    credential = make_listed()
    rita, dana, eva = (signed_in(make_user(n, r)) for n, r in (
        ("Rita", "registrar"), ("Dana", "decision_maker"), ("Eva", "evaluator"),
    ))  # fmt: skip
    sina = signed_in(Membership.objects.get(organisation=credential.awarding_body.organisation).user)
    rita.post(f"/admin/registry/case/begin/entry_inquiry/{credential.number}/")
    case = Case.objects.get(kind="entry_inquiry")
    typed = {
        "grounds-rows": "1", "grounds-0-ground": "Rule 17.1", "grounds-0-held": "No review was done.",
        "expiring_from": f"{wrongs.END['expiring_from']}", "expiry_end": f"{wrongs.END['expiry_end']}",
        "transition_note-en": "Whoever has started may finish.", "revision": case.revision,
    }  # fmt: skip
    assert act(rita, case, "edit", typed).status_code == 302
    assert "No review was done." in words(page(rita, case))
    assert act(rita, case, "hand_on").status_code == 302
    assert "Send back" in words(page(dana, case))
    assert act(dana, case, "decide", {"interim": "approved", "reason": "It looks so."}).status_code == 302
    item = case.information_requests.get().items.get()
    answered = sina.post(f"/portal/cases/{case.reference}/answer/", {"item": item.pk, "text": "We have done it since."})
    assert answered.status_code == 302, answered.status_code
    assert sina.post(f"/portal/cases/{case.reference}/send_answers/", {}).status_code == 302
    assert "We have done it since." in words(page(eva, case))
    judged = {"criterion": "ground-1", "verdict": "not_met", "reason": "It has been done."}
    assert act(eva, case, "judge", judged).status_code == 302
    assert act(eva, case, "recommend", {"outcome": "declined", "reason": "It has been done."}).status_code == 302
    assert act(dana, case, "decide", {"final": "declined", "reason": "It has been done since."}).status_code == 302
    case.refresh_from_db()
    assert case.state == "declined"
    assert document_of(credential.number)["revision"] == 1
    assert "the entry stays as it is" in words(sina.get(f"/portal/cases/{case.reference}/").content.decode())


def test_the_body_attaches_files_to_its_replies(db):
    case = opened()
    sina, address = signed_in(case.sina), f"/portal/cases/{case.reference}/"
    item = case.information_requests.get().items.get(position=1)
    sent = sina.post(f"{address}answer/", {"item": item.pk, "text": "It is reviewed.", "file": letter("minutes.txt")})
    assert sent.status_code == 302, sent.content.decode()
    (kept,) = case.evidence.kept()
    assert (kept.item, kept.criterion, kept.name) == (item, "ground-1", "minutes.txt")
    assert "minutes.txt" in words(sina.get(address).content.decode())
    assert sina.get(f"{address}evidence/{kept.pk}/").status_code == 200
    reply(case)
    assert "minutes.txt" in words(page(signed_in(make_user("Eva", "evaluator")), case))
