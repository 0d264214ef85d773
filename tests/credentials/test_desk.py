"""The officer's pages: everything of an entry read-only, and a change of it proposed, written, handed on and decided."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from credentials.models import Amendment
from registry.framework import current
from tests.builders import document_of, make_listed, make_provider, make_signatory, make_user, publish

TODAY = current.today()
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def listed(db):
    return make_listed()


def signed_in(*roles: str) -> Client:
    client = Client()
    client.force_login(make_user("-".join(roles), *roles), backend=BACKEND)
    return client


@pytest.fixture
def desk(db) -> Client:
    return signed_in("registrar")


def entry_page(listed) -> str:
    return f"/admin/credentials/credential/{listed.pk}/change/"


def proposed(desk: Client, listed) -> Amendment:
    response = desk.post(f"/admin/credentials/credential/{listed.pk}/propose/")
    amendment = Amendment.objects.get(credential=listed)
    assert response.headers["Location"] == f"/admin/credentials/amendment/{amendment.pk}/change/"
    return amendment


def page(desk: Client, amendment: Amendment, query: str = "") -> str:
    return desk.get(f"/admin/credentials/amendment/{amendment.pk}/change/{query}").content.decode()


def filled(html: str) -> dict[str, str | list[str]]:
    """What the form on a page would send, as a browser without scripts sends it."""
    form = html[html.index('class="long"') :]
    sent: dict[str, str | list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        attributes = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        kind = attributes.get("type", "text")
        if kind == "checkbox":
            if " checked" in tag:
                sent.setdefault(attributes["name"], []).append(attributes["value"])
        elif "name" in attributes:
            sent[attributes["name"]] = attributes.get("value", "")
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.S):
        sent[name] = text
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def save(desk: Client, amendment: Amendment, button: str = "save", **changes):
    sent = filled(page(desk, amendment)) | changes | {button: changes.get(button, "")}
    return desk.post(f"/admin/credentials/amendment/{amendment.pk}/save/", sent)


# -- one entry ---------------------------------------------------------------------------------------------------------


def test_the_page_of_an_entry_shows_what_is_public_and_lets_nobody_type_over_it(desk, listed):
    html = desk.get(entry_page(listed)).content.decode()
    for said in (
        "Scaffold inspection",
        "Inspect a scaffold and record its state.",
        "Credits",
        "New learners may start.",
    ):
        assert said in html
    assert "<textarea" not in html and 'type="text"' not in html
    assert desk.post(entry_page(listed), {"title": "x"}).status_code == 403


def test_the_page_of_an_entry_shows_it_as_it_was_on_a_day(desk, listed):
    before = TODAY - timedelta(days=1)
    assert "It was not on the register" in desk.get(f"{entry_page(listed)}?on={before}").content.decode()
    wrong = desk.get(f"{entry_page(listed)}?on=31.12.2026")
    assert wrong.status_code == 400 and "“31.12.2026” is not a date such as 2026-01-31." in wrong.content.decode()


def test_an_entry_that_an_older_law_allowed_is_told_beside_the_law_of_today(desk, db):
    from credentials.models import Credential, Revision

    number = publish(kind="micro_credential", credits="45", notional_hours="450", level="4").number
    credential = Credential.objects.create(kind="micro_credential", number=number)
    Revision.objects.create(credential=credential, number=1, title="Old", titles={"en": "Old"})
    html = desk.get(f"/admin/credentials/credential/{credential.pk}/change/").content.decode()
    assert "What is public is not judged anew." in html and "NZ-01" in html and "Found: 45." in html


def test_only_those_who_draft_are_offered_to_propose_a_change(listed):
    for role, offered in (("registrar", True), ("evaluator", True), ("decision_maker", False), ("auditor", False)):
        assert ("Propose a change" in signed_in(role).get(entry_page(listed)).content.decode()) is offered
    refused = signed_in("auditor").post(f"/admin/credentials/credential/{listed.pk}/propose/")
    assert refused.status_code == 409 and Amendment.objects.count() == 0


def test_a_provider_does_not_come_to_the_desk(listed):
    client = Client()
    client.force_login(make_signatory(make_provider("Elsewhere")), backend=BACKEND)
    for address in (entry_page(listed), "/admin/credentials/amendment/"):
        assert client.get(address).status_code == 302


# -- writing a change --------------------------------------------------------------------------------------------------


def test_what_is_not_altered_comes_back_as_it_was(desk, listed):
    amendment = proposed(desk, listed)
    assert save(desk, amendment).status_code == 302
    assert "Nothing differs." in page(desk, amendment)


def test_every_field_of_the_dictionary_is_on_the_page_once(desk, listed):
    from registry.content.dictionary import FIELDS

    html = page(desk, proposed(desk, listed))
    assert [field.name for field in FIELDS if html.count(f'<div id="{field.name}">') != 1] == []


def test_rows_texts_and_codes_are_saved_and_shown_as_a_difference(desk, listed):
    amendment = proposed(desk, listed)
    response = save(
        desk, amendment, **{
            "components-0-title-en": "Tubes", "components-0-credits": "4.5", "components-0-compulsory": "true",
            "components-1-title-en": "Boards", "components-1-credits": "5.50", "award_basis": "both",
            "assessment_methods": ["observation", "oral"], "framework_facts-work_based": "true",
            "purpose_parts-use-en": "On sites in this country.", "duration": "PT100H", "fees-0-amount": "640",
            "fees-0-currency": "NZD", "titles-mi": "Tirotiro rangitūtū",
        },
    )  # fmt: skip
    assert response.status_code == 302
    revision = Amendment.objects.get(pk=amendment.pk).revision
    assert revision.details["components"] == [
        {"title": {"en": "Tubes"}, "credits": "4.5", "compulsory": True}, {"title": {"en": "Boards"}, "credits": "5.5"},
    ]  # fmt: skip
    assert revision.details["framework_facts"] == {"work_based": True}
    assert revision.titles == {"en": "Scaffold inspection", "mi": "Tirotiro rangitūtū"}
    html = page(desk, amendment)
    for said in (
        "Tubes; Credits: 4.5; Compulsory: yes",
        "a course, or recognition of prior learning",
        "That is category B.",
    ):
        assert said in html


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            {"credits": "12,5"},
            "“12,5” is not a number such as 15 or 2.5, with two decimals at most. Did you mean 12.5?",
        ),
        (
            {"components-0-title-en": "Tubes", "components-0-level": "04"},
            "Row 1. Level: “04” is not a level such as 4.",
        ),
        ({"duration": "60 hours"}, "Did you mean PT60H?"),
        ({"languages": "en\nGER"}, "“GER” is not a language of BCP 47, such as en or pt-BR. Did you mean de?"),
        (
            {"stacking-0-relation": "part_of", "stacking-0-number": "seven"},
            "Row 1. Entry: “seven” is not a register number",
        ),
        ({"fees-0-currency": "NZD"}, "Row 1. Amount is missing."),
        ({"expiring_from": "soon"}, "“soon” is not a date such as 2026-01-31."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_read_is_told_by_field_and_row_and_nothing_typed_is_lost(desk, listed, typed, message):
    amendment = proposed(desk, listed)
    response = save(desk, amendment, **{"purpose-en": "A purpose typed beside it."}, **typed)
    html = response.content.decode()
    assert response.status_code == 422 and message in html.replace("&#x27;", "'")
    # Every cell that was typed stands there again, and what could be read is kept.
    sent = filled(html)
    assert {name: sent[name] for name in typed} == typed
    assert Amendment.objects.get(pk=amendment.pk).revision.purpose == {"en": "A purpose typed beside it."}


def test_more_rows_are_offered_without_a_script_and_what_was_typed_stays(desk, listed):
    amendment = proposed(desk, listed)
    before = page(desk, amendment)
    response = save(desk, amendment, "more", more="components", **{"components-0-title-en": "Tubes"})
    assert response.headers["Location"].endswith("?more=components#components")
    after = page(desk, amendment, "?more=components")
    assert int(filled(after)["components-rows"]) == int(filled(before)["components-rows"]) + 4
    assert filled(after)["components-0-title-en"] == "Tubes"


def test_a_colleague_who_saved_meanwhile_is_not_overwritten_and_the_typing_stays(desk, listed):
    amendment = proposed(desk, listed)
    mine = filled(page(desk, amendment)) | {"purpose-en": "Mine."}
    save(signed_in("evaluator"), amendment, **{"purpose-en": "Theirs."})
    response = desk.post(f"/admin/credentials/amendment/{amendment.pk}/save/", mine)
    assert response.status_code == 409 and "Somebody else changed this case" in response.content.decode()
    assert filled(response.content.decode())["purpose-en"] == "Mine."
    assert Amendment.objects.get(pk=amendment.pk).revision.purpose == {"en": "Theirs."}


def test_a_rule_that_is_broken_is_told_when_it_is_handed_on_and_the_draft_stays(desk, listed):
    amendment = proposed(desk, listed)
    response = save(desk, amendment, "submit", credits="45", category="B", category_reason="A slip.")
    html = response.content.decode()
    assert response.status_code == 422 and "It breaks rules: see below." in html
    assert "NZ-01" in html and filled(html)["credits"] == "45"


def test_a_code_of_another_framework_is_not_lost_by_a_page_that_does_not_offer_it(desk, db):
    from credentials.models import Credential, Revision

    number = publish(kind="qualification", level="4A").number
    credential = Credential.objects.create(kind="qualification", number=number)
    Revision.objects.create(credential=credential, number=1, title="Old", titles={"en": "Old"}, level="4A")
    amendment = proposed(desk, credential)
    save(desk, amendment)
    assert Amendment.objects.get(pk=amendment.pk).revision.level == "4A"


# -- to a decision -----------------------------------------------------------------------------------------------------


def test_from_the_entry_to_a_decision_that_takes_effect_later(desk, listed):
    amendment = proposed(desk, listed)
    save(desk, amendment, "submit", **{"titles-en": "Scaffold inspection and repair"})
    decider = signed_in("decision_maker")
    case_page = decider.get(f"/admin/registry/case/{amendment.pk}/change/").content.decode()
    assert "Scaffold inspection <ins>and repair</ins>" in re.sub(r"\s+", " ", case_page)
    assert "category B" not in case_page and "B: A new revision of the same entry." in case_page
    assert 'name="effective_on"' in case_page and "Criteria" not in case_page
    day = (TODAY + timedelta(days=10)).isoformat()
    decision = {"amendment": "approved", "reason": "It says what it is.", "effective_on": day}
    assert decider.post(f"/admin/registry/case/{amendment.pk}/decide/", decision).status_code == 302
    assert document_of(listed.number)["title"] == "Scaffold inspection"
    assert "has been approved and takes effect on" in desk.get(entry_page(listed)).content.decode()


def test_what_changed_between_two_published_states_is_shown_field_by_field(desk, listed):
    amendment = proposed(desk, listed)
    save(desk, amendment, "submit", **{"titles-en": "Scaffold inspection and repair"})
    decision = {"amendment": "approved", "reason": "It says what it is."}
    signed_in("decision_maker").post(f"/admin/registry/case/{amendment.pk}/decide/", decision)
    html = desk.get(f"/admin/credentials/credential/{listed.pk}/compare/").content.decode()
    assert "Scaffold inspection <ins>and repair</ins>" in re.sub(r"\s+", " ", html) and "Purpose" not in html
    assert desk.get(f"/admin/credentials/credential/{listed.pk}/compare/?earlier=999999").status_code == 404


def test_a_decided_amendment_is_read_only(desk, listed):
    amendment = proposed(desk, listed)
    save(desk, amendment, "submit", **{"titles-en": "Scaffold inspection and repair"})
    html = page(desk, amendment)
    assert 'class="long"' not in html and "waits for a decision" in html
    refused = desk.post(f"/admin/credentials/amendment/{amendment.pk}/save/", {"titles-en": "Later"})
    assert refused.status_code == 409
    assert Amendment.objects.get(pk=amendment.pk).revision.title == "Scaffold inspection and repair"


def test_the_list_of_amendments_is_filtered_by_state(desk, listed):
    amendment = proposed(desk, listed)
    reference = amendment.case.reference
    for state, found in (("draft", True), ("recommended", False), ("waiting", False)):
        html = desk.get(f"/admin/credentials/amendment/?state={state}").content.decode()
        assert (reference in html) is found, state
