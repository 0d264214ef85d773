"""Whatever became public was decided by two people or more, or an exemption says what allowed less (section 4 of the domain).

There are three exceptions: an import, the correction of a typo, and a change of kind by law.
"""

import csv
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client

from credentials import imports, repairs
from credentials.imports.reading import COLUMNS
from credentials.models import Credential, ImportRun, TextRepair
from registry.casework import services as desk
from registry.models import Change, Decision, Exemption, Part
from tests.builders import document_of, make_listed, make_user
from tests.credentials import wrongs
from tests.desk import officer, words

ROW = {
    "source": "nzqa-ncea", "source_id": "91085", "kind": "qualification", "title": "Certificate in Music", "lang": "en",
    "awarding_body": "Music Board", "country": "NZ",
}  # fmt: skip
DAMAGED = ROW | {"source_id": "91086", "title": "TÃ¢tissier"}


@pytest.fixture
def file(tmp_path):
    def write(*rows: dict) -> Path:
        path = tmp_path / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            writer.writerows(rows or (ROW,))
        return path

    return write


def exemption_of(change: Change) -> Exemption | None:
    """By what a change became public that nobody decided: by its case, or by the act that it was recorded in."""
    if found := Exemption.objects.filter(case__reference=change.decision_number).first():
        return found
    return Exemption.objects.filter(case=None, recorded_at=change.recorded_at).first()


def decided_by_two(change: Change) -> bool:
    """Whether a decision stands behind a change, of which whoever decided it wrote, evaluated and recommended nothing."""
    decision = Decision.objects.filter(number=change.decision_number).first()
    if decision is None:
        return False
    parts = Part.objects.filter(case=decision.case)
    others = set(parts.exclude(part__in=("decided", "confirmed")).values_list("person", flat=True))
    return bool(others) and decision.decided_by_id not in others


def test_every_change_was_decided_by_two_people_or_has_its_exemption(db, file):
    imports.run(file(ROW, DAMAGED))
    rita = make_user("Rita", "registrar")
    repairs.accept(repair_ids=[TextRepair.objects.get(standing="offered").pk], by=rita)
    misspelt, by_law, mistake = (make_listed(title=title) for title in ("Scafolding", "Rope access", "Crane rigging"))
    correction = wrongs.correction(misspelt, rita, titles={"en": "Scaffolding"})
    law = wrongs.change_by_law(by_law, by=rita)
    for case in (correction, law):
        desk.complete(case_id=case.pk, by=rita)
    wrongs.confirmed(wrongs.proposed_removal(mistake.number))

    # The body that applied was put on the register by the test itself.
    changes = list(Change.objects.exclude(kind="provider", decision_number=None, reason="").order_by("serial"))
    unexplained = [c.serial for c in changes if not decided_by_two(c) and exemption_of(c) is None]
    assert unexplained == []
    grounds = {exemption_of(c).ground for c in changes if not decided_by_two(c)}
    assert grounds == {"import", "correction", "law"}
    assert {c.action for c in changes} == {"listed", "revised", "corrected", "withdrawn"}


def test_an_import_keeps_by_what_authority_it_was_made_public_and_of_which_file(db, file):
    report = imports.run(file(), authority="Agreement with the Music Board, clause 4")
    kept = Exemption.objects.get()
    assert (kept.ground, kept.instrument) == ("import", "Agreement with the Music Board, clause 4")
    assert kept.about == f"rows.csv, SHA-256 {report.run.sha256}" and kept.recorded_at == report.run.started_at
    assert (kept.case, kept.completed_by) == (None, None)


def test_the_command_takes_the_authority_and_says_the_usual_one_where_none_is_named(db, file):
    call_command("import_register", str(file()), authority="Order in Council 12", jobs=1)
    call_command("import_register", str(file(ROW | {"title": "Diploma in Music"})), jobs=1)
    assert list(Exemption.objects.values_list("instrument", flat=True)) == ["Order in Council 12", imports.AUTHORITY]


def test_a_rehearsal_needs_no_leave(db, file):
    imports.run(file(), dry_run=True)
    assert not Exemption.objects.exists()


def test_the_page_of_an_import_tells_its_authority(db, file):
    imports.run(file(), authority="Order in Council 12")
    run = ImportRun.objects.get()
    shown = officer("registrar").get(f"/admin/credentials/importrun/{run.pk}/change/").content.decode()
    assert "Order in Council 12" in words(shown)


def test_repairs_that_are_accepted_at_once_leave_one_exemption(db, file):
    imports.run(file(DAMAGED, DAMAGED | {"source_id": "91087", "title": "DIPLÔ\x94ME D'ÉTAT"}))
    rita = make_user("Rita", "registrar")
    offered = list(TextRepair.objects.filter(standing="offered").values_list("pk", flat=True))
    assert len(offered) == 2
    repairs.accept(repair_ids=offered, by=rita)
    kept = Exemption.objects.get(ground="correction")
    assert (kept.completed_by, kept.role, kept.instrument) == (rita, "registrar", repairs.DELEGATION)
    assert kept.about == "repairs of 2 damaged texts"


def test_an_exemption_is_never_altered(db, file):
    imports.run(file())
    with pytest.raises(DatabaseError), transaction.atomic():
        Exemption.objects.update(instrument="Another")


def test_a_correction_of_what_was_imported_stands_against_a_later_row_of_its_source(db, file):
    """The next file would bring the typo back: an officer decides what of its row holds."""
    imports.run(file(ROW | {"title": "Certifcate in Music"}))
    credential = Credential.objects.get(source_id="91085")
    case = wrongs.correction(credential, titles={"en": "Certificate in Music"})
    desk.complete(case_id=case.pk, by=case.officer)
    report = imports.run(file(ROW | {"title": "Certifcate in Music", "level_native": "3"}))
    assert report.refused_rows == 1
    assert document_of(credential.number)["title"] == "Certificate in Music"


def test_what_was_removed_is_not_brought_back_by_the_next_import(db, file):
    imports.run(file())
    number = Credential.objects.get(source_id="91085").number
    wrongs.confirmed(wrongs.proposed_removal(number))
    report = imports.run(file(ROW | {"title": "Certificate of Music"}))
    assert report.refused_rows == 1 and "withdrawn" in next(report.problems(1))["reason"]
    assert Client().get(f"/q/{number}").status_code == 410
