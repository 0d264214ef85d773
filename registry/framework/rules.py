"""Applying a profile's rules to a record: every violation at once, each with its field and its rule."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from registry.errors import Violation
from registry.framework.profile import Profile, ProfileError, Version, text


def check(
    record: Mapping[str, Any], *, kind: str, stage: str, version: Version, language: str = "en"
) -> list[Violation]:
    """The rules of this version that `record` breaks at this stage, errors first.

    `record` maps field names to plain values; a count of evidence is given as `evidence:<criterion>`.
    """
    broken = [r for r in version.rules_for(kind, stage) if not OPERATORS[r.operator](record.get(r.field), r.value)]
    violations = [Violation(r.id, r.field, text(r.message, language), r.severity, r.source) for r in broken]
    return sorted(violations, key=lambda v: v.severity != "error")


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _given(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value not in (None, [], {}, False)


def _between(value: Any, bounds: list[int]) -> bool:
    number = _number(value)
    return number is not None and bounds[0] <= number <= bounds[1]


# What each operator asks; the value of the rule comes second. A field left empty is for `required` to say, except
# where the operator cannot be answered without a value.
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "required": lambda value, _: _given(value),
    "between": _between,
    "in": lambda value, allowed: str(value) in [str(a) for a in allowed],
    "min_items": lambda value, least: len(value or ()) >= least,
    "max_length": lambda value, most: len(value or "") <= most,
    "regex": lambda value, pattern: not _given(value) or bool(re.search(pattern, str(value))),
    "not_regex": lambda value, pattern: not re.search(pattern, str(value or ""), re.IGNORECASE),
    "evidence_of": lambda value, least: (value or 0) >= least,
}


def validate(profile: Profile) -> None:
    """Raise ProfileError for a rule whose operator is unknown: a profile is refused at start, not at first use."""
    for version in profile.versions:
        for rule in version.rules:
            if rule.operator not in OPERATORS:
                where = f"{profile.code}.toml: versions.{version.id}.rules.{rule.id}.operator"
                raise ProfileError(f"{where}: {rule.operator!r} is unknown")
