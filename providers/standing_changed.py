"""Who wants to know that the registration of a provider has ended, or was suspended: the apps above register here."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from providers.models import Provider
from registry.journal import Published

# Called as listener(provider, before, after, now): both documents, in the transaction of the act.
Listener = Callable[[Provider, Mapping[str, Any], Mapping[str, Any], datetime], None]
# What alters the standing of a provider.
DAYS = ("ended_on", "ended_as", "suspensions")

_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    if listener not in _listeners:
        _listeners.append(listener)


def tell(provider: Provider, published: Published, *, now: datetime | None = None) -> None:
    """Tell all who want to know, where what became public alters how the provider stands: now, or on a day to come."""
    before, after = published.before, published.document
    if before is None or all(before.get(name) == after.get(name) for name in DAYS):
        return
    for listener in _listeners:
        listener(provider, before, after, now or timezone.now())
