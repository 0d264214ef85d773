"""Telling who develops or delivers an entry that it has changed or begins to end (E4; domain 4.7)."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from credentials.models import Accreditation, Credential
from providers.models import Provider
from registry.casework import notices
from registry.framework import current
from registry.models import Case, Membership, User


def tell_who_delivers(credential: Credential, *, apart_from: Case, now: datetime) -> None:
    """Owe a notice to everybody who acts for a body that delivers or develops the entry, of what is public of it now.

    Called in the act that makes it public, and so never before. The body that the case is about gets the decision itself.
    """
    revision = credential.revisions.latest_public()
    notices.owe(
        None, _people(credential, apart_from, now), name="entry_altered", now=now,
        key=f"entry:{credential.number}:{revision.number}", number=credential.number, title=revision.title,
        what=lambda: _what(credential, revision.number),
    )  # fmt: skip


def _people(credential: Credential, apart_from: Case, now: datetime) -> list[User]:
    present = Accreditation.objects.present(current.today(now)).filter(credential=credential)
    jointly = {number for numbers in present.values_list("jointly_with", flat=True) for number in numbers}
    concerned = [credential.awarding_body_id, credential.developer_id]
    bodies = Provider.objects.filter(
        Q(pk__in=present.values("provider")) | Q(number__in=jointly) | Q(pk__in=[key for key in concerned if key])
    )
    acting = Membership.objects.filter(organisation__provider__in=bodies, user__is_active=True)
    acting = acting.exclude(organisation=apart_from.organisation).exclude(ended_on__lt=current.today(now))
    return list(User.objects.filter(memberships__in=acting).distinct().order_by("email"))


def _what(credential: Credential, revision: int) -> str:
    """What is public of it now, as sentences in the language of the one who is told."""
    said = [_("It is now in revision %(revision)s.") % {"revision": revision}]
    if credential.replaced_by:
        said.append(_("%(number)s replaces it.") % {"number": credential.replaced_by[-1]["number"]})
    if credential.expiring_from:
        said.append(_("It begins to expire on %(day)s.") % {"day": credential.expiring_from.isoformat()})
    if credential.last_new_enrolment:
        said.append(_("The last day to start is %(day)s.") % {"day": credential.last_new_enrolment.isoformat()})
    if credential.expiry_end:
        said.append(_("Its last day is %(day)s.") % {"day": credential.expiry_end.isoformat()})
    return " ".join(said)
