"""The states of each case about a provider, and every way from one to another: these tables are the specification
(design 4.1). They are transitions P1 to P6 of section 4.2 of the domain specification, in the states that all cases share.
"""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers import pausing, proposals, publishing
from providers.models import Provider, Registration, ScopeChange
from registry.casework import lifecycle
from registry.models import Case, Organisation, User
from registry.status import status_on

# -- registration ------------------------------------------------------------------------------------------------------

STATES = lifecycle.STATES | {
    "approved": gettext_lazy("registered"),
    "approved_with_conditions": gettext_lazy("registered with conditions"),
    "declined": gettext_lazy("refused"),
}
MATTERS = {"registration": gettext_lazy("registration as a provider")}


def why_not_registered(organisation: Organisation, today: date) -> str | None:
    """Why a body cannot be registered now: it is already, or the register does not know how its registration ended."""
    provider = Provider.objects.filter(organisation=organisation).first()
    if provider is None or (provider.unverified and not provider.details.get("same_as")):
        return None
    said = {"number": provider.number, "name": provider.title}
    if provider.unverified:
        return _("%(name)s is on the register as %(number)s.") % {**said, "number": provider.details["same_as"]}
    if provider.ended_as is None or (provider.ended_on and provider.ended_on > today):
        return _("%(number)s %(name)s is registered already.") % said
    if provider.ended_on is None or provider.registered_on is None:
        return _("The days of the earlier registration of %(number)s are not known: write to the authority.") % said
    return None


def is_not_registered(case: Case, by: User | None, today: date) -> str | None:
    """Only a body that is not registered that day is registered, or registered again (P1, P6)."""
    return why_not_registered(case.organisation, today)


def no_other_registration(case: Case, by: User | None, today: date) -> str | None:
    """One registration of a body is decided before another is handed in, by whichever record it is known (P1)."""
    asked = case.registration
    others = Registration.objects.in_hand().exclude(case=case)
    same = others.filter(case__organisation=case.organisation)
    if asked.body_number:
        same |= others.filter(body_number=asked.body_number, body_register=asked.body_register)
    return _("A registration of this body is with the authority already.") if same.exists() else None


TRANSITIONS = (
    *lifecycle.drafting(is_not_registered, no_other_registration),
    *lifecycle.evaluation(),
    *lifecycle.deciding(is_not_registered),
    *lifecycle.desk(),
)

# -- change of scope ---------------------------------------------------------------------------------------------------

SCOPE_STATES = lifecycle.STATES
SCOPE_MATTERS = {"scope": gettext_lazy("scope of registration")}


def is_registered(case: Case, by: User | None, today: date) -> str | None:
    """A scope belongs to a registration in force: one that is suspended waits, and nothing is lost (edge case 8)."""
    provider = case.scope_change.provider
    status = status_on(publishing.document(provider), today)
    if status == "registered" and provider.registered_on and provider.registered_on <= today:
        return None
    not_registered = _("%(number)s %(name)s is not registered today.")
    return pausing.why(provider, today) or not_registered % {"number": provider.number, "name": provider.title}


def alters_something(case: Case, by: User | None, today: date) -> str | None:
    """What is handed in differs from the scope and the sites of that day."""
    if proposals.alters(case.scope_change, today):
        return None
    return _("Neither the scope nor the sites differ from what is registered today.")


def no_other_change(case: Case, by: User | None, today: date) -> str | None:
    """One change of a provider's scope is decided before another is handed in: each says the whole scope."""
    others = ScopeChange.objects.in_hand().exclude(case=case).filter(provider=case.scope_change.provider)
    return _("Another change of its scope is with the authority already.") if others.exists() else None


SCOPE_TRANSITIONS = (
    *lifecycle.drafting(is_registered, alters_something, no_other_change),
    *lifecycle.evaluation(duplicates=False),
    *lifecycle.deciding(is_registered),
    *lifecycle.standing_still(),
    *lifecycle.desk(),
)
