"""Every write about providers: their documents, what became of them, statutory actions, and who an unverified one is."""

from providers.services.identity import correct, register_again, rename, succeed
from providers.services.lapsing import propose_lapses
from providers.services.matching import match
from providers.services.pausing import keep_clocks
from providers.services.publication import publish, publish_many
from providers.services.registration import (
    draft_registration,
    draft_scope,
    forget_people,
    save_registration,
    save_scope,
)
from providers.services.renaming import draft_renaming, draft_renaming_by_letter, save_renaming
from providers.services.returns import open_returns, save_return, set_financial_year
from providers.services.statutory import close, impose, take_down
from providers.services.succeeding import draft_succession, save_succession

__all__ = [
    "close",
    "correct",
    "draft_registration",
    "draft_renaming",
    "draft_renaming_by_letter",
    "draft_scope",
    "draft_succession",
    "forget_people",
    "impose",
    "keep_clocks",
    "match",
    "open_returns",
    "propose_lapses",
    "publish",
    "publish_many",
    "register_again",
    "rename",
    "save_registration",
    "save_renaming",
    "save_return",
    "save_scope",
    "save_succession",
    "set_financial_year",
    "succeed",
    "take_down",
]
