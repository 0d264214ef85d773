"""What a change of the journal means, in one plain sentence: for feeds and mails, which are read without the page beside.

Only what is public now is named: of a listing that was withdrawn as wrong nothing but its number and its end is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django.conf import settings
from django.db.models import BinaryField, Case, Q, QuerySet, When
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.models import Change, Entry
from registry.public import history
from registry.status import CREDENTIAL_KINDS, new_learners_may_start, status_on
from registry.templatetags.register import day as in_words

ACCREDITATION, PROVIDER, CREDENTIAL = "accreditation", "provider", "credential"
SENTENCES: Mapping[tuple[str, str], Any] = {
    ("listed", CREDENTIAL): gettext_lazy("“%(title)s” (%(number)s) was listed on the register."),
    ("listed", PROVIDER): gettext_lazy("“%(title)s” (%(number)s) was listed on the register."),
    ("listed", ACCREDITATION): gettext_lazy("“%(provider)s” was accredited to deliver “%(title)s” (%(number)s)."),
    ("revised", CREDENTIAL): gettext_lazy("“%(title)s” (%(number)s) was revised: this is revision %(revision)s."),
    ("revised", PROVIDER): gettext_lazy("What the register says of “%(title)s” (%(number)s) was changed."),
    ("revised", ACCREDITATION): gettext_lazy(
        "The accreditation of “%(provider)s” to deliver “%(title)s” (%(number)s) was changed."
    ),
    ("corrected", CREDENTIAL): gettext_lazy("An error in the record of “%(title)s” (%(number)s) was corrected."),
    ("corrected", PROVIDER): gettext_lazy("An error in the record of “%(title)s” (%(number)s) was corrected."),
    ("corrected", ACCREDITATION): gettext_lazy(
        "An error in the accreditation of “%(provider)s” to deliver “%(title)s” (%(number)s) was corrected."
    ),
    ("decided", CREDENTIAL): gettext_lazy(
        "The outcome of a review of “%(title)s” (%(number)s), or what it is subject to, was recorded."
    ),
    ("decided", PROVIDER): gettext_lazy("A decision about “%(title)s” (%(number)s) was recorded."),
    ("decided", ACCREDITATION): gettext_lazy(
        "A decision about the accreditation of “%(provider)s” to deliver “%(title)s” (%(number)s) was recorded."
    ),
    ("status", CREDENTIAL): gettext_lazy("“%(title)s” (%(number)s) has come to a day that alters how it stands."),
    ("status", PROVIDER): gettext_lazy("“%(title)s” (%(number)s) has come to a day that alters how it stands."),
    ("status", ACCREDITATION): gettext_lazy(
        "The accreditation of “%(provider)s” to deliver “%(title)s” (%(number)s) has come to a day that alters it."
    ),
}
WITHDRAWN = gettext_lazy("%(number)s was withdrawn from the register: it had been listed by mistake.")
STATUS_WORDS: Mapping[str, Any] = {
    "current": gettext_lazy("Current"), "expiring": gettext_lazy("Expiring"), "suspended": gettext_lazy("Suspended"),
    "discontinued": gettext_lazy("Discontinued"), "registered": gettext_lazy("Registered"),
    "accredited": gettext_lazy("Accredited"), "withdrawn": gettext_lazy("Withdrawn"),
    "expired": gettext_lazy("Expired"), "unverified": gettext_lazy("Not verified"), "lapsed": gettext_lazy("Lapsed"),
    "cancelled": gettext_lazy("Cancelled"), "merged": gettext_lazy("Merged"), "closed": gettext_lazy("Closed"),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A change as people read it. `page` is the path of the record in the language of the moment."""

    change: Change
    sentence: str
    details: str
    page: str


def readable(changes: QuerySet[Change]) -> QuerySet[Change]:
    """These changes with what `told` needs of them, and no more: of documents only those that the dates turned."""
    by_date = Q(action=Change.Action.STATUS, decision_number=None)
    said = Case(When(by_date, then="document"), output_field=BinaryField())
    return changes.annotate(said=said).defer("record", "document", "previous_hash", "hash", "reason")


def told(changes: Iterable[Change]) -> list[Told]:
    """Each of these changes in words, in their order; what was said before of a listing that was withdrawn is left out."""
    changes = list(changes)
    rows = Entry.objects.filter(number__in={change.number for change in changes}).values(
        "number", "kind", "title", "provider", "credential", "withdrawn_on"
    )
    entries = {row["number"]: row for row in rows}
    others = {
        row[name] for row in entries.values() if row["kind"] == ACCREDITATION for name in ("provider", "credential")
    }
    names = Entry.objects.readable().names(others) if others else {}
    return [
        Told(change, clean(_sentence(change, entry, names)), clean(_details(change)), _page(entry))
        for change in changes
        if (entry := entries.get(change.number))
        and (entry["withdrawn_on"] is None or change.action == Change.Action.WITHDRAWN)
    ]


def _sentence(change: Change, entry: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if change.action == Change.Action.WITHDRAWN:
        return WITHDRAWN % {"number": isolated(change.number)}
    sort = CREDENTIAL if entry["kind"] in CREDENTIAL_KINDS else entry["kind"]
    decided = change.action == Change.Action.STATUS and change.decision_number
    values = {"number": change.number, "title": entry["title"], "revision": change.revision}
    if sort == ACCREDITATION:
        credential, provider = entry["credential"], entry["provider"]
        values |= {"title": names.get(credential) or credential, "provider": names.get(provider) or provider}
    sentence = SENTENCES["decided" if decided else change.action, sort]
    return sentence % {name: isolated(str(value)) for name, value in values.items()}


def _details(change: Change) -> str:
    """How it stands since, what changed, from when, on which decision: as the history of the record says it."""
    said = [*_by_date(change)]
    if labels := history.altered(change):
        said.append(_("What changed: %(fields)s") % {"fields": ", ".join(labels)})
    said.append(_("Effective from %(day)s") % {"day": in_words(change.effective_from)})
    if change.decision_number:
        said.append(_("Decision %(number)s") % {"number": isolated(change.decision_number)})
    said.append(_("serial %(serial)s") % {"serial": change.serial})
    return " · ".join(said)


def _by_date(change: Change) -> Iterable[str]:
    """The status that began on the day of a change that dates made, and whether learners may start since."""
    if not change.said:
        return
    document, altered = orjson.loads(bytes(change.said)), set(change.changed_fields)
    day: date = change.effective_from
    if "status" in altered:
        status = status_on(document, day)
        yield _("Status: %(status)s") % {"status": STATUS_WORDS.get(status, status)}
    if "new_learners_may_start" in altered:
        may = new_learners_may_start(document, day)
        yield _("New learners may start.") if may else _("New learners may not start.")


def _page(entry: Mapping[str, Any]) -> str:
    number = entry["credential"] or entry["number"] if entry["kind"] == ACCREDITATION else entry["number"]
    return reverse("public:provider" if entry["kind"] == PROVIDER else "public:entry", args=[number])


def isolated(text: str) -> str:
    """Text that keeps its own direction within a line of a language that runs from right to left."""
    return f"\u2068{text}\u2069" if get_language() in settings.LANGUAGES_BIDI else text


def clean(text: str) -> str:
    """On one line, and without what no XML file and no mail may hold."""
    line = " ".join(text.split())
    return "".join(c for c in line if c >= " " and c not in "\x7f\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
