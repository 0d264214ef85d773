"""What a reconsideration does to the end of an entry, a suspension, and a measure about an accreditation (edge case 30)."""

from datetime import date, timedelta

import pytest

from credentials.models import Amendment, Credential
from credentials.services import undoing
from registry import standing
from registry.casework import kinds
from registry.casework import services as desk
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Case, Change, Decision, Notice
from registry.status import DAY, status_on
from registry.verification import differences
from tests.builders import decide, document_of, evaluate, make_change, make_listed, make_signatory
from tests.credentials.sanctioning import TODAY, accreditation_of, delivering, lift, redress, sanction, suspend

FIRST, LAST = TODAY + timedelta(days=10), TODAY + timedelta(days=100)
NOTE = {"transition_note": {"en": "Whoever has started may finish."}, "teach_out": "To the end."}


@pytest.fixture
def listed(db) -> Credential:
    return make_listed()


def changed(credential: Credential, content=None, **values) -> Decision:
    by = make_signatory(credential.awarding_body, "Sol")
    case = make_change(credential, by, content, **values)
    desk.submit(case_id=case.pk, by=by)
    decisions = decide(evaluate(case))
    credential.refresh_from_db()
    return decisions[0]


def ended(credential: Credential, first: date = FIRST, last: date = LAST, **more) -> Decision:
    entry = {"expiring_from": first.isoformat(), "expiry_end": last.isoformat(), **more}
    return changed(credential, entry=entry, **NOTE)


def days(number: str) -> tuple:
    said = document_of(number)
    return said["expiring_from"], said["last_new_enrolment"], said["expiry_end"]


def lawful(first: date) -> str:
    return current.version_on(first).enrolment.last_day(expiring_from=first).isoformat()


# -- the end of an entry -----------------------------------------------------------------------------------------------


def test_case_30_an_appeal_is_lodged_while_the_entry_is_expiring(listed):
    decision = ended(listed)
    as_decided = (FIRST.isoformat(), lawful(FIRST), LAST.isoformat())
    assert days(listed.number) == as_decided
    # Stayed while it is expiring: it is current for the time, and its change is in the feed.
    lodged = FIRST + timedelta(days=5)
    redress(decision, "stay", lodged)
    assert days(listed.number) == (None, None, None) and "transition" not in document_of(listed.number)
    stayed = Change.objects.of(listed.number).last()
    assert (stayed.action, stayed.decision_number, stayed.effective_from) == ("revised", "RCN-2026-000001", lodged)
    # Upheld: it ends as was decided, but no day of it lies in the past for learners.
    upheld = lodged + timedelta(days=30)
    redress(decision, "resume", upheld)
    assert days(listed.number) == (upheld.isoformat(), lawful(upheld), LAST.isoformat())
    assert document_of(listed.number)["transition"] == NOTE["transition_note"]
    answers = [
        standing.verify(listed.number, None, day).credential.status
        for day in (FIRST - DAY, FIRST, lodged - DAY, lodged, upheld - DAY, upheld, LAST, LAST + DAY)
    ]
    assert answers == ["current", "expiring", "expiring", "current", "current", "expiring", "expiring", "discontinued"]
    # Set aside: its days are as before, from then on.
    redress(decision, "set_aside", upheld + timedelta(days=9))
    assert days(listed.number) == (None, None, None)
    assert Change.objects.of(listed.number).last().reason == "The decision was set aside."
    assert list(differences()) == []


def test_where_even_the_last_day_is_over_those_who_started_get_as_long_as_they_had(listed):
    decision = ended(listed)
    redress(decision, "stay", FIRST)
    later = LAST + timedelta(days=50)
    redress(decision, "resume", later)
    assert days(listed.number) == (later.isoformat(), lawful(later), (later + (LAST - FIRST)).isoformat())


def test_days_that_are_still_to_come_are_resumed_as_they_were_decided(listed):
    decision = ended(listed)
    before = days(listed.number)
    redress(decision, "stay", TODAY)
    redress(decision, "resume", TODAY + DAY)
    assert days(listed.number) == before


