"""The window: what other systems read, and what they are told when they ask for something else."""

import json

import pytest
from django.db import transaction
from django.urls import get_resolver, reverse

from registry import journal
from registry.models import ApiKey, Organisation
from registry.search import follower
from tests.builders import DAY, approve, document, make_provider, make_recommended, publish

CARD = {"number", "kind", "title", "level", "credits", "status", "last_new_enrolment", "provider", "revision", "uri"}


@pytest.fixture
def get(client):
    def ask(path: str, status: int = 200, **headers):
        response = client.get(f"/api/v1/{path}", headers=headers)
        assert response.status_code == status, (path, response.status_code, response.content[:300])
        return response

    return ask


@pytest.fixture
def register(db):
    provider = make_provider("Kestrel")
    lead = [{"number": provider.number, "role": "awarding", "lead": True}]
    publish(title="Certificate in Plumbing", providers=lead, identifiers=[{"scheme": "old", "value": "100/2/3"}])
    publish(title="Old Certificate in Plumbing", expiry_end="2020-12-31", level=None, credits=None)
    publish(title="First Aid", kind="micro_credential", level="3", credits="2.5")
    follower.catch_up()
    return provider


def test_a_list_has_exactly_the_promised_shape(get, register):
    body = get("credentials?q=plumbing&facets=level,status").json()
    assert set(body) == {"count", "next", "previous", "results", "facets"}
    assert body["count"] == 2, "the API hides nothing unless asked"
    assert all(set(row) == CARD for row in body["results"])
    row = next(r for r in body["results"] if r["title"] == "Certificate in Plumbing")
    assert row["provider"] == {"number": register.number, "name": "Kestrel"}
    assert (row["level"], row["credits"], row["uri"]) == ("3", "60", f"http://testserver/q/{row['number']}")
    bare = next(r for r in body["results"] if r["title"].startswith("Old"))
    assert (bare["level"], bare["credits"], bare["provider"]) == (None, None, None), "null, never left out"
    assert {b["value"]: b["count"] for b in body["facets"]["status"]} == {"current": 1, "discontinued": 1}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=current", 2), ("status=current&status=discontinued", 3), ("kind=micro_credential", 1), ("level=3", 2),
        ("level__gte=3", 2), ("level__lte=2", 0), ("provider=PR-000001", 1), ("provider=PR-000001&role=awarding", 1),
        ("provider=PR-000001&role=developer", 0), ("provider=PR-000001&role=delivering", 0), ("language=en", 3),
        ("q=100%2F2%2F3", 1), ("as_at=2026-02-01", 3), ("as_at=2019-01-01", 0), ("as_at=2026-02-01&q=plumbing", 2),
        ("ordering=number&after=NQ-000001", 2),
    ],
)  # fmt: skip
def test_filters(get, register, query, count):
    assert get(f"credentials?{query}").json()["count"] == count


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("colour=red", "colour"), ("status=open", "status/0"), ("page=x", "page"), ("page=0", "page"),
        ("page_size=101", "page_size"), ("page=501&page_size=20", "page"), ("facets=colour", "facets"),
        ("ordering=luck", "ordering"), ("as_at=29-02-2023", "as_at"), ("level__gte=high", "level__gte"),
        ("fields=secret", "fields"), ("level=eleven", "level/0"),
        ("new_learners_may_start=perhaps", "new_learners_may_start"),
        ("provider=me", "provider/0"), ("role=awarding", "role"), ("after=me", "after"),
    ],
)  # fmt: skip
def test_a_bad_or_unknown_parameter_is_named(get, register, query, pointer):
    response = get(f"credentials?{query}", 400)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert [e["pointer"] for e in response.json()["errors"]] == [pointer]


def test_a_page_past_the_end_is_not_found(get, register):
    assert get("credentials?page=2", 404).json()["title"] == "Not Found"


def test_pages_name_their_neighbours(get, register):
    body = get("credentials?page_size=2&page=1").json()
    assert body["next"].endswith("page_size=2&page=2") and body["previous"] is None
    last = get("credentials?page_size=2&page=2")
    assert last.json()["next"] is None and 'rel="prev"' in last.headers["Link"]


def test_everything_can_be_read_in_order_of_number(get, register):
    seen, path = [], "credentials?ordering=number&page_size=1&after=NQ-000000"
    while path:
        body = get(path).json()
        seen += [row["number"] for row in body["results"]]
        path = body["next"] and body["next"].partition("/api/v1/")[2]
    assert seen == ["NQ-000001", "NQ-000002", "NQ-000003"]


