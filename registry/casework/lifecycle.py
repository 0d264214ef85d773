"""The transitions that cases of every app share: how an application is drafted, evaluated and decided (sections 4.2 and
4.3 of the domain specification). Each app's own `lifecycle.py` puts its tables together from these."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.casework.guards import (
    delegation_covers,
    every_criterion_judged,
    every_item_answered,
    fee_is_settled,
    grace_is_over,
    no_interest,
    no_open_request,
    quorum_was_there,
    searched_for_duplicates,
    within_the_window,
    wrote_none_of_it,
)
from registry.casework.kinds import Guard, Transition

STATES: dict[str, Any] = {
    "draft": _("draft"),
    "submitted": _("submitted"),
    "returned": _("returned as incomplete"),
    "under_evaluation": _("under evaluation"),
    "information_requested": _("further information requested"),
    "panel": _("before a panel"),
    "recommended": _("recommended"),
    "decision_pending": _("waits for a second approver"),
    "approved": _("approved"),
    "approved_with_conditions": _("approved with conditions"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
    "lapsed": _("lapsed"),
}

# With the authority, and not decided: what may be withdrawn, and what may still be waived, compared or written about.
OPEN = (
    "submitted",
    "returned",
    "under_evaluation",
    "information_requested",
    "panel",
    "recommended",
    "decision_pending",
)
DECIDED = ("approved", "approved_with_conditions", "declined")
EVALUATED = ("under_evaluation", "information_requested", "panel")
CLERKS = ("registrar", "evaluator")
OFFICERS = ("evaluator", "decision_maker", "registrar")


def drafting(*guards: Guard) -> tuple[Transition, ...]:
    """The applicant's side: write, hand in, answer, take back, ask for a reconsideration."""
    return (
        Transition(
            "edit", ("draft", "returned"), None, ("editor",), _("Edit"), part="drafted",
            said=_("%(person)s edited the draft."),
        ),
        Transition(
            "submit", ("draft", "returned"), "submitted", ("signatory",), _("Submit"), part="drafted", guards=guards,
            clock="completeness", tells=("applicant",), said=_("%(person)s handed the application in."),
        ),
        Transition(
            "withdraw", ("draft", *OPEN), "withdrawn", ("signatory",), _("Withdraw"), clock="stop", tells=("assigned",),
            said=_("%(person)s took the application back."),
        ),
        Transition(
            "adopt_law", ("submitted", "returned", "under_evaluation", "information_requested"), None, ("signatory",),
            _("Be judged by the law in force now"), tells=("assigned",),
            said=_("%(person)s chose to be judged by the law in force now (%(profile)s)."),
        ),
        Transition(
            "answer", ("information_requested", "lapsed"), None, ("editor",), _("Answer"), part="drafted",
            said=_("%(person)s answered a question on “%(criterion)s”."),
        ),
        Transition(
            "send_answers", ("information_requested",), "under_evaluation", ("editor",), _("Send the answers"),
            guards=(every_item_answered,), clock="resume", tells=("assigned",),
            said=_("%(person)s sent the answers."),
        ),
        Transition(
            "write", ("draft", *OPEN, *DECIDED, "lapsed"), None, ("editor",), _("Write to the authority"),
            tells=("assigned",), said=_("%(person)s wrote a message."),
        ),
        Transition(
            "ask_reconsideration", DECIDED, None, ("signatory",),
            _("Ask for a reconsideration"), guards=(within_the_window,), tells=("registrars",),
            said=_("%(person)s asked for a reconsideration."),
        ),
    )  # fmt: skip


def evaluation(*, duplicates: bool = True) -> tuple[Transition, ...]:
    """The authority's side, up to a recommendation. `duplicates`: the register is searched before one is made (S8)."""
    before = (no_interest, wrote_none_of_it, every_criterion_judged, no_open_request)
    compare = Transition(
        "compare", OPEN, None, ("evaluator", "decision_maker"), _("Search for duplicates"), guards=(no_interest,),
        said=_("%(person)s had the register searched for what is like it."),
    )  # fmt: skip
    return (
        Transition(
            "return", ("submitted",), "returned", CLERKS, _("Return as incomplete"), guards=(no_interest,),
            clock="stop", tells=("applicant",), said=_("%(person)s returned it as incomplete."),
        ),
        Transition(
            "assign", OPEN, None, ("registrar", "evaluator", "decision_maker"), _("Assign"),
            guards=(no_interest,), tells=("assigned",), said=_("%(person)s assigned it to %(assignee)s."),
        ),
        Transition(
            "evaluate", ("submitted",), "under_evaluation", ("evaluator",), _("Start evaluation"),
            guards=(no_interest, wrote_none_of_it, fee_is_settled), clock="evaluation", tells=("applicant",),
            said=_("%(person)s took it on and began the evaluation."),
        ),
        Transition(
            "judge", EVALUATED, None, ("evaluator",), _("Judge a criterion"), part="evaluated",
            guards=(no_interest, wrote_none_of_it), said=_("%(person)s judged “%(criterion)s”: %(verdict)s."),
        ),
        Transition(
            "request", ("under_evaluation", "information_requested"), "information_requested", ("evaluator",),
            _("Ask for information"), part="evaluated", guards=(no_interest, wrote_none_of_it), clock="pause",
            tells=("applicant",), said=_("%(person)s asked the applicant for information (request %(request)s)."),
        ),
        Transition(
            "take_back_request", ("information_requested",), None, ("evaluator",), _("Take a request back"),
            guards=(no_interest,), tells=("applicant",), said=_("%(person)s took request %(request)s back."),
        ),
        Transition(
            "resume", ("information_requested",), "under_evaluation", ("evaluator",), _("Go on with the evaluation"),
            guards=(no_interest, no_open_request), clock="resume", said=_("%(person)s went on with the evaluation."),
        ),
        Transition(
            "propose_lapse", ("information_requested", "returned"), None, ("system",), _("Propose that it lapses"),
            guards=(grace_is_over,), tells=("assigned",),
            said=_("No answer came in time: the register proposes that the case lapses."),
        ),
        Transition(
            "lapse", ("information_requested", "returned"), "lapsed", CLERKS, _("Confirm that it lapses"),
            guards=(no_interest, grace_is_over), clock="stop", tells=("applicant",),
            said=_("%(person)s confirmed that the case has lapsed."),
        ),
        Transition(
            "convene", ("under_evaluation",), "panel", ("evaluator",), _("Convene a panel"),
            guards=(no_interest, wrote_none_of_it), part="evaluated", said=_("%(person)s put it before a panel."),
        ),
        Transition(
            "record_panel", ("panel",), "under_evaluation", ("evaluator",), _("Record the panel's minutes"),
            guards=(no_interest, quorum_was_there), said=_("%(person)s recorded the minutes of the panel."),
        ),
        Transition(
            "recommend", ("under_evaluation",), "recommended", ("evaluator",), _("Recommend"), part="recommended",
            guards=(*before, searched_for_duplicates) if duplicates else before, tells=("deciders",),
            said=_("%(person)s recommended: %(outcome)s."),
        ),
        *((compare,) if duplicates else ()),
    )  # fmt: skip


