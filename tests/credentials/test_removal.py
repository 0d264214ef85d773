"""A listing made by mistake is removed: two decide, a tombstone stays, and nothing brings it back (E9)."""

import re
from datetime import timedelta

import orjson
import pytest
from django.db import connection, transaction
from django.test import Client

from credentials import services
from credentials.models import Accreditation, StackingLink
from registry import journal, standing
from registry.casework import services as desk
from registry.casework.reconsideration import kind
from registry.casework.services import reconsidering as again
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.models import Case, Change, Entry, Membership, Notice, NumberSeries
from registry.search import follower, query
from tests.builders import (
    COMPLETE,
    decide,
    evaluate,
    make_accreditation_draft,
    make_change,
    make_listed,
    make_provider,
    make_signatory,
    make_user,
)
from tests.credentials import wrongs
from tests.credentials.sanctioning import accreditation_of
from tests.desk import act, officer, page, signed_in, words
from tests.together import at_once

TODAY = current.today()


def removed(number: str, **values) -> Case:
    case = wrongs.proposed_removal(number, **values)
    wrongs.confirmed(case)
    case.refresh_from_db()
    return case


def answer(path: str):
    return Client().get(path)


def test_case_24_what_was_listed_by_mistake_leaves_a_tombstone_and_its_number_is_never_used_again(db):
    credential = make_listed(title="Scaffold inspection")
    (accreditation,) = Accreditation.objects.filter(credential=credential)
    case = removed(credential.number)
    decision = case.decisions.get()
    follower.catch_up()

    gone = answer(f"/q/{credential.number}")
    assert gone.status_code == 410
    text = words(gone.content.decode())
    assert credential.number in text and decision.number in text and "It had never been approved." in text
    assert "Scaffold" not in text and "draft that nobody had decided" not in text
    problem = answer(f"/api/v1/credentials/{credential.number}")
    assert problem.status_code == 410 and problem["Content-Type"] == "application/problem+json"
    body = problem.json()
    assert body["number"] == credential.number and body["withdrawn_on"] == TODAY.isoformat()
    assert (body["reason_category"], body["decision"]) == ("never_approved", decision.number)
    assert "Scaffold" not in problem.content.decode()

    feed = answer("/api/v1/changes?after=0&include=document").json()["changes"]
    assert [(c["number"], c["action"]) for c in feed[-2:]] == [
        (credential.number, "withdrawn"), (accreditation.number, "withdrawn"),
    ]  # fmt: skip
    assert all(c["document"] is None for c in feed if c["number"] == credential.number)
    assert query.search(q="Scaffold inspection", day=TODAY).count == 0

    document = orjson.loads(bytes(Entry.objects.get(number=credential.number).document))
    with pytest.raises(RegisterError, match="never used again"), transaction.atomic():
        journal.publish(document | {"title": "Another"}, effective_from=TODAY)
    assert make_listed(title="Rope access").number != credential.number


def test_a_removal_takes_the_numbers_of_no_other_entry(db):
    credential = make_listed()
    before = dict(NumberSeries.objects.filter(prefix__in=("NQ", "AC")).values_list("prefix", "last"))
    removed(credential.number)
    assert dict(NumberSeries.objects.filter(prefix__in=("NQ", "AC")).values_list("prefix", "last")) == before


def test_the_decision_of_one_removes_nothing(db):
    credential = make_listed()
    case = wrongs.proposed_removal(credential.number)
    assert answer(f"/q/{credential.number}").status_code == 200
    first = case.decision_drafts.get().drafted_by
    with pytest.raises(NotAllowed, match="second approver"):
        wrongs.confirmed(case, by=first)
    assert not case.decisions.exists()


def test_whoever_wrote_a_removal_neither_decides_nor_confirms_it(db):
    both = make_user("Rob", "registrar", "decision_maker")
    case = wrongs.removal(make_listed().number, both)
    desk.submit(case_id=case.pk, by=both)
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, both)


def test_those_who_deliver_it_are_no_more_accredited_by_the_same_decision_and_are_told(db):
    credential = make_listed()
    kestrel = make_provider("Kestrel College")
    kim = make_signatory(kestrel, "Kim")
    asked = make_accreditation_draft(credential, kestrel, kim)
    desk.submit(case_id=asked.pk, by=kim)
    decide(evaluate(asked))
    case = removed(credential.number)
    gone = Change.objects.filter(action="withdrawn").order_by("serial")
    assert [c.number for c in gone] == [
        credential.number, *Accreditation.objects.order_by("pk").values_list("number", flat=True)
    ]  # fmt: skip
    assert {c.decision_number for c in gone} == {case.decisions.get().number}
    assert not Accreditation.objects.present(TODAY).exists()
    told = Notice.objects.filter(person=kim).latest("pk")
    assert "removed" in told.subject and "It had never been approved." in told.body


