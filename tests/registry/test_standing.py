"""Verify: was it registered, and was that body accredited for it, on that day? Through everything that may happen."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers import services
from providers.models import Provider
from registry import journal, standing
from registry.errors import RegisterError
from registry.models import Organisation
from tests.builders import document, make_provider, publish

FIRST = date(2020, 1, 1)


def at(offset: int) -> date:
    return FIRST + timedelta(days=offset)


def accredited(credential: str, provider: str, begins: date, *, recorded: date | None = None, **dates) -> str:
    """An accreditation on the register; what is left out has not been decided."""
    said = {
        "number": None, "kind": "accreditation", "credential": credential, "provider": provider,
        "accredited_from": begins.isoformat(), "accredited_until": None, "withdrawn_on": None, "suspensions": [],
        "sites": [], "delivery_modes": [], "languages": [], "decisions": [], "identifiers": [], "source": None,
        "gaps": [], **{name: d.isoformat() if isinstance(d, date) else d for name, d in dates.items()},
    }  # fmt: skip
    with transaction.atomic():
        return journal.publish(said, effective_from=recorded or begins).number


def listed(**fields) -> str:
    return publish(effective_from=FIRST, **{"listed_on": FIRST.isoformat(), **fields}).number


@pytest.fixture
def harbour(db) -> Provider:
    return make_provider("Harbour Institute", registered_on=FIRST)


# -- a plain yes, and what stands against it ---------------------------------------------------------------------------


def test_an_accredited_provider_of_a_registered_credential_is_a_plain_yes(harbour):
    number = listed()
    accreditation = accredited(number, harbour.number, at(10), accredited_until=at(100))
    answer = standing.verify(number, harbour.number, at(100))
    assert (answer.credential.registered, answer.provider.registered, answer.accredited) == (True, True, True)
    assert (answer.accreditation["number"], answer.reasons) == (accreditation, ())
    assert standing.verify(number, harbour.number, at(101)).reasons == ("not_accredited",)
    assert standing.verify(number, harbour.number, at(9)).accredited is False


@pytest.mark.parametrize(
    ("fields", "day", "registered", "reason"),
    [
        ({}, FIRST - timedelta(days=1), False, "not_yet_registered"),
        ({"expiry_end": "2020-02-01"}, date(2020, 2, 1), True, None),
        ({"expiry_end": "2020-02-01"}, date(2020, 2, 2), False, "registration_ended"),
        ({"closed_undated": True}, at(50), None, "end_date_unknown"),
        ({"listed_on": None}, at(50), None, "registration_date_unknown"),
        ({"suspensions": [{"from": "2020-02-01", "until": "2020-02-10"}]}, date(2020, 2, 10), True, "suspended"),
        ({"suspensions": [{"from": "2020-02-01", "until": "2020-02-10"}]}, date(2020, 2, 11), True, None),
    ],
)
def test_what_is_not_known_is_told_and_never_guessed(harbour, fields, day, registered, reason):
    number = listed(**fields)
    accredited(number, harbour.number, FIRST)
    answer = standing.verify(number, harbour.number, day)
    assert (answer.credential.registered, answer.reasons[:1]) == (registered, (reason,) if reason else ())
    suspended = reason == "suspended"
    assert answer.accredited is (None if registered is None else not (suspended or not registered))


def test_a_legacy_entry_is_judged_by_the_dates_it_brought_for_days_before_it_was_imported(harbour):
    with transaction.atomic():
        number = journal.publish(document(listed_on="2005-03-01"), effective_from=date(2024, 1, 1)).number
    assert standing.verify(number, None, date(2010, 1, 1)).credential.registered is True
    assert standing.verify(number, None, date(2005, 2, 28)).credential.registered is False


def test_a_listing_that_was_a_mistake_was_never_registered(harbour):
    number = listed()
    with transaction.atomic():
        journal.withdraw(number, effective_from=at(20), decision_number=None, reason="Listed twice.")
    answer = standing.verify(number, harbour.number, at(10))
    assert (answer.credential.registered, answer.reasons[0]) == (False, "listed_by_mistake")


def test_no_rights_follow_from_a_body_that_is_known_only_from_an_import(db):
    unknown = make_provider("Somewhere", unverified=True, registered_on=None)
    number = listed()
    accredited(number, unknown.number, FIRST)
    answer = standing.verify(number, unknown.number, at(5))
    assert (answer.provider.registered, answer.accredited) == (None, False)
    assert "provider_unverified" in answer.reasons


def test_numbers_of_other_kinds_are_no_answer(harbour):
    number = listed()
    accreditation = accredited(number, harbour.number, FIRST)
    assert standing.verify(harbour.number, None, FIRST) is None
    assert standing.verify(number, accreditation, FIRST) is None
    assert standing.verify("NQ-999999", harbour.number, FIRST) is None


# -- edge cases of the domain specification ----------------------------------------------------------------------------


def test_case_7_after_a_merger_each_number_answers_for_its_own_days_and_names_the_other(harbour):
    """A and B become C; the accreditation of A is given to C anew. Names are those of the day."""
    other, whole = (
        make_provider("Kestrel", registered_on=FIRST),
        make_provider("Kestrel Harbour", registered_on=at(200)),
    )
    number = listed()
    accredited(number, harbour.number, FIRST, accredited_until=at(199))
    accredited(number, whole.number, at(200))
    services.rename(harbour, "Harbour Polytechnic", on=at(100), decision="D-1")
    services.succeed([harbour, other], [whole], relation="merger", on=at(200), decision="D-2")

    def told(provider, day):
        answer = standing.verify(number, provider.number, day)
        return answer.provider.name, answer.accredited, [(r["number"], r["accredited"]) for r in answer.related]

    assert told(harbour, at(99)) == ("Harbour Institute", True, [(whole.number, False)])
    assert told(harbour, at(199)) == ("Harbour Polytechnic", True, [(whole.number, False)])
    assert told(harbour, at(200)) == ("Harbour Polytechnic", False, [(whole.number, True)])
    assert told(whole, at(199))[1:] == (False, [(harbour.number, True), (other.number, False)])
    assert told(whole, at(200))[1] is True
    assert standing.verify(number, harbour.number, at(200)).provider.status == "merged"


def test_case_9_an_entry_stays_when_its_developer_is_cancelled_and_others_deliver(harbour):
    developer = make_provider("Primary Skills Board", registered_on=FIRST, may_deliver=False)
    parties = [{"number": developer.number, "role": "developer", "lead": False}]
    number = listed(providers=parties)
    accredited(number, harbour.number, FIRST)
    services.impose(developer, kind="cancellation", summary={"en": "Cancelled at its own request."}, on=at(50))
    answer = standing.verify(number, harbour.number, at(60))
    assert (answer.credential.registered, answer.accredited, answer.reasons) == (True, True, ())
    from registry.models import Entry

    waiting = Entry.objects.with_a_body_that_left(at(60)).values_list("number", flat=True)
    assert list(waiting) == [number] and not Entry.objects.with_a_body_that_left(at(40)).exists()


def test_case_20_a_joint_award_stays_when_one_body_leaves_and_says_that_a_decision_is_needed(harbour):
    partner = make_provider("Kestrel College", registered_on=FIRST)
    parties = [
        {"number": harbour.number, "role": "awarding", "lead": True},
        {"number": partner.number, "role": "awarding", "lead": False},
    ]
    number = listed(providers=parties)
    joint = accredited(number, harbour.number, FIRST, jointly_with=[partner.number])
    assert standing.verify(number, partner.number, at(10)).accreditation["number"] == joint
    services.impose(partner, kind="cancellation", summary={"en": "Conditions were not met."}, on=at(50))
    before, after = (standing.verify(number, harbour.number, day) for day in (at(49), at(50)))
    assert (before.accredited, before.reasons) == (True, ())
    assert (after.credential.registered, after.accredited) == (True, True)
    assert after.reasons == ("awarding_body_left", "partner_left")
    assert [(body.number, body.registered) for body in after.awarding] == [
        (harbour.number, True),
        (partner.number, False),
    ]
    assert standing.verify(number, partner.number, at(50)).accredited is False


def test_case_48_a_foreign_body_awards_through_a_local_partner_each_with_its_days(db):
    foreign = make_provider("Lisbon Institute", registered_on=FIRST, type="foreign_awarding_body", country="PT")
    local = make_provider("Praia College", registered_on=FIRST, country="CV")
    parties = [
        {"number": foreign.number, "role": "awarding", "lead": True},
        {"number": local.number, "role": "partner", "lead": False, "from": "2020-02-01", "until": "2020-12-31"},
    ]
    number = listed(providers=parties)
    accredited(number, local.number, date(2020, 2, 1), accredited_until=date(2020, 12, 31))
    answer = standing.verify(number, local.number, date(2020, 12, 31))
    assert (answer.accredited, [body.number for body in answer.awarding]) == (True, [foreign.number])
    assert standing.verify(number, local.number, date(2021, 1, 1)).accredited is False
    from registry.public.entry import parties as shown

    names = {foreign.number: "Lisbon Institute", local.number: "Praia College"}
    on = {day: [p["role"] for p in shown({"providers": parties}, names, day)] for day in (date(2020, 6, 1), FIRST)}
    assert on == {date(2020, 6, 1): ["awarding", "partner"], FIRST: ["awarding"]}


def test_a_body_that_was_matched_answers_for_the_number_an_import_gave_it(harbour):
    unknown = make_provider("Harbour Inst.", unverified=True, registered_on=None)
    number = listed()
    accredited(number, harbour.number, FIRST)
    unknown.details = {"same_as": harbour.number}
    services.publish(unknown, effective_from=at(5))
    answer = standing.verify(number, unknown.number, at(10))
    assert (answer.provider.number, answer.accredited) == (harbour.number, True)


def test_a_suspension_recorded_later_than_it_took_effect_counts_for_the_days_since_then(harbour):
    number = listed()
    accredited(number, harbour.number, FIRST)
    services.rename(harbour, "Harbour Polytechnic", on=at(300))
    services.impose(harbour, kind="suspension", summary={"en": "Suspended."}, on=at(100), until=at(400))
    for day, yes in ((at(99), True), (at(100), False), (at(350), False), (at(400), False), (at(401), True)):
        assert standing.verify(number, harbour.number, day).accredited is yes, day
    assert standing.verify(number, harbour.number, at(150)).provider.name == "Harbour Institute"


def test_the_answer_costs_the_same_number_of_queries_at_one_accreditation_and_at_fifty(
    harbour, django_assert_max_num_queries
):
    number = listed()
    accredited(number, harbour.number, FIRST)
    for n in range(50):
        accredited(number, make_provider(f"Other {n}", registered_on=FIRST).number, FIRST)
    with django_assert_max_num_queries(8):
        assert standing.verify(number, harbour.number, at(3)).accredited


# -- random histories, against a plain replay --------------------------------------------------------------------------


@dataclass
class Body:
    """What happened to a body, as a plain list: the reference knows no documents and no journal."""

    names: list[tuple[date, str]]
    life: list[tuple[date, bool]] = field(default_factory=list)
    suspended: list[tuple[date, date | None]] = field(default_factory=list)
    held: list[tuple[date, date | None, date | None, list[tuple[date, date | None]]]] = field(default_factory=list)

    def name(self, day: date) -> str:
        return [name for since, name in self.names if since <= day][-1]

    def registered(self, day: date) -> bool:
        alive = [state for since, state in sorted(self.life, key=lambda e: e[0]) if since <= day]
        return bool(alive) and alive[-1] and not _within(self.suspended, day)

    def accredited(self, day: date) -> bool:
        return self.registered(day) and any(
            begins <= day
            and (ends is None or day <= ends)
            and (withdrawn is None or day < withdrawn)
            and not _within(pauses, day)
            for begins, ends, withdrawn, pauses in self.held
        )


def _within(periods: list[tuple[date, date | None]], day: date) -> bool:
    return any(first <= day and (last is None or day <= last) for first, last in periods)


OFFSETS = st.integers(1, 400)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["rename", "suspend", "lift", "cancel", "again", "merge", "accredit"]), st.integers(0, 2), OFFSETS,
        st.one_of(st.none(), st.integers(0, 60)), st.one_of(st.none(), st.integers(0, 60)),
    ),
    min_size=3, max_size=14,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=80)
@given(events=EVENTS, ends=st.one_of(st.none(), OFFSETS), backdated=st.booleans(), asked=st.lists(OFFSETS, min_size=6))
def test_verify_agrees_with_a_plain_replay_of_any_history(db, events, ends, backdated, asked):
    """Renames, mergers, cancellations and new registrations, suspensions, gaps between accreditations; in whatever order
    they were recorded where each stands by itself."""
    with transaction.atomic():
        number = listed(**({"expiry_end": at(ends).isoformat()} if ends else {}))
        providers = [_registered(f"Body {n}") for n in range(3)]
        bodies = [Body(names=[(FIRST, f"Body {n}")], life=[(FIRST, True)]) for n in range(3)]
        # What alters a body's own life is decided in order; suspensions and accreditations may come to be known later.
        late = [e for e in events if e[0] in ("suspend", "accredit")]
        inorder = sorted((e for e in events if not backdated or e not in late), key=lambda e: e[2])
        for event in [*inorder, *(late if backdated else ())]:
            _happens(event, number, providers, bodies)
        for day in map(at, asked):
            for provider, body in zip(providers, bodies, strict=True):
                answer = standing.verify(number, provider.number, day)
                known = answer.provider.name, answer.provider.registered, answer.accredited
                expected = body.accredited(day) and (ends is None or day <= at(ends))
                assert known == (body.name(day), body.registered(day), expected), (provider.number, day)
        transaction.set_rollback(True)


def _registered(name: str) -> Provider:
    provider = Provider.objects.create(
        organisation=Organisation.objects.create(legal_name=name), title=name, registered_on=FIRST
    )
    services.publish(provider, effective_from=FIRST)
    return provider


def _happens(event, number: str, providers: list[Provider], bodies: list[Body]) -> None:
    """Record it at the register and, where the register takes it, in the plain list."""
    what, which, offset, length, pause = event
    day, provider, body = at(offset), providers[which], bodies[which]
    provider.refresh_from_db()
    last = day + timedelta(days=length) if length is not None else None
    try:
        match what:
            case "rename":
                name = f"{provider.title} {offset}"
                services.rename(provider, name, on=day)
                body.names.append((day, name))
            case "suspend":
                services.impose(provider, kind="suspension", summary={"en": "Suspended."}, on=day, until=last)
                body.suspended.append((day, last))
            case "lift":
                open_ = next((s for s in body.suspended if s[1] is None and s[0] <= day), None)
                if open_ is not None and body.suspended.count(open_) == 1:
                    actions = provider.details["statutory_actions"]
                    mine = next(a for a in actions if a["from"] == open_[0].isoformat() and "until" not in a)
                    services.close(provider, mine["reference"], on=day)
                    body.suspended.remove(open_)
                    if day > open_[0]:
                        body.suspended.append((open_[0], day - timedelta(days=1)))
            case "cancel" if provider.ended_as is None:
                services.impose(provider, kind="cancellation", summary={"en": "Cancelled."}, on=day)
                body.life.append((day, False))
            case "again":
                services.register_again(provider, on=day)
                # A suspension ended with the registration that it suspended.
                ended = max(since for since, alive in body.life if not alive)
                body.suspended = [
                    (first, min(until or ended, ended - timedelta(days=1)))
                    for first, until in body.suspended if first < ended
                ]  # fmt: skip
                body.life.append((day, True))
            case "merge":
                other = (which + 1) % 3
                services.succeed([provider], [providers[other]], relation="merger", on=day)
                body.life.append((day, False))
            case "accredit":
                pauses = [(day + timedelta(days=pause), None)] if pause is not None else []
                withdrawn = day + timedelta(days=pause * 2) if pause is not None and length is None else None
                accredited(
                    number, provider.number, day, accredited_until=last, withdrawn_on=withdrawn,
                    suspensions=[{"from": first.isoformat(), "until": None} for first, _ in pauses],
                )  # fmt: skip
                body.held.append((day, last, withdrawn, pauses))
    except RegisterError:
        return  # the register refuses it, and nothing has happened


def test_a_partner_is_told_when_the_body_that_holds_the_accreditation_has_left(harbour):
    partner = make_provider("Kestrel College", registered_on=FIRST)
    number = listed()
    accredited(number, harbour.number, FIRST, jointly_with=[partner.number])
    services.impose(harbour, kind="cancellation", summary={"en": "Cancelled."}, on=at(50))
    answer = standing.verify(number, partner.number, at(60))
    assert (answer.accredited, answer.reasons) == (True, ("partner_left",))
