"""The states of each case about a credential, and every way from one to another: these tables are the specification
(design 4.1). At the end, what those cases make of an entry and of an accreditation in public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials.guards import (
    asked_once,
    awards_or_develops,
    based_on_what_is_public,
    body_may_deliver,
    ended_as_it_was_written,
    entry_is_current,
    no_end_is_proposed,
    nobody_asks_to_deliver,
    not_accredited_already,
    nothing_else_is_open,
    of_this_the_authority_is_notified,
    provider_may_apply,
    receiving_bodies_may,
)
from credentials.lifecycle_sanctions import LIFTING, RELINQUISHING, SANCTION, SUSPENSION
from credentials.querysets import PROPOSED_BY_PROVIDER
from registry.casework import lifecycle
from registry.casework.guards import delegation_covers, no_interest
from registry.casework.kinds import Transition
from registry.casework.reporting import reports_are_in_time

# The names of the kinds, as cases carry them.
APPLICATION = "credential_application"
QUALIFICATION = "qualification_application"
ACCREDITATION = "accreditation_application"
CHANGE = PROPOSED_BY_PROVIDER
AMENDMENT = "credential_amendment"

BY_A_DECISION_MAKER = ("decision_maker",)


def _also_from(
    states: Sequence[str], names: Sequence[str], transitions: Sequence[Transition]
) -> tuple[Transition, ...]:
    """The transitions, of which those with these names go from more states."""
    return tuple(
        replace(t, sources=tuple(dict.fromkeys((*t.sources, *states)))) if t.name in names else t for t in transitions
    )


# -- applications ------------------------------------------------------------------------------------------------------

STATES = lifecycle.STATES

# A combined application is decided matter by matter (NZQA Form 2: listing, approval and accreditation; Form 1 leaves
# the accreditation out).
MATTERS = {
    "listing": _("listing on the register"),
    "approval": _("approval of the content"),
    "accreditation": _("accreditation to deliver"),
}

TRANSITIONS = (
    *lifecycle.drafting(provider_may_apply, reports_are_in_time),
    *lifecycle.evaluation(),
    *lifecycle.deciding(provider_may_apply),
    *lifecycle.standing_still(),
    *lifecycle.desk(),
)

# -- full qualifications in two stages (domain 1.11) -------------------------------------------------------------------

QUALIFICATION_STATES = STATES | {"developing": _("approved to be developed")}
QUALIFICATION_MATTERS = {"development": _("approval to develop it")} | {
    name: MATTERS[name] for name in ("listing", "approval")
}

QUALIFICATION_TRANSITIONS = (
    *_also_from(
        ("developing",), ("edit", "submit", "withdraw", "adopt_law", "write", "ask_reconsideration"),
        lifecycle.drafting(provider_may_apply, reports_are_in_time),
    ),
    *lifecycle.evaluation(),
    *lifecycle.deciding(provider_may_apply),
    *lifecycle.standing_still(),
    Transition(
        "approve_development", ("recommended",), "developing", BY_A_DECISION_MAKER, _("Approve its development"),
        part="decided", guards=(no_interest, delegation_covers, provider_may_apply), clock="stop",
        said=_("%(person)s approved its development."),
    ),
    Transition(
        "confirm_development", ("decision_pending",), "developing", BY_A_DECISION_MAKER,
        _("Confirm the approval of its development"), part="confirmed",
        guards=(no_interest, delegation_covers, provider_may_apply), clock="stop",
        said=_("%(person)s confirmed the approval of its development."),
    ),
    # A condition of the first stage may be met at any time after it.
    *_also_from(
        (*lifecycle.OPEN, *lifecycle.DECIDED, "developing", "withdrawn", "lapsed"), ("meet_condition",),
        _also_from(("developing",), ("note", "tell", "declare_interest"), lifecycle.desk()),
    ),
)  # fmt: skip

# -- accreditation alone (NZQA Form 3) ---------------------------------------------------------------------------------

ACCREDITATION_MATTERS = {"accreditation": MATTERS["accreditation"]}
_MAY_BE_ACCREDITED = (body_may_deliver, entry_is_current, not_accredited_already)

ACCREDITATION_TRANSITIONS = (
    *lifecycle.drafting(provider_may_apply, reports_are_in_time, *_MAY_BE_ACCREDITED, asked_once, no_end_is_proposed),
    *lifecycle.evaluation(duplicates=False),
    *lifecycle.deciding(provider_may_apply, *_MAY_BE_ACCREDITED),
    *lifecycle.standing_still(),
    *lifecycle.desk(),
)

# -- changes that a provider proposes ----------------------------------------------------------------------------------

CHANGE_MATTERS = {"listing": _("change of what is listed"), "approval": _("change of the approved content")}

# A reinstatement is told apart from an end that is taken back, and who takes an entry on may do so on the day.
_AS_IT_STANDS = (ended_as_it_was_written, receiving_bodies_may)

CHANGE_TRANSITIONS = (
    *lifecycle.drafting(
        provider_may_apply, awards_or_develops, based_on_what_is_public, nothing_else_is_open, nobody_asks_to_deliver,
        *_AS_IT_STANDS,
    ),
    Transition(
        "rebase", ("draft", "returned", "information_requested"), None, ("editor",), _("Compare with the new revision"),
        part="drafted", said=_("%(person)s compared it with the revision that is public now."),
    ),
    *lifecycle.evaluation(duplicates=False),
    Transition(
        "accept", ("submitted",), "approved", BY_A_DECISION_MAKER, _("Accept without an evaluation"), part="decided",
        guards=(
            no_interest, delegation_covers, provider_may_apply, of_this_the_authority_is_notified,
            based_on_what_is_public, *_AS_IT_STANDS,
        ),
        clock="stop", said=_("%(person)s accepted the change of which the authority was notified."),
    ),
    *lifecycle.deciding(provider_may_apply, based_on_what_is_public, *_AS_IT_STANDS),
    *lifecycle.standing_still(),
    *lifecycle.desk(),
)  # fmt: skip

# -- amendments by officers --------------------------------------------------------------------------------------------

AMENDMENT_STATES = {
    "draft": _("draft"),
    "recommended": _("waits for a decision"),
    "approved": _("approved"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
}

AMENDMENT_MATTERS = {"amendment": _("change of the entry")}

DRAFTERS = ("registrar", "evaluator")

AMENDMENT_TRANSITIONS = (
    Transition(
        "edit", ("draft",), None, DRAFTERS, _("Edit"), part="drafted", guards=(no_interest,),
        said=_("%(person)s edited the draft."),
    ),
    Transition(
        "rebase", ("draft",), None, DRAFTERS, _("Compare with the new revision"), part="drafted", guards=(no_interest,),
        said=_("%(person)s compared it with the revision that is public now."),
    ),
    Transition(
        "submit", ("draft",), "recommended", DRAFTERS, _("Hand to a decision maker"), part="drafted",
        guards=(no_interest, based_on_what_is_public, *_AS_IT_STANDS), tells=("deciders",),
        said=_("%(person)s handed it to a decision maker."),
    ),
    Transition(
        "withdraw", ("draft", "recommended"), "withdrawn", DRAFTERS, _("Withdraw"),
        said=_("%(person)s took it back."),
    ),
    Transition(
        "send_back", ("recommended",), "draft", BY_A_DECISION_MAKER, _("Send back"),
        said=_("%(person)s sent it back to be altered."),
    ),
    Transition(
        "approve", ("recommended",), "approved", BY_A_DECISION_MAKER, _("Approve"), part="decided",
        guards=(no_interest, delegation_covers, based_on_what_is_public, *_AS_IT_STANDS),
        said=_("%(person)s approved it."),
    ),
    Transition(
        "decline", ("recommended",), "declined", BY_A_DECISION_MAKER, _("Decline"), part="decided",
        guards=(no_interest, delegation_covers), said=_("%(person)s declined it."),
    ),
    Transition(
        "waive", ("recommended",), None, BY_A_DECISION_MAKER, _("Waive a rule"), guards=(no_interest,),
        said=_("%(person)s waived the rule %(rule)s."),
    ),
    Transition(
        "declare_interest", ("recommended",), None, BY_A_DECISION_MAKER, _("Declare an interest"), part="conflicted",
        said=_("%(person)s declared an interest in it."),
    ),
    Transition(
        "release", ("approved",), None, ("system",), _("Publish on its day"), tells=("applicant",),
        said=_("It became public."),
    ),
    lifecycle.asking_again("approved"),
    lifecycle.taking_up_again("draft", "approved"),
)  # fmt: skip

# -- what becomes of an entry, and of an accreditation, in public ------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One arrow of a public lifecycle, by the code of section 4.4 or 4.5 of the domain.

    `cases`: the kinds of case whose approval leads there, each with the matter that is decided; without any, the clock
    does, on the day that `day` names. Where both stand, a case decides that day, and its coming is no further act.
    """

    code: str
    source: str | None
    target: str
    cases: Mapping[str, str] = field(default_factory=dict)
    day: str | None = None


