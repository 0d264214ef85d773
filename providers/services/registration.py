"""Applying for registration and for a change of scope, and what their approval does (transitions P1 to P6)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from providers import asked, dated, lifecycle, proposals, publishing
from providers.models import Provider, Registration, ScopeChange
from providers.services.publication import lock, publish
from registry import audit
from registry.casework import kinds, workflow
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Decision
from registry.content.shapes import BadValue
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, Organisation, User
from registry.people import roles
from registry.status import parse

REGISTRATION, SCOPE = "provider_registration", "provider_scope"
# What the journal says in public: the reasons of a decision are the applicant's.
REGISTERED, RESCOPED = "Registered by decision.", "Scope or sites changed by decision."
DATES = ("asked_from", "asked_until")


# -- drafting ----------------------------------------------------------------------------------------------------------


def draft_registration(*, organisation: Organisation, by: User, now: datetime | None = None) -> Registration:
    """A new draft for this body, with its reference; it begins with what the register knows of the body.

    Raises NotAllowed where `by` does not act for the body today; RegisterError for one that cannot be registered now;
    Conflict, naming the case, where one has been begun already.
    """
    now = now or timezone.now()
    today = current.today(now)
    _check_acts_for(by, organisation)
    with transaction.atomic():
        # Whoever begins one holds the body's row, so that two colleagues begin one registration and not two.
        organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
        if refusal := lifecycle.why_not_registered(organisation, today):
            raise RegisterError(refusal)
        _check_none_is_begun(Registration.objects.filter(case__organisation=organisation))
        case = desk.open_case(kind=REGISTRATION, organisation=organisation, by=by, now=now)
        provider = Provider.objects.filter(organisation=organisation).first()
        registration = Registration(case=case)
        _fill(registration, proposals.begun(organisation, provider, today))
        return _keep(case, registration)


def draft_scope(*, provider: Provider, by: User, now: datetime | None = None) -> ScopeChange:
    """A new draft of a change of scope; it begins with the scope and the sites of today.

    Raises NotAllowed where `by` does not act for the provider today; RegisterError for one that is not registered;
    Conflict, naming the case, where one has been begun already.
    """
    now = now or timezone.now()
    today = current.today(now)
    _check_acts_for(by, provider.organisation)
    with transaction.atomic():
        (provider,) = lock(provider.pk)
        if not Provider.objects.registered(today).filter(pk=provider.pk).exists():
            raise RegisterError(_("Only a registered provider can ask for another scope."))
        _check_none_is_begun(ScopeChange.objects.filter(provider=provider))
        case = desk.open_case(kind=SCOPE, organisation=provider.organisation, by=by, now=now)
        held = {name: dated.held(provider, name, today) for name in proposals.DATED}
        return _keep(case, ScopeChange(case=case, provider=provider, **held))


def _check_acts_for(by: User, organisation: Organisation) -> None:
    if not roles.role_in(by, organisation):
        raise NotAllowed(_("You do not act for this body."))


def _check_none_is_begun(applied: Any) -> None:
    if begun := applied.unended().select_related("case").first():
        raise Conflict(_("You have begun one already: %(reference)s.") % {"reference": begun.case.reference})


def _keep(case: Case, record: Any) -> Any:
    """Save what is asked for, with the title by which people know its case."""
    record.save()
    case.title = record.legal_name if isinstance(record, Registration) else record.provider.title
    case.save(update_fields=["title"])
    return record


@desk.logged_when_refused
def save_registration(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> Registration:  # fmt: skip
    """Keep what the body has written, complete or not: the rules are asked when it is handed in.

    `values`: fields of `providers.asked` by name; those that are not named stay as they are. Raises RegisterError for one
    that cannot be kept, and Conflict where a colleague has saved meanwhile; nothing of theirs is overwritten.
    """
    case = workflow.lock(case_id)
    registration = Registration.objects.get(case=case)
    changed = _fill(registration, values)
    case.title = registration.legal_name
    return _edit(case, registration, changed, by=by, expected_revision=expected_revision, now=now)


@desk.logged_when_refused
def save_scope(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> ScopeChange:  # fmt: skip
    """Keep what the provider has written of its scope, its sites and the criteria; see `save_registration`."""
    case = workflow.lock(case_id)
    change = ScopeChange.objects.get(case=case)
    changed = _fill(change, {name: said for name, said in values.items() if name in (*proposals.DATED, "statements")})
    return _edit(case, change, changed, by=by, expected_revision=expected_revision, now=now)


def _fill(record: Registration | ScopeChange, values: Mapping[str, Any]) -> list[str]:
    """Put readable values into the record's fields; the names of those."""
    try:
        read = asked.read(values)
    except BadValue as bad:
        raise RegisterError(str(bad)) from None
    for name, value in read.items():
        if name == "statements":
            value = {**record.statements, **dict.fromkeys(values["statements"] or (), ""), **value}
            value = {criterion: text for criterion, text in value.items() if text}
        elif name in DATES:
            value = parse(value)
        elif value is None:
            value = record._meta.get_field(name).get_default()
        setattr(record, name, value)
    return sorted(read)


