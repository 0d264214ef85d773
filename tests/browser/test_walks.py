"""The register walked through as a person does, without scripts and with them, with the keyboard, and on paper."""

import pytest

from tests.browser.states import FULL, STATES
from tests.browser.visiting import NARROW, WIDE, visit

BY_NAME = {state.name: state for state in STATES}
STOPS = 80  # of the Tab key, at most: every page has fewer than that, or shows what it is like on the way


@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_person_finds_filters_reads_the_past_and_verifies(chromium, sites, scripts, width):
    site = sites[FULL]
    with visit(chromium, scripts=scripts, width=width) as seen:
        page, main = seen.page, seen.page.locator("main")
        seen.go(f"{site.url}/")
        page.get_by_label("Title, number, provider or subject").fill("paua")
        main.get_by_role("button", name="Search").click()
        assert "q=paua" in page.url and "47 results" in main.inner_text()
        if not main.get_by_label("Level 3").is_visible():
            main.locator("summary", has_text="Level").click()
        main.get_by_label("Level 3").check()
        main.get_by_role("button", name="Apply filters").click()
        assert "level=3" in page.url and "Selected filters" in main.inner_text()
        result = main.locator(".results a").first
        title = result.inner_text()
        result.click()
        assert title in main.locator("h1").inner_text() and "Where this record comes from" in main.inner_text()
        seen.go(f"{site.url}/q/{site.numbers['revised']}")
        main.locator(".timeline a").last.click()
        assert page.url.endswith("/r/1") and "This is an earlier revision." in main.inner_text()
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Verify").click()
        page.get_by_label("Qualification or micro-credential").fill("waka ama crewing")
        page.get_by_label("Provider (you may leave it empty)").fill(site.numbers["body"])
        page.get_by_label("On which day").fill("2024-05-01")
        main.get_by_role("button", name="Verify").click()
        assert "On 1 May 2024" in main.inner_text() and "Accredited." in main.inner_text()
        assert seen.faults == [] and page.context.cookies() == []


@pytest.mark.parametrize(
    "name",
    ["home", "results of a word, filtered", "a record with everything", "a provider with everything",
     "verify with nothing written", "report a problem, wrongly", "the rules in force"],
)  # fmt: skip
def test_the_focus_is_seen_at_every_stop_of_the_tab_key(visitor, sites, name):
    state = BY_NAME[name]
    visitor.resize(WIDE)
    visitor.show(sites[state.site], state)
    stops = []
    for _stop in range(STOPS):
        visitor.page.keyboard.press("Tab")
        stop = visitor.focus()
        if stop["tag"] == "body":
            break
        stops.append(stop)
    unseen = [stop["html"] for stop in stops if not (stop["inside"] and stop["drawn"])]
    assert len(stops) > 10 and unseen == [], visitor.page.url


def test_an_error_leads_to_its_field(visitor, sites):
    for name in ("verify with nothing written", "report a problem, wrongly"):
        visitor.show(sites[FULL], BY_NAME[name])
        error = visitor.page.locator("main [role=alert] a").first
        field = error.get_attribute("href").removeprefix("#")
        error.click()
        assert visitor.page.evaluate("() => document.activeElement.id || location.hash.slice(1)") == field, (
            visitor.page.url
        )
        assert visitor.page.locator(f"#{field}").get_attribute("aria-invalid") == "true", visitor.page.url


@pytest.mark.parametrize("name", ["two compared wrongly", "a search for no day"])
def test_the_box_that_is_wrong_is_seen_to_be(visitor, sites, name):
    visitor.show(sites[FULL], BY_NAME[name])
    colours = {
        wrong: set(visitor.run(_BORDERS, f"main input.form-control{':is' if wrong else ':not'}([aria-invalid])"))
        for wrong in (True, False)
    }
    assert colours[True] and colours[False] and not colours[True] & colours[False]


def test_a_printed_record_tells_its_number_status_and_address_and_nothing_to_press(visitor, sites):
    site = sites[FULL]
    visitor.go(f"{site.url}/q/{site.numbers['expiring']}")
    visitor.page.emulate_media(media="print")
    try:
        main = visitor.page.locator("main")
        paper = visitor.page.locator("body").inner_text()
        for words in (site.numbers["expiring"], "Expiring", f"{site.url}/q/{site.numbers['expiring']}"):
            assert words in main.inner_text(), words
        assert "Sign in" not in paper and "Report a problem" not in paper and "Skip to main content" not in paper
        visitor.go(f"{site.url}/search?q=paua")
        main = visitor.page.locator("main")
        assert (
            "Paua Polishing" in main.inner_text() and not main.get_by_role("button", name="Apply filters").is_visible()
        )
        assert visitor.page.pdf().startswith(b"%PDF")
    finally:
        visitor.page.emulate_media(media="screen")


_BORDERS = "boxes => [...document.querySelectorAll(boxes)].map(box => getComputedStyle(box).borderTopColor)"
