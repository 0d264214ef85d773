"""Following the register with a feed reader: valid Atom, what it names, and what it never tells."""

import xml.etree.ElementTree as ElementTree
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import orjson
import pytest
from django.db import transaction
from django.http import QueryDict
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registry import journal
from registry.following import changes, searches
from registry.framework import current
from registry.models import Change, Entry
from registry.search import follower
from tests.builders import (
    DAY,
    approve,
    document,
    document_of,
    make_provider,
    make_recommended,
    make_submitted,
    publish,
)
from tests.registry.test_clock import at

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def read(client):
    """The feed at an address, parsed, after the elements that RFC 4287 asks for have been found in it."""

    def get(address: str) -> ElementTree.Element:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code, response.content)
        assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        feed = ElementTree.fromstring(response.content)
        assert feed.tag == f"{ATOM}feed"
        for element in (feed, *feed.iter(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                [found] = element.findall(ATOM + name)
                assert found.text and found.text.strip(), name
            assert datetime.fromisoformat(element.find(f"{ATOM}updated").text).tzinfo
            assert len([link for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]) == 1
        assert feed.find(f"{ATOM}author/{ATOM}name").text, "an author of the feed stands for those of its entries"
        ids = [entry.find(f"{ATOM}id").text for entry in feed.iter(f"{ATOM}entry")]
        assert len(ids) == len(set(ids)) and feed.find(f"{ATOM}id").text not in ids
        return feed

    return get


@pytest.fixture
def indexed(client, db):
    """A register with one entry, for many questions."""
    publish(title="Certificate in Plumbing")
    follower.catch_up()
    return client


def titles(feed: ElementTree.Element) -> list[str]:
    return [entry.find(f"{ATOM}title").text for entry in feed.iter(f"{ATOM}entry")]


def summaries(feed: ElementTree.Element) -> list[str]:
    return [entry.find(f"{ATOM}summary").text for entry in feed.iter(f"{ATOM}entry")]


def link(element: ElementTree.Element, rel: str = "alternate") -> str:
    return next(link.get("href") for link in element.findall(f"{ATOM}link") if link.get("rel") == rel)


def awarded_by(number: str, **fields):
    return publish(providers=[{"number": number, "role": "awarding", "lead": True}], **fields)


def test_an_entrys_feed_tells_each_change_in_a_sentence_the_newest_first(read, db):
    number = publish(title="Certificate in Plumbing").number
    publish(number=number, title="Certificate in Plumbing", level="4")
    publish(title="Another one")
    feed = read(f"/q/{number}/feed")
    assert titles(feed) == [
        f"“Certificate in Plumbing” ({number}) was revised: this is revision 2.",
        f"“Certificate in Plumbing” ({number}) was listed on the register.",
    ]
    assert summaries(feed)[0] == "What changed: Level · Effective from 15 January 2026 · serial 2"
    newest = feed.find(f"{ATOM}entry")
    assert newest.find(f"{ATOM}id").text == f"http://testserver/q/{number}#2"
    assert link(newest) == f"http://testserver/q/{number}"
    recorded = Change.objects.get(serial=2).recorded_at
    for element in (feed, newest):
        updated = datetime.fromisoformat(element.find(f"{ATOM}updated").text)
        assert abs(updated - recorded) < timedelta(seconds=1)
    assert link(feed) == f"http://testserver/q/{number}"
    assert link(feed, "self") == f"http://testserver/q/{number}/feed"


def test_an_application_that_is_approved_is_told_with_its_decision_and_who_may_deliver_it(read, db):
    approve(make_recommended())
    number = Entry.objects.credentials().get().number
    feed = read(f"/q/{number}/feed")
    assert any(
        title.startswith("“Harbour Institute” was accredited to deliver “Scaffold inspection”")
        for title in titles(feed)
    )
    assert all("Decision D-" in summary for summary in summaries(feed))
    assert {link(entry) for entry in feed.iter(f"{ATOM}entry")} == {f"http://testserver/q/{number}"}


def test_a_providers_feed_holds_its_own_changes_and_those_of_what_it_awards_and_delivers(read, db):
    provider, other = make_provider("Kestrel"), make_provider("Elsewhere")
    awarded = awarded_by(provider.number, title="Awarded by Kestrel").number
    delivered = awarded_by(other.number, title="Delivered by Kestrel").number
    awarded_by(other.number, title="Nothing of Kestrel")
    with transaction.atomic():
        accreditation = journal.publish(
            {
                "number": None, "kind": "accreditation", "credential": delivered, "provider": provider.number,
                "accredited_from": "2020-01-01", "accredited_until": None, "withdrawn_on": None, "sites": [],
                "modes": [], "conditions": [], "suspensions": [],
            },
            effective_from=DAY,
        ).number  # fmt: skip
    feed = read(f"/providers/{provider.number}/feed")
    assert titles(feed) == [
        f"“Kestrel” was accredited to deliver “Delivered by Kestrel” ({accreditation}).",
        f"“Delivered by Kestrel” ({delivered}) was listed on the register.",
        f"“Awarded by Kestrel” ({awarded}) was listed on the register.",
        f"“Kestrel” ({provider.number}) was listed on the register.",
    ]
    assert titles(read(f"/q/{delivered}/feed"))[0].startswith("“Kestrel” was accredited")


def test_the_feed_of_the_register_holds_the_last_fifty_changes(read, db):
    for n in range(52):
        publish(title=f"Certificate {n}")
    told = titles(read("/changes/feed"))
    assert len(told) == 50 and "Certificate 51" in told[0] and "Certificate 2”" in told[-1]


def test_what_the_dates_of_an_entry_do_is_told_with_the_status_that_began(read, db):
    day = date(2026, 2, 1)
    with transaction.atomic():
        said = document(expiring_from="2026-02-01", expiry_end="2099-12-31")
        number = journal.publish(said, effective_from=DAY, now=at(DAY)).number
    assert journal.turn(day, now=at(day)) == 1
    feed = read(f"/q/{number}/feed")
    assert titles(feed)[0] == f"“Certificate in Plumbing” ({number}) has come to a day that alters how it stands."
    assert summaries(feed)[0] == (
        "Status: Expiring · New learners may not start. · Effective from 1 February 2026 · serial 2"
    )


# -- of a search -------------------------------------------------------------------------------------------------------


def test_a_searchs_feed_holds_what_it_finds_by_the_last_change(read, db):
    first = publish(title="Certificate in Plumbing", level="3").number
    second = publish(title="Diploma in Plumbing", level="5").number
    publish(title="Certificate in Baking", level="3")
    publish(number=first, title="Certificate in Plumbing", level="3", credits="70")
    follower.catch_up()
    feed = read("/search/feed?q=plumbing")
    assert [title.split("(")[1][:9] for title in titles(feed)] == [first, second]
    assert "revision 2" in titles(feed)[0]
    assert [title.split("(")[1][:9] for title in titles(read("/search/feed?q=plumbing&level=5"))] == [second]
    assert titles(read("/search/feed?sort=title&page=7&q=plumbing")) == titles(feed), "order and page choose nothing"
    assert link(feed) == "http://testserver/search?q=plumbing"
    assert "“plumbing”" in feed.find(f"{ATOM}title").text


def test_a_search_that_finds_very_many_is_looked_through_from_the_last_change_on(db, monkeypatch):
    """The same entries whichever way is taken, and none that only looser words would find."""
    for n in range(12):
        publish(title=f"Certificate in {'Plumbing' if n % 3 == 0 else 'Baking'} {n}")
    follower.catch_up()
    day = current.today()
    asked = {
        text: searches.read(QueryDict(text))
        for text in ("q=plumbing", "", "q=plumbing+certificate", "level=3", "q=plumbnig")
    }
    whole = {text: searches.newest(search, day, limit=3) for text, search in asked.items()}
    monkeypatch.setattr(searches, "WHOLE", 0)
    monkeypatch.setattr(searches, "BATCH", 2)
    assert {text: searches.newest(search, day, limit=3) for text, search in asked.items()} == whole
    assert len(whole["q=plumbing"]) == 3 and whole["q=plumbing"] != whole[""] and whole["q=plumbnig"]


def test_what_is_discontinued_is_told_though_the_page_hides_it_unless_a_status_was_chosen(read, db):
    """Whoever follows a search wants to know when what it finds comes to its end."""
    publish(title="Old Certificate in Plumbing", expiry_end="2020-12-31")
    follower.catch_up()
    assert len(titles(read("/search/feed?q=plumbing"))) == 1
    assert len(titles(read("/search/feed?q=plumbing&status=discontinued"))) == 1
    assert titles(read("/search/feed?q=plumbing&status=current")) == []


def test_what_only_has_some_of_the_words_is_not_told(client, read, db):
    publish(title="Certificate in Plumbing")
    follower.catch_up()
    assert "No entry has all of these words" in client.get("/search?q=plumbing+xyzzyqv&verbatim=1").content.decode()
    assert titles(read("/search/feed?q=plumbing+xyzzyqv&verbatim=1")) == []
    assert len(titles(read("/search/feed?q=plumbnig"))) == 1, "a spelling that was corrected is followed as corrected"
    assert titles(read("/search/feed?q=plumbnig&verbatim=1")) == []


def test_a_day_to_start_on_is_part_of_a_search(read, db):
    publish(title="Certificate in Plumbing", last_new_enrolment="2027-06-30")
    follower.catch_up()
    assert len(titles(read("/search/feed?start_on=2027-06-30"))) == 1
    feed = read("/search/feed?start_on=2027-07-01")
    assert titles(feed) == [] and link(feed) == "http://testserver/search?start_on=2027-07-01"
    assert feed.find(f"{ATOM}title").text == "Changes: search: New learners may start on 1 July 2027"


def test_a_feed_that_holds_nothing_is_the_same_each_time(client, read, db):
    publish(title="Baking")
    follower.catch_up()
    read("/search/feed?q=xyzzyqv")
    first = client.get("/search/feed?q=xyzzyqv")
    assert client.get("/search/feed?q=xyzzyqv").headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"colour": "red"}, "no parameter “colour”"),
        ({"status": "fine"}, "“status” is one of these: current,"),
        ({"kind": "provider"}, "“kind” is one of these: qualification,"),
        ({"credits_band": "7"}, "“credits_band” is one of these"),
        ({"start_on": "tomorrow"}, "“start_on”: "),
        ({"as_at": "2020-01-01"}, "“as_at”: "),
        ({"q": "x" * 201}, "“q” is longer than 200"),
        ({"q": "a\x00b"}, "“q” holds characters"),
        ({"level": "3\x07"}, "“level” holds characters"),
        ({"provider": [f"PR-{n:06d}" for n in range(51)]}, "“provider” has more than 50"),
        ({"field": ["x" * 190 + str(n) for n in range(6)]}, "longer than 1000"),
    ],
)
def test_a_parameter_that_no_search_has_is_named(client, db, asked, said):
    follower.catch_up()
    for page in ("feed", "follow"):
        response = client.get(f"/search/{page}?{urlencode(asked, doseq=True)}")
        assert response.status_code == 400 and said in response.content.decode(), page


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(q=st.text(max_size=210), name=st.sampled_from(["q", "level", "field", "provider", "language", "start_on", "x"]))
@example(q='title:(a OR "b', name="q")
@example(q="\ud800", name="q")
@example(q="\x1c", name="level")
def test_whatever_is_searched_for_is_answered_with_a_feed_or_a_reason(indexed, q, name):
    value = q.encode("utf-8", "surrogatepass")
    response = indexed.get("/search/feed?" + urlencode({name: value}))
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        ElementTree.fromstring(response.content)


