"""What a suspension does to what a body has before the authority: it is paused, and nothing is lost (edge case 8)."""

import pytest

from credentials import services as credential_services
from providers import services
from registry.casework import services as desk
from registry.errors import NotAllowed
from registry.framework.current import today
from registry.models import Case, Notice
from tests.builders import (
    approve,
    ask_about,
    make_draft,
    make_provider,
    make_recommended,
    make_submitted,
    make_user,
)
from tests.desk import page, signed_in, words
from tests.providers.applying import at_noon, ended, in_days
from tests.providers.sanctioning import decide, imposed, lifting, proposed

PAUSED = "Paused while the registration is suspended"


def suspended(case: Case) -> Case:
    imposed(case.application.provider)
    return Case.objects.get(pk=case.pk)


def lifted(case: Case) -> Case:
    decide(lifting(case.application.provider))
    return Case.objects.get(pk=case.pk)


def test_case_8_a_suspended_body_keeps_its_case_and_everybody_reads_why_it_stands(db):
    case = make_recommended()
    signatory = case.signatory
    suspended(case)
    case.signatory = signatory
    said = f"{PAUSED}, since {today().isoformat()}. Nothing is lost"
    assert said in _portal(case, signatory)
    assert said in words(page(signed_in(make_user("Rea", "registrar")), case))
    with pytest.raises(NotAllowed, match=PAUSED):
        approve(case)
    lifted(case)
    assert PAUSED not in _portal(case, signatory)
    assert approve(case) and Case.objects.get(pk=case.pk).state == "approved"


def _portal(case: Case, signatory) -> str:
    answer = signed_in(signatory).get(f"/portal/micro-credentials/{case.reference}/")
    assert answer.status_code == 200
    return words(answer.content.decode())


def test_case_8_a_draft_stays_editable_and_is_not_handed_in(db):
    case = make_draft()
    signatory = case.signatory
    suspended(case)
    credential_services.save_draft(case_id=case.pk, by=signatory, values={"title": "Scaffold inspection, revised"})
    with pytest.raises(NotAllowed, match=PAUSED):
        desk.submit(case_id=case.pk, by=signatory)
    case = lifted(case)
    assert case.title == "Scaffold inspection, revised"
    assert desk.submit(case_id=case.pk, by=signatory).state == "submitted"


def test_case_8_the_clock_stands_and_goes_on_with_the_days_that_were_left(db):
    case = make_submitted()
    desk.start_evaluation(case_id=case.pk, by=make_user("Eva", "evaluator"))
    due = Case.objects.get(pk=case.pk).due_on
    case = suspended(case)
    assert services.keep_clocks(today()) == 1 and services.keep_clocks(today()) == 0
    case.refresh_from_db()
    assert (case.due_on, case.paused_on) == (None, today()) and case.days_left > 0
    left = case.days_left
    event = case.events.get(name="case:stand_still")
    assert event.role == "system" and PAUSED in event.details["why"]
    assert Notice.objects.filter(case=case, person=case.assigned_to, subject__contains="stands still").exists()

    later = at_noon(in_days(30))
    services.close(case.application.provider, _action(case), on=in_days(28), now=later)
    assert services.keep_clocks(in_days(30), now=later) == 1
    case.refresh_from_db()
    assert case.paused_on is None and case.due_on > due and case.paused_days > 15
    assert left > 0 and case.events.filter(name="case:go_on").exists()
    assert services.keep_clocks(in_days(30), now=later) == 0


def _action(case: Case) -> str:
    case.application.provider.refresh_from_db()
    (row,) = case.application.provider.details["statutory_actions"]
    return row["reference"]


def test_case_8_a_question_may_be_answered_and_nothing_lapses_meanwhile(db):
    case = make_submitted()
    signatory, eva = case.signatory, make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    ask_about(Case.objects.get(pk=case.pk), eva, "need")
    case = suspended(case)
    late = in_days(120)
    assert desk.propose_lapses(late, now=at_noon(late)) == 0
    with pytest.raises(NotAllowed, match=PAUSED):
        desk.lapse(case_id=case.pk, by=eva, now=at_noon(late))
    item = case.information_requests.get().items.get()
    desk.answer(case_id=case.pk, by=signatory, item_id=item.pk, text="Three operators.")
    desk.send_answers(case_id=case.pk, by=signatory)
    assert services.keep_clocks(today()) == 1  # the time of the authority would have run again


def test_case_8_a_registration_that_has_ended_pauses_too(db):
    case = make_recommended()
    ended(case.application.provider, today())
    with pytest.raises(NotAllowed, match="Paused since the registration ended"):
        approve(case)
    assert Case.objects.get(pk=case.pk).state == "recommended"


def test_what_the_authority_does_about_the_body_itself_does_not_stand_still(db):
    first = imposed()
    second = proposed(first.provider, measure="cancellation", by=make_user("Ron", "registrar"))
    desk.give_notice(case_id=second.pk, by=second.registrar)
    assert services.keep_clocks(today()) == 0
    assert PAUSED not in words(page(signed_in(make_user("Rea", "registrar")), second))


def test_the_cases_of_others_go_on(db):
    imposed(make_provider("Kestrel College"))
    case = make_recommended()
    assert services.keep_clocks(today()) == 0
    assert approve(case)
