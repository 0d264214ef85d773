"""The forms of a case's page in the portal. They ask only that something was written: the services ask the rest."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.casework.forms import Files, day_field

LONGEST = 8000


def _text(label: Any, missing: Any, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        error_messages={"required": missing}, **more,
    )  # fmt: skip


class ActForm(forms.Form):
    """What an act is sent with. `revision` tells which state of the case its page showed."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)


class AnswerForm(ActForm):
    """The answer to one question, with files that show it."""

    item = forms.IntegerField(widget=forms.HiddenInput)
    text = _text(_("Your answer"), "", required=False)
    file = Files(label=_("Files that show it"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["text"] = data.get("text", "").strip()
        if not data["text"] and not data.get("file") and "text" not in self.errors:
            self.add_error("text", _("Write your answer, or choose a file."))
        return data


class FilesForm(ActForm):
    """Files for one criterion of a draft."""

    criterion = forms.CharField(widget=forms.HiddenInput, max_length=60)
    dated_on = day_field(_("Day that they are of"), _("Only what existed when it was decided counts."))
    file = Files(label=_("Attach files"), error_messages={"required": _("Choose a file first.")})


class RemoveForm(ActForm):
    evidence = forms.IntegerField(widget=forms.HiddenInput)


class MessageForm(ActForm):
    text = _text(_("Your message"), _("Write something first."))
