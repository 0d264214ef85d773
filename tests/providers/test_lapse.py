"""A registration that may have lapsed is proposed by the register and confirmed by people, and never by the clock (P11)."""

from datetime import date, timedelta

import pytest

from providers import services
from registry import daily
from registry.casework import services as desk
from registry.errors import Conflict, RegisterError
from registry.framework.current import today
from registry.models import Case, Notice
from registry.standing import verify
from registry.status import status_on
from tests.builders import document_of, make_listed, make_provider, make_user
from tests.providers.applying import at_noon, in_days
from tests.providers.sanctioning import accredit, decide, lapsing, notified, read, recommended, replied

# So long after its registration nobody has accredited the body of these tests for anything.
LATE = date(2026, 6, 1)


def propose(day: date = LATE) -> int:
    return services.propose_lapses(day, now=at_noon(day))


def opened() -> list[Case]:
    return list(Case.objects.filter(kind="provider_lapse").order_by("pk"))


def test_a_year_without_an_accreditation_is_proposed_once_with_its_ground(db):
    """New Zealand, section 352: a year after registration without anything accredited."""
    registrar = make_user("Rea", "registrar")
    provider = make_provider(registered_on=date(2025, 5, 20))
    assert propose(date(2026, 5, 20)) == 0
    assert propose() == 1 and propose() == 0
    (case,) = opened()
    assert (case.state, case.title, case.submitted_at) == ("draft", provider.title, None)
    assert case.reference.startswith("LAP-")
    (row,) = case.lapse.grounds
    assert row["ground"] == "no_accreditation" and "registered since 2025-05-20" in row["held"]
    assert case.events.get(name="case:opened").role == "system" and not case.parts.exists()
    (notice,) = Notice.objects.filter(person=registrar)
    assert "may have lapsed" in notice.subject and "Nothing follows by itself" in notice.body
    assert status_on(document_of(provider.number), LATE) == "registered"


def test_what_is_accredited_or_was_within_the_year_does_not_lapse(db):
    holds, held_lately, held_long_ago = make_provider("Holds"), make_provider("Lately"), make_provider("Long ago")
    accredit(holds, date(2020, 1, 1))
    accredit(held_lately, date(2020, 1, 1), accredited_until="2025-06-10")
    accredit(held_long_ago, date(2020, 1, 1), withdrawn_on="2025-03-01")
    assert propose() == 1
    (case,) = opened()
    assert case.lapse.provider == held_long_ago
    assert "2025-02-28" in case.lapse.grounds[0]["held"]


def test_a_body_that_never_delivers_does_not_lapse_without_an_accreditation(db):
    make_provider("Standards body", may_deliver=False)
    assert propose() == 0


@pytest.mark.parametrize(("until", "count"), [("2026-07-31", 1), ("2026-05-01", 1), ("2026-08-20", 0)])
def test_a_fixed_period_that_is_over_or_ends_soon_is_proposed(db, until, count):
    make_provider("Standards body", may_deliver=False, details={"registered_until": until})
    assert propose() == count
    assert [row["ground"] for case in opened() for row in case.lapse.grounds] == ["period_over"] * count


def test_a_body_that_has_closed_is_proposed(db):
    make_provider("Standards body", may_deliver=False, details={"closed_on": "2026-04-30"})
    assert propose() == 1
    assert opened()[0].lapse.grounds[0]["ground"] == "body_closed"


def test_what_was_dropped_is_not_proposed_again_for_a_year(db):
    make_provider()
    assert propose() == 1
    (case,) = opened()
    desk.withdraw(case_id=case.pk, by=make_user("Rea", "registrar"), now=at_noon(LATE))
    assert propose(LATE + timedelta(days=300)) == 0
    assert propose(LATE + timedelta(days=400)) == 1


def test_a_body_that_is_not_registered_is_left_alone(db):
    make_provider("Known from an import", unverified=True, registered_on=None)
    make_provider("Gone", ended_on=date(2025, 1, 1), ended_as="closed")
    make_provider("Leaves", ended_on=date(2027, 1, 1), ended_as="withdrawn")
    assert propose() == 0


def test_an_officer_opens_one_by_hand_and_not_two(db):
    case = lapsing()
    assert read(case).lapse.grounds[0]["ground"] == "fees_unpaid"
    with pytest.raises(Conflict, match=case.reference):
        lapsing(case.provider)
    assert propose(today()) == 0


def test_it_is_confirmed_after_a_reply_and_the_registration_ends_on_the_day_of_the_decision(db):
    case = recommended(replied(notified(lapsing())))
    decide(case)
    said = document_of(case.provider.number)
    assert [status_on(said, d) for d in (in_days(-1), today())] == ["registered", "lapsed"]
    assert (said["ended_on"], said["ended_as"]) == (today().isoformat(), "lapsed")
    assert said["decisions"][-1]["matter"] == "lapse"
    assert "Neither reminder" not in str(said)


def test_a_period_that_is_not_over_yet_runs_to_its_end(db):
    provider = make_provider(details={"registered_until": in_days(20).isoformat()})
    decide(recommended(replied(notified(lapsing(provider)))))
    said = document_of(provider.number)
    assert [status_on(said, in_days(n)) for n in (0, 20, 21)] == ["registered", "registered", "lapsed"]


def test_nothing_follows_where_it_is_declined(db):
    case = recommended(replied(notified(lapsing())))
    decide(case, "declined")
    assert document_of(case.provider.number)["ended_as"] is None
    assert read(case).state == "declined" and propose(today()) == 0


def test_a_body_that_left_meanwhile_has_not_lapsed(db):
    case = recommended(replied(notified(lapsing())))
    services.impose(case.provider, kind="cancellation", summary={"en": "Cancelled."}, on=today())
    with pytest.raises(RegisterError, match="is not registered on this day"):
        decide(case)


def test_whether_it_was_accredited_is_told_up_to_the_last_day_before_it_lapsed(db):
    credential = make_listed()
    provider = credential.awarding_body
    decide(recommended(replied(notified(lapsing(provider)))))
    before, after = (verify(credential.number, provider.number, day) for day in (in_days(-1), in_days(1)))
    assert before.provider.registered and not after.provider.registered
    assert (after.accredited, "provider_not_registered" in after.reasons) == (False, True)


def test_the_daily_run_has_the_step(db):
    assert {"propose_registration_lapses", "keep_clocks"} <= {step.name for step in daily.every()}
