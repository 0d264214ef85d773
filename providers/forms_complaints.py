"""The form of a complaint, for the public and for an officer who records one; and those of the acts in its case."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from providers.models import Complaint, Finding
from registry.casework.forms import CaseForm, day_field, prose
from registry.receiving import PlainField, PublicForm

YES_NO = (("yes", _("Yes")), ("no", _("No")))


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ComplaintForm(PublicForm):
    """What happened, whether the provider was asked first, and whom to write to."""

    text = PlainField(
        label=_("What happened"), max_length=8000, widget=_area(8),
        help_text=_("Say what the provider did or did not do, and whom it touched."),
        error_messages={"required": _("Say what happened.")},
    )  # fmt: skip
    happened_on = day_field(_("When it happened"), _("If it went on for some time: the last day."), required=True)
    own_process = forms.ChoiceField(
        label=_("Have you complained to the provider itself?"), choices=Complaint.OwnProcess.choices,
        widget=forms.RadioSelect, error_messages={"required": _("Say whether you have complained to the provider.")},
    )  # fmt: skip
    process_said = PlainField(
        label=_("What came of that, or why you have not"), max_length=4000, required=False, widget=_area(3)
    )
    pursued = PlainField(
        label=_("What you have done about it since"), max_length=4000, required=False, widget=_area(3),
        help_text=_("Only if it happened more than 12 months ago."),
    )  # fmt: skip
    may_be_named = forms.ChoiceField(
        label=_("May the provider learn your name?"), choices=YES_NO, widget=forms.RadioSelect,
        help_text=_("You may say no. The provider may still guess it from what happened."),
        error_messages={"required": _("Say whether the provider may learn your name.")},
    )  # fmt: skip
    name = PlainField(
        label=_("Your name"), max_length=200, help_text=_("Only the officer of your case and a registrar can read it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}), error_messages={"required": _("Write your name.")},
    )  # fmt: skip
    email = forms.EmailField(
        label=_("Your e-mail address"), required=False, max_length=254, help_text=_("We write to you here."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Write an e-mail address such as name@example.org.")},
    )  # fmt: skip
    address = PlainField(
        label=_("Your postal address"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )  # fmt: skip
    telephone = PlainField(
        label=_("Your telephone number"), max_length=60, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )  # fmt: skip

    def clean_may_be_named(self) -> bool:
        return self.cleaned_data["may_be_named"] == "yes"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        reach = ("email", "address", "telephone")
        if not any(data.get(name) or self.errors.get(name) for name in reach):
            self.add_error("email", _("Give an e-mail address, a postal address or a telephone number."))
        return data


class RecordedForm(ComplaintForm):
    """The same, as an officer writes it down from a letter or a conversation."""

    channel = forms.ChoiceField(
        label=_("How it came"), choices=[c for c in Complaint.Channel.choices if c[0] != Complaint.Channel.FORM]
    )
    received_on = day_field(_("Received on"), required=True)
    language = forms.ChoiceField(label=_("Language in which to write back"), choices=settings.LANGUAGES)
    field_order = ("channel", "received_on", "language")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        for name, label in (
            ("own_process", _("Was the provider asked first?")), ("process_said", _("What came of that, or why not")),
            ("pursued", _("What was done about it since")), ("may_be_named", _("May the provider learn the name?")),
            ("name", _("Name")), ("email", _("E-mail address")), ("address", _("Postal address")),
            ("telephone", _("Telephone")),
        ):  # fmt: skip
            self.fields[name].label = label

    def clean(self) -> dict[str, Any]:
        # A letter may say neither who wrote it nor where to answer.
        return forms.Form.clean(self) or self.cleaned_data


class ToldForm(CaseForm):
    reason = prose(_("Reason"), _("Give a reason."), _("The complainant reads it."))


class TakeUpForm(CaseForm):
    process_reason = prose(
        _("Why it goes on without the provider's own process"), "",
        _("Only if the provider has not been asked, or has not answered."), required=False,
    )  # fmt: skip
    limit_reason = prose(
        _("Why it goes on after so long"), "", _("Only if it happened more than 12 months before: how it was pursued."),
        required=False,
    )  # fmt: skip


class AdviseForm(CaseForm):
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=Finding.Outcome.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Choose the outcome.")},
    )  # fmt: skip
    reason = prose(_("Reason, for officers"), _("Give a reason."))


class ConcludeForm(AdviseForm):
    to_complainant = prose(
        _("What the complainant is told"), "", _("In neutral words, beside what the outcome means. You may leave it empty."),
        required=False,
    )  # fmt: skip
    to_provider = prose(
        _("What the provider is told"), "", _("If it was asked. Name nobody. You may leave it empty."), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if advised := self.case.complaint.findings.last():
            self.initial.setdefault("outcome", advised.outcome)


class ForgetForm(CaseForm):
    reason = prose(_("By which rule"), _("Say by which rule they are forgotten."))
