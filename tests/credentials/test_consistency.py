"""Consistency reviews of full qualifications (domain 1.10): one qualification, all who deliver it, and a report that is
interim at first where one of them is not sufficient."""

from datetime import timedelta

import pytest

from credentials.models import Accreditation
from credentials.services import consistency
from registry import daily
from registry.casework import kinds
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.models import Case, Letter, Membership, Notice
from tests.builders import decide, document_of, make_listed, make_user
from tests.credentials.reviewed import (
    ANNOUNCED,
    HELD,
    SAID,
    TODAY,
    again,
    announced,
    full_qualification,
    hand_in,
    handed_in,
    interim,
    last_review,
    part,
    prepared,
    rate,
    signatory,
)
from tests.desk import page, signed_in, words
from tests.registry.test_clock import at

# -- preparing and announcing ------------------------------------------------------------------------------------------


def test_it_is_begun_about_a_full_qualification_with_the_question_that_every_review_asks(db):
    case = prepared()
    assert case.reference.startswith("CNR-") and case.organisation == case.credential.awarding_body.organisation
    question = case.consistency_review.question
    assert question["en"].startswith("How well does the self-assessment") and set(question) <= set(
        current.profile().languages
    )


def test_another_kind_of_entry_is_refused_and_one_that_nobody_delivers(db):
    rosa = make_user("Rosa", "review_officer")
    with pytest.raises(RegisterError, match="Only a full qualification"):
        consistency.begin_review(about=make_listed().number, by=rosa)
    with pytest.raises(RegisterError, match="Nobody delivers"):
        consistency.begin_review(about=full_qualification().number, by=rosa)
    assert not Case.objects.filter(kind="consistency_review").exists()


@pytest.mark.parametrize("role", ["review_officer", "evaluator", "registrar"])
def test_these_roles_begin_it_and_one_is_open_at_a_time(db, role):
    case = prepared(by=make_user("Rory", role))
    with pytest.raises(Conflict, match=case.reference):
        consistency.begin_review(about=case.credential.number, by=make_user("Rita", "registrar"))


@pytest.mark.parametrize("role", ["decision_maker", "auditor", "administrator"])
def test_nobody_else_begins_it(db, role):
    with pytest.raises(NotAllowed):
        consistency.begin_review(about="NQ-1", by=make_user("Odd", role))


@pytest.mark.parametrize(("values", "field"), [
    ({"question": {}}, "question"),
    ({"threshold": {}}, "threshold"),
    ({"venue": " "}, "venue"),
    ({"held_on": None}, "held_on"),
    ({"held_on": TODAY + timedelta(days=55)}, "held_on"),
])  # fmt: skip
def test_it_is_announced_whole_and_two_months_ahead(db, values, field):
    case = prepared("Kestrel College", **values)
    with pytest.raises(RuleViolations) as refused:
        consistency.announce(case_id=case.pk, by=case.rosa)
    assert [v.field for v in refused.value.violations] == [field]


def test_each_provider_is_told_the_day_and_the_venue_and_gets_a_case_of_its_own(db):
    case = announced()
    assert case.state == "information_requested"
    parts = list(case.consistency_review.parts.in_order())
    assert [p.accreditation.provider.title for p in parts] == ["Kestrel College", "Tern Academy"]
    for its in parts:
        assert its.case.reference.startswith("CNP-") and its.case.answer_by == HELD
        told = Notice.objects.get(case=its.case, person=signatory(its))
        assert HELD.isoformat() in told.subject and ANNOUNCED["venue"] in told.body
        assert "How well does the self-assessment" in told.body
    awarding = Membership.objects.get(organisation=case.organisation).user
    assert not Notice.objects.filter(case=case, person=awarding).exists(), "the awarding body knows nothing before"
    assert signed_in(awarding).get(f"/portal/cases/{case.reference}/").status_code == 404


