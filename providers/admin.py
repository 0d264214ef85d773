"""Providers as staff look them up: their records are written by services alone; who an unverified one is, is said here."""

from typing import Any

import orjson
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from providers import admin_complaints, standing
from providers.forms_returns import FinancialYearForm
from providers.models import Provider
from providers.services import matching
from providers.services import returns as returning
from registry.casework.admin import ReadOnlyAdmin, beginning
from registry.content import bodies
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Entry
from registry.numbers import parse_number
from registry.people import roles
from registry.public import records
from registry.public.bodies import prepared
from registry.search.presented import side_by_side
from registry.search.query import SearchUnavailable
from registry.status import status_on


class GapFilter(admin.SimpleListFilter):
    """Entries that lack something: by the name of the gap, as the page of gaps links to it."""

    title = gettext_lazy("gap")
    parameter_name = "gap"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin):
        # The names come from the page of gaps: looking for them here would read the whole table for a list of links.
        return [(self.value(), self.value())] if self.value() else []

    def has_output(self) -> bool:
        return bool(self.value())

    def queryset(self, request: HttpRequest, rows):
        return rows.filter(gaps__contains=[self.value()]) if self.value() else rows


class MatchFilter(admin.SimpleListFilter):
    """Providers known only from an import: those that wait for an officer, and those that were matched with a body."""

    title = gettext_lazy("who it is")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin):
        return [("waiting", _("not verified yet")), ("matched", _("matched with a body"))]

    def queryset(self, request: HttpRequest, rows):
        match self.value():
            case "waiting":
                return rows.waiting_for_a_match()
            case "matched":
                return rows.matched()
        return rows


class DeskRecordAdmin(ReadOnlyAdmin):
    """A record of the desk that officers of casework read."""

    def has_view_permission(self, request: HttpRequest, obj=None) -> bool:
        return roles.is_staff_reader(request.user)


@admin.register(Provider)
class ProviderAdmin(DeskRecordAdmin):
    list_display = ("number", "title", "country", "type", "unverified", "source", "source_id")
    list_filter = (MatchFilter, GapFilter, "unverified", "source")
    search_fields = ("number", "title", "other_names", "source_id")
    ordering = ("number",)

    def get_urls(self):
        match = self.admin_site.admin_view(self.match)
        complaint = self.admin_site.admin_view(self.complaint)
        year = self.admin_site.admin_view(self.financial_year)
        return [
            path("<int:pk>/match/", match, name="providers_provider_match"),
            path("<int:pk>/complaint/", complaint, name="providers_provider_complaint"),
            path("<int:pk>/financial-year/", year, name="providers_provider_financial_year"),
            *super().get_urls(),
        ]

    def complaint(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record a complaint about the provider that came as a letter or by telephone."""
        return admin_complaints.record(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """One provider: what is public of it, and of an unverified one which body it may be."""
        if not self.has_view_permission(request) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self.page(request, get_object_or_404(Provider, pk=object_id))

    def financial_year(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say when the financial year of a provider ends: what it must report, and when, follows it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        provider = get_object_or_404(Provider, pk=pk)
        if request.method != "POST":
            return redirect("admin:providers_provider_change", pk)
        if not returning.may_set_financial_year(request.user):
            raise PermissionDenied
        form = FinancialYearForm(request.POST)
        if not form.is_valid():
            return self.page(request, provider, problem=form.errors["year_end"][0], year=form, status=422)
        try:
            said = form.cleaned_data["year_end"]
            returning.set_financial_year(provider_id=pk, by=request.user, year_end=said)
        except RegisterError as refusal:
            return self.page(request, provider, problem=str(refusal), year=form, status=409)
        messages.success(request, _("The end of the financial year has been recorded."))
        return redirect("admin:providers_provider_change", pk)

    def page(
        self, request: HttpRequest, provider: Provider, *, problem: str = "", status: int = 200,
        year: FinancialYearForm | None = None,
    ) -> HttpResponse:  # fmt: skip
        today = current.today()
        body = Entry.objects.filter(number=provider.number).values_list("document", flat=True).first()
        document = orjson.loads(bytes(body)) if body else None
        same = provider.details.get("same_as")
        waits = provider.unverified and not same
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "title": f"{provider.number or ''} {provider.title}", "opts": self.opts, "provider": provider,
            "problem": problem, "may_begin": beginning.links("provider", document and provider.number, request.user),
            "document": document, "same_as": same, "waits": waits,
            "changes": records.history(provider.number) if provider.number else [],
            "may_record": admin_complaints.may_record(request.user),
            "year": year or FinancialYearForm(initial={"year_end": provider.financial_year_end}),
            "may_set_year": not provider.unverified and returning.may_set_financial_year(request.user),
            "may_match": waits and matching.may_match(request.user), "typed": request.POST.get("number", ""),
        }  # fmt: skip
        if document:
            context |= {"status": status_on(document, today), **prepared(document, today)}
            context["accreditations"] = standing.accreditations(provider.number, today)
            context["every_name"] = dict.fromkeys(name for name in bodies.every_name(document) if name)
        if waits:
            try:
                context["suggestions"] = [side_by_side(m.record()) for m in matching.suggestions(provider)]
            except SearchUnavailable:
                context["unavailable"] = True
        return render(request, "admin/providers/provider/page.html", context, status=status)

    def match(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say that an unverified provider is a body on the register, named by its number."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        unverified = get_object_or_404(Provider, pk=pk)
        if request.method != "POST":
            return redirect("admin:providers_provider_change", pk)
        number = parse_number(request.POST.get("number", "")) or ""
        provider = Provider.objects.filter(number=number).first()
        if provider is None:
            return self.page(
                request, unverified, problem=_("Give the number of a provider on the register."), status=422
            )
        try:
            done = matching.match(unverified_id=pk, provider_id=provider.pk, by=request.user)
        except RegisterError as refusal:
            return self.page(request, unverified, problem=str(refusal), status=409)
        messages.success(
            request,
            _("%(old)s is %(new)s %(name)s.")
            % {"old": unverified.number, "new": provider.number, "name": provider.title}
            + " "
            + ngettext("%d record names it now.", "%d records name it now.", done) % done,
        )
        return redirect(f"{reverse('admin:providers_provider_changelist')}?{MatchFilter.parameter_name}=waiting")
