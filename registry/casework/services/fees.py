"""The fee of an application: invoiced, paid, or waived with a reason; each is a row that stays."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.casework import fees, workflow
from registry.casework.models import Case, Fee
from registry.casework.services.common import logged_when_refused, said
from registry.errors import Conflict, RegisterError
from registry.framework import current
from registry.numbers import allot
from registry.people.models import User


@logged_when_refused
def invoice(*, case_id: int, by: User, now: datetime | None = None) -> Fee:
    """Invoice the fee that the law names, under a number of its own. Raises Conflict where that was done already."""
    now = now or timezone.now()
    case = workflow.lock(case_id)
    if case.fees.exists():
        raise Conflict(_("The fee of this case has been dealt with already."))
    number = allot(f"INV-{current.today(now).year}")[0]
    return _record(case, "invoice", Fee.Act.INVOICED, by=by, reference=number, now=now)


@logged_when_refused
def record_payment(*, case_id: int, by: User, reference: str, now: datetime | None = None) -> Fee:
    """Record that the fee was paid, and under which reference."""
    reference = said(reference, _("Name the payment: the bank's reference, or the receipt's number."))
    case = workflow.lock(case_id)
    _not_settled(case)
    return _record(case, "record_payment", Fee.Act.PAID, by=by, reference=reference, now=now or timezone.now())


@logged_when_refused
def waive_fee(*, case_id: int, by: User, reason: str, now: datetime | None = None) -> Fee:
    """Let the applicant off the fee, with the reason."""
    reason = said(reason, _("Say why the fee is waived."))
    case = workflow.lock(case_id)
    _not_settled(case)
    return _record(case, "waive_fee", Fee.Act.WAIVED, by=by, reason=reason, now=now or timezone.now())


def _not_settled(case: Case) -> None:
    if fees.is_settled(case):
        raise Conflict(_("The fee has been settled already."))


def _record(case: Case, name: str, act: str, *, by: User, now: datetime, reference: str = "", reason: str = "") -> Fee:
    owed = fees.owed(case)
    if owed is None:
        raise RegisterError(_("The law that judges this case names no fee for it."))
    told = {"amount": str(owed.amount), "currency": owed.currency, "reference": reference, "reason": reason}
    workflow.move(case, name, by=by, details=told, tell={"invoice": reference}, now=now)
    return Fee.objects.create(
        case=case, act=act, amount=owed.amount, currency=owed.currency, reference=reference, reason=reason,
        recorded_by=by, recorded_at=now,
    )  # fmt: skip
