"""The portal's pages of the other kinds of application, as a person with a browser uses them."""

import re
from datetime import timedelta

import pytest

from credentials.models import AccreditationApplication, Amendment, Application
from registry.casework import services as desk
from registry.framework import current
from registry.models import Case, Membership
from tests.builders import FIRST_STAGE, make_change, make_developing, make_listed, make_provider, make_signatory

TODAY = current.today()
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HERE = "/portal/micro-credentials/"


@pytest.fixture
def kestrel(db, client):
    """A provider whose signatory is signed in."""
    provider = make_provider("Kestrel College")
    provider.kim = make_signatory(provider, "Kim")
    client.force_login(provider.kim, backend=BACKEND)
    return provider


@pytest.fixture
def listed(db):
    return make_listed()


def sign_in_for(client, listed):
    """The signatory of the body that awards an entry is signed in."""
    person = Membership.objects.get(organisation=listed.awarding_body.organisation).user
    client.force_login(person, backend=BACKEND)
    return person


def fields(html: str) -> dict[str, str]:
    """What a browser would send of a page that nobody has typed into: hidden and text inputs, and text areas."""
    found = dict(re.findall(r'<input type="(?:text|hidden|date)" name="([^"]+)" value="([^"]*)"', html))
    found |= {name: words.strip() for name, words in re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)<', html)}
    chosen = re.findall(r'<select name="([^"]+)"[^>]*>(?:(?!</select>).)*?<option value="([^"]*)" selected', html, re.S)
    return found | dict(chosen)


# -- accreditation alone -----------------------------------------------------------------------------------------------


def test_an_application_to_deliver_is_started_by_the_number_of_the_entry_and_written(client, kestrel, listed):
    page = client.get(f"{HERE}accreditations/start/?number={listed.number}").content.decode()
    assert f'value="{listed.number}"' in page
    answer = client.post(
        f"{HERE}accreditations/start/", {"provider": kestrel.pk, "number": f" {listed.number.lower()} "}
    )
    address = answer["Location"]
    application = AccreditationApplication.objects.get()
    assert address == f"{HERE}{application.case.reference}/accreditation/"
    written = {
        "sites": "Kestrel Street\nHarbour Road", "delivery_modes": ["on_site", "online"], "languages": "en\nmi",
        "begins_on": "2026-12-24", "ends_on": "", "capability_statement": "Two inspectors teach it.",
        "revision": application.case.revision,
    }  # fmt: skip
    assert client.post(address, written).status_code == 302
    application.refresh_from_db()
    assert application.sites == ["Kestrel Street", "Harbour Road"] and application.languages == ["en", "mi"]
    assert application.begins_on.isoformat() == "2026-12-24" and application.ends_on is None
    html = client.get(address).content.decode()
    assert "Two inspectors teach it." in html and 'value="2026-12-24"' in html


@pytest.mark.parametrize(("number", "message"), [("NQ-009999", "no such entry"), ("", "Write the register number")])
def test_a_number_that_leads_nowhere_is_told_at_its_field_and_stays(client, kestrel, number, message):
    answer = client.post(f"{HERE}accreditations/start/", {"provider": kestrel.pk, "number": number})
    html = answer.content.decode()
    assert answer.status_code == 422 and message in html and 'id="id_number_error"' in html
    assert not Case.objects.exists() and (not number or f'value="{number}"' in html)


def test_nobody_starts_anything_for_a_provider_that_is_not_theirs(client, kestrel, listed):
    data = {"provider": listed.awarding_body_id, "number": listed.number}
    for name in ("accreditations", "changes", "qualifications"):
        assert client.post(f"{HERE}{name}/start/", data).status_code == 422
    assert not AccreditationApplication.objects.exists() and not Amendment.objects.exists()


