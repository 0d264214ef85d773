"""Accreditations as staff look them up: who may deliver what, since when, and what may be decided about that."""

from typing import Any

import orjson
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from credentials.models import Accreditation
from providers.admin import DeskRecordAdmin
from registry.casework.admin import beginning
from registry.content.bodies import CONDITIONS
from registry.content.dictionary import DELIVERY_MODES
from registry.framework import current
from registry.models import Entry
from registry.public import records
from registry.status import status_on


@admin.register(Accreditation)
class AccreditationAdmin(DeskRecordAdmin):
    list_display = ("number", "entry", "holder", "accredited_from", "accredited_until", "withdrawn_on")
    list_select_related = ("credential", "provider")
    search_fields = ("number", "credential__number", "provider__number", "provider__title")
    ordering = ("number",)

    def get_queryset(self, request: HttpRequest):
        """The public ones."""
        return super().get_queryset(request).exclude(number=None)

    @admin.display(description=gettext_lazy("entry"), ordering="credential__number")
    def entry(self, accreditation: Accreditation) -> str:
        return accreditation.credential.number

    @admin.display(description=gettext_lazy("provider"), ordering="provider__title")
    def holder(self, accreditation: Accreditation) -> str:
        return f"{accreditation.provider.number} {accreditation.provider.title}"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """One accreditation, read-only: what is public of it, and the cases that may be opened about it."""
        if not self.has_view_permission(request) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("credential", "provider")
        held = get_object_or_404(rows, pk=object_id)
        body = Entry.objects.filter(number=held.number).values_list("document", flat=True).first()
        context = self.admin_site.each_context(request) | {
            "title": f"{held.number} {held.provider.title}", "opts": self.opts, "accreditation": held,
            "may_begin": beginning.links("accreditation", held.number, request.user),
            "entry_title": held.credential.revisions.latest_public().title,
            **(_told(orjson.loads(bytes(body)), held) if body else {}),
        }  # fmt: skip
        return render(request, "admin/credentials/accreditation/page.html", context)


def _told(document: dict[str, Any], held: Accreditation) -> dict[str, Any]:
    """What is public of it now: its status, its days, and how it came to say that."""
    days = [
        (_("From"), document["accredited_from"]),
        (_("Until"), document.get("accredited_until")),
        (_("Withdrawn from"), document.get("withdrawn_on")),
        (_("Sites"), ", ".join(document["sites"])),
        (_("How it is delivered"), ", ".join(str(DELIVERY_MODES.get(m, m)) for m in document["delivery_modes"])),
        (_("Languages of delivery"), ", ".join(document["languages"])),
    ]
    return {
        "status": status_on(document, current.today()), "facts": [(label, said) for label, said in days if said],
        "conditions": CONDITIONS.lines(document.get("conditions") or [], get_language() or "en"),
        "suspensions": document["suspensions"], "changes": records.history(held.number),
    }  # fmt: skip