def test_sparse_fields_work_in_lists(get, register):
    rows = get("credentials?fields=number,title,identifiers&q=100/2/3").json()["results"]
    assert rows == [
        {
            "number": "NQ-000001",
            "title": "Certificate in Plumbing",
            "identifiers": [{"scheme": "old", "value": "100/2/3"}],
        }
    ]


def test_a_detail_is_the_stored_document_with_status_and_names(get, register):
    body = get("credentials/nq1").json()
    assert body["number"] == "NQ-000001" and body["status"] == "current" and body["new_learners_may_start"] is True
    assert body["providers"][0]["name"] == "Kestrel" and body["credits"] == "60"
    assert body["identifiers"] == [{"scheme": "old", "value": "100/2/3"}]


def test_the_past_is_read_with_as_at_and_by_revision(get, register):
    publish(number="NQ-000003", title="First Aid at Work", kind="micro_credential", effective_from=DAY.replace(month=6))
    assert get("credentials/NQ-000003?as_at=2026-02-01").json()["title"] == "First Aid"
    assert get("credentials/NQ-000003?as_at=2026-07-01").json()["title"] == "First Aid at Work"
    assert [r["revision"] for r in get("credentials/NQ-000003/revisions").json()["results"]] == [1, 2]
    assert get("credentials/NQ-000003/revisions/1").json()["title"] == "First Aid"
    get("credentials/NQ-000003?as_at=2019-01-01", 404)
    get("credentials/NQ-000003/revisions/9", 404)


def test_a_withdrawn_listing_is_gone(get, register):
    with transaction.atomic():
        journal.withdraw("NQ-000001", effective_from=DAY, decision_number=None, reason="Listed twice.")
    for path in ("credentials/NQ-000001", "credentials/NQ-000001/revisions", "credentials/NQ-000001/revisions/1"):
        body = get(path, 410).json()
        assert body["status"] == 410 and "withdrawn" in body["detail"]
    feed = get("changes?include=document").json()["changes"]
    assert [c["document"] for c in feed if c["number"] == "NQ-000001"] == [None, None], "nor is it in the feed's past"
    assert all(c["document"] for c in feed if c["number"] != "NQ-000001")


def test_a_number_of_another_kind_is_not_found(get, register):
    get("credentials/PR-000001", 404)
    get("providers/NQ-000001", 404)


def test_providers_and_accreditations_are_read_in_the_same_manner(get, db):
    approve(make_recommended())
    follower.catch_up()
    assert get("providers").json()["results"][0]["status"] == "registered"
    assert get("providers/PR-000001").json()["title"] == "Harbour Institute"
    rows = get("accreditations?credential=NQ-000001&provider=PR-000001&status=accredited").json()["results"]
    assert rows[0]["number"] == "AC-000001"
    detail = get("accreditations/AC-000001").json()
    assert detail["credential"] == {"number": "NQ-000001", "title": "Scaffold inspection"}
    assert get("credentials?provider=PR-000001&role=delivering").json()["count"] == 1
    get("accreditations?colour=red", 400)
    get("providers?status=happy", 400)


def test_the_feed_gives_every_change_once_and_in_order(get, register):
    body = get("changes?limit=3").json()
    assert [c["serial"] for c in body["changes"]] == [1, 2, 3] and body["last_serial"] == 3
    rest = get(body["next"].partition("/api/v1/")[2]).json()
    assert [c["serial"] for c in rest["changes"]] == [4] and rest["next"] is None
    change = rest["changes"][0]
    assert set(change) == {
        "serial",
        "number",
        "kind",
        "action",
        "revision",
        "changed_fields",
        "effective_from",
        "recorded_at",
        "uri",
    }
    assert change["recorded_at"].endswith("Z")
    assert get("changes?after=4").json() == {"changes": [], "last_serial": 4, "next": None}
    assert get("changes?after=3&include=document").json()["changes"][0]["document"]["title"] == "First Aid"


def test_reads_are_open_cacheable_and_conditional(get, register):
    response = get("credentials/NQ-000001", Origin="https://elsewhere.example")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"].startswith("public") and not response.cookies
    assert get("credentials/NQ-000001", 304, **{"If-None-Match": response.headers["ETag"]}).content == b""
    publish(number="NQ-000001", title="Renamed")
    assert get("credentials/NQ-000001").headers["ETag"] != response.headers["ETag"]


def test_another_sites_page_may_ask_conditionally(client, db):
    response = client.options("/api/v1/credentials")
    assert response.status_code == 204 and "If-None-Match" in response.headers["Access-Control-Allow-Headers"]


