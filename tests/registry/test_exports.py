"""The bulk files: everything that is public, of one moment, whole or not there at all."""

import csv
import hashlib
import json
import subprocess
from datetime import timedelta

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from credentials.imports.exported_rows import ExportedRows, keys_of, optional_keys_of
from registry import exports, journal, tasks
from registry.models import Change, Entry
from tests.builders import DAY, document, make_provider, publish

# What a spreadsheet would run, what looks like that, and what the guard itself looks like.
TEXTS = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "'=1",
    "''=1",
    "'",
    "''",
    "'x",
    "a=b",
    'say "yes", then\nno',
    "mātauranga",
]


def withdraw(number: str) -> None:
    with transaction.atomic():
        journal.withdraw(number, effective_from=DAY, decision_number=None, reason="Listed twice.")


def lines(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / exports.HISTORY).read_text(encoding="utf-8").splitlines()]


def rows(folder) -> list[dict]:
    with (folder / exports.ROWS).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_history_holds_every_record_that_was_hashed_with_its_document(committing_db, tmp_path):
    number = publish().number
    publish(number=number, title="Certificate in Gasfitting")
    exports.export(tmp_path)
    changes = list(Change.objects.order_by("serial"))
    assert len(changes) == 2
    for change, line in zip(changes, lines(tmp_path), strict=True):
        document_, hash_ = line.pop("document"), line.pop("hash")
        assert orjson.dumps(line, option=orjson.OPT_SORT_KEYS) == bytes(change.record)
        assert hash_ == bytes(change.hash).hex()
        assert orjson.dumps(document_, option=orjson.OPT_SORT_KEYS) == bytes(change.document)


def test_the_rows_are_the_current_documents_in_order_of_number(committing_db, tmp_path):
    make_provider()
    number = publish().number
    publish(number=number, title="Certificate in Gasfitting")
    exports.export(tmp_path)
    found = rows(tmp_path)
    assert [(r["number"], r["kind"], r["revision"], r["title"]) for r in found] == [
        ("NQ-000001", "qualification", "2", "Certificate in Gasfitting"),
        ("PR-000001", "provider", "1", "Harbour Institute"),
    ]
    assert list(found[0])[:3] == ["number", "kind", "revision"]


@pytest.mark.parametrize("kind", ["qualification", "provider", "accreditation"])
def test_every_key_of_a_public_document_is_a_column(kind):
    assert keys_of(kind) <= {*exports.IDENTITY, *exports.KEYS}


def test_no_column_is_of_no_document():
    kinds = ("qualification", "provider", "accreditation")
    known = set().union(*map(keys_of, kinds), *map(optional_keys_of, kinds))
    assert {*exports.IDENTITY, *exports.KEYS} == known | {"revision"}


@pytest.mark.parametrize("title", TEXTS, ids=ascii)
def test_case_39_no_cell_is_run_by_a_spreadsheet_and_every_text_comes_back(committing_db, tmp_path, title):
    publish(title=title, level="")
    exports.export(tmp_path)
    assert not rows(tmp_path)[0]["title"].startswith(("=", "+", "-", "@", "\t", "\r"))
    read = next(ExportedRows(tmp_path / exports.ROWS, "utf-8").rows()).document()
    assert (read["title"], read["level"]) == (title, "")


def test_nothing_and_empty_things_are_told_apart(committing_db, tmp_path):
    publish(level="", level_native=None, gaps=[], purpose={}, assessment=None, closed_undated=False, review_due=None)
    exports.export(tmp_path)
    body = bytes(Entry.objects.get().document)
    read = next(ExportedRows(tmp_path / exports.ROWS, "utf-8").rows()).document()
    assert orjson.dumps(read, option=orjson.OPT_SORT_KEYS) == body


def test_what_a_withdrawn_listing_said_is_in_no_file(committing_db, tmp_path):
    number = publish(title="Listed by mistake").number
    publish(number=number, title="Revised by mistake")
    publish(title="Stays")
    withdraw(number)
    exports.export(tmp_path)
    assert b"by mistake" not in (tmp_path / exports.HISTORY).read_bytes() + (tmp_path / exports.ROWS).read_bytes()
    assert [(line["number"] == number, line["document"] is None) for line in lines(tmp_path)] == [
        (True, True), (True, True), (False, False), (True, True),
    ]  # fmt: skip
    assert all(line["document_sha256"] for line in lines(tmp_path)[:3])
    assert [row["title"] for row in rows(tmp_path)] == ["Stays"]


