"""What a daily run costs grows with what is due, and not with the register: 10 thousand entries beside 100 thousand.

By name: `pytest -n 1 -rP tests/benchmarks/test_daily_run.py`. Both registers are made by copying rows in the database, with
the same number due; both are run in this one process, in turns, and each run is taken back. Of a shared machine no
seconds are asserted: the ratio between the two is, and which indexes the queries use.
"""

import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from credentials import schedule
from credentials.models import Credential
from registry import daily
from registry.models import Case, Entry
from tests.builders import make_listed, make_user
from tests.conftest import owner_of, point_at
from tests.drills.rehearsing import Metered, database
from tests.registry.test_clock import at

SMALL, LARGE = 10_000, 100_000
ROUNDS = 5
MOST_TIME, MOST_QUERIES = 1.5, 1.02  # the larger register's cost at most so many times that of the smaller
# Looking for what is due may cost a little more in a register ten times as large, and not ten times as much.
MOST_IDLE = 2.5
DAY = timedelta(days=1)
ON = date(2027, 3, 2)
# What is due on the day, in either register: reviews to be opened; reports that are due in a month, a day and a month late;
# entries that their dates alter.
OPENED, DUE, LATE, LATER, TURNED = 20, 20, 10, 10, 10
# Of every so many entries one has a body that has not answered for a year: people know, and nothing is due.
SILENT = 50
WATCHED = {"credentials_credential", "credentials_review", "registry_entry", "registry_case", "registry_change"}


# By which index these steps find what is due.
FOUND_BY = {
    "status": "entry_turns_on", "reports": "case_answer_by", "required_changes": "case_answer_by",
    "reviews": "credential_review_due",
}  # fmt: skip


