"""The table of a review (section 4.6 of the domain specification), and what must hold in it beside what any report asks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from credentials.gone import why_gone
from credentials.querysets import OF_A_REVIEW
from registry.casework import reporting
from registry.casework.guards import no_interest, wrote_none_of_it
from registry.casework.kinds import Transition
from registry.casework.models import Outcome
from registry.models import Case, User

REVIEW = OF_A_REVIEW
STATES = reporting.STATES
MATTERS = {"review": gettext_lazy("review of the entry"), "delivery": gettext_lazy("review of its delivery")}
# What its states mean to the body, and what comes next.
MEANINGS = {
    "draft": (
        gettext_lazy("The authority asks for your report. What you write is yours alone until you hand it in."),
        gettext_lazy("Fill it in, read again what was copied from last time, and hand it in by its day."),
    ),
    "submitted": (gettext_lazy("The authority has your report."), gettext_lazy("A review officer takes it on.")),
    "under_evaluation": (
        gettext_lazy("A review officer judges it criterion by criterion."),
        gettext_lazy("You may be asked for information. Then a decision maker decides it."),
    ),
    "approved": (gettext_lazy("It has been decided: it continues."), ""),
    "approved_with_conditions": (
        gettext_lazy("It has been decided: it continues, with conditions."),
        gettext_lazy("Meet each condition by its day, and write to the authority when you have."),
    ),
    "change_required": (
        gettext_lazy("It has been decided: it continues, and must be changed."),
        gettext_lazy("A draft of the change has been begun for you. Hand it in by its day."),
    ),
    "declined": (
        gettext_lazy("It has been decided: it does not continue."),
        gettext_lazy("The letter says what follows, and how you may ask for a reconsideration."),
    ),
    "withdrawn": (gettext_lazy("It has been closed: no report is asked for."), ""),
}  # fmt: skip


def entry_still_stands(case: Case, by: User | None, today: date) -> str | None:
    """What was removed as listed by mistake is reviewed no more."""
    review = case.review
    return why_gone(review.credential.number) or why_gone(review.accreditation and review.accreditation.number)


def matters_of(case: Case) -> Mapping[str, Any]:
    """What is reviewed: the entry, its delivery, or both; of what was decided with conditions, what is subject to them."""
    review = case.review
    names = [name for name, asked in (("review", review.of_entry), ("delivery", review.accreditation_id)) if asked]
    if case.state == "approved_with_conditions":
        last = {d.matter: d.outcome for d in case.decisions.order_by("stage")}
        names = [name for name in names if last.get(name) == Outcome.APPROVED_WITH_CONDITIONS] or names
    return {name: MATTERS[name] for name in names}


COVER = Transition(
    "cover", reporting.ASKED, "recommended", reporting.REVIEWERS, gettext_lazy("Take a change for the report"),
    part="recommended", guards=(no_interest, wrote_none_of_it), clock="evaluation", tells=("applicant", "deciders"),
    said=gettext_lazy("%(person)s found it answered by the change %(change)s."),
)  # fmt: skip
TRANSITIONS = (
    *(
        replace(t, guards=(*t.guards, entry_still_stands)) if t.name == "decline" else t
        for t in reporting.table(entry_still_stands)
    ),
    COVER,
)
