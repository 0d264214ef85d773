"""A register that is made once, and rehearsals of its years: undisturbed, or killed at random again and again.

`made` imports entries into a database of its own; `Rehearsal` runs day after day on a copy of it, with people who act in
simulated time, and measures what each daily step costs.
"""

import csv
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.management import call_command
from django.db import connection, connections, transaction

from credentials import imports, publishing
from credentials.models import Credential
from registry import daily, journal
from registry.framework import current
from registry.framework.calendar import rolled
from registry.journal import Publication
from registry.models import Change, Decision, Entry, StepRun
from registry.search import follower
from registry.status import status_on
from tests.benchmarks.generator import Recipe, write
from tests.conftest import ROOT, clone, drop, owner, point_at
from tests.drills import invariants
from tests.drills.people import People, serial_of
from tests.registry.test_clock import at

DAY = timedelta(days=1)
# The same days in every run; once the calendar has passed them, from tomorrow on.
FIRST = max(date(2027, 1, 4), current.today() + DAY)
REAL = ROOT.parent / "shared" / "data" / "records.csv"
KINDS = ("qualification", "unit", "micro_credential")
SPREAD = "D-SPREAD"  # the decision by which the drill spreads the first days; the real one brings its own


# -- the register ------------------------------------------------------------------------------------------------------


@contextmanager
def database(name: str, template: str | None = None) -> Iterator[str]:
    """A database of that name, a copy of the template or of another one, to which this process points meanwhile."""
    mine = connection.settings_dict["NAME"]
    point_at("postgres")
    if template is None:
        clone(name)
    else:
        with owner() as server:
            server.execute(f'drop database if exists "{name}" with (force)')
            server.execute(f'create database "{name}" template "{template}" strategy file_copy')
    point_at(name)
    try:
        yield name
    finally:
        point_at(mine)
        drop(name)


def make(folder: Path, entries: int, people: People, *, made_up: bool) -> str:
    """The demo register and so many imported entries, each with a first day; what it is like, in a line."""
    call_command("load_demo")
    file = folder / "rows.csv"
    source = "made up" if made_up or not REAL.exists() else "real"
    if source == "real":
        _real_rows(file, entries)
    else:
        write(file, Recipe(round(entries * 1.2) + 10))
    report = imports.run(file, now=at(FIRST - DAY))
    spread = spread_first_reviews(people)
    people.move_in()
    acting = sum(people.act_for(c.number) for c in Credential.objects.standing())
    counts = ", ".join(f"{name} {count:,}" for name, count in report.counts().items())
    return (
        f"{source} rows: {counts}, rejected {report.refused_rows:,}; {spread:,} current entries are reviewed; people act"
        f" for every {people.every}. number, {acting:,} entries (seed {people.seed}): the others' bodies never answer"
    )


