"""Legacy rows into the register: read, staged, checked, and landed in batches; every other row is reported."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from credentials import repairs
from credentials.imports import restoring, staging
from credentials.imports.landing import Landing, landed_elsewhere
from credentials.imports.reading import COLUMNS, ImportRefused, LegacyFile, Text, examine
from credentials.imports.report import Report
from credentials.imports.staging import Stretch
from credentials.models import ImportRun
from registry import processes
from registry.models import Exemption

__all__ = ["AUTHORITY", "COLUMNS", "ImportRefused", "Report", "allowed_by", "run"]

IMPORT_LOCK = 7_301_004
# By what an import makes public what another register decided, where nobody names the agreement or the law itself.
AUTHORITY = "The authority takes over what another register has decided, as it stands there."
# Batches: fewer are landed before another process has even started.
WORTH_PROCESSES = 8
Progress = Callable[[str, int, int], None]


def run(
    path: Path,
    *,
    dry_run: bool = False,
    now: datetime | None = None,
    progress: Progress = lambda what, done, total: None,
    patience: float = 10.0,
    jobs: int = 1,
    authority: str = AUTHORITY,
) -> Report:
    """Load a file: legacy rows (CSV, JSON Lines) or an export of a register. Twice is as once.

    Interrupted at any point it can be run again: what has landed is recognised by source and source id. A rehearsal
    (`dry_run`) changes nothing and keeps the differences that the import would make. `progress` hears what is being done,
    how far it is and out of how much. With `jobs` over 1 a long file is landed by so many processes.

    `authority` is the rule, law or agreement by which nobody decides it again: it is kept with the digest of the file, as
    an exemption from four eyes. Raises ImportRefused where the file is none that can be imported, or where another import
    still runs after `patience` seconds.
    """
    now = now or timezone.now()
    text = examine(path)
    with _only_import(patience):
        report = Report(_begin(path, text, dry_run, now, authority.strip() or AUTHORITY))
        try:
            kind = restoring.recognises(path, text.encoding)
            if kind:
                restoring.restore(
                    path, text.encoding, kind, report, dry_run=dry_run, now=now,
                    progress=lambda done: progress("restoring", done, text.size),
                )  # fmt: skip
            else:
                _land(path, text, report, dry_run=dry_run, now=now, progress=progress, jobs=jobs)
        except ImportRefused:
            report.end(ImportRun.Outcome.REFUSED)
            raise
        report.end(ImportRun.Outcome.FINISHED)
    return report


def _land(
    path: Path, text: Text, report: Report, *, dry_run: bool, now: datetime, progress: Progress, jobs: int
) -> None:
    """Stage every row, leave out what is known, and land the rest."""
    landing = Landing(report, report.run.pk, now, dry_run)
    file = LegacyFile(path, text.encoding)
    staging.stage(file, report, lambda done: progress("reading", done, text.size))
    staging.settle_repeats(report, landing.refuses)
    report.unchanged += staging.leave_out_unchanged()
    report.flush()
    waiting = staging.stretches()
    total, done = sum(stretch.rows for stretch in waiting), 0
    for stretch in _landed(waiting, landing, jobs):
        report.flush()
        done += stretch.rows
        progress("landing", done, total)
    staging.clear()
    if not dry_run:
        repairs.suggest_lost_letters()


def _landed(waiting: list[Stretch], landing: Landing, jobs: int) -> Iterator[Stretch]:
    """Land each batch, here or side by side in processes of their own; each is named once it has landed.

    Most of a batch's work is making its documents, which processes do at the same time; publishing them waits for the
    journal's lock, one batch after another. Providers have all landed before the first credential is.
    """
    if jobs == 1 or len(waiting) < WORTH_PROCESSES:
        for stretch in waiting:
            landing.land(stretch)
            yield stretch
        return
    elsewhere = partial(landed_elsewhere, run_id=landing.run_id, now=landing.now, dry_run=landing.dry_run)
    with processes.pool(jobs) as workers:
        for _, batches in groupby(waiting, key=lambda stretch: stretch.provider):
            some = list(batches)
            for stretch, tally in zip(some, workers.map(elsewhere, some), strict=True):
                landing.report.absorb(tally)
                yield stretch


def _begin(path: Path, text: Text, dry_run: bool, now: datetime, authority: str) -> ImportRun:
    """A new run, with what allows it before anything of it lands; a rehearsal needs no leave.

    One that is still said to run was interrupted: nobody else holds the import's lock.
    """
    ImportRun.objects.filter(outcome=ImportRun.Outcome.RUNNING).update(outcome=ImportRun.Outcome.INTERRUPTED)
    run = ImportRun(
        file_name=path.name[:300], sha256=text.sha256, encoding=text.encoding, dry_run=dry_run, started_at=now
    )
    with transaction.atomic():
        run.save()
        if not dry_run:
            Exemption.objects.create(
                ground=Exemption.Ground.IMPORT, instrument=authority, about=about(run), recorded_at=now
            )
    return run


def about(run: ImportRun) -> str:
    """What the exemption of a run says of its file: its name, and its digest."""
    return f"{run.file_name}, SHA-256 {run.sha256}"


def allowed_by(run: ImportRun) -> str:
    """By what authority a run made public what it did; nothing for a rehearsal, and for one of older days."""
    given = Exemption.objects.filter(ground=Exemption.Ground.IMPORT, about=about(run), recorded_at=run.started_at)
    return given.values_list("instrument", flat=True).first() or ""


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [IMPORT_LOCK])
        return cursor.fetchone()[0]


@contextmanager
def _only_import(patience: float):
    """One import at a time: the staging is one, and two would race for the same rows. The lock ends with the session.

    The server takes a moment to notice that the session of a killed import is gone: `patience` is in seconds.
    """
    until = time.monotonic() + patience
    while not _locked():
        if time.monotonic() >= until:
            raise ImportRefused("Another import is running: wait for its end, then run this one again.")
        time.sleep(0.2)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [IMPORT_LOCK])
