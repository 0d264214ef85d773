"""The duplicate check of an application: told before it is submitted, kept with it, and searched again by officers."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from registry.casework import services as desk
from registry.casework.models import DuplicateCheck
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.search import follower, query
from tests.builders import make_draft, make_listed, make_recommended, make_submitted, make_user, publish

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def register(db):
    publish(title="Inspecting scaffolds", level="4", kind="micro_credential", learning_outcomes=[
        {"number": 1, "text": {"en": "Record the state of a scaffold after inspection."}},
    ])  # fmt: skip
    publish(title="Certificate in Plumbing")
    follower.catch_up()


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_a_submission_keeps_what_the_register_had_that_is_like_it(register):
    case = make_submitted()
    check = case.duplicate_checks.get()
    assert (check.checked_by, check.role, check.serial > 0) == (None, "", True)
    (match,) = [m for m in check.matches if m["score"] >= float(check.shown_from)]
    assert (match["number"], match["status"]) == ("NQ-000001", "current")
    assert {p["field"] for p in match["passages"]} == {"title", "learning_outcomes"}


def test_a_submission_waits_for_no_index(db):
    case = make_submitted()
    assert case.state == "submitted" and not case.duplicate_checks.exists()


def test_an_officer_searches_again_and_both_answers_stay(register):
    case = make_submitted()
    publish(title="Scaffold inspection", kind="micro_credential")
    follower.catch_up()
    query.forget()  # a process looks for news of the index now and then
    eva = make_user("Eva", "evaluator")
    check = desk.compare(case_id=case.pk, by=eva)
    assert (check.checked_by, check.role, check.matches[0]["number"]) == (eva, "evaluator", "NQ-000001")
    assert "NQ-000003" in {match["number"] for match in check.matches}
    first, second = case.duplicate_checks.all()
    assert len(second.matches) == len(first.matches) + 1
    assert case.events.filter(name="case:compare", role="evaluator").count() == 1
    case.refresh_from_db()
    assert case.state == "submitted"


def test_who_compares_may_still_decide(register):
    case = make_recommended()
    dana = make_user("Dana", "decision_maker")
    desk.compare(case_id=case.pk, by=dana)
    assert not case.parts.filter(person=dana).exists()


def test_nobody_else_searches_for_a_case_and_nobody_after_its_decision(register):
    case = make_submitted()
    for person in (case.signatory, make_user("Aroha", "auditor")):
        with pytest.raises(NotAllowed):
            desk.compare(case_id=case.pk, by=person)
    desk.withdraw(case_id=case.pk, by=case.signatory)
    with pytest.raises(Conflict):
        desk.compare(case_id=case.pk, by=make_user("Eva", "evaluator"))


def test_without_an_index_the_officer_is_told_and_nothing_is_recorded(db):
    case = make_submitted()
    with pytest.raises(RegisterError, match="try again in a few minutes"):
        desk.compare(case_id=case.pk, by=make_user("Eva", "evaluator"))
    assert not case.events.filter(name="case:compare").exists()


def test_a_kept_check_can_be_altered_by_nobody(register):
    make_submitted()
    for sql in ("update registry_duplicatecheck set matches = '[]'", "delete from registry_duplicatecheck"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(sql)
    assert DuplicateCheck.objects.count() == 1


def test_the_case_page_shows_the_passages_side_by_side_and_searches_again(register):
    case = make_submitted()
    eva = signed_in(make_user("Eva", "evaluator"))
    text = eva.get(f"/admin/registry/case/{case.pk}/change/").content.decode()
    assert "What the register has already" in text and "With the submission." in text
    assert "<mark>" in text and "Record the state of a scaffold after inspection" in text.replace("<mark>", "").replace(
        "</mark>", ""
    )
    response = eva.post(f"/admin/registry/case/{case.pk}/compare/", follow=True)
    text = response.content.decode()
    assert "The register has been searched" in text and "1 earlier search is kept." in text
    auditor = signed_in(make_user("Aroha", "auditor"))
    assert "Search the register again" not in auditor.get(f"/admin/registry/case/{case.pk}/change/").content.decode()


def test_the_case_page_says_where_nobody_has_searched_yet(db):
    case = make_submitted()
    text = signed_in(make_user("Eva", "evaluator")).get(f"/admin/registry/case/{case.pk}/change/").content.decode()
    assert "The register has not been searched for this case yet." in text


def test_an_applicant_is_told_before_submitting_and_never_what_officers_searched(register):
    case = make_draft()
    applicant = signed_in(case.signatory)
    address = f"/portal/micro-credentials/{case.reference}/"
    text = applicant.get(address).content.decode()
    assert "These entries are much like your draft." in text and "NQ-000001" in text
    desk.submit(case_id=case.pk, by=case.signatory)
    desk.compare(case_id=case.pk, by=make_user("Eva", "evaluator"))
    text = applicant.get(address).content.decode()
    assert "much like your draft" not in text and "Decided" not in text.partition("What has happened")[2]


def test_an_applicant_whose_draft_is_like_nothing_is_told_that_too(db):
    publish(title="Certificate in Plumbing")
    follower.catch_up()
    case = make_draft()
    text = signed_in(case.signatory).get(f"/portal/micro-credentials/{case.reference}/").content.decode()
    assert "No entry is much like it." in text


def test_without_an_index_the_applicant_can_go_on(db):
    case = make_draft()
    text = signed_in(case.signatory).get(f"/portal/micro-credentials/{case.reference}/").content.decode()
    assert "This keeps nobody from submitting." in text


def test_a_draft_of_another_is_never_among_what_is_alike(register):
    """The check reads the register alone: another body's application is nobody's to see."""
    make_submitted(title="Scaffold inspection for bridges")
    case = make_draft(by=None)
    text = signed_in(case.signatory).get(f"/portal/micro-credentials/{case.reference}/").content.decode()
    assert "for bridges" not in text


def test_the_entry_that_came_of_an_application_is_compared_with_later_ones(db):
    make_listed()
    follower.catch_up()
    query.forget()
    case = make_submitted()
    assert case.duplicate_checks.get().matches[0]["number"] == "NQ-000001"
