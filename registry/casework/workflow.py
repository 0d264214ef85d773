"""The one door through which the state of a case changes (design 4.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry import audit
from registry.casework import clock, kinds, notices
from registry.casework.guards import FRESH_EYES
from registry.casework.models import Case, Part
from registry.errors import Conflict, NotAllowed
from registry.framework import current
from registry.people import roles
from registry.people.models import User

SYSTEM = "system"
STALE = gettext_lazy("Somebody else changed this case while you had it open. Look at it again before you go on.")
FOUR_EYES = gettext_lazy(
    "Four eyes: whoever drafted, evaluated or recommended a case, or has an interest in it, cannot decide it."
)
# The exclusion constraints of the database over who took which part, and what is said where one refuses.
SEEN_BY = {"four_eyes": FOUR_EYES, "fresh_eyes": FRESH_EYES}


def lock(case_id: int) -> Case:
    """The case, its row locked until the transaction ends: always the first lock that is taken."""
    return Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case_id)


def move(
    case: Case,
    name: str,
    *,
    by: User | None,
    expected_revision: int | None = None,
    details: Mapping[str, Any] | None = None,
    tell: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Case:
    """Take a locked case through one transition of its table: who did it, as what, and for whom, is recorded; its clock
    runs or stands; those whom it concerns are owed a notice.

    `by` is None for what the clock does. `details` go into the event; `tell` fills what the notices say besides them.
    Raises Conflict where the case is no longer in a state from which this goes or has moved on since
    `expected_revision` was read; NotAllowed for the wrong role, a broken four eyes, or a guard.
    """
    now = now or timezone.now()
    today = current.today(now)
    kind = kinds.get(case.kind)
    transition = kind.transition(name)
    role = _role(case, by, transition.actors)
    check_state(case, transition)
    check_revision(case, expected_revision)
    if refusal := refused_by_a_guard(case, transition, by, now):
        raise NotAllowed(refusal)
    if transition.part and by:
        take_part(case, by, transition.part)
    source, case.state = case.state, transition.target or case.state
    clock.apply(case, transition.clock, today)
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
    notices.of_transition(case, transition, by=by, details={**(details or {}), **(tell or {})}, now=now)
    if follows := kind.after.get(name):
        follows(case=case, by=by, details=details or {}, now=now)
    return case


def refused_by_a_guard(case: Case, transition: kinds.Transition, by: User | None, now: datetime) -> str | None:
    """Why a guard of the transition says no to this person now; None where each lets it pass."""
    today = current.today(now)
    return next((refusal for guard in transition.guards if (refusal := guard(case, by, today))), None)


def check_state(case: Case, transition: kinds.Transition) -> None:
    """Raise Conflict, in words that say what happened meanwhile, where the case is past this transition."""
    if case.state in transition.sources:
        return
    if decision := case.decisions.select_related("decided_by").last():
        raise Conflict(
            _("%(person)s decided this case on %(day)s at %(time)s: %(outcome)s, decision %(number)s.")
            % {
                "person": decision.decided_by,
                "day": f"{timezone.localtime(decision.recorded_at):%Y-%m-%d}",
                "time": f"{timezone.localtime(decision.recorded_at):%H:%M}",
                "outcome": decision.outcome_in_words,
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
        raise Conflict(str(STALE))


def take_part(case: Case, person: User, part: str) -> Part:
    """Record that this person takes this part in the case.

    Raises NotAllowed where the database's exclusion constraints find the person on the other side (design 4.2), or in the
    decision that this case looks at again.
    """
    if existing := Part.objects.filter(case=case, person=person, part=part).first():
        return existing
    try:
        with transaction.atomic():
            return Part.objects.create(case=case, person=person, part=part)
    except IntegrityError as error:
        said = next((said for name, said in SEEN_BY.items() if name in str(error)), None)
        if said is None:
            raise
        raise NotAllowed(said) from error


def can(case: Case, name: str, by: User) -> bool:
    """Whether to offer this transition to this person: role and state alone; `move` decides."""
    return may(case, name, by) and case.state in kinds.get(case.kind).transition(name).sources


def may(case: Case, name: str, by: User) -> bool:
    """Whether this person holds a role for this transition, in whatever state the case is."""
    kind = kinds.get(case.kind)
    return kind.has(name) and bool(roles_in(case, by) & set(kind.transition(name).actors))


def roles_in(case: Case, by: User) -> frozenset[str]:
    """The roles in which a person may act on a case today: those of the staff, and what they are for the applicant."""
    acting = roles.role_in(by, case.organisation)
    held = roles.staff_roles(by) | ({acting} if acting else set())
    return frozenset(held | {"editor"} if acting == "signatory" else held)


def _role(case: Case, by: User | None, actors: tuple[str, ...]) -> str:
    if by is None:
        held = [SYSTEM] if SYSTEM in actors else []
    else:
        mine = roles_in(case, by)
        held = [role for role in actors if role in mine]
    if not held:
        raise NotAllowed(_("Your role does not allow this."))
    return held[0]


def _acting_for(case: Case, role: str):
    return case.organisation.organisation_id if role in ("editor", "signatory") else None
