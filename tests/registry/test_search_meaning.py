"""What a visitor's words may stand for, how they are spelt, and what narrows a search."""

from datetime import date

import pytest

from registry.search import asked, follower, levels, query, reader, synonyms
from registry.search.spelling import Vocabulary
from tests.builders import make_provider, publish

TODAY = date(2026, 11, 24)


@pytest.fixture
def register(committing_db):
    body = make_provider("Training Qualifications Harbour", website="https://www.tqharb.ac.nz/about")
    lead = [{"number": body.number, "role": "awarding", "lead": True}]
    rows = [
        {"title": "Certificate in British Sign Language", "level": "2", "providers": lead},
        {"title": "Certificate IV in Massage Therapy", "level": "4"},
        {"title": "Forklift operation", "level": "2", "delivery_modes": ["online"], "credits": "5"},
        {"title": "Brick laying", "level": "3", "credits": "40"},
        {"title": "Infirmiers diplômés", "language": "fr", "level": "6", "credits": "60.5"},
        {"title": "Enfermagem", "language": "pt", "level": "5"},
        {"title": "التمريض", "language": "ar", "level": "7"},
        {"title": "Functional Mathematics", "level": "1", "award_basis": "both"},
        {"title": "Mathematics for carpenters", "level": "3"},
        {"title": "Colour theory", "level": "3"},
        {"title": "Welding of pipes", "level": "3",
         "fields": [{"code": "0715", "label": "Mechanics and metal trades", "scheme": "isced-f-2013"}]},
        {"title": "Eau potable", "language": "fr", "purpose": {"fr": "Distribuer l'eau."}, "level": "3"},
        {"title": "Ending soon", "expiring_from": "2026-01-01", "last_new_enrolment": "2027-01-31",
         "expiry_end": "2029-01-31"},
        {"title": "Suspended for a while", "suspensions": [{"from": "2026-11-01", "until": "2026-12-31"}]},
    ]  # fmt: skip
    for row in rows:
        publish(**row)
    follower.catch_up()
    query.forget()
    return body


def titles(q: str = "", **kwargs) -> list[str]:
    return [row["title"] for row in query.search(q=q, day=TODAY, page_size=50, **kwargs).rows]


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("infirmière", "Infirmiers diplômés"),
        ("تمريض", "التمريض"),
        ("bsl", "Certificate in British Sign Language"),
        ("cert 4 massage", "Certificate IV in Massage Therapy"),
        ("fork lift", "Forklift operation"),
        ("bricklaying", "Brick laying"),
        ("maths", "Functional Mathematics"),
        ("color theory", "Colour theory"),
        ("d'eau potable", "Eau potable"),
        ("NQF3 brick laying", "Brick laying"),
        ("L2 forklift", "Forklift operation"),
        ("niveau 6 infirmiers", "Infirmiers diplômés"),
        ("massage qualification", "Certificate IV in Massage Therapy"),
    ],
)
def test_words_find_what_they_stand_for(register, q, title):
    assert titles(q)[0] == title


def test_a_level_that_is_named_is_asked_for(register):
    assert titles("mathematics level 3") == ["Mathematics for carpenters"]
    assert set(titles("mathematics")) == {"Functional Mathematics", "Mathematics for carpenters"}


def test_a_body_is_found_by_its_name_on_the_web_and_by_initials(register):
    for q in ("tqharb", "TQH"):
        found = query.search(q=q, day=TODAY, scope="providers")
        assert [row["number"] for row in found.rows] == [register.number], q


def test_a_misspelt_word_is_corrected_and_said_so_unless_what_was_typed_is_insisted_on(register):
    found = query.search(q="masage therappy", day=TODAY)
    assert (found.corrected, [row["title"] for row in found.rows]) == (
        "massage therapy",
        ["Certificate IV in Massage Therapy"],
    )
    insisted = query.search(q="masage therappy", day=TODAY, verbatim=True)
    assert (insisted.count, insisted.corrected) == (0, None)


def test_of_several_spellings_that_one_is_taken_that_the_other_words_go_with():
    words = Vocabulary([("welding", 30), ("wedding", 31)])
    assert set(words.nearest("weding")) == {"welding", "wedding"}


def test_short_words_and_numbers_are_never_corrected():
    words = Vocabulary([("care", 500), ("core", 20), ("6401", 3)])
    assert words.nearest("car") == [] and words.nearest("6402") == []


def test_where_no_entry_has_all_the_words_those_with_most_of_them_are_shown_and_it_is_said(register):
    found = query.search(q="british sign language underwater", day=TODAY)
    assert found.loose and found.rows[0]["title"] == "Certificate in British Sign Language"
    assert not query.search(q="british sign language", day=TODAY).loose


