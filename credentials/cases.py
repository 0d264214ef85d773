"""The kinds of case that this app brings to the desk, and the section it brings to the portal."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials import lifecycle, rules
from credentials.publishing import plain
from credentials.services import publish_approved
from registry.casework import kinds
from registry.models import Case
from registry.portal import sections

APPLICATION = "credential_application"


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
            "lines": [outcome.get(language, "") for outcome in revision.learning_outcomes],
            "language": language,
        },
        {"label": _("Assessment"), "text": revision.assessment.get(language), "language": language},
        {"label": _("Evidence of need"), "text": application.need_statement},
        {"label": _("Duplication statement"), "text": application.duplication_statement},
        {"label": _("Sites"), "lines": application.sites},
    ]


def register() -> None:
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
        )
    )
    sections.register(sections.Section(kind=APPLICATION, label=_("Micro-credentials"), start="credentials:start"))
