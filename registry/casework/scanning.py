"""Files are scanned by clamd, over TCP, after they have come in. The row is the truth: what waits is found there.

A file is taken on in one short transaction and judged in another; while clamd reads it, nothing is locked. A verdict that
never came, because a worker died, is asked for again (edge case 40).
"""

import contextlib
import logging
import socket
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from registry import audit
from registry.casework import kinds, notices, workflow
from registry.casework.models import Case, Evidence
from registry.people.models import User

log = logging.getLogger(__name__)
SCAN = "registry.tasks.scan_evidence"
CHUNK = 64 * 1024
LONGEST_REPLY = 4 * 1024
Scan = Evidence.Scan


@dataclass(frozen=True)
class Verdict:
    """What came of asking the scanner. `away`: it did not answer, and will not answer for the next file either."""

    scan: str
    detail: str = ""
    away: bool = False


def scan_due(*, now: datetime | None = None) -> int:
    """Have every file scanned that waits for it; how many the scanner has answered for.

    May run twice at once, late or never. Where the scanner is away the others wait for the next run.
    """
    answered = 0
    while settings.CLAMD_ADDRESS and (item := _take_on(now or timezone.now())) is not None:
        verdict = _judge(item)
        _keep(item, verdict, now or timezone.now())
        if verdict.away:
            break
        answered += 1
    return answered


def _take_on(now: datetime) -> Evidence | None:
    """The next file, marked as begun, so that no other worker begins it for a while."""
    with transaction.atomic():
        item = Evidence.objects.to_scan(now).select_for_update(skip_locked=True).first()
        if item:
            item.scanned_at = now
            item.save(update_fields=["scanned_at"])
        return item


def _judge(item: Evidence) -> Verdict:
    try:
        stream = item.file.open("rb")
    except OSError as error:
        log.error("Evidence %s cannot be read: %s", item.pk, error)
        return Verdict(Scan.FAILED, "the file cannot be read")
    with stream:
        try:
            reply = ask(stream)
        except OSError as error:
            log.warning("The scanner at %s did not answer: %s", settings.CLAMD_ADDRESS, error)
            return Verdict(Scan.FAILED, "the scanner did not answer", away=True)
    said = reply.removeprefix("stream: ")
    if said == "OK":
        return Verdict(Scan.CLEAN)
    if said.endswith(" FOUND"):
        return Verdict(Scan.FOUND, said.removesuffix(" FOUND"))
    return Verdict(Scan.FAILED, said)


def _keep(item: Evidence, verdict: Verdict, now: datetime) -> None:
    """Keep the verdict; of what was found, tell. A file that was found malicious stays so, whatever a later run says."""
    with transaction.atomic():
        case = workflow.lock(item.case_id) if verdict.scan == Scan.FOUND else None
        changed = (
            Evidence.objects.filter(pk=item.pk)
            .exclude(scan=Scan.FOUND)
            .update(scan=verdict.scan, scan_detail=verdict.detail[:300], scanned_at=now)
        )
        if not (case and changed):
            return
        audit.record(
            "evidence:found",
            case_id=case.pk,
            now=now,
            details={"evidence": item.name, "sha256": item.sha256, "signature": verdict.detail},
        )
        notices.owe(
            case, _concerned(case), name="evidence_found", key=f"evidence:{item.pk}:found", now=now,
            file=item.name, signature=verdict.detail,
        )  # fmt: skip


def _concerned(case: Case) -> list[User]:
    """The applicant; of a case that the authority prepares about a body, the officer who has it."""
    return notices.assigned(case) if kinds.get(case.kind).authority else notices.members(case)


def ask(stream: BinaryIO) -> str:
    """What clamd says of these bytes, sent to it as INSTREAM: `stream: OK`, `stream: … FOUND`, or `… ERROR`.

    Raises OSError where it cannot be reached, closes early, or says nothing for `CLAMD_TIMEOUT` seconds.
    """
    host, _colon, port = settings.CLAMD_ADDRESS.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=settings.CLAMD_TIMEOUT) as connection:
        # It closes on what is too large for it, and has said so.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            _send(connection, stream)
        return _reply(connection)


def _send(connection: socket.socket, stream: BinaryIO) -> None:
    connection.sendall(b"zINSTREAM\0")
    while chunk := stream.read(CHUNK):
        connection.sendall(struct.pack("!L", len(chunk)) + chunk)
    connection.sendall(struct.pack("!L", 0))


def _reply(connection: socket.socket) -> str:
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < LONGEST_REPLY:
        if not (more := connection.recv(LONGEST_REPLY)):
            raise ConnectionError("it closed the connection without an answer")
        reply += more
    return reply.rstrip(b"\0").decode(errors="replace").strip()
