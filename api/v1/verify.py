"""Was it registered, and was that provider accredited for it, on that day?"""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import BadParameter
from api.v1 import answers, parameters
from api.v1.base import PublicRead, absolute, answer
from registry import standing
from registry.documents import address
from registry.framework import current
from registry.public import lookup
from registry.standing import Standing


class Verify(PublicRead):
    @extend_schema(parameters=[parameters.VerifyQuery], responses=answers.Verification)
    def get(self, request: Request) -> Response:
        """Whether a credential was registered on a day, and whether a provider was accredited for it: on what the
        register knows today of that day. 404 for what it does not know; a name of several is answered with their numbers.
        """
        asked = parameters.read(request, parameters.VerifyQuery)
        credential = _one(asked["credential"], "credential")
        provider = _one(asked["provider"], "provider") if asked.get("provider") else None
        found = standing.verify(credential, provider, asked.get("on") or current.today())
        if found is None:
            raise Http404
        return answer(
            request,
            {
                "on": found.on.isoformat(),
                "credential": _standing(request, found.credential),
                "provider": found.provider and _standing(request, found.provider),
                "accredited": found.accredited,
                "accreditation": found.accreditation,
                "reasons": [{"code": code, "detail": str(standing.REASONS[code])} for code in found.reasons],
                "awarding": [_standing(request, body) for body in found.awarding],
                "related": [
                    {**row, "uri": absolute(request, address("provider", row["number"]))} for row in found.related
                ],
            },
        )  # fmt: skip


def _one(text: str, sort: str) -> str:
    """The one entry that this text means. Raises a 404, or a 400 that names those of whom it is the name."""
    found = lookup.find(text, sort)
    if not found:
        raise Http404
    if len(found) > 1:
        raise BadParameter(sort, f"is the name of several: give a number, such as {', '.join(found)}.", "ambiguous")
    return found[0]


def _standing(request: Request, entry: Standing) -> dict[str, Any]:
    return {
        "number": entry.number, "kind": entry.kind, "name": entry.name, "present_name": entry.present_name,
        "status": entry.status, "registered": entry.registered, "since": entry.since and entry.since.isoformat(),
        "until": entry.until and entry.until.isoformat(), "uri": absolute(request, address(entry.kind, entry.number)),
    }  # fmt: skip