def test_the_manifest_names_what_was_written_and_sha256sum_agrees(committing_db, tmp_path, capsys):
    publish()
    call_command("export_register", out=tmp_path)
    manifest = json.loads((tmp_path / exports.MANIFEST).read_text())
    assert manifest["serial"] == 1 and manifest["licence"] == exports.LICENCE
    told = capsys.readouterr().out
    for file in manifest["files"]:
        content = (tmp_path / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"], file["rows"]) == (len(content), hashlib.sha256(content).hexdigest(), 1)
        assert file["sha256"] in told and (file["serial"], file["licence"]) == (1, exports.LICENCE)
    done = subprocess.run(["sha256sum", "-c", exports.SUMS], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["register.jsonl: OK", "register.csv: OK", "manifest.json: OK"], done.stderr


def test_an_empty_register_gives_files_without_rows(committing_db, tmp_path):
    assert [(f.rows, f.serial) for f in exports.export(tmp_path)] == [(0, 0), (0, 0)]
    assert (tmp_path / exports.HISTORY).read_bytes() == b""
    assert rows(tmp_path) == []


def test_equal_registers_make_equal_files(committing_db, tmp_path):
    publish()
    for name in ("one", "two"):
        exports.export(tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_both_files_are_of_one_moment(committing_db, second_connection, tmp_path, monkeypatch):
    """A decision that falls between the two files is in neither."""
    publish()
    copied = exports._copy

    def meanwhile(cursor, sql, path, **options):
        result = copied(cursor, sql, path, **options)
        if path.name == f".{exports.HISTORY}.partial":
            with second_connection() as other:
                other.execute("update registry_entry set revision = 99")
        return result

    monkeypatch.setattr(exports, "_copy", meanwhile)
    exports.export(tmp_path)
    assert Entry.objects.get().revision == 99
    assert rows(tmp_path)[0]["revision"] == "1"


def test_an_export_that_is_interrupted_leaves_the_files_of_the_one_before(committing_db, tmp_path, monkeypatch):
    publish(title="Before")
    exports.export(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    publish(title="After")
    copied = exports._copy

    def interrupted(cursor, sql, path, **options):
        if path.name == f".{exports.ROWS}.partial":
            path.write_bytes(b"half a file")
            raise KeyboardInterrupt
        return copied(cursor, sql, path, **options)

    monkeypatch.setattr(exports, "_copy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        exports.export(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    monkeypatch.undo()
    assert exports.export(tmp_path)[0].rows == 2


def test_a_full_disk_is_told_in_one_sentence_and_leaves_no_file(committing_db, tmp_path):
    publish()
    (tmp_path / f".{exports.HISTORY}.partial").symlink_to("/dev/full")
    with pytest.raises(CommandError, match=r"cannot be written to .*: No space left on device\.$"):
        call_command("export_register", out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_no_folder_is_told_in_one_sentence(committing_db, tmp_path):
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(CommandError, match=r"cannot be written to"):
            call_command("export_register", out=out)


def test_two_exports_do_not_write_into_one_folder(committing_db, tmp_path):
    with exports._only_export(tmp_path), pytest.raises(exports.ExportError, match="Another export"):
        exports.export(tmp_path)


def test_a_document_of_many_lines_and_signs_is_one_line(committing_db, tmp_path):
    text = "".join(map(chr, range(1, 0x250))) + "\u2028\u2029\ufeff\U0001f600"
    publish(title=text)
    exports.export(tmp_path)
    assert (tmp_path / exports.HISTORY).read_bytes().count(b"\n") == 1
    line = orjson.loads((tmp_path / exports.HISTORY).read_bytes())
    assert line["document"]["title"] == text
    assert document()["kind"] == line["kind"]


def test_the_public_files_are_made_once_a_day_where_anything_has_changed(committing_db, tmp_path, settings):
    settings.NQR_HOME = tmp_path
    folder, today = exports.published_folder(), timezone.now()
    publish()
    assert exports.renew(today) is True and exports.last_export().serial == 1
    assert exports.renew(today + timedelta(days=1)) is False, "nothing has changed"
    publish(title="Another one")
    assert exports.renew(today) is False, "today's are made"
    assert exports.renew(today + timedelta(days=1)) is True and exports.last_export().serial == 2
    for name in (exports.MANIFEST, exports.ROWS):
        (folder / name).unlink()
        assert exports.renew(today) is True, "what is gone is made again"
        assert exports.renew(today) is False


def test_what_was_withdrawn_stays_in_no_public_file_until_tomorrow(committing_db, tmp_path, settings):
    settings.NQR_HOME = tmp_path
    wrong = publish(title="Listed by mistake").number
    assert exports.renew(timezone.now()) is True
    withdraw(wrong)
    assert exports.renew(timezone.now()) is True
    assert "Listed by mistake" not in (exports.published_folder() / exports.ROWS).read_text()
    assert exports.renew(timezone.now()) is False


def test_what_keeps_the_public_files_from_being_made_is_logged_and_told_in_one_sentence(
    committing_db, tmp_path, settings, caplog
):
    settings.NQR_HOME = tmp_path
    exports.published_folder().write_text("no folder")
    assert tasks.renew_exports() is False
    assert "The files cannot be written to" in caplog.text and "Traceback" not in caplog.text