class Filling:
    """Copies rows of one entry, one case and one review into their tables, as the owner of the database."""

    def __init__(self, name: str):
        self.name = name

    def copies(self, entries: int) -> None:
        """So many entries, each with a review that was decided a while ago, and with a next day in the coming years."""
        last = make_listed()
        case = Case.objects.exclude(decided_at=None).get()
        for name, role in (("Rea", "review_officer"), ("Dana", "decision_maker"), ("Rita", "registrar")):
            make_user(name, role)
        opens = schedule.opens_on(due := _due_when_opened(ON))
        assert opens == ON, (opens, due)
        far = f"date '{ON}' + 130 + (n * 7919 %% 1690)::int"
        when = f"case when n <= {OPENED} then date '{due}' else {far} end"
        with owner_of(self.name) as server:
            self._insert(server, "credentials_credential", last.pk, entries, {
                "id": "1000000 + n", "number": "'NQ-' || (1000000 + n)", "review_due": when, "review_period_months": "12",
                "review_anchor": f"({when}) - interval '12 months'", "review_months": "12",
            })  # fmt: skip
            revision = last.revisions.latest_public()
            self._insert(server, "credentials_revision", revision.pk, entries, {
                "id": "1000000 + n", "credential_id": "1000000 + n",
            })  # fmt: skip
            self._insert(server, "registry_entry", last.number, entries, {
                "number": "'NQ-' || (1000000 + n)", "serial": "1000000 + n",
                "turns_on": f"case when n > {entries - TURNED} then date '{ON}' end",
            }, key="number")  # fmt: skip
            # A copy continues no chain: the run itself reads the last change alone, and those of an entry.
            server.execute("alter table registry_change disable trigger user")
            self._insert(server, "registry_change", Entry.objects.get(number=last.number).serial, entries, {
                "number": "'NQ-' || (1000000 + n)", "serial": "1000000 + n",
            }, key="serial")  # fmt: skip
            server.execute("alter table registry_change enable trigger user")
            cases = {
                "id": "1000000 + n", "reference": "'REV-2025-' || n", "kind": "'credential_review'", "answer_by": "null",
                "state": "'approved'", "told_late": "0",
            }  # fmt: skip
            self._insert(server, "registry_case", case.pk, entries, cases)
            self._reviews(server, 0, entries, f"({when}) - interval '10 years'")
            server.execute(
                'insert into registry_notice (case_id, person_id, key, "to", language, subject, body, created_at, sent_at,'
                " attempts, last_error) select 1000000 + n, (select min(id) from registry_user), 'report:' || 1000000 + n ||"
                f" ':opened', '{{}}', 'en', 'Told', 'Told.', now(), now(), 1, '' from generate_series(1, {entries}) n"
            )
            # What is asked for now: of the entries that come last, so that none of them is to be opened as well.
            asked = DUE + LATE + LATER + entries // SILENT
            answer_by = (
                f"case when n <= {DUE} then date '{ON}' + 30 when n <= {DUE + LATE} then date '{ON}' - 1 "
                f"when n <= {DUE + LATE + LATER} then date '{ON}' - 30 else date '{ON}' - 400 end"
            )
            told = f"case when n <= {DUE + LATE} then 0 when n <= {DUE + LATE + LATER} then 1 else 3 end"
            self._insert(server, "registry_case", case.pk, asked, cases | {
                "id": "5000000 + n", "reference": "'REV-2026-' || n", "state": "'draft'", "answer_by": answer_by,
                "told_late": told, "assigned_to_id": "null", "decided_at": "null",
            })  # fmt: skip
            first = 1_000_000 + entries - TURNED - asked
            server.execute(
                f"update credentials_credential set review_due = ({answer_by}) from generate_series(1, {asked}) n"
                f" where id = {first} + n".replace("%%", "%")
            )
            self._reviews(server, 4_000_000, asked, f"({answer_by})", credential=f"{first} + n")
            server.execute("vacuum analyze")
        assert Credential.objects.count() == entries + 1 == Entry.objects.credentials().count()

    @staticmethod
    def _insert(server, table: str, source, count: int, other: dict[str, str], key: str = "id") -> None:
        columns = [
            row[0]
            for row in server.execute(
                "select column_name from information_schema.columns where table_name = %s and is_generated = 'NEVER'",
                [table],
            )
        ]
        said = ", ".join(f'"{c}"' for c in columns)
        values = ", ".join(other.get(c, f'source."{c}"') for c in columns)
        server.execute(
            f"insert into {table} ({said}) select {values} from {table} source, generate_series(1, {count}) n"
            f" where source.{key} = %s",
            [source],
        )

    @staticmethod
    def _reviews(server, offset: int, count: int, due: str, credential: str = "1000000 + n") -> None:
        server.execute(
            "insert into credentials_review (case_id, credential_id, of_entry, closed, due_on, learner_feedback, need_evidence,"
            " moderation, changes_made, changes_wanted, duplication, fees, complaints, sites, ratings, sought, effects)"
            f" select {1_000_000 + offset} + n, {credential}, true, false, {due}, '', '', '', '', '', '', '', '', '{{}}', '{{}}',"
            f" 'continue', '{{}}' from generate_series(1, {count}) n".replace("%%", "%")
        )


def _due_when_opened(day: date) -> date:
    """A day for which a review is opened on `day`."""
    return next(d for n in range(80, 100) if schedule.opens_on(d := day + n * DAY) == day)


