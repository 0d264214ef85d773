"""Whatever is typed into a search box, the register answers: some hundred strings here, ten thousand in the drill."""

from urllib.parse import unquote_to_bytes

import pytest
from django.test import Client

from registry.search import follower
from tests.builders import make_provider, publish
from tests.odd_strings import LONGEST, strings

STRINGS = list(strings(195, seed=1))
# Each place that takes words, and what it may answer: a page, a redirect to the entry of that number, or a refusal that
# names the parameter.
PLACES = {
    "/search?q={}": {200, 302}, "/ar/search?q={}": {200, 302}, "/providers?q={}": {200}, "/api/v1/credentials?q={}": {200, 400},
    "/api/v1/suggest?q={}": {200, 400}, "/api/v1/providers?q={}": {200, 400},
}  # fmt: skip


@pytest.fixture
def register(db):
    make_provider("Te Wānanga o Waimanu")
    for title in ("Certificate in Nursing", "Diploma of Mechanical Engineering (Level 3)", "الترجمة الشفوية"):
        publish(title=title)
    follower.catch_up()


def test_the_strings_are_what_they_are_meant_to_be():
    raw = [unquote_to_bytes(s) for s in STRINGS]
    assert any(b"\0" in s for s in raw) and any(b"\xed\xa0\x80" in s for s in raw)
    assert max(len(s.decode(errors="replace")) for s in raw) == LONGEST
    assert any(s.count(b'"') % 2 for s in raw) and any(b"title:" in s for s in raw)
    assert STRINGS == list(strings(195, seed=1)) != list(strings(195, seed=2))


@pytest.mark.parametrize("place", PLACES)
def test_no_string_breaks_a_search(register, place):
    client = Client(raise_request_exception=False)
    wrong = {}
    for n, text in enumerate(STRINGS):
        # Each from an address of its own: what is tried here is not how often one may ask.
        answered = client.get(place.format(text), REMOTE_ADDR=f"10.1.{list(PLACES).index(place)}.{n}")
        if answered.status_code not in PLACES[place]:
            wrong[text[:200]] = answered.status_code
        elif answered.status_code == 400:
            assert answered["Content-Type"] == "application/problem+json"
            assert [e["pointer"] for e in answered.json()["errors"]] == ["q"], text[:200]
    assert not wrong
