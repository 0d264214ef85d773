"""What a visitor sees, without JavaScript and without an account."""

import gettext
import re
from pathlib import Path

import pytest
from django.db import transaction

from registry import journal
from registry.search import follower
from tests.builders import DAY, approve, document, make_provider, make_recommended, publish

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES, LOCALE = ROOT / "templates", ROOT / "registry" / "locale"


@pytest.fixture
def page(client):
    def get(address: str, status: int = 200) -> str:
        response = client.get(address)
        assert response.status_code == status, (address, response.status_code)
        return response.content.decode()

    return get


@pytest.fixture
def register(db):
    publish(title="Certificate in Plumbing", purpose={"en": "For plumbers."})
    publish(title="Old Certificate in Plumbing", expiry_end="2020-12-31")
    publish(title="الترجمة", language="ar", titles={"ar": "الترجمة", "en": "Interpreting"})
    follower.catch_up()


def test_home_says_what_the_register_is_and_how_much_it_holds(page, register):
    text = page("/")
    assert "Find a qualification or micro-credential" in text and "(2)" in text and "serial 3" in text


def test_an_empty_register_has_a_home_too(page, db):
    follower.catch_up()
    assert "Nothing has been listed yet." in page("/")
    assert "No entry matches." in page("/search")


def test_results_hide_what_is_discontinued_and_say_so(page, register):
    text = page("/search?q=plumbing")
    assert "1 result<" in text and "1 discontinued entry is not shown." in text
    assert "Old Certificate" not in text
    assert "Old Certificate" in page("/search?q=plumbing&status=discontinued")


def test_nothing_found_helps_on(page, register):
    assert "Check the spelling" in page("/search?q=xyzzyqv")


@pytest.mark.parametrize("bad", ["0", "-1", "x", "501", "99999999999999999999"])
def test_a_page_that_does_not_exist_is_not_found(page, register, bad):
    page(f"/search?page={bad}", 404)


def test_markup_in_a_search_is_text(page, register):
    assert "<script>alert" not in page("/search?q=%3Cscript%3Ealert(1)%3C/script%3E")


def test_a_number_leads_to_its_record_however_it_is_written(client, register):
    assert client.get("/search?q=nq+1").headers["Location"] == "/q/NQ-000001"
    assert client.get("/q/nq1").headers["Location"] == "/q/NQ-000001"


def test_a_record_says_whether_new_learners_may_start(page, register):
    assert "New learners may start." in page("/q/NQ-000001")
    closed = page("/q/NQ-000002")
    assert "New learners may not start." in closed and "31 December 2020" in closed


def test_text_is_marked_with_its_language_and_direction(page, register):
    assert '<span lang="ar" dir="rtl">الترجمة</span>' in page("/q/NQ-000003")
    assert '<html lang="ar" dir="rtl">' in page("/ar/q/NQ-000001")


def test_an_earlier_revision_stays_readable_and_says_what_it_is(page, register):
    publish(number="NQ-000001", title="Certificate in Plumbing and Gasfitting")
    old = page("/q/NQ-000001/r/1")
    assert "This is an earlier revision." in old and "Gasfitting" not in old.split("</h1>")[0]
    page("/q/NQ-000001/r/9", 404)


def test_a_withdrawn_listing_leaves_a_tombstone(page, register):
    with transaction.atomic():
        journal.withdraw("NQ-000001", effective_from=DAY, decision_number=None, reason="Listed twice.")
    assert "listed by mistake" in page("/q/NQ-000001", 410)
    page("/q/NQ-000001/r/1", 410)


def test_an_approved_application_is_whole_on_its_page(page, db):
    approve(make_recommended())
    follower.catch_up()
    text = page("/q/NQ-000001")
    for words in (
        "Scaffold inspection",
        "Inspect a scaffold and record its state.",
        "Harbour Institute",
        "Accredited",
        "Decision D-",
    ):
        assert words in text
    assert "Three site operators" not in text, "the statement of need is not public"