def test_a_last_day_to_start_that_is_still_ahead_stands_though_the_end_moves():
    """As a law may have it that lets learners start on what is expiring."""
    start, on = FIRST + timedelta(days=40), FIRST + timedelta(days=20)
    decided = {
        "expiring_from": FIRST.isoformat(), "last_new_enrolment": start.isoformat(), "expiry_end": LAST.isoformat(),
    }  # fmt: skip
    assert undoing.ahead(decided, on) == decided | {"expiring_from": on.isoformat()}
    over = undoing.ahead(decided | {"last_award": LAST.isoformat()}, LAST + DAY)
    assert over["expiry_end"] == over["last_award"] == (LAST + DAY + (LAST - FIRST)).isoformat()


def test_an_end_is_varied_and_the_law_fills_in_what_nobody_said(listed):
    decision = ended(listed)
    first, last = FIRST + timedelta(days=30), LAST + timedelta(days=60)
    (said,) = redress(decision, "vary", TODAY + DAY, expiring_from=first, expiry_end=last)
    assert days(listed.number) == (first.isoformat(), lawful(first), last.isoformat()) and first.isoformat() in said
    with pytest.raises(RegisterError, match="before the first"):
        redress(decision, "vary", TODAY + DAY, expiring_from=last, expiry_end=first)


def test_an_end_that_was_stayed_may_be_varied_at_once(listed):
    decision = ended(listed)
    redress(decision, "stay", TODAY)
    redress(decision, "vary", TODAY + DAY, expiry_end=LAST + DAY)
    assert days(listed.number) == (FIRST.isoformat(), lawful(FIRST), (LAST + DAY).isoformat())


def test_a_change_that_ends_nothing_has_no_day_to_vary(listed):
    decision = changed(listed, {"titles": {"en": "Scaffold inspection and repair"}})
    count = Change.objects.of(listed.number).count()
    with pytest.raises(RegisterError, match="no day that could be varied"):
        redress(decision, "vary", TODAY, expiring_from=FIRST, expiry_end=LAST)
    assert days(listed.number) == (None, None, None) and Change.objects.of(listed.number).count() == count


def test_terms_that_alter_nothing_vary_nothing(listed):
    decision = ended(listed)
    with pytest.raises(RegisterError, match="no day that could be varied"):
        redress(decision, "vary", TODAY, expiring_from=FIRST, expiry_end=LAST)


def test_what_somebody_decided_since_is_left_as_it_is(listed):
    decision = ended(listed)
    later = LAST + timedelta(days=300)
    changed(listed, entry={"expiry_end": later.isoformat()}, **NOTE)
    redress(decision, "stay", TODAY)
    assert days(listed.number) == (None, None, later.isoformat())


def test_a_stay_of_what_is_stayed_already_is_refused_and_so_is_what_altered_no_day(listed):
    decision = ended(listed)
    redress(decision, "stay", TODAY)
    with pytest.raises(RegisterError, match="in effect"):
        redress(decision, "stay", TODAY)
    other = make_listed()
    plain = changed(other, {"titles": {"en": "Scaffold inspection and repair"}})
    with pytest.raises(RegisterError, match="in effect"):
        redress(plain, "stay", TODAY)


def test_a_change_of_content_that_is_set_aside_is_taken_back_in_a_further_revision(listed):
    decision = changed(listed, {"titles": {"en": "Scaffold inspection and repair"}})
    redress(decision, "set_aside", TODAY)
    said = document_of(listed.number)
    assert (said["title"], said["revision"]) == ("Scaffold inspection", 3)


def test_a_change_of_content_that_was_changed_again_is_not_taken_back_unseen(listed):
    decision = changed(listed, {"titles": {"en": "Scaffold inspection and repair"}})
    changed(listed, {"titles": {"en": "Scaffolds"}})
    with pytest.raises(RegisterError, match="changed again"):
        redress(decision, "set_aside", TODAY)
    assert document_of(listed.number)["title"] == "Scaffolds"


def test_who_delivers_is_told_that_the_end_is_stayed(listed):
    kim = delivering(listed)
    decision = ended(listed)
    before = Notice.objects.filter(person=kim).count()
    redress(decision, "stay", TODAY)
    assert Notice.objects.filter(person=kim).count() == before + 1
    assert "begins to expire" not in Notice.objects.filter(person=kim).latest("pk").body


