"""Beginning and writing what the authority prepares about a provider, and a provider's own withdrawal."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from providers import standing
from providers.models import Lapse, Lifting, Provider, Sanction, Withdrawal
from providers.services.publication import lock
from providers.services.statutory import open_actions
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, User
from registry.people import roles

SANCTION, LIFTING = "provider_sanction", "provider_lifting"
LAPSE, WITHDRAWAL = "provider_lapse", "provider_withdrawal"


def begin_sanction(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft of a statutory action about a registered provider, by its number.

    This and the next two raise NotAllowed for whoever prepares no such cases, RegisterError for a number that is no
    provider's, or one of a body that is not on the register today.
    """
    return _begin(SANCTION, Sanction, about, by=by, now=now)


def begin_lapse(
    *, about: str, by: User | None, grounds: list[dict[str, str]] | None = None, now: datetime | None = None
) -> Case:
    """A draft about a registration that has lapsed, by hand or by the register itself, with what it found. Raises Conflict
    where one is open already."""
    return _begin(LAPSE, Lapse, about, by=by, now=now, once=True, grounds=grounds or [])


def begin_lifting(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft that lifts an action of a provider; where there is one alone, that one. Raises RegisterError where nothing
    is open."""
    today = current.today(now)
    provider = _provider(about)
    rows = open_actions(provider, today)
    if not rows:
        raise RegisterError(_("No action is in force that could be lifted."))
    only = rows[0]["reference"] if len(rows) == 1 else ""
    return _begin(LIFTING, Lifting, about, by=by, now=now, action=only)


def _begin(
    kind: str, model: type[models.Model], about: str, *, by: User | None, now: datetime | None, once: bool = False,
    **said: Any,
) -> Case:  # fmt: skip
    now = now or timezone.now()
    role = desk.role_to_prepare(by, kind)
    with transaction.atomic():
        (provider,) = lock(_provider(about).pk)
        if refusal := standing.why_not_on_the_register(provider, current.today(now)):
            raise RegisterError(refusal)
        if once:
            _check_none_is_begun(model, provider)
        case = desk.open_case(kind=kind, organisation=provider.organisation, by=by, role=role, now=now)
        return _keep(case, model(case=case, provider=provider, **said))


def _provider(number: str) -> Provider:
    provider = Provider.objects.filter(number=number).first()
    if provider is None:
        raise RegisterError(_("Give the number of a provider on the register."))
    return provider


def _check_none_is_begun(model: Any, provider: Provider) -> None:
    if begun := model.objects.filter(provider=provider).unended().select_related("case").first():
        raise Conflict(_("One has been begun already: %(reference)s.") % {"reference": begun.case.reference})


def _keep(case: Case, record: Any) -> Case:
    record.save()
    case.title = record.provider.title
    case.save(update_fields=["title"])
    return case


def begin_withdrawal(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A provider's draft to withdraw from the register, by its number; one at a time.

    Raises NotAllowed for whoever does not act for it, RegisterError where it is not registered, Conflict, naming the case,
    where one has been begun.
    """
    now = now or timezone.now()
    with transaction.atomic():
        (provider,) = lock(_provider(about).pk)
        if not roles.role_in(by, provider.organisation):
            raise NotAllowed(_("You do not act for this body."))
        if refusal := standing.why_not_on_the_register(provider, current.today(now)):
            raise RegisterError(refusal)
        _check_none_is_begun(Withdrawal, provider)
        case = desk.open_case(kind=WITHDRAWAL, organisation=provider.organisation, by=by, now=now)
        return _keep(case, Withdrawal(case=case, provider=provider))


save_sanction = desk.saving(
    Sanction, "measure", "grounds", "summary", "language", "last_day", "teach_out", "learners", "credential"
)
save_lapse = desk.saving(Lapse, "grounds")
save_lifting = desk.saving(Lifting, "action", "reason", "lifted_on")
save_withdrawal = desk.saving(Withdrawal, "last_day", "reason", "teach_out", "learners")
