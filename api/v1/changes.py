"""The feed of changes: every serial once and in order, for ever."""

from typing import Any

import orjson
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1 import answers, parameters
from api.v1.base import PublicRead, absolute, answer
from api.v1.read import utc
from registry.documents import address
from registry.models import Change, Entry

COLUMNS = ("serial", "number", "kind", "action", "revision", "changed_fields", "effective_from", "recorded_at")


class Changes(PublicRead):
    @extend_schema(parameters=[parameters.ChangesQuery], responses=answers.ChangeList)
    def get(self, request: Request) -> Response:
        """What became public after a serial. Keep `last_serial` and ask for what comes after it."""
        asked = parameters.read(request, parameters.ChangesQuery)
        limit = asked["limit"]
        columns = (*COLUMNS, "document") if asked.get("include") else COLUMNS
        rows = list(Change.objects.after(asked["after"]).values(*columns)[: limit + 1])
        shown = rows[:limit]
        if asked.get("include"):
            _without_withdrawn(shown)
        last = shown[-1]["serial"] if shown else asked["after"]
        following = None
        if len(rows) > limit:
            again = request.query_params.copy()
            again["after"] = str(last)
            following = absolute(request, f"{request.path}?{again.urlencode()}")
        body = {"changes": [_change(request, row) for row in shown], "last_serial": last, "next": following}
        # A follower must see what is new at once; it asks with the serial, so a cache could only hide changes.
        return answer(request, body, headers={"Cache-Control": "no-cache"})


def _without_withdrawn(rows: list[dict[str, Any]]) -> None:
    """What a listing said that was withdrawn as wrong is nowhere to be read any more, the feed's past included."""
    gone = Entry.objects.exclude(withdrawn_on=None).filter(number__in={row["number"] for row in rows})
    numbers = set(gone.values_list("number", flat=True))
    for row in rows:
        if row["number"] in numbers:
            row["document"] = None


def _change(request: Request, row: dict[str, Any]) -> dict[str, Any]:
    change = {name: row[name] for name in COLUMNS} | {
        "effective_from": row["effective_from"].isoformat(),
        "recorded_at": utc(row["recorded_at"]),
        "uri": absolute(request, address(row["kind"], row["number"])),
    }
    if "document" in row:
        change["document"] = orjson.loads(bytes(row["document"])) if row["document"] is not None else None
    return change
