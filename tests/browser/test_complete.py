"""No public page is forgotten: every address of the register has a state that a browser visits, or a reason why not."""

from collections import Counter
from urllib.parse import urlsplit

from django.urls import resolve

from registry.public import urls
from tests.browser import contents
from tests.browser.states import EXCEPTIONS, STATES


class Anything(dict):
    def __missing__(self, name: str) -> str:
        return "PR-000001" if name.endswith("body") else "NQ-000001"


def test_every_public_address_has_a_state_or_a_reason():
    names = {pattern.name for pattern in urls.urlpatterns if pattern.name}
    # Addresses that lead nowhere show the error pages.
    paths = [urlsplit(state.at(Anything())).path for state in STATES if state.address != "/no-such-page"]
    shown = {resolve(path).url_name for path in paths}
    assert names - shown - EXCEPTIONS.keys() == set(), "pages without a line in tests/browser/states.py"
    assert EXCEPTIONS.keys() <= names - shown, "exceptions that are none"
    assert all(EXCEPTIONS.values())


def test_every_state_has_a_name_of_its_own():
    assert [name for name, times in Counter(state.name for state in STATES).items() if times > 1] == []


def test_every_sort_of_error_is_among_the_states():
    assert {state.status for state in STATES} >= {200, 400, 404, 410, 422, 503}


def test_the_visited_register_is_long_winded_where_it_matters():
    assert len(contents.LONG) > 200 and " " not in contents.LONG
