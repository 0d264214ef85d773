"""What the calendar tells of registrations that were given for a time, and where the pages of providers are."""

from collections.abc import Iterable, Mapping

from django.db.models import DateField, F, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from providers.models import Provider
from registry.casework.agenda import sources
from registry.casework.agenda.sources import Asked, Source, row
from registry.models import Entry


def register() -> None:
    sources.register(Source("registered_until", _("last day of a registration"), registered_until, assigned=False))
    sources.register_page([Entry.Kind.PROVIDER], "admin:providers_provider_change", pages)


def pages(numbers: list[str]) -> Mapping[str, int]:
    return dict(Provider.objects.filter(number__in=numbers).values_list("number", "pk"))


def registered_until(asked: Asked) -> Iterable[QuerySet]:
    """Registrations that were given until a day, of bodies that are registered still. Nothing ends by itself."""
    ended = Entry.objects.providers().exclude(ended_as=None).values("number")
    timed = (
        Provider.objects.exclude(number=None).exclude(number__in=ended).annotate(until=KT("details__registered_until"))
    )
    days = (asked.first.isoformat(), asked.last.isoformat())
    day = Cast(F("until"), DateField())
    yield row(
        timed.filter(until__range=days), "registered_until", day, "registered", entry=F("number"), key=F("number")
    )
