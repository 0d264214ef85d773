"""What a reconsideration does to a statutory action: it stands still for a time, holds again, falls away, or holds on other
terms (section 4.8 of the domain specification). What the action was stays in its row, so that it can be restored. The lapse
of a registration stands still, holds again or falls away in the same way.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from providers import dated, publishing
from providers.models import Lapse, Provider
from providers.services.publication import lock, publish
from providers.services.statutory import CANCELLATION, SUSPENSION, interrupt, resumed, shown_until
from registry import journal
from registry.casework.kinds import Sentence
from registry.casework.models import Decision
from registry.content import redress
from registry.errors import RegisterError
from registry.models import Case
from registry.status import DAY, parse

# What the journal says in public.
STAYED = "Without effect while a decision is reconsidered ({reference})."
RESUMED, SET_ASIDE, VARIED = "In effect again ({reference}).", "Set aside ({reference}).", "Terms varied ({reference})."
Row = dict[str, Any]


def stay(
    *, case: Case, decisions: Sequence[Decision], on: date, reference: str, now: datetime
) -> list[Sentence]:  # fmt: skip
    """The action has no effect from a day on. One that has ended, or stands still already, is left as it is, and so is a
    cancellation by which the registration does not end any more."""
    with transaction.atomic():
        provider, action = _found(case, decisions)
        if action is None or _is_over(action, on) or _stands_still(action):
            return []
        if action["kind"] == CANCELLATION and not _by_this_cancellation(provider, action):
            return []
        _suspend_effect(provider, action, on)
        action["stayed_from"] = on.isoformat()
        action.pop("stayed_until", None)
        _publish(provider, on, STAYED, reference, now)
    return [lambda: _("%(action)s has no effect from %(day)s on.") % _of(action, on)]


def resume(
    *, case: Case, decisions: Sequence[Decision], on: date, reference: str, now: datetime
) -> list[Sentence]:  # fmt: skip
    """The action has its effect again from a day on, up to the last day that it had: a stay adds no time to it. A
    cancellation of what was ended otherwise meanwhile is left as it is."""
    with transaction.atomic():
        provider, action = _found(case, decisions)
        if action is None or not _stands_still(action) or action.get("closed_on"):
            return []
        if action["kind"] == CANCELLATION and provider.ended_as:
            return []
        _end_stay(action, on)
        if action["kind"] == SUSPENSION:
            _begin_again(provider, action, on, parse(action.get("until")))
        if action["kind"] == CANCELLATION:
            provider.ended_on, provider.ended_as = on, Provider.Ending.CANCELLED
        _publish(provider, on, RESUMED, reference, now)
    return [lambda: _("%(action)s has its effect again from %(day)s on.") % _of(action, on)]


def set_aside(
    *, case: Case, decisions: Sequence[Decision], on: date, reference: str, now: datetime
) -> list[Sentence]:  # fmt: skip
    """From a day on it is as if the action had not been taken; that it was, stays on record with its days."""
    with transaction.atomic():
        provider, action = _found(case, decisions)
        if action is None or action.get("closed_on"):
            return []
        if _stands_still(action):
            _end_stay(action, on)
        elif not _is_over(action, on):
            _suspend_effect(provider, action, on)
        action |= {"closed_on": on.isoformat(), "ended_by": "set_aside", "shown_until": shown_until(action["kind"], on)}
        _publish(provider, on, SET_ASIDE, reference, now)
    return [lambda: _("%(action)s has been set aside from %(day)s on.") % _of(action, on)]


def vary(
    *, case: Case, decisions: Sequence[Decision], on: date, reference: str, now: datetime, terms: Mapping[str, Any]
) -> list[Sentence]:  # fmt: skip
    """The action holds on other terms: `summary`, in the words of its language, and `last_day`, None for no last day.

    A stayed cancellation of what was ended otherwise meanwhile is left as it is. Raises RegisterError for a last day before
    the one from which it holds, for one of a cancellation, and for a suspension that is over.
    """
    last, summary = terms.get("last_day"), str(terms.get("summary") or "").strip()
    with transaction.atomic():
        provider, action = _found(case, decisions)
        if action is None or action.get("closed_on"):
            return []
        _check(action, last, on)
        stood = _stands_still(action)
        if action["kind"] == CANCELLATION and stood and provider.ended_as:
            return []
        if stood:
            _end_stay(action, on)
        if action["kind"] == SUSPENSION:
            (_begin_again if stood else _end_otherwise)(provider, action, on, last)
        elif action["kind"] == CANCELLATION and stood:
            provider.ended_on, provider.ended_as = on, Provider.Ending.CANCELLED
        if summary:
            action["summary"] = {case.sanction.language: summary}
        for name, said in (("until", last), ("shown_until", last and shown_until(action["kind"], last))):
            action.pop(name, None)
            if said:
                action[name] = said if isinstance(said, str) else said.isoformat()
        _publish(provider, on, VARIED, reference, now)
    return [lambda: _("%(action)s holds on other terms from %(day)s on.") % _of(action, on)]


def terms(case: Case) -> dict[str, Any]:
    """The terms on which the action was taken."""
    return {"last_day": case.sanction.last_day, "summary": case.sanction.summary}


def tell(
    *, case: Case, decisions: Sequence[Decision], row: Mapping[str, Any], on: date, now: datetime, reference: str
) -> None:  # fmt: skip
    """The public record of each provider that names one of these decisions says that it is looked at again.

    The row is in the place of what was said of the same reconsideration before.
    """
    numbers = [decision.number for decision in decisions]
    found = journal.made_by(numbers, ["provider"])
    for provider in Provider.objects.select_for_update().filter(number__in=found).order_by("pk"):
        if number := redress.about(publishing.document(provider), numbers):
            held = provider.details.get("reconsiderations")
            provider.details = {
                **provider.details, "reconsiderations": redress.kept(held, {"decision": number, **row})
            }  # fmt: skip
            provider.save(update_fields=["details"])
            publish(provider, effective_from=on, decision_number=number, reason=redress.REASON % number, now=now)


# -- the lapse of a registration ---------------------------------------------------------------------------------------


def stay_lapse(
    *, case: Case, decisions: Sequence[Decision], on: date, reference: str, now: datetime
) -> list[Sentence]:  # fmt: skip
    """The registration goes on from a day; the days before it, on which it had lapsed, stay on record. One that ended
    otherwise, or was granted anew since, is left as it is."""
    with transaction.atomic():
        lapse, provider = _lapsed(case)
        if lapse.stayed_from or not _by_this_lapse(provider, decisions):
            return []
        _go_on(provider, on)
        lapse.stayed_from = on
        lapse.save(update_fields=["stayed_from"])
        _publish(provider, on, STAYED, reference, now)
    return [lambda: _("The registration of %(number)s goes on from %(day)s.") % _named(provider, on)]


def resume_lapse(
    *, case: Case, decisions: Sequence[Decision], on: date, reference: str, now: datetime
) -> list[Sentence]:  # fmt: skip
    """The registration has lapsed again from a day on, or from the day after its fixed period where that is later. One that
    was ended otherwise meanwhile is left as it is."""
    with transaction.atomic():
        lapse, provider = _lapsed(case)
        if not _stay_is_over(lapse) or provider.ended_as:
            return []
        last = parse(provider.details.get("registered_until"))
        provider.ended_on = max(on, last + DAY) if last else on
        provider.ended_as = Provider.Ending.LAPSED
        _publish(provider, on, RESUMED, reference, now)
    return [
        lambda: (
            _("The registration of %(number)s has lapsed again from %(day)s on.") % _named(provider, provider.ended_on)
        )
    ]


def set_aside_lapse(
    *, case: Case, decisions: Sequence[Decision], on: date, reference: str, now: datetime
) -> list[Sentence]:  # fmt: skip
    """From a day on it is as if the registration had not lapsed; that it had, stays on record with its days."""
    with transaction.atomic():
        lapse, provider = _lapsed(case)
        stayed = _stay_is_over(lapse)
        if not stayed:
            if not _by_this_lapse(provider, decisions):
                return []
            _go_on(provider, on)
        _publish(provider, on, SET_ASIDE, reference, now)
    return [
        lambda: (
            _("That the registration of %(number)s has lapsed was set aside from %(day)s on.") % _named(provider, on)
        )
    ]


def _lapsed(case: Case) -> tuple[Lapse, Provider]:
    """The lapse, and its provider, locked."""
    lapse = Lapse.objects.select_for_update().get(case=case)
    return lapse, lock(lapse.provider_id)[0]


def _by_this_lapse(provider: Provider, decisions: Sequence[Decision]) -> bool:
    """Whether the registration ends, or has ended, by one of these decisions, and not by a later one."""
    by = [row["number"] for row in provider.decisions if row["matter"] == "lapse"]
    numbers = {decision.number for decision in decisions}
    return provider.ended_as == Provider.Ending.LAPSED and not numbers.isdisjoint(by[-1:])


def _stay_is_over(lapse: Lapse) -> bool:
    """End the stay of a lapse; whether there was one."""
    stayed, lapse.stayed_from = lapse.stayed_from, None
    lapse.save(update_fields=["stayed_from"])
    return stayed is not None


def _named(provider: Provider, on: date) -> dict[str, Any]:
    return {"number": provider.number, "day": on.isoformat()}


# -- the action --------------------------------------------------------------------------------------------------------


def _found(case: Case, decisions: Sequence[Decision]) -> tuple[Provider, Row | None]:
    """The provider, locked, and the row of the action that these decisions imposed; none where there is none any more."""
    (provider,) = lock(case.sanction.provider_id)
    rows = [dict(row) for row in provider.details.get("statutory_actions") or ()]
    provider.details = {**provider.details, "statutory_actions": rows}
    numbers = {decision.number for decision in decisions}
    return provider, next((row for row in rows if row.get("decision") in numbers), None)


def _is_over(action: Row, on: date) -> bool:
    last = parse(action.get("until"))
    return bool(action.get("closed_on")) or (last is not None and last < on)


def _stands_still(action: Row) -> bool:
    return "stayed_from" in action and "stayed_until" not in action


def _end_stay(action: Row, on: date) -> None:
    """The last day of the stay is the one before; a stay that lasted no day leaves none."""
    if action["stayed_from"] < on.isoformat():
        action["stayed_until"] = (on - DAY).isoformat()
    else:
        del action["stayed_from"]


def _suspend_effect(provider: Provider, action: Row, on: date) -> None:
    """Take the effect of an action back from a day on: what it did before that day stays."""
    if action["kind"] == SUSPENSION:
        interrupt(provider, action, on)
    if action["kind"] == CANCELLATION and _by_this_cancellation(provider, action):
        _go_on(provider, on)


def _by_this_cancellation(provider: Provider, action: Row) -> bool:
    """Whether the registration ends, or has ended, by this cancellation, and not by a later one."""
    held = [
        row["reference"]
        for row in provider.details["statutory_actions"]
        if row["kind"] == CANCELLATION and not row.get("closed_on") and not _stands_still(row)
    ]
    return provider.ended_as == Provider.Ending.CANCELLED and held[-1:] == [action["reference"]]


def _go_on(provider: Provider, on: date) -> None:
    """Let a registration that has ended go on from a day, with what bound it: a suspension that was in force is not over."""
    if provider.ended_on is None or provider.ended_on >= on:
        provider.ended_on = provider.ended_as = None
        return
    suspensions = provider.suspensions
    dated.begin_again(provider, on)
    provider.suspensions = suspensions


def _begin_again(provider: Provider, action: Row, on: date, last: date | None) -> None:
    """Begin the days of a suspension again on the day after its stay.

    A stay that lasted no day parts nothing: the days before it go on, and the stay before it is told again.
    """
    if last and last < on:
        return
    began, first, kept = date.fromisoformat(action["from"]), on, provider.suspensions
    if "stayed_until" not in action:
        first = min((s.lower for s in kept if s.upper == on and s.lower >= began), default=on)
        kept = [s for s in kept if (s.lower, s.upper) != (first, on)]
        if first > began:
            before = max((s.upper for s in kept if s.upper and began < s.upper < first), default=began)
            action |= {"stayed_from": before.isoformat(), "stayed_until": (first - DAY).isoformat()}
    provider.suspensions = [*kept, DateRange(first, last + DAY if last else None, "[)")]


def _end_otherwise(provider: Provider, action: Row, on: date, last: date | None) -> None:
    """Give the days that a suspension runs for another end; those of another suspension stay."""
    first, upper = resumed(action), last + DAY if last else None
    provider.suspensions = [
        DateRange(first, upper, "[)") if s.lower == first and (s.upper is None or s.upper > on) else s
        for s in provider.suspensions
    ]


def _check(action: Row, last: date | None, on: date) -> None:
    if action["kind"] == SUSPENSION and _is_over(action, on) and not _stands_still(action):
        raise RegisterError(_("%(action)s is over by %(day)s.") % _of(action, on))
    if last is None:
        return
    if action["kind"] == CANCELLATION:
        raise RegisterError(_("A cancellation has no last day."))
    if last < date.fromisoformat(action["from"]) or last < on - DAY:
        raise RegisterError(_("An action ends on or after the day on which it begins."))


def _of(action: Row, on: date) -> dict[str, str]:
    return {"action": action["reference"], "day": on.isoformat()}


def _publish(provider: Provider, on: date, reason: str, reference: str, now: datetime) -> None:
    # While the reconsideration is open its reference is that of a case, and no decision.
    decision = reference if Decision.objects.filter(number=reference).exists() else None
    provider.save()
    publish(
        provider, effective_from=on, decision_number=decision, reason=reason.format(reference=reference), now=now
    )  # fmt: skip
