"""Which entry may lead to which: never in a circle, whoever writes and however many at once."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials import stacking
from credentials.models import Credential, StackingLink
from credentials.stacking import Circle

NUMBERS = [f"NQ-00000{n}" for n in range(1, 7)]


def make_credentials(count: int = len(NUMBERS)) -> dict[str, Credential]:
    return {n: Credential.objects.create(kind="qualification", number=n) for n in NUMBERS[:count]}


def leads(graph: dict[str, set[str]], start: str) -> set[str]:
    """Everything that one comes to from here, link by link: plainly, over a graph in memory."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for target in graph.get(waiting.pop(), ()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


steps = st.lists(
    st.tuples(st.sampled_from(NUMBERS), st.lists(st.sampled_from(NUMBERS), max_size=3, unique=True)), max_size=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps=steps)
def test_links_are_taken_exactly_where_they_close_no_circle(db, steps):
    """Each step says anew what one entry leads to, as a revision does; one that is refused alters nothing."""
    with transaction.atomic():
        credentials = make_credentials()
        graph: dict[str, set[str]] = {}
        for number, targets in steps:
            wanted = graph | {number: set(targets)}
            circular = any(each in leads(wanted, each) for each in wanted)
            links = [{"relation": "counts_towards", "number": target} for target in targets]
            try:
                with transaction.atomic():
                    stacking.keep_one(credentials[number], links)
                assert not circular, (number, targets)
                graph = wanted
            except Circle:
                assert circular, (number, targets)
            rows = set(StackingLink.objects.values_list("credential__number", "target__number"))
            assert rows == {(of, to) for of, targets in graph.items() for to in targets}
        transaction.set_rollback(True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    pairs=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda p: p[0] < p[1])),
    asked=st.integers(0, 5),
)
def test_it_is_told_from_where_one_comes_back(db, pairs, asked):
    with transaction.atomic():
        credentials = list(make_credentials().values())
        for of, to in sorted(pairs):
            StackingLink.objects.create(credential=credentials[of], target=credentials[to], relation="part_of")
        graph: dict[str, set[str]] = {}
        for of, to in pairs:
            graph.setdefault(NUMBERS[of], set()).add(NUMBERS[to])
        here = NUMBERS[asked]
        expected = sorted(n for n in NUMBERS if n == here or here in leads(graph, n))
        assert stacking.back_to(credentials[asked], NUMBERS) == expected
        transaction.set_rollback(True)


def test_an_entry_is_never_part_of_itself(db):
    (one,) = make_credentials(1).values()
    with pytest.raises(Circle, match="NQ-000001 would lead back to itself"):
        stacking.keep_one(one, [{"relation": "part_of", "number": one.number}])


def test_the_database_refuses_a_circle_whatever_the_python_says(db):
    a, b = make_credentials(2).values()
    StackingLink.objects.create(credential=a, target=b, relation="part_of")
    with pytest.raises(DatabaseError, match="stacking comes back to NQ-00000"), transaction.atomic():
        StackingLink.objects.create(credential=b, target=a, relation="component_of")


def test_when_a_link_is_gone_the_other_direction_is_free(db):
    a, b = make_credentials(2).values()
    stacking.keep_one(a, [{"relation": "part_of", "number": b.number}])
    stacking.keep_one(a, [])
    stacking.keep_one(b, [{"relation": "part_of", "number": a.number}])
    assert StackingLink.objects.get().credential == b


@pytest.mark.parametrize("count", [2, 3])
def test_connections_that_close_a_circle_together_do_not_all_win(committing_db, count):
    """Each adds the link to the next at the same moment: all but the last of them land, and nobody waits for ever."""
    credentials = list(make_credentials(count).values())
    start, said = threading.Barrier(count), []

    def link(place: int) -> None:
        target = credentials[(place + 1) % count]
        start.wait()
        try:
            with transaction.atomic():
                stacking.keep_one(credentials[place], [{"relation": "part_of", "number": target.number}])
            said.append("taken")
        except Circle:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=link, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(said) == ["refused"] + ["taken"] * (count - 1)
    assert StackingLink.objects.count() == count - 1
