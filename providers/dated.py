"""What a body is called, how long it was registered and what holds of it, with days: added to, and never rewritten.

These alter a record in memory; `providers.services` writes and publishes it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from providers.models import Provider
from registry.content.bodies import on as holding
from registry.errors import RegisterError
from registry.status import DAY, parse

Rows = Sequence[Mapping[str, Any]]


def bear(provider: Provider, name: str, on: date, language: str = "") -> None:
    """Let a provider bear another legal name from a day on, without publishing that; see `rename`.

    `language`: of the new name, where it is another than that of the present one.
    """
    name, language = name.strip(), language or provider.language
    if not name or name == provider.title:
        raise RegisterError(_("Give a name that is not the present one."))
    provider.details["names"] = _renamed(provider, name, on, language)
    provider.former_names = [*provider.former_names, {"name": provider.title, "until": (on - DAY).isoformat()}]
    others = {tag: title for tag, title in provider.titles.items() if title != provider.title}
    provider.title, provider.language = name, language
    provider.titles = {**others, language: name}


def _renamed(provider: Provider, name: str, on: date, language: str) -> list[dict[str, Any]]:
    """The dated names with the present legal one ended on the day before, and the new one held from then."""
    names = [dict(row) for row in provider.details.get("names") or ()]
    held = [row for row in names if row["kind"] == "legal" and "until" not in row]
    if not held:
        held = [_of_before(provider)]
        names += held
    for row in held:
        if row.get("from", "") >= on.isoformat():
            raise RegisterError(
                _("%(name)s is its name from %(day)s on: a change takes effect later than that.")
                % {"name": row["text"], "day": row["from"]}
            )
        row["until"] = (on - DAY).isoformat()
    return [*names, {"kind": "legal", "text": name, "language": language, "from": on.isoformat()}]


def _of_before(provider: Provider) -> dict[str, Any]:
    """The present legal name of a body whose names have no days yet: since the last former one ended, if that is known."""
    since = max((row.get("until") or "" for row in provider.former_names), default="")
    first = {"from": (date.fromisoformat(since) + DAY).isoformat()} if since else {}
    return {"kind": "legal", "text": provider.title, "language": provider.language, **first}


def become(old: Sequence[Provider], new: Sequence[Provider], *, relation: str, on: date, ended_as: str | None) -> None:
    """Let some bodies become others, without publishing that; see `succeed`. `ended_as`: how those who came before end by
    it, from that day on; None where they go on."""
    for provider in old:
        _link(provider, "successors", new, relation, on)
        if ended_as:
            provider.ended_on, provider.ended_as = on, ended_as
    for provider in new:
        _link(provider, "predecessors", old, relation, on)


def _link(provider: Provider, side: str, others: Sequence[Provider], relation: str, on: date) -> None:
    rows = [{"number": other.number, "relation": relation, "on": on.isoformat()} for other in others]
    provider.details[side] = [*(provider.details.get(side) or ()), *rows]


def begin_again(provider: Provider, on: date) -> None:
    """Begin a provider's registration anew on a day, without publishing that; see `register_again`.

    A suspension that was in force ended with the registration that it suspended.
    """
    if not provider.ended_as or provider.ended_on is None or provider.ended_on > on or not provider.registered_on:
        raise RegisterError(_("Only a body whose registration has ended by then can be registered again."))
    earlier = {
        "from": provider.registered_on.isoformat(), "until": (provider.ended_on - DAY).isoformat(),
        "ended_as": provider.ended_as,
    }  # fmt: skip
    provider.details["registrations"] = [*(provider.details.get("registrations") or ()), earlier]
    provider.suspensions = [
        DateRange(s.lower, min(s.upper or provider.ended_on, provider.ended_on), "[)")
        for s in provider.suspensions
        if s.lower < provider.ended_on
    ]
    provider.registered_on, provider.ended_on, provider.ended_as = on, None, None


def following(held: Rows, proposed: Rows, day: date) -> list[dict[str, Any]]:
    """Dated rows as they are to stand from a day on. History is added to, and never rewritten.

    What is proposed and holds already goes on; what holds and is proposed no more ends on the day before; what is new
    begins on the day. Raises RegisterError where a row begins after that day: what was decided for later stands.
    """
    later = [row["from"] for row in held if (first := parse(row.get("from"))) and first > day]
    if later:
        raise RegisterError(
            _("Something of it holds from %(day)s on only: a change takes effect on that day or later.")
            % {"day": max(later)}
        )
    wanted = [undated(row) for row in proposed]
    kept, goes_on = [], []
    for row in held:
        if not holding([row], day):
            kept.append(dict(row))
        elif undated(row) in wanted:
            kept.append(dict(row))
            goes_on.append(undated(row))
        elif (first := parse(row.get("from"))) is None or first < day:
            kept.append({**row, "until": (day - DAY).isoformat()})
    return kept + [{**row, "from": day.isoformat()} for row in wanted if row not in goes_on]


def undated(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in row.items() if name not in ("from", "until")}


def held(provider: Provider, name: str, day: date) -> list[dict[str, Any]]:
    """The rows of a field that hold on a day, as an application would write them."""
    return [undated(row) for row in holding(provider.details.get(name), day)]
