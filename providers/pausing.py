"""What a suspension, or the end of a registration, does to the open cases of a body: they are paused, and not lost (edge
case 8). Drafts stay editable; nothing is handed in or granted; the authority's clock stands; it all goes on afterwards."""

from datetime import date

from django.db import models
from django.utils.translation import gettext as _

from providers import publishing
from providers.models import Provider
from registry.models import Case
from registry.status import ENDED, covers, status_on


def paused(case: Case, day: date) -> str | None:
    """Why a case of a body stands still on a day, as it is told; None where it goes on (`CaseKind.paused`)."""
    provider = Provider.objects.filter(organisation=case.organisation_id, unverified=False).first()
    return why(provider, day) if provider else None


def why(provider: Provider, day: date) -> str | None:
    document = publishing.document(provider)
    status = status_on(document, day)
    if status == "suspended":
        since = min(row["from"] for row in document["suspensions"] if covers(row, day))
        return _(
            "Paused while the registration is suspended, since %(day)s. Nothing is lost: it goes on once that has ended."
        ) % {"day": since}
    if status in ENDED and provider.ended_on:
        return _(
            "Paused since the registration ended, on %(day)s. Nothing is lost: it goes on once the body is registered again."
        ) % {"day": provider.ended_on.isoformat()}
    return None


def may_be_paused(day: date) -> models.QuerySet[Provider]:
    """The providers of which something says that they may be suspended on a day, or have ended by then."""
    said = ~models.Q(suspensions=[]) | models.Q(ended_on__lte=day)
    return Provider.objects.filter(said, unverified=False)
