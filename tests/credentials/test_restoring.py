"""An exported register imported again: exactly as it was, resumable, and nothing of a bad file believed."""

import csv
import io
import random
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.range import DateRange

from credentials import imports, publishing, repairs
from credentials.demo.load import load
from credentials.imports import ImportRefused, documents, restoring
from credentials.imports.documents import BadDocument
from credentials.imports.exported_rows import keys_of, optional_keys_of
from credentials.models import Accreditation, Credential, Revision, TextRepair
from providers import publishing as provider_publishing
from providers.models import Provider
from registry import exports, journal
from registry.framework import current
from registry.models import Change, Entry, NumberSeries, Organisation
from registry.verification import differences
from tests.builders import DAY, DETAILED, document, make_provider, make_user, publish
from tests.conftest import clone, drop, point_at

DAYS = {"from": "2025-02-01", "until": "2025-03-31"}
FULL = document(
    title="=Certificate", titles={"en": "=Certificate", "mi": "Tiwhikete"}, purpose={"en": "Prepares\nplumbers."},
    alternative_titles=[{"language": "mi", "text": "Tiwhikete"}], level_native="Niveau 3", notional_hours="600.5",
    learning_outcomes=[{"number": 1, "text": {"en": "Mend a pipe."}}, {"number": 2, "text": {"en": "Lay one."}}],
    fields=[{"scheme": "isced-f-2013", "code": "0732", "label": "Building"}], delivery_modes=["online", "blended"],
    assessment={"en": "Observed."}, entry_requirements={"en": "None."}, last_new_enrolment="2026-01-01",
    expiring_from="2026-01-01", expiry_end="2027-12-31", suspensions=[DAYS, {"from": "2025-05-01", "until": None}],
    review_period_months=24, review_due="2028-01-01",
    decisions=[{"number": "D-1", "matter": "listing", "outcome": "approved", "date": "2020-01-01"}],
    identifiers=[{"scheme": "ofqual", "value": "1"}, {"scheme": "rncp", "value": "2"}],
    source={"name": "ofqual", "id": "1", "url": "https://example.org", "facts": {"word": "Approved"}}, gaps=["purpose"],
)  # fmt: skip


@pytest.fixture(scope="module")
def exported(django_db_setup, django_db_blocker, tmp_path_factory):
    """A register with a history of every sort, exported: the folder, and its changes and entries as the database had them."""
    out = tmp_path_factory.mktemp("export")
    with django_db_blocker.unblock():
        mine = connection.settings_dict["NAME"]
        clone(f"{mine}_exported")
        point_at(f"{mine}_exported")
        try:
            load(out / "home")
            live()
            exports.export(out)
            kept = table("change"), table("entry")
        finally:
            point_at(mine)
            drop(f"{mine}_exported")
    return out, *kept


def live() -> None:
    """What happens to the demo register afterwards: revisions, a correction, a mistake withdrawn, a kind changed by law, links, a
    suspension."""
    for title in ("First revision", "Second revision"):
        with transaction.atomic():
            revise(Credential.objects.get(number="NQ-000001"), title)
    with transaction.atomic():
        revise(Credential.objects.exclude(number=None).latest("number"), "A correction", action="corrected")
    mistake = publish(title="Listed by mistake").number
    publish(number=mistake, title="Revised by mistake")
    provider = Provider.objects.order_by("pk").first()
    lead = [{"number": provider.number, "role": "awarding", "lead": True}]
    whole = publish(**FULL | {"providers": lead}).number
    publish(title="Part", kind="part_qualification", part_of=[whole], counts_towards=["NQ-000001"], providers=lead)
    everything = document(title="Everything", counts_towards=["NQ-000001"], providers=lead) | DETAILED
    with transaction.atomic():
        journal.publish(everything, effective_from=DAY)
    with transaction.atomic():
        journal.publish(provider_document(provider), effective_from=DAY)
        journal.withdraw(mistake, effective_from=DAY, decision_number=None, reason="Listed twice.")
    publish(title="After the mistake")
    by_law = publish(title="Another kind by law", kind="micro_credential", providers=lead).number
    publish(number=by_law, title="Another kind by law", kind="qualification", providers=lead)
    come_to_an_end(lead)


