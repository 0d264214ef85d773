"""The forms that anybody may send: one rule of caching and cookies, little that a program can do, nothing lost that was typed."""

import re

import pytest
from django.db import transaction

from registry import journal
from registry.models import Case, Notice
from registry.search import follower
from tests.builders import DAY, make_provider, publish
from tests.sending import COMPLAINT, REPORT, receipt, send, visitor

FORMS = ("/q/NQ-000001/report", "/providers/PR-000001/report", "/providers/PR-000001/complaint")


@pytest.fixture
def register(db):
    publish(title="Certificate in Plumbing")
    make_provider()
    follower.catch_up()


def data_for(address: str) -> dict:
    return COMPLAINT if address.endswith("complaint") else REPORT


@pytest.mark.parametrize("address", FORMS)
def test_only_a_form_sets_a_cookie_and_no_cache_keeps_it(register, address):
    response = visitor().get(address)
    assert list(response.cookies) == ["csrftoken"]
    assert "no-store" in response.headers["Cache-Control"] and "Cookie" in response.headers["Vary"]
    assert (
        response.headers["X-Robots-Tag"] == "noindex" and 'name="robots" content="noindex"' in response.content.decode()
    )
    for other in ("/", "/q/NQ-000001", "/providers/PR-000001"):
        page = visitor().get(other)
        assert not page.cookies and "Cookie" not in page.headers.get("Vary", ""), other


@pytest.mark.parametrize("address", FORMS)
def test_a_form_without_its_token_is_refused(register, address):
    client = visitor(enforce_csrf_checks=True)
    send(address, data_for(address), client, status=403)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).content.decode())[1]
    send(address, {**data_for(address), "csrfmiddlewaretoken": token}, client)
    assert Case.objects.count() == 1


@pytest.mark.parametrize("address", FORMS)
def test_the_receipt_names_the_reference_and_sets_no_cookie(register, address):
    client = visitor()
    response = client.get(send(address, data_for(address), client).headers["Location"])
    html = response.content.decode()
    assert Case.objects.get().reference in html and "What happens next" in html
    assert not response.cookies and "no-store" in response.headers["Cache-Control"]


def test_nobody_makes_up_a_receipt(register):
    client = visitor()
    address = send(FORMS[0], REPORT, client).headers["Location"]
    assert client.get(f"{FORMS[0]}?receipt=RPT-2026-000001").status_code == 404
    assert client.get(address.replace(FORMS[0], FORMS[1])).status_code == 404
    assert client.get(address[:-2]).status_code == 404


def test_a_double_click_is_one_case(register):
    client = visitor()
    for address in FORMS[:1] + FORMS[2:]:
        once, again = (receipt(address, data_for(address), client) for _ in range(2))
        # The address of a receipt is signed anew in each second; what it says is the same.
        assert re.sub(r"receipt=[\w:.-]+", "", once) == re.sub(r"receipt=[\w:.-]+", "", again)
    assert Case.objects.count() == 2 and Notice.objects.count() == 1


@pytest.mark.parametrize("address", FORMS)
def test_an_empty_form_says_what_is_missing_above_each_field(register, address):
    html = send(address, {}, status=422).content.decode()
    assert "<title>Error: " in " ".join(html.split()) and 'class="error-summary"' in html
    for link in re.findall(r'<li><a href="#([\w-]+)">', html):
        assert f'id="{link}"' in html, link
    assert not Case.objects.exists()


@pytest.mark.parametrize("address", FORMS)
def test_what_is_too_long_is_kept_as_it_was_typed(register, address):
    text = "long words " * 1000
    html = send(address, {**data_for(address), "text": text}, status=422).content.decode()
    assert text.strip() in html and "at most" in html and not Case.objects.exists()


def test_whatever_was_typed_is_kept(register):
    html = send(
        FORMS[2], {**COMPLAINT, "email": "not an address", "own_process": "waiting"}, status=422
    ).content.decode()
    for said in ("not an address", COMPLAINT["text"], COMPLAINT["name"], COMPLAINT["address"], "2026-08-03"):
        assert said in html, said
    assert re.search(r'value="waiting"[^>]*checked', html) and "name@example.org" in html


