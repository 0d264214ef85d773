"""What officers do with a review beside what they do with any report."""

from django import forms
from django.utils.translation import gettext_lazy as _

from credentials.services import reviewing
from registry.casework.admin import acts
from registry.casework.forms import CaseForm, prose


class CoverForm(CaseForm):
    change = forms.CharField(
        label=_("Reference of the change"), max_length=30,
        help_text=_("A change of this entry that was granted since the review opened. Each criterion must be answered by it."),
        error_messages={"required": _("Name the change.")},
    )  # fmt: skip
    reason = prose(_("Reason"), _("Say why no report is needed."), _("The body reads it."))


acts.register(
    "cover",
    acts.Act("cover", CoverForm, acts.of(reviewing.cover, "change", "reason"), _("It waits for a decision maker.")),
)
