"""What is read of a case about a suspension, a measure about an accreditation, or the end of either; and what is missing."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import publishing, rules
from credentials.models import Accreditation, AccreditationSanction, Credential, EntrySuspension, Relinquishing
from credentials.services import sanctions, standing
from registry.documents import iso
from registry.errors import RegisterError, Violation
from registry.framework import current
from registry.framework.law import Criterion
from registry.framework.profile import text
from registry.models import Case
from registry.status import DAY

Measure = AccreditationSanction.Measure
Missing = Iterator[tuple[str, str]]


def record_of(case: Case) -> EntrySuspension | AccreditationSanction:
    """What is decided on grounds in a case."""
    return case.entry_suspension if hasattr(case, "entry_suspension") else case.accreditation_sanction


# -- grounds -----------------------------------------------------------------------------------------------------------


def grounds(case: Case) -> list[Criterion]:
    """What is judged of it: each ground, with what is held against the body in words (rule 17)."""
    matter = "suspension" if hasattr(case, "entry_suspension") else "sanction"
    return [
        Criterion(
            id=row["ground"], stage="accreditation", matter=matter, label=_label(row["ground"]), source=_source(row["ground"]),
            guidance={current.profile().languages[0]: row["held"]},
        )
        for row in record_of(case).grounds
    ]  # fmt: skip


def _label(code: str) -> dict[str, str]:
    known = current.profile().entry_grounds.get(code)
    return known.label if known else {"en": code}


def _source(code: str) -> str:
    known = current.profile().entry_grounds.get(code)
    return known.source if known else ""


def _grounds(case: Case, language: str) -> dict[str, Any]:
    rows = record_of(case).grounds
    return {"label": _("Grounds"), "lines": [f"{text(_label(r['ground']), language)}: {r['held']}" for r in rows]}


def teach_out(case: Case) -> list[Criterion]:
    """What is judged of an accreditation that its provider gives up: those who have started come first."""
    return [
        Criterion(
            id="teach_out", stage="accreditation", matter="relinquishing",
            label={"en": _("Those who have started can finish")},
            guidance={"en": _("The plan says who teaches and assesses them, and until when.")},
            source=_("Section 4.5 of the domain specification"),
        )
    ]  # fmt: skip


# -- what is read ------------------------------------------------------------------------------------------------------


def suspension(case: Case) -> list[dict[str, Any]]:
    record, language = case.entry_suspension, get_language() or "en"
    return [
        {"label": _("Entry"), "text": f"{record.credential.number} {case.title}"},
        *_days(record),
        _grounds(case, language),
        {"label": _("Public sentence"), "text": text(record.summary, language)},
        {"label": _("What learners should do"), "text": text(record.advice, language)},
    ]


def sanction(case: Case) -> list[dict[str, Any]]:
    record, language = case.accreditation_sanction, get_language() or "en"
    told = [
        *_of_accreditation(case, record.accreditation),
        {"label": _("Measure"), "text": record.get_measure_display()},
        *_days(record),
        _grounds(case, language),
    ]
    if record.measure != Measure.CONDITION:
        return told
    return [
        *told,
        {"label": _("Condition"), "text": text(record.condition, language)},
        {"label": _("The condition is due on"), "text": iso(record.due_on)},
    ]


def lifting(case: Case) -> list[dict[str, Any]]:
    record = case.entry_lifting
    about = (
        [{"label": _("Entry"), "text": f"{record.credential.number} {case.title}"}]
        if record.credential
        else _of_accreditation(case, record.accreditation)
    )
    return [
        *about,
        {"label": _("Suspended since"), "text": iso(record.since)},
        {"label": _("Why it is lifted"), "text": record.explanation},
    ]


def relinquishing(case: Case) -> list[dict[str, Any]]:
    record = case.accreditation_relinquishing
    return [
        *_of_accreditation(case, record.accreditation),
        {"label": _("Last day"), "text": iso(record.ends_on)},
        {"label": _("Why it is given up"), "text": record.reason},
        {"label": _("Teach-out plan"), "text": record.teach_out},
    ]


def _of_accreditation(case: Case, accreditation: Accreditation) -> list[dict[str, Any]]:
    return [
        {"label": _("Accreditation"), "text": accreditation.number},
        {"label": _("Provider"), "text": f"{accreditation.provider.number} {accreditation.provider.title}"},
        {"label": _("Entry"), "text": f"{accreditation.credential.number} {case.title}"},
    ]


def _days(record: EntrySuspension | AccreditationSanction) -> list[dict[str, Any]]:
    return [
        {"label": _("From"), "text": iso(record.begins_on) or _("the day on which the decision takes effect")},
        {"label": _("Until"), "text": iso(record.ends_on) or _("further notice")},
    ]


# -- what is frozen, and what would be public --------------------------------------------------------------------------


def content(case: Case) -> Mapping[str, Any]:
    """What notice is given of, or what a provider hands in, as it is frozen."""
    if hasattr(case, "accreditation_relinquishing"):
        asked: Relinquishing = case.accreditation_relinquishing
        return {
            "accreditation": asked.accreditation.number, "ends_on": iso(asked.ends_on), "reason": asked.reason,
            "teach_out": asked.teach_out,
        }  # fmt: skip
    if hasattr(case, "entry_lifting"):
        return {
            "number": case.entry_lifting.of.number,
            "since": iso(case.entry_lifting.since),
            "explanation": case.entry_lifting.explanation,
        }
    record = record_of(case)
    said = {"grounds": record.grounds, "begins_on": iso(record.begins_on), "ends_on": iso(record.ends_on)}
    if isinstance(record, EntrySuspension):
        return said | {"entry": record.credential.number, "summary": record.summary, "advice": record.advice}
    return said | {
        "accreditation": record.accreditation.number, "measure": record.measure, "condition": record.condition,
        "due_on": iso(record.due_on),
    }  # fmt: skip


def entries(case: Case) -> list[str]:
    """The numbers on the register of what a case is about."""
    if hasattr(case, "entry_suspension"):
        return [case.entry_suspension.credential.number]
    if hasattr(case, "entry_lifting"):
        return [case.entry_lifting.of.number]
    asked = record_of(case) if hasattr(case, "accreditation_sanction") else case.accreditation_relinquishing
    return [asked.accreditation.number, asked.accreditation.credential.number]


def level(case: Case) -> str | None:
    """The level of the entry that it is about, which a delegation must cover."""
    if hasattr(case, "entry_suspension"):
        entry: Credential = case.entry_suspension.credential
    elif hasattr(case, "entry_lifting"):
        entry = case.entry_lifting.credential or case.entry_lifting.accreditation.credential
    else:
        asked = record_of(case) if hasattr(case, "accreditation_sanction") else case.accreditation_relinquishing
        entry = asked.accreditation.credential
    return entry.revisions.latest_public().level


def preview_of_suspension(case: Case) -> list[Mapping[str, Any]]:
    """The entry as it would be public today; nothing where it could not be suspended."""
    record, today = case.entry_suspension, current.today()
    credential = Credential.objects.get(pk=record.credential_id)
    try:
        first = sanctions.beginning(record.begins_on, record.ends_on, today)
    except RegisterError:
        return []
    standing.suspend(credential, standing.period(first, record.ends_on), sanctions.notes_of(record))
    return [publishing.credential_document(credential, credential.revisions.latest_public())]


# -- what is missing ---------------------------------------------------------------------------------------------------


def violations(case: Case, stage: str) -> list[Violation]:
    """What a case leaves out, or what does not go together."""
    missing = {
        "entry_suspension": _of_a_suspension, "accreditation_sanction": _of_a_sanction, "entry_lifting": _of_a_lifting,
        "accreditation_relinquishing": _of_a_relinquishing,
    }  # fmt: skip
    found = next(of for name, of in missing.items() if hasattr(case, name))
    return [Violation(f"REG-{field}", field, message, source=rules.OWN) for field, message in found(case)]


def _of_a_suspension(case: Case) -> Missing:
    record = case.entry_suspension
    yield from _of_grounds(record, record.credential)
    if not record.summary:
        yield "summary", _("Write the sentence that the public reads.")
    if not record.advice:
        yield "advice", _("Say what learners should do.")


def _of_a_sanction(case: Case) -> Missing:
    record = case.accreditation_sanction
    if not record.measure:
        yield "measure", _("Choose a condition, a suspension or a withdrawal.")
    if record.measure == Measure.CONDITION and not record.condition:
        yield "condition", _("Write the condition.")
    if record.ends_on and record.measure != Measure.SUSPENSION:
        yield "ends_on", _("Only a suspension has a last day.")
    yield from _of_grounds(record, record.accreditation if record.measure == Measure.SUSPENSION else None)


def _of_grounds(
    record: EntrySuspension | AccreditationSanction, suspended: Credential | Accreditation | None
) -> Missing:
    """`suspended`: what is to be suspended, where it is that."""
    if not record.grounds:
        yield "grounds", _("Name at least one ground, and say what is held.")
    first = record.begins_on or current.today()
    if record.ends_on and record.ends_on < first:
        yield "ends_on", _("The last day is before the first one.")
        return
    held = [] if suspended is None or record.effects else suspended.suspensions
    if record.begins_on is None:
        # From which day it will hold, its decision tells: whatever has a last day may be over by then.
        held = [s for s in held if s.upper is None]
    if found := standing.overlapping(held, standing.period(first, record.ends_on)):
        yield "begins_on", _("It is suspended from %(day)s already: that is lifted first.") % {"day": iso(found.lower)}


def _of_a_lifting(case: Case) -> Missing:
    if not case.entry_lifting.explanation.strip():
        yield "explanation", _("Say why the suspension is lifted.")


def _of_a_relinquishing(case: Case) -> Missing:
    record = case.accreditation_relinquishing
    if record.ends_on is None:
        yield "ends_on", _("Say which day is the last one.")
    elif record.ends_on < (record.accreditation.accredited_from - DAY):
        yield "ends_on", _("The last day is before the accreditation begins.")
    if not record.reason.strip():
        yield "reason", _("Say why you give it up.")
    if not record.teach_out.strip():
        yield "teach_out", _("Give the plan by which those who have started are taught to the end.")