def test_a_registrar_who_announces_it_leaves_it_to_whoever_may_rate(db):
    assert announced("Kestrel College", by=make_user("Rita", "registrar")).assigned_to is None
    case = announced("Tern Academy")
    assert case.assigned_to == case.rosa == part(case, "Tern Academy").case.assigned_to


def test_who_delivers_no_longer_or_not_yet_is_not_asked(db):
    case = prepared("Kestrel College", "Tern Academy", "Gannet School")
    Accreditation.objects.filter(provider__title="Tern Academy").update(withdrawn_on=TODAY)
    Accreditation.objects.filter(provider__title="Gannet School").update(accredited_from=TODAY + timedelta(days=5))
    consistency.announce(case_id=case.pk, by=case.rosa)
    assert [p.accreditation.provider.title for p in case.consistency_review.parts.in_order()] == ["Kestrel College"]


# -- what a provider hands in --------------------------------------------------------------------------------------------


def test_a_provider_hands_in_its_self_assessment_and_both_sides_are_told(db):
    case = announced()
    its = hand_in(case, "Kestrel College")
    assert (its.case.state, its.graduates, its.self_rating) == ("submitted", 37, "sufficient")
    assert its.case.submissions.get().content["content"]["self_assessment"] == SAID["self_assessment"]
    assert Notice.objects.filter(case=its.case, person=signatory(its), subject__contains="received").count() == 1
    assert "Kestrel College" in Notice.objects.get(case=case, person=case.rosa).body


def test_what_a_provider_writes_comes_to_whoever_has_the_review(db):
    case = announced()
    eva = make_user("Eva", "evaluator")
    desk.assign(case_id=case.pk, by=make_user("Rita", "registrar"), to=eva)
    its = part(case, "Tern Academy")
    desk.write(case_id=its.case_id, by=signatory(its), text="May we bring two people?")
    assert "two people" in Notice.objects.get(person=eva, case=its.case).body


@pytest.mark.parametrize(("values", "fields"), [
    ({"graduates": None}, ["graduates"]),
    ({"self_rating": ""}, ["self_rating"]),
    ({"self_assessment": " "}, ["self_assessment"]),
    ({"graduates": 4, "self_rating": ""}, []),
    ({"graduates": 5, "self_rating": ""}, ["self_rating"]),
])  # fmt: skip
def test_what_a_provider_leaves_out_is_said_and_few_graduates_need_no_rating(db, values, fields):
    case = announced("Kestrel College")
    its = part(case, "Kestrel College")
    consistency.save_part(case_id=its.case_id, by=signatory(its), values=SAID | values)
    its.case.refresh_from_db()
    assert [v.field for v in kinds.get("consistency_part").check(its.case, "submit")] == fields


def test_officers_read_nothing_of_it_before_it_is_handed_in(db):
    case = announced()
    its = part(case, "Kestrel College")
    consistency.save_part(case_id=its.case_id, by=signatory(its), values=SAID)
    rosa = signed_in(case.rosa)
    assert SAID["self_assessment"] not in page(rosa, its.case) + page(rosa, case)
    hand_in(case, "Kestrel College")
    assert SAID["self_assessment"] in page(rosa, its.case) and SAID["self_assessment"] in page(rosa, case)


def test_another_provider_reads_none_of_it(db):
    case = announced()
    kestrel, tern = part(case, "Kestrel College"), part(case, "Tern Academy")
    assert signed_in(signatory(tern)).get(f"/portal/cases/{kestrel.case.reference}/").status_code == 404


# -- rating ------------------------------------------------------------------------------------------------------------


def test_nobody_is_rated_before_the_day_and_nothing_is_handed_in_after_it(db):
    case = announced()
    hand_in(case, "Kestrel College")
    with pytest.raises(NotAllowed, match=HELD.isoformat()):
        consistency.begin_rating(case_id=case.pk, by=case.rosa)
    consistency.begin_rating(case_id=case.pk, by=case.rosa, now=at(HELD))
    with pytest.raises(Conflict):
        hand_in(case, "Tern Academy", now=at(HELD))


