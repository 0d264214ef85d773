"""Files as evidence: what is accepted, how much of it, what the scanner says, and to whom it is given."""

import io
import random
import struct
import tracemalloc
import zipfile
import zlib
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from registry.casework import evidence as files
from registry.casework import services as desk
from registry.casework.evidence import names
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.models import Case, Event, Evidence, InformationRequest
from tests.builders import letter, make_draft, make_provider, make_signatory, make_submitted, make_user
from tests.together import at_once

MEBIBYTE = 1 << 20
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TEXT_DOCUMENT = "application/vnd.oasis.opendocument.text"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480) + b"\x08\x02\x00\x00\x00"
FRAME = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, 480, 640) + b"\x03" + b"\x01\x11\x00" * 3
JPEG = b"\xff\xd8" + b"\xff\xe0\x00\x10JFIF\x00" + bytes(9) + FRAME + b"\xff\xda"
PDF = b"%PDF-1.7\n%%EOF\n"


def package(parts: dict[str, bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name in stored else None)
    return kept.getvalue()


def types_of(main: str) -> bytes:
    return f'<Types><Override PartName="/word/document.xml" ContentType="{main}"/></Types>'.encode()


def docx(more: dict[str, bytes] | None = None, main: str = WORD) -> bytes:
    return package({"[Content_Types].xml": types_of(main), "word/document.xml": b"<w:document/>", **(more or {})})


def odt(
    more: dict[str, bytes] | None = None, manifest: bytes = b"<manifest/>", media_type: str = TEXT_DOCUMENT
) -> bytes:
    parts = {"mimetype": media_type.encode(), "content.xml": b"<office/>", "META-INF/manifest.xml": manifest}
    return package(parts | (more or {}), stored=("mimetype",))


def inspected(name: str, content: bytes) -> files.Checked:
    return files.inspect(SimpleUploadedFile(name, content))


def office_of(main: str) -> bytes:
    return docx(main=f"application/vnd.openxmlformats-officedocument.{main}.main+xml")


# -- what is accepted --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.PNG", PNG, "image/png"),
        ("a.jpg", JPEG, "image/jpeg"),
        ("a.jpeg", JPEG, "image/jpeg"),
        ("a.txt", "Māori, ʻōlelo".encode(), "text/plain"),
        ("a.txt", "café – “naïve”".encode("cp1252"), "text/plain"),
        ("a.txt", "中文 العربية".encode("utf-16"), "text/plain"),
        ("a.csv", "\ufeffname,change\nNorth,-5\nSouth,+64 (4) 463 3000\n=A1+B1,@nzqa\n".encode(), "text/csv"),
        ("a.docx", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", office_of("spreadsheetml.sheet"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.pptx", office_of("presentationml.presentation"),
         "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        ("a.odt", odt(), TEXT_DOCUMENT),
        ("a.ods", odt(media_type="application/vnd.oasis.opendocument.spreadsheet"),
         "application/vnd.oasis.opendocument.spreadsheet"),
        ("a.odp", odt(media_type="application/vnd.oasis.opendocument.presentation"),
         "application/vnd.oasis.opendocument.presentation"),
    ],
)  # fmt: skip
def test_a_file_of_an_accepted_sort_is_accepted(name, content, media_type):
    upload = SimpleUploadedFile(name, content)
    assert files.inspect(upload).media_type == media_type
    assert upload.read() == content, "it is read from its beginning by whoever keeps it"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.exe", b"MZ", "attach one of"),
        ("a.docm", docx(), "attach one of"),
        ("a.html", b"<script>", "attach one of"),
        ("pdf", PDF, "attach one of"),
        (".pdf", PDF, "attach one of"),
        ("a.txt", b"", "empty"),
        ("a.pdf", b"Not a PDF", "another type"),
        ("a.pdf", b"\n%PDF-1.7", "another type"),
        ("a.png", JPEG, "another type"),
        ("a.docx", b"\xd0\xcf\x11\xe0 an old or a locked document", "another type"),
        ("a.txt", b"bell \x07", "another type"),
        ("a.txt", b"utf-16 without its mark".decode().encode("utf-16-le"), "another type"),
        ("a.txt", b"\xff\xfeodd", "another type"),
        ("a.txt", b"no letter of Windows-1252: \x81", "another type"),
        ("a.png", PNG[:20], "cannot be read as a picture"),
        ("a.png", PNG.replace(b"IHDR", b"IDAT"), "cannot be read as a picture"),
        ("a.png", PNG[:16] + struct.pack(">II", 0, 9), "cannot be read as a picture"),
        ("a.png", PNG[:16] + struct.pack(">II", 40_000, 40_000), "more than 100 million points"),
        ("a.jpg", JPEG.replace(struct.pack(">HH", 480, 640), struct.pack(">HH", 65_000, 65_000)), "more than 100 million"),
        ("a.jpg", b"\xff\xd8\xff\xda" + FRAME, "cannot be read as a picture"),
        ("a.jpg", b"\xff\xd8" + b"\xff\xfe\x00\x02" * 3_000 + FRAME, "cannot be read as a picture"),
        ("a.odt", docx(), "another type"),
        ("a.docx", odt(), "another type"),
        ("a.xlsx", docx(), "another type"),
        ("a.ods", odt(), "another type"),
        ("a.odt", package({"content.xml": b"", "mimetype": TEXT_DOCUMENT.encode()}), "another type"),
        ("a.docx", package({"word/document.xml": b"x"}), "another type"),
        ("a.docx", docx({"word/vbaProject.bin": b"x"}), "macros"),
        ("a.docx", docx({"word/embeddings/book.XLSM": b"x"}), "macros"),
        ("a.docx", docx(main="application/vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
        ("a.odt", odt({"Basic/Standard/Module1.xml": b"x"}), "macros"),
        ("a.odt", odt(manifest=b"<manifest:encryption-data/>"), "password"),
        ("a.docx", docx({"word/embeddings/more.ZIP": b"x"}), "archive"),
        ("a.docx", docx({"../../etc/cron.d/x": b"x"}), "cannot be opened"),
        ("a.docx", docx({"/etc/passwd": b"x"}), "cannot be opened"),
        ("a.docx", docx({"word\\..\\x": b"x"}), "cannot be opened"),
        ("a.docx", docx({"WORD/Document.xml": b"x"}), "cannot be opened"),
        ("a.docx", docx() + b"appended", "cannot be opened"),
        ("a.docx", docx()[:-30], "cannot be opened"),
        ("a.docx", b"PK\x03\x04", "cannot be opened"),
        ("a.docx", docx({f"word/{n}": b"" for n in range(5_001)}), "more than 5000 parts"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_accepted_is_refused_with_the_reason(name, content, why):
    with pytest.raises(RegisterError, match=why):
        inspected(name, content)


def test_a_part_that_is_encrypted_is_refused():
    content = bytearray(docx())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    with pytest.raises(RegisterError, match="password"):
        inspected("a.docx", bytes(content))


def test_a_file_is_as_large_as_the_settings_allow(settings):
    settings.EVIDENCE_MAX_BYTES = 1_000
    inspected("a.txt", b"x" * 1_000)
    with pytest.raises(RegisterError, match="larger than 1000"):
        inspected("a.txt", b"x" * 1_001)


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("http://example.org")', "=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-SUM(A1)", "@SUM(A1)",
        '"=WEBSERVICE(A1)"', "  =IMPORTXML(A1)", "=1+LOG10(A1)",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "before", ["", "name,note\nNorth,", "name;note\r\nNorth;", "North\t", "x" * (MEBIBYTE - 3) + ","]
)
def test_case_39_a_table_with_a_cell_that_a_spreadsheet_would_run_is_refused(cell, before):
    with pytest.raises(RegisterError, match="a spreadsheet would run the cell that begins with"):
        inspected("a.csv", f"{before}{cell},end\n".encode())
    assert inspected("a.txt", f"{before}{cell},end\n".encode()).media_type == "text/plain"


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/plan.pdf", "plan.pdf"),
        ("C:\\Users\\Ana\\plan.pdf", "plan.pdf"),
        ("annex\u202efdp.exe", "annexfdp.exe"),
        ("a\x00b\r\nc\u2066.pdf", "abc.pdf"),
        ("Ma\u0304ori  plan .pdf. ", "Māori plan .pdf"),
        ("نامه\u200cها.pdf", "نامه\u200cها.pdf"),
        ("é" * 400 + ".docx", "é" * 195 + ".docx"),
        ("...", ""),
    ],
)
def test_case_40_a_file_keeps_its_base_name_without_what_cannot_be_seen(given_name, kept):
    assert names.clean(given_name) == kept


