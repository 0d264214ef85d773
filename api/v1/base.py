"""What every public read shares: open to anybody, cacheable, with an ETag that covers all that the answer shows."""

import hashlib
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from api.permissions import Anybody
from registry.middleware import mark_public
from registry.public import away
from registry.public.requests import CACHED

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Register-As-Of, Register-Serial, Retry-After",
    "Cache-Control": CACHED,
    "API-Version": "1.0.0",
}


class PublicRead(APIView):
    """A GET that anybody may send. Without session, cookies or credentials."""

    permission_classes = [Anybody]
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """While the database is away, the answer says in its headers as of when, and up to which serial, its data are."""
        mark_public(request)
        with away.public_read() as reading:
            response = super().dispatch(request, *args, **kwargs)
            if reading.away:
                response["Cache-Control"] = "no-store"
                told = away.told() or {}
                if told.get("at"):
                    response["Register-As-Of"] = told["at"].strftime("%Y-%m-%dT%H:%M:%SZ")
                if told.get("serial") is not None:
                    response["Register-Serial"] = str(told["serial"])
        return response

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """A browser's question whether a page of another site may send conditional requests, or a key: it may."""
        allowed = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
            "Access-Control-Allow-Headers": "Authorization, If-None-Match",
            "Access-Control-Max-Age": "86400",
        }
        return Response(status=204, headers=allowed)


def answer(request: HttpRequest, content: Any, *, headers: dict[str, str] | None = None) -> Response:
    """200 with a strong ETag over the very bytes sent, or 304 where the caller has them already."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    sent = HEADERS | {"ETag": etag} | (headers or {})
    given = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    if etag in given or "*" in given:
        return Response(status=304, headers=sent)
    return Response(body, headers=sent, content_type="application/json")


def absolute(request: HttpRequest, path: str) -> str:
    """The whole address of a path on this server, which begins with a slash."""
    base = getattr(request, "_base", None)
    if base is None:  # a page of rows asks for it once
        base = request._base = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return base + path


def page_links(request: HttpRequest, page: int, page_size: int, count: int) -> tuple[str | None, str | None]:
    """The addresses of the next and the previous page, where there are such."""

    def url(number: int) -> str:
        asked = request.query_params.copy()
        asked["page"] = str(number)
        return absolute(request, f"{request.path}?{asked.urlencode()}")

    following = url(page + 1) if page * page_size < count else None
    return following, url(page - 1) if page > 1 else None


def listed(
    request: HttpRequest, rows: list[dict[str, Any]], *, count: int, page: int, page_size: int, **more: Any
) -> Response:
    """A page of a list, with its neighbours in the body and in `Link`."""
    following, previous = page_links(request, page, page_size, count)
    links = [f'<{url}>; rel="{rel}"' for url, rel in ((following, "next"), (previous, "prev")) if url]
    body = {"count": count, "next": following, "previous": previous, "results": rows, **more}
    return answer(request, body, headers={"Link": ", ".join(links)} if links else None)
