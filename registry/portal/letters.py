"""What the register has written to the person who is signed in: the letters of their cases, and their notices."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from registry.casework import notices as service
from registry.casework.letters import content_of, pdf
from registry.errors import RegisterError
from registry.models import Case, Letter, Notice
from registry.people import roles
from registry.public.results import pages

PAGE_SIZE = 20


def _letter(request: HttpRequest, reference: str, pk: int) -> Letter:
    """A letter of a case that this user may read, or that was written to their own body about what the authority decided
    of itself; to everybody else it does not exist."""
    mine = Q(case__in=Case.objects.for_user(request.user))
    mine |= Q(case__organisation__in=roles.organisations_of(request.user))
    letters = Letter.objects.filter(mine, case__reference=reference).select_related("case__organisation")
    return get_object_or_404(letters, pk=pk)


@login_required
@require_GET
@never_cache
def letter(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """A letter as it was sent, within the portal; printed, it is the letter alone."""
    found = _letter(request, reference, pk)
    context = {"letter": found, "content": content_of(found), "back": service.page_of(found.case, request.user)}
    return render(request, "portal/letter.html", context)


@login_required
@require_GET
@never_cache
def letter_pdf(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """The same letter as PDF; where this machine makes none, a page that says how to print it (501)."""
    found = _letter(request, reference, pk)
    try:
        content = pdf.render(found)
    except pdf.NoPdf:
        return render(request, "portal/no_pdf.html", {"letter": found}, status=501)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.case.reference}-{found.pk}.pdf"'
    return response


@login_required
@require_GET
@never_cache
def notices(request: HttpRequest) -> HttpResponse:
    """The person's own notices, the newest first, and the language in which they want to be written to."""
    return _notices(request)


def _notices(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    own = Notice.objects.of(request.user)
    count, page = own.count(), _number(request.GET.get("page", "1"))
    listed = pages(request.GET, page, count, PAGE_SIZE)
    if not 1 <= page <= listed["last"]:
        raise Http404
    rows = list(own.select_related("case")[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    context = {
        "notices": [(notice, service.page_of(notice.case, request.user)) for notice in rows], "pages": listed,
        "count": count, "choices": settings.LANGUAGES, "rtl": settings.LANGUAGES_BIDI, "page": "notices",
        "problem": problem,
    }  # fmt: skip
    return render(request, "portal/notices.html", context, status=status)


@login_required
@require_POST
def read_notices(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Mark one notice as read, or all of them. That of somebody else stays as it is."""
    service.mark_read(request.user, key=pk)
    return redirect("portal:notices")


@login_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """In which language letters and notices come to this person from now on."""
    try:
        service.choose_language(request.user, request.POST.get("language", ""))
    except RegisterError as refusal:
        return _notices(request, problem=str(refusal), status=422)
    messages.success(request, _("The language of your letters has been changed."))
    return redirect("portal:notices")


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0
