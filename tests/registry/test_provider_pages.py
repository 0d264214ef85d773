"""A provider's page on any day, statutory actions by the law's time, and the answer to "was it accredited then?"."""

from datetime import date, timedelta
from html import unescape

import pytest
from django.db import transaction

from providers import services
from registry import journal
from registry.framework.current import today
from registry.search import follower
from tests.builders import DAY, document, make_provider, publish
from tests.registry.test_standing import FIRST, accredited


@pytest.fixture
def page(client):
    def get(address: str, status: int = 200) -> str:
        response = client.get(address)
        assert response.status_code == status, (address, response.status_code)
        return unescape(response.content.decode())

    return get


@pytest.fixture
def harbour(db):
    return make_provider("Harbour Institute", registered_on=FIRST)


DETAILS = {
    "names": [
        {"kind": "trading", "text": "HIT Online", "from": "2021-01-01"},
        {"kind": "acronym", "text": "HIT", "until": "2022-12-31"},
    ],
    "sites": [{"name": "City campus", "address": "1 Quay Street"}, {"name": "Old campus", "until": "2020-12-31"}],
    "quality_categories": [{"category": "1", "from": "2024-05-01", "report": "https://example.org/eer.pdf"}],
    "scope": [
        {"effect": "included", "kinds": ["micro_credential"], "lowest": "3", "highest": "6", "modes": ["online"]},
        {"effect": "excluded", "field": "09", "note": {"en": "Nothing in health."}},
    ],
    "founded_on": "1960-02-01", "other_identifiers": [{"scheme": "moe", "value": "6010"}],
}  # fmt: skip


def test_a_page_tells_what_holds_today(page, harbour):
    services.correct(harbour, DETAILS, on=DAY)
    text = page(f"/providers/{harbour.number}")
    for words in (
        "HIT Online", "City campus", "1 Quay Street", "https://example.org/eer.pdf", "micro-credentials", "3–6", "online",
        "Excluded:", "Nothing in health.", "1 February 1960", "6010",
    ):  # fmt: skip
        assert words in text, words
    assert "Old campus" not in text and "Acronym" not in text


def test_case_7_a_page_of_a_past_day_shows_the_name_of_that_day_everywhere(page, harbour):
    publish(
        title="Plumbing", listed_on=FIRST.isoformat(), effective_from=FIRST,
        providers=[{"number": harbour.number, "role": "awarding", "lead": True}],
    )  # fmt: skip
    accredited("NQ-000001", harbour.number, FIRST)
    services.correct(harbour, DETAILS, on=DAY)
    services.rename(harbour, "Kestrel Polytechnic", on=date(2026, 2, 1))
    follower.catch_up()
    text = page(f"/providers/{harbour.number}?as_at=2020-06-01")
    assert "<h1>" in text and "Harbour Institute" in text.partition("</h1>")[0]
    assert "Its name today: Kestrel Polytechnic" in text and "Old campus" in text and "HIT Online" not in text
    entry = page("/q/NQ-000001?as_at=2020-06-01")
    assert "Harbour Institute" in entry and "Kestrel Polytechnic" not in entry
    entry = page("/q/NQ-000001")
    assert "Kestrel Polytechnic" in entry and "Harbour Institute" not in entry
    assert "Harbour Institute" in page(f"/providers/{harbour.number}")  # as its former name
    assert "Kestrel Polytechnic" in page("/providers?q=Harbour+Institute")


@pytest.mark.parametrize(("asked", "status"), [("yesterday", 400), ("2020-02-30", 400), ("2020-02-29", 200), ("", 200)])
def test_a_day_that_is_none_is_told_and_kept(page, harbour, asked, status):
    text = page(f"/providers/{harbour.number}?as_at={asked}", status)
    assert ("is not a date" in text) is (status == 400) and f'value="{asked}"' in text


def test_a_merged_provider_says_what_became_of_it_and_keeps_its_page(page, harbour):
    other = make_provider("Kestrel Harbour", registered_on=FIRST)
    services.succeed([harbour], [other], relation="merger", on=DAY)
    follower.catch_up()
    text = page(f"/providers/{harbour.number}")
    assert (
        "Merged" in text
        and f"/providers/{other.number}" in text
        and "No longer registered from 15 January 2026 on." in text
    )
    assert f"/providers/{harbour.number}" in page(f"/providers/{other.number}")
    assert "Registered since 1 January 2020." in page(f"/providers/{harbour.number}?as_at=2026-01-14")


def test_a_suspended_provider_is_told_in_neutral_words_with_its_days(page, harbour):
    services.impose(
        harbour, kind="suspension", summary={"en": "No new learners."}, on=DAY, until=today() + timedelta(days=9)
    )
    text = page(f"/providers/{harbour.number}")
    assert (
        "Suspended from 15 January 2026." in text
        and "Suspension of the registration" in text
        and "No new learners." in text
    )
    assert "Suspended" not in page(f"/providers/{harbour.number}?as_at=2026-01-14").partition("History")[0]


def test_an_unverified_provider_claims_nothing(page, db):
    unknown = make_provider("Somewhere", unverified=True, registered_on=None)
    text = page(f"/providers/{unknown.number}")
    assert "its registration has not been checked" in text and "Registered since" not in text


