"""The table of an inquiry into a listing (rule 17): `interim_decision -> submissions_open -> final_decision` of section 4.6
of the domain specification, in the states that what a body is heard on shares."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credentials.delivering import document_of
from credentials.gone import why_gone
from registry.casework import lifecycle
from registry.casework.guards import delegation_covers, no_interest
from registry.casework.kinds import Transition
from registry.models import Case, User
from registry.status import status_on

INQUIRY = "entry_inquiry"
MATTERS = {
    "interim": gettext_lazy("interim decision on the listing"),
    "final": gettext_lazy("final decision: the entry is to expire"),
}
_LABELS: dict[str, Any] = {
    "interim_pending": gettext_lazy("waits for an interim decision"),
    "interim_decision": gettext_lazy("interim decision made"),
    "information_requested": gettext_lazy("submissions are open"),
    "under_evaluation": gettext_lazy("the submissions are considered"),
    "recommended": gettext_lazy("waits for the final decision"),
    "approved": gettext_lazy("decided: the entry expires"),
    "declined": gettext_lazy("decided: the entry stays as it is"),
}
STATES = {
    name: _LABELS.get(name, lifecycle.HEARING_STATES.get(name))
    for name in (
        "draft", "interim_pending", "interim_decision", "information_requested", "under_evaluation", "panel",
        "recommended", "approved", "declined", "withdrawn",
    )
}  # fmt: skip
# What its states mean to the body, and what comes next.
MEANINGS = {
    "information_requested": (
        gettext_lazy("The authority has made an interim decision on this listing, and has not decided it yet."),
        gettext_lazy("Reply to each ground. Your reply is considered before the final decision."),
    ),
    "under_evaluation": (
        gettext_lazy("What you replied is considered ground by ground."),
        gettext_lazy("Then a decision maker makes the final decision."),
    ),
    "recommended": (
        gettext_lazy("It has been considered."),
        gettext_lazy("A decision maker will make the final decision."),
    ),
    "declined": (gettext_lazy("It has been decided: the entry stays as it is."), ""),
    "withdrawn": (gettext_lazy("The authority has dropped it."), gettext_lazy("What was recorded stays as it is.")),
}


def may_still_end(case: Case, by: User | None, today: date) -> str | None:
    """Only an entry that is current can be made to expire: one on its way out, or gone, is beyond it."""
    number = case.inquiry.credential.number
    if refusal := why_gone(number):
        return refusal
    document = document_of(number)
    if document is not None and status_on(document, today) == "current" and not document.get("expiring_from"):
        return None
    return _("%(number)s is not current, or ends already.") % {"number": number}


def nothing_waits(case: Case, by: User | None, today: date) -> str | None:
    """No change of the entry is being decided: the one would overtake the other unseen."""
    other = case.inquiry.credential.amendments.handed_in().select_related("case").first()
    if other is None:
        return None
    return _("%(reference)s, a change of the entry, is being decided: wait for that.") % {
        "reference": other.case.reference
    }


_BY = ("decision_maker",)
_FIRST = ("interim_pending",)
# The body's notice is the interim decision; everything from then on is that of any hearing.
_HEARD = tuple(t for t in lifecycle.hearing() if t.name not in ("give_notice", "edit", "withdraw"))
_DECIDED = tuple(
    t for t in lifecycle.deciding(may_still_end, nothing_waits) if t.name in ("send_back", "approve", "decline")
)

TRANSITIONS = (
    Transition(
        "edit", ("draft", "under_evaluation"), None, lifecycle.CLERKS, gettext_lazy("Write the draft"), part="drafted",
        guards=(no_interest,), said=gettext_lazy("%(person)s edited the draft."),
    ),
    Transition(
        "submit", ("draft",), "interim_pending", lifecycle.CLERKS, gettext_lazy("Hand to a decision maker"),
        part="drafted", guards=(no_interest, may_still_end), tells=("deciders",),
        said=gettext_lazy("%(person)s handed it on for an interim decision."),
    ),
    Transition(
        "withdraw", ("draft", "interim_pending", "information_requested", "under_evaluation", "panel", "recommended"),
        "withdrawn", lifecycle.CLERKS, gettext_lazy("Drop it"), guards=(no_interest,), clock="stop", tells=("heard",),
        said=gettext_lazy("%(person)s dropped it."),
    ),
    Transition(
        "send_back_interim", _FIRST, "draft", _BY, gettext_lazy("Send back"), guards=(no_interest,),
        said=gettext_lazy("%(person)s sent it back to be looked at again."),
    ),
    Transition(
        "approve_interim", _FIRST, "interim_decision", _BY, gettext_lazy("Make the interim decision"), part="decided",
        guards=(no_interest, delegation_covers, may_still_end),
        said=gettext_lazy("%(person)s made the interim decision."),
    ),
    Transition(
        "decline_interim", _FIRST, "declined", _BY, gettext_lazy("Decide that nothing follows"), part="decided",
        guards=(no_interest, delegation_covers), clock="stop",
        said=gettext_lazy("%(person)s decided that nothing follows."),
    ),
    Transition(
        "open_submissions", ("interim_decision",), "information_requested", ("decision_maker", "system"),
        gettext_lazy("Open submissions"), tells=("applicant",),
        said=gettext_lazy("The body was told of the interim decision; it may reply until %(due_on)s."),
    ),
    *_HEARD,
    *_DECIDED,
    *(
        replace(t, sources=(*t.sources, "information_requested")) if t.name == "release" else t
        for t in lifecycle.within(STATES, *lifecycle.beside("declare_interest", "note", "tell", "release"))
    ),
)  # fmt: skip
