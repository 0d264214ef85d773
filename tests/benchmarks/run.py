"""Measures import, re-import, export and index at the size of a country, each as a ratio to a limit of the same run.

`python -m tests.benchmarks.run --entries 50000` starts PostgreSQL of its own, as durable as in production, makes a
register up and runs each step as a process of its own, so that the peak of memory is that step's. The goals are those
of design 7. One that is missed is marked, and is no failure: figures of a shared machine are read, not asserted. What
must be true of any machine is asserted: counts, serials, and that everything agrees at the end.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from registry.embedded import SUPERUSER, Services, ends_with_parent
from tests.benchmarks.generator import Recipe

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("import", "reimport", "export", "index")
CHANGED_SHARE = 0.01
MEGABYTE = 1_000_000
SET_UP = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'registry.settings'; django.setup()"
GOALS = {"import": 0.35, "reimport": 3.0, "csv": 0.85, "jsonl": 0.80}


class StepFailed(Exception):
    """A step did not do what it is for; the text says what it wrote last."""


@dataclass(frozen=True)
class Done:
    """A process that has ended: its output, its own wall time and peak of memory, and how busy the machine was before."""

    output: str
    seconds: float
    peak: float
    load: float


@dataclass(frozen=True)
class Line:
    """One line of the table. `amount` over seconds is the rate, and that over the limit the ratio."""

    step: str
    done: Done
    amount: float = 0
    unit: str = "rows"
    seconds: float | None = None
    limit: float | None = None
    goal: float | None = None

    @property
    def rate(self) -> float:
        return self.amount / (self.seconds or self.done.seconds)

    def cells(self) -> list[str]:
        ratio = self.rate / self.limit if self.limit else None
        verdict = "" if self.goal is None else "reached" if ratio >= self.goal else "below the goal"
        return [
            self.step, f"{self.seconds or self.done.seconds:,.2f}", self._per_second(self.rate) if self.amount else "",
            self._per_second(self.limit) if self.limit else "", f"{ratio:.2f}" if ratio is not None else "",
            f">= {self.goal:g}" if self.goal is not None else "", f"{self.done.peak:,.0f}", f"{self.done.load:.2f}",
            verdict,
        ]  # fmt: skip

    def _per_second(self, rate: float) -> str:
        return f"{rate / MEGABYTE:,.1f} MB/s" if self.unit == "bytes" else f"{rate:,.0f} {self.unit}/s"


class _Together(threading.Thread):
    """The peak of the memory of a process and all below it together, looked at four times a second (Linux)."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.pid, self.peak, self.ended = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.ended.wait(0.25):
            self.peak = max(self.peak, sum(map(self._resident, self._family())))

    def end(self) -> int:
        """The peak in bytes; 0 where the system does not tell."""
        self.ended.set()
        self.join()
        return self.peak

    def _family(self) -> list[int]:
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError, ValueError):
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        family = [self.pid]
        for pid in family:
            family += [child for child, parent in parents.items() if parent == pid]
        return family

    @staticmethod
    def _resident(pid: int) -> int:
        """What several share is counted with each: rather too much than too little."""
        with suppress(OSError):
            return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return 0


HEADINGS = ["step", "seconds", "rate", "limit", "ratio", "goal", "peak MB", "load before", ""]