def test_an_entry_whose_number_is_typed_comes_first(register):
    number = query.search(q="enfermagem", day=TODAY).rows[0]["number"]
    assert query.search(q=f"{number.replace('-', ' ')} massage", day=TODAY).rows[0]["title"] in (
        "Enfermagem",
        "Certificate IV in Massage Therapy",
    )
    assert query.search(q=number.lower().replace("-", ""), day=TODAY).rows[0]["title"] == "Enfermagem"
    assert query.numbered(number) == [number] and query.numbered("massage") == []


@pytest.mark.parametrize(
    ("day", "open_"),
    [("2026-11-24", False), ("2026-12-31", False), ("2027-01-01", True), ("2020-01-01", True)],
)
def test_whether_new_learners_may_start_is_asked_of_any_day(register, day, open_):
    assert ("Suspended for a while" in titles(filters={"start_on": [day]})) is open_


def test_the_last_day_to_start_counts(register):
    assert "Ending soon" in titles(filters={"start_on": ["2027-01-31"]})
    assert "Ending soon" not in titles(filters={"start_on": ["2027-02-01"]})


def test_credits_recognition_delivery_and_broad_fields_narrow_a_search(register):
    assert titles(filters={"credits_band": ["5"]}) == ["Forklift operation"]
    assert titles(filters={"credits__gte": ["60.25"], "credits__lte": ["60.5"]}) == ["Infirmiers diplômés"]
    assert titles(filters={"recognition": ["true"]}) == ["Functional Mathematics"]
    assert "Forklift operation" in titles(filters={"delivery_mode": ["online"]})
    assert titles(filters={"field_group": ["isced-f-2013:07"]}) == ["Welding of pipes"]
    assert query.field_labels(["0715"]) == {"0715": "Mechanics and metal trades"}


def test_facets_count_with_and_without_their_own_filter(register):
    found = query.search(filters={"credits_band": ["5"]}, facets=("credits_band", "delivery_mode"), day=TODAY)
    assert {"value": "60", "count": 12} in found.facets["credits_band"] and found.count == 1
    assert sum(bucket["count"] for bucket in found.facets["delivery_mode"]) == 1


def test_suggestions_complete_the_last_word_and_mend_what_completes_nothing(register):
    assert query.suggest("functional mat", day=TODAY).completions == ["Functional Mathematics"]
    assert query.suggest("", day=TODAY).completions == []
    mended = query.suggest("masage", day=TODAY)
    assert (mended.completions, mended.spelling) == ([], "massage")


# -- numerals and levels -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("level 3 award", ["3"]),
        ("certificate at nqf level 4", ["4"]),
        ("niveau6", ["6"]),
        ("entry level 3", []),
        ("level iv", ["4"]),
        ("level 99", []),
        ("levels of care", []),
    ],
)
def test_levels_are_read_out_of_texts(text, said):
    assert levels.said(text) == said


@pytest.mark.parametrize(
    ("one", "other"), [("4", "iv"), ("iv", "4"), ("12", "xii"), ("i", None), ("13", None), ("x", None)]
)
def test_numerals_have_two_spellings_and_single_letters_have_none(one, other):
    assert levels.otherwise(one) == other


# -- the lists of words ------------------------------------------------------------------------------------------------


def test_every_list_that_comes_with_the_register_can_be_read():
    codes = [path.stem for path in synonyms.FOLDER.glob("*.toml")]
    assert "common" in codes
    for code in codes:
        assert synonyms.of_profile(code).others


def test_a_word_of_a_group_finds_the_others_and_one_of_also_only_one_way():
    words = synonyms.of_profile("nz").others
    assert ("math",) in words[("mathemat",)] and ("mathemat",) in words[("math",)]
    assert ("micro", "credenti") in words[("short", "cours")] and ("skill", "set") not in words
    assert ("lea", "faka", "tonga") in words[("tongan", "languag")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('same = [["one", ""]]', "is no word"),
        ('also = [{typed = "a"}]', "`typed` and `found`"),
        ("same = [", "broken.toml"),
    ],
)
def test_a_malformed_list_says_which_entry_is_wrong(tmp_path, monkeypatch, text, says):
    (tmp_path / "broken.toml").write_text(text)
    monkeypatch.setattr(synonyms, "FOLDER", tmp_path)
    with pytest.raises(synonyms.Malformed, match=r"broken\.toml") as told:
        synonyms.of_profile.__wrapped__("broken")
    assert says in str(told.value)


def test_without_its_lists_a_word_stands_for_itself_alone(register, settings):
    settings.SEARCH_SYNONYMS = False
    assert titles("maths", verbatim=True) == []


def test_a_query_of_many_words_asks_for_the_first_ones_only(register):
    parts = asked.read("massage " * 500, reader.snapshot().frequency)
    assert len(parts) <= asked.MOST_WORDS
