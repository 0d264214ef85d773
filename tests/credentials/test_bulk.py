"""Many entries are registered for a further term by one decision, with a dry run and exceptions (edge case 34)."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from credentials import bulk
from credentials.models import BulkRow, Credential
from credentials.services import bulk_publishing
from credentials.services.bulk import begin_reregistration, save_reregistration
from credentials.services.standing import period
from registry import copying, daily, journal
from registry.casework import services as desk
from registry.celery import app
from registry.errors import Conflict, NotAllowed, RuleViolations
from registry.models import Case, Change, Notice, User
from registry.search import follower
from registry.verification import differences
from tests.builders import decide, document_of, make_provider, make_signatory, make_user
from tests.credentials import many, wrongs
from tests.credentials.many import ENDS, TERM, TODAY, decided, handed_on, make_ending, make_imported, reregistration
from tests.desk import act, officer, page, words
from tests.registry.test_clock import at
from tests.together import at_once

APPLIES, EXCEPTED, CANNOT, PUBLISHED, LEFT_OUT = BulkRow.Standing.values


def standings(case: Case) -> dict[str, str]:
    return {line.number: str(line.standing) for line in bulk.lines_of(Case.objects.get(pk=case.pk))}


def problems(case: Case) -> list[str]:
    return [v.message for v in desk.broken_rules(Case.objects.get(pk=case.pk)) if v.severity == "error"]


# -- the decision ------------------------------------------------------------------------------------------------------


def test_case_34_one_decision_registers_many_entries_for_a_further_term_apart_from_the_named_exceptions(db):
    first, second, excepted = make_ending(3)
    (other,) = make_ending(1, expiring_from=ENDS + timedelta(days=90))
    case = reregistration(exceptions=[f"{excepted.number}: no longer offered, and nobody is enrolled"])
    assert standings(case) == {first.number: APPLIES, second.number: APPLIES, excepted.number: EXCEPTED}
    before = {c.number: document_of(c.number) for c in (excepted, other)}

    decision = decided(case)

    for credential in (first, second):
        document = document_of(credential.number)
        assert document["expiring_from"] == TERM["expiring_from"].isoformat()
        assert document["expiry_end"] == TERM["expiry_end"].isoformat()
        assert document["last_award"] == TERM["last_award"].isoformat()
        assert document["decisions"][-1]["number"] == decision.number
        change = Change.objects.of(credential.number).last()
        assert (change.action, change.decision_number) == ("revised", decision.number)
        kept = Credential.objects.get(pk=credential.pk)
        assert kept.expiring_from == TERM["expiring_from"]
        latest = kept.revisions.latest_public()
        assert (latest.number, latest.title, document["revision"]) == (2, document["title"], 2)
    assert {c.number: document_of(c.number) for c in (excepted, other)} == before
    assert Change.objects.filter(decision_number=decision.number).count() == 2
    follower.catch_up()
    assert list(differences()) == []


def test_the_last_day_to_start_is_that_of_the_law_where_none_is_decided_and_is_stored(db):
    (credential,) = make_ending(1)
    decided(reregistration())
    lawful = (TERM["expiring_from"] - timedelta(days=1)).isoformat()
    assert document_of(credential.number)["last_new_enrolment"] == lawful


def test_case_35_another_last_day_to_start_than_the_law_gives_stands_and_the_difference_is_told(db):
    (credential,) = make_ending(1)
    decided_day = TERM["expiring_from"] + timedelta(days=365)
    case = reregistration(last_new_enrolment=decided_day)
    (warning,) = desk.broken_rules(case)
    assert warning.severity == "warning" and decided_day.isoformat() in warning.message
    assert (TERM["expiring_from"] - timedelta(days=1)).isoformat() in warning.message
    decided(case)
    assert document_of(credential.number)["last_new_enrolment"] == decided_day.isoformat()


def test_what_was_frozen_is_decided_and_an_entry_whose_days_altered_meanwhile_is_left_out_and_named(db):
    steady, altered, removed = make_ending(3)
    (late,) = make_ending(1, expiring_from=ENDS + timedelta(days=90))
    case = handed_on(reregistration())
    with transaction.atomic():
        altered.expiring_from = ENDS + timedelta(days=1)
        altered.save(update_fields=["expiring_from"])
        late.expiring_from = ENDS
        late.save(update_fields=["expiring_from"])
    wrongs.confirmed(wrongs.proposed_removal(removed.number))
    assert "1 to be changed; 2 left out" in words(page(officer("decision_maker"), case)), "read before it is decided"

    decide(case)

    assert standings(case) == {steady.number: PUBLISHED, altered.number: LEFT_OUT, removed.number: LEFT_OUT}
    why = {line.number: str(line.reason) for line in bulk.lines_of(Case.objects.get(pk=case.pk)) if line.why}
    assert "changed after" in why[altered.number] and "removed" in why[removed.number]
    assert Credential.objects.get(pk=altered.pk).expiring_from == ENDS + timedelta(days=1)
    assert document_of(late.number)["revision"] == 1
    shown = words(page(officer("auditor"), case))
    assert altered.number in shown and "Its days were changed after this had been handed on." in shown


def test_what_is_suspended_discontinued_removed_or_replaced_cannot_be_and_the_dry_run_says_why(db):
    fine, suspended, replaced, discontinued, removed = make_ending(5)
    suspended.suspensions = [period(TODAY, None)]
    replaced.replaced_by = [{"number": fine.number}]
    discontinued.expiry_end = TODAY - timedelta(days=1)
    for credential in (suspended, replaced, discontinued):
        many.said_again(credential)
    wrongs.confirmed(wrongs.proposed_removal(removed.number))
    case = reregistration()
    found = {line.number: (str(line.standing), line.why) for line in bulk.lines_of(case)}
    assert found == {
        fine.number: (APPLIES, ""), suspended.number: (CANNOT, "suspended"), replaced.number: (CANNOT, "replaced"),
        discontinued.number: (CANNOT, "discontinued"), removed.number: (CANNOT, "removed"),
    }  # fmt: skip
    shown = words(page(officer("evaluator"), case))
    assert "1 to be changed; 4 not possible" in shown
    assert "It is suspended: it is decided about by itself." in shown
    decided(case)
    assert [n for n, standing in standings(case).items() if standing == PUBLISHED] == [fine.number]


@pytest.mark.parametrize(
    ("narrowed", "chosen"),
    [
        ({"kinds": ["micro_credential"]}, {"micro"}), ({"level": "6"}, {"six"}), ({"field": "07"}, {"micro", "six"}),
        ({"field": "7"}, set()), ({"ends_by": "expiry_end"}, {"last"}),
    ],
)  # fmt: skip
def test_a_filter_selects_by_kind_level_field_and_the_day_that_is_the_end(db, narrowed, chosen):
    (micro,) = make_imported({"kind": "micro_credential", "expiring_from": ENDS})
    (six,) = make_imported({"expiring_from": ENDS}, level="6")
    (last,) = make_imported({"expiry_end": ENDS}, code="1013")
    names = {micro.number: "micro", six.number: "six", last.number: "last"}
    assert {names[number] for number in standings(reregistration(**narrowed))} == chosen


def test_a_filter_selects_by_the_awarding_body_however_its_number_is_written(db):
    harbour, kestrel = make_provider(), make_provider("Kestrel College")
    (own,) = make_ending(1, harbour)
    make_ending(1, kestrel)
    loosely = harbour.number.lower().replace("-", " ")
    assert set(standings(reregistration(provider=loosely))) == {own.number}


# -- what is written badly -------------------------------------------------------------------------------------------


def test_each_bad_line_is_answered_by_its_line_keeps_none_of_the_others_and_is_not_lost(db):
    first, second, third = make_ending(3)
    (elsewhere,) = make_ending(1, expiring_from=ENDS + timedelta(days=90))
    lines = [
        f"{first.number} is no longer offered", "no number at all", second.number, f"{first.number}: again",
        f"{elsewhere.number}: not among them",
    ]  # fmt: skip
    case = reregistration(exceptions=lines)
    assert problems(case) == [
        "Line 2: “no number at all” begins with no register number.", "Line 3: give a reason after the number.",
        f"Line 4: {first.number} is named twice.", f"Line 5: {elsewhere.number} is not among the selected entries.",
    ]  # fmt: skip
    with pytest.raises(RuleViolations):
        desk.submit(case_id=case.pk, by=case.officer)
    case.reregistration.refresh_from_db()
    assert case.reregistration.exceptions == lines
    assert standings(case) == {first.number: EXCEPTED, second.number: APPLIES, third.number: APPLIES}


def test_a_list_may_be_pasted_and_a_line_that_names_no_entry_is_answered(db):
    first, _second = make_ending(2)
    case = reregistration(numbers=[first.number.lower(), "NQ-999999", "what?"])
    assert set(standings(case)) == {first.number}
    assert problems(case) == ["Line 3: “what?” is no register number.", "NQ-999999 is no entry of the register."]
    assert "not both" in problems(reregistration(numbers=[first.number], level="4"))[0]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"expiring_from": None}, "from now on"),
        ({"ends_until": None}, "between which days"),
        ({"ends_until": ENDS - timedelta(days=50)}, "before the first one"),
        ({"expiry_end": TERM["expiring_from"] - timedelta(days=1)}, "comes after"),
        ({"last_new_enrolment": TERM["expiry_end"] + timedelta(days=1)}, "Nobody starts"),
        ({"last_award": TERM["expiring_from"] - timedelta(days=1)}, "Awards are made"),
        ({"level": "10"}, "No entry is selected"),
    ],
)
def test_days_that_do_not_follow_one_another_and_a_filter_that_selects_nothing_are_refused(db, values, told):
    make_ending(1)
    case = reregistration(**values)
    with pytest.raises(RuleViolations, match=told):
        desk.submit(case_id=case.pk, by=case.officer)


def test_a_term_that_has_begun_to_end_is_not_handed_on(db):
    make_ending(1)
    case = reregistration(expiring_from=TODAY, expiry_end=None, last_award=None)
    with pytest.raises(NotAllowed, match="choose a later day"):
        desk.submit(case_id=case.pk, by=case.officer)


def test_a_new_draft_selects_nothing_and_says_so(db):
    rita = make_user("Rita", "registrar")
    make_ending(1)
    case = begin_reregistration(by=rita)
    shown = words(page(officer("registrar"), case))
    assert "No entry is selected." in shown and "Say between which days" in shown


# -- more than one transaction may hold ------------------------------------------------------------------------------


def test_more_entries_than_a_batch_are_published_batch_by_batch_after_the_decision_and_each_once(db, monkeypatch):
    monkeypatch.setattr(journal, "BATCH", 4)
    credentials = make_ending_in_fours(10)
    case = reregistration()
    decision = decided(case)
    assert set(standings(case).values()) == {APPLIES}, "the decision itself publishes nothing"
    assert not Change.objects.filter(decision_number=decision.number).exists()

    with transaction.atomic():
        assert bulk_publishing.publish_batch(case, now=timezone.now()) == 4
    assert sorted(standings(case).values()) == [APPLIES] * 6 + [PUBLISHED] * 4
    assert not Notice.objects.filter(key__startswith="bulk:").exists(), "killed here, nobody has been told anything"

    assert bulk_publishing.publish_due() == 6
    assert bulk_publishing.publish_due() == 0
    assert set(standings(case).values()) == {PUBLISHED}
    made = Change.objects.filter(decision_number=decision.number)
    assert sorted(made.values_list("number", flat=True)) == sorted(c.number for c in credentials)


def test_two_workers_at_once_publish_each_entry_once_and_tell_each_body_once(committing_db, monkeypatch):
    monkeypatch.setattr(journal, "BATCH", 4)
    credentials = make_ending_in_fours(10)
    make_signatory(credentials[0].awarding_body)
    with transaction.atomic():
        decision = decided(reregistration())
    settled = at_once(bulk_publishing.publish_due, bulk_publishing.publish_due)
    assert sum(settled) == 10
    made = Change.objects.filter(decision_number=decision.number).values_list("number", flat=True)
    assert sorted(made) == sorted(c.number for c in credentials)
    assert Notice.objects.filter(key__startswith="bulk:").count() == 1


def test_a_worker_that_is_killed_within_a_batch_leaves_nothing_of_it_and_the_next_one_does_all(db, monkeypatch):
    monkeypatch.setattr(journal, "BATCH", 4)
    make_ending_in_fours(6)
    case = reregistration()
    decision = decided(case)
    with monkeypatch.context() as patched:
        patched.setattr(copying, "update", killed)
        with pytest.raises(KeyboardInterrupt):
            bulk_publishing.publish_due()
    assert set(standings(case).values()) == {APPLIES}
    assert not Change.objects.filter(decision_number=decision.number).exists()
    assert bulk_publishing.publish_due() == 6 and set(standings(case).values()) == {PUBLISHED}


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def make_ending_in_fours(number: int) -> list[Credential]:
    """The register is built within the same limit."""
    body = make_provider()
    return [c for start in range(0, number, 4) for c in make_ending(min(4, number - start), body)]


def test_the_daily_step_publishes_what_is_left_and_so_does_the_task_of_every_minute(db, settings):
    assert "publish_bulk" in {step.name for step in daily.every()}
    assert settings.CELERY_BEAT_SCHEDULE["publish-bulk"]["task"] == bulk_publishing.PUBLISH
    app.loader.import_default_modules()
    assert bulk_publishing.PUBLISH in app.tasks


def test_a_decision_that_takes_effect_later_alters_nothing_before_its_day(db):
    (credential,) = make_ending(1)
    later = TODAY + timedelta(days=10)
    decision = decided(reregistration(), effective_on=later)
    assert bulk_publishing.publish_due() == 0 and document_of(credential.number)["revision"] == 1
    assert desk.release_due(later, now=at(later)) == 1
    assert document_of(credential.number)["decisions"][-1]["number"] == decision.number


def test_a_refusal_alters_nothing(db):
    (credential,) = make_ending(1)
    case = reregistration()
    decided(case, outcome="declined")
    assert bulk_publishing.publish_due() == 0
    assert document_of(credential.number)["revision"] == 1 and not Notice.objects.filter(key__startswith="bulk:")


# -- who is told, and who may ----------------------------------------------------------------------------------------


def test_each_body_is_told_once_with_the_count_and_the_officer_what_came_of_it(db):
    harbour, kestrel = make_provider(), make_provider("Kestrel College")
    sina, kim = make_signatory(harbour, "Sina"), make_signatory(kestrel, "Kim")
    own = make_ending(3, harbour)
    make_ending(1, kestrel)
    case = reregistration(exceptions=[f"{own[0].number} is replaced soon"])
    decision = decided(case)
    bulk_publishing.publish_due()
    bulk_publishing.publish_due()

    (told,) = Notice.objects.filter(person=sina)
    assert decision.number in told.subject and "2 of your entries" in told.subject
    assert (
        own[1].number in told.body and own[0].number not in told.body and TERM["expiring_from"].isoformat() in told.body
    )
    assert Notice.objects.filter(person=kim).count() == 1
    (result,) = Notice.objects.filter(person=case.officer, case=case)
    assert "3 entries have been changed and 0 were left out" in result.body


def test_registrars_and_evaluators_begin_it_from_the_list_of_entries_and_others_are_not_offered_it(db):
    list_of_entries, begin = (
        "/admin/credentials/credential/",
        "/admin/registry/case/begin/bulk_reregistration/register/",
    )
    for role in ("registrar", "evaluator"):
        client = officer(role)
        assert begin in client.get(list_of_entries).content.decode()
        assert "About many entries" in client.get(begin).content.decode()
        assert client.post(begin).status_code == 302
    for role in ("decision_maker", "auditor"):
        client = officer(role)
        assert begin not in client.get(list_of_entries).content.decode()
        assert client.post(begin).status_code == 403
    assert Case.objects.filter(kind="bulk_reregistration").count() == 2
    with pytest.raises(NotAllowed):
        begin_reregistration(by=make_user("Ada", "auditor"))


def test_whoever_wrote_it_does_not_decide_it(db):
    make_ending(1)
    both = make_user("Rob", "registrar", "decision_maker")
    case = handed_on(reregistration(both))
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, both)


def test_an_officer_writes_it_on_the_page_of_the_case_and_a_decision_maker_reads_the_dry_run_and_decides(db):
    first, second = make_ending(2)
    rita = officer("registrar")
    rita.post("/admin/registry/case/begin/bulk_reregistration/register/")
    case = Case.objects.get(kind="bulk_reregistration")
    typed = {name: str(value) for name, value in {**many.SELECTED, **TERM}.items()}
    typed["exceptions"] = f"{second.number}, not meeting the requirements"
    assert act(rita, case, "edit", typed | {"revision": case.revision}).status_code == 302
    case.refresh_from_db()
    assert act(rita, case, "edit", typed | {"expiring_from": "soon", "revision": case.revision}).status_code == 422
    assert act(rita, case, "hand_on", {"revision": case.revision}).status_code == 302
    dana = officer("decision_maker")
    shown = words(page(dana, case))
    assert first.number in shown and f"{ENDS} → {TERM['expiring_from']}" in shown
    assert "not meeting the requirements" in shown
    case.refresh_from_db()
    answer = act(dana, case, "decide", {"reregistration": "approved", "reason": "All fit.", "revision": case.revision})
    assert answer.status_code == 302
    assert document_of(first.number)["revision"] == 2 and document_of(second.number)["revision"] == 1


def test_the_report_of_the_case_and_the_preview_of_its_decision_are_there_for_it_too(db):
    (credential,) = make_ending(1)
    case = handed_on(reregistration(exceptions=[]))
    report = officer("auditor").get(f"/admin/registry/case/{case.pk}/report/")
    assert report.status_code == 200 and case.submissions.get().content["content"]["sha256"] in report.content.decode()
    typed = {"reregistration": "approved", "reason": "All fit.", "revision": case.revision}
    preview = act(officer("decision_maker"), case, "preview", typed)
    assert preview.status_code == 200 and "All fit." in preview.content.decode()
    assert document_of(credential.number)["revision"] == 1, "a preview records nothing"


def test_the_whole_list_is_a_file_that_no_spreadsheet_runs_and_strangers_do_not_read(db):
    (credential,) = make_ending(1)
    case = reregistration(exceptions=[f"{credential.number} =1+1 is what they said"])
    address = f"/admin/credentials/bulkrow/{case.pk}/entries.csv"
    text = b"".join(officer("auditor").get(address).streaming_content).decode("utf-8-sig")
    header, line = text.splitlines()
    assert header.startswith("number,title,standing,why,expiring_from_before") and credential.number in line
    assert ",'=1+1 is what they said," in line
    assert officer("administrator").get(address).status_code == 403
    assert (
        officer("auditor")
        .get(f"/admin/credentials/bulkrow/{wrongs.removal(credential.number).pk}/entries.csv")
        .status_code
        == 404
    )


def test_a_colleague_who_saved_meanwhile_is_not_overwritten(db):
    make_ending(1)
    case = reregistration()
    with pytest.raises(Conflict):
        save_reregistration(
            case_id=case.pk, by=case.officer, values={"level": "9"}, expected_revision=case.revision - 1
        )


def test_no_notice_goes_to_somebody_who_acts_for_none_of_the_bodies(db):
    stranger: User = make_signatory(make_provider("Elsewhere"), "Otto")
    make_ending(2)
    decided(reregistration())
    bulk_publishing.publish_due()
    assert not Notice.objects.filter(person=stranger).exists()
