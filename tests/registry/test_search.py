"""Search: ranked, folded, counted, and never the last to know."""

import threading
from datetime import date

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from registry import journal
from registry.search import analyzer, follower, query, schema
from registry.search.likeness import edits
from tests.builders import DAY, document, make_provider, publish

TODAY = date(2026, 11, 24)


def titles(q: str, **kwargs) -> list[str]:
    return [row["title"] for row in query.search(q=q, day=TODAY, **kwargs).rows]


@pytest.fixture
def register(committing_db):
    provider = make_provider("Te Wānanga o Waimanu")
    rows = [
        {"title": "Level 3 Award in First Aid at Work", "level": "3"},
        {"title": "Level 2 Award in First Aid", "level": "2"},
        {"title": "Certificate in Aid Work, first steps", "level": "3"},
        {"title": "Te Pōkaitahi Reo Māori", "language": "mi", "level": "4"},
        {"title": "الترجمة الشفوية", "language": "ar", "level": "5"},
        {"title": "Certificate in Plumbing", "level": "4", "purpose": {"en": "Install solar water heating."}},
        {"title": "Diploma in Nursing", "level": "7", "credits": None,
         "providers": [{"number": provider.number, "role": "awarding", "lead": True}]},
        {"title": "Old Certificate", "expiry_end": "2020-12-31", "level": "4"},
    ]  # fmt: skip
    for row in rows:
        publish(**row)
    follower.catch_up()
    return provider


def test_words_in_the_title_side_by_side_and_the_level_named_come_first(register):
    assert titles("first aid level 3")[0] == "Level 3 Award in First Aid at Work"
    assert titles("first aid")[:2] == ["Level 2 Award in First Aid", "Level 3 Award in First Aid at Work"]


@pytest.fixture
def renamed(register):
    """An entry that is called Bricklaying and was called Brick setting, which had been misspelt for a while."""
    number = publish(title="Certificate in Brick Sitting").number
    with transaction.atomic():
        for action, title in (("corrected", "Certificate in Brick Setting"), ("revised", "Certificate in Bricklaying")):
            journal.publish(document(number=number, title=title), effective_from=DAY, action=action)
    return number


def test_a_slip_that_a_revision_carried_on_was_never_a_title(register):
    number = publish(title="Certificate in Brick Sitting", level="3").number
    with transaction.atomic():
        for action, fields in (
            ("revised", {"title": "Certificate in Brick Sitting", "level": "4"}),
            ("corrected", {"title": "Certificate in Brick Setting", "level": "4"}),
            ("revised", {"title": "Certificate in Bricklaying", "level": "4"}),
        ):
            journal.publish(document(number=number, **fields), effective_from=DAY, action=action)
    follower.catch_up()
    assert titles("sitting", verbatim=True) == [] and titles("setting", verbatim=True) == ["Certificate in Bricklaying"]
    (row,) = query.search(q="bricklaying", day=TODAY).rows
    assert [former["title"] for former in row["former"]] == ["Certificate in Brick Setting"]


@pytest.mark.parametrize("built", ["followed", "rebuilt"])
def test_an_entry_is_found_by_the_title_that_it_had(renamed, built):
    if built == "rebuilt":
        follower.rebuild()
    else:
        follower.catch_up()
    assert titles("brick setting", verbatim=True) == ["Certificate in Bricklaying"]
    assert titles("sitting", verbatim=True) == [], "a slip was never its title"


def test_totals_are_exact_and_pages_do_not_overlap(register):
    found = [query.search(day=TODAY, page=page, page_size=3) for page in (1, 2, 3)]
    assert {f.count for f in found} == {8}
    numbers = [row["number"] for f in found for row in f.rows]
    assert len(numbers) == len(set(numbers)) == 8


@pytest.mark.parametrize("q", ["maori", "Māori", "MAORI", "Ma\u0304ori"])
def test_macrons_and_case_do_not_matter(register, q):
    assert titles(q) == ["Te Pōkaitahi Reo Māori"]


@pytest.mark.parametrize("q", ["الترجمه", "ٱلترجمة", "الشفويه"])
def test_arabic_letter_variants_are_one(register, q):
    assert titles(q) == ["الترجمة الشفوية"]


@pytest.mark.parametrize("q", ["NQ-000006", "nq 6", "nq000006", "NQ 000006"])
def test_a_number_is_found_with_or_without_its_separators(register, q):
    from registry.numbers import parse_number

    assert parse_number(q) == "NQ-000006"
    assert titles(parse_number(q))[0] == "Certificate in Plumbing"


@pytest.mark.parametrize("q", ["100/2/3", "10023", "ofqual 100/2/3"])
def test_a_number_of_the_source_is_found_with_words_beside_it(register, q):
    publish(title="Imported", identifiers=[{"scheme": "ofqual", "value": "100/2/3"}])
    follower.catch_up()
    query.forget()
    assert titles(q)[0] == "Imported"


def test_a_word_of_the_purpose_is_found_too(register):
    assert titles("solar") == ["Certificate in Plumbing"]


def test_the_name_of_the_awarding_body_is_found(register):
    assert titles("waimanu") == ["Diploma in Nursing"]


def test_a_misspelling_is_mended_and_said(register):
    found = query.search(q="plumbng certficate", day=TODAY)
    assert (found.corrected, [r["title"] for r in found.rows]) == ("plumbing certificate", ["Certificate in Plumbing"])