def test_an_accreditation_alone_is_removed_and_its_entry_stays(db):
    credential = make_listed()
    (accreditation,) = Accreditation.objects.filter(credential=credential)
    case = removed(accreditation.number)
    assert case.organisation == accreditation.provider.organisation
    assert answer(f"/q/{accreditation.number}").status_code == 410
    assert answer(f"/q/{credential.number}").status_code == 200
    said = standing.verify(credential.number, accreditation.provider.number, TODAY)
    assert (said.credential.registered, said.accredited, said.reasons) == (True, False, ("not_accredited",))


def test_nothing_of_it_was_ever_registered_whatever_day_is_asked_about(db):
    credential = make_listed()
    body = credential.awarding_body.number
    assert standing.verify(credential.number, body, TODAY).accredited is True
    removed(credential.number)
    for day in (TODAY, TODAY + timedelta(days=400)):
        said = standing.verify(credential.number, body, day)
        assert (said.credential.registered, said.accredited) == (False, False)
        assert "listed_by_mistake" in said.reasons


def test_what_was_listed_twice_names_the_entry_that_stands(db):
    stands, twin = make_listed(), make_listed(title="Scaffold inspecting")
    removed(twin.number, category="listed_twice", twin=stands.number.lower())
    assert f"{stands.number} is the entry that stands" in words(answer(f"/q/{twin.number}").content.decode())


@pytest.mark.parametrize(("values", "field"), [
    ({"category": ""}, "category"),
    ({"mistake": " "}, "mistake"),
    ({"category": "listed_twice"}, "twin"),
    ({"category": "listed_twice", "twin": "NQ-000001"}, "twin"),
    ({"category": "listed_twice", "twin": "NQ-999999"}, "twin"),
    ({"twin": "NQ-999999"}, "twin"),
])  # fmt: skip
def test_a_mistake_is_described_before_it_is_handed_on(db, values, field):
    rita = make_user("Rita", "registrar")
    case = wrongs.removal(make_listed().number, rita, **values)
    with pytest.raises(RuleViolations) as refused:
        desk.submit(case_id=case.pk, by=rita)
    assert {v.field for v in refused.value.violations} == {field}


def test_nothing_is_removed_twice(db):
    credential = make_listed()
    waiting = wrongs.removal(credential.number)
    with pytest.raises(Conflict, match=waiting.reference):
        wrongs.removal(credential.number)
    desk.withdraw(case_id=waiting.pk, by=make_user("Rita", "registrar"))
    removed(credential.number)
    with pytest.raises(Conflict, match="removed from the register"):
        wrongs.removal(credential.number)


def test_what_was_open_about_it_stays_and_is_told_that_it_is_gone(db):
    credential = make_listed()
    sina = make_signatory(credential.awarding_body, "Sina")
    change = make_change(credential, sina, content={"purpose": {"en": "For site supervisors and their deputies."}})
    kestrel = make_provider("Kestrel College")
    kim = make_signatory(kestrel, "Kim")
    asked = make_accreditation_draft(credential, kestrel, kim)
    removed(credential.number)
    for case, by in ((change, sina), (asked, kim)):
        with pytest.raises(NotAllowed, match="removed from the register"):
            desk.submit(case_id=case.pk, by=by)
        case.refresh_from_db()
        assert case.state == "draft"


def test_no_link_leads_to_it_or_from_it(db):
    whole = make_listed(title="Scaffolding")
    part = make_listed(title="Scaffold inspection", stacking=[{"relation": "counts_towards", "number": whole.number}])
    assert StackingLink.objects.filter(credential=part, target=whole).exists()
    removed(whole.number)
    assert not StackingLink.objects.exists()


def test_a_removal_may_wait_for_its_day_and_is_public_nowhere_before(db):
    rita, later = make_user("Rita", "registrar"), TODAY + timedelta(days=10)
    credential = make_listed()
    case = wrongs.removal(credential.number, rita)
    desk.submit(case_id=case.pk, by=rita)
    decide(case, effective_on=later)
    wrongs.confirmed(case)
    assert answer(f"/q/{credential.number}").status_code == 200
    assert desk.release_due(later) == 1
    assert Entry.objects.get(number=credential.number).withdrawn_on == later


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Removed"), ("fr", "Retiré"), ("pt", "Retirado"), ("ar", "أزيل")]
)
def test_the_tombstone_is_read_in_four_languages(db, language, said):
    credential = make_listed()
    removed(credential.number)
    shown = answer(f"{'' if language == 'en' else f'/{language}'}/q/{credential.number}")
    html = shown.content.decode()
    direction = "rtl" if language == "ar" else "ltr"
    assert shown.status_code == 410 and f'<html lang="{language}" dir="{direction}">' in html and said in html
    assert credential.number in html and Case.objects.get(kind="entry_removal").decisions.get().number in html


