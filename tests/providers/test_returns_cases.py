"""The return of a provider as a case: what is written, who sees it, how it is judged and decided, what is late, and that
nothing of it becomes public."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from providers import services
from providers.lifecycle_returns import RETURN
from providers.models import ProviderReturn
from registry.casework import kinds, reporting
from registry.casework import services as desk
from registry.casework.services import reporting as reports
from registry.errors import NotAllowed, RuleViolations
from registry.models import Case, Change, Evidence, Notice
from tests.builders import document_of, letter, make_editor, make_signatory, make_user
from tests.desk import act, officer, page, words
from tests.portal import page_of, signed_in
from tests.providers.applying import at_noon
from tests.providers.returning import (
    AFTER,
    ANNUAL,
    COMPLETE,
    DOCUMENTS,
    QUARTER,
    asked,
    decide,
    opened,
    read,
    recommended,
    run,
    school,
    submitted,
    written,
)

DAY = timedelta(days=1)


# -- writing -----------------------------------------------------------------------------------------------------------


def test_a_return_is_written_and_handed_in_by_a_signatory(db):
    case = written()
    editor = make_editor(case.provider_return.provider)
    with pytest.raises(NotAllowed):
        desk.submit(case_id=case.pk, by=editor, now=at_noon(AFTER))
    case = submitted(case)
    assert (case.state, case.answer_by) == ("submitted", None)
    kept = case.submissions.get().content
    assert kept["content"]["learners"] == 120 and kept["content"]["declared"] is True
    assert kept["content"]["answers"]["assurance_report"] == {"attested": True, "remark": ""}
    assert {file["criterion"] for file in kept["evidence"]} == set(DOCUMENTS)


@pytest.mark.parametrize(
    ("values", "files", "field"),
    [
        ({"learners": None}, DOCUMENTS, "learners"),
        ({"staff": None}, DOCUMENTS, "staff"),
        ({"declared": False}, DOCUMENTS, "declared"),
        ({"answers": {}}, DOCUMENTS, "attested_annual_return"),
        ({"answers": COMPLETE[ANNUAL]["answers"] | {"assurance_report": {"attested": False, "remark": ""}}}, DOCUMENTS,
         "remark_assurance_report"),
        ({}, DOCUMENTS[:2], "evidence:assurance_report"),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_field_by_field_and_the_draft_is_kept(db, values, files, field):
    case = written(files=files, **values)
    with pytest.raises(RuleViolations) as refused:
        desk.submit(case_id=case.pk, by=case.signatory, now=at_noon(AFTER))
    assert field in {violation.field for violation in refused.value.violations}
    assert read(case.pk, case.signatory).state == "draft"


def test_a_no_with_its_reason_is_handed_in_too_and_needs_no_document(db):
    no = {"attested": False, "remark": "The auditor is ill until July."}
    case = submitted(written(files=DOCUMENTS[:2], answers=COMPLETE[ANNUAL]["answers"] | {"assurance_report": no}))
    assert case.state == "submitted"


def test_nobody_but_the_body_writes_it_and_nobody_begins_one(db):
    case = asked()
    for stranger in (make_user("Rea", "registrar"), make_user("Eva", "evaluator"), make_signatory(school("Elsewhere"))):
        with pytest.raises(NotAllowed):
            services.save_return(case_id=case.pk, by=stranger, values={"learners": 1})
        with pytest.raises(NotAllowed):
            kinds.get(RETURN).record.begin(about=case.provider_return.provider.number, by=stranger)
    assert signed_in(case.signatory).get(f"/portal/start/{RETURN}/").status_code == 404


def test_the_form_of_the_portal_keeps_what_can_be_read(db):
    case = asked()
    client, at = signed_in(case.signatory), f"/portal/cases/{case.reference}/edit/"
    form = client.get(at).content.decode()
    assert "Assurance report" in form and "An independent accountant has reported" in form
    sent = {"revision": case.revision, "learners": "many", "staff": "9", "attested_annual_return": "yes",
            "attested_assurance_report": "no", "remark_assurance_report": "He is ill."}  # fmt: skip
    response = client.post(at, sent)
    assert response.status_code == 422 and "Write a whole number." in response.content.decode()
    record = ProviderReturn.objects.get(pk=case.pk)
    assert (record.learners, record.staff, record.declared) == (None, 9, False)
    assert record.answers["annual_return"]["attested"] is True
    assert record.answers["statutory_declaration"]["attested"] is None
    assert record.answers["assurance_report"] == {"attested": False, "remark": "He is ill."}
    again = {**sent, "revision": read(case.pk, case.signatory).revision, "learners": "120", "declared": "on"}
    assert client.post(at, again).status_code == 302
    assert ProviderReturn.objects.get(pk=case.pk).learners == 120


def test_it_begins_with_what_was_handed_in_last_but_each_attestation_is_made_anew(db):
    """Last year's figures and remarks are there; nothing of another obligation, or of what was never handed in."""
    answers = COMPLETE[ANNUAL]["answers"] | {"annual_return": {"attested": True, "remark": "In two volumes."}}
    before = submitted(written(answers=answers))
    provider, signatory = before.provider_return.provider, before.signatory
    run(date(2029, 1, 1))
    case = read(opened(provider)[1].case_id, signatory)
    filled = kinds.get(RETURN).record.initial(case)
    assert (filled["learners"], filled["staff"], filled["declared"]) == (120, 9, False)
    assert filled["remark_annual_return"] == "In two volumes." and "attested_annual_return" not in filled
    html = signed_in(signatory).get(f"/portal/cases/{case.reference}/edit/").content.decode()
    assert "In two volumes." in html and 'value="120"' in html and "checked" not in html
    assert case.provider_return.learners is None, "nothing is said until somebody has saved it"
    services.save_return(case_id=case.pk, by=signatory, values={"learners": 80, "answers": {"annual_return": {}}})
    run(date(2030, 1, 1))
    third = read(opened(provider)[2].case_id, signatory)
    assert kinds.get(RETURN).record.initial(third)["learners"] == 120, "what was not handed in is no report"


