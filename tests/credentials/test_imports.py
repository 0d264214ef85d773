"""Legacy rows: good ones land, every other one is reported by line, field and reason, and twice is as once."""

import csv
import json
import tracemalloc
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
from django.db import connection, transaction
from django.utils import timezone

from credentials import imports
from credentials.imports import ImportRefused
from credentials.imports.reading import COLUMNS
from credentials.models import ImportRun
from registry import journal
from registry.models import Change, Entry, Notice
from registry.search import follower, query
from registry.status import status_on
from registry.verification import differences
from tests.conftest import at_this_test
from tests.credentials.faults import plant

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


PLAIN = {
    "source": "plain", "source_id": "1", "kind": "qualification", "title": "Bookkeeping", "level_native": "2",
    "credits_native": "12.5", "hours": "60", "country": "ZA", "lang": "de", "start_date": "2020-01-31",
    "field_code": "0411",
}  # fmt: skip


@pytest.mark.parametrize(
    ("column", "written", "meant"),
    [
        ("credits_native", "12,5", "12.5"),
        ("hours", "P60M", "60"),
        ("level_native", "02", "2"),
        ("country", "ZAR", "ZA"),
        ("country", "ZAF", "ZA"),
        ("lang", "GER", "de"),
        ("lang", "DE", "de"),
        ("start_date", "31.01.2020", "2020-01-31"),
        ("start_date", "2020/01/31", "2020-01-31"),
        ("field_code", "411", "0411"),
    ],
)
def test_a_code_that_cannot_be_is_refused_with_what_was_meant_and_lands_once_it_says_so(
    db, file, column, written, meant
):
    """Cases 36 to 38: nothing is guessed; whoever corrects the row is told how."""
    (problem,) = imports.run(file(PLAIN | {column: written})).rejected
    assert problem["field"] == column
    assert problem["reason"].startswith(repr(written)) and problem["reason"].endswith(f" Did you mean {meant}?")
    assert imports.run(file(PLAIN | {column: meant})).created == 1


@pytest.mark.parametrize("day", ["01/02/2020", "1.2.20", "2020"])
def test_a_date_that_may_be_two_days_is_nobodys_suggestion(db, file, day):
    (problem,) = imports.run(file(PLAIN | {"start_date": day})).rejected
    assert problem["reason"] == f"{day!r} is not a date as plain writes them."


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
        ({"credits_native": "many"}, "credits_native", "not a number of credits"),
        ({"title": "NUL\x00byte"}, "title", "NUL byte"),
    ],
)
def test_a_bad_row_is_reported_and_the_rest_lands(db, file, change, field, reason):
    report = imports.run(file(ROW | change, ROW | {"source_id": "good"}))
    assert [(r["line"], r["field"]) for r in report.rejected] == [(2, field)]
    assert reason in report.rejected[0]["reason"]
    assert report.created == 1


def test_a_repeated_id_with_other_content_is_reported_with_the_line_where_it_stood_first(db, file):
    report = imports.run(file(ROW, ROW | {"title": "Another title"}))
    reason = "6000001X stands on line 2 already, with another title."
    assert report.rejected == [{"line": 3, "field": "source_id", "reason": reason}]
    assert report.created == 1


def test_rows_that_differ_in_field_or_other_titles_are_one_entry(db, file):
    row = ROW | {"source": "fr-rncp", "level_native": "niveau3", "status": "ACTIVE", "start_date": "", "end_date": ""}
    report = imports.run(
        file(row | {"alt_titles": "RNCP1 | CAP"}, row | {"alt_titles": "RNCP2 | CAP", "field_code": "Law"})
    )
    document = only_credential()
    assert (report.read, report.created, report.merged, report.rejected) == (2, 1, 1, [])
    assert [(r["line"], r["reason"]) for r in report.problems(left_out=True)] == [(3, "Merged into the row of line 2.")]
    assert [t["text"] for t in document["alternative_titles"]] == ["RNCP1", "CAP", "RNCP2"]
    assert [f["code"] for f in document["fields"]] == ["Accounting", "Law"]


