"""The table of what the register asks a body to report on by a day: a review of what it offers, a return each year
(section 4.6 of the domain specification).

`scheduled -> open -> in_progress -> submitted -> under_assessment -> rfi -> recommended -> closed` of that section, in the
states that cases share. That a report is late is a flag with levels, worked out from its day, and never a state: the
clock tells people, and people decide.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.casework import kinds, lifecycle
from registry.casework.guards import delegation_covers, no_interest, wrote_none_of_it
from registry.casework.kinds import Guard, Transition
from registry.casework.models import Case
from registry.content import reviews
from registry.errors import NotAllowed
from registry.framework import current
from registry.framework.calendar import DAY, strictly
from registry.people.models import Membership, User

STATES: dict[str, Any] = {
    "draft": gettext_lazy("open: a report is asked for"),
    "submitted": gettext_lazy("report handed in"),
    "returned": lifecycle.STATES["returned"],
    "under_evaluation": gettext_lazy("report under evaluation"),
    "information_requested": lifecycle.STATES["information_requested"],
    "panel": lifecycle.STATES["panel"],
    "recommended": lifecycle.STATES["recommended"],
    "approved": gettext_lazy("closed: it continues"),
    "approved_with_conditions": gettext_lazy("closed: it continues, with conditions"),
    "change_required": gettext_lazy("closed: it must be changed"),
    "declined": gettext_lazy("closed: it does not continue"),
    "withdrawn": gettext_lazy("closed without a report"),
}
# What is decided of a report, in the words that the public reads too.
OUTCOMES: dict[str, Any] = {
    name: reviews.OUTCOMES[name] for name in ("approved", "approved_with_conditions", "change_required", "declined")
}
# With the body that must report.
ASKED = ("draft", "returned")
OPEN = (*ASKED, "submitted", "under_evaluation", "information_requested", "panel", "recommended")
# Before anybody has recommended what becomes of it.
UNDECIDED = tuple(state for state in OPEN if state != "recommended")
REVIEWERS = ("review_officer", "evaluator")
# The first level of being late begins on the day after the report was due; the deadlines that begin the other two (R3 to
# R5 of section 4.6). It goes to the body and the review officers, then to these for a formal notice, then to the decision
# makers.
LEVELS = ("review_overdue_notice", "review_overdue_decision")


def level_on(case: kinds.Case, day: date) -> int:
    """How late a report is on a day: 0 where it is in time, was handed in, or is not asked for any more; else 1, 2 or 3."""
    if case.state not in ASKED or case.answer_by is None or is_moot(case, day):
        return 0
    return sum(day >= first for first in levels_from(case.answer_by))


def is_moot(case: kinds.Case, day: date) -> bool:
    """Whether what the report was asked for is over, so that nothing follows of its being late."""
    kind = kinds.get(case.kind)
    return kind.moot is not None and case.answer_by is not None and case.answer_by < day and kind.moot(case, day)


def levels_from(last: date) -> list[date]:
    """The first day of each level of being late, for a report that was due by this day."""
    version = current.version_on(last)
    after = (strictly(last, version.deadlines[name]) for name in LEVELS)
    return [last + DAY, *after]


def late_report(organisation_id: int, day: date) -> kinds.Case | None:
    """The report, of whatever kind, with which a body is so late that the law lets it hand in no new application; the one
    that was due first. None where there is none."""
    level = current.profile().reviews.blocks_applications_from
    if not level:
        return None
    asked = Case.objects.filter(organisation=organisation_id, kind__in=kinds.asked_for(), state__in=ASKED)
    late = asked.filter(answer_by__lt=day)
    return next((case for case in late.order_by("answer_by", "pk") if level_on(case, day) >= level), None)


def reports_are_in_time(case: kinds.Case, by: User | None, today: date) -> str | None:
    """Whoever is so late with a report that the law says so hands in no new application meanwhile (R4)."""
    late = late_report(case.organisation_id, today)
    if late is None:
        return None
    said = {"reference": late.reference, "day": late.answer_by.isoformat()}
    return _("The report %(reference)s was due on %(day)s: hand it in first.") % said


def is_late(case: kinds.Case, by: User | None, today: date) -> str | None:
    """A formal notice is given, and it goes on without a report, once that is a month late (R4); at once where nobody could
    write it, because nobody acts for the body."""
    nobody = not Membership.objects.filter(organisation=case.organisation_id).exclude(ended_on__lt=today).exists()
    return None if nobody or level_on(case, today) >= 2 else _("The report is not late enough for that.")


def is_not_due_yet(case: kinds.Case, by: User | None, today: date) -> str | None:
    """More time is given before the day has passed, and not after (R8)."""
    if case.answer_by is None or today <= case.answer_by:
        return None
    return _("The report was due on %(day)s: more time is given before that day.") % {"day": case.answer_by.isoformat()}


def is_public(case: kinds.Case, by: User | None, today: date) -> str | None:
    """What waits for its day is not decided once more: the later decision would tell of it early, and be written over."""
    if case.releases.filter(released_at=None).exists():
        return _("The first decision is not public yet: wait for its day.")
    return None


def conditions_are_met(case: kinds.Case, by: User | None, today: date) -> str | None:
    """The only way up is from conditions to none, once each of them has been met; the first decision stays (domain 0.8)."""
    stage = case.decisions.order_by("-stage").values_list("stage", flat=True).first()
    last = case.decisions.filter(stage=stage).prefetch_related("conditions__met")
    if all(hasattr(condition, "met") for decision in last for condition in decision.conditions.all()):
        return None
    return _("A condition has not been met yet.")


def table(*guards: Guard, handed_in: tuple[Guard, ...] = ()) -> tuple[Transition, ...]:
    """How a report is asked for, handed in, evaluated and decided.

    `guards` are asked at a decision by which it goes on; `handed_in` when the report is.
    """
    theirs = ("edit", "submit", "answer", "send_answers", "write", "ask_reconsideration")
    ours = ("return", "assign", "evaluate", "judge", "request", "take_back_request", "resume", "convene", "record_panel",
            "recommend")  # fmt: skip
    deciding = ("send_back", "approve", "approve_with_conditions", "decline", "reopen")
    shared = {
        t.name: t
        for t in (
            *lifecycle.drafting(*handed_in), *lifecycle.evaluation(duplicates=False), *lifecycle.deciding(*guards),
        )
    }  # fmt: skip
    asked = (no_interest, delegation_covers, *guards)
    every = lifecycle.within(
        STATES,
        *(shared[name] for name in theirs),
        *(_reviewed(shared[name]) for name in ours),
        *(shared[name] for name in deciding),
        Transition(
            "require_change", ("recommended",), "change_required", ("decision_maker",), gettext_lazy("Require a change"),
            part="decided", guards=asked, clock="stop",
            said=gettext_lazy("%(person)s decided that it continues and must be changed."),
        ),
        Transition(
            "upgrade", ("approved_with_conditions",), "approved", ("decision_maker",),
            gettext_lazy("Continue without conditions"), part="decided", guards=(*asked, is_public, conditions_are_met),
            reopens=True,
            said=gettext_lazy("%(person)s decided that it continues without conditions: each was met."),
        ),
        Transition(
            "extend", ("draft",), None, (*REVIEWERS, "registrar"), gettext_lazy("Give more time"),
            guards=(no_interest, is_not_due_yet), tells=("applicant",),
            said=gettext_lazy("%(person)s gave more time, until %(until)s; it had been due on %(due_on)s."),
        ),
        Transition(
            "demand", ASKED, None, (*REVIEWERS, "registrar"), gettext_lazy("Give formal notice"),
            guards=(no_interest, is_late), tells=("applicant",),
            said=gettext_lazy("%(person)s gave formal notice that the report is late."),
        ),
        Transition(
            "go_without", ASKED, "under_evaluation", REVIEWERS, gettext_lazy("Go on without the report"),
            guards=(no_interest, wrote_none_of_it, is_late), clock="evaluation", tells=("applicant",),
            said=gettext_lazy("%(person)s went on without the report: it is judged on what is there."),
        ),
        Transition(
            "close_report", UNDECIDED, "withdrawn", (*REVIEWERS, "registrar"), gettext_lazy("Close it without a decision"),
            guards=(no_interest, wrote_none_of_it), clock="stop", tells=("applicant",),
            said=gettext_lazy("%(person)s closed it without a decision."),
        ),
        *(_reviewed(t) if "evaluator" in t.actors else t for t in lifecycle.desk()),
    )  # fmt: skip
    return tuple(_also_changed(transition) for transition in every)


def _also_changed(transition: Transition) -> Transition:
    """Whatever is done with what was decided is done with what must be changed too, and conditions are met there."""
    if transition.name == "meet_condition":
        return replace(transition, sources=(*transition.sources, "change_required", "declined"))
    if "approved" in transition.sources:
        return replace(transition, sources=(*transition.sources, "change_required"))
    return transition


def _reviewed(transition: Transition) -> Transition:
    """The same for who evaluates reports: the review officers too."""
    actors = tuple(dict.fromkeys(("review_officer", *transition.actors)))
    return replace(transition, actors=actors)


def begun_by_the_register(*, about: str, by: User, now: datetime | None = None) -> kinds.Case:
    """Nobody begins what the register asks for: it opens it itself (`Record.begin`). Raises NotAllowed, always."""
    raise NotAllowed(_("This is opened by the register, when its time comes."))


def step(case: kinds.Case, name: str) -> str:
    """Which transition a decision is: what was decided with conditions is decided once more where they are met."""
    return "upgrade" if name == "approve" and case.state == "approved_with_conditions" else name