def come_to_an_end(lead: list[dict]) -> None:
    """An entry of a coming day begins to end, and has ended: its dates tell so, and there is one that they will tell yet."""
    now = timezone.now()
    soon, later, last = (current.today() + timedelta(days=n) for n in (3, 9, 700))
    ending = publish(
        title="Coming to an end", providers=lead, expiring_from=soon.isoformat(), expiry_end=last.isoformat(),
        last_new_enrolment=later.isoformat(), suspensions=[],
    ).number  # fmt: skip
    journal.turn(later + timedelta(days=1), now=now + timedelta(days=12))
    told = Change.objects.by_date().filter(number=ending).values_list("effective_from", flat=True)
    assert list(told) == [soon, later + timedelta(days=1)] and Entry.objects.get(number=ending).turns_on > last


def provider_document(provider: Provider) -> dict:
    return {
        **provider_publishing.document(provider),
        "suspensions": [DAYS],
        "title": "New name",
        "titles": {"en": "New name"},
    }


def revise(credential: Credential, title: str, action: str | None = None) -> None:
    revision = credential.revisions.latest_public()
    revision.title = title
    journal.publish(publishing.credential_document(credential, revision), effective_from=DAY, action=action)


def table(name: str) -> list[dict]:
    columns = journal.CHANGE_COLUMNS if name == "change" else journal.ENTRY_COLUMNS
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(columns)} from registry_{name} order by 1")
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def contents() -> dict[str, bytes]:
    return {e.number: bytes(e.document) for e in Entry.objects.readable()}


def file(folder: Path, lines: list[bytes], name: str = "part.jsonl") -> Path:
    (folder / name).write_bytes(b"".join(lines))
    return folder / name


def history(exported) -> list[bytes]:
    return (exported[0] / exports.HISTORY).read_bytes().splitlines(keepends=True)


def rows(exported) -> list[dict]:
    return list(csv.DictReader(io.StringIO((exported[0] / exports.ROWS).read_text(encoding="utf-8"), newline="")))


def rows_file(folder: Path, rows_: list[dict], delimiter: str = ",") -> Path:
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows_[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows_)
    return folder / "rows.csv"


# -- the whole history -------------------------------------------------------------------------------------------------


def test_a_history_restores_every_change_and_entry_exactly(exported, db, tmp_path):
    out, changes, entries = exported
    report = imports.run(out / exports.HISTORY)
    assert (report.read, report.rejected) == (len(changes), [])
    withdrawn = {e["number"] for e in entries if e["withdrawn_on"]}
    assert withdrawn
    for was, here in zip(changes, table("change"), strict=True):
        assert here == was | ({"document": None} if was["number"] in withdrawn else {})
    of_the_content = {"title", "language", "level", "credits", "document", "document_sha256", "listed_on"}
    for was, here in zip(entries, table("entry"), strict=True):
        differing = {name for name in was if was[name] != here[name]}
        assert differing == set() or (was["number"] in withdrawn and differing <= of_the_content)
    assert list(differences()) == []


def test_a_restored_register_exports_the_very_same_files(exported, committing_db, tmp_path):
    imports.run(exported[0] / exports.HISTORY)
    exports.export(tmp_path)
    for name in (exports.HISTORY, exports.ROWS, exports.MANIFEST, exports.SUMS):
        assert (tmp_path / name).read_bytes() == (exported[0] / name).read_bytes(), name


def test_the_next_number_is_beyond_every_restored_one(exported, db):
    imports.run(exported[0] / exports.HISTORY)
    highest = Entry.objects.credentials().order_by("number").last().number
    assert publish(title="New").number > highest
    assert NumberSeries.objects.get(prefix="AC").last == Entry.objects.accreditations().count()


def test_the_desk_has_records_that_would_publish_what_is_public(exported, db):
    """Officers go on working: every record published again changes nothing, and every revision is there."""
    imports.run(exported[0] / exports.HISTORY)
    assert_the_desk_would_publish_what_is_public()
    first = Credential.objects.get(number="NQ-000001")
    assert list(first.revisions.order_by("number").values_list("number", "title"))[1:] == [
        (2, "First revision"), (3, "Second revision"),
    ]  # fmt: skip
    assert first.import_serial is None, "no import has brought it"
    assert Organisation.objects.count() == Provider.objects.count() == Entry.objects.providers().count()


def assert_the_desk_would_publish_what_is_public() -> None:
    for entry in Entry.objects.readable():
        assert orjson.dumps(of_the_desk(entry), option=orjson.OPT_SORT_KEYS) == bytes(entry.document)


