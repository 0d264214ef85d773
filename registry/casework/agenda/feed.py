"""What falls due, for the calendar program of an officer: without signing in, at an address that only they know."""

import hashlib

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registry.casework.agenda import addresses, icalendar, sources, things
from registry.framework import current
from registry.people.models import User
from registry.throttling import AddressThrottle

# A calendar program reads all of it each time: what has passed for longer, and what is further ahead, is on the page.
MONTHS_BACK, MONTHS_AHEAD, MOST = 1, 12, 2000
WHOSE = ("all", "mine")


class FeedThrottle(AddressThrottle):
    """Whoever asks from one network address has the rate of an anonymous reader of the API, counted apart."""

    scope, counted = "read", "calendar"


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar of the officer whose address this is; nothing tells an address that was withdrawn from one that never
    was."""
    throttle = FeedThrottle()
    if not throttle.allow_request(request, None):
        response = _plain(_("Too many requests: ask again later."), 429)
        response["Retry-After"] = throttle.retry_after()
        return response
    user = addresses.reader(secret)
    if user is None:
        return _plain(_("There is no calendar at this address."), 404)
    whose = request.GET.get("whose", "all")
    if whose not in WHOSE:
        return _plain(_("whose is one of: all, mine."), 400)
    with translation.override(user.language):
        body = written(user, whose, base_of(request))
    response = HttpResponse(body, content_type=icalendar.CONTENT_TYPE)
    response["ETag"] = f'"{hashlib.sha256(body).hexdigest()}"'
    response["Content-Language"] = user.language
    response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return _unseen(response)


def written(user: User, whose: str, base: str) -> bytes:
    """The calendar, by the day that it is at the authority."""
    today = current.today()
    month = today.replace(day=1)
    first, last = month - relativedelta(months=MONTHS_BACK), month + relativedelta(months=MONTHS_AHEAD + 1, days=-1)
    asked = sources.Asked(user, first, last, today, officer=user.pk if whose == "mine" else None)
    rows = list(sources.found(asked)[: MOST + 1])
    said = _("What falls due at the authority.") if whose == "all" else _("What falls due and is assigned to you.")
    if len(rows) > MOST:
        said += " " + _("Only the first %(n)d are here: the page has all of them.") % {"n": MOST}
    found = things.read(rows[:MOST], today)
    name = _("Qualifications register: what falls due")
    return icalendar.write(found, name=name, said=said, base=base)


def base_of(request: HttpRequest) -> str:
    """The address of this register, without a slash at its end."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/")[:-1]


def _plain(words: str, status: int) -> HttpResponse:
    return _unseen(HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8"))


def _unseen(response: HttpResponse) -> HttpResponse:
    """Kept by the one program that asked, and by no search engine; the address goes nowhere from here."""
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
