"""The one door through which the state of a case changes (design 4.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import audit
from registry.casework import kinds
from registry.casework.models import Case, Part
from registry.errors import Conflict, NotAllowed
from registry.people import roles
from registry.people.models import User


def lock(case_id: int) -> Case:
    """The case, its row locked until the transaction ends: always the first lock that is taken."""
    return Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case_id)


def move(
    case: Case,
    name: str,
    *,
    by: User,
    expected_revision: int | None = None,
    details: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Case:
    """Take a locked case through one transition of its table, recording who did it, as what, and for whom.

    Raises Conflict where the case is no longer in a state from which this goes or has moved on since
    `expected_revision` was read; NotAllowed for the wrong role, a broken four eyes, or a guard.
    """
    now = now or timezone.now()
    transition = kinds.get(case.kind).transition(name)
    role = _role(case, by, transition.actors)
    check_state(case, transition)
    check_revision(case, expected_revision)
    for guard in transition.guards:
        if refusal := guard(case):
            raise NotAllowed(refusal)
    if transition.part:
        take_part(case, by, transition.part)
    source, case.state = case.state, transition.target or case.state
    case.revision += 1
    case.save()
    audit.record(
        f"case:{name}",
        case_id=case.pk,
        by=by,
        role=role,
        organisation_id=_acting_for(case, role),
        details={"from": source, "to": case.state, "revision": case.revision, **(details or {})},
        now=now,
    )
    return case


def check_state(case: Case, transition: kinds.Transition) -> None:
    """Raise Conflict, in words that say what happened meanwhile, where the case is past this transition."""
    if case.state in transition.sources:
        return
    if decision := case.decisions.select_related("decided_by").first():
        raise Conflict(
            _("%(person)s decided this case on %(day)s at %(time)s: %(outcome)s, decision %(number)s.")
            % {
                "person": decision.decided_by,
                "day": f"{timezone.localtime(decision.recorded_at):%Y-%m-%d}",
                "time": f"{timezone.localtime(decision.recorded_at):%H:%M}",
                "outcome": decision.get_outcome_display(),
                "number": decision.number,
            }
        )
    state = kinds.get(case.kind).states[case.state]
    raise Conflict(_("%(label)s is not possible: the case is now “%(state)s”.") % {
        "label": transition.label, "state": state
    })  # fmt: skip


def check_revision(case: Case, expected: int | None) -> None:
    """Raise Conflict where somebody changed the case after the page that this act came from was made."""
    if expected is not None and expected != case.revision:
        raise Conflict(_("Somebody else changed this case while you had it open. Look at it again before you go on."))


def take_part(case: Case, person: User, part: str) -> Part:
    """Record that this person takes this part in the case.

    Raises NotAllowed where the database's exclusion constraint finds the person on the other side (design 4.2).
    """
    if existing := Part.objects.filter(case=case, person=person, part=part).first():
        return existing
    try:
        with transaction.atomic():
            return Part.objects.create(case=case, person=person, part=part)
    except IntegrityError as error:
        if "four_eyes" not in str(error):
            raise
        raise NotAllowed(
            _(
                "Four eyes: whoever drafted, evaluated or recommended a case, or has an interest in it, cannot decide it."
            )
        ) from error


def can(case: Case, name: str, by: User) -> bool:
    """Whether to offer this transition to this person: role and state alone; `move` decides."""
    if not kinds.get(case.kind).has(name):
        return False
    transition = kinds.get(case.kind).transition(name)
    return case.state in transition.sources and bool(_roles(case, by) & set(transition.actors))


def _roles(case: Case, by: User) -> frozenset[str]:
    acting = roles.role_in(by, case.organisation)
    held = roles.staff_roles(by) | ({acting} if acting else set())
    return frozenset(held | {"editor"} if acting == "signatory" else held)


def _role(case: Case, by: User, actors: tuple[str, ...]) -> str:
    held = [role for role in actors if role in _roles(case, by)]
    if not held:
        raise NotAllowed(_("Your role does not allow this."))
    return held[0]


def _acting_for(case: Case, role: str):
    return case.organisation.organisation_id if role in ("editor", "signatory") else None
