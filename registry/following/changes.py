"""Which changes of the journal concern what somebody follows, newest first."""

from datetime import date

from django.db.models import QuerySet

from registry import journal
from registry.following import searches
from registry.following.happened import readable
from registry.following.models import Subscription
from registry.models import Change, Entry
from registry.search import query

About = Subscription.About


def of(about: str, what: str, day: date, *, after: int = 0, upto: int | None = None, limit: int) -> list[Change]:
    """Up to `limit` changes of what is followed, with serials beyond `after` and not beyond `upto`.

    Of a saved search: those of the entries that it finds on `day`. Raises query.SearchUnavailable and, for a search that
    is none any more, searches.WrongSearch.
    """
    if about == About.SEARCH:
        numbers = searches.newest(searches.saved(what), day, limit=limit, after=after)
    elif upto is not None:
        # What has changed again meanwhile keeps nothing older from being told.
        told = Change.objects.filter(
            number__in=concerned(about, what).values("number"), serial__gt=after, serial__lte=upto
        )
        numbers = list(told.order_by("-serial").values_list("number", flat=True)[:limit])
    else:
        # The latest changes of all are among those of the entries that changed last.
        last = concerned(about, what).filter(serial__gt=after).order_by("-serial")
        numbers = list(last.values_list("number", flat=True)[:limit])
    changes = Change.objects.filter(number__in=numbers, serial__gt=after)
    if upto is not None:
        changes = changes.filter(serial__lte=upto)
    return list(readable(changes).order_by("-serial")[:limit])


def concerned(about: str, number: str) -> QuerySet[Entry]:
    """The entries whose changes are told to whoever follows an entry or a provider.

    An entry: itself and the accreditations to deliver it. A provider: itself, what it awards, develops or delivers, and
    its accreditations.
    """
    accreditations = Entry.objects.accreditations()
    own = Entry.objects.filter(number=number).values("number")
    if about == About.ENTRY:
        numbers = own.union(accreditations.filter(credential=number).values("number"), all=True)
    else:
        named = Entry.objects.filter(provider_numbers__contains=[number])
        held = accreditations.filter(provider=number)
        numbers = own.union(named.values("number"), held.values("number"), held.values("credential"))
    return Entry.objects.filter(number__in=numbers)


def latest(limit: int) -> list[Change]:
    """The last changes to the register."""
    return list(readable(Change.objects.order_by("-serial"))[:limit])


def of_search(search: searches.Search, day: date, limit: int) -> list[Change]:
    """The last change of each of the entries that a search finds. Raises query.SearchUnavailable."""
    numbers = searches.newest(search, day, limit=limit)
    last = Entry.objects.filter(number__in=numbers).values("serial")
    return list(readable(Change.objects.filter(serial__in=last)).order_by("-serial"))


def head(about: str) -> int:
    """Up to which serial can be told now: of saved searches, what this host's index has applied."""
    known = journal.head()
    return min(known, query.applied_serial()) if about == About.SEARCH else known