def only_credential() -> dict:
    return orjson.loads(bytes(Entry.objects.credentials().get().document))


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"source": "cricos", "level_native": "Diploma", "status": "Expired"}, "discontinued", {"closed_undated": True}),
        (
            {"source": "fr-rncp", "level_native": "NR", "status": "INACTIVE", "end_date": "31/08/2024"},
            "discontinued", {"expiry_end": "2024-08-31", "level": None},
        ),
        (
            {"source": "fr-rncp", "level_native": "niveau6", "status": "INACTIVE", "end_date": "31/08/2099"},
            "discontinued", {"expiry_end": None, "closed_undated": True},
        ),
        (
            {"source": "fr-rncp", "level_native": "niveau6", "status": "ACTIVE", "end_date": "31/08/2024"},
            "current", {"expiry_end": None},
        ),
        (
            {
                "source": "ofqual-compare", "status": "No longer available to new learners",
                "end_date": "9/30/2024 12:00:00 AM +00:00",
            },
            "expiring", {"last_new_enrolment": "2024-09-30"},
        ),
        (
            {
                "source": "za-saqa", "level_native": "NQF 4", "status": "Legacy extended",
                "end_date": "1930-06-12 00:00:00", "credits_native": "120",
            },
            "current", {"expiry_end": None, "credits": "120", "level": "4"},
        ),
    ],
)  # fmt: skip
def test_words_and_dates_mean_what_the_source_means(db, file, change, status, says):
    imports.run(file(ROW | {"start_date": "", "end_date": "", "status": ""} | change))
    document = only_credential()
    assert status_on(document, date(2026, 11, 24)) == status
    kept = set(document["source"]["facts"].values())
    assert {v for k, v in change.items() if k in ("status", "end_date")} <= kept, "the source's own words stay"
    assert {name: document[name] for name in says} == says


def test_what_is_not_published_at_the_source_is_skipped(db, file):
    row = ROW | {
        "source": "uk-ifate",
        "level_native": "3",
        "status": "in development",
        "start_date": "",
        "end_date": "",
    }
    report = imports.run(file(row))
    assert (report.skipped, report.rejected) == (1, [])
    told = {"line": 2, "field": "status", "reason": "Its source has not published it: 'in development'."}
    assert list(report.problems(left_out=True)) == [told]


def test_a_row_without_an_awarding_body_lands_with_that_gap(db, file):
    imports.run(file(ROW | {"awarding_body": ""}))
    document = only_credential()
    assert document["providers"] == [] and "awarding_body" in document["gaps"]


def test_an_awarding_body_among_the_provider_rows_is_that_provider_wherever_it_stands(db, file):
    body = {"source": "ofqual-org", "source_id": "RN1", "kind": "provider", "title": "Clerks Guild Ltd",
            "alt_titles": "Clerks Guild", "status": "Recognised", "country": "GB",
            "start_date": "2010-04-01 00:00:00.0000000"}  # fmt: skip
    report = imports.run(file(ROW | {"country": "GB"}, body))
    provider = orjson.loads(bytes(Entry.objects.providers().get().document))
    assert report.created == 2 and only_credential()["providers"][0]["number"] == provider["number"]
    assert (provider["unverified"], provider["source"]["facts"]["recognition"]) == (True, "Recognised")


def test_a_body_that_gave_up_its_recognition_has_ended(db, file):
    body = {"source": "ofqual-org", "source_id": "RN1", "kind": "provider", "title": "Clerks Guild", "status": "Surrendered",
            "country": "GB", "end_date": "2020-11-01 00:00:00.0000000"}  # fmt: skip
    imports.run(file(body))
    provider = orjson.loads(bytes(Entry.objects.providers().get().document))
    assert (provider["ended_as"], provider["ended_on"]) == ("withdrawn", "2020-11-01")


def test_field_rows_are_skipped(db, file):
    assert imports.run(file(ROW | {"kind": "field"})).skipped == 1


