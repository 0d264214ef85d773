"""What somebody probably meant, and where nothing is obvious."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.framework import suggestions
from registry.framework.suggestions import BY_TYPE, suggest


@pytest.mark.parametrize(
    ("kind", "value", "meant"),
    [
        ("number", "12,5", "12.5"),
        ("number", "٤٠", "40"),
        ("number", "04", "4"),
        ("number", "-007", "-7"),
        ("number", "60 hours", "60"),
        ("number", "PT60H", "60"),
        ("number", "P60M", "60"),
        ("number", "1,200", None),  # twelve hundred, or one and a fifth
        ("number", "PT60M", None),  # sixty minutes
        ("number", "a dozen", None),
        ("number", "12.5", None),
        ("level", "04", "4"),
        ("level", "4.0", "4"),
        ("level", "Level 4", "4"),
        ("level", "niveau 10", "10"),
        ("level", "TBA", None),
        ("country", "ZAR", "ZA"),
        ("country", "ZAF", "ZA"),
        ("country", "AUT", "AT"),
        ("country", "nz", "NZ"),
        ("country", "UK", "GB"),
        ("country", "EUR", None),
        ("country", "Narnia", None),
        ("language", "GER", "de"),
        ("language", "DEU", "de"),
        ("language", "FRE", "fr"),
        ("language", "EN", "en"),
        ("language", "pt_br", "pt-BR"),
        ("language", "english", None),
        ("currency", "nzd", "NZD"),
        ("currency", "dollars", None),
        ("isced_f", "111", "0111"),
        ("isced_f", "11", "011"),
        ("isced_f", "1", "01"),
        ("isced_f", "588", "0588"),
        ("isced_f", "101", None),  # a narrow field of its own
        ("isced_f", "10", None),
        ("isced_f", "0111", None),
        ("six_digits", "10101", "010101"),
        ("six_digits", "1010", None),
        ("duration", "P60M", "PT60H"),
        ("duration", "60", "PT60H"),
        ("duration", "60 hours", "PT60H"),
        ("duration", "a while", None),
        ("text", "12,5", None),
        ("number", None, None),
        ("number", ["12,5"], None),
    ],
)
def test_what_is_suggested(kind, value, meant):
    assert suggest(kind, value) == meant


@given(st.sampled_from(sorted(BY_TYPE)), st.text(max_size=70))
def test_no_text_makes_a_suggestion_raise_and_none_is_what_was_written(kind, text):
    assert suggest(kind, text) != text


@given(st.from_regex(r"[0-9]{1,4}", fullmatch=True))
def test_a_code_that_is_suggested_for_a_field_of_study_is_one(code):
    meant = suggestions.isced_f(code)
    assert meant is None or (meant == f"0{code}" and meant[:2] in {f"{n:02}" for n in range(10)})
