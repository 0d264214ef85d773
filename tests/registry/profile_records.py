"""For any rule of a profile: a record that keeps it, and one that breaks it, made from the rule's own data."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from registry.framework.law import Condition, Rule
from registry.framework.operators import Other, Ratio, Sum

DAY = timedelta(days=1)
SAMPLES = {
    "number": "7", "level": "4", "date": "2024-01-31", "flag": True, "list": ["x"], "texts": {"en": "x"}, "count": 1,
    "country": "NZ", "language": "en", "currency": "NZD", "isced_f": "0111", "six_digits": "010101", "duration": "PT60H",
}  # fmt: skip


def keeping(rule: Rule, fields: dict[str, str]) -> dict[str, Any]:
    return _made(rule, fields, keeps=True)


def breaking(rule: Rule, fields: dict[str, str]) -> dict[str, Any]:
    return _made(rule, fields, keeps=False)


def _made(rule: Rule, fields: dict[str, str], *, keeps: bool) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for condition in rule.when:
        _answer(record, condition, fields, keeps=True)
    _answer(record, rule, fields, keeps=keeps)
    return record


def _answer(record: dict[str, Any], asked: Condition, fields: dict[str, str], *, keeps: bool) -> None:
    value = ANSWERS[asked.operator](asked, record, fields, keeps)
    if value is None:
        record.pop(asked.field, None)
    else:
        record[asked.field] = value


def _sample(asked: Condition, fields: dict[str, str]) -> Any:
    return SAMPLES.get(fields.get(asked.field, "count"), "something")


def _limit(limit: Any, record: dict[str, Any], months: bool = False) -> Any:
    """A limit's value; where another field gives it, that field is filled in."""
    if not isinstance(limit, Other):
        return limit
    record[limit.field] = "2024-01-31" if limit.months is not None or months else "5"
    found = limit.of(record)
    return date.fromisoformat(found) if isinstance(found, str) and "-" in found else found


def _next(value: Any, step: int) -> Any:
    return value + step * DAY if isinstance(value, date) else Decimal(str(value)) + step


def _eq(asked, record, fields, keeps):
    value = _limit(asked.asked, record)
    if keeps:
        return value
    if isinstance(value, bool):
        return not value
    return _next(value, 1) if isinstance(value, date | Decimal) else "something else"


def _between(asked, record, fields, keeps):
    low, high = asked.asked
    if isinstance(low, Other) and low.months is None:
        record[low.field], record[high.field] = "3", "6"
        return "3" if keeps else "7"
    first, last = _limit(low, record), _limit(high, record)
    return first if keeps else _next(last, 1)


def _lt_field(asked, record, fields, keeps):
    limit = _limit(asked.asked, record, months=fields[asked.field] == "date")
    return _next(limit, -1) if keeps else limit


def _sum_eq(asked, record, fields, keeps):
    sum_: Sum = asked.asked
    for name in sum_.of:
        head, _, tail = name.partition(".")
        record[head] = [{tail: "2.05"}, {tail: "7.5"}] if tail else "4.25"
    total = sum_.total(record)
    return total if keeps else total + Decimal("0.01")


def _ratio_max(asked, record, fields, keeps):
    ratio: Ratio = asked.asked
    record[ratio.by] = "3"
    return ratio.most(record) if keeps else ratio.most(record) + Decimal("0.01")


def _date_after(asked, record, fields, keeps):
    limit = _limit(asked.asked, record, months=True)
    return limit if keeps else limit - DAY


ANSWERS = {
    "required": lambda a, r, f, keeps: _sample(a, f) if keeps else None,
    "absent": lambda a, r, f, keeps: None if keeps else _sample(a, f),
    "eq": _eq,
    "in": lambda a, r, f, keeps: min(a.asked) if keeps else "no such code",
    "not_in": lambda a, r, f, keeps: "no such code" if keeps else min(a.asked),
    "between": _between,
    "min": lambda a, r, f, keeps: a.asked if keeps else _next(a.asked, -1),
    "max": lambda a, r, f, keeps: a.asked if keeps else _next(a.asked, 1),
    "lt_field": _lt_field,
    "min_items": lambda a, r, f, keeps: ["x"] * (a.asked if keeps else a.asked - 1),
    "max_items": lambda a, r, f, keeps: ["x"] * (a.asked if keeps else a.asked + 1),
    "max_length": lambda a, r, f, keeps: "x" * (a.asked if keeps else a.asked + 1),
    "regex": lambda a, r, f, keeps: a.examples["fits" if keeps else "breaks"][0],
    "not_regex": lambda a, r, f, keeps: a.examples["fits" if keeps else "breaks"][0],
    "sum_eq": _sum_eq,
    "ratio_max": _ratio_max,
    "date_after": _date_after,
    "attested": lambda a, r, f, keeps: {"by": "Eva", "answer": "I have read the letters."} if keeps else None,
    "evidence_of": lambda a, r, f, keeps: a.asked if keeps else a.asked - 1,
}
