"""The tables of what is decided against an entry or an accreditation, of what lifts it, and of an accreditation that its
provider gives up (E8 of section 4.4, and section 4.5, of the domain specification)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials.guards_sanctions import (
    accreditation_is_held,
    entry_may_be_suspended,
    is_still_suspended,
    no_other_lifting,
    no_other_measure,
    no_other_relinquishing,
    no_other_suspension,
    own_accreditation_is_held,
    says_why,
)
from registry.casework import lifecycle

SUSPENSION = "entry_suspension"
LIFTING = "entry_lifting"
SANCTION = "accreditation_sanction"
RELINQUISHING = "accreditation_relinquishing"

HEARING_STATES, LIFTING_STATES, RELINQUISHING_STATES = (
    lifecycle.HEARING_STATES, lifecycle.PREPARED_STATES, lifecycle.STATES,
)  # fmt: skip
SUSPENSION_MATTERS = {"suspension": _("suspension of the entry")}
SANCTION_MATTERS = {"sanction": _("measure about the accreditation")}
LIFTING_MATTERS = {"lifting": _("end of a suspension")}
RELINQUISHING_MATTERS = {"relinquishing": _("end of an accreditation that its provider gives up")}

SUSPENSION_TRANSITIONS = (
    *lifecycle.hearing(entry_may_be_suspended, no_other_suspension),
    *lifecycle.deciding(entry_may_be_suspended),
    *lifecycle.desk(),
)
SANCTION_TRANSITIONS = (
    *lifecycle.hearing(accreditation_is_held, no_other_measure),
    *lifecycle.deciding(accreditation_is_held),
    *lifecycle.desk(),
)
# A suspension ends as a whole, on a day: there is nothing to put a condition on.
LIFTING_TRANSITIONS = lifecycle.prepared((is_still_suspended, says_why, no_other_lifting), (is_still_suspended,))
RELINQUISHING_TRANSITIONS = (
    *lifecycle.drafting(own_accreditation_is_held, no_other_relinquishing),
    *lifecycle.evaluation(duplicates=False),
    *lifecycle.deciding(own_accreditation_is_held),
    *lifecycle.desk(),
)

# What the states of a case mean to the body that is heard in it, each with what comes next.
MEANINGS: dict[str, tuple[Any, Any]] = {
    "information_requested": (
        _("The authority has given you notice of what it means to decide. Nothing has been decided."),
        _("Reply to each ground and send your reply. Then the authority considers it."),
    ),
    "under_evaluation": (_("The authority considers your reply, ground by ground."), _("Then a decision maker decides.")),
    "panel": (_("A panel gives its advice."), _("Then a decision maker decides.")),
    "recommended": (_("Your reply has been considered."), _("A decision maker will decide.")),
    "approved": (_("It has been decided."), _("The letter says what follows, and how you may ask for a reconsideration.")),
    "approved_with_conditions": (
        _("It has been decided, with conditions."), _("Meet each condition by its day, and write to the authority."),
    ),
    "declined": (_("It has been decided: nothing follows."), ""),
    "withdrawn": (_("The authority does not go on with it."), _("What was recorded stays as it is.")),
}  # fmt: skip
