"""The portal's pages of registration and of a change of scope: started, written, refused with everything kept."""

import re
from html import unescape

import pytest
from django.test import Client

from providers.models import Registration, ScopeChange
from registry.models import Case, Membership
from tests.builders import make_provider, make_user
from tests.providers.applying import SCOPE, SITES, drafted, make_body, make_member, submitted

START, START_SCOPE = "/portal/providers/start/", "/portal/providers/scope/start/"
# What a browser sends for a complete registration: each row of a table by its place.
TYPED = {
    "legal_name": "Tidewater College Limited", "language": "en", "other_names": "Tidewater\nTWC",
    "type": "private_training", "body_register": "nzbn", "body_number": "9429000000017",
    "address": "2 Wharf Road, Nelson", "country": "NZ", "region": "Nelson", "website": "https://tidewater.example",
    "may_deliver": "true", "asked_until": "2039-12-31",
    "sites-rows": "2", "sites-0-name": "Wharf campus", "sites-0-country": "NZ", "sites-1-name": "",
    "scope-rows": "1", "scope-0-effect": "included", "scope-0-kinds": ["micro_credential"], "scope-0-lowest": "3",
    "scope-0-note-en": "Marine trades alone.",
    "governing_members-rows": "1", "governing_members-0-name": "Moana Tuwhare", "governing_members-0-role": "Chair",
    "governing_members-0-has_interests": "false", "governing_members-0-convicted": "false",
    "governing_members-0-insolvent": "false", "governing_members-0-cancelled": "false",
    "contacts-rows": "1", "contacts-0-name": "Ana", "contacts-0-email": "ana@tidewater.example",
    "statement_finances": "Audited each year.", "statement_conflicts": "A register of interests is kept.",
}  # fmt: skip


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def portal(body):
    return signed_in(make_member(body))


def read(response) -> str:
    return unescape(response.content.decode())


def begun(portal, body) -> str:
    """The address of the form of a new draft."""
    response = portal.post(START, {"body": body.pk})
    assert response.status_code == 302, read(response)
    return response.headers["Location"]


def revision_of(page: str) -> str:
    return re.search(r'name="revision" value="(\d+)"', page)[1]


def test_a_body_without_a_provider_starts_a_registration_and_reaches_every_start_page(portal, body):
    assert "Registration as a provider" in read(portal.get("/portal/"))
    assert "You do not act for any registered provider" in read(portal.get(START_SCOPE))
    assert "You do not act for any provider" in read(portal.get("/portal/micro-credentials/start/"))
    assert f'<option value="{body.pk}">Tidewater College</option>' in read(portal.get(START))
    page = read(portal.get(begun(portal, body)))
    assert 'name="legal_name" value="Tidewater College"' in page and "How each criterion is met" in page


def test_a_draft_is_kept_whole_and_shown_again(portal, body):
    address = begun(portal, body)
    typed = TYPED | {"revision": revision_of(read(portal.get(address)))}
    assert portal.post(address, typed).status_code == 302
    kept = Registration.objects.get()
    assert (kept.other_names, kept.type, kept.asked_until.isoformat()) == (
        ["Tidewater", "TWC"], "private_training", "2039-12-31",
    )  # fmt: skip
    assert kept.sites == [{"name": "Wharf campus", "country": "NZ"}]
    assert kept.scope == [
        {"effect": "included", "kinds": ["micro_credential"], "lowest": "3", "note": {"en": "Marine trades alone."}}
    ]
    assert kept.governing_members[0]["convicted"] is False and kept.contacts[0]["email"] == "ana@tidewater.example"
    assert kept.statements["finances"] == "Audited each year."
    assert Case.objects.get().title == "Tidewater College Limited"
    page = read(portal.get(address))
    for words in (
        "Tidewater\nTWC",
        "9429000000017",
        "Wharf campus",
        "Marine trades alone.",
        "Moana Tuwhare",
        "Audited",
    ):
        assert words in page, words
    assert page.count("<h1") == 1


def test_a_draft_with_little_in_it_is_kept_too(portal, body):
    address = begun(portal, body)
    typed = {"legal_name": "Tide", "revision": revision_of(read(portal.get(address)))}
    assert portal.post(address, typed).status_code == 302
    kept = Registration.objects.get()
    assert (kept.legal_name, kept.country, kept.scope, kept.may_deliver) == ("Tide", "NZ", [], True)


