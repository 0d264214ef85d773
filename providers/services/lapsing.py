"""Finding registrations that may have lapsed: the register proposes, officers give notice, a decision maker confirms (P11)."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from providers import standing
from providers.models import Lapse, Provider
from providers.services.drafts import begin_lapse
from registry.audit import Event
from registry.casework import notices
from registry.errors import Conflict, RegisterError
from registry.framework import current
from registry.framework.calendar import due
from registry.status import parse

# The events with which a lapse that was proposed came to nothing.
DROPPED = ("case:withdraw", "case:decline")
Found = list[dict[str, str]]


def propose_lapses(day: date, *, now: datetime | None = None) -> int:
    """Open a draft about each registration that may have lapsed by that day, with the ground, and owe registrars a notice;
    how many. Nothing follows until people act on it.

    A daily step: it finds its own work, body by body, and may run late, twice, or beside another. It proposes nothing
    where a proposal is open, or where one was dropped or declined a while ago.
    """
    now = now or timezone.now()
    return sum(_propose(provider, grounds, now) for provider, grounds in list(_found(day)))


def _propose(provider: Provider, grounds: Found, now: datetime) -> bool:
    try:
        with transaction.atomic():
            case = begin_lapse(about=provider.number, by=None, grounds=grounds, now=now)
            told = {"held": "\n".join(row["held"] for row in grounds)}
            notices.owe(case, notices.registrars(case), name="registration_lapse", now=now, **told)
            return True
    except (Conflict, RegisterError):
        # Somebody began one meanwhile, or the body left the register.
        return False


def _found(day: date) -> Iterator[tuple[Provider, Found]]:
    """Each registered provider with the grounds by which its registration may have lapsed."""
    providers = list(_asked_of(day))
    deliver = [provider.number for provider in providers if provider.may_deliver]
    last = standing.last_accredited(deliver, day)
    for provider in providers:
        if grounds := _grounds(provider, last.get(provider.number or ""), day):
            yield provider, grounds


def _asked_of(day: date) -> QuerySet[Provider]:
    """The providers whose registration goes on without an end, and about which no lapse is open or was lately dropped."""
    since = _back(day, "lapse_again")
    came_to_nothing = Event.objects.filter(
        case_id=OuterRef("case_id"), name__in=DROPPED, recorded_at__date__gte=since
    )  # fmt: skip
    lapses = Lapse.objects.filter(provider=OuterRef("pk"))
    going_on = Provider.objects.registered(day).filter(ended_as=None).exclude(number=None)
    return (
        going_on.exclude(Exists(lapses.unended()))
        .exclude(Exists(lapses.filter(Exists(came_to_nothing))))
        .order_by("pk")
    )


def _grounds(provider: Provider, last_accredited: date | None, day: date) -> Found:
    """Why the registration of a body may have lapsed, in the register's own words: an officer may write them anew."""
    found = []
    until, closed = parse(provider.details.get("registered_until")), parse(provider.details.get("closed_on"))
    if until and until <= _ahead(day):
        found.append(_row("period_over", _("It is registered until %(day)s."), until))
    if closed and closed <= day:
        found.append(_row("body_closed", _("The register says that the body closed on %(day)s."), closed))
    since = max(filter(None, (provider.registered_on, last_accredited)))
    if provider.may_deliver and _after(since, "lapse_without_accreditation") < day:
        said = _("It held its last accreditation on %(day)s.") if last_accredited else _(
            "It has been registered since %(day)s, and has held no accreditation."
        )  # fmt: skip
        found.append(_row("no_accreditation", said, since))
    return found


def _row(ground: str, said: str, day: date) -> dict[str, str]:
    return {"ground": ground, "held": said % {"day": day.isoformat()}}


def _after(day: date, deadline: str) -> date:
    return due(day, current.version_on(day).deadlines[deadline], current.profile().calendar)


def _ahead(day: date) -> date:
    return _after(day, "lapse_ahead")


def _back(day: date, deadline: str) -> date:
    """The first day from which on so much time is not over yet."""
    return day - (_after(day, deadline) - day)
