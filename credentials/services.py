"""Every write about credentials: drafting an application, and what an approval does."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.translation import gettext as _

from credentials import publishing
from credentials.models import Accreditation, Application, Credential, Revision
from providers.models import Provider
from registry import journal
from registry.casework import services as desk
from registry.casework import workflow
from registry.casework.models import Decision, Outcome
from registry.errors import NotAllowed
from registry.framework import current
from registry.models import Case, User
from registry.people import roles

APPLICATION_FIELDS = ("need_statement", "duplication_statement", "sites")
REVISION_FIELDS = (
    "title", "language", "titles", "purpose", "learning_outcomes", "level", "credits", "notional_hours", "fields",
    "languages", "delivery_modes", "assessment", "entry_requirements",
)  # fmt: skip


def draft(*, provider: Provider, by: User, now: datetime | None = None) -> Application:
    """A new, empty draft of a micro-credential for this provider, with its reference.

    Raises NotAllowed where `by` does not act for the provider today.
    """
    from django.db import transaction

    if not roles.role_in(by, provider.organisation):
        raise NotAllowed(_("You do not act for this provider."))
    with transaction.atomic():
        case = desk.open_case(kind="credential_application", organisation=provider.organisation, by=by, now=now)
        credential = Credential.objects.create(
            kind=Credential.Kind.MICRO_CREDENTIAL, awarding_body=provider, developer=provider
        )
        revision = Revision.objects.create(credential=credential)
        return Application.objects.create(case=case, provider=provider, revision=revision)


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
    application = Application.objects.select_related("revision").get(case=case)
    revision = application.revision
    for record, names in ((revision, REVISION_FIELDS), (application, APPLICATION_FIELDS)):
        for name in names:
            if name in values:
                setattr(record, name, values[name])
    if revision.credits is not None:
        revision.notional_hours = current.profile().hours_of(revision.credits)
    changed = sorted(values)
    case.title = revision.title
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": changed}, now=now)
    revision.save()
    application.save()
    application.case = case
    return application


def publish_approved(*, case: Case, decisions: list[Decision], by: User, now: datetime) -> list[str]:
    """What an approval does: revision 1 under a new number, and the applicant's accreditation to deliver it.

    Nothing is listed unless both listing and approval were granted; accreditation alone cannot stand without them.
    Returns sentences for the notice.
    """
    outcomes = {d.matter: d for d in decisions}
    granted = {matter for matter, decision in outcomes.items() if decision.outcome == Outcome.APPROVED}
    if not {"listing", "approval"} <= granted:
        return []
    application = Application.objects.select_related("provider", "revision__credential").get(case=case)
    effective_on = outcomes["listing"].effective_on
    credential = list_credential(
        application.revision, effective_on=effective_on, decisions=[outcomes["listing"], outcomes["approval"]],
        review_period_months=desk.version_of(case).review_period_months, now=now,
    )  # fmt: skip
    lines = [_("Registered as %(number)s.") % {"number": credential.number}]
    if "accreditation" in granted:
        accreditation = accredit(
            credential=credential, provider=application.provider, effective_on=effective_on, sites=application.sites,
            delivery_modes=application.revision.delivery_modes, languages=application.revision.languages,
            decision=outcomes["accreditation"], now=now,
        )  # fmt: skip
        lines.append(_("Accredited to deliver it: %(number)s.") % {"number": accreditation.number})
    return lines


def list_credential(
    revision: Revision, *, effective_on: date, decisions: list[Decision], review_period_months: int, now: datetime
) -> Credential:
    """Publish a credential's first revision. Its first review falls due one period after listing."""
    credential = revision.credential
    credential.listed_on = effective_on
    credential.review_period_months = review_period_months
    credential.review_due = effective_on + relativedelta(months=review_period_months)
    credential.decisions = [_public(d) for d in decisions]
    published = journal.publish(
        publishing.credential_document(credential, revision),
        effective_from=effective_on,
        decision_number=decisions[0].number,
        reason=decisions[0].reason,
        now=now,
    )
    credential.number, revision.number = published.number, published.revision
    credential.save()
    revision.save(update_fields=["number"])
    return credential


def accredit(
    *, credential: Credential, provider: Provider, effective_on: date, sites: list[str], delivery_modes: list[str],
    languages: list[str], decision: Decision, now: datetime | None = None,
) -> Accreditation:  # fmt: skip
    """Accredit a provider to deliver a listed credential, and publish that.

    Raises NotAllowed for a standard-setting body: it develops and never delivers (NZ-16).
    """
    if not provider.may_deliver:
        raise NotAllowed(_("A standard-setting body develops and never delivers: decline the accreditation."))
    accreditation = Accreditation(
        credential=credential, provider=provider, accredited_from=effective_on, sites=sites,
        delivery_modes=delivery_modes, languages=languages,
    )  # fmt: skip
    published = journal.publish(
        publishing.accreditation_document(accreditation, decisions=[_public(decision)]),
        effective_from=effective_on, decision_number=decision.number, reason=decision.reason,
        now=now or timezone.now(),
    )  # fmt: skip
    accreditation.number = published.number
    accreditation.save()
    return accreditation


def _public(decision: Decision) -> dict[str, Any]:
    return {
        "number": decision.number,
        "matter": decision.matter,
        "outcome": decision.outcome,
        "date": decision.effective_on.isoformat(),
    }
