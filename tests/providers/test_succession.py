"""What became of bodies, decided in a case of its own: both sides name the other, each accreditation is settled one by
one, old numbers and names are found, and the register answers rightly for every day."""

from datetime import timedelta
from functools import partial

import pytest

from credentials.models import Accreditation
from providers import services
from providers.models import Succession
from registry import standing
from registry.casework import offers
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.models import Case, Change, Notice
from registry.search import follower, query
from registry.status import status_on
from registry.verification import differences
from tests.builders import (
    decide,
    document_of,
    make_provider,
    make_signatory,
    make_user,
)
from tests.providers.succeeding import (
    DAY,
    FIRST,
    HAPPENED,
    TODAY,
    accreditation_of,
    accredited,
    decided,
    drafted,
    handed_on,
    listed_since,
    name_each,
    transfer,
)

BEFORE, AFTER = HAPPENED - DAY, HAPPENED + DAY


@pytest.fixture
def harbour(db):
    return make_provider("Harbour Institute")


@pytest.fixture
def kestrel(db):
    return make_provider("Kestrel School")


@pytest.fixture
def whole(db):
    return make_provider("Kestrel Harbour Polytechnic")


@pytest.fixture
def scaffolds(harbour):
    """An entry that Harbour awards and is accredited for."""
    return listed_since(provider=harbour)


def answers(credential, provider):
    """Whether the body was accredited the day before, on the day, and the day after."""
    return [standing.verify(credential.number, provider.number, d).accredited for d in (BEFORE, HAPPENED, AFTER)]


def wrong(case, stage="submit"):
    from registry.casework import kinds

    return {v.field: v.message for v in kinds.get(case.kind).check(Case.objects.get(pk=case.pk), stage)}


# -- edge case 7 -------------------------------------------------------------------------------------------------------


def test_case_7_a_merger(scaffolds, harbour, kestrel, whole, client):
    of_kestrel = accredited(scaffolds, kestrel)
    of_harbour = accreditation_of(harbour)
    decided(
        handed_on([harbour, kestrel], [whole], {
            of_harbour.number: transfer(whole), of_kestrel.number: {"what": "close", "until": BEFORE},
        })
    )  # fmt: skip
    assert answers(scaffolds, harbour) == [True, False, False]
    assert answers(scaffolds, kestrel) == [True, False, False]
    assert answers(scaffolds, whole) == [False, True, True]
    told = standing.verify(scaffolds.number, harbour.number, HAPPENED)
    assert "provider_not_registered" in told.reasons
    assert [(row["side"], row["number"], row["accredited"]) for row in told.related] == [
        ("successors", whole.number, True)
    ]
    assert {row["number"] for row in standing.verify(scaffolds.number, whole.number, AFTER).related} == {
        harbour.number, kestrel.number,
    }  # fmt: skip
    for old in (harbour, kestrel):
        page = client.get(f"/providers/{old.number}")
        words = page.content.decode()
        assert page.status_code == 200 and f"/providers/{whole.number}" in words and old.title in words
        assert [status_on(document_of(old.number), day) for day in (BEFORE, HAPPENED)] == ["registered", "merged"]
    follower.catch_up()
    query.forget()
    for name in ("Harbour Institute", "Kestrel School"):
        assert query.search(q=name, day=TODAY, scope="providers").rows
    assert list(differences()) == []


def test_case_7_a_split(scaffolds, harbour, client):
    north, south = make_provider("Harbour North"), make_provider("Harbour South")
    second = listed_since(provider=harbour, title="Scaffold erection")
    one, two = accreditation_of(harbour, scaffolds), accreditation_of(harbour, second)
    decided(
        handed_on(
            [harbour], [north, south], {one.number: transfer(north), two.number: {"what": "keep"}}, relation="split"
        )
    )
    assert answers(scaffolds, harbour) == [True, False, False]
    assert answers(scaffolds, north) == [False, True, True]
    assert answers(second, harbour) == [True, True, True]
    assert answers(second, south) == [False, False, False]
    said = document_of(harbour.number)
    assert said["ended_as"] is None and [row["number"] for row in said["successors"]] == [north.number, south.number]
    assert document_of(south.number)["predecessors"][0]["relation"] == "split"
    assert harbour.number in client.get(f"/providers/{south.number}").content.decode()