def _edit(case: Case, record: Any, changed: list[str], **moved: Any) -> Any:
    # The event names the fields alone: who governs a body stands in no event.
    workflow.move(case, "edit", details={"fields": changed}, **moved)
    record.save()
    record.case = case
    return record


# -- what a decision does ----------------------------------------------------------------------------------------------


def publish_registered(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What an approval does: the body is on the register from the day of its effect, under a number of its own, or that
    which it had. Returns sentences for the notice.

    Raises RegisterError where the body is registered meanwhile, or its registration would end before it began.
    """
    decision = desk.granted(decisions)
    if decision is None:
        return []
    registration = Registration.objects.select_related("case__organisation").get(case=case)
    if registration.asked_until and registration.asked_until < decision.effective_on:
        raise RegisterError(_("The registration that was asked for ends before it would begin."))
    if refusal := lifecycle.why_not_registered(case.organisation, decision.effective_on):
        raise Conflict(refusal)
    provider = proposals.of(registration)
    if provider.pk:
        (provider,) = lock(provider.pk)
    proposals.fill(provider, registration, decision.effective_on)
    provider.organisation.legal_name = provider.title[:300]
    provider.organisation.save(update_fields=["legal_name"])
    _publish(provider, decision, REGISTERED, now)
    return [lambda: _("Registered as %(number)s.") % {"number": provider.number}]


def publish_rescoped(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What an approval does: a revision of the provider's record, in which each row of scope and sites has its days."""
    decision = desk.granted(decisions)
    if decision is None:
        return []
    change = ScopeChange.objects.get(case=case)
    (provider,) = lock(change.provider_id)
    proposals.rescope(provider, change, decision.effective_on)
    _publish(provider, decision, RESCOPED, now)
    return [lambda: _("The scope of %(number)s has been changed.") % {"number": provider.number}]


def _publish(provider: Provider, decision: Decision, reason: str, now: datetime) -> None:
    provider.decisions = [*provider.decisions, publishing.decided(decision)]
    provider.save()
    publish(
        provider, effective_from=decision.effective_on, decision_number=decision.number, reason=reason, now=now
    )  # fmt: skip


def freeze(case: Case, effective_on: date) -> None:
    """Let nothing of what was approved be altered while it waits for its day: the database refuses it from now on."""
    model = Registration if case.kind == REGISTRATION else ScopeChange
    model.objects.filter(case=case).update(frozen_on=effective_on)


# -- people ------------------------------------------------------------------------------------------------------------


def forget_people(*, case_id: int, by: User, reason: str, now: datetime | None = None) -> Registration:
    """Forget who governs a body and whom to write to, once the case has ended and the time for keeping that is over.

    What was handed in holds a digest of it, made with a salt that goes too; the events stay as they are (edge case 41).
    Raises NotAllowed for anybody but a registrar, and Conflict while the case goes on.
    """
    now = now or timezone.now()
    if "registrar" not in roles.staff_roles(by):
        raise NotAllowed(_("Only a registrar does this."))
    if not reason.strip():
        raise RegisterError(_("Say by which rule they are forgotten."))
    with transaction.atomic():
        case = workflow.lock(case_id)
        registration = Registration.objects.get(case=case)
        waits = case.releases.filter(released_at=None).exists()
        if waits or not (case.decided_at or kinds.get(case.kind).ends_in(case.state)):
            raise Conflict(_("The case goes on: the people in it are still needed."))
        registration.governing_members, registration.contacts, registration.salt = [], [], ""
        registration.save(update_fields=[*asked.PERSONAL, "salt"])
        audit.record(
            "registration:people_forgotten", case_id=case.pk, by=by, role="registrar", details={"reason": reason}, now=now
        )  # fmt: skip
        return registration
