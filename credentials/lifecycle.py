"""The states of each case about a credential, and every way from one to another: these tables are the specification
(design 4.1)."""

from django.utils.translation import gettext_lazy as _

from registry.casework.kinds import Transition
from registry.framework import current

# -- applications ------------------------------------------------------------------------------------------------------

STATES = {
    "draft": _("draft"),
    "submitted": _("submitted"),
    "under_evaluation": _("under evaluation"),
    "recommended": _("recommended"),
    "approved": _("approved"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
}

# A combined application is decided matter by matter (NZQA Form 2: listing, approval and accreditation).
MATTERS = {
    "listing": _("listing on the register"),
    "approval": _("approval of the content"),
    "accreditation": _("accreditation to deliver"),
}


def every_criterion_judged(case) -> str | None:
    """An evaluator recommends once every criterion has been judged (S8)."""
    version = current.version(case.profile)
    judged = set(case.judgements.values_list("criterion", flat=True))
    missing = [c.label["en"] for c in version.criteria_for(tuple(MATTERS)) if c.id not in judged]
    return _("Judge these criteria first: %(criteria)s.") % {"criteria": ", ".join(missing)} if missing else None


def provider_may_apply(case) -> str | None:
    """An application is submitted by a body that is registered today (S1)."""
    from providers.models import Provider

    if Provider.objects.registered(current.today()).filter(organisation=case.organisation).exists():
        return None
    return _("Only a registered provider can submit an application.")


OPEN = ("submitted", "under_evaluation", "recommended")

TRANSITIONS = (
    Transition("edit", ("draft",), "draft", ("editor",), _("Edit"), part="drafted"),
    Transition(
        "submit", ("draft",), "submitted", ("signatory",), _("Submit"), part="drafted", guards=(provider_may_apply,)
    ),
    Transition("withdraw", ("draft", *OPEN), "withdrawn", ("signatory",), _("Withdraw")),
    Transition("evaluate", ("submitted",), "under_evaluation", ("evaluator",), _("Start evaluation")),
    Transition(
        "judge", ("under_evaluation",), "under_evaluation", ("evaluator",), _("Judge a criterion"), part="evaluated"
    ),
    Transition(
        "recommend", ("under_evaluation",), "recommended", ("evaluator",), _("Recommend"), part="recommended",
        guards=(every_criterion_judged,),
    ),
    Transition("send_back", ("recommended",), "under_evaluation", ("decision_maker",), _("Send back")),
    Transition("approve", ("recommended",), "approved", ("decision_maker",), _("Approve"), part="decided"),
    Transition("decline", ("recommended",), "declined", ("decision_maker",), _("Decline"), part="decided"),
    Transition("waive", OPEN, None, ("decision_maker",), _("Waive a rule")),
    Transition("compare", OPEN, None, ("evaluator", "decision_maker"), _("Search for duplicates")),
    Transition(
        "declare_interest", OPEN, None, ("evaluator", "decision_maker"), _("Declare an interest"), part="conflicted"
    ),
)  # fmt: skip

# -- amendments --------------------------------------------------------------------------------------------------------

AMENDMENT_STATES = {
    "draft": _("draft"),
    "recommended": _("waits for a decision"),
    "approved": _("approved"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
}

AMENDMENT_MATTERS = {"amendment": _("change of the entry")}


def based_on_what_is_public(case) -> str | None:
    """An amendment is handed on and decided against the revision that is public, never against an older one (E3)."""
    amendment = case.amendment
    latest = amendment.credential.revisions.latest_public()
    if latest.number == amendment.based_on:
        return None
    said = {"latest": latest.number, "based": amendment.based_on}
    return _("Revision %(latest)s is public meanwhile; this is based on %(based)s. Compare it with the new one.") % said


DRAFTERS = ("registrar", "evaluator")

AMENDMENT_TRANSITIONS = (
    Transition("edit", ("draft",), "draft", DRAFTERS, _("Edit"), part="drafted"),
    Transition("rebase", ("draft",), "draft", DRAFTERS, _("Compare with the new revision"), part="drafted"),
    Transition(
        "submit", ("draft",), "recommended", DRAFTERS, _("Hand to a decision maker"), part="drafted",
        guards=(based_on_what_is_public,),
    ),
    Transition("withdraw", ("draft", "recommended"), "withdrawn", DRAFTERS, _("Withdraw")),
    Transition("send_back", ("recommended",), "draft", ("decision_maker",), _("Send back")),
    Transition(
        "approve", ("recommended",), "approved", ("decision_maker",), _("Approve"), part="decided",
        guards=(based_on_what_is_public,),
    ),
    Transition("decline", ("recommended",), "declined", ("decision_maker",), _("Decline"), part="decided"),
    Transition("waive", ("recommended",), None, ("decision_maker",), _("Waive a rule")),
    Transition(
        "declare_interest", ("recommended",), None, ("decision_maker",), _("Declare an interest"), part="conflicted"
    ),
)  # fmt: skip