def test_a_date_that_cannot_be_read_loses_nothing_else(client, kestrel, listed):
    address = client.post(f"{HERE}accreditations/start/", {"provider": kestrel.pk, "number": listed.number})["Location"]
    application = AccreditationApplication.objects.get()
    data = {"sites": "Kestrel Street", "ends_on": "next year", "revision": application.case.revision}
    answer = client.post(address, data)
    html = answer.content.decode()
    assert answer.status_code == 422 and "next year" in html and 'id="id_ends_on_error"' in html
    application.refresh_from_db()
    assert application.sites == ["Kestrel Street"]
    assert client.post(address, fields(html) | {"ends_on": "2040-01-31"}).status_code == 302


def test_a_page_made_before_a_colleague_saved_is_refused_with_all_that_was_typed(client, kestrel, listed):
    address = client.post(f"{HERE}accreditations/start/", {"provider": kestrel.pk, "number": listed.number})["Location"]
    revision = Case.objects.get(kind="accreditation_application").revision
    client.post(address, {"sites": "First", "revision": revision})
    answer = client.post(address, {"sites": "Second", "revision": revision})
    assert answer.status_code == 409 and "Somebody else changed" in answer.content.decode()
    assert "Second" in answer.content.decode() and AccreditationApplication.objects.get().sites == ["First"]


def test_what_is_missing_stands_at_its_field_where_that_is_asked(client, kestrel, listed):
    address = client.post(f"{HERE}accreditations/start/", {"provider": kestrel.pk, "number": listed.number})["Location"]
    assert "id_sites_error" not in client.get(address).content.decode()
    html = client.get(f"{address}?check").content.decode()
    assert 'id="id_sites_error"' in html and 'id="id_capability_statement_error"' in html


# -- full qualifications in two stages ---------------------------------------------------------------------------------


def test_the_first_stage_asks_for_little_and_the_second_for_the_content(client, kestrel):
    address = client.post(f"{HERE}qualifications/start/", {"provider": kestrel.pk})["Location"]
    html = client.get(address).content.decode()
    assert 'name="stakeholder_statement"' in html
    assert 'name="learning_outcomes"' not in html and 'name="wants_accreditation"' not in html
    case = Case.objects.get()
    said = FIRST_STAGE | {"purpose": "For scaffolders.", "type": "certificate", "revision": case.revision}
    assert client.post(address, said).status_code == 302
    application = Application.objects.get()
    assert application.stakeholder_statement == FIRST_STAGE["stakeholder_statement"]
    assert (application.revision.title, application.revision.level) == (FIRST_STAGE["title"], "4")


def test_once_its_development_is_approved_the_whole_content_is_written(client, kestrel):
    case = make_developing(provider=kestrel, by=kestrel.kim)
    address = f"{HERE}{case.reference}/qualification/"
    html = client.get(address).content.decode()
    assert 'name="learning_outcomes"' in html and FIRST_STAGE["stakeholder_statement"] in html.replace("&#x27;", "'")
    said = fields(html) | {"learning_outcomes": "Put a scaffold up.", "credits": "60"}
    assert client.post(address, said).status_code == 302
    revision = Application.objects.get().revision
    assert [outcome["text"]["en"] for outcome in revision.learning_outcomes] == ["Put a scaffold up."]


def test_where_the_law_has_one_stage_the_page_says_so(client, kestrel, settings):
    settings.NQR_PROFILE = "acqf-generic"
    answer = client.post(f"{HERE}qualifications/start/", {"provider": kestrel.pk})
    assert answer.status_code == 422 and "one stage alone" in answer.content.decode()


# -- changes -----------------------------------------------------------------------------------------------------------


def change_page(client, listed) -> str:
    data = {"provider": listed.awarding_body_id, "number": listed.number}
    return client.post(f"{HERE}changes/start/", data)["Location"]


