"""Removing what was listed by mistake: one decision maker decides it, a second one confirms, and a tombstone stays (E9)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from credentials.delivering import document_of
from credentials.gone import why_gone
from credentials.lifecycle_wrongs import REMOVAL
from credentials.models import Accreditation, Credential, Removal, StackingLink, TextRepair
from credentials.services.preparing import body_of, listed, one_at_a_time
from credentials.services.telling import tell_who_delivered
from registry import journal
from registry.casework import services as desk
from registry.casework import workflow
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Outcome
from registry.content import removals
from registry.errors import Conflict
from registry.framework import current
from registry.models import Case, Organisation, User
from registry.numbers import parse_number

FIELDS = ("category", "twin", "mistake")


def begin_removal(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft about the credential or the accreditation of this number.

    Raises NotAllowed for anybody but a registrar or an evaluator, Conflict for what was removed already or is about to be,
    RegisterError for a number that is not on the register.
    """
    role = desk.role_to_prepare(by, REMOVAL)
    with transaction.atomic():
        organisation, title = _about(about)
        open_ones = Removal.objects.filter(number=about, case__decided_at=None).exclude(case__state="withdrawn")
        one_at_a_time(Case.objects.filter(removal__in=open_ones).first())
        case = desk.open_case(kind=REMOVAL, organisation=organisation, by=by, role=role, now=now)
        case.title = f"{about} {title}"
        case.save(update_fields=["title"])
        Removal.objects.create(case=case, number=about)
        return case


def _about(number: str) -> tuple[Organisation, str]:
    """Whom a removal concerns, and what the entry is called; its row is locked."""
    accreditation = Accreditation.objects.select_related("provider__organisation", "credential").filter(number=number)
    if found := accreditation.select_for_update(of=("self",)).first():
        if refusal := why_gone(number):
            raise Conflict(refusal)
        return found.provider.organisation, found.provider.title
    credential = listed(number)
    return body_of(credential), credential.revisions.latest_public().title


@desk.logged_when_refused
def save_removal(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> Removal:  # fmt: skip
    """Keep what the officer wrote of the mistake. Raises Conflict where a colleague has saved meanwhile."""
    case = workflow.lock(case_id)
    removal = Removal.objects.get(case=case)
    changed = [name for name in FIELDS if name in values]
    for name in changed:
        setattr(removal, name, values[name] or "")
    removal.twin = parse_number(removal.twin) or removal.twin
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": changed}, now=now)
    removal.save()
    return removal


def publish_removed(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What an approval does: a tombstone in the place of the listing, and of those who were accredited for it.

    What else is open about it stays as it is, and is told that the entry is gone. Raises Conflict for what was removed
    meanwhile.
    """
    (decision,) = decisions
    if not Outcome.grants(decision.outcome):
        return []
    removal = case.removal
    reason = removals.sentence(removal.category, removal.twin)
    credential = Credential.objects.select_for_update().filter(number=removal.number).first()
    if refusal := why_gone(removal.number):
        raise Conflict(refusal)
    hanging = _locked(credential, removal.number, now)
    if credential:
        tell_who_delivered(credential, apart_from=case, reason=lambda: removals.in_words(reason), now=now)
    for number in (removal.number, *(a.number for a in hanging if a.number != removal.number)):
        journal.withdraw(
            number, effective_from=decision.effective_on, decision_number=decision.number, reason=reason, now=now
        )
    for accreditation in hanging:
        accreditation.withdrawn_on = decision.effective_on
        accreditation.save(update_fields=["withdrawn_on"])
    if credential:
        _let_go(credential, by=decision.decided_by, now=now)
    said = {"number": removal.number, "day": decision.effective_on.isoformat()}
    return [lambda: _("%(number)s was removed from the register on %(day)s.") % said]


def _locked(credential: Credential | None, number: str, now: datetime) -> list[Accreditation]:
    """The accreditations that go with it: those for the entry that are present on the day, or the one that is meant."""
    held = Accreditation.objects.select_for_update().order_by("pk")
    if credential is None:
        return list(held.filter(number=number))
    present = held.filter(pk__in=Accreditation.objects.present(current.today(now)).filter(credential=credential))
    return [accreditation for accreditation in present if document_of(accreditation.number) is not None]


def _let_go(credential: Credential, *, by: User, now: datetime) -> None:
    """Nothing leads to what is gone, and no text of it is repaired any more."""
    StackingLink.objects.filter(Q(credential=credential) | Q(target=credential)).delete()
    offered = TextRepair.objects.filter(number=credential.number, standing=TextRepair.Standing.OFFERED)
    offered.update(standing=TextRepair.Standing.DISMISSED, settled_by=by, settled_at=now)
