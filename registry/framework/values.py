"""Reading the plain values of a record. What is no number or no date is None; nothing here ever raises.

A record comes from a form, a file or another system: any field may hold text, numbers, lists or tables, deep or empty.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LARGEST = 10**30
# Nothing that a register holds is nested deeper; what is, comes from a mistake or an attack and is not followed.
_DEEPEST = 8


def value_of(record: Mapping[str, Any], path: str) -> Any:
    """The value of a field. `components.credits` is that of a table within it, or the list of those of a list."""
    if path in record or "." not in path:
        return record.get(path)
    value: Any = record
    for name in path.split("."):
        if isinstance(value, list | tuple):
            value = [item.get(name) for item in value if isinstance(item, Mapping)]
        elif isinstance(value, Mapping):
            value = value.get(name)
        else:
            return None
    return value


def given(value: Any, depth: int = 0) -> bool:
    """Whether there is an answer at all. No and nought are answers; blank text and lists of nothing are not."""
    if value is None:
        return False
    if isinstance(value, str):
        text = value.strip()
        return (bool(text) and text[0].isprintable()) or any(c.isprintable() and not c.isspace() for c in text)
    if isinstance(value, Mapping | list | tuple) and depth < _DEEPEST:
        inner = value.values() if isinstance(value, Mapping) else value
        return any(given(item, depth + 1) for item in inner)
    return True


def number(value: Any) -> Decimal | None:
    """An exact decimal. Text must be plain: no comma, no exponent, no leading nought (`04` is a code, not a number)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < _LARGEST else None
    if isinstance(value, Decimal):
        plain = value.is_finite() and abs(value) < _LARGEST and value.as_tuple().exponent >= -30
        return value if plain else None
    # JSON gives a fraction as a float: its shortest form is what was written.
    text = repr(value) if isinstance(value, float) else value
    if isinstance(text, str) and _NUMBER.fullmatch(text.strip()):
        return Decimal(text.strip())
    return None


def day(value: Any) -> date | None:
    """A calendar date, given as one or as `YYYY-MM-DD`."""
    if isinstance(value, date):
        return value if not isinstance(value, datetime) else None
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return None
    return None


def written(value: Any) -> str:
    """One value as people write it, for comparing with a code and for quoting; empty for a list, a table or nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    exact = number(value)
    return plain(exact) if exact is not None else ""


def plain(value: Decimal) -> str:
    """An exact decimal without exponent and without noughts that say nothing: `15`, `2.5`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parts(value: Any) -> list[Any]:
    """The single values of a field: the items of a list, both ends of a range, else the value itself."""
    if isinstance(value, list | tuple):
        return [part for item in value for part in _one(item)]
    return _one(value)


def _one(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        if "value" in value:
            return [value["value"]]
        if "from" in value and "to" in value:
            return [value["from"], value["to"]]
    return [value]


def items(value: Any) -> int:
    """How many answers a list holds; an item that is blank does not count."""
    if isinstance(value, list | tuple | Mapping):
        return sum(given(item) for item in (value.values() if isinstance(value, Mapping) else value))
    return int(given(value))


def texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text in a value: of a list, of a table of languages, or of a list of such."""
    if isinstance(value, Mapping | list | tuple):
        if depth < _DEEPEST:
            for item in value.values() if isinstance(value, Mapping) else value:
                yield from texts(item, depth + 1)
    elif (text := written(value)) != "":
        yield text
