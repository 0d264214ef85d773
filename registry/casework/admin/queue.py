"""The queue over all kinds of case, and the addresses of one."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.casework import clock, kinds, offers, report, services, workflow
from registry.casework.admin import beginning, calendar, dashboard, page, preview
from registry.casework.admin.acts import ACTS
from registry.casework.admin.base import ReadOnlyAdmin, in_words, status_of
from registry.casework.admin.forms import officers
from registry.casework.lifecycle import OFFICERS, STATES
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Case
from registry.people import roles


class Queue(admin.SimpleListFilter):
    title = gettext_lazy("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return list(dashboard.QUEUES.items())

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        if self.value() not in dashboard.QUEUES:
            return rows
        return dashboard.in_queue(rows, self.value(), request.user, current.today())


class Kind(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(kind.name, kind.label) for kind in kinds.every()]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        return rows.filter(kind=self.value()) if self.value() else rows


class State(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """The states of every kind but drafts, in the words that all kinds share; then those that only some have."""
        labels: dict[str, Any] = dict(STATES)
        for kind in kinds.every():
            labels |= {state: label for state, label in kind.states.items() if state not in labels}
        return [(state, label) for state, label in labels.items() if state != "draft"]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        return rows.filter(state=self.value()) if self.value() else rows


class AssignSelected(ActionForm):
    """The form above the queue: to whom the selected cases go."""

    to = forms.ModelChoiceField(
        label=gettext_lazy("To"), queryset=officers("evaluator"), required=False, empty_label=gettext_lazy("Choose")
    )


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    list_display = (
        "shown_reference", "shown_title", "body", "kind_label", "state_label", "holder", "time_left", "officer",
        "submitted",
    )  # fmt: skip
    list_filter = (Queue, Kind, State)
    list_select_related = ("organisation", "assigned_to")
    search_fields = ("reference", "title", "organisation__legal_name")
    # What is due first comes first; then what waits without a day, the oldest first; last what has been decided.
    ordering = (F("due_on").asc(nulls_last=True), F("decided_at").desc(nulls_first=True), "submitted_at")
    empty_value_display = "–"
    actions = ("assign_selected",)
    action_form = AssignSelected

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return roles.is_staff_reader(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return Case.objects.for_user(request.user)

    # -- columns -------------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("reference"), ordering="reference")
    def shown_reference(self, case: Case) -> str:
        return format_html('<span class="nowrap">{}</span>', case.reference)

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def shown_title(self, case: Case) -> str:
        return format_html('<span dir="auto">{}</span>', case.title or "–")

    @admin.display(description=gettext_lazy("body"), ordering="organisation__legal_name")
    def body(self, case: Case) -> str:
        return case.organisation.legal_name

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_label(self, case: Case) -> str:
        return kinds.get(case.kind).label

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_label(self, case: Case) -> str:
        return kinds.get(case.kind).states[case.state]

    @admin.display(description=gettext_lazy("waits for"))
    def holder(self, case: Case) -> str:
        return page.HOLDERS.get(clock.standing(case, current.today()).holder, "–")

    @admin.display(description=gettext_lazy("days left"), ordering="due_on")
    def time_left(self, case: Case) -> str:
        today = current.today()
        return page.left_in_words(clock.standing(case, today), today) or "–"

    @admin.display(description=gettext_lazy("assigned to"), ordering="assigned_to__name")
    def officer(self, case: Case) -> str:
        return str(case.assigned_to or "–")

    @admin.display(description=gettext_lazy("submitted"), ordering="submitted_at")
    def submitted(self, case: Case) -> str:
        return date_format(timezone.localdate(case.submitted_at), "j M Y") if case.submitted_at else "–"

    # -- assigning several ---------------------------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if roles.staff_roles(request.user) & set(OFFICERS) else {}

    @admin.action(description=gettext_lazy("Assign the selected cases"))
    def assign_selected(self, request: HttpRequest, cases: Iterable[Case]) -> None:
        """Each is one act of its own: what is refused is told for each, and keeps none of the others."""
        to = officers("evaluator").filter(pk=request.POST.get("to") or None).first()
        if to is None:
            self.message_user(request, _("Choose an evaluator to assign them to."), messages.ERROR)
            return
        assigned = 0
        for case in cases:
            try:
                services.assign(case_id=case.pk, by=request.user, to=to)
                assigned += 1
            except RegisterError as refusal:
                self.message_user(request, f"{case.reference}: {refusal}", messages.ERROR)
        if assigned:
            said = ngettext("%(n)d case is now %(who)s’s.", "%(n)d cases are now %(who)s’s.", assigned)
            self.message_user(request, said % {"n": assigned, "who": to}, messages.SUCCESS)

    # -- pages ---------------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        acts = [
            path(f"<int:pk>/{name}/", view(self.act), {"name": name}, name=f"registry_case_{name}") for name in ACTS
        ]
        return [
            path("dashboard/", view(self.dashboard), name="registry_case_dashboard"),
            path("calendar/", view(self.calendar), name="registry_case_calendar"),
            path("calendar/address/", view(self.calendar_address), name="registry_case_calendar_address"),
            path("calendar/figures/", view(self.figures), name="registry_case_figures"),
            path("<int:pk>/preview/", view(self.preview), name="registry_case_preview"),
            path("<int:pk>/report/", view(self.report), name="registry_case_report"),
            path("begin/<str:kind>/<str:about>/", view(self.begin), name="registry_case_begin"),
            *acts,
            *super().get_urls(),
        ]

    def dashboard(self, request: HttpRequest) -> HttpResponse:
        self._check_reader(request)
        return dashboard.show(request, self.admin_site.each_context(request) | {"opts": self.opts})

    def calendar(self, request: HttpRequest) -> HttpResponse:
        self._check_reader(request)
        return calendar.show(request, self.admin_site.each_context(request) | {"opts": self.opts})

    def calendar_address(self, request: HttpRequest) -> HttpResponse:
        self._check_reader(request)
        return calendar.address(request, self.admin_site.each_context(request) | {"opts": self.opts})

    def figures(self, request: HttpRequest) -> HttpResponse:
        self._check_reader(request)
        return calendar.plots(request, self.admin_site.each_context(request) | {"opts": self.opts})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The case page: what was applied for beside the criteria, and what this officer may do now."""
        self._check_reader(request)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self.page(request, get_object_or_404(self.get_queryset(request), pk=object_id))

    def act(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """One POST, one transition. What is refused is said on the case page, with what was typed still there."""
        self._check_reader(request)
        case = get_object_or_404(self.get_queryset(request), pk=pk)
        address = reverse("admin:registry_case_change", args=[pk])
        if request.method != "POST":
            return redirect(address)
        act = ACTS[name]
        if not page.is_of(name, case.kind):
            raise Http404
        form = page.bound(name, request.POST, request.FILES, case)
        if not form.is_valid():
            if request.POST.get("revision") not in (None, "", str(case.revision)):
                return self.page(request, case, problem=workflow.STALE, typed=(name, form), status=409)
            return self.page(request, case, problem=page.NOT_RECORDED, typed=(name, form), status=422)
        try:
            result = act.run(case, request.user, act.sent(form))
        except RegisterError as refusal:
            case = get_object_or_404(self.get_queryset(request), pk=pk)
            return self.page(request, case, problem=in_words(refusal), typed=(name, form), status=status_of(refusal))
        if act.reveals:
            case = get_object_or_404(self.get_queryset(request), pk=pk)
            return self.page(request, case, extra={"revealed": result, "revealed_as": act.said(result)})
        messages.success(request, act.said(result))
        return redirect(address)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The decision that is typed, as the public and the applicant would read it. Nothing is recorded."""
        self._check_reader(request)
        case = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method != "POST":
            return redirect("admin:registry_case_change", pk)
        if not workflow.can(case, offers.decision(case), request.user):
            raise PermissionDenied
        form = page.bound("decide", request.POST, request.FILES, case)
        if not form.is_valid():
            return self.page(request, case, problem=page.NOT_RECORDED, typed=("decide", form), status=422)
        try:
            shown = preview.of(case, form.cleaned_data, by=request.user, today=current.today())
        except RegisterError as refusal:
            return self.page(request, case, problem=str(refusal), typed=("decide", form), status=status_of(refusal))
        return self.page(request, case, typed=("decide", form), extra={"preview": shown})

    def begin(self, request: HttpRequest, kind: str, about: str) -> HttpResponse:
        """What a case of this kind takes, and then its draft, about an entry or another case."""
        self._check_reader(request)
        return beginning.page(request, kind, about, self.admin_site.each_context(request) | {"opts": self.opts})

    def report(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The report of criteria and findings: a page that stands alone and prints."""
        self._check_reader(request)
        return report.page(request, get_object_or_404(self.get_queryset(request), pk=pk))

    def page(
        self, request: HttpRequest, case: Case, *, extra: dict[str, Any] | None = None, **told: Any
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"opts": self.opts} | (extra or {})
        return page.show(request, case, context, **told)

    def _check_reader(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied
