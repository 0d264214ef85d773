"""Every error of the API as RFC 9457 problem details, whatever raised it."""

import http
from datetime import date
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from registry import outage
from registry.content.removals import category_of
from registry.public import records
from registry.search.query import SearchUnavailable

MEDIA_TYPE = "application/problem+json"
OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}


class Gone(exceptions.APIException):
    """The listing was withdrawn: it had been made by mistake. The problem tells since when, why, and by which decision."""

    status_code = 410
    default_code = "withdrawn"

    def __init__(self, number: str, withdrawn_on: date):
        super().__init__(f"{number} was listed by mistake and withdrawn on {withdrawn_on}.")
        change = records.removal(number)
        self.more = {
            "number": number, "withdrawn_on": withdrawn_on.isoformat(), "reason": change.reason,
            "reason_category": category_of(change.reason), "decision": change.decision_number,
        }  # fmt: skip


class NotNow(exceptions.APIException):
    """This host's search index is being built."""

    status_code = 503
    default_code = "search_unavailable"
    default_detail = "Search is being prepared on this server. Records can be read by number; try again in a minute."


class DatabaseAway(exceptions.APIException):
    """What was asked is kept in the register's database alone, and that cannot be reached."""

    status_code = 503
    default_code = "database_unavailable"
    default_detail = (
        "The register's database cannot be reached, and what you asked for is known to it alone. Search and the present"
        " records go on; try this again in a minute."
    )


class BadParameter(exceptions.ValidationError):
    """One parameter of the address is unknown or cannot be read."""

    def __init__(self, name: str, detail: str, code: str = "invalid"):
        super().__init__({name: [exceptions.ErrorDetail(detail, code)]})


def problem(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler: a problem for each exception that is an answer; None for a fault, which becomes the 500 page."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif isinstance(exc, SearchUnavailable):
        exc = NotNow()
    elif isinstance(exc, outage.ERRORS) and outage.is_away(exc):
        outage.noticed(exc)
        exc = DatabaseAway()
    if not isinstance(exc, exceptions.APIException):
        return None
    request = context["request"]
    detail = exc.detail if isinstance(exc.detail, str) else None
    body = _body(request, exc.status_code, detail, list(_errors(exc.detail)) if detail is None else [])
    body |= getattr(exc, "more", {})
    headers = dict(OPEN)
    if isinstance(exc, exceptions.Throttled) and exc.wait:
        headers["Retry-After"] = str(int(exc.wait) + 1)
    elif getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header
    elif isinstance(exc, NotNow | DatabaseAway):
        headers["Retry-After"] = str(outage.RETRY_AFTER)
    return Response(orjson.dumps(body), status=exc.status_code, headers=headers, content_type=MEDIA_TYPE)


def page(request: HttpRequest, status: int) -> HttpResponse:
    """The same for what Django itself answers under /api/: unknown addresses and faults."""
    body = orjson.dumps(_body(request, status, None, []))
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers=OPEN)


def _body(request: Any, status: int, detail: str | None, errors: list[dict[str, str]]) -> dict[str, Any]:
    if detail is None and errors:
        detail = "; ".join(f"{e['pointer']}: {e['detail']}" for e in errors)
    return {
        "type": "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or http.HTTPStatus(status).description or http.HTTPStatus(status).phrase,
        "instance": request.get_full_path(),
        "errors": errors,
        "request_id": getattr(request, "request_id", None),
    }


def _errors(detail: Any, pointer: str = ""):
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _errors(inner, f"{pointer}/{name}" if pointer else str(name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _errors(inner, pointer)
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}
