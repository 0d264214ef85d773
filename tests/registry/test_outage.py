"""PostgreSQL is away: what the index knows is still told, with the time it is of; what only the journal knows is not."""

import shutil
import socket
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction

from registry import journal, outage
from registry.models import Entry
from registry.search import follower, query
from tests.builders import DAY, approve, document, document_of, make_provider, make_recommended, publish

NOTICE = "The register's database cannot be reached."
TOLD = (
    "/", "/search", "/search?q=scaffold", "/search?status=current&level=4", "/q/NQ-000001", "/providers",
    "/providers?q=harbour", "/providers/PR-000001", "/verify", "/framework", "/downloads", "/developers/", "/robots.txt",
    "/ar/search?q=scaffold",
)  # fmt: skip
API_TOLD = (
    "credentials", "credentials?q=scaffold&facets=level,status", "credentials/NQ-000001", "suggest?q=scaf", "providers",
    "providers?q=harbour&status=registered", "providers/PR-000001", "accreditations/AC-000001", "framework", "",
)  # fmt: skip
NOT_TOLD = (
    "/q/NQ-000001?as_at=2026-02-01", "/q/NQ-000001/r/1", "/q/NQ-000999", "/providers/PR-000999",
    "/verify?credential=NQ-000001&provider=PR-000001", "/statutory-actions", "/providers/PR-000001?as_at=2026-02-01",
)  # fmt: skip
API_NOT_TOLD = (
    "changes", "credentials?as_at=2026-02-01", "credentials/NQ-000001?as_at=2026-02-01", "credentials/NQ-000001/revisions",
    "credentials/NQ-000001/revisions/1", "verify?credential=NQ-000001", "credentials/NQ-000999", "accreditations",
)  # fmt: skip


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Server:
    """PostgreSQL as this process sees it: there, gone (nobody listens), or hanging (somebody listens and says nothing)."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.folder = Path(tempfile.mkdtemp(prefix="nqr-away-"))
        self.host, self.listener = connection.settings_dict["HOST"], None

    def stop(self) -> None:
        self._point_at(str(self.folder))
        self.clock.now += outage.REMEMBERED + 0.1  # it answered a while ago

    def hang(self) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / f".s.PGSQL.{connection.settings_dict['PORT'] or 5432}"))
        self.listener.listen(8)
        self._point_at(str(self.folder))

    def start(self) -> None:
        self._point_at(self.host)
        self.clock.now += outage.REMEMBERED + 0.1

    def _point_at(self, host: str) -> None:
        connection.close()
        connection.settings_dict["HOST"] = host

    def forget(self) -> None:
        self._point_at(self.host)
        if self.listener:
            self.listener.close()
        shutil.rmtree(self.folder)


@pytest.fixture
def server(committing_db, monkeypatch):
    """The register with an approved credential and its provider, and a hold of its server."""
    clock = Clock()
    monkeypatch.setattr(outage, "memory", outage.Memory(clock))
    approve(make_recommended())
    confirm()
    server = Server(clock)
    yield server
    server.forget()


def confirm(ago: float = 0.0) -> int:
    """The follower's word that the index was in step so many seconds ago."""
    serial = follower.catch_up()
    follower._confirm(serial, time.time() - ago)
    return serial


