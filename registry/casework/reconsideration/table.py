"""The states of a reconsideration, and every way from one to another: this table is the specification (design 4.1)."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.casework import lifecycle
from registry.casework.guards import delegation_covers, fee_is_settled, no_interest, no_part_before, within_the_window
from registry.casework.kinds import Transition
from registry.casework.models import Case, Letter
from registry.people.models import User

STATES: dict[str, Any] = {
    "draft": lifecycle.STATES["draft"],
    "submitted": gettext_lazy("lodged"),
    "under_evaluation": gettext_lazy("admitted, under review"),
    "recommended": lifecycle.STATES["recommended"],
    "approved": gettext_lazy("decided: the decision is changed"),
    "declined": gettext_lazy("decided: the decision is upheld"),
    "rejected_out_of_time": gettext_lazy("not admitted: out of time"),
    "rejected_no_ground": gettext_lazy("not admitted: no ground"),
    "withdrawn": lifecycle.STATES["withdrawn"],
}
OPEN = ("submitted", "under_evaluation", "recommended")
ENDED = ("approved", "declined", "rejected_out_of_time", "rejected_no_ground")
ADMITTING = ("registrar", "decision_maker")
REVIEWERS = ("review_officer", "evaluator")
CLEAR = (no_interest, no_part_before)


def in_time(case: Case, by: User | None, today: date) -> str | None:
    """It is handed in within the window that the letter of the decision names (section 4.8)."""
    return within_the_window(case.reconsiders, by, today)


def came_late(case: Case, by: User | None, today: date) -> str | None:
    """What came within the window that the letter names is not turned away as late."""
    letter = Letter.objects.filter(case=case.reconsiders_id, kind="decision").last()
    last = letter.answer_by if letter else None
    if last and case.submitted_at and timezone.localdate(case.submitted_at) <= last:
        return _("It was lodged in time: the letter names %(day)s.") % {"day": last.isoformat()}
    return None


def _shared() -> dict[str, Transition]:
    parts = (
        lifecycle.drafting(),
        lifecycle.evaluation(duplicates=False),
        lifecycle.deciding(no_part_before),
        lifecycle.desk(),
    )
    return {t.name: t for part in parts for t in part}


def _table() -> tuple[Transition, ...]:
    shared = _shared()

    def like(name: str, *sources: str, **other: Any) -> Transition:
        """A transition that all cases have, from the states that there are here."""
        return replace(shared[name], sources=sources, **other)

    def rejecting(why: str, label: Any, said: Any, *guards: Any) -> Transition:
        return Transition(
            f"reject_{why}", ("submitted",), f"rejected_{why}", ADMITTING, label, guards=(*CLEAR, *guards), clock="stop",
            tells=("applicant",), said=said,
        )  # fmt: skip

    before = (*CLEAR, *shared["judge"].guards[1:])
    return (
        like("edit", "draft"),
        like("submit", "draft", guards=(in_time,), said=gettext_lazy("%(person)s lodged it.")),
        like("withdraw", "draft", *OPEN, said=gettext_lazy("%(person)s took it back.")),
        like("write", "draft", *OPEN, *ENDED),
        # It settles nothing of the decision, and takes no part: an authority with two decision makers could not end a
        # reconsideration, if the one who had no part in the decision could not both admit it and decide it.
        Transition(
            "admit", ("submitted",), "under_evaluation", ADMITTING, gettext_lazy("Admit it"),
            guards=(*CLEAR, fee_is_settled), clock="evaluation", tells=("applicant", "assigned"),
            said=gettext_lazy("%(person)s admitted it (%(effect)s), to be reviewed by %(assignee)s."),
        ),
        rejecting(
            "out_of_time", gettext_lazy("Do not admit it: out of time"),
            gettext_lazy("%(person)s did not admit it: it came too late."), came_late,
        ),
        rejecting(
            "no_ground", gettext_lazy("Do not admit it: no ground"),
            gettext_lazy("%(person)s did not admit it: it names no ground that counts."),
        ),
        like("assign", "under_evaluation", "recommended", guards=CLEAR),
        like("judge", "under_evaluation", actors=REVIEWERS, guards=before),
        like("recommend", "under_evaluation", actors=REVIEWERS, guards=(*shared["recommend"].guards, no_part_before)),
        like("send_back", "recommended", guards=CLEAR),
        like("approve", "recommended", said=gettext_lazy("%(person)s decided it: the decision is changed.")),
        like(
            "decline", "recommended", guards=(*CLEAR, delegation_covers),
            said=gettext_lazy("%(person)s decided it: the decision is upheld."),
        ),
        like("declare_interest", *OPEN, *ENDED),
        like("note", *OPEN, *ENDED, "withdrawn"),
        like("tell", *OPEN, *ENDED),
        like("invoice", *OPEN),
        like("record_payment", *OPEN),
        like("waive_fee", *OPEN),
    )  # fmt: skip


TRANSITIONS = _table()
MATTERS = {"reconsideration": gettext_lazy("reconsideration")}
