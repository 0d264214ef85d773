"""Kills a part of the register during each of many imports, while decisions are made, and looks at what is left.

`python -m tests.drills.kill_import --rounds 20 --seed N` starts the register as a new user would. In each round a file of
its own is imported; at a random moment the importer, PostgreSQL or the follower is killed with -9; the import is run
again until it succeeds. Then the register must hold of that file what an undisturbed import of it makes, every decision
made meanwhile must be public once and must have been answered within two seconds, serials must have no gaps, and
`verify_journal` must agree. Exit 1 on any difference.
"""

import argparse
import hashlib
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import psycopg

from registry.embedded import APPLICATION, OWNER, Services, ends_with_parent, read_services
from tests.benchmarks.generator import SOURCE, Recipe, write
from tests.casework_over_http import DECISION, recommended
from tests.quickstart import ROOT, Running, eventually, start

VICTIMS = {"importer": None, "PostgreSQL": "bin/postgres", "follower": "follow_journal"}
LONGEST_DECISION = 2.0  # seconds: design 3
FEWEST_DECISIONS = 20
MOST_TRIES = 6
# When a part is killed, as shares of the time that an undisturbed import takes; before that Django is being started.
EARLIEST, LATEST = 0.35, 0.95
RECORDED = "The decision has been recorded"
OURS = ("DATABASE_", "REDIS_", "NQR_", "SECRET_", "PYTEST_", "DJANGO_")


class Failed(Exception):
    """The drill cannot go on: something did not come back within its time."""


def environment(**given: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(OURS)} | {"LOG_LEVEL": "ERROR"} | given


def manage(surroundings: dict[str, str], *arguments: str | Path) -> subprocess.Popen:
    """A command of the register as a child, which does not outlive this drill."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)], cwd=ROOT, env=surroundings,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=ends_with_parent(signal.SIGKILL),
    )  # fmt: skip


def ended(process: subprocess.Popen, seconds: float, what: str) -> str:
    """Wait for a child to end; what it wrote as errors."""
    try:
        return process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failed(f"{what} did not end within {seconds:.0f} s: {process.communicate()[1][-500:]}") from None


# -- what an import has left -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Left:
    """What a register holds of one file: how many entries, how many changes made them, and a digest of their content."""

    entries: int
    changes: int
    digest: str


def left_of(url: str, prefix: str) -> Left:
    """The public entries whose source id begins with `prefix`, without all that hangs on when and in which order.

    Numbers and revisions are taken out, and a provider's number is replaced by what its source calls it. An entry that
    is there twice counts twice.
    """
    query = """
        with entry as (select number, convert_from(document, 'UTF8')::jsonb as document from registry_entry)
        select number, document from entry
        where document->'source'->>'name' = %s and starts_with(document->'source'->>'id', %s)"""
    with psycopg.connect(url) as connection:
        documents = dict(connection.execute(query, [SOURCE, prefix]).fetchall())
        counted = "select count(*) from registry_change where number = any(%s)"
        changes = connection.execute(counted, [list(documents)]).fetchone()[0]
    names = {number: f"{d['source']['name']} {d['source']['id']}" for number, d in documents.items()}
    lines = []
    for number, document in documents.items():
        content = {k: v for k, v in document.items() if k not in ("number", "revision")}
        for party in content.get("providers") or ():
            party["number"] = names.get(party["number"], f"not of this file: {party['number']}")
        lines.append(f"{names[number]} {json.dumps(content, sort_keys=True)}")
    digest = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
    return Left(len(documents), changes, digest)


class Undisturbed:
    """A second server, on which each file is imported into a fresh database while nothing happens to it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.services = Services(folder / "undisturbed", durable=False)

    def __enter__(self) -> "Undisturbed":
        self.services.start()
        migrated = manage(self._environment("nqr") | {"DATABASE_OWNER_URL": self.services.owner_url}, "migrate")
        errors = ended(migrated, 120, "migrating")
        if migrated.returncode:
            self.services.stop()
            raise Failed(f"the second database could not be migrated: {errors[-500:]}")
        return self

    def __exit__(self, *_: object) -> None:
        self.services.stop()

    def _environment(self, name: str) -> dict[str, str]:
        url = self.services.database_url(APPLICATION, name)
        return environment(
            DATABASE_URL=url, REDIS_URL=self.services.urls["REDIS_URL"], SECRET_KEY="of a drill alone",
            NQR_HOME=str(self.folder / "undisturbed home"),
        )  # fmt: skip

    def imported(self, path: Path, prefix: str) -> tuple[Left, float]:
        """What the file leaves in a fresh register, and the seconds that its import took."""
        name = f"fresh_{prefix.strip('-').lower()}"
        with psycopg.connect(self.services.database_url(OWNER, "postgres"), autocommit=True) as owner:
            owner.execute(f'create database "{name}" template nqr')
            try:
                started = time.monotonic()
                process = manage(self._environment(name), "import_register", path)
                errors = ended(process, 300, "the undisturbed import")
                seconds = time.monotonic() - started
                if process.returncode:
                    raise Failed(f"the undisturbed import failed: {errors[-1_000:]}")
                return left_of(self.services.database_url(APPLICATION, name), prefix), seconds
            finally:
                owner.execute(f'drop database "{name}" with (force)')