def test_a_body_that_was_split_may_end_by_it(scaffolds, harbour):
    north = make_provider("Harbour North")
    said = {accreditation_of(harbour).number: transfer(north)}
    decided(handed_on([harbour], [north], said, relation="split", ends=True))
    assert [status_on(document_of(harbour.number), day) for day in (BEFORE, HAPPENED)] == ["registered", "closed"]


def test_case_7_a_purchase(scaffolds, harbour, kestrel):
    one = accreditation_of(harbour)
    decided(handed_on([harbour], [kestrel], {one.number: {"what": "keep"}}, relation="purchase"))
    assert answers(scaffolds, harbour) == [True, True, True]
    assert answers(scaffolds, kestrel) == [False, False, False]
    (row,) = standing.verify(scaffolds.number, harbour.number, AFTER).related
    assert (row["side"], row["relation"], row["number"]) == ("successors", "purchase", kestrel.number)
    assert Change.objects.filter(number=one.number).count() == 1


def test_case_7_a_succession_with_an_accreditation_that_is_applied_for_again(scaffolds, harbour, whole):
    one, last = accreditation_of(harbour), TODAY + timedelta(days=60)
    decided(handed_on([harbour], [whole], {one.number: {"what": "apply_again", "until": last}}, relation="succession"))
    one.refresh_from_db()
    assert (one.accredited_until, one.withdrawn_on) == (last, None)
    # Open for the old number, whose body is not registered any more: the successor is accredited once it has applied.
    answer = standing.verify(scaffolds.number, harbour.number, AFTER)
    assert (answer.accredited, answer.accreditation["status"]) == (False, "accredited")
    assert answer.reasons == ("provider_not_registered",)
    assert answers(scaffolds, whole) == [False, False, False]
    assert document_of(harbour.number)["ended_as"] == "closed"


def test_case_7_the_interface_answers_by_old_number_and_day(scaffolds, harbour, kestrel, whole, client):
    one = accreditation_of(harbour)
    decided(handed_on([harbour, kestrel], [whole], {one.number: transfer(whole)}))
    statuses = [
        client.get(f"/api/v1/providers/{harbour.number}?as_at={day}").json()["status"]
        for day in (BEFORE, HAPPENED, AFTER)
    ]
    assert statuses == ["registered", "merged", "merged"]
    assert client.get(f"/api/v1/providers/{harbour.number}").json()["successors"][0]["number"] == whole.number
    held = accreditation_of(whole)
    old, new = (client.get(f"/api/v1/accreditations/{number}").json() for number in (one.number, held.number))
    assert (old["accredited_until"], new["accredited_from"]) == (BEFORE.isoformat(), HAPPENED.isoformat())


# -- what is done with an accreditation --------------------------------------------------------------------------------


def test_an_accreditation_that_is_handed_on_keeps_what_it_says_under_a_number_of_its_own(scaffolds, harbour, whole):
    until = TODAY + timedelta(days=400)
    held = accreditation_of(harbour)
    condition = {"text": {"en": "Name a second assessor."}, "from": FIRST.isoformat()}
    Accreditation.objects.filter(pk=held.pk).update(accredited_until=until, conditions=[condition])
    (decision,) = decided(handed_on([harbour], [whole], {held.number: transfer(whole)}, relation="succession"))
    held.refresh_from_db()
    made = accreditation_of(whole)
    kept = ("sites", "delivery_modes", "languages", "conditions")
    assert [getattr(made, name) for name in kept] == [getattr(held, name) for name in kept]
    assert (made.accredited_from, made.accredited_until, held.accredited_until) == (HAPPENED, until, BEFORE)
    for number in (held.number, made.number):
        change = Change.objects.filter(number=number).latest("serial")
        assert (change.decision_number, change.effective_from) == (decision.number, HAPPENED)
        assert document_of(number)["decisions"][-1]["number"] == decision.number


