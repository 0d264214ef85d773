"""What differs between two documents of an entry, and which category of change that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.content import comparison
from registry.content.comparison import category, compare
from registry.content.dictionary import BY_NAME, FIELDS
from registry.framework import profile
from tests.builders import DETAILED, document

LAW = profile.load("nz")
WHOLE = document(purpose={"en": "For plumbers."}, learning_outcomes=[
    {"number": 1, "text": {"en": "Mend a pipe."}}, {"number": 2, "text": {"en": "Lay one."}},
]) | DETAILED  # fmt: skip
# Another value for each field, in its own shape.
OTHERS = {
    "purpose": {"en": "For gasfitters."}, "level": "5", "credits": "90", "kind": "micro_credential", "type": "diploma",
    "components": [{"title": {"en": "Drains"}}], "duration": "P6M", "fees": [], "languages": ["en", "mi"],
    "award_basis": "course", "expiring_from": "2030-01-01", "listed_on": "2021-01-01", "stackability": "standalone",
    "standards": [], "assessment": {"en": "A test."}, "titles": {"en": "Certificate in Drains"},
}  # fmt: skip
some = st.sets(st.sampled_from(sorted(OTHERS)))


@given(names=some)
def test_exactly_what_differs_is_told_whichever_came_first(names):
    after = WHOLE | {name: OTHERS[name] for name in names}
    assert {d.field for d in compare(WHOLE, after)} == names == {d.field for d in compare(after, WHOLE)}
    assert compare(after, after) == []


def test_every_field_is_told_in_words_that_differ_and_in_the_order_of_the_dictionary():
    found = compare({}, WHOLE)
    named = [d.field for d in found if d.field in BY_NAME]
    assert named == [f.name for f in FIELDS if f.name in named] and len(named) > 30
    assert all(d.before == [] and d.after and d.removed == [] and d.added == d.after for d in found)


def test_what_says_nothing_is_the_same_as_what_is_left_out():
    assert compare(document(), document(fees=[], duration=None, purpose={})) == []


def test_rows_that_came_and_went_are_told_one_by_one():
    after = WHOLE | {"learning_outcomes": [WHOLE["learning_outcomes"][0], {"number": 2, "text": {"en": "Test it."}}]}
    (found,) = compare(WHOLE, after)
    assert (found.removed, found.added) == (["Lay one."], ["Test it."])


words = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=4)


@given(before=words, after=words)
def test_the_pieces_of_a_text_are_its_words_before_and_after(before, after):
    pairs = compare(document(purpose={"en": " ".join(before)}), document(purpose={"en": " ".join(after)}))
    for found in pairs:
        said = {sort: [p.text for p in found.pieces if p.sort in ("kept", sort)] for sort in ("removed", "added")}
        assert " ".join(said["removed"]).split() == before and " ".join(said["added"]).split() == after
    assert len(pairs) == (before != after)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"purpose": {"en": "For gasfitters."}}, "A"),
        ({"fees": []}, "A"),
        ({"titles": {"en": "Certificate in Drains"}}, "B"),
        ({"part_of": ["NQ-000009"]}, "B"),
        ({"entry_requirements": {"en": "None."}}, "A"),
        ({"learning_outcomes": [{"number": 1, "text": {"en": "Mend a pipe."}}]}, "B"),
        ({"learning_outcomes": [{"number": 1, "text": {"en": "Mend a drain."}}]}, "C"),
        ({"level": "5"}, "C"),
        ({"credits": "61"}, "C"),
        ({"kind": "part_qualification"}, "C"),
        ({"type": "diploma", "purpose": {"en": "For gasfitters."}}, "C"),
        ({"expiring_from": "2030-01-01"}, "D"),
        ({"expiring_from": "2030-01-01", "purpose": {"en": "For gasfitters."}}, "D"),
        ({"expiry_end": "2031-01-01", "expiring_from": "2030-01-01"}, "D"),
    ],
)
def test_the_category_of_a_change(changes, code):
    before = WHOLE | {"replaced_by": [], "part_of": ["NQ-000008"]}
    found = category(before, before | changes, LAW)
    assert (found and found.code) == code


@pytest.mark.parametrize("name", ["level", "credits", "type", "levels"])
def test_what_fills_a_gap_alters_nobodys_credential(name):
    before = {k: v for k, v in WHOLE.items() if k not in (name, "replaced_by")}
    assert category(before, before | {name: WHOLE[name]}, LAW).code == "A"


def test_the_learning_outcomes_in_another_order_are_no_other_ones():
    first, second = WHOLE["learning_outcomes"]
    after = WHOLE | {"learning_outcomes": [second | {"number": 1}, first | {"number": 2}]}
    assert category(WHOLE, after, LAW).code == "B"


@pytest.mark.parametrize("code", profile.shipped())
def test_the_categories_of_every_profile_speak_of_fields_that_there_are(code):
    known = {*BY_NAME, *comparison.ENTRY_LABELS, "title", "part_of", "*"}
    for each in profile.load(code).categories:
        assert set(each.fields) | set(each.wholly) <= known, each.code
    assert [c.makes for c in profile.load(code).categories] == ["revision", "revision", "replacement", "ending"]