def of_the_desk(entry: Entry) -> dict:
    """What the desk's record of an entry would publish; decisions that no record keeps are taken from the entry."""
    said = orjson.loads(bytes(entry.document))
    if entry.kind == "provider":
        made = provider_publishing.document(Provider.objects.get(number=entry.number))
    elif entry.kind == "accreditation":
        row = Accreditation.objects.get(number=entry.number)
        made = publishing.accreditation_document(row, decisions=said["decisions"])
    else:
        credential = Credential.objects.get(number=entry.number)
        latest = credential.revisions.public().filter(number=entry.revision).last()
        made = publishing.credential_document(credential, latest)
    return made | {"revision": entry.revision}


def test_a_withdrawn_listing_has_no_record_at_the_desk(exported, db):
    imports.run(exported[0] / exports.HISTORY)
    tombstone = Entry.objects.exclude(withdrawn_on=None).get()
    assert (tombstone.title, tombstone.withdrawn_on) == ("", DAY)
    assert not Credential.objects.filter(number=tombstone.number).exists()


def test_restoring_twice_changes_nothing(exported, db):
    imports.run(exported[0] / exports.HISTORY)
    before = table("change"), table("entry"), Revision.objects.count()
    again = imports.run(exported[0] / exports.HISTORY)
    assert (again.created, again.updated, again.unchanged) == (0, 0, again.read)
    assert (table("change"), table("entry"), Revision.objects.count()) == before


@pytest.mark.parametrize("seed", range(3))
def test_a_restore_that_was_interrupted_anywhere_is_resumed(exported, committing_db, tmp_path, monkeypatch, seed):
    monkeypatch.setattr(restoring, "BATCH", 7)
    lines = history(exported)
    cut = random.Random(seed).randrange(1, len(lines))

    class Killed(BaseException):
        pass

    def kill_at(serials):
        save = restoring.Desk.save

        def dying(desk):
            save(desk)
            if journal.head() >= serials:
                raise Killed

        return dying

    with monkeypatch.context() as patch:
        patch.setattr(restoring.Desk, "save", kill_at(cut))
        with pytest.raises(Killed):
            imports.run(exported[0] / exports.HISTORY)
    assert journal.head() < len(lines)
    report = imports.run(exported[0] / exports.HISTORY)
    assert report.unchanged == len(lines) - report.created - report.updated
    exports.export(tmp_path)
    assert (tmp_path / exports.HISTORY).read_bytes() == b"".join(lines)
    assert list(differences()) == []
    assert_the_desk_would_publish_what_is_public()


def test_what_dates_do_is_not_added_to_a_history_of_which_more_may_come(exported, db, tmp_path):
    """Its next part tells the same: what the daily run added meanwhile would make it the history of another register."""
    lines = history(exported)
    told = next(n for n, line in enumerate(lines) if b'"action":"status"' in line)
    late = timezone.now() + timedelta(days=20)
    imports.run(file(tmp_path, lines[:told]), now=late)
    assert Entry.objects.turning(current.today(late)).exists()
    assert journal.turn(current.today(late), now=late + timedelta(hours=20)) == 0
    assert imports.run(exported[0] / exports.HISTORY, now=late).rejected == []
    assert [change["hash"] for change in table("change")] == [change["hash"] for change in exported[1]]


def test_a_restored_register_tells_what_dates_do_once_it_goes_on_by_itself(exported, db, tmp_path):
    lines = history(exported)
    told = next(n for n, line in enumerate(lines) if b'"action":"status"' in line)
    late = timezone.now() + timedelta(days=20)
    imports.run(file(tmp_path, lines[:told]), now=late)
    day = current.today(late)
    with transaction.atomic():
        assert journal.turn(day, now=late + timedelta(days=3)) == 2
        transaction.set_rollback(True)
    publish(title="Somebody decided on it")
    assert journal.turn(day, now=late) == 2


def test_a_later_export_of_the_same_register_continues_an_earlier_one(exported, db, tmp_path):
    lines = history(exported)
    imports.run(file(tmp_path, lines[:20]))
    assert journal.head() == 20
    report = imports.run(exported[0] / exports.HISTORY)
    assert (report.unchanged, journal.head()) == (20, len(lines))
    assert list(differences()) == []


