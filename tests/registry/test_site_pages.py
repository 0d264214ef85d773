"""What search engines and other programs read of the site, and what it says of itself."""

import re
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.db import transaction

from registry import journal
from registry.framework import current
from registry.models import Entry
from registry.public import sitemaps
from registry.search import follower
from tests.builders import DAY, make_provider, publish

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
BASE = "http://testserver"


def tree(client, address: str) -> ElementTree.Element:
    response = client.get(address)
    assert response.status_code == 200 and response.headers["Content-Type"].startswith("application/xml")
    return ElementTree.fromstring(response.getvalue())


def addresses(found: ElementTree.Element) -> list[str]:
    return [loc.text for loc in found.iterfind(".//s:loc", NAMES)]


# -- sitemaps ----------------------------------------------------------------------------------------------------------


def test_the_index_leads_to_the_pages_and_to_every_part_of_the_entries(client, db):
    make_provider()
    publish()
    index = addresses(tree(client, "/sitemap.xml"))
    assert index == [
        f"{BASE}/sitemap/pages.xml", f"{BASE}/sitemap/entries-NQ-000001.xml", f"{BASE}/sitemap/entries-PR-000001.xml",
    ]  # fmt: skip
    entries = [url for part in index[1:] for url in addresses(tree(client, part.removeprefix(BASE)))]
    assert entries == [f"{BASE}/q/NQ-000001", f"{BASE}/providers/PR-000001"]


def test_an_empty_register_has_a_sitemap_too(client, db):
    assert addresses(tree(client, "/sitemap.xml")) == [f"{BASE}/sitemap/pages.xml"]


def test_a_tombstone_is_in_no_sitemap_and_an_accreditation_neither(client, db):
    publish(), publish(title="Listed twice")
    with transaction.atomic():
        journal.withdraw("NQ-000001", effective_from=DAY, decision_number=None, reason="Listed twice.")
    assert addresses(tree(client, "/sitemap/entries-NQ-000001.xml")) == [f"{BASE}/q/NQ-000002"]
    assert client.get("/sitemap/entries-AC-000001.xml").status_code == 404


def test_another_number_of_a_body_leads_to_its_own_page_and_is_in_no_sitemap(client, db):
    own = make_provider("Harbour").number
    other = make_provider("Harbour Inst.", unverified=True, registered_on=None, details={"same_as": own}).number
    assert client.get(f"/providers/{other}").status_code == 302
    assert addresses(tree(client, f"/sitemap/entries-{own}.xml")) == [f"{BASE}/providers/{own}"]


@pytest.mark.parametrize("wrong", ["nq1", "NQ-1", "x", "NQ-", "NQ-00000x", "PR-000001' or 1=1"])
def test_a_part_begins_at_a_number_in_its_one_spelling(client, db, wrong):
    assert client.get(f"/sitemap/entries-{wrong}.xml").status_code == 404


