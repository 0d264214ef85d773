"""What a record tells beside its content: its history in sentences, what changed, where it comes from, how it is quoted."""

import hashlib
import json
import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import unquote

import pytest
from django.db import transaction

from registry import journal
from registry.casework import kinds
from registry.framework import current
from registry.models import Change
from registry.public import wording
from registry.search import follower
from tests.builders import (
    DAY,
    DETAILED,
    approve,
    document,
    document_of,
    make_provider,
    make_recommended,
    publish,
)
from tests.registry.test_public_pages import words

MAY = datetime(2026, 5, 3, 0, 0, tzinfo=UTC)
ONE = {"number": None, "purpose": {"en": "For plumbers who lay pipes."}, "credits": "60"}


@pytest.fixture
def page(client):
    def get(address: str, status: int = 200) -> str:
        response = client.get(address)
        assert response.status_code == status, (address, response.status_code)
        return response.content.decode()

    return get


def say(now: datetime = MAY, action: str | None = None, decision: str | None = None, since=None, **fields) -> str:
    """One more publication of an entry: everything as before but these fields."""
    number = fields.pop("number", None)
    before = document_of(number) if number else document()
    with transaction.atomic():
        return journal.publish(
            {**before, **fields}, effective_from=since or current.today(now), action=action, decision_number=decision, now=now
        ).number  # fmt: skip


@pytest.fixture
def number(db) -> str:
    """Listed, revised by a decision, corrected without one, and reviewed."""
    number = say(decision="D-2026-0001", since=DAY, **ONE)
    say(number=number, decision="D-2026-0002", credits="70", level="4",
        learning_outcomes=[{"number": 1, "text": {"en": "Mend it."}}])  # fmt: skip
    say(number=number, action="corrected", purpose={"en": "For plumbers who mend pipes."})
    reviewed = {"outcome": "approved", "on": "2026-05-03", "decision": "D-2026-0003", "conditions": []}
    say(number=number, action="status", decision="D-2026-0003", last_review=reviewed, review_due="2027-05-03")
    follower.catch_up()
    return number


# -- history -----------------------------------------------------------------------------------------------------------


def test_each_change_is_a_sentence_with_its_days_and_its_decision_the_latest_first(page, number):
    text = words(page(f"/q/{number}"))
    sentences = (
        "On 3 May 2026 the register recorded the outcome of a review, by decision D-2026-0003. "
        "Changed: Next review, Last review.",
        "On 3 May 2026 the register corrected what it says of it. Changed: Purpose.",
        "On 3 May 2026 the register published revision 2 of it, by decision D-2026-0002. "
        "Changed: Learning outcomes, Level, Credits.",
        "On 3 May 2026 the register listed it, effective from 15 January 2026, by decision D-2026-0001. Revision 1",
    )
    places = [text.index(sentence) for sentence in sentences]
    assert places == sorted(places)


def test_a_change_leads_to_its_revision_and_to_what_it_altered(page, number):
    html = page(f"/q/{number}")
    serials = list(Change.objects.of(number).values_list("serial", flat=True))
    addresses = [
        unescape(a) for a in re.findall(r'href="([^"]+)"', html[html.index("timeline") :].partition("</ol>")[0])
    ]
    assert addresses == [
        f"/q/{number}/changes?change={serials[3]}", f"/q/{number}/changes?change={serials[2]}",
        f"/q/{number}/r/2", f"/q/{number}/changes?from=1&to=2", f"/q/{number}/r/1",
    ]  # fmt: skip
    for address in addresses:
        page(address)


def test_a_provider_tells_its_history_in_the_same_manner(page, db):
    provider = make_provider("Harbour Institute")
    said = document_of(provider.number)
    with transaction.atomic():
        journal.publish(said | {"website": "https://harbour.example", "ended_on": "2030-01-01", "ended_as": "closed"},
                        effective_from=DAY, decision_number="D-2026-0009", now=MAY)  # fmt: skip
    text = words(page(f"/providers/{provider.number}"))
    assert (
        "On 3 May 2026 the register changed what it says of it, effective from 15 January 2026, by decision D-2026-0009. "
        "Changed: How its registration ended, No longer registered from, Website." in text
    )
    changed = words(page(f"/providers/{provider.number}/changes?from=1&to=2"))
    assert "Website nothing https://harbour.example" in changed and "nothing 1 January 2030" in changed
    assert "nothing Closed" in changed


