"""Every page in every state without scripts, in each language: it is there, and nothing of it is left in English."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser import wording
from tests.browser.pages import visited
from tests.browser.states import STATES

LANGUAGES = ("fr", "pt", "ar")
# What the head and the foot of every page say: fewer of them mean that the page was not read.
AT_LEAST = 10


@pytest.mark.parametrize("state", visited(STATES), ids=lambda state: state.name)
def test_no_word_of_a_page_is_left_in_english(plain_visitor, sites, state):
    site, left = sites[state.site], {}
    plain_visitor.show(site, state)
    english = wording.pieces(plain_visitor)
    asked = {text for values in parse_qs(urlsplit(plain_visitor.page.url).query).values() for text in values}
    said = wording.said_of(english)
    assert len(said) > AT_LEAST, f"{plain_visitor.page.url}: {english}"
    for language in LANGUAGES:
        plain_visitor.show(site, state, language)
        page = wording.pieces(plain_visitor)
        assert len(wording.translated(said, page, language)) >= AT_LEAST, (language, page)
        left[language] = [
            *wording.left_in_english(said, page, language), *wording.on_both(english, page, site.content | asked, language)
        ]  # fmt: skip
        assert plain_visitor.faults == [], plain_visitor.page.url
    assert not any(left.values()), "\n".join(
        [
            plain_visitor.page.url,
            *(f"{language}: {words}" for language, all_of_them in left.items() for words in all_of_them),
        ]
    )
