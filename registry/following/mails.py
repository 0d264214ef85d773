"""The mails that a subscription gets: to confirm it, that it is confirmed already, and what changed. Plain text, each in
the language in which it was asked for."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry.following import happened, searches, subscriptions
from registry.following.models import OwedMail, Subscription
from registry.framework import current
from registry.framework.profile import text
from registry.models import Change, Entry
from registry.search.query import SearchUnavailable
from registry.templatetags.register import day as in_words

# A mail tells so many changes; whoever wants the others reads them on the register.
MOST = 50


def label(about: str, what: str) -> str:
    """What is followed, in words that stand within a sentence."""
    if about == Subscription.About.SEARCH:
        try:
            return _("search: %(search)s") % {"search": searches.saved(what).label()}
        except (SearchUnavailable, searches.WrongSearch):
            return _("a saved search")
    title = Entry.objects.readable().names([what]).get(what)
    if title is None:
        return happened.isolated(what)
    return f"“{happened.isolated(happened.clean(title))}” ({happened.isolated(what)})"


def path(about: str, what: str) -> str:
    """The page of what is followed, in the language of the moment."""
    if about == Subscription.About.SEARCH:
        return reverse("public:search") + (f"?{what}" if what else "")
    return reverse("public:provider" if about == Subscription.About.PROVIDER else "public:entry", args=[what])


def digest(subscription: Subscription, changes: Sequence[Change], since: datetime) -> tuple[str, str] | None:
    """Subject and words of a mail about these changes, which come newest first; None where nothing of them may be told."""
    with translation.override(subscription.language):
        told = list(reversed(happened.told(changes[:MOST])))
        if not told:
            return None
        site, about = _site(subscription), label(subscription.about, subscription.what)
        first = _("This is what the register has recorded since %(day)s about %(about)s.")
        lines = [first % {"day": in_words(timezone.localdate(since)), "about": about}]
        lines += [f"* {each.sentence}\n  {each.details}\n  {site}{each.page}" for each in told]
        if len(changes) > MOST:
            page = f"{site}{path(subscription.about, subscription.what)}"
            lines.append(
                _("There is more than one mail holds. Read the rest on the register: %(page)s") % {"page": page}
            )
        return _("What changed: %(about)s") % {"about": about}, "\n\n".join(lines)


def message(owed: OwedMail) -> EmailMessage:
    """The mail as it is sent. Its links are made here; each mail can be answered by ending what it is about.

    Programs end it with one click, as RFC 8058 has it; people by the same link, which asks them first.
    """
    subscription = owed.subscription
    with translation.override(subscription.language):
        stop = _site(subscription) + reverse("public:unfollow", args=[subscriptions.stopping(subscription)])
        subject, body = _written(owed)
        body = "\n\n".join([body, _footer(owed, stop), str(text(current.profile().authority, subscription.language))])
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    headers = {
        "Message-ID": f"<follow-{owed.pk}@{domain}>", "Content-Language": subscription.language,
        "Auto-Submitted": "auto-generated", "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }  # fmt: skip
    return EmailMessage(_one_line(subject), body, None, [subscription.address], headers=headers)


def _written(owed: OwedMail) -> tuple[str, str]:
    subscription = owed.subscription
    about = label(subscription.about, subscription.what)
    if owed.kind == OwedMail.Kind.DIGEST:
        return owed.subject, owed.body
    if owed.kind == OwedMail.Kind.ALREADY:
        return (
            _("You follow this already: %(about)s") % {"about": about},
            _(
                "Somebody, probably you, has asked that this address be told of changes: %(about)s. It is told of them "
                "already; there is nothing that you need to do."
            )
            % {"about": about},
        )
    link = _site(subscription) + reverse("public:confirm", args=[subscriptions.confirming(subscription)])
    until = in_words(timezone.localdate(subscription.asked_at + subscriptions.KEPT))
    said = _(
        "Somebody, probably you, has asked that this address be told of changes: %(about)s.\n\n"
        "If you want that, open this page by %(day)s and press its button:\n%(link)s\n\n"
        "If you do not, do nothing: you will not be told of anything, and this address is forgotten."
    )
    return _("Please confirm: %(about)s") % {"about": about}, said % {"about": about, "day": until, "link": link}


def _footer(owed: OwedMail, stop: str) -> str:
    if owed.kind == OwedMail.Kind.CONFIRM:
        return _("To have the address forgotten at once:\n%(link)s") % {"link": stop}
    return _("There is at most one mail about this on a day. To get no more of them:\n%(link)s") % {"link": stop}


def _site(subscription: Subscription) -> str:
    """The register's own address for links: that of the settings, else the one by which it was asked."""
    return settings.PUBLIC_URL or subscription.site


def _one_line(subject: str) -> str:
    return " ".join(subject.split())[:300]