def test_in_arabic_a_decision_number_keeps_its_own_direction(page, number):
    assert "\u2068D-2026-0002\u2069" in page(f"/ar/q/{number}") and "\u2068" not in page(f"/q/{number}")


def test_every_field_that_a_change_can_alter_has_a_label(db):
    """None is told by its name in the program, which has underscores; those of the journal's own place are not told."""
    own = document() | DETAILED
    names = [n for n in (*own, *document_of(make_provider().number)) if n not in wording.UNSAID]
    assert [name for name in names if "_" in str(wording.label(name))] == []
    assert wording.labels(["part_of", "title", "decisions", "effective_from", "number"]) == [
        "Title", "Entries that it may lead to",
    ]  # fmt: skip


def test_every_matter_that_is_decided_has_words(db):
    assert {m for kind in kinds.every() for m in kind.matters} <= wording.MATTERS.keys()


# -- what changed ------------------------------------------------------------------------------------------------------


def test_two_revisions_are_shown_field_by_field_with_what_led_from_one_to_the_other(page, number):
    """Each revision as it was last corrected."""
    html = page(f"/q/{number}/changes?from=1&to=2")
    text = words(html)
    assert "From revision 1 to revision 2" in text and "Level 3 4" in text and "Credits 60 70" in text
    assert "<del>lay</del>" in html and "<ins>mend</ins>" in html, "a text is compared word by word"
    assert "Last review nothing continue, 3 May 2026, D-2026-0003" in text
    assert "published revision 2 of it, by decision D-2026-0002" in text and "listed it" not in text
    assert '<th scope="row">Level</th>' in html and '<th scope="col">Before</th>' in html


def test_without_being_asked_the_last_two_revisions_are_compared_and_the_form_says_which(page, number):
    say(number=number, credits="80")
    for address in (f"/q/{number}/changes", f"/q/{number}/changes?to=3", f"/q/{number}/changes?from=2"):
        html = page(address)
        assert re.findall(r'<option value="(\d)" selected', html) == ["2", "3"], address
        assert "Credits 70 80" in words(html)
    assert "Credits 80 60" in words(page(f"/q/{number}/changes?from=3&to=1")), "backwards, where that is asked"


def test_one_change_within_a_revision_is_shown_alone(page, number):
    serial = Change.objects.of(number).get(action="corrected").serial
    text = words(page(f"/q/{number}/changes?change={serial}"))
    assert f"Within revision 2: the change of serial {serial}" in text and "Credits" not in text
    assert "corrected what it says of it" in text and "Purpose For plumbers who lay pipes." in text


def test_an_entry_of_one_revision_says_that_nothing_is_compared(page, db):
    single = publish().number
    assert "There is one revision alone" in words(page(f"/q/{single}/changes"))
    assert "Compare two revisions" not in page(f"/q/{single}")


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("from=1&to=9", 404, "to: there is no revision 9 of this record."),
        ("from=0&to=2", 404, "from: there is no revision 0 of this record."),
        ("from=x", 400, "from: “x” is not the number of a revision, such as 2."),
        ("from=-1", 400, "is not the number of a revision"),
        ("from=%D9%A1", 400, "is not the number of a revision"),
        ("to=" + "9" * 500, 400, "is not the number of a revision"),
        ("from=2&to=2", 400, "Both are revision 2: choose two different ones."),
        ("to=1", 404, "Revision 1 is the first one: there is none before it."),
        ("change=x", 400, "change: “x” is not the serial of a change, such as 12."),
        ("change=999999", 404, "No change of this record has the serial 999999."),
        ("change=1", 404, "That is the first change of this record: nothing was before it."),
        ("from=%3Cscript%3E", 400, "“<script>” is not the number"),
    ],
)
def test_what_cannot_be_compared_is_said_with_the_form_to_choose_again(page, number, asked, status, said):
    html = page(f"/q/{number}/changes?{asked}", status)
    assert said in words(html) and '<select name="from"' in html and "<title>Error: " in html
    assert "<script>" not in html


