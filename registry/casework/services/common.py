"""What every write at the desk shares."""

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import audit
from registry.casework import kinds, workflow
from registry.casework.models import Case, Decision, Interest, Outcome
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.framework.law import Version
from registry.numbers import allot
from registry.people import roles
from registry.people.models import Organisation, User


def logged_when_refused(service: Callable) -> Callable:
    """Run the service in one transaction; what was refused is logged after that has been rolled back."""

    @functools.wraps(service)
    def wrapper(*, case_id: int, by: User, **kwargs: Any) -> Any:
        try:
            with transaction.atomic():
                return service(case_id=case_id, by=by, **kwargs)
        except (NotAllowed, Conflict) as refusal:
            audit.record(
                "desk:act:refused",
                by=by,
                details={"act": service.__name__, "case": case_id, "why": type(refusal).__name__},
            )
            raise

    return wrapper


def open_case(
    *, kind: str, organisation: Organisation, by: User | None, role: str = "editor", reconsiders: Case | None = None,
    now: datetime | None = None,
) -> Case:  # fmt: skip
    """A new draft with its reference, which it keeps for ever. The caller has checked that `by` acts in this role; what the
    register opens of itself is opened by nobody, as `system`.

    `reconsiders`: the case whose decision is looked at again in it.
    """
    now = now or timezone.now()
    case_kind = kinds.get(kind)
    if by is not None and case_kind.authority and _has_an_interest(by, organisation, current.today(now)):
        raise NotAllowed(_("You have declared an interest in %(body)s.") % {"body": organisation})
    with transaction.atomic():
        reference = allot(f"{case_kind.prefix}-{current.today(now).year}")[0]
        case = Case.objects.create(
            reference=reference,
            kind=kind,
            organisation=organisation,
            state="draft",
            reconsiders=reconsiders,
            opened_at=now,
        )
        if by is not None:
            workflow.take_part(case, by, "drafted")
        acting_for = None if case_kind.authority else organisation.organisation_id
        audit.record("case:opened", case_id=case.pk, by=by, role=role, organisation_id=acting_for, now=now)
        return case


def role_to_prepare(by: User | None, kind: str) -> str:
    """The role in which an officer writes the draft of a kind of case; what the register opens of itself, it opens as
    `system`. Raises NotAllowed for whoever may not write it."""
    if by is None:
        return workflow.SYSTEM
    held = [role for role in kinds.get(kind).transition("edit").actors if role in roles.staff_roles(by)]
    if not held:
        raise NotAllowed(_("Your role does not allow this."))
    return held[0]


def saving(model: type[models.Model], *names: str) -> Callable[..., Any]:
    """The service that keeps what was written of a case of one kind, complete or not: the fields of its record by these
    names; what is not named stays as it is.

    Raises NotAllowed and Conflict as `registry.casework.workflow.move` does; nothing of a colleague's is overwritten.
    """

    @logged_when_refused
    def save(
        *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
        now: datetime | None = None,
    ) -> Any:  # fmt: skip
        case = workflow.lock(case_id)
        record = model.objects.get(case=case)
        changed = sorted(name for name in names if name in values)
        # What is held against a body stands with the case alone: the event names the fields.
        workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": changed}, now=now)
        for name in changed:
            setattr(record, name, values[name])
        record.save()
        record.case = case
        return record

    return save


def granted(decisions: Sequence[Decision]) -> Decision | None:
    """The first of the decisions that grants what it is about; None where nothing is granted."""
    return next((decision for decision in decisions if Outcome.grants(decision.outcome)), None)


def _has_an_interest(person: User, organisation: Organisation, day: date) -> bool:
    return Interest.objects.filter(person=person, organisation=organisation).held_on(day).exists()


def authority_as_body() -> Organisation:
    """The authority as a body of its own: cases that concern no other are about it.

    Names of bodies are not unique: where two requests made it at once, the first one is it.
    """
    name = next(iter(current.profile().authority.values()))[:300]
    found = Organisation.objects.filter(legal_name=name).order_by("pk").first()
    return found or Organisation.objects.create(legal_name=name)


def version_of(case: Case) -> Version:
    """The law that judges this case: that of the submission date, else today's."""
    if case.profile:
        return current.version(case.profile)
    return current.version_on(current.today())


def said(text: str, refusal: str) -> str:
    """A text that must say something, without spaces around it. Raises RegisterError, in these words, where it does not."""
    if not text.strip():
        raise RegisterError(refusal)
    return text.strip()


def check_criterion(criterion: str, criteria: list[Any]) -> None:
    """Raises RegisterError for a criterion that the case does not have."""
    if criterion not in {c.id for c in criteria}:
        raise RegisterError(_("There is no such criterion in this case."))


def role_of_last_act(case: Case) -> str:
    """In which role the act was done that was recorded last."""
    return case.events.latest("position").role
