"""What stacking comes to: sums over what the documents say, and never what a provider will recognise.

Stacking creates no entitlement: the body that receives a learner decides what it recognises (EU Recommendation on
micro-credentials, Annex II, principle 5). So every sum here is the most that *may* count, and what is still missing is
the least. All credits are exact decimals. What is not known is None, and is never taken for nought.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from registry.content.dictionary import links as links_of
from registry.framework.values import number

NONE = Decimal(0)


@dataclass(frozen=True)
class Link:
    """An entry may lead to another: how, and how many credits are recognised there at most, where that is said."""

    number: str
    relation: str
    most: Decimal | None = None
    group: str | None = None


@dataclass(frozen=True)
class Group:
    """Entries of which an entry asks all, at least so many, or at least so many credits."""

    code: str
    rule: str
    least: Decimal | None = None


@dataclass(frozen=True)
class Stackable:
    """Of a credential, what stacking is reckoned from."""

    number: str
    level: str | None = None
    credits: Decimal | None = None
    system: str = ""
    links: tuple[Link, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Share:
    """What one entry may count for in another.

    `state` says whether it does: it "counts"; it lies "within" another one that counts; how much is "unknown"; or its
    credits are those of another "system", which are never added to these. `limited`: less is recognised than it has.
    """

    number: str
    links: tuple[Link, ...]
    state: str
    credits: Decimal | None = None
    limited: bool = False


@dataclass(frozen=True)
class InGroup:
    """How far a group of the target is filled: by how many entries, with how many credits, and what it asks besides.

    `lacking` counts entries or credits, as the rule does; it is None of a group that asks all of its members.
    """

    group: Group
    entries: int
    credits: Decimal
    lacking: Decimal | None


@dataclass(frozen=True)
class Sum:
    """What several entries may count for in one target together: never more than it asks, nor than they have.

    `missing` is the least that is still needed; None where that is not known.
    """

    shares: tuple[Share, ...]
    counted: Decimal
    missing: Decimal | None
    groups: tuple[InGroup, ...] = ()


def read(document: Mapping[str, Any], own: str) -> Stackable:
    """A credential's document read for stacking. One that names no credit system uses the register's `own`."""
    return Stackable(
        number=document["number"], level=document.get("level"), credits=number(document.get("credits")),
        system=document.get("credit_system") or own,
        links=tuple(
            Link(link["number"], link["relation"], number(link.get("credits")), link.get("group"))
            for link in links_of(document)
        ),
        groups=tuple(
            Group(group["group"], group["rule"], number(group.get("least")))
            for group in document.get("stacking_groups") or ()
        ),
    )  # fmt: skip


def share(entry: Stackable, target: Stackable) -> Share | None:
    """What one entry alone may count for in the target: at most what is recognised there, and never more than it has.

    None where it does not lead there. Of several links the one that recognises most is taken: they speak of the same
    learning.
    """
    found = tuple(link for link in entry.links if link.number == target.number)
    if not found:
        return None
    if entry.system != target.system:
        return Share(entry.number, found, "system")
    if entry.credits is None:
        return Share(entry.number, found, "unknown")
    most = max(entry.credits if link.most is None else min(entry.credits, link.most) for link in found)
    return Share(entry.number, found, "counts", most, limited=most < entry.credits)


def together(target: Stackable, held: Iterable[Stackable], within: Mapping[str, frozenset[str]]) -> Sum:
    """What these entries may count for in the target together; which one is given first makes no difference.

    What is learnt once is counted once. Where one of them lies within another (a micro-credential that is part of a
    part qualification which is held too), the learning of the first is in the second already, so that only one of the
    two counts. Of all choices in which no entry lies within another the one with most credits is taken; of choices
    that are equal the one of fewest entries, which is the larger wholes. Entries whose credits are not known, or are of
    another system, count for nothing here and keep out nobody; then what is missing is not known either.

    `within` tells for each number the numbers that it lies within (see `inside`).
    """
    shares = {found.number: found for entry in held if (found := share(entry, target))}
    worth = {n: s.credits for n, s in shares.items() if s.state == "counts"}
    clashes = {n: {m for m in worth if m != n and (m in within.get(n, ()) or n in within.get(m, ()))} for n in worth}
    chosen = best(worth, clashes)
    said = tuple(
        Share(n, shares[n].links, "within") if n in worth and n not in chosen else shares[n] for n in sorted(shares)
    )
    total = sum((worth[n] for n in chosen), NONE)
    counted = total if target.credits is None else min(total, target.credits)
    known = target.credits is not None and all(s.state in ("counts", "within") for s in said)
    groups = tuple(_in_group(group, said) for group in target.groups)
    return Sum(said, counted, target.credits - counted if known else None, groups)


def _in_group(group: Group, shares: Iterable[Share]) -> InGroup:
    # One that lies within another is held all the same: it is an entry of the group, without credits of its own.
    members = [s for s in shares if any(link.group == group.code for link in s.links)]
    credits = sum((s.credits for s in members if s.credits is not None), NONE)
    filled = {"some": Decimal(len(members)), "credits": credits}.get(group.rule)
    lacking = None if filled is None or group.least is None else max(group.least - filled, NONE)
    return InGroup(group, len(members), credits, lacking)


def inside(entries: Iterable[Stackable]) -> dict[str, frozenset[str]]:
    """For each entry the numbers that it lies within: all that one comes to from it, link by link.

    Only what these entries say is followed, each once, so that links that lead back in a circle end. Of a circle each
    lies within the others.
    """
    steps = {entry.number: {link.number for link in entry.links} for entry in entries}
    found = {}
    for start in steps:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            fresh = steps.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting += fresh
        found[start] = frozenset(seen - {start})
    return found


def best(worth: Mapping[str, Decimal], clashes: Mapping[str, set[str]]) -> frozenset[str]:
    """Of these entries those that have most credits together while no two of them clash.

    Of equal choices that of fewest entries; of those the one that comes first by number.
    """
    chosen: frozenset[str] = frozenset()
    rest = frozenset(worth)
    while rest:
        tied = _tied(min(rest), clashes)
        chosen |= _best(tied, worth, clashes)
        rest -= tied
    return chosen


def _tied(first: str, clashes: Mapping[str, set[str]]) -> frozenset[str]:
    """All whose choice bears on that of the first. What clashes with nobody stands alone."""
    found, waiting = {first}, [first]
    while waiting:
        fresh = clashes[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return frozenset(found)


def _best(rest: frozenset[str], worth: Mapping[str, Decimal], clashes: Mapping[str, set[str]]) -> frozenset[str]:
    """With or without the one that clashes with most others: it leaves little to choose among."""
    tight = max(sorted(rest), key=lambda n: len(clashes[n] & rest), default=None)
    if tight is None or not clashes[tight] & rest:
        return rest
    with_it = _best(rest - clashes[tight] - {tight}, worth, clashes) | {tight}
    without = _best(rest - {tight}, worth, clashes)
    return min(with_it, without, key=lambda kept: (-sum((worth[n] for n in kept), NONE), len(kept), sorted(kept)))


def targets(held: Iterable[Stackable]) -> list[str]:
    """All that any of these may lead to by one step and that is not held itself, by number."""
    held = list(held)
    own = {entry.number for entry in held}
    return sorted({link.number for entry in held for link in entry.links} - own)
