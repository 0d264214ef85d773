"""Providers as staff look them up; their records are written by services alone."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from providers.models import Provider
from registry.casework.admin import ReadOnlyAdmin
from registry.people import roles


class GapFilter(admin.SimpleListFilter):
    """Entries that lack something: by the name of the gap, as the page of gaps links to it."""

    title = _("gap")
    parameter_name = "gap"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin):
        # The names come from the page of gaps: looking for them here would read the whole table for a list of links.
        return [(self.value(), self.value())] if self.value() else []

    def has_output(self) -> bool:
        return bool(self.value())

    def queryset(self, request: HttpRequest, rows):
        return rows.filter(gaps__contains=[self.value()]) if self.value() else rows


class DeskRecordAdmin(ReadOnlyAdmin):
    """A record of the desk that officers of casework read."""

    def has_view_permission(self, request: HttpRequest, obj=None) -> bool:
        return roles.is_staff_reader(request.user)


@admin.register(Provider)
class ProviderAdmin(DeskRecordAdmin):
    list_display = ("number", "title", "country", "type", "unverified", "source", "source_id")
    list_filter = (GapFilter, "unverified", "source")
    search_fields = ("number", "title", "source_id")
    ordering = ("number",)
    exclude = ("import_digest", "import_serial", "suspensions")
