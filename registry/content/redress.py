"""What the public record says of decisions that are looked at again, in neutral words (section 4.8 of the domain).

A row names the decision, when its reconsideration was lodged, whether the decision has effect meanwhile (`effect`, from
`effect_from` on), and once it was decided its outcome and day.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.content.dictionary import Field, Options
from registry.content.shapes import Code, Column, Day, Text, rows
from registry.status import parse

EFFECTS: Options = {
    "stay": gettext_lazy("The decision has no effect until it is decided."),
    "no_stay": gettext_lazy("The decision stays in force until it is decided."),
}
OUTCOMES: Options = {
    "upheld": gettext_lazy("The decision was upheld on %(day)s."),
    "varied": gettext_lazy("The decision was varied on %(day)s."),
    "set_aside": gettext_lazy("The decision was set aside on %(day)s."),
    "remitted": gettext_lazy("The decision was set aside on %(day)s, and the case is decided again."),
    "withdrawn": gettext_lazy("It was taken back on %(day)s. The decision stands."),
}
RECONSIDERATIONS = rows(
    decision=Column(gettext_lazy("Decision number"), Text(60), required=True),
    lodged_on=Column(gettext_lazy("Lodged on"), Day(), required=True),
    effect=Column(gettext_lazy("Effect meanwhile"), Code(EFFECTS), required=True),
    effect_from=Column(gettext_lazy("Since"), Day(), required=True),
    decided_on=Column(gettext_lazy("Decided on"), Day()), outcome=Column(gettext_lazy("Outcome"), Code(OUTCOMES)),
)  # fmt: skip
# Why a document was published again, in the language of the register.
REASON = "The decision %s is looked at again."
FIELD = Field("reconsiderations", gettext_lazy("Reconsiderations"), RECONSIDERATIONS)


def about(document: Mapping[str, Any], numbers: Iterable[str]) -> str | None:
    """The first of these decisions that a document names."""
    named = {row["number"] for row in document.get("decisions") or ()}
    named |= {row.get("decision") for row in document.get("statutory_actions") or ()}
    return next((number for number in numbers if number in named), None)


def kept(held: Iterable[Mapping[str, Any]] | None, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows with this one: in the place of what was said of the same reconsideration before, else after all others."""
    same = (row["decision"], row["lodged_on"])
    before = list(held or ())
    if same not in {(one["decision"], one["lodged_on"]) for one in before}:
        return [*before, row]
    return [row if (one["decision"], one["lodged_on"]) == same else one for one in before]


def of_decision(document: Mapping[str, Any], number: str | None, day: date) -> list[str]:
    """What is said of the reconsiderations of one decision on a day."""
    return [said(row, day) for row in _known(document, day) if number and row["decision"] == number]


def shown(document: Mapping[str, Any], day: date) -> list[str]:
    """What the page of a day says of each decision that was looked at again by then, in the reader's language."""
    return [said(row, day) for row in _known(document, day)]


def said(row: Mapping[str, Any], day: date) -> str:
    """A reconsideration in neutral words, as it stood on a day."""
    lodged = _("A reconsideration of decision %(number)s was lodged on %(day)s.") % {
        "number": row["decision"], "day": _written(row["lodged_on"]),
    }  # fmt: skip
    decided = parse(row.get("decided_on"))
    if decided is None or decided > day or not row.get("outcome"):
        return f"{lodged} {EFFECTS[row['effect']]}"
    return f"{lodged} {OUTCOMES[row['outcome']] % {'day': _written(row['decided_on'])}}"


def _known(document: Mapping[str, Any], day: date) -> list[Mapping[str, Any]]:
    return [row for row in document.get("reconsiderations") or () if parse(row["effect_from"]) <= day]


def _written(day: str) -> str:
    return date_format(parse(day), "j F Y")
