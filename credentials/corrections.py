"""Whether a correction is one of a typo: only words alter, and few of them (domain 4.7.1).

The measure is that of a reader: whatever gives a text another meaning is a change, and is proposed as one.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _

from credentials.gone import why_gone
from credentials.models import Correction, Revision
from registry.content.comparison import label
from registry.content.dictionary import BY_NAME
from registry.content.shapes import BadValue
from registry.errors import RegisterError
from registry.framework.values import given

# The fields that are words and nothing else.
FIELDS = ("titles", "alternative_titles", "purpose", "learning_outcomes", "assessment", "entry_requirements")
# Of the words of one text, so many alter at most; one may always.
MOST = Fraction(1, 5)
# How far a word must resemble the one it mends, from 0 to 1, whatever its case.
ALIKE = 0.6
# What stands in these fields beside words.
CODES = frozenset({"language", "type", "esco"})
Place = tuple[str | int, ...]


def texts_of(revision: Revision) -> dict[str, Any]:
    """The texts of a revision, by field."""
    said = {name: getattr(revision, name) for name in FIELDS}
    return said | {"titles": revision.titles or {revision.language: revision.title}}


def read(values: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """What was written for these fields, in their one spelling; what is not named stays as it is.

    Raises RegisterError, naming the field, for what it cannot hold.
    """
    read = dict(present)
    for name in FIELDS:
        if name not in values:
            continue
        try:
            kept = BY_NAME[name].shape.read(_lines_as_stored(values[name]))
        except BadValue as bad:
            raise RegisterError(f"{label(name)}: {bad}") from None
        read[name] = type(present[name])() if kept is None else kept
    return read


def _lines_as_stored(value: Any) -> Any:
    """A browser ends the lines of a text in its own way, which is no correction."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, Mapping):
        return {name: _lines_as_stored(each) for name, each in value.items()}
    return [_lines_as_stored(each) for each in value] if isinstance(value, list) else value


def put_into(revision: Revision, texts: Mapping[str, Any]) -> None:
    """Let a revision that is not saved yet say these texts."""
    for name in FIELDS:
        setattr(revision, name, texts[name])
    revision.title = revision.titles.get(revision.language) or next(iter(revision.titles.values()), "")


# -- what alters -------------------------------------------------------------------------------------------------------


def altered(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[Place, str, str]]:
    """Each text that differs: where it stands, what it says, and what it is to say."""
    earlier, later = dict(_places(before)), dict(_places(after))
    return [(place, str(said), str(later[place])) for place, said in earlier.items() if later.get(place, said) != said]


def why_more_than_a_typo(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Why what was written is no correction of a typo; None where it is one."""
    earlier, later = dict(_places(before)), dict(_places(after))
    if earlier.keys() != later.keys():
        return _("A correction adds no text and takes none away. Propose a change of the entry instead.")
    found = altered(before, after)
    if not found:
        return _("Nothing is corrected yet.")
    for place, said, said_then in found:
        if place[-1] in CODES or re.findall(r"\d+", said) != re.findall(r"\d+", said_then):
            return _(
                "%(field)s: a correction alters words, and neither numbers nor codes. Propose a change instead."
            ) % {"field": label(str(place[0]))}
        pairs = list(zip_longest(said.split(), said_then.split()))
        changed = [(word, mended) for word, mended in pairs if word != mended]
        if not all(_alike(word, mended) for word, mended in changed):
            return _(
                "%(field)s: a correction mends how a word is written; it adds and takes away none. Propose a change of "
                "the entry instead."
            ) % {"field": label(str(place[0]))}
        if len(changed) > max(1, int(len(pairs) * MOST)):
            return _(
                "%(field)s: %(changed)d of %(words)d words alter. A correction alters at most one word in five of a "
                "text. Propose a change of the entry instead."
            ) % {"field": label(str(place[0])), "changed": len(changed), "words": len(pairs)}
    return None


def _places(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Everything that is said in a table of texts, each with the way to it."""
    if isinstance(value, Mapping):
        for name in value:
            yield from _places(value[name], (*place, name))
    elif isinstance(value, list):
        for number, each in enumerate(value, start=1):
            yield from _places(each, (*place, number))
    elif given(value):
        yield place, value


def _alike(word: str | None, mended: str | None) -> bool:
    """Whether a word is another spelling of the one in its place; one that comes or goes is like none."""
    if word is None or mended is None:
        return False
    return SequenceMatcher(None, word.casefold(), mended.casefold(), autojunk=False).ratio() >= ALIKE


# -- when it may be done -----------------------------------------------------------------------------------------------


def why_not_now(correction: Correction) -> str | None:
    """Why it cannot be completed now: the entry is gone or says something else, a change of it is being decided, or it was
    corrected before and would say more than a typo apart from what was decided."""
    credential = correction.credential
    if refusal := why_gone(credential.number):
        return refusal
    latest = credential.revisions.latest_public()
    if (latest.number, latest.correction) != (correction.based_on, correction.based_on_correction):
        return _("The entry has been changed meanwhile. Drop this correction, and begin another one.")
    if other := credential.amendments.handed_in().select_related("case").first():
        return _("%(reference)s is being decided: correct the typo there, or wait until it is public.") % {
            "reference": other.case.reference
        }
    return _why_too_far_from_what_was_decided(correction)


def _why_too_far_from_what_was_decided(correction: Correction) -> str | None:
    """Corrections in a row are measured together, so that nobody rewrites a text word by word; back to what was decided
    is never too far."""
    decided = correction.credential.revisions.filter(number=correction.based_on).order_by("correction").first()
    before = texts_of(decided)
    return why_more_than_a_typo(before, correction.after) if altered(before, correction.after) else None