def test_the_history_of_another_register_is_refused_as_a_whole(exported, db):
    publish(title="Here already")
    with pytest.raises(ImportRefused, match=r"another register: the change of serial 1 is not the one here"):
        imports.run(exported[0] / exports.HISTORY)
    assert (journal.head(), Credential.objects.count()) == (1, 0)


def test_a_history_without_its_beginning_is_refused_as_a_whole(exported, db, tmp_path):
    with pytest.raises(ImportRefused, match="begins at serial 5 and does not continue this register, which is at 0"):
        imports.run(file(tmp_path, history(exported)[4:]))
    assert journal.head() == 0


def test_a_register_that_has_gone_on_is_not_the_one_of_a_longer_history(exported, db, tmp_path):
    lines = history(exported)
    imports.run(file(tmp_path, lines[:20]))
    publish(title="Since then")
    with pytest.raises(ImportRefused, match="serial 21 is not the one here"):
        imports.run(exported[0] / exports.HISTORY)
    assert journal.head() == 21


def changed(line: bytes, **fields) -> bytes:
    return orjson.dumps(orjson.loads(line) | fields) + b"\n"


@pytest.mark.parametrize(
    ("damage", "field", "reason"),
    [
        (lambda line: line.replace(b'"document":{', b'"document":{"x":1,', 1), "document", "not the one that was hashed"),
        (lambda line: changed(line, reason="Nobody decided it."), "hash", "its hash is not that of its record"),
        (lambda line: changed(line, recorded_at="2020-01-01T00:00:00+00:00"), "hash", "hash"),
        (lambda line: changed(line, recorded_at="2020-01-01T00:00:00"), "recorded_at", "time zone"),
        (lambda line: changed(line, effective_from="20200101"), "effective_from", "not written as a register writes it"),
        (lambda line: changed(line, effective_from="2020-02-30"), "effective_from", "not a date"),
        (lambda line: changed(line, serial=9), "serial", "Serial 8 is expected here, not 9"),
        (lambda line: changed(line, serial="8"), "serial", "not a whole number"),
        (lambda line: changed(line, revision=True), "revision", "not a whole number"),
        (lambda line: changed(line, revision=0), "revision", "not the number of a revision"),
        (lambda line: changed(line, kind="diploma"), "kind", "'diploma' is not a known kind"),
        (lambda line: changed(line, action="burnt"), "action", "'burnt' is not a known action"),
        (lambda line: changed(line, number="N" * 21), "number", "longer than 20"),
        (lambda line: changed(line, changed_fields=[1]), "changed_fields", "something else than text"),
        (lambda line: changed(line, reason="NUL\x00"), "reason", "NUL byte"),
        (lambda line: changed(line, document=None), "document", "is missing, and PR-000008 is never withdrawn"),
        (lambda line: changed(line, document=[]), "document", "not an object or null"),
        (lambda line: changed(line, note="x"), "note", "nothing that a change has"),
        (lambda line: changed(line, document_sha256="x"), "document_sha256", "hexadecimal"),
        (lambda line: b"{}\n", "serial", "lacks serial"),
        (lambda line: b"[1]\n", "", "one JSON object"),
        (lambda line: line[:40] + b"\n", "", "not JSON"),
        (lambda line: line.replace(b'"title":"', b'"title":"\xff', 1), "", "not JSON"),
        (lambda line: line.replace(b'"title":"', b'"title":"\\ud800', 1), "", "not JSON"),
        (lambda line: line.replace(b"{", b"[" * 2000, 1), "", "not JSON"),
        (lambda line: line.replace(b'"document":{', b'"document":{"x":' + b"[" * 300 + b"]" * 300 + b",", 1), "document",
         "nested too deeply"),
    ],
)  # fmt: skip
def test_a_broken_line_stops_the_restore_there_and_all_before_it_has_landed(
    exported, db, tmp_path, damage, field, reason
):
    lines = history(exported)
    report = imports.run(file(tmp_path, [*lines[:7], damage(lines[7]), *lines[8:]]))
    assert [(r["line"], r["field"]) for r in report.rejected] == [(8, field)]
    assert reason in report.rejected[0]["reason"]
    assert "what comes after cannot follow" in report.rejected[0]["reason"]
    assert journal.head() == 7
    assert list(differences()) == []
    assert imports.run(exported[0] / exports.HISTORY).rejected == [], "the whole file heals it"


