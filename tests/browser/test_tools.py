"""What the tests of this folder look for is found where it is: a page with every fault is told of each."""

import pytest

from tests.browser import wording
from tests.browser.pages import built, led_somewhere, skipped_to_the_content
from tests.browser.states import FULL, STATES
from tests.browser.visiting import NARROWEST
from tests.browser.wording import Message

BROKEN = """<!doctype html><html><title>–</title><body><h1></h1><h1>Two</h1><img src="/no-such-picture.png">
<p style="color:#bbb;background:#fff">Pale</p><input><div>{long}</div><script>window.here = 1</script>"""
POLICY = "default-src 'none'; img-src 'self'"


@pytest.fixture
def broken(visitor, sites):
    """A page of the register's own address that breaks every rule, answered in its place."""
    address = f"{sites[FULL].url}/broken"
    html = BROKEN.format(long="x" * 400)
    visitor.page.route(
        address,
        lambda route: route.fulfill(
            status=200, content_type="text/html", body=html, headers={"Content-Security-Policy": POLICY}
        ),
    )
    visitor.go(address)
    yield visitor
    visitor.page.unroute(address)
    visitor.faults.clear()


def test_axe_finds_what_is_not_accessible(broken):
    rules = {line.split()[0] for line in broken.broken_rules()}
    assert {"image-alt", "label", "html-has-lang"} <= rules


def test_a_page_that_is_too_wide_is_told(broken):
    broken.resize(NARROWEST)
    assert broken.overflow()[0].endswith(f"in {NARROWEST} px")


def test_refusals_by_the_policy_and_answers_that_fail_are_told(broken):
    broken.page.wait_for_load_state("networkidle")
    told = "\n".join(broken.faults)
    assert "404: " in told and told.count("Content Security Policy") >= 2, told


def test_a_page_without_language_heading_title_and_skip_link_is_told(broken):
    for asked in (lambda: built(broken, "en", "ltr"), lambda: skipped_to_the_content(broken)):
        with pytest.raises(AssertionError):
            asked()


def test_a_link_that_leads_nowhere_is_told(broken, sites):
    links = "".join(f'<a href="/{n}">{n}</a>' for n in range(6)) + '<a href="#gone">here</a>'
    broken.run("html => { document.body.innerHTML = html; }", links)
    with pytest.raises(AssertionError, match=r"#gone.*404 .*/5"):
        led_somewhere(broken, sites[FULL], STATES[0])


def test_words_left_in_english_are_found_and_a_translation_is_not():
    said = [Message(("Search",)), Message(("Level %(level)s",)), Message(("%(n)s result", "%(n)s results"))]
    english = frozenset({"Search", "Level 3", "12 results"})
    assert wording.left_in_english(said, english, "fr") == ["Search", "Level %(level)s", "%(n)s result"]
    assert wording.left_in_english([said[0]], frozenset({"Rechercher", "Search engines"}), "fr") == []
    assert wording.translated(said[:1], frozenset({"Rechercher"}), "fr") == ["Search"]


def test_text_that_nobody_marked_is_found_on_both_pages():
    both = frozenset({"Never marked", "Waka Ama", "NQ-000001", "JSON", "12"})
    assert wording.on_both(both, both, {"Waka Ama", "NQ-000001"}, "fr") == ["Never marked"]


def test_what_templates_and_code_mark_is_read():
    template = (
        "{% translate \"A 'b'\" %}{% blocktranslate count n=m %}{{ n }} hive{% plural %}{{ n }} hives{% endblocktranslate %}"
        '{{ x|default:_("none") }}{% translate "May" context "month" %}'
    )
    assert list(wording.of_template("{% load i18n %}" + template)) == [
        Message(("A 'b'",)), Message(("%(n)s hive", "%(n)s hives")), Message(("none",)), Message(("May",), "month"),
    ]  # fmt: skip
    assert len(wording.messages()) > 1_000
