"""What becomes of each row of an import: counted, and kept with the run, so that a report of any length costs no memory."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils import timezone

from credentials.models import ImportDifference, ImportProblem, ImportRun

COUNTS = ("read", "created", "updated", "unchanged", "merged", "skipped")
BLOCK = 1_000
# A reason quotes what it found; a longer one says no more.
LONGEST_REASON = 500


@dataclass
class Tally:
    """What became of some rows: counts, and the reasons and differences to be kept with the run."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    skipped: int = 0
    refused_rows: int = 0
    tidied: dict[str, dict[str, int]] = field(default_factory=dict)
    found_problems: list[tuple[int, str, str, bool]] = field(default_factory=list)
    found_differences: list[tuple[int, str | None, str, dict[str, Any]]] = field(default_factory=list)

    def reject(self, line: int, column: str, reason: str) -> None:
        """This row does not land. A row may be rejected for several reasons, one after another, and counts once."""
        if not self.found_problems or self.found_problems[-1][0] != line:
            self.refused_rows += 1
        self.found_problems.append((line, column, reason[:LONGEST_REASON], False))

    def skip(self, line: int, column: str, reason: str) -> None:
        """This row is no entry, or none that its source publishes."""
        self.skipped += 1
        self.found_problems.append((line, column, reason[:LONGEST_REASON], True))

    def merge(self, line: int, into: int) -> None:
        """This row says nothing of its own but other fields of study and titles, which an earlier one has taken in."""
        self.merged += 1
        self.found_problems.append((line, "source_id", f"Merged into the row of line {into}.", True))

    def differs(self, line: int, number: str | None, title: str, fields: dict[str, Any]) -> None:
        """A rehearsal's finding: this row would list an entry (no number yet) or change one."""
        self.found_differences.append((line, number, title, fields))

    def tidy(self, column: str, kind: str, count: int = 1) -> None:
        """Texts of this column were tidied on their way in."""
        kinds = self.tidied.setdefault(column, {})
        kinds[kind] = kinds.get(kind, 0) + count

    def absorb(self, other: "Tally") -> None:
        """Add what another has counted and found."""
        for name in (*COUNTS, "refused_rows"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for column, kinds in other.tidied.items():
            for kind, count in kinds.items():
                self.tidy(column, kind, count)
        self.found_problems += other.found_problems
        self.found_differences += other.found_differences


class Report(Tally):
    """The tally of a whole run, kept with it in blocks.

    `flush` is called between the batches of an import: what a rehearsal finds must not be rolled back with its batch.
    """

    def __init__(self, run: ImportRun):
        super().__init__()
        self.run = run

    @classmethod
    def of(cls, run: ImportRun) -> "Report":
        """The report of a run that has been."""
        report = cls(run)
        for name in (*COUNTS, "refused_rows", "tidied"):
            setattr(report, name, getattr(run, name))
        return report

    def flush(self) -> None:
        """Write what has been found since, and the counts; outside the transaction of a batch."""
        problems = (
            ImportProblem(run=self.run, line=a, field=b, reason=c, left_out=d) for a, b, c, d in self.found_problems
        )
        ImportProblem.objects.bulk_create(problems, batch_size=BLOCK)
        differences = (
            ImportDifference(run=self.run, line=a, number=b, title=c, fields=d) for a, b, c, d in self.found_differences
        )
        ImportDifference.objects.bulk_create(differences, batch_size=BLOCK)
        self.found_problems, self.found_differences = [], []
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

    def problems(self, most: int | None = None, *, left_out: bool = False) -> Iterator[dict[str, Any]]:
        """The rows that were rejected, or those that were skipped and merged, each with its line and the reason."""
        rows = self.run.problems.filter(left_out=left_out).order_by("line", "field", "pk")
        return islice(rows.values("line", "field", "reason").iterator(chunk_size=BLOCK), most)

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
    yield from _listed("left_out", report.problems(left_out=True))
    if report.run.dry_run:
        yield from _listed("differences", report.differences())
    yield "\n}\n"


def _listed(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield f',\n "{name}": ['
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n  " + json.dumps(row, ensure_ascii=False)
    yield "]"
