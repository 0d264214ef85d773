"""The forms that anybody may send about an entry (`registry.receiving`): the only public pages that set a cookie, for the
token against forged requests, and that no cache keeps. Nothing that is not public has one."""

from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registry import outage, receiving
from registry.errors import RegisterError
from registry.numbers import parse_number
from registry.public import away, records
from registry.public.requests import found_record, tombstone
from registry.public.throttling import SendThrottle

# A receipt's address is signed, so that nobody makes one up for a reference that was never given.
SALT = "registry.public.receipt"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, number: str, door: str) -> HttpResponse:
    """The form; a POST takes in what was written and leads to its receipt. What is refused comes back with all of it:
    422 for what is missing or wrong, 429 for too many from one address."""
    try:
        with away.public_read():
            response = _answer(request, number, receiving.get(door))
    except outage.ERRORS as error:
        outage.noticed(error)
        response = away.page(request, error)
    response["X-Robots-Tag"] = "noindex"
    return response


def _answer(request: HttpRequest, number: str, door: receiving.Door) -> HttpResponse:
    if (spelled := parse_number(number)) and spelled != number:
        return redirect(request.resolver_match.view_name, spelled)
    record = found_record(number)
    if record.document is None:
        return tombstone(request, record)
    if elsewhere := _elsewhere(request, record, door):
        return elsewhere
    if request.method == "POST":
        return _take_in(request, record, door)
    if "receipt" in request.GET:
        return _receipt(request, record, door)
    return _page(request, record, door, door.form())


def _elsewhere(request: HttpRequest, record: records.Record, door: receiving.Door) -> HttpResponse | None:
    """Where this is sent about another entry: that which an accreditation is of, or the body that this number means."""
    if record.kind not in door.about:
        raise Http404
    if same := record.document.get("same_as"):
        return redirect(request.resolver_match.view_name, same)
    if door.name != receiving.PROBLEM:
        return None
    right = "public:report_provider" if record.kind == "provider" else "public:report"
    about = record.document["credential"] if record.kind == "accreditation" else record.number
    here = (request.resolver_match.view_name, record.number)
    return redirect(right, about) if (right, about) != here else None


def _take_in(request: HttpRequest, record: records.Record, door: receiving.Door) -> HttpResponse:
    form = door.form(request.POST)
    if not form.is_valid():
        return _page(request, record, door, form, status=422)
    throttle = SendThrottle()
    if not throttle.allow_request(request, None):
        problem = _(
            "Too many forms have been sent from your network in the last hour. Nothing was sent: try again later."
        )
        response = _page(request, record, door, form, problem=problem, status=429)
        response["Retry-After"] = throttle.retry_after()
        return response
    try:
        reference = door.receive(number=record.number, values=form.said(), language=get_language() or "en")
    except outage.ERRORS as error:
        outage.noticed(error)
        problem = _("The register's database cannot be reached. Nothing was sent: try again in a minute.")
        return _page(request, record, door, form, problem=problem, status=503)
    except RegisterError as refusal:
        return _page(request, record, door, form, problem=str(refusal), status=422)
    receipt = signing.dumps([door.name, record.number, reference], salt=SALT)
    return redirect(f"{_address(request, record)}?receipt={receipt}")


def _receipt(request: HttpRequest, record: records.Record, door: receiving.Door) -> HttpResponse:
    try:
        name, number, reference = signing.loads(request.GET["receipt"], salt=SALT)
    except (signing.BadSignature, ValueError) as forged:
        raise Http404 from forged
    if (name, number) != (door.name, record.number):
        raise Http404
    return render(request, "public/receipt.html", _context(record, door) | {"reference": reference})


def _page(
    request: HttpRequest, record: records.Record, door: receiving.Door, form: receiving.PublicForm, *, problem: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = _context(record, door) | {"form": form, "problem": problem, "action": _address(request, record)}
    return render(request, "public/report.html", context, status=status)


def _context(record: records.Record, door: receiving.Door) -> dict[str, Any]:
    provider = record.kind == "provider"
    return {
        "record": record, "document": record.document, "door": door, "page": "providers" if provider else "search",
        "back": reverse("public:provider" if provider else "public:entry", args=[record.number]),
    }  # fmt: skip


def _address(request: HttpRequest, record: records.Record) -> str:
    return reverse(request.resolver_match.view_name, args=[record.number])
