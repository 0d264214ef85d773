"""The staff queue, and the one page on which a case is read, judged, recommended and decided."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.casework import kinds, services, workflow
from registry.casework.models import Outcome
from registry.errors import RegisterError, Violation
from registry.framework.profile import text
from registry.models import Case, Judgement
from registry.people import roles
from registry.search.presented import side_by_side


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that are written by services alone: staff look, nobody types over them."""

    actions = None

    class Media:
        css = {"all": ["registry/desk.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class Queue(admin.SimpleListFilter):
    title = gettext_lazy("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin):
        return [
            ("mine", _("assigned to me")),
            ("unassigned", _("unassigned")),
            ("open", _("open")),
            ("decided", _("decided")),
        ]

    def queryset(self, request: HttpRequest, rows):
        match self.value():
            case "mine":
                return rows.filter(assigned_to=request.user)
            case "unassigned":
                return rows.filter(assigned_to=None, decided_at=None)
            case "open":
                return rows.open()
            case "decided":
                return rows.exclude(decided_at=None)
        return rows


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    list_display = ("reference", "title", "organisation", "state_label", "assigned_to", "submitted_at", "decided_at")
    list_filter = (Queue, "state")
    list_select_related = ("organisation", "assigned_to")
    search_fields = ("reference", "title", "organisation__legal_name")
    # What has waited longest comes first; what has been decided, last.
    ordering = (F("decided_at").desc(nulls_first=True), "submitted_at")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return roles.is_staff_reader(request.user)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_label(self, case: Case) -> str:
        return kinds.get(case.kind).states[case.state]

    def get_queryset(self, request: HttpRequest):
        return Case.objects.for_user(request.user)

    def get_urls(self):
        acts = [
            path(
                f"<int:pk>/{name}/", self.admin_site.admin_view(self.act), {"name": name}, name=f"registry_case_{name}"
            )
            for name in ACTS
        ]
        return [*acts, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """The case page: what was applied for beside the criteria, and what this officer may do now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self.page(request, get_object_or_404(self.get_queryset(request), pk=object_id))

    def act(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """One POST, one transition. What is refused is said on the case page, with what was typed still there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        case = get_object_or_404(self.get_queryset(request), pk=pk)
        address = reverse("admin:registry_case_change", args=[pk])
        if request.method != "POST":
            return redirect(address)
        form = ACTS[name].form(request.POST, case=case) if ACTS[name].form else None
        if form is not None and not form.is_valid():
            return self.page(
                request, case, problem=_("Nothing was recorded: see below."), typed=form, act=name, status=422
            )
        try:
            ACTS[name].run(case, request.user, form.cleaned_data if form else {})
        except RegisterError as refusal:
            case = get_object_or_404(self.get_queryset(request), pk=pk)
            return self.page(request, case, problem=str(refusal), typed=form, act=name, status=409)
        messages.success(request, ACTS[name].done)
        return redirect(address)

    def page(
        self,
        request: HttpRequest,
        case: Case,
        *,
        problem: str = "",
        typed: Any = None,
        act: str = "",
        status: int = 200,
    ) -> HttpResponse:
        kind = kinds.get(case.kind)
        judged: dict[str, list[Judgement]] = {}
        for judgement in case.judgements.select_related("judged_by"):
            judged.setdefault(judgement.criterion, []).append(judgement)
        files = list(case.evidence.filter(removed_at=None))
        rules = services.broken_rules(case) if case.decided_at is None else []
        may = {name: workflow.can(case, ACTS[name].transition, request.user) for name in ACTS}
        criteria = []
        for criterion in services.version_of(case).criteria_for(tuple(kind.matters)):
            form = typed if act == "judge" and typed.data.get("criterion") == criterion.id else None
            criteria.append(
                {
                    "id": criterion.id, "label": text(criterion.label), "guidance": text(criterion.guidance),
                    "matter": kind.matters[criterion.matter], "source": criterion.source,
                    "files": [f for f in files if f.criterion == criterion.id],
                    "judgements": judged.get(criterion.id, []),
                    "form": form
                    or JudgeForm(case=case, initial={"criterion": criterion.id}, auto_id=f"{criterion.id}-%s"),
                }
            )  # fmt: skip
        forms_shown = {
            name: typed if act == name and typed is not None else ACTS[name].form(case=case, auto_id=f"{name}-%s")
            for name in ("recommend", "decide", "send_back", "declare_interest")
        }
        context = self.admin_site.each_context(request) | {
            "title": str(case), "opts": self.opts, "case": case, "state": kind.states[case.state],
            "sections": kind.sections(case), "criteria": criteria, "may": may, "forms": forms_shown,
            "rules": [(v, _waive_form(case, v, typed if act == "waive" else None)) for v in rules],
            "waivers": case.waivers.select_related("waived_by"),
            "recommendations": case.recommendations.select_related("recommended_by"),
            "decisions": [(kind.matters[d.matter], d) for d in case.decisions.select_related("decided_by")],
            "events": _named(case), "transitions": {f"case:{t.name}": t.label for t in kind.transitions},
            "duplicates": _compared(case), "compares": kind.alike is not None,
            "problem": problem, "draft_page": reverse(kind.page, args=[case.pk]) if kind.page else None,
        }  # fmt: skip
        return render(request, "admin/registry/case/page.html", context, status=status)


def _compared(case: Case) -> dict[str, Any] | None:
    """The latest duplicate check with its passages side by side, and how many there were before it."""
    *earlier, latest = case.duplicate_checks.select_related("checked_by") or [None]
    if latest is None:
        return None
    shown = [match for match in latest.matches if match["score"] >= float(latest.shown_from)]
    return {
        "check": latest, "earlier": len(earlier), "shown": [side_by_side(match) for match in shown],
        "others": [match for match in latest.matches if match not in shown],
    }  # fmt: skip


def _named(case: Case) -> list[dict[str, Any]]:
    """The case's events with the names of those who acted: events themselves hold opaque ids only."""
    from registry.models import User

    labels = {f"case:{t.name}": t.label for t in kinds.get(case.kind).transitions} | {"case:opened": _("Opened")}
    events = list(case.events.order_by("position"))
    people = dict(User.objects.filter(person_id__in={e.person_id for e in events}).values_list("person_id", "name"))
    return [
        {"label": labels.get(e.name, e.name), "person": people.get(e.person_id, ""), "role": e.role, "at": e.recorded_at,
         "criterion": e.details.get("criterion") or e.details.get("rule", "")}
        for e in events
    ]  # fmt: skip


class CaseForm(forms.Form):
    """A form about one case. `revision` tells which state of the case its page showed."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        initial = {"revision": case.revision} | (kwargs.pop("initial", None) or {})
        super().__init__(*args, initial=initial, **kwargs)
        self.case = case


def _reason(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=8000,
        error_messages={"required": gettext_lazy("Give a reason.")},
    )


class JudgeForm(CaseForm):
    criterion = forms.CharField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=gettext_lazy("Judgement"), choices=Judgement.Verdict.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose met, partly met or not met.")},
    )  # fmt: skip
    reason = _reason(gettext_lazy("Reason"))


class WaiveForm(CaseForm):
    rule = forms.CharField(widget=forms.HiddenInput)
    instrument = forms.CharField(
        label=gettext_lazy("Instrument"), max_length=300,
        help_text=gettext_lazy("The law, rule or delegation that allows it."),
        error_messages={"required": gettext_lazy("Name the instrument that allows the waiver.")},
    )  # fmt: skip
    reason = _reason(gettext_lazy("Reason"))


def _waive_form(case: Case, broken: Violation, typed: CaseForm | None) -> CaseForm | None:
    """The form for a rule that may be waived: what was typed, where it is the one that came back."""
    if not broken.waivable:
        return None
    if typed is not None and typed.data.get("rule") == broken.rule:
        return typed
    return WaiveForm(case=case, initial={"rule": broken.rule}, auto_id=f"waive-{broken.rule}-%s")


class RecommendForm(CaseForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("Recommendation"), widget=forms.RadioSelect,
        choices=[("approved", gettext_lazy("approve")), ("declined", gettext_lazy("decline"))],
        error_messages={"required": gettext_lazy("Choose what you recommend.")},
    )  # fmt: skip
    reason = _reason(gettext_lazy("Reason"))


class DecideForm(CaseForm):
    """One outcome for each matter of the case, and one reason, which the applicant reads."""

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, case=case, **kwargs)
        matters = kinds.get(case.kind).matters
        for matter, label in matters.items():
            self.fields[matter] = forms.ChoiceField(
                label=label, choices=Outcome.choices, widget=forms.RadioSelect,
                error_messages={"required": _("Decide this matter.")},
            )  # fmt: skip
        self.fields["effective_on"] = forms.DateField(
            label=_("Takes effect on"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
            help_text=_("Left empty: today. On a later day it waits until then, and nobody sees it before."),
            error_messages={"invalid": _("Write a date such as 2026-01-31.")},
        )  # fmt: skip
        self.fields["reason"] = _reason(_("Reason, which the applicant reads"))


class ReasonForm(CaseForm):
    reason = _reason(gettext_lazy("Reason"))


class Act:
    """One thing an officer may do on the case page: its transition, its form, and the service behind it."""

    def __init__(self, transition: str, form: type[CaseForm] | None, run, done):
        self.transition, self.form, self.run, self.done = transition, form, run, done


def _judge(case: Case, by: Any, data: dict[str, Any]) -> None:
    services.judge(case_id=case.pk, by=by, criterion=data["criterion"], verdict=data["verdict"], reason=data["reason"])


def _recommend(case: Case, by: Any, data: dict[str, Any]) -> None:
    services.recommend(
        case_id=case.pk, by=by, outcome=data["outcome"], reason=data["reason"], expected_revision=data["revision"]
    )


def _decide(case: Case, by: Any, data: dict[str, Any]) -> None:
    outcomes = {matter: data[matter] for matter in kinds.get(case.kind).matters}
    services.decide(
        case_id=case.pk, by=by, outcomes=outcomes, reason=data["reason"], effective_on=data.get("effective_on"),
        expected_revision=data["revision"],
    )  # fmt: skip


def _waive(case: Case, by: Any, data: dict[str, Any]) -> None:
    services.waive(
        case_id=case.pk, by=by, rule=data["rule"], reason=data["reason"], instrument=data["instrument"],
        expected_revision=data["revision"],
    )  # fmt: skip


ACTS = {
    "compare": Act("compare", None, lambda case, by, _data: services.compare(case_id=case.pk, by=by),
                   gettext_lazy("The register has been searched, and the answer kept with the case.")),
    "start": Act("evaluate", None, lambda case, by, _data: services.start_evaluation(case_id=case.pk, by=by),
                 gettext_lazy("The case is yours.")),
    "judge": Act("judge", JudgeForm, _judge, gettext_lazy("Your judgement has been recorded.")),
    "recommend": Act("recommend", RecommendForm, _recommend, gettext_lazy("Your recommendation has been recorded.")),
    "waive": Act("waive", WaiveForm, _waive, gettext_lazy("The waiver has been recorded.")),
    "decide": Act("approve", DecideForm, _decide, gettext_lazy("The decision has been recorded.")),
    "send_back": Act("send_back", ReasonForm,
                     lambda case, by, d: services.send_back(
                         case_id=case.pk, by=by, reason=d["reason"], expected_revision=d["revision"]),
                     gettext_lazy("The case is back with its evaluator.")),
    "declare_interest": Act("declare_interest", ReasonForm,
                            lambda case, by, d: services.declare_interest(case_id=case.pk, by=by, reason=d["reason"]),
                            gettext_lazy("Your interest has been recorded: you cannot decide this case.")),
}  # fmt: skip
