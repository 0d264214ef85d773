"""A body bears another name: it asks in the portal, or an officer prepares it from a letter. The old one stays with its
days, and is found."""

from datetime import timedelta

import pytest

from providers import services
from providers.models import Renaming
from providers.services.renaming import set_renaming_aside
from registry import standing
from registry.casework import kinds
from registry.casework import services as desk
from registry.content.bodies import name_on
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.models import Case, Change
from registry.search import follower, query
from tests.builders import (
    decide,
    document_of,
    evaluate,
    letter,
    make_provider,
    make_signatory,
    make_user,
)
from tests.portal import signed_in
from tests.providers.succeeding import DAY, HAPPENED, TODAY, asked_name, listed_since
from tests.registry.test_clock import at


@pytest.fixture
def harbour(db):
    return make_provider("Harbour Institute")


def granted(case, **kwargs):
    desk.submit(case_id=case.pk, by=case.signatory)
    return decide(evaluate(case), **kwargs)


def wrong(case):
    return {v.field: v.message for v in kinds.get(case.kind).check(Case.objects.get(pk=case.pk), "submit")}


def prepared(provider, by=None, **values):
    """A complete draft that an officer writes from a letter."""
    by = by or make_user("Reg", "registrar")
    case = services.draft_renaming_by_letter(about=provider.number, by=by)
    services.save_renaming(
        case_id=case.pk, by=by, values={"legal_name": "Harbour Polytechnic", "borne_from": HAPPENED, **values}
    )
    desk.attach(case_id=case.pk, by=by, criterion="identity", upload=letter("letter.txt", b"We are called otherwise."))
    case.officer = by
    return case


def test_case_7_a_rename(harbour, client):
    entry = listed_since(provider=harbour)
    (decision,) = granted(asked_name(harbour))
    said = document_of(harbour.number)
    before, after = HAPPENED - DAY, HAPPENED + DAY
    assert said["title"] == "Harbour Polytechnic"
    assert [name_on(said, day) for day in (before, HAPPENED, after)] == [
        "Harbour Institute", "Harbour Polytechnic", "Harbour Polytechnic",
    ]  # fmt: skip
    for day in (before, HAPPENED, after):
        answer = standing.verify(entry.number, harbour.number, day)
        assert (answer.accredited, answer.provider.name) == (True, name_on(said, day))
        assert answer.provider.present_name == "Harbour Polytechnic"
    change = Change.objects.filter(number=harbour.number).latest("serial")
    assert (change.decision_number, change.effective_from) == (decision.number, TODAY)
    assert said["decisions"][-1]["number"] == decision.number
    follower.catch_up()
    assert query.search(q="Harbour Institute", day=TODAY, scope="providers").rows[0]["title"] == "Harbour Polytechnic"
    words = client.get(f"/providers/{harbour.number}").content.decode()
    assert "Harbour Institute" in words and "Harbour Polytechnic" in words
    told = [client.get(f"/api/v1/providers/{harbour.number}?as_at={d}").json()["name"] for d in (before, HAPPENED)]
    assert told == ["Harbour Institute", "Harbour Polytechnic"]
    page = client.get(f"/providers/{harbour.number}?as_at={before}").content.decode()
    assert "Harbour Institute" in page.partition("</h1>")[0].rpartition("<h1")[2]
    harbour.organisation.refresh_from_db()
    assert harbour.organisation.legal_name == "Harbour Polytechnic"


def test_a_name_in_another_language_leaves_the_old_one_in_no_title(harbour):
    granted(asked_name(harbour, legal_name="Te Whare o te Moana", language="mi"))
    said = document_of(harbour.number)
    assert (said["language"], said["titles"]) == ("mi", {"mi": "Te Whare o te Moana"})
    assert [row["language"] for row in said["names"]] == ["en", "mi"]


def test_an_empty_draft_is_told_all_that_is_missing(harbour):
    sina = make_signatory(harbour)
    case = services.draft_renaming(about=harbour.number, by=sina)
    assert set(wrong(case)) == {"legal_name", "borne_from", "evidence:identity"}
    with pytest.raises(RuleViolations):
        desk.submit(case_id=case.pk, by=sina)


@pytest.mark.parametrize("prepare", [asked_name, prepared])
def test_nothing_is_handed_in_without_a_file_of_evidence(harbour, prepare):
    case = prepare(harbour)
    by = getattr(case, "officer", None) or case.signatory
    desk.remove_evidence(case_id=case.pk, by=by, evidence_id=case.evidence.get().pk)
    with pytest.raises(RuleViolations, match="Attach evidence of the change"):
        desk.submit(case_id=case.pk, by=by)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"legal_name": "Harbour  Institute"}, "not the present one"),
        ({"legal_name": "   "}, "Give the new legal name"),
        ({"language": ""}, "Say in which language"),
    ],
)
def test_a_name_that_is_none_is_told_at_its_field(harbour, values, says):
    (message,) = wrong(asked_name(harbour, **values)).values()
    assert says in message


def test_a_name_does_not_begin_before_the_one_that_it_follows(harbour):
    services.rename(harbour, "Second", on=HAPPENED)
    assert "a change takes effect later than that" in wrong(asked_name(harbour))["legal_name"]


def test_a_body_that_is_suspended_is_renamed_and_one_that_has_ended_is_not(harbour):
    services.impose(harbour, kind="suspension", summary={"en": "Suspended."}, on=HAPPENED)
    granted(asked_name(harbour))
    assert document_of(harbour.number)["title"] == "Harbour Polytechnic"
    services.impose(harbour, kind="cancellation", summary={"en": "Cancelled."}, on=TODAY)
    with pytest.raises(RegisterError, match="is not registered today"):
        asked_name(harbour, by=make_signatory(harbour))


def test_a_name_that_is_borne_from_a_later_day_becomes_public_on_that_day(harbour):
    day = TODAY + timedelta(days=20)
    case = asked_name(harbour, borne_from=day)
    desk.submit(case_id=case.pk, by=case.signatory)
    evaluate(case)
    with pytest.raises(RegisterError, match="let the decision become public on that day"):
        decide(case)
    decide(case, publish_on=day)
    assert document_of(harbour.number)["title"] == "Harbour Institute"
    assert desk.release_due(day, now=at(day)) == 1
    said = document_of(harbour.number)
    assert (said["title"], name_on(said, day - DAY)) == ("Harbour Polytechnic", "Harbour Institute")
    assert Renaming.objects.get(case=case).frozen_on == TODAY


def test_one_change_of_a_name_is_decided_before_another_is_handed_in(harbour):
    case = asked_name(harbour)
    with pytest.raises(Conflict, match=case.reference):
        services.draft_renaming(about=harbour.number, by=case.signatory)
    desk.submit(case_id=case.pk, by=case.signatory)
    other = prepared(harbour)
    with pytest.raises(NotAllowed, match="Another change of its name"):
        desk.submit(case_id=other.pk, by=other.officer)


def test_only_who_acts_for_a_body_asks_and_only_an_officer_prepares(harbour):
    with pytest.raises(NotAllowed, match="do not act for this body"):
        services.draft_renaming(about=harbour.number, by=make_signatory(make_provider("Elsewhere")))
    with pytest.raises(NotAllowed):
        services.draft_renaming_by_letter(about=harbour.number, by=make_signatory(harbour))
    with pytest.raises(RegisterError, match="no such provider"):
        services.draft_renaming_by_letter(about="PR-999999", by=make_user("Reg", "registrar"))


def test_an_officer_prepares_a_name_from_a_letter_and_another_decides_it(harbour):
    both = make_user("Both", "registrar", "decision_maker")
    case = prepared(harbour, by=both)
    desk.submit(case_id=case.pk, by=both)
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, both)
    decide(case)
    assert document_of(harbour.number)["title"] == "Harbour Polytechnic"


# -- set aside ---------------------------------------------------------------------------------------------------------


def test_a_decision_that_is_set_aside_gives_the_former_name_back_and_keeps_history(harbour):
    case = asked_name(harbour)
    decisions = granted(case)
    set_renaming_aside(case=case, decisions=decisions, on=TODAY, now=at(TODAY), reference="RCN-2026-000001")
    said = document_of(harbour.number)
    days = (HAPPENED - DAY, HAPPENED, TODAY - DAY, TODAY)
    assert [name_on(said, day) for day in days] == [
        "Harbour Institute", "Harbour Polytechnic", "Harbour Polytechnic", "Harbour Institute",
    ]  # fmt: skip
    assert said["title"] == "Harbour Institute"


def test_a_name_that_was_followed_by_another_is_not_set_aside(harbour):
    case = asked_name(harbour)
    decisions = granted(case)
    services.rename(harbour, "Third", on=TODAY)
    with pytest.raises(RegisterError, match="bears another name by now"):
        set_renaming_aside(case=case, decisions=decisions, on=TODAY, now=at(TODAY))


# -- in the portal -----------------------------------------------------------------------------------------------------


def test_a_body_asks_for_a_name_in_the_portal(harbour):
    sina = make_signatory(harbour)
    client = signed_in(sina)
    assert "/portal/start/provider_rename/" in client.get("/portal/").content.decode()
    page = client.get("/portal/start/provider_rename/").content.decode()
    assert f"{harbour.number} Harbour Institute" in page
    client.post("/portal/start/provider_rename/", {"about": harbour.number})
    case = Case.objects.get(kind="provider_rename")
    address = f"/portal/cases/{case.reference}/"
    typed = {"legal_name": "Harbour Polytechnic", "language": "en", "revision": case.revision}
    refused = client.post(f"{address}edit/", {**typed, "borne_from": "in spring"})
    assert refused.status_code == 422 and "Harbour Polytechnic" in refused.content.decode()
    case.refresh_from_db()
    assert case.renaming.legal_name == "Harbour Polytechnic"
    saved = client.post(f"{address}edit/", {**typed, "borne_from": f"{HAPPENED}", "revision": case.revision})
    assert saved.status_code == 302
    assert "Attach evidence of the change" in client.get(address).content.decode()
    client.post(f"{address}attach/", {"criterion": "identity", "file": letter("certificate.txt", b"Certificate.")})
    case.refresh_from_db()
    assert client.post(f"{address}submit/", {"revision": case.revision}).status_code == 302
    case.refresh_from_db()
    assert case.state == "submitted"


def test_another_body_s_case_does_not_exist(harbour):
    case = asked_name(harbour)
    other = signed_in(make_signatory(make_provider("Elsewhere")))
    assert other.get(f"/portal/cases/{case.reference}/").status_code == 404
    assert other.post("/portal/start/provider_rename/", {"about": harbour.number}).status_code == 422
