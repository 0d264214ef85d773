"""Amendments as officers write them: one form of everything that an entry says, and what would differ."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from credentials import lifecycle, proposals, services
from credentials.forms import AmendmentForm
from credentials.models import Amendment
from providers.admin import DeskRecordAdmin
from registry.casework import services as desk
from registry.casework import workflow
from registry.errors import RegisterError, RuleViolations


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin):
        return [*lifecycle.AMENDMENT_STATES.items(), ("waiting", _("approved, and waits for its day"))]

    def queryset(self, request: HttpRequest, rows):
        if self.value() == "waiting":
            return rows.waiting()
        return rows.filter(case__state=self.value()) if self.value() else rows


@admin.register(Amendment)
class AmendmentAdmin(DeskRecordAdmin):
    list_display = ("reference", "entry_number", "draft_title", "category", "state", "effective_from")
    list_filter = (StateFilter, "category")
    list_select_related = ("case", "credential", "revision")
    search_fields = ("case__reference", "credential__number", "revision__title")
    ordering = ("-case__opened_at",)

    def get_queryset(self, request: HttpRequest):
        """Those of officers: what a provider proposes is a case of its own, and its drafts are its own affair."""
        return super().get_queryset(request).of_officers()

    @admin.display(description=gettext_lazy("reference"), ordering="case__reference")
    def reference(self, amendment: Amendment) -> str:
        return amendment.case.reference

    @admin.display(description=gettext_lazy("entry"), ordering="credential__number")
    def entry_number(self, amendment: Amendment) -> str:
        return amendment.credential.number

    @admin.display(description=gettext_lazy("title"))
    def draft_title(self, amendment: Amendment) -> str:
        return amendment.revision.title

    @admin.display(description=gettext_lazy("state"), ordering="case__state")
    def state(self, amendment: Amendment) -> str:
        return lifecycle.AMENDMENT_STATES[amendment.case.state]

    @admin.display(description=gettext_lazy("effective from"), ordering="revision__effective_from")
    def effective_from(self, amendment: Amendment) -> Any:
        return amendment.revision.effective_from

    def get_urls(self):
        act = self.admin_site.admin_view(self.act)
        return [
            path(f"<int:pk>/{name}/", act, {"name": name}, name=f"credentials_amendment_{name}") for name in ACTS
        ] + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """One amendment: the form, for who may write it now; and what differs from what is public."""
        if not self.has_view_permission(request) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self._page(request, self._amendment(object_id), more=request.GET.get("more", ""))

    def _amendment(self, pk: Any) -> Amendment:
        rows = Amendment.objects.of_officers().select_related(
            "case", "credential__awarding_body", "revision__credential"
        )
        return get_object_or_404(rows, pk=pk)

    def act(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """One POST, one act. What is refused is said on the page, with everything that was typed still there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        amendment = self._amendment(pk)
        address = reverse("admin:credentials_amendment_change", args=[pk])
        if request.method != "POST":
            return redirect(address)
        if not workflow.can(amendment.case, ACTS[name], request.user):
            problem = _("This is not possible now, or your role does not allow it.")
            return self._page(request, amendment, problem=problem, status=409)
        if name == "save":
            return self._save(request, amendment)
        return self._run(request, amendment, name)

    def _save(self, request: HttpRequest, amendment: Amendment) -> HttpResponse:
        """Keep what could be read; then hand it on, or offer more rows, where that was asked for."""
        pk, more = amendment.pk, request.POST.get("more", "")
        form = AmendmentForm(request.POST, amendment=amendment, more=more)
        readable = form.is_valid()
        try:
            services.save_amendment(
                case_id=pk, by=request.user, values=form.values(amendment),
                expected_revision=form.cleaned_data.get("revision"),
            )  # fmt: skip
        except RegisterError as refusal:
            return self._page(request, self._amendment(pk), form=form, problem=str(refusal), status=409)
        amendment = self._amendment(pk)
        if not readable:
            form.keep_revision(amendment.case.revision)
            problem = _("Some fields could not be read. The others are saved.")
            return self._page(request, amendment, form=form, problem=problem, status=422)
        if "submit" in request.POST:
            return self._run(request, amendment, "submit")
        address = reverse("admin:credentials_amendment_change", args=[pk])
        if more:
            return redirect(f"{address}?more={more}#{more}")
        messages.success(request, _("The draft has been saved."))
        return redirect(address)

    def _run(self, request: HttpRequest, amendment: Amendment, name: str) -> HttpResponse:
        pk, asked = amendment.pk, {"case_id": amendment.pk, "by": request.user}
        try:
            match name:
                case "submit":
                    services.submit_amendment(**asked)
                    said = _("The amendment waits for a decision maker.")
                case "rebase":
                    services.rebase(**asked)
                    said = _("The draft is based on the revision that is public now.")
                case _:
                    desk.withdraw(**asked)
                    said = _("The amendment has been withdrawn.")
        except RuleViolations as refusal:
            problem = _("It breaks rules: see below.")
            return self._page(request, self._amendment(pk), problem=problem, violations=refusal.violations, status=422)
        except RegisterError as refusal:
            return self._page(request, self._amendment(pk), problem=str(refusal), status=409)
        messages.success(request, said)
        return redirect("admin:credentials_amendment_change", pk)

    def _page(
        self, request: HttpRequest, amendment: Amendment, *, form: AmendmentForm | None = None, problem: str = "",
        violations: Any = None, more: str = "", status: int = 200,
    ) -> HttpResponse:  # fmt: skip
        case = amendment.case
        may = {name: workflow.can(case, transition, request.user) for name, transition in ACTS.items()}
        if may["save"] and form is None:
            form = AmendmentForm(initial=AmendmentForm.initial_of(amendment), amendment=amendment, more=more)
        overtaken = case.state in ("draft", "recommended") and lifecycle.based_on_what_is_public(case)
        context = self.admin_site.each_context(request) | {
            "title": f"{case.reference} {amendment.revision.title}", "opts": self.opts, "amendment": amendment,
            "case": case, "state": lifecycle.AMENDMENT_STATES[case.state], "form": form if may["save"] else None,
            "may": may, "problem": problem, "overtaken": overtaken, "decision": case.decisions.first(),
            "proposal": proposals.of(amendment, get_language() or "en"),
            "violations": desk.broken_rules(case) if violations is None and case.state == "draft" else violations or [],
        }  # fmt: skip
        return render(request, "admin/credentials/amendment/page.html", context, status=status)


# What the page offers, and the transition that each is.
ACTS = {"save": "edit", "submit": "submit", "rebase": "rebase", "withdraw": "withdraw"}
