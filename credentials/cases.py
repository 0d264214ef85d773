"""The kinds of case that this app brings to the desk, and the sections that it brings to the portal."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from credentials import (
    cases_bulk,
    cases_consistency,
    cases_reviews,
    cases_sanctions,
    cases_wrongs,
    changes,
    delivering,
    described,
    development,
    lifecycle,
    proposals,
    rules,
    services,
)
from credentials.lifecycle import ACCREDITATION, AMENDMENT, APPLICATION, CHANGE, QUALIFICATION
from credentials.services import redress
from credentials.services.amendments import freeze_amended
from credentials.services.applications import freeze_approved
from credentials.services.succession import HOLDER
from credentials.services.telling import tell_of_a_body_that_left
from providers import standing_changed, succession
from providers.cases import any_registered
from providers.pausing import paused
from providers.services import matching
from registry.casework import kinds
from registry.framework import current
from registry.models import Case, Organisation
from registry.portal import sections
from registry.search import similar

# What is less alike than this is no evidence of anything, and not kept.
LEAST_ALIKE = 0.3


def entries(case: Case) -> list[str]:
    """The number under which what a case is about is public; none before it is."""
    if hasattr(case, "accreditation_application"):
        number = case.accreditation_application.credential.number
    elif hasattr(case, "amendment"):
        number = case.amendment.credential.number
    else:
        number = case.application.revision.credential.number
    return [number] if number else []


def alike(case: Case, day: date) -> list[similar.Match]:
    """The entries that an application's draft is most like."""
    application = case.application
    document = described.application_document(application)
    own = {application.revision.credential.number} - {None}
    return similar.credentials(document, day=day, bodies=[application.provider.title], exclude=own, least=LEAST_ALIKE)


def _matters_applied_for(case: Case) -> dict[str, object]:
    """Listing and approval, and the accreditation where that is applied for too (NZQA Forms 1 and 2)."""
    wants = case.application.wants_accreditation
    return {name: label for name, label in lifecycle.MATTERS.items() if wants or name != "accreditation"}


# What a reconsideration may do to a decision of each kind.
REDRESS = kinds.Redress(tell=redress.tell)

KINDS = (
    kinds.CaseKind(
        name=APPLICATION,
        label=_("application: listing, approval and accreditation of a micro-credential"),
        prefix="APP",
        states=lifecycle.STATES,
        transitions=lifecycle.TRANSITIONS,
        matters=lifecycle.MATTERS,
        matters_of=_matters_applied_for,
        effect=services.publish_approved,
        sections=described.application,
        check=rules.violations,
        paused=paused,
        own_page="credentials:application",
        edit_page="credentials:edit",
        entries=entries,
        alike=alike,
        content=described.application_content,
        level=lambda case: case.application.revision.level,
        preview=lambda case: [described.application_document(case.application)],
        freeze=freeze_approved,
        condition_met=services.tell_condition_met,
        redress=REDRESS,
    ),
    kinds.CaseKind(
        name=QUALIFICATION,
        label=_("application: full qualification in two stages"),
        prefix="QUA",
        states=lifecycle.QUALIFICATION_STATES,
        transitions=lifecycle.QUALIFICATION_TRANSITIONS,
        matters=lifecycle.QUALIFICATION_MATTERS,
        matters_of=development.matters_of,
        private=frozenset({"development"}),
        step=development.step,
        effect=services.publish_approved,
        sections=described.qualification,
        check=development.violations,
        paused=paused,
        own_page="portal:case",
        edit_page="credentials:edit_qualification",
        entries=entries,
        alike=alike,
        content=described.application_content,
        level=lambda case: case.application.revision.level,
        preview=described.qualification_preview,
        freeze=freeze_approved,
        redress=REDRESS,
    ),
    kinds.CaseKind(
        name=ACCREDITATION,
        label=_("application: accreditation to deliver an entry"),
        prefix="ACC",
        states=lifecycle.STATES,
        transitions=lifecycle.ACCREDITATION_TRANSITIONS,
        matters=lifecycle.ACCREDITATION_MATTERS,
        effect=services.publish_accredited,
        sections=described.accreditation,
        check=delivering.violations,
        paused=paused,
        own_page="portal:case",
        edit_page="credentials:edit_accreditation",
        entries=entries,
        content=described.accreditation_content,
        level=lambda case: case.accreditation_application.credential.revisions.latest_public().level,
        preview=described.accreditation_preview,
        condition_met=services.tell_condition_met,
        redress=REDRESS,
    ),
    kinds.CaseKind(
        name=CHANGE,
        label=_("change of an entry, proposed by a provider"),
        prefix="CHA",
        states=lifecycle.STATES,
        transitions=lifecycle.CHANGE_TRANSITIONS,
        matters=lifecycle.CHANGE_MATTERS,
        matters_of=changes.matters_of,
        step=changes.step,
        effect=services.publish_amended,
        sections=described.change,
        check=changes.violations,
        paused=paused,
        own_page="portal:case",
        edit_page="credentials:edit_change",
        entries=entries,
        content=described.change_content,
        level=lambda case: case.amendment.revision.level,
        preview=lambda case: [proposals.documents(case.amendment)[1]],
        freeze=freeze_amended,
        redress=cases_sanctions.REDRESS_OF_A_CHANGE,
    ),
    kinds.CaseKind(
        name=AMENDMENT,
        label=_("change of an entry"),
        prefix="CHG",
        states=lifecycle.AMENDMENT_STATES,
        transitions=lifecycle.AMENDMENT_TRANSITIONS,
        matters=lifecycle.AMENDMENT_MATTERS,
        effect=services.publish_amended,
        sections=described.amendment,
        check=rules.violations,
        authority=True,
        page="admin:credentials_amendment_change",
        level=lambda case: case.amendment.revision.level,
        preview=lambda case: [proposals.documents(case.amendment)[1]],
        freeze=freeze_amended,
        redress=cases_sanctions.REDRESS_OF_A_CHANGE,
    ),
)


def _in_two_stages(bodies: list[Organisation]) -> bool:
    """Whether the law in force has stages for any full qualification, and one of the bodies may apply."""
    return current.version_on(current.today()).two_stages is not None and any_registered(bodies)


SECTIONS = (
    sections.Section(APPLICATION, _("Micro-credentials"), "credentials:start", any_registered),
    sections.Section(
        QUALIFICATION, _("Full qualification in two stages"), "credentials:start_qualification", _in_two_stages
    ),
    sections.Section(
        ACCREDITATION, _("Accreditation to deliver an entry"), "credentials:start_accreditation", any_registered
    ),
    sections.Section(CHANGE, _("Change or end of an entry"), "credentials:start_change", any_registered),
)


def register() -> None:
    matching.register(services.bring_over)
    succession.register_accreditations(HOLDER)
    standing_changed.register(tell_of_a_body_that_left)
    cases_sanctions.register()
    cases_consistency.register()
    cases_bulk.register()
    cases_reviews.register()
    for kind in (*KINDS, *cases_wrongs.KINDS):
        kinds.register(kind)
    for section in SECTIONS:
        sections.register(section)
