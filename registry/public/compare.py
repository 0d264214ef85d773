"""Two entries side by side: first what differs, then what is the same. All of it is in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.content.comparison import place
from registry.framework import current
from registry.numbers import parse_number
from registry.public import records, results, wording
from registry.public.requests import public
from registry.status import CREDENTIAL_KINDS, last_day_to_start

# What tells of one record alone, and nothing that two entries could share.
OF_ONE = wording.UNSAID | {
    "titles", "language", "identifiers", "source", "gaps", "last_review", "reconsiderations", "last_new_enrolment",
    "closed_undated",
}  # fmt: skip


BOXES = ("first", "second")


@dataclass(frozen=True)
class Row:
    """One attribute of two entries, line by line; nothing said has no lines."""

    name: str
    label: Any
    cells: tuple[list[str], list[str]]

    @property
    def differs(self) -> bool:
        return self.cells[0] != self.cells[1]


class NotCompared(Exception):
    """These are not two entries that can be set side by side: why, and with which status that is answered.

    `number`: of which a tombstone tells more. `field`: the box that is to be mended.
    """

    def __init__(self, why: str, status: int, number: str = "", field: str = "first") -> None:
        super().__init__(why)
        self.status, self.number, self.field = status, number, field


@public
def compare(request: HttpRequest) -> HttpResponse:
    """`?n=…&n=…`: two credentials; `only=1`: nothing but what differs. With fewer numbers, the form to give them."""
    asked = [text.strip()[:200] for text in request.GET.getlist("n") if text.strip()]
    only = request.GET.get("only", "")
    context: dict[str, Any] = {"page": "search", "first": "", "second": "", "only": only == "1"}
    context |= dict(zip(BOXES, asked, strict=False))
    status = 200
    try:
        if only not in ("", "1"):
            raise NotCompared(
                _("only: “%(found)s” is not 1, which shows what differs alone.") % {"found": only[:40]},
                400,
                field="only",
            )
        if len(asked) > 2:
            raise NotCompared(
                _("Two entries are compared, and %(n)s numbers were given.") % {"n": len(asked)}, 400, field="second"
            )
        found = [_found(text, current.today(), box) for box, text in zip(BOXES, asked, strict=False)]
        if len(found) == 2:
            context |= _compared(*found)
    except NotCompared as why:
        status = why.status
        context |= {"problem": str(why), "gone": why.number, "wrong": why.field}
    return render(request, "public/compare.html", context, status=status)


def _found(text: str, day: date, box: str) -> records.Record:
    """The credential of a number, however it is written. Raises NotCompared, which names the box that it was written in."""
    number = parse_number(text)
    if number is None:
        raise NotCompared(
            _("“%(found)s” is not a register number such as NQ-000123.") % {"found": text[:40]}, 400, field=box
        )
    record = records.find(number, day)
    if record is None:
        raise NotCompared(
            _("The register has no entry with the number %(number)s.") % {"number": number}, 404, field=box
        )
    if record.kind not in CREDENTIAL_KINDS:
        wrong = _(
            "%(number)s is a provider or an accreditation: only qualifications and micro-credentials are compared."
        )
        raise NotCompared(wrong % {"number": number}, 400, field=box)
    if record.document is None:
        gone = _("%(number)s was listed by mistake and has been removed.")
        raise NotCompared(gone % {"number": number}, 410, number, box)
    return record


def _compared(first: records.Record, second: records.Record) -> dict[str, Any]:
    if first.number == second.number:
        raise NotCompared(
            _("Both numbers are %(number)s: give two different ones.") % {"number": first.number}, 400, field="second"
        )
    found = rows(first, second, get_language() or "en")
    kinds = results.kind_labels()
    return {
        "first": first.number, "second": second.number,
        "entries": [{"record": r, "document": r.document, "kind": kinds.get(r.kind, r.kind)} for r in (first, second)],
        "different": [row for row in found if row.differs], "same": [row for row in found if not row.differs],
    }  # fmt: skip


def rows(first: records.Record, second: records.Record, language: str) -> list[Row]:
    """Every attribute that one of two entries tells, in the order of the dictionary; how they stand today comes first."""
    names = records.names_in(first.document) | records.names_in(second.document)
    documents = [wording.whole(record.document) for record in (first, second)]
    words = [wording.Words(document["kind"], names) for document in documents]
    told = [
        _row("status", first, second, lambda record: [wording.status(record.status)]),
        _row("new_learners_may_start", first, second, _starting),
    ]
    asked = sorted({*documents[0], *documents[1]} - OF_ONE, key=lambda name: (name != "kind", place(name), name))
    for name in asked:
        cells = [w.lines(name, d.get(name), language) for w, d in zip(words, documents, strict=True)]
        if any(cells):
            told.append(Row(name, wording.label(name), (cells[0], cells[1])))
    offered = _row("offered_by", first, second, _offering)
    return [*told, offered] if any(offered.cells) else told


def _row(name: str, first: records.Record, second: records.Record, lines: Any) -> Row:
    return Row(name, wording.label(name), (lines(first), lines(second)))


def _starting(record: records.Record) -> list[str]:
    """Whether a learner may start today, and until when."""
    last: date | None = last_day_to_start(record.document)
    said = [_("yes") if record.new_learners_may_start else _("no")]
    return [*said, _("last day to start: %(day)s") % {"day": wording.in_words(last)}] if last else said


def _offering(record: records.Record) -> list[str]:
    """Who is accredited to deliver it today."""
    held: list[Mapping[str, Any]] = [row for row in record.accreditations if row["status"] == "accredited"]
    return [row["provider_name"] or row["provider"] for row in held]
