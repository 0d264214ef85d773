"""What a public document says, field by field, in words for everybody: names beside numbers, dates and codes in words.

The desk reads the same fields in `registry.content.comparison`, where a number alone is enough.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.content import bodies, comparison, redress, reviews
from registry.content.dictionary import EQUIVALENCES, RELATIONS, links
from registry.documents import GAPS
from registry.framework import current
from registry.framework.profile import text
from registry.framework.values import given
from registry.public import results
from registry.public.entry import duration, scheme_name
from registry.status import CREDENTIAL_KINDS
from registry.templatetags.register import day as in_words

# What a document says besides the fields of the dictionaries.
LABELS: Mapping[str, Any] = {
    "title": gettext_lazy("Title"), "status": gettext_lazy("Status"),
    "new_learners_may_start": gettext_lazy("New learners may start"), "gaps": gettext_lazy("What the source does not tell"),
    "source": gettext_lazy("Source"), "last_review": gettext_lazy("Last review"),
    "reconsiderations": gettext_lazy("Decisions that are looked at again"), "website": gettext_lazy("Website"),
    "country": gettext_lazy("Country"), "region": gettext_lazy("Region"),
    "may_deliver": gettext_lazy("Delivers courses itself"), "registered_on": gettext_lazy("Registered on"),
    "ended_on": gettext_lazy("No longer registered from"), "ended_as": gettext_lazy("How its registration ended"),
    "unverified": gettext_lazy("Known from an import alone"), "former_names": gettext_lazy("Former names"),
    "decisions": gettext_lazy("Decisions"), "offered_by": gettext_lazy("Who offers it"),
}  # fmt: skip
ROLES = {
    "awarding": gettext_lazy("Awarding body"),
    "developer": gettext_lazy("Developer"),
    "partner": gettext_lazy("Local partner"),
}
ENDINGS = {
    "lapsed": gettext_lazy("Lapsed"), "withdrawn": gettext_lazy("Withdrawn"), "cancelled": gettext_lazy("Cancelled"),
    "merged": gettext_lazy("Merged"), "closed": gettext_lazy("Closed"),
}  # fmt: skip
# What a decision was about, by its matter: the record names it, and the case that it belongs to is not public.
MATTERS: Mapping[str, Any] = {
    "accreditation": gettext_lazy("accreditation to deliver"), "amendment": gettext_lazy("change of the entry"),
    "approval": gettext_lazy("approval of the content"), "delivery": gettext_lazy("review of its delivery"),
    "development": gettext_lazy("approval to develop it"),
    "final": gettext_lazy("final report on the consistency of its graduates"),
    "interim": gettext_lazy("interim report on the consistency of its graduates"), "kind": gettext_lazy("kind of entry"),
    "lapse": gettext_lazy("lapse of the registration"), "lifting": gettext_lazy("end of a measure"),
    "listing": gettext_lazy("listing"), "name": gettext_lazy("legal name"),
    "reconsideration": gettext_lazy("reconsideration"), "registration": gettext_lazy("registration as a provider"),
    "relinquishing": gettext_lazy("end of an accreditation that its provider gives up"),
    "removal": gettext_lazy("removal from the register"), "reregistration": gettext_lazy("re-registration"),
    "return": gettext_lazy("return"), "review": gettext_lazy("review of the entry"),
    "sanction": gettext_lazy("measure about the accreditation"), "scope": gettext_lazy("scope of registration"),
    "spread": gettext_lazy("spread of first reviews"), "statutory_action": gettext_lazy("statutory action"),
    "succession": gettext_lazy("succession of bodies"), "suspension": gettext_lazy("suspension"),
    "withdrawal": gettext_lazy("withdrawal from the register"),
}  # fmt: skip
OUTCOMES: Mapping[str, Any] = {
    "approved": gettext_lazy("approved"), "approved_with_conditions": gettext_lazy("approved with conditions"),
    "change_required": gettext_lazy("continues, and must be changed"), "declined": gettext_lazy("declined"),
    "sufficient": gettext_lazy("sufficient"), "not_sufficient": gettext_lazy("not sufficient"),
}  # fmt: skip
DAYS = frozenset(
    {
        "listed_on", "effective_from", "last_new_enrolment", "expiring_from", "expiry_end", "last_award", "review_due",
        "registered_on", "registered_until", "ended_on", "founded_on", "closed_on",
    }
)  # fmt: skip
# Told by another field, or by the sentence that says when the change was made and by which decision.
UNSAID = frozenset({"number", "revision", "title", "part_of", "counts_towards", "decisions", "effective_from"})


def status(code: str | None) -> str:
    """The status of a credential in words."""
    return str(results.STATUS_LABELS[code]()) if code in results.STATUS_LABELS else code or ""


def whole(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A document in which what it may lead to stands in one field, however it was published."""
    return {**document, "stacking": links(document)} if document["kind"] in CREDENTIAL_KINDS else document


def label(name: str) -> Any:
    """What a field is called on a page."""
    if name in LABELS:
        return LABELS[name]
    known = bodies.BY_NAME.get(name)
    return known.label if known else comparison.label(name)


def labels(names: list[str]) -> list[str]:
    """The labels of the fields that a change altered, each once, in the order of the dictionary."""
    joined = {"stacking" if name in ("part_of", "counts_towards") else name for name in names}
    if "titles" not in joined and "title" in joined:
        joined.add("titles")
    told = sorted((name for name in joined if name not in UNSAID), key=lambda name: (comparison.place(name), name))
    return list(dict.fromkeys(str(label(name)) for name in told))


