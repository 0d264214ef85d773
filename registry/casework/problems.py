"""Reports of a problem with a public record, as a kind of case: its states and every way between them (section 4.8 of the
domain specification: reported, triaged, fixed or refused)."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry import receiving
from registry.casework import kinds, lifecycle
from registry.casework.guards import no_interest
from registry.casework.kinds import Transition
from registry.casework.models import Case, ProblemReport
from registry.casework.services.problems import PROBLEM, receive_problem
from registry.models import Entry

STATES = {
    "submitted": gettext_lazy("reported"),
    "under_evaluation": gettext_lazy("being looked into"),
    "fixed": gettext_lazy("put right"),
    "refused": gettext_lazy("refused: the record stays"),
}
OPEN, EVERY = ("submitted", "under_evaluation"), tuple(STATES)
_shared = {t.name: t for t in (*lifecycle.evaluation(duplicates=False), *lifecycle.desk())}
TRANSITIONS = (
    Transition(
        "evaluate", ("submitted",), "under_evaluation", lifecycle.CLERKS, gettext_lazy("Take it on"),
        guards=(no_interest,), clock="evaluation", said=gettext_lazy("%(person)s took it on."),
    ),
    replace(_shared["assign"], sources=OPEN),
    Transition(
        "fix", ("under_evaluation",), "fixed", lifecycle.CLERKS, gettext_lazy("The record has been put right"),
        part="evaluated", guards=(no_interest,), clock="stop",
        said=gettext_lazy("%(person)s recorded that it was put right, by %(fixed_by)s."),
    ),
    Transition(
        "refuse", OPEN, "refused", lifecycle.CLERKS, gettext_lazy("The record stays as it is"), part="evaluated",
        guards=(no_interest,), clock="stop", said=gettext_lazy("%(person)s refused it: the record stays as it is."),
    ),
    replace(_shared["note"], sources=EVERY),
    replace(_shared["declare_interest"], sources=OPEN),
)  # fmt: skip


class ReportForm(receiving.PublicForm):
    what = forms.ChoiceField(
        label=gettext_lazy("What is wrong"), choices=ProblemReport.What.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is wrong.")},
    )  # fmt: skip
    text = receiving.PlainField(
        label=gettext_lazy("Describe the problem"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Say what the record says, and what it should say. Name no other people."),
        error_messages={"required": gettext_lazy("Describe the problem.")},
    )  # fmt: skip
    where = receiving.PlainField(
        label=gettext_lazy("Where it can be checked (you may leave it empty)"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For example the address of a page, or the number and date of a document."),
    )  # fmt: skip
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address (you may leave it empty)"), required=False, max_length=254,
        help_text=gettext_lazy("We write to it about this report alone, and forget it when the report has been dealt with."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": gettext_lazy("Write an e-mail address such as name@example.org.")},
    )  # fmt: skip


def described(case: Case) -> list[dict[str, Any]]:
    """What an officer reads of a report. Where to write to its reader is needed by the mail alone."""
    report = case.problem_report
    return [
        {"label": _("Record"), "text": report.number},
        {"label": _("What is wrong"), "text": report.get_what_display()},
        {"label": _("Description"), "text": report.text},
        {"label": _("Where it can be checked"), "text": report.where},
        {"label": _("Put right by"), "text": report.fixed_by and report.fixed_by.reference},
    ]


def register() -> None:
    kinds.register(
        kinds.CaseKind(
            name=PROBLEM,
            label=gettext_lazy("report of a problem"),
            prefix="RPT",
            states=STATES,
            transitions=TRANSITIONS,
            matters={},
            effect=lambda **_: [],
            sections=described,
            check=lambda case, stage: [],
            authority=True,
            entries=lambda case: [case.problem_report.number],
            criteria=lambda case: [],
        )
    )
    receiving.register(
        receiving.Door(
            name=receiving.PROBLEM,
            title=gettext_lazy("Report a problem with this record"),
            button=gettext_lazy("Send the report"),
            about=frozenset(Entry.Kind.values),
            form=ReportForm,
            receive=receive_problem,
            needs=(
                gettext_lazy("Tell us what is wrong with what the register says. An officer looks into it."),
                gettext_lazy(
                    "This form is not for complaints about a provider, and not for asking about your own results."
                ),
            ),
            received=gettext_lazy("We have received your report"),
            next_steps=(
                gettext_lazy("An officer checks it against what the register was given."),
                gettext_lazy("Where it is right, the record is corrected, and its history says so."),
                gettext_lazy("If you gave an e-mail address, we write to you when that has been done, or why not."),
            ),
        )
    )