def test_a_suspension_of_an_accreditation_goes_on_with_the_successor(scaffolds, harbour, whole):
    from psycopg.types.range import DateRange

    held = accreditation_of(harbour)
    held.suspensions = [DateRange(BEFORE, None, "[)")]
    held.save()
    decided(handed_on([harbour], [whole], {held.number: transfer(whole)}))
    assert status_on(document_of(accreditation_of(whole).number), AFTER) == "suspended"


def test_an_accreditation_that_begins_later_is_handed_on_from_its_own_first_day(scaffolds, kestrel, whole):
    begins = TODAY + timedelta(days=30)
    held = accredited(scaffolds, kestrel, TODAY)
    Accreditation.objects.filter(pk=held.pk).update(accredited_from=begins)
    decided(handed_on([kestrel], [whole], {held.number: transfer(whole)}))
    held.refresh_from_db()
    assert (held.withdrawn_on, held.accredited_until) == (HAPPENED, None)
    assert accreditation_of(whole).accredited_from == begins


def test_who_delivered_it_together_does_so_with_the_successor_unless_that_is_the_same(
    scaffolds, harbour, kestrel, whole
):
    other = make_provider("Other College")
    held = accreditation_of(harbour)
    Accreditation.objects.filter(pk=held.pk).update(jointly_with=[kestrel.number, whole.number, other.number])
    decided(handed_on([harbour, kestrel], [whole], {held.number: transfer(whole)}))
    assert accreditation_of(whole).jointly_with == [other.number]


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_an_empty_draft_is_told_all_that_is_missing(harbour):
    reg = make_user("Reg", "registrar")
    case = services.draft_succession(about=harbour.number, by=reg)
    assert set(wrong(case)) == {"relation", "happened_on", "after", "evidence:identity"}
    with pytest.raises(RuleViolations):
        desk.submit(case_id=case.pk, by=reg)
    case.refresh_from_db()
    assert case.state == "draft"


def test_a_number_that_is_none_is_kept_as_it_was_written_and_told(harbour, whole):
    case = drafted([harbour], [whole])
    written = ["PR-999999", "Kestrel", whole.number]
    services.save_succession(case_id=case.pk, by=case.officer, values={"after": written})
    assert Succession.objects.get(case=case).after == written
    services.save_succession(case_id=case.pk, by=case.officer, values={"after": ["Kestrel", f"pr {whole.number[3:]}"]})
    assert Succession.objects.get(case=case).after == ["Kestrel", whole.number]
    assert wrong(case) == {"after": "“Kestrel” is not the number of a provider on the register."}


def test_a_body_cannot_come_before_and_after(harbour, kestrel):
    case = drafted([harbour, kestrel], [kestrel])
    assert wrong(case) == {"after": f"{kestrel.number} cannot come before and after."}


def test_a_body_that_has_ended_or_that_nobody_has_verified_takes_no_part(harbour, whole):
    services.impose(whole, kind="cancellation", summary={"en": "Cancelled."}, on=BEFORE)
    unverified = make_provider("Known from elsewhere", unverified=True, registered_on=None)
    case = drafted([harbour], [whole, unverified])
    assert "known only from an import" in wrong(case)["after"]
    services.save_succession(case_id=case.pk, by=case.officer, values={"after": [whole.number]})
    assert "has ended already" in wrong(case)["after"]


def test_no_accreditation_is_left_unnamed(scaffolds, harbour, whole):
    held = accreditation_of(harbour)
    case = drafted([harbour], [whole])
    assert wrong(case) == {f"what_{held.number}": f"Say what becomes of {held.number} ({scaffolds.number})."}
    name_each(case, {held.number: transfer(whole)})
    desk.submit(case_id=case.pk, by=case.officer)
    later = accredited(listed_since(title="Rigging"), harbour)
    with pytest.raises(RuleViolations, match=later.number):
        decide(case, effective_on=HAPPENED, backdating="law") and desk.confirm(
            case_id=case.pk, by=make_user("Kim", "decision_maker")
        )
    assert document_of(harbour.number)["ended_as"] is None


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"what": "keep"}, "The body ends"),
        ({"what": "close"}, "Give the last day"),
        ({"what": "close", "until": BEFORE - DAY}, "Give the last day"),
        ({"what": "apply_again", "until": BEFORE}, "Give the last day"),
        ({"what": "transfer", "to": "PR-000009"}, "not one of the bodies that come after"),
    ],
)
def test_what_does_not_go_together_is_told_by_accreditation(scaffolds, harbour, whole, said, says):
    held = accreditation_of(harbour)
    case = drafted([harbour], [whole])
    name_each(case, {held.number: said})
    (message,) = wrong(case).values()
    assert says in message


