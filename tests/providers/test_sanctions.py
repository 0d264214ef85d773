"""A statutory action is proposed with grounds, the body is heard on each, and somebody else decides it (P7 to P10)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from providers import services
from providers.services import drafts
from registry.casework import services as desk
from registry.content.bodies import in_force
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework.current import today
from registry.models import Case, User
from registry.standing import verify
from registry.status import status_on
from tests.builders import document_of, letter, make_listed, make_provider, make_signatory, make_user
from tests.desk import act, page, signed_in, words
from tests.portal import page_of, post
from tests.providers.applying import at_noon, ended, in_days
from tests.providers.sanctioning import (
    GROUNDS,
    HELD,
    SUMMARY,
    accredit,
    decide,
    imposed,
    lifting,
    notified,
    proposed,
    read,
    recommended,
    replied,
)

FORM = {
    "measure": "suspension", "ground_1": "requirements_unmet", "held_1": HELD, "summary": SUMMARY, "language": "en",
    "teach_out": "Kestrel College teaches them to the end.", "learners": "42",
}  # fmt: skip


def test_an_action_is_proposed_heard_and_decided_by_people_with_browsers(db):
    provider = make_provider()
    signatory = make_signatory(provider)
    registrar, evaluator = signed_in(make_user("Rea", "registrar")), signed_in(make_user("Eva", "evaluator"))
    link = f"/admin/registry/case/begin/provider_sanction/{provider.number}/"
    assert link in registrar.get(f"/admin/providers/provider/{provider.pk}/change/").content.decode()
    assert "may reply to each ground" in registrar.get(link).content.decode()
    begun = registrar.post(link)
    case = Case.objects.get(kind="provider_sanction")
    assert begun.status_code == 302 and str(case.pk) in begun.url and case.reference.startswith("SAN-")
    case.signatory = signatory

    # The register says what is missing, and keeps what is there.
    assert act(registrar, case, "edit", {"revision": case.revision, "measure": "suspension"}).status_code == 302
    case.refresh_from_db()
    refused = act(registrar, case, "give_notice", {"revision": case.revision})
    assert refused.status_code == 422 and "Name at least one ground" in refused.content.decode()
    assert act(registrar, case, "edit", {"revision": case.revision, **FORM}).status_code == 302
    case.refresh_from_db()
    assert HELD in page(registrar, case)
    attached = act(registrar, case, "attach", {
        "revision": case.revision, "criterion": "requirements_unmet", "file": letter("visit.txt"),
    })  # fmt: skip
    assert attached.status_code == 302 and case.evidence.count() == 1

    # The body sees nothing before it is given notice.
    assert signed_in(signatory).get(f"/portal/cases/{case.reference}/").status_code == 404
    case.refresh_from_db()
    assert act(registrar, case, "give_notice", {"revision": case.revision}).status_code == 302
    case.refresh_from_db()
    read = words(page_of(case))
    assert HELD in read and "given you notice" in read and "Nothing has been decided" in read
    item = case.information_requests.get().items.get()
    assert post(case, "answer", item=item.pk, text="They teach again since May.").status_code == 302
    case.refresh_from_db()
    assert post(case, "send_answers", revision=case.revision).status_code == 302

    case.refresh_from_db()
    assert case.state == "under_evaluation"
    assert "They teach again since May." in page(evaluator, case)
    judged = {"criterion": "requirements_unmet", "verdict": "met", "reason": "One site has no teachers still."}
    assert act(evaluator, case, "judge", judged).status_code == 302
    case.refresh_from_db()
    advised = act(
        evaluator, case, "recommend", {"revision": case.revision, "outcome": "approved", "reason": "It stands."}
    )
    assert advised.status_code == 302
    case.refresh_from_db()
    dana = signed_in(make_user("Dana", "decision_maker"))
    decided = act(dana, case, "decide", {
        "revision": case.revision, "statutory_action": "approved", "reason": "The reply was considered.",
    })  # fmt: skip
    assert decided.status_code == 302
    case.refresh_from_db()
    said = document_of(provider.number)
    assert (case.state, status_on(said, today())) == ("approved", "suspended")
    (row,) = said["statutory_actions"]
    assert (row["summary"], row["decision"]) == ({"en": SUMMARY}, case.decisions.get().number)
    assert HELD not in str(said)
    assert "has been decided" in words(page_of(case))


# -- heard before anything is decided ----------------------------------------------------------------------------------


def test_nobody_goes_on_before_the_body_has_replied_or_its_time_is_over(db):
    case = notified()
    eva = make_user("Eva", "evaluator")
    for try_it in (
        lambda: desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="At once."),
        lambda: desk.resume(case_id=case.pk, by=eva, reason="At once."),
        lambda: decide(case),
    ):
        with pytest.raises((Conflict, NotAllowed)):
            try_it()
    request = case.information_requests.get()
    assert [item.question for item in request.items.order_by("position")] == [row["held"] for row in GROUNDS]
    after = at_noon(request.due_on + timedelta(days=1))
    desk.resume(case_id=case.pk, by=eva, reason="It did not reply.", now=after)
    assert read(case).state == "under_evaluation"


def test_each_ground_is_judged_after_the_reply_before_there_is_a_recommendation(db):
    case = replied()
    eva = make_user("Eva", "evaluator")
    desk.judge(case_id=case.pk, by=eva, criterion="requirements_unmet", verdict="met", reason="So it is.")
    with pytest.raises(NotAllowed, match="What the authority was told is false or incomplete"):
        desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="One is enough.")


def test_whoever_drafted_or_judged_it_cannot_decide_it(db):
    both = make_user("Bo", "registrar", "decision_maker")
    case = recommended(replied(notified(proposed(by=both))))
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, by=both)
    assert read(case).state == "recommended"


def test_a_decision_that_nothing_follows_makes_nothing_public(db):
    case = recommended()
    before = document_of(case.provider.number)
    decide(case, "declined")
    assert document_of(case.provider.number) == before and read(case).state == "declined"


def test_an_action_begins_before_its_decision_only_where_a_second_person_confirms_that(db):
    case, first = recommended(), today() - timedelta(days=10)
    assert decide(case, effective_on=first, backdating="court") == []
    assert "statutory_actions" not in document_of(case.provider.number)
    desk.confirm(case_id=case.pk, by=make_user("Kim", "decision_maker"))
    said = document_of(case.provider.number)
    assert [status_on(said, d) for d in (first - timedelta(days=1), first)] == ["registered", "suspended"]


def test_nothing_is_taken_from_a_body_whose_registration_has_ended_meanwhile(db):
    case = recommended()
    ended(case.provider, today())
    with pytest.raises(NotAllowed, match="is not registered on this day"):
        decide(case)
    with pytest.raises(RegisterError, match="is not registered on this day"):
        proposed(case.provider)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"measure": ""}, "Choose the action"),
        ({"summary": " "}, "in neutral words"),
        ({"grounds": []}, "Name at least one ground"),
        ({"grounds": [GROUNDS[0], GROUNDS[0]]}, "Name each ground once"),
        ({"grounds": [{"ground": "requirements_unmet", "held": ""}]}, "Say what is held against the body"),
        ({"teach_out": ""}, "Say what becomes of the learners"),
        ({"learners": None}, "how many learners are affected"),
        ({"measure": "cancellation", "last_day": in_days(9)}, "A cancellation has no last day"),
        ({"last_day": in_days(-1)}, "The last day is over already"),
        ({"credential": "NQ-999999"}, "There is no such entry"),
    ],
)
def test_no_notice_is_given_of_what_is_not_complete(db, values, says):
    case = proposed(**values)
    with pytest.raises(RuleViolations, match=says):
        desk.give_notice(case_id=case.pk, by=case.registrar)
    assert read(case).state == "draft"


def test_only_those_who_prepare_such_cases_begin_one(db):
    provider = make_provider()
    for role in ("decision_maker", "auditor", "administrator"):
        with pytest.raises(NotAllowed):
            drafts.begin_sanction(about=provider.number, by=make_user(role, role))
    with pytest.raises(NotAllowed):
        drafts.begin_sanction(about=provider.number, by=make_signatory(provider))


def test_a_condition_binds_beside_a_registration_that_goes_on(db):
    case = imposed(measure="condition", teach_out="", learners=None, last_day=in_days(90))
    said = document_of(case.provider.number)
    assert status_on(said, today()) == "registered"
    assert [in_force(said["statutory_actions"][0], d) for d in (today(), in_days(90), in_days(91))] == [
        True,
        True,
        False,
    ]


# -- lifted ------------------------------------------------------------------------------------------------------------


def test_a_suspension_is_lifted_by_another_decision_from_a_day_on(db):
    case = imposed()
    lifted = lifting(case.provider, lifted_on=in_days(5))
    assert lifted.reference.startswith("LIF-")
    (decision,) = decide(lifted)
    said = document_of(case.provider.number)
    assert [status_on(said, in_days(n)) for n in (0, 4, 5)] == ["suspended", "suspended", "registered"]
    (row,) = said["statutory_actions"]
    assert (row["closed_on"], row["ended_by"]) == (in_days(5).isoformat(), "lifted")
    assert [d["number"] for d in said["decisions"]][-1] == decision.number


def test_a_lifting_waits_for_its_day_without_being_known(db):
    case = imposed()
    lifted, day = lifting(case.provider), in_days(4)
    before = document_of(case.provider.number)
    decide(lifted, publish_on=day, effective_on=day)
    assert document_of(case.provider.number) == before
    assert desk.release_due(day, now=at_noon(day)) == 1
    assert status_on(document_of(case.provider.number), day) == "registered"


def test_no_lifting_is_begun_where_nothing_is_open(db):
    provider = make_provider()
    with pytest.raises(RegisterError, match="No action is in force"):
        lifting(provider)
    case = imposed(measure="cancellation")
    with pytest.raises(RegisterError, match="No action is in force"):
        lifting(case.provider)


def test_one_action_is_lifted_once(db):
    case = imposed()
    first, second = lifting(case.provider), lifting(case.provider)
    decide(first)
    with pytest.raises(NotAllowed, match="is not an action that can be lifted"):
        decide(second)


def test_whoever_wrote_a_lifting_does_not_decide_it(db):
    case = lifting(imposed().provider)
    case.registrar.groups.add(Group.objects.get(name="decision_maker"))
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, by=User.objects.get(pk=case.registrar.pk))


# -- what follows for the body -----------------------------------------------------------------------------------------


def test_the_desk_lists_the_accreditations_that_are_to_be_decided_one_by_one(db):
    case = imposed()
    number = accredit(case.provider)
    shown = words(
        signed_in(make_user("Rea", "registrar"))
        .get(f"/admin/providers/provider/{case.provider.pk}/change/")
        .content.decode()
    )
    assert number in shown and "each is decided by itself" in shown
    assert document_of(number)["withdrawn_on"] is None


def test_the_public_pages_tell_it_in_neutral_words_with_its_day(db, client):
    case = imposed()
    for address in (f"/providers/{case.provider.number}", "/statutory-actions"):
        shown = words(client.get(address).content.decode())
        assert SUMMARY in shown and "Suspension of the registration" in shown and "In effect from" in shown
        assert HELD not in shown and "42" not in shown.split(SUMMARY)[1][:80]


def test_whether_it_was_accredited_is_answered_through_suspension_lifting_and_cancellation(db):
    credential = make_listed()
    provider = imposed(credential.awarding_body).provider
    decide(lifting(provider, lifted_on=in_days(5)))
    answers = [verify(credential.number, provider.number, in_days(n)) for n in (0, 4, 5)]
    assert [answer.accredited for answer in answers] == [False, False, True]
    assert [answer.reasons for answer in answers] == [("provider_suspended",)] * 2 + [()]
    last = in_days(9)
    services.impose(provider, kind="cancellation", summary={"en": "Cancelled."}, on=last, now=at_noon(last))
    answers = [verify(credential.number, provider.number, in_days(n)) for n in (4, 8, 9)]
    assert [answer.accredited for answer in answers] == [False, True, False]
    assert answers[2].reasons == ("provider_not_registered",)