def test_a_file_without_the_columns_is_refused_with_their_names(db, file):
    with pytest.raises(ImportRefused, match="lacks source_id"):
        imports.run(file(ROW, columns=("source", "kind", "title")))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bytes(range(256)), "is not text"),
        (b"", "lacks source, source_id, kind, title"),
        (b"\xff\xfe\x00\xd8\x00\x00", "begins as UTF-16 and is not"),
    ],
    ids=["binary", "empty", "cut off"],
)
def test_a_file_that_is_no_text_is_refused(db, tmp_path, content, message):
    (tmp_path / "rows.csv").write_bytes(content)
    with pytest.raises(ImportRefused, match=message):
        imports.run(tmp_path / "rows.csv")


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_the_encoding_is_found_and_told(db, file, encoding, told):
    path = file(ROW | {"title": "Brevet de pâtissier – œuvre"})
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    report = imports.run(path)
    assert (report.encoding, report.created) == (told, 1)
    assert only_credential()["title"] == "Brevet de pâtissier – œuvre"


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


def test_every_mapping_that_ships_can_be_read():
    from credentials.imports import mapping

    assert len(mapping.known()) >= 19
    for source in mapping.known():
        rules = mapping.load(source)
        assert rules.source == source
        assert set(rules.statuses.values()) <= {"current", "expiring", "discontinued", "skip"}
        assert set(rules.levels.values()) <= {"", *(str(n) for n in range(1, 11))}


def test_two_hundred_planted_faults_are_each_reported_and_every_other_row_lands(db, tmp_path):
    planted = plant(tmp_path / "faults.csv")
    assert len(planted.expected) == 200
    report = imports.run(tmp_path / "faults.csv")
    found = [(r["line"], r["field"], r["reason"]) for r in report.rejected]
    assert found == planted.expected
    assert (report.created, report.refused_rows) == (planted.good, 200)
    assert report.read == planted.good + 200


@pytest.fixture
def lines(tmp_path):
    def write(*rows: object) -> Path:
        """A file of JSON Lines: text as it stands, anything else as JSON."""
        path = tmp_path / "rows.jsonl"
        written = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        path.write_text("\n".join(written) + "\n", encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        ("{broken", "", "This is not JSON"),
        ("[1]", "", "Each line is one JSON object."),
        ('"text"', "", "Each line is one JSON object."),
        ("[" * 100_000, "", "nested too deeply"),
        ({"title": ["a"]}, "title", "title is not text."),
        ({"title": {"en": "a"}}, "title", "title is not text."),
        ({"country": True}, "country", "country is not text."),
        ('{"title": "a", "title": "b"}', "title", "title stands twice in this object."),
        ({"title": "half a \ud800 letter"}, "title", "half of a character"),
        ({"title": "NUL\x00"}, "title", "NUL byte"),
        ('{"credits_native": NaN}', "source", "There is no mapping for ''"),
    ],
)
def test_a_bad_line_of_json_is_reported_and_the_rest_lands(db, lines, line, field, reason):
    if isinstance(line, dict):
        line = ROW | line
    report = imports.run(lines(line, ROW | {"source_id": "good"}))
    assert [(r["line"], r["field"]) for r in report.rejected][:1] == [(1, field)]
    assert reason in report.rejected[0]["reason"]
    assert report.created == 1


def test_numbers_of_json_keep_their_digits_and_lists_are_joined(db, lines):
    row = json.dumps(ROW | {"alt_titles": ["Book-keeping", "Accounts"], "learning_outcomes": ["Post.", "Balance."]})
    report = imports.run(lines(row[:-1] + ', "credits_native": 2.50}'))
    document = only_credential()
    assert report.rejected == [] and document["credits"] == "2.5"
    assert [o["text"]["en"] for o in document["learning_outcomes"]] == ["Post.", "Balance."]
    assert document["source"]["facts"]["qualification_type"] == "Book-keeping | Accounts"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_is_recognised_by_the_header(db, tmp_path, delimiter):
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, delimiter=delimiter)
        writer.writeheader()
        writer.writerow(ROW)
    assert imports.run(path).created == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"title,title,source,source_id,kind\n", "names title twice"),
        (b"PK\x03\x04" + bytes(100), "an Excel workbook: save the sheet as CSV"),
        (b"%PDF-1.7\n", "a PDF document"),
    ],
    ids=["doubled header", "workbook", "PDF"],
)
def test_a_file_that_cannot_be_imported_is_refused_with_what_to_do(db, tmp_path, content, message):
    (tmp_path / "rows.csv").write_bytes(content)
    with pytest.raises(ImportRefused, match=message):
        imports.run(tmp_path / "rows.csv")
    assert set(ImportRun.objects.values_list("outcome", flat=True)) <= {"refused"}


