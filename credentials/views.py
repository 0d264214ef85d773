"""Applications in the portal: start, draft, attach, check, submit. Every page is of the user's own organisations."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from credentials import services
from credentials.forms import DraftForm
from credentials.models import Application, Credential
from credentials.rules import violations
from providers.models import Provider
from registry.casework import duplicates, kinds, workflow
from registry.casework import evidence as files
from registry.casework import services as desk
from registry.errors import RegisterError, RuleViolations
from registry.framework import current
from registry.framework.profile import text
from registry.models import Case
from registry.people import roles
from registry.search.presented import side_by_side
from registry.search.query import SearchUnavailable
from registry.search.similar import SHOWN

# What an applicant is told of the case's own events: what officers do among themselves is not theirs to see.
TOLD = (
    "case:opened", "case:submit", "case:withdraw", "case:evaluate", "case:recommend", "case:send_back", "case:approve",
    "case:decline",
)  # fmt: skip
MOST_ALIKE = 5


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
@require_GET
def application(request: HttpRequest, reference: str) -> HttpResponse:
    """The application as it stands: what is still missing, its evidence, and what happens next."""
    return _page(request, _application(request, reference))


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    """The draft's form. Whatever can be kept is kept, even where a field cannot be read."""
    application = _application(request, reference)
    if not workflow.can(application.case, "edit", request.user):
        return redirect("credentials:application", reference)
    if request.method == "GET":
        check = violations(application.case, "submit") if "check" in request.GET else []
        form = DraftForm.showing(application, check) if check else _form(application, request.GET.get("more", ""))
        return render(request, "portal/edit.html", {"application": application, "form": form})
    form = DraftForm(request.POST, kind=application.revision.credential.kind)
    readable = form.is_valid()
    try:
        services.save_draft(
            case_id=application.case_id, by=request.user, values=form.values(),
            expected_revision=form.cleaned_data.get("revision"),
        )  # fmt: skip
    except RegisterError as refusal:
        form.add_error(None, str(refusal))
        return render(request, "portal/edit.html", {"application": application, "form": form}, status=409)
    if not readable:
        form.keep_revision(_application(request, reference).case.revision)
        return render(request, "portal/edit.html", {"application": application, "form": form}, status=422)
    if more := request.POST.get("more"):
        return redirect(f"{request.path}?more={more}#id_{more}")
    messages.success(request, _("Your draft has been saved."))
    return redirect("credentials:application", reference)


@login_required
@require_POST
def attach(request: HttpRequest, reference: str) -> HttpResponse:
    application = _application(request, reference)
    upload = request.FILES.get("file")
    if upload is None:
        return _page(request, application, problem=_("Choose a file first."), status=422)
    try:
        desk.attach(
            case_id=application.case_id, by=request.user, criterion=request.POST.get("criterion", ""), upload=upload
        )
    except RegisterError as refusal:
        return _page(request, application, problem=str(refusal), status=422)
    messages.success(request, _("The file has been attached."))
    return redirect("credentials:application", reference)


@login_required
@require_POST
def remove_evidence(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    application = _application(request, reference)
    try:
        desk.remove_evidence(case_id=application.case_id, by=request.user, evidence_id=pk)
    except RegisterError as refusal:
        return _page(request, application, problem=str(refusal), status=409)
    messages.success(request, _("The file has been removed."))
    return redirect("credentials:application", reference)


@login_required
@require_POST
def submit(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand the application to the authority, or show what is missing, field by field; the draft stays."""
    application = _application(request, reference)
    try:
        desk.submit(
            case_id=application.case_id, by=request.user, expected_revision=_digits(request.POST.get("revision"))
        )
    except RuleViolations as refusal:
        form = DraftForm.showing(application, refusal.violations)
        return render(request, "portal/edit.html", {"application": application, "form": form}, status=422)
    except RegisterError as refusal:
        return _page(request, application, problem=str(refusal), status=409)
    messages.success(request, _("Your application %(reference)s has been submitted.") % {"reference": reference})
    return redirect("credentials:application", reference)


@login_required
@require_POST
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    application = _application(request, reference)
    try:
        desk.withdraw(case_id=application.case_id, by=request.user)
    except RegisterError as refusal:
        return _page(request, application, problem=str(refusal), status=409)
    messages.success(request, _("The application has been withdrawn."))
    return redirect("credentials:application", reference)


def _page(request: HttpRequest, application: Application, *, problem: str = "", status: int = 200) -> HttpResponse:
    case = application.case
    kind = kinds.get(case.kind)
    version = desk.version_of(case)
    evidence = list(case.evidence.filter(removed_at=None))
    return render(
        request,
        "portal/application.html",
        {
            "application": application,
            "case": case,
            "state": kind.states[case.state],
            "sections": kind.sections(case),
            "violations": violations(case, "submit") if case.state == "draft" else [],
            "criteria": [
                {"id": c.id, "label": text(c.label), "files": [e for e in evidence if e.criterion == c.id]}
                for c in version.criteria_for(tuple(kind.matters))
            ],
            "events": case.events.filter(name__in=TOLD).order_by("position"),
            **_alike(case),
            "transitions": {t.name: t.label for t in kind.transitions},
            "decisions": [(kind.matters[d.matter], d) for d in case.decisions.all()],
            "accepted": ", ".join(sorted(files.ACCEPTED)),
            "may": {name: workflow.can(case, name, request.user) for name in ("edit", "submit", "withdraw")},
            "problem": problem,
        },
        status=status,
    )


def _alike(case: Case) -> dict[str, Any]:
    """Of a draft, what is on the register already that is like it: said before it is submitted, while it helps."""
    if case.state != "draft" or not case.title:
        return {}
    try:
        found = duplicates.look(case) or []
    except SearchUnavailable:
        return {"alike_unavailable": True}
    return {"alike": [side_by_side(m.record()) for m in found if m.score >= SHOWN][:MOST_ALIKE], "compared": True}


def _form(application: Application, more: str) -> DraftForm:
    kind = application.revision.credential.kind
    return DraftForm(initial=DraftForm.initial_of(application), kind=kind, more=more)


def _digits(value: str | None) -> int | None:
    return int(value) if value and value.isdigit() else None
