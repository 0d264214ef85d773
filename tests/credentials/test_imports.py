"""Legacy rows: good ones land, every other one is reported by line, field and reason, and twice is as once."""

import csv
import json
from datetime import date
from pathlib import Path

import orjson
import pytest

from credentials import imports
from credentials.imports import COLUMNS, ImportRefused
from registry import journal
from registry.models import Entry, Notice
from registry.search import follower, query
from registry.verification import differences

ROW = {
    "source": "ofqual", "source_id": "6000001X", "kind": "qualification", "title": "Level 2 Award in Bookkeeping",
    "level_native": "Level 2", "awarding_body": "Clerks Guild", "status": "Approved", "field_code": "Accounting",
    "start_date": "01/09/2016", "end_date": "31/07/2020", "lang": "en",
}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def write(*rows: dict, columns=COLUMNS) -> Path:
        path = tmp_path / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


def test_a_row_lands_as_a_current_entry_with_its_gaps_and_its_source(db, file):
    report = imports.run(file(ROW))
    assert (report.read, report.created, report.rejected) == (1, 1, [])
    entry = Entry.objects.credentials().with_status(date(2026, 1, 1)).get()
    document = orjson.loads(bytes(entry.document))
    assert (entry.status, entry.level, document["identifiers"]) == (
        "current",
        "2",
        [{"scheme": "ofqual", "value": "6000001X"}],
    )
    assert document["source"]["facts"]["funding_approval_end"] == "31/07/2020", "it ends a funding approval alone"
    assert document["gaps"] == ["purpose", "learning_outcomes", "credits", "assessment", "listed_on"]
    assert Entry.objects.providers().get().unverified


def test_running_it_twice_changes_nothing_and_sends_nothing(db, file):
    path = file(ROW, ROW | {"source_id": "2", "title": "Another"})
    imports.run(path)
    head = journal.head()
    again = imports.run(path)
    assert (again.created, again.updated, again.unchanged, journal.head()) == (0, 0, 2, head)
    assert Notice.objects.count() == 0


def test_a_changed_row_becomes_a_revision(db, file):
    imports.run(file(ROW))
    report = imports.run(file(ROW | {"title": "Level 2 Certificate in Bookkeeping"}))
    assert (report.updated, report.unchanged) == (1, 0)
    assert Entry.objects.credentials().get().revision == 2


def test_a_dry_run_reports_and_changes_nothing(db, file):
    report = imports.run(file(ROW), dry_run=True)
    assert report.created == 1 and journal.head() == 0


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"title": " "}, "title", "no title"),
        ({"title": "x" * 5000}, "title", "longer than 1,000"),
        ({"source_id": ""}, "source_id", "no source_id"),
        ({"source": "atlantis"}, "source", "no mapping for 'atlantis'"),
        ({"source": "../nz"}, "source", "no mapping"),
        ({"kind": "diploma"}, "kind", "'diploma' is not a kind"),
        ({"level_native": "https://example.org"}, "level_native", "not a level"),
        ({"start_date": "29/02/2023"}, "start_date", "not a date"),
        ({"end_date": "99/99/9999"}, "end_date", "not a date"),
        ({"status": "Retired"}, "status", "not a status word"),
        ({"awarding_body": ""}, "awarding_body", "no awarding body"),
        ({"title": "NUL\x00byte"}, "", "NUL byte"),
    ],
)
def test_a_bad_row_is_reported_and_the_rest_lands(db, file, change, field, reason):
    report = imports.run(file(ROW | change, ROW | {"source_id": "good"}))
    assert [(r["line"], r["field"]) for r in report.rejected] == [(2, field)]
    assert reason in report.rejected[0]["reason"]
    assert report.created == 1


def test_a_repeated_id_is_reported_with_the_line_where_it_stood_first(db, file):
    report = imports.run(file(ROW, ROW | {"title": "Another title"}))
    assert report.rejected == [{"line": 3, "field": "source_id", "reason": "6000001X stands on line 2 already."}]


def test_field_rows_are_skipped(db, file):
    assert imports.run(file(ROW | {"kind": "field"})).skipped == 1


def test_a_file_without_the_columns_is_refused_with_their_names(db, file):
    with pytest.raises(ImportRefused, match="lacks source_id"):
        imports.run(file(ROW, columns=("source", "kind", "title")))


def test_a_binary_file_is_refused(db, tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"\xff\xfe\x00\x01" * 100)
    with pytest.raises(ImportRefused, match="not UTF-8"):
        imports.run(tmp_path / "rows.csv")


def test_json_lines_are_read_too(db, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROW) + "\n{broken\n[1]\n", encoding="utf-8")
    report = imports.run(path)
    assert report.created == 1 and [r["line"] for r in report.rejected] == [2, 3]


def test_the_real_rows_of_one_source_land_twice_as_once_and_are_found(committing_db, shared, tmp_path):
    """8,092 rows: the import itself, a second run, the index, the verification, and one ranked search."""
    with (shared / "data" / "records.csv").open(encoding="utf-8", newline="") as rows:
        real = [row for row in csv.DictReader(rows) if row["source"] == "ofqual"]
    path = tmp_path / "ofqual.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(real)
    first = imports.run(path)
    assert (first.created, first.rejected) == (8_092, [])
    head = journal.head()
    assert (imports.run(path).unchanged, journal.head()) == (8_092, head)
    follower.catch_up()
    assert list(differences()) == []
    from registry.framework.current import today

    found = query.search(q="first aid level 3", day=today(), filters={"status": ["current"]})
    words = [set(row["title"].lower().split()) for row in found.rows[:10]]
    assert all({"first", "aid", "level", "3"} <= w for w in words)
    exact = sum({"first", "aid", "level", "3"} <= set(r["title"].lower().replace("(", " ").split()) for r in real)
    assert found.count >= exact > 10