def test_statutory_actions_stand_by_legal_name_for_the_time_that_the_law_gives(page, db):
    assert "There is none at the moment." in page("/statutory-actions")
    for name in ("Zenith College", "Ākina Institute", "Kestrel College"):
        provider = make_provider(name)
        reference = services.impose(provider, kind="compliance_notice", summary={"en": f"{name} must."}, on=DAY)
        if name == "Kestrel College":
            provider.refresh_from_db()
            services.close(provider, reference, on=DAY)
    text = page("/statutory-actions")
    assert "Kestrel College must." not in text, "closed more than five working days ago"
    assert text.index("Ākina Institute must.") < text.index("Zenith College must.")
    assert "5 working days" in text


def test_verify_asks_and_answers_in_plain_words(page, harbour):
    publish(title="Plumbing", listed_on=FIRST.isoformat(), effective_from=FIRST)
    accredited("NQ-000001", harbour.number, FIRST, accredited_until=date(2024, 12, 31))
    follower.catch_up()
    assert "Was it registered, and was that provider accredited?" in page("/verify")
    text = page("/verify?credential=nq1&provider=harbour+institute&on=2024-12-31")
    assert "On 31 December 2024" in text and "Accredited." in text and "until 31 December 2024" in text
    text = page("/verify?credential=NQ-000001&provider=PR-000001&on=2025-01-01")
    assert "Not accredited." in text and "The provider held no accreditation for it." in text


def test_verify_offers_the_choices_of_a_name_and_tells_what_it_does_not_know(page, harbour):
    publish(title="Plumbing")
    publish(title="Plumbing")
    follower.catch_up()
    text = page("/verify?credential=Plumbing&provider=&on=2024-01-01")
    assert "Which of these entries?" in text and "credential=NQ-000002&provider=&on=2024-01-01" in text
    assert "knows no provider of that number or name" in page("/verify?credential=NQ-000001&provider=Nobody")
    assert "no qualification or micro-credential of that number" in page("/verify?credential=Nothing")
    assert "Write the number or the title" in page("/verify?credential=", 400)
    text = page("/verify?credential=NQ-000001&on=soon", 400)
    assert "is not a date" in text and 'value="NQ-000001"' in text


def test_case_49_a_discontinued_entry_answers_for_ever_with_its_dates(page, client, db):
    """The address on an old certificate, in any spelling, with any of its revisions."""
    publish(title="Old Certificate", listed_on="2001-01-01", expiring_from="2009-01-01", expiry_end="2010-12-31")
    follower.catch_up()
    text = page("/q/NQ-000001")
    assert "Discontinued" in text and "31 December 2010" in text and "Awards made until then stay valid." in text
    assert client.get("/q/nq-1").headers["Location"] == "/q/NQ-000001"
    assert page("/q/NQ-000001/r/1") and client.get("/api/v1/credentials/NQ-000001").json()["status"] == "discontinued"
    body = client.get("/api/v1/verify?credential=NQ-000001&on=2010-12-31").json()
    assert (body["credential"]["registered"], body["credential"]["until"]) == (True, "2010-12-31")
    assert client.get("/api/v1/verify?credential=NQ-000001&on=2011-01-01").json()["credential"]["registered"] is False


def test_case_20_an_entry_shows_every_body_that_awards_it_and_which_of_them_has_left(page, harbour):
    partner = make_provider("Kestrel College", registered_on=FIRST)
    with transaction.atomic():
        journal.publish(
            document(providers=[
                {"number": harbour.number, "role": "awarding", "lead": True},
                {"number": partner.number, "role": "awarding", "lead": False},
            ]), effective_from=DAY,
        )  # fmt: skip
    services.impose(partner, kind="cancellation", summary={"en": "Cancelled."}, on=DAY)
    follower.catch_up()
    text = page("/q/NQ-000001")
    assert "Harbour Institute" in text and "Kestrel College" in text and "Cancelled" in text and "Current" in text


def test_case_35_a_decided_last_day_is_the_one_that_is_told(page, db):
    """The law of New Zealand would give the day before it began to expire; the record's own day stands."""
    publish(expiring_from="2026-01-10", last_new_enrolment="2027-12-31", expiry_end="2029-12-31")
    assert "Last day to start: 31 December 2027." in page("/q/NQ-000001")


def test_a_provider_page_costs_the_same_with_five_and_with_fifty_accreditations(
    page, harbour, django_assert_max_num_queries
):
    for n in range(50):
        publish(title=f"Certificate {n}")
        accredited(f"NQ-{n + 1:06d}", harbour.number, DAY)
    follower.catch_up()
    with django_assert_max_num_queries(3):
        page(f"/providers/{harbour.number}")
    with django_assert_max_num_queries(5):
        page(f"/providers/{harbour.number}?as_at=2026-02-01")


def test_an_entry_tells_that_a_body_which_delivers_it_is_suspended(page, harbour):
    publish(title="Plumbing")
    accredited("NQ-000001", harbour.number, DAY)
    services.impose(harbour, kind="suspension", summary={"en": "Suspended."}, on=DAY)
    follower.catch_up()
    offers = page("/q/NQ-000001").partition("Who offers it")[2].partition("History")[0]
    assert "Suspended" in offers
    assert "gives no right to deliver while the provider is not registered" in page(f"/providers/{harbour.number}")


def test_a_revision_of_a_body_is_read_on_its_own_page(client, db):
    number = make_provider().number
    assert client.get(f"/q/{number}/r/1").headers["Location"] == f"/providers/{number}"
