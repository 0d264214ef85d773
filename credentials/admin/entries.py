"""What staff see of an entry: everything that is public of it, on any day, and how it came to say that."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import orjson
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from credentials import gaps, services
from credentials.lifecycle import DRAFTERS
from credentials.lifecycle_reviews import REVIEW
from credentials.models import Credential, Revision
from providers.admin import DeskRecordAdmin, GapFilter
from providers.models import Provider
from registry.casework import kinds, reporting
from registry.casework.admin import beginning
from registry.content import comparison
from registry.content.dictionary import RELATIONS, SECTIONS, in_section
from registry.errors import RegisterError
from registry.framework import current, published
from registry.framework.rules import check
from registry.models import Change, Entry
from registry.people import roles
from registry.public import records
from registry.public.entry import NotADay, asked_day, parties
from registry.status import last_day_to_start, new_learners_may_start, status_on, unlike_the_law

DATES = (
    "listed_on", "effective_from", "expiring_from", "last_new_enrolment", "last_award", "expiry_end", "review_due",
    "review_period_months", "suspensions",
)  # fmt: skip
# So many of its last reviews the page of an entry lists.
REVIEWS = 20


class BodyFilter(admin.SimpleListFilter):
    """Entries that name a body which is no longer registered: nothing happens to them of itself."""

    title = gettext_lazy("bodies")
    parameter_name = "bodies"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin):
        return [("left", _("one has left: a decision is needed"))]

    def queryset(self, request: HttpRequest, rows):
        if self.value() != "left":
            return rows
        left = Entry.objects.with_a_body_that_left(current.today())
        return rows.filter(number__in=list(left.values_list("number", flat=True)))


@admin.register(Credential)
class CredentialAdmin(DeskRecordAdmin):
    list_display = (
        "number",
        "present_title",
        "kind",
        "source",
        "source_id",
        "listed_on",
        "expiring_from",
        "review_due",
    )
    list_filter = (BodyFilter, GapFilter, "kind", "source")
    search_fields = ("number", "source_id", "revisions__title")
    ordering = ("number",)
    change_list_template = "admin/credentials/credential/list.html"

    def get_queryset(self, request: HttpRequest):
        """The public ones: a draft is its applicant's, and is read on its case."""
        latest = (
            Revision.objects.filter(credential=OuterRef("pk")).exclude(number=None).order_by("-number", "-correction")
        )
        return Credential.objects.exclude(number=None).annotate(present_title=Subquery(latest.values("title")[:1]))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list of entries; what is decided of many of them at once is begun there."""
        begun = {"may_begin": beginning.links(kinds.REGISTER, kinds.REGISTER, request.user)}
        return super().changelist_view(request, {**begun, **(extra_context or {})})

    @admin.display(description=gettext_lazy("title"), ordering="present_title")
    def present_title(self, credential: Credential) -> str:
        return credential.present_title or ""

    def get_urls(self):
        def at(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("gaps/", at(self.gaps), name="credentials_credential_gaps"),
            path("<int:pk>/compare/", at(self.compare), name="credentials_credential_compare"),
            path("<int:pk>/propose/", at(self.propose), name="credentials_credential_propose"),
            *super().get_urls(),
        ]

    # -- one entry -----------------------------------------------------------------------------------------------------

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """One entry, read-only: what is public is changed by an amendment alone."""
        if not self.has_view_permission(request) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self._page(request, get_object_or_404(self.get_queryset(request), pk=object_id))

    def _page(
        self, request: HttpRequest, credential: Credential, *, problem: str = "", status: int = 200
    ) -> HttpResponse:
        language = get_language() or "en"
        asked, day, wrong = request.GET.get("on", ""), current.today(), ""
        try:
            day = asked_day(asked) or day
        except NotADay as refusal:
            wrong, status = str(refusal), 400
        change = Change.objects.filter(number=credential.number).exclude(document=None).as_at(day).first()
        document = orjson.loads(bytes(change.document)) if change else None
        context = self.admin_site.each_context(request) | {
            "title": f"{credential.number} {credential.present_title}", "opts": self.opts, "credential": credential,
            "problem": problem or wrong, "may_begin": beginning.links("credential", credential.number, request.user),
            "day": day, "asked": asked, "today": day == current.today(),
            "document": document, "changes": records.history(credential.number),
            "may_propose": bool(roles.staff_roles(request.user) & set(DRAFTERS)),
            "open": credential.amendments.of_officers().open().select_related("case").first(),
            "waiting": credential.amendments.of_officers().waiting().select_related("case", "revision").first(),
            "accreditations": credential.accreditations.exclude(number=None).select_related("provider").order_by("number"),
            "reviews": _reviews(credential),
            "withdrawn": Entry.objects.filter(number=credential.number).exclude(withdrawn_on=None).first(),
        }  # fmt: skip
        if document:
            context |= self._told(credential, document, day, language)
        return render(request, "admin/credentials/credential/page.html", context, status=status)

    @staticmethod
    def _told(credential: Credential, document: dict[str, Any], day: date, language: str) -> dict[str, Any]:
        """What a document says, in sections; what follows from its dates; and what the law of today would say of it."""

        def said(names: Iterable[str]) -> list[tuple[Any, list[str]]]:
            shown = ((name, comparison.shown(name, document.get(name), language)) for name in names)
            return [(comparison.label(name), lines) for name, lines in shown if lines]

        sections = [(label, said(f.name for f in in_section(name))) for name, label in SECTIONS.items()]
        version = current.version_on(current.today())
        facts = published.facts(document, current.today())
        linked = list(
            credential.reached_from.values_list("credential__number", "relation").order_by("credential__number")
        )
        names = records.names_in(document) | records.names(number for number, _relation in linked)
        return {
            "status": status_on(document, day), "may_start": new_learners_may_start(document, day),
            "last_day": last_day_to_start(document), "lawful": unlike_the_law(document),
            "sections": [(label, fields) for label, fields in sections if fields],
            "dates": said(DATES),
            "parties": parties(document, names, day),
            **{
                name: [link | {"name": names.get(link["number"])} for link in document.get(name) or ()]
                for name in ("replaces", "replaced_by")
            },
            "reached_from": [
                {"number": number, "name": names.get(number), "relation": RELATIONS[relation]}
                for number, relation in linked
            ],
            "version": version,
            "misfits": check(facts, kind=document["kind"], stage="publish", version=version, language=language),
        }  # fmt: skip

    def propose(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin an amendment: it says what the entry says, until somebody writes something else."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        credential = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method != "POST":
            return redirect("admin:credentials_credential_change", pk)
        try:
            amendment = services.propose(credential_id=credential.pk, by=request.user)
        except RegisterError as refusal:
            return self._page(request, credential, problem=str(refusal), status=409)
        return redirect("admin:credentials_amendment_change", amendment.pk)

    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Two published states of one entry, field by field; unless told, the last two."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        credential = get_object_or_404(self.get_queryset(request), pk=pk)
        changes = {c.serial: c for c in reversed(records.history(credential.number)) if c.action != "withdrawn"}
        serials = list(changes)
        earlier, later = (_serial(request.GET.get(name)) for name in ("earlier", "later"))
        later = later if later is not None else serials[-1]
        if earlier is None:
            earlier = max((serial for serial in serials if serial < later), default=later)
        if earlier not in changes or later not in changes:
            raise Http404
        before, after = (orjson.loads(bytes(changes[serial].document)) for serial in (earlier, later))
        context = self.admin_site.each_context(request) | {
            "title": _("What changed: %(number)s") % {"number": credential.number}, "opts": self.opts,
            "credential": credential, "changes": list(changes.values()), "earlier": changes[earlier],
            "later": changes[later], "differences": comparison.compare(before, after, get_language() or "en"),
        }  # fmt: skip
        return render(request, "admin/credentials/credential/compare.html", context)

    # -- all of them ---------------------------------------------------------------------------------------------------

    def gaps(self, request: HttpRequest) -> HttpResponse:
        """What entries do not tell, summed: each sum leads to its entries."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        tables = [
            (_("Credentials"), "admin:credentials_credential_changelist", Credential),
            (_("Providers"), "admin:providers_provider_changelist", Provider),
        ]
        context = self.admin_site.each_context(request) | {
            "title": _("What entries do not tell"), "opts": self.opts,
            "tables": [
                {
                    "label": label, "address": reverse(address), "sums": gaps.sums(model._meta.db_table),
                    "entries": model.objects.exclude(number=None).count(),
                }
                for label, address, model in tables
            ],
        }  # fmt: skip
        return render(request, "admin/credentials/credential/gaps.html", context)


def _reviews(credential: Credential) -> list[dict[str, Any]]:
    """The last reviews of an entry and of its delivery, the latest cycle first: when each was due, whose, how it stands."""
    rows = credential.reviews.select_related("case__organisation").order_by("-due_on", "-of_entry", "pk")[:REVIEWS]
    states = kinds.get(REVIEW).states
    return [
        {
            "it": row, "state": states[row.case.state], "late": reporting.level_on(row.case, current.today()),
            "of": _("entry") if row.of_entry else _("delivery"),
        }
        for row in rows
    ]  # fmt: skip


def _serial(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
