"""What is read of a consistency review at the desk, of a provider's part in it, and what is missing in either."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import rules
from credentials.consistency import name_of
from credentials.models import ConsistencyPart
from credentials.models.consistency import Rating
from registry.documents import iso
from registry.errors import Violation
from registry.framework import current
from registry.framework.calendar import strictly
from registry.framework.profile import text
from registry.models import Case

Missing = Iterator[tuple[str, str]]


# -- what is read ------------------------------------------------------------------------------------------------------


def review(case: Case) -> list[dict[str, Any]]:
    """The review and each of its providers, for officers alone: a body reads none of it but its own part."""
    record, language = case.consistency_review, get_language() or "en"
    told = [
        {"label": _("Entry"), "text": f"{record.credential.number} {case.title}"},
        {"label": _("Evaluation question"), "text": text(record.question, language) if record.question else ""},
        {"label": _("Threshold"), "text": text(record.threshold, language) if record.threshold else ""},
        {"label": _("Held on"), "text": iso(record.held_on)},
        {"label": _("Venue"), "text": record.venue},
    ]
    if record.interim_until:
        told.append({"label": _("The report is interim until"), "text": iso(record.interim_until)})
    return [*told, *(_of_provider(part) for part in record.parts.in_order())]


def _of_provider(part: ConsistencyPart) -> dict[str, Any]:
    return {"label": name_of(part.accreditation), "lines": [part.case.reference, *_said(part), *_found(part)]}


def _said(part: ConsistencyPart) -> list[str]:
    """What a provider handed in: what it is still writing is its own."""
    if part.case.state in ("draft", "missed") or not part.case.submitted_at:
        return [_("Nothing has been handed in.")]
    said = [_("Graduates: %(count)s") % {"count": part.graduates}]
    if part.self_assessment_only:
        said.append(_("Self-assessment only: fewer than five graduates."))
    if part.self_rating:
        said.append(_("Own rating: %(rating)s") % {"rating": Rating(part.self_rating).label})
    said.append(part.self_assessment)
    if part.improvements and part.case.state != "returned":
        said.append(_("Improved since: %(text)s") % {"text": part.improvements})
    return said


def _found(part: ConsistencyPart) -> list[str]:
    rows = ((_("Rating"), part.rating, part.reason), (_("Final rating"), part.final_rating, part.final_reason))
    found = [f"{label}: {Rating(rating).label}. {reason}" for label, rating, reason in rows if rating]
    return found if part.took_part is not False else [*found, _("It took no part.")]


def part_at_the_desk(case: Case) -> list[dict[str, Any]]:
    """What officers read of a provider's part."""
    part = case.consistency_part
    return [*_about(part), {"label": _("What the provider says"), "lines": _said(part)},
            {"label": _("What was found"), "lines": _found(part)}]  # fmt: skip


def part_told(case: Case) -> list[dict[str, Any]]:
    """What the provider reads of its own part; of what is found it is told once that is decided."""
    part = case.consistency_part
    told = [
        *_about(part),
        {"label": _("Graduates"), "text": "" if part.graduates is None else str(part.graduates)},
        {"label": _("Your own rating"), "text": str(Rating(part.self_rating).label) if part.self_rating else ""},
        {"label": _("Self-assessment"), "text": part.self_assessment},
    ]
    if case.state == "returned" or part.improvements:
        told.append({"label": _("What has improved"), "text": part.improvements})
    return [*told, {"label": _("What was found"), "lines": _decided(part)}]


def _decided(part: ConsistencyPart) -> list[str]:
    """What was found of a provider, as far as it has been decided."""
    made = set(part.review.case.decisions.values_list("matter", flat=True))
    told = []
    if part.rating and made:
        told.append(f"{Rating(part.rating).label}: {part.reason}")
    if part.final_rating and "final" in made:
        told.append(f"{Rating(part.final_rating).label}: {part.final_reason}")
    return told


def _about(part: ConsistencyPart) -> list[dict[str, Any]]:
    record, language = part.review, get_language() or "en"
    return [
        {"label": _("Review"), "text": record.case.reference},
        {"label": _("Entry"), "text": f"{record.credential.number} {part.case.title}"},
        {"label": _("Accreditation"), "text": name_of(part.accreditation)},
        {"label": _("Evaluation question"), "text": text(record.question, language)},
        {"label": _("Threshold"), "text": text(record.threshold, language)},
        {"label": _("Held on"), "text": iso(record.held_on)},
        {"label": _("Venue"), "text": record.venue},
    ]


# -- what is frozen ----------------------------------------------------------------------------------------------------


def review_content(case: Case) -> Mapping[str, Any]:
    """What was announced."""
    record = case.consistency_review
    return {
        "entry": record.credential.number, "question": record.question, "threshold": record.threshold,
        "held_on": iso(record.held_on), "venue": record.venue,
    }  # fmt: skip


def part_content(case: Case) -> Mapping[str, Any]:
    """What a provider handed in."""
    part = case.consistency_part
    names = (*ConsistencyPart.WRITTEN, *ConsistencyPart.LATER)
    return {"accreditation": part.accreditation.number} | {name: getattr(part, name) for name in names}


def part_entries(case: Case) -> list[str]:
    part = case.consistency_part
    return [part.accreditation.number, part.review.credential.number]


# -- what is missing ---------------------------------------------------------------------------------------------------


def violations(case: Case, stage: str) -> list[Violation]:
    """What the announcement leaves out, or a provider."""
    found = _of_a_part(case) if hasattr(case, "consistency_part") else _of_a_review(case)
    if stage != "submit":
        return []
    return [Violation(f"REG-{field}", field, message, source=rules.OWN) for field, message in found]


def _of_a_review(case: Case) -> Missing:
    record, today = case.consistency_review, current.today(case.submitted_at)
    if not record.question:
        yield "question", _("Write the evaluation question.")
    if not record.threshold:
        yield "threshold", _("Say from where on graduates match the outcomes.")
    earliest = strictly(today, current.version_on(today).deadlines["consistency_notice"])
    if record.held_on is None:
        yield "held_on", _("Say on which day it is held.")
    elif record.held_on < earliest:
        yield "held_on", _("Providers know the day two months ahead: %(day)s or later.") % {"day": earliest.isoformat()}
    if not record.venue.strip():
        yield "venue", _("Say where it is held.")


def _of_a_part(case: Case) -> Missing:
    part = case.consistency_part
    if case.state == "returned":
        if not part.improvements.strip():
            yield "improvements", _("Write what has improved.")
        return
    if part.graduates is None:
        yield "graduates", _("Say how many graduates there were.")
    if not part.self_rating and not part.self_assessment_only:
        yield "self_rating", _("Rate yourself: sufficient or not sufficient.")
    if not part.self_assessment.strip():
        yield "self_assessment", _("Write the self-assessment.")
