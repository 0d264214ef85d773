"""What caches and browsers are told by everything that anybody may read: every address of it, those to come included."""

import gzip
import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from registry.public.requests import CACHED, CACHED_AN_HOUR
from registry.search import follower
from tests.builders import approve, make_recommended, make_user
from tests.conftest import ROOT, at_this_test

# Forms that anybody may send: they alone set a cookie, for the token against forged requests, and no cache keeps them.
FORMS = {
    "public:report", "public:report_provider", "public:complaint", "public:verify_batch", "public:follow",
    "public:follow_provider", "public:follow_search",
}  # fmt: skip
HOURLY = {"public:statistics", "public:statistics_table", "public:sitemap", "public:sitemap_pages"}
# Written while it is read, whatever its length: nobody knows its hash before.
STREAMED = {"public:sitemap_entries"}
# What a link in a mail leads to: for one person, and kept nowhere. A file that nobody has made yet is not there.
ALONE = {"public:confirm", "public:unfollow", "public:file", "api:file"}
# For the machine that restarts the process.
MACHINES = {"public:healthz", "public:readyz"}
# A follower of changes asks with its serial: it must see what is new at once.
ALWAYS_ASKED = {"api:changes": "no-cache"}
# What must be asked for.
QUERIES = {"api:verify": "?credential=NQ-000001", "api:suggest": "?q=scaf"}
THINGS = {
    "number": "NQ-000001",
    "revision": 1,
    "secret": "none",
    "slug": "status",
    "name": "kinds",
    "first": "NQ-000001",
}
NUMBERS = {
    "provider": "PR-000001",
    "report_provider": "PR-000001",
    "complaint": "PR-000001",
    "accreditation": "AC-000001",
    "provider_changes": "PR-000001",
    "provider_feed": "PR-000001",
    "follow_provider": "PR-000001",
}


def named(namespaces: tuple[str, ...] = ("public", "api")) -> dict[str, str]:
    """Each name of these namespaces with an address that has something to show."""

    def walk(patterns, namespace=None):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, pattern.namespace or namespace)
            elif isinstance(pattern, URLPattern) and namespace in namespaces and pattern.name:
                yield f"{namespace}:{pattern.name}", pattern

    found = {}
    for name, pattern in walk(get_resolver().url_patterns):
        arguments = {key: THINGS[key] for key in pattern.pattern.converters}
        if "number" in arguments:
            arguments["number"] = NUMBERS.get(name.partition(":")[2], arguments["number"])
        found[name] = reverse(name, kwargs=arguments) + QUERIES.get(name, "")
    return found


@pytest.fixture
def register(db):
    approve(make_recommended())
    follower.catch_up()


def varies(response) -> set[str]:
    return {name.strip() for name in response.headers.get("Vary", "").split(",") if name.strip()}


def test_every_public_answer_may_be_kept_by_any_cache(client, register):
    addresses = named()
    assert len(addresses) > 25
    for name, address in addresses.items():
        if name in FORMS | MACHINES | ALONE | STREAMED:
            continue
        response = client.get(address)
        assert response.status_code == 200, (name, address, response.status_code)
        assert response.headers["Cache-Control"] == ALWAYS_ASKED.get(
            name, CACHED_AN_HOUR if name in HOURLY else CACHED
        ), name
        assert response.headers["ETag"].strip('W/"'), name
        assert varies(response) <= {"Accept-Encoding"}, name
        again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), name
        assert again.headers["ETag"] == response.headers["ETag"] and again.headers["Cache-Control"]


def test_no_public_answer_sets_a_cookie_whoever_asks_and_everybody_reads_the_same(client, register):
    """Without cookies, with those of somebody else's making, and as an officer: not even the session is looked up."""
    officer = make_user("Olga", "registrar", "decision_maker")
    for name, address in named().items():
        if name in FORMS | ALONE | STREAMED:
            continue
        client.cookies.clear()
        plain = client.get(address)
        assert not plain.cookies, name
        client.cookies.load(
            {"sessionid": "x", "csrftoken": "y", "django_language": "fr", "messages": "z", "other": "1"}
        )
        strange = client.get(address, headers={"Accept-Language": "fr, ar;q=0.9"})
        assert not strange.cookies and strange.content == plain.content, name
        client.cookies.clear()
        client.force_login(officer)
        with Captured() as statements:
            known = client.get(address)
        assert not known.cookies and known.content == plain.content, name
        assert not any("django_session" in sql for sql in statements.seen), name
        assert varies(known) == varies(plain), name


