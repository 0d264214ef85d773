"""What a body is called and what became of it: dated, on both sides, and never rewritten."""

from datetime import date, timedelta

import pytest

from providers import services
from registry.content.bodies import name_on
from registry.errors import RegisterError
from registry.framework.current import today
from registry.models import Change, Entry
from registry.search import follower, query
from tests.builders import DAY, document_of, make_provider

LATER = DAY + timedelta(days=10)


@pytest.fixture
def harbour(db):
    return make_provider("Harbour Institute")


def test_a_rename_keeps_the_old_name_with_its_last_day_and_finds_it(harbour):
    services.rename(harbour, "Harbour Polytechnic", on=LATER, decision="D-7")
    said = document_of(harbour.number)
    assert (said["title"], said["former_names"]) == (
        "Harbour Polytechnic", [{"name": "Harbour Institute", "until": (LATER - timedelta(days=1)).isoformat()}],
    )  # fmt: skip
    assert [name_on(said, day) for day in (date(2001, 1, 1), LATER - timedelta(days=1), LATER)] == [
        "Harbour Institute", "Harbour Institute", "Harbour Polytechnic",
    ]  # fmt: skip
    follower.catch_up()
    found = query.search(q="Harbour Institute", day=today(), scope="providers")
    assert [row["title"] for row in found.rows] == ["Harbour Polytechnic"]
    harbour.organisation.refresh_from_db()
    assert harbour.organisation.legal_name == "Harbour Polytechnic"
    assert Change.objects.filter(number=harbour.number).latest("serial").decision_number == "D-7"


def test_three_names_in_a_row_are_each_held_on_their_own_days(harbour):
    for n, name in enumerate(("Second", "Third"), start=1):
        services.rename(harbour, name, on=DAY + timedelta(days=100 * n))
        harbour.refresh_from_db()
    said = document_of(harbour.number)
    days = [DAY, DAY + timedelta(days=100), DAY + timedelta(days=199), DAY + timedelta(days=200)]
    assert [name_on(said, day) for day in days] == ["Harbour Institute", "Second", "Second", "Third"]


@pytest.mark.parametrize(("name", "says"), [("", "not the present"), ("Harbour Institute", "not the present")])
def test_a_name_that_is_none_is_refused(harbour, name, says):
    with pytest.raises(RegisterError, match=says):
        services.rename(harbour, name, on=LATER)


def test_a_name_cannot_begin_before_the_one_that_it_follows(harbour):
    services.rename(harbour, "Second", on=LATER)
    harbour.refresh_from_db()
    with pytest.raises(RegisterError, match="Second is its name from 2026-01-25 on"):
        services.rename(harbour, "Third", on=LATER)
    assert document_of(harbour.number)["title"] == "Second"


def test_a_merger_is_told_on_both_sides_and_ends_those_who_came_before(harbour):
    other, whole = make_provider("Kestrel"), make_provider("Kestrel Harbour")
    services.succeed([harbour, other], [whole], relation="merger", on=LATER, decision="D-8")
    for provider in (harbour, other):
        said = document_of(provider.number)
        assert (said["ended_as"], said["ended_on"]) == ("merged", LATER.isoformat())
        assert said["successors"] == [{"number": whole.number, "relation": "merger", "on": LATER.isoformat()}]
    assert [row["number"] for row in document_of(whole.number)["predecessors"]] == [harbour.number, other.number]
    with pytest.raises(RegisterError, match="has ended already"):
        services.succeed([harbour], [whole], relation="merger", on=LATER)


@pytest.mark.parametrize("relation", ["split", "purchase"])
def test_a_split_and_a_purchase_end_nobody(harbour, relation):
    part = make_provider("Harbour North")
    services.succeed([harbour], [part], relation=relation, on=LATER)
    assert document_of(harbour.number)["ended_as"] is None
    assert document_of(part.number)["predecessors"][0]["relation"] == relation


def test_nobody_succeeds_itself_and_every_succession_has_a_sort(harbour):
    with pytest.raises(RegisterError, match="others that came after"):
        services.succeed([harbour], [harbour], relation="merger", on=LATER)
    with pytest.raises(RegisterError, match="Choose merger, split"):
        services.succeed([harbour], [make_provider("B")], relation="marriage", on=LATER)


