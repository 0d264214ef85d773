"""What a body is called and what became of it, with days: names are added to, and history is never rewritten.

These are the effects of decisions (transitions P13 and P14 of section 4.2 of the domain specification). Accreditations
are left as they are: each is decided by itself (`providers.succession`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from providers import dated
from providers.models import Provider
from providers.services.publication import lock, publish
from registry.content import bodies
from registry.content.bodies import SUCCESSIONS
from registry.content.shapes import BadValue
from registry.errors import RegisterError
from registry.journal import Published

# Who goes on after what happened: of a merger and a succession, only those who come after.
ENDS = {"merger": Provider.Ending.MERGED, "succession": Provider.Ending.CLOSED}


def correct(
    provider: Provider, details: Mapping[str, Any], *, on: date, decision: str | None = None, reason: str = "",
    now: datetime | None = None,
) -> Published:  # fmt: skip
    """Publish what is said of a provider beyond its name: sites, scope, quality category, dated names.

    `details` are fields of `registry.content.bodies` by name. Raises RegisterError for one that cannot be kept, naming
    field and reason.
    """
    with transaction.atomic():
        (provider,) = lock(provider.pk)
        try:
            provider.details = bodies.said({**provider.details, **details})
        except BadValue as bad:
            raise RegisterError(str(bad)) from None
        provider.save(update_fields=["details"])
        return publish(provider, effective_from=on, decision_number=decision, reason=reason, now=now)


def rename(
    provider: Provider, name: str, *, on: date, language: str = "", effective_from: date | None = None,
    decision: str | None = None, named: Mapping[str, Any] | None = None, reason: str = "", now: datetime | None = None,
) -> Published:  # fmt: skip
    """Give a provider another legal name from a day on. The old one stays, and is found by it.

    `language`: of the new name, where it is another. `effective_from`: the day from which the register says so, where
    that is later. `named`: how the public record names the decision by which it does. Raises RegisterError for an empty
    name, the present one, or a day on which the present one was not yet held.
    """
    with transaction.atomic():
        (provider,) = lock(provider.pk)
        dated.bear(provider, name, on, language)
        provider.organisation.legal_name = provider.title[:300]
        provider.organisation.save(update_fields=["legal_name"])
        provider.decisions = [*provider.decisions, *([named] if named else ())]
        provider.save(update_fields=["decisions", "details", "former_names", "language", "title", "titles"])
        return publish(
            provider, effective_from=effective_from or on, decision_number=decision, reason=reason, now=now
        )  # fmt: skip


def register_again(
    provider: Provider, *, on: date, decision: str | None = None, reason: str = "", now: datetime | None = None
) -> Published:
    """Register a body anew whose registration had ended: the earlier one stays on record with its days.

    Raises RegisterError for a body that is registered, or whose end is on a day that is not before this one.
    """
    with transaction.atomic():
        (provider,) = lock(provider.pk)
        dated.begin_again(provider, on)
        provider.save(update_fields=["details", "registered_on", "ended_on", "ended_as", "suspensions"])
        return publish(provider, effective_from=on, decision_number=decision, reason=reason, now=now)


def succeed(
    before: Sequence[Provider], after: Sequence[Provider], *, relation: str, on: date, ends: bool = False,
    effective_from: date | None = None, decision: str | None = None, named: Mapping[str, Any] | None = None,
    reason: str = "", now: datetime | None = None,
) -> None:  # fmt: skip
    """Record that some bodies became others: a merger, a split, a purchase, a succession. Both sides name the other.

    Those who ended by it (ENDS, or any where `ends`) are no longer registered from that day on; their pages and numbers
    stay. `effective_from`: the day from which the register says so, where that is another; `named`: how the public
    records name the decision. Raises RegisterError where one of them is on both sides, or has ended already.
    """
    if relation not in SUCCESSIONS:
        raise RegisterError(_("Choose %(codes)s.") % {"codes": ", ".join(SUCCESSIONS)})
    with transaction.atomic():
        locked = {p.pk: p for p in lock(*{p.pk for p in (*before, *after)})}
        old, new = [locked[p.pk] for p in before], [locked[p.pk] for p in after]
        if not old or not new or {p.pk for p in old} & {p.pk for p in new}:
            raise RegisterError(_("Name the bodies that came before, and others that came after."))
        for provider in (*old, *new):
            _check_goes_on(provider, on)
        dated.become(old, new, relation=relation, on=on, ended_as=how_it_ends(relation, ends))
        for provider in (*old, *new):
            provider.decisions = [*provider.decisions, *([named] if named else ())]
            provider.save(update_fields=["decisions", "details", "ended_on", "ended_as"])
            publish(
                provider, effective_from=effective_from or on, decision_number=decision, reason=reason, now=now
            )  # fmt: skip


def how_it_ends(relation: str, ends: bool) -> str | None:
    """How the bodies that came before end by what happened; None where they go on."""
    return ENDS.get(relation) or (Provider.Ending.CLOSED if ends else None)


def _check_goes_on(provider: Provider, on: date) -> None:
    """Raise RegisterError for a body that has ended by a day, or of which nobody knows when it did."""
    if provider.ended_as and (provider.ended_on is None or provider.ended_on <= on):
        raise RegisterError(
            _("%(number)s %(name)s has ended already.") % {"number": provider.number, "name": provider.title}
        )