def test_utf_16_without_a_mark_is_found_by_its_noughts(db, file):
    path = file(ROW)
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16-le"))
    report = imports.run(path)
    assert (report.encoding, report.created) == ("utf-16-le", 1)


def test_one_foreign_byte_does_not_make_another_encoding_of_the_whole_file(db, file):
    path = file(ROW | {"title": "Pâtisserie française"}, ROW | {"source_id": "2", "title": "Caf@"})
    path.write_bytes(path.read_bytes().replace(b"@", b"\xe9"))
    report = imports.run(path)
    assert (report.encoding, report.created) == ("utf-8", 1)
    assert [(r["line"], r["field"], r["reason"]) for r in report.rejected] == [
        (3, "title", "The text holds the byte 0xe9, which is not UTF-8.")
    ]
    assert only_credential()["title"] == "Pâtisserie française"


def test_an_imported_decision_keeps_its_number_and_its_date(db, file):
    imports.run(file(ROW | {"decision_number": "Q/2016/81", "decision_date": "30/08/2016"}, columns=COLUMNS))
    decision = {"number": "Q/2016/81", "matter": "listing", "outcome": "approved", "date": "2016-08-30"}
    assert only_credential()["decisions"] == [decision]
    assert Change.objects.get(kind="qualification").decision_number == "Q/2016/81"


def test_only_a_row_that_says_something_else_makes_a_revision(db, file):
    imports.run(file(ROW, ROW | {"source_id": "2"}))
    head = journal.head()
    report = imports.run(file(ROW, ROW | {"source_id": "2", "title": "Level 2 Certificate in Bookkeeping"}))
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)
    change = Change.objects.get(serial__gt=head)
    assert (change.action, change.revision, change.changed_fields) == ("revised", 2, ["title", "titles"])
    assert change.effective_from == timezone.localdate(), (
        "the change takes effect today, whatever the entry's first day"
    )


def test_a_rehearsal_changes_nothing_and_tells_the_differences_it_would_make(db, file):
    imports.run(file(ROW))
    head = journal.head()
    report = imports.run(file(ROW | {"title": "Renamed"}, ROW | {"source_id": "2"}), dry_run=True)
    number = Entry.objects.credentials().get().number
    assert (report.created, report.updated, journal.head()) == (1, 1, head)
    renamed, fresh = report.differences()
    assert (renamed["line"], renamed["number"]) == (2, number)
    assert renamed["fields"]["title"] == ["Level 2 Award in Bookkeeping", "Renamed"]
    assert (fresh["line"], fresh["number"], fresh["fields"]) == (3, None, {})


def test_what_a_decision_has_altered_since_is_not_undone_by_a_row(db, file):
    imports.run(file(ROW))
    number = Entry.objects.credentials().get().number
    with transaction.atomic():
        document = only_credential() | {"title": "As decided"}
        journal.publish(document, effective_from=timezone.localdate(), decision_number="D-2026-000001")
    report = imports.run(file(ROW | {"title": "As the source says"}))
    assert (report.updated, only_credential()["title"]) == (0, "As decided")
    reason = f"{number} was altered at the register after its import: an officer decides what of this row holds."
    assert report.rejected == [{"line": 2, "field": "source_id", "reason": reason}]
    assert imports.run(file(ROW)).unchanged == 1, "the row that was imported once is nothing new"


