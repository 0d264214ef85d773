"""The made-up registers that benchmarks and drills use: the same for a seed, shaped like real ones, and importable."""

import csv
import tracemalloc
from itertools import islice

import pytest

from credentials import imports
from registry.models import Entry
from tests.benchmarks.generator import COLUMNS, Recipe, rows, write

SMALL = Recipe(entries=400, seed=3)


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    first, again, other = (tmp_path / name for name in ("first.csv", "again.csv", "other.csv"))
    write(first, SMALL)
    write(again, SMALL)
    write(other, Recipe(entries=400, seed=4))
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_it_has_as_many_rows_as_were_asked_for_and_each_an_id_of_its_own(tmp_path):
    write(tmp_path / "made.csv", Recipe(entries=3_000, prefix="A-"))
    made = read(tmp_path / "made.csv")
    assert len(made) == len({row["source_id"] for row in made}) == 3_000
    assert all(row["source_id"].startswith("A-") for row in made)
    bodies = {(row["title"], row["country"]) for row in made if row["kind"] == "provider"}
    assert len(bodies) == round(3_000 / 41)
    assert {(row["awarding_body"], row["country"]) for row in made if row["kind"] != "provider"} <= bodies


def test_two_prefixes_name_no_body_alike():
    """A file's bodies are its own: an import would take another file's body of that name for them."""
    names = [{r["title"] for r in islice(rows(Recipe(4_000, prefix=prefix)), 97)} for prefix in ("A-", "B-")]
    assert not names[0] & names[1]


@pytest.mark.parametrize(("share", "changed"), [(0.01, 4), (0.1, 39), (1.0, 390)])
def test_exactly_that_share_of_titles_is_changed_and_nothing_else(share, changed):
    before, after = list(rows(SMALL)), list(rows(Recipe(entries=400, seed=3, changed_share=share)))
    different = [(b, a) for b, a in zip(before, after, strict=True) if a != b]
    assert len(different) == Recipe(entries=400, seed=3, changed_share=share).changed == changed
    assert all({name for name in b if b[name] != a[name]} == {"title"} for b, a in different)


def test_every_row_lands(db, tmp_path):
    recipe = Recipe(entries=200, seed=11)
    write(tmp_path / "made.csv", recipe)
    report = imports.run(tmp_path / "made.csv")
    assert list(report.rejected) == []
    assert (report.read, report.created, report.updated) == (200, 200, 0)
    assert Entry.objects.providers().count() == recipe.bodies, "no awarding body is known by its name alone"
    again = imports.run(tmp_path / "made.csv")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 200)


def test_its_columns_are_those_of_the_import():
    assert tuple(imports.COLUMNS) == COLUMNS


def test_it_is_shaped_like_a_register(tmp_path):
    found = write(tmp_path / "made.csv", Recipe(entries=8_000, seed=5))
    all_of = found.credentials
    assert found.kinds["qualification"] / all_of == pytest.approx(0.60, abs=0.03)
    assert found.kinds["unit"] / all_of == pytest.approx(0.30, abs=0.03)
    assert found.statuses["discontinued"] / all_of == pytest.approx(0.20, abs=0.03)
    assert found.with_outcomes / all_of == pytest.approx(1 / 3, abs=0.03)
    assert found.with_other_titles / all_of == pytest.approx(0.03, abs=0.01)
    assert 0 < found.without_level / all_of < 0.05 and 0 < found.without_start / all_of < 0.05
    assert found.languages["en"] / all_of > 0.8 and len(found.languages) == 5
    assert found.bodies.most_common(1)[0][1] > 20 * all_of / len(found.bodies), "a few bodies award a great many"
    assert found.bytes == (tmp_path / "made.csv").stat().st_size


def test_a_few_words_carry_most_of_the_titles_and_a_larger_register_knows_more(tmp_path):
    small = write(tmp_path / "small.csv", Recipe(entries=2_000, seed=5))
    large = write(tmp_path / "large.csv", Recipe(entries=8_000, seed=5))
    assert small.share_of_top(0.1) > 0.6 and large.share_of_top(0.1) > 0.6
    assert large.vocabulary > 1.5 * small.vocabulary
    assert large.vocabulary < 4 * small.vocabulary, "and yet most words of a title have been met before"


def test_rows_are_made_one_at_a_time():
    """A million rows may be asked for without one being made before its turn."""
    tracemalloc.start()
    taken = list(islice(rows(Recipe(entries=1_000_000)), 10))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(taken) == 10
    assert peak < 1_000_000
