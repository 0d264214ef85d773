"""The way of a return: it is asked for, handed in, evaluated and decided as whatever the register asks a body to report on
(`registry.casework.reporting`)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.casework import lifecycle, reporting

RETURN = "provider_return"
MATTER = "return"
MATTERS = {MATTER: _("return")}
# It is accepted or not, and nothing has to be changed by it: what is missing is asked for, or it is given back.
STATES: dict[str, Any] = {
    **{name: label for name, label in reporting.STATES.items() if name != "change_required"},
    "draft": _("open: a return is asked for"),
    "submitted": _("return handed in"),
    "under_evaluation": _("return under evaluation"),
    "approved": _("accepted"),
    "approved_with_conditions": _("accepted, with conditions"),
    "declined": _("not accepted"),
    "withdrawn": _("closed without a return"),
}
OUTCOMES: dict[str, Any] = {
    "approved": _("accepted"),
    "approved_with_conditions": _("accepted, with conditions"),
    "declined": _("not accepted"),
}
TRANSITIONS = lifecycle.within(STATES, *reporting.table())
# What the states mean to a body.
MEANINGS = {
    "draft": (
        _("The register asks you for this return. The authority sees that it is open, and nothing of what you write."),
        _("Write it, and hand it in by its day. Then the authority has it."),
    ),
    "submitted": (_("The authority has your return."), _("It is looked through. Then an officer evaluates it.")),
    "returned": (
        _("The authority has given the return back, because something is missing."),
        _("Mend what is missing and hand it in again."),
    ),
    "under_evaluation": (
        _("An officer is judging your return point by point."),
        _("You may be asked for information. Then a decision maker decides whether it is accepted."),
    ),
    "approved": (_("Your return has been accepted."), ""),
    "declined": (
        _("Your return has not been accepted."),
        _("Nothing else follows by itself: what the authority means to do about it, it tells you first."),
    ),
    "withdrawn": (_("The authority has closed it without a return."), _("What was recorded stays as it is.")),
}  # fmt: skip
