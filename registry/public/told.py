"""What the rules in force mean for learners and employers, as sentences for the pages of guidance.

Each sentence follows from the profile: a rule's own message, or a figure of it. What a profile does not say is left out,
and what it takes over from the register's own is told without its source, which may name another country.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from registry.framework.law import Deadline, Profile, Rule, Version
from registry.framework.profile import text
from registry.framework.published import ASKS
from registry.public import framework

# A rule that sets a limit to one of these says how big a credential is, or at which levels it is.
SIZES = (
    "credits", "volume_of_learning_hours", "notional_hours", "workload", "workload_ects", "level",
)  # fmt: skip
LIMITS = ("between", "min", "max", "lt_field")
# What a reader may rely on where a rule asks for one of the fields.
ASKED: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("learning_outcomes",), lazy("It says what a learner will know and be able to do.")),
    (("assessment", "assessment_methods"), lazy("What was learned is assessed.")),
    (("need_statement", "evidence:need"), lazy("Somebody has shown that it is needed.")),
    (("duplication_statement",), lazy("It does not repeat what is listed already.")),
    (("quality_assurance",), lazy("It says how its quality is assured.")),
    (("parent_qualification",), lazy("It belongs to one full qualification, which it names.")),
    (("recommended_by",), lazy("It names the body that recommended it.")),
)
# The deadlines of a law that tell a learner how long something that ends goes on.
ENDINGS = ("expiring_period", "deleted_unit", "deleted_qualification")


def kinds(profile: Profile, version: Version, language: str) -> list[dict[str, Any]]:
    """Each kind that this register lists, with the limits that the rules set to it and what they ask of it."""
    return [
        {
            "value": kind["value"], "label": text(kind["label"], language),
            "limits": list(_limits(profile, version, kind["value"], language)),
            "asked": list(_asked(version, kind["value"])),
        }
        for kind in profile.kinds
    ]  # fmt: skip


def _law(version: Version, kind: str) -> Iterator[Rule]:
    """The law's own rules on every entry of a kind: not those of this register, nor those of some cases alone."""
    for rule in version.rules:
        if kind in rule.applies_to and not rule.shared and not rule.when and rule.severity != "info":
            yield rule


def _limits(profile: Profile, version: Version, kind: str, language: str) -> Iterator[str]:
    values = profile.level_values
    for rule in _law(version, kind):
        bounds = [str(bound) for bound in rule.value] if isinstance(rule.value, list) else []
        # Any level of the framework is no limit.
        if rule.field == "level" and bounds == [values[0], values[-1]]:
            continue
        if rule.field in SIZES and rule.operator in LIMITS:
            yield text(rule.message, language)


def _asked(version: Version, kind: str) -> Iterator[Any]:
    must = [rule for rule in _law(version, kind) if rule.severity != "warning"]
    fields = {rule.field for rule in must if rule.operator in (*ASKS, "evidence_of")}
    return (sentence for names, sentence in ASKED if fields.intersection(names))


def endings(version: Version, language: str) -> list[str]:
    """What the law's own rules say of the last day to start, and of the last day of awards."""
    said = [
        text(rule.message, language)
        for rule in version.rules
        if rule.field in ("last_new_enrolment", "last_award") and not rule.shared and _counts_months(rule.value)
    ]
    return list(dict.fromkeys(said))


def _counts_months(value: Any) -> bool:
    """Whether a rule's value is a day so many months after another one, or lies between two such days."""
    return any(isinstance(each, dict) and "months" in each for each in (value if isinstance(value, list) else [value]))


def periods(version: Version, language: str) -> list[dict[str, Any]]:
    """How long what ends goes on, where the law names a time of its own."""
    own = [version.deadlines[name] for name in ENDINGS if name in version.deadlines]
    return [said(deadline, language) for deadline in own if not deadline.shared]


def said(deadline: Deadline, language: str) -> dict[str, Any]:
    """A time in words; with its source where the country's own law names it."""
    return {
        "label": text(deadline.label, language), "time": framework.time_of(deadline),
        "source": "" if deadline.shared else deadline.source,
    }  # fmt: skip


def levels(profile: Profile, language: str) -> dict[str, Any]:
    """The levels, lowest first, each with its types and with its neighbours in other frameworks where one is published."""
    types = framework.types_of(profile, language)
    rows = [
        level
        | {
            "label": text(level["label"], language),
            "types": [kind["label"] for kind in types if level["value"] in kind["levels"]],
        }
        for level in profile.levels
    ]
    return {
        "rows": rows, "first": profile.level_values[0], "last": profile.level_values[-1], "count": len(rows),
        "typed": any(row["types"] for row in rows),
        "crosswalks": [(framework.NAMES[name], name, source) for name, source in profile.crosswalks.items()],
    }  # fmt: skip


def reviews(profile: Profile, version: Version, language: str) -> list[dict[str, Any]]:
    """How often entries are reviewed: each period with the kinds that it holds for, and the other periods allowed."""
    labels = {kind["value"]: text(kind["label"], language) for kind in profile.kinds}
    return [
        {
            "kinds": _(", ").join(labels.get(kind, kind) for kind in period.kinds), "every": framework.months_of(period.default),
            "yearly": period.default == 12, "source": period.source,
            "others": ", ".join(str(months) for months in period.allowed if months != period.default),
        }
        for period in version.review_periods
    ]  # fmt: skip


def criteria(version: Version, stage: str, language: str) -> list[dict[str, str]]:
    """What is judged at one evaluation, in the order of the profile; not what is judged before something is developed."""
    asked = [c for c in version.criteria_at(stage) if c.matter != "development"]
    return [{"label": text(c.label, language), "guidance": text(c.guidance, language)} for c in asked]


def fees(version: Version) -> list[dict[str, str]]:
    """What the law asks for applications; none where it names nothing."""
    return [{"amount": f"{fee.amount:f}", "currency": fee.currency, "source": fee.source} for fee in version.fees]