class Captured:
    """The statements that are sent to the database meanwhile."""

    def __enter__(self) -> "Captured":
        self.seen: list[str] = []
        self._wrapper = connection.execute_wrapper(self._see)
        self._wrapper.__enter__()
        return self

    def _see(self, execute, sql, params, many, context):
        self.seen.append(sql)
        return execute(sql, params, many, context)

    def __exit__(self, *error) -> None:
        self._wrapper.__exit__(*error)


def test_the_excepted_forms_do_what_they_are_excepted_for(client, register):
    for name in FORMS:
        client.cookies.clear()
        response = client.get(named()[name])
        assert set(response.cookies) == {"csrftoken"} and "no-store" in response.headers["Cache-Control"], name
    for name in MACHINES:
        assert client.get(named()[name]).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/q/NQ-000999", "/search?page=0", "/q/nq1", "/api/v1/credentials/NQ-000999",
                                     "/q/NQ-000001?as_at=nonsense"])  # fmt: skip
def test_what_is_not_found_sets_no_cookie_either(client, register, address):
    client.cookies.load({"sessionid": "x"})
    response = client.get(address)
    assert response.status_code in (301, 302, 400, 404) and not response.cookies and not varies(response) & {"Cookie"}


def test_the_language_is_that_of_the_address_alone(client, register):
    for language in ("fr", "ar"):
        page = client.get("/search", headers={"Accept-Language": language})
        assert '<html lang="en"' in page.content.decode() and page.headers["Content-Language"] == "en"
        other = client.get(f"/{language}/search", headers={"Accept-Language": "en"})
        assert f'<html lang="{language}"' in other.content.decode() and other.headers["Content-Language"] == language


def test_public_answers_are_compressed_and_those_of_people_who_sign_in_are_not(client, register):
    for address in ("/", "/search", "/q/NQ-000001", "/api/v1/credentials/NQ-000001", "/ar/providers/PR-000001"):
        plain = client.get(address)
        packed = client.get(address, headers={"Accept-Encoding": "br, gzip"})
        assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.content) == plain.content
        assert packed.content == client.get(address, headers={"Accept-Encoding": "gzip"}).content, (
            "the same bytes each time"
        )
        assert packed.headers["ETag"] == "W/" + plain.headers["ETag"] and "Accept-Encoding" in varies(packed)
        for tag in (packed.headers["ETag"], plain.headers["ETag"]):
            again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
            assert again.status_code == 304 and "Accept-Encoding" in varies(again), (address, tag)
    client.force_login(make_user("Olga", "registrar"))
    for address in ("/admin/", "/portal/", "/q/NQ-000001/report"):
        assert "Content-Encoding" not in client.get(address, headers={"Accept-Encoding": "gzip"}).headers, address


ETAGS = """
import django, sys
django.setup()
from django.test import Client
for address in sys.argv[1:]:
    print(address, Client().get(address, headers={"Host": "localhost"}).headers["ETag"])
"""


def test_other_processes_give_the_same_etag(committing_db, tmp_path):
    """Whatever order a process keeps its sets in: a cache behind two web servers would never see its copy confirmed."""
    approve(make_recommended())
    addresses = [address for name, address in named().items() if name not in FORMS | MACHINES | ALONE | STREAMED]
    home = tmp_path / "home"
    environment = os.environ | {
        "DATABASE_URL": at_this_test(connection.settings_dict), "NQR_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "registry.settings", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    environment.pop("DATABASE_OWNER_URL")
    assert django_settings.SECRET_KEY
    subprocess.run([sys.executable, ROOT / "manage.py", "follow_journal", "--once"], check=True, env=environment)
    said = [
        subprocess.run(
            [sys.executable, "-c", ETAGS, *addresses], check=True, capture_output=True, text=True,
            env=environment | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert len(said[0].splitlines()) == len(addresses)
    assert said[0].splitlines() == said[1].splitlines()