def test_the_story_at_the_desk(db):
    credential = make_listed()
    rita, dana, dora = (signed_in(make_user(n, r)) for n, r in (
        ("Rita", "registrar"), ("Dana", "decision_maker"), ("Dora", "decision_maker"),
    ))  # fmt: skip
    address = f"/admin/registry/case/begin/entry_removal/{credential.number}/"
    assert address in rita.get(f"/admin/credentials/credential/{credential.pk}/change/").content.decode()
    assert "never used again" in words(rita.get(address).content.decode())
    rita.post(address)
    case = Case.objects.get(kind="entry_removal")
    typed = {"category": "wrong_body", "mistake": "It is another body's.", "revision": case.revision}
    assert act(rita, case, "edit", typed).status_code == 302
    assert "listed for a body that it does not belong to" in words(page(rita, case))
    assert act(rita, case, "hand_on").status_code == 302
    assert act(dana, case, "decide", {"removal": "approved", "reason": "It is."}).status_code == 302
    assert "waits for a second approver" in words(page(dora, case))
    assert "You drafted this decision" in words(act(dana, case, "confirm").content.decode())
    assert act(dora, case, "confirm").status_code == 302
    assert answer(f"/q/{credential.number}").status_code == 410
    assert "Dora confirmed the decision" in words(page(rita, case))


def test_the_removal_of_an_accreditation_is_begun_from_its_page(db):
    held, rita = accreditation_of(make_listed()), officer("registrar")
    address = f"/admin/registry/case/begin/entry_removal/{held.number}/"
    assert address in rita.get(f"/admin/credentials/accreditation/{held.pk}/change/").content.decode()
    assert held.number in words(rita.get(address).content.decode())
    assert rita.post(address).status_code == 302
    case = Case.objects.get(kind="entry_removal")
    assert case.removal.number == held.number and held.number in words(page(rita, case))
    again = rita.post(address)
    assert again.status_code == 409 and case.reference in again.content.decode()


def test_an_officer_without_the_role_begins_none(db):
    credential = make_listed()
    address = f"/admin/registry/case/begin/entry_removal/{credential.number}/"
    assert officer("decision_maker").post(address).status_code == 403
    assert not Case.objects.filter(kind="entry_removal").exists()


# -- two at once -------------------------------------------------------------------------------------------------------


def _revision_recommended(credential):
    """A further revision of the entry, which waits for a decision."""
    eva = make_user("Eva", "evaluator")
    amendment = services.propose(credential_id=credential.pk, by=eva)
    outcomes = [*COMPLETE["learning_outcomes"], {"text": {"en": "Mend what was found."}}]
    services.save_amendment(case_id=amendment.case_id, by=eva, values={"content": {"learning_outcomes": outcomes}})
    services.submit_amendment(case_id=amendment.case_id, by=eva)
    return Case.objects.get(pk=amendment.case_id)


@pytest.mark.parametrize("attempt", range(3))
def test_a_removal_while_a_new_revision_is_approved_leaves_a_tombstone_in_whatever_order(committing_db, attempt):
    credential = make_listed()
    change, removal = _revision_recommended(credential), wrongs.proposed_removal(credential.number)
    dina, dora = make_user("Dina", "decision_maker"), make_user("Dora", "decision_maker")
    approved, gone = at_once(lambda: decide(change, dina), lambda: wrongs.confirmed(removal, dora))
    change.refresh_from_db()
    assert not isinstance(gone, Exception) and gone is not None, gone
    entry = Entry.objects.get(number=credential.number)
    assert entry.withdrawn_on == TODAY, "whatever came first, nothing revives it"
    actions = list(Change.objects.of(credential.number).order_by("serial").values_list("action", flat=True))
    if isinstance(approved, Exception):
        assert re.search("removed from the register", str(approved))
        assert (actions, change.state) == (["listed", "withdrawn"], "recommended")
    else:
        assert (actions, change.state) == (["listed", "revised", "withdrawn"], "approved")
    assert not connection.in_atomic_block


def test_a_body_is_told_nothing_of_a_removal_that_is_declined_and_cannot_ask_about_it(db):
    credential = make_listed()
    member = Membership.objects.get(organisation=credential.awarding_body.organisation).user
    known = set(Notice.objects.filter(person=member).values_list("pk", flat=True))
    rita = make_user("Rita", "registrar")
    case = wrongs.removal(credential.number, rita)
    desk.submit(case_id=case.pk, by=rita)
    with pytest.raises(NotAllowed):
        again.begin(about=case.reference, by=member)
    decide(case, outcome="declined")
    assert not case.letters.exists()
    assert set(Notice.objects.filter(person=member).values_list("pk", flat=True)) == known
    assert case.reference not in dict(kind.choices([case.organisation]))
    with pytest.raises(NotAllowed):
        again.begin(about=case.reference, by=member)


def test_an_officer_with_an_interest_in_the_body_begins_nothing_about_it(db):
    credential = make_listed()
    rita = make_user("Rita", "registrar")
    desk.declare_interest_in(organisation=credential.awarding_body.organisation, by=rita, reason="My sister leads it.")
    with pytest.raises(NotAllowed, match="You have declared an interest"):
        wrongs.removal(credential.number, rita)
