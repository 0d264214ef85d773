"""The page of results: everything in its address, and what it leaves out or does otherwise is said."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.db import transaction

from registry import journal
from registry.models import Entry
from registry.public import past
from registry.search import follower, query
from tests.builders import document, make_provider, publish
from tests.sending import visitor

DAY = date(2026, 11, 24)


@pytest.fixture
def page(client):
    def read(address: str, status: int = 200) -> str:
        answer = client.get(address)
        assert answer.status_code == status, (address, answer.status_code)
        return answer.content.decode()

    return read


@pytest.fixture
def register(db):
    body = make_provider("Kestrel Safety Training")
    lead = [{"number": body.number, "role": "awarding", "lead": True}]
    for n in range(3):
        publish(title=f"Scaffold inspection {n}", providers=lead, level="4", credits="5",
                identifiers=[{"scheme": "moe", "value": f"SC{n}40"}])  # fmt: skip
    publish(title="Scaffold inspection of old", expiry_end="2020-12-31", listed_on="2010-01-01")
    publish(title="Kestrels and other falcons")
    publish(title="=HYPERLINK(evil)", delivery_modes=["online"])
    follower.catch_up()
    query.forget()
    return body


def test_a_misspelt_search_shows_what_was_meant_and_offers_what_was_typed(page, register):
    shown = page("/search?q=scafold+inspektion")
    assert "Showing results for “scaffold inspection”." in shown and "Scaffold inspection 0" in shown
    assert 'href="?q=scafold+inspektion&amp;verbatim=1"' in shown
    insisted = page("/search?q=scafold+inspektion&verbatim=1")
    assert "No entry matches." in insisted and "Showing results for" not in insisted


def test_words_that_no_entry_has_together_are_answered_and_it_is_said(page, register):
    assert "No entry has all of these words." in page("/search?q=scaffold+inspection+falcons")


def test_an_entry_that_is_found_by_a_title_it_had_says_so(page, register):
    number = publish(title="Certificate in Brick Setting").number
    with transaction.atomic():
        journal.publish(
            document(number=number, title="Certificate in Bricklaying"), effective_from=DAY, action="revised"
        )
    follower.catch_up()
    shown = page("/search?q=brick+setting")
    assert "Certificate in Bricklaying" in shown and re.search(
        r"<dt>Formerly</dt><dd>\W*(<[^>]*>)?Certificate in Brick Setting", shown
    )
    assert "Formerly" not in page("/search?q=scaffold")


def test_how_many_discontinued_entries_are_hidden_is_said(page, register):
    shown = page("/search?q=scaffold")
    assert "1 discontinued entry is not shown." in shown and "of old" not in shown
    assert "of old" in page("/search?q=scaffold&status=discontinued")


def test_providers_of_the_name_typed_are_shown_above(page, register):
    shown = page("/search?q=kestrel")
    assert "Providers of that name" in shown and register.number in shown
    assert "Providers of that name" not in page("/search?q=kestrel&page=1&level=3")


def test_an_id_of_elsewhere_leads_to_its_record_and_a_shared_word_does_not(client, register):
    assert client.get("/search?q=sc-040").headers["Location"].startswith("/q/NQ-")
    assert client.get("/search?q=scaffold").status_code == 200
    assert client.get("/search?q=sc-040&level=4").status_code == 200, "who narrows a search wants its results"


@pytest.mark.parametrize("name", ["start_on", "as_at"])
def test_a_day_that_is_none_is_named_and_the_search_is_kept(page, register, name):
    shown = page(f"/search?q=scaffold&{name}=soon", 400)
    assert f'<a href="#{name}">' in shown and 'value="scaffold"' in shown and "Nothing was searched for" in shown


def test_the_register_as_at_a_day_is_told_with_its_own_statuses(page, register):
    shown = page("/search?q=scaffold&as_at=2015-06-01")
    assert "As it was on 1 June 2015" in shown
    assert "In order of number" in shown


@pytest.mark.parametrize(
    "odd",
    [
        "credits_band=7&credits_band=more", "delivery_mode=telepathy", "status=odd", "kind=odd", "level=%C3%A9",
        "field_group=isced-f-2013:99", "language=xx", "recognition=maybe", "provider=PR-9", "sort=odd", "q=%00%00", "q=!!!",
    ],
)  # fmt: skip
def test_a_value_that_there_is_not_finds_nothing_and_breaks_nothing(page, register, odd):
    page(f"/search?{odd}")


def test_results_are_given_as_csv_that_no_spreadsheet_runs(client, register):
    answer = client.get("/search.csv?q=hyperlink")
    assert answer["Content-Type"].startswith("text/csv") and "attachment" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["title"] for row in rows] == ["'=HYPERLINK(evil)"]
    assert rows[0]["uri"].startswith("http") and rows[0]["status"] == "current"
    assert client.get("/search.csv?start_on=soon").status_code == 400


def test_two_results_can_be_ticked_to_be_compared(page, register):
    shown = page("/search?q=scaffold")
    assert shown.count('form="compare"') == 4, "three results and the button"
    assert '<form id="compare" action="/compare" method="get">' in shown


def test_an_entry_that_a_filter_hides_is_counted_and_nothing_else_is_put_in_its_place(page, register):
    shown = page("/search?q=scaffold+inspection+of+old")
    assert "0 results" in shown and "1 discontinued entry is not shown." in shown
    assert "No entry has all of these words." not in shown and "Showing results for" not in shown


def test_a_day_that_is_none_loses_no_filter(page, register):
    shown = page("/search?q=scaffold&level=4&kind=qualification&start_on=nope", 400)
    assert '<input type="hidden" name="level" value="4">' in shown
    assert '<input type="hidden" name="kind" value="qualification">' in shown and "Selected filters" in shown


def test_a_number_is_found_in_the_past_however_it_is_written(page, client, register):
    number = query.search(q="falcons", day=DAY).rows[0]["number"]
    for written in (number, number.lower().replace("-", ""), number.replace("-", " ")):
        assert number in page(f"/search?q={written.replace(' ', '+')}&as_at=2026-11-01"), written
    rows = list(csv.DictReader(io.StringIO(client.get("/search.csv?q=old&as_at=2026-11-01").content.decode())))
    assert [row["title"] for row in rows] == ["Scaffold inspection of old"]
    assert "0 results" in page("/search?q=!!!&as_at=2015-06-01")


@pytest.fixture
def renamed(register):
    """One with a slip in its title and in its number of elsewhere, corrected later on; one that was revised, then
    corrected; four that bear one number of elsewhere; one whose number of elsewhere has no digit; one in Hindi."""
    older = DAY - timedelta(days=400)

    def became(number: str, action: str, **fields) -> None:
        with transaction.atomic():
            journal.publish(document(number=number, **fields), effective_from=DAY, action=action)

    moe = {"scheme": "moe"}
    slip = publish(older, title="Brick sitting", identifiers=[{**moe, "value": "77-01"}]).number
    became(slip, "corrected", title="Brick setting", identifiers=[{**moe, "value": "77-10"}])
    twice = publish(older, title="Wood sitting").number
    became(twice, "revised", title="Timber sitting")
    became(twice, "corrected", title="Timber setting")
    for n in range(4):
        publish(older, title=f"Shared 77 {n}", identifiers=[{**moe, "value": "S 1234"}])
    publish(older, title="Lettered", identifiers=[{**moe, "value": "ABC-DEF"}])
    publish(older, title="हिन्दी भाषा")
    follower.catch_up()
    return slip


@pytest.mark.parametrize(
    "q",
    [
        "sitting", "setting", "brick sitting", "brick setting", "wood", "timber sitting", "77-01", "7710", "77", "s1234",
        "abc def", "ABCDEF", "NQ 1", "nq-000001", "हिन्दी", "scaffold inspection", "no such title", "!!!",
    ],
)  # fmt: skip
def test_of_a_past_day_the_index_narrows_what_is_read_and_nothing_is_lost(renamed, q):
    for day in (DAY, DAY - timedelta(days=1), DAY - timedelta(days=399)):
        among = past.possible(day, q)
        assert among is not None and len(among) < Entry.objects.credentials().count()
        assert past.find(day, q, {}, 1, 50, among) == past.find(day, q, {}, 1, 50)


def test_what_the_words_were_on_a_past_day_is_found(renamed):
    before = DAY - timedelta(days=1)
    assert past.find(before, "brick sitting", {}, 1, 50, past.possible(before, "brick sitting")).count == 1
    assert past.find(before, "timber", {}, 1, 50, past.possible(before, "timber")).count == 0, "it was wood then"
    assert query.search(q="हिन्दी", day=DAY, verbatim=True).count == 1


def test_the_index_narrows_a_past_day_by_what_it_has_not_followed_yet_too(register):
    later = publish(title="Scaffold inspection of late").number
    assert later in past.possible(DAY, "scaffold")
    assert past.possible(DAY, "") is None and past.possible(DAY + timedelta(days=9_999), "scaffold") is None


def test_the_whole_journal_is_read_so_often_for_one_network(register, settings):
    settings.PUBLIC_PAST_RATE = "2/min"
    client = visitor()
    for _ in range(2):
        assert client.get("/search?level=4&as_at=2015-06-01").status_code == 200
    refused = client.get("/search?level=4&as_at=2015-06-01")
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0
    shown = refused.content.decode()
    assert '<a href="#as_at">Past days have been searched from your network too often' in shown
    assert '<input type="hidden" name="level" value="4">' in shown
    assert client.get("/search.csv?level=4&as_at=2015-06-01").status_code == 429
    told = client.get("/api/v1/credentials?level=4&as_at=2015-06-01")
    assert told.status_code == 429 and "too often" in told.json()["detail"]
    for address in ("/search", "/search.csv", "/api/v1/credentials"):
        assert client.get(f"{address}?q=scaffold&as_at=2015-06-01").status_code == 200, "words need no such reading"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/search?provider=%00", 200), ("/search?field=%00x", 200), ("/q/%00", 404), ("/providers/%00", 404),
        ("/q/%00/changes", 404), ("/api/v1/credentials/%00", 404), ("/api/v1/providers/%00", 404),
        ("/search?page=%C2%B2", 404), ("/providers?page=%C2%B2", 404), ("/search?page=" + "9" * 5000, 404),
        ("/api/v1/credentials?level__gte=99999999999999999999", 400), ("/api/v1/credentials?level__lte=-1", 400),
    ],
)  # fmt: skip
def test_what_no_register_holds_is_refused_and_never_an_error_of_ours(client, register, address, status):
    assert client.get(address).status_code == status


def test_the_api_gives_the_same_results_as_the_page(page, register):
    shown = page("/search?q=scaffold&verbatim=1&sort=title")
    assert "verbatim=true" in shown and "ordering=title" in shown


def test_a_chosen_value_is_counted_however_rare_it_is(page, register, monkeypatch):
    monkeypatch.setattr(query, "FACET_VALUES", 1)
    found = query.search(filters={"level": ["4"]}, facets=("level",), day=DAY)
    assert {"value": "4", "count": 3} in found.facets["level"] and found.count == 3


def test_a_title_that_is_discontinued_is_not_proposed(register):
    assert query.suggest("scaffold inspection of", day=DAY).completions == []