def test_what_cannot_be_read_is_shown_as_it_was_typed_and_the_rest_is_kept(portal, body):
    address = begun(portal, body)
    wrong = {"asked_until": "in spring", "website": "tidewater", "sites-0-name": "", "contacts-0-email": "nobody"}
    typed = TYPED | wrong | {"revision": revision_of(read(portal.get(address)))}
    response = portal.post(address, typed)
    page = read(response)
    assert response.status_code == 422 and "There is a problem" in page
    for words in ("in spring", "tidewater", "nobody", "Row 1. Name is missing.", "is not an e-mail address"):
        assert words in page, words
    for link in re.findall(r'<li><a href="#([^"]+)">', page):
        assert f'id="{link}"' in page, link
    kept = Registration.objects.get()
    assert kept.body_number == "9429000000017" and (kept.asked_until, kept.sites) == (None, [])
    # The page that came back is the next revision: it can be mended and saved.
    assert portal.post(address, TYPED | {"revision": revision_of(page)}).status_code == 302
    assert Registration.objects.get().sites == [{"name": "Wharf campus", "country": "NZ"}]


def test_a_colleague_who_saved_meanwhile_is_not_overwritten(portal, body):
    address = begun(portal, body)
    typed = TYPED | {"revision": revision_of(read(portal.get(address)))}
    portal.post(address, typed | {"region": "Otago"})
    response = portal.post(address, typed | {"region": "Southland"})
    assert response.status_code == 409 and "Southland" in read(response)
    assert Registration.objects.get().region == "Otago"


def test_more_rows_saves_and_offers_them(portal, body):
    address = begun(portal, body)
    typed = TYPED | {"revision": revision_of(read(portal.get(address))), "more": "governing_members"}
    response = portal.post(address, typed)
    assert response.headers["Location"].endswith("?more=governing_members#id_governing_members_0")
    page = read(portal.get(response.headers["Location"]))
    assert 'name="governing_members-5-name"' in page and 'id="id_governing_members_0"' in page


def test_the_form_shows_each_broken_rule_at_its_field(portal, body):
    address = begun(portal, body)
    page = read(portal.get(f"{address}?check"))
    for words in ("Name each governing member.", "Write its number there.", "Say how this is met: Finances."):
        assert words in page, words
    assert 'href="#id_statement_finances"' in page


def test_a_second_start_names_the_draft_that_there_is(portal, body):
    begun(portal, body)
    response = portal.post(START, {"body": body.pk})
    assert response.status_code == 409 and "You have begun one already: REG-" in read(response)


@pytest.mark.parametrize("key", ["", "x", "999999", "٣", "9" * 30])
def test_a_body_that_is_not_ones_own_is_not_found(portal, key):
    assert portal.post(START, {"body": key}).status_code == 404
    assert portal.post(START_SCOPE, {"body": key}).status_code == 404


def test_a_draft_is_found_by_nobody_else_and_not_after_a_membership_has_ended(portal, body):
    address = begun(portal, body)
    assert signed_in(make_user("Stranger")).get(address).status_code == 404
    assert signed_in(make_user("Eva", "evaluator")).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    Membership.objects.update(ended_on="2026-01-01")
    assert portal.get(address).status_code == 404
    assert portal.post(address, TYPED).status_code == 404


def test_a_draft_that_was_handed_in_leads_to_its_case(db):
    case = submitted()
    response = signed_in(case.signatory).get(f"/portal/providers/{case.reference}/edit/")
    assert (response.status_code, response.headers["Location"]) == (302, f"/portal/cases/{case.reference}/")


def test_a_registered_provider_is_led_to_a_change_of_scope(db):
    provider = make_provider()
    page = read(signed_in(make_member(provider.organisation)).get(START))
    assert "is registered already" in page and START_SCOPE in page


def test_a_change_of_scope_is_started_and_written(db):
    provider = make_provider(details={"scope": SCOPE, "sites": SITES})
    portal = signed_in(make_member(provider.organisation))
    address = portal.post(START_SCOPE, {"body": provider.pk}).headers["Location"]
    page = read(portal.get(address))
    assert "Wharf campus" in page and "Staff, equipment and premises for what is added" in page
    assert "Governing members" not in page
    typed = {
        "revision": revision_of(page), "scope-rows": "1", "scope-0-effect": "included", "scope-0-lowest": "2",
        "sites-rows": "1", "sites-0-name": "New wharf", "statement_scope_finances": "Fees are held in trust.",
    }  # fmt: skip
    assert portal.post(address, typed).status_code == 302
    kept = ScopeChange.objects.get()
    assert kept.scope == [{"effect": "included", "lowest": "2"}] and kept.sites == [{"name": "New wharf"}]
    assert kept.statements == {"scope_finances": "Fees are held in trust."}


def test_a_table_that_was_emptied_is_empty_and_one_that_was_not_sent_stays(db):
    case = drafted()
    portal = signed_in(case.signatory)
    address = f"/portal/providers/{case.reference}/edit/"
    portal.post(address, {"revision": revision_of(read(portal.get(address))), "sites-rows": "1", "sites-0-name": ""})
    kept = Registration.objects.get()
    assert kept.sites == [] and kept.scope == SCOPE