def test_the_day_of_an_entry_is_that_of_its_last_change(client, db):
    """Half past eleven in the evening, UTC, is the next day in New Zealand."""
    publish()
    Entry.objects.update(recorded_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    part = tree(client, "/sitemap/entries-NQ-000001.xml")
    assert [day.text for day in part.iterfind(".//s:lastmod", NAMES)] == ["2026-03-02"]


def test_parts_hold_each_entry_once_however_many_there_are(db, monkeypatch):
    """Parts of three, in blocks of two: seven entries are three parts, and the last one holds one."""
    monkeypatch.setattr(sitemaps, "BLOCK", 2)
    numbers = [publish(title=f"Plumbing {n}").number for n in range(7)]
    beginnings = list(sitemaps.beginnings(part=3))
    assert beginnings == [numbers[0], numbers[3], numbers[6]]
    read = [re.findall(r"/q/(NQ-\d+)", "".join(sitemaps._entries("", first, part=3))) for first in beginnings]
    assert read == [numbers[0:3], numbers[3:6], numbers[6:7]]


def test_a_part_asks_for_its_rows_by_the_key(client, db, django_assert_num_queries):
    publish()
    with django_assert_num_queries(2):
        assert client.get("/sitemap/entries-NQ-000001.xml").getvalue()


def test_each_page_is_told_in_every_language_and_is_there(client, db):
    follower.catch_up()
    pages = tree(client, "/sitemap/pages.xml")
    urls = {url.find("s:loc", NAMES).text: url for url in pages.iterfind("s:url", NAMES)}
    assert f"{BASE}/guidance/levels" in urls and f"{BASE}/ar/guidance/levels" in urls and f"{BASE}/" in urls
    for address in (f"{BASE}/guidance/levels", f"{BASE}/fr/guidance/levels"):
        links = {link.get("hreflang"): link.get("href") for link in urls[address].iterfind("x:link", NAMES)}
        assert links["fr"] == f"{BASE}/fr/guidance/levels"
        assert links["en"] == links["x-default"] == f"{BASE}/guidance/levels" and set(links) == {
            "en",
            "fr",
            "pt",
            "ar",
            "x-default",
        }
    for address in urls:
        assert client.get(address.removeprefix(BASE)).status_code == 200, address


def test_a_sitemap_in_another_language_names_the_same_addresses(client, db):
    publish()
    assert addresses(tree(client, "/fr/sitemap.xml")) == addresses(tree(client, "/sitemap.xml"))


# -- robots.txt and security.txt ---------------------------------------------------------------------------------------


def closed(client, path: str) -> bool:
    """Whether robots.txt keeps a crawler out of this path (RFC 9309: `*` stands for anything)."""
    lines = client.get("/robots.txt").content.decode().splitlines()
    rules = [line.partition(": ")[2] for line in lines if line.startswith("Disallow: ")]
    return any(re.match(".*".join(map(re.escape, rule.split("*"))), path) for rule in rules)


@pytest.mark.parametrize(
    "path",
    ["/search?kind=micro_credential&level=4", "/ar/search?q=x", "/compare?n=NQ-000001&n=NQ-000002", "/portal/", "/admin/",
     "/accounts/login/", "/q/NQ-000001/report", "/fr/providers/PR-000001/complaint", "/q/NQ-000001?as_at=2020-01-01",
     "/downloads/register.jsonl"],
)  # fmt: skip
def test_crawlers_are_kept_out_of_combinations_forms_and_the_desk(client, db, path):
    assert closed(client, path)


@pytest.mark.parametrize(
    "path",
    ["/", "/search", "/q/NQ-000001", "/q/NQ-000001/r/1", "/fr/q/NQ-000001", "/providers/PR-000001", "/guidance/levels",
     "/downloads"],
)  # fmt: skip
def test_crawlers_may_read_records_and_pages(client, db, path):
    assert not closed(client, path)


def test_robots_names_the_sitemap_at_the_public_address(client, db, settings):
    settings.PUBLIC_URL = "https://register.example.org"
    for address in ("/robots.txt", "/fr/robots.txt"):
        assert "Sitemap: https://register.example.org/sitemap.xml\n" in client.get(address).content.decode()


def security(client) -> dict[str, str]:
    response = client.get("/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    return dict(line.split(": ", 1) for line in response.content.decode().strip().splitlines())


def test_security_txt_has_what_rfc_9116_asks_for(client, db, settings):
    settings.PUBLIC_URL, settings.SECURITY_CONTACT = "https://register.example.org", ""
    said = security(client)
    assert said["Canonical"] == "https://register.example.org/.well-known/security.txt"
    assert said["Contact"] == said["Policy"] == "https://register.example.org/guidance/report#security"
    assert said["Preferred-Languages"] == "en, fr, pt, ar"
    expires = datetime.fromisoformat(said["Expires"]).date()
    assert timedelta(days=300) < expires - current.today() < timedelta(days=365)


def test_the_contact_is_that_of_the_setting(client, db, settings):
    settings.SECURITY_CONTACT = "security@example.org, https://example.org/report"
    lines = client.get("/.well-known/security.txt").content.decode().splitlines()
    assert lines[:2] == ["Contact: mailto:security@example.org", "Contact: https://example.org/report"]
    assert 'href="mailto:security@example.org"' in client.get("/guidance/report").content.decode()


# -- head and foot of every page ---------------------------------------------------------------------------------------


def test_a_page_names_its_own_address_and_that_of_each_language(client, db, settings):
    settings.PUBLIC_URL = "https://register.example.org"
    text = client.get("/fr/guidance/levels?utm=x").content.decode()
    assert '<link rel="canonical" href="https://register.example.org/fr/guidance/levels">' in text
    for code, path in (("en", "/guidance/levels"), ("ar", "/ar/guidance/levels"), ("x-default", "/guidance/levels")):
        assert f'<link rel="alternate" hreflang="{code}" href="https://register.example.org{path}">' in text
    assert '<meta property="og:url" content="https://register.example.org/fr/guidance/levels">' in text


def test_a_page_says_what_it_is_to_who_shares_it(client, db):
    home, topic = (client.get(address).content.decode() for address in ("/", "/guidance/levels"))
    assert (
        '<meta property="og:type" content="website">' in home
        and 'name="description" content="The public register of' in home
    )
    assert '<meta property="og:title" content="How levels compare">' in topic


def test_a_record_has_one_canonical_address(client, db):
    publish()
    text = client.get("/fr/q/NQ-000001").content.decode()
    assert re.findall(r'<link rel="canonical" href="([^"]+)"', text) == [f"{BASE}/q/NQ-000001"]


def test_what_is_no_public_page_has_no_canonical_address(client, db):
    for address in ("/nowhere", "/accounts/login/"):
        text = client.get(address).content.decode()
        assert 'rel="canonical"' not in text and "og:url" not in text and "hreflang" not in text.split("<body>")[0], (
            address
        )


def test_a_request_to_another_host_is_refused_with_a_page(client, db):
    response = client.get("/guidance", headers={"host": "evil.example"})
    assert response.status_code == 400 and "evil.example" not in response.content.decode()


@pytest.mark.parametrize("address", ["/", "/search", "/guidance", "/nowhere", "/accounts/login/"])
def test_help_stands_in_the_same_place_on_every_page(client, db, address):
    """WCAG 2.2, 3.2.6."""
    foot = client.get(address).content.decode().split("<footer")[1]
    wanted = ["/guidance", "/guidance/report", "/developers/", "/accessibility", "/privacy", "/licence"]
    found = [href for href in re.findall(r'href="([^"]+)"', foot) if href in wanted]
    assert found == wanted


@pytest.mark.parametrize(
    ("address", "sentences"),
    [
        ("/accessibility", ["level AA", "Known limits", "Tell us about a barrier", "26 November 2026"]),
        (
            "/privacy",
            [
                "The public pages set no cookies.",
                "csrftoken",
                "is forgotten when the report has been dealt with",
                "within 7 days is deleted",
                "12 hours",
            ],
        ),
        ("/licence", ["https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"]),
    ],
)
def test_the_site_says_what_it_is_and_keeps(client, db, address, sentences):
    text = client.get(address).content.decode()
    for sentence in sentences:
        assert sentence in text, sentence
    assert date(2026, 11, 26) <= current.today(), "the day of the last test has come"


# -- the first page ----------------------------------------------------------------------------------------------------


def test_home_leads_on_by_kind_level_and_field_and_says_how_far_the_register_reaches(client, db):
    make_provider()
    publish(level="4", fields=[{"scheme": "isced-f-2013", "code": "0732", "label": "Building"}])
    follower.catch_up()
    text = client.get("/").content.decode()
    for words in (
        '?kind=qualification"',
        '?level=4"',
        '?field_group=isced-f-2013%3A07"',
        "Engineering, manufacturing and construction",
        'href="/guidance"',
        "serial 2",
    ):
        assert words in text, words
    assert re.search(r"Open entries</dt><dd><bdi>1</bdi>", text) and re.search(r'href="/providers"><bdi>1</bdi>', text)


def test_home_costs_the_same_at_five_and_at_fifty_entries(client, db, django_assert_num_queries):
    for count in (5, 45):
        for n in range(count):
            publish(
                title=f"Plumbing {n}", fields=[{"scheme": "isced-f-2013", "code": f"{n:04d}", "label": f"Field {n}"}]
            )
        follower.catch_up()
        with django_assert_num_queries(1):
            client.get("/")