def test_a_rating_is_sufficient_or_not_and_nothing_between(db):
    case = handed_in("Kestrel College")
    (criterion,) = desk.criteria_of(case)
    said = {"case_id": case.pk, "by": case.rosa, "criterion": criterion.id, "reason": "Half.", "now": at(HELD)}
    with pytest.raises(RegisterError, match="sufficient or not sufficient"):
        desk.judge(**said, verdict="partly_met")
    assert part(case, "Kestrel College").rating == ""
    assert "partly_met" not in page(signed_in(case.rosa), case)


def test_it_is_recommended_once_every_provider_is_rated(db):
    case = handed_in()
    first, _second = desk.criteria_of(case)
    desk.judge(case_id=case.pk, by=case.rosa, criterion=first.id, verdict="met", reason="So.", now=at(HELD))
    with pytest.raises(NotAllowed, match="Tern Academy"):
        desk.recommend(case_id=case.pk, by=case.rosa, outcome="approved", reason="So.", now=at(HELD))


def test_a_member_of_any_provider_rates_nobody(db):
    case = handed_in()
    eva = make_user("Eva", "evaluator")
    Membership.objects.create(
        user=eva, organisation=part(case, "Tern Academy").case.organisation, role="editor",
        ended_on=TODAY - timedelta(days=400),
    )  # fmt: skip
    (first, _second) = desk.criteria_of(case)
    with pytest.raises(NotAllowed, match="You have acted for Tern Academy"):
        desk.judge(case_id=case.pk, by=eva, criterion=first.id, verdict="met", reason="So.", now=at(HELD))


def test_an_interest_in_any_provider_keeps_a_person_from_preparing_rating_and_deciding(db):
    case = handed_in()
    tern = part(case, "Tern Academy").case.organisation
    dana, eva = make_user("Dana", "decision_maker"), make_user("Eva", "evaluator")
    for person in (dana, eva):
        desk.declare_interest_in(organisation=tern, by=person, reason="My sister teaches there.")
    (first, _second) = desk.criteria_of(case)
    with pytest.raises(NotAllowed, match="declared an interest in Tern Academy"):
        desk.judge(case_id=case.pk, by=eva, criterion=first.id, verdict="met", reason="So.", now=at(HELD))
    case = rate(case)
    with pytest.raises(NotAllowed, match="declared an interest in Tern Academy"):
        decide(case, dana, now=at(HELD))
    assert "declared an interest in Tern Academy" in words(page(signed_in(dana), case))
    new = prepared("Gannet School")
    gannet = Accreditation.objects.get(provider__title="Gannet School").provider.organisation
    desk.declare_interest_in(organisation=gannet, by=new.rosa, reason="I am to join it.")
    with pytest.raises(NotAllowed):
        consistency.announce(case_id=new.pk, by=new.rosa)


def test_an_interest_declared_in_the_part_of_one_provider_counts_for_the_whole_review(db):
    case = handed_in()
    eva = make_user("Eva", "evaluator")
    desk.declare_interest(case_id=part(case, "Tern Academy").case_id, by=eva, reason="I wrote its handbook.")
    (first, _second) = desk.criteria_of(case)
    with pytest.raises(NotAllowed, match="in the part of a provider"):
        desk.judge(case_id=case.pk, by=eva, criterion=first.id, verdict="met", reason="So.", now=at(HELD))


def test_what_somebody_rated_before_an_interest_is_rated_again_by_another(db):
    case = handed_in("Kestrel College")
    eva = make_user("Eva", "evaluator")
    (only,) = desk.criteria_of(case)
    desk.judge(case_id=case.pk, by=eva, criterion=only.id, verdict="met", reason="So.", now=at(HELD))
    kestrel = part(case, "Kestrel College").case.organisation
    desk.declare_interest_in(organisation=kestrel, by=eva, reason="I am to join it.")
    with pytest.raises(NotAllowed, match="Kestrel College"):
        desk.recommend(case_id=case.pk, by=case.rosa, outcome="approved", reason="So.", now=at(HELD))
    assert rate(case).state == "recommended"