def _real_rows(file: Path, entries: int) -> None:
    """So many credentials, evenly taken, from the real rows."""
    with REAL.open(encoding="utf-8", newline="") as source:
        reader = csv.DictReader(source)
        rows = [row for row in reader if row["kind"] in KINDS]
    chosen = [rows[n * len(rows) // entries] for n in range(min(entries, len(rows)))]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, reader.fieldnames)
        writer.writeheader()
        writer.writerows(chosen)


def spread_first_reviews(people: People) -> int:
    """TO BE REPLACED by the bulk decision that gives imported entries their first review: until that is there, each
    current entry without a day gets one within its first period, by its number. Whoever has people has a short period,
    so that several cycles pass. Returns how many."""
    waiting = Credential.objects.standing().filter(review_due=None).order_by("number")
    documents = dict(Entry.objects.credentials().values_list("number", "kind"))
    given, period_of = [], {True: (12, 12, 24, 36), False: (60,)}
    for credential in waiting:
        latest = credential.revisions.latest_public()
        if (
            credential.number not in documents
            or status_on(publishing.credential_document(credential, latest), FIRST) != "current"
        ):
            continue
        number = serial_of(credential.number)
        acting = people.act_for(credential.number)
        months = period_of[acting][number // people.every % len(period_of[acting])]
        period = (FIRST + relativedelta(months=months) - FIRST).days
        day = FIRST + (number * 7919 % period + 1) * DAY
        credential.review_period_months = months
        credential.review_due = rolled(day, current.profile().calendar)
        given.append((credential, latest))
    for n in range(0, len(given), journal.BATCH):
        part = given[n : n + journal.BATCH]
        with transaction.atomic():
            for credential, _ in part:
                credential.save(update_fields=["review_period_months", "review_due"])
            journal.publish_many(
                [
                    Publication(
                        document=publishing.credential_document(credential, latest), effective_from=FIRST - DAY,
                        action="status", decision_number=SPREAD, reason="The first review of each is spread.",
                    )
                    for credential, latest in part
                ],
                now=at(FIRST - DAY),
            )  # fmt: skip
    return len(given)


# -- kills -------------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process has died here: no handler of the register's own catches it."""


class Killer:
    """Kills the daily run at a random query of a random step, or between two steps, on some of the days.

    Before it kills it cuts the connection, as the server sees a process that dies: what was not committed is gone. Most
    days have little to do: every other aim waits, for some weeks, until the step is in the middle of a transaction.
    """

    PATIENCE = 40  # days

    def __init__(self, seed: int, share: float):
        self.dice, self.share = random.Random(f"kill {seed}"), share
        self.step, self.left, self.after, self.waits, self.until = "", 0, False, False, 0
        self.hits: Counter[str] = Counter()

    def take_aim(self, again: bool) -> None:
        """Before each run of a day: whether it is killed, in which step, and at which query."""
        self.until -= 1
        if self.step and self.waits and self.until > 0:
            return
        self.step = ""
        if self.dice.random() < (0.4 if again else self.share):
            self.waits, self.until = self.dice.random() < 0.5, self.PATIENCE
            # `between` is the writing down of what a step did.
            steps = [*(step.name for step in daily.every()), "between"]
            writing = ("reviews", "reviews", "late_reports", "reports", "status", "between")
            self.step = self.dice.choice(writing if self.waits else steps)
            self.left = self.dice.randint(1, self.dice.choice((2, 12, 60)))
            self.after = self.dice.random() < 0.5

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: Any) -> Any:
        inside = connection.in_atomic_block
        if self.step and self.step == Metered.running and (inside or not self.waits):
            self.left -= 1
            if self.left <= 0:
                self.hits[f"{self.step}, {'inside a transaction' if inside else 'outside any'}"] += 1
                self.step = ""
                if self.after:
                    execute(sql, params, many, context)
                connection.connection.close()
                raise Killed
        return execute(sql, params, many, context)


# -- measuring ---------------------------------------------------------------------------------------------------------


@dataclass
class Cost:
    seconds: float = 0.0
    queries: int = 0
    done: int = 0

    def add(self, other: "Cost") -> None:
        self.seconds, self.queries, self.done = (
            self.seconds + other.seconds, self.queries + other.queries, self.done + other.done,
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.seconds:8.1f} s {self.queries:10,} queries {self.done:8,} done"


class Metered:
    """Counts time and queries of each daily step, by wrapping the steps while it holds."""

    running = "between"

    def __init__(self):
        self.steps: dict[str, Cost] = defaultdict(Cost)
        self.queries = 0

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)

    @contextmanager
    def holding(self) -> Iterator[None]:
        kept = daily.every()
        for step in kept:
            daily.register(replace(step, run=self._metered(step)))
        try:
            with connection.execute_wrapper(self):
                yield
        finally:
            for step in kept:
                daily.register(step)

    def _metered(self, step: daily.Step) -> Callable:
        def run(day: date, *, now: Any) -> int:
            cost, started = Cost(queries=-self.queries), time.perf_counter()
            Metered.running = step.name
            try:
                cost.done = step.run(day, now=now)
                return cost.done
            finally:
                Metered.running = "between"
                cost.seconds, cost.queries = time.perf_counter() - started, cost.queries + self.queries
                self.steps[step.name].add(cost)

        return run


# -- a rehearsal -------------------------------------------------------------------------------------------------------


@dataclass
class Rehearsal:
    """So many days of one register; afterwards what is left of it, and what does not hold."""

    people: People
    days: int
    killer: Killer | None = None
    lines: list[str] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def run(self) -> "Rehearsal":
        began, metered, since = time.perf_counter(), Metered(), journal.head()
        years: dict[int, Cost] = defaultdict(Cost)
        slowest, acting = (0.0, FIRST, {}), 0.0
        with metered.holding():
            for n in range(self.days):
                day = FIRST + n * DAY
                cost, started = Cost(queries=-metered.queries), time.perf_counter()
                done = self._one_day(day)
                cost.seconds, cost.queries = time.perf_counter() - started, cost.queries + metered.queries
                cost.done = sum(done.values())
                years[min(n, self.days - 2) // 365 + 1].add(cost)
                if cost.seconds > slowest[0]:
                    slowest = cost.seconds, day, {name: count for name, count in done.items() if count}
                started = time.perf_counter()
                self.people.hear_of(day)
                self.people.work(day)
                acting += time.perf_counter() - started
        self.lines += [f"year {year}: {cost}" for year, cost in sorted(years.items())]
        self.lines += [f"{name:28} {cost}" for name, cost in metered.steps.items()]
        self.lines += [
            f"slowest day: {slowest[1]}, {slowest[0]:.2f} s, {slowest[2]}",
            f"people: {acting:.1f} s, " + ", ".join(f"{name} {n}" for name, n in sorted(self.people.done.items())),
        ]
        if self.killer:
            self.lines.append(f"killed {self.killer.hits.total()} times: " + ", ".join(
                f"{where} {n}" for where, n in sorted(self.killer.hits.items())
            ))  # fmt: skip
        self._look(since)
        self.lines.append(f"{self.days} days in {time.perf_counter() - began:.0f} s")
        return self

    def _one_day(self, day: date) -> dict[str, int]:
        """The run of one day, as often as it takes."""
        again = False
        while True:
            if self.killer is None:
                return daily.run(day, now=at(day, 2))
            self.killer.take_aim(again)
            try:
                with connection.execute_wrapper(self.killer):
                    return daily.run(day, now=at(day, 2))
            except Killed:
                again = True
                for each in connections.all():
                    each.close()  # a new process begins with a new connection

    def _look(self, since: int) -> None:
        today = FIRST + (self.days - 1) * DAY
        follower.catch_up()
        self.left = invariants.left()
        self.faults = {
            "next_day": invariants.one_next_day(today),
            "cycle": invariants.once_for_each_cycle(today),
            "clock": invariants.nothing_by_the_clock(since),
            "ended": invariants.no_case_ended_by_the_clock(),
            "mail": invariants.no_mail_twice(today),
            "late": invariants.late_once_for_each_level(today),
            "grid": invariants.on_the_grid(today),
            "journal": invariants.everything_agrees(),
            "failed": [f"{r.day} {r.step}: {r.failed}" for r in StepRun.objects.exclude(failed="")],
            "ran": [] if StepRun.objects.filter(day=today).exists() else ["the last day was not run"],
        }
        self.lines.append(
            f"at the end: {Entry.objects.count():,} entries, {Change.objects.count():,} changes,"
            f" {Decision.objects.count():,} decisions, {len(self.left['reviews']):,} reviews,"
            f" {len(self.left['notices']):,} notices"
        )