def test_without_an_index_a_search_has_no_feed_and_a_record_has(client, read, db):
    number = publish().number
    assert client.get("/search/feed").status_code == 503
    assert len(titles(read(f"/q/{number}/feed"))) == 1


# -- what it never tells, and the manners of a public page ---------------------------------------------------------------


def test_nothing_of_a_draft_or_of_what_is_under_embargo_is_in_any_feed(client, read, db):
    make_submitted(title="Secret scaffolds")
    approve(make_recommended(title="Embargoed scaffolds"), publish_on=current.today() + timedelta(days=3))
    follower.catch_up()
    for address in ("/changes/feed", "/search/feed", "/search/feed?q=scaffolds", "/providers/PR-000001/feed"):
        body = client.get(address).content.decode()
        assert "ecret" not in body and "mbargoed" not in body, address
        read(address)


def test_a_wrong_listing_leaves_nothing_but_its_number_and_its_end(client, read, db):
    provider = make_provider("Kestrel")
    number = awarded_by(provider.number, title="Wrongly listed").number
    with transaction.atomic():
        journal.withdraw(number, effective_from=DAY, decision_number="D-2026-000001", reason="Listed by mistake.")
    assert client.get(f"/q/{number}/feed").status_code == 410
    for address in ("/changes/feed", f"/providers/{provider.number}/feed"):
        feed = read(address)
        assert titles(feed)[0] == f"{number} was withdrawn from the register: it had been listed by mistake."
        assert "Wrongly" not in ElementTree.tostring(feed, "unicode")


