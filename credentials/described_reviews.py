"""What is read of a review: by the authority, by the body that reports, and what is missing before it can be handed in."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import rules
from credentials.delivering import document_of
from credentials.forms_reviews import asked_of, label_of
from credentials.models import Review
from credentials.services.reviewed import documents_of
from registry.casework import kinds
from registry.casework.guards import criteria_of
from registry.casework.services.common import version_of
from registry.casework.services.reporting import first_day
from registry.documents import iso
from registry.errors import Violation
from registry.framework import current
from registry.framework.profile import text
from registry.framework.rules import check
from registry.models import Case

OPTIONAL = frozenset({"changes_made", "changes_wanted", "complaints"})


def sections(case: Case) -> list[dict[str, Any]]:
    """What officers read: what is asked for, and the report once it has been handed in; what a body drafts is its own."""
    if kinds.is_the_bodys_own(case):
        said = _("It has not been handed in. What the body has written so far is its own.")
        return [*_asked_for(case), {"label": _("Report"), "text": said}]
    return told(case)


def told(case: Case) -> list[dict[str, Any]]:
    """The report as the body wrote it, part by part; each that says the same as last time says so."""
    review = case.review
    return [*_asked_for(case), *_reported(review), *_ratings(case), {
        "label": _("Decision that is sought"), "text": review.get_sought_display() or "–",
    }]  # fmt: skip


def _asked_for(case: Case) -> list[dict[str, Any]]:
    review = case.review
    what = [_("the entry itself")] if review.of_entry else []
    what += [_("its delivery (%(number)s)") % {"number": review.accreditation.number}] if review.accreditation else []
    first, last = _first_day(case) or review.due_on, case.answer_by
    rows = [
        {"label": _("Entry"), "text": f"{review.credential.number} {case.title}"},
        {"label": _("What is reviewed"), "lines": what},
        {"label": _("The review fell due on"), "text": iso(review.due_on)},
    ]
    if last and last != first:
        rows.append({"label": _("More time was given until"), "text": iso(last)})
    if case.submitted_at and (late := (current.today(case.submitted_at) - first).days) > 0:
        rows.append({"label": _("Days late"), "text": str(late)})
    if review.previous:
        rows.append({"label": _("Last review"), "text": review.previous.case.reference})
    return rows


def _first_day(case: Case) -> date | None:
    """By when the report was due before more time was given; kept when it is handed in."""
    return first_day(case) or case.report_by


def _reported(review: Review) -> Iterator[dict[str, Any]]:
    yield {
        "label": _("Period"), "text": _("%(first)s to %(last)s") % {
            "first": iso(review.period_from) or "–", "last": iso(review.period_until) or "–"
        },
    }  # fmt: skip
    before = review.previous
    if before is not None and kinds.is_the_bodys_own(before.case):
        before = None  # what was never handed in stays the body's own
    for name in asked_of(review):
        value = getattr(review, name)
        label = label_of(name)
        if name in Review.COUNTS:
            last = getattr(before, name) if before else None
            was = _(" (last time: %(count)s)") % {"count": last} if last is not None else ""
            yield {"label": label, "text": f"{'–' if value is None else value}{was}"}
        elif before and value and value == getattr(before, name):
            yield {"label": _("%(part)s (as last time)") % {"part": label}, **_words(value)}
        else:
            yield {"label": label, **_words(value)}


def _words(value: Any) -> dict[str, Any]:
    return {"lines": value} if isinstance(value, list) else {"text": value or "–"}


def _ratings(case: Case) -> list[dict[str, Any]]:
    language, ratings = get_language() or "en", case.review.ratings
    labels = dict(Review.Rating.choices)
    lines = [
        f"{text(c.label, language)}: {labels.get(row['rating'], '–')}. {row['ground']}".strip()
        for c in criteria_of(case)
        if (row := ratings.get(c.id))
    ]
    return [{"label": _("Self-rating"), "lines": lines or ["–"]}]


# -- what is frozen, and what would be public --------------------------------------------------------------------------


def content(case: Case) -> Mapping[str, Any]:
    """The report as it is frozen when it is handed in."""
    review = case.review
    said = {name: getattr(review, name) for name in (*Review.COUNTS, *Review.TEXTS, "sites", "ratings", "sought")}
    return said | {
        "entry": review.credential.number, "accreditation": review.accreditation and review.accreditation.number,
        "of_entry": review.of_entry, "due_on": iso(review.due_on), "period_from": iso(review.period_from),
        "period_until": iso(review.period_until),
    }  # fmt: skip


def entries(case: Case) -> list[str]:
    """The numbers on the register of what is reviewed."""
    review = case.review
    return [review.credential.number] + ([review.accreditation.number] if review.accreditation else [])


def level(case: Case) -> str | None:
    return case.review.credential.revisions.latest_public().level


def preview(case: Case) -> list[Mapping[str, Any]]:
    """What is public of the entry once it continues."""
    return [documents_of(case.review)] if case.review.of_entry else []


# -- what is missing ---------------------------------------------------------------------------------------------------


def violations(case: Case, stage: str) -> list[Violation]:
    """What a report leaves out; and, for the officers, which rules of today the entry does not keep any more.

    What was never handed in is decided without a report: nothing is missing then.
    """
    if stage == "submit":
        return [Violation(f"REG-{f}", f, message, source=rules.OWN) for f, message in _missing(case)]
    return _no_longer_kept(case) if stage == "approve" else []


def _missing(case: Case) -> Iterator[tuple[str, str]]:
    review = case.review
    if review.period_from is None:
        yield "period_from", _("Say from which day on you report.")
    if review.period_until is None:
        yield "period_until", _("Say until which day you report.")
    elif review.period_from and review.period_until < review.period_from:
        yield "period_until", _("The last day is before the first one.")
    for name in asked_of(review):
        value, part = getattr(review, name), {"part": label_of(name)}
        if name in Review.COUNTS and value is None:
            yield name, _("%(part)s: give the number of learners, 0 where there was none.") % part
        elif name not in (*Review.COUNTS, *OPTIONAL) and not value:
            yield name, _("%(part)s: where there is nothing to say, say that.") % part
    yield from _counts(review)
    language = get_language() or "en"
    for criterion in criteria_of(case):
        row, said = review.ratings.get(criterion.id) or {}, {"criterion": text(criterion.label, language)}
        if not row.get("rating"):
            yield f"rating_{criterion.id}", _("%(criterion)s: rate yourself.") % said
        if not row.get("ground"):
            yield f"ground_{criterion.id}", _("%(criterion)s: say what your rating rests on.") % said
    if not review.sought:
        yield "sought", _("Say which decision you seek.")
    if review.sought == Review.Sought.CHANGE and review.of_entry and not review.changes_wanted.strip():
        yield "changes_wanted", _("Say what should be changed.")


def _counts(review: Review) -> Iterator[tuple[str, str]]:
    if not review.accreditation_id or None in (review.completions, review.awards):
        return
    if review.awards > review.completions:
        yield "awards", _("More awards than completions: look at both again.")


def _no_longer_kept(case: Case) -> list[Violation]:
    """The rules on which an entry is asked at a review: told to officers, who require a change or end it."""
    review = case.review
    document = document_of(review.credential.number)
    if document is None or not review.of_entry:
        return []
    found = check(
        document, kind=review.credential.kind, stage="review", version=version_of(case), language=get_language() or "en"
    )
    return [Violation(v.rule, v.field, v.message, severity="warning", source=v.source) for v in found]
