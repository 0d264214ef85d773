"""What changed, as Atom feeds (RFC 4287) for feed readers and programs: of an entry, a provider, a search, and of all.

A feed names each change by the record's permanent address and the serial, which no language and no page alters.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.documents import address
from registry.following import changes, happened, mails, searches
from registry.following.models import Subscription
from registry.framework import current
from registry.framework.profile import text
from registry.models import Change
from registry.public import records
from registry.public.requests import found_record, one_spelling, public, tombstone
from registry.search.query import SearchUnavailable

# A reader that looks each day misses nothing but in the days of a large import; every change is in the API.
MOST = 50
About = Subscription.About


@public
def entry(request: HttpRequest, number: str) -> HttpResponse:
    """The changes of a credential and of the accreditations to deliver it."""
    if canonical := one_spelling(request, number, "public:entry_feed"):
        return canonical
    record = found_record(number)
    if record.document is None:
        return tombstone(request, record)
    if record.kind == "provider":
        return redirect("public:provider_feed", number, permanent=True)
    if record.kind == "accreditation":
        return redirect("public:entry_feed", record.document["credential"])
    return _of_record(request, About.ENTRY, number)


@public
def provider(request: HttpRequest, number: str) -> HttpResponse:
    """The changes of a provider, of what it awards, develops or delivers, and of its accreditations."""
    if canonical := one_spelling(request, number, "public:provider_feed"):
        return canonical
    record = found_record(number)
    if record.document is None:
        return tombstone(request, record)
    if record.kind != "provider":
        return redirect("public:entry_feed", number, permanent=True)
    if same := record.document.get("same_as"):
        return redirect("public:provider_feed", same)
    return _of_record(request, About.PROVIDER, number)


@public
def search(request: HttpRequest) -> HttpResponse:
    """The entries that a search finds, those that changed last first: each with its last change."""
    try:
        asked = searches.read(request.GET)
        found = changes.of_search(asked, current.today(), MOST)
        title = _("Changes: %(about)s") % {"about": mails.label(About.SEARCH, asked.query_string)}
    except searches.WrongSearch as wrong:
        return HttpResponse(f"{wrong}\n", status=400, content_type="text/plain; charset=utf-8")
    except SearchUnavailable:
        return render(request, "public/unavailable.html", {"q": "", "page": "search"}, status=503)
    return _feed(request, found, title, mails.path(About.SEARCH, asked.query_string), asked.query_string)


@public
def everything(request: HttpRequest) -> HttpResponse:
    """The last changes to the register."""
    return _feed(request, changes.latest(MOST), _("Changes to the register"), reverse("public:home"))


def _of_record(request: HttpRequest, about: str, number: str) -> HttpResponse:
    found = changes.of(about, number, current.today(), limit=MOST)
    title = _("Changes: %(about)s") % {"about": mails.label(about, number)}
    return _feed(request, found, title, mails.path(about, number))


class _Feed(Atom1Feed):
    """A feed that was last updated with its latest change; one that holds none, with the register."""

    def latest_post_date(self) -> datetime:
        if self.items:
            return super().latest_post_date()
        last = records.last_change()
        return last.recorded_at if last else datetime(2000, 1, 1, tzinfo=UTC)


def _feed(request: HttpRequest, found: Sequence[Change], title: str, page: str, query: str = "") -> HttpResponse:
    language = get_language() or "en"
    base = settings.PUBLIC_URL or request.build_absolute_uri("/")[:-1]
    own = f"{base}{request.path}" + (f"?{query}" if query else "")
    feed = _Feed(
        title=title, link=f"{base}{page}", description="", language=language, feed_url=own, feed_guid=own,
        author_name=str(text(current.profile().authority, language)), author_link=f"{base}{reverse('public:home')}",
    )  # fmt: skip
    for each in happened.told(found):
        change = each.change
        feed.add_item(
            title=each.sentence, link=f"{base}{each.page}", description=escape(each.details),
            unique_id=f"{base}{address(change.kind, change.number)}#{change.serial}",
            pubdate=change.recorded_at, updateddate=change.recorded_at,
        )  # fmt: skip
    response = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    response["X-Robots-Tag"] = "noindex"
    return response
