"""The forms of a new name and of a succession: they refuse only what cannot be kept; the rules come when it is handed in."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers import succession
from providers.forms import languages_of
from providers.models import Provider
from providers.succession import Line
from registry.casework.forms import RecordForm, day_field
from registry.content.bodies import SUCCESSIONS
from registry.models import Case

CHOOSE = gettext_lazy("Choose")


class RenamingForm(RecordForm):
    """The new legal name of a body, and since when it bears it."""

    legal_name = forms.CharField(
        label=gettext_lazy("New legal name"), required=False, max_length=300,
        help_text=gettext_lazy("As the law, deed or certificate gives it. The present name stays on record with its days."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip
    language = forms.ChoiceField(label=gettext_lazy("Language of the name"), required=False)
    borne_from = day_field(
        gettext_lazy("Borne from"),
        gettext_lazy("The day of the legal change. A name that is borne from a later day becomes public on that day."),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        record = case.renaming
        self.fields["language"].choices = list(languages_of(record.language or record.provider.language).items())


def initial_of_renaming(case: Case) -> dict[str, Any]:
    record = case.renaming
    return {name: getattr(record, name) for name in ("legal_name", "language", "borne_from")}


def _numbers(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "short"}),
    )  # fmt: skip


class SuccessionForm(RecordForm):
    """The bodies on both sides, and, once they are saved, what becomes of each accreditation of those that came before."""

    relation = forms.ChoiceField(
        label=gettext_lazy("What happened"), required=False, choices=[("", CHOOSE), *SUCCESSIONS.items()]
    )
    before = _numbers(
        gettext_lazy("Bodies that came before"), gettext_lazy("Their numbers on the register, one on each line.")
    )
    after = _numbers(
        gettext_lazy("Bodies that came after"),
        gettext_lazy("Their numbers, one on each line. Save the draft to be asked about each accreditation."),
    )
    happened_on = day_field(
        gettext_lazy("Day on which it happened"),
        gettext_lazy("The first day on which it holds. The bodies that end were registered until the day before."),
    )
    ends = forms.BooleanField(
        label=gettext_lazy("The bodies that came before end by it"), required=False,
        help_text=gettext_lazy("By a merger and a succession they do in any case; by a split or a purchase they may go on."),
    )  # fmt: skip

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        record = case.succession
        self.lines = succession.lines(record)
        choices = _choices(succession.parties(record, "after"))
        for line in self.lines:
            self._ask(line, choices)

    def _ask(self, line: Line, choices: list[tuple[str, str]]) -> None:
        said = {"number": line.held.number, "holder": line.held.holder}
        self.fields[f"what_{line.held.number}"] = forms.ChoiceField(
            label=_("What becomes of %(number)s, held by %(holder)s") % said, required=False, choices=choices,
            help_text=f"{line.held.credential} {line.held.title}",
        )  # fmt: skip
        self.fields[f"until_{line.held.number}"] = day_field(
            _("Last day of %(number)s") % said, _("Where it is closed, or stays open for a while.")
        )

    def clean(self) -> dict[str, Any]:
        """The fields as the record has them: numbers one by one, and what is decided by accreditation."""
        said = {name: self.cleaned_data[name] for name in ("revision", *_OWN) if name in self.cleaned_data}
        said |= {side: re.split(r"[\n,;]+", said[side]) for side in ("before", "after") if side in said}
        return said | {"accreditations": self._decided()}

    def _decided(self) -> dict[str, dict[str, Any]]:
        """What was chosen of each accreditation that the form asked about."""
        found = {}
        for number in (line.held.number for line in self.lines):
            what, _colon, to = (self.cleaned_data.get(f"what_{number}") or "").partition(":")
            found[number] = {"what": what, "to": to, "until": self.cleaned_data.get(f"until_{number}")}
        return found


_OWN = ("relation", "before", "after", "happened_on", "ends")


def _choices(successors: list[Provider]) -> list[tuple[str, str]]:
    """What may be decided of an accreditation: it may be handed on to each of the successors."""
    handed = [
        (f"{succession.TRANSFER}:{body.number}", _("handed on to %(number)s %(name)s") % {
            "number": body.number, "name": body.title,
        })
        for body in successors
    ]  # fmt: skip
    others = [(what, str(label)) for what, label in succession.CHOICES.items() if what != succession.TRANSFER]
    return [("", str(CHOOSE)), *handed, *others]


def initial_of_succession(case: Case) -> dict[str, Any]:
    record = case.succession
    said: dict[str, Any] = {name: getattr(record, name) for name in _OWN}
    said |= {side: "\n".join(said[side]) for side in ("before", "after")}
    for line in succession.lines(record):
        said[f"what_{line.held.number}"] = f"{line.what}:{line.to}" if line.to else line.what
        said[f"until_{line.held.number}"] = line.until
    return said
