"""An entry is suspended and comes back (E8): who is heard, who decides, and what the public reads on each day."""

from datetime import timedelta

import pytest

from credentials.imports import documents
from credentials.services import sanctions
from registry import standing
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.models import Case, Change, Notice
from registry.status import DAY, new_learners_may_start, status_on
from registry.verification import differences
from tests.builders import (
    decide,
    document_of,
    make_listed,
    make_user,
)
from tests.credentials.sanctioning import TODAY, delivering, draft_suspension, heard, lift, suspend
from tests.desk import act, page, signatory_of, signed_in, words
from tests.registry.test_clock import at


@pytest.fixture
def listed(db):
    return make_listed()


@pytest.fixture
def rita(db):
    return make_user("Rita", "registrar")


# -- what it does ------------------------------------------------------------------------------------------------------


def test_a_suspended_entry_stays_on_the_register_and_takes_no_new_learners(listed):
    decision = suspend(listed, ends_on=TODAY + timedelta(days=30))
    said = document_of(listed.number)
    assert status_on(said, TODAY) == "suspended" and not new_learners_may_start(said, TODAY)
    assert status_on(said, TODAY + timedelta(days=31)) == "current"
    change = Change.objects.of(listed.number).last()
    assert (change.action, change.revision, change.decision_number) == ("revised", 2, decision.number)
    assert said["decisions"][-1] == {
        "number": decision.number, "matter": "suspension", "outcome": "approved", "date": TODAY.isoformat(),
    }  # fmt: skip
    assert set(change.changed_fields) == {"decisions", "suspensions"}


def test_the_public_reads_why_in_neutral_words_and_what_learners_should_do(listed, client):
    suspend(listed)
    shown = words(client.get(f"/q/{listed.number}").content.decode())
    assert "The entry is suspended while its assessment is looked into." in shown
    assert "Ask your provider what your results mean for now." in shown
    assert "fell from a scaffold" not in shown, "what is held against the body is for the body alone"


def test_verify_answers_before_during_and_after_a_suspension(listed):
    first = TODAY + timedelta(days=10)
    suspend(listed, begins_on=first, ends_on=first + timedelta(days=5))

    def answer(day):
        found = standing.verify(listed.number, listed.awarding_body.number, day)
        return found.credential.status, found.credential.registered, found.accredited, found.reasons

    assert answer(first - DAY) == ("current", True, True, ())
    for day in (first, first + timedelta(days=5)):
        assert answer(day) == ("suspended", True, False, ("suspended",))
    assert answer(first + timedelta(days=6)) == ("current", True, True, ())


def test_who_delivers_it_is_told_and_the_body_that_it_is_about_gets_the_letter(listed):
    kim = delivering(listed)
    decision = suspend(listed)
    told = Notice.objects.filter(person=kim, subject__contains=listed.number).last()
    assert f"It is suspended from {TODAY} on" in told.body
    assert decision.case.letters.filter(kind="decision").exists()


def test_what_the_record_says_is_what_the_register_says(listed):
    suspend(listed)
    lift(listed.number, on=TODAY + timedelta(days=3))
    assert list(differences()) == []


def test_a_register_that_is_restored_keeps_what_was_said_of_a_suspension(listed):
    suspend(listed)
    made = documents.check(document_of(listed.number))
    (note,) = made.own["suspension_notes"]
    assert (note["from"], note["advice"]["en"][:3]) == (TODAY.isoformat(), "Ask")


# -- lifting -----------------------------------------------------------------------------------------------------------


def test_a_lifted_suspension_ended_the_day_before(listed):
    suspend(listed)
    later = TODAY + timedelta(days=20)
    decision = lift(listed.number, on=later)
    said = document_of(listed.number)
    (row,) = said["suspensions"]
    assert (row["from"], row["until"]) == (TODAY.isoformat(), (later - DAY).isoformat())
    assert row["summary"]["en"].startswith("The entry is suspended"), "what was said of it stays with its days"
    assert [status_on(said, later - DAY), status_on(said, later)] == ["suspended", "current"]
    assert said["decisions"][-1]["number"] == decision.number
    answered = [standing.verify(listed.number, None, day).reasons for day in (later - DAY, later)]
    assert answered == [("suspended",), ()]


def test_a_suspension_that_is_lifted_before_it_begins_leaves_nothing(listed):
    suspend(listed, begins_on=TODAY + timedelta(days=10))
    lift(listed.number, on=TODAY + DAY)
    assert document_of(listed.number)["suspensions"] == []


def test_an_entry_that_is_not_suspended_is_not_lifted(listed, rita):
    with pytest.raises(Conflict, match="is not suspended"):
        sanctions.begin_lifting(about=listed.number, by=rita)


def test_a_lifting_says_why_and_whoever_wrote_it_does_not_decide_it(listed):
    suspend(listed)
    both = make_user("Bo", "registrar", "decision_maker")
    case = sanctions.begin_lifting(about=listed.number, by=both)
    with pytest.raises(RuleViolations, match="Say why"):
        desk.submit(case_id=case.pk, by=both)
    sanctions.save_lifting(case_id=case.pk, by=both, values={"explanation": "It is safe again."})
    desk.submit(case_id=case.pk, by=both)
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, by=both)
    assert status_on(document_of(listed.number), TODAY) == "suspended"


