"""The forms of what the authority prepares about a provider, and of a withdrawal: whatever can be read is kept."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from providers.services.statutory import open_actions
from registry.casework.forms import CaseForm, RecordForm, day_field, prose
from registry.framework import current
from registry.framework.law import Ground
from registry.framework.profile import text

# So many grounds may be named in one notice.
GROUNDS = 4


def _chosen(label: Any, help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, help_text=help_text, required=False)


def _written(label: Any, help_text: Any = "", *, rows: int = 3) -> forms.CharField:
    field = prose(label, "", help_text, required=False, rows=rows)
    field.widget.attrs["dir"] = "auto"
    return field


def _learners() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Learners affected"), required=False, min_value=0, help_text=_("How many are taught now; 0 for none."),
        error_messages={"invalid": _("Write a whole number."), "min_value": _("Write a whole number.")},
    )  # fmt: skip


def _or_none(choices: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [("", _("Choose")), *choices]


class GroundsForm(RecordForm):
    """Up to four grounds, each with what is held against the body; rows that are left empty are none."""

    def grounds(self) -> Iterable[Ground]:
        raise NotImplementedError

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        choices = _or_none((ground.code, text(ground.label, language)) for ground in self.grounds())
        for n in range(1, GROUNDS + 1):
            self.fields[f"ground_{n}"] = forms.ChoiceField(label=_("Ground %d") % n, choices=choices, required=False)
            self.fields[f"held_{n}"] = _written(
                _("Ground %d: what is held against the body") % n, _("The body reads it, and replies to it.")
            )

    def values(self) -> Mapping[str, Any]:
        said = {name: value for name, value in super().values().items() if not name.startswith(("ground_", "held_"))}
        rows = [
            {"ground": self.cleaned_data.get(f"ground_{n}") or "", "held": self.cleaned_data.get(f"held_{n}") or ""}
            for n in range(1, GROUNDS + 1)
        ]
        return {**said, "grounds": [row for row in rows if any(row.values())]}


def grounds_of(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The fields of the grounds as a form begins with them."""
    return {f"{name}_{n}": row[name] for n, row in enumerate(rows, start=1) for name in ("ground", "held")}


class SanctionForm(GroundsForm):
    measure = _chosen(_("Action"))
    summary = _written(
        _("Public summary"),
        _("In neutral words, without a name of a person. It is public once it is decided; the grounds never are."),
    )
    language = _chosen(_("Language of the summary"))
    last_day = day_field(_("Last day"), _("Where the action is bound in time. Left empty: until it is lifted."))
    credential = forms.CharField(
        label=_("Credential or accreditation"), required=False, max_length=20,
        help_text=_("Its number, where the action concerns one alone, such as NQ-000123."),
    )  # fmt: skip
    teach_out = _written(
        _("What becomes of the learners"), _("Asked for a suspension and a cancellation: who teaches them to the end.")
    )
    learners = _learners()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        profile, language = current.profile(), get_language() or "en"
        measures = ((kind.name, text(kind.label, language)) for kind in profile.statutory_actions.values())
        self.fields["measure"].choices = _or_none(measures)
        named = ((tag, LANG_INFO.get(tag, {}).get("name_local", tag)) for tag in profile.interface_languages)
        self.fields["language"].choices = _or_none(named)
        self.order_fields(["measure", *(f"{name}_{n}" for n in range(1, GROUNDS + 1) for name in ("ground", "held"))])

    def grounds(self) -> Iterable[Ground]:
        return [ground for ground in current.profile().statutory_grounds.values() if ground.acts]


class LapseForm(GroundsForm):
    def grounds(self) -> Iterable[Ground]:
        return [ground for ground in current.profile().statutory_grounds.values() if ground.lapses]


class LiftingForm(RecordForm):
    action = _chosen(_("Action"))
    lifted_on = day_field(_("Lifted on"), _("The first day without it. Left empty, it is the day of the decision."))
    reason = _written(_("Why it is lifted"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        known, language = current.profile().statutory_actions, get_language() or "en"
        rows = open_actions(self.case.lifting.provider, current.today())
        self.fields["action"].choices = _or_none(
            (row["reference"], f"{row['reference']}: {text(known[row['kind']].label, language)}")
            for row in rows
            if row["kind"] in known
        )


class WithdrawalForm(RecordForm):
    last_day = day_field(_("Last day"), _("The last day on which you are registered: today or a later one."))
    reason = _written(_("Why you withdraw"))
    teach_out = _written(
        _("What becomes of your learners"),
        _("Who teaches them to the end. Needed as long as you are accredited for anything on the last day."),
    )
    learners = _learners()


class TermsForm(CaseForm):
    """On which other terms an action may hold once its decision has been looked at again."""

    last_day = day_field(_("Last day"), _("Left empty: until it is lifted."))
    summary = _written(_("Public summary"), _("In neutral words, in the language of the one that there is."))