def test_a_number_is_read_however_it_is_written_and_every_entry_is_led_to_its_own_page(client, number):
    provider = make_provider().number
    assert client.get("/q/nq1/changes?from=1&to=2").headers["Location"] == f"/q/{number}/changes?from=1&to=2"
    assert client.get(f"/q/{provider}/changes").headers["Location"] == f"/providers/{provider}/changes"
    assert client.get(f"/providers/{number}/changes?from=1").headers["Location"] == f"/q/{number}/changes?from=1"
    assert client.get("/q/NQ-999999/changes").status_code == 404


def test_what_changed_in_an_accreditation_is_told_elsewhere(page, db):
    approve(make_recommended())
    text = page("/q/AC-000001/changes", 404)
    assert "is an accreditation" in text and 'href="/q/NQ-000001"' in text and 'href="/providers/PR-000001"' in text


def test_of_a_listing_that_was_withdrawn_as_wrong_nothing_is_compared(page, number):
    with transaction.atomic():
        journal.withdraw(number, effective_from=DAY, decision_number=None, reason="Listed twice.")
    text = page(f"/q/{number}/changes?from=1&to=2", 410)
    assert "listed by mistake" in text and "plumbers" not in text


def test_an_earlier_revision_leads_to_what_has_changed_since(page, number):
    assert f"/q/{number}/changes?from=1&amp;to=2" in page(f"/q/{number}/r/1")
    assert "What has changed since" not in page(f"/q/{number}/r/2")


def test_other_entries_are_told_by_name_and_dates_in_words(page, db):
    body, other = make_provider("Harbour Institute").number, publish(title="Certificate in Drains").number
    number = publish().number
    say(number=number, providers=[{"number": body, "role": "awarding", "lead": True}], part_of=[other],
        suspensions=[{"from": "2026-02-01", "until": "2026-03-01", "summary": {"en": "Unsafe tools."}}],
        replaced_by=[{"number": other, "equivalence": "equivalent"}], expiring_from="2026-06-01",
        fields=[{"scheme": "isced-f-2013", "code": "0732", "label": "Building"}])  # fmt: skip
    follower.catch_up()
    text = words(page(f"/q/{number}/changes"))
    for said in (
        f"Awarding body: Harbour Institute ({body})", f"part of: Certificate in Drains ({other})",
        "1 February 2026 to 1 March 2026: Unsafe tools.", f"Certificate in Drains ({other}); equivalent", "1 June 2026",
        "0732 Building (ISCED-F 2013)",
    ):  # fmt: skip
        assert said in text, said


