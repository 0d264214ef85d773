"""What is on the register, counted by the database: a few queries, whatever it holds.

Kept until the register or the day is another one: the numbers follow from both.
"""

import hashlib
from collections import Counter
from datetime import date, timedelta
from typing import Any

import orjson
from django.core.cache import cache
from django.db.models import BinaryField, Case, Count, ExpressionWrapper, F, Q, When
from django.db.models import DateField as Day
from django.db.models.expressions import RawSQL
from django.db.models.functions import ExtractYear

from registry.content import broad_fields
from registry.models import Change, Entry

KEPT = 24 * 60 * 60  # seconds
# What a document says of its fields, cut out of its bytes: to read all of every document takes ten times as long. In
# canonical JSON no text holds `],"`, because a quotation mark in it has a backslash before it; and a field has no list.
# The document is unpacked once, by joining it with nothing, and not once for each time that it is looked at.
FIELDS_SQL = """(
    select substring(rest from 1 for position('],"'::bytea in rest)) from (
        select substring(body from position('"fields":['::bytea in body) + 9) as rest from (
            select registry_entry.document || ''::bytea as body offset 0
        ) as unpacked where position('"fields":['::bytea in body) > 0 offset 0
    ) as cut
)"""


def everything(today: date) -> dict[str, Any]:
    """Every count that the statistics need: of the state that the journal's last change left, on this day."""
    head = Change.objects.order_by("-serial").values_list("hash", flat=True).first()
    said = hashlib.sha256(b"%s %s" % (bytes(head or b""), today.isoformat().encode())).hexdigest()
    key = f"statistics:{said}"
    found = cache.get(key)
    if found is None:
        found = {
            "standing": _standing(today), "providers": _providers(today), "years": _years(today), "fields": _fields(today),
        }  # fmt: skip
        cache.set(key, found, KEPT)
    return found


def _listed(today: date) -> Any:
    return Entry.objects.credentials().readable().with_status(today).order_by()


def _standing(today: date) -> list[tuple[str, str | None, bool, int]]:
    """How many entries there are of a kind and level that are not discontinued, and how many that are."""
    rows = _listed(today).values_list("kind", "level", "status").annotate(n=Count("pk"))
    counted: Counter = Counter()
    for kind, level, status, n in rows:
        counted[kind, level, status == "discontinued"] += n
    return [(*key, n) for key, n in counted.items()]


def _providers(today: date) -> list[tuple[str | None, int, int]]:
    """Of each lead awarding body how many are not discontinued, and how many are; those with most of both first."""
    gone = Count("pk", filter=Q(status="discontinued"))
    rows = _listed(today).values_list("provider").annotate(n=Count("pk"), gone=gone)
    counted = [(number, n - gone, gone) for number, n, gone in rows]
    return sorted(counted, key=lambda row: (-row[1] - row[2], row[0] or ""))


def _years(today: date) -> list[tuple[int | None, int | None, bool, int]]:
    """How many entries were listed in a year and discontinued in another, as far as both days have come. The register may
    not know either day; of one that is closed it may know no day at all."""
    after = ExpressionWrapper(F("expiry_end") + timedelta(days=1), Day())
    rows = Entry.objects.credentials().readable().order_by().annotate(
        listed=ExtractYear("listed_on"), ended=Case(When(expiry_end__lt=today, then=ExtractYear(after))),
    )  # fmt: skip
    rows = rows.exclude(listed_on__gt=today).values_list("listed", "ended", "closed_undated").annotate(n=Count("pk"))
    return list(rows)


def _fields(today: date) -> list[tuple[str, str, int, int]]:
    """Of each broad field how many entries name it that are not discontinued, and how many that are. An entry counts once
    in each of its broad fields."""
    said = RawSQL(FIELDS_SQL, [], BinaryField())  # noqa: S611 constant SQL
    gone = Count("pk", filter=Q(status="discontinued"))
    rows = _listed(today).annotate(said=said).values_list("said").annotate(n=Count("pk"), gone=gone)
    open_, ended = Counter(), Counter()
    for text, n, gone in rows:
        for field in {broad_fields.field_of(row) for row in orjson.loads(bytes(text or b"[]"))} or {("", "")}:
            open_[field] += n - gone
            ended[field] += gone
    return [(*field, open_[field], ended[field]) for field in open_]