# -- what officers see -------------------------------------------------------------------------------------------------


def test_until_it_is_handed_in_officers_see_that_it_is_open_and_nothing_of_what_is_written(db):
    case = written(
        learners=4711, answers=COMPLETE[ANNUAL]["answers"] | {"annual_return": {"attested": True, "remark": "Psst."}}
    )
    for name in ("evaluator", "review_officer", "registrar", "auditor"):
        html = page(officer(name), case)
        assert "It has not been handed in." in html and "2028-05-31" in html
        assert "4711" not in html and "Psst." not in html and "annual_return.txt" not in html
    file = Evidence.objects.filter(case=case).first()
    address = f"/portal/cases/{case.reference}/evidence/{file.pk}/"
    report = officer("auditor").get(f"/admin/registry/case/{case.pk}/report/").content.decode()
    assert "annual_return.txt" not in report and "4711" not in report
    assert officer("evaluator").get(address).status_code == 404
    assert signed_in(case.signatory).get(address).status_code == 200
    assert "4711" in page_of(case) and "Psst." in page_of(case)
    handed_in = submitted(case)
    html = page(officer("evaluator"), handed_in)
    assert "4711" in html and "annual_return.txt" in html
    assert officer("evaluator").get(address).status_code == 200


def test_the_portal_says_until_when_it_is_the_bodys_turn(db):
    html = words(page_of(asked()))
    assert "Yours, until 31 May 2028" in html and "There is no last day" not in html
    assert "The authority sees that it is open" in html


def test_it_is_judged_point_by_point_recommended_and_decided_by_somebody_else(db):
    case = submitted()
    eva = make_user("Eva", "review_officer", "decision_maker")
    desk.start_evaluation(case_id=case.pk, by=eva, now=at_noon(AFTER))
    with pytest.raises(
        NotAllowed, match="Judge these criteria first: Annual return, Statutory declaration, Assurance report"
    ):
        desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="Fine.", now=at_noon(AFTER))
    for name in DOCUMENTS:
        desk.judge(case_id=case.pk, by=eva, criterion=name, verdict="met", reason="Seen.", now=at_noon(AFTER))
    desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="Fine.", now=at_noon(AFTER))
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, by=eva)
    decide(case)
    case = read(case.pk, case.signatory)
    assert case.state == "approved" and kinds.get(RETURN).states[case.state] == "accepted"
    assert case.letters.filter(kind="decision").exists()


