"""What a visitor sees, without JavaScript and without an account."""

import ast
import gettext
import hashlib
import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.db import transaction

from registry import journal
from registry.framework import current
from registry.models import Change, Entry
from registry.search import follower
from tests.builders import (
    DAY,
    DETAILED,
    approve,
    document,
    document_of,
    make_provider,
    make_recommended,
    publish,
)

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


def test_an_earlier_revision_tells_whether_learners_may_start_by_what_stands_today(client, page, register):
    """Its own dates are in it; its status is that of the entry, and its hash that of its own bytes."""
    publish(number="NQ-000001", expiring_from="2020-06-01", expiry_end="2099-12-31")
    html = page("/q/NQ-000001/r/1")
    text = words(html)
    assert "Expiring Expiring since 1 June 2020." in text and "The last day to start was 31 May 2020." in text
    assert "Last day 31 December 2099" not in text and '"/api/v1/credentials/NQ-000001/revisions/1"' in html
    body = bytes(Change.objects.of("NQ-000001").first().document)
    assert hashlib.sha256(body).hexdigest() in text and hashlib.sha256(body).hexdigest() not in page("/q/NQ-000001")
    assert 'href="/q/NQ-000001/r/1"' in page("/q/NQ-000001")


def test_only_the_suspension_of_the_day_is_told(page, db):
    periods = [{"from": "2020-01-01", "until": "2020-02-01"}, {"from": "2021-01-01", "until": "2099-01-01"}]
    text = words(page(f"/q/{publish(suspensions=periods).number}"))
    assert "Suspended from 1 January 2021. Until 1 January 2099." in text and "2020." not in text


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
        # What search engines read is data: a browser runs nothing of it, and the policy lets it be.
        text = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", text)
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|<style|\son\w+=", text), address


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Trouver une certification"), ("pt", "Encontrar uma qualificação"), ("ar", "ابحث عن مؤهل")],
)
def test_pages_come_in_other_languages(page, register, language, words):
    text = page(f"/{language}/search?q=plumbing")
    assert words in text and "Find a qualification" not in text and "Relevance" not in text


# What a template marks, and what Python marks: a sentence within it, or one with its plural.
MARKED = re.compile(r'{% translate "([^"]+)"|_\("([^"]+)"\)')
BLOCK = re.compile(r"{% blocktranslate[^%]*%}(.*?){%", re.S)
MARKS = {"_", "lazy", "ngettext", "gettext", "gettext_lazy", "gettext_noop"}