def test_who_prepared_or_rated_decides_neither_stage(db):
    both = make_user("Bo", "review_officer", "decision_maker")
    case = handed_in("Kestrel College", by=both)
    eva = make_user("Eva", "evaluator")
    case = rate(case, by=eva, kestrel="not_met")
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, both, outcome="declined", now=at(HELD))
    dana = make_user("Dana", "decision_maker", "review_officer")
    decide(case, dana, outcome="declined", now=at(HELD))
    later = at(case.consistency_review.held_on + timedelta(days=120))
    consistency.rate_again(case_id=case.pk, by=eva, now=later)
    (only,) = desk.criteria_of(again(case))
    with pytest.raises(NotAllowed, match="Four eyes"):
        desk.judge(case_id=case.pk, by=dana, criterion=only.id, verdict="met", reason="So.", now=later)


# -- decisions -----------------------------------------------------------------------------------------------------------


def test_where_each_is_sufficient_the_decision_is_final_at_once_and_public(db):
    case = rate(handed_in())
    (decision,) = decide(case, now=at(HELD))
    case = again(case)
    assert (decision.matter, decision.stage, decision.outcome) == ("final", 1, "approved")
    assert case.state == "approved" and case.decided_at
    said = document_of(case.credential.number)["decisions"][-1]
    assert said == {
        "number": decision.number, "matter": "final", "outcome": "sufficient", "date": HELD.isoformat(),
    }  # fmt: skip
    for name in ("Kestrel College", "Tern Academy"):
        number = Accreditation.objects.get(provider__title=name).number
        assert document_of(number)["last_review"] == {
            "sort": "consistency", "outcome": "sufficient", "interim": False, "on": HELD.isoformat(),
            "decision": decision.number,
        }  # fmt: skip
        assert decision.number not in {d["number"] for d in document_of(number)["decisions"]}, (
            "it decides nothing of it"
        )
        its = part(case, name)
        assert its.case.state == "closed"
        assert "sufficient" in Notice.objects.filter(case=its.case, person=signatory(its)).order_by("pk").last().body
    letter = Letter.objects.get(case=case)
    assert "each provider that was rated is sufficient" in words(letter.html)
    assert kinds.get(case.kind).onward(case) == []


def test_where_one_is_not_the_report_is_interim_for_three_months(db):
    case, decision = interim()
    review = case.consistency_review
    assert (decision.matter, decision.stage, decision.outcome) == ("interim", 1, "declined")
    assert (case.state, case.decided_at) == ("interim", None)
    assert 85 < (review.interim_until - HELD).days < 100 and case.due_on == review.interim_until
    assert last_review(case, "Tern Academy") | {"decision": ""} == {
        "sort": "consistency", "outcome": "not_sufficient", "interim": True, "on": HELD.isoformat(), "decision": "",
    }  # fmt: skip
    assert last_review(case, "Kestrel College")["outcome"] == "sufficient"
    tern, kestrel = part(case, "Tern Academy"), part(case, "Kestrel College")
    assert (tern.case.state, tern.case.answer_by) == ("returned", review.interim_until)
    assert kestrel.case.state == "submitted"
    told = Notice.objects.filter(case=tern.case, person=signatory(tern)).order_by("pk").last()
    assert "not sufficient" in told.body and review.interim_until.isoformat() in told.subject
    assert "not each provider" in words(Letter.objects.get(case=case).html)
    said = document_of(case.credential.number)["decisions"][-1]
    assert (said["matter"], said["outcome"]) == ("interim", "not_sufficient")
    assert kinds.get(case.kind).onward(case) == [], "nothing follows of an interim report"