@pytest.mark.parametrize("outcome", ["approved", "declined"])
def test_nothing_of_a_return_becomes_public(db, outcome):
    case = recommended()
    provider = case.provider_return.provider
    before, said = Change.objects.count(), document_of(provider.number)
    decide(case, outcome)
    assert Change.objects.count() == before and document_of(provider.number) == said


def test_with_conditions_it_is_accepted_without_them_once_each_is_met(db):
    case = recommended()
    condition = {"text": "Send the signed copy.", "owner": "The school", "due_on": "2028-03-01"}
    (decision,) = decide(case, "approved_with_conditions", conditions={"return": [condition]})
    dana = make_user("Dana", "decision_maker")
    with pytest.raises(NotAllowed, match="has not been met"):
        decide(case, by=dana)
    desk.meet_condition(
        case_id=case.pk, by=make_user("Rea", "registrar"), condition_id=decision.conditions.get().pk, reason="It came.",
        now=at_noon(AFTER),
    )  # fmt: skip
    decide(case, by=dana)
    assert read(case.pk, case.signatory).state == "approved" and case.decisions.count() == 2


def test_a_statutory_action_may_be_begun_because_of_one_that_was_not_accepted_and_nothing_follows_by_itself(db):
    case = recommended()
    number = case.provider_return.provider.number
    rea = officer("registrar")
    address = reverse("admin:registry_case_begin", args=["provider_sanction", number])
    assert address not in page(rea, case)
    decide(case, "declined")
    assert kinds.get(RETURN).onward(read(case.pk, case.signatory)) == [("provider_sanction", number)]
    assert address in page(rea, case)
    assert not Case.objects.filter(kind="provider_sanction").exists()


# -- late --------------------------------------------------------------------------------------------------------------


def test_whoever_is_a_month_late_with_a_return_hands_in_no_new_application_and_the_query_is_one(
    db, django_assert_num_queries
):
    provider = asked(school(), day=AFTER).provider_return.provider
    (annual,) = opened(provider)
    for record in opened(provider, QUARTER):
        reports.close_report(
            case_id=record.case_id, by=make_user("Rea", "registrar"), reason="It was on paper.", now=at_noon(AFTER)
        )
    body, late = provider.organisation_id, reporting.levels_from(annual.due_on)[1]
    assert reporting.late_report(body, late - DAY) is None
    with django_assert_num_queries(1):
        assert reporting.late_report(body, late) == annual.case
    assert reporting.late_report(school("Elsewhere").organisation_id, late) is None


def level(case: Case, day: date) -> int:
    return reporting.level_on(Case.objects.get(pk=case.pk), day)


def test_more_time_and_handing_it_in_end_being_late(db):
    case = written(asked())
    late = date(2028, 8, 1)
    for record in opened(case.provider_return.provider, QUARTER):
        reports.close_report(
            case_id=record.case_id, by=make_user("Rea", "registrar"), reason="Paper.", now=at_noon(AFTER)
        )
    assert level(case, late) == 2
    reports.extend(
        case_id=case.pk, by=make_user("Rea", "registrar"), until=date(2028, 7, 31), reason="Ill.", now=at_noon(AFTER)
    )
    assert level(case, late) == 1
    assert "More time was given until" in page_of(case)
    assert ProviderReturn.objects.get(pk=case.pk).due_on == date(2028, 5, 31)
    desk.submit(case_id=case.pk, by=case.signatory, now=at_noon(late))
    assert level(case, late) == 0
    assert "Days late 1 " in words(page(officer("evaluator"), case))


def test_what_is_late_is_reminded_of_and_told_to_people_as_any_report_is(db):
    case = asked()
    officer("review_officer")
    assert reports.remind_of_reports(date(2028, 5, 24), now=at_noon(date(2028, 5, 24))) > 0
    reports.escalate_reports(date(2028, 6, 1), now=at_noon(date(2028, 6, 1)))
    subjects = set(Notice.objects.filter(case=case).values_list("subject", flat=True))
    assert any("overdue" in subject for subject in subjects)


