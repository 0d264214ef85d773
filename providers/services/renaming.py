"""Asking for another legal name, or preparing one from evidence that came by letter, and what its approval does (P14)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from providers import publishing
from providers.lifecycle_identity import RENAME, RENAME_BY_LETTER, why_not_renamed
from providers.models import Provider, Renaming
from providers.services.identity import rename
from providers.services.publication import lock
from registry.casework import guards, workflow
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Outcome
from registry.documents import iso
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, User
from registry.people import roles

FIELDS = ("legal_name", "language", "borne_from")
# What the journal says in public: the reasons of a decision are the applicant's.
RENAMED, SET_ASIDE = "Renamed by decision.", "The decision on its name was set aside."


def draft_renaming(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A new draft in which a body asks for another legal name; `about` is its number.

    Raises NotAllowed where `by` does not act for it today, RegisterError where it cannot be renamed now, and Conflict
    where one has been begun already.
    """
    provider = known(about)
    if not roles.role_in(by, provider.organisation):
        raise NotAllowed(_("You do not act for this body."))
    return _draft(RENAME, provider, by, "editor", now)


def draft_renaming_by_letter(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A new draft of another name that an officer prepares, where the evidence came by letter. Raises as `draft_renaming`,
    and NotAllowed for whoever prepares no cases or has an interest in the body."""
    return _draft(RENAME_BY_LETTER, known(about), by, desk.role_to_prepare(by, RENAME_BY_LETTER), now)


def _draft(kind: str, provider: Provider, by: User, role: str, now: datetime | None) -> Case:
    today = current.today(now)
    with transaction.atomic():
        (provider,) = lock(provider.pk)
        if refusal := why_not_renamed(provider, today):
            raise RegisterError(refusal)
        begun = Renaming.objects.unended().filter(provider=provider, case__kind=kind).select_related("case").first()
        if begun:
            raise Conflict(_("One has been begun already: %(reference)s.") % {"reference": begun.case.reference})
        case = opened(kind, provider, by, role, now)
        Renaming.objects.create(case=case, provider=provider, language=provider.language)
        return case


def known(number: str) -> Provider:
    """The provider of this number. Raises RegisterError where there is none."""
    provider = Provider.objects.select_related("organisation").filter(number=number).first()
    if provider is None:
        raise RegisterError(_("There is no such provider on the register."))
    return provider


def opened(kind: str, provider: Provider, by: User, role: str, now: datetime | None) -> Case:
    """A draft about a provider, for whoever has no interest in it."""
    case = desk.open_case(kind=kind, organisation=provider.organisation, by=by, role=role, now=now)
    if refusal := guards.no_interest(case, by, current.today(now)):
        raise NotAllowed(refusal)
    case.title = provider.title
    case.save(update_fields=["title"])
    return case


@desk.logged_when_refused
def save_renaming(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> Renaming:  # fmt: skip
    """Keep what was written of a new name, complete or not: the rules are asked when it is handed in.

    Raises Conflict where a colleague has saved meanwhile; nothing of theirs is overwritten.
    """
    case = workflow.lock(case_id)
    record = Renaming.objects.get(case=case)
    changed = sorted(name for name in FIELDS if name in values)
    for name in changed:
        value = values[name]
        setattr(record, name, " ".join(value.split()) if name == "legal_name" else value)
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": changed}, now=now)
    record.save()
    record.case = case
    return record


def publish_renamed(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What an approval does: the body bears the new name from its day on, and is found by the old one too.

    Raises RegisterError for a name that is borne from a later day: it becomes public on that day, and no earlier.
    """
    (decision,) = decisions
    if not Outcome.grants(decision.outcome):
        return []
    record = Renaming.objects.select_related("provider").get(case=case)
    if record.borne_from > current.today(now):
        raise RegisterError(
            _("The name is borne from %(day)s: let the decision become public on that day.")
            % {"day": iso(record.borne_from)}
        )
    rename(
        record.provider, record.legal_name, on=record.borne_from, language=record.language,
        effective_from=max(record.borne_from, decision.effective_on), decision=decision.number,
        named=publishing.decided(decision), reason=RENAMED, now=now,
    )  # fmt: skip
    said = {"number": record.provider.number, "name": record.legal_name, "day": iso(record.borne_from)}
    return [lambda: _("%(number)s bears the name %(name)s from %(day)s.") % said]


def freeze_renaming(case: Case, effective_on: date) -> None:
    """Let nothing of what was approved be altered while it waits for its day: the database refuses it from now on."""
    Renaming.objects.filter(case=case).update(frozen_on=effective_on)


def set_renaming_aside(
    *, case: Case, decisions: list[Decision], on: date, now: datetime, reference: str | None = None, **_other: Any
) -> list[Sentence]:
    """What follows where the decision is set aside: the former name is borne again from a day on. History is kept.

    Raises RegisterError where the body has been renamed once more, or where the name is borne from that day only.
    """
    record = Renaming.objects.select_related("provider").get(case=case)
    (provider,) = lock(record.provider_id)
    if not any(Outcome.grants(decision.outcome) for decision in decisions):
        return []
    if provider.title != record.legal_name:
        raise RegisterError(_("%(number)s bears another name by now.") % {"number": provider.number})
    former = _borne_before(provider, record.borne_from)
    # A decision of this case stands in the journal already; the reference may be that of a case without one.
    number = reference if reference and reference.startswith("D-") else None
    rename(
        provider, former["text"], on=on, language=former.get("language") or "", decision=number, reason=SET_ASIDE,
        now=now,
    )  # fmt: skip
    said = {"number": provider.number, "name": former["text"], "day": iso(on)}
    return [lambda: _("%(number)s bears the name %(name)s again from %(day)s.") % said]


def _borne_before(provider: Provider, day: date) -> Mapping[str, Any]:
    """The legal name that ended on the day before."""
    last = iso(day - timedelta(days=1))
    return next(r for r in provider.details["names"] if r["kind"] == "legal" and r.get("until") == last)