def test_a_body_that_was_registered_again_keeps_its_earlier_registration(harbour):
    services.impose(harbour, kind="cancellation", summary={"en": "Cancelled."}, on=date(2026, 2, 1))
    harbour.refresh_from_db()
    services.register_again(harbour, on=date(2026, 6, 1))
    said = document_of(harbour.number)
    assert said["registrations"] == [{"from": "2010-01-01", "until": "2026-01-31", "ended_as": "cancelled"}]
    assert (said["registered_on"], said["ended_on"], said["ended_as"]) == ("2026-06-01", None, None)
    with pytest.raises(RegisterError, match="has ended by then"):
        services.register_again(harbour, on=date(2026, 6, 2))


DETAILS = {
    "names": [{"kind": "trading", "text": "HIT", "from": "2015-01-01"}],
    "other_identifiers": [{"scheme": "moe", "value": "6010", "from": "2010-01-01"}],
    "founded_on": "1960-02-01",
    "sites": [{"name": "City campus", "region": "Waikato", "until": "2020-12-31"}],
    "quality_categories": [{"category": "1", "from": "2024-05-01", "report": "https://example.org/eer.pdf"}],
    "scope": [{"effect": "included", "kinds": ["micro_credential"], "lowest": "3", "highest": "6", "modes": ["online"]}],
}  # fmt: skip


def test_what_is_said_beyond_a_name_is_public_and_comes_back_from_an_export(harbour):
    from credentials.imports import documents

    services.correct(harbour, DETAILS, on=LATER)
    said = document_of(harbour.number)
    assert {name: said[name] for name in DETAILS} == DETAILS
    assert documents.check(said).own["details"] == DETAILS


@pytest.mark.parametrize(
    ("details", "says"),
    [
        ({"sites": [{"region": "Waikato"}]}, "Name is missing"),
        ({"quality_categories": [{"category": "1", "report": "the report"}]}, "Report: “the report” is not an address"),
        ({"scope": [{"effect": "perhaps"}]}, "not one of included, excluded"),
        ({"founded_on": "in spring"}, "not a date"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field_and_reason(harbour, details, says):
    with pytest.raises(RegisterError, match=says):
        services.correct(harbour, details, on=LATER)
    assert not document_of(harbour.number).keys() & details.keys()


SCOPED = [
    {"effect": "included", "kinds": ["micro_credential"], "lowest": "3", "highest": "6"},
    {"effect": "excluded", "field": "09", "until": "2025-12-31"},
]


@pytest.mark.parametrize(
    ("credential", "day", "covered"),
    [
        ({"level": "3"}, DAY, True), ({"level": "7"}, DAY, False), ({"kind": "qualification"}, DAY, False),
        ({"fields": [{"code": "0912"}]}, DAY, True), ({"fields": [{"code": "0912"}]}, date(2025, 12, 31), False),
    ],
)  # fmt: skip
def test_scope_is_inclusions_and_exclusions_on_their_days(credential, day, covered):
    from registry.content.bodies import in_scope

    asked = {"kind": "micro_credential", "level": "4", "fields": [], **credential}
    assert in_scope({"scope": SCOPED}, asked, day) is covered
    assert in_scope({}, asked, day)


def test_what_a_credential_does_not_tell_is_no_ground_to_exclude_it():
    from registry.content.bodies import in_scope

    rows = [{"effect": "excluded", "modes": ["online"]}]
    told = {"kind": "micro_credential", "level": "4"}
    assert in_scope({"scope": rows}, told, DAY)
    assert not in_scope({"scope": rows}, told | {"delivery_modes": ["online", "on_site"]}, DAY)


def test_the_entry_of_a_provider_counts_its_revisions(harbour):
    services.correct(harbour, DETAILS, on=LATER)
    services.correct(harbour, {"founded_on": "1960-02-01"}, on=LATER)  # nothing that is not said already
    assert Entry.objects.get(number=harbour.number).revision == 2