def test_nothing_of_a_draft_is_public(page, client, db):
    from tests.builders import make_submitted

    make_submitted(title="Secret scaffolds")
    follower.catch_up()
    for address in (
        "/",
        "/search",
        "/search?q=secret",
        "/providers",
        "/providers/PR-000001",
        "/api/v1/credentials",
        "/api/v1/changes?include=document",
    ):
        assert "Secret" not in page(address).replace('value="secret"', "")


def test_a_provider_shows_its_former_names_and_what_it_offers(page, db):
    provider = make_provider("Kestrel", former_names=[{"name": "First Response", "until": "2015-06-30"}])
    with transaction.atomic():
        journal.publish(
            document(providers=[{"number": provider.number, "role": "awarding", "lead": True}]), effective_from=DAY
        )
    follower.catch_up()
    text = page(f"/providers/{provider.number}")
    assert "First Response" in text and "Certificate in Plumbing" in text
    assert "Kestrel" in page("/providers?q=first+response")


def test_a_detail_costs_two_queries_and_a_list_none(client, db, django_assert_max_num_queries):
    for _ in range(3):
        approve(make_recommended())
    follower.catch_up()
    with django_assert_max_num_queries(2):
        client.get("/q/NQ-000001")
    with django_assert_max_num_queries(2):
        client.get("/providers/PR-000001")
    with django_assert_max_num_queries(0):
        client.get("/search")


def test_pages_are_cacheable_and_answer_304(client, register):
    first = client.get("/q/NQ-000001")
    assert first.headers["Cache-Control"].startswith("public")
    again = client.get("/q/NQ-000001", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_health_and_readiness(client, db):
    assert client.get("/healthz").content == b"ok\n"
    ready = client.get("/readyz").json()
    assert ready["ready"] and ready["checks"] == {"database": "ok", "migrations": "ok", "queue": "ok"}


def test_no_page_holds_inline_script_or_style(page, register):
    for address in ("/", "/search?q=plumbing", "/q/NQ-000001", "/accounts/login/"):
        text = page(address)
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|<style|\son\w+=", text), address


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Trouver une certification"), ("pt", "Encontrar uma qualificação"), ("ar", "ابحث عن مؤهل")],
)
def test_pages_come_in_other_languages(page, register, language, words):
    text = page(f"/{language}/search?q=plumbing")
    assert words in text and "Find a qualification" not in text and "Relevance" not in text


def test_every_marked_string_of_the_public_pages_has_a_translation():
    """What a template marks for translation is in the compiled catalogues, which are committed."""
    marked = set()
    for folder in ("public", "components"):
        for path in (TEMPLATES / folder).glob("*.html"):
            marked |= set(re.findall(r'{% translate "([^"]+)"', path.read_text(encoding="utf-8")))
    marked |= set(re.findall(r'{% translate "([^"]+)"', (TEMPLATES / "base.html").read_text(encoding="utf-8")))
    assert len(marked) > 80
    for language in ("fr", "pt", "ar"):
        with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
            known = gettext.GNUTranslations(file)._catalog
        assert sorted(text for text in marked if not known.get(text)) == [], language


def test_an_imported_record_says_what_its_source_says_and_does_not(page, db):
    """Gaps in words, the source's own words beside them, and no link made of an address that leads nowhere on the web."""
    from providers import services
    from providers.models import Provider

    publish(gaps=["learning_outcomes", "listed_on"],
            source={"name": "cricos", "id": "1", "url": None, "facts": {"status": "Expired"}})  # fmt: skip
    provider = make_provider(
        "Trap College", public=False, website="javascript:alert(1)", source="cricos", source_id="9"
    )
    services.publish(provider, effective_from=DAY)
    follower.catch_up()
    text = page("/q/NQ-000001")
    assert "The source does not tell: Learning outcomes, First day on the register." in text
    assert "<code>status</code> <bdi>Expired</bdi>" in text
    text = page(f"/providers/{Provider.objects.get().number}")
    assert "javascript:alert(1)" in text and 'href="javascript' not in text
