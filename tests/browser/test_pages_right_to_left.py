"""Pages in Arabic: nothing for axe, no error, no sideways scrolling, for the keyboard too."""

import pytest

from tests.browser.pages import tried, visited
from tests.browser.states import STATES


@pytest.mark.parametrize("state", visited(STATES), ids=lambda state: state.name)
def test_a_page_keeps_every_rule(visitor, sites, state):
    tried(visitor, sites[state.site], state, "ar", "rtl")
