"""Registration and changes of scope in the portal: start one, and write its draft. The page of the case is every case's.

Every page is of the bodies that the user acts for today.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from providers import services
from providers.forms import RegistrationForm, ScopeForm
from providers.lifecycle import why_not_registered
from providers.models import Provider, Registration, ScopeChange
from providers.rules import violations
from registry.casework import workflow
from registry.errors import Conflict, RegisterError
from registry.framework import current
from registry.people import roles
from registry.portal import drafts


@login_required
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """What a registration takes, and for which body it is asked."""
    today = current.today()
    mine = roles.organisations_of(request.user).order_by("legal_name").distinct()
    bodies = [(body.pk, body.legal_name) for body in mine if why_not_registered(body, today) is None]
    context = {"choices": bodies, "bodies": mine}
    if request.method == "GET":
        return render(request, "portal/provider_start.html", context)
    organisation = get_object_or_404(mine, pk=_digits(request.POST.get("body")))
    try:
        registration = services.draft_registration(organisation=organisation, by=request.user)
    except RegisterError as refusal:
        return _not_started(request, "portal/provider_start.html", context, refusal)
    return redirect("providers:edit", registration.case.reference)


@login_required
@require_http_methods(["GET", "POST"])
def start_scope(request: HttpRequest) -> HttpResponse:
    """What a change of scope takes, and for which provider it is asked."""
    mine = Provider.objects.of_user(roles.organisations_of(request.user)).order_by("title").distinct()
    providers = [(p.pk, f"{p.number} {p.title}") for p in mine.registered(current.today())]
    context = {"choices": providers}
    if request.method == "GET":
        return render(request, "portal/provider_start_scope.html", context)
    provider = get_object_or_404(mine, pk=_digits(request.POST.get("body")))
    try:
        change = services.draft_scope(provider=provider, by=request.user)
    except RegisterError as refusal:
        return _not_started(request, "portal/provider_start_scope.html", context, refusal)
    return redirect("providers:edit", change.case.reference)


def _not_started(request: HttpRequest, template: str, context: dict[str, Any], refusal: RegisterError) -> HttpResponse:
    status = 409 if isinstance(refusal, Conflict) else 422
    return render(request, template, context | {"problem": str(refusal)}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    """The draft's form. Whatever can be kept is kept, even where a field cannot be read."""
    record = _record(request, reference)
    form_class, save = _means(record)
    if not workflow.can(record.case, "edit", request.user):
        return redirect("portal:case", reference)
    if request.method == "GET":
        if "check" in request.GET:
            form = form_class.showing(record, violations(record.case, "submit"))
        else:
            form = form_class(initial=form_class.initial_of(record), record=record, more=request.GET.get("more", ""))
        return _page(request, record, form)
    form = form_class(request.POST, record=record)
    if status := drafts.keep(form, save, case_id=record.case_id, by=request.user):
        return _page(request, record, form, status=status)
    if (more := request.POST.get("more")) in form.fields:
        return redirect(f"{reverse('providers:edit', args=[reference])}?more={more}#id_{more}_0")
    messages.success(request, _("Your draft has been saved."))
    return redirect("portal:case", reference)


def _record(request: HttpRequest, reference: str) -> Registration | ScopeChange:
    """What was applied for, for those who act for its body; to everybody else it does not exist."""
    for model in (Registration, ScopeChange):
        if record := model.objects.of_applicant(request.user).filter(case__reference=reference).first():
            return record
    raise Http404


def _means(record: Registration | ScopeChange) -> tuple[Any, Any]:
    if isinstance(record, Registration):
        return RegistrationForm, services.save_registration
    return ScopeForm, services.save_scope


def _page(request: HttpRequest, record: Registration | ScopeChange, form: Any, *, status: int = 200) -> HttpResponse:
    context = {"case": record.case, "form": form, "registering": isinstance(record, Registration)}
    return render(request, "portal/provider_edit.html", context, status=status)


def _digits(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 19 else None
