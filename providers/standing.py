"""How a provider stands: whether it is on the register, and what it is accredited for. Nothing here is written anywhere."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from providers import publishing
from providers.models import Provider
from registry.models import Entry
from registry.status import DAY, status_on


def why_not_on_the_register(provider: Provider, day: date) -> str | None:
    """Why nothing is to be done about a registration on a day: there is none, or it has ended. A suspended one is there."""
    status = status_on(publishing.document(provider), day)
    begun = provider.registered_on is not None and provider.registered_on <= day
    if status in ("registered", "suspended") and begun:
        return None
    return _("%(number)s %(name)s is not registered on this day.") % {
        "number": provider.number or "", "name": provider.title,
    }  # fmt: skip


def accreditations(number: str | None, day: date) -> list[Entry]:
    """The accreditations that a provider holds on a day, suspended ones too: each is decided by itself."""
    held = Entry.objects.accreditations().readable().filter(provider=number).with_status(day)
    return list(held.filter(status__in=("accredited", "suspended")).order_by("number"))


def last_accredited(numbers: Iterable[str], day: date) -> dict[str, date]:
    """The last day up to a day on which each of these providers held an accreditation; those that never did are left out.

    One query; an accreditation that is suspended is held.
    """
    rows = Entry.objects.accreditations().readable().filter(provider__in=list(numbers), listed_on__lte=day)
    last: dict[str, date] = {}
    for number, withdrawn_on, until in rows.values_list("provider", "expiring_from", "expiry_end"):
        ends = [day, *([withdrawn_on - DAY] if withdrawn_on else []), *([until] if until else [])]
        last[number] = max(min(ends), last.get(number, date.min))
    return last
