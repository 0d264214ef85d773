"""What a reconsideration may do to what was decided against an entry or an accreditation (section 4.8 of the domain
specification, edge case 30): see `registry.casework.kinds.Redress`.

Nothing that was public is rewritten: what a decision did holds for the days on which it did. A date that somebody else
has decided since is left as it is, and a suspension that was lifted stays lifted.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from credentials import proposals
from credentials.models import (
    Accreditation,
    AccreditationSanction,
    Amendment,
    Credential,
    EntrySuspension,
    Inquiry,
    Review,
)
from credentials.services import sanctions, standing
from credentials.services.telling import tell_who_delivers
from registry.casework.kinds import Sentence
from registry.casework.models import Decision
from registry.documents import iso
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Case
from registry.status import DAY, parse

# What the journal says of each act, as it is public.
STAYED = "The decision has no effect until it has been looked at again."
RESUMED = "The decision has effect again."
SET_ASIDE = "The decision was set aside."
VARIED = "The decision was varied."

Measure = AccreditationSanction.Measure


def _not_in_effect() -> RegisterError:
    return RegisterError(_("Nothing of this decision is in effect: there is nothing to take back."))


# -- the end of an entry, by a change or by an inquiry, and what else a change says of the entry itself --------------------


def stay_change(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str, reason: str = STAYED
) -> list[Sentence]:
    """What the change altered of the entry itself is as it was before: it does not end for the time.

    Raises RegisterError where it altered no such thing, or is not in effect.
    """
    amendment, credential = _amended(case)
    effects = dict(amendment.effects)
    if not effects.get("standing"):
        raise _not_in_effect()
    proposals.put(credential, _still(credential, effects["standing"], effects["before"]))
    effects["standing"] = None
    _publish_entry(credential, amendment, effects, on=on, now=now, reference=reference, reason=reason)
    return [lambda: _("%(number)s is as it was before that decision.") % {"number": credential.number}]


def resume_change(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str
) -> list[Sentence]:
    """What the change says of the entry holds again: no day of it lies in the past for learners."""
    amendment, credential = _amended(case)
    effects = dict(amendment.effects)
    if not effects or effects.get("standing"):
        raise RegisterError(_("This decision was not stayed."))
    effects["standing"] = ahead(effects["decided"], on)
    proposals.put(credential, _still(credential, effects["before"], effects["standing"]))
    _publish_entry(credential, amendment, effects, on=on, now=now, reference=reference, reason=RESUMED)
    return [lambda: days_sentence(credential)]


def set_aside_change(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str
) -> list[Sentence]:
    """The entry is as it was before the change, from that day on: its days, its bodies, and its content.

    Raises RegisterError where its content has been changed again since: that is put right by another change. An entry
    that replaces this one stays on the register.
    """
    amendment, credential = _amended(case)
    effects = dict(amendment.effects)
    if not effects:
        return []
    if effects.get("standing"):
        proposals.put(credential, _still(credential, effects["standing"], effects["before"]))
    effects |= {"standing": None, "set_aside": reference}
    if effects.get("content") and amendment.revision.credential_id == credential.pk:
        if credential.revisions.latest_public().said != amendment.revision.said:
            raise RegisterError(_("The content has been changed again since: propose a change of it."))
        amendment.effects = effects
        amendment.save(update_fields=["effects"])
        standing.publish_entry(
            credential, on=on, reference=reference, reason=SET_ASIDE, now=now, content=amendment.base
        )
        tell_who_delivers(credential, apart_from=case, now=now)
    else:
        _publish_entry(credential, amendment, effects, on=on, now=now, reference=reference, reason=SET_ASIDE)
    return [lambda: _("%(number)s is as it was before that decision.") % {"number": credential.number}]


def vary_change(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str, terms: Mapping[str, Any]
) -> list[Sentence]:
    """The entry ends on other days. Where nobody says until when new learners may start, the law does.

    Raises RegisterError for days that do not follow each other, for a change that ends nothing, and for terms that alter
    nothing.
    """
    amendment, credential = _amended(case)
    effects = dict(amendment.effects)
    if not effects:
        raise _not_in_effect()
    if not any(effects["decided"].get(name) for name in ("expiring_from", "last_new_enrolment", "expiry_end")):
        raise _no_day_to_vary()
    said = dict(effects.get("standing") or effects["decided"])
    said |= {name: iso(parse(terms[name])) for name in ("expiring_from", "expiry_end") if name in terms}
    said["last_new_enrolment"] = iso(parse(terms.get("last_new_enrolment")) or _lawful(parse(said["expiring_from"])))
    begins, ends = parse(said["expiring_from"]), parse(said["expiry_end"])
    if begins and ends and ends < begins:
        raise RegisterError(_("The last day is before the first one."))
    varied, present = (
        _still(credential, effects["standing"] or effects["before"], said),
        proposals.said_of_the_entry(credential),
    )
    if all(present[name] == value for name, value in varied.items()):
        raise _no_day_to_vary()
    proposals.put(credential, varied)
    effects["standing"] = said
    _publish_entry(credential, amendment, effects, on=on, now=now, reference=reference, reason=VARIED)
    return [lambda: days_sentence(credential)]


def _no_day_to_vary() -> RegisterError:
    return RegisterError(_("This change sets no day that could be varied."))


def _amended(case: Case) -> tuple[Amendment | Inquiry | Review, Credential]:
    """What was decided of an entry, by a change, an inquiry or a review, and the entry, locked."""
    ending = (kind.objects.select_related("case").filter(case=case).first() for kind in (Inquiry, Review))
    record = next(filter(None, ending), None) or Amendment.objects.select_related("revision", "case").get(case=case)
    return record, Credential.objects.select_for_update(of=("self",)).get(pk=record.credential_id)


def _still(credential: Credential, left: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """What to put in the place of what stands: a field that says something else by now was decided since, and stays."""
    present = proposals.said_of_the_entry(credential)
    return {name: value for name, value in taken.items() if present[name] == left.get(name)}


def ahead(decided: Mapping[str, Any], on: date) -> dict[str, Any]:
    """The days of an end that begins anew on a day: what lies behind that is worked out from it, as the law says.

    The days to finish last as long as they did, where they would be over.
    """
    said = dict(decided)
    first, last, end = (parse(said.get(name)) for name in ("expiring_from", "last_new_enrolment", "expiry_end"))
    if first is None or first >= on:
        return said
    said["expiring_from"] = iso(on)
    if last is None or last < on:
        said["last_new_enrolment"] = iso(_lawful(on))
    if end and end <= on:
        said["expiry_end"] = iso(on + (end - first))
        if (award := parse(said.get("last_award"))) and award < on:
            said["last_award"] = said["expiry_end"]
    return said


def _lawful(expiring_from: date | None) -> date | None:
    """The last day to start that the law of the day gives on which an entry begins to end."""
    if expiring_from is None:
        return None
    return current.version_on(expiring_from).enrolment.last_day(expiring_from=expiring_from)


def _publish_entry(
    credential: Credential, record: Amendment | Inquiry | Review, effects: dict[str, Any], *, on: date, now: datetime,
    reference: str, reason: str,
) -> None:  # fmt: skip
    record.effects = effects
    record.save(update_fields=["effects"])
    standing.publish_entry(credential, on=on, reference=reference, reason=reason, now=now)
    tell_who_delivers(credential, apart_from=record.case, now=now)


def days_sentence(credential: Credential) -> str:
    """From when an entry is expiring, until when somebody may start, and its last day."""
    said = {
        "number": credential.number, "first": iso(credential.expiring_from) or "–",
        "start": iso(credential.last_new_enrolment) or "–", "last": iso(credential.expiry_end) or "–",
    }  # fmt: skip
    return (
        _("%(number)s begins to expire on %(first)s. The last day to start is %(start)s, and its last day is %(last)s.")
        % said
    )


# -- the suspension of an entry ----------------------------------------------------------------------------------------


def stay_suspension(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str, reason: str = STAYED
) -> list[Sentence]:
    """The entry is not suspended from that day on. Raises RegisterError where it is not by this decision."""
    record, credential = _suspended(case)
    if record.effects.get("lifted"):
        return []
    if not record.effects.get("running"):
        raise _not_in_effect()
    _lift_all(record, credential, on)
    _publish_suspension(record, credential, None, on=on, now=now, reference=reference, reason=reason)
    return [lambda: _("%(number)s is not suspended from %(day)s on.") % {"number": credential.number, "day": iso(on)}]


def resume_suspension(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str
) -> list[Sentence]:
    """The entry is suspended again, up to the day that was decided; not at all where that is over.

    What another decision has suspended meanwhile is left to it: it begins again on the days that are free.
    """
    record, credential = _suspended(case)
    if record.effects.get("lifted"):
        return []
    if not record.effects or record.effects.get("running"):
        raise RegisterError(_("This decision was not stayed."))
    return _suspend_again(record, credential, on=on, now=now, reference=reference, reason=RESUMED)


def set_aside_suspension(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str
) -> list[Sentence]:
    """The entry is not suspended by this decision from that day on."""
    record, _credential = _suspended(case)
    if not record.effects.get("running"):
        return []
    return stay_suspension(case=case, decisions=decisions, on=on, now=now, reference=reference, reason=SET_ASIDE)


def vary_suspension(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str, terms: Mapping[str, Any]
) -> list[Sentence]:
    """The suspension ends on another day, or is without an end. Raises RegisterError for a last day before that day."""
    record, credential = _suspended(case)
    if record.effects.get("lifted"):
        return []
    if not record.effects:
        raise _not_in_effect()
    until = parse(terms.get("ends_on"))
    _check_ahead(until, on)
    record.effects = {**record.effects, "until": iso(until)}
    running = parse(record.effects.get("running"))
    if running and record.effects.get("also"):
        _lift_all(record, credential, on)
        running = None
    if running is None:
        return _suspend_again(record, credential, on=on, now=now, reference=reference, reason=VARIED)
    _end_on(credential, running, until)
    _publish_suspension(record, credential, running, on=on, now=now, reference=reference, reason=VARIED)
    return [lambda: sanctions.suspended_sentence(credential.number, running, until)]


def _suspended(case: Case) -> tuple[EntrySuspension, Credential]:
    record = EntrySuspension.objects.select_related("case").get(case=case)
    return record, Credential.objects.select_for_update(of=("self",)).get(pk=record.credential_id)


def _suspend_again(
    record: EntrySuspension, credential: Credential, *, on: date, now: datetime, reference: str, reason: str
) -> list[Sentence]:
    first, until = max(parse(record.effects["from"]), on), parse(record.effects["until"])
    if until and until < first:
        return [lambda: _("Its time is over: %(number)s is not suspended again.") % {"number": credential.number}]
    parts = standing.free(credential.suspensions, standing.period(first, until))
    for part in parts:
        standing.suspend(credential, part, sanctions.notes_of(record))
    begun = [part.lower for part in parts]
    _publish_suspension(
        record, credential, begun[0] if begun else None, also=begun[1:], on=on, now=now, reference=reference,
        reason=reason,
    )  # fmt: skip
    if not parts:
        return [lambda: _("%(number)s is suspended by another decision already.") % {"number": credential.number}]
    return [partial(_suspended_sentence, credential.number, part) for part in parts]


def _suspended_sentence(number: str, part: DateRange) -> str:
    return sanctions.suspended_sentence(number, part.lower, part.upper and part.upper - DAY)


def _lift_all(record: EntrySuspension, credential: Credential, on: date) -> None:
    """End every part of a suspension: one that began again around another has several."""
    for day in (record.effects["running"], *record.effects.get("also", ())):
        standing.lift(credential, parse(day), on)


def _publish_suspension(
    record: EntrySuspension, credential: Credential, running: date | None, *, on: date, now: datetime, reference: str,
    reason: str, also: Sequence[date] = (),
) -> None:  # fmt: skip
    record.effects = {**record.effects, "running": iso(running), "also": [iso(day) for day in also]}
    record.save(update_fields=["effects"])
    standing.publish_entry(credential, on=on, reference=reference, reason=reason, now=now)
    tell_who_delivers(credential, apart_from=record.case, now=now)


def _end_on(suspended: Credential | Accreditation, since: date, until: date | None) -> None:
    """Give the suspension that began on a day another last day."""
    suspended.suspensions = [s if s.lower != since else standing.period(since, until) for s in suspended.suspensions]


def _check_ahead(day: date | None, on: date) -> None:
    if day and day < on:
        raise RegisterError(_("%(day)s is in the past.") % {"day": day.isoformat()})


# -- a measure about an accreditation ----------------------------------------------------------------------------------


def stay_sanction(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str, reason: str = STAYED
) -> list[Sentence]:
    """The measure does not hold from that day on. Raises RegisterError where it does not anyway."""
    record, held = _sanctioned(case)
    if record.effects.get("lifted"):
        return []
    if not record.effects.get("running"):
        raise _not_in_effect()
    _take_back(record, held, on)
    _publish_sanction(record, held, on=on, now=now, reference=reference, reason=reason)
    return [lambda: _("That measure about %(number)s does not hold from %(day)s on.") % {
        "number": held.number, "day": iso(on),
    }]  # fmt: skip


def resume_sanction(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str
) -> list[Sentence]:
    """The measure holds again, from that day on or from the later one that was decided."""
    record, held = _sanctioned(case)
    if record.effects.get("lifted"):
        return []
    if not record.effects or record.effects.get("running"):
        raise RegisterError(_("This decision was not stayed."))
    return _impose_again(record, held, on=on, now=now, reference=reference, reason=RESUMED)


def set_aside_sanction(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str
) -> list[Sentence]:
    """The measure does not hold from that day on."""
    record, _held = _sanctioned(case)
    if not record.effects.get("running"):
        return []
    return stay_sanction(case=case, decisions=decisions, on=on, now=now, reference=reference, reason=SET_ASIDE)


def vary_sanction(
    *, case: Case, decisions: Sequence[Decision], on: date, now: datetime, reference: str, terms: Mapping[str, Any]
) -> list[Sentence]:
    """A suspension ends on another day, a withdrawal takes effect on another one, a condition is due on another one.

    Raises RegisterError for a day in the past.
    """
    record, held = _sanctioned(case)
    if record.effects.get("lifted"):
        return []
    if not record.effects:
        raise _not_in_effect()
    effects, name = dict(record.effects), _varied(record)
    asked = parse(terms.get(name))
    _check_ahead(asked, on)
    if (running := parse(record.effects.get("running"))) and record.measure == Measure.SUSPENSION:
        _end_on(held, running, asked)
        record.effects = {**effects, "until": iso(asked)}
        _publish_sanction(record, held, on=on, now=now, reference=reference, reason=VARIED)
        return [lambda: sanctions.sanctioned_sentence(record, held, running, asked)]
    if running:
        _take_back(record, held, on)
    match record.measure:
        case Measure.SUSPENSION:
            effects["until"] = iso(asked)
        case Measure.WITHDRAWAL:
            effects["from"] = iso(asked or on)
        case Measure.CONDITION:
            effects["due_on"] = iso(asked)
    record.effects = {**effects, "running": None}
    return _impose_again(record, held, on=on, now=now, reference=reference, reason=VARIED)


def _varied(record: AccreditationSanction) -> str:
    return {Measure.SUSPENSION: "ends_on", Measure.WITHDRAWAL: "begins_on", Measure.CONDITION: "due_on"}[record.measure]


def _sanctioned(case: Case) -> tuple[AccreditationSanction, Accreditation]:
    record = AccreditationSanction.objects.select_related("case").get(case=case)
    held = Accreditation.objects.select_for_update(of=("self",)).get(pk=record.accreditation_id)
    return record, held


def _take_back(record: AccreditationSanction, held: Accreditation, on: date) -> None:
    """Let the measure hold no more from a day on, in the record of the accreditation."""
    running = parse(record.effects["running"])
    match record.measure:
        case Measure.SUSPENSION:
            standing.lift(held, running, on)
        case Measure.WITHDRAWAL if held.withdrawn_on == running:
            held.withdrawn_on = parse(record.effects["before"])
        case Measure.CONDITION:
            own = sanctions.condition_of(record, running)
            kept = [row for row in held.conditions if row != own]
            if own in held.conditions and running < on:
                kept.append({**own, "until": iso(on - DAY)})
            held.conditions = kept
    record.effects = {**record.effects, "running": None}


def _impose_again(
    record: AccreditationSanction, held: Accreditation, *, on: date, now: datetime, reference: str, reason: str
) -> list[Sentence]:
    first, until = max(parse(record.effects["from"]), on), parse(record.effects["until"])
    if until and until < first:
        _publish_sanction(record, held, on=on, now=now, reference=reference, reason=reason)
        return [lambda: _("Its time is over: %(number)s is not suspended again.") % {"number": held.number}]
    sanctions.impose(record, held, first, until)
    _publish_sanction(record, held, on=on, now=now, reference=reference, reason=reason)
    return [lambda: sanctions.sanctioned_sentence(record, held, first, until)]


def _publish_sanction(
    record: AccreditationSanction, held: Accreditation, *, on: date, now: datetime, reference: str, reason: str
) -> None:
    record.save(update_fields=["effects"])
    standing.publish_accreditation(held, on=on, reference=reference, reason=reason, now=now)
