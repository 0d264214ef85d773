"""The ways of the cases by which the authority acts about a provider, and by which a registration ends: P7 to P12 of section
4.2 of the domain specification, put together from the ways that all cases share."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers import standing
from providers.models import Provider
from providers.services.statutory import open_actions
from registry.casework import lifecycle
from registry.models import Case, User
from registry.status import ENDED

# How each kind calls its record: the attribute of a case.
RECORDS = {
    "provider_sanction": "sanction", "provider_lapse": "lapse", "provider_lifting": "lifting",
    "provider_withdrawal": "provider_withdrawal",
}  # fmt: skip


def record_of(case: Case) -> Any:
    return getattr(case, RECORDS[case.kind])


def is_on_the_register(case: Case, by: User | None, today: date) -> str | None:
    """The body is registered that day, suspended or not: of one whose registration has ended nothing is taken away."""
    provider: Provider = record_of(case).provider
    return standing.why_not_on_the_register(provider, today)


def action_is_open(case: Case, by: User | None, today: date) -> str | None:
    """An action is lifted once, and not after its last day."""
    lifting = case.lifting
    if any(row["reference"] == lifting.action for row in open_actions(lifting.provider, today)):
        return None
    return _("%(reference)s is not an action that can be lifted.") % {"reference": lifting.action or "–"}


def learners_are_seen_to(case: Case, by: User | None, today: date) -> str | None:
    """A body that is accredited on its last day says who teaches its learners to the end (P12)."""
    withdrawal = case.provider_withdrawal
    if withdrawal.teach_out.strip() or not withdrawal.last_day:
        return None
    held = standing.accreditations(withdrawal.provider.number, withdrawal.last_day)
    if not held:
        return None
    return _("Say what becomes of the learners: %(numbers)s would still be in force on the last day.") % {
        "numbers": ", ".join(entry.number for entry in held)
    }  # fmt: skip


def is_not_ending(case: Case, by: User | None, today: date) -> str | None:
    """A registration of which the end is decided already is not ended once more."""
    provider: Provider = record_of(case).provider
    if provider.ended_as in ENDED and provider.ended_on and provider.ended_on > today:
        return _("That the registration ends, on %(day)s, has been decided already.") % {
            "day": provider.ended_on.isoformat()
        }  # fmt: skip
    return None


# -- sanctions ---------------------------------------------------------------------------------------------------------

MATTER = "statutory_action"
HEARD_STATES = lifecycle.HEARING_STATES
SANCTION_MATTERS = {MATTER: gettext_lazy("statutory action")}
SANCTION_TRANSITIONS = (
    *lifecycle.hearing(is_on_the_register),
    *lifecycle.deciding(is_on_the_register),
    *lifecycle.desk(),
)

# -- lapse -------------------------------------------------------------------------------------------------------------

LAPSE_MATTERS = {"lapse": gettext_lazy("lapse of the registration")}
LAPSE_TRANSITIONS = (
    *lifecycle.hearing(is_on_the_register, is_not_ending),
    *lifecycle.deciding(is_on_the_register, is_not_ending),
    *lifecycle.desk(),
)

# -- lifting -----------------------------------------------------------------------------------------------------------

LIFTING_STATES = lifecycle.PREPARED_STATES
LIFTING_MATTERS = {"lifting": gettext_lazy("lifting of a statutory action")}
_MAY_BE_LIFTED = (is_on_the_register, action_is_open)
LIFTING_TRANSITIONS = lifecycle.prepared(_MAY_BE_LIFTED, _MAY_BE_LIFTED)

# -- withdrawal --------------------------------------------------------------------------------------------------------

WITHDRAWAL_STATES = lifecycle.STATES
WITHDRAWAL_MATTERS = {"withdrawal": gettext_lazy("withdrawal from the register")}
WITHDRAWAL_TRANSITIONS = (
    *lifecycle.drafting(is_on_the_register, is_not_ending, learners_are_seen_to),
    *lifecycle.evaluation(duplicates=False),
    *lifecycle.deciding(is_on_the_register, is_not_ending, learners_are_seen_to),
    *lifecycle.desk(),
)
