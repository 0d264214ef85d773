"""What anybody may send the authority without an account: a form for each sort, and what takes it in.

The public pages know these doors by their names alone. What is behind one, an app brings when it is ready, so that the
public side of the register reads no case (design 4.10).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The doors that the public pages lead to.
PROBLEM, COMPLAINT = "problem", "complaint"
# Everything that steers a terminal or turns the direction of a line around, and is no part of what somebody writes.
_UNWRITTEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class PlainField(forms.CharField):
    """Words as somebody wrote them: control characters are left out, and line ends are of one sort."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return _UNWRITTEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


class PublicForm(forms.Form):
    """A form that is open to everybody. `website` is drawn where no person sees it: a program that fills in every field
    fills it in too."""

    website = forms.CharField(
        label=gettext_lazy("Leave this field empty"), required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )  # fmt: skip

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Leave this field empty: it tells people from programs."))
        return ""

    def asked(self) -> list[forms.BoundField]:
        """The fields that people are asked to fill in, in their order."""
        return [field for field in self.visible_fields() if field.name != "website"]

    def said(self) -> dict[str, Any]:
        """What was written, by the names of those fields."""
        return {name: value for name, value in self.cleaned_data.items() if name != "website"}


@dataclass(frozen=True)
class Door:
    """One thing that the public may send about an entry.

    `about`: the kinds of entry that it may be about. `receive(number=, values=, language=)` takes in what was written and
    answers with the reference that the receipt names; the same thing sent again gets the same one. `needs` is read before
    the form, `next_steps` with the receipt.
    """

    name: str
    title: Any
    button: Any
    about: frozenset[str]
    form: type[PublicForm]
    receive: Callable[..., str]
    needs: tuple[Any, ...]
    received: Any
    next_steps: tuple[Any, ...]


_doors: dict[str, Door] = {}


def register(door: Door) -> None:
    _doors[door.name] = door


def get(name: str) -> Door:
    return _doors[name]
