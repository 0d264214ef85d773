"""What a rule can ask of a field. Each operator is a small function, and a way to read the value that the rule gives it.

A field that is left empty is for `required` to say: the operators of `NEEDS_A_VALUE` refuse it as well, because a
limit without a value is not kept. Whatever a record holds, no operator raises; what cannot be read breaks the rule.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Any

from dateutil.relativedelta import relativedelta

from registry.framework import codes
from registry.framework.values import day, given, items, number, parts, plain, texts, value_of, written

Record = Mapping[str, Any]
Codes = Mapping[str, frozenset[str]]
# Numbers have at most 60 digits (`values.number`): a product or a long sum of them loses none of its own here.
EXACT = Context(prec=400)


@dataclass(frozen=True)
class Other:
    """A limit that another field gives: its value, that value times a factor, or a number of months after its date."""

    field: str
    times: Decimal | None = None
    months: int | None = None

    def of(self, record: Record) -> Any:
        """The limit, or None where the other field says nothing that can be read: then there is no limit to keep."""
        value = value_of(record, self.field)
        if self.months is not None:
            return months_after(day(value), self.months)
        if self.times is not None:
            exact = number(value)
            return None if exact is None else EXACT.multiply(exact, self.times)
        return value if given(value) else None


@dataclass(frozen=True)
class Sum:
    """The sum of fields (of every item, where a field is that of a list), times a factor."""

    of: tuple[str, ...]
    times: Decimal = Decimal(1)

    def total(self, record: Record) -> Decimal | None:
        """The exact sum, or None where a field has no value or one that is no number."""
        total, found = Decimal(0), [part for name in self.of for part in parts(value_of(record, name))]
        for part in found:
            if (exact := number(part)) is None:
                return None
            total = EXACT.add(total, exact)
        return EXACT.multiply(total, self.times) if found else None


@dataclass(frozen=True)
class Ratio:
    """At most `limit` for each unit of another field: 64 dollars for each credit."""

    by: str
    limit: Decimal

    def most(self, record: Record) -> Decimal | None:
        """The limit times the other field, or None where that says nothing that can be read."""
        by = number(value_of(record, self.by))
        return None if by is None else EXACT.multiply(by, self.limit)


def months_after(start: date | None, months: int) -> date | None:
    """So many months after a day, always counted from the day itself: 31 August + 6 is the last day of February.

    None without a day, or where the calendar ends before (a year past 9999).
    """
    try:
        return start and start + relativedelta(months=months)
    except (OverflowError, ValueError):
        return None


# -- what each operator asks -----------------------------------------------------------------------------------------


def required(found: Any, _: None, record: Record) -> bool:
    """There is an answer; no and nought are answers."""
    return given(found)


def absent(found: Any, _: None, record: Record) -> bool:
    """There is no answer, or the answer is no."""
    return found is False or not given(found)


def eq(found: Any, asked: Any, record: Record) -> bool:
    """The value is this one. Numbers are compared as numbers (`10` is `10.0`), all else as written."""
    limit = _limit(asked, record)
    return limit is None or (given(found) and all(_same(part, limit) for part in parts(found)))


def one_of(found: Any, allowed: frozenset[str], record: Record) -> bool:
    """Every value given is one of these codes."""
    return given(found) and all(written(part) in allowed for part in parts(found))


def not_in(found: Any, refused: frozenset[str], record: Record) -> bool:
    """No value given is one of these codes."""
    return all(written(part) not in refused for part in parts(found))


def between(found: Any, bounds: tuple[Any, Any], record: Record) -> bool:
    """From the first to the second, both inclusive: numbers or dates."""
    low, high = bounds
    return minimum(found, low, record) and maximum(found, high, record)


def minimum(found: Any, asked: Any, record: Record) -> bool:
    """At least this: a number or a date."""
    limit = _limit(asked, record)
    return given(found) and (limit is None or all(_ordered(limit, part) for part in parts(found)))


def maximum(found: Any, asked: Any, record: Record) -> bool:
    """At most this: a number or a date. Nothing given passes."""
    limit = _limit(asked, record)
    return limit is None or not given(found) or all(_ordered(part, limit) for part in parts(found))


def lt_field(found: Any, asked: Other, record: Record) -> bool:
    """Less than another field, or an earlier date."""
    limit = asked.of(record)
    if limit is None or not given(found):
        return True
    return all(_ordered(part, limit) and not _same(part, limit) for part in parts(found))


def min_items(found: Any, least: int, record: Record) -> bool:
    """At least so many answers in the list; blank ones do not count."""
    return items(found) >= least


def max_items(found: Any, most: int, record: Record) -> bool:
    """At most so many answers in the list."""
    return items(found) <= most


def max_length(found: Any, most: int, record: Record) -> bool:
    """No text of it is longer than so many characters."""
    return all(len(text) <= most for text in texts(found))


def regex(found: Any, pattern: re.Pattern[str], record: Record) -> bool:
    """Every text of it matches the pattern."""
    return all(pattern.search(text) and not text.endswith("\n") for text in texts(found)) and _is_text(found)


def not_regex(found: Any, pattern: re.Pattern[str], record: Record) -> bool:
    """No text of it matches the pattern, in capitals or not."""
    return not any(pattern.search(text) for text in texts(found))


def sum_eq(found: Any, asked: Sum, record: Record) -> bool:
    """Exactly the sum of other fields, to the last digit."""
    total, exact = asked.total(record), number(found)
    return total is None or not given(found) or exact == total


def ratio_max(found: Any, asked: Ratio, record: Record) -> bool:
    """At most so much for each unit of another field. Multiplied out, never divided, so that nothing is rounded."""
    most, exact = asked.most(record), number(found)
    return most is None or not given(found) or (exact is not None and exact <= most)


def date_after(found: Any, asked: Any, record: Record) -> bool:
    """On or after a date, or that of another field: "until" dates are inclusive, so the same day is in order."""
    limit, own = day(_limit(asked, record)), day(found)
    return limit is None or not given(found) or (own is not None and own >= limit)


def attested(found: Any, _: None, record: Record) -> bool:
    """A person says so: yes, a statement in words, or a table of who (`by`) and what (`answer`)."""
    answer = found
    if isinstance(found, Mapping):
        answer = found.get("answer") if given(found.get("by")) else None
    return answer is True or (isinstance(answer, str) and given(answer))


def evidence_of(found: Any, least: int, record: Record) -> bool:
    """At least so many documents are attached; the field is `evidence:` and what they show."""
    exact = number(found)
    return exact is not None and exact >= least


def _limit(asked: Any, record: Record) -> Any:
    return asked.of(record) if isinstance(asked, Other) else asked


def _same(one: Any, other: Any) -> bool:
    first, second = number(one), number(other)
    if first is not None and second is not None:
        return first == second
    return written(one) == written(other) != ""


def _ordered(low: Any, high: Any) -> bool:
    """Whether low <= high, both being numbers or both dates; what cannot be compared is not in order."""
    for read in (number, day):
        first, second = read(low), read(high)
        if first is not None and second is not None:
            return first <= second
    return False


def _is_text(found: Any) -> bool:
    return not given(found) or any(True for _ in texts(found))


# -- reading the value of a rule -------------------------------------------------------------------------------------
# Each raises ValueError with the reason for a value that does not fit its operator.


def _nothing(raw: Any, lists: Codes) -> None:
    if raw is not None:
        raise ValueError("takes no value")


def _literal(raw: Any) -> Decimal | date:
    if isinstance(raw, float):
        raise ValueError(f'{raw} is a float, which is not exact: write it as text, such as "{raw}"')
    read = number(raw)
    read = day(raw) if read is None else read
    if read is None:
        raise ValueError(f"{raw!r} is neither a number nor a date")
    return read


def _other(raw: Mapping[str, Any]) -> Other:
    unknown = set(raw) - {"field", "times", "months"}
    if unknown or not isinstance(raw.get("field"), str) or {"times", "months"} <= set(raw):
        raise ValueError('names another field as { field = "…" }, with times = "…" or months = … if needed')
    months = raw.get("months")
    if months is not None and (not isinstance(months, int) or isinstance(months, bool)):
        raise ValueError("months is not a whole number")
    times = _factor(raw["times"]) if "times" in raw else None
    return Other(raw["field"], times, months)


def _factor(raw: Any) -> Decimal:
    if not isinstance(raw, str) or (read := number(raw)) is None:
        raise ValueError(f'times is not a number written as text, such as "10": {raw!r}')
    return read


def _bound(raw: Any, lists: Codes) -> Decimal | date | Other:
    return _other(raw) if isinstance(raw, Mapping) else _literal(raw)


def _pair(raw: Any, lists: Codes) -> tuple[Any, Any]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise ValueError("is not a pair [lowest, highest]")
    low, high = (_bound(each, lists) for each in raw)
    if not isinstance(low, Other) and not isinstance(high, Other) and not _ordered(low, high):
        raise ValueError(f"the lowest, {written(low)}, is above the highest, {written(high)}")
    return low, high


def _single(raw: Any, lists: Codes) -> Any:
    if isinstance(raw, Mapping):
        return _other(raw)
    if isinstance(raw, float | list) or raw is None:
        raise ValueError("is not one value: a text, a whole number, true, false or a date")
    return raw


def _choices(raw: Any, lists: Codes) -> frozenset[str]:
    if isinstance(raw, Mapping):
        if set(raw) != {"codes"} or raw["codes"] not in lists:
            raise ValueError(f'names a list of codes as {{ codes = "…" }}, one of {", ".join(sorted(lists))}')
        return lists[raw["codes"]]
    if not isinstance(raw, list) or not raw or any(isinstance(r, bool | float) or written(r) == "" for r in raw):
        raise ValueError("is not a list of codes (texts or whole numbers), one at least")
    return frozenset(written(r) for r in raw)


def _count(raw: Any, lists: Codes) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 0:
        raise ValueError("is not a whole number, nought or more")
    return raw


def _some(raw: Any, lists: Codes) -> int:
    if _count(raw, lists) < 1:
        raise ValueError("is less than 1, which asks for nothing")
    return raw


def _pattern(raw: Any, flags: int = 0) -> re.Pattern[str]:
    if not isinstance(raw, str) or not raw:
        raise ValueError("is not a pattern")
    try:
        return re.compile(raw, flags)
    except re.error as error:
        raise ValueError(f"is not a pattern: {error}") from None


def _field(raw: Any, lists: Codes) -> Other:
    if isinstance(raw, str):
        return Other(raw)
    if isinstance(raw, Mapping):
        return _other(raw)
    raise ValueError("does not name another field")


def _day_or_field(raw: Any, lists: Codes) -> date | Other:
    if isinstance(raw, Mapping):
        return _other(raw)
    if (read := day(raw)) is not None:
        return read
    if isinstance(raw, str):
        return Other(raw)
    raise ValueError("is neither a date nor the name of another field")


def _sum(raw: Any, lists: Codes) -> Sum:
    names = raw.get("of") if isinstance(raw, Mapping) and not set(raw) - {"of", "times"} else None
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise ValueError('names the fields to add as { of = ["…"] }, with times = "…" if needed')
    return Sum(tuple(names), _factor(raw["times"]) if "times" in raw else Decimal(1))


def _ratio(raw: Any, lists: Codes) -> Ratio:
    if not isinstance(raw, Mapping) or set(raw) != {"by", "limit"} or not isinstance(raw["by"], str):
        raise ValueError('is given as { by = "…", limit = "…" }')
    limit = _literal(raw["limit"])
    if not isinstance(limit, Decimal):
        raise ValueError("limit is not a number")
    return Ratio(raw["by"], limit)


@dataclass(frozen=True)
class Operator:
    """How a rule asks: `holds(found, value, record)`, and `read(raw, codes)` for the value that the profile gives.

    `quotes`: a message repeats the value found, because it is what is wrong.
    """

    holds: Callable[[Any, Any, Record], bool]
    read: Callable[[Any, Codes], Any]
    quotes: bool = True


OPERATORS: dict[str, Operator] = {
    "required": Operator(required, _nothing, quotes=False),
    "absent": Operator(absent, _nothing),
    "eq": Operator(eq, _single),
    "in": Operator(one_of, _choices),
    "not_in": Operator(not_in, _choices),
    "between": Operator(between, _pair),
    "min": Operator(minimum, _bound),
    "max": Operator(maximum, _bound),
    "lt_field": Operator(lt_field, _field),
    "min_items": Operator(min_items, _some, quotes=False),
    "max_items": Operator(max_items, _count, quotes=False),
    "max_length": Operator(max_length, _some, quotes=False),
    "regex": Operator(regex, lambda raw, lists: _pattern(raw)),
    "not_regex": Operator(not_regex, lambda raw, lists: _pattern(raw, re.IGNORECASE)),
    "sum_eq": Operator(sum_eq, _sum),
    "ratio_max": Operator(ratio_max, _ratio),
    "date_after": Operator(date_after, _day_or_field),
    "attested": Operator(attested, _nothing, quotes=False),
    "evidence_of": Operator(evidence_of, _some, quotes=False),
}
NEEDS_A_VALUE = frozenset({"required", "eq", "in", "between", "min", "min_items", "attested", "evidence_of"})


def fields_in(asked: Any) -> tuple[str, ...]:
    """The other fields that a rule's value names."""
    match asked:
        case Other():
            return (asked.field,)
        case Sum():
            return asked.of
        case Ratio():
            return (asked.by,)
        case tuple():
            return tuple(name for each in asked for name in fields_in(each))
    return ()


def expected(asked: Any, record: Record) -> str:
    """What would fit, where the rule works it out from other fields; empty where it does not, or cannot."""
    match asked:
        case Other():
            return written(asked.of(record))
        case Sum():
            return "" if (total := asked.total(record)) is None else plain(total)
        case Ratio():
            return "" if (most := asked.most(record)) is None else plain(most)
    return ""


def lists_of(levels: frozenset[str]) -> Codes:
    """The lists of codes that a rule of a profile may name: the world's, and the profile's own levels."""
    return {**codes.LISTS, "levels": levels}