def test_the_terms_begin_with_what_stands(listed):
    decision = ended(listed)
    made = kinds.get(decision.case.kind).redress
    case = Case.objects.get(pk=decision.case_id)
    form = made.terms_form(case=case)
    assert set(made.terms(case)) == set(form.fields) - {"revision"}
    assert made.terms(case)["expiry_end"] == LAST.isoformat()
    assert Amendment.objects.get(case=case).effects["decided"]["expiry_end"] == LAST.isoformat()


# -- a suspension ------------------------------------------------------------------------------------------------------


def suspensions(number: str) -> list[tuple]:
    return [(row["from"], row["until"]) for row in document_of(number)["suspensions"]]


def test_a_suspension_is_stayed_and_resumed_and_its_past_days_stay_as_they_were(listed):
    decision = suspend(listed, ends_on=LAST)
    stayed, upheld = TODAY + timedelta(days=5), TODAY + timedelta(days=20)
    redress(decision, "stay", stayed)
    assert suspensions(listed.number) == [(TODAY.isoformat(), (stayed - DAY).isoformat())]
    redress(decision, "resume", upheld)
    assert suspensions(listed.number)[1] == (upheld.isoformat(), LAST.isoformat())
    assert document_of(listed.number)["suspensions"][1]["advice"]["en"].startswith("Ask your provider")
    wanted = {stayed - DAY: ("suspended",), stayed: (), upheld - DAY: (), upheld: ("suspended",), LAST + DAY: ()}
    assert {day: standing.verify(listed.number, None, day).reasons for day in wanted} == wanted
    redress(decision, "set_aside", upheld + DAY)
    assert status_on(document_of(listed.number), upheld + DAY) == "current"


def test_a_suspension_whose_time_is_over_is_not_resumed(listed):
    decision = suspend(listed, ends_on=TODAY + timedelta(days=9))
    redress(decision, "stay", TODAY)
    assert suspensions(listed.number) == []
    (said,) = redress(decision, "resume", TODAY + timedelta(days=10))
    assert "is not suspended again" in said and suspensions(listed.number) == []


def test_a_suspension_is_varied_to_another_last_day(listed):
    decision = suspend(listed)
    redress(decision, "vary", TODAY + DAY, ends_on=FIRST)
    assert suspensions(listed.number) == [(TODAY.isoformat(), FIRST.isoformat())]
    with pytest.raises(RegisterError, match="in the past"):
        redress(decision, "vary", LAST, ends_on=FIRST)


def test_a_suspension_that_is_set_aside_while_it_is_stayed_leaves_nothing_more_to_do(listed):
    decision = suspend(listed)
    redress(decision, "stay", TODAY)
    count = Change.objects.of(listed.number).count()
    assert redress(decision, "set_aside", TODAY + DAY) == []
    assert Change.objects.of(listed.number).count() == count


def test_a_suspension_is_resumed_on_the_days_that_another_one_leaves_free(listed):
    decision = suspend(listed)
    redress(decision, "stay", TODAY)
    suspend(listed, begins_on=FIRST, ends_on=LAST)
    other = (FIRST.isoformat(), LAST.isoformat())
    redress(decision, "resume", TODAY + DAY)
    assert suspensions(listed.number) == [
        ((TODAY + DAY).isoformat(), (FIRST - DAY).isoformat()), other, ((LAST + DAY).isoformat(), None),
    ]  # fmt: skip
    lift(listed.number, on=TODAY + DAY + DAY)
    assert suspensions(listed.number) == [((TODAY + DAY).isoformat(),) * 2, other]


def test_a_suspension_that_began_again_around_another_is_stayed_in_all_its_parts(listed):
    decision = suspend(listed)
    redress(decision, "stay", TODAY)
    suspend(listed, begins_on=FIRST, ends_on=LAST)
    redress(decision, "resume", TODAY + DAY)
    redress(decision, "vary", TODAY + DAY, ends_on=LAST + DAY)
    assert suspensions(listed.number)[2] == ((LAST + DAY).isoformat(),) * 2
    redress(decision, "set_aside", TODAY + DAY)
    assert suspensions(listed.number) == [(FIRST.isoformat(), LAST.isoformat())]


