"""Who an unverified provider is: an officer says that it is a body on the register, and everything that named it names
that one from then on. Its own number and address stay, and lead there."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from providers import publishing
from providers.models import Provider
from providers.services.publication import lock, publish
from registry import audit
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.models import User
from registry.people import roles
from registry.search import similar

ROLE = "registrar"
# A body that is less like it than this is no suggestion.
LEAST = 0.4
REASON = "Known from an import by another name: {number} is the same body."
# What names providers elsewhere at the desk is brought over by the app that it belongs to, in transactions of its own:
# each is given the provider that was known from an import and the one that it is, and tells how many it brought over.
BringOver = Callable[..., int]
_followers: list[BringOver] = []


def register(bring_over: BringOver) -> None:
    _followers.append(bring_over)


def may_match(user: User) -> bool:
    return ROLE in roles.staff_roles(user)


def suggestions(provider: Provider, *, limit: int = 10) -> list[similar.Match]:
    """The bodies on the register that an unverified provider may be, the likeliest first.

    Raises query.SearchUnavailable where this host has no index.
    """
    document = publishing.document(provider)
    found = similar.bodies(document, day=current.today(), exclude={provider.number}, limit=limit * 3, least=LEAST)
    return [match for match in found if match.status != "unverified"][:limit]


def match(*, unverified_id: int, provider_id: int, by: User, now: datetime | None = None) -> int:
    """Say that an unverified provider is a body on the register. Returns how many records name that body now instead.

    It may be called again to bring over what an interruption left. Raises NotAllowed for anybody but a registrar,
    RegisterError for a provider that is verified, and Conflict for one that a colleague has matched with another.
    """
    if not may_match(by):
        raise NotAllowed(_("Only a registrar says which body an unverified provider is."))
    now = now or timezone.now()
    with transaction.atomic():
        unverified, provider = _locked(unverified_id, provider_id)
        if unverified.details.get("same_as") != provider.number:
            _join(unverified, provider, by=by, now=now)
    return sum(bring_over(unverified, provider, now=now) for bring_over in _followers)


def _locked(unverified_id: int, provider_id: int) -> tuple[Provider, Provider]:
    if unverified_id == provider_id:
        raise RegisterError(_("A body cannot be matched with itself."))
    unverified, provider = lock(unverified_id, provider_id)
    if not unverified.unverified:
        raise RegisterError(_("%(number)s is verified already.") % {"number": unverified.number})
    if provider.unverified or not provider.number:
        raise RegisterError(_("%(name)s is not verified itself.") % {"name": provider.title})
    same = unverified.details.get("same_as")
    if same not in (None, provider.number):
        raise Conflict(_("A colleague has said meanwhile that it is %(number)s.") % {"number": same})
    return unverified, provider


def _join(unverified: Provider, provider: Provider, *, by: User, now: datetime) -> None:
    """Both say that they are one: the body is found by the names and ids that it was known by."""
    today = current.today(now)
    unverified.details = {**unverified.details, "same_as": provider.number}
    names = [unverified.title, *unverified.other_names]
    known = {provider.title, *provider.other_names}
    provider.other_names = [*provider.other_names, *(n for n in dict.fromkeys(names) if n not in known)]
    if unverified.source and not (unverified.source_id or "").startswith("name:"):
        mine = {"scheme": unverified.source, "value": unverified.source_id}
        identifiers = provider.details.get("other_identifiers") or []
        if mine not in identifiers:
            provider.details = {**provider.details, "other_identifiers": [*identifiers, mine]}
    for each in (unverified, provider):
        each.save(update_fields=["details", "other_names"])
        publish(each, effective_from=today, reason=REASON.format(number=unverified.number), now=now)
    audit.record(
        "provider:matched", by=by, role=ROLE, now=now,
        details={"unverified": unverified.number, "provider": provider.number},
    )  # fmt: skip