def test_a_forged_history_that_agrees_with_itself_is_still_checked(db, tmp_path):
    """Hashes that are right do not make a document that the desk and the columns cannot hold."""
    from registry.canonical import GENESIS, canonical, chained
    from registry.restoring import RECORD

    body = document(number="NQ-000001", revision=1, credits="a lot")
    change = {
        "serial": 1, "number": "NQ-000001", "kind": "qualification", "action": "listed", "revision": 1,
        "changed_fields": [], "effective_from": DAY, "recorded_at": transaction_now(), "decision_number": None,
        "reason": "", "document": canonical(body),
    }  # fmt: skip
    record = journal.recorded(change)
    assert record.keys() == RECORD.keys()
    line = record | {"hash": chained(GENESIS, canonical(record)).hex(), "document": body}
    report = imports.run(file(tmp_path, [orjson.dumps(line)]))
    assert [(r["line"], r["field"]) for r in report.rejected] == [(1, "document")]
    assert journal.head() == 0


def transaction_now():
    from django.utils import timezone

    return timezone.now()


def test_a_change_that_the_database_refuses_takes_none_before_it_along(exported, db, monkeypatch):
    from django.db import IntegrityError

    save = restoring.Desk.save

    def refusing(desk):
        save(desk)
        if journal.head() >= 12:
            raise IntegrityError("no such thing")

    monkeypatch.setattr(restoring.Desk, "save", refusing)
    report = imports.run(exported[0] / exports.HISTORY)
    assert [(r["line"], r["reason"]) for r in report.rejected] == [(12, report.rejected[0]["reason"])]
    assert journal.head() == 11


def test_a_rehearsal_of_a_history_names_its_entries_and_changes_nothing(exported, committing_db):
    lines = history(exported)
    report = imports.run(exported[0] / exports.HISTORY, dry_run=True)
    assert report.created + report.updated == len(lines)
    assert [d["number"] for d in report.differences()] == [orjson.loads(line)["number"] for line in lines]
    assert (journal.head(), Provider.objects.count(), NumberSeries.objects.count()) == (0, 0, 0)


def test_verification_misses_a_document_only_of_a_withdrawn_listing(exported, committing_db):
    """Taking away the document of a listing that stands is found; only the owner with the triggers off could do it."""
    from tests.conftest import owner_of

    imports.run(exported[0] / exports.HISTORY)
    number = Entry.objects.readable().order_by("number").first().number
    with owner_of(committing_db) as owner:
        owner.execute("alter table registry_change disable trigger all")
        owner.execute("update registry_change set document = null where number = %s", [number])
    found = list(differences())
    assert [f for f in found if "columns or document differ from the record" in f]


# -- the current rows --------------------------------------------------------------------------------------------------


def test_rows_restore_every_current_document_under_its_number_and_revision(exported, db):
    report = imports.run(exported[0] / exports.ROWS)
    readable = {e["number"]: bytes(e["document"]) for e in exported[2] if not e["withdrawn_on"]}
    assert (report.rejected, report.created) == ([], len(readable))
    assert contents() == readable
    assert list(differences()) == []
    assert_the_desk_would_publish_what_is_public()
    assert publish(title="New").number > max(n for n in readable if n.startswith("NQ"))


def test_restoring_rows_twice_changes_nothing(exported, db):
    imports.run(exported[0] / exports.ROWS)
    before = journal.head(), table("entry")
    again = imports.run(exported[0] / exports.ROWS)
    assert (again.created, again.updated, again.unchanged) == (0, 0, again.read)
    assert (journal.head(), table("entry")) == before


def test_rows_that_went_through_a_spreadsheet_are_the_same(exported, db, tmp_path):
    """Semicolons, capitals for true and false, rows in another order, empty lines: nothing of it is content."""
    altered = [r | {n: r[n].upper() for n in ("may_deliver", "unverified", "closed_undated")} for r in rows(exported)]
    path = rows_file(tmp_path, altered[::-1], delimiter=";")
    path.write_text("\ufeff" + path.read_text(encoding="utf-8") + "\r\n;;;\r\n", encoding="utf-8")
    report = imports.run(path)
    assert report.rejected == []
    assert len(contents()) == report.created == len(rows(exported))