def test_a_change_is_written_and_the_page_says_what_differs_and_how_it_is_dealt_with(client, listed):
    sign_in_for(client, listed)
    address = change_page(client, listed)
    html = client.get(address).content.decode()
    assert "Nothing differs." in html
    said = fields(html) | {"delivery_modes": ["on_site"], "purpose-en": "Prepares inspectors."}
    assert client.post(address, said).status_code == 302
    html = client.get(address).content.decode()
    assert "the authority is notified (Type 1)" in html and "Nothing differs." not in html
    client.post(address, fields(html) | {"delivery_modes": ["on_site"], "titles-en": "Scaffolds inspected"})
    html = client.get(address).content.decode()
    assert "it is evaluated and approved first (Type 2)" in html
    assert Amendment.objects.get().category == "B"


def test_saving_a_change_unaltered_alters_nothing(client, listed):
    sign_in_for(client, listed)
    address = change_page(client, listed)
    client.post(address, fields(client.get(address).content.decode()) | {"delivery_modes": ["on_site"]})
    assert "Nothing differs." in client.get(address).content.decode()


def test_an_end_without_its_plan_is_kept_and_told_what_it_lacks(client, listed):
    person = sign_in_for(client, listed)
    address = change_page(client, listed)
    said = fields(client.get(address).content.decode()) | {
        "delivery_modes": ["on_site"], "expiring_from": (TODAY + timedelta(days=30)).isoformat(),
        "expiry_end": "2040-12-31", "transition_note-en": "Finish by then.",
    }  # fmt: skip
    client.post(address, said)
    html = client.get(address).content.decode()
    assert "taught to the end" in html and 'value="2040-12-31"' in html
    client.post(address, fields(html) | {"delivery_modes": ["on_site"], "teach_out": "We teach every cohort."})
    assert "REG-teach_out" not in client.get(address).content.decode()
    assert desk.submit(case_id=Amendment.objects.get().pk, by=person).state == "submitted"


def test_a_field_that_cannot_be_read_loses_nothing_else_of_a_change(client, listed):
    sign_in_for(client, listed)
    address = change_page(client, listed)
    said = fields(client.get(address).content.decode()) | {
        "delivery_modes": ["on_site"], "credits": "12,5", "purpose-en": "Prepares inspectors.",
    }  # fmt: skip
    answer = client.post(address, said)
    html = answer.content.decode()
    assert answer.status_code == 422 and "12,5" in html and 'id="id_credits_error"' in html
    assert Amendment.objects.get().revision.purpose == {"en": "Prepares inspectors."}


def test_another_body_finds_neither_the_change_nor_its_form(client, kestrel, listed):
    person = Membership.objects.get(organisation=listed.awarding_body.organisation).user
    case = make_change(listed, person, {"titles": {"en": "Another title"}})
    assert client.get(f"{HERE}{case.reference}/change/").status_code == 404
    assert client.post(f"{HERE}{case.reference}/change/rebase/").status_code == 404


def test_what_officers_draft_is_not_a_providers_to_see_nor_a_providers_draft_theirs(client, listed):
    from credentials import services
    from tests.builders import make_user

    person, grace = sign_in_for(client, listed), make_user("Grace", "registrar")
    officers = services.propose(credential_id=listed.pk, by=grace)
    assert client.get(f"{HERE}{officers.case.reference}/change/").status_code == 404
    theirs = make_change(listed, person, {"titles": {"en": "Another title"}})
    client.force_login(grace, backend=BACKEND)
    assert client.get(f"/admin/credentials/amendment/{theirs.pk}/change/").status_code == 404
    queue = client.get("/admin/credentials/amendment/").content.decode()
    assert officers.case.reference in queue and theirs.reference not in queue


def test_whether_accreditation_is_applied_for_is_chosen_in_the_draft(client, kestrel):
    address = client.post(f"{HERE}start/", {"provider": kestrel.pk})["Location"]
    assert 'name="wants_accreditation" value="yes"' in client.get(address).content.decode()
    case = Case.objects.get()
    client.post(address, {"title": "Hives", "language": "en", "wants_accreditation": "no", "revision": case.revision})
    assert not Application.objects.get().wants_accreditation
