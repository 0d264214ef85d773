"""What officers are asked about a wrong listing, a typo, a law that changes kinds, and a listing inquired into."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credentials import corrections
from credentials.forms import Lines
from credentials.models import Credential
from registry.casework.forms import RecordForm, day_field, prose
from registry.content.controls import ShapeField, field_of
from registry.content.dictionary import BY_NAME
from registry.content.removals import CATEGORIES
from registry.content.shapes import Column, Text, Texts, rows
from registry.framework import current

GROUNDS = rows(
    ground=Column(_("Ground: the rule that is at stake"), Text(200), required=True),
    held=Column(_("What is held against the listing"), Text(4_000), required=True),
)
KINDS = [("", _("Choose a kind")), *Credential.Kind.choices]


class RemovalForm(RecordForm):
    """What was listed by mistake, and why it is one."""

    category = forms.ChoiceField(
        label=_("What is wrong"), required=False, choices=[("", _("Choose what is wrong")), *CATEGORIES.items()],
        help_text=_("A neutral sentence for it is public, with the day and the number of the decision."),
    )  # fmt: skip
    twin = forms.CharField(
        label=_("The entry that stands"), required=False, max_length=20,
        help_text=_("Only for a listing that was made twice: the register number of the other one."),
    )  # fmt: skip
    mistake = prose(
        _("The mistake, for officers"),
        "",
        _("Say what happened, and how you know. It is never public."),
        required=False,
    )


class CorrectionForm(RecordForm):
    """The texts of an entry, as they should read: the fields are those that are words and nothing else."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        revision = self.case.correction.credential.revisions.latest_public()
        languages = tuple(dict.fromkeys([*current.profile().languages, revision.language]))
        for name in corrections.FIELDS:
            self.fields[name] = field_of(BY_NAME[name], languages)
        self.fields["reason"] = forms.CharField(
            label=_("What was wrong"), required=False, max_length=300, help_text=_("One short sentence. It is public.")
        )
        self.fields["instrument"] = forms.CharField(
            label=_("What allows you to correct it alone"), required=False, max_length=500,
            help_text=_("The law, rule or delegation."),
        )  # fmt: skip


class KindByLawForm(RecordForm):
    """Which law makes which entries another kind, and from when."""

    law = forms.CharField(
        label=_("Law"), required=False, max_length=300, help_text=_("Its title, as it is cited. It is public.")
    )
    section = forms.CharField(label=_("Section"), required=False, max_length=100)
    effective_on = day_field(_("In effect from"))
    from_kind = forms.ChoiceField(label=_("From kind"), required=False, choices=KINDS)
    to_kind = forms.ChoiceField(label=_("To kind"), required=False, choices=KINDS)
    numbers = Lines(
        longest=20, label=_("Entries"), required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One register number a line. Save the draft to read what would become of each."),
    )  # fmt: skip


class InquiryForm(RecordForm):
    """On which grounds the authority looks into a listing, and how the entry would end. The grounds stand once the interim
    decision has been made: the body replies to them."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        languages = current.profile().languages
        if self.case.state == "draft":
            self.fields["grounds"] = ShapeField(
                GROUNDS, languages, label=_("Grounds"), help_text=_("The body reads each of them, and may reply to it.")
            )
        self.fields["expiring_from"] = day_field(_("Expiring from"), _("From this day on the entry is on its way out."))
        self.fields["last_new_enrolment"] = day_field(
            _("Last day to start"), _("Left empty, it is the day that the law gives.")
        )
        self.fields["expiry_end"] = day_field(_("Last day"), _("Its last day on the register."))
        self.fields["transition_note"] = ShapeField(
            Texts(4_000), languages, label=_("Note for the transition"),
            help_text=_("What holders and learners keep, and by when they must finish. It is public."),
        )  # fmt: skip
