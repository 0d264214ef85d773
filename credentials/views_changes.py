"""The portal's pages of the other kinds of application: a full qualification in two stages, an accreditation alone, and a
change or the end of an entry. What every case shares stands on the portal's page of the case."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from credentials import changes, delivering, described, development, guards, proposals, services
from credentials.forms_changes import (
    AccreditationForm,
    ChangeForm,
    QualificationForm,
    StartAboutEntryForm,
    StartForm,
)
from credentials.lifecycle import QUALIFICATION
from credentials.models import AccreditationApplication, Amendment, Application
from providers.models import Provider
from registry.casework import kinds, workflow
from registry.errors import Conflict, RegisterError
from registry.framework.profile import text
from registry.models import Case
from registry.people import roles
from registry.portal import drafts

# -- starting ----------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def start_qualification(request: HttpRequest) -> HttpResponse:
    """A full qualification: what its first stage takes, and for which provider it is made."""
    return _start(request, StartForm, services.draft_qualification, "qualification")


@login_required
@require_http_methods(["GET", "POST"])
def start_accreditation(request: HttpRequest) -> HttpResponse:
    """Asking to deliver an entry that is on the register."""
    return _start(request, StartAboutEntryForm, services.draft_accreditation, "accreditation")


@login_required
@require_http_methods(["GET", "POST"])
def start_change(request: HttpRequest) -> HttpResponse:
    """Proposing a change, a replacement or the end of an entry that the provider awards or develops."""
    return _start(request, StartAboutEntryForm, services.propose_change, "change")


def _start(request: HttpRequest, form_of: type[StartForm], draft: Callable[..., Any], name: str) -> HttpResponse:
    """The page that opens a draft. What was typed is kept where that is refused; `?number=` fills the entry in."""
    providers = Provider.objects.of_user(roles.organisations_of(request.user)).order_by("title")
    asked = request.POST if request.method == "POST" else None
    form = form_of(asked, providers=providers, initial={"number": request.GET.get("number", "")})
    status = 200
    if asked is not None:
        status = 422
        if form.is_valid():
            try:
                made = draft(by=request.user, **form.cleaned_data)
                return redirect(f"credentials:edit_{name}", made.case.reference)
            except RegisterError as refusal:
                form.add_error("number" if "number" in form.fields else None, str(refusal))
                status = _status(refusal)
    return render(request, f"portal/starting/{name}.html", {"form": form, "providers": providers}, status=status)


# -- writing -----------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def edit_qualification(request: HttpRequest, reference: str) -> HttpResponse:
    """The draft of a full qualification, as its stage asks for it."""
    own = Application.objects.of_applicant(request.user).filter(case__kind=QUALIFICATION)
    application = get_object_or_404(own, case__reference=reference)
    made = {"kind": application.revision.credential.kind, "first": not development.is_approved(application.case)}

    def blank(violations: list[Any]) -> Form:
        if violations:
            return QualificationForm.showing(application, violations, **made)
        return QualificationForm(
            initial=QualificationForm.initial_of(application), more=request.GET.get("more", ""), **made
        )

    return _edit(
        request, application, "qualification", blank=blank, check=development.violations, save=services.save_draft,
        sent=lambda: QualificationForm(request.POST, **made),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def edit_accreditation(request: HttpRequest, reference: str) -> HttpResponse:
    """The draft of an application to deliver an entry."""
    own = AccreditationApplication.objects.of_applicant(request.user)
    application = get_object_or_404(own, case__reference=reference)

    def blank(violations: list[Any]) -> Form:
        if violations:
            return AccreditationForm.showing(application, violations)
        return AccreditationForm(initial=AccreditationForm.initial_of(application))

    return _edit(
        request, application, "accreditation", blank=blank, check=delivering.violations,
        save=services.save_accreditation, sent=lambda: AccreditationForm(request.POST),
    )  # fmt: skip


def _edit(
    request: HttpRequest, application: Any, name: str, *, blank: Callable[[list[Any]], Form], sent: Callable[[], Any],
    save: Callable[..., Any], check: Callable[[Case, str], list[Any]],
) -> HttpResponse:  # fmt: skip
    """The form of a draft. Whatever can be read is kept; `?check` shows what is missing at its field."""
    case, template = application.case, f"portal/editing/{name}.html"
    if not workflow.can(case, "edit", request.user):
        return redirect(kinds.get(case.kind).own_page, case.reference)
    if request.method == "GET":
        broken = [v for v in check(case, "submit") if v.severity == "error"] if "check" in request.GET else []
        return render(request, template, {"application": application, "form": blank(broken)})
    form = sent()
    if status := drafts.keep(form, save, case_id=case.pk, by=request.user):
        return render(request, template, {"application": application, "form": form}, status=status)
    return _saved(request, more=request.POST.get("more", ""))


@login_required
@require_http_methods(["GET", "POST"])
def edit_change(request: HttpRequest, reference: str) -> HttpResponse:
    """The draft of a change: the form of everything that the entry says, what differs, and how it will be dealt with."""
    amendment = _change(request, reference)
    if not workflow.can(amendment.case, "edit", request.user):
        return redirect(kinds.get(amendment.case.kind).own_page, reference)
    if request.method == "GET":
        return _page_of_change(request, amendment)
    form = ChangeForm(request.POST, amendment=amendment, more=request.POST.get("more", ""))
    status = drafts.keep(
        form, services.save_amendment, case_id=amendment.pk, by=request.user, values=lambda: form.values(amendment)
    )
    if status:
        return _page_of_change(request, _change(request, reference), form=form, status=status)
    return _saved(request, more=request.POST.get("more", ""))


@login_required
@require_POST
def rebase_change(request: HttpRequest, reference: str) -> HttpResponse:
    """Base the draft on the revision that became public meanwhile."""
    amendment = _change(request, reference)
    try:
        services.rebase(case_id=amendment.pk, by=request.user)
    except RegisterError as refusal:
        return _page_of_change(request, amendment, problem=str(refusal), status=409)
    messages.success(request, _("The draft is based on the revision that is public now."))
    return redirect("credentials:edit_change", reference)


def _change(request: HttpRequest, reference: str) -> Amendment:
    """The change, for those who act for the body that proposes it; to everybody else it does not exist."""
    return get_object_or_404(Amendment.objects.of_applicant(request.user), case__reference=reference)


def _page_of_change(
    request: HttpRequest, amendment: Amendment, *, form: ChangeForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    case, language = amendment.case, get_language() or "en"
    may_edit = workflow.can(case, "edit", request.user)
    if form is None and may_edit:
        form = ChangeForm(
            initial=ChangeForm.initial_of(amendment), amendment=amendment, more=request.GET.get("more", "")
        )
    proposal = proposals.of(amendment, language)
    category = proposals.category_of(amendment)
    context = {
        "amendment": amendment, "case": case, "form": form, "problem": problem, "proposal": proposal,
        "category": category and text(category.label, language),
        "dealt_with": category and described.APPROVALS[category.approval],
        "overtaken": guards.based_on_what_is_public(case), "may_rebase": workflow.can(case, "rebase", request.user),
        "violations": changes.violations(case, "submit") if proposal.differences else [],
    }  # fmt: skip
    return render(request, "portal/editing/change.html", context, status=status)


def _saved(request: HttpRequest, *, more: str) -> HttpResponse:
    if more:
        return redirect(f"{request.path}?more={more}#id_{more}")
    messages.success(request, _("Your draft has been saved."))
    return redirect(request.path)


def _status(refusal: RegisterError) -> int:
    return 409 if isinstance(refusal, Conflict) else 422
