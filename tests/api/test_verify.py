"""`/api/v1/verify`: the question of recognition offices and employers, asked in whatever way they have the numbers."""

from datetime import date

import pytest

from providers import services
from registry.search import follower
from tests.builders import make_provider, publish
from tests.registry.test_standing import FIRST, accredited

STANDING = {"number", "kind", "name", "present_name", "status", "registered", "since", "until", "uri"}


@pytest.fixture
def get(client):
    def ask(query: str, status: int = 200):
        response = client.get(f"/api/v1/verify?{query}")
        assert response.status_code == status, (query, response.status_code, response.content[:300])
        return response

    return ask


@pytest.fixture
def register(db):
    provider = make_provider("Kestrel First Response", registered_on=FIRST, source="moe", source_id="7/001")
    publish(
        title="Certificate in Plumbing", listed_on="2020-01-01", effective_from=FIRST,
        providers=[{"number": provider.number, "role": "awarding", "lead": True}],
        identifiers=[{"scheme": "ofqual", "value": "100/0512/2"}],
    )  # fmt: skip
    accredited("NQ-000001", provider.number, FIRST, accredited_until=date(2024, 12, 31))
    services.rename(provider, "Kestrel Safety Training", on=date(2023, 7, 1))
    follower.catch_up()
    return provider


def test_the_answer_has_exactly_the_promised_shape(get, register):
    body = get("credential=NQ-000001&provider=PR-000001&on=2023-01-01").json()
    assert set(body) == {
        "on", "credential", "provider", "accredited", "accreditation", "reasons", "awarding", "related",
    }  # fmt: skip
    assert set(body["credential"]) == set(body["provider"]) == set(body["awarding"][0]) == STANDING
    assert (body["accredited"], body["reasons"], body["credential"]["registered"]) == (True, [], True)
    assert (body["provider"]["name"], body["provider"]["present_name"]) == (
        "Kestrel First Response", "Kestrel Safety Training",
    )  # fmt: skip
    assert body["accreditation"]["accredited_until"] == "2024-12-31"


@pytest.mark.parametrize(
    "credential", ["NQ-000001", "nq 1", "100/0512/2", "10005122", "Certificate in Plumbing", "certificate in PLUMBING"]
)  # fmt: skip
@pytest.mark.parametrize("provider", ["PR-000001", "pr1", "7/001", "Kestrel First Response", "kestrel safety training"])
def test_numbers_with_or_without_separators_and_names_of_any_day_are_understood(get, register, credential, provider):
    from urllib.parse import urlencode

    body = get(urlencode({"credential": credential, "provider": provider, "on": "2023-01-01"})).json()
    assert (body["credential"]["number"], body["provider"]["number"], body["accredited"]) == (
        "NQ-000001", "PR-000001", True,
    )  # fmt: skip


def test_why_it_is_no_is_told_by_code_and_in_words(get, register):
    body = get("credential=NQ-000001&provider=PR-000001&on=2025-01-01").json()
    assert (body["accredited"], body["reasons"]) == (
        False, [{"code": "not_accredited", "detail": "The provider held no accreditation for it."}],
    )  # fmt: skip


def test_without_a_provider_only_the_registration_is_asked(get, register):
    body = get("credential=NQ-000001&on=2019-12-31").json()
    assert (body["provider"], body["accredited"], body["credential"]["registered"]) == (None, None, False)


def test_a_name_of_several_is_answered_with_their_numbers(get, register):
    publish(title="Certificate in Plumbing")
    follower.catch_up()
    problem = get("credential=Certificate%20in%20Plumbing", 400).json()
    assert "NQ-000001, NQ-000002" in problem["errors"][0]["detail"] and problem["errors"][0]["code"] == "ambiguous"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400), ("credential=NQ-000001&on=yesterday", 400), ("credential=NQ-000001&when=2020-01-01", 400),
        ("credential=NQ-000099", 404), ("credential=Nothing", 404), ("credential=NQ-000001&provider=Nobody", 404),
        ("credential=PR-000001", 404), ("credential=NQ-000001&provider=NQ-000001", 404),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_a_problem(get, register, query, status):
    assert get(query, status).headers["Content-Type"] == "application/problem+json"


def test_without_an_index_a_number_is_answered_and_a_name_is_not_now(get, db):
    publish(title="Certificate in Plumbing")
    assert get("credential=NQ-000001").json()["credential"]["number"] == "NQ-000001"
    assert get("credential=Certificate%20in%20Plumbing", 503).headers["Retry-After"]


def test_anybody_may_ask_and_caches_may_keep_the_answer(get, register, client):
    response = get("credential=NQ-000001")
    assert response.headers["Access-Control-Allow-Origin"] == "*" and not response.cookies
    again = client.get("/api/v1/verify?credential=NQ-000001", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_a_provider_says_what_its_page_may_show_today(client, register):
    reference = services.impose(
        register, kind="compliance_notice", summary={"en": "File the annual return."}, on=date(2026, 1, 15)
    )  # fmt: skip
    services.correct(register, {"quality_categories": [{"category": "2", "from": "2024-01-01"}]}, on=date(2026, 1, 16))
    body = client.get("/api/v1/providers/PR-000001").json()
    assert [a["reference"] for a in body["statutory_actions"]] == [reference]
    assert (body["quality_category"]["category"], body["sites"], body["successors"]) == ("2", [], [])
    body = client.get("/api/v1/providers/PR-000001?as_at=2023-01-01").json()
    assert (body["name"], body["statutory_actions"], body["quality_category"]) == ("Kestrel First Response", [], None)