def test_control_characters_are_left_out_and_markup_is_text(register):
    text = "Level\x00 3\x07 is\u202e wrong.\r\n<script>alert(1)</script>"
    send(FORMS[0], {**REPORT, "text": text})
    assert Case.objects.get().problem_report.text == "Level 3 is wrong.\n<script>alert(1)</script>"
    assert "<script>alert" not in send(FORMS[0], {"text": text}, status=422).content.decode()


def test_a_program_that_fills_in_every_field_is_refused_and_a_person_can_mend_it(register):
    for address in FORMS:
        html = send(address, {**data_for(address), "website": "https://spam.example"}, status=422).content.decode()
        assert "tells people from programs" in html and 'aria-hidden="true"' not in html
    assert not Case.objects.exists()
    assert '<div class="visually-hidden" aria-hidden="true">' in visitor().get(FORMS[0]).content.decode()


def test_one_address_may_send_so_much_in_an_hour_and_is_told_so_in_plain_words(register, settings):
    settings.PUBLIC_FORM_RATE = "2/hour"
    client = visitor()
    for n in range(2):
        send(FORMS[n], {**REPORT, "text": f"The {n}. problem."}, client)
    refused = send(FORMS[0], {**REPORT, "text": "The third problem."}, client, status=429)
    html = refused.content.decode()
    assert "Too many forms" in html and "The third problem." in html and 0 < int(refused.headers["Retry-After"]) <= 3600
    assert Case.objects.count() == 2
    send(FORMS[0], {**REPORT, "text": "Somebody else."})


def test_what_was_refused_for_its_form_is_not_counted(register, settings):
    settings.PUBLIC_FORM_RATE = "1/hour"
    client = visitor()
    for _ in range(3):
        send(FORMS[0], {}, client, status=422)
    send(FORMS[0], REPORT, client)


def test_with_the_cache_away_everybody_may_send(register, settings):
    settings.PUBLIC_FORM_RATE = "1/hour"
    settings.CACHES = {"default": {"BACKEND": "registry.cache.FailOpenRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    client = visitor()
    for n in range(3):
        send(FORMS[0], {**REPORT, "text": f"The {n}. problem."}, client)
    assert Case.objects.count() == 3


@pytest.mark.parametrize("language", ["", "/fr", "/pt", "/ar"])
@pytest.mark.parametrize("address", FORMS)
def test_each_form_and_its_receipt_is_there_in_every_language(register, language, address):
    html = visitor().get(f"{language}{address}").content.decode()
    code = language.strip("/") or "en"
    assert f'<html lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}">' in html
    assert f'action="{language}{address}"' in html and html.count("<h1") == 1
    assert Case.objects.count() == 0
    page = receipt(f"{language}{address}", data_for(address))
    assert f'<html lang="{code}"' in page and Case.objects.get().reference in page


def test_ids_are_unique_and_every_field_has_a_label(register):
    for address in FORMS:
        html = send(address, {}, status=422).content.decode()
        ids = re.findall(r'\bid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), address
        for field in re.findall(r'<(?:input|textarea|select)(?![^>]*type="(?:hidden|radio)")[^>]*\bid="([^"]+)"', html):
            assert f'<label for="{field}"' in html, field


def test_what_is_not_public_has_no_form(register):
    with transaction.atomic():
        journal.withdraw("NQ-000001", effective_from=DAY, decision_number="D-2026-000001", reason="Listed by mistake.")
    for address, status in ((FORMS[0], 410), ("/q/NQ-000099/report", 404), ("/providers/PR-000099/complaint", 404)):
        client = visitor()
        assert client.get(address).status_code == status, address
        assert '<form method="post"' not in send(address, data_for(address), client, status=status).content.decode()
    assert not Case.objects.exists()


def test_a_number_has_one_spelling_and_one_form(register):
    client = visitor()
    assert client.get("/q/nq1/report").headers["Location"] == FORMS[0]
    assert client.get("/q/PR-000001/report").headers["Location"] == FORMS[1]
    assert client.get("/providers/NQ-000001/report").headers["Location"] == FORMS[0]
    assert client.get("/providers/NQ-000001/complaint").status_code == 404
    assert client.put(FORMS[0]).status_code == 405


def test_the_record_leads_to_its_forms(register):
    assert f'href="{FORMS[0]}"' in visitor().get("/q/NQ-000001").content.decode()
    provider = visitor().get("/providers/PR-000001").content.decode()
    assert f'href="{FORMS[1]}"' in provider and f'href="{FORMS[2]}"' in provider