def test_facets_may_be_repeated_or_listed(get, register):
    assert set(get("credentials?facets=level&facets=status").json()["facets"]) == {"level", "status"}


def test_the_framework_tells_rules_and_criteria_with_their_sources(get, db):
    body = get("framework").json()
    assert body["version"] == "nz-2023" and {"id", "field", "operator", "value", "source"} <= set(body["rules"][0])
    assert [level["value"] for level in body["levels"]] == [str(n) for n in range(1, 11)]


def test_the_framework_tells_what_a_machine_needs_to_apply_it(get, db):
    """Conditions and waivers of rules, levels in other frameworks, credits elsewhere, periods, deadlines and versions."""
    body = get("framework").json()
    rules = {rule["id"]: rule for rule in body["rules"]}
    assert rules["NZ-12"]["waivable"] and rules["NZ-12"]["value"] == [12, 24, 36]
    assert rules["NZ-12"]["when"] == [{"field": "review_period_months", "operator": "required", "value": None}]
    assert rules["NZ-04-2021"]["when"][-1]["value"] == ["2021-01-01", "2024-12-31"]
    assert [level.get("eqf") for level in body["levels"]][6:] == ["6", None, "7", "8"] and body["crosswalks"]["eqf"]
    (system,) = body["credit_systems"]
    assert (system["hours_per_credit"], body["hours_per_credit"]) == ("10", "10")
    assert next((s["method"], s["factors"]) for s in system["shown_as"]) == ("year_based", ["0.5"])
    assert body["enrolment"]["rule"] == "end_with_expiring" and body["review_period_months"] == 12
    assert body["review_periods"][0]["allowed_months"] == [12, 24, 36]
    assert {"reconsideration", "support_letter"} <= {deadline["name"] for deadline in body["deadlines"]}
    assert [(r["code"], r["every_months"]) for r in body["provider_returns"]] == [
        ("annual_return", 12),
        ("fee_protection", 3),
    ]
    assert {"provider", "credential", "accreditation", "review"} == {c["stage"] for c in body["criteria"]}
    assert [t["code"] for t in body["kinds"][2]["types"]] == ["micro_credential"]
    assert [(v["id"], v["effective_to"]) for v in body["versions"]] == [("nz-2018", "2022-12-31"), ("nz-2023", None)]


def test_suggestions_complete_titles(get, register):
    assert get("suggest?q=fir").json() == {"suggestions": ["First Aid"], "spelling": None}
    get("suggest", 400)


def test_openapi_is_3_1_and_describes_every_route(get, db):
    body = get("openapi.json").json()
    assert body["openapi"].startswith("3.1")
    described = {path.replace("{", "<").replace("}", ">") for path in body["paths"]}
    routed = {
        "/api/" + str(p.pattern).replace("str:", "").replace("int:", "") for p in get_resolver("api.urls").url_patterns
    }
    assert routed == described
    for path, operations in body["paths"].items():
        assert "application/problem+json" in operations["get"]["responses"]["default"]["content"], path


def test_every_route_answers_a_wrong_method_as_a_problem(client, db):
    parameters = {"number": "NQ-000001", "revision": 1}
    for pattern in get_resolver("api.urls").url_patterns:
        needed = {k: v for k, v in parameters.items() if f":{k}>" in str(pattern.pattern)}
        response = client.delete(reverse(f"api:{pattern.name}", kwargs=needed))
        assert response.status_code == 405, pattern.name
        assert response.headers["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance", "errors", "request_id"} == set(response.json())


def test_an_unknown_address_under_the_api_is_a_problem(client, db):
    response = client.get("/api/v1/nothing-here")
    assert response.status_code == 404 and response.headers["Content-Type"] == "application/problem+json"


def test_a_fault_is_a_problem_that_tells_nothing_but_its_reference(client, db, monkeypatch):
    monkeypatch.setattr("api.v1.read.current.profile", lambda: 1 / 0)
    client.raise_request_exception = False
    response = client.get("/api/v1/framework")
    assert response.status_code == 500 and response.headers["Content-Type"] == "application/problem+json"
    assert (
        "division" not in response.content.decode()
        and response.json()["request_id"] == response.headers["X-Request-ID"]
    )


def test_a_wrong_key_is_said_and_a_right_one_is_taken(get, db):
    key = ApiKey.issue(Organisation.objects.create(legal_name="Kestrel"), "test")
    get("framework", Authorization=f"Bearer {key}")
    response = get("framework", 401, Authorization="Bearer nonsense")
    assert (
        response.headers["WWW-Authenticate"] == "Bearer"
        and response.headers["Content-Type"] == "application/problem+json"
    )
    ApiKey.objects.update(revoked_at="2026-01-01T00:00:00Z")
    get("framework", 401, Authorization=f"Bearer {key}")


