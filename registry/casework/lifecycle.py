"""The transitions that cases of every app share: how an application is drafted, evaluated and decided (sections 4.2 and
4.3 of the domain specification). Each app's own `lifecycle.py` puts its tables together from these."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.casework.guards import (
    clock_runs,
    clock_stands,
    delegation_covers,
    every_criterion_judged,
    every_item_answered,
    fee_is_settled,
    grace_is_over,
    is_not_paused,
    is_paused,
    no_interest,
    no_open_request,
    quorum_was_there,
    searched_for_duplicates,
    was_remitted,
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

# Of what the authority prepares about a body, and hears it on.
HEARING_STATES: dict[str, Any] = {
    "draft": _("in preparation"),
    "information_requested": _("notice given: the body may reply"),
    "under_evaluation": _("the reply is considered"),
    "panel": STATES["panel"],
    "recommended": _("waits for a decision"),
    "decision_pending": STATES["decision_pending"],
    "approved": _("decided"),
    "approved_with_conditions": _("decided, with conditions"),
    "declined": _("decided: nothing follows"),
    "withdrawn": _("dropped"),
}
# What the outcomes of a measure are called: nobody has applied for it.
MEASURE_OUTCOMES: dict[str, Any] = {
    "approved": _("imposed"),
    "approved_with_conditions": _("imposed, with conditions"),
    "declined": _("not imposed"),
}
# What is judged of a ground, once the body has been heard.
GROUND_VERDICTS: dict[str, Any] = {
    "met": _("the ground holds"),
    "partly_met": _("the ground holds in part"),
    "not_met": _("the ground does not hold"),
}
PREPARED_STATES: dict[str, Any] = {
    "draft": _("in preparation"),
    "recommended": _("waits for a decision"),
    "decision_pending": STATES["decision_pending"],
    "approved": _("approved"),
    "declined": _("declined"),
    "withdrawn": _("dropped"),
}
COMPLETED_STATES: dict[str, Any] = {
    "draft": _("in preparation"),
    "completed": _("completed"),
    "withdrawn": _("dropped"),
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
WITH_AUTHORITY = ("submitted", "under_evaluation", "panel", "recommended", "decision_pending")
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
        asking_again(),
    )  # fmt: skip


def asking_again(*sources: str) -> Transition:
    """The body asks for what was decided to be looked at again: a reconsideration of it was handed in (section 4.8).

    `sources`: from where, other than from whatever was decided.
    """
    return Transition(
        "ask_reconsideration", sources or DECIDED, None, ("signatory",), _("Ask for a reconsideration"),
        guards=(within_the_window,), tells=("registrars",),
        said=_("%(person)s asked for a reconsideration (%(reconsideration)s)."),
    )  # fmt: skip


def taking_up_again(back_to: str = "under_evaluation", *sources: str) -> Transition:
    """What was remitted is open again, by who decided its reconsideration, and is decided anew (section 4.8)."""
    return Transition(
        "reopen", sources or DECIDED, back_to, ("decision_maker",), _("Take it up again"), guards=(was_remitted,),
        clock="evaluation", tells=("assigned",), reopens=True,
        said=_("%(person)s remitted it: it is decided again (%(reconsideration)s)."),
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
            guards=(is_not_paused, grace_is_over), tells=("assigned",),
            said=_("No answer came in time: the register proposes that the case lapses."),
        ),
        Transition(
            "lapse", ("information_requested", "returned"), "lapsed", CLERKS, _("Confirm that it lapses"),
            guards=(no_interest, is_not_paused, grace_is_over), clock="stop", tells=("applicant",),
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


def deciding(
    *guards: Guard, sources: tuple[str, ...] = ("recommended",), back_to: str = "under_evaluation"
) -> tuple[Transition, ...]:
    """The decision: by one person, or by two where it takes effect on an earlier day. Its letter tells the applicant."""
    asked = (no_interest, delegation_covers, *guards)
    by = ("decision_maker",)
    return (
        Transition(
            "send_back", ("recommended",), back_to, by, _("Send back"), guards=(no_interest,),
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
        taking_up_again(back_to),
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


def standing_still() -> tuple[Transition, ...]:
    """The clock of a case stands while its body may not go on with it (`CaseKind.paused`): what the register does of itself,
    so that no day of that is counted against anybody (edge case 8)."""
    return (
        Transition(
            "stand_still", WITH_AUTHORITY, None, ("system",), _("Stop the clock"), guards=(is_paused, clock_runs),
            clock="pause", tells=("applicant", "assigned"), said=_("The clock was stopped: %(why)s"),
        ),
        Transition(
            "go_on", WITH_AUTHORITY, None, ("system",), _("Let the clock run again"), guards=(is_not_paused, clock_stands),
            clock="resume", tells=("applicant", "assigned"), said=_("The clock runs again."),
        ),
    )  # fmt: skip


def by_two(*guards: Guard) -> tuple[Transition, ...]:
    """A decision that always has a second approver, such as the removal of a wrong listing (E9)."""
    asked = (no_interest, delegation_covers, *guards)
    return (
        *(t for t in deciding(*guards, back_to="draft") if t.name in ("send_back", "decline", "reopen")),
        *(t for t in confirming(*asked) if t.name != "confirm_with_conditions"),
    )


def proposed(case: Any, name: str) -> str:
    """Which transition a decision is where each grant has two approvers: the first one proposes it (`CaseKind.step`)."""
    return "propose_decision" if name == "approve" else name


def preparing(*guards: Guard) -> tuple[Transition, ...]:
    """What the authority proposes of itself: an officer writes it, and hands it to a decision maker. `guards` ask what must
    hold before it is handed on."""
    return (
        Transition(
            "edit", ("draft",), None, CLERKS, _("Write the draft"), part="drafted", guards=(no_interest,),
            said=_("%(person)s edited the draft."),
        ),
        Transition(
            "submit", ("draft",), "recommended", CLERKS, _("Hand to a decision maker"), part="drafted",
            guards=(no_interest, *guards), tells=("deciders",), said=_("%(person)s handed it to a decision maker."),
        ),
        Transition(
            "withdraw", ("draft", "recommended"), "withdrawn", CLERKS, _("Drop it"), guards=(no_interest,),
            clock="stop", said=_("%(person)s dropped it."),
        ),
        # Of what is declined a body that was not heard has no letter.
        asking_again("approved"),
    )  # fmt: skip


def hearing(*guards: Guard) -> tuple[Transition, ...]:
    """What the authority means to decide about a body of itself: it gives notice with its grounds, the body may reply to
    each, what it says is considered ground by ground, and only then is there a recommendation (P9, rule 17).

    The notice is an information request with a question for each ground; while it is open nobody goes on, unless the body
    has replied or its time is over. `guards` ask what must hold before the notice is given.
    """
    shared = {t.name: t for t in (*drafting(), *evaluation(duplicates=False))}
    body = ("answer", "send_answers", "write", "ask_reconsideration")
    officers = ("assign", "judge", "request", "take_back_request", "resume", "convene", "record_panel", "recommend")
    # The time of the authority begins when the time of the body ends.
    goes_on = {name: replace(shared[name], clock="evaluation") for name in ("send_answers", "resume")}
    return (
        Transition(
            "edit", ("draft",), None, CLERKS, _("Write the draft"), part="drafted", guards=(no_interest,),
            said=_("%(person)s edited the draft."),
        ),
        Transition(
            "give_notice", ("draft",), "information_requested", CLERKS, _("Give notice"), part="drafted",
            guards=(no_interest, *guards), tells=("applicant",),
            said=_("%(person)s gave notice, with the grounds; the body may reply until %(due_on)s."),
        ),
        Transition(
            "withdraw", ("draft", "information_requested", "under_evaluation", "panel", "recommended"), "withdrawn", CLERKS,
            _("Drop it"), guards=(no_interest,), clock="stop", tells=("heard",), said=_("%(person)s dropped it."),
        ),
        *(goes_on.get(name) or shared[name] for name in (*body, *officers)),
    )  # fmt: skip


def completing(guard: Guard, *guards: Guard) -> tuple[Transition, ...]:
    """What one person completes, by an exemption from the decision of a second one (`CaseKind.alone`).

    `guard` asks whether the case is of the sort that is exempt; whoever completes it may have written it.
    """
    return (
        Transition(
            "edit", ("draft",), None, CLERKS, _("Write the draft"), part="drafted", guards=(no_interest,),
            said=_("%(person)s edited the draft."),
        ),
        Transition(
            "complete", ("draft",), "completed", CLERKS, _("Complete it"), guards=(no_interest, guard, *guards),
            said=_("%(person)s completed it alone: %(exemption)s (%(instrument)s)."),
        ),
        Transition(
            "withdraw", ("draft",), "withdrawn", CLERKS, _("Drop it"), guards=(no_interest,),
            said=_("%(person)s dropped it."),
        ),
    )  # fmt: skip


def within(states: Mapping[str, Any], *transitions: Transition) -> tuple[Transition, ...]:
    """Of these transitions what a kind with these states knows: neither a state nor an outcome that it has not."""
    known = [replace(t, sources=tuple(s for s in t.sources if s in states)) for t in transitions]
    return tuple(t for t in known if t.sources and (t.target is None or t.target in states))


def beside(*names: str) -> tuple[Transition, ...]:
    """Of what officers do beside the way of a case, the acts of these names."""
    return tuple(t for t in desk() if t.name in names)


def prepared(handed_on: Sequence[Guard], decided: Sequence[Guard], *, two: bool = False) -> tuple[Transition, ...]:
    """The whole table of what an officer prepares and another decides, in PREPARED_STATES and so without conditions.

    The guards ask what must hold when it is handed on, and when it is decided; `two`: each grant has two approvers. Its
    body hears of it by the decision: nobody writes to it before.
    """
    decision = by_two(*decided) if two else deciding(*decided, back_to="draft")
    return within(
        PREPARED_STATES, *preparing(*handed_on), *decision, *beside("declare_interest", "note", "release")
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
