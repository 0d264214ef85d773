"""What officers do with reports of a problem, and what is asked of them for it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.casework.admin import acts
from registry.casework.forms import CaseForm, prose
from registry.casework.services import problems


class FixForm(CaseForm):
    fixed_by = forms.CharField(
        label=_("Reference of the case that put it right"), max_length=30,
        help_text=_("A correction or an amendment of this record that has been decided."),
        error_messages={"required": _("Name the correction or the amendment.")},
    )  # fmt: skip
    reason = prose(
        _("What the reporter is told of it"), "", _("Left empty: that it has been put right."), required=False
    )  # fmt: skip


class StaysForm(CaseForm):
    reason = prose(
        _("Why the record stays as it is"), _("Say why the record stays as it is."), _("The reporter reads it.")
    )  # fmt: skip


acts.register(
    "fix", acts.Act("fix", FixForm, acts.of(problems.fix_problem, "fixed_by", "reason"), _("It has been put right."))
)
acts.register(
    "refuse",
    acts.Act("refuse", StaysForm, acts.of(problems.refuse_problem, "reason"), _("The report has been refused.")),
)