def test_too_many_requests_are_told_when_to_come_back(get, db, monkeypatch):
    from api.throttling import ReadThrottle

    monkeypatch.setattr(ReadThrottle, "THROTTLE_RATES", {"read": "2/min"})
    monkeypatch.setattr(ReadThrottle, "get_ident", lambda self, request: "one-visitor-of-this-test")
    get("framework")
    get("framework")
    response = get("framework", 429)
    assert int(response.headers["Retry-After"]) >= 1 and response.json()["status"] == 429


def test_with_the_cache_away_everybody_passes(get, db, settings):
    settings.CACHES = {
        "default": {"BACKEND": "registry.cache.FailOpenRedisCache", "LOCATION": "unix:///nowhere/valkey.sock"}
    }
    get("framework")


def test_without_an_index_search_is_unavailable_and_records_are_not(get, db):
    publish(title="Certificate in Plumbing")
    response = get("credentials", 503)
    assert response.headers["Retry-After"] == "30" and response.headers["Content-Type"] == "application/problem+json"
    assert get("credentials/NQ-000001").json()["title"] == "Certificate in Plumbing"


def test_lists_and_details_keep_to_their_queries(client, register, django_assert_max_num_queries):
    for path, most in (
        ("credentials?page_size=50&facets=level,status", 0),
        ("credentials/NQ-000001", 2),
        ("providers", 3),
        ("accreditations", 3),
        ("changes", 1),
    ):
        with django_assert_max_num_queries(most):
            client.get(f"/api/v1/{path}")


def test_documents_keep_numbers_as_text(get, register):
    raw = get("credentials/NQ-000003").content
    assert json.loads(raw)["credits"] == "2.5" and b'"level":"3"' in raw
    with transaction.atomic():
        assert journal.publish(document(credits="1.10"), effective_from=DAY).document["credits"] == "1.10"


def test_a_detail_has_every_key_that_one_may_have_and_tells_what_is_not_known(get, db):
    from registry.content.dictionary import NOTHING

    whole = publish().number
    part = publish(kind="part_qualification", part_of=[whole], duration="PT60H", expiring_from="2030-01-01").number
    said = get(f"credentials/{part}").json()
    assert NOTHING.keys() <= said.keys()
    assert (said["duration"], said["components"], said["purpose_parts"], said["last_day_to_start"]) == (
        "PT60H", [], None, "2029-12-31",
    )  # fmt: skip
    assert said["stacking"] == [{"relation": "part_of", "number": whole}]
    assert get(f"credentials/{part}/revisions/1").json()["stacking"] == said["stacking"]


def test_the_list_is_narrowed_to_those_on_which_new_learners_may_start(get, db):
    open_ = publish(title="Open").number
    ending = publish(title="Ending", expiring_from="2020-01-01").number
    follower.catch_up()
    for query, found in (
        ("new_learners_may_start=true", [open_]),
        ("new_learners_may_start=false", [ending]),
        ("", [open_, ending]),
    ):
        for day in ("ordering=number", "as_at=2026-03-01"):
            rows = get(f"credentials?{query}&{day}").json()["results"]
            assert [row["number"] for row in rows] == found, (query, day)


def test_whether_learners_may_start_on_a_past_day_follows_from_the_day(get, db):
    number = publish(last_new_enrolment="2026-02-28").number
    for day, may in (("2026-02-28", True), ("2026-03-01", False)):
        assert get(f"credentials?new_learners_may_start=true&as_at={day}").json()["count"] == may
        assert get(f"credentials/{number}?as_at={day}").json()["new_learners_may_start"] is may


def test_a_field_of_study_without_a_code_is_found_by_its_name_on_a_past_day(get, db):
    named = {"scheme": "", "code": None, "label": "Water"}
    publish(fields=[named, {"scheme": "nzsced", "code": "030911", "label": None}])
    for field, count in (("Water", 1), ("030911", 1), ("Fire", 0)):
        assert get(f"credentials?as_at=2026-03-01&field={field}").json()["count"] == count


def test_openapi_names_every_key_of_a_detail_and_of_a_revision(get, db):
    number = publish().number
    schemas = get("openapi.json").json()["components"]["schemas"]
    for path, name in (
        (f"credentials/{number}", "CredentialDocument"),
        (f"credentials/{number}/revisions/1", "RevisionDocument"),
    ):
        assert get(path).json().keys() == schemas[name]["properties"].keys()
    assert "status" not in schemas["RevisionDocument"]["properties"]
