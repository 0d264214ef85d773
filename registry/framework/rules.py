"""Applying a profile's rules to a record: every violation at once, each with its field, its rule and what was found."""

from collections.abc import Mapping
from typing import Any

from registry.errors import Violation
from registry.framework.law import Rule, Version
from registry.framework.operators import OPERATORS, expected
from registry.framework.profile import text
from registry.framework.suggestions import suggest
from registry.framework.values import value_of, written

# A longer text is not repeated in a message: its field is named, and the reader has it before them.
QUOTED = 60


def check(
    record: Mapping[str, Any], *, kind: str, stage: str, version: Version, language: str = "en"
) -> list[Violation]:
    """The rules of this version that `record` breaks at this stage, errors first. Raises for no record whatever.

    `record` maps field names to plain values; a count of evidence is given as `evidence:<criterion>`. A rule that all
    profiles share says nothing of a field which the law has already refused for good.
    """
    broken = [rule for rule in version.rules_for(kind, stage) if rule.broken_by(record)]
    if not broken:
        return []
    refused = {rule.field for rule in broken if rule.severity == "error" and not (rule.shared or rule.waivable)}
    return [
        _violation(rule, record, version, language) for rule in broken if not (rule.shared and rule.field in refused)
    ]


def _violation(rule: Rule, record: Mapping[str, Any], version: Version, language: str) -> Violation:
    found = value_of(record, rule.field)
    quoted = written(found).strip() if OPERATORS[rule.operator].quotes else ""
    suggestion = suggest(rule.field_type, found) if quoted else None
    sentences = [text(rule.message, language)]
    if worked_out := expected(rule.asked, record):
        name = "expected" if rule.operator in ("eq", "sum_eq") else "limit"
        sentences.append(text(version.sentences[name], language).replace(f"{{{name}}}", worked_out))
    if 0 < len(quoted) <= QUOTED:
        sentences.append(text(version.sentences["found"], language).replace("{found}", quoted))
    if suggestion:
        sentences.append(text(version.sentences["suggestion"], language).replace("{suggestion}", suggestion))
    return Violation(
        rule.id, rule.field, " ".join(sentences), rule.severity, rule.source,
        found=found, suggestion=suggestion, waivable=rule.waivable,
    )  # fmt: skip
