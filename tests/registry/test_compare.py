"""Two entries side by side: what differs first, then what is the same; and whatever else may be asked for."""

import re

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import journal
from registry.framework import current
from registry.public import compare, records
from registry.search import follower
from tests.builders import DAY, DETAILED, approve, document, make_provider, make_recommended, publish
from tests.registry.test_public_pages import words


@pytest.fixture
def page(client):
    def get(address: str, status: int = 200) -> str:
        response = client.get(address)
        assert response.status_code == status, (address, response.status_code)
        return response.content.decode()

    return get


@pytest.fixture
def two(db) -> tuple[str, str]:
    first = publish(title="Certificate in Plumbing", level="3", credits="60", assessment={"en": "Observed."}).number
    second = publish(title="شهادة السباكة", language="ar", titles={"ar": "شهادة السباكة"}, level="4", credits="60",
                     expiring_from="2026-01-01", assessment={"en": "Observed."}).number  # fmt: skip
    follower.catch_up()
    return first, second


def test_what_differs_comes_first_and_then_what_is_the_same(page, two):
    html = page("/compare?n=NQ-000001&n=NQ-000002")
    text = words(html)
    different, same = text.split("What is the same")
    assert "4 differences" in different and "Level 3 4" in different and "Status Current Expiring" in different
    assert "New learners may start yes no last day to start: 31 December 2025" in different
    assert "Credits 60 60" in same and "Assessment Observed. Observed." in same and "Level" not in same
    assert '<span lang="ar" dir="rtl">شهادة السباكة</span>' in html


def test_the_table_names_its_rows_and_columns(page, two):
    html = page("/compare?n=NQ-000001&n=NQ-000002")
    assert html.count('<th scope="col">') == 6 and '<th scope="row">Level</th>' in html
    assert '<td data-label="NQ-000002"><p dir="auto">4</p></td>' in html, "stacked, each cell says whose it is"


def test_a_checkbox_leaves_only_what_differs_and_says_how_much_is_not_shown(page, two):
    html = page("/compare?n=NQ-000001&n=NQ-000002&only=1")
    assert "What is the same" not in html and "Observed." not in html and "Level 3 4" in words(html)
    assert re.search(r"\d attributes are the same and are not shown", words(html))
    assert 'value="1" checked' in html and 'href="/compare?n=NQ-000001&amp;n=NQ-000002"' in html


@pytest.mark.parametrize(
    ("asked", "status", "said", "box"),
    [
        ("n=NQ-000001&n=NQ-000002&n=NQ-000003", 400, "Two entries are compared, and 3 numbers were given.", "second"),
        ("n=NQ-000001&n=NQ-000099", 404, "The register has no entry with the number NQ-000099.", "second"),
        ("n=NQ-000001&n=plumbing", 400, "“plumbing” is not a register number such as NQ-000123.", "second"),
        ("n=NQ-000001&n=nq%201", 400, "Both numbers are NQ-000001: give two different ones.", "second"),
        ("n=NQ-000001&n=PR-000001", 400, "PR-000001 is a provider or an accreditation", "second"),
        ("n=NQ-000099", 404, "The register has no entry with the number NQ-000099.", "first"),
        ("n=NQ-000001&n=%3Cscript%3E%00", 400, "“<script>", "second"),
        ("n=" + "9" * 5_000, 400, "is not a register number", "first"),
        ("n=NQ-000001&n=NQ-000002&only=maybe", 400, "only: “maybe” is not 1", "only"),
    ],
)
def test_what_cannot_be_compared_is_said_with_what_was_typed(page, two, asked, status, said, box):
    make_provider()
    html = page(f"/compare?{asked}", status)
    assert said in words(html) and "<title>Error: " in html and "differences" not in html
    assert html.count('aria-invalid="true"') == 1 and f'<a href="#{box}">' in html
    assert re.search(f'<input[^>]* id="{box}"[^>]* aria-invalid="true"', html), "the box that is wrong, and no other"
    if "NQ-000001" in asked:
        assert 'id="first" name="n" value="NQ-000001"' in html
    assert "<script>" not in html


def test_of_one_number_the_form_asks_for_the_other(page, two):
    for asked in ("?n=NQ-000001", "?n=NQ-000001&n=", "?n=&n=NQ-000001"):
        html = page(f"/compare{asked}")
        assert 'id="first" name="n" value="NQ-000001"' in html and 'id="second" name="n" value=""' in html
        assert "There is a problem" not in html
    assert 'id="first" name="n" value=""' in page("/compare")
    assert 'href="/compare?n=NQ-000001"' in page("/q/NQ-000001")


def test_numbers_are_read_however_they_are_written(page, two):
    assert "4 differences" in words(page("/compare?n=nq1&n=nq%20000002"))


def test_an_accreditation_is_not_compared(page, db):
    approve(make_recommended())
    assert "AC-000001 is a provider or an accreditation" in words(page("/compare?n=AC-000001", 400))


def test_a_listing_that_was_withdrawn_is_not_compared_and_leads_to_its_tombstone(page, two):
    with transaction.atomic():
        journal.withdraw("NQ-000002", effective_from=DAY, decision_number=None, reason="Listed twice.")
    html = page("/compare?n=NQ-000001&n=NQ-000002", 410)
    assert "NQ-000002 was listed by mistake and has been removed." in words(html) and 'href="/q/NQ-000002"' in html


def test_who_offers_an_entry_is_compared_by_name(page, db):
    approve(make_recommended())
    other = publish().number
    follower.catch_up()
    assert "Who offers it Harbour Institute nothing" in words(page(f"/compare?n=NQ-000001&n={other}"))


DIFFERENT = {
    "level": "5", "credits": "90", "kind": "micro_credential", "type": "diploma", "duration": "P6M", "fees": [],
    "components": [{"title": {"en": "Drains"}}], "purpose": {"en": "For gasfitters."}, "standards": [],
}  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(names=st.sets(st.sampled_from(sorted(DIFFERENT))))
def test_exactly_what_differs_is_told_as_different_and_every_field_is_told(db, names):
    first = document(purpose={"en": "For plumbers."}, number="NQ-000001", revision=1) | DETAILED
    second = first | {name: DIFFERENT[name] for name in names} | {"number": "NQ-000002"}
    one, other = (records.Record(d["number"], d["kind"], d, "current", True) for d in (first, second))
    rows = compare.rows(one, other, "en")
    assert {row.name for row in rows if row.differs} == names
    told = {name for name, value in first.items() if value not in (None, [], {}) and name not in compare.OF_ONE}
    assert told <= {row.name for row in rows}
    assert compare.rows(other, one, "en")[0].cells == rows[0].cells


def test_it_is_told_how_both_stand_today(db, page):
    day = current.today()
    publish(title="One", listed_on=day.isoformat())
    publish(title="Two", suspensions=[{"from": day.isoformat(), "until": day.isoformat()}])
    follower.catch_up()
    assert "Status Current Suspended" in words(page("/compare?n=NQ-000001&n=NQ-000002"))