class Benchmark:
    """The register of one run: its services, its files, and the lines measured so far."""

    def __init__(self, folder: Path, services: Services, recipe: Recipe, rounds: int):
        self.folder, self.services, self.recipe, self.rounds = folder, services, recipe, rounds
        self.lines: list[Line] = []
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "REDIS_", "NQR_", "DJANGO_"))}
        self.environment = kept | services.urls | {
            "NQR_HOME": str(folder / "home"), "SECRET_KEY": "of a benchmark alone, and of no register",
            "LOG_LEVEL": "WARNING", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        self.owner = {"DATABASE_OWNER_URL": services.owner_url}

    # -- processes -----------------------------------------------------------------------------------------------------

    def manage(self, *arguments: str | Path, owner: bool = False) -> Done:
        return self.process("manage.py", *arguments, owner=owner)

    def limit(self, *arguments: str | Path, owner: bool = False) -> dict[str, float]:
        return json.loads(self.process(*self._limits(*arguments), owner=owner).output.splitlines()[-1])

    def _limits(self, *arguments: str | Path) -> list[str | Path]:
        return ["-m", "tests.benchmarks.limits", *arguments, "--rounds", str(self.rounds)]

    def process(self, *arguments: str | Path, owner: bool = False) -> Done:
        """Run Python in a process of its own to its end. Raises StepFailed where it did not succeed."""
        self._settle()
        load, started = os.getloadavg()[0], time.perf_counter()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, *map(str, arguments)], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env=self.environment | (self.owner if owner else {}),
                preexec_fn=ends_with_parent(9),
            )  # fmt: skip
            together = _Together(process.pid)
            try:
                # wait4 tells what this one process used; getrusage would tell the largest of all of them.
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            finally:
                if process.returncode is None:
                    process.kill()
            seconds = time.perf_counter() - started
            output.seek(0)
            text = output.read()
        if process.returncode:
            raise StepFailed(f"`{' '.join(map(str, arguments))}` ended with {process.returncode}:\n{text[-2_000:]}")
        scale = 1 if sys.platform == "darwin" else 1024
        return Done(text, seconds, max(usage.ru_maxrss * scale, together.end()) / MEGABYTE, load)

    def _settle(self) -> None:
        """What the step before has left to be written out is not this one's to pay for."""
        with psycopg.connect(self.services.database_url(SUPERUSER), autocommit=True) as connection:
            connection.execute("checkpoint")

    def note(self, line: Line) -> None:
        self.lines.append(line)
        print("  " + "  ".join(cell for cell in line.cells() if cell), flush=True)

    # -- steps ---------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        self.manage("migrate", "--verbosity", "0", owner=True)
        print(self._generate("register.csv", 0.0).output, flush=True)
        # Part of every step below, and most of it where the register is small.
        self.note(Line("starting Django, nothing else", self.process("-c", SET_UP)))

    def _generate(self, name: str, changed_share: float) -> Done:
        return self.process(
            "-m", "tests.benchmarks.generator", "--entries", self.recipe.entries, "--seed", self.recipe.seed,
            "--changed-share", changed_share, "--out", self.folder / name,
        )  # fmt: skip

    def _import(self, name: str, **expected: int) -> Done:
        """Import a file. Raises StepFailed where the report counts otherwise."""
        done = self.manage("import_register", self.folder / name, "--report", self.folder / "report.json")
        report = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        expected = {"read": self.recipe.entries, "rejected": 0, "created": 0, "updated": 0, "unchanged": 0} | expected
        found = {name: report[name] if name != "rejected" else len(report[name]) for name in expected}
        if found != expected:
            raise StepFailed(f"the import of {name} counted {found}; expected {expected}. {report['rejected'][:3]}")
        return done

    def first_import(self) -> None:
        done = self._import("register.csv", created=self.recipe.entries)
        rows = self.recipe.entries
        limit = self.limit("copy-in", "--folder", self.folder, owner=True)
        print(f"  bare COPY of the same: {limit['rows']:,} rows, {limit['bytes']:,} bytes, {limit['seconds']:.2f} s")
        self.first = done.seconds
        self.note(Line("import", done, rows, limit=rows / limit["seconds"], goal=GOALS["import"]))

    def reimports(self) -> None:
        rows, head = self.recipe.entries, self.head()
        done = self._import("register.csv", unchanged=rows)
        if self.head() != head:
            raise StepFailed(f"an import of the same file took the journal from serial {head} to {self.head()}")
        first = rows / self.first  # a re-import is measured by the first one
        self.note(Line("re-import, nothing changed", done, rows, limit=first))
        changed = Recipe(rows, self.recipe.seed, changed_share=CHANGED_SHARE).changed
        self._generate("changed.csv", CHANGED_SHARE)
        done = self._import("changed.csv", updated=changed, unchanged=rows - changed)
        if self.head() != head + changed:
            raise StepFailed(f"{changed} changed rows took the journal from serial {head} to {self.head()}")
        self.note(Line(f"re-import, {CHANGED_SHARE:.0%} changed", done, rows, limit=first, goal=GOALS["reimport"]))

    def index_of_nothing(self) -> None:
        self.manage("follow_journal", "--once")

    def index(self) -> None:
        limit = self.limit("index")
        most = limit["rows"] / limit["seconds"]
        entries = self.entries()
        for step, arguments in (("index, catching up", ["--once"]), ("index, rebuilt", ["--rebuild", "--once"])):
            done = self.manage("follow_journal", *arguments)
            told = int(done.output.split()[-1])
            if told != self.head():
                raise StepFailed(f"{step}: reached serial {told}, the journal is at {self.head()}")
            self.note(Line(step, done, entries, "docs", limit=most))

    def export(self) -> None:
        """The command as it is typed, with its start and its checksums; then each file beside its own limit."""
        out = self.folder / "exported files"
        done = self.manage("export_register", "--out", out)
        size = sum(file.stat().st_size for file in out.iterdir())
        self.note(Line("export_register", done, size, "bytes"))
        psql = self.services.binaries / "bin" / "psql"
        told = self.process(*self._limits("export", "--folder", self.folder, "--psql", psql))
        for name, found in json.loads(told.output.splitlines()[-1]).items():
            limit = found["bytes"] / min(found["here"], found["psql"])
            print(f"  {name}: bare COPY read by psycopg {found['here']:.2f} s, by psql {found['psql']:.2f} s")
            self.note(
                Line(f"export, {name}", told, found["bytes"], "bytes", found["export"], limit=limit, goal=GOALS[name])
            )

    def verify(self) -> None:
        self.manage("follow_journal", "--once")
        done = self.manage("verify_journal")
        if "Everything agrees" not in done.output:
            raise StepFailed(done.output[-2_000:])
        self.note(Line("verify_journal", done, self.head(), "changes"))

    # -- the register --------------------------------------------------------------------------------------------------

    def one(self, query: str) -> int:
        with psycopg.connect(self.services.urls["DATABASE_URL"]) as connection:
            return connection.execute(query).fetchone()[0]

    def head(self) -> int:
        return self.one("select coalesce(max(serial), 0) from registry_change")

    def entries(self) -> int:
        return self.one("select count(*) from registry_entry where withdrawn_on is null")

    def machine(self) -> str:
        server = self.one("select current_setting('server_version')")
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        load = " ".join(f"{value:.2f}" for value in os.getloadavg())
        return f"{cores} cores, load {load}, Python {platform.python_version()}, PostgreSQL {server} (fsync on)"


