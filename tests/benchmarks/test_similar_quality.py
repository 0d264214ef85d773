"""The duplicate check over hand-labelled pairs of real rows: what is the same is found, and little else is shown.

By name: `pytest -n 1 -rP tests/benchmarks/test_similar_quality.py`, which needs the folder of real rows beside the project.

The pairs of `duplicates.csv` and `same_bodies.csv` are of real rows, by their ids alone, and were labelled by hand with a
reason before anything scored them: `same` (with how it is written otherwise), `near` (another level, another branch) or
`unrelated`. Precision is told among the labelled pairs that the shown threshold lets through, `near` ones against it.
"""

import csv
from collections import Counter
from pathlib import Path

import orjson
import pytest

from credentials import imports
from registry.framework.current import today
from registry.models import Entry
from registry.search import follower, similar

HERE = Path(__file__).parent
TOP = 10


@pytest.fixture
def real(committing_db, shared):
    """Every real row on the register; the documents by source and id."""
    imports.run(shared / "data" / "records.csv")
    follower.catch_up()
    found = {}
    for body in Entry.objects.values_list("document", flat=True).iterator(chunk_size=5_000):
        entry = orjson.loads(bytes(body))
        if source := entry.get("source"):
            found[f"{source['name']}:{source['id']}"] = entry
    return found


def pairs(name: str, real) -> list[tuple[dict, str, str, str]]:
    """The labelled pairs of which both sides are on the register: some sources list what they do not publish."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["reason"] and row["label"] in ("same", "near", "unrelated") for row in rows)
    both = [row for row in rows if row["one"] in real and row["other"] in real]
    assert len(both) >= 0.9 * len(rows)
    return [(real[r["one"]], real[r["other"]]["number"], r["label"], r["form"]) for r in both]


def measured(name: str, real, look) -> tuple[float, float]:
    """Recall in the top ten of what is the same and written in one language, and precision at the shown threshold."""
    counted, found, shown = Counter(), Counter(), Counter()
    for draft, other, label, form in pairs(name, real):
        matches = look(draft)
        scores = {number: match.score for match in matches for number in (match.number, *match.twins)}
        top = {number for match in matches[:TOP] for number in (match.number, *match.twins)}
        key = f"{label} {form}".strip()
        counted[key] += 1
        found[key] += other in top
        shown[key] += scores.get(other, 0.0) >= similar.SHOWN
    for key in sorted(counted):
        print(f"{key:16} {counted[key]:4} pairs  {found[key]:4} in the top {TOP}  {shown[key]:4} shown")
    told = [key for key in counted if key.startswith("same") and "translated" not in key]
    recall = sum(found[k] for k in told) / sum(counted[k] for k in told)
    right = sum(n for key, n in shown.items() if key.startswith("same"))
    precision = right / sum(shown.values())
    print(f"{name}: recall {recall:.1%}, precision at {similar.SHOWN} {precision:.1%}")
    return recall, precision


def test_labelled_pairs_of_real_entries_and_bodies(real):
    """At least 150 pairs of entries; translated ones are counted apart, with no goal: nothing translates them yet."""
    numbers = {entry["number"]: entry for entry in real.values()}
    names = {n: e["title"] for n, e in numbers.items() if e["kind"] == "provider"}

    def entries(draft):
        awarding = [names[p["number"]] for p in draft["providers"] if p["number"] in names]
        return similar.credentials(
            draft | {"number": None}, day=today(), bodies=awarding, exclude={draft["number"]}, limit=200
        )

    def bodies(draft):
        return similar.bodies(draft, day=today(), exclude={draft["number"]}, limit=200)

    recall, precision = measured("duplicates.csv", real, entries)
    assert recall >= 0.95 and precision >= 0.75
    recall, precision = measured("same_bodies.csv", real, bodies)
    assert recall >= 0.95 and precision >= 0.75
