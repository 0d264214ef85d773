"""What stacking comes to: the sums, by example and for every choice of entries."""

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.content.pathways import Group, Link, Stackable, best, inside, read, share, targets, together
from tests.builders import document

OWN = "nzqcf"
WHOLE = Stackable("NQ-000001", credits=Decimal(60), system=OWN)


def entry(number: str, credits: str | None, *links: Link | str, system: str = OWN, **more) -> Stackable:
    """An entry that leads to these; a number alone is a link that recognises all of it."""
    steps = tuple(Link(link, "counts_towards") if isinstance(link, str) else link for link in links)
    return Stackable(number, credits=None if credits is None else Decimal(credits), system=system, links=steps, **more)


def reckoned(*held: Stackable, target: Stackable = WHOLE):
    return together(target, held, inside([target, *held]))


def states(sum_) -> dict[str, str]:
    return {s.number: s.state for s in sum_.shares}


# -- one entry ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "most", "counts", "limited"),
    [("8", None, "8", False), ("8", "5", "5", True), ("8", "8", "8", False), ("8", "9", "8", False), ("0.5", None, "0.5", False)],
)  # fmt: skip
def test_no_more_counts_than_is_recognised_and_than_there_is(own, most, counts, limited):
    found = share(entry("NQ-000002", own, Link("NQ-000001", "part_of", Decimal(most) if most else None)), WHOLE)
    assert (found.credits, found.limited, found.state) == (Decimal(counts), limited, "counts")


def test_what_does_not_lead_there_counts_for_nothing_there():
    assert share(entry("NQ-000002", "8", "NQ-000009"), WHOLE) is None
    assert reckoned(entry("NQ-000002", "8", "NQ-000009")).shares == ()


def test_two_links_to_one_target_speak_of_the_same_learning():
    links = Link("NQ-000001", "part_of", Decimal(3)), Link("NQ-000001", "counts_towards", Decimal(5))
    assert share(entry("NQ-000002", "8", *links), WHOLE).credits == Decimal(5)


def test_unknown_credits_and_those_of_another_system_are_not_added():
    unknown, foreign = entry("NQ-000002", None, "NQ-000001"), entry("NQ-000003", "10", "NQ-000001", system="ects")
    sum_ = reckoned(unknown, foreign, entry("NQ-000004", "7", "NQ-000001"))
    assert states(sum_) == {"NQ-000002": "unknown", "NQ-000003": "system", "NQ-000004": "counts"}
    assert sum_.counted == 7 and sum_.missing is None


# -- several -----------------------------------------------------------------------------------------------------------


def test_what_counts_and_what_is_missing_add_up_exactly():
    sum_ = reckoned(entry("NQ-000002", "2.5", "NQ-000001"), entry("NQ-000003", "0.25", "NQ-000001"))
    assert (sum_.counted, sum_.missing) == (Decimal("2.75"), Decimal("57.25"))


def test_more_than_the_target_asks_is_not_counted():
    sum_ = reckoned(entry("NQ-000002", "40", "NQ-000001"), entry("NQ-000003", "40", "NQ-000001"))
    assert (sum_.counted, sum_.missing) == (Decimal(60), Decimal(0))


def test_of_a_target_without_credits_nobody_knows_what_is_missing():
    sum_ = reckoned(entry("NQ-000002", "8", "NQ-000001"), target=Stackable("NQ-000001", system=OWN))
    assert (sum_.counted, sum_.missing) == (Decimal(8), None)


def test_what_is_learnt_once_is_counted_once():
    part = entry("NQ-000002", "20", "NQ-000001")
    micro = entry("NQ-000003", "5", "NQ-000001", Link("NQ-000002", "part_of"))
    sum_ = reckoned(part, micro)
    assert sum_.counted == 20 and states(sum_) == {"NQ-000002": "counts", "NQ-000003": "within"}
    assert sum_.missing == 40, "what lies within another is known, and keeps nothing from being known"


def test_it_lies_within_over_an_entry_between_that_is_not_held():
    part, between = entry("NQ-000002", "20", "NQ-000001"), entry("NQ-000004", "9", "NQ-000002")
    micro = entry("NQ-000003", "5", "NQ-000001", "NQ-000004")
    assert together(WHOLE, [part, micro], inside([part, between, micro])).counted == 20
    assert together(WHOLE, [part, micro], inside([part, micro])).counted == 25, "only what is known is followed"


def test_several_small_ones_count_where_they_are_worth_more_than_what_they_lie_within():
    part = entry("NQ-000002", "20", Link("NQ-000001", "part_of", Decimal(6)))
    small = [entry(f"NQ-00000{n}", "4", "NQ-000001", "NQ-000002") for n in (3, 4)]
    sum_ = reckoned(part, *small)
    assert sum_.counted == 8 and states(sum_)["NQ-000002"] == "within"


def test_one_whose_credits_are_not_known_keeps_nobody_out():
    sum_ = reckoned(entry("NQ-000002", None, "NQ-000001"), entry("NQ-000003", "5", "NQ-000001", "NQ-000002"))
    assert sum_.counted == 5 and sum_.missing is None


def test_a_circle_in_the_data_ends_and_counts_one_of_its_entries():
    first = entry("NQ-000002", "10", "NQ-000001", "NQ-000003")
    second = entry("NQ-000003", "12", "NQ-000001", "NQ-000002")
    assert inside([first, second])["NQ-000002"] == {"NQ-000001", "NQ-000003"}
    sum_ = reckoned(first, second)
    assert sum_.counted == 12 and states(sum_) == {"NQ-000002": "within", "NQ-000003": "counts"}


def test_one_that_names_itself_is_no_target_of_its_own():
    assert targets([entry("NQ-000002", "5", "NQ-000002", "NQ-000001")]) == ["NQ-000001"]


