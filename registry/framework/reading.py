"""Reading a profile's file, strictly: whatever is not understood is refused with file, key and reason.

A law that is read wrongly is worse than one that is not read. So no key is passed over, no value is made to fit, and a
pattern is tried on the examples that its author gives.
"""

import re
import zoneinfo
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from registry.framework import codes, parts
from registry.framework.law import (
    APPROVALS,
    INTERFACE_LANGUAGES,
    OUTCOMES,
    SEVERITIES,
    STAGES,
    SUBJECTS,
    Calendar,
    Category,
    Condition,
    Conversion,
    CreditSystem,
    Criterion,
    Deadline,
    Profile,
    Reviews,
    Rule,
    Texts,
    TwoStages,
    Version,
)
from registry.framework.operators import OPERATORS, fields_in, lists_of
from registry.framework.suggestions import BY_TYPE
from registry.framework.tables import TAG, Table, like, parse

FIELD_TYPES = {"text", "code", "texts", "list", "flag", "date", "count", *BY_TYPE}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
METHODS = ("year_based", "hours_based")
CROSSWALKS = ("eqf", "isced_2011", "acqf")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_EVIDENCE = re.compile(r"evidence:[a-z][a-z0-9_]*")


def read(path: Path, common: Path) -> Profile:
    """The profile of a file, with what all profiles share. Raises ProfileError."""
    return _Reading(parse(path), Table(common.name, "", parse(common).raw, INTERFACE_LANGUAGES)).profile()


