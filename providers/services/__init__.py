"""Every write about providers: their documents, what became of them, statutory actions, and who an unverified one is."""

from providers.services.identity import correct, register_again, rename, succeed
from providers.services.matching import match
from providers.services.publication import publish, publish_many
from providers.services.registration import (
    draft_registration,
    draft_scope,
    forget_people,
    save_registration,
    save_scope,
)
from providers.services.statutory import close, impose, take_down

__all__ = [
    "close",
    "correct",
    "draft_registration",
    "draft_scope",
    "forget_people",
    "impose",
    "match",
    "publish",
    "publish_many",
    "register_again",
    "rename",
    "save_registration",
    "save_scope",
    "succeed",
    "take_down",
]
