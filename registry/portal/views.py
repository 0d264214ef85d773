"""The dashboard, in lists by what the provider must do; and the files of their cases."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_safe

from registry.casework import kinds, services
from registry.casework.querysets import CaseQuerySet
from registry.framework import current
from registry.models import Case
from registry.people import roles
from registry.portal import lists, sections
from registry.public.results import address, pages


@login_required
@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    """What needs the provider's action, what is with the authority, what has been decided, and what has ended.

    `list` chooses one of them, page by page; `state` and `q` leave the others out.
    """
    memberships = list(roles.memberships_of(request.user))
    bodies = [membership.organisation for membership in memberships]
    own = Case.objects.of_organisations(bodies).select_related("organisation")
    cases = lists.filtered(own, request.GET).with_what_is_owed()
    chosen = lists.LISTS.get(request.GET.get("list", ""))
    filters = {name: request.GET.get(name, "").strip() for name in ("q", "state")}
    searched = any(filters.values())
    wanted = [chosen] if chosen else lists.LISTS.values()
    total = own.count()
    context = {
        "memberships": memberships, "sections": sections.of(bodies), "page": "dashboard", "chosen": chosen,
        "lists": [_list(request, found, cases, whole=found == chosen) for found in wanted],
        "filters": filters, "searched": searched, "many": total > lists.MANY or searched, "total": total,
        "states": lists.states_of(own),
    }  # fmt: skip
    return render(request, "portal/dashboard.html", context)


def _list(request: HttpRequest, found: lists.List, cases: CaseQuerySet, *, whole: bool) -> dict[str, Any]:
    """One list: its beginning on the dashboard, or a page of it where it is the one that was chosen."""
    mine, size = found.of(cases), lists.ON_PAGE if whole else lists.ON_DASHBOARD
    count = mine.count()
    last = max(1, -(-count // size))
    asked = request.GET.get("page", "")
    page = min(int(asked), last) if whole and asked.isdecimal() and int(asked) else 1
    return {
        "about": found, "count": count, "more": None if whole or count <= size else address(request.GET, {"list": found.name}),
        "rows": lists.rows(mine[(page - 1) * size : page * size], current.today()),
        "pages": pages(request.GET, page, count, size) if whole else None,
    }  # fmt: skip


@login_required
@require_safe
def evidence(request: HttpRequest, reference: str, pk: int) -> FileResponse | HttpResponse:
    """A file of a case that this user may read; to everybody else it does not exist. Always an attachment.

    What was found to be malicious is served to nobody. That an officer opens one is kept (interface 6.4).
    """
    case = get_object_or_404(Case.objects.for_user(request.user), reference=reference)
    if kinds.is_the_bodys_own(case) and not roles.role_in(request.user, case.organisation):
        raise Http404
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
