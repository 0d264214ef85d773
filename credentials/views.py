"""Applications in the portal: start and draft. What every case shares is `registry.portal.cases`."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from credentials import services
from credentials.forms import DraftForm
from credentials.models import Application, Credential
from credentials.rules import violations
from providers.models import Provider
from registry.casework import workflow
from registry.errors import RegisterError
from registry.framework import current
from registry.framework.profile import text
from registry.people import roles
from registry.portal import drafts


def _application(request: HttpRequest, reference: str) -> Application:
    """The application, for those who act for its organisation; to everybody else it does not exist."""
    return get_object_or_404(Application.objects.of_applicant(request.user), case__reference=reference)


@login_required
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """What an application takes, and for which provider it is made."""
    providers = Provider.objects.of_user(roles.organisations_of(request.user)).order_by("title")
    if request.method == "POST":
        provider = get_object_or_404(providers, pk=_digits(request.POST.get("provider")))
        kind = request.POST.get("kind") or Credential.Kind.MICRO_CREDENTIAL
        try:
            application = services.draft(provider=provider, by=request.user, kind=kind)
        except RegisterError as refusal:
            context = {"providers": providers, "kinds": _kinds(), "problem": str(refusal)}
            return render(request, "portal/start.html", context, status=422)
        return redirect("credentials:edit", application.case.reference)
    return render(request, "portal/start.html", {"providers": providers, "kinds": _kinds()})


def _kinds() -> list[tuple[str, str]]:
    """The kinds that the framework in force has, the micro-credential first."""
    known = [(kind["value"], text(kind["label"], get_language() or "en")) for kind in current.profile().kinds]
    return sorted(known, key=lambda kind: kind[0] != Credential.Kind.MICRO_CREDENTIAL)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    """The draft's form. Whatever can be kept is kept, even where a field cannot be read."""
    application = _application(request, reference)
    if request.method == "GET":
        if not workflow.can(application.case, "edit", request.user):
            return redirect("credentials:application", reference)
        check = violations(application.case, "submit") if "check" in request.GET else []
        form = DraftForm.showing(application, check) if check else _form(application, request.GET.get("more", ""))
        return render(request, "portal/edit.html", {"application": application, "form": form})
    form = DraftForm(request.POST, kind=application.revision.credential.kind)
    if status := drafts.keep(form, services.save_draft, case_id=application.case_id, by=request.user):
        return render(request, "portal/edit.html", {"application": application, "form": form}, status=status)
    if more := request.POST.get("more"):
        return redirect(f"{request.path}?more={more}#id_{more}")
    messages.success(request, _("Your draft has been saved."))
    return redirect("credentials:application", reference)


def _form(application: Application, more: str) -> DraftForm:
    kind = application.revision.credential.kind
    return DraftForm(initial=DraftForm.initial_of(application), kind=kind, more=more)


def _digits(value: str | None) -> int | None:
    return int(value) if value and value.isdigit() else None