def test_what_has_improved_is_rated_once_more_and_the_final_decision_closes_it(db):
    case, first = interim()
    with pytest.raises(NotAllowed, match="may still send"):
        consistency.rate_again(case_id=case.pk, by=case.rosa, now=at(HELD))
    hand_in(case, "Tern Academy", improvements="Every assessment is observed now.", now=at(HELD))
    consistency.rate_again(case_id=case.pk, by=case.rosa, now=at(HELD))
    case = again(case)
    assert [c.label["en"].partition(" ")[2] for c in desk.criteria_of(case)] == ["Tern Academy"]
    case = rate(case)
    (final,) = decide(case, now=at(HELD))
    case = again(case)
    assert (final.matter, final.stage, final.outcome, case.state) == ("final", 2, "approved", "approved")
    tern = part(case, "Tern Academy")
    assert (tern.rating, tern.final_rating, tern.case.state) == ("not_sufficient", "sufficient", "closed")
    for name in ("Kestrel College", "Tern Academy"):
        assert last_review(case, name)["interim"] is False and last_review(case, name)["outcome"] == "sufficient"
    numbers = [d["number"] for d in document_of(case.credential.number)["decisions"]]
    assert numbers[-2:] == [first.number, final.number]
    assert kinds.get(case.kind).onward(case) == []


def test_what_was_handed_in_at_first_stands_while_a_provider_improves(db):
    case, _first = interim()
    its = hand_in(case, "Tern Academy", improvements="All is well now.", graduates=3, self_assessment="Other.")
    assert (its.graduates, its.self_assessment, its.improvements) == (37, SAID["self_assessment"], "All is well now.")


def test_after_the_interim_time_it_goes_on_without_an_answer_and_may_stay_not_sufficient(db):
    case, _first = interim()
    later = at(case.consistency_review.interim_until + timedelta(days=1))
    consistency.rate_again(case_id=case.pk, by=case.rosa, now=later)
    case = rate(again(case), tern="not_met", now=later)
    with pytest.raises(NotAllowed, match="Not each provider"):
        decide(case, now=later)
    (final,) = decide(case, outcome="declined", now=later)
    case = again(case)
    assert (final.stage, case.state) == (2, "declined") and case.decided_at
    said = last_review(case, "Tern Academy")
    assert (said["outcome"], said["interim"], said["decision"]) == ("not_sufficient", False, final.number)
    tern = Accreditation.objects.get(provider__title="Tern Academy")
    assert kinds.get(case.kind).onward(case) == [("accreditation_sanction", tern.number)]
    assert not Case.objects.filter(kind="accreditation_sanction").exists() and tern.withdrawn_on is None
    rita = signed_in(make_user("Rita", "registrar"))
    assert f"/admin/registry/case/begin/accreditation_sanction/{tern.number}/" in page(rita, case)


def test_a_decision_says_what_was_rated_and_takes_effect_on_its_day(db):
    case = rate(handed_in("Kestrel College"))
    with pytest.raises(NotAllowed, match="Each provider was rated sufficient"):
        decide(case, outcome="declined", now=at(HELD))
    with pytest.raises(RegisterError, match="on the day on which it is decided"):
        decide(case, now=at(HELD), publish_on=HELD + timedelta(days=3))
    with pytest.raises(RegisterError, match="without conditions"):
        decide(case, outcome="approved_with_conditions", now=at(HELD))
    assert again(case).state == "recommended" and not case.decisions.exists()


