"""The forms of the kinds of application beside the first one. Each refuses only what cannot be kept; the rules come at
submission."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credentials import proposals
from credentials.forms import AmendmentForm, DraftForm, Lines
from credentials.models import AccreditationApplication, Amendment
from registry.content.controls import ShapeField, sent
from registry.content.dictionary import DELIVERY_MODES
from registry.content.shapes import Day, Language, Listing
from registry.documents import iso
from registry.errors import Violation
from registry.status import parse

# What the first stage of a full qualification asks for; the rest is written once its development was approved.
FIRST_STAGE = (
    "title", "language", "type", "level", "purpose", "need_statement", "duplication_statement", "stakeholder_statement",
    "revision",
)  # fmt: skip


class StartForm(forms.Form):
    """For which provider, and about which entry of the register."""

    provider = forms.ModelChoiceField(queryset=None, label=_("For which provider?"), empty_label=None)

    def __init__(self, *args: Any, providers: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers


class StartAboutEntryForm(StartForm):
    number = forms.CharField(
        label=_("Which entry?"), max_length=20, help_text=_("Its register number, such as NQ-000123."),
        error_messages={"required": _("Write the register number of the entry.")},
    )  # fmt: skip

    def clean_number(self) -> str:
        return self.cleaned_data["number"].strip().upper()


class QualificationForm(DraftForm):
    """A full qualification in two stages: little is asked of the first one, and all of the second."""

    stakeholder_statement = forms.CharField(
        label=_("Stakeholders"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Who has a stake in it, and how they take part in its development. Attach what they attest."),
    )  # fmt: skip

    def __init__(self, *args: Any, first: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        del self.fields["wants_accreditation"], self.fields["sites"]
        if first:
            self.fields = {name: field for name, field in self.fields.items() if name in FIRST_STAGE}


class AccreditationForm(forms.Form):
    """Where, how, in which languages and for how long a provider asks to deliver an entry."""

    sites = Lines(
        longest=300, label=_("Sites"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One site a line."),
    )  # fmt: skip
    delivery_modes = forms.MultipleChoiceField(
        label=_("How it is delivered"), choices=tuple(DELIVERY_MODES.items()), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    languages = ShapeField(
        Listing(Language()), (), label=_("Languages of delivery"),
        help_text=_("One code a line: en for English, mi for te reo Māori."),
    )  # fmt: skip
    begins_on = ShapeField(Day(), (), label=_("From"), help_text=_("Left empty, from the day of the decision."))
    ends_on = ShapeField(Day(), (), label=_("Until"), help_text=_("Left empty, it has no end of its own."))
    capability_statement = forms.CharField(
        label=_("Capability to deliver"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Staff, resources, assessment and moderation, and the support for learners. Attach the evidence."),
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def initial_of(application: AccreditationApplication) -> dict[str, Any]:
        return {
            "sites": application.sites, "delivery_modes": application.delivery_modes,
            "languages": application.languages, "begins_on": iso(application.begins_on),
            "ends_on": iso(application.ends_on), "capability_statement": application.capability_statement,
            "revision": application.case.revision,
        }  # fmt: skip

    @classmethod
    def showing(cls, application: AccreditationApplication, violations: list[Violation]) -> "AccreditationForm":
        """The stored draft with each broken rule at the field that it is about."""
        asked, data = cls().fields, {}
        for name, value in cls.initial_of(application).items():
            lines = "\n".join(value) if isinstance(asked[name], Lines) else value
            data |= sent(asked[name].widget, name, lines) if value is not None else {}
        form = cls(data)
        form.full_clean()
        for violation in violations:
            if violation.severity == "error":
                form.add_error(violation.field if violation.field in form.fields else None, violation.message)
        return form

    def values(self) -> dict[str, Any]:
        """What the service keeps: only fields that could be read, so that one bad field loses none of the others."""
        kept = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        for name in ("begins_on", "ends_on"):
            if kept.get(name):
                kept[name] = parse(kept[name])
        if "languages" in kept:
            kept["languages"] = kept["languages"] or []
        return kept

    def keep_revision(self, revision: int) -> None:
        """What could be read has been saved: the page that comes next builds on that."""
        self.data = self.data.copy()
        self.data["revision"] = str(revision)


class ChangeForm(AmendmentForm):
    """What an officer may write into an amendment, and the plan for those who have started."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["teach_out"] = forms.CharField(
            label=_("Teach-out plan"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_(
                "Asked where the entry ends: who teaches and assesses those who have started, and until when. It is not public."
            ),
        )  # fmt: skip

    @staticmethod
    def initial_of(amendment: Amendment) -> dict[str, Any]:
        """As of an amendment; a category that follows from what is altered is not shown as somebody's choice."""
        said = AmendmentForm.initial_of(amendment)
        follows = proposals.of(amendment).proposed
        if follows and follows.code == amendment.category:
            said["category"] = ""
        return said | {"teach_out": amendment.teach_out}

    def values(self, amendment: Amendment) -> dict[str, Any]:
        values = super().values(amendment)
        if "teach_out" in self.cleaned_data and self._sent("teach_out"):
            values["teach_out"] = self.cleaned_data["teach_out"]
        return values

    def sections(self) -> list[dict[str, Any]]:
        *shown, means = super().sections()
        return [*shown, means | {"fields": [*means["fields"], self["teach_out"]]}]
