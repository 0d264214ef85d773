"""What changed between two revisions of an entry, or by one change of it, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.content import comparison
from registry.models import Change
from registry.public import history, records, wording
from registry.public.requests import entry_address, found_record, one_spelling, public, tombstone

# No revision and no serial is longer.
LONGEST = 15


class NotAsked(Exception):
    """Two states of an entry cannot be told from what was asked: why, and whether that is a bad request or not there."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class Pair:
    """The two states that are compared: each as the last change that said so."""

    before: Change
    after: Change


@public
def of_credential(request: HttpRequest, number: str) -> HttpResponse:
    """What changed in a credential."""
    return one_spelling(request, number, "public:changes") or _page(request, number, "public:changes")


@public
def of_provider(request: HttpRequest, number: str) -> HttpResponse:
    """What changed in what the register says of a provider."""
    return one_spelling(request, number, "public:provider_changes") or _page(request, number, "public:provider_changes")


def _page(request: HttpRequest, number: str, name: str) -> HttpResponse:
    record = found_record(number)
    if record.document is None:
        return tombstone(request, record)
    own = {"provider": "public:provider_changes", "accreditation": name}.get(record.kind, "public:changes")
    if own != name:
        return redirect(entry_address(request, own, number), permanent=True)
    context: dict[str, Any] = {"record": record, "page": "providers" if record.kind == "provider" else "search"}
    if record.kind == "accreditation":
        return render(request, "public/changes.html", context | {"not_told": True}, status=404)
    changes = list(_said(number))
    status, pair = 200, None
    try:
        pair = asked(request.GET, changes)
    except NotAsked as why:
        context["problem"], status = str(why), why.status
    return render(
        request, "public/changes.html", context | _shown(record, changes, pair) | _choices(request.GET, changes, pair),
        status=status,
    )  # fmt: skip


def _said(number: str) -> Any:
    """The changes that said something of an entry, first to last, without what they said."""
    return Change.objects.of(number).exclude(document=None).defer("record", "document", "previous_hash")


def asked(parameters: Mapping[str, str], changes: Sequence[Change]) -> Pair | None:
    """The two states that an address asks for: `from` and `to` two revisions, or `change` the serial of one change.

    Without any, the last two revisions; None where there is one alone. A revision is read as it was last corrected.
    """
    if "change" in parameters:
        return _by_serial(parameters["change"], changes)
    last = {change.revision: change for change in changes}
    known = sorted(last)
    later = _revision(parameters.get("to"), "to", last) or known[-1]
    default = max((revision for revision in known if revision < later), default=None)
    earlier = _revision(parameters.get("from"), "from", last) or default
    if earlier is None:
        if not parameters.get("to"):
            return None
        raise NotAsked(_("Revision %(n)s is the first one: there is none before it.") % {"n": later}, 404)
    if earlier == later:
        raise NotAsked(_("Both are revision %(n)s: choose two different ones.") % {"n": later}, 400)
    return Pair(last[earlier], last[later])


def _revision(value: str | None, name: str, last: Mapping[int, Change]) -> int | None:
    if not value:
        return None
    number = _number(value)
    if number is None:
        wrong = _("%(field)s: “%(found)s” is not the number of a revision, such as 2.")
        raise NotAsked(wrong % {"field": name, "found": value[:40]}, 400)
    if number not in last:
        raise NotAsked(_("%(field)s: there is no revision %(n)s of this record.") % {"field": name, "n": number}, 404)
    return number


def _by_serial(value: str, changes: Sequence[Change]) -> Pair:
    serial = _number(value)
    if serial is None:
        wrong = _("%(field)s: “%(found)s” is not the serial of a change, such as 12.")
        raise NotAsked(wrong % {"field": "change", "found": value[:40]}, 400)
    place = next((n for n, change in enumerate(changes) if change.serial == serial), None)
    if place is None:
        raise NotAsked(_("No change of this record has the serial %(n)s.") % {"n": serial}, 404)
    if place == 0:
        raise NotAsked(_("That is the first change of this record: nothing was before it."), 404)
    return Pair(changes[place - 1], changes[place])


def _number(value: str) -> int | None:
    return int(value) if len(value) <= LONGEST and value.isascii() and value.isdecimal() else None


def _shown(record: records.Record, changes: Sequence[Change], pair: Pair | None) -> dict[str, Any]:
    """What differs between the two states, and what was done from the one to the other."""
    if pair is None:
        return {"title": record.document["title"], "language_of_title": record.document["language"]}
    bodies = dict(
        Change.objects.filter(serial__in=[pair.before.serial, pair.after.serial]).values_list("serial", "document")
    )
    before, after = (
        wording.whole(orjson.loads(bytes(bodies[change.serial]))) for change in (pair.before, pair.after)
    )  # fmt: skip
    return {
        "pair": pair, "title": after["title"], "language_of_title": after["language"],
        "differences": differences(before, after),
        "steps": [row for row in history.told(changes[::-1]) if pair.before.serial < row["change"].serial <= pair.after.serial],
    }  # fmt: skip


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[comparison.Difference]:
    """What two documents of one entry say differently, in words for everybody."""
    words = wording.Words(after["kind"], records.names_in(before) | records.names_in(after))
    return comparison.compare(
        before, after, get_language() or "en", left_out=wording.UNSAID, lines=words.lines, labels=wording.label
    )


def _choices(parameters: Mapping[str, str], changes: Sequence[Change], pair: Pair | None) -> dict[str, Any]:
    """The revisions to choose from, each with the day since which it holds, and those that are chosen."""
    first: dict[int, Change] = {}
    for change in changes:
        first.setdefault(change.revision, change)
    return {
        "revisions": [{"number": n, "since": first[n].effective_from} for n in sorted(first)],
        "earlier": pair.before.revision if pair else _number(parameters.get("from", "")),
        "later": pair.after.revision if pair else _number(parameters.get("to", "")),
    }  # fmt: skip
