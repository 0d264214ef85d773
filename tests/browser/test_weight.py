"""What a page costs over the wire: everything that it loads, headers too, as the browser counts it."""

from functools import partial

import pytest

from tests.browser.states import FULL
from tests.browser.visiting import visit

FIRST, AGAIN = 60_000, 15_000
PAGES = {"home": "/", "results": "/search?q=paua", "record": "/q/{everything}"}


def weight(seen, go) -> int:
    """Bytes received by going somewhere, until the network is quiet."""
    counter = seen.page.context.new_cdp_session(seen.page)
    received: list[float] = []
    counter.send("Network.enable")
    counter.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    go(wait_until="networkidle")
    counter.detach()
    assert received, "nothing was counted"
    return round(sum(received))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_light_at_first_and_lighter_when_it_comes_again(chromium, sites, page):
    site = sites[FULL]
    address = site.url + PAGES[page].format_map(site.numbers)
    with visit(chromium) as seen:
        first = weight(seen, partial(seen.page.goto, address))
        again = weight(
            seen, seen.page.reload
        )  # asks whether the page is still the same, as after its time in the cache
        assert seen.faults == []
    assert (first <= FIRST, again <= AGAIN) == (True, True), f"{address}: {first:,} bytes at first, {again:,} again"
