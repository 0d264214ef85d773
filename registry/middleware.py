"""Small things that every request passes."""

import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

_ACCEPTED = re.compile(r"[A-Za-z0-9-]{8,64}")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give each request an id that errors quote and the answer carries; a well-formed one from the proxy is kept."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        response = get_response(request)
        response["X-Request-ID"] = request.request_id
        return response

    return middleware


class PublicGZip(GZipMiddleware):
    """What everybody may read goes out compressed; pages of people who are signed in do not, as they hold secrets whose
    length would tell of them (BREACH). The same answer is the same bytes each time."""

    max_random_bytes = 0

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not is_public(request) or response.streaming or response.status_code == 206:
            return response
        if response.status_code == 304:
            patch_vary_headers(response, ("Accept-Encoding",))  # as the answer has that it stands for
        elif response.get("Content-Type", "").startswith(_COMPRESSED):
            return super().process_response(request, response)
        return response


_COMPRESSED = (
    "text/", "application/json", "application/problem+json", "application/ld+json", "application/xml",
    "application/atom+xml", "image/svg+xml",
)  # fmt: skip


class Sessions(SessionMiddleware):
    """Django's sessions, which public answers never touch, whatever cookie came with the request."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return response if is_public(request) else super().process_response(request, response)


def language_of_the_address(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """The language is that of the address, English where it names none, whatever the browser would like: a cache keeps
    one page for each address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        translation.activate(translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    return middleware


def mark_public(request: HttpRequest) -> None:
    """Say of a request that its answer is the same for everybody: it may be compressed, and no session is looked at.

    A token against forged requests that came along broken is not replaced either: only a page with a form needs one.
    """
    request.is_public = True
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)


def is_public(request: HttpRequest) -> bool:
    return getattr(request, "is_public", False)