def test_one_that_never_comes_is_judged_on_what_is_there_without_what_the_body_has_drafted(db):
    case = written(learners=4711)
    late = at_noon(date(2028, 9, 1))
    eva = make_user("Eva", "review_officer")
    reports.go_without(case_id=case.pk, by=eva, reason="It does not come.", now=late)
    html = page(signed_in(eva), case)
    assert "It has not been handed in." in html and "4711" not in html
    for name in DOCUMENTS:
        desk.judge(case_id=case.pk, by=eva, criterion=name, verdict="not_met", reason="Nothing came.", now=late)
    desk.recommend(case_id=case.pk, by=eva, outcome="declined", reason="Nothing came.", now=late)
    decide(case, "declined", now=late)
    assert read(case.pk, case.signatory).state == "declined"


# -- pages -------------------------------------------------------------------------------------------------------------


def _in_every_state():
    conditions = {"return": [{"text": "Sign it.", "owner": "The school", "due_on": "2030-01-31"}]}

    def returned():
        case = submitted()
        desk.return_incomplete(case_id=case.pk, by=make_user("Eva", "evaluator"), reason="A page is missing.")
        return case

    def closed():
        case = asked()
        reports.close_report(case_id=case.pk, by=make_user("Rea", "registrar"), reason="On paper.")
        return case

    def decided(outcome, **kwargs):
        case = recommended()
        decide(case, outcome, **kwargs)
        return case

    def evaluated():
        case = submitted()
        desk.start_evaluation(case_id=case.pk, by=make_user("Eva", "evaluator"))
        return case

    return {
        "draft": asked, "submitted": submitted, "returned": returned, "under_evaluation": evaluated,
        "recommended": recommended, "approved": lambda: decided("approved"),
        "approved_with_conditions": lambda: decided("approved_with_conditions", conditions=conditions),
        "declined": lambda: decided("declined"), "withdrawn": closed,
    }  # fmt: skip


@pytest.mark.parametrize("state", list(_in_every_state()))
def test_the_pages_of_the_portal_and_of_the_desk_are_there_in_each_state(db, state):
    case = _in_every_state()[state]()
    assert Case.objects.get(pk=case.pk).state == state
    label = str(kinds.get(RETURN).states[state])
    for role in ("evaluator", "review_officer", "decision_maker", "registrar", "auditor"):
        assert label in words(page(officer(role), case))
    assert "Annual return" in page_of(case)
    assert signed_in(case.signatory).get("/portal/").status_code == 200


def test_pages_and_lists_take_the_same_queries_for_few_and_many(db):
    provider = school(registered_on=date(2027, 11, 1))
    case = written(asked(provider))
    portal, staff = signed_in(case.signatory), officer("evaluator")
    addresses = [
        (portal, "/portal/"), (portal, f"/portal/cases/{case.reference}/"), (portal, f"/portal/cases/{case.reference}/edit/"),
        (staff, f"/admin/registry/case/{case.pk}/change/"), (staff, "/admin/registry/case/"),
    ]  # fmt: skip

    def counts() -> list[int]:
        found = []
        for client, address in addresses:
            with CaptureQueriesContext(connection) as asked_of_database:
                assert client.get(address).status_code == 200
            found.append(len(asked_of_database))
        return found

    counts()  # what is asked once in a process
    few = counts()
    run(date(2030, 1, 1))
    for n in range(5):
        upload = letter(f"{n}.txt", f"Part {n}".encode())
        desk.attach(case_id=case.pk, by=case.signatory, criterion="annual_return", upload=upload, now=at_noon(AFTER))
    assert ProviderReturn.objects.filter(provider=provider).count() == 12
    assert counts() == few


def test_a_file_is_attached_to_what_it_shows_on_the_page(db):
    case = asked()
    html = page_of(case)
    assert all(f'id="evidence-{name}"' in html for name in DOCUMENTS)
    response = signed_in(case.signatory).post(
        f"/portal/cases/{case.reference}/attach/", {"criterion": "assurance_report", "file": letter("report.txt")}
    )
    assert response.status_code == 302 and case.evidence.get().criterion == "assurance_report"


def test_an_officer_returns_it_as_incomplete_at_the_desk(db):
    case = submitted()
    response = act(
        officer("review_officer"), case, "return_incomplete", {"reason": "A page is missing.", "revision": ""}
    )
    assert response.status_code == 302 and read(case.pk, case.signatory).state == "returned"
