"""Statutory actions: dated public facts, each with its own time on the public page (section 1.12 of the domain).

A suspension and a cancellation alter the standing of the provider itself; the others are told beside it. Each is the
effect of a decision, whose number it carries.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from providers.models import Provider
from providers.services.publication import lock, publish
from registry.content import bodies
from registry.content.shapes import BadValue
from registry.errors import RegisterError
from registry.framework import current
from registry.framework.calendar import due
from registry.numbers import allot
from registry.status import DAY, parse

# The kinds of action that alter the standing of a provider, whatever the law calls the others.
SUSPENSION, CANCELLATION = "suspension", "cancellation"


def impose(
    provider: Provider, *, kind: str, summary: Mapping[str, str], on: date, until: date | None = None, ground: str = "",
    credential: str = "", decision: str | None = None, reason: str = "", now: datetime | None = None,
) -> str:  # fmt: skip
    """Record a statutory action in effect from a day, and publish it. Returns its reference.

    `kind` is one of the profile's; `until`: its last day, where it is bound in time. Raises RegisterError for a kind
    that the law does not know, for one without a summary, for a last day before the first, and for a suspension that begins
    on the same day as another: the days of each are told by their first one.
    """
    now = now or timezone.now()
    known = current.profile().statutory_actions
    if kind not in known:
        raise RegisterError(_("“%(kind)s” is not one of %(kinds)s.") % {"kind": kind, "kinds": ", ".join(known) or "–"})
    if until and until < on:
        raise RegisterError(_("An action ends on or after the day on which it begins."))
    with transaction.atomic():
        (provider,) = lock(provider.pk)
        reference = allot(f"ACT-{on.year}")[0]
        action = {
            "reference": reference, "kind": kind, "summary": dict(summary), "ground": ground, "credential": credential,
            "decision": decision, "from": on.isoformat(), "until": until and until.isoformat(),
            "shown_until": until and shown_until(kind, until),
        }  # fmt: skip
        try:
            (read,) = bodies.BY_NAME["statutory_actions"].shape.read([action])
        except BadValue as bad:
            raise RegisterError(str(bad)) from None
        provider.details["statutory_actions"] = [*(provider.details.get("statutory_actions") or ()), read]
        if kind == SUSPENSION:
            if any(period.lower == on for period in provider.suspensions):
                raise RegisterError(_("A suspension begins on %(day)s already.") % {"day": on.isoformat()})
            provider.suspensions = [*provider.suspensions, DateRange(on, until + DAY if until else None, "[)")]
        if kind == CANCELLATION:
            provider.ended_on, provider.ended_as = on, Provider.Ending.CANCELLED
        _publish(provider, on, decision, reason, now)
    return reference


def open_actions(provider: Provider, day: date) -> list[Mapping[str, Any]]:
    """The actions that may be closed: neither closed nor over by that day. A cancellation is reversed by a registration."""
    return [
        row
        for row in provider.details.get("statutory_actions") or ()
        if row["kind"] != CANCELLATION
        and not row.get("closed_on")
        and not ((last := parse(row.get("until"))) and last < day)
    ]


def close(
    provider: Provider, reference: str, *, on: date, decision: str | None = None, reason: str = "",
    now: datetime | None = None,
) -> None:  # fmt: skip
    """Close an action: it no longer binds from that day on, and leaves the public page when its time on it is over.

    Raises RegisterError for a reference that the provider does not have, one that is closed already, a cancellation
    (which is reversed by a new registration), and for a day before it began.
    """
    now = now or timezone.now()
    with transaction.atomic():
        (provider,) = lock(provider.pk)
        actions = [dict(row) for row in provider.details.get("statutory_actions") or ()]
        action = next((row for row in actions if row["reference"] == reference), None)
        if action is None or action.get("closed_on") or action["kind"] == CANCELLATION:
            raise RegisterError(_("%(reference)s is not an action that can be closed.") % {"reference": reference})
        if on < date.fromisoformat(action["from"]):
            raise RegisterError(_("It is closed on or after the day on which it began."))
        action |= {"closed_on": on.isoformat(), "ended_by": "lifted", "shown_until": shown_until(action["kind"], on)}
        provider.details["statutory_actions"] = actions
        if action["kind"] == SUSPENSION:
            interrupt(provider, action, on)
        _publish(provider, min(on, current.today(now)), decision, reason, now)


def interrupt(provider: Provider, action: Mapping[str, Any], on: date) -> None:
    """End the days of a suspension's action before a day, without publishing that. One that never took effect leaves none.

    After a stay its days may be two periods: the one before is history, and stays.
    """
    first, kept = resumed(action), []
    for period in provider.suspensions:
        if period.lower != first or (period.upper and period.upper <= on):
            kept.append(period)
        elif on > first:
            kept.append(DateRange(first, on, "[)"))
    provider.suspensions = kept


def resumed(action: Mapping[str, Any]) -> date:
    """The first day of the period in which an action has its effect now: after a stay, the day after it."""
    stayed = parse(action.get("stayed_until"))
    return stayed + DAY if stayed else date.fromisoformat(action["from"])


def shown_until(kind: str, ended: date) -> str:
    profile = current.profile()
    return due(ended, profile.statutory_actions[kind], profile.calendar).isoformat()


def _publish(provider: Provider, on: date, decision: str | None, reason: str, now: datetime) -> None:
    provider.save(update_fields=["details", "suspensions", "ended_on", "ended_as"])
    publish(provider, effective_from=on, decision_number=decision, reason=reason, now=now)


def take_down(day: date, *, now: datetime | None = None) -> int:
    """Take the actions whose time on the public page is over out of the public documents; how many. The journal keeps
    them, and what they did to the standing of the provider stays.

    A daily step: it finds its own work, provider by provider, and may run late, twice, or beside another.
    """
    now, taken = now or timezone.now(), 0
    over = (
        "jsonb_path_exists(details, '$.statutory_actions[*].shown_until ? (@ < $day)', jsonb_build_object('day', %s))"
    )
    waiting = Provider.objects.filter(RawSQL(over, [day.isoformat()], BooleanField())).order_by("pk")  # noqa: S611 constant SQL
    for key in list(waiting.values_list("pk", flat=True)):
        with transaction.atomic():
            (provider,) = lock(key)
            actions = provider.details.get("statutory_actions") or []
            kept = [row for row in actions if row.get("shown_until", "9") >= day.isoformat()]
            if len(kept) < len(actions):
                taken += len(actions) - len(kept)
                provider.details = {**provider.details, "statutory_actions": kept}
                _publish(provider, min(day, current.today(now)), None, "Its time on the public page is over.", now)
    return taken
