"""What decisions about a provider do: an action begins or is lifted, a registration lapses or is given up (P7 to P12)."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from providers import publishing, standing
from providers.models import Lapse, Lifting, Provider, Sanction, Withdrawal
from providers.services.publication import lock, publish
from providers.services.statutory import close, impose
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Decision
from registry.errors import Conflict
from registry.models import Case, User
from registry.status import DAY, parse

# What the journal says in public, in neutral words: the grounds are between the body and the authority.
IMPOSED, LIFTED = "Statutory action by decision.", "Statutory action lifted by decision."
LAPSED, WITHDRAWN = "Registration lapsed, by decision.", "Registration withdrawn at the provider's request."


def publish_sanction(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """The action begins on the day of its effect. Raises Conflict where the body is not on the register any more."""
    decision = desk.granted(decisions)
    if decision is None:
        return []
    sanction = Sanction.objects.get(case=case)
    provider = _named(sanction.provider_id, decision)
    reference = impose(
        provider, kind=sanction.measure, summary={sanction.language: sanction.summary}, on=decision.effective_on,
        until=sanction.last_day, ground=", ".join(row["ground"] for row in sanction.grounds),
        credential=sanction.credential, decision=decision.number, reason=IMPOSED, now=now,
    )  # fmt: skip
    return [lambda: _("It is public as %(reference)s.") % {"reference": reference}]


def publish_lifted(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """The action no longer binds from the day that was proposed, or that of the decision where it is later."""
    decision = desk.granted(decisions)
    if decision is None:
        return []
    lifting = Lifting.objects.get(case=case)
    on = max(lifting.lifted_on or decision.effective_on, decision.effective_on)
    provider = _named(lifting.provider_id, decision)
    close(provider, lifting.action, on=on, decision=decision.number, reason=LIFTED, now=now)
    return [
        lambda: _("%(reference)s is lifted from %(day)s on.") % {"reference": lifting.action, "day": on.isoformat()}
    ]


def publish_lapsed(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """The registration has lapsed from the day of the decision, or from the day after its fixed period where that is later:
    a person decides, never the clock (P11)."""
    decision = desk.granted(decisions)
    if decision is None:
        return []
    provider = _named(Lapse.objects.get(case=case).provider_id, decision)
    last = parse(provider.details.get("registered_until"))
    on = max(decision.effective_on, last + DAY if last else decision.effective_on)
    return _end(provider, Provider.Ending.LAPSED, on, decision, LAPSED, now)


def publish_withdrawn(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """The registration ends with the last day that the body asked for; where that is over, on the day of the decision. A
    day that is to come is stored, and no clock waits for it (P12)."""
    decision = desk.granted(decisions)
    if decision is None:
        return []
    withdrawal = Withdrawal.objects.get(case=case)
    provider = _named(withdrawal.provider_id, decision)
    on = max(decision.effective_on, withdrawal.last_day + DAY)
    return _end(provider, Provider.Ending.WITHDRAWN, on, decision, WITHDRAWN, now)


def _end(
    provider: Provider, how: str, on: date, decision: Decision, reason: str, now: datetime
) -> list[Sentence]:  # fmt: skip
    """End a registration: `on` is the first day on which it is none. Its accreditations are decided one by one."""
    provider.ended_on, provider.ended_as = on, how
    provider.save(update_fields=["ended_on", "ended_as"])
    publish(
        provider, effective_from=decision.effective_on, decision_number=decision.number, reason=reason, now=now
    )  # fmt: skip
    said = {"number": provider.number, "day": (on - DAY).isoformat()}
    return [lambda: _("The last day of the registration of %(number)s is %(day)s.") % said]


def _named(provider_id: int, decision: Decision) -> Provider:
    """The provider, locked, its record naming the decision. Raises Conflict where it left the register meanwhile."""
    (provider,) = lock(provider_id)
    if refusal := standing.why_not_on_the_register(provider, decision.effective_on):
        raise Conflict(refusal)
    provider.decisions = [*provider.decisions, publishing.decided(decision)]
    provider.save(update_fields=["decisions"])
    return provider
