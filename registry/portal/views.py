"""The dashboard, in three lists by what the provider must do; and the files of their cases."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from registry.casework import kinds, services
from registry.models import Case
from registry.people import roles
from registry.portal import sections


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """What needs the provider's action, what is with the authority, and what has been decided."""
    memberships = list(roles.memberships_of(request.user))
    cases = Case.objects.of_organisations([m.organisation for m in memberships]).select_related("organisation")
    lists = {"yours": [], "authority": [], "ended": []}
    for case in cases.order_by("-opened_at"):
        case.kind_label = kinds.get(case.kind).label
        case.state_label = kinds.get(case.kind).states[case.state]
        # Where nothing leads out of a state, the case has ended.
        onward = kinds.get(case.kind).from_state(case.state)
        where = "yours" if case.state == "draft" else "authority" if onward else "ended"
        lists[where].append(case)
    return render(
        request,
        "portal/dashboard.html",
        {"memberships": memberships, "lists": lists, "sections": sections.every(), "page": "dashboard"},
    )


@login_required
@require_safe
def evidence(request: HttpRequest, reference: str, pk: int) -> FileResponse | HttpResponse:
    """A file of a case that this user may read; to everybody else it does not exist. Always an attachment.

    What was found to be malicious is served to nobody. That an officer opens one is kept (interface 6.4).
    """
    case = get_object_or_404(Case.objects.for_user(request.user), reference=reference)
    item = get_object_or_404(case.evidence.kept(), pk=pk)
    if item.withheld:
        return render(request, "portal/withheld.html", {"case": case, "file": item}, status=410)
    content = item.file.open("rb")
    services.log_reading(item=item, by=request.user)
    response = FileResponse(content, as_attachment=True, filename=item.name, content_type=item.media_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["X-Scan"] = item.scan
    return response
