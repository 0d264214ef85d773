"""Beginning and writing a case whose record one form holds, whatever kind it is (`registry.casework.kinds.Record`)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registry.casework import kinds, workflow
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.people import roles
from registry.portal import drafts, sections
from registry.portal.cases import address_of, find


@login_required
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """What a case of this kind takes, and what it may be begun about by the bodies that the user acts for today."""
    record = next((known.record for known in kinds.every() if known.name == kind and not known.authority), None)
    if record is None or record.choices is None:
        raise Http404
    choices = record.choices(list(roles.organisations_of(request.user).distinct()))
    asked = request.GET.get("about", "")
    shown = {
        "kind": kinds.get(kind), "label": sections.label_of(kind), "choices": choices, "chosen": asked, "record": record,
    }  # fmt: skip
    if request.method == "GET":
        return render(request, "portal/starting/record.html", shown)
    about = shown["chosen"] = request.POST.get("about", "")
    if about not in {key for key, _label in choices}:
        shown["problem"] = _("Choose what it is about.")
        return render(request, "portal/starting/record.html", shown, status=422)
    try:
        case = record.begin(about=about, by=request.user)
    except RegisterError as refusal:
        shown["problem"] = str(refusal)
        status = 409 if isinstance(refusal, Conflict | NotAllowed) else 422
        return render(request, "portal/starting/record.html", shown, status=status)
    return redirect("portal:edit", case.reference)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    """The draft's form. Whatever can be kept is kept, even where a field cannot be read."""
    case = find(request, reference)
    kind = kinds.get(case.kind)
    if kind.record is None or kind.authority or not workflow.can(case, "edit", request.user):
        return redirect(address_of(case))
    shown = {"case": case, "label": sections.label_of(case.kind), "back": address_of(case)}
    if request.method == "GET":
        form = kind.record.form(case=case, initial=kind.record.initial(case))
        if "check" in request.GET:
            shown["against"] = kind.check(case, "submit")
        return render(request, "portal/editing/record.html", shown | {"form": form})
    form = kind.record.form(request.POST, request.FILES, case=case)
    if status := drafts.keep(form, kind.record.save, case_id=case.pk, by=request.user):
        return render(request, "portal/editing/record.html", shown | {"form": form}, status=status)
    messages.success(request, _("Your draft has been saved."))
    return redirect(address_of(case))
