"""Every address is tried by every role: one without a rule here fails the suite."""

import re
from functools import cache

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from registry.search import follower
from tests.builders import make_provider, make_recommended, make_signatory, make_user, publish

ROLES = (
    "anonymous", "stranger", "provider", "evaluator", "decision_maker", "review_officer", "registrar", "auditor",
    "administrator",
)  # fmt: skip
READERS = {"evaluator", "decision_maker", "review_officer", "registrar", "auditor"}
STAFF = READERS | {"administrator"}
EVERYBODY = set(ROLES)
SIGNED_IN = EVERYBODY - {"anonymous"}

# By the beginning of the route: who may see it. The longest beginning that fits is the rule.
RULES = {
    "": EVERYBODY,  # public pages
    "api/": EVERYBODY,
    "accounts/": EVERYBODY,
    "portal/": SIGNED_IN,
    "portal/notices/": SIGNED_IN,
    "portal/start/<str:kind>/": SIGNED_IN,
    "portal/cases/<str:reference>/": {"provider"},
    "portal/cases/<str:reference>/evidence/": {"provider"} | READERS,
    "portal/cases/<str:reference>/letters/": {"provider"} | READERS,
    "portal/providers/start/": SIGNED_IN,
    "portal/providers/scope/start/": SIGNED_IN,
    "portal/providers/<str:reference>/": {"provider"},
    "portal/micro-credentials/start/": SIGNED_IN,
    "portal/micro-credentials/qualifications/start/": SIGNED_IN,
    "portal/micro-credentials/accreditations/start/": SIGNED_IN,
    "portal/micro-credentials/changes/start/": SIGNED_IN,
    "portal/micro-credentials/<str:reference>/": {"provider"},
    "admin/": STAFF,
    "admin/login/": STAFF | {"anonymous"},
    "admin/jsi18n/": STAFF,
    "admin/r/": STAFF,
    "admin/<app>/": STAFF,
    "admin/registry/case/": READERS,
    "admin/registry/case/begin/": {"registrar", "evaluator"},
    "admin/registry/interest/": READERS,
    "admin/registry/delegation/": {"registrar", "decision_maker", "auditor"},
    "admin/registry/delegation/add/": {"registrar"},
    "admin/registry/user/": {"administrator"},
    "admin/registry/organisation/": {"administrator"},
    "admin/registry/membership/": {"administrator"},
    "admin/registry/entry/": {"registrar", "auditor"},
    "admin/registry/change/": {"registrar", "auditor"},
    "admin/registry/event/": {"registrar", "auditor"},
    "admin/registry/notice/": {"registrar", "auditor"},
    "admin/registry/steprun/": {"administrator", "registrar", "auditor"},
    "admin/credentials/": READERS,
    "admin/providers/": READERS,
    "admin/providers/provider/<int:pk>/complaint/": {"registrar", "evaluator"},
    "admin/account/": set(),
    "admin/autocomplete/": set(),
}
PUBLIC = {
    "", "search", "q/", "providers", "statutory-actions", "compare", "verify", "downloads", "developers/", "framework", "healthz",
    "readyz", "robots.txt", "calendar/",
}  # fmt: skip


@cache
def routes() -> tuple[str, ...]:
    def walk(patterns, prefix=""):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                yield route

    return tuple(dict.fromkeys(walk(get_resolver().url_patterns)))


# Rows that services write are neither added nor deleted by hand, and nobody is ever deleted.
BY_NOBODY = re.compile(
    r"admin/(registry/(case|entry|change|event|notice|steprun)|(credentials|providers)/\w+)/(add/|<path:object_id>/delete/)|.*/delete/$"
)


def rule_of(route: str) -> set[str] | None:
    if BY_NOBODY.match(route):
        return set()
    if route.startswith("admin/(?P<url>") or route.startswith("^"):
        return STAFF
    if not route.startswith(("api/", "accounts/", "portal/", "admin/")):
        first = next((p for p in sorted(PUBLIC, key=len, reverse=True) if route.startswith(p)), None)
        return EVERYBODY if first else (EVERYBODY if route in PUBLIC else None)
    beginning = max((b for b in RULES if b and route.startswith(b)), key=len, default=None)
    return RULES[beginning] if beginning else None


def test_every_address_has_a_rule():
    assert [route for route in routes() if rule_of(route) is None] == []


def address_of(route: str, things: dict[str, str]) -> str | None:
    def fill(match):
        return things[match[1].rpartition(":")[2]]

    if "(?P" in route or "^" in route:
        return None
    return "/" + re.sub(r"<([^>]+)>", fill, route)