@pytest.mark.parametrize("address", ["/q/NQ-000099/feed", "/providers/PR-000099/feed", "/q/nonsense/feed"])
def test_what_is_not_on_the_register_has_no_feed(client, db, address):
    assert client.get(address).status_code == 404


def test_a_feed_has_one_address(client, db):
    provider = make_provider()
    number = publish().number
    assert client.get("/q/nq1/feed").headers["Location"] == f"/q/{number}/feed"
    assert client.get(f"/q/{provider.number}/feed").headers["Location"] == f"/providers/{provider.number}/feed"
    assert client.get(f"/providers/{number}/feed").headers["Location"] == f"/q/{number}/feed"
    assert client.post(f"/q/{number}/feed").status_code == 405


@pytest.mark.parametrize("address", ["/q/NQ-000001/feed", "/changes/feed", "/search/feed?q=plumbing"])
def test_a_feed_may_be_cached_and_answers_304(client, db, address):
    publish()
    follower.catch_up()
    first = client.get(address)
    assert first.headers["Cache-Control"].startswith("public") and not first.cookies
    assert "Cookie" not in first.headers.get("Vary", "")
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_title_with_markup_and_control_characters_is_text(read, db):
    publish(title="Pipes & <b>valves</b>\x0b \ufffe“x”")
    feed = read("/changes/feed")
    assert titles(feed) == ["“Pipes & <b>valves</b> “x”” (NQ-000001) was listed on the register."]


