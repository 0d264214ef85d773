"""The history of an entry in plain sentences: what the register did on which day, since when it holds, by which decision.

A sentence is plain text, so that a page, a feed and a letter can say the same one.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from registry.framework import current
from registry.models import Change
from registry.public import wording
from registry.status import CREDENTIAL_KINDS
from registry.templatetags.register import day as in_words


def told(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Each change, the latest first as given: its sentence, the labels of what it altered, and where more is to be read."""
    rows = []
    for place, change in enumerate(changes):
        before = changes[place + 1] if place + 1 < len(changes) else None
        rows.append(
            {
                "change": change, "sentence": sentence(change), "fields": altered(change),
                "revision": _revision(change), "differs": _differs(change, before),
            }
        )  # fmt: skip
    return rows


def sentence(change: Change) -> str:
    """One change as a sentence that a lay person understands."""
    recorded = current.today(change.recorded_at)
    said = {
        "day": in_words(recorded), "what": _what(change), "since": in_words(change.effective_from),
        "decision": isolated(change.decision_number or ""),
    }  # fmt: skip
    if change.effective_from != recorded:
        if change.decision_number:
            return _("On %(day)s %(what)s, effective from %(since)s, by decision %(decision)s.") % said
        return _("On %(day)s %(what)s, effective from %(since)s.") % said
    if change.decision_number:
        return _("On %(day)s %(what)s, by decision %(decision)s.") % said
    return _("On %(day)s %(what)s.") % said


def isolated(code: str) -> str:
    """A code that keeps its own direction within a text from right to left."""
    return f"\u2068{code}\u2069" if code and get_language_bidi() else code


def _what(change: Change) -> str:
    match change.action:
        case Change.Action.LISTED:
            return _("the register listed it")
        case Change.Action.REVISED if change.kind in CREDENTIAL_KINDS:
            return _("the register published revision %(n)s of it") % {"n": change.revision}
        case Change.Action.REVISED:
            return _("the register changed what it says of it")
        case Change.Action.CORRECTED:
            return _("the register corrected what it says of it")
        case Change.Action.WITHDRAWN:
            return _("the register removed it, which had been listed by mistake")
    if not change.decision_number:
        return _("the register recorded what its dates bring about")
    if "last_review" in change.changed_fields:
        return _("the register recorded the outcome of a review")
    return _("the register recorded what it is subject to")


def altered(change: Change) -> list[str]:
    """What a change altered, in words; nothing of a first listing, and of what the dates say by themselves."""
    if change.action in (Change.Action.LISTED, Change.Action.WITHDRAWN) or _by_itself(change):
        return []
    return wording.labels(change.changed_fields)


def _by_itself(change: Change) -> bool:
    return change.action == Change.Action.STATUS and not change.decision_number


def _revision(change: Change) -> str:
    """The address of the revision that a change published; nothing where it published none of its own."""
    if change.kind not in CREDENTIAL_KINDS or change.action not in (Change.Action.LISTED, Change.Action.REVISED):
        return ""
    return reverse("public:revision", args=[change.number, change.revision])


def _differs(change: Change, before: Change | None) -> str:
    """Where what a change altered is shown beside what was before it: between two revisions, or within one."""
    if before is None or _by_itself(change) or change.action in (Change.Action.LISTED, Change.Action.WITHDRAWN):
        return ""
    asked: dict[str, int] = {"change": change.serial}
    if change.action == Change.Action.REVISED and before.revision != change.revision:
        asked = {"from": before.revision, "to": change.revision}
    return f"{address(change.kind, change.number)}?{urlencode(asked)}"


def address(kind: str, number: str) -> str:
    """Where what changed in an entry is shown."""
    return reverse("public:provider_changes" if kind == "provider" else "public:changes", args=[number])
