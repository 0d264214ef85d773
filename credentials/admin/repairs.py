"""Texts that arrived damaged, and wait for an officer."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from credentials import repairs
from credentials.models import TextRepair
from providers.admin import DeskRecordAdmin
from registry.errors import RegisterError
from registry.journal import BATCH

SHOWN = 200


class SettleForm(forms.Form):
    after = forms.CharField(
        label=gettext_lazy("It should say"), max_length=repairs.LONGEST, strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write what the text should say.")},
    )  # fmt: skip


@admin.register(TextRepair)
class TextRepairAdmin(DeskRecordAdmin):
    list_display = ("number", "before", "suggestion", "kind", "field", "standing", "settled_by")
    list_filter = ("standing", "kind", "field")
    list_select_related = ("settled_by",)
    search_fields = ("number", "before", "after")
    ordering = ("pk",)
    actions = ("accept_selected", "dismiss_selected")

    @admin.display(description=gettext_lazy("suggestion"))
    def suggestion(self, repair: TextRepair) -> str:
        return repair.after or _("(none: a person must say it)")

    def get_actions(self, request: HttpRequest):
        return super().get_actions(request) if repairs.may_settle(request.user) else {}

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """What waits for an officer first, unless something else was asked for."""
        if request.method == "GET" and not request.GET and self.has_view_permission(request):
            return redirect(f"{request.path}?standing__exact={TextRepair.Standing.OFFERED}")
        return super().changelist_view(request, extra_context)

    @admin.action(description=gettext_lazy("Accept the suggestions"))
    def accept_selected(self, request: HttpRequest, chosen) -> None:
        waiting = chosen.filter(standing=TextRepair.Standing.OFFERED)
        unknown = waiting.filter(after="").count()
        done = self._settle(request, waiting.exclude(after=""), repairs.accept)
        self.message_user(
            request,
            ngettext("%d repair was accepted and published.", "%d repairs were accepted and published.", done) % done,
        )
        if unknown:
            text = ngettext(
                "%d has no suggestion yet: open it and write one.",
                "%d have no suggestion yet: open them and write one.",
                unknown,
            )
            self.message_user(request, text % unknown, messages.WARNING)

    @admin.action(description=gettext_lazy("Dismiss: the texts are right"))
    def dismiss_selected(self, request: HttpRequest, chosen) -> None:
        done = self._settle(request, chosen.filter(standing=TextRepair.Standing.OFFERED), repairs.dismiss)
        self.message_user(request, ngettext("%d repair was dismissed.", "%d repairs were dismissed.", done) % done)

    def _settle(self, request: HttpRequest, waiting, act: Callable[..., Any]) -> int:
        """Settle in batches; where one of a batch is refused, each by itself, and say which were not and why."""
        done, ids = 0, list(waiting.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            try:
                act(repair_ids=batch, by=request.user)
                done += len(batch)
            except RegisterError:
                done += sum(self._settle_one(request, pk, act) for pk in batch)
        return done

    def _settle_one(self, request: HttpRequest, pk: int, act: Callable[..., Any]) -> bool:
        try:
            act(repair_ids=[pk], by=request.user)
        except RegisterError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return False
        return True

    def get_urls(self):
        settle = self.admin_site.admin_view(self.settle)
        return [path("<int:pk>/settle/", settle, name="credentials_textrepair_settle"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """One text: what arrived, what it should perhaps say, and what a registrar may do about it."""
        if not self.has_view_permission(request) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self.page(request, get_object_or_404(TextRepair, pk=object_id))

    def page(
        self, request: HttpRequest, repair: TextRepair, form: SettleForm | None = None, *, problem: str = "", status=200
    ) -> HttpResponse:
        form = form or SettleForm(initial={"after": repair.after or repair.before})
        context = self.admin_site.each_context(request) | {
            "title": repair.number, "opts": self.opts, "repair": repair, "form": form, "problem": problem,
            "may_settle": repair.standing == TextRepair.Standing.OFFERED and repairs.may_settle(request.user),
        }  # fmt: skip
        return render(request, "admin/credentials/textrepair/page.html", context, status=status)

    def settle(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept or dismiss one repair. What is refused is said on its page, with what was typed still there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        repair = get_object_or_404(TextRepair, pk=pk)
        if request.method != "POST":
            return redirect("admin:credentials_textrepair_change", pk)
        form = SettleForm(request.POST)
        dismissed = "dismiss" in request.POST
        if not dismissed and not form.is_valid():
            return self.page(request, repair, form, problem=_("Nothing was recorded: see below."), status=422)
        try:
            if dismissed:
                repairs.dismiss(repair_ids=[pk], by=request.user)
            else:
                repairs.accept(repair_ids=[pk], by=request.user, text=form.cleaned_data["after"])
        except RegisterError as refusal:
            return self.page(request, repair, form, problem=str(refusal), status=409)
        messages.success(request, _("The text is right as it is.") if dismissed else _("The repair is public."))
        return redirect(
            f"{reverse('admin:credentials_textrepair_changelist')}?standing__exact={TextRepair.Standing.OFFERED}"
        )
