"""What officers declare and are given: their interests in bodies, and what decision makers may decide."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.casework import kinds, services
from registry.casework.admin.base import ReadOnlyAdmin, status_of
from registry.casework.admin.forms import day_field, officers, prose
from registry.casework.models import Delegation, Interest
from registry.errors import RegisterError
from registry.framework import current
from registry.people import roles
from registry.people.models import Organisation, User

SUGGESTED = 8


class _Dated(ReadOnlyAdmin):
    """Rows that begin by one form, end by another, and are never deleted."""

    add_form: type[forms.Form]
    end_form: type[forms.Form]
    add_title: Any = ""
    end_title: Any = ""

    def begin(self, request: HttpRequest, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def end(self, request: HttpRequest, row: Any, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def may_end(self, request: HttpRequest, row: Any) -> bool:
        raise NotImplementedError

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        raise NotImplementedError

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._page(request, self.add_title, self.add_form, lambda data: self.begin(request, data))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request), pk=object_id)
        form = self.end_form if self.may_end(request, row) else None
        return self._page(request, str(row), form, lambda data: self.end(request, row, data), row)

    def _page(self, request: HttpRequest, title: Any, form_class: Any, run: Any, row: Any = None) -> HttpResponse:
        """Draw the form, or do what it asks. What is refused is said above it, with what was typed still there."""
        sent = request.method == "POST"
        if sent and form_class is None:
            raise PermissionDenied
        form = form_class(request.POST if sent else None) if form_class else None
        problem, status = "", 200
        if sent and not form.is_valid():
            problem, status = _("Nothing was recorded: see below."), 422
        elif sent:
            try:
                run(form.cleaned_data)
                messages.success(request, _("It has been recorded."))
                return redirect(self._list())
            except RegisterError as refusal:
                problem, status = str(refusal), status_of(refusal)
        context = self.admin_site.each_context(request) | {
            "title": title, "opts": self.opts, "form": form, "problem": problem, "list": self._list(),
            "facts": self.facts(row) if row else (), "button": self.end_title if row else self.add_title,
        }  # fmt: skip
        return render(request, "admin/registry/dated.html", context, status=status)

    def _list(self) -> str:
        return reverse(f"admin:registry_{self.opts.model_name}_changelist")


class DeclareForm(forms.Form):
    body = forms.CharField(
        label=gettext_lazy("Body"), max_length=300, help_text=gettext_lazy("Its legal name, or a part of it."),
        error_messages={"required": gettext_lazy("Name the body.")},
    )  # fmt: skip
    reason = prose(gettext_lazy("What the interest is"), gettext_lazy("Say what the interest is."))
    ended_on = day_field(gettext_lazy("Last day"), gettext_lazy("Left empty: until you end it."))

    def clean_body(self) -> Organisation:
        """The one body that is meant. Where several are called like that, they are listed to choose from."""
        asked = self.cleaned_data["body"].strip()
        exact = list(Organisation.objects.filter(legal_name__iexact=asked)[:2])
        found = exact or list(
            Organisation.objects.filter(legal_name__icontains=asked).order_by("legal_name")[: SUGGESTED + 1]
        )
        if not found:
            raise forms.ValidationError(_("No body has this name."))
        if len(found) > 1:
            names = "; ".join(body.legal_name for body in found[:SUGGESTED])
            raise forms.ValidationError(_("Which of these? %(names)s") % {"names": names})
        return found[0]


class EndForm(forms.Form):
    last_day = day_field(gettext_lazy("Last day"), required=True)


@admin.register(Interest)
class InterestAdmin(_Dated):
    """Officers declare and end their own; registrars and auditors see those of all."""

    list_display = ("person", "organisation", "declared_at", "ended_on")
    list_select_related = ("person", "organisation")
    search_fields = ("person__name", "organisation__legal_name")
    add_form, end_form = DeclareForm, EndForm
    add_title, end_title = gettext_lazy("Declare an interest"), gettext_lazy("End the interest")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return roles.is_staff_reader(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return roles.is_staff_reader(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        every = super().get_queryset(request)
        sees_all = roles.staff_roles(request.user) & {"registrar", "auditor"}
        return every if sees_all else every.filter(person=request.user)

    def may_end(self, request: HttpRequest, row: Interest) -> bool:
        return row.person_id == request.user.pk and row.ended_on is None

    def facts(self, row: Interest) -> list[tuple[Any, Any]]:
        return [
            (_("Officer"), row.person), (_("Body"), row.organisation), (_("What the interest is"), row.reason),
            (_("Declared"), row.declared_at), (_("Last day"), row.ended_on),
        ]  # fmt: skip

    def begin(self, request: HttpRequest, data: dict[str, Any]) -> Interest:
        return services.declare_interest_in(
            organisation=data["body"], by=request.user, reason=data["reason"], ended_on=data["ended_on"]
        )

    def end(self, request: HttpRequest, row: Interest, data: dict[str, Any]) -> Interest:
        return services.end_interest(interest_id=row.pk, by=request.user, ended_on=data["last_day"])


class DelegateForm(forms.Form):
    person = forms.ModelChoiceField(
        label=gettext_lazy("Decision maker"), queryset=User.objects.none(), empty_label=gettext_lazy("Choose"),
        error_messages={"required": gettext_lazy("Choose a decision maker.")},
    )  # fmt: skip
    covers = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of case"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=gettext_lazy("None chosen: all of them."),
    )  # fmt: skip
    levels = forms.MultipleChoiceField(
        label=gettext_lazy("Levels"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=gettext_lazy("None chosen: all of them."),
    )  # fmt: skip
    instrument = prose(
        gettext_lazy("Instrument"), gettext_lazy("Name the law, rule or act that gives it."),
        gettext_lazy("The law, rule or act that gives it."),
    )  # fmt: skip
    begins_on = day_field(gettext_lazy("First day"), required=True)
    ends_on = day_field(gettext_lazy("Last day"), gettext_lazy("Left empty: until it is ended."))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = officers("decision_maker")
        self.fields["covers"].choices = [(kind.name, kind.label) for kind in kinds.every()]
        levels = current.profile().levels
        self.fields["levels"].choices = [(level["value"], level["value"]) for level in levels]


@admin.register(Delegation)
class DelegationAdmin(_Dated):
    """Registrars give and end what decision makers may decide; decision makers and auditors read it."""

    list_display = ("person", "shown_kinds", "shown_levels", "begins_on", "ends_on")
    list_select_related = ("person",)
    search_fields = ("person__name",)
    add_form, end_form = DelegateForm, EndForm
    add_title, end_title = gettext_lazy("Give a delegation"), gettext_lazy("End the delegation")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(roles.staff_roles(request.user) & {"registrar", "decision_maker", "auditor"})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return "registrar" in roles.staff_roles(request.user)

    @admin.display(description=gettext_lazy("kinds of case"))
    def shown_kinds(self, row: Delegation) -> str:
        labels = {kind.name: str(kind.label) for kind in kinds.every()}
        return ", ".join(labels.get(name, name) for name in row.kinds) or _("all")

    @admin.display(description=gettext_lazy("levels"))
    def shown_levels(self, row: Delegation) -> str:
        return ", ".join(row.levels) or _("all")

    def may_end(self, request: HttpRequest, row: Delegation) -> bool:
        over = row.ends_on is not None and row.ends_on < current.today()
        return self.has_add_permission(request) and not over

    def facts(self, row: Delegation) -> list[tuple[Any, Any]]:
        return [
            (_("Decision maker"), row.person), (_("Kinds of case"), self.shown_kinds(row)),
            (_("Levels"), self.shown_levels(row)), (_("Instrument"), row.instrument),
            (_("First day"), row.begins_on), (_("Last day"), row.ends_on),
        ]  # fmt: skip

    def begin(self, request: HttpRequest, data: dict[str, Any]) -> Delegation:
        return services.delegate(by=request.user, **data)

    def end(self, request: HttpRequest, row: Delegation, data: dict[str, Any]) -> Delegation:
        return services.end_delegation(delegation_id=row.pk, by=request.user, ends_on=data["last_day"])
