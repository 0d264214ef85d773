"""How alike two entries are: declared once, between 0 and 1, the same from both sides, and blind to how it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.search import likeness
from registry.search.likeness import Said, marked, meets, score, stems


def even(_stem: str) -> float:
    """Every word as rare as every other."""
    return 1.0


WORDS = [
    "scaffold",
    "inspection",
    "welding",
    "level",
    "2",
    "diploma",
    "in",
    "certificate",
    "harbour",
    "fork",
    "lift",
    "truck",
    "nursing",
    "of",
    "the",
    "advanced",
]
TITLES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)
SAID = st.builds(
    Said, title=TITLES, titles=st.lists(TITLES, max_size=2).map(tuple), others=st.lists(TITLES, max_size=2).map(tuple),
    outcomes=st.lists(TITLES, max_size=3).map(tuple), level=st.sampled_from(["", "2", "Level 2", "3", "Bachelor Degree"]),
    kind=st.sampled_from(["", "qualification", "micro_credential"]), bodies=st.lists(TITLES, max_size=1).map(tuple),
)  # fmt: skip


@given(a=SAID, b=SAID)
def test_a_score_lies_between_none_and_all_and_is_the_same_from_both_sides(a, b):
    assert 0.0 <= score(a, b, even) <= 1.0 + 1e-9
    assert score(a, b, even) == pytest.approx(score(b, a, even))


@given(a=SAID)
def test_nothing_is_more_like_an_entry_than_itself(a):
    assert score(a, a, even) == pytest.approx(1.0)


@given(text=st.text(max_size=200), other=st.text(max_size=200))
def test_the_pieces_of_a_marked_text_are_the_text(text, other):
    assert "".join(piece for piece, _ in marked(text, other)) == text


def titles(a: str, b: str) -> float:
    return score(Said(title=a), Said(title=b), even)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Bachelor of Science (Honours) (Physics)", "Bachelor of Science (Physics) (Honours)"),
        ("Māori performing arts", "Maori Performing Arts"),
        ("Brevet de pâtissier", "BREVET DE PATISSIER"),
        ("Fork lift truck operations", "Forklift truck operations"),
        ("Associate Degree of Songwritng", "Associate Degree of Songwriting"),
        ("Stonemason", "Stonemasonry"),
        ("City & Guilds Level 2 Diploma in Bricklaying", "NOCN Level 2 Diploma in Bricklaying"),
    ],
)
def test_the_same_in_another_order_spelling_or_brand_is_much_alike(a, b):
    assert titles(a, b) > 0.8


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("City & Guilds Level 2 Diploma in Bricklaying", "City & Guilds Level 2 Diploma in Floristry"),
        ("Perform a repertoire of dance", "Demonstrate understanding of a theatre practitioner"),
        ("القانون", "دائرة الفيزياء"),
    ],
)
def test_another_subject_is_not_alike_however_much_is_written_around_it(a, b):
    assert titles(a, b) < 0.6


def test_another_level_makes_the_same_words_less_alike():
    same, other = (Said(title="Welding", level=level) for level in ("Level 2", "NQF 3"))
    assert score(same, Said(title="Welding", level="2"), even) == pytest.approx(1.0)
    assert score(same, other, even) == pytest.approx(likeness.OTHER_LEVEL)


def test_the_same_outcomes_make_entries_alike_whose_titles_are_not():
    outcomes = ("Inspect a scaffold and record its state.", "Report a defect before use.")
    a = Said(title="Scaffold inspection", outcomes=outcomes)
    b = Said(title="Working at height", outcomes=tuple(reversed(outcomes)))
    assert score(a, b, even) == pytest.approx(likeness.ALONE)


def test_codes_among_alternative_titles_do_not_make_entries_alike():
    a, b = (Said(title=t, others=("TP",)) for t in ("Menuisier agenceur", "Ouvrier horticole"))
    assert score(a, b, even) == 0.0


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        ("qualitative", "quantitative", False), ("hairdresser", "hairdressing", True), ("advnaced", "advanced", True),
        ("adv", "advanced", True), ("law", "lawn", False), ("12", "13", False),
    ],
)  # fmt: skip
def test_which_words_are_forms_of_each_other(a, b, alike):
    (first,), (second,) = stems(a), stems(b)
    assert (meets(first, second) > 0) is alike


def test_the_words_that_both_say_are_marked_in_whatever_form():
    assert marked("Inspect a scaffold.", "Scaffolds are inspected") == [
        ("Inspect ", True), ("a ", False), ("scaffold", True), (".", False),
    ]  # fmt: skip
