"""The admin of the register itself. Everything that a service writes is read-only here."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from registry import daily
from registry.casework.admin import CaseAdmin, DelegationAdmin, InterestAdmin, ReadOnlyAdmin
from registry.models import Change, Entry, Event, Membership, Notice, Organisation, StepRun, User
from registry.people import roles

__all__ = ["CaseAdmin", "DelegationAdmin", "InterestAdmin"]

admin.site.site_header = _("National Qualifications Register")
admin.site.site_title = _("National Qualifications Register")
admin.site.index_title = _("The desk")
# The list of everything beside every page works by a script alone, and takes the room that a case needs.
admin.site.enable_nav_sidebar = False
admin.site.unregister(Group)


class _Administrators:
    """Accounts and memberships are the administrator's, who neither reads applications nor decides."""

    def _allowed(self, request: HttpRequest) -> bool:
        return "administrator" in roles.staff_roles(request.user)

    def has_module_permission(self, request):
        return self._allowed(request)

    def has_view_permission(self, request, obj=None):
        return self._allowed(request)

    def has_add_permission(self, request):
        return self._allowed(request)

    def has_change_permission(self, request, obj=None):
        return self._allowed(request)

    def has_delete_permission(self, request, obj=None):
        # People, bodies and memberships are ended by a date or switched off: past acts keep their standing.
        return False


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(_Administrators, DjangoUserAdmin):
    add_form = UserCreationForm
    list_display = ("email", "name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("Role"), {"fields": ("is_active", "is_staff", "groups")}),
        (_("Dates"), {"fields": ("last_login",)}),
    )
    readonly_fields = ("last_login",)
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)


@admin.register(Organisation)
class OrganisationAdmin(_Administrators, admin.ModelAdmin):
    list_display = ("legal_name",)
    search_fields = ("legal_name",)


@admin.register(Membership)
class MembershipAdmin(_Administrators, admin.ModelAdmin):
    list_display = ("user", "organisation", "role", "ended_on")
    list_select_related = ("user", "organisation")
    autocomplete_fields = ("user", "organisation")
    search_fields = ("user__email", "organisation__legal_name")


class _Evidence(ReadOnlyAdmin):
    def has_view_permission(self, request, obj=None):
        return bool(roles.staff_roles(request.user) & {"auditor", "registrar"})


@admin.register(Entry)
class EntryAdmin(_Evidence):
    list_display = ("number", "kind", "title", "revision", "serial", "recorded_at")
    list_filter = ("kind",)
    search_fields = ("number", "title")
    exclude = ("document", "document_sha256", "suspensions")


@admin.register(Change)
class ChangeAdmin(_Evidence):
    list_display = ("serial", "number", "action", "revision", "effective_from", "recorded_at", "decision_number")
    list_filter = ("action", "kind")
    search_fields = ("number", "decision_number")
    exclude = ("document", "record", "previous_hash", "hash")


@admin.register(Event)
class EventAdmin(_Evidence):
    list_display = ("name", "case", "recorded_at", "role", "person_id")
    list_filter = ("name",)
    list_select_related = ("case",)
    exclude = ("record", "previous_hash", "hash")


@admin.register(Notice)
class NoticeAdmin(_Evidence):
    list_display = ("subject", "created_at", "sent_at", "attempts", "last_error")
    # Of somebody without an account the address is all that there is of them (edge case 41).
    exclude = ("to",)


class _Step(admin.SimpleListFilter):
    title = _("step")
    parameter_name = "step"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(step.name, step.label) for step in daily.every()]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        return rows.filter(step=self.value()) if self.value() else rows


class _Outcome(admin.SimpleListFilter):
    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("failed", _("Failed")), ("busy", _("Something was done"))]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        match self.value():
            case "failed":
                return rows.exclude(failed="")
            case "busy":
                return rows.filter(done__gt=0)
        return rows


@admin.register(StepRun)
class StepRunAdmin(ReadOnlyAdmin):
    """What the daily run did, newest first: whoever keeps the register sees whether it runs, and what failed."""

    list_display = ("day", "label", "began", "seconds", "done", "outcome")
    list_filter = (_Step, _Outcome, "rehearsal")
    date_hierarchy = "day"
    empty_value_display = "–"
    show_full_result_count = False
    fields = ("day", "label", "began", "seconds", "done", "rehearsal", "failed")
    readonly_fields = ("label", "began", "seconds")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(roles.staff_roles(request.user) & {"administrator", "registrar", "auditor"})

    @admin.display(description=_("step"), ordering="step")
    def label(self, run: StepRun) -> str:
        return daily.label(run.step)

    @admin.display(description=_("began"), ordering="began_at")
    def began(self, run: StepRun) -> str:
        return date_format(timezone.localtime(run.began_at), "Y-m-d H:i:s")

    @admin.display(description=_("seconds"))
    def seconds(self, run: StepRun) -> str:
        return f"{(run.ended_at - run.began_at).total_seconds():.1f}"

    @admin.display(description=_("outcome"))
    def outcome(self, run: StepRun) -> str:
        said = str(_("rehearsal")) if run.rehearsal else ""
        if not run.failed:
            return said or "–"
        failed = format_html('<strong class="late">{}</strong> {}', _("Failed"), run.failed)
        return format_html("{} · {}", said, failed) if said else failed
