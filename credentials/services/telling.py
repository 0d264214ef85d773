"""Telling who develops or delivers an entry what has become of it, or of the body behind it (E4; domain 4.7)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from credentials import delivering, publishing
from credentials.models import Accreditation, Credential
from providers.models import Provider
from registry.casework import notices
from registry.documents import periods
from registry.framework import current
from registry.models import Case, Membership, User
from registry.status import status_on


def tell_who_delivers(credential: Credential, *, apart_from: Case, now: datetime) -> None:
    """Owe a notice to everybody who acts for a body that delivers or develops the entry, of what is public of it now.

    Called in the act that makes it public, and so never before. The body that the case is about gets the decision itself.
    """
    revision = credential.revisions.latest_public()
    notices.owe(
        None, people_of(credential, now, apart_from=apart_from), name="entry_altered", now=now,
        key=f"entry:{credential.number}:{revision.number}", number=credential.number, title=revision.title,
        what=lambda: _what(credential, revision.number, current.today(now)),
    )  # fmt: skip


def tell_who_delivered(credential: Credential, *, apart_from: Case, reason: Callable[[], str], now: datetime) -> None:
    """Owe a notice that the entry is removed, to everybody who acts for a body that delivers or develops it (E9).

    Called in the act that removes it, while those who deliver it are still known by it.
    """
    notices.owe(
        None, people_of(credential, now, apart_from=apart_from), name="entry_removed", now=now,
        key=f"entry:{credential.number}:removed",
        number=credential.number, title=credential.revisions.latest_public().title, reason=reason,
    )  # fmt: skip


def tell_of_transfer(credential: Credential, before: Mapping[str, Any], *, apart_from: Case, now: datetime) -> None:
    """Owe a notice to everybody who acts for a body that has handed the entry over, or taken it on (rule 16).

    `before`: the document in which the earlier bodies stand.
    """
    after = publishing.parties(credential)
    moved = [party for party in [*before["providers"], *after] if (party in before["providers"]) != (party in after)]
    roles = [party for party in moved if party["role"] == "developer" or party["lead"]]
    if not roles:
        return
    bodies = Provider.objects.filter(number__in=[party["number"] for party in roles])
    revision = credential.revisions.latest_public()
    names = dict(bodies.values_list("number", "title"))
    notices.owe(
        None, acting_for(bodies, now), name="entry_handed_over", now=now,
        key=f"handed:{credential.number}:{revision.number}", number=credential.number, title=revision.title,
        bodies=lambda: "\n".join(_role(party, names, party in after) for party in roles),
    )  # fmt: skip


def _role(party: Mapping[str, Any], names: Mapping[str, str], holds: bool) -> str:
    said = {"number": party["number"], "name": names.get(party["number"], "")}
    if party["role"] == "developer":
        return (
            _("Developer from now on: %(number)s %(name)s") % said
            if holds
            else (_("Developer until now: %(number)s %(name)s") % said)
        )
    return (
        _("Leads its award from now on: %(number)s %(name)s") % said
        if holds
        else (_("Led its award until now: %(number)s %(name)s") % said)
    )


def tell_of_a_body_that_left(
    provider: Provider, before: Mapping[str, Any], after: Mapping[str, Any], now: datetime
) -> None:
    """Owe a notice to everybody who delivers an entry that a body develops or awards, once its registration is to end or
    to be suspended: the entry stays as it is, until the authority decides who takes it on (edge case 9).

    `before` and `after`: what was public of the body, and what is. Each is told once of each end and of each suspension.
    """
    today = current.today(now)
    if (since := _left_since(before, after)) is None:
        return
    how, day = since
    for credential in Credential.objects.of_body(provider).order_by("number"):
        document = delivering.document_of(credential.number)
        if document is None or status_on(document, today) == "discontinued":
            continue
        people = acting_for(_delivering(credential, today).exclude(pk=provider.pk), now)
        notices.owe(
            None, people, name=f"body_{how}", now=now, key=f"left:{provider.number}:{how}:{day}:{credential.number}",
            body=provider.title, body_number=provider.number, number=credential.number, title=document["title"], day=day,
        )  # fmt: skip


def _left_since(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str] | None:
    """Which end, or which suspension, a document tells of that the one before did not, and its first day."""
    if after.get("ended_as") and (before.get("ended_as"), before.get("ended_on")) != (
        after["ended_as"],
        after["ended_on"],
    ):
        return "ended", after["ended_on"] or ""
    known = {row["from"] for row in before.get("suspensions") or ()}
    fresh = [row["from"] for row in after.get("suspensions") or () if row["from"] not in known]
    return ("suspended", max(fresh)) if fresh else None


def people_of(credential: Credential, now: datetime, *, apart_from: Case | None = None) -> list[User]:
    """Everybody who acts for a body that awards, develops or delivers the entry today, but for the one that a case is
    about."""
    concerned = [key for key in (credential.awarding_body_id, credential.developer_id) if key]
    bodies = _delivering(credential, current.today(now)) | Provider.objects.filter(pk__in=concerned)
    if apart_from is not None:
        bodies = bodies.exclude(organisation=apart_from.organisation)
    return acting_for(bodies, now)


def _delivering(credential: Credential, day: date) -> QuerySet[Provider]:
    """The bodies that hold an accreditation for the entry on that day, alone or jointly."""
    present = Accreditation.objects.present(day).filter(credential=credential)
    jointly = {number for numbers in present.values_list("jointly_with", flat=True) for number in numbers}
    return Provider.objects.filter(Q(pk__in=present.values("provider")) | Q(number__in=jointly))


def acting_for(bodies: QuerySet[Provider], now: datetime) -> list[User]:
    """Those who act for these bodies today."""
    acting = Membership.objects.filter(organisation__provider__in=bodies, user__is_active=True)
    acting = acting.exclude(ended_on__lt=current.today(now))
    return list(User.objects.filter(memberships__in=acting).distinct().order_by("email"))


def _what(credential: Credential, revision: int, today: date) -> str:
    """What is public of it now, as sentences in the language of the one who is told."""
    said = [_("It is now in revision %(revision)s.") % {"revision": revision}]
    if credential.replaced_by:
        said.append(_("%(number)s replaces it.") % {"number": credential.replaced_by[-1]["number"]})
    ahead = [s for s in credential.suspensions if s.upper is None or s.upper > today]
    said += [_suspension(row) for row in periods(ahead)]
    if credential.expiring_from:
        said.append(_("It begins to expire on %(day)s.") % {"day": credential.expiring_from.isoformat()})
    if credential.last_new_enrolment:
        said.append(_("The last day to start is %(day)s.") % {"day": credential.last_new_enrolment.isoformat()})
    if credential.expiry_end:
        said.append(_("Its last day is %(day)s.") % {"day": credential.expiry_end.isoformat()})
    return " ".join(said)


def _suspension(row: Mapping[str, Any]) -> str:
    said = {"first": row["from"], "last": row["until"]}
    if row["until"]:
        return _("It is suspended from %(first)s to %(last)s.") % said
    return _("It is suspended from %(first)s on, until that is lifted.") % said
