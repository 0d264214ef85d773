"""What officers read of each kind of case, what an applicant hands in of it, and what its approval would make public."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from credentials import development, proposals, publishing
from credentials.models import Accreditation, Amendment, Application
from credentials.publishing import plain
from registry.content.dictionary import DELIVERY_MODES, EQUIVALENCES
from registry.documents import iso
from registry.framework.profile import text
from registry.models import Case

YES_NO = {True: _("yes"), False: _("no")}
APPROVALS = {
    "notify": _("the authority is notified (Type 1)"),
    "approve": _("it is evaluated and approved first (Type 2)"),
}


# -- applications ------------------------------------------------------------------------------------------------------


def application(case: Case) -> list[dict[str, Any]]:
    """Sections of label and text, in the order of the form."""
    applied = case.application
    revision = applied.revision
    language = revision.language
    return [
        {"label": _("Applicant"), "text": applied.provider.title},
        {"label": _("Kind"), "text": revision.credential.get_kind_display()},
        {"label": _("Title"), "text": revision.title, "language": language},
        {"label": _("Level"), "text": revision.level},
        {"label": _("Credits"), "text": plain(revision.credits)},
        {"label": _("Purpose"), "text": revision.purpose.get(language), "language": language},
        {
            "label": _("Learning outcomes"),
            "lines": [outcome["text"].get(language, "") for outcome in revision.learning_outcomes],
            "language": language,
        },
        {"label": _("Assessment"), "text": revision.assessment.get(language), "language": language},
        {"label": _("Evidence of need"), "text": applied.need_statement},
        {"label": _("Duplication statement"), "text": applied.duplication_statement},
        {"label": _("Accreditation is applied for too"), "text": YES_NO[applied.wants_accreditation]},
        {"label": _("Sites"), "lines": applied.sites},
    ]


def qualification(case: Case) -> list[dict[str, Any]]:
    """As an application, without what is not asked of a stage, and with those who have a stake in it."""
    first = not development.is_approved(case)
    unasked = {_("Sites"), _("Accreditation is applied for too")}
    unasked |= {_("Learning outcomes"), _("Assessment")} if first else set()
    told = [section for section in application(case) if section["label"] not in unasked]
    return [*told, {"label": _("Stakeholders"), "text": case.application.stakeholder_statement}]


def application_content(case: Case) -> dict[str, Any]:
    """What an applicant hands in: the document that it would make, and what is said besides."""
    applied = case.application
    return {
        "provider": applied.provider.number, "document": application_document(applied),
        "need_statement": applied.need_statement, "duplication_statement": applied.duplication_statement,
        "stakeholder_statement": applied.stakeholder_statement, "sites": applied.sites,
        "wants_accreditation": applied.wants_accreditation,
    }  # fmt: skip


def application_document(applied: Application) -> dict[str, Any]:
    return publishing.credential_document(applied.revision.credential, applied.revision)


def qualification_preview(case: Case) -> list[dict[str, Any]]:
    """Nothing becomes public of an approval to develop."""
    return [application_document(case.application)] if development.is_approved(case) else []


# -- accreditation alone -----------------------------------------------------------------------------------------------


def accreditation(case: Case) -> list[dict[str, Any]]:
    """Who asks to deliver what: where, how, in which languages, from when until when."""
    asked = case.accreditation_application
    return [
        {"label": _("Applicant"), "text": asked.provider.title},
        {"label": _("Entry"), "text": f"{asked.credential.number} {case.title}"},
        {"label": _("Sites"), "lines": asked.sites},
        {"label": _("How it is delivered"), "lines": [DELIVERY_MODES.get(mode, mode) for mode in asked.delivery_modes]},
        {"label": _("Languages of delivery"), "lines": asked.languages},
        {"label": _("From"), "text": iso(asked.begins_on) or _("the day on which the decision takes effect")},
        {"label": _("Until"), "text": iso(asked.ends_on)},
        {"label": _("Capability to deliver"), "text": asked.capability_statement},
    ]


def accreditation_content(case: Case) -> dict[str, Any]:
    asked = case.accreditation_application
    return {
        "provider": asked.provider.number, "credential": asked.credential.number, "sites": asked.sites,
        "delivery_modes": asked.delivery_modes, "languages": asked.languages, "begins_on": iso(asked.begins_on),
        "ends_on": iso(asked.ends_on), "capability_statement": asked.capability_statement,
    }  # fmt: skip


def accreditation_preview(case: Case) -> list[dict[str, Any]]:
    """The accreditation as it would be public; it begins on the day of the decision where no other was asked for."""
    asked = case.accreditation_application
    granted = Accreditation(
        credential=asked.credential, provider=asked.provider, accredited_from=asked.begins_on,
        accredited_until=asked.ends_on, sites=asked.sites, delivery_modes=asked.delivery_modes, languages=asked.languages,
    )  # fmt: skip
    return [publishing.accreditation_document(granted)]


# -- changes of an entry -----------------------------------------------------------------------------------------------


def amendment(case: Case) -> list[dict[str, Any]]:
    """The entry, the category, and what differs field by field; what is not said is left out."""
    amended, language = case.amendment, get_language() or "en"
    proposal = proposals.of(amended, language)
    chosen = proposal.chosen or proposal.proposed
    told = [
        {"label": _("Entry"), "text": f"{amended.credential.number} {proposal.before['title']}"},
        {"label": _("Kind"), "text": amended.credential.get_kind_display()},
        {"label": _("Category"), "text": f"{chosen.code}: {text(chosen.label, language)}" if chosen else None},
        {"label": _("Category that follows from the changes"), "text": proposal.proposed and proposal.proposed.code},
        {"label": _("Why another category"), "text": amended.category_reason},
        {"label": _("Based on revision"), "text": str(amended.based_on)},
        {
            "label": _("Reinstatement"),
            "text": _("The entry is discontinued: this is its reinstatement.")
            if proposals.reinstates(amended)
            else None,
        },
        *_transfer(amended),
        {"label": _("Equivalence"), "text": EQUIVALENCES.get(amended.equivalence)},
        {"label": _("Note for the transition"), "text": text(amended.transition_note, language)},
    ]
    return [s for s in told if s["text"]] + [{"label": _("What differs"), "differences": proposal.differences}]


def _transfer(amended: Amendment) -> list[dict[str, Any]]:
    """Who takes the entry on, and that they have agreed (rule 16)."""
    labels = {"awarding_body": _("Leads its award from then on"), "developer": _("Developer from then on")}
    taking = [
        {"label": labels[name], "text": f"{body.number} {body.title}" if body else amended.entry[name]}
        for name, body in proposals.receiving(amended).items()
    ]
    return [
        *taking,
        {"label": _("Consent of the body that takes it on"), "text": amended.consent},
        {"label": _("It agreed on"), "text": iso(amended.consented_on)},
    ]


def change(case: Case) -> list[dict[str, Any]]:
    """As an amendment, with who proposes it, how it is dealt with, and the plan for those who have started."""
    category = proposals.category_of(case.amendment)
    told = [
        {"label": _("Applicant"), "text": str(case.organisation)},
        {"label": _("How it is dealt with"), "text": category and APPROVALS[category.approval]},
    ]
    plan = [{"label": _("Teach-out plan"), "text": case.amendment.teach_out}]
    *sections, differences = amendment(case)
    return [*(s for s in [*told, *sections, *plan] if s.get("text")), differences]


def change_content(case: Case) -> dict[str, Any]:
    """What a provider proposes: what the entry would say, and what is said besides."""
    proposed = case.amendment
    return {
        "entry": proposed.credential.number, "based_on": proposed.based_on, "category": proposed.category,
        "category_reason": proposed.category_reason, "document": proposals.documents(proposed)[1],
        "equivalence": proposed.equivalence, "transition_note": proposed.transition_note,
        "teach_out": proposed.teach_out, "consent": proposed.consent, "consented_on": iso(proposed.consented_on),
    }  # fmt: skip