def marked_in(path: Path) -> set[str]:
    """The strings that a module marks for translation, as Python reads them: a long one may stand in pieces."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    marked = (call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in MARKS and call.args)
    return {said.value for said in marked if isinstance(said, ast.Constant) and isinstance(said.value, str)}


# What else is read on public pages: what verify answers, and what the public forms ask.
ASKED_IN_PUBLIC = (
    "registry/standing.py", "registry/receiving.py", "registry/casework/forms.py",
    "registry/casework/models/problems.py", "registry/casework/problems.py",
    "providers/forms_complaints.py", "providers/models/complaints.py", "providers/complaints.py",
)  # fmt: skip


def marked_strings() -> set[str]:
    """The strings of the public pages, of the field dictionary and its shapes, of what compares two documents, and of
    feeds and their mails."""
    found = set()
    for path in [
        *TEMPLATES.glob("*.html"),
        *(TEMPLATES / "public").rglob("*.html"),
        *(TEMPLATES / "components").glob("*.html"),
    ]:
        text = path.read_text(encoding="utf-8")
        found |= {a or b for a, b in MARKED.findall(text)}
        found |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", words) for words in BLOCK.findall(text)}
    for path in ASKED_IN_PUBLIC:
        found |= marked_in(ROOT / path)
    for folder in ("content", "public", "following"):
        # What a table calls its columns, the desk alone shows.
        for path in (p for p in (ROOT / "registry" / folder).glob("*.py") if p.name != "models.py"):
            found |= marked_in(path)
    return found


@pytest.mark.parametrize("language", ["fr", "pt", "ar"])
def test_every_marked_string_of_the_public_pages_has_a_translation(language):
    """It is in the compiled catalogues, which are committed."""
    marked = marked_strings()
    assert len(marked) > 300 and "“%(found)s” is not %(what)s." in marked
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        known = gettext.GNUTranslations(file)._catalog
    assert sorted(text for text in marked if not (known.get(text) or known.get((text, 0)))) == []


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
            alternative_titles=[{"language": "en", "text": "Plumbing"}], notional_hours="600",
            fields=[{"scheme": "isced_f_2013", "code": "0732", "label": "Building"}], delivery_modes=["on_site"],
            entry_requirements={"en": "None."},
            learning_outcomes=[
                {"number": 1, "text": {"en": "Mend a pipe."}, "type": "skill", "esco": "http://data.europa.eu/esco/skill/2"}
            ],
        ) | DETAILED | {"counts_towards": others[:1]}  # fmt: skip
        return journal.publish(said, effective_from=DAY).number


def words(html: str) -> str:
    """What a reader reads of a page's main part: marks within a line part no words."""
    main = re.sub(r"</?(?:a|bdi|code|span|strong)\b[^>]*>", "", html[html.index("<main") : html.index("</main>")])
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.mark.parametrize(
    "said",
    [
        "Qualification · Certificate ·", "3 (EQF 4) EQF: 4 New Zealand Qualifications and Credentials Framework: 3 to 4",
        "X: still to be set",
        "60 (600 hours of learning) · Credits of the framework 7.5 ECTS, as declared (by hours of learning, Harbour)",
        "Indicative: 30 ECTS by years, as declared by ACQF Thematic Brief 13", "Other titles Plumbing (English)",
        "Field of study 0732 Building (ISCED-F 2013)", "Use in this country or others =Used everywhere",
        "Mend a pipe. (skill) ESCO", "Pipes P1 0.25 3 yes Sum 0.25", "Assessment methods observation",
        "Assessment criteria Sound.", "Moderation Twice.", "supervised, identity not checked", "Grading pass or fail",
        "Form of participation on site", "Study mode part time", "Duration 60 hours", "Languages of delivery English",
        "Awarded for a course, or recognition of prior learning About recognition of prior learning https://example.org/rpl",
        "external quality assurance NZQA D-1 1 January 2020", "640.5 NZD for the whole yes 1 January 2025",
        "Standards Plumber ESCO 1", "Occupations Plumber ESCO 1", "Skills Plumber ESCO 1", "May count towards others.",
        "May count towards Certificate in Plumbing: up to 2.5 credits (core)", "Core (core): at least 2 of them",
        "it is possible, never an entitlement", "nzsced 010101", "work based yes", "listed a, b",
        "Replaces Old one (equivalent). Holders keep it.", "Replaced by New one (not equivalent).",
        "Whoever has started may finish.", "Last day for awards 31 December 2027", "This revision since 1 January 2025",
    ],
)  # fmt: skip
def test_the_page_of_an_entry_tells_every_field_that_says_something(page, detailed, said):
    assert said in words(page(f"/q/{detailed}"))


def test_each_section_stands_once_in_the_order_of_the_dictionary(page, detailed):
    from registry.content.dictionary import SECTIONS

    sections = re.findall(r'<h2 id="(\w+)"', page(f"/q/{detailed}").partition("<aside")[0])
    assert sections == [name for name in SECTIONS if name != "size"], "level and size are told by the summary"


def test_every_field_of_the_dictionary_has_a_place_on_the_page(detailed):
    """Of each field that is taken out of the document, something is gone from what the page is made of."""
    from registry.content.dictionary import FIELDS
    from registry.public.entry import prepared

    def made_of(said: dict) -> dict:
        return prepared(said, {}, standing=said, day=DAY)

    written_by_the_template = {"language", "titles", "credits", "notional_hours", "workload_ects"}
    said = document_of(detailed)
    whole = made_of(said)
    for field in FIELDS:
        assert said.get(field.name), f"the fixture says nothing of {field.name}"
        rest = {name: value for name, value in said.items() if name != field.name}
        assert field.name in written_by_the_template or made_of(rest) != whole, field.name


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


