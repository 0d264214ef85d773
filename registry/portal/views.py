"""The dashboard, in three lists by what the provider must do; and the files of their cases."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from registry.casework import kinds
from registry.models import Case, Evidence
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
def evidence(request: HttpRequest, reference: str, pk: int) -> FileResponse:
    """A file of a case that this user may read; to everybody else it does not exist. Always an attachment."""
    case = get_object_or_404(Case.objects.for_user(request.user), reference=reference)
    item = get_object_or_404(Evidence, case=case, pk=pk, removed_at=None)
    response = FileResponse(item.file.open("rb"), as_attachment=True, filename=item.name, content_type=item.media_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