@dataclass(frozen=True)
class Words:
    """How the documents of one kind of entry are read. `names` are those of the entries that they name by number."""

    kind: str
    names: Mapping[str, str]

    def lines(self, name: str, value: Any, language: str) -> list[str]:
        """A field's value line by line; no lines where nothing is said."""
        if not given(value):
            return []
        if name in DAYS:
            return [in_words(value)]
        if isinstance(value, bool):
            return [_("yes") if value else _("no")]
        if own := _LINES.get(name):
            return own(self, value, language)
        if self.kind == "provider" and name in bodies.BY_NAME:
            return bodies.BY_NAME[name].shape.lines(value, language)
        return comparison.shown(name, value, language)

    def named(self, number: str) -> str:
        """An entry by its name, with its number."""
        return f"{self.names[number]} ({number})" if self.names.get(number) else number

    def type(self, value: str, language: str) -> list[str]:
        if self.kind == "provider":
            return [str(bodies.TYPES.get(value, value))]
        profile = current.profile()
        kinds = [self.kind, *(kind["value"] for kind in profile.kinds)]
        types = [each for kind in kinds for each in profile.types_of(kind)]
        return [next((text(t["label"], language) for t in types if t["code"] == value), value)]

    def parties(self, rows: list[Mapping[str, Any]], language: str) -> list[str]:
        return [f"{ROLES.get(row['role'], row['role'])}: {self.named(row['number'])}{_days(row)}" for row in rows]

    def stacking(self, rows: list[Mapping[str, Any]], language: str) -> list[str]:
        told = []
        for row in rows:
            line = f"{RELATIONS.get(row['relation'], row['relation'])}: {self.named(row['number'])}"
            if row.get("credits"):
                line += "; " + _("up to %(n)s credits") % {"n": row["credits"]}
            told.append(line)
        return told

    def replacements(self, rows: list[Mapping[str, Any]], language: str) -> list[str]:
        told = []
        for row in rows:
            said = [str(EQUIVALENCES.get(row.get("equivalence", ""), "")), text(row.get("note") or {}, language)]
            told.append("; ".join([self.named(row["number"]), *(each for each in said if each)]))
        return told


def _days(row: Mapping[str, Any]) -> str:
    """The first and the last day of a row, in brackets; nothing where it tells neither."""
    first, last = in_words(row.get("from")), in_words(row.get("until"))
    if first and last:
        return " (" + _("%(first)s to %(last)s") % {"first": first, "last": last} + ")"
    if first:
        return " (" + _("from %(day)s") % {"day": first} + ")"
    return " (" + _("until %(day)s") % {"day": last} + ")" if last else ""


def _suspensions(words: Words, rows: list[Mapping[str, Any]], language: str) -> list[str]:
    told = []
    for row in rows:
        days = _days(row).strip(" ()")
        said = text(row.get("summary") or {}, language)
        told.append(f"{days}: {said}" if said else days)
    return told


def _review(words: Words, row: Mapping[str, Any], language: str) -> list[str]:
    outcome = str(reviews.OUTCOMES.get(row.get("outcome", ""), row.get("outcome", "")))
    said = [outcome, in_words(row.get("on")), row.get("decision") or ""]
    conditions = [text(each["text"], language) for each in row.get("conditions") or () if each.get("text")]
    return [", ".join(each for each in said if each), *conditions]


def _kind(words: Words, value: str, language: str) -> list[str]:
    return [results.kind_labels().get(value, value)]


def _tags(words: Words, value: str | list[str], language: str) -> list[str]:
    return [results.language_name(tag) for tag in ([value] if isinstance(value, str) else value)]


def _identifiers(words: Words, rows: list[Mapping[str, Any]], language: str) -> list[str]:
    return [f"{row['value']} ({row['scheme']})" for row in rows]


def _concepts(words: Words, rows: list[Mapping[str, Any]], language: str) -> list[str]:
    """Fields of study, standards, occupations and skills: the code, the name, and whose list it is of."""
    told = []
    for row in rows:
        name = row.get("label") or text(row.get("title") or {}, language)
        scheme = scheme_name(row)
        said = " ".join(each for each in (row.get("code") or "", name) if each)
        told.append(f"{said} ({scheme})" if scheme else said)
    return told


def _former(words: Words, rows: list[Mapping[str, Any]], language: str) -> list[str]:
    return [f"{row['name']}{_days(row)}" for row in rows]


def _source(words: Words, row: Mapping[str, Any], language: str) -> list[str]:
    return [f"{row['name']}: {row['id']}", *(f"{name}: {said}" for name, said in (row.get("facts") or {}).items())]


def _texts(words: Words, value: Mapping[str, str], language: str) -> list[str]:
    return list(value.values())


_LINES: Mapping[str, Callable[[Words, Any, str], list[str]]] = {
    "kind": _kind, "type": Words.type, "providers": Words.parties, "stacking": Words.stacking,
    "replaces": Words.replacements, "replaced_by": Words.replacements, "suspensions": _suspensions,
    "last_review": _review, "language": _tags, "languages": _tags, "identifiers": _identifiers, "transition": _texts,
    "fields": _concepts, "standards": _concepts, "occupations": _concepts, "skills": _concepts,
    "former_names": _former, "source": _source,
    "gaps": lambda words, names, language: [str(GAPS.get(name, name)) for name in names],
    "duration": lambda words, value, language: [duration(value)],
    "alternative_titles": lambda words, rows, language: [row["text"] for row in rows],
    "reconsiderations": lambda words, rows, language: [redress.said(row, date.max) for row in rows],
    "ended_as": lambda words, value, language: [str(ENDINGS.get(value, value))],
}  # fmt: skip