# -- decisions -------------------------------------------------------------------------------------------------------


@dataclass
class Decided:
    """How the decisions of a round went: seconds of each answer, tries without one, and what must not be."""

    titles: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    unanswered: int = 0
    faults: list[str] = field(default_factory=list)


class DecisionMaker:
    """A person who decides prepared cases one at a time, and tries again where the register was down."""

    def __init__(self, register: Running):
        self.register = register
        self.browser = register.browser("decision_maker")
        self.provider, self.evaluator = register.browser("provider"), register.browser("evaluator")

    def prepare(self, count: int, round_number: int) -> list[tuple[str, str]]:
        """Titles and the addresses of their cases, recommended and ready to be decided."""
        titles = [f"Drilled hive inspection {round_number}.{n}" for n in range(1, count + 1)]
        return [(t, recommended(self.register, t, self.provider, self.evaluator)) for t in titles]

    def decide_all(self, cases: list[tuple[str, str]], pause: float, may_be_down: bool, told: Decided) -> None:
        for title, desk in cases:
            try:
                self._decide(desk, may_be_down, told)
                told.titles.append(title)
            except Exception as error:  # a thread's own end must be heard of
                told.faults.append(f"“{title}” was not decided: {error!r}")
            time.sleep(pause)

    def _decide(self, desk: str, may_be_down: bool, told: Decided) -> None:
        until, lost, why = time.monotonic() + 90, 0, "no try"
        while time.monotonic() < until:
            try:
                token = self.browser.token(f"{desk}change/")
                started = time.monotonic()
                answer = self.browser.send(f"{desk}decide/", DECISION, token)
                took = time.monotonic() - started
            except (OSError, TypeError, HTTPException) as error:  # TypeError: an error page holds no form
                why = repr(error)
            else:
                if answer.status == 200 and RECORDED in answer.text:
                    told.seconds.append(took)
                    if took > LONGEST_DECISION:
                        told.faults.append(f"a decision was answered after {took:.2f} s")
                    return
                if answer.status == 409 and lost:
                    return  # an earlier try was recorded, and its answer lost
                why = f"status {answer.status}"
                if answer.status < 500:
                    raise Failed(f"{why} at {answer.url}")
            lost += 1
            told.unanswered += 1
            if not may_be_down:
                told.faults.append(f"a decision failed although the database was up: {why}")
            time.sleep(0.2)
        raise Failed(f"no answer within 90 s; the last: {why}")