# -- groups ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "least", "lacking"),
    [
        ("some", "3", "1"), ("some", "2", "0"), ("some", None, None), ("credits", "15", "5.5"), ("credits", "9", "0"),
        ("all", None, None),
    ],
)  # fmt: skip
def test_it_is_told_what_a_group_still_asks(rule, least, lacking):
    target = Stackable("NQ-000001", credits=Decimal(60), system=OWN,
                       groups=(Group("core", rule, Decimal(least) if least else None),))  # fmt: skip
    held = [entry(f"NQ-00000{n}", "4.75", Link("NQ-000001", "part_of", group="core")) for n in (2, 3)]
    other = entry("NQ-000004", "30", Link("NQ-000001", "part_of", group="else"))
    (filled,) = reckoned(*held, other, target=target).groups
    assert (filled.entries, filled.credits) == (2, Decimal("9.5"))
    assert filled.lacking == (None if lacking is None else Decimal(lacking))


# -- what documents say ------------------------------------------------------------------------------------------------


def test_a_document_is_read_for_what_stacking_is_reckoned_from():
    said = document(
        number="NQ-000002", credits="2.50", part_of=["NQ-000001"], counts_towards=["NQ-000003"],
        stacking_groups=[{"group": "core", "label": {"en": "Core"}, "rule": "some", "least": "2"}],
    )  # fmt: skip
    found = read(said, OWN)
    assert (found.credits, found.system, found.level) == (Decimal("2.5"), OWN, "3")
    assert found.links == (Link("NQ-000001", "part_of"), Link("NQ-000003", "counts_towards"))
    assert found.groups == (Group("core", "some", Decimal(2)),)
    assert read(said | {"credit_system": "ects", "credits": None}, OWN).system == "ects"


# -- for every choice --------------------------------------------------------------------------------------------------

NUMBERS = [f"NQ-{n:06d}" for n in range(1, 9)]
amounts = st.one_of(st.none(), st.decimals(0, 99, places=2))
steps = st.builds(
    Link, st.sampled_from(NUMBERS), st.sampled_from(["part_of", "counts_towards", "component_of"]), amounts
)  # fmt: skip
entries = st.builds(
    Stackable, st.sampled_from(NUMBERS[1:]), credits=amounts, system=st.sampled_from([OWN, OWN, OWN, "ects"]),
    links=st.lists(steps, max_size=4).map(tuple),
)  # fmt: skip
held_ones = st.lists(entries, max_size=7, unique_by=lambda e: e.number)


@given(credits=amounts, held=held_ones, shuffled=st.randoms())
def test_no_more_is_counted_than_is_asked_or_held_and_order_changes_nothing(credits, held, shuffled):
    target = Stackable(NUMBERS[0], credits=credits, system=OWN)
    within = inside([target, *held])
    sum_ = together(target, held, within)
    assert 0 <= sum_.counted <= sum((e.credits or 0 for e in held), Decimal(0))
    assert credits is None or sum_.counted <= credits
    assert sum_.missing is None or (sum_.missing >= 0 and sum_.missing + sum_.counted == credits)
    mixed = [*held, *held]
    shuffled.shuffle(mixed)
    assert together(target, mixed, within) == sum_, "in another order, and each twice"


@given(held=held_ones, more=entries)
def test_holding_more_never_counts_less(held, more):
    both = [*(e for e in held if e.number != more.number), more]
    within = inside([WHOLE, *both])
    fewer = [e for e in held if e.number != more.number]
    assert together(WHOLE, both, within).counted >= together(WHOLE, fewer, within).counted


@given(held=held_ones)
def test_of_two_that_count_neither_lies_within_the_other_and_no_choice_is_worth_more(held):
    """Compared with a plain trial of every choice."""
    within = inside([WHOLE, *held])
    counted = {s.number: s.credits for s in together(WHOLE, held, within).shares if s.state == "counts"}
    worth = {e.number: s.credits for e in held if (s := share(e, WHOLE)) and s.state == "counts"}

    def apart(numbers) -> bool:
        return not any(a in within[b] or b in within[a] for a, b in combinations(numbers, 2))

    assert apart(counted)
    choices = [c for n in range(len(worth) + 1) for c in combinations(sorted(worth), n) if apart(c)]
    assert sum(counted.values()) == max(sum(worth[n] for n in choice) for choice in choices)


@given(st.dictionaries(st.sampled_from(NUMBERS), st.sets(st.sampled_from(NUMBERS)), max_size=8))
def test_what_an_entry_lies_within_is_all_that_one_comes_to(graph):
    found = inside(Stackable(n, links=tuple(Link(t, "part_of") for t in sorted(to))) for n, to in graph.items())
    for start, to in graph.items():
        reached: set[str] = set()
        for _step in range(len(NUMBERS) + 1):
            reached |= to | {t for n in reached for t in graph.get(n, ())}
        assert found[start] == reached - {start}


def test_thirty_that_all_lie_within_one_another_are_chosen_from_at_once():
    """The most that the planner takes: a chain, and pairs, whose choices would be many if each were tried."""
    numbers = [f"NQ-{n:06d}" for n in range(30)]
    worth = {n: Decimal(i % 7 + 1) for i, n in enumerate(numbers)}
    chain = {n: set(numbers) - {n} for n in numbers}
    assert sum(worth[n] for n in best(worth, chain)) == 7
    pairs = {n: {numbers[i ^ 1]} for i, n in enumerate(numbers)}
    assert len(best(worth, pairs)) == 15
    path = {n: {numbers[j] for j in (i - 1, i + 1) if 0 <= j < 30} for i, n in enumerate(numbers)}
    assert len(best(dict.fromkeys(numbers, Decimal(1)), path)) == 15
