import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from tqdm import tqdm

from credentials import imports
from credentials.imports.report import Report, as_json
from registry import processes

SHOWN = 20
# More would only wait for the journal's lock.
JOBS = min(3, os.cpu_count() or 1)


class Command(BaseCommand):
    help = (
        "Load legacy rows (CSV or JSON Lines) through the profile's import rules, or an export of a register. "
        "Bad rows are reported, good ones land; run again, it goes on where it was interrupted."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="change nothing; report what would happen")
        parser.add_argument("--report", type=Path, metavar="OUT.json", help="write the whole report here")
        parser.add_argument("--jobs", type=int, default=JOBS, help=f"processes that land a long file ({JOBS})")

        parser.add_argument(
            "--authority", default=imports.AUTHORITY, metavar="TEXT",
            help="the law, rule or agreement by which what another register decided is made public here",
        )  # fmt: skip

    def handle(self, *, file: Path, dry_run: bool, report: Path | None, jobs: int, authority: str, **options):
        if report:
            _writable(report)
        bar = _Bar(sys.stderr)
        processes.seldom_collect()
        try:
            found = imports.run(file, dry_run=dry_run, progress=bar, jobs=jobs, authority=authority)
        except imports.ImportRefused as refusal:
            raise CommandError(str(refusal)) from None
        except (OperationalError, InterfaceError) as error:
            why = str(error).strip().splitlines()[0]
            raise CommandError(
                f"The database went away ({why}). What has landed stays: run this again, and it goes on from there."
            ) from None
        except processes.WorkerLost as lost:
            raise CommandError(f"{lost} What has landed stays: run this again, and it goes on from there.") from None
        finally:
            bar.close()
        if report:
            with report.open("w", encoding="utf-8") as out:
                out.writelines(as_json(found))
        self._tell(file, found, dry_run)

    def _tell(self, file: Path, found: Report, dry_run: bool) -> None:
        self.stdout.write(f"{file.name} is written in {found.encoding}")
        counts = ", ".join(f"{name} {count:,}" for name, count in found.counts().items())
        self.stdout.write(f"{'would be: ' if dry_run else ''}{counts}, rejected {found.refused_rows:,}")
        for column, kinds in found.tidied.items():
            told = ", ".join(f"{kind} {count:,}" for kind, count in kinds.items())
            self.stdout.write(f"  tidied in {column}: {told}")
        self._some(
            "rejected", [f"line {r['line']}, {r['field'] or 'row'}: {r['reason']}" for r in found.problems(SHOWN + 1)]
        )
        if dry_run:
            self._some("differences", [_difference(d) for d in found.differences(SHOWN + 1)])

    def _some(self, what: str, lines: list[str]) -> None:
        if lines:
            self.stdout.write(f"{what}:")
        for line in lines[:SHOWN]:
            self.stdout.write(f"  {line}")
        if len(lines) > SHOWN:
            self.stdout.write("  and more: --report FILE writes them all")


def _difference(found: dict[str, Any]) -> str:
    if not found["number"]:
        return f"line {found['line']}, would be listed: {found['title'][:80]}"
    changes = "; ".join(
        f"{name}: {_short(before)} → {_short(after)}" for name, (before, after) in found["fields"].items()
    )
    return f"line {found['line']}, {found['number']} would change: {changes}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _writable(path: Path) -> None:
    """Raise CommandError before an hour's import, not after it, where its report cannot be written."""
    try:
        path.open("a").close()
    except OSError as error:
        raise CommandError(f"The report cannot be written to {path}: {error.strerror}.") from None


class _Bar:
    """A progress bar for each part of the work, on a terminal; elsewhere a line for each tenth."""

    def __init__(self, out: TextIO):
        self.out, self.what, self.bar, self.tenth = out, "", None, 0

    def __call__(self, what: str, done: int, total: int) -> None:
        if what != self.what:
            self.close()
            self.what, self.tenth = what, 0
            if self.out.isatty():
                unit = {"unit": "B", "unit_scale": True} if what != "landing" else {"unit": " rows"}
                self.bar = tqdm(total=total, desc=what, file=self.out, **unit)
        if self.bar is not None:
            self.bar.update(done - self.bar.n)
        elif total and done * 10 // total > self.tenth:
            self.tenth = done * 10 // total
            self.out.write(f"{what} {self.tenth * 10} %\n")

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