def test_a_decision_maker_sends_it_back_to_be_rated_again(db):
    case = rate(handed_in("Kestrel College"), kestrel="not_met")
    desk.send_back(case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Why?", now=at(HELD))
    case = rate(again(case))
    assert part(case, "Kestrel College").rating == "sufficient"
    decide(case, now=at(HELD))
    assert again(case).state == "approved"


def test_an_accreditation_that_was_removed_meanwhile_keeps_nothing_from_being_decided(db):
    from tests.credentials import wrongs

    case = rate(handed_in())
    gone = Accreditation.objects.get(provider__title="Tern Academy").number
    wrongs.confirmed(wrongs.proposed_removal(gone))
    decide(case, now=at(HELD))
    assert document_of(Accreditation.objects.get(provider__title="Kestrel College").number)["last_review"]
    assert again(case).state == "approved" and last_review(case, "Tern Academy") == {}


# -- few graduates, and who took no part -----------------------------------------------------------------------------------


def test_with_fewer_than_five_graduates_the_self_assessment_alone_is_read(db):
    case = announced()
    hand_in(case, "Kestrel College")
    hand_in(case, "Tern Academy", graduates=4, self_rating="")
    consistency.begin_rating(case_id=case.pk, by=case.rosa, now=at(HELD))
    case = again(case)
    assert [c.label["en"].partition(" ")[2] for c in desk.criteria_of(case)] == ["Kestrel College"]
    assert "Self-assessment only: fewer than five graduates." in words(page(signed_in(case.rosa), case))
    decide(rate(case), now=at(HELD))
    its = part(again(case), "Tern Academy")
    assert (its.took_part, its.last_rating, its.case.state) == (True, "", "closed")
    assert last_review(case, "Tern Academy") == {} and kinds.get(case.kind).onward(again(case)) == []
    assert "is not rated" in Notice.objects.filter(case=its.case, person=signatory(its)).order_by("pk").last().body


def test_who_took_no_part_is_told_and_an_officer_may_go_on_from_there(db):
    case = announced()
    hand_in(case, "Kestrel College")
    consistency.begin_rating(case_id=case.pk, by=case.rosa, now=at(HELD))
    its = part(case, "Tern Academy")
    assert (its.took_part, its.case.state) == (False, "missed")
    told = Notice.objects.filter(case=its.case, person=signatory(its)).order_by("pk").last()
    assert "Taking part is needed" in told.body
    case = rate(again(case))
    decide(case, now=at(HELD))
    case = again(case)
    number = its.accreditation.number
    assert case.state == "approved" and last_review(case, "Tern Academy") == {}
    assert kinds.get(case.kind).onward(case) == [("accreditation_sanction", number)]
    Accreditation.objects.filter(number=number).update(withdrawn_on=TODAY)
    assert kinds.get(case.kind).onward(case) == [], "there is nothing left to decide about"


def test_where_nobody_took_part_there_is_nothing_to_report(db):
    case = announced("Kestrel College")
    consistency.begin_rating(case_id=case.pk, by=case.rosa, now=at(HELD))
    with pytest.raises(NotAllowed, match="No provider took part"):
        desk.recommend(case_id=case.pk, by=case.rosa, outcome="approved", reason="So.", now=at(HELD))


def test_it_is_dropped_with_what_the_providers_were_asked_for(db):
    case = announced()
    hand_in(case, "Kestrel College")
    desk.withdraw(case_id=case.pk, by=case.rosa)
    assert {p.case.state for p in case.consistency_review.parts.in_order()} == {"withdrawn"}
    its = part(case, "Tern Academy")
    assert "dropped" in Notice.objects.filter(case=its.case, person=signatory(its)).order_by("pk").last().subject


# -- the clock -----------------------------------------------------------------------------------------------------------


def test_once_the_interim_time_is_over_the_final_rating_is_proposed_once_and_never_made(db):
    case, _first = interim()
    last = case.consistency_review.interim_until
    assert consistency.propose_final_ratings(last, now=at(last)) == 0
    after = last + timedelta(days=1)
    assert daily.run(after)["consistency"] == 1
    assert daily.run(after + timedelta(days=1))["consistency"] == 0
    told = Notice.objects.filter(case=case, person=case.rosa).order_by("pk").last()
    assert last.isoformat() in told.body and again(case).state == "interim"
    assert case.decisions.count() == 1


def test_where_nobody_has_it_every_review_officer_is_told(db):
    case, _first = interim()
    Case.objects.filter(pk=case.pk).update(assigned_to=None)
    other = make_user("Olga", "review_officer")
    after = case.consistency_review.interim_until + timedelta(days=1)
    assert consistency.propose_final_ratings(after, now=at(after)) == 2
    assert Notice.objects.filter(case=case, person=other).count() == 1
