"""Asking to deliver an entry that is on the register, and what the approval of that does (NZQA Form 3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from credentials import delivering
from credentials.lifecycle import ACCREDITATION
from credentials.models import AccreditationApplication, Credential
from credentials.services.applications import check_acts_for
from credentials.services.publication import accredit, conditions_of
from providers.models import Provider
from providers.services.publication import lock
from registry.casework import services as desk
from registry.casework import workflow
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Outcome
from registry.errors import NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, User

FIELDS = ("sites", "delivery_modes", "languages", "begins_on", "ends_on", "capability_statement")


def draft_accreditation(
    *, provider: Provider, number: str, by: User, now: datetime | None = None
) -> AccreditationApplication:
    """A new draft that asks to deliver the entry of this number, as the entry itself is delivered.

    Raises RegisterError where no such entry is public, or nobody is accredited for it any more; NotAllowed where `by`
    does not act for the provider today, or the provider may not deliver it, or delivers it already.
    """
    check_acts_for(provider, by)
    today = current.today(now)
    credential = Credential.objects.filter(number=number).first()
    if credential is None:
        raise RegisterError(_("There is no such entry on the public register."))
    if refusal := delivering.why_not_now(credential, today):
        raise RegisterError(refusal)
    if refusal := delivering.why_not(provider, credential, today) or delivering.already(provider, credential, today):
        raise NotAllowed(refusal)
    content = credential.revisions.latest_public()
    with transaction.atomic():
        case = desk.open_case(kind=ACCREDITATION, organisation=provider.organisation, by=by, now=now)
        case.title = content.title
        case.save(update_fields=["title"])
        return AccreditationApplication.objects.create(
            case=case, provider=provider, credential=credential, delivery_modes=content.delivery_modes,
            languages=content.languages,
        )  # fmt: skip


@desk.logged_when_refused
def save_accreditation(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> AccreditationApplication:  # fmt: skip
    """Keep what the applicant has written, complete or not. Raises Conflict where a colleague has saved meanwhile."""
    case = workflow.lock(case_id)
    application = AccreditationApplication.objects.select_related("provider", "credential").get(case=case)
    changed = [name for name in FIELDS if name in values]
    for name in changed:
        setattr(application, name, values[name])
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": changed}, now=now)
    application.save()
    application.case = case
    return application


def publish_accredited(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What an approval does: the provider is accredited to deliver the entry, under a number of its own.

    Raises RegisterError where the entry is not current on that day, NotAllowed where the provider may not deliver it or
    does so already.
    """
    (decision,) = decisions
    if not Outcome.grants(decision.outcome):
        return []
    application = AccreditationApplication.objects.get(case=case)
    # The body is locked first: it may be about to become another, or to be suspended.
    (application.provider,) = lock(application.provider_id)
    credential = Credential.objects.select_for_update().get(pk=application.credential_id)
    today = current.today(now)
    if refusal := delivering.why_not_now(credential, today):
        raise RegisterError(refusal)
    if refusal := delivering.already(application.provider, credential, today):
        raise NotAllowed(refusal)
    begins_on = max(application.begins_on or decision.effective_on, decision.effective_on)
    if application.ends_on and application.ends_on < begins_on:
        raise RegisterError(_("It would end on %(day)s, before it begins.") % {"day": application.ends_on.isoformat()})
    made = accredit(
        credential=credential, provider=application.provider, effective_on=decision.effective_on, sites=application.sites,
        delivery_modes=application.delivery_modes, languages=application.languages, decision=decision,
        begins_on=application.begins_on, until=application.ends_on, conditions=conditions_of(decision), now=now,
    )  # fmt: skip
    return [lambda: _("Accredited to deliver it: %(number)s.") % {"number": made.number}]