def table(lines: list[Line]) -> str:
    cells = [HEADINGS, *(line.cells() for line in lines)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )


def steps(benchmark: Benchmark, wanted: set[str], verified: bool) -> list[Callable[[], None]]:
    """In order: the index is first built of nothing, so that what it catches up with is the import."""
    every = [
        (bool(wanted & {"index"}), benchmark.index_of_nothing),
        (True, benchmark.first_import),
        ("index" in wanted, benchmark.index),
        ("export" in wanted, benchmark.export),
        ("reimport" in wanted, benchmark.reimports),
        (verified, benchmark.verify),
    ]
    return [step for is_wanted, step in every if is_wanted]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", default=",".join(STEPS), help=f"some of {','.join(STEPS)}; the import always runs")
    parser.add_argument("--rounds", type=int, default=3, help="a limit is the median of so many")
    parser.add_argument("--no-verify", action="store_true", help="leave out verify_journal, which reads everything")
    given = parser.parse_args()
    wanted = set(given.only.split(","))
    if unknown := wanted - set(STEPS):
        parser.error(f"there is no step {', '.join(sorted(unknown))}; there are: {', '.join(STEPS)}")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="nqr-benchmark-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # PostgreSQL runs as another account where this is run by root
        with Services(folder / "services", durable=True) as services:
            benchmark = Benchmark(folder, services, Recipe(given.entries, given.seed), given.rounds)
            print(benchmark.machine(), flush=True)
            benchmark.prepare()
            for step in steps(benchmark, wanted, not given.no_verify):
                try:
                    step()
                except StepFailed as failure:
                    failed = 1
                    print(f"FAILED {step.__name__}: {failure}", flush=True)
                    if step == benchmark.first_import:
                        break
            print(f"\n{given.entries:,} entries, seed {given.seed}; {benchmark.machine()}")
            print(table(benchmark.lines))
    return failed


if __name__ == "__main__":
    sys.exit(main())
