"""What becomes of each row of an import: counted, and kept with the run, so that a report of any length costs no memory."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils import timezone

from credentials.models import ImportDifference, ImportProblem, ImportRun

COUNTS = ("read", "created", "updated", "unchanged", "merged", "skipped")
BLOCK = 1_000
# A reason quotes what it found; a longer one says no more.
LONGEST_REASON = 500


class Report:
    """The counts of a run as they grow; its problems and differences are written in blocks.

    `flush` is called between the batches of an import: what a rehearsal finds must not be rolled back with its batch.
    """

    def __init__(self, run: ImportRun):
        self.run = run
        self.read = self.created = self.updated = self.unchanged = self.merged = self.skipped = 0
        self.refused_rows = 0
        self.tidied: dict[str, dict[str, int]] = {}
        self._last_refused: tuple[int, ...] = ()
        self._problems: list[ImportProblem] = []
        self._differences: list[ImportDifference] = []

    @classmethod
    def of(cls, run: ImportRun) -> "Report":
        """The report of a run that has been."""
        report = cls(run)
        for name in (*COUNTS, "refused_rows", "tidied"):
            setattr(report, name, getattr(run, name))
        return report

    def reject(self, line: int, column: str, reason: str) -> None:
        """This row does not land. A row may be rejected for several reasons, and counts once."""
        if (line,) != self._last_refused:
            self.refused_rows += 1
            self._last_refused = (line,)
        self._problems.append(ImportProblem(run=self.run, line=line, field=column, reason=reason[:LONGEST_REASON]))

    def differs(self, line: int, number: str | None, title: str, fields: dict[str, Any]) -> None:
        """A rehearsal's finding: this row would list an entry (no number yet) or change one."""
        self._differences.append(ImportDifference(run=self.run, line=line, number=number, title=title, fields=fields))

    def tidy(self, column: str, kind: str) -> None:
        """A text of this column was tidied on its way in."""
        kinds = self.tidied.setdefault(column, {})
        kinds[kind] = kinds.get(kind, 0) + 1

    def flush(self) -> None:
        """Write what has been found since, and the counts; outside the transaction of a batch."""
        ImportProblem.objects.bulk_create(self._problems, batch_size=BLOCK)
        ImportDifference.objects.bulk_create(self._differences, batch_size=BLOCK)
        self._problems, self._differences = [], []
        for name in (*COUNTS, "refused_rows", "tidied"):
            setattr(self.run, name, getattr(self, name))
        self.run.save()

    def end(self, outcome: str, now: datetime | None = None) -> None:
        self.run.outcome, self.run.ended_at = outcome, now or timezone.now()
        self.flush()

    # -- read ----------------------------------------------------------------------------------------------------------

    @property
    def encoding(self) -> str:
        return self.run.encoding

    @property
    def rejected(self) -> list[dict[str, Any]]:
        """Every problem, in order of line and column."""
        return list(self.problems())

    def problems(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        rows = self.run.problems.order_by("line", "field", "pk").values("line", "field", "reason")
        return islice(rows.iterator(chunk_size=BLOCK), most)

    def differences(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        rows = self.run.differences.order_by("line", "pk").values("line", "number", "title", "fields")
        return islice(rows.iterator(chunk_size=BLOCK), most)

    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in COUNTS}


def as_json(report: Report) -> Iterator[str]:
    """The whole report as JSON text, piece by piece: one of any length takes little memory."""
    head = {"encoding": report.encoding, **report.counts(), "tidied": report.tidied}
    yield json.dumps(head, ensure_ascii=False, indent=1)[:-2]
    yield from _listed("rejected", report.problems())
    if report.run.dry_run:
        yield from _listed("differences", report.differences())
    yield "\n}\n"


def _listed(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield f',\n "{name}": ['
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n  " + json.dumps(row, ensure_ascii=False)
    yield "]"
