"""The forms of a consistency review: what the authority announces, and what a provider says of itself."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credentials.models import ConsistencyPart
from credentials.models.consistency import Rating
from credentials.services.consistency import FIELDS
from registry.casework.forms import RecordForm, day_field, prose
from registry.content.controls import ShapeField
from registry.content.shapes import Texts
from registry.framework import current
from registry.models import Case


class ReviewForm(RecordForm):
    """What is asked of all who deliver a qualification, and when and where they meet."""

    held_on = day_field(
        _("Held on"),
        _("Each provider hands its self-assessment in before that day. Announce it two to three months ahead."),
    )
    venue = prose(_("Venue"), "", required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        languages = current.profile().languages
        self.fields["question"] = ShapeField(
            Texts(2_000), languages, label=_("Evaluation question"), help_text=_("Every provider answers it.")
        )
        self.fields["threshold"] = ShapeField(
            Texts(4_000), languages, label=_("Threshold"),
            help_text=_("From where on graduates match the outcomes: what the reviewers compare with."),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("question", "threshold"):
            if name in cleaned:
                cleaned[name] = cleaned[name] or {}
        return cleaned

    @staticmethod
    def initial_of(case: Case) -> Mapping[str, Any]:
        return {name: getattr(case.consistency_review, name) for name in FIELDS}


class PartForm(RecordForm):
    """What a provider says of itself; once the report is interim, what it has improved since."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.case.state == "returned":
            self.fields["improvements"] = prose(
                _("What has improved"), "", _("What you have put right since, and how that is shown."), required=False,
                rows=6,
            )  # fmt: skip
            return
        self.fields["graduates"] = forms.IntegerField(
            label=_("Graduates"), required=False, min_value=0, max_value=1_000_000,
            help_text=_("Since the last review. With fewer than five, only your self-assessment is read. It is not public."),
        )  # fmt: skip
        self.fields["self_rating"] = forms.ChoiceField(
            label=_("Your own rating"), required=False, choices=[("", _("Choose")), *Rating.choices]
        )
        self.fields["self_assessment"] = prose(
            _("Self-assessment"), "",
            _("Answer the evaluation question: what you found about your graduates, and what shows it."), required=False,
            rows=8,
        )  # fmt: skip

    @staticmethod
    def initial_of(case: Case) -> Mapping[str, Any]:
        part = case.consistency_part
        return {name: getattr(part, name) for name in (*ConsistencyPart.WRITTEN, *ConsistencyPart.LATER)}
