"""The scanner: what clamd says of a file is kept, told, and asked again where nothing was said."""

import socketserver
import struct
import threading
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from credentials.lifecycle import AMENDMENT
from registry import tasks
from registry.casework import scanning
from registry.casework import services as desk
from registry.celery import app
from registry.models import Case, Event, Evidence, Notice
from tests.builders import letter, make_draft, make_provider, make_signatory, make_user
from tests.together import at_once

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.get_default_timezone())
MINUTE = timedelta(minutes=1)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class _Session(socketserver.StreamRequestHandler):
    """One INSTREAM, answered as clamd does it."""

    def handle(self) -> None:
        server: FakeClamd = self.server
        assert self.rfile.read(10) == b"zINSTREAM\0"
        if server.behaviour == "closes early":
            return
        content = b""
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        server.seen.append(content)
        if server.behaviour == "hangs":
            server.over.wait(timeout=30)
        elif server.behaviour == "too large":
            self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
        elif EICAR in content:
            self.wfile.write(b"stream: Eicar-Test-")
            self.wfile.write(b"Signature FOUND\0")
        else:
            self.wfile.write(b"stream: OK\0")


class FakeClamd(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.behaviour, self.seen, self.over = "", [], threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def clamd(settings):
    """A scanner that knows one signature, and that the register is told to ask."""
    with FakeClamd() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT = server.address, 0.3
        yield server
        server.over.set()
        server.shutdown()


def attach(case: Case, content: bytes, now: datetime = NOW) -> Evidence:
    upload = letter("letter.txt", content)
    return desk.attach(case_id=case.pk, by=case.signatory, criterion="assessment", upload=upload, now=now)


def state(item: Evidence) -> tuple[str, str]:
    item.refresh_from_db()
    return item.scan, item.scan_detail


@pytest.fixture
def case(db) -> Case:
    """A draft with one file, which came in before there was a scanner."""
    return make_draft()


def test_without_a_scanner_files_are_said_not_to_be_scanned(case):
    item = attach(case, b"Fine")
    assert scanning.scan_due(now=NOW) == 0
    assert state(item) == ("off", "")


def test_case_40_a_file_waits_and_is_then_found_to_be_clean(case, clamd):
    item = attach(case, b"Fine" * 50_000)
    assert state(item) == ("pending", "")
    assert scanning.scan_due(now=NOW) == 2, "the file from before is scanned too, after the new one"
    assert state(item) == ("clean", "") and item.scanned_at == NOW
    assert clamd.seen[0] == b"Fine" * 50_000 and len(clamd.seen) == 2
    assert scanning.scan_due(now=NOW + timedelta(days=1)) == 0, "a verdict is asked for once"


def test_a_malicious_file_is_named_and_told_once(case, clamd):
    item = attach(case, EICAR)
    scanning.scan_due(now=NOW)
    assert state(item) == ("found", "Eicar-Test-Signature")
    assert scanning.scan_due(now=NOW + timedelta(days=1)) == 0
    notice = Notice.objects.get(key=f"evidence:{item.pk}:found")
    assert notice.person == case.signatory
    assert "Eicar-Test-Signature" in notice.body and "letter.txt" in notice.body
    event = Event.objects.get(name="evidence:found")
    assert event.case_id == case.pk and event.details == {
        "evidence": item.name, "sha256": item.sha256, "signature": "Eicar-Test-Signature",
    }  # fmt: skip


def test_case_40_a_malicious_file_is_given_to_nobody_and_the_page_says_why(case, clamd):
    item = attach(case, EICAR)
    address = f"/portal/cases/{case.reference}/evidence/{item.pk}/"
    scanning.scan_due(now=NOW)
    Case.objects.filter(pk=case.pk).update(submitted_at=NOW)
    for person in (case.signatory, make_user("Eva", "evaluator"), make_user("Aud", "auditor")):
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = client.get(address)
        assert answer.status_code == 410 and "Eicar-Test-Signature" in answer.text
        assert EICAR not in answer.content


@pytest.mark.parametrize("behaviour", ["hangs", "closes early"])
def test_where_the_scanner_does_not_answer_the_file_has_failed_and_the_others_wait(case, clamd, behaviour):
    first, second = attach(case, b"First"), attach(case, b"Second", NOW + MINUTE)
    clamd.behaviour = behaviour
    assert scanning.scan_due(now=NOW + 2 * MINUTE) == 0
    assert state(first) == ("failed", "the scanner did not answer") and state(second) == ("pending", "")
    clamd.behaviour = ""
    scanning.scan_due(now=NOW + 3 * MINUTE)
    assert (state(first)[0], state(second)[0]) == ("failed", "clean")
    scanning.scan_due(now=NOW + 13 * MINUTE)
    assert state(first) == ("clean", "")


def test_where_nobody_listens_the_file_has_failed(case, settings):
    with FakeClamd() as gone:
        settings.CLAMD_ADDRESS = gone.address
    item = attach(case, b"Fine")
    assert scanning.scan_due(now=NOW) == 0
    assert state(item) == ("failed", "the scanner did not answer")


def test_an_error_of_the_scanner_is_kept_and_asked_about_again_for_a_fortnight(case, clamd):
    item = attach(case, b"Fine")
    clamd.behaviour = "too large"
    assert scanning.scan_due(now=NOW) == 2, "one file that it cannot scan keeps no other"
    assert state(item) == ("failed", "INSTREAM size limit exceeded. ERROR")
    assert scanning.scan_due(now=NOW + 9 * MINUTE) == 0, "not at once"
    asked = len(clamd.seen)
    assert scanning.scan_due(now=NOW + timedelta(days=13)) > 0 and len(clamd.seen) > asked
    item.refresh_from_db()
    assert item not in Evidence.objects.to_scan(NOW + timedelta(days=15))


def test_a_file_that_is_not_on_the_disk_any_more_has_failed_and_keeps_no_other(case, clamd):
    gone, there = attach(case, b"Gone"), attach(case, b"There", NOW + MINUTE)
    gone.file.storage.delete(gone.file.name)
    scanning.scan_due(now=NOW + MINUTE)
    assert state(gone) == ("failed", "the file cannot be read") and state(there) == ("clean", "")


def test_a_file_that_was_removed_is_not_scanned(case, clamd):
    item = attach(case, b"Never mind")
    desk.remove_evidence(case_id=case.pk, by=case.signatory, evidence_id=item.pk)
    scanning.scan_due(now=NOW)
    assert state(item) == ("pending", "") and b"Never mind" not in clamd.seen


def test_a_scan_that_a_dead_worker_began_is_begun_anew(case, clamd):
    item = attach(case, b"Fine")
    Evidence.objects.filter(pk=item.pk).update(scanned_at=NOW)
    scanning.scan_due(now=NOW + 9 * MINUTE)
    assert state(item) == ("pending", "")
    scanning.scan_due(now=NOW + 10 * MINUTE)
    assert state(item) == ("clean", "")


def test_what_was_found_stays_found_whatever_a_later_run_says(case, clamd):
    item = attach(case, EICAR)
    scanning.scan_due(now=NOW)
    scanning._keep(item, scanning.Verdict("clean"), NOW)
    assert state(item) == ("found", "Eicar-Test-Signature")


def test_two_workers_ask_about_each_file_once(committing_db, clamd):
    case = make_draft()
    for number in range(6):
        attach(case, f"File {number}".encode())
    counts = at_once(*[partial(scanning.scan_due, now=NOW)] * 2)
    assert sum(counts) == 7 == len(clamd.seen) == len(set(clamd.seen))
    assert set(Evidence.objects.values_list("scan", flat=True)) == {"clean"}


def test_an_upload_wakes_the_worker_which_finds_the_file(case, clamd, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        item = attach(case, b"Fine")
    assert [call.args for call in callbacks] == [(tasks.scan_evidence.name,)]
    assert tasks.scan_evidence() == 2 and state(item) == ("clean", "")


def test_an_upload_does_not_fail_where_the_broker_is_away(
    case, clamd, django_capture_on_commit_callbacks, monkeypatch, caplog
):
    def away(*args, **kwargs):
        raise ConnectionError("nobody there")

    monkeypatch.setattr(app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        item = attach(case, b"Fine")
    assert "nobody there" in caplog.text
    assert scanning.scan_due(now=NOW) == 2 and state(item) == ("clean", "")


def test_of_a_case_that_the_authority_prepares_its_officer_is_told_and_the_body_is_not(db, clamd):
    provider, grace = make_provider(), make_user("Grace", "registrar")
    sina = make_signatory(provider)
    case = desk.open_case(kind=AMENDMENT, organisation=provider.organisation, by=grace, role="registrar")
    Case.objects.filter(pk=case.pk).update(assigned_to=grace)
    Evidence.objects.create(
        case=case, criterion="need", file=letter(text=EICAR), name="letter.txt", media_type="text/plain", size=68,
        sha256="0" * 64, scan="pending", added_by=grace, added_at=NOW,
    )  # fmt: skip
    scanning.scan_due(now=NOW)
    assert [notice.person for notice in Notice.objects.all()] == [grace] and not sina.notices.exists()
