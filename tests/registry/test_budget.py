"""How much a visitor is sent: the first page with its stylesheets at most 60 KB, the next ones at most 15 KB.

Measured over HTTP with the static files collected, as in production and in quickstart (`tests/test_outage.py` measures that).
"""

import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection, transaction

from registry import journal
from registry.search import follower
from tests import wire
from tests.builders import DAY, DETAILED, document, make_provider, publish

FIRST, AGAIN, LINKED = 60_000, 15_000, 6
SUBJECTS = ("scaffold inspection", "horticultural crop protection", "early childhood teaching", "dementia care at home",
            "meat processing", "civil infrastructure works", "aquaculture and marine farming", "hairdressing")  # fmt: skip


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments) -> None:
        pass


def serve():
    """The register behind a small server of this process; every thread of it has its own connection."""
    server = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet)

    def run() -> None:
        server.serve_forever(poll_interval=0.05)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return server, thread


@pytest.fixture
def site(committing_db, settings, tmp_path):
    """A register with much to say on each page, served with its static files collected."""
    settings.STATIC_ROOT = str(tmp_path / "static")
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": settings.COLLECTED}}
    settings.WHITENOISE_USE_FINDERS = False
    call_command("collectstatic", "--noinput", "--verbosity", "0")
    providers = [make_provider(f"{subject.title()} Institute of Aotearoa") for subject in SUBJECTS]
    for n in range(60):
        subject, provider = SUBJECTS[n % 8], providers[n // 3 % 8]
        publish(
            title=f"New Zealand Certificate in {subject} and related supervision, with a strand in practice number {n}",
            level=str(n % 8 + 1), kind=("qualification", "micro_credential")[n % 2],
            fields=[{"scheme": "nzsced", "code": f"0{n % 9}01{n % 8:02}", "label": f"Field of {subject}"}],
            providers=[{"number": provider.number, "role": "awarding", "lead": True}], purpose={"en": f"About {subject}. " * 30},
        )  # fmt: skip
    outcomes = [
        {"number": n, "text": {"en": f"Apply {SUBJECTS[n % 8]} at site {n} under supervision. " * 3}} for n in range(12)
    ]
    with transaction.atomic():
        journal.publish(
            document(
                learning_outcomes=outcomes, title="Everything", purpose={"en": "For supervisors on every site. " * 40}
            )
            | DETAILED,
            effective_from=DAY,
        )
    follower.catch_up()
    server, thread = serve()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


PAGES = ("/", "/search", "/search?q=certificate&status=current", "/q/NQ-000061", "/q/NQ-000001", "/providers/PR-000001",
         "/ar/search", "/ar/q/NQ-000061", "/providers")  # fmt: skip


def test_the_first_page_costs_at_most_60_kb_and_the_next_ones_15(site):
    for address in PAGES:
        visit = wire.visit(site, address)
        assert visit.first <= FIRST, (address, visit.first, visit.page.size)
        assert visit.again <= AGAIN, (address, visit.again)
        assert 1 <= len(visit.assets) < LINKED, (address, list(visit.assets))
        for name, asset in visit.assets.items():
            assert asset.status == 200 and asset.headers["Content-Encoding"] in ("gzip", "br"), name
            assert asset.headers["Cache-Control"] == "max-age=315360000, public, immutable", name
            assert "Set-Cookie" not in asset.headers
        known = wire.get(site, address, **{"If-None-Match": visit.page.headers["ETag"]})
        assert known.status == 304 and known.size < 1_500, (address, known.size)


def test_the_name_of_a_static_file_changes_with_what_is_in_it(site):
    linked = list(wire.visit(site, "/").assets)
    assert any("registry/register." in name and name.count(".") == 2 for name in linked), linked
    assert wire.get(site, "/static/registry/register.css").headers["Cache-Control"] == "max-age=60, public"