def test_nothing_is_handed_on_to_a_body_that_may_not_deliver_it(scaffolds, harbour, whole):
    """It is asked when it is handed on, and again when it is decided."""
    case = handed_on([harbour], [whole], {accreditation_of(harbour).number: transfer(whole)})
    services.impose(whole, kind="suspension", summary={"en": "Suspended."}, on=BEFORE)
    with pytest.raises(RuleViolations, match="is not registered on that day"):
        decided(case)
    other = drafted([make_provider("Second")], [make_provider("Setter", may_deliver=False)])
    held = accredited(scaffolds, other.organisation.provider)
    name_each(other, {held.number: transfer(_after(other))})
    assert "develops and never delivers" in wrong(other)[f"what_{held.number}"]


def _after(case):
    from providers import succession

    return succession.parties(Succession.objects.get(case=case), "after")[0]


def test_a_successor_is_not_accredited_twice_for_the_same_entry(scaffolds, harbour, kestrel, whole):
    one, two = accreditation_of(harbour), accredited(scaffolds, kestrel)
    case = drafted([harbour, kestrel], [whole])
    name_each(case, {one.number: transfer(whole), two.number: transfer(whole)})
    (message,) = wrong(case).values()
    assert "is given two accreditations" in message
    accredited(scaffolds, whole)
    name_each(case, {two.number: {"what": "close", "until": BEFORE}})
    (message,) = wrong(case).values()
    assert "is accredited for it already" in message


def test_a_second_succession_of_the_same_body_waits_for_the_first(harbour, kestrel, whole):
    first = drafted([harbour], [whole])
    with pytest.raises(Conflict, match=first.reference):
        services.draft_succession(about=harbour.number, by=make_user("Rita", "registrar"))
    second = drafted([kestrel], [whole])
    desk.submit(case_id=first.pk, by=first.officer)
    with pytest.raises(NotAllowed, match=first.reference):
        desk.submit(case_id=second.pk, by=second.officer)
    decided(first)
    desk.submit(case_id=second.pk, by=second.officer)
    decided(second)
    assert [row["number"] for row in document_of(whole.number)["predecessors"]] == [harbour.number, kestrel.number]


def test_whoever_wrote_it_does_not_decide_it(harbour, whole):
    both = make_user("Both", "registrar", "decision_maker")
    case = handed_on([harbour], [whole], by=both)
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, both, effective_on=HAPPENED, backdating="law")


def test_whoever_has_an_interest_in_any_of_the_bodies_takes_no_part(harbour, whole):
    case = handed_on([harbour], [whole])
    dana = make_user("Dana", "decision_maker")
    desk.declare_interest_in(organisation=whole.organisation, by=dana, reason="My sister teaches there.")
    with pytest.raises(NotAllowed, match="declared an interest in Kestrel Harbour"):
        decide(case, dana, effective_on=HAPPENED, backdating="law")
    other, rita = make_provider("Other"), make_user("Rita", "registrar")
    desk.declare_interest_in(organisation=other.organisation, by=rita, reason="My brother teaches there.")
    with pytest.raises(NotAllowed, match="declared an interest"):
        services.draft_succession(about=other.number, by=rita)


def test_who_has_an_interest_in_another_party_is_not_named_among_those_who_may_decide(harbour, whole):
    case = handed_on([harbour], [whole])
    dana, sam = make_user("Dana", "decision_maker"), make_user("Samuel", "decision_maker")
    desk.declare_interest_in(organisation=whole.organisation, by=dana, reason="My sister teaches there.")
    assert offers.deciders(case, TODAY) == [sam]
    assert "interest in Kestrel Harbour" in offers.Offers(case, dana, TODAY).why_not("approve")
    assert offers.Offers(case, sam, TODAY).why_not("approve") is None