@dataclass
class Register:
    """One of the two: its database, and what its runs cost."""

    name: str
    entries: int
    seconds: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    steps: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    queries: int = 0
    done: dict[str, int] = field(default_factory=dict)

    def run(self, capture: "Captured | None" = None) -> None:
        """One daily run, measured and taken back."""
        point_at(self.name)
        metered = Metered()
        with transaction.atomic(), metered.holding(), ExitStack() as stack:
            if capture:
                stack.enter_context(connection.execute_wrapper(capture))
            started = time.perf_counter()
            self.done = daily.run(ON, now=at(ON, 2))
            self.seconds.append(time.perf_counter() - started)
            self.queries = metered.queries
            for name, cost in metered.steps.items():
                self.steps[name].append((cost.seconds, cost.queries))
            # Once more: now nothing is due any more, and what is left is looking for it.
            started = time.perf_counter()
            assert not any(daily.run(ON, now=at(ON, 2)).values())
            self.idle.append(time.perf_counter() - started)
            transaction.set_rollback(True)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Captured:
    """The queries of each step, once each."""

    def __init__(self):
        self.queries: dict[str, dict[str, tuple]] = defaultdict(dict)

    def __call__(self, execute, sql, params, many, context):
        if not many and sql.lstrip().lower().startswith(("select", "update")):
            self.queries[Metered.running].setdefault(sql, params)
        return execute(sql, params, many, context)

    def plans(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Of each step each query, with the plan by which PostgreSQL answers it."""
        for step, queries in self.queries.items():
            for sql, params in queries.items():
                with connection.cursor() as cursor:
                    cursor.execute(f"explain (format json) {sql}", params)
                    plan = cursor.fetchone()[0]
                yield step, sql, (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]

    def scans(self) -> list[str]:
        """Which of these queries read a whole table that grows with the register."""
        return [
            f"{step}: {node['Relation Name']}: {sql[:300]} … {sql[-700:]}"
            for step, sql, plan in self.plans()
            for node in _nodes(plan)
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in WATCHED
        ]

    def finding(self) -> Iterator[str]:
        """How the first query of each step, by which it finds its work, reads: the tables, and the indexes."""
        seen = set()
        for step, _, plan in self.plans():
            if step not in seen:
                seen.add(step)
                nodes = [(n["Node Type"], n.get("Relation Name"), n.get("Index Name")) for n in _nodes(plan)]
                read = [
                    ": ".join(filter(None, (index or relation, kind)))
                    for kind, relation, index in nodes
                    if index or relation
                ]
                yield f"{step}: {', '.join(read)}"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


@pytest.fixture(scope="module")
def registers(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), ExitStack() as stack:
        made = []
        for entries in (SMALL, LARGE):
            name = stack.enter_context(database(f"nqr_benchmark_{entries}"))
            started = time.perf_counter()
            Filling(name).copies(entries)
            print(f"{entries:,} entries copied in {time.perf_counter() - started:.0f} s")
            made.append(Register(name, entries))
        yield made


def test_the_cost_of_a_daily_run_grows_with_what_is_due_and_not_with_the_register(registers):
    small, large = registers
    for register in registers:
        register.run()  # the first run reads what lies on the disk
        register.seconds.clear(), register.steps.clear(), register.idle.clear()
    for _ in range(ROUNDS):
        for register in registers:
            register.run()
    print(f"load {os.getloadavg()[0]:.2f}")
    for name in small.steps:
        cells = [
            f"{statistics.median(s for s, _ in r.steps[name]) * 1e3:8.1f} ms {r.steps[name][0][1]:5} queries"
            for r in registers
        ]
        print(f"{name:28} {' | '.join(cells)}   {small.done[name]} done")
    print(f"{'all':28} " + " | ".join(f"{r.median * 1e3:8.1f} ms {r.queries:5} queries" for r in registers))
    idle = [statistics.median(register.idle) for register in registers]
    print(f"{'all, where nothing is due':28} " + " | ".join(f"{seconds * 1e3:8.1f} ms" for seconds in idle))
    print(
        f"ratios: time {large.median / small.median:.2f}, queries {large.queries / small.queries:.3f};"
        f" where nothing is due: time {idle[1] / idle[0]:.2f}"
    )
    assert small.done == large.done
    assert small.done["reviews"] == OPENED and small.done["late_reports"] == LATE + LATER, small.done
    assert large.queries <= MOST_QUERIES * small.queries
    assert large.median <= MOST_TIME * small.median
    assert idle[1] <= MOST_IDLE * idle[0]


def test_no_step_reads_a_whole_table_that_grows_with_the_register(registers):
    _, large = registers
    captured = Captured()
    large.run(captured)
    assert {"reviews", "late_reports", "reports", "status"} <= captured.queries.keys()
    scans = captured.scans()
    found = dict(line.split(": ", 1) for line in captured.finding())
    print("\n".join(f"{step}: {read}" for step, read in found.items()))
    for step, index in FOUND_BY.items():
        assert index in found[step], f"{step} does not find its work by {index}: {found[step]}"
    assert not scans, "\n\n".join(scans)