# -- what is told, and what is not -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["stop", "hang"])
def test_search_suggestions_and_records_are_there_while_the_server_is_away(client, server, how):
    serial = confirm(ago=60)
    getattr(server, how)()
    for address in TOLD:
        began = time.monotonic()
        response = client.get(address)
        text = response.content.decode()
        assert response.status_code == 200, (address, response.status_code)
        assert response.headers["Cache-Control"] == "no-store", address
        if address.endswith("robots.txt"):
            continue
        if not address.startswith("/ar/"):
            assert NOTICE in text and f"(serial {serial})." in text, address
        assert time.monotonic() - began < outage.CONNECTING + 1.5, f"{address} waited for the server"
    for address in API_TOLD:
        response = client.get(f"/api/v1/{address}")
        assert response.status_code == 200, (address, response.content[:300])
        assert response.headers["Cache-Control"] == "no-store" and response.headers["Register-Serial"] == str(serial)
        told = datetime.strptime(response.headers["Register-As-Of"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        assert 55 < time.time() - told.timestamp() < 120


def test_a_record_tells_all_but_its_history(client, server):
    server.stop()
    text = client.get("/q/NQ-000001").content.decode()
    for words in (
        "Scaffold inspection",
        "Harbour Institute",
        "Accredited",
        "New learners may start.",
        "cannot be reached",
    ):
        assert words in text
    assert "The history is kept in the register's database alone" in text and "timeline" not in text
    offered = client.get("/providers/PR-000001").content.decode()
    assert "Scaffold inspection" in offered and "The history is kept" in offered


def test_what_the_journal_alone_knows_is_said_not_to_be_known_now(client, server):
    server.stop()
    for address in (*NOT_TOLD, *(f"/api/v1/{address}" for address in API_NOT_TOLD)):
        response = client.get(address)
        assert (response.status_code, response.headers.get("Retry-After")) == (503, "30"), address
        assert response.headers["Cache-Control"] == "no-store" and not response.cookies
        if address.startswith("/api/"):
            assert response.json()["status"] == 503 and "known to it alone" in response.json()["detail"]
        else:
            assert "cannot be told at the moment" in response.content.decode()


def test_a_number_that_the_index_lacks_may_be_a_tombstone(client, server):
    """So it is neither said to be on the register nor not to be."""
    number = publish(title="Wrong").number
    with transaction.atomic():
        journal.withdraw(number, effective_from=DAY, decision_number=None, reason="Listed twice.")
    confirm()
    assert client.get(f"/q/{number}").status_code == 410
    server.stop()
    response = client.get(f"/q/{number}")
    assert response.status_code == 503 and f"<bdi>{number}</bdi>" in response.content.decode()


def test_a_number_that_is_typed_leads_to_its_record_all_the_same(client, server):
    server.stop()
    assert client.get("/search?q=nq+1").headers["Location"] == "/q/NQ-000001"
    assert client.get("/search?q=nq+999").status_code == 200


def test_a_form_that_cannot_be_taken_in_comes_back_with_what_was_written(client, server):
    server.stop()
    said = {"words": "The level is wrong.", "what": "The level is wrong.", "email": "ana@example.org"}
    page = client.get("/q/NQ-000001/report")
    assert page.status_code == 200
    names = set(page.context["form"].fields) - {"website"}
    said = {name: said.get(name, "The level is wrong.") for name in names}
    field = page.context["form"].fields
    said |= {name: next(c for c, _ in field[name].choices if c) for name in names if hasattr(field[name], "choices")}
    said |= {name: "ana@example.org" for name in names if "mail" in name}
    sent = client.post("/q/NQ-000001/report", said)
    assert sent.status_code == 503 and "Nothing was sent" in sent.content.decode(), sent.context["form"].errors
    assert "The level is wrong." in sent.content.decode()


def test_the_portal_says_that_the_database_is_away_and_not_that_something_broke(client, server):
    server.stop()
    client.raise_request_exception = False
    client.cookies["sessionid"] = "a" * 32
    response = client.get("/portal/")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")


def test_who_reads_with_a_key_reads_without_it(client, server):
    server.stop()
    assert client.get("/api/v1/credentials", headers={"Authorization": "Bearer abc"}).status_code == 200


def test_a_host_without_an_index_says_so(client, server, settings, tmp_path):
    settings.SEARCH_INDEX_DIR = tmp_path / "none"
    query.forget()
    server.stop()
    for address in ("/search", "/q/NQ-000001", "/api/v1/credentials", "/api/v1/credentials/NQ-000001"):
        assert client.get(address).status_code == 503, address


# -- and back again ----------------------------------------------------------------------------------------------------


def test_the_notice_goes_when_the_server_is_back(client, server):
    confirm(ago=60)
    server.stop()
    assert NOTICE in client.get("/search").content.decode()
    server.start()
    for address in ("/search", "/q/NQ-000001", "/framework"):
        response = client.get(address)
        assert NOTICE not in response.content.decode(), address
        assert response.headers["Cache-Control"].startswith("public") and response.headers["ETag"]
    assert 'class="timeline"' in client.get("/q/NQ-000001").content.decode()
    assert "Register-Serial" not in client.get("/api/v1/credentials").headers


def test_a_page_from_the_index_alone_notices_by_the_silence_of_the_follower(client, server, django_assert_num_queries):
    server.stop()
    confirmed = follower.root() / "confirmed"
    assert NOTICE not in client.get("/search").content.decode(), "the follower spoke just now: these are present data"
    confirmed.unlink()
    assert NOTICE not in client.get("/search").content.decode(), "where none ever ran, nobody is missed"
    server.start()
    confirm(ago=10)
    assert NOTICE not in client.get("/search").content.decode(), "the follower is away, and the database is not"
    server.stop()
    assert NOTICE in client.get("/search").content.decode()


def test_while_the_failure_is_remembered_nobody_waits_for_a_server_that_hangs(client, server):
    server.hang()
    began = time.monotonic()
    assert client.get("/q/NQ-000001").status_code == 200
    assert 1 < time.monotonic() - began < outage.CONNECTING + 1.5
    began = time.monotonic()
    for _ in range(5):
        client.get("/q/NQ-000001")
        client.get("/api/v1/changes")
    assert time.monotonic() - began < 1


def test_a_connection_that_is_open_is_given_up_when_nothing_comes_back(server, monkeypatch):
    """The server stands still in the middle of an answer; here it sleeps."""
    monkeypatch.setattr(outage, "ANSWERING", 0.2)
    monkeypatch.setattr(outage, "CHECKING", 0.3)
    with outage.public_read() as reading, pytest.raises(OperationalError) as raised:
        connection.cursor().execute("set statement_timeout = 0; select pg_sleep(5)")
    assert "has not answered" in str(raised.value) and not reading.away
    with outage.public_read() as reading:
        outage.noticed(raised.value)
    assert reading.away and outage.memory.is_away and connection.connection is None


def test_statements_of_public_reads_are_limited_by_the_server_and_others_are_not(server):
    def limit() -> str:
        with connection.cursor() as cursor:
            cursor.execute("show statement_timeout")
            return cursor.fetchone()[0]

    own = limit()
    connection.health_check_enabled, connection.health_check_done = True, False
    with outage.public_read():
        assert limit() == "20s"
    connection.health_check_done = False
    assert limit() == own
    connection.close()
    with outage.public_read():
        assert limit() == "20s", "of a new connection too"


@pytest.mark.parametrize(("state", "away"), [("57P01", True), ("57014", True), ("53300", True), (None, True),
                                             ("40P01", False), ("55P03", False)])  # fmt: skip
def test_a_refusal_is_no_absence(state, away):
    error = OperationalError("x")
    error.__cause__ = type("Cause", (Exception,), {"sqlstate": state})()
    assert outage.is_away(error) is away
    assert not outage.is_away(ValueError("x"))
    if not away:
        with pytest.raises(OperationalError):
            outage.noticed(error)


def test_a_failure_is_remembered_for_two_seconds_and_then_one_tries():
    clock = Clock()
    memory = outage.Memory(clock)
    assert not memory.is_away and not memory.is_fresh
    memory.failed()
    with memory.trying() as may:
        assert memory.is_away and memory.is_fresh and not may
    clock.now += outage.REMEMBERED
    assert memory.is_away and not memory.is_fresh
    with memory.trying() as first, memory.trying() as second:
        assert first and not second, "the others do not queue up behind it"
    memory.answered()
    with memory.trying() as first, memory.trying() as second:
        assert first and second and not memory.is_away


# -- which of both answers while all is well ---------------------------------------------------------------------------


def test_a_record_is_read_from_the_index_where_the_follower_has_confirmed_it(client, server, django_assert_num_queries):
    confirm()
    with django_assert_num_queries(0):
        assert client.get("/api/v1/credentials/NQ-000001").json()["title"] == "Scaffold inspection"
    confirm()
    with django_assert_num_queries(1):  # its history
        client.get("/q/NQ-000001")


@pytest.mark.parametrize(("ago", "title"), [(1.0, "Scaffold inspection"), (2.1, "Scaffolds")])
def test_a_decision_is_on_its_page_within_two_seconds(client, server, ago, title):
    """The index has not followed yet. Its word counts for two seconds from when the follower asked for the head."""
    with transaction.atomic():
        journal.publish(document_of("NQ-000001") | {"title": "Scaffolds"}, effective_from=DAY)
    follower._confirm(query.applied_serial(), time.time() - ago)
    assert client.get("/api/v1/credentials/NQ-000001").json()["title"] == title


def test_a_confirmation_of_what_this_process_has_not_read_yet_does_not_count(client, server):
    with transaction.atomic():
        head = journal.publish(document_of("NQ-000001") | {"title": "Scaffolds"}, effective_from=DAY).serial
    follower._confirm(head, time.time())
    assert client.get("/api/v1/credentials/NQ-000001").json()["title"] == "Scaffolds"


def test_a_clock_that_was_put_back_makes_no_word_last_longer(client, server):
    with transaction.atomic():
        journal.publish(document_of("NQ-000001") | {"title": "Scaffolds"}, effective_from=DAY)
    follower._confirm(query.applied_serial(), time.time() + 3600)
    assert client.get("/api/v1/credentials/NQ-000001").json()["title"] == "Scaffolds"


def test_a_provider_that_was_renamed_is_shown_by_its_new_name_before_the_index_knows_it(client, server):
    (follower.root() / "confirmed").unlink()
    with transaction.atomic():
        journal.publish(document_of("PR-000001") | {"title": "Harbour College"}, effective_from=DAY)
    assert "Harbour College" in client.get("/q/NQ-000001").content.decode()
    assert client.get("/api/v1/credentials/NQ-000001").json()["provider"]["name"] == "Harbour College"


def test_the_index_and_the_register_answer_with_the_same_bytes(client, server):
    provider = make_provider("Kestrel")
    held = Entry.objects.accreditations().get().number
    with transaction.atomic():
        journal.publish(document_of(held) | {"number": None, "provider": provider.number}, effective_from=DAY)
        journal.publish(document(title="Another", providers=[{"number": provider.number, "role": "awarding", "lead": True}]),
                        effective_from=DAY)  # fmt: skip
    for address in ("/q/NQ-000001", "/providers/PR-000001", f"/providers/{provider.number}", "/api/v1/credentials/NQ-000001",
                    f"/api/v1/accreditations/{held}", "/api/v1/providers/PR-000001"):  # fmt: skip
        confirm()
        indexed = client.get(address)
        confirm(ago=100)
        registered = client.get(address)
        assert indexed.content == registered.content and indexed.headers["ETag"] == registered.headers["ETag"], address
