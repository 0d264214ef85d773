"""Rows of providers: from the register's own columns, or while the database is away from this host's index."""

from typing import Any

import orjson
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1.base import absolute, listed
from registry.documents import address
from registry.framework import current
from registry.search import query


def indexed(request: Request, asked: dict[str, Any]) -> Response:
    """The list from the index: the ranked one of a search, or all while the database is away.

    Other numbers of a body are left out.
    """
    page, size = asked["page"], asked["page_size"]
    filters = {"status": asked["status"]} if asked.get("status") else {}
    found = query.search(
        q=asked.get("q") or "", filters=filters, ordering=None if asked.get("q") else "title", page=page,
        page_size=size, day=current.today(), scope="providers", verbatim=asked["verbatim"] == "true",
    )  # fmt: skip
    if page > 1 and (page - 1) * size >= found.count:
        raise Http404
    documents = ((query.document(card["number"]), card["status"]) for card in found.rows)
    rows = [said(request, orjson.loads(body), status) for body, status in documents if body]
    said_of_words = {name: value for name in ("corrected", "suggested", "loose") if (value := getattr(found, name))}
    return listed(request, rows, count=found.count, page=page, page_size=size, **said_of_words)


def said(request: Request, document: dict[str, Any], status: str) -> dict[str, Any]:
    """A row of the list."""
    return {
        "number": document["number"],
        "kind": "provider",
        "title": document["title"],
        "type": document["type"],
        "status": status,
        "country": document["country"],
        "region": document["region"],
        "revision": document["revision"],
        "uri": absolute(request, address("provider", document["number"])),
    }
