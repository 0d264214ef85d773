"""Opening the returns that providers owe, keeping what they write, and when their financial years end."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from providers import described_returns, returns
from providers.financial_years import is_year_end
from providers.lifecycle_returns import RETURN
from providers.models import Provider, ProviderReturn
from providers.services.publication import lock
from registry import audit
from registry.casework import clock, notices
from registry.casework import services as desk
from registry.errors import NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, User
from registry.people import roles

# Who says when a provider's financial year ends.
ROLES = ("registrar", "review_officer")
BATCH = 1_000

save_return = desk.saving(ProviderReturn, "learners", "staff", "answers", "declared")


def open_returns(day: date, *, now: datetime | None = None) -> int:
    """Open the returns of the periods that have ended before that day, each provider's by its own financial year; how many.

    A daily step: it finds its own work, provider by provider, by the day that stands with each, and may run late, twice, or
    beside another. Periods that were missed are opened one by one, the oldest first.
    """
    law = returns.law()
    if not law:
        return 0
    now = now or timezone.now()
    _pass_over(law, day)
    found = list(Provider.objects.to_ask(day, law).order_by("pk").values_list("pk", flat=True))
    return sum(_open_of(key, day, law, now) for key in found)


def _pass_over(law: str, day: date) -> None:
    """Note of the providers that owe nothing by this law that they do not, many at once."""
    nothing = (
        models.Q(unverified=True)
        | models.Q(registered_on=None)
        | models.Q(ended_on__lte=day)
        | models.Q(type=None)
        | ~models.Q(type__in=returns.types())
    )
    asked = Provider.objects.filter(nothing).filter(models.Q(returns_law__lt=law) | models.Q(returns_law__gt=law))
    while True:
        with transaction.atomic():
            rows = asked.select_for_update(skip_locked=True, no_key=True).order_by("pk")
            keys = list(rows.values_list("pk", flat=True)[:BATCH])
            Provider.objects.filter(pk__in=keys).update(returns_law=law, next_return_on=None)
        if not keys:
            return


def _open_of(key: int, day: date, law: str, now: datetime) -> int:
    """What one provider owes, in one transaction; a second process waits for it, and finds nothing left."""
    with transaction.atomic():
        (provider,) = lock(key)
        opened = sum(_open(provider, period, now) for period in returns.to_open(provider, day))
        provider.returns_law, provider.next_return_on = law, returns.next_on(provider, day)
        provider.save(update_fields=["returns_law", "next_return_on"])
        return opened


def _open(provider: Provider, period: returns.Period, now: datetime) -> bool:
    """Whether it was opened: of one period there is one return, whoever asks for it (`one_return_of_a_period`)."""
    try:
        with transaction.atomic():
            case = desk.open_case(
                kind=RETURN,
                organisation=provider.organisation,
                by=None,
                role=desk.role_to_prepare(None, RETURN),
                now=now,
            )
            record = ProviderReturn.objects.create(
                case=case, provider=provider, obligation=period.asked.code, period_from=period.begins,
                period_until=period.ends, due_on=period.due_on, report_by=_report_by(period.due_on, case, current.today(now)),
            )  # fmt: skip
            case.title = described_returns.title(period.asked, period.begins, period.ends)
            case.answer_by = case.report_by = record.report_by
            case.save(update_fields=["title", "answer_by", "report_by"])
            said = {"due_on": record.report_by.isoformat()}
            notices.owe(case, notices.members(case), name="return_opened", now=now, **said)
            return True
    except IntegrityError as error:
        if "one_return_of_a_period" not in str(error):
            raise
        return False


def _report_by(due_on: date, case: Case, today: date) -> date:
    """The day by which the body has to report: the one of the law. Whoever is asked after that, because nothing ran, has as
    much time as for any question; the day of the law stays on record."""
    return due_on if due_on >= today else clock.deadline(case, "information_request", today)


def may_set_financial_year(user: User) -> bool:
    return bool(roles.staff_roles(user) & set(ROLES))


def set_financial_year(*, provider_id: int, by: User, year_end: str, now: datetime | None = None) -> Provider:
    """Say when the financial year of a provider ends, as month and day; empty: on 31 December. It is recorded, and not public.

    Returns that are open stay as they are; the next period begins after the last one that was asked for, and ends with the
    new year. Raises NotAllowed for whoever is neither registrar nor review officer, or has an interest in the body;
    RegisterError for what is no day.
    """
    now = now or timezone.now()
    held: Any = next((role for role in ROLES if role in roles.staff_roles(by)), None)
    if held is None:
        raise NotAllowed(_("Your role does not allow this."))
    if year_end and not is_year_end(year_end):
        raise RegisterError(_("Write month and day, such as 06-30."))
    with transaction.atomic():
        (provider,) = lock(provider_id)
        if by.interests.filter(organisation=provider.organisation).held_on(current.today(now)).exists():
            raise NotAllowed(_("You have declared an interest in %(body)s.") % {"body": provider.organisation})
        if provider.financial_year_end == year_end:
            return provider
        details = {"provider": provider.number, "before": provider.financial_year_end, "after": year_end}
        provider.financial_year_end, provider.returns_law = year_end, ""
        provider.save(update_fields=["financial_year_end", "returns_law"])
        audit.record("provider:financial_year", by=by, role=held, details=details, now=now)
        return provider
