"""Two people act on a case at the same moment, each on a connection of their own: one wins, the other is told, and
nothing happens twice."""

from collections import Counter
from datetime import timedelta
from functools import partial

from django.core import mail

from registry.casework import notices
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.models import Answer, Case, Decision, Entry, Notice
from registry.verification import differences
from tests.builders import approve, ask_about, make_recommended, make_submitted, make_user
from tests.registry.test_clock import MONDAY, at
from tests.together import at_once


def won_and_told(said: list) -> tuple[list, list[RegisterError]]:
    return [s for s in said if not isinstance(s, RegisterError)], [s for s in said if isinstance(s, RegisterError)]


def mails_by_person_and_subject() -> Counter:
    """What goes out, by two workers that look at the same moment."""
    at_once(notices.deliver, notices.deliver)
    return Counter((m.to[0], m.subject) for m in mail.outbox)


def test_case_3_two_officers_decide_at_once(committing_db):
    case = make_recommended()
    officers = [make_user(name, "decision_maker") for name in ("Dana", "Sam")]
    won, told = won_and_told(at_once(*(partial(approve, case, by=officer) for officer in officers)))
    assert (len(won), len(told)) == (1, 1)
    assert isinstance(told[0], Conflict) and "decided this case on" in str(told[0])
    assert Decision.objects.count() == 3 and Entry.objects.credentials().count() == 1
    assert case.letters.count() == 1
    assert set(mails_by_person_and_subject().values()) == {1}
    assert list(differences()) == []


def test_an_officer_decides_while_the_applicant_withdraws(committing_db):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    withdraw = partial(desk.withdraw, case_id=case.pk, by=case.signatory)
    won, told = won_and_told(at_once(partial(approve, case, by=dana), withdraw))
    assert (len(won), len(told)) == (1, 1)
    case.refresh_from_db()
    decided = case.state == "approved"
    assert case.state in ("approved", "withdrawn")
    assert "Dana decided this case" in str(told[0]) if decided else "withdrawn" in str(told[0])
    assert Entry.objects.credentials().exists() == Decision.objects.exists() == decided
    assert set(mails_by_person_and_subject().values()) == {1}


def test_an_answer_comes_while_an_officer_lapses_the_case(committing_db):
    case, eva = make_submitted(now=at(MONDAY)), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva, now=at(MONDAY))
    request = ask_about(case, eva, "need", now=at(MONDAY))
    item, after = request.items.get(), at(request.lapses_after + timedelta(days=1))
    said = at_once(
        partial(desk.answer, case_id=case.pk, by=case.signatory, item_id=item.pk, text="Here.", now=after),
        partial(desk.lapse, case_id=case.pk, by=eva, now=after),
    )
    answer, case = Answer.objects.get(), Case.objects.get(pk=case.pk)
    # The answer is kept whoever was first; it is late only where the case had lapsed by then.
    assert isinstance(said[0], Answer)
    assert answer.late == (case.state == "lapsed")
    if case.state == "information_requested":
        assert isinstance(said[1], NotAllowed) and "Nothing is missing" in str(said[1])
    assert case.events.filter(name="case:lapse").count() == (case.state == "lapsed")
    assert Notice.objects.filter(subject__contains="lapsed").count() == (case.state == "lapsed")


def test_two_officers_assign_the_same_case_from_pages_that_showed_the_same(committing_db):
    case, grace, gil = make_submitted(), make_user("Grace", "registrar"), make_user("Gil", "registrar")
    ida, otto = make_user("Ida", "evaluator"), make_user("Otto", "evaluator")
    shown = Case.objects.get(pk=case.pk).revision
    won, told = won_and_told(
        at_once(
            partial(desk.assign, case_id=case.pk, by=grace, to=ida, expected_revision=shown),
            partial(desk.assign, case_id=case.pk, by=gil, to=otto, expected_revision=shown),
        )
    )
    assert (len(won), len(told)) == (1, 1)
    assert "Somebody else changed this case" in str(told[0])
    case.refresh_from_db()
    assert case.assigned_to in (ida, otto)
    assert list(Notice.objects.filter(subject__contains="assigned to you").values_list("person", flat=True)) == [
        case.assigned_to_id
    ]


def test_two_evaluators_take_the_same_case_on(committing_db):
    case = make_submitted()
    ida, otto = make_user("Ida", "evaluator"), make_user("Otto", "evaluator")
    won, told = won_and_told(at_once(*(partial(desk.start_evaluation, case_id=case.pk, by=by) for by in (ida, otto))))
    assert (len(won), len(told)) == (1, 1)
    assert "under evaluation" in str(told[0])


def test_a_drafted_decision_is_confirmed_by_two_at_once(committing_db):
    from registry.framework import current

    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    approve(case, by=dana, effective_on=current.today() - timedelta(days=3), backdating="court")
    others = [make_user(name, "decision_maker") for name in ("Sam", "Kim")]
    won, told = won_and_told(at_once(*(partial(desk.confirm, case_id=case.pk, by=by) for by in others)))
    assert (len(won), len(told)) == (1, 1) and isinstance(told[0], Conflict)
    assert Decision.objects.count() == 3 and Entry.objects.credentials().count() == 1


def test_the_same_thing_is_handed_in_twice_at_once(committing_db):
    from tests.builders import make_draft

    case = make_draft()
    submit = partial(desk.submit, case_id=case.pk, by=case.signatory)
    won, told = won_and_told(at_once(submit, submit))
    assert (len(won), told) == (2, [])
    assert case.submissions.count() == 1 and Notice.objects.count() == 1


def test_two_workers_release_the_same_embargo(committing_db):
    from registry.framework import current

    case, day = make_recommended(), current.today() + timedelta(days=5)
    approve(case, publish_on=day)
    released = at_once(*[partial(desk.release_due, day, now=at(day))] * 2)
    assert sorted(released) == [0, 1]
    assert Entry.objects.credentials().count() == 1
    assert Notice.objects.filter(subject__contains="now on the public register").count() == 1