class _Reading:
    """One profile being read. What is found first (languages, levels, fields) is what later parts are held to."""

    def __init__(self, top: Table, common: Table):
        self.top, self.common = top, common

    def profile(self) -> Profile:
        top, common = self.top, self.common
        spoken = top.strings("interface_languages", allowed=INTERFACE_LANGUAGES)
        top.languages = spoken = tuple(dict.fromkeys(("en", *spoken)))
        self.sentences = {name: common.table("sentences").words(name) for name in common.raw.get("sentences", {})}
        self.fields = {**_fields(common), **_fields(top)}
        levels, crosswalks = self._levels()
        self.lists = lists_of(frozenset(level["value"] for level in levels))
        kinds = self._kinds({level["value"] for level in levels})
        shared = _Shared(
            rules=[self._rule(t, shared=True) for t in common.tables("rules")],
            criteria=[parts.criterion(t) for t in common.tables("criteria")],
            deadlines=parts.deadlines(common, shared=True),
        )
        own = _Shared(
            rules=[self._rule(t) for t in top.tables("rules", [])],
            criteria=[parts.criterion(t) for t in top.tables("criteria", [])],
            deadlines=parts.deadlines(top),
        )
        guidance = self._guidance(top)
        profile = Profile(
            code=_named(top, "code", Path(top.file).stem), country=_country(top),
            authority=top.name("authority"), framework=top.name("framework"), about=top.words("about", {}),
            currency=top.one_of("currency", codes.CURRENCIES), time_zone=_time_zone(top),
            languages=top.strings("languages"), interface_languages=spoken, calendar=_calendar(top),
            credit_systems=tuple(_credit_system(t) for t in top.tables("credit_systems", named="code")),
            levels=levels, crosswalks=crosswalks, kinds=kinds, fields=self.fields, own_fields=_fields(top),
            categories=self._categories(),
            statutory_actions=parts.deadlines(self.common, "statutory_actions") | parts.deadlines(self.top, "statutory_actions"),
            statutory_grounds=parts.grounds(self.common) | parts.grounds(self.top),
            reviews=self._reviews(), provider_returns=parts.provider_returns(top),
            entry_grounds=parts.grounds(self.common, "entry_grounds") | parts.grounds(self.top, "entry_grounds"),
            versions=self._versions(shared, own, guidance),
        )  # fmt: skip
        if not profile.credit_systems:
            raise top.wrong("credit_systems", "is empty")
        for tag in profile.languages:
            if not TAG.fullmatch(tag):
                raise top.wrong("languages", f"{tag!r} is not a language of BCP 47, such as en or pt-BR")
        for table in (common, top):
            table.done()
        return profile

    def _reviews(self) -> Reviews:
        """What the country says of late reports stands instead of what is shared."""
        shared = parts.reviews(self.common.table("reviews"))
        return parts.reviews(self.top.table("reviews")) if "reviews" in self.top.raw else shared

    # -- levels and kinds ----------------------------------------------------------------------------------------------

    def _levels(self) -> tuple[tuple[dict[str, Any], ...], dict[str, str]]:
        """The levels, each with its label and its neighbours in other frameworks; and whence those are known."""
        sources, used, levels = self.top.table("crosswalks", {}), set(), []
        for table in self.top.tables("levels", named="value"):
            level: dict[str, Any] = {"value": table.string("value")}
            level["label"] = table.words("label", {}) or {
                tag: words.replace("{value}", level["value"]) for tag, words in self.sentences["level"].items()
            }
            for name in CROSSWALKS:
                level[name] = table.string(name, None)
                used |= {name} if level[name] else set()
            table.done()
            levels.append(level)
        _once(self.top, "levels", [level["value"] for level in levels])
        if not levels:
            raise self.top.wrong("levels", "is empty")
        crosswalks = {name: sources.string(name) for name in CROSSWALKS if name in used}
        sources.done()
        return tuple(levels), crosswalks

    def _kinds(self, levels: set[str]) -> tuple[dict[str, Any], ...]:
        labels = {t.string("value"): t.words("label") for t in self.common.tables("kinds", named="value")}
        kinds = []
        for table in self.top.tables("kinds", named="value"):
            value = table.one_of("value", labels)
            kind = {"value": value, "label": table.words("label", None) or labels[value]}
            kind["types"] = [_type(t, levels) for t in table.tables("types", [], named="code")]
            _once(table, "types", [t["code"] for t in kind["types"]])
            table.done()
            kinds.append(kind)
        _once(self.top, "kinds", [kind["value"] for kind in kinds])
        if not kinds:
            raise self.top.wrong("kinds", "is empty")
        self.subjects = {kind["value"] for kind in kinds} | {"provider", "accreditation"}
        return tuple(kinds)

    def _categories(self) -> tuple[Category, ...]:
        """The law's own categories of change, or those that all profiles share."""
        shared = [_category(t) for t in self.common.tables("categories", named="code")]
        own = [_category(t) for t in self.top.tables("categories", [], named="code")]
        categories = own or shared
        _once(self.top, "categories", [c.code for c in categories])
        _once(self.top, "categories.fields", [name for c in categories for name in c.fields])
        if own and not any("*" in c.fields for c in own):
            raise self.top.wrong("categories", 'none is that of every other field ("*")')
        return tuple(categories)

    # -- versions ------------------------------------------------------------------------------------------------------

    def _versions(self, shared: "_Shared", own: "_Shared", guidance: dict[str, Texts]) -> tuple[Version, ...]:
        tables = self.top.tables("versions")
        if not tables:
            raise self.top.wrong("versions", "is empty")
        versions = sorted((self._version(t, shared, own, guidance) for t in tables), key=lambda v: v.effective_from)
        _once(self.top, "versions", [v.id for v in versions])
        for earlier, later in pairwise(versions):
            if earlier.effective_to is None or earlier.effective_to >= later.effective_from:
                raise self.top.wrong("versions", f"{earlier.id} is still in force when {later.id} begins")
        return tuple(versions)

    def _version(self, table: Table, shared: "_Shared", own: "_Shared", guidance: dict[str, Texts]) -> Version:
        begins, ends = table.day("effective_from"), table.day("effective_to", None)
        if ends is not None and ends < begins:
            raise table.wrong("effective_to", "is before effective_from")
        rules = [*own.rules, *(self._rule(t) for t in table.tables("rules", []))]
        criteria = [*own.criteria, *(parts.criterion(t) for t in table.tables("criteria", []))]
        # What a law says of an evaluation stands instead of the shared criteria, all of them.
        said = {c.stage for c in criteria}
        criteria += [c for c in shared.criteria if c.stage not in said]
        rules += [r for r in shared.rules if self.subjects & set(r.applies_to)]
        _once(table, "rules", [r.id for r in rules])
        _once(table, "criteria", [c.id for c in criteria])
        version = Version(
            id=table.string("id"), effective_from=begins, effective_to=ends, rules=tuple(rules),
            criteria=tuple(criteria),
            review_periods=tuple(parts.review_period(t, self.subjects) for t in table.tables("review_periods")),
            enrolment=parts.enrolment(table.table("enrolment")),
            deadlines=shared.deadlines | own.deadlines | parts.deadlines(table),
            fees=tuple(parts.fee(t, self.top) for t in table.tables("fees", [], named="amount")),
            two_stages=self._two_stages(table, criteria), guidance=guidance | self._guidance(table), sentences=self.sentences,
        )  # fmt: skip
        if not version.review_periods:
            raise table.wrong("review_periods", "is empty")
        table.done()
        return version

    def _two_stages(self, table: Table, criteria: list[Criterion]) -> TwoStages | None:
        """What is approved to be developed first; the law must say then what is judged at that stage."""
        if "two_stages" not in table.raw:
            return None
        if not any(c.matter == "development" for c in criteria):
            raise table.wrong("two_stages", "asks for criteria with the matter development, and there are none")
        told = table.table("two_stages")
        levels = {level["value"] for level in self.top.raw["levels"]}
        stages = TwoStages(
            kinds=told.strings("kinds", allowed=self.subjects - {"provider", "accreditation"}),
            levels=told.strings("levels", allowed=levels), source=told.string("source"),
        )  # fmt: skip
        told.done()
        return stages

    def _guidance(self, table: Table) -> dict[str, Texts]:
        texts = table.table("guidance", {})
        for name in texts.raw:
            self._field_type(texts, name, name)
        return {name: texts.words(name) for name in texts.raw}

    # -- rules ---------------------------------------------------------------------------------------------------------

    def _rule(self, table: Table, shared: bool = False) -> Rule:
        subjects = SUBJECTS if shared else self.subjects
        condition = self._condition(table)
        rule = Rule(
            **condition,
            id=table.string("id"),
            applies_to=table.strings("applies_to", allowed=subjects),
            severity=table.one_of("severity", SEVERITIES),
            stages=table.strings("stages", allowed=STAGES),
            source=table.string("source"),
            message=table.words("message"),
            when=tuple(self._when(t) for t in table.tables("when", [], named="field")),
            waivable=table.take("waivable", bool, "true or false", False),
            shared=shared,
            field_type=self._field_type(table, condition["field"]),
            examples=parts.examples(table),
        )
        for tag, words in rule.message.items():
            if "{" in words:
                raise table.wrong(f"message.{tag}", "holds a brace: values are added to a message, never put into it")
        parts.try_examples(table, rule)
        table.done()
        return rule

    def _when(self, table: Table) -> Condition:
        condition = Condition(**self._condition(table))
        table.done()
        return condition

    def _condition(self, table: Table) -> dict[str, Any]:
        field = table.string("field")
        self._field_type(table, field)
        operator = table.string("operator")
        if operator not in OPERATORS:
            raise table.wrong("operator", f"{operator!r} is unknown{like(operator, OPERATORS)}")
        table.read.add("value")
        raw = table.raw.get("value")
        try:
            asked = OPERATORS[operator].read(raw, self.lists)
        except ValueError as error:
            raise table.wrong("value", f"{operator}: {error}") from None
        for other in fields_in(asked):
            self._field_type(table, other, "value")
        return {"field": field, "operator": operator, "value": _plain(raw), "asked": asked}

    def _field_type(self, table: Table, name: str, key: str = "field") -> str:
        if _EVIDENCE.fullmatch(name):
            return "count"
        if name not in self.fields:
            raise table.wrong(key, f"{name!r} is not a field (see [fields]){like(name, self.fields)}")
        return self.fields[name]