# -- bombs, and whatever else may come ---------------------------------------------------------------------------------


def bomb(*, copies: int, zeros: int, step: int = 0) -> bytes:
    """A package whose directory names the same packed bytes again and again, as the bombs of 2019 did it.

    Each part begins `step` bytes after the one before it, within the same data.
    """
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = squeezer.compress(bytes(zeros)) + squeezer.flush()
    header = (20, 0, 8, 0, 0, zlib.crc32(bytes(zeros)), len(packed), zeros, 1)
    content = struct.pack("<4s5H3L2H", b"PK\x03\x04", *header, 0) + b"0" + packed
    directory = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, *header[:5], *header[5:8], len(f"{n}"), 0, 0, 0, 0, 0, n * step)
        + f"{n}".encode()
        for n in range(copies)
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), len(content), 0)
    return content + directory + end


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bomb(copies=250, zeros=8 * MEBIBYTE), "cannot be opened"),
        (bomb(copies=3, zeros=100, step=1), "cannot be opened"),
        (docx({"word/media/a.bmp": bytes(150 * MEBIBYTE)}), "unpacks to too much"),
        (docx({"[content_types].xml.rels": bytes(2 * MEBIBYTE)}), "unpacks to too much"),
        (docx({"inner.zip": docx({"word/media/a.bmp": bytes(150 * MEBIBYTE)})}), "an archive"),
    ],
    ids=["overlapping", "quoted", "one large part", "packed too tightly", "nested"],
)
def test_a_bomb_is_refused_without_being_unpacked(content, why):
    assert len(content) < MEBIBYTE
    upload = SimpleUploadedFile("a.docx", content)
    tracemalloc.start()
    with pytest.raises(RegisterError, match=why):
        files.inspect(upload)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * MEBIBYTE


