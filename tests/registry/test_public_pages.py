"""What a visitor sees, without JavaScript and without an account."""

import gettext
import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction

from registry import journal
from registry.framework import current
from registry.models import Entry
from registry.search import follower
from tests.builders import DAY, DETAILED, approve, document, make_provider, make_recommended, publish

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


# -- everything that an entry says -------------------------------------------------------------------------------------


@pytest.fixture
def detailed(db) -> str:
    """An entry that says something in every field; what it names is on the register."""
    others = [publish(title=title).number for title in ("Certificate in Plumbing", "Old one", "New one")]
    with transaction.atomic():
        said = document(
            title="Everything", purpose={"en": "For plumbers."}, assessment={"en": "Observed."},
            learning_outcomes=[
                {"number": 1, "text": {"en": "Mend a pipe."}, "type": "skill", "esco": "http://data.europa.eu/esco/skill/2"}
            ],
        ) | DETAILED | {"counts_towards": others[:1]}  # fmt: skip
        return journal.publish(said, effective_from=DAY).number


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") : html.index("</main>")]).split())


@pytest.mark.parametrize(
    "said",
    [
        "Qualification · Certificate ·", "3 (EQF 4) EQF: 4 New Zealand Qualifications and Credentials Framework: 3 to 4",
        "X: still to be set", "60 7.5 ECTS, as declared (Harbour)", "Indicative: 30 ECTS by years",
        "Use in this country or others =Used everywhere", "Mend a pipe. (skill) ESCO", "Pipes P1 0.25 3 yes",
        "Assessment methods observation", "Assessment criteria Sound.", "Moderation Twice.", "supervised, identity not checked",
        "Grading pass or fail", "Form of participation on site", "Study mode part time", "Duration 60 hours",
        "Awarded for a course, or recognition of prior learning", "external quality assurance NZQA D-1 2020-01-01",
        "640.5 NZD for the whole yes 2025-01-01", "Standards Plumber esco 1", "Occupations Plumber", "Skills Plumber",
        "May count towards others.", "May count towards Certificate in Plumbing : up to 2.5 credits (core)",
        "Core (core) : at least 2 of them", "it is possible, never an entitlement", "work based: yes",
        "Replaces Old one (equivalent). Holders keep it.", "Replaced by New one (not equivalent).",
        "Whoever has started may finish.", "Last day for awards 31 December 2027", "This revision since 1 January 2025",
    ],
)  # fmt: skip
def test_the_page_of_an_entry_tells_every_field_that_says_something(page, detailed, said):
    assert said in words(page(f"/q/{detailed}"))


def test_no_heading_stands_twice_or_over_nothing(page, detailed, register):
    for number in (detailed, "NQ-000005"):
        headings = re.findall(r"<h[23][^>]*>(.*?)</h[23]>", page(f"/q/{number}"), re.S)
        assert len(headings) == len(set(headings)), headings
    assert "Fees" not in page("/q/NQ-000005") and "Components" not in page("/q/NQ-000005")


def test_no_link_is_made_of_an_address_that_leads_nowhere_on_the_web(page, db):
    concept = {"title": {"en": "Sly"}, "uri": "javascript:alert(1)"}
    outcome = {"number": 1, "text": {"en": "Mend."}, "esco": "data:text/html,x"}
    number = publish(skills=[concept], rpl_url="ftp://example.org", learning_outcomes=[outcome]).number
    html = page(f"/q/{number}").partition("<main")[2]
    assert 'href="javascript' not in html and 'href="data' not in html and 'href="ftp' not in html


def test_credits_of_another_system_or_register_are_not_shown_as_ects(page, db):
    own, other = publish().number, publish(credit_system="ects").number
    imported = publish(source={"name": "cricos", "id": "1", "url": None, "facts": {}}).number
    assert ["Indicative" in page(f"/q/{n}") for n in (own, other, imported)] == [True, False, False]


@pytest.mark.parametrize(
    ("value", "said"),
    [("PT60H", "60 hours"), ("P6M", "6 months"), ("P1Y2M", "1 year 2 months"), ("P1W", "1 week"), ("P0D", "P0D")],
)
def test_a_duration_is_said_in_words(value, said):
    from registry.public.entry import duration

    assert duration(value) == said


# -- as at a date ------------------------------------------------------------------------------------------------------


@pytest.fixture
def past(db) -> str:
    """Listed on 15 January 2026 with 60 credits, revised on 1 June to 90, expiring from 2030."""
    number = publish(listed_on="2026-01-15").number
    later = {"number": number, "listed_on": "2026-01-15", "credits": "90", "expiring_from": "2030-01-01"}
    publish(effective_from=date(2026, 6, 1), **later)
    return number


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-03-01", ["As it was on 1 March 2026", "Credits 60", "Current", "New learners may start."]),
        ("2026-06-01", ["As it was on 1 June 2026", "Credits 90", "Last day to start: 31 December 2029."]),
        ("2030-01-01", ["As it will be on 1 January 2030", "Expiring", "New learners may not start."]),
    ],
)
def test_the_page_tells_what_was_and_will_be_in_force_on_a_day(page, past, day, said):
    text = words(page(f"/q/{past}?as_at={day}"))
    for each in [*said, "Read the current record"]:
        assert each in text


def test_before_its_first_day_the_page_says_that_it_was_not_there(page, past):
    text = page(f"/q/{past}?as_at=2026-01-14", 404)
    assert "It was not on the register on 14 January 2026." in text and f'href="/q/{past}"' in text


@pytest.mark.parametrize("bad", ["yesterday", "2026-02-30", "01/02/2026", "20260101", "9999-99-99"])
def test_a_date_that_is_none_is_said_on_the_page_with_the_record_of_today(page, past, bad):
    text = words(page(f"/q/{past}?as_at={bad}", 400))
    assert f"“{bad}” is not a date such as 2026-01-31." in text and "Credits 90" in text


def test_a_listing_withdrawn_by_mistake_stays_withdrawn_on_every_day(page, db):
    number = publish().number
    with transaction.atomic():
        journal.withdraw(number, effective_from=DAY, decision_number=None, reason="Listed twice.")
    page(f"/q/{number}?as_at=2026-03-01", 410)


def test_the_accreditations_are_those_of_the_day(page, db):
    approve(make_recommended())
    number = next(iter(Entry.objects.credentials().values_list("number", flat=True)))
    accreditation = json.loads(bytes(Entry.objects.accreditations().get().document))
    ended = accreditation | {"withdrawn_on": current.today().isoformat()}
    with transaction.atomic():
        journal.publish(ended, effective_from=current.today())
    assert "Withdrawn" in words(page(f"/q/{number}?as_at={current.today()}"))
