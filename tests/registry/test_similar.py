"""The duplicate check finds what people call the same, in other words, misspelt or in another order."""

import pytest

from providers import publishing
from registry.framework.current import today
from registry.search import follower, query, similar
from tests.builders import document, make_provider, publish


def alike(**fields) -> list[similar.Match]:
    return similar.credentials(document(**fields), day=today())


@pytest.fixture
def register(db):
    publish(title="Scaffold inspection", level="4", learning_outcomes=[
        {"number": 1, "text": {"en": "Inspect a scaffold and record its state."}},
        {"number": 2, "text": {"en": "Report a defect before the scaffold is used."}},
    ])  # fmt: skip
    publish(title="Forklift truck operations", level="2")
    publish(title="Introduction to whakairo", titles={"en": "Introduction to whakairo", "mi": "He kupu whakataki"})
    publish(title="Welding", level="3")
    publish(title="Welding", level="3")
    follower.catch_up()


def test_nothing_is_like_a_draft_without_a_title(register):
    assert alike(title="") == []


def test_a_register_without_an_index_says_so(db):
    with pytest.raises(query.SearchUnavailable):
        alike(title="Scaffold inspection")


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Inspecting scaffolds", "NQ-000001"), ("Scafold inspection", "NQ-000001"), ("Fork lift trucks", "NQ-000002"),
        ("He kupu whakataki", "NQ-000003"), ("INTRODUCTION TO WHAKAIRO", "NQ-000003"),
    ],
)  # fmt: skip
def test_forms_spellings_compounds_and_other_languages_are_found(register, title, found):
    assert alike(title=title)[0].number == found


def test_the_outcomes_are_found_under_any_title_and_stand_side_by_side(register):
    match = alike(title="Safety at height", level="4", learning_outcomes=[
        {"text": {"en": "Record the state of a scaffold after inspection."}}, {"text": {"en": "Tie a knot."}},
    ])[0]  # fmt: skip
    assert match.number == "NQ-000001"
    outcomes = [(p.own, p.theirs) for p in match.passages if p.field == "learning_outcomes"]
    assert outcomes == [
        ("Record the state of a scaffold after inspection.", "Inspect a scaffold and record its state.")
    ]


def test_entries_that_say_the_same_are_one_match_with_its_twins(register):
    match = alike(title="Welding", level="3")[0]
    assert (match.number, match.twins, round(match.score, 3)) == ("NQ-000004", ("NQ-000005",), 1.0)


def test_one_that_the_draft_would_replace_is_left_out(register):
    found = similar.credentials(document(title="Welding"), day=today(), exclude={"NQ-000004"})
    assert found[0].number == "NQ-000005" and found[0].twins == ()


def test_a_body_is_found_by_an_identifier_before_any_name(db):
    known = make_provider(
        "Harbour Institute of Technology", details={"other_identifiers": [{"scheme": "moe", "value": "7/001"}]}
    )  # fmt: skip
    make_provider("Harbor Institute")
    follower.catch_up()
    body = {"title": "Harbor Institute", "identifiers": [{"scheme": "moe", "value": "7001"}]}
    found = similar.bodies(body, day=today())
    assert (found[0].number, found[0].score, found[0].passages[0].field) == (known.number, 1.0, "identifiers")


@pytest.mark.parametrize(
    "name", ["The Harbour Institute of Technology Ltd", "Harbour Polytechnic", "HIT", "Te Whare o Te Whanga"]
)
def test_a_body_is_found_by_any_name_it_has_had(db, name):
    provider = make_provider(
        "Harbour Institute of Technology", former_names=[{"name": "Harbour Polytechnic", "until": "2001-12-31"}],
        titles={"en": "Harbour Institute of Technology", "mi": "Te Whare o Te Whanga"},
        details={"names": [{"kind": "acronym", "text": "HIT"}]},
    )  # fmt: skip
    make_provider("Kestrel College")
    follower.catch_up()
    found = similar.bodies({"title": name}, day=today())
    assert found[0].number == provider.number and found[0].score > 0.9


def test_bodies_of_two_countries_with_one_name_are_less_alike(db):
    make_provider("University of Newcastle", country="AU")
    follower.catch_up()
    here, there = ({"title": "University of Newcastle", "country": country} for country in ("AU", "GB"))
    assert similar.bodies(here, day=today())[0].score > similar.bodies(there, day=today())[0].score


def test_a_match_is_kept_as_plain_values(register):
    kept = alike(title="Welding", level="3")[0].record()
    assert kept["score"] == 1.0 and kept["passages"][0]["field"] == "title" and kept["twins"] == ("NQ-000005",)


def test_the_document_of_a_desk_record_can_be_compared(db):
    provider = make_provider("Harbour Institute", public=False)
    make_provider("Harbour Institute")
    follower.catch_up()
    assert similar.bodies(publishing.document(provider), day=today())[0].score == pytest.approx(1.0)