def test_a_changed_row_is_a_revision_of_the_next_number(exported, db, tmp_path):
    imports.run(exported[0] / exports.ROWS)
    altered = rows(exported)
    assert altered[0]["number"] == "AC-000001"
    row = next(r for r in altered if r["number"] == "NQ-000001")
    row |= {"title": "Fourth", "titles": '{"en":"Fourth"}', "part_of": '["NQ-000002"]'}
    report = imports.run(rows_file(tmp_path, altered))
    assert (report.updated, report.unchanged) == (1, len(altered) - 1)
    entry = Entry.objects.get(number="NQ-000001")
    assert (entry.title, entry.revision) == ("Fourth", 4)
    credential = Credential.objects.get(number="NQ-000001")
    assert list(credential.revisions.values_list("number", flat=True).order_by("number")) == [3, 4]
    assert [link.target.number for link in credential.leads_to.all()] == ["NQ-000002"]


def test_a_rehearsal_of_rows_tells_what_would_change(exported, committing_db, tmp_path):
    imports.run(exported[0] / exports.ROWS)
    altered = rows(exported)
    next(r for r in altered if r["number"] == "NQ-000001")["level"] = "9"
    head = journal.head()
    report = imports.run(rows_file(tmp_path, altered), dry_run=True)
    found = [(d["number"], d["fields"]) for d in report.differences()]
    assert found == [("NQ-000001", {"level": [rows(exported)[row_of(exported, "NQ-000001")]["level"], "9"]})]
    assert journal.head() == head


def row_of(exported, number: str) -> int:
    return next(place for place, row in enumerate(rows(exported)) if row["number"] == number)


def test_a_rehearsal_of_rows_into_an_empty_register_finds_no_fault(exported, committing_db):
    report = imports.run(exported[0] / exports.ROWS, dry_run=True)
    assert (report.created, report.rejected) == (len(rows(exported)), [])
    assert (journal.head(), Provider.objects.count(), NumberSeries.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"credits": "sixty"}, "credits", "not a number"),
        ({"credits": "60.0"}, "credits", "would be published as '60'"),
        ({"listed_on": "31/12/2020"}, "listed_on", "not a date"),
        ({"purpose": "{broken"}, "purpose", "not JSON"),
        ({"purpose": '["x"]'}, "purpose", "not an object"),
        ({"purpose": '"x"'}, "purpose", "neither a list nor an object"),
        ({"purpose": '{"en":' + "[" * 300 + "]" * 300 + "}"}, "purpose", "nested too deeply"),
        ({"purpose": "[" * 2000}, "purpose", "not JSON"),
        ({"closed_undated": "maybe"}, "closed_undated", "not true or false"),
        ({"review_period_months": "1.5"}, "review_period_months", "not a whole number"),
        ({"review_period_months": "9999999999"}, "review_period_months", "too large"),
        ({"revision": "0"}, "revision", "not the number of a revision"),
        ({"number": "nq1"}, "number", "not a register number"),
        ({"number": "PR-000099"}, "number", "not a register number of this kind"),
        ({"kind": "diploma"}, "kind", "not a kind of entry"),
        ({"title": ""}, "title", "no title"),
        ({"title": "NUL\x00"}, "title", "NUL byte"),
        ({"level": "x" * 21}, "level", "longer than 20"),
        ({"website": "https://example.org"}, "website", "Only other kinds"),
        ({"suspensions": '[{"from":"2026-02-01","until":"2026-01-01"}]'}, "suspensions", "before it begins"),
        ({"learning_outcomes": '[{"number":7,"text":{"en":"x"}}]'}, "learning_outcomes", "would be published as"),
        ({"providers": '[{"number":"PR-009999","role":"awarding","lead":true}]'}, "providers", "PR-009999 is neither"),
        ({"part_of": '["NQ-009999"]'}, "part_of", "NQ-009999 is neither"),
        ({"identifiers": '[{"scheme":"x","value":"1"}]', "source": '{"name":"ofqual","id":"1","url":null,"facts":{}}'},
         "identifiers", "would be published as"),
        ({"identifiers": '[{"scheme":"ofqual","value":"1"}]',
          "source": '{"name":"ofqual","id":"1","url":null,"facts":{}}'}, "source", "1 of ofqual is"),
    ],
)  # fmt: skip
def test_a_bad_row_is_reported_by_line_and_field_and_the_rest_lands(exported, db, tmp_path, change, field, reason):
    altered = rows(exported)
    place = row_of(exported, "NQ-000010")
    altered = [*altered[:place], *altered[place + 1 :], altered[place] | change]
    line = 2 + sum(1 + "".join(row.values()).count("\n") for row in altered[:-1])
    report = imports.run(rows_file(tmp_path, altered))
    mine = [r for r in report.rejected if r["line"] == line]
    assert [r["field"] for r in mine] == [field], report.rejected
    assert reason in mine[0]["reason"]
    others = [r for r in report.rejected if r["line"] != line]
    assert all("NQ-000010 is neither" in r["reason"] for r in others), "what names it cannot land either"
    assert report.created == len(altered) - 1 - len(others)