def test_links_lead_to_the_web_alone(page, detailed):
    main = page(f"/q/{detailed}").partition("<main")[2].partition("</main>")[0]
    addresses = re.findall(r'href="([^"]+)"', main)
    assert all(address.startswith(("/", "http://", "https://")) for address in addresses), addresses
    assert {"https://example.org/rpl", "http://data.europa.eu/esco/skill/1"} <= set(addresses)


def test_components_of_which_one_tells_no_credits_have_no_sum(page, db):
    known, unknown = {"title": {"en": "Pipes"}, "credits": "10"}, {"title": {"en": "Drains"}}
    whole, part = publish(components=[known, known]).number, publish(components=[known, unknown]).number
    assert "Sum 20" in words(page(f"/q/{whole}")) and "Sum" not in words(page(f"/q/{part}"))


def test_what_a_framework_asks_is_told_in_the_words_of_the_page(page, detailed):
    text = words(page(f"/ar/q/{detailed}"))
    assert "work based نعم" in text and "listed a، b" in text


def test_on_a_page_from_right_to_left_each_text_keeps_its_own_direction(page, detailed):
    html = page(f"/ar/q/{detailed}")
    for marked in (
        '<html lang="ar" dir="rtl">', '<span lang="en" dir="ltr">Sound.</span>', '<span lang="en" dir="ltr">Pipes</span>',
        "<bdi>EQF</bdi>: <bdi>4</bdi>", "<bdi>0732 Building</bdi>", "<bdi>https://example.org/rpl</bdi>",
        '<span lang="en" dir="ltr">Certificate in Plumbing</span>', "\u206620–24\u2069",
    ):  # fmt: skip
        assert marked in html, marked


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


def test_without_javascript_a_form_asks_for_the_day(page, past):
    html = page(f"/q/{past}?as_at=2026-03-01")
    (form,) = re.findall(r'<form method="get" action="([^"]+)"[^>]*>.*?name="as_at" value="([^"]*)".*?</form>', html)
    assert form == (f"/q/{past}", "2026-03-01") and f'"/api/v1/credentials/{past}?as_at=2026-03-01"' in html


def test_however_the_number_is_written_the_day_that_was_asked_is_kept(client, db):
    approve(make_recommended())
    for written, asked in (("nq1", "NQ-000001"), ("AC-000001", "NQ-000001"), ("ac1", "AC-000001")):
        assert client.get(f"/q/{written}?as_at=2026-03-01").headers["Location"] == f"/q/{asked}?as_at=2026-03-01"


def test_what_a_decided_day_says_is_not_called_the_rule_of_the_framework(page, db):
    decided = publish(last_new_enrolment="2099-06-30", expiring_from="2099-01-01").number
    by_law = publish(expiring_from="2099-01-01").number
    text = words(page(f"/q/{decided}"))
    assert "New learners may start. Last day to start: 30 June 2099." in text and "By the rule" not in text
    text = words(page(f"/q/{by_law}"))
    assert "Last day to start: 31 December 2098. By the rule of the framework." in text


def test_before_its_first_day_the_page_says_that_it_was_not_there(page, past):
    text = page(f"/q/{past}?as_at=2026-01-14", 404)
    assert 'name="as_at" value="2026-01-14"' in text, "another day may be asked for there"
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
    number = Entry.objects.credentials().get().number
    today = current.today()
    for name, value in (("withdrawn_on", today), ("accredited_from", today + timedelta(days=1))):
        with transaction.atomic():
            said = document_of(Entry.objects.accreditations().get().number)
            journal.publish(said | {name: value.isoformat()}, effective_from=today)
        text = words(page(f"/q/{number}?as_at={today}"))
        assert ("Withdrawn" in text) is (name == "withdrawn_on")
    assert "No accredited provider is on the register." in text, "the accreditation begins tomorrow"
