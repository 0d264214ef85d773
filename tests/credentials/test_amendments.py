"""Changing what is public: drafted by one officer, decided by another, and nothing that was public is written over."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from credentials import proposals, services
from credentials.models import Amendment, Credential, Revision
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.models import Case, Change, Entry
from registry.status import status_on
from registry.verification import differences
from tests.builders import document_of, make_listed, make_provider, make_user
from tests.together import at_once

TODAY = current.today()
SOON = TODAY + timedelta(days=30)


@pytest.fixture
def listed(db) -> Credential:
    """A micro-credential on the register: level 4, 10 credits."""
    return make_listed()


@pytest.fixture
def grace(db):
    return make_user("Grace", "registrar")


@pytest.fixture
def dana(db):
    return make_user("Dana", "decision_maker")


def amend(credential, by, content=None, **values) -> Amendment:
    amendment = services.propose(credential_id=credential.pk, by=by)
    return services.save_amendment(case_id=amendment.case_id, by=by, values={"content": content or {}, **values})


def handed_on(credential, by, content=None, **values) -> Amendment:
    amendment = amend(credential, by, content, **values)
    services.submit_amendment(case_id=amendment.case_id, by=by)
    return amendment


def decide(amendment, by, outcome="approved", **kwargs):
    return desk.decide(
        case_id=amendment.case_id, by=by, outcomes={"amendment": outcome}, reason="The need has moved on.", **kwargs
    )


PURPOSE = {"purpose": {"en": "Prepares site supervisors to inspect scaffolds before and after use."}}
TITLE = {"titles": {"en": "Scaffold inspection and repair"}}


# -- a further revision ------------------------------------------------------------------------------------------------


def test_an_approved_change_is_a_further_revision_of_the_same_entry(listed, grace, dana):
    amendment = handed_on(listed, grace, PURPOSE)
    (decision,) = decide(amendment, dana)
    said = document_of(listed.number)
    assert (said["revision"], said["purpose"], said["title"]) == (2, PURPOSE["purpose"], "Scaffold inspection")
    assert said["effective_from"] == TODAY.isoformat() and said["listed_on"] == TODAY.isoformat()
    change = Change.objects.of(listed.number).last()
    assert (change.action, change.revision, change.decision_number) == ("revised", 2, decision.number)
    assert set(change.changed_fields) == {"purpose", "decisions"}
    amendment.refresh_from_db()
    assert amendment.category == "A"


def test_what_was_public_stays_as_it_was(listed, grace, dana):
    before = bytes(Change.objects.of(listed.number).get().document)
    decide(handed_on(listed, grace, PURPOSE), dana)
    assert bytes(Change.objects.of(listed.number).first().document) == before
    first, second = listed.revisions.public()
    assert first.purpose != second.purpose == PURPOSE["purpose"]


@pytest.mark.parametrize(
    "change",
    [{"title": "Another"}, {"details": {"type": "x"}}, {"effective_from": date(2020, 1, 1)}, {"number": 7}],
    ids=lambda change: next(iter(change)),
)
def test_the_database_refuses_any_change_of_a_public_revision(listed, change):
    with pytest.raises(DatabaseError, match="is decided"), transaction.atomic():
        Revision.objects.filter(credential=listed).update(**change)


def test_the_database_refuses_to_delete_a_public_revision(listed):
    with pytest.raises(DatabaseError, match="is decided"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("delete from credentials_revision where credential_id = %s", [listed.pk])


def test_an_amendment_that_is_declined_or_withdrawn_publishes_nothing(listed, grace, dana):
    decide(handed_on(listed, grace, PURPOSE), dana, outcome="declined")
    withdrawn = handed_on(listed, grace, TITLE)
    desk.withdraw(case_id=withdrawn.case_id, by=grace)
    assert Change.objects.of(listed.number).count() == 1
    assert listed.revisions.public().count() == 1
    # Neither keeps the entry from being amended again.
    decide(handed_on(listed, grace, PURPOSE), dana)
    assert document_of(listed.number)["revision"] == 2


# -- who ---------------------------------------------------------------------------------------------------------------


def test_who_drafted_an_amendment_cannot_decide_it(listed):
    both = make_user("Bo", "registrar", "decision_maker")
    amendment = handed_on(listed, both, PURPOSE)
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(amendment, both)
    assert document_of(listed.number)["revision"] == 1


@pytest.mark.parametrize("role", ["registrar", "evaluator"])
def test_whoever_proposes_is_recorded_in_the_role_that_they_have(listed, role):
    amendment = services.propose(credential_id=listed.pk, by=make_user("Otto", role))
    assert [event.role for event in amendment.case.events.all()] == [role]


@pytest.mark.parametrize("role", ["decision_maker", "auditor", "administrator", "review_officer"])
def test_no_other_role_proposes(listed, role):
    with pytest.raises(NotAllowed, match="registrar or an evaluator"):
        services.propose(credential_id=listed.pk, by=make_user("Otto", role))


def test_the_body_that_awards_it_sees_nothing_of_it_and_is_told_the_decision(listed, grace, dana):
    body = listed.awarding_body.organisation
    amendment = handed_on(listed, grace, PURPOSE)
    assert amendment.case not in Case.objects.of_organisations([body])
    assert amendment.case in Case.objects.for_user(dana)
    decide(amendment, dana)
    notice = amendment.case.notices.get(person__memberships__organisation=body)
    assert f"{listed.number} is now in revision 2." in notice.body


def test_a_draft_is_not_in_the_queue(listed, grace, dana):
    amendment = amend(listed, grace, PURPOSE)
    assert amendment.case not in Case.objects.for_user(dana)


# -- two at once -------------------------------------------------------------------------------------------------------


def test_an_entry_has_one_open_amendment(listed, grace):
    first = amend(listed, grace, PURPOSE)
    with pytest.raises(Conflict, match=first.case.reference):
        services.propose(credential_id=listed.pk, by=grace)


def test_two_officers_who_propose_at_once_make_one_amendment(committing_db):
    listed, grace = make_listed(), make_user("Grace", "registrar")
    said = at_once(*[lambda: services.propose(credential_id=listed.pk, by=grace).case.reference] * 2)
    assert Amendment.objects.count() == 1
    assert sorted("already" in str(outcome) for outcome in said) == [False, True]


def test_a_colleagues_words_are_not_overwritten_unseen(listed, grace):
    amendment = amend(listed, grace, PURPOSE)
    seen = amendment.case.revision
    services.save_amendment(case_id=amendment.case_id, by=grace, values={"content": TITLE}, expected_revision=seen)
    with pytest.raises(Conflict, match="Somebody else changed"):
        services.save_amendment(case_id=amendment.case_id, by=grace, values={"content": {}}, expected_revision=seen)
    amendment.revision.refresh_from_db()
    assert amendment.revision.title == TITLE["titles"]["en"]


def test_a_revision_that_became_public_meanwhile_is_looked_at_before_the_amendment_goes_on(listed, grace, dana):
    amendment = amend(listed, grace, PURPOSE)
    overtake(listed)
    with pytest.raises(NotAllowed, match="Revision 2 is public meanwhile; this is based on 1"):
        services.submit_amendment(case_id=amendment.case_id, by=grace)
    services.rebase(case_id=amendment.case_id, by=grace)
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment, dana)
    assert document_of(listed.number)["revision"] == 3


def test_a_revision_that_became_public_after_the_handing_on_holds_the_decision(listed, grace, dana):
    amendment = handed_on(listed, grace, PURPOSE)
    overtake(listed)
    with pytest.raises(NotAllowed, match="Revision 2 is public meanwhile"):
        decide(amendment, dana)
    desk.send_back(case_id=amendment.case_id, by=dana, reason="Look at revision 2 first.")
    services.rebase(case_id=amendment.case_id, by=grace)
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment, dana)
    assert document_of(listed.number)["purpose"] == PURPOSE["purpose"]


def overtake(credential: Credential) -> None:
    """Another revision becomes public while an amendment is open, as an import of a changed row makes one."""
    from credentials import publishing
    from registry import journal

    with transaction.atomic():
        other = credential.revisions.latest_public().copied(entry_requirements={"en": "None."})
        other.number = journal.publish(publishing.credential_document(credential, other), effective_from=TODAY).revision
        other.save()


# -- categories A to D -------------------------------------------------------------------------------------------------


def test_what_alters_nothing_is_not_handed_on(listed, grace):
    amendment = amend(listed, grace)
    with pytest.raises(RegisterError, match="Nothing is altered yet"):
        services.submit_amendment(case_id=amendment.case_id, by=grace)


@pytest.mark.parametrize(
    ("content", "category"),
    [
        (PURPOSE, "A"),
        ({"languages": ["en", "mi"]}, "A"),
        (TITLE, "B"),
        ({"assessment": {"en": "A written test."}}, "B"),
        ({"level": "5"}, "C"),
        ({"credits": "12.5"}, "C"),
        ({"learning_outcomes": [{"text": {"en": "Repair a scaffold."}}]}, "C"),
        ({**PURPOSE, "credits": "12.5"}, "C"),
    ],
)
def test_the_category_follows_from_the_fields_that_are_altered(listed, grace, content, category):
    assert proposals.proposed_category(amend(listed, grace, content)).code == category


def test_a_significant_change_makes_another_entry_in_the_place_of_this_one(listed, grace, dana):
    amendment = handed_on(
        listed, grace, {"credits": "20"}, category="C", equivalence="not_equivalent",
        transition_note={"en": "Holders keep what they have."}, entry={"expiring_from": SOON.isoformat()},
    )  # fmt: skip
    decide(amendment, dana)
    old = document_of(listed.number)
    (link,) = old["replaced_by"]
    new = document_of(link["number"])
    assert (new["credits"], new["notional_hours"], old["credits"], new["revision"]) == ("20", "200", "10", 1)
    assert link == {
        "number": new["number"], "equivalence": "not_equivalent", "note": {"en": "Holders keep what they have."},
    }  # fmt: skip
    assert new["replaces"] == [link | {"number": listed.number}]
    assert (old["expiring_from"] == SOON.isoformat() and "expiring_from" not in new) or new["expiring_from"] is None
    assert (status_on(old, SOON), status_on(new, SOON)) == ("expiring", "current")
    assert old["last_new_enrolment"] == (SOON - timedelta(days=1)).isoformat()


def test_a_replacement_says_whether_it_is_equivalent(listed, grace):
    amendment = amend(listed, grace, {"credits": "20"}, category="C")
    with pytest.raises(RegisterError, match="equivalent"):
        services.submit_amendment(case_id=amendment.case_id, by=grace)


def test_another_category_than_the_proposed_one_is_chosen_with_a_reason(listed, grace, dana):
    amendment = amend(listed, grace, {"credits": "20"}, category="B")
    with pytest.raises(RegisterError, match="makes category C"):
        services.submit_amendment(case_id=amendment.case_id, by=grace)
    values = {"category_reason": "A slip of the first application: 20 was meant."}
    services.save_amendment(case_id=amendment.case_id, by=grace, values=values)
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment, dana)
    assert (document_of(listed.number)["credits"], Entry.objects.credentials().count()) == ("20", 1)


def test_a_draft_that_is_no_replacement_after_all_gives_its_credential_back(listed, grace):
    amendment = amend(listed, grace, {"credits": "20"}, category="C", equivalence="equivalent")
    assert Credential.objects.count() == 2
    services.save_amendment(case_id=amendment.case_id, by=grace, values={"category": "B"})
    assert Credential.objects.count() == 1
    amendment.refresh_from_db()
    assert amendment.revision.credential_id == listed.pk


def ending(listed, by, **values) -> Amendment:
    entry = {"expiring_from": SOON.isoformat(), "expiry_end": "2030-12-31"}
    return amend(listed, by, **{"entry": entry, "transition_note": {"en": "Finish by then."}, **values})


def test_an_end_without_a_successor_is_of_category_d(listed, grace, dana):
    amendment = ending(listed, grace)
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment, dana)
    amendment.refresh_from_db()
    said = document_of(listed.number)
    assert amendment.category == "D"
    assert (status_on(said, SOON), status_on(said, date(2031, 1, 1))) == ("expiring", "discontinued")


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ({"entry": {"expiring_from": SOON.isoformat()}}, "Say on which day: Last day"),
        ({"transition_note": {}}, "how learners who have started can finish"),
    ],
)
def test_case_1_an_end_is_on_record_with_its_day_and_with_how_learners_can_finish(listed, grace, missing, message):
    amendment = ending(listed, grace, **missing)
    with pytest.raises(RegisterError, match=message):
        services.submit_amendment(case_id=amendment.case_id, by=grace)


def test_case_1_the_page_of_a_discontinued_entry_says_who_may_still_be_awarded_it(listed, grace, dana, client):
    amendment = ending(listed, grace)
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment, dana)
    before = client.get(f"/q/{listed.number}?as_at=2030-12-31").content.decode()
    after = client.get(f"/q/{listed.number}?as_at=2031-01-01").content.decode()
    assert "Finish by then." in before and "Finish by then." in after
    assert "Learners who have started must finish by 31 December 2030." in before
    assert "It may be awarded only to those who met every requirement by 31 December 2030." in after
    assert "New learners may not start." in before and "New learners may not start." in after


# -- dates -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "last"), [("nz", date(2026, 12, 31)), ("au-nmf-2021", date(2028, 1, 1)), ("za-nqf", date(2027, 12, 31))]
)
def test_case_2_the_last_day_to_start_is_the_laws_and_is_stored_when_it_is_decided(db, settings, law, last):
    settings.NQR_PROFILE = law
    credential = Credential(expiring_from=None)
    proposals.apply_entry(credential, {"expiring_from": "2027-01-01"})
    assert credential.last_new_enrolment == last


def test_a_decided_last_day_to_start_stands_against_the_laws(db):
    credential = Credential()
    proposals.apply_entry(credential, {"expiring_from": "2027-01-01", "last_new_enrolment": "2026-10-31"})
    assert credential.last_new_enrolment == date(2026, 10, 31)


def test_dates_that_do_not_follow_one_another_are_refused_with_both_of_them(listed, grace):
    entry = {"expiring_from": "2027-06-01", "expiry_end": "2027-01-01"}
    amendment = ending(listed, grace, entry=entry)
    with pytest.raises(RuleViolations) as refusal:
        services.submit_amendment(case_id=amendment.case_id, by=grace)
    (broken,) = refusal.value.violations
    assert broken.rule == "REG-dates"
    assert broken.message == "Last day, 2027-01-01, is before Expiring from, 2027-06-01."


# -- a later day -------------------------------------------------------------------------------------------------------


def test_a_revision_that_takes_effect_later_waits_and_is_nowhere_to_be_seen(listed, grace, dana):
    amendment = handed_on(listed, grace, PURPOSE)
    decide(amendment, dana, effective_on=SOON)
    assert document_of(listed.number)["revision"] == 1
    assert Change.objects.of(listed.number).count() == 1
    assert [release.publish_on for release in amendment.case.releases.filter(released_at=None)] == [SOON]


def test_run_daily_publishes_it_on_its_day_and_never_before(listed, grace, dana):
    decide(handed_on(listed, grace, PURPOSE), dana, effective_on=SOON)
    assert desk.release_due(SOON - timedelta(days=1), now=at(SOON - timedelta(days=1))) == 0
    assert desk.release_due(SOON, now=at(SOON)) == 1
    assert desk.release_due(SOON, now=at(SOON)) == 0  # run twice: once is enough
    said = document_of(listed.number)
    assert (said["revision"], said["effective_from"]) == (2, SOON.isoformat())
    assert Change.objects.of(listed.number).last().effective_from == SOON


def test_a_run_that_comes_late_keeps_the_day_that_was_decided(listed, grace, dana):
    decide(handed_on(listed, grace, PURPOSE), dana, effective_on=SOON)
    late = SOON + timedelta(days=3)
    assert desk.release_due(late, now=at(late)) == 1
    change = Change.objects.of(listed.number).last()
    assert (change.effective_from, current.today(change.recorded_at)) == (SOON, late)


def test_one_that_cannot_be_published_holds_up_no_other_and_is_told(grace, dana, db, capsys):
    """While both wait, a link of the other direction becomes public: the one would lead back to itself by now."""
    first, second, other = make_listed(), make_listed(title="Another"), make_listed(title="A third")
    towards = {"stacking": [{"relation": "counts_towards", "number": other.number}]}
    decide(handed_on(first, grace, towards), dana, effective_on=SOON)
    decide(handed_on(second, grace, PURPOSE), dana, effective_on=SOON)
    back = {"stacking": [{"relation": "counts_towards", "number": first.number}]}
    decide(handed_on(other, grace, back), dana)
    with pytest.raises(ExceptionGroup) as told:
        desk.release_due(SOON, now=at(SOON))
    (reason,) = told.value.exceptions
    assert f"{first.number} would lead back to itself" in str(reason)
    assert (document_of(first.number)["revision"], document_of(second.number)["revision"]) == (1, 2)
    with pytest.raises(CommandError, match=f"{first.number} would lead back to itself"):
        call_command("run_daily", on=SOON)


def test_a_rehearsal_of_a_coming_day_publishes_what_waits_for_it(listed, grace, dana, capsys):
    decide(handed_on(listed, grace, PURPOSE), dana, effective_on=SOON)
    call_command("run_daily", on=SOON)
    assert "1  decisions that become public" in capsys.readouterr().out
    assert document_of(listed.number)["effective_from"] == SOON.isoformat()


def test_the_command_says_what_it_did(listed, grace, dana, capsys):
    decide(handed_on(listed, grace, PURPOSE), dana)
    call_command("run_daily")
    assert "0  decisions that become public" in capsys.readouterr().out


def at(day: date):
    """Noon of a day at the authority."""
    return timezone.make_aware(timezone.datetime(day.year, day.month, day.day, 12))


def test_the_database_refuses_any_change_of_a_revision_that_waits(listed, grace, dana):
    amendment = handed_on(listed, grace, PURPOSE)
    decide(amendment, dana, effective_on=SOON)
    with pytest.raises(DatabaseError, match="is decided"), transaction.atomic():
        Revision.objects.filter(pk=amendment.revision_id).update(title="Something else")


def test_while_a_revision_waits_nothing_overtakes_it_unseen(listed, grace, dana):
    amendment = handed_on(listed, grace, PURPOSE)
    decide(amendment, dana, effective_on=SOON)
    with pytest.raises(Conflict, match=f"{amendment.case.reference} has been approved and takes effect on {SOON}"):
        services.propose(credential_id=listed.pk, by=grace)


def test_a_replacement_may_wait_too(listed, grace, dana):
    amendment = handed_on(listed, grace, {"credits": "20"}, category="C", equivalence="equivalent")
    decide(amendment, dana, effective_on=SOON)
    assert Entry.objects.credentials().count() == 1
    desk.release_due(SOON, now=at(SOON))
    assert document_of(listed.number)["replaced_by"][0]["equivalence"] == "equivalent"
    assert Entry.objects.credentials().count() == 2


def test_two_runs_at_once_publish_it_once(committing_db):
    listed, grace, dana = make_listed(), make_user("Grace", "registrar"), make_user("Dana", "decision_maker")
    decide(handed_on(listed, grace, PURPOSE), dana, effective_on=SOON)
    released = at_once(*[lambda: desk.release_due(SOON, now=at(SOON))] * 2)
    assert sorted(released) == [0, 1]
    assert Change.objects.of(listed.number).count() == 2
    assert list(differences()) == []


def test_a_decision_never_takes_effect_before_it_is_made(listed, grace, dana):
    with pytest.raises(RegisterError, match="or on a later one"):
        decide(handed_on(listed, grace, PURPOSE), dana, effective_on=TODAY - timedelta(days=1))


# -- the law -----------------------------------------------------------------------------------------------------------


def test_an_amendment_answers_for_what_it_alters_and_not_for_what_an_older_law_allowed(grace, dana, db):
    """Listed with 45 credits under another law; a new purpose is not refused for them."""
    listed = make_listed()
    overtake_with_credits(listed, "45")
    decide(handed_on(listed, grace, PURPOSE), dana)
    assert document_of(listed.number)["credits"] == "45"
    amendment = amend(listed, grace, {"credits": "46"}, category="B", category_reason="A slip.")
    with pytest.raises(RuleViolations) as refusal:
        services.submit_amendment(case_id=amendment.case_id, by=grace)
    assert [v.rule for v in refusal.value.violations] == ["NZ-01"]


def overtake_with_credits(credential: Credential, credits: str) -> None:
    from decimal import Decimal

    from credentials import publishing
    from registry import journal

    with transaction.atomic():
        other = credential.revisions.latest_public().copied(
            credits=Decimal(credits), notional_hours=Decimal(credits) * 10
        )
        other.number = journal.publish(publishing.credential_document(credential, other), effective_from=TODAY).revision
        other.save()


def test_a_joint_award_names_bodies_that_are_on_the_register(listed, grace, dana):
    other = make_provider("Kestrel College")
    amendment = amend(listed, grace, entry={"joint_awarding_bodies": ["PR-009999"]})
    with pytest.raises(RuleViolations, match="PR-009999 is not a provider on the register"):
        services.submit_amendment(case_id=amendment.case_id, by=grace)
    services.save_amendment(
        case_id=amendment.case_id, by=grace, values={"entry": {"joint_awarding_bodies": [other.number]}}
    )  # fmt: skip
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment, dana)
    awarding = [p for p in document_of(listed.number)["providers"] if p["role"] == "awarding"]
    assert [(p["number"], p["lead"]) for p in awarding] == [(listed.awarding_body.number, True), (other.number, False)]