def test_a_withdrawn_listing_is_not_listed_again_by_a_row(db, file):
    imports.run(file(ROW))
    number = Entry.objects.credentials().get().number
    with transaction.atomic():
        journal.withdraw(number, effective_from=timezone.localdate(), decision_number=None, reason="Never existed.")
    report = imports.run(file(ROW | {"title": "Again"}))
    assert [r["reason"] for r in report.rejected] == [f"{number} was withdrawn from the register."]


def test_another_kind_for_a_listed_entry_is_left_to_an_officer(db, file):
    imports.run(file(ROW))
    report = imports.run(file(ROW | {"kind": "unit"}))
    assert "a change of kind is decided by an officer" in report.rejected[0]["reason"]


def test_a_row_that_the_database_refuses_does_not_take_its_neighbours_along(db, file, monkeypatch):
    """Whatever the checks overlooked: the batch is halved until that row stands alone."""
    from credentials.imports import rows

    monkeypatch.setitem(rows._LONGEST, "source_id", 10_000)
    good = [ROW | {"source_id": str(n)} for n in range(20)]
    report = imports.run(file(*good[:11], ROW | {"source_id": "x" * 300}, *good[11:]))
    assert (report.created, [r["line"] for r in report.rejected]) == (20, [13])
    assert "value too long" in report.rejected[0]["reason"]


def test_an_import_cut_short_goes_on_where_it_ended(committing_db, file, monkeypatch):
    """Batches that had landed are recognised; the run that was cut short is said to have been interrupted."""
    from credentials.imports import landing, staging

    monkeypatch.setattr(staging, "BATCH", 5)
    path = file(*(ROW | {"source_id": str(n)} for n in range(23)))
    whole = landing.Landing.land
    landed = []

    def cut_short(self, stretch):
        if len(landed) == 2:
            raise KeyboardInterrupt
        landed.append(stretch.rows)
        whole(self, stretch)

    monkeypatch.setattr(landing.Landing, "land", cut_short)
    with pytest.raises(KeyboardInterrupt):
        imports.run(path)
    monkeypatch.setattr(landing.Landing, "land", whole)
    report = imports.run(path)
    assert (report.created, report.unchanged) == (13, 10)
    assert list(ImportRun.objects.order_by("pk").values_list("outcome", flat=True)) == ["interrupted", "finished"]
    assert Entry.objects.credentials().count() == 23 and list(differences()) == []


def test_a_second_import_at_the_same_time_is_refused_in_one_sentence(committing_db, file, second_connection):
    other = second_connection()
    other.execute("select pg_advisory_lock(%s)", [imports.IMPORT_LOCK])
    with pytest.raises(ImportRefused, match="Another import is running"):
        imports.run(file(ROW), patience=0.3)
    other.execute("select pg_advisory_unlock(%s)", [imports.IMPORT_LOCK])
    assert imports.run(file(ROW)).created == 1


def test_batches_that_land_side_by_side_make_the_same_register(committing_db, file, monkeypatch):
    """Processes of their own land the batches: every row once, and one provider for a body that many of them name."""
    from credentials.imports import staging

    monkeypatch.setattr(staging, "BATCH", 5)
    monkeypatch.setenv("DATABASE_URL", at_this_test(connection.settings_dict))
    bodies = ("Clerks Guild", "Bakers Guild", "Tilers Guild")
    rows = [ROW | {"source_id": str(n), "title": f"Award {n}", "awarding_body": bodies[n % 3]} for n in range(60)]
    report = imports.run(file(*rows, ROW | {"title": "", "source_id": "bad"}), jobs=2)
    assert (report.created, [r["line"] for r in report.rejected]) == (60, [62])
    assert sorted(Entry.objects.providers().values_list("title", flat=True)) == sorted(bodies)
    held = {entry.title: Entry.objects.get(number=entry.provider).title for entry in Entry.objects.credentials()}
    assert held == {row["title"]: row["awarding_body"] for row in rows}
    assert list(differences()) == []
    again = imports.run(file(*rows), jobs=2)
    assert (again.unchanged, again.created, again.updated) == (60, 0, 0)