def test_a_row_about_a_withdrawn_number_or_another_kind_is_refused(exported, db, tmp_path):
    imports.run(exported[0] / exports.HISTORY)
    gone = Entry.objects.exclude(withdrawn_on=None).get().number
    plain = rows(exported)[row_of(exported, "NQ-000001")]
    report = imports.run(rows_file(tmp_path, [plain | {"number": gone}, plain | {"kind": "part_qualification"}]))
    assert [(r["line"], r["field"]) for r in report.rejected] == [(2, "number"), (3, "kind")]
    assert "was withdrawn" in report.rejected[0]["reason"] and "change of kind" in report.rejected[1]["reason"]


def test_a_number_that_stands_twice_lands_once(exported, db, tmp_path):
    provider = rows(exported)[row_of(exported, "PR-000001")]
    report = imports.run(rows_file(tmp_path, [provider, provider | {"title": "Other"}]))
    assert [(r["line"], r["field"]) for r in report.rejected] == [(3, "number")]
    assert Entry.objects.get().title == provider["title"].removeprefix("'")


def test_a_quotation_mark_that_is_never_closed_costs_one_row(exported, db, tmp_path):
    providers = [r for r in rows(exported) if r["kind"] == "provider"]
    path = rows_file(tmp_path, providers)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[2] = lines[2].replace(",", ',"', 3)
    path.write_text("".join(lines), encoding="utf-8")
    report = imports.run(path)
    assert [r["line"] for r in report.rejected] == [3]
    assert report.created == len(providers) - 1


def test_rows_without_a_column_are_refused_as_a_whole(exported, db, tmp_path):
    shorter = [{k: v for k, v in row.items() if k != "level"} for row in rows(exported)]
    with pytest.raises(ImportRefused, match="lacks level"):
        imports.run(rows_file(tmp_path, shorter))
    assert journal.head() == 0


def test_a_row_may_name_one_that_stands_further_down(committing_db, tmp_path):
    publish(title="Whole")
    exports.export(tmp_path)
    whole = next(csv.DictReader((tmp_path / exports.ROWS).open(encoding="utf-8", newline="")))
    part = whole | {"number": "NQ-000007", "kind": "part_qualification", "part_of": '["NQ-000008"]', "title": "Part",
                    "titles": '{"en":"Part"}'}  # fmt: skip
    report = imports.run(rows_file(tmp_path, [part, whole | {"number": "NQ-000008"}]))
    assert (report.created, report.rejected) == (2, [])
    assert [link.target.number for link in Credential.objects.get(number="NQ-000007").leads_to.all()] == ["NQ-000008"]


# -- documents and records ---------------------------------------------------------------------------------------------


def assert_comes_back(said: dict) -> None:
    said = {"number": "NQ-000001", "revision": 1} | {k: v for k, v in said.items() if v is not None or k != "number"}
    made = documents.check(said)
    again = documents.published(made, said["decisions"]) | {"revision": made.revision}
    assert orjson.dumps(again, option=orjson.OPT_SORT_KEYS) == orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def test_every_document_of_the_demo_register_comes_back_from_its_records(exported):
    for entry in exported[2]:
        if not entry["withdrawn_on"]:
            assert_comes_back(orjson.loads(bytes(entry["document"])))


def test_a_document_with_every_field_filled_comes_back_from_its_records():
    lead = [
        {"number": "PR-000001", "role": "awarding", "lead": True},
        {"number": "PR-000002", "role": "developer", "lead": False},
    ]
    full = FULL | {"providers": lead, "part_of": ["NQ-000002"], "counts_towards": ["NQ-000003"], "closed_undated": True}
    full |= DETAILED | {"counts_towards": ["NQ-000001"], "part_of": []}
    assert [name for name, value in full.items() if not value and name not in ("number", "part_of")] == []
    assert full.keys() | {"number"} == keys_of("qualification") | optional_keys_of("qualification")
    assert_comes_back(full)


