"""Being told by mail of what changes: the form that asks for it, and the pages that the links of the mails lead to.

The form answers everybody in the same way, so that nobody learns who follows what. A link's page does nothing by itself,
since mail programs open links before people do: its button does. It needs no token against forged requests and sets no
cookie, because nobody can name its address who has not read the mail; and so it is that a mail program may end a
subscription by itself, as RFC 8058 has it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from registry.following import mails, searches, subscriptions
from registry.following.models import Subscription
from registry.models import Entry
from registry.numbers import parse_number
from registry.public.requests import found_record, tombstone
from registry.public.throttling import SendThrottle
from registry.receiving import PublicForm
from registry.templatetags.register import in_language

About = Subscription.About


class FollowForm(PublicForm):
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), max_length=254,
        error_messages={"invalid": gettext_lazy("Write an e-mail address such as name@example.org.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip


@dataclass(frozen=True)
class Followed:
    """What somebody asks to be told of, with the addresses of its form and its feed."""

    about: str
    what: str
    action: str
    feed: str

    @property
    def heading(self) -> SafeString | str:
        return _heading(self.about, self.what)

    @property
    def page(self) -> str:
        return mails.path(self.about, self.what)


def _form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page with a form: no cache keeps it and no search engine lists it."""

    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    return never_cache(require_http_methods(["GET", "HEAD", "POST"])(wrapper))


# -- asking ------------------------------------------------------------------------------------------------------------


@_form
def record(request: HttpRequest, number: str) -> HttpResponse:
    """The form for an entry or a provider: 422 for what is no address, 429 for too many from one network."""
    if (spelled := parse_number(number)) and spelled != number:
        return redirect(request.resolver_match.view_name, spelled)
    found = found_record(number)
    if found.document is None:
        return tombstone(request, found)
    provider = found.kind == "provider"
    right = "public:follow_provider" if provider else "public:follow"
    what = found.document["credential"] if found.kind == "accreditation" else found.document.get("same_as") or number
    if (right, what) != (request.resolver_match.view_name, number):
        return redirect(right, what)
    about, feed = (About.PROVIDER, "public:provider_feed") if provider else (About.ENTRY, "public:entry_feed")
    followed = Followed(about, number, reverse(right, args=[number]), reverse(feed, args=[number]))
    return _answer(request, followed)


@_form
def search(request: HttpRequest) -> HttpResponse:
    """The form for a search; 400 for parameters that no search has."""
    try:
        what = searches.read(request.GET).query_string
    except searches.WrongSearch as wrong:
        return render(request, "public/follow/wrong.html", {"problem": str(wrong), "page": "search"}, status=400)
    asked = f"?{what}" if what else ""
    followed = Followed(
        About.SEARCH, what, reverse("public:follow_search") + asked, reverse("public:search_feed") + asked
    )
    return _answer(request, followed)


def _answer(request: HttpRequest, followed: Followed) -> HttpResponse:
    if request.method != "POST":
        return _page(request, followed, FollowForm())
    form = FollowForm(request.POST)
    if not form.is_valid():
        return _page(request, followed, form, status=422)
    throttle = SendThrottle()
    if not throttle.allow_request(request, None):
        problem = _(
            "Too many forms have been sent from your network in the last hour. Nothing was sent: try again later."
        )
        response = _page(request, followed, form, problem=problem, status=429)
        response["Retry-After"] = throttle.retry_after()
        return response
    subscriptions.ask(
        address=form.cleaned_data["email"], about=followed.about, what=followed.what, language=get_language() or "en",
        site=settings.PUBLIC_URL or request.build_absolute_uri("/")[:-1],
    )  # fmt: skip
    context = {"followed": followed, "days": subscriptions.KEPT.days, "page": _section(followed.about)}
    return render(request, "public/follow/sent.html", context)


def _page(
    request: HttpRequest, followed: Followed, form: FollowForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "followed": followed, "form": form, "problem": problem, "days": subscriptions.KEPT.days,
        "page": _section(followed.about),
    }  # fmt: skip
    return render(request, "public/follow/form.html", context, status=status)


# -- the links of the mails --------------------------------------------------------------------------------------------


@csrf_exempt
@_form
def confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """A page with the button that confirms; 410 where the link is over, 404 where it never was one."""
    try:
        do = subscriptions.confirm if request.method == "POST" else subscriptions.to_confirm
        found = do(secret)
    except subscriptions.NoLink as forged:
        raise Http404 from forged
    except subscriptions.LinkOver as over:
        return render(request, "public/follow/over.html", {"problem": str(over)}, status=410)
    return render(
        request, "public/follow/confirm.html",
        {
            "heading": _heading(found.about, found.what), "back": mails.path(found.about, found.what),
            "address": found.address, "confirmed": found.confirmed_at is not None, "page": _section(found.about),
        },
    )  # fmt: skip


@csrf_exempt
@_form
def unfollow(request: HttpRequest, secret: str) -> HttpResponse:
    """A page with the button that ends a subscription. A mail program presses it by itself; a second time does nothing."""
    try:
        found = subscriptions.to_stop(secret)
        heading = _heading(found.about, found.what) if found else ""
        if request.method == "POST":
            subscriptions.stop(secret)
            found = None
    except subscriptions.NoLink as forged:
        raise Http404 from forged
    context = {"heading": heading, "over": found is None, "address": found.address if found else ""}
    return render(request, "public/follow/unfollow.html", context)


def _heading(about: str, what: str) -> SafeString | str:
    """What is followed, as a page names it: a title is marked with its language."""
    if about == About.SEARCH:
        return capfirst(mails.label(about, what))
    named = Entry.objects.readable().filter(number=what).values_list("title", "language").first()
    return format_html("<bdi>{}</bdi> {}", what, in_language(*named) if named else "")


def _section(about: str) -> str:
    return "providers" if about == About.PROVIDER else "search"
