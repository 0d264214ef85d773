"""What officers are asked about a case over many entries."""

from django import forms
from django.utils.translation import gettext_lazy as _

from credentials.forms import Lines
from credentials.models import Credential, Reregistration
from registry.casework.forms import RecordForm, day_field


def _lines(label: object, help_text: object) -> Lines:
    return Lines(
        longest=500, label=label, required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text=help_text
    )


class ReregistrationForm(RecordForm):
    """Which entries, apart from which, and their new days."""

    kinds = forms.MultipleChoiceField(
        label=_("Kinds"), required=False, choices=Credential.Kind.choices, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )  # fmt: skip
    provider = forms.CharField(
        label=_("Awarding body (lead)"), required=False, max_length=20, help_text=_("Its register number.")
    )
    level = forms.CharField(label=_("Level"), required=False, max_length=20)
    field = forms.CharField(
        label=_("Field"), required=False, max_length=20, help_text=_("The first figures of its code, such as 07.")
    )
    ends_by = forms.ChoiceField(
        label=_("Their registration ends on"), required=False, choices=Reregistration.Ends.choices
    )
    ends_from = day_field(_("From this day"), _("The first day on which the registration of one of them ends."))
    ends_until = day_field(_("Until this day"), _("The last such day, itself included."))
    numbers = _lines(
        _("Or a list of entries"), _("One register number a line, in the place of all that is asked above.")
    )
    exceptions = _lines(
        _("Exceptions"),
        _("One a line: the register number, then the reason. Save the draft to read what would become of each entry."),
    )
    expiring_from = day_field(
        _("Their registration ends from now on"), _("The day from which they are expiring. All of them get these days.")
    )
    last_new_enrolment = day_field(_("Last day to start"), _("Left empty, it is the day that the law gives."))
    expiry_end = day_field(_("Last day"), _("Their last day on the register. Left empty, they have none."))
    last_award = day_field(_("Last day for awards"), _("Left empty, they have none."))

    def clean_ends_by(self) -> str:
        return self.cleaned_data["ends_by"] or Reregistration.Ends.EXPIRING_FROM


class SpreadForm(RecordForm):
    """The numbers of the rule."""

    per_week = forms.IntegerField(
        label=_("At most so many reviews a week"), required=False, min_value=1, max_value=100_000,
        help_text=_("Left empty, it is the least with which all of them fall due within one period between reviews."),
    )  # fmt: skip
    opens_from = day_field(
        _("No review opens before"),
        _("Choose a day that comes after the decision: the whole time in which a review is open lies ahead then."),
    )
