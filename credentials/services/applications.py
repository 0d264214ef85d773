"""Drafting an application to list a credential, and what its approval does."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from credentials import proposals
from credentials.lifecycle import APPLICATION, QUALIFICATION
from credentials.models import Application, Credential, Revision
from credentials.services.publication import accredit, conditions_of, list_credential
from providers.models import Provider
from providers.services.publication import lock
from registry.casework import services as desk
from registry.casework import workflow
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Outcome
from registry.content.dictionary import BY_NAME
from registry.errors import NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, User
from registry.people import roles

APPLICATION_FIELDS = (
    "need_statement", "duplication_statement", "stakeholder_statement", "sites", "wants_accreditation",
)  # fmt: skip


def draft(
    *, provider: Provider, by: User, kind: str = Credential.Kind.MICRO_CREDENTIAL,
    wants_accreditation: bool | None = None, now: datetime | None = None,
) -> Application:  # fmt: skip
    """A new, empty draft of a credential of this kind for this provider, with its reference.

    Accreditation is applied for with it where the body may deliver, unless it is said that it is not (NZQA Forms 1 and
    2). Raises NotAllowed where `by` does not act for the provider today, or a standard-setting body wants to deliver;
    RegisterError for a kind that there is not.
    """
    if kind not in Credential.Kind.values:
        raise RegisterError(_("Choose a qualification, a part qualification or a micro-credential."))
    wants = provider.may_deliver if wants_accreditation is None else wants_accreditation
    _check_may_want(provider, wants)
    return _open(APPLICATION, provider, kind, by=by, wants_accreditation=wants, now=now)


def draft_qualification(*, provider: Provider, by: User, now: datetime | None = None) -> Application:
    """A new, empty draft of a full qualification that is approved in two stages: its development first (domain 1.11).

    Raises NotAllowed where `by` does not act for the provider today; RegisterError where the law in force knows no two
    stages.
    """
    stages = current.version_on(current.today(now)).two_stages
    if stages is None or Credential.Kind.QUALIFICATION not in stages.kinds:
        raise RegisterError(_("The law in force has one stage alone: apply for listing and approval at once."))
    return _open(QUALIFICATION, provider, Credential.Kind.QUALIFICATION, by=by, wants_accreditation=False, now=now)


def _open(
    case_kind: str, provider: Provider, kind: str, *, by: User, wants_accreditation: bool, now: datetime | None
) -> Application:
    check_acts_for(provider, by)
    with transaction.atomic():
        case = desk.open_case(kind=case_kind, organisation=provider.organisation, by=by, now=now)
        credential = Credential.objects.create(kind=kind, awarding_body=provider, developer=provider)
        revision = Revision.objects.create(credential=credential)
        return Application.objects.create(
            case=case, provider=provider, revision=revision, wants_accreditation=wants_accreditation
        )


def check_acts_for(provider: Provider, by: User) -> None:
    """Raise NotAllowed where this person does not act for the provider today."""
    if not roles.role_in(by, provider.organisation):
        raise NotAllowed(_("You do not act for this provider."))


def _check_may_want(provider: Provider, wants_accreditation: bool) -> None:
    if wants_accreditation and not provider.may_deliver:
        raise NotAllowed(
            _("A standard-setting body develops and never delivers: apply for listing and approval alone.")
        )


@desk.logged_when_refused
def save_draft(
    *,
    case_id: int,
    by: User,
    values: Mapping[str, Any],
    expected_revision: int | None = None,
    now: datetime | None = None,
) -> Application:
    """Keep what the applicant has written, complete or not: the rules are asked at submission.

    Raises Conflict where a colleague has saved meanwhile; nothing of theirs is overwritten.
    """
    case = workflow.lock(case_id)
    application = Application.objects.select_related("revision__credential").get(case=case)
    revision = application.revision
    content = {name: value for name, value in values.items() if name in BY_NAME}
    if "title" in values and "titles" not in values:
        content["titles"] = {values.get("language") or revision.language: values["title"]}
    proposals.fill(revision, content)
    _check_may_want(application.provider, bool(values.get("wants_accreditation")))
    for name in APPLICATION_FIELDS:
        if name in values:
            setattr(application, name, values[name])
    if "review_period_months" in values:
        revision.credential.review_period_months = values["review_period_months"]
        revision.credential.save(update_fields=["review_period_months"])
    changed = sorted(values)
    case.title = revision.title
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": changed}, now=now)
    revision.save()
    application.save()
    application.case = case
    return application


def publish_approved(*, case: Case, decisions: list[Decision], by: User, now: datetime) -> list[Sentence]:
    """What an approval does: revision 1 under a new number, and the applicant's accreditation, where that was asked for.

    Of a full qualification in two stages, the first one makes nothing public. Nothing is listed unless both listing and
    approval were granted; accreditation alone cannot stand without them. Returns sentences,
    each asked for in the language of its reader.
    """
    outcomes = {d.matter: d for d in decisions}
    if "development" in outcomes:
        return _approve_development(outcomes["development"])
    granted = {matter for matter, decision in outcomes.items() if Outcome.grants(decision.outcome)}
    if granted and not {"listing", "approval"} <= granted:
        raise RegisterError(_("Listing and approval are granted together, and an accreditation never without them."))
    if not granted:
        return []
    application = Application.objects.select_related("provider", "revision__credential").get(case=case)
    if "accreditation" in granted:
        # The body is locked before anything is published: it may be about to become another, or to be suspended.
        (application.provider,) = lock(application.provider_id)
    effective_on = outcomes["listing"].effective_on
    credential = list_credential(
        application.revision, effective_on=effective_on, decisions=[outcomes["listing"], outcomes["approval"]],
        version=desk.version_of(case), now=now,
    )  # fmt: skip
    lines = [lambda: _("Registered as %(number)s.") % {"number": credential.number}]
    if "accreditation" in granted:
        accreditation = accredit(
            credential=credential, provider=application.provider, effective_on=effective_on, sites=application.sites,
            delivery_modes=application.revision.delivery_modes, languages=application.revision.languages,
            decision=outcomes["accreditation"], conditions=conditions_of(outcomes["accreditation"]), now=now,
        )  # fmt: skip
        lines.append(lambda: _("Accredited to deliver it: %(number)s.") % {"number": accreditation.number})
    return lines


def _approve_development(decision: Decision) -> list[Sentence]:
    """Raises RegisterError where it should wait: nothing of it is ever public."""
    if decision.publish_on > decision.decided_on:
        raise RegisterError(_("An approval to develop takes effect today: nothing of it becomes public."))
    return [lambda: _("You may develop it now. Write its content here, and hand it in for listing and approval.")]


def freeze_approved(case: Case, effective_on: date) -> None:
    """Let nothing of what was approved be altered while it waits for its day: the database refuses it from now on."""
    revision = Application.objects.select_related("revision").get(case=case).revision
    revision.effective_from = effective_on
    revision.save(update_fields=["effective_from"])
