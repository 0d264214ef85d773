"""What was in force on a past day, from the journal: told, and not ranked (design 3, the past)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django.utils.translation import gettext as _

from registry.content import broad_fields
from registry.framework import current
from registry.models import Change, Entry
from registry.numbers import parse_number
from registry.public import records
from registry.public.throttling import PastThrottle
from registry.search import analyzer, query, schema
from registry.status import CREDENTIAL_KINDS, new_learners_may_start, status_on

MOST = 2_000  # numbers that are looked up one by one: beyond, reading them all is as fast


@dataclass(frozen=True)
class Found:
    """How many there were, and the documents of one page of them, in order of number."""

    count: int
    documents: list[dict[str, Any]]

    def cards(self, day: date) -> list[dict[str, Any]]:
        """What a row of results shows of each, as it stood on the day."""
        names = records.names(party["number"] for d in self.documents for party in d["providers"])
        return [schema.on_day(schema.card(document, names), day) for document in self.documents]


class TooOften(Exception):
    """One network has had the whole journal read more often than others should have to wait for; `seconds`: until when."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            _(
                "Past days have been searched from your network too often in the last minute: try again in a minute, or "
                "give a rare word of the title."
            )
        )
        self.seconds = seconds


def asked(request: Any, day: date, q: str, filters: Mapping[str, Any], page: int, page_size: int) -> Found:
    """What `find` finds for a visitor. Raises TooOften where the whole journal would be read for the same one again."""
    among = possible(day, q)
    throttle = PastThrottle()
    if among is None and not throttle.allow_request(request, None):
        raise TooOften(throttle.retry_after())
    return find(day, q, filters, page, page_size, among)


def possible(day: date, q: str) -> set[str] | None:
    """The numbers among which everything is that `q` finds on a day, by the index, which knows what entries were called.

    None where nothing was typed, where the index does not know (what is to come, or an index that is away) or where it
    knows too many: then the whole journal must be read.
    """
    if not q.strip() or day > current.today():
        return None
    if not analyzer.words(q):
        return set()
    try:
        known = query.applied_serial()  # asked first: what follows may know more
        found = query.ever(q, most=MOST)
    except query.SearchUnavailable:
        return None
    since = list(Change.objects.after(known).values_list("number", flat=True)[: MOST + 1])
    if found is None or len(since) > MOST:
        return None
    number = parse_number(q)
    return {*found, *since, *([number] if number else [])}


def find(
    day: date, q: str, filters: Mapping[str, Any], page: int, page_size: int, among: Collection[str] | None = None
) -> Found:
    """The credentials in force on a day that have every word of `q` in a title or a number, and pass the filters.

    `among`: the only numbers that may be found. Without it the whole journal is read.
    """
    words = analyzer.words(q)
    if q.strip() and not words:
        return Found(0, [])
    withdrawn = set(Entry.objects.exclude(withdrawn_on=None).values_list("number", flat=True))
    changes = Change.objects.as_at(day).filter(kind__in=CREDENTIAL_KINDS).exclude(document=None)
    if among is not None:
        changes = changes.filter(number__in=list(among))
    first, count, shown = (page - 1) * page_size, 0, []
    for body in changes.values_list("document", flat=True).iterator(chunk_size=1000):
        document = orjson.loads(bytes(body))
        if document["number"] in withdrawn or not _matches(document, filters, words, q, day):
            continue
        if first <= count < first + page_size:
            shown.append(document)
        count += 1
    return Found(count, shown)


def _matches(document: Mapping[str, Any], asked: Mapping[str, Any], words: list[str], q: str, day: date) -> bool:
    return _has(document, words, q) and all(
        passes(document, values, day)
        for name, passes in FILTERS.items()
        if (values := asked.get(name)) not in (None, [])
    )


def _has(document: Mapping[str, Any], words: list[str], q: str) -> bool:
    """Every word stands in a title, or all of it is the number, here or elsewhere, however its parts are set apart."""
    text = set(analyzer.words(" ".join([document["title"], *document["titles"].values()])))
    if all(word in text for word in words):
        return True
    elsewhere = (row["value"] for row in document.get("identifiers") or ())
    known = {analyzer.compact(number) for number in (document["number"], *elsewhere)}
    return parse_number(q) == document["number"] or analyzer.compact(q) in known


def _level(document: Mapping[str, Any]) -> int:
    levels = schema.own_levels(document)
    return schema.rank(levels[0]) if levels else 0


def _groups(document: Mapping[str, Any]) -> set[str | None]:
    return {broad_fields.group(field["code"], field.get("scheme")) for field in document["fields"]}


# What each filter asks of a document on a day; the values of one are alternatives.
FILTERS = {
    "kind": lambda d, values, day: d["kind"] in values,
    "level": lambda d, values, day: bool(set(schema.own_levels(d)) & set(values)),
    "level__gte": lambda d, bound, day: _level(d) >= max(1, int(_one(bound))),
    "level__lte": lambda d, bound, day: 0 < _level(d) <= int(_one(bound)),
    "status": lambda d, values, day: status_on(d, day) in values,
    "new_learners_may_start": lambda d, said, day: new_learners_may_start(d, day) is (_one(said) == "true"),
    "start_on": lambda d, on, day: new_learners_may_start(d, date.fromisoformat(str(_one(on)))),
    "language": lambda d, values, day: d["language"] in values,
    "field": lambda d, values, day: any((f["code"] or f["label"]) in values for f in d["fields"]),
    "field_group": lambda d, values, day: bool(_groups(d) & set(values)),
    "provider": lambda d, values, day: any(p["number"] in values for p in d["providers"]),
    "delivery_mode": lambda d, values, day: bool(set(d.get("delivery_modes") or ()) & set(values)),
    "credits_band": lambda d, values, day: schema.band_of(d) in values,
    "credits__gte": lambda d, bound, day: (held := schema.credits_of(d)) is not None and held >= _one(bound),
    "credits__lte": lambda d, bound, day: (held := schema.credits_of(d)) is not None and held <= _one(bound),
    "recognition": lambda d, values, day: "true" in values and schema.by_recognition(d),
}


def _one(value: Any) -> Any:
    return value[-1] if isinstance(value, list) else value