def test_where_another_suspension_covers_every_day_nothing_begins_again(listed):
    decision = suspend(listed, ends_on=FIRST)
    redress(decision, "stay", TODAY)
    suspend(listed, ends_on=LAST)
    before = suspensions(listed.number)
    (said,) = redress(decision, "resume", TODAY + DAY)
    assert "by another decision" in said and suspensions(listed.number) == before


def undone_in_every_way(decision: Decision, on) -> list:
    return [redress(decision, act, on) for act in ("stay", "resume", "set_aside")] + [
        redress(decision, "vary", on, ends_on=LAST)
    ]


def test_a_suspension_that_was_lifted_does_not_come_back_by_a_reconsideration(listed):
    decision, lifted = suspend(listed), TODAY + timedelta(days=5)
    lift(listed.number, on=lifted)
    before, count = suspensions(listed.number), Change.objects.of(listed.number).count()
    assert before == [(TODAY.isoformat(), (lifted - DAY).isoformat())]
    assert undone_in_every_way(decision, lifted + timedelta(days=5)) == [[], [], [], []]
    assert suspensions(listed.number) == before and Change.objects.of(listed.number).count() == count


# -- a measure about an accreditation ----------------------------------------------------------------------------------


def test_a_withdrawal_is_stayed_resumed_and_set_aside(listed):
    held = accreditation_of(listed)
    decision = sanction(held, "withdrawal")
    stayed, upheld = TODAY + timedelta(days=5), TODAY + timedelta(days=20)
    redress(decision, "stay", stayed)
    assert document_of(held.number)["withdrawn_on"] is None
    redress(decision, "resume", upheld)
    assert document_of(held.number)["withdrawn_on"] == upheld.isoformat()
    wanted = {TODAY - DAY: False, TODAY: False, stayed - DAY: False, stayed: True, upheld - DAY: True, upheld: False}
    body = held.provider.number
    assert {day: standing.verify(listed.number, body, day).accredited for day in wanted} == wanted
    redress(decision, "set_aside", upheld + DAY)
    assert standing.verify(listed.number, body, upheld + DAY).accredited is True


def test_a_withdrawal_is_varied_to_a_later_day(listed):
    held = accreditation_of(listed)
    decision = sanction(held, "withdrawal", begins_on=FIRST)
    redress(decision, "vary", TODAY + DAY, begins_on=LAST)
    assert document_of(held.number)["withdrawn_on"] == LAST.isoformat()


def test_a_suspended_accreditation_is_stayed_and_varied(listed):
    held = accreditation_of(listed)
    decision = sanction(held, "suspension", begins_on=FIRST)
    redress(decision, "stay", TODAY)
    assert document_of(held.number)["suspensions"] == []
    redress(decision, "vary", TODAY + DAY, ends_on=LAST)
    assert document_of(held.number)["suspensions"] == [{"from": FIRST.isoformat(), "until": LAST.isoformat()}]
    redress(decision, "vary", TODAY + DAY, ends_on=LAST + DAY)
    assert document_of(held.number)["suspensions"] == [{"from": FIRST.isoformat(), "until": (LAST + DAY).isoformat()}]


def test_a_condition_that_is_set_aside_held_for_its_days_alone(listed):
    held = accreditation_of(listed)
    decision = sanction(held, "condition")
    redress(decision, "vary", TODAY, due_on=LAST)
    (row,) = document_of(held.number)["conditions"]
    assert row["due_on"] == LAST.isoformat()
    redress(decision, "set_aside", FIRST)
    (row,) = document_of(held.number)["conditions"]
    assert row["until"] == (FIRST - DAY).isoformat()


def test_an_accreditation_whose_suspension_was_lifted_is_not_suspended_again_by_a_reconsideration(listed):
    held = accreditation_of(listed)
    decision, lifted = sanction(held, "suspension"), TODAY + timedelta(days=5)
    lift(held.number, on=lifted)
    before = document_of(held.number)["suspensions"]
    assert undone_in_every_way(decision, lifted + timedelta(days=5)) == [[], [], [], []]
    assert document_of(held.number)["suspensions"] == before
