"""A decision before it is made: the public record and the letter as they would be. Nothing is recorded."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from registry.casework import kinds, letters, offers
from registry.casework.admin.forms import matters_of
from registry.casework.models import Case, Outcome
from registry.people.models import User
from registry.public import unpublished

_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.S)
_HEADING = re.compile(r"<(/?)h([1-3])(?=[\s>])")


def of(case: Case, data: Mapping[str, Any], *, by: User, today: date) -> dict[str, Any]:
    """What the public would read, from which day, and what the applicant would be sent, for a decision as it was typed."""
    effective_on = data["effective_on"] or today
    publish_on = data["publish_on"] or max(effective_on, today)
    grants = any(Outcome.grants(outcome) for outcome in data["outcomes"].values())
    kind = kinds.get(case.kind)
    shown = kind.preview(case) if grants and kind.preview and _is_last(case) else []
    letter = letters.preview(
        case, _rows(case, data, effective_on), reason=data["reason"], day=today, publish_on=publish_on, granted=grants, by=by,
        private=kinds.get(case.kind).private.issuperset(data["outcomes"]),
    )  # fmt: skip
    return {
        "public": bool(shown), "publish_on": publish_on, "waits": publish_on > today, "today": today,
        "records": [unpublished.shown(document, effective_on=effective_on, day=publish_on) for document in shown],
        "letter": _embedded(letter),
    }  # fmt: skip


def _is_last(case: Case) -> bool:
    """Whether the case ends with this decision: what is granted at an earlier stage is not public yet."""
    kind = kinds.get(case.kind)
    return kind.ends_in(kind.transition(offers.decision(case)).target or case.state)


def _rows(case: Case, data: Mapping[str, Any], effective_on: date) -> list[dict[str, Any]]:
    labels = dict(Outcome.choices) | kinds.get(case.kind).outcomes
    return [
        {
            "matter": label, "outcome": labels[data["outcomes"][matter]], "number": "", "effective_on": effective_on,
            "conditions": data["conditions"].get(matter, []),
        }
        for matter, label in matters_of(case).items()
    ]  # fmt: skip


def _embedded(html: str) -> SafeString:
    """The body of a letter as a part of another page: its headings stand below those around it.

    It was drawn by a template, which has escaped what people wrote: what looks like a heading here is one.
    """
    body = _BODY.search(html)
    inner = body[1] if body else html
    return mark_safe(_HEADING.sub(lambda m: f"<{m[1]}h{int(m[2]) + 3}", inner))  # noqa: S308
