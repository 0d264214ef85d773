"""Suspending an entry (E8), deciding about an accreditation, and lifting what was suspended: drafts, and their effects."""

from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import guards_sanctions as guards
from credentials.lifecycle_sanctions import LIFTING, SANCTION, SUSPENSION
from credentials.models import Accreditation, AccreditationSanction, Credential, EntrySuspension, Lifting
from credentials.services import standing
from credentials.services.amendments import body_of
from credentials.services.telling import tell_who_delivers
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Outcome
from registry.content.bodies import CONDITIONS
from registry.documents import iso
from registry.errors import Conflict, RegisterError
from registry.framework import current
from registry.framework.profile import text
from registry.models import Case, Organisation, User
from registry.status import DAY

Measure = AccreditationSanction.Measure


# -- drafts ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin_suspension(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft for suspending the entry of this number. Raises RegisterError for one that cannot be suspended."""
    role = desk.role_to_prepare(by, SUSPENSION)
    if refusal := guards.why_not_suspended(about, current.today(now)):
        raise RegisterError(refusal)
    credential = Credential.objects.get(number=about)
    case = _open(SUSPENSION, body_of(credential), credential.revisions.latest_public().title, by, role, now)
    EntrySuspension.objects.create(case=case, credential=credential)
    return case


@transaction.atomic
def begin_sanction(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft for deciding about the accreditation of this number. Raises RegisterError for one that has ended."""
    role = desk.role_to_prepare(by, SANCTION)
    accreditation = _accreditation(about)
    if refusal := guards.why_not_held(accreditation, current.today(now)):
        raise RegisterError(refusal)
    title = accreditation.credential.revisions.latest_public().title
    case = _open(SANCTION, accreditation.provider.organisation, title, by, role, now)
    AccreditationSanction.objects.create(case=case, accreditation=accreditation)
    return case


@transaction.atomic
def begin_lifting(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft for ending the suspension that holds, or is to come, of the entry or accreditation of this number.

    Raises Conflict where there is none.
    """
    role = desk.role_to_prepare(by, LIFTING)
    credential = Credential.objects.filter(number=about).first()
    accreditation = None if credential else _accreditation(about)
    suspended = credential or accreditation
    found = guards.running(suspended.suspensions, current.today(now))
    if found is None:
        raise Conflict(_("%(number)s is not suspended.") % {"number": about})
    entry = credential or accreditation.credential
    organisation = body_of(credential) if credential else accreditation.provider.organisation
    case = _open(LIFTING, organisation, entry.revisions.latest_public().title, by, role, now)
    Lifting.objects.create(case=case, credential=credential, accreditation=accreditation, since=found.lower)
    return case


def _accreditation(number: str) -> Accreditation:
    found = Accreditation.objects.select_related("credential", "provider__organisation").filter(number=number).first()
    if found is None:
        raise RegisterError(_("There is no such accreditation on the register."))
    return found


def _open(kind: str, organisation: Organisation, title: str, by: User, role: str, now: datetime | None) -> Case:
    case = desk.open_case(kind=kind, organisation=organisation, by=by, role=role, now=now)
    case.title = title
    case.save(update_fields=["title"])
    return case


_GROUNDED = ("grounds", "begins_on", "ends_on")
save_suspension = desk.saving(EntrySuspension, *_GROUNDED, "summary", "advice")
save_sanction = desk.saving(AccreditationSanction, *_GROUNDED, "measure", "condition", "due_on")
save_lifting = desk.saving(Lifting, "explanation")


# -- what a decision does ----------------------------------------------------------------------------------------------


def publish_suspended(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """The entry is suspended from the day that was asked for, or that of the decision if that is later, and who delivers
    it is told. Raises RegisterError where it would end before it begins, or where the entry is suspended then already."""
    (decision,) = decisions
    if not Outcome.grants(decision.outcome):
        return []
    record = EntrySuspension.objects.get(case=case)
    credential = Credential.objects.select_for_update().get(pk=record.credential_id)
    first = beginning(record.begins_on, record.ends_on, decision.effective_on)
    check_free(credential, first, record.ends_on)
    standing.suspend(credential, standing.period(first, record.ends_on), notes_of(record))
    credential.decisions = [*credential.decisions, standing.public(decision)]
    standing.publish_entry(
        credential, on=decision.effective_on, reference=decision.number, reason=decision.reason, now=now
    )
    record.effects = {"from": iso(first), "until": iso(record.ends_on), "running": iso(first)}
    record.save(update_fields=["effects"])
    tell_who_delivers(credential, apart_from=case, now=now)
    return [lambda: suspended_sentence(credential.number, first, record.ends_on)]


def notes_of(record: EntrySuspension) -> dict[str, Any]:
    """What the public reads of a suspension beside its days."""
    said = {"summary": record.summary, "advice": record.advice}
    return {name: words for name, words in said.items() if words}


def beginning(asked: date | None, until: date | None, effective_on: date) -> date:
    """From when it holds: never before the decision takes effect. Raises RegisterError where it would be over by then."""
    first = max(asked or effective_on, effective_on)
    if until and until < first:
        raise RegisterError(_("It would end on %(day)s, before it begins.") % {"day": until.isoformat()})
    return first


def check_free(record: Credential | Accreditation, first: date, until: date | None) -> None:
    """Raise RegisterError where something is suspended already on a day from the first to the last."""
    if found := standing.overlapping(record.suspensions, standing.period(first, until)):
        said = {"number": record.number, "day": found.lower.isoformat()}
        raise RegisterError(_("%(number)s is suspended from %(day)s already: that is lifted first.") % said)


def suspended_sentence(number: str, first: date, until: date | None) -> str:
    said = {"number": number, "first": first.isoformat(), "last": until and until.isoformat()}
    if until:
        return _("%(number)s is suspended from %(first)s to %(last)s.") % said
    return _("%(number)s is suspended from %(first)s on, until that is lifted.") % said


def publish_lifted(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """The last day of the suspension is the one before the decision takes effect; a reconsideration of it begins it no
    more."""
    (decision,) = decisions
    if not Outcome.grants(decision.outcome):
        return []
    record = Lifting.objects.get(case=case)
    told = {"on": decision.effective_on, "reference": decision.number, "reason": decision.reason, "now": now}
    if record.credential_id:
        lifted = Credential.objects.select_for_update().get(pk=record.credential_id)
        standing.lift(lifted, record.since, decision.effective_on)
        _mark_lifted(lifted, EntrySuspension.objects.filter(credential=lifted), record.since, decision.effective_on)
        lifted.decisions = [*lifted.decisions, standing.public(decision)]
        standing.publish_entry(lifted, **told)
        tell_who_delivers(lifted, apart_from=case, now=now)
    else:
        lifted = Accreditation.objects.select_for_update(of=("self",)).get(pk=record.accreditation_id)
        standing.lift(lifted, record.since, decision.effective_on)
        suspending = AccreditationSanction.objects.filter(accreditation=lifted, measure=Measure.SUSPENSION)
        _mark_lifted(lifted, suspending, record.since, decision.effective_on)
        standing.publish_accreditation(lifted, decisions=decisions, **told)
    said = {"number": lifted.number, "day": (decision.effective_on - DAY).isoformat()}
    return [lambda: _("The last day of the suspension of %(number)s is %(day)s.") % said]


def _mark_lifted(lifted: Credential | Accreditation, records: models.QuerySet, since: date, on: date) -> None:
    """Keep with what suspended from a day that it was lifted: there is nothing of it to stay, resume, vary or set aside.
    A suspension that began again around another one ends in all its parts."""
    began = models.Q(effects__running=iso(since)) | models.Q(effects__also__contains=[iso(since)])
    for record in records.filter(began):
        for day in record.effects.get("also", ()):
            standing.lift(lifted, date.fromisoformat(day), on)
        record.effects = {**record.effects, "running": None, "lifted": iso(on)}
        record.save(update_fields=["effects"])


def publish_sanctioned(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """A condition is put on the accreditation, or it is suspended, or withdrawn; each is public with its days.

    Raises RegisterError where a suspension would end before it begins, or holds already.
    """
    (decision,) = decisions
    if not Outcome.grants(decision.outcome):
        return []
    record = AccreditationSanction.objects.get(case=case)
    accreditation = Accreditation.objects.select_for_update(of=("self",)).get(pk=record.accreditation_id)
    until = record.ends_on if record.measure == Measure.SUSPENSION else None
    first = beginning(record.begins_on, until, decision.effective_on)
    if record.measure == Measure.SUSPENSION:
        check_free(accreditation, first, until)
    record.effects = {"from": iso(first), "until": iso(until), "before": iso(accreditation.withdrawn_on)}
    impose(record, accreditation, first, until)
    record.save(update_fields=["effects"])
    standing.publish_accreditation(
        accreditation, on=decision.effective_on, reference=decision.number, reason=decision.reason, now=now,
        decisions=decisions,
    )  # fmt: skip
    return [lambda: sanctioned_sentence(record, accreditation, first, until)]


def impose(record: AccreditationSanction, accreditation: Accreditation, first: date, until: date | None) -> None:
    """Let a measure hold from a day, in the record of the accreditation; `effects` tells since when it runs."""
    record.effects = {**record.effects, "running": iso(first)}
    match record.measure:
        case Measure.CONDITION:
            accreditation.conditions = [*accreditation.conditions, condition_of(record, first)]
        case Measure.SUSPENSION:
            standing.suspend(accreditation, standing.period(first, until))
        case Measure.WITHDRAWAL:
            accreditation.withdrawn_on = first


def condition_of(record: AccreditationSanction, first: date) -> dict[str, Any]:
    """The condition as the accreditation tells it in public."""
    due_on = record.effects.get("due_on", iso(record.due_on))
    (row,) = CONDITIONS.read([{"text": record.condition, "due_on": due_on, "from": iso(first)}])
    return row


def sanctioned_sentence(
    record: AccreditationSanction, accreditation: Accreditation, first: date, until: date | None
) -> str:
    said = {"number": accreditation.number, "day": first.isoformat()}
    match record.measure:
        case Measure.CONDITION:
            said["condition"] = text(record.condition, get_language() or "en")
            return _("From %(day)s this condition holds for %(number)s: %(condition)s") % said
        case Measure.SUSPENSION:
            return suspended_sentence(accreditation.number, first, until)
    return _("%(number)s is withdrawn from %(day)s on.") % said