def test_a_row_that_landed_after_the_staging_is_found_and_not_rejected(db, file, monkeypatch):
    """The last batch of a killed import may land while the next one has already looked what is known."""
    from credentials.imports import staging

    path = file(ROW, ROW | {"source_id": "2"})
    imports.run(path)
    seen = staging.stretches
    monkeypatch.setattr(staging, "leave_out_unchanged", lambda: 0)
    monkeypatch.setattr(staging, "stretches", lambda: [replace(s, known=False) for s in seen()])
    report = imports.run(path)
    assert (report.unchanged, report.created, report.rejected) == (2, 0, [])


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (b"a" * 30_000_000, "lacks source"),
        (b'"' + b"a" * 30_000_000, "lacks source"),
        (bytes(30_000_000), "lacks source"),
        (b"source,source_id,kind,title\n" + b"plain,1,qualification," + b"a" * 30_000_000, "longer than"),
        (b'source,source_id,kind,title\n"plain' + b"\n\n\n" * 100_000, "never closed"),
    ],
    ids=["one line", "one quotation", "noughts", "an endless cell", "a quotation over all lines"],
)
def test_a_file_without_ends_is_read_in_bounded_memory(db, tmp_path, content, outcome):
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        try:
            told = [r["reason"] for r in imports.run(path).rejected]
        except ImportRefused as refusal:
            told = [str(refusal)]
        assert tracemalloc.get_traced_memory()[1] < 25_000_000
    finally:
        tracemalloc.stop()
    assert len(told) == 1 and outcome in told[0]


def test_long_rows_land_in_smaller_batches(db, file, monkeypatch):
    from credentials.imports import staging

    monkeypatch.setattr(staging, "WEIGHT", 5_000)
    rows = [ROW | {"source_id": str(n), "learning_outcomes": "Weave. " * 200} for n in range(12)]
    stretches, seen = [], staging.stretches
    monkeypatch.setattr(staging, "stretches", lambda: stretches.extend(seen()) or list(stretches))
    assert imports.run(file(*rows)).created == 12
    assert sum(s.rows for s in stretches) == 12 and max(s.rows for s in stretches) <= 4


def test_a_file_in_which_every_row_has_the_same_id_lands_one_and_reports_each_other(db, file, monkeypatch):
    """A column that slipped: nothing is kept in memory for the many, and each is told the line of the first."""
    from credentials.imports import staging

    monkeypatch.setattr(staging, "BATCH", 7)
    report = imports.run(file(*(ROW | {"title": f"Award {n}"} for n in range(50))))
    assert (report.created, report.refused_rows) == (1, 49)
    assert {r["reason"] for r in report.rejected} == {"6000001X stands on line 2 already, with another title."}
    assert [r["line"] for r in report.rejected] == list(range(3, 52))


def test_what_the_dates_of_a_row_do_is_told_from_its_import_on_and_a_later_import_finds_nothing_altered(db, file):
    """Of an entry that began to end long ago nothing is told: its import did that."""

    def row(number: int, ends: date, **fields: str) -> dict:
        closed = {"source": "ofqual-compare", "status": "No longer available to new learners", "start_date": ""}
        return ROW | closed | {"source_id": str(number), "end_date": f"{ends:%m/%d/%Y} 12:00:00 AM +00:00"} | fields

    today = timezone.localdate()
    ends, later = today + timedelta(days=10), timezone.now() + timedelta(days=12)
    path = file(row(1, today - timedelta(days=4000)), row(2, ends))
    assert imports.run(path).created == 2
    assert journal.turn(today) == 0
    assert journal.turn(timezone.localdate(later), now=later) == 2
    told = Change.objects.by_date().values_list("effective_from", "changed_fields")
    assert list(told) == [(ends, ["status"]), (ends + timedelta(days=1), ["new_learners_may_start"])]
    again = imports.run(path, now=later)
    assert (again.unchanged, again.updated, again.rejected) == (2, 0, [])
    altered = imports.run(file(row(2, ends, title="Level 2 Certificate in Bookkeeping")), now=later)
    assert (altered.updated, altered.rejected) == (1, [])