def test_what_unpacks_to_more_than_the_settings_allow_is_refused(settings):
    settings.EVIDENCE_MAX_UNPACKED_BYTES = MEBIBYTE
    noise = random.Random(1).randbytes(MEBIBYTE)
    with pytest.raises(RegisterError, match=r"at most 1\.0.MB"):
        inspected("a.docx", docx({"word/media/a.bmp": noise}))


def test_a_part_that_says_less_than_it_holds_is_not_read_to_its_end():
    """The directory lies: the small part that is read would unpack to a hundred times what it says."""
    content = bytearray(package({"[Content_Types].xml": types_of(WORD) + b" " * 100 * MEBIBYTE}))
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<L", 200)
    tracemalloc.start()
    with pytest.raises(RegisterError):
        inspected("a.docx", bytes(content))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * MEBIBYTE


def damaged(content: bytes, places: list[tuple[int, int]], cut: int) -> bytes:
    changed = bytearray(content)
    for place, value in places:
        changed[place % len(changed)] = value
    return bytes(changed[: len(changed) - cut % len(changed)])


WELL = [PNG, JPEG, PDF, docx({"word/a.xml": b"a"}), odt(), "=A1\n,é".encode("utf-16"), bomb(copies=3, zeros=9)]
PLACES = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), max_size=6)


@given(
    name=st.sampled_from(sorted(files.ACCEPTED)),
    content=st.binary(min_size=1, max_size=300)
    | st.builds(lambda start, rest: start + rest, st.sampled_from([w[:8] for w in WELL]), st.binary(max_size=200))
    | st.builds(damaged, st.sampled_from(WELL), PLACES, st.just(0) | st.integers(0, 100)),
)
@example(".docx", b"PK\x03\x04" + b"PK\x05\x06" + bytes(18))
@example(".txt", b"\xff\xfe")
def test_whatever_the_bytes_are_the_register_answers_with_a_sentence(name, content):
    try:
        said = inspected(f"a{name}", content).media_type
    except RegisterError as refusal:
        said = str(refusal)
    assert said == files.ACCEPTED[name].media_type or said.startswith(f"a{name}: ")


