"""Two documents of one entry, compared field by field and item by item, and what sort of change that is."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.content.dictionary import BY_NAME, FIELDS
from registry.content.shapes import Shape, Text
from registry.framework.law import Category, Profile
from registry.framework.values import given

# What a document says of the entry rather than of its content, in the words of the pages.
ENTRY_LABELS = {
    "kind": _("Kind"), "providers": _("Awarding bodies and developer"), "listed_on": _("Listed on"),
    "effective_from": _("Effective from"), "last_new_enrolment": _("Last day to start"),
    "expiring_from": _("Expiring from"), "expiry_end": _("Last day"), "last_award": _("Last day for awards"),
    "closed_undated": _("Closed, on a day that nobody knows"), "suspensions": _("Suspensions"),
    "review_period_months": _("Months between reviews"), "review_due": _("Next review"), "replaces": _("Replaces"),
    "replaced_by": _("Replaced by"), "transition": _("What holders and learners keep"),
    "identifiers": _("Identifiers"), "level_native": _("Level as the source says it"),
}  # fmt: skip
# What follows from other fields, or from the act of publishing: told by those.
DERIVED = (
    "number", "revision", "title", "part_of", "counts_towards", "decisions", "reconsiderations", "last_review", "source", "gaps",
    "effective_from",
)  # fmt: skip
ORDER = {name: place for place, name in enumerate([*(f.name for f in FIELDS), *ENTRY_LABELS])}


@dataclass(frozen=True)
class Piece:
    """A stretch of words: `kept`, `added` or `removed`."""

    sort: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One field that two documents say differently: what both say, line by line.

    Where one line of it alters, `pieces` are its words.
    """

    field: str
    label: Any
    before: list[str]
    after: list[str]
    removed: list[str]
    added: list[str]
    pieces: list[Piece]


def compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    language: str = "en",
    *,
    left_out: Collection[str] = DERIVED,
    lines: Callable[[str, Any, str], list[str]] | None = None,
    labels: Callable[[str], Any] | None = None,
) -> list[Difference]:
    """The fields that differ, in the order of the field dictionary. What follows from another field is left out.

    A page for everybody says `lines` and `labels` in its own words.
    """
    names = [name for name in changed(before, after) if name not in left_out]
    names.sort(key=place)
    lines, labels = lines or shown, labels or label
    return [
        _difference(name, labels(name), lines(name, before.get(name), language), lines(name, after.get(name), language))
        for name in names
    ]


def place(name: str) -> int:
    """Where a field stands in the order of the dictionary; what it does not know comes last."""
    return ORDER.get(name, len(ORDER))


def _difference(name: str, label: Any, earlier: list[str], later: list[str]) -> Difference:
    removed, added = [line for line in earlier if line not in later], [line for line in later if line not in earlier]
    return Difference(name, label, earlier, later, removed, added, _pieces(removed, added))


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The fields under which two documents say different things; blank and left out are the same."""
    names = before.keys() | after.keys()
    return sorted(n for n in names if _said(before.get(n)) != _said(after.get(n)) and n not in ("number", "revision"))


def _said(value: Any) -> Any:
    return value if given(value) else None


def label(name: str) -> Any:
    field = BY_NAME.get(name)
    return field.label if field else ENTRY_LABELS.get(name, name.replace("_", " "))


def shown(name: str, value: Any, language: str) -> list[str]:
    """A field's value as people read it, line by line; no lines where nothing is said."""
    if not given(value):
        return []
    shape: Shape = BY_NAME[name].shape if name in BY_NAME else Text()
    if name == "learning_outcomes":
        value = [{k: v for k, v in outcome.items() if k != "number"} for outcome in value]
    if name in BY_NAME:
        return shape.lines(value, language)
    return _plain(value)


def _plain(value: Any) -> list[str]:
    """What has no shape of its own: a list line by line, a table as its values."""
    if isinstance(value, list):
        return [line for each in value for line in _plain(each)]
    if isinstance(value, Mapping):
        return [", ".join(f"{k}: {_plain(v)[0]}" if v is not True else str(k) for k, v in value.items() if given(v))]
    return [str(value)]


def _pieces(removed: list[str], added: list[str]) -> list[Piece]:
    """Word by word, where one line alters; nothing where several do, or where it is short."""
    if len(removed) != 1 or len(added) != 1:
        return []
    earlier, later = removed[0].split(), added[0].split()
    if max(len(earlier), len(later)) < 4:
        return []
    pieces = []
    for operation, i, j, k, m in SequenceMatcher(None, earlier, later, autojunk=False).get_opcodes():
        if operation == "equal":
            pieces.append(Piece("kept", " ".join(earlier[i:j])))
            continue
        pieces += [Piece("removed", " ".join(earlier[i:j]))] if j > i else []
        pieces += [Piece("added", " ".join(later[k:m]))] if m > k else []
    return pieces


def category(before: Mapping[str, Any], after: Mapping[str, Any], profile: Profile) -> Category | None:
    """The category of a change (domain 1.11): the weightiest that any altered field belongs to; None for no change.

    A field that said nothing before weighs no more than any other: a gap is filled, and nobody's credential is altered.
    An entry that begins to end without a successor is of the category that makes an ending.
    """
    names = [name for name in changed(before, after) if name not in DERIVED or name in ("part_of", "counts_towards")]
    if not names:
        return None
    ending = next((c for c in profile.categories if c.makes == "ending"), None)
    if ending and _begins_to_end(before, after):
        return ending
    weights = [_weight(name, before.get(name), after.get(name), profile) for name in names]
    return profile.categories[max(weights)]


def _begins_to_end(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    ends = any(after.get(name) and not before.get(name) for name in ("expiring_from", "expiry_end"))
    return ends and not after.get("replaced_by")


def _weight(name: str, before: Any, after: Any, profile: Profile) -> int:
    """The place of the category that an altered field belongs to."""
    every = next(place for place, c in enumerate(profile.categories) if "*" in c.fields)
    if not given(before) and name != "kind":
        return every
    for place in reversed(range(len(profile.categories))):
        category = profile.categories[place]
        if name in category.wholly and _nothing_stays(before, after):
            return place
        if name in category.fields:
            return place
    return every


def _nothing_stays(before: Any, after: Any) -> bool:
    """Whether not one item of a list is left, whatever its place."""
    plain = [{k: v for k, v in item.items() if k != "number"} for item in before if isinstance(item, Mapping)]
    kept = [{k: v for k, v in item.items() if k != "number"} for item in after or () if isinstance(item, Mapping)]
    return bool(plain) and not any(item in kept for item in plain)
