"""Five years of a register, day by day: people report, are late, judge and decide; and the daily run is killed meanwhile.

By name: `pytest -n 1 -rP tests/drills/test_five_years.py`; `-k quick` is the short form, of two minutes or so.
"""

import hashlib
from pathlib import Path

import pytest

from tests.drills import invariants
from tests.drills.people import People
from tests.drills.rehearsing import Killer, Rehearsal, database, make

SEED = 20270104


class Form:
    """How large a rehearsal is: so many imported entries, of which one in `every` has people, over so many days."""

    def __init__(self, entries: int, every: int, days: int, kills: float, *, made_up: bool):
        self.entries, self.every, self.days, self.kills, self.made_up = entries, every, days, kills, made_up
        self.name = f"nqr_drill_{entries}_{days}"

    def people(self) -> People:
        return People(SEED, self.every)


QUICK = Form(60, 2, 2 * 365, 0.1, made_up=True)
FULL = Form(5_000, 20, 5 * 365 + 1, 0.05, made_up=False)


@pytest.fixture(scope="module")
def undisturbed(django_db_setup, django_db_blocker, tmp_path_factory):
    """The register of a form, made once, and its undisturbed rehearsal."""
    opened, known = [], {}

    def get(form: Form) -> tuple[str, Rehearsal]:
        if form.name not in known:
            holding = database(form.name)
            holding.__enter__()
            opened.append(holding)
            print(make(tmp_path_factory.mktemp("rows"), form.entries, form.people(), made_up=form.made_up))
            known[form.name] = form.name, rehearsed(form)
        return known[form.name]

    with django_db_blocker.unblock():
        yield get
        for holding in reversed(opened):
            holding.__exit__(None, None, None)


def rehearsed(form: Form, killer: Killer | None = None) -> Rehearsal:
    """One rehearsal of a register that has been made, on a copy of it; what it cost is printed."""
    with database(f"{form.name}_run", template=form.name):
        done = Rehearsal(form.people(), form.days, killer).run()
    print("\n".join(done.lines))
    print(f"digest {digest(done)}")
    return done


def digest(done: Rehearsal) -> str:
    return hashlib.sha256("\n".join(line for lines in done.left.values() for line in lines).encode()).hexdigest()[:16]


def said(faults: list[str]) -> str:
    return f"{len(faults)} offenders:\n" + "\n".join(faults[:20])


def all_holds(done: Rehearsal) -> None:
    faults = done.faults
    assert not faults["failed"], f"no step fails; {said(faults['failed'])}"
    assert not faults["ran"], said(faults["ran"])
    assert not faults["next_day"], f"each current entry that is reviewed has one next day; {said(faults['next_day'])}"
    assert not faults["cycle"], f"no review exists twice for one cycle; {said(faults['cycle'])}"
    assert not faults["clock"], f"nothing is altered by a clock alone; {said(faults['clock'])}"
    assert not faults["ended"], f"no case is ended by a clock; {said(faults['ended'])}"
    assert not faults["mail"], f"nobody is owed the same mail twice; {said(faults['mail'])}"
    assert not faults["late"], f"of each level of being late people are told once; {said(faults['late'])}"
    assert not faults["grid"], f"next days lie on the grid of their anchor; {said(faults['grid'])}"
    assert not faults["journal"], f"everything agrees; {said(faults['journal'])}"


def much_happened(done: Rehearsal) -> None:
    """A rehearsal in which little happened proves little: each kind of act and of outcome was there."""
    acts = done.people.done
    missing = [
        name
        for name in (
            "report", "extend", "demand", "go_without", "evaluate", "decide", "meet", "upgrade", "outcome: approved",
            "outcome: approved_with_conditions", "outcome: change_required", "outcome: declined",
        )
        if not acts[name]
    ]  # fmt: skip
    assert not missing, f"nobody did: {missing}; {dict(acts)}"


def same_as(done: Rehearsal, other: Rehearsal) -> None:
    assert digest(done) == digest(other), "\n".join(["the ends differ:", *invariants.unlike(other.left, done.left)])


class TestQuick:
    """The quick form: 60 made-up entries and the demo register, two years."""

    def test_quick_two_years_leave_everything_as_it_should_be(self, undisturbed, tmp_path: Path):
        _, done = undisturbed(QUICK)
        much_happened(done)
        all_holds(done)

    @pytest.mark.parametrize("seed", range(2))
    def test_quick_killed_at_random_two_years_end_the_same(self, undisturbed, seed):
        _, calm = undisturbed(QUICK)
        killer = Killer(seed, QUICK.kills)
        done = rehearsed(QUICK, killer)
        hits = killer.hits
        assert sum(n for where, n in hits.items() if "inside" in where) >= 8 and hits.total() >= 15, hits
        all_holds(done)
        same_as(done, calm)


class TestFull:
    """The whole drill: 5,000 real entries where they are there, five years."""

    def test_five_years_leave_everything_as_it_should_be(self, undisturbed):
        _, done = undisturbed(FULL)
        much_happened(done)
        all_holds(done)

    def test_killed_at_random_five_years_end_the_same(self, undisturbed):
        _, calm = undisturbed(FULL)
        killer = Killer(SEED, FULL.kills)
        done = rehearsed(FULL, killer)
        assert killer.hits.total() >= 40, killer.hits
        all_holds(done)
        same_as(done, calm)