@given(st.text(max_size=300))
def test_whatever_a_file_is_called_its_name_is_one_line_and_short_enough(name):
    kept = names.clean(name)
    assert len(kept) <= names.MAX_LENGTH and len(kept.splitlines()) <= 1 and kept == kept.strip()
    assert not set("/\\\x00\x1b\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(kept)


# -- how much of it ----------------------------------------------------------------------------------------------------


def attach(case: Case, content: bytes, criterion: str = "need", name: str = "letter.txt", **kwargs) -> Evidence:
    return desk.attach(case_id=case.pk, by=case.signatory, criterion=criterion, upload=letter(name, content), **kwargs)


def test_a_case_has_no_more_files_than_the_settings_allow(db, settings):
    settings.EVIDENCE_MAX_FILES = 2
    case = make_draft()
    second = attach(case, b"Another")
    with pytest.raises(RegisterError, match="This case has 2 files, and may have no more"):
        attach(case, b"A third")
    assert attach(case, b"Another") == second, "what is there already takes no room"
    desk.remove_evidence(case_id=case.pk, by=case.signatory, evidence_id=second.pk)
    assert attach(case, b"A third").pk


def test_the_files_of_a_case_are_limited_together_and_removed_ones_count(db, settings):
    case = make_draft()
    settings.EVIDENCE_MAX_CASE_BYTES = case.evidence.get().size + 10
    ten = attach(case, b"x" * 10)
    desk.remove_evidence(case_id=case.pk, by=case.signatory, evidence_id=ten.pk)
    with pytest.raises(RegisterError, match="with those that were removed"):
        attach(case, b"y")


def test_case_40_the_same_file_under_another_criterion_is_kept_and_recognised(db):
    case = make_draft()
    first = case.evidence.get()
    with first.file.open("rb") as kept:
        second = attach(case, kept.read(), criterion="assessment", name="the-same.txt")
    alone = attach(case, b"Another file")
    removed = attach(case, b"Another file", criterion="assessment")
    desk.remove_evidence(case_id=case.pk, by=case.signatory, evidence_id=removed.pk)
    assert list(Evidence.objects.same_as(first)) == [second]
    assert list(Evidence.objects.same_as(alone)) == []
    assert Evidence.objects.duplicates_of(case) == {first.pk: [second], second.pk: [first]}


def test_the_same_file_of_another_case_is_nobodys_business(db):
    one, other = make_draft(), make_draft()
    assert one.evidence.get().sha256 == other.evidence.get().sha256
    assert list(Evidence.objects.same_as(one.evidence.get())) == []


def test_two_uploads_of_the_same_file_at_once_keep_one(committing_db):
    case = make_draft()
    before = case.evidence.count()
    kept = at_once(*[partial(attach, case, b"Sent twice")] * 2)
    assert kept[0] == kept[1] and case.evidence.count() == before + 1


def test_case_40_four_hundred_files_are_listed_with_as_many_queries_as_one(db):
    case = make_submitted()
    eva, reading = make_user("Eva", "evaluator"), {"provider": Client(), "staff": Client()}
    reading["provider"].force_login(case.signatory, backend="allauth.account.auth_backends.AuthenticationBackend")
    reading["staff"].force_login(eva, backend="allauth.account.auth_backends.AuthenticationBackend")
    addresses = {
        "provider": f"/portal/micro-credentials/{case.reference}/",
        "staff": f"/admin/registry/case/{case.pk}/change/",
    }

    def queries(who: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reading[who].get(addresses[who]).status_code == 200
        return len(captured)

    before = {who: (queries(who), queries(who))[1] for who in reading}
    one = case.evidence.get()
    Evidence.objects.bulk_create(
        Evidence(
            case=case, criterion=["need", "assessment"][n % 2], file=one.file.name, name=f"letter-{n}.txt",
            media_type="text/plain", size=10, sha256=f"{n // 2:064d}", added_by=case.signatory, added_at=timezone.now(),
        )
        for n in range(400)
    )  # fmt: skip
    assert {who: queries(who) for who in reading} == before
    with CaptureQueriesContext(connection) as captured:
        alike = Evidence.objects.duplicates_of(case)
    assert len(captured) == 1 and len(alike) == 400
    assert reading["provider"].get(addresses["provider"]).text.count(f"/portal/cases/{case.reference}/evidence/") >= 401


def test_a_file_cannot_answer_a_question_whose_request_is_closed(db):
    case, eva = make_submitted(), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    first, _second = (
        desk.ask(case_id=case.pk, by=eva, items=[{"criterion": "need", "question": question}])
        for question in ("Who asked for it?", "Since when?")
    )
    item = first.items.get()
    answered = attach(case, b"They asked.", item_id=item.pk)
    assert (answered.item, answered.criterion) == (item, "need")
    desk.take_back_request(case_id=case.pk, by=eva, number=first.number)
    assert InformationRequest.objects.filter(closed_at=None).count() == 1
    with pytest.raises(Conflict, match="has been closed"):
        attach(case, b"They asked again.", item_id=item.pk)


# -- to whom it is given -----------------------------------------------------------------------------------------------


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address_of(item: Evidence) -> str:
    return f"/portal/cases/{item.case.reference}/evidence/{item.pk}/"


def test_case_40_a_file_is_given_as_an_attachment_that_can_run_nothing(db):
    case = make_draft()
    item = attach(case, PDF, name="Māori plan.pdf")
    response = signed_in(case.signatory).get(address_of(item))
    assert b"".join(response.streaming_content) == PDF
    assert {name: response.headers[name] for name in ("Content-Type", "X-Content-Type-Options", "Cache-Control")} == {
        "Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store",
    }  # fmt: skip
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''M%C4%81ori%20plan.pdf"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Scan"] == "off"


def test_a_file_of_a_draft_is_given_to_the_applicant_alone(db):
    case = make_draft()
    item = case.evidence.get()
    assert signed_in(make_user("Eva", "evaluator")).get(address_of(item)).status_code == 404
    assert signed_in(make_signatory(make_provider("Elsewhere"))).get(address_of(item)).status_code == 404
    assert Client().get(address_of(item)).status_code == 302
    assert signed_in(case.signatory).get(address_of(item)).status_code == 200
    assert signed_in(case.signatory).post(address_of(item)).status_code == 405


def test_a_file_that_was_removed_stays_as_a_row_and_is_given_to_nobody(db):
    case = make_draft()
    item = case.evidence.get()
    desk.remove_evidence(case_id=case.pk, by=case.signatory, evidence_id=item.pk)
    assert signed_in(case.signatory).get(address_of(item)).status_code == 404
    assert Evidence.objects.filter(pk=item.pk).exists() and not Evidence.objects.kept().filter(pk=item.pk).exists()


def test_that_an_officer_opened_a_file_is_kept_and_that_an_applicant_did_is_not(db):
    case, eva = make_submitted(), make_user("Eva", "evaluator")
    item = case.evidence.get()
    signed_in(case.signatory).get(address_of(item))
    assert not Event.objects.filter(name="evidence:read").exists()
    signed_in(eva).get(address_of(item))
    event = Event.objects.get(name="evidence:read")
    assert (event.case_id, event.person_id, event.role) == (case.pk, eva.person_id, "evaluator")
    assert event.details == {"file": item.pk, "evidence": item.name, "sha256": item.sha256}


def test_who_may_not_attach_leaves_no_row(db):
    case = make_draft()
    with pytest.raises(NotAllowed):
        desk.attach(case_id=case.pk, by=make_user("Eve"), criterion="need", upload=letter(text=b"Mine"))
    assert case.evidence.count() == 1


@pytest.mark.parametrize(
    ("scan", "detail", "said"),
    [
        ("off", "", "not scanned"),
        ("pending", "", "being scanned"),
        ("clean", "", "nothing found"),
        ("failed", "the scanner did not answer", "could not be scanned"),
        ("found", "Eicar", "malicious: Eicar"),
    ],
)
def test_a_list_says_what_the_scanner_said_and_links_to_what_may_be_opened(db, scan, detail, said):
    case = make_draft()
    item = case.evidence.get()
    item.scan, item.scan_detail = scan, detail
    shown = render_to_string("components/evidence.html", {"case": case, "file": item, "same": [item]})
    assert f"{said})" in shown and "attached once more" in shown
    assert (address_of(item) in shown) == (scan != "found")