# -- where it comes from, citing, printing -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", "/r/1", "/r/2", "?as_at=2026-02-01"])
def test_the_hash_is_checked_as_the_page_says(client, page, number, address):
    """The document of the serial that it names, as JSON with sorted keys and no spaces, in UTF-8."""
    html = page(f"/q/{number}{address}")
    told = re.search(r"SHA-256\):\s*<code[^>]*>(\w{64})</code>", html)[1]
    feed = unescape(re.search(r'href="(/api/v1/changes\?[^"]+)"', html)[1])
    [change] = client.get(feed).json()["changes"]
    assert f"the document of serial {change['serial']} from" in words(html) and change["number"] == number
    body = json.dumps(change["document"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(body.encode()).hexdigest() == told


def test_a_provider_tells_its_hash_too(client, page, db):
    number = make_provider("Wānanga o te Moana").number
    html = page(f"/providers/{number}")
    feed = unescape(re.search(r'href="(/api/v1/changes\?[^"]+)"', html)[1])
    [change] = client.get(feed).json()["changes"]
    body = json.dumps(change["document"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(body.encode()).hexdigest() in html
    assert f"Wānanga o te Moana ({number}). National Qualifications Register. Retrieved on" in words(html)


def test_the_decisions_are_named_with_what_was_decided(page, db):
    rows = [
        {"number": "D-1", "matter": "accreditation", "outcome": "approved_with_conditions", "date": "2026-01-15"},
        {"number": "D-2", "matter": "gazette_notice", "outcome": "noted_then", "date": "1999-01-15"},
    ]
    text = words(page(f"/q/{publish(decisions=rows).number}"))
    assert "Decision D-1 (accreditation to deliver), 15 January 2026: approved with conditions" in text
    assert "Decision D-2 (gazette notice), 15 January 1999: noted then" in text
    assert "The record names no decision." in words(page(f"/q/{publish(title='Another').number}"))


@pytest.mark.parametrize(
    ("address", "revision", "own"), [("", 2, ""), ("/r/1", 1, "/r/1"), ("?as_at=2026-02-01", 1, "?as_at=2026-02-01")]
)
def test_a_record_is_cited_and_printed_under_the_address_at_which_it_stays(page, number, address, revision, own):
    """The same address stands in the citation, in the stamp and in the code to scan."""
    html = page(f"/q/{number}{address}")
    today, stays = wording.in_words(current.today()), f"http://testserver/q/{number}{own}"
    assert (
        f"Certificate in Plumbing ({number}, revision {revision}). National Qualifications Register. "
        f"Retrieved on {today} from {stays}" in words(html)
    )
    stamp = html[html.index('class="stamp"') : html.index("</div>", html.index('class="stamp"'))]
    assert f"Revision {revision}" in stamp and "Current" in stamp and f"QR code that leads to {stays}" in stamp
    assert f'<time datetime="{current.today().isoformat()}">{today}</time>' in stamp and stays in stamp


def test_the_code_to_scan_holds_the_permanent_address(page, number):
    """Read back from its image, module by module, and compared with one made of the address alone."""
    import segno

    html = page(f"/q/{number}")
    image = unquote(unescape(re.search(r'<img src="data:image/svg\+xml[^,]*,([^"]+)"', html)[1]))
    assert "style=" not in image and "<script" not in image
    drawn = set()
    x = y = 0.0
    for command, arguments in re.findall(
        r"([Mmh])([-\d. ]+)", re.search(r" d=['\"]([^'\"]+)['\"]", image.split("stroke")[1])[1]
    ):
        numbers = [float(n) for n in arguments.split()]
        if command == "h":
            drawn |= {(int(y), int(x) + n) for n in range(int(numbers[0]))}
            x += numbers[0]
        elif command == "m":
            x, y = x + numbers[0], y + numbers[1]
        else:
            x, y = numbers
    wanted = segno.make(f"http://testserver/q/{number}", error="m", micro=False).matrix
    assert drawn == {(i + 4, j + 4) for i, row in enumerate(wanted) for j, dark in enumerate(row) if dark}


def test_the_public_address_of_the_register_is_quoted_where_it_is_known(page, number, settings):
    settings.PUBLIC_URL = "https://register.example.org"
    html = page(f"/fr/q/{number}")
    assert '<link rel="canonical" href="https://register.example.org/q/' in html
    assert "https://register.example.org/q/NQ-000001</bdi>" in html and "testserver" not in html


def test_the_head_of_a_page_describes_it_for_search_engines_and_messengers(page, db):
    number = publish(title='Pipes "and" <drains>', purpose={"en": "For plumbers. " * 40}).number
    html = page(f"/q/{number}")
    described = unescape(re.search(r'<meta name="description" content="([^"]+)"', html)[1])
    assert described.startswith(
        f"Qualification {number}, level 3, 60 credits. Current. New learners may start. For plumbers."
    )
    assert len(described) <= 200 and described.endswith("…")
    title = re.search(r'<meta property="og:title" content="([^"]+)"', html)[1]
    assert unescape(title) == f'Pipes "and" <drains> ({number})' and "<drains>" not in html
    assert f'<meta property="og:url" content="http://testserver/q/{number}">' in html


def test_a_record_of_many_changes_costs_no_more_queries(client, number, django_assert_max_num_queries):
    for n in range(5):
        say(number=number, credits=str(100 + n))
    follower.catch_up()
    client.get(f"/q/{number}")
    with django_assert_max_num_queries(2):
        client.get(f"/q/{number}")
    with django_assert_max_num_queries(3):
        client.get(f"/q/{number}/changes?from=1&to=4")


def test_no_page_of_a_record_sets_a_cookie_or_holds_what_the_policy_refuses(client, number):
    for address in (f"/q/{number}", f"/q/{number}/changes", f"/compare?n={number}"):
        response = client.get(address)
        html = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", response.content.decode())
        assert not response.cookies and not re.search(r"<script|\sstyle=|<style|\son\w+=", html), address
        assert response.headers["Cache-Control"].startswith("public"), address
