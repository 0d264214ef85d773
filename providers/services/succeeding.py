"""Preparing what became of bodies, and what its approval does: both sides name the other, and each accreditation is
settled as it was decided (P13).

Locks are taken in the order case, bodies, accreditations, journal.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from providers import publishing, succession
from providers.lifecycle_identity import SUCCESSION, naming, parties_of
from providers.models import Provider, Succession
from providers.services.identity import succeed
from providers.services.publication import lock
from providers.services.renaming import known, opened
from registry.casework import notices, workflow
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Outcome
from registry.content.bodies import SUCCESSIONS
from registry.documents import iso
from registry.errors import Conflict, RegisterError
from registry.framework import current
from registry.models import Case, Membership, User
from registry.numbers import parse_number

FIELDS = ("relation", "happened_on", "ends")
SIDES = ("before", "after")
SUCCEEDED = "What became of it was recorded by decision."


def draft_succession(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A new draft of what became of bodies, begun about one of them, by its number.

    Raises NotAllowed for whoever prepares no cases or has an interest in the body, and Conflict, naming the case, while
    another that names it has not ended.
    """
    provider, role = known(about), desk.role_to_prepare(by, SUCCESSION)
    with transaction.atomic():
        (provider,) = lock(provider.pk)
        begun = Succession.objects.unended().filter(naming([provider.number])).select_related("case").first()
        if begun:
            raise Conflict(_("Another names it already: %(reference)s.") % {"reference": begun.case.reference})
        case = opened(SUCCESSION, provider, by, role, now)
        Succession.objects.create(case=case, before=[provider.number])
        return case


@desk.logged_when_refused
def save_succession(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> Succession:  # fmt: skip
    """Keep what was written, complete or not: the rules are asked when it is handed on.

    `values`: the fields by name; `before` and `after` as numbers, read where they can be; `accreditations` by number,
    those alone that were asked about. Raises Conflict where a colleague has saved meanwhile.
    """
    case = workflow.lock(case_id)
    record = Succession.objects.get(case=case)
    for name in FIELDS:
        if name in values:
            setattr(record, name, values[name])
    for side in SIDES:
        if side in values:
            setattr(record, side, _read(values[side]))
    record.accreditations = {**record.accreditations, **_told(values.get("accreditations") or {})}
    case.title = " + ".join(body.title for body in succession.parties(record, "before")) or case.title
    details = {"fields": sorted(name for name in values if name in (*FIELDS, *SIDES, "accreditations"))}
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details=details, now=now)
    record.save()
    record.case = case
    return record


def _read(numbers: Sequence[str]) -> list[str]:
    """Each number once, in the spelling of the register; what is none stays as it was written."""
    return list(dict.fromkeys(parse_number(number) or number.strip() for number in numbers if number.strip()))


def _told(said: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        number: {"what": row.get("what") or "", "to": row.get("to") or "", "until": iso(row.get("until"))}
        for number, row in said.items()
    }


def publish_succeeded(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What an approval does: both sides name the other from now on, those end who do, and each accreditation is handed on,
    closed, left open for a while or kept.

    Raises RegisterError where the decision takes effect after what happened, or one of the bodies has ended by then; and
    Conflict where a body has been given an accreditation meanwhile of which nothing is said.
    """
    (decision,) = decisions
    if not Outcome.grants(decision.outcome):
        return []
    record = Succession.objects.select_related("case").get(case=case)
    on = _day(record, decision)
    bodies = _locked(record)
    settled = _named_lines(record, by)
    before, after = ([bodies[number] for number in getattr(record, side)] for side in SIDES)
    succeed(
        before, after, relation=record.relation, on=on, ends=record.ends, effective_from=decision.effective_on,
        decision=decision.number, named=publishing.decided(decision), reason=SUCCEEDED, now=now,
    )  # fmt: skip
    sentences: list[Sentence] = [lambda: told(record)]
    for line in settled:
        sentences += succession.settle(line, to=bodies.get(line.to), on=on, decision=decision, now=now)
    _tell_the_others(record, [*before, *after], decision, now)
    return sentences


def _day(record: Succession, decision: Decision) -> date:
    """The day on which it happened. What is recorded afterwards is backdated, and so has a second approver (edge case
    13); what lies ahead is a date that the register tells beforehand."""
    if record.happened_on < decision.effective_on:
        raise RegisterError(
            _("It happened on %(day)s: let the decision take effect on that day. A second approver then confirms it.")
            % {"day": iso(record.happened_on)}
        )
    return record.happened_on


def _locked(record: Succession) -> dict[str, Provider]:
    """All the bodies that it names, locked at once. Raises RegisterError where one is not on the register."""
    named = parties_of(record)
    keys = Provider.objects.filter(number__in=named).values_list("pk", flat=True)
    found = {provider.number: provider for provider in lock(*keys)}
    if missing := [number for number in named if number not in found]:
        raise RegisterError(
            _("“%(number)s” is not the number of a provider on the register.") % {"number": missing[0]}
        )  # fmt: skip
    return found


def _named_lines(record: Succession, by: User | None) -> list[succession.Line]:
    """What is decided of each accreditation, their rows locked.

    One that was given while the decision waited for its day stays as it is, for a case of its own: the clock decides
    nothing, and holds nothing up.
    """
    succession.lock([line.held.number for line in succession.lines(record)])
    unnamed = [line.held.number for line in succession.unnamed(record)]
    if unnamed and by is not None:
        raise Conflict(_("Say what becomes of %(number)s.") % {"number": ", ".join(unnamed)})
    return [line for line in succession.lines(record) if line.held.number not in unnamed]


def told(record: Succession) -> str:
    """What happened, in one sentence."""
    named = {side: ", ".join(f"{p.number} {p.title}" for p in succession.parties(record, side)) for side in SIDES}
    return _("%(what)s on %(day)s: %(before)s became %(after)s.") % {
        "what": str(SUCCESSIONS[record.relation]).capitalize(), "day": iso(record.happened_on), **named,
    }  # fmt: skip


def _tell_the_others(record: Succession, bodies: Sequence[Provider], decision: Decision, now: datetime) -> None:
    """Owe a notice to everybody who acts for a body that it names; the one that the case is about gets the decision."""
    others = [body.organisation_id for body in bodies if body.organisation_id != record.case.organisation_id]
    acting = Membership.objects.filter(organisation__in=others, user__is_active=True)
    acting = acting.exclude(ended_on__lt=current.today(now))
    people = User.objects.filter(memberships__in=acting).distinct().order_by("email")
    notices.owe(
        None, people, name="succeeded", now=now, key=f"succession:{record.case.reference}", decision=decision.number,
        what=lambda: told(record),
    )  # fmt: skip


def freeze_succession(case: Case, effective_on: date) -> None:
    """Let nothing of what was approved be altered while it waits for its day: the database refuses it from now on."""
    Succession.objects.filter(case=case).update(frozen_on=effective_on)