def test_the_language_follows_the_address_and_the_ids_do_not(read, db):
    number = publish(title="Certificate in Plumbing").number
    english, arabic = read(f"/q/{number}/feed"), read(f"/ar/q/{number}/feed")
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    assert (english.get(language), arabic.get(language)) == ("en", "ar")
    ids = [[entry.find(f"{ATOM}id").text for entry in feed.iter(f"{ATOM}entry")] for feed in (english, arabic)]
    assert ids[0] == ids[1] and link(arabic.find(f"{ATOM}entry")) == f"http://testserver/ar/q/{number}"
    assert english.find(f"{ATOM}id").text != arabic.find(f"{ATOM}id").text, "another feed has another id"
    assert "\u2068Certificate in Plumbing\u2069" in titles(arabic)[0]


def test_with_a_public_address_the_feed_names_it(read, db, settings):
    settings.PUBLIC_URL = "https://register.example"
    number = publish().number
    feed = read(f"/q/{number}/feed")
    assert link(feed, "self") == f"https://register.example/q/{number}/feed"
    assert feed.find(f"{ATOM}entry/{ATOM}id").text == f"https://register.example/q/{number}#1"


def test_the_pages_lead_to_their_feeds_and_forms(client, db):
    provider, number = make_provider(), publish().number
    for page, own in ((f"/q/{number}", f"/q/{number}"), (f"/providers/{provider.number}",) * 2):
        html = client.get(page).content.decode()
        assert f'href="{own}/feed"' in html.split("</head>")[0] and 'type="application/atom+xml"' in html
        assert f'<a href="{own}/feed"' in html and f'<a href="{own}/follow"' in html
    assert 'href="/changes/feed"' in client.get("/").content.decode().split("</head>")[0]


def test_the_line_beside_a_search_leads_to_its_feed_and_leaves_out_what_the_page_passes_over(rf):
    from django.template.loader import render_to_string

    request = rf.get("/search?q=plumb+%26&level=4&level=3&sort=title&page=2&utm=x")
    for template in ("public/search/follow.html", "public/search/feed.html"):
        html = render_to_string(template, {"request": request})
        assert "/search/feed?q=plumb+%26&amp;level=3&amp;level=4" in html, template
    assert (
        searches.of_page(QueryDict("status=fine")) is None and searches.of_page(QueryDict("as_at=2020-01-01")) is None
    )


def test_every_feed_costs_few_queries(client, db, django_assert_max_num_queries):
    provider = make_provider("Kestrel")
    for n in range(8):
        awarded_by(provider.number, title=f"Certificate {n}")
    follower.catch_up()
    for address in (f"/providers/{provider.number}/feed", "/q/NQ-000001/feed", "/search/feed", "/changes/feed"):
        with django_assert_max_num_queries(7):
            client.get(address)


def test_documents_are_read_of_the_changes_that_dates_made_alone(db):
    publish()
    [change] = changes.latest(5)
    assert change.said is None and "document" in change.get_deferred_fields()
    assert orjson.loads(bytes(change.document)) == document_of(change.number) and document()["title"]
