"""The states of each case about a credential, and every way from one to another: these tables are the specification
(design 4.1)."""

from django.utils.translation import gettext_lazy as _

from registry.casework import lifecycle
from registry.casework.kinds import Transition

# -- applications ------------------------------------------------------------------------------------------------------

STATES = lifecycle.STATES

# A combined application is decided matter by matter (NZQA Form 2: listing, approval and accreditation).
MATTERS = {
    "listing": _("listing on the register"),
    "approval": _("approval of the content"),
    "accreditation": _("accreditation to deliver"),
}


def provider_may_apply(case, by, today) -> str | None:
    """An application is submitted by a body that is registered that day (S1)."""
    from providers.models import Provider

    if Provider.objects.registered(today).filter(organisation=case.organisation).exists():
        return None
    return _("Only a registered provider can submit an application.")


TRANSITIONS = (
    *lifecycle.drafting(provider_may_apply),
    *lifecycle.evaluation(),
    *lifecycle.deciding(),
    *lifecycle.desk(),
)

# -- amendments --------------------------------------------------------------------------------------------------------

AMENDMENT_STATES = {
    "draft": _("draft"),
    "recommended": _("waits for a decision"),
    "approved": _("approved"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
}

AMENDMENT_MATTERS = {"amendment": _("change of the entry")}


def based_on_what_is_public(case, by=None, today=None) -> str | None:
    """An amendment is handed on and decided against the revision that is public, never against an older one (E3)."""
    amendment = case.amendment
    latest = amendment.credential.revisions.latest_public()
    if latest.number == amendment.based_on:
        return None
    said = {"latest": latest.number, "based": amendment.based_on}
    return _("Revision %(latest)s is public meanwhile; this is based on %(based)s. Compare it with the new one.") % said


DRAFTERS = ("registrar", "evaluator")

AMENDMENT_TRANSITIONS = (
    Transition(
        "edit", ("draft",), None, DRAFTERS, _("Edit"), part="drafted", said=_("%(person)s edited the draft.")
    ),
    Transition(
        "rebase", ("draft",), None, DRAFTERS, _("Compare with the new revision"), part="drafted",
        said=_("%(person)s compared it with the revision that is public now."),
    ),
    Transition(
        "submit", ("draft",), "recommended", DRAFTERS, _("Hand to a decision maker"), part="drafted",
        guards=(based_on_what_is_public,), tells=("deciders",), said=_("%(person)s handed it to a decision maker."),
    ),
    Transition(
        "withdraw", ("draft", "recommended"), "withdrawn", DRAFTERS, _("Withdraw"),
        said=_("%(person)s took it back."),
    ),
    Transition(
        "send_back", ("recommended",), "draft", ("decision_maker",), _("Send back"),
        said=_("%(person)s sent it back to be altered."),
    ),
    Transition(
        "approve", ("recommended",), "approved", ("decision_maker",), _("Approve"), part="decided",
        guards=(based_on_what_is_public,), said=_("%(person)s approved it."),
    ),
    Transition(
        "decline", ("recommended",), "declined", ("decision_maker",), _("Decline"), part="decided",
        said=_("%(person)s declined it."),
    ),
    Transition(
        "waive", ("recommended",), None, ("decision_maker",), _("Waive a rule"),
        said=_("%(person)s waived the rule %(rule)s."),
    ),
    Transition(
        "declare_interest", ("recommended",), None, ("decision_maker",), _("Declare an interest"), part="conflicted",
        said=_("%(person)s declared an interest in it."),
    ),
    Transition("release", ("approved",), None, ("system",), _("Publish on its day"), said=_("It became public.")),
)  # fmt: skip
