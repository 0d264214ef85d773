"""The forms of a recommendation and of a decision, with the conditions of an approval."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.casework import kinds
from registry.casework.admin.forms import CaseForm, day_field, matters_of, prose
from registry.casework.models import Backdating, Case, Outcome

CONDITIONS = 4
WITH_CONDITIONS = Outcome.APPROVED_WITH_CONDITIONS


class ConditionsForm(CaseForm):
    """A form with rows for conditions. A row that is left empty is none; where several matters are decided, each row
    says to which it belongs."""

    matters: dict[str, Any] = {}

    def add_rows(self) -> None:
        choices = [("", _("Choose")), *self.matters.items()]
        for n in range(1, CONDITIONS + 1):
            self.fields |= {
                f"text_{n}": prose(_("Condition"), "", required=False, rows=2),
                f"owner_{n}": forms.CharField(label=_("Who must see to it"), max_length=200, required=False),
                f"due_on_{n}": day_field(_("By")),
            }  # fmt: skip
            if len(self.matters) > 1:
                self.fields[f"matter_{n}"] = forms.ChoiceField(label=_("Matter"), choices=choices, required=False)

    def rows(self) -> list[list[forms.BoundField]]:
        names = ("text", "owner", "due_on", "matter")
        rows = [[self[f"{n}_{row}"] for n in names if f"{n}_{row}" in self.fields] for row in range(1, CONDITIONS + 1)]
        return [row for row in rows if row]

    def rows_in_use(self) -> bool:
        return any(field.value() for row in self.rows() for field in row)

    def read_rows(self) -> dict[str, list[dict[str, Any]]]:
        """The conditions by matter; what is missing in a row is told at its field."""
        only = next(iter(self.matters), "") if len(self.matters) == 1 else None
        found: dict[str, list[dict[str, Any]]] = {}
        missing = {
            "text": _("Write the condition."),
            "owner": _("Say who must see to it."),
            "due_on": _("Give the day."),
        }
        for n in range(1, len(self.rows()) + 1):
            row = {name: self.cleaned_data.get(f"{name}_{n}") for name in missing}
            matter = only or self.cleaned_data.get(f"matter_{n}", "")
            if not any(row.values()) and not any(self.errors.get(f"{name}_{n}") for name in missing):
                continue
            for name, said in missing.items():
                if not row[name] and not self.errors.get(f"{name}_{n}"):
                    self.add_error(f"{name}_{n}", said)
            if not matter and f"matter_{n}" in self.fields:
                self.add_error(f"matter_{n}", _("Choose the matter that it belongs to."))
            found.setdefault(matter, []).append(row)
        return found


class RecommendForm(ConditionsForm):
    """What the evaluator advises on the whole case."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Recommendation"), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you recommend.")},
    )  # fmt: skip
    reason = prose(gettext_lazy("Reason"), gettext_lazy("Give a reason."))

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        self.fields["outcome"].choices = _outcomes(case)
        if kinds.get(case.kind).has("approve_with_conditions"):
            self.add_rows()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        rows = [row for of_matter in self.read_rows().values() for row in of_matter]
        if data.get("outcome"):
            _check_conditions(self, "outcome", data["outcome"], rows)
        data["conditions"] = rows
        return data


class DecideForm(ConditionsForm):
    """One outcome for each matter that is decided now, its reasons, its conditions, and from when it holds and is public."""

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        self.matters = matters_of(case)
        kind = kinds.get(case.kind)
        for matter, label in self.matters.items():
            # A change is required of what leads alone.
            beside = kind.leading and matter != kind.leading
            choices = [row for row in _outcomes(case, now=True) if not (beside and row[0] == Outcome.CHANGE_REQUIRED)]
            self.fields[matter] = forms.ChoiceField(
                label=label, choices=choices, widget=forms.RadioSelect,
                error_messages={"required": _("Decide this matter.")},
            )  # fmt: skip
        self.fields["reason"] = prose(_("Reason, which the applicant reads"), _("Give a reason."), rows=5)
        self.fields["internal_reason"] = prose(
            _("Reason for officers"), "", _("The applicant never reads it."), required=False
        )
        self.fields["effective_on"] = day_field(
            _("Takes effect on"), _("Left empty: today. On a later day it waits until then, and nobody sees it before.")
        )
        self.fields["publish_on"] = day_field(
            _("Public from"),
            _(
                "Left empty: as soon as it takes effect. On a later day it is under embargo until midnight begins that "
                "day at the authority (%(zone)s)."
            )
            % {"zone": settings.TIME_ZONE},
        )
        if WITH_CONDITIONS in dict(_outcomes(case, now=True)):
            self.add_rows()
        if kind.has("propose_decision") and case.state in kind.transition("propose_decision").sources:
            self.fields["backdating"] = forms.ChoiceField(
                label=_("Why it takes effect on an earlier day"), required=False,
                choices=[("", _("It does not")), *Backdating.choices],
                help_text=_("A second approver must then confirm the decision."),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        conditions = self.read_rows()
        data["outcomes"] = {matter: data.get(matter, "") for matter in self.matters}
        for matter, outcome in data["outcomes"].items():
            if outcome:
                _check_conditions(self, matter, outcome, conditions.get(matter, []))
        data["conditions"] = conditions
        return data

    def matter_fields(self) -> list[forms.BoundField]:
        return [self[matter] for matter in self.matters]

    def reason_fields(self) -> list[forms.BoundField]:
        return [self["reason"], self["internal_reason"]]

    def day_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("effective_on", "publish_on", "backdating") if name in self.fields]


def _outcomes(case: Case, *, now: bool = False) -> list[tuple[str, Any]]:
    """How a matter may come out: by the table of the kind of case and, where it is decided `now`, by its state.

    Of a case that is past its decision all are read: whoever decides it a second time is told who was first.
    """
    kind = kinds.get(case.kind)
    every = [
        (Outcome.APPROVED, "approve", _("approve")),
        (WITH_CONDITIONS, "approve_with_conditions", _("approve with conditions")),
        (Outcome.CHANGE_REQUIRED, "require_change", _("require a change")),
        (Outcome.DECLINED, "decline", _("decline")),
    ]
    known = [row for row in every if kind.has(kind.verb(case, row[1]))]
    from_here = [row for row in known if case.state in _step(case, row[1]).sources] if now else []
    return [(outcome, kind.outcome(outcome) or label) for outcome, _verb, label in from_here or known]


def _step(case: Case, verb: str) -> kinds.Transition:
    """The transition that a decision is at the stage of the case."""
    kind = kinds.get(case.kind)
    return kind.transition(kind.verb(case, verb))


def _check_conditions(form: ConditionsForm, field: str, outcome: str, rows: list[Any]) -> None:
    """Tell, at the outcome, where it and its conditions do not go together."""
    if rows and outcome != WITH_CONDITIONS:
        form.add_error(field, _("There are conditions below: approve with conditions, or take them out."))
    if not rows and outcome == WITH_CONDITIONS and "text_1" in form.fields:
        form.add_error(field, _("Write the conditions below: each with who must see to it, and by when."))