def test_a_provider_with_every_field_filled_comes_back_from_its_record(db):
    provider = make_provider(
        titles={"en": "Harbour", "mi": "Te Whanga"}, website="https://example.org", country="NZ", region="Ōtākou",
        may_deliver=False, ended_on=date(2026, 1, 1), ended_as="merged", other_names=["Harbour Tech"],
        suspensions=[DateRange(date(2025, 1, 1), date(2025, 2, 1), "[)")], gaps=["type"],
        former_names=[{"name": "Old", "until": "1999-12-31"}], source="ofqual-org", source_id="RN1",
        source_facts={"a": "b"}, source_url="https://example.org", decisions=[{"number": "D-1"}],
    )  # fmt: skip
    said = provider_publishing.document(provider)
    assert [name for name, value in said.items() if not value] == ["may_deliver", "unverified"]
    assert_comes_back(said)


def test_a_document_that_the_desk_cannot_hold_is_told_by_its_field():
    with pytest.raises(BadDocument, match="providers"):
        documents.check(
            FULL | {"number": "NQ-000001", "revision": 1, "providers": [{"number": "PR-000001", "role": "x"}]}
        )


# -- telling the files apart -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", None),
        (b"\n\n", None),
        (b'{"source":"x","source_id":"1"}\n', None),
        (b"[1]", None),
        (b'\n{"serial":1,"hash":"","document":null}', "history"),
        (b"source,source_id,kind,title\n", None),
        (b"number,kind,revision,title\n", "rows"),
        (b"number;kind;revision;title\n", "rows"),
        (b"\xff\xfe\x00", None),
        (b'"', None),
    ],
)
def test_an_export_is_told_from_other_files(tmp_path, content, kind):
    (tmp_path / "file").write_bytes(content)
    assert restoring.recognises(tmp_path / "file", "utf-8") == kind


def test_the_exported_files_are_recognised(exported):
    assert restoring.recognises(exported[0] / exports.HISTORY, "utf-8") == "history"
    assert restoring.recognises(exported[0] / exports.ROWS, "utf-8") == "rows"


def test_changes_are_restored_in_a_transaction_only(committing_db):
    from registry.errors import RegisterError
    from registry.restoring import restore_changes

    with pytest.raises(RegisterError, match="transaction"):
        restore_changes([], withdrawn={})
    assert Change.objects.count() == 0


def test_a_restored_register_still_knows_its_legacy_rows_and_what_was_decided_since(committing_db, tmp_path):
    """Rows land, a text is repaired, an officer alters an entry; restored elsewhere, the same rows undo none of that."""
    legacy = tmp_path / "legacy.csv"
    legacy.write_text(
        "source,source_id,kind,title,status,level_native\n"
        "plain,1,qualification,Use M?ori,current,3\nplain,2,qualification,Weaving,current,3\n"
        "plain,3,qualification,Carving,current,3\n",
        encoding="utf-8",
    )
    imports.run(legacy)
    repairs.accept(repair_ids=[TextRepair.objects.get().pk], by=make_user("Grace", "registrar"), text="Use Māori")
    altered = Entry.objects.get(title="Weaving")
    with transaction.atomic():
        journal.publish(
            orjson.loads(bytes(altered.document)) | {"title": "Weaving, as decided"},
            effective_from=DAY, decision_number="D-2026-000009",
        )  # fmt: skip
    exports.export(tmp_path)
    mine = connection.settings_dict["NAME"]
    clone(f"{mine}_again")
    point_at(f"{mine}_again")
    try:
        imports.run(tmp_path / exports.HISTORY)
        head = journal.head()
        legacy.write_text(legacy.read_text(encoding="utf-8").replace("M?ori", "Māori"), encoding="utf-8")
        report = imports.run(legacy)
        assert (report.unchanged, report.updated, report.created, journal.head()) == (2, 0, 0, head)
        assert [(r["line"], "altered at the register" in r["reason"]) for r in report.rejected] == [(3, True)]
    finally:
        point_at(mine)
        drop(f"{mine}_again")
