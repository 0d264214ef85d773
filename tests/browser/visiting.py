"""A person with Chromium who visits a page, and everything that went wrong meanwhile."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.browser.server import Site
from tests.browser.states import State

WIDE, NARROW, NARROWEST = 1280, 360, 320
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SECONDS = 30
# Where these tests must run, a machine without a browser is a failure and no reason to skip them.
# `required`: a browser that is not there is a failure. `every`: so it is, and every state is visited in every language.
REQUIRED = os.environ.get("NQR_BROWSER") in ("required", "every")
EVERY = os.environ.get("NQR_BROWSER") == "every"
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def missing(what: str) -> None:
    """Skip, and say what is missing; or fail, where it must be there."""
    if REQUIRED:
        pytest.fail(f"NQR_BROWSER=required, but {what}", pytrace=False)
    pytest.skip(f"the public pages are not visited: {what}")


def chromium_path() -> str:
    if found := next(filter(None, map(shutil.which, _CHROMIUM)), None):
        return found
    missing(f"no Chromium was found as {', '.join(_CHROMIUM)} (on Debian: apt-get install chromium)")
    raise AssertionError


def axe_source() -> str:
    """axe-core as its package ships it; it is never copied into the project."""
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@contextmanager
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed (pip install -e '.[test]')")
    path = chromium_path()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--disable-dev-shm-usage", "--disable-quic"])
        try:
            yield chromium
        finally:
            chromium.close()


@dataclass
class Visit:
    """One tab of a person. `faults` are console errors, refusals by the content security policy, requests that failed,
    and answers of 400 and more that the page itself was not: those since the tab went to its page."""

    page: Any
    faults: list[str] = field(default_factory=list)
    status: int = 0
    asked: str = ""

    def go(self, address: str) -> None:
        self.faults.clear()
        self.asked = address
        self.status = self.page.goto(address).status

    def show(self, site: Site, state: State, language: str = "en") -> None:
        """Go to the page of a state, fill in its form and send it where it says so, and look at where that led."""
        self.go(site.url + state.at(site.numbers, language))
        if state.send:
            self._send({name: words.format_map(site.numbers) for name, words in state.fill.items()})
        assert self.status == state.status, f"{self.page.url} answered {self.status}"
        if language == "en":
            main = self.page.locator("main").inner_text()
            for words in map(str, state.sees):
                assert words in main, f"{self.page.url} does not say “{words}”:\n{main[:1500]}"

    def _send(self, fill: Mapping[str, str]) -> None:
        form = self.page.locator("main form[method=post]")
        for name, words in fill.items():
            choice = form.locator(f"[name={name}][value={words}]") if words.isalpha() else form.locator("no-choice")
            if choice.count():
                choice.check()
            elif (control := form.locator(f"[name={name}]")).count():
                control.fill(words)
        with self.page.expect_navigation() as led:
            form.locator("[type=submit]").first.click()
        self.status = led.value.status

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 800})

    def run(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def broken_rules(self, tags: Sequence[str] = TAGS) -> list[str]:
        """What axe finds on the page as it stands, a line each."""
        if not self.run("typeof window.axe === 'object'"):
            self.page.evaluate(axe_source())
        options = {"runOnly": {"type": "tag", "values": list(tags)}, "resultTypes": ["violations"]}
        found = self.run("options => axe.run(document, options).then(found => found.violations)", options)
        return [
            f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:300]} [{node.get('failureSummary', '')[:300]}]"
            for rule in found
            for node in rule["nodes"][:4]
        ]

    def overflow(self) -> list[str]:
        """Where the page is wider than its window: by how much, and what sticks out of it."""
        return self.run(_OVERFLOW)

    def focus(self) -> dict[str, Any]:
        """What has the focus now, whether it is in the window, and whether it is drawn as focused."""
        return self.run(_FOCUS)


@contextmanager
def visit(chromium: Any, *, scripts: bool = True, width: int = WIDE, **options: Any) -> Iterator[Visit]:
    """A new person, with scripts or without."""
    context = chromium.new_context(
        java_script_enabled=scripts,
        viewport={"width": width, "height": 800},
        service_workers="block",
        reduced_motion="reduce",
        **options,
    )
    context.set_default_timeout(SECONDS * 1000)
    seen = Visit(context.new_page())
    _listen(seen)
    try:
        yield seen
    finally:
        context.close()


def _listen(seen: Visit) -> None:
    def is_the_page(url: str) -> bool:
        return url.split("#")[0] in (seen.page.url.split("#")[0], seen.asked)

    def said(message: Any) -> None:
        # Chromium writes an error for every page that is not found; the status of a page is asserted by itself.
        if message.type == "error" and not ("Failed to load" in message.text and is_the_page(message.location["url"])):
            seen.faults.append(f"console: {message.text} ({message.location['url']})")

    def answered(response: Any) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            seen.faults.append(f"{response.status}: {response.url}")

    seen.page.on("console", said)
    seen.page.on("pageerror", lambda error: seen.faults.append(f"script: {error}"))
    seen.page.on("requestfailed", lambda request: seen.faults.append(f"failed: {request.url} {request.failure}"))
    seen.page.on("response", answered)


_OVERFLOW = """() => {
  const wide = document.scrollingElement.scrollWidth, room = window.innerWidth;
  if (wide <= room) return [];
  const out = [...document.body.querySelectorAll('*')].filter(e => {
    const box = e.getBoundingClientRect();
    return (box.right > room + 1 || box.left < -1) && !e.closest('.skip') && !e.closest('[role=region]');
  });
  return [`${wide} px in ${room} px`, ...out.slice(-3).map(e => e.outerHTML.slice(0, 200))];
}"""
_FOCUS = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
  return {
    tag: e.tagName.toLowerCase(), skip: e.matches('.skip'), href: e.getAttribute('href'),
    html: e.outerHTML.slice(0, 160),
    inside: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    drawn: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none',
  };
}"""
