"""What is asked of every page, in whatever state, language and width."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.urls import Resolver404, resolve

from tests.browser.server import Site
from tests.browser.states import AWAY, STATES, WITHOUT_INDEX, State
from tests.browser.visiting import EVERY, NARROW, NARROWEST, WIDE, Visit


def visited(states: Sequence[State]) -> list[State]:
    """Those that are visited in other languages: of the states that one template draws in one status, one; all of them
    by name (`NQR_BROWSER=every pytest tests/browser`). In English every one is visited."""
    if EVERY:
        return list(states)
    return list({(page_of(state), state.status, state.site): state for state in reversed(states)}.values())[::-1]


def page_of(state: State) -> str | None:
    """The name of the page that an address leads to; None for one that leads nowhere."""
    try:
        return resolve(urlsplit(state.at(_Anything())).path).url_name
    except Resolver404:
        return None


class _Anything(dict):
    def __missing__(self, name: str) -> str:
        return "PR-000001" if name.endswith("body") else "NQ-000001"


OF_EACH_PAGE = {state.name for state in visited(STATES)}


def widths(state: State, direction: str) -> tuple[int, ...]:
    """In which widths axe looks at a state: from right to left a page is mirrored, and else the same, so that one tells;
    and of the states that one template draws, one is looked at narrow as well."""
    if direction == "rtl":
        return (NARROW,)
    return (WIDE, NARROW) if state.name in OF_EACH_PAGE else (WIDE,)


def tried(seen: Visit, site: Site, state: State, language: str, direction: str) -> None:
    """A page looked at with scripts: by axe, in the narrowest width for room, and with the keyboard."""
    seen.resize(WIDE)
    seen.show(site, state, language)
    built(seen, language, direction)
    skipped_to_the_content(seen)
    if language == "en":
        led_somewhere(seen, site, state)
    seen.run("() => document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found = {width: at_width(seen, width) for width in widths(state, direction)}
    assert not any(found.values()), _told(seen.page.url, found)
    seen.resize(NARROWEST)
    assert seen.overflow() == [], f"{seen.page.url} scrolls sideways"
    assert seen.faults == [], seen.page.url


def at_width(seen: Visit, width: int) -> list[str]:
    seen.resize(width)
    return seen.broken_rules()


def built(seen: Visit, language: str, direction: str) -> None:
    """Its language and direction, one heading of the first level, and a title of its own."""
    said = seen.run(
        "() => ({lang: document.documentElement.lang, dir: document.documentElement.dir, title: document.title,"
        " h1: [...document.querySelectorAll('h1')].map(h => h.innerText.trim())})"
    )
    assert (said["lang"], said["dir"]) == (language, direction), seen.page.url
    assert len(said["h1"]) == 1 and said["h1"][0], f"{seen.page.url}: {said['h1']}"
    assert said["title"].partition("–")[0].strip(), f"{seen.page.url}: {said['title']!r}"


def skipped_to_the_content(seen: Visit) -> None:
    """The first stop of the Tab key is the link past the head of the page; it is seen, and it leads to the content."""
    seen.page.keyboard.press("Tab")
    first = seen.focus()
    assert first["skip"] and first["href"] == "#main", f"{seen.page.url}: the first stop is {first['html']}"
    assert first["inside"] and first["drawn"], f"{seen.page.url}: the focus is not seen: {first}"
    seen.page.keyboard.press("Enter")
    assert seen.run("() => document.activeElement.id") == "main", seen.page.url


def led_somewhere(seen: Visit, site: Site, state: State) -> None:
    """Every link to the register's own pages leads to one, and every link within the page to a part of it. A page that is
    not there is not there in other languages either."""
    links = [link for link in seen.run(_LINKS) if link["url"].startswith(f"{site.url}/")]
    assert len(links) > 5, seen.page.url
    lost = [link["url"] for link in links if link["within"] and not link["there"]]
    # A register without an index or without its database says so at each page that needs them.
    allowed = {200, 503} if site.name in (AWAY, WITHOUT_INDEX) else {200}
    wanted = {
        link["url"].partition("#")[0]: allowed | ({state.status} if link["language"] else set())
        for link in links
        if not link["within"]
    }
    with ThreadPoolExecutor(4) as several:
        answers = dict(zip(wanted, several.map(answer_of, wanted), strict=True))
    lost += [f"{status} {url}" for url, status in answers.items() if status not in wanted[url]]
    assert lost == [], f"{seen.page.url} leads nowhere: {lost}"


@cache
def answer_of(url: str) -> int:
    """The status of an address; each is asked once."""
    try:
        with urlopen(url, timeout=60) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def _told(url: str, found: dict[int, list[str]]) -> str:
    return "\n".join([url, *(f"{width} px: {line}" for width, lines in found.items() for line in lines)])


_LINKS = """() => [...document.querySelectorAll('a[href]')].map(link => ({
  url: link.href,
  language: link.closest('.languages') !== null,
  within: link.getAttribute('href').startsWith('#'),
  there: document.getElementById(link.hash.slice(1)) !== null,
}))"""
