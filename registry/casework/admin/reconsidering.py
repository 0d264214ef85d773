"""The forms of a reconsideration: admitted with or without a stay, recommended on, and decided."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.casework.admin.forms import officers
from registry.casework.forms import CaseForm, prose
from registry.casework.guards import took_part_before
from registry.casework.models import Case
from registry.casework.models.reconsidering import Reconsideration
from registry.casework.services import reconsidering
from registry.casework.services.evaluating import evaluators
from registry.people.models import User

Result = Reconsideration.Result
TERMS = "terms_"


class AdmitForm(CaseForm):
    """Whether the decision is stayed is stated either way, with its reason; nothing is chosen beforehand."""

    stay = forms.TypedChoiceField(
        label=gettext_lazy("Meanwhile the decision"), widget=forms.RadioSelect, coerce=lambda said: said == "stay",
        error_messages={"required": gettext_lazy("State whether the decision is stayed.")},
    )  # fmt: skip
    reason = prose(
        gettext_lazy("Why"), gettext_lazy("Say why the decision is stayed, or is not."),
        gettext_lazy("The body reads it."),
    )  # fmt: skip
    to = forms.ModelChoiceField(
        label=gettext_lazy("Reviewer"), queryset=User.objects.none(), empty_label=gettext_lazy("Choose"),
        help_text=gettext_lazy("Somebody without a part in the decision."),
        error_messages={"required": gettext_lazy("Choose who reviews it.")},
    )  # fmt: skip

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        choices = [("no_stay", _("stays in force (no stay)"))]
        if reconsidering.may_be_stayed(case.reconsideration):
            choices.append(("stay", _("has no effect (stay)")))
        self.fields["stay"].choices = choices
        before = took_part_before(case).values("person")
        self.fields["to"].queryset = officers(*evaluators(case)).exclude(pk__in=before)


class RejectForm(CaseForm):
    why = forms.ChoiceField(
        label=gettext_lazy("Why it is not admitted"), widget=forms.RadioSelect,
        choices=[
            ("out_of_time", gettext_lazy("it was asked for too late")),
            ("no_ground", gettext_lazy("it names no ground that counts")),
        ],
        error_messages={"required": gettext_lazy("Say whether it came too late, or names no ground.")},
    )  # fmt: skip
    reason = prose(
        gettext_lazy("Reason"), gettext_lazy("Give a reason: the body reads it."), gettext_lazy("The body reads it.")
    )


class OutcomeForm(CaseForm):
    """What becomes of the decision: of the outcomes that it may have; where it is varied, on which terms."""

    result = forms.ChoiceField(
        label=gettext_lazy("Outcome"), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what becomes of the decision.")},
    )  # fmt: skip
    reason = prose(gettext_lazy("Reason"), gettext_lazy("Give a reason."), rows=5)

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        record = case.reconsideration
        may = reconsidering.possible(record)
        self.fields["result"].choices = [(result, Result(result).label) for result in may]
        if self.proposes():
            self.initial |= {"result": record.proposed}
        redress = reconsidering.redress_of(record)
        self.terms: dict[str, str] = {}
        if Result.VARIED in may and redress.terms_form:
            self._ask_terms(redress, record.proposed_terms)

    def proposes(self) -> bool:
        """Whether the form begins with what was recommended."""
        return False

    def _ask_terms(self, redress: Any, proposed: dict[str, Any]) -> None:
        """The fields of the decided kind's own form, which count where the decision is varied."""
        decided = self.case.reconsiders
        present = redress.terms(decided) if redress.terms else {}
        for name, field in redress.terms_form(case=decided).fields.items():
            if name == "revision":
                continue
            field.required = False
            self.fields[f"{TERMS}{name}"] = field
            self.terms[name] = f"{TERMS}{name}"
            self.initial[f"{TERMS}{name}"] = (proposed if self.proposes() else {}).get(name, present.get(name))
        self.fields["reason"] = self.fields.pop("reason")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["terms"] = {name: data[field] for name, field in self.terms.items() if data.get(field) not in (None, "")}
        return data


class SettleForm(OutcomeForm):
    reason = prose(gettext_lazy("Reason, which the body reads"), gettext_lazy("Give a reason."), rows=5)
    internal_reason = prose(
        gettext_lazy("Reason for officers"), "", gettext_lazy("The body never reads it."), required=False
    )

    def proposes(self) -> bool:
        return True