@pytest.mark.parametrize("role", ["auditor", "decision_maker", "administrator"])
def test_only_who_prepares_cases_begins_one(harbour, role):
    with pytest.raises(NotAllowed):
        services.draft_succession(about=harbour.number, by=make_user("Nobody", role))
    assert not Case.objects.exists()


# -- its day -----------------------------------------------------------------------------------------------------------


def test_what_happened_before_today_has_a_second_approver(harbour, whole):
    case = handed_on([harbour], [whole])
    with pytest.raises(RegisterError, match="A second approver then confirms it"):
        decide(case)
    assert decide(case, effective_on=HAPPENED, backdating="law") == []
    assert document_of(harbour.number)["ended_as"] is None


def test_what_lies_ahead_is_told_beforehand_and_holds_from_its_day(scaffolds, harbour, whole):
    day, held = TODAY + timedelta(days=20), accreditation_of(harbour)
    decided(handed_on([harbour], [whole], {held.number: transfer(whole)}, happened_on=day), on=TODAY)
    assert [status_on(document_of(harbour.number), d) for d in (day - DAY, day)] == ["registered", "merged"]
    ask = partial(standing.verify, scaffolds.number)
    assert [ask(harbour.number, d).accredited for d in (day - DAY, day)] == [True, False]
    assert [ask(whole.number, d).accredited for d in (day - DAY, day)] == [False, True]


def test_what_becomes_public_on_a_later_day_is_public_nowhere_before_and_cannot_be_altered(scaffolds, harbour, whole):
    from django.db import DatabaseError, transaction

    from tests.registry.test_clock import at

    day, held = TODAY + timedelta(days=20), accreditation_of(harbour)
    case = handed_on([harbour], [whole], {held.number: transfer(whole)}, happened_on=day)
    decide(case, effective_on=day, publish_on=day)
    assert "successors" not in document_of(harbour.number) and Accreditation.objects.count() == 1
    with pytest.raises(DatabaseError, match="has been approved"), transaction.atomic():
        Succession.objects.filter(case=case).update(after=[])
    # What is given to the body meanwhile is decided by nobody's clock.
    more = accredited(listed_since(title="Rigging"), harbour)
    assert desk.release_due(day, now=at(day)) == 1
    assert document_of(harbour.number)["ended_on"] == day.isoformat()
    assert accreditation_of(whole).accredited_from == day
    more.refresh_from_db()
    assert (more.accredited_until, more.withdrawn_on) == (None, None)


# -- who is told, and what officers read -------------------------------------------------------------------------------


def test_everybody_who_acts_for_one_of_the_bodies_is_told_once_it_is_public(harbour, kestrel, whole):
    people = [make_signatory(body, name) for body, name in ((harbour, "Sina"), (kestrel, "Kit"), (whole, "Wes"))]
    case = handed_on([harbour, kestrel], [whole])
    assert not Notice.objects.filter(person__in=people).exists()
    decided(case)
    told = {notice.person_id: notice.body for notice in Notice.objects.filter(person__in=people)}
    assert set(told) == {person.pk for person in people}
    assert f"{harbour.number} Harbour Institute, {kestrel.number} Kestrel School became" in told[people[1].pk]


def test_officers_read_what_else_names_the_bodies_and_nothing_happens_to_it(scaffolds, harbour, whole):
    from registry.casework import kinds

    case = handed_on([harbour], [whole], {accreditation_of(harbour).number: transfer(whole)})
    sections = {str(s["label"]): s for s in kinds.get(case.kind).sections(case)}
    named = sections["What else names them, and alters by a case of its own"]["lines"]
    assert named == [f"{scaffolds.number} Scaffold inspection: {harbour.number} awards it: propose an amendment"]
    assert sections["Bodies that came after"]["lines"] == [f"{whole.number} {whole.title}: registered"]
    serial = Change.objects.filter(number=scaffolds.number).latest("serial").serial
    decided(case)
    assert Change.objects.filter(number=scaffolds.number).latest("serial").serial == serial


def test_a_decline_makes_nothing_public(harbour, whole):
    case = handed_on([harbour], [whole])
    decide(case, outcome="declined")
    case.refresh_from_db()
    assert case.state == "declined" and "successors" not in document_of(harbour.number)