@pytest.fixture
def world(db):
    """One case that is under decision, one entry, and a person of every role."""
    provider = make_provider()
    signatory = make_signatory(provider)
    case = make_recommended(provider=provider, by=signatory)
    people = {role: make_user(role, role) for role in STAFF} | {
        "provider": signatory,
        "stranger": make_user("Stranger"),
    }
    credential = publish()
    follower.catch_up()
    file = str(case.evidence.get().pk)
    things = {
        "reference": case.reference, "number": credential.number, "revision": "1", "pk": file, "evidence": file,
        "path": str(case.pk), "object_id": str(case.pk), "app_label": "registry", "content_type_id": "1", "name": "start",
        "id": "1", "key": "x", "secret": "x", "uidb36": "x", "kind": "provider_sanction", "about": provider.number,
    }  # fmt: skip
    clients = {"anonymous": Client()}
    for role, person in people.items():
        clients[role] = Client()
        clients[role].force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return things, clients, case


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_only_those_who_may_come(world, role):
    things, clients, case = world
    wrong = []
    for route in routes():
        here = things | ({"pk": str(case.pk)} if route.startswith("admin/registry/case/") else {})
        address = address_of(route, here)
        if address is None or route in ("admin/logout/", "accounts/logout/"):
            continue
        response = clients[role].get(address)
        sent_to_login = response.status_code == 302 and "/login/" in response.headers.get("Location", "")
        # A page that only takes a POST says so (405); a record that does not exist leads back to the desk's index, and
        # the admin's old address of a record to its present one, which is among the routes tried here.
        gone = response.status_code == 302 and response.headers["Location"] in ("/admin/", f"{address}change/")
        refused = response.status_code in (403, 404, 405) or sent_to_login or gone
        allowed = role in rule_of(route)
        if response.status_code >= 500 or (not allowed and not refused):
            wrong.append((role, address, response.status_code))
        if allowed and (
            response.status_code == 403 or (sent_to_login and role != "anonymous" and "admin/login" not in route)
        ):
            wrong.append((role, address, response.status_code, "refused"))
    assert wrong == []


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"anonymous"}))
def test_only_the_right_role_can_act_on_a_case(world, role):
    """Every act of the case page, posted by everybody: those whose role it is not change nothing."""
    _, clients, case = world
    may = {"decide": "decision_maker", "send_back": "decision_maker", "waive": "decision_maker"}
    for name in ("start", "judge", "recommend", "decide", "send_back", "waive"):
        if may.get(name) == role:
            continue
        before = case.events.count()
        data = {
            "criterion": "need", "verdict": "met", "reason": "I say so", "outcome": "approved", "listing": "approved",
            "approval": "approved", "accreditation": "approved", "rule": "NZ-12", "instrument": "Rule 14.4(c)",
        }  # fmt: skip
        response = clients[role].post(f"/admin/registry/case/{case.pk}/{name}/", data)
        assert response.status_code in (302, 403, 404, 409), (role, name, response.status_code)
        case.refresh_from_db()
        assert (case.state, case.events.count()) == ("recommended", before), (role, name)


def test_another_providers_user_finds_neither_case_nor_evidence(world):
    things, clients, _ = world
    other = make_signatory(make_provider("Elsewhere"), "Otto")
    clients["other"] = Client()
    clients["other"].force_login(other, backend="allauth.account.auth_backends.AuthenticationBackend")
    for address in (
        f"/portal/micro-credentials/{things['reference']}/",
        f"/portal/micro-credentials/{things['reference']}/edit/",
        f"/portal/cases/{things['reference']}/evidence/{things['pk']}/",
    ):
        assert clients["other"].get(address).status_code == 404, address
    assert clients["other"].post(f"/portal/micro-credentials/{things['reference']}/submit/").status_code == 404


def test_a_membership_that_has_ended_opens_nothing(world):
    from datetime import date

    from registry.models import Membership

    things, clients, _ = world
    Membership.objects.update(ended_on=date(2026, 1, 1))
    assert clients["provider"].get(f"/portal/micro-credentials/{things['reference']}/").status_code == 404


def test_public_pages_read_no_session_and_set_no_cookie(world):
    _, clients, _ = world
    for address in (
        "/",
        "/search?q=plumbing",
        "/q/NQ-000001",
        "/providers",
        "/statutory-actions",
        "/verify?credential=NQ-000001",
        "/downloads",
        "/developers/",
        "/framework",
        "/api/v1/credentials",
    ):
        response = clients["provider"].get(address)
        assert "Cookie" not in response.headers.get("Vary", ""), address
        assert not response.cookies, address


def test_every_page_carries_a_strict_content_security_policy(world):
    _, clients, _ = world
    for client, address in (
        (clients["anonymous"], "/"),
        (clients["provider"], "/portal/"),
        (clients["evaluator"], "/admin/"),
    ):
        policy = client.get(address).headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy and "unsafe-inline" not in policy, address