_CHANGED_BY = {CHANGE: "listing", AMENDMENT: "amendment"}
_LISTED_BY = {APPLICATION: "listing", QUALIFICATION: "listing"}
_SUSPENDED_BY, _LIFTED_BY = {SUSPENSION: "suspension"}, {LIFTING: "lifting"}
_REMOVED_BY = {"entry_removal": "removal"}

# The states are those of `registry.status`, worked out from dates; before it is public, an entry is embargoed or none,
# and one that was listed by mistake is a tombstone.
ENTRY_STATES: dict[str, Any] = {
    "embargoed": _("approved, and not public yet"),
    "current": _("current"),
    "expiring": _("expiring"),
    "discontinued": _("discontinued"),
    "suspended": _("suspended"),
    "removed": _("removed: it was listed by mistake"),
}
ENTRY_STEPS = (
    Step("E1", None, "embargoed", _LISTED_BY),
    Step("E2", None, "current", _LISTED_BY),
    Step("E2", "embargoed", "current", day="publish_on"),
    Step("E3", "current", "current", _CHANGED_BY),
    Step("E4", "current", "expiring", _CHANGED_BY, day="expiring_from"),
    Step("E5", "expiring", "discontinued", day="expiry_end"),
    Step("E6", "expiring", "current", _CHANGED_BY),
    Step("E7", "discontinued", "current", _CHANGED_BY),
    Step("E7", "discontinued", "expiring", _CHANGED_BY),
    *(Step("E8", state, "suspended", _SUSPENDED_BY, day="suspended from") for state in ("current", "expiring")),
    *(Step("E8", "suspended", state, _LIFTED_BY, day="suspended until") for state in ("current", "expiring")),
    Step("E5", "suspended", "discontinued", _LIFTED_BY, day="expiry_end"),
    *(Step("E9", state, "removed", _REMOVED_BY) for state in ("current", "expiring", "discontinued", "suspended")),
)

