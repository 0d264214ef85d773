"""What a person may do with a case now, or why not, and who may instead: what the case page offers. `workflow.move` decides."""

from datetime import date

from django.utils.translation import gettext as _

from registry.casework import kinds, notices, workflow
from registry.casework.guards import (
    FRESH_EYES,
    PERSONAL,
    covers,
    delegation_covers,
    no_interest,
    no_part_before,
    took_part_before,
)
from registry.casework.models import Case, Delegation, Interest, Outcome, Part
from registry.casework.services.deciding import CONFIRMING
from registry.people.models import User

# The guards that are asked of all decision makers together.
ASKED_TOGETHER = (no_interest, delegation_covers, no_part_before)
# From where a decision goes that no evaluation comes before.
UNEVALUATED = ("submitted",)
DECIDERS = frozenset({Part.Name.DECIDED, Part.Name.CONFIRMED})


class Offers:
    """What one person may do with one case on a day, worked out once for a page."""

    def __init__(self, case: Case, by: User, today: date):
        self.case, self.by, self.today = case, by, today
        self.kind = kinds.get(case.kind)
        self.roles = workflow.roles_in(case, by)
        self.parts = frozenset(Part.objects.filter(case=case, person=by).values_list("part", flat=True))
        self.took_part_before = took_part_before(case).filter(person=by).exists()
        about = Interest.objects.filter(person=by, organisation=case.organisation)
        self.interested_in_body = about.held_on(today).exists()
        asked = dict.fromkeys(g for t in self.kind.transitions for g in t.guards if g in PERSONAL)
        self.refusals = {guard: guard(case, by, today) for guard in asked}

    def may(self, name: str) -> bool:
        """Whether role, state and person allow the transition; what else holds it back is told when it is tried.

        A decision without an evaluation is offered only where the case is one that may be decided so.
        """
        return self.in_role(name) and self.why_not(name) is None and self.may_come_to(name)

    def may_come_to(self, name: str) -> bool:
        """Whether a case in this state may be taken through a transition by anybody: a decision without an evaluation is
        for some cases alone."""
        if not self.kind.has(name):
            return False
        transition = self.kind.transition(name)
        if self.case.state not in transition.sources:
            return False
        if transition.part != Part.Name.DECIDED or transition.sources != UNEVALUATED:
            return True
        about_the_case = [guard for guard in transition.guards if guard not in PERSONAL]
        return not any(guard(self.case, self.by, self.today) for guard in about_the_case)

    def in_role(self, name: str) -> bool:
        """Whether the transition goes from this state, by a role that the person holds."""
        if not self.kind.has(name):
            return False
        transition = self.kind.transition(name)
        return self.case.state in transition.sources and bool(self.roles & set(transition.actors))

    def why_not(self, name: str) -> str | None:
        """What about this person keeps them from a transition of their role: an interest, a delegation, or four eyes."""
        transition = self.kind.transition(name)
        for guard in transition.guards:
            if refusal := self.refusals.get(guard):
                return refusal
        if transition.part is None:
            return None
        if self.took_part_before and transition.part != Part.Name.DRAFTED:
            return str(FRESH_EYES)
        other_side = self.parts - DECIDERS if transition.part in DECIDERS else self.parts & DECIDERS
        if transition.part == Part.Name.CONFIRMED and Part.Name.DECIDED in self.parts:
            return _("You drafted this decision: a second approver confirms it.")
        return str(workflow.FOUR_EYES) if other_side else None


def decision(case: Case) -> str:
    """The transition by which a case is decided now: an approval of its stage, or the confirmation of what was drafted."""
    kind, verb = kinds.get(case.kind), "approve"
    if draft := waiting_draft(case):
        conditional = Outcome.APPROVED_WITH_CONDITIONS in draft.content["outcomes"].values()
        verb = CONFIRMING["approve_with_conditions" if conditional else "approve"]
    return kind.verb(case, verb)


def waiting_draft(case: Case):
    """The drafted decision that a second approver is asked to confirm, where there is one."""
    kind = kinds.get(case.kind)
    if not any(t.part == Part.Name.CONFIRMED and case.state in t.sources for t in kind.transitions):
        return None
    return case.decision_drafts.select_related("drafted_by").last()


def deciders(case: Case, today: date) -> list[User]:
    """Who may decide the case: decision makers without another part or an interest in it, whose delegation covers it, and
    whom nothing of its kind keeps from it (edge case 4)."""
    draft = waiting_draft(case)
    people = [person for person in notices.deciders(case) if draft is None or person.pk != draft.drafted_by_id]
    about = Interest.objects.filter(organisation=case.organisation, person__in=people).held_on(today)
    interested = set(about.values_list("person_id", flat=True))
    given: dict[int, list[Delegation]] = {}
    for one in Delegation.objects.filter(person__in=people):
        given.setdefault(one.person_id, []).append(one)
    asked = [g for g in kinds.get(case.kind).transition(decision(case)).guards if g in PERSONAL]
    of_the_kind = [guard for guard in asked if guard not in ASKED_TOGETHER]
    return [
        person
        for person in people
        if person.pk not in interested
        and (person.pk not in given or any(covers(one, case, today) for one in given[person.pk]))
        and not any(guard(case, person, today) for guard in of_the_kind)
    ]
