"""What officers, and bodies that are heard, read of the cases about what goes wrong; and what is frozen of each."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from credentials import corrections, legislated
from registry.content import removals
from registry.content.comparison import compare
from registry.content.removals import CATEGORIES
from registry.documents import iso
from registry.models import Case


def removal(case: Case) -> list[dict[str, Any]]:
    """The mistake as officers read it, and the sentence that would be public."""
    said = case.removal
    public = removals.sentence(said.category, said.twin) if said.category else ""
    return [
        {"label": _("On the register as"), "text": said.number},
        {"label": _("What is wrong"), "text": CATEGORIES.get(said.category)},
        {"label": _("The entry that stands"), "text": said.twin},
        {"label": _("The mistake, for officers"), "text": said.mistake},
        {"label": _("What is public of it"), "text": removals.in_words(public)},
    ]


def removal_content(case: Case) -> dict[str, Any]:
    return {name: getattr(case.removal, name) for name in ("number", "category", "twin", "mistake")}


def correction(case: Case) -> list[dict[str, Any]]:
    """What would read differently, word by word."""
    said = case.correction
    return [
        {"label": _("On the register as"), "text": said.credential.number},
        {"label": _("Based on revision"), "text": str(said.based_on)},
        {"label": _("What was wrong"), "text": said.reason},
        {"label": _("What allows it"), "text": said.instrument},
        {"label": _("What is corrected"), "differences": compare(said.before, said.after, get_language() or "en")},
    ]


def correction_content(case: Case) -> dict[str, Any]:
    """Both texts of each field that is corrected, whole."""
    said = case.correction
    altered = sorted({str(place[0]) for place, *_texts in corrections.altered(said.before, said.after)})
    return {
        "number": said.credential.number, "revision": said.based_on, "reason": said.reason,
        "before": {name: said.before[name] for name in altered}, "after": {name: said.after[name] for name in altered},
    }  # fmt: skip


def by_law(case: Case) -> list[dict[str, Any]]:
    """The law, and what would become of each entry that is named."""
    said = case.kind_by_law
    kinds = dict(said._meta.get_field("to_kind").choices)
    to_kind = kinds.get(said.to_kind, "–")
    return [
        {"label": _("Law"), "text": said.instrument},
        {"label": _("In effect from"), "text": iso(said.effective_on)},
        {"label": _("From kind"), "text": kinds.get(said.from_kind)},
        {"label": _("To kind"), "text": to_kind},
        {
            "label": _("What would become of each entry"),
            "lines": [f"{r.number} {r.title}: {r.problem or f'{r.kind} → {to_kind}'}" for r in legislated.rows(said)],
        },
    ]


def by_law_content(case: Case) -> dict[str, Any]:
    said = case.kind_by_law
    return {
        "law": said.law, "section": said.section, "effective_on": iso(said.effective_on), "from_kind": said.from_kind,
        "to_kind": said.to_kind, "numbers": said.numbers,
    }  # fmt: skip


def inquiry(case: Case) -> list[dict[str, Any]]:
    """The grounds, and how the entry would end: officers and the body read the same."""
    said = case.inquiry
    return [
        {"label": _("On the register as"), "text": said.credential.number},
        {"label": _("Grounds"), "lines": [f"{row['ground']}: {row['held']}" for row in said.grounds]},
        {"label": _("Expiring from"), "text": iso(said.expiring_from)},
        {"label": _("Last day to start"), "text": iso(said.last_new_enrolment) or _("as the law says")},
        {"label": _("Last day"), "text": iso(said.expiry_end)},
        {"label": _("Note for the transition"), "lines": list(said.transition_note.values())},
    ]


def inquiry_content(case: Case) -> dict[str, Any]:
    said = case.inquiry
    days = {name: iso(getattr(said, name)) for name in ("expiring_from", "last_new_enrolment", "expiry_end")}
    return {"number": said.credential.number, "grounds": said.grounds, "transition": said.transition_note, **days}