def test_two_liftings_of_one_suspension_are_not_decided_side_by_side(listed, rita):
    suspend(listed)
    one, two = (sanctions.begin_lifting(about=listed.number, by=rita) for _n in range(2))
    for case in (one, two):
        sanctions.save_lifting(case_id=case.pk, by=rita, values={"explanation": "It is safe again."})
    desk.submit(case_id=one.pk, by=rita)
    with pytest.raises(NotAllowed, match=one.reference):
        desk.submit(case_id=two.pk, by=rita)
    decide(one, now=at(TODAY + DAY))
    with pytest.raises(NotAllowed, match="has ended"):
        desk.submit(case_id=two.pk, by=rita, now=at(TODAY + DAY))


# -- what it takes -----------------------------------------------------------------------------------------------------


def test_notice_needs_a_ground_a_public_sentence_and_advice(listed, rita):
    case = sanctions.begin_suspension(about=listed.number, by=rita)
    with pytest.raises(RuleViolations) as refused:
        desk.give_notice(case_id=case.pk, by=rita)
    assert {violation.field for violation in refused.value.violations} == {"grounds", "summary", "advice"}


def test_nobody_decides_before_the_body_has_replied_or_its_time_is_over(listed, rita):
    case = draft_suspension(listed, rita)
    desk.give_notice(case_id=case.pk, by=rita)
    eva = make_user("Eva", "evaluator")
    with pytest.raises(RegisterError):
        desk.resume(case_id=case.pk, by=eva, reason="I am in a hurry.")
    with pytest.raises(RegisterError):
        decide(case)
    assert document_of(listed.number)["suspensions"] == []


def test_the_body_reads_the_grounds_and_replies_to_each(listed, rita):
    case = draft_suspension(listed, rita)
    desk.give_notice(case_id=case.pk, by=rita)
    sina = signatory_of(case)
    shown = words(signed_in(sina).get(f"/portal/cases/{case.reference}/").content.decode())
    assert "Two learners fell from a scaffold" in shown and "Nothing has been decided" in shown
    (item,) = case.information_requests.get().items.all()
    desk.answer(case_id=case.pk, by=sina, item_id=item.pk, text="One fell, and from a ladder.")
    assert item.answers.get().text == "One fell, and from a ladder."


def test_an_entry_that_is_suspended_already_is_not_suspended_again_for_the_same_days(listed, rita):
    suspend(listed)
    case = draft_suspension(listed, rita)
    with pytest.raises(RuleViolations, match="is suspended from"):
        desk.give_notice(case_id=case.pk, by=rita)


def test_only_an_officer_begins_one_and_only_of_what_is_public(listed, rita):
    with pytest.raises(NotAllowed):
        sanctions.begin_suspension(about=listed.number, by=make_user("Dana", "decision_maker"))
    with pytest.raises(RegisterError, match="no such entry"):
        sanctions.begin_suspension(about="NQ-999999", by=rita)


def test_a_decision_that_nothing_follows_leaves_the_entry_as_it_is(listed, rita):
    case = heard(draft_suspension(listed, rita))
    decide(case, outcome="declined")
    assert Change.objects.of(listed.number).count() == 1


# -- at the desk -------------------------------------------------------------------------------------------------------


def test_an_officer_writes_and_gives_notice_at_the_desk(listed, rita):
    desk_of_rita = signed_in(rita)
    beginning = f"/admin/registry/case/begin/entry_suspension/{listed.number}/"
    assert beginning in desk_of_rita.get(f"/admin/credentials/credential/{listed.pk}/change/").content.decode()
    begun = desk_of_rita.post(beginning)
    case = Case.objects.get(kind="entry_suspension")
    assert begun.headers["Location"] == f"/admin/registry/case/{case.pk}/change/"
    typed = {
        "ground_learners_at_risk": "Two learners fell.", "begins_on": "", "ends_on": "2030-01-31",
        "summary_en": "", "revision": case.revision,
    }  # fmt: skip
    assert act(desk_of_rita, case, "edit", typed).status_code == 302
    case = Case.objects.get(pk=case.pk)
    assert case.entry_suspension.grounds == [{"ground": "learners_at_risk", "held": "Two learners fell."}]
    refused = act(desk_of_rita, case, "give_notice", {"revision": case.revision})
    assert refused.status_code == 422 and "Write the sentence that the public reads." in refused.content.decode()
    sanctions.save_suspension(case_id=case.pk, by=rita, values={"summary": {"en": "S."}, "advice": {"en": "A."}})
    case = Case.objects.get(pk=case.pk)
    assert act(desk_of_rita, case, "give_notice", {"revision": case.revision}).status_code == 302
    shown = words(page(desk_of_rita, case))
    assert "Learners or the public are at risk: Two learners fell." in shown