ACCREDITATION_STATES: dict[str, Any] = {
    "embargoed": _("granted, and not public yet"),
    "accredited": _("accredited"),
    "suspended": _("suspended"),
    "withdrawn": _("withdrawn"),
    "expired": _("expired"),
}
_ACCREDITED_BY = {ACCREDITATION: "accreditation", APPLICATION: "accreditation"}
_DECIDED_BY, _GIVEN_UP_BY = {SANCTION: "sanction"}, {RELINQUISHING: "relinquishing"}
ACCREDITATION_STEPS = (
    Step("granted", None, "accredited", _ACCREDITED_BY),
    Step("embargoed", None, "embargoed", _ACCREDITED_BY),
    Step("released", "embargoed", "accredited", day="publish_on"),
    Step("condition met", "accredited", "accredited", _ACCREDITED_BY),
    Step("condition put on it", "accredited", "accredited", _DECIDED_BY),
    Step("suspended", "accredited", "suspended", _DECIDED_BY, day="suspended from"),
    Step("lifted", "suspended", "accredited", _LIFTED_BY, day="suspended until"),
    *(Step("withdrawn", s, "withdrawn", _DECIDED_BY, day="withdrawn_on") for s in ("accredited", "suspended")),
    *(Step("expired", s, "expired", _GIVEN_UP_BY, day="accredited_until") for s in ("accredited", "suspended")),
    # An accreditation ends with its entry, which a reinstatement makes plain.
    *(Step("ended with its entry", s, "expired", _CHANGED_BY) for s in ("accredited", "suspended")),
)