@dataclass(frozen=True)
class _Shared:
    """What several versions have in common."""

    rules: list[Rule]
    criteria: list[Criterion]
    deadlines: dict[str, Deadline]


def _once(table: Table, key: str, values: list[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise table.wrong(key, f"{value} stands there twice")


def _plain(raw: Any) -> Any:
    """A value of the file as JSON can say it."""
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, list):
        return [_plain(each) for each in raw]
    return {k: _plain(v) for k, v in raw.items()} if isinstance(raw, dict) else raw


def _fields(table: Table) -> dict[str, str]:
    """The fields that rules may speak of, each with its type."""
    fields = table.table("fields", {})
    for name in fields.raw:
        if not all(_NAME.fullmatch(part) for part in name.split(".")):
            raise fields.wrong(name, "is not a name in snake_case")
    return {name: fields.one_of(name, FIELD_TYPES) for name in fields.raw}


def _named(top: Table, key: str, stem: str) -> str:
    if top.string(key) != stem:
        raise top.wrong(key, f"{top.raw[key]!r} is not the name of its file")
    return stem


def _country(top: Table) -> str:
    """Empty for a framework of many countries, which leaves the key out; EU is reserved for the Union in ISO 3166-1."""
    country = top.string("country", "")
    if country and country != "EU" and country not in codes.COUNTRIES:
        raise top.wrong("country", f"{country!r} is not a country of ISO 3166-1: two capital letters, such as NZ")
    return country


def _time_zone(top: Table) -> str:
    zone = top.string("time_zone")
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise top.wrong(
            "time_zone", f"{zone!r} is not a time zone of the IANA database, such as Africa/Praia"
        ) from None
    return zone


def _calendar(top: Table) -> Calendar:
    table = top.table("calendar")
    weekend = table.strings("weekend", allowed=WEEKDAYS)
    closed = {}
    for day in table.tables("closed", []):
        closed[day.day("date")] = day.words("name")
        day.done()
    calendar = Calendar(
        weekend=tuple(WEEKDAYS.index(name) for name in weekend), holidays=table.string("holidays", None),
        region=table.string("region", None), closed=closed, rolls=table.take("rolls", bool, "true or false"),
    )  # fmt: skip
    if calendar.holidays and calendar.holidays not in codes.COUNTRIES:
        raise table.wrong("holidays", f"{calendar.holidays!r} is not a country of ISO 3166-1")
    table.done()
    return calendar


def _credit_system(table: Table) -> CreditSystem:
    system = CreditSystem(
        code=table.string("code"), label=table.words("label"), hours_per_credit=table.exact("hours_per_credit", None),
        source=table.string("source"), shown_as=tuple(_conversion(t) for t in table.tables("shown_as", [])),
    )  # fmt: skip
    table.done()
    return system


def _conversion(table: Table) -> Conversion:
    conversion = Conversion(
        system=table.string("system"), method=table.one_of("method", METHODS), factors=table.strings("factors"),
        declared_by=table.string("declared_by"), source=table.string("source"),
    )  # fmt: skip
    for index, factor in enumerate(conversion.factors):
        try:
            good = Fraction(factor) > 0
        except (ValueError, ZeroDivisionError):
            good = False
        if not good or len(conversion.factors) > 2:
            raise table.wrong(f"factors[{index}]", 'is not a factor such as "0.5" or "10/30", one or two of them')
    table.done()
    return conversion


def _type(table: Table, levels: set[str]) -> dict[str, Any]:
    """A type of a kind: a diploma, a certificate. Limits are in the framework's own credits."""
    found = {
        "code": table.string("code"), "label": table.words("label"), "levels": list(table.strings("levels", [], levels)),
        "credits_min": table.exact("credits_min", None), "credits_max": table.exact("credits_max", None),
        "source": table.string("source"),
    }  # fmt: skip
    table.done()
    return found


def _category(table: Table) -> Category:
    category = Category(
        code=table.string("code"), makes=table.one_of("makes", OUTCOMES), approval=table.one_of("approval", APPROVALS),
        fields=table.strings("fields", ()), wholly=table.strings("wholly", ()),
        label=table.words("label"), source=table.string("source"),
    )  # fmt: skip
    if not category.fields and category.makes != "ending":
        raise table.wrong("fields", "is missing")
    table.done()
    return category
