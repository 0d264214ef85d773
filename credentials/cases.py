"""The kinds of case that this app brings to the desk, and the section it brings to the portal."""

from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from credentials import lifecycle, proposals, publishing, rules
from credentials.publishing import plain
from credentials.services import bring_over, publish_amended, publish_approved
from credentials.services.amendments import KIND as AMENDMENT
from credentials.services.amendments import freeze_amended
from credentials.services.applications import freeze_approved
from providers.services import matching
from registry.casework import kinds
from registry.content.dictionary import EQUIVALENCES
from registry.framework.profile import text
from registry.models import Case
from registry.portal import sections
from registry.search import similar

APPLICATION = "credential_application"
# What is less alike than this is no evidence of anything, and not kept.
LEAST_ALIKE = 0.3


def described(case: Case) -> list[dict[str, Any]]:
    """What an officer reads of an application: sections of label and text, in the order of the form."""
    application = case.application
    revision = application.revision
    language = revision.language
    return [
        {"label": _("Applicant"), "text": application.provider.title},
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
        {"label": _("Evidence of need"), "text": application.need_statement},
        {"label": _("Duplication statement"), "text": application.duplication_statement},
        {"label": _("Sites"), "lines": application.sites},
    ]


def content(case: Case) -> dict[str, Any]:
    """What an applicant hands in: the document that it would make, and what is said besides."""
    application = case.application
    revision = application.revision
    return {
        "provider": application.provider.number,
        "document": publishing.credential_document(revision.credential, revision),
        "need_statement": application.need_statement, "duplication_statement": application.duplication_statement,
        "sites": application.sites,
    }  # fmt: skip


def entries(case: Case) -> list[str]:
    """The number under which an application's credential is public."""
    number = case.application.revision.credential.number
    return [number] if number else []


def alike(case: Case, day: date) -> list[similar.Match]:
    """The entries that an application's draft is most like."""
    application = case.application
    revision = application.revision
    document = publishing.credential_document(revision.credential, revision)
    own = {revision.credential.number} - {None}
    return similar.credentials(document, day=day, bodies=[application.provider.title], exclude=own, least=LEAST_ALIKE)


def described_amendment(case: Case) -> list[dict[str, Any]]:
    """What an officer reads of an amendment: the entry, the category, and what differs field by field."""
    amendment, language = case.amendment, get_language() or "en"
    proposal = proposals.of(amendment, language)
    chosen = proposal.chosen or proposal.proposed
    told = [
        {"label": _("Entry"), "text": f"{amendment.credential.number} {proposal.before['title']}"},
        {"label": _("Kind"), "text": amendment.credential.get_kind_display()},
        {"label": _("Category"), "text": f"{chosen.code}: {text(chosen.label, language)}" if chosen else None},
        {"label": _("Category that follows from the changes"), "text": proposal.proposed and proposal.proposed.code},
        {"label": _("Why another category"), "text": amendment.category_reason},
        {"label": _("Based on revision"), "text": str(amendment.based_on)},
        {"label": _("Equivalence"), "text": EQUIVALENCES.get(amendment.equivalence)},
        {"label": _("Note for the transition"), "text": text(amendment.transition_note, language)},
    ]
    return [s for s in told if s["text"]] + [{"label": _("What differs"), "differences": proposal.differences}]


def register() -> None:
    matching.register(bring_over)
    kinds.register(
        kinds.CaseKind(
            name=APPLICATION,
            label=_("application: listing, approval and accreditation of a micro-credential"),
            prefix="APP",
            states=lifecycle.STATES,
            transitions=lifecycle.TRANSITIONS,
            matters=lifecycle.MATTERS,
            effect=publish_approved,
            sections=described,
            check=rules.violations,
            own_page="credentials:application",
            edit_page="credentials:edit",
            entries=entries,
            alike=alike,
            content=content,
            level=lambda case: case.application.revision.level,
            preview=lambda case: [content(case)["document"]],
            freeze=freeze_approved,
        )
    )
    kinds.register(
        kinds.CaseKind(
            name=AMENDMENT,
            label=_("change of an entry"),
            prefix="CHG",
            states=lifecycle.AMENDMENT_STATES,
            transitions=lifecycle.AMENDMENT_TRANSITIONS,
            matters=lifecycle.AMENDMENT_MATTERS,
            effect=publish_amended,
            sections=described_amendment,
            check=rules.violations,
            authority=True,
            page="admin:credentials_amendment_change",
            level=lambda case: case.amendment.revision.level,
            preview=lambda case: [proposals.documents(case.amendment)[1]],
            freeze=freeze_amended,
        )
    )
    sections.register(sections.Section(kind=APPLICATION, label=_("Micro-credentials"), start="credentials:start"))
