"""The forms of the case page: none needs a script, and each comes back with what was typed where it is refused."""

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.casework import kinds
from registry.casework.forms import CaseForm, Files, day_field, prose
from registry.casework.guards import criteria_of
from registry.casework.models import Case, Judgement, RequestItem
from registry.casework.services.evaluating import evaluators
from registry.framework.profile import text
from registry.people import roles
from registry.people.models import User

QUESTIONS = 5


def officers(*held: str):
    """Those who work for the authority in one of these roles."""
    found = User.objects.filter(is_active=True, is_staff=True, groups__name__in=held)
    return found.distinct().order_by("name", "email")


class ReasonForm(CaseForm):
    reason = prose(gettext_lazy("Reason"), gettext_lazy("Give a reason."))


class NoticeForm(CaseForm):
    due_on = day_field(
        gettext_lazy("The body may reply until"), gettext_lazy("Left empty: the time that the law gives. Never less.")
    )


class AttachForm(CaseForm):
    """Files for one of the things that are judged of a case which the authority prepares."""

    criterion = forms.ChoiceField(
        label=gettext_lazy("What they show"), error_messages={"required": gettext_lazy("Choose what they show.")}
    )
    file = Files(label=gettext_lazy("Files"), error_messages={"required": gettext_lazy("Choose a file first.")})

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        language = get_language() or "en"
        self.fields["criterion"].choices = [(c.id, text(c.label, language)) for c in criteria_of(case)]


class MissingForm(CaseForm):
    reason = prose(
        gettext_lazy("What is missing"), gettext_lazy("List what is missing: the applicant reads it."),
        gettext_lazy("The applicant reads it."),
    )  # fmt: skip


class TextForm(CaseForm):
    text = prose(gettext_lazy("Text"), gettext_lazy("Write something first."))


class AssignForm(CaseForm):
    to = forms.ModelChoiceField(
        label=gettext_lazy("Evaluator"), queryset=User.objects.none(), empty_label=gettext_lazy("Choose"),
        error_messages={"required": gettext_lazy("Choose an evaluator.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = officers(*evaluators(self.case))


class JudgeForm(CaseForm):
    key = "criterion"
    criterion = forms.CharField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=gettext_lazy("Judgement"), choices=Judgement.Verdict.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose met, partly met or not met.")},
    )  # fmt: skip
    reason = prose(gettext_lazy("Reason"), gettext_lazy("Give a reason."))

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        words = kinds.get(case.kind).verdicts
        self.fields["verdict"].choices = [
            (v, words.get(v) or label) for v, label in Judgement.Verdict.choices if not words or v in words
        ]


class WaiveForm(CaseForm):
    key = "rule"
    rule = forms.CharField(widget=forms.HiddenInput)
    instrument = forms.CharField(
        label=gettext_lazy("Instrument"), max_length=300,
        help_text=gettext_lazy("The law, rule or delegation that allows it."),
        error_messages={"required": gettext_lazy("Name the instrument that allows the waiver.")},
    )  # fmt: skip
    reason = prose(gettext_lazy("Reason"), gettext_lazy("Give a reason."))


class AskForm(CaseForm):
    """Up to five questions of one information request; a question that is left empty is not asked."""

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        language = get_language() or "en"
        criteria = [(criterion.id, text(criterion.label, language)) for criterion in criteria_of(case)]
        for n in range(1, QUESTIONS + 1):
            self.fields |= {
                f"criterion_{n}": forms.ChoiceField(label=_("Criterion"), choices=[("", _("Choose")), *criteria], required=False),
                f"question_{n}": prose(_("Question"), "", required=False, rows=2),
                f"kind_{n}": forms.ChoiceField(label=_("What is asked"), choices=RequestItem.Kind.choices, required=False),
                f"unanswered_{n}": forms.ChoiceField(
                    label=_("Without an answer"), choices=RequestItem.Unanswered.choices, required=False
                ),
                f"due_on_{n}": day_field(_("Answer by"), _("Left empty: the time that the law gives.")),
            }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        items = []
        for n in self._asked():
            row = {name: data.get(f"{name}_{n}") for name in ("criterion", "question", "kind", "unanswered", "due_on")}
            if not row["criterion"]:
                self.add_error(f"criterion_{n}", _("Choose the criterion that the question is about."))
            if not row["question"]:
                self.add_error(f"question_{n}", _("Write what you ask."))
            items.append(row)
        if not items:
            self.add_error("question_1", _("Ask at least one question."))
        data["items"] = items
        return data

    def _asked(self) -> list[int]:
        names = ("criterion", "question", "due_on")
        return [n for n in range(1, QUESTIONS + 1) if any(self.data.get(f"{name}_{n}", "").strip() for name in names)]

    def rows(self) -> list[list[forms.BoundField]]:
        names = ("criterion", "question", "kind", "unanswered", "due_on")
        return [[self[f"{name}_{n}"] for name in names] for n in range(1, QUESTIONS + 1)]

    def more_in_use(self) -> bool:
        return self.is_bound and any(n > 1 for n in self._asked())


class TakeBackForm(CaseForm):
    key = "number"
    number = forms.IntegerField(widget=forms.HiddenInput)


class ConveneForm(CaseForm):
    question = prose(gettext_lazy("What the panel is asked"), gettext_lazy("Say what the panel is asked."))
    members = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Members"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A member evaluates, and cannot decide the case afterwards."),
        error_messages={"required": gettext_lazy("Choose the members.")},
    )  # fmt: skip
    quorum = forms.IntegerField(
        label=gettext_lazy("Quorum"), min_value=1, help_text=gettext_lazy("How many members must be present."),
        widget=forms.NumberInput(attrs={"class": "short"}),
        error_messages={"required": gettext_lazy("Give the quorum as a number.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = officers(*roles.CASE_READERS)


class MinutesForm(CaseForm):
    met_on = day_field(gettext_lazy("Met on"), required=True)
    present = forms.MultipleChoiceField(
        label=gettext_lazy("Who was present"), widget=forms.CheckboxSelectMultiple, required=False
    )
    minutes = prose(gettext_lazy("Minutes"), gettext_lazy("Record the minutes."), rows=6)

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        panel = case.panels.filter(closed_at=None).last()
        members = panel.members.select_related("person") if panel else ()
        self.fields["present"].choices = [(member.person_id, str(member.person)) for member in members]


class PaidForm(CaseForm):
    reference = forms.CharField(
        label=gettext_lazy("Reference of the payment"), max_length=60,
        help_text=gettext_lazy("The bank’s reference, or the receipt’s number."),
        error_messages={"required": gettext_lazy("Name the payment: the bank's reference, or the receipt's number.")},
    )  # fmt: skip


class MetForm(CaseForm):
    key = "condition"
    condition = forms.IntegerField(widget=forms.HiddenInput)
    met_on = day_field(gettext_lazy("Met on"), gettext_lazy("Left empty: today."))
    reason = prose(gettext_lazy("How it was met"), gettext_lazy("Say how the condition was met."))


class InterestForm(CaseForm):
    reason = prose(gettext_lazy("What the interest is"), gettext_lazy("Say what the interest is."))


class InterestInBodyForm(InterestForm):
    ended_on = day_field(gettext_lazy("Last day"), gettext_lazy("Left empty: until you end it."))


def matters_of(case: Case) -> dict[str, Any]:
    """The matters of a case that are decided now."""
    return dict(kinds.get(case.kind).decided_in(case))
