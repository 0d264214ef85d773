"""The forms that desk and portal share: none needs a script, and each comes back with what was typed where it is refused."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext, gettext_lazy

from registry.casework import evidence
from registry.casework.models import Case


def day_field(label: Any, help_text: Any = "", *, required: bool = False) -> forms.DateField:
    """A calendar day, as a browser's own field for dates sends it."""
    return forms.DateField(
        label=label, required=required, help_text=help_text, input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "short"}),
        error_messages={
            "invalid": gettext_lazy("Write a date such as 2026-01-31."), "required": gettext_lazy("Give the day."),
        },
    )  # fmt: skip


def prose(label: Any, missing: Any, help_text: Any = "", *, required: bool = True, rows: int = 3) -> forms.CharField:
    """A text in the writer's own words; `missing` is said where there must be one."""
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=8000,
        widget=forms.Textarea(attrs={"rows": rows}), error_messages={"required": missing},
    )  # fmt: skip


def limits() -> str:
    """What may be attached, and how much at once."""
    return gettext("Any of %(types)s, each at most %(size)s. You may choose up to %(count)d at once.") % {
        "types": ", ".join(sorted(evidence.ACCEPTED)), "size": filesizeformat(settings.EVIDENCE_MAX_BYTES),
        "count": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
    }  # fmt: skip


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """One file or more, as they were sent: whether one can be kept, the service says in its own words."""

    widget = SeveralFiles

    def __init__(self, **kwargs: Any):
        super().__init__(help_text=lazy(limits, str)(), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        if self.required and not data:
            raise ValidationError(self.error_messages["required"], code="required")
        return list(data or ())


class CaseForm(forms.Form):
    """A form about one case. `revision` tells which state of the case its page showed. Where a page has several of a
    kind, the hidden field that `key` names tells them apart."""

    key: str | None = None
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        initial = {"revision": case.revision} | (kwargs.pop("initial", None) or {})
        super().__init__(*args, initial=initial, **kwargs)
        self.case = case


class RecordForm(CaseForm):
    """What a case of a kind says of its own (`kinds.Record`): whatever of it can be read is kept, complete or not."""

    def values(self) -> Mapping[str, Any]:
        """What could be read, by the names of the fields."""
        return {name: said for name, said in self.cleaned_data.items() if name != "revision"}

    def keep_revision(self, revision: int) -> None:
        """Build on what has just been saved: the form comes back for the fields that could not be read."""
        self.data = self.data.copy()
        self.data["revision"] = revision