def deciding(*guards: Guard, sources: tuple[str, ...] = ("recommended",)) -> tuple[Transition, ...]:
    """The decision: by one person, or by two where it takes effect on an earlier day. Its letter tells the applicant."""
    asked = (no_interest, delegation_covers, *guards)
    by = ("decision_maker",)
    return (
        Transition(
            "send_back", ("recommended",), "under_evaluation", by, _("Send back"), guards=(no_interest,),
            tells=("assigned",),
            said=_("%(person)s sent it back to be looked at again."),
        ),
        Transition(
            "approve", sources, "approved", by, _("Approve"), part="decided", guards=asked, clock="stop",
            said=_("%(person)s approved it."),
        ),
        Transition(
            "approve_with_conditions", sources, "approved_with_conditions", by, _("Approve with conditions"),
            part="decided", guards=asked, clock="stop",
            said=_("%(person)s approved it with conditions."),
        ),
        Transition(
            "decline", sources, "declined", by, _("Decline"), part="decided", guards=(no_interest, delegation_covers),
            clock="stop", said=_("%(person)s declined it."),
        ),
        *confirming(*asked, sources=sources),
    )  # fmt: skip


def confirming(*guards: Guard, sources: tuple[str, ...] = ("recommended",)) -> tuple[Transition, ...]:
    """A decision that takes effect before the day on which it is made has a second approver (edge case 13)."""
    by = ("decision_maker",)
    return (
        Transition(
            "propose_decision", sources, "decision_pending", by, _("Put to a second approver"), part="decided",
            guards=guards, tells=("deciders",), said=_("%(person)s drafted a decision that is backdated."),
        ),
        Transition(
            "confirm", ("decision_pending",), "approved", by, _("Confirm the decision"), part="confirmed",
            guards=guards, clock="stop", said=_("%(person)s confirmed the decision."),
        ),
        Transition(
            "confirm_with_conditions", ("decision_pending",), "approved_with_conditions", by,
            _("Confirm the decision with its conditions"), part="confirmed", guards=guards, clock="stop",
            said=_("%(person)s confirmed the decision with its conditions."),
        ),
        Transition(
            "return_decision", ("decision_pending",), "recommended", by, _("Return the drafted decision"),
            guards=(no_interest,), tells=("deciders",), said=_("%(person)s returned the drafted decision."),
        ),
    )  # fmt: skip


def desk() -> tuple[Transition, ...]:
    """What officers do beside the way of a case: notes and messages, fees, waivers, interests, releases, conditions."""
    return (
        Transition(
            "waive", OPEN, None, ("decision_maker",), _("Waive a rule"), guards=(no_interest,),
            said=_("%(person)s waived the rule %(rule)s."),
        ),
        Transition(
            "declare_interest", (*OPEN, *DECIDED), None, OFFICERS, _("Declare an interest"), part="conflicted",
            said=_("%(person)s declared an interest in it."),
        ),
        Transition("note", (*OPEN, *DECIDED, "lapsed", "withdrawn"), None, OFFICERS, _("Write a note"),
                   guards=(no_interest,), said=_("%(person)s wrote a note among officers.")),
        Transition("tell", (*OPEN, *DECIDED, "lapsed"), None, OFFICERS, _("Write to the applicant"),
                   tells=("applicant",), guards=(no_interest,), said=_("%(person)s wrote to the applicant.")),
        Transition("invoice", OPEN, None, ("registrar",), _("Invoice the fee"), tells=("applicant",),
                   guards=(no_interest,), said=_("%(person)s invoiced the fee: %(amount)s %(currency)s, %(reference)s.")),
        Transition("record_payment", OPEN, None, ("registrar",), _("Record the payment"),
                   guards=(no_interest,), said=_("%(person)s recorded that the fee was paid (%(reference)s).")),
        Transition("waive_fee", OPEN, None, ("registrar", "decision_maker"), _("Waive the fee"), tells=("applicant",),
                   guards=(no_interest,), said=_("%(person)s waived the fee.")),
        Transition("meet_condition", ("approved_with_conditions",), None, OFFICERS, _("Record that a condition is met"),
                   tells=("applicant",), guards=(no_interest,), said=_("%(person)s recorded that a condition is met.")),
        Transition("release", DECIDED, None, ("system",), _("Publish on its day"), tells=("applicant",),
                   said=_("It became public.")),
    )  # fmt: skip