def test_nothing_that_matches_is_an_empty_page_not_an_error(register):
    assert query.search(q="xyzzy qwvk", day=TODAY) == query.Result(0, [], {}, None)
    assert query.search(q="'\"()*:+-^~ \\ [", day=TODAY).count == 0


def test_filters_of_one_name_are_alternatives_and_names_add_up(register):
    assert query.search(filters={"level": ["3", "4"]}, day=TODAY).count == 5
    assert query.search(filters={"level": ["3", "4"], "status": ["discontinued"]}, day=TODAY).count == 1
    assert query.search(filters={"level__gte": ["4"], "level__lte": ["5"]}, day=TODAY).count == 4


def test_a_facet_counts_what_choosing_another_value_would_give(register):
    found = query.search(filters={"level": ["7"]}, day=TODAY, facets=("level", "status"))
    assert {b["value"]: b["count"] for b in found.facets["level"]} == {"2": 1, "3": 2, "4": 3, "5": 1, "7": 1}
    assert found.facets["status"] == [{"value": "current", "count": 1}]


def test_a_renamed_provider_is_shown_under_its_new_name_at_once(register):
    from providers import services

    register.title = "Te Wānanga o Waiora"
    register.titles = {"mi": register.title}
    register.save()
    services.publish(register, effective_from=DAY)
    follower.catch_up()
    query.forget()
    assert query.search(q="nursing", day=TODAY).rows[0]["provider"]["name"] == "Te Wānanga o Waiora"
    assert titles("waimanu") == []


def test_a_withdrawn_entry_is_gone_from_search_and_from_the_documents(register):
    number = query.search(q="nursing", day=TODAY).rows[0]["number"]
    with transaction.atomic():
        journal.withdraw(number, effective_from=DAY, decision_number=None, reason="Listed twice.")
    follower.catch_up()
    query.forget()
    assert titles("nursing") == [] and query.document(number) is None


def test_the_document_of_the_index_is_the_very_document_that_was_published(register):
    from registry.models import Entry

    for number, body in Entry.objects.values_list("number", "document"):
        assert query.document(number) == bytes(body)


def test_catching_up_twice_changes_nothing_and_follows_the_head(register):
    assert follower.catch_up() == follower.catch_up() == journal.head() == query.applied_serial()


def test_a_damaged_index_is_built_anew(register):
    folder = schema.current(follower.root())
    for file in folder.iterdir():
        if file.suffix in (".json", ".term", ".store"):
            file.write_bytes(b"damaged")
    query.forget()
    follower.catch_up()
    query.forget()
    assert titles("nursing") == ["Diploma in Nursing"]


def test_readers_go_on_while_the_index_is_rebuilt_and_then_see_the_new_one(register):
    before = schema.current(follower.root())
    assert titles("nursing")
    follower.rebuild()
    assert schema.current(follower.root()) != before
    query.forget()
    assert titles("nursing") == ["Diploma in Nursing"]


def test_without_an_index_search_says_so(db):
    with pytest.raises(query.SearchUnavailable):
        query.search(q="x", day=TODAY)


def test_one_writer_on_a_host(register):
    with follower._only_writer(), pytest.raises(follower.IndexBusy):
        follower.catch_up()


def test_the_follower_is_woken_by_the_journal(register):
    """A publication is searchable within two seconds while the follower runs."""
    stop = threading.Event()
    from django.db import connection

    def run() -> None:
        follower.follow(stop)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        publish(title="Certificate in Glassblowing")
        from tests.quickstart import eventually

        eventually(lambda: titles("glassblowing"), 2.0)
        eventually(query.confirmed, 2.0)
    finally:
        stop.set()
        thread.join(5)


@given(st.text(max_size=40))
def test_folding_is_settled_after_once(text):
    assert analyzer.fold(analyzer.fold(text)) == analyzer.fold(text)


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=6))
def test_edits_are_the_same_both_ways_and_none_for_the_same_word(a, b):
    assert edits(a, b, 9) == edits(b, a, 9)
    assert (edits(a, b, 9) == 0) is (a == b)


def test_a_document_with_everything_missing_is_indexed(committing_db):
    with transaction.atomic():
        journal.publish(document(title="Bare", level=None, credits=None, listed_on=None), effective_from=DAY)
    follower.catch_up()
    assert query.search(q="bare", day=TODAY).rows[0]["level"] is None


def test_a_long_catching_up_that_is_cut_short_goes_on_from_its_last_commit(db, monkeypatch):
    """What lies in memory is committed in stretches: memory stays bounded, and no stretch is indexed twice."""
    follower.catch_up()
    for n in range(7):
        publish(title=f"Certificate {n}")
    monkeypatch.setattr(follower, "ROWS", 1)
    monkeypatch.setattr(follower, "COMMITTED", 2)
    write, written = follower._write, []

    def cut_short(writer, numbers, renamed, day):
        if len(written) == 6:  # what was due at first, and five changes
            raise KeyboardInterrupt
        written.append(numbers)
        write(writer, numbers, renamed, day)

    monkeypatch.setattr(follower, "_write", cut_short)
    with pytest.raises(KeyboardInterrupt):
        follower.catch_up()
    monkeypatch.setattr(follower, "_write", write)
    query.forget()
    assert query.applied_serial() == 4
    assert follower.catch_up() == 7
    query.forget()
    assert query.search(q="certificate", day=DAY).count == 7


def test_what_this_process_has_indexed_itself_is_read_at_once(db):
    follower.catch_up()
    assert query.search(q="Quokka", day=DAY).count == 0
    publish(title="Quokka welfare")
    follower.catch_up()
    assert query.search(q="Quokka", day=DAY).count == 1