# -- rounds ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """What happened in one round. `landed`: the entries that were there before the import was run again."""

    number: int
    victim: str
    moment: float
    killed: bool
    seconds: float
    landed: int | None
    tries: int
    entries: int
    equal: bool
    decided: Decided

    def cells(self) -> list[str]:
        slowest = f"{max(self.decided.seconds):.2f}" if self.decided.seconds else ""
        return [
            str(self.number), self.victim, f"{self.moment:.2f}" if self.killed else "too late", f"{self.seconds:.1f}",
            f"{self.landed:,}" if self.landed is not None else "-", str(self.tries), f"{self.entries:,}",
            "yes" if self.equal else "NO", str(len(self.decided.titles)), slowest, str(self.decided.unanswered),
        ]  # fmt: skip


HEADINGS = [
    "round", "victim", "killed after s", "seconds", "landed by then", "tries", "entries", "equal", "decisions", "slowest s",
    "unanswered",
]  # fmt: skip


class Drill:
    """A running register, a second one that is left alone, and what has been found to be wrong."""

    def __init__(self, folder: Path, register: Running, undisturbed: Undisturbed, given: argparse.Namespace):
        self.folder, self.register, self.undisturbed, self.given = folder, register, undisturbed, given
        self.dice = random.Random(given.seed)
        self.person = DecisionMaker(register)
        self.public = register.browser()
        self.environment = environment(NQR_HOME=str(register.home))
        self.rounds: list[Round] = []
        self.wrong: list[str] = []

    @property
    def url(self) -> str:
        return read_services(self.register.home)["DATABASE_URL"]

    def run(self) -> None:
        victims = [list(VICTIMS)[n % len(VICTIMS)] for n in range(self.given.rounds)]
        self.dice.shuffle(victims)
        for number, victim in enumerate(victims, start=1):
            done = self.round(number, victim)
            self.rounds.append(done)
            print("  ".join(cell for cell in done.cells() if cell), flush=True)
        self._look_at_the_whole()

    def round(self, number: int, victim: str) -> Round:
        prefix = f"R{self.given.seed}X{number}-"
        path = self.folder / f"round {number}.csv"
        write(path, Recipe(self.given.entries, self.given.seed * 1_000 + number, prefix))
        expected, usual = self.undisturbed.imported(path, prefix)
        count = max(3, math.ceil((FEWEST_DECISIONS + 4) / self.given.rounds))
        cases = self.person.prepare(count, number)
        told, moment = Decided(), usual * self.dice.uniform(EARLIEST, LATEST)
        thread = threading.Thread(
            target=self.person.decide_all, args=[cases, usual / count / 2, victim == "PostgreSQL", told], daemon=True
        )
        started = time.monotonic()
        importer = manage(self.environment, "import_register", path)
        thread.start()
        killed = self._kill(victim, importer, moment)
        tries, landed = self._until_imported(importer, path, prefix)
        seconds = time.monotonic() - started
        thread.join(120)
        self._be_ready()
        found = left_of(self.url, prefix)
        if found != expected:
            self.wrong.append(f"round {number}: {found} differs from the undisturbed {expected}")
        self.wrong += [f"round {number}: {fault}" for fault in told.faults]
        if thread.is_alive() or (len(told.titles) < count and not told.faults):
            self.wrong.append(f"round {number}: only {len(told.titles)} of {count} cases were decided")
        path.unlink()
        return Round(number, victim, moment, killed, seconds, landed, tries, found.entries, found == expected, told)

    def _kill(self, victim: str, importer: subprocess.Popen, moment: float) -> bool:
        """Kill the victim at that moment, unless the import has ended before; True where it died during the import."""
        try:
            importer.wait(moment)
            return False
        except subprocess.TimeoutExpired:
            pass
        words = VICTIMS[victim]
        pid = importer.pid if words is None else self.register.child(words)
        os.kill(pid, signal.SIGKILL)
        if words:
            eventually(lambda: self.register.child(words) != pid, 30)
        return True

    def _until_imported(self, process: subprocess.Popen, path: Path, prefix: str) -> tuple[int, int | None]:
        """Run the import again until it succeeds: how many runs it took, and what had landed when the first one failed."""
        landed = None
        for tries in range(1, MOST_TRIES + 1):
            errors = ended(process, 300, "an import")
            if process.returncode == 0:
                return tries, landed
            self._be_ready()
            landed = left_of(self.url, prefix).entries if landed is None else landed
            time.sleep(0.2 * tries)  # the server may still be ending what the killed importer has begun
            process = manage(self.environment, "import_register", path)
        process.kill()
        raise Failed(f"the import did not succeed in {MOST_TRIES} runs: {errors[-1_000:]}")

    def _be_ready(self) -> None:
        eventually(lambda: self.public.get("/readyz").json["ready"], 60)

    # -- at the end ----------------------------------------------------------------------------------------------------

    def _look_at_the_whole(self) -> None:
        decisions = [title for done in self.rounds for title in done.decided.titles]
        if len(decisions) < FEWEST_DECISIONS:
            self.wrong.append(f"only {len(decisions)} decisions were made; at least {FEWEST_DECISIONS} are wanted")
        with psycopg.connect(self.url) as connection:
            counted = "select title, count(*) from registry_entry where title = any(%s) group by title"
            public = dict(connection.execute(counted, [decisions]).fetchall())
            head = connection.execute("select max(serial) from registry_change").fetchone()[0]
        self.wrong += [f"“{t}” is public {public.get(t, 0)} times" for t in decisions if public.get(t) != 1]
        serials = self._serials(head)
        if serials != list(range(1, head + 1)):
            self.wrong.append(f"the feed gave {len(serials)} serials, the last {serials[-1:]}; the head is {head}")
        print(f"{len(serials):,} serials read from the feed, {len(decisions)} decisions looked up", flush=True)
        eventually(self._agrees, 120, 1.0)
        print("verify_journal: everything agrees", flush=True)

    def _serials(self, head: int) -> list[int]:
        """Every serial as a follower of the feed gets them."""
        serials: list[int] = []
        for _ in range(head // 100 + 10):
            page = self.public.get(f"/api/v1/changes?after={serials[-1] if serials else 0}&limit=1000")
            if page.status == 429:
                time.sleep(5)
                continue
            if not page.json["changes"]:
                break
            serials += [change["serial"] for change in page.json["changes"]]
        return serials

    def _agrees(self) -> bool:
        verify = [sys.executable, str(ROOT / "manage.py"), "verify_journal"]
        done = subprocess.run(verify, env=self.environment, capture_output=True, text=True, cwd=ROOT, timeout=600)
        assert "Everything agrees" in done.stdout, (done.stdout + done.stderr)[-1_000:]
        return True

    def report(self) -> None:
        cells = [HEADINGS, *(done.cells() for done in self.rounds)]
        widths = [max(len(row[n]) for row in cells) for n in range(len(HEADINGS))]
        for row in cells:
            print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
        seconds = sorted(s for done in self.rounds for s in done.decided.seconds)
        if seconds:
            print(
                f"{len(seconds)} decisions answered, median {seconds[len(seconds) // 2]:.2f} s, slowest {seconds[-1]:.2f} s"
            )
        for wrong in self.wrong:
            print(f"WRONG {wrong}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--entries", type=int, default=6_150, help="providers and credentials of each round's file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nqr-drill-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # PostgreSQL runs as another account where this is run by root
        register = start(folder / "a home with a space")
        drill = None
        try:
            with Undisturbed(folder) as undisturbed:
                drill = Drill(folder, register, undisturbed, given)
                print(f"{given.rounds} rounds, seed {given.seed}, load {os.getloadavg()[0]:.2f}", flush=True)
                drill.run()
        except (Failed, AssertionError) as failure:
            print(f"WRONG {failure}", flush=True)
            return 1
        finally:
            if drill:
                drill.report()
            register.stop()
    return 1 if drill.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
