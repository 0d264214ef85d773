"""A framework profile: the law of one country as data, in versions with dates.

Import-light on purpose: the settings read the authority's time zone from here.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "profiles"
SEVERITIES = ("error", "warning", "info", "attest")
STAGES = ("import", "submit", "approve", "publish", "review")


class ProfileError(Exception):
    """The profile's file cannot be law: the text names file, key and reason."""


@dataclass(frozen=True)
class Rule:
    """One rule of a version, as `registry.framework.rules` applies it."""

    id: str
    applies_to: tuple[str, ...]
    field: str
    operator: str
    value: Any
    severity: str
    stages: tuple[str, ...]
    source: str
    message: dict[str, str]


@dataclass(frozen=True)
class Criterion:
    """What an evaluator judges, one by one, on one matter of an application."""

    id: str
    matter: str
    label: dict[str, str]
    guidance: dict[str, str]
    source: str


@dataclass(frozen=True)
class Version:
    """The rules in force from `effective_from` to `effective_to` (inclusive; None: still in force)."""

    id: str
    effective_from: date
    effective_to: date | None
    rules: tuple[Rule, ...]
    criteria: tuple[Criterion, ...]
    review_period_months: int

    def rules_for(self, kind: str, stage: str) -> list[Rule]:
        return [r for r in self.rules if kind in r.applies_to and stage in r.stages]

    def criteria_for(self, matters: list[str] | tuple[str, ...]) -> list[Criterion]:
        return [c for c in self.criteria if c.matter in matters]


@dataclass(frozen=True)
class Profile:
    """One country's framework."""

    code: str
    country: str
    authority: dict[str, str]
    framework: dict[str, str]
    currency: str
    time_zone: str
    languages: tuple[str, ...]
    hours_per_credit: str
    levels: tuple[dict[str, Any], ...]
    kinds: tuple[dict[str, Any], ...]
    versions: tuple[Version, ...] = field(default=())

    def version_on(self, day: date) -> Version:
        """The version that judges what is submitted on `day`; before the first, the first."""
        in_force = [v for v in self.versions if v.effective_from <= day]
        return in_force[-1] if in_force else self.versions[0]

    def version(self, identifier: str) -> Version:
        return next(v for v in self.versions if v.id == identifier)

    @property
    def level_values(self) -> tuple[str, ...]:
        return tuple(level["value"] for level in self.levels)


@cache
def load(code: str) -> Profile:
    """The profile of that code. Raises ProfileError with file, key and reason where its file is malformed."""
    path = FOLDER / f"{code}.toml"
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml")))
        raise ProfileError(f"NQR_PROFILE={code}: there is no such profile; there are: {known}") from None
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path.name}: {error}") from None
    try:
        return _profile(raw)
    except KeyError as error:
        raise ProfileError(f"{path.name}: key {error} is missing") from None
    except ValueError as error:
        raise ProfileError(f"{path.name}: {error}") from None


def _profile(raw: dict[str, Any]) -> Profile:
    versions = tuple(sorted((_version(v) for v in raw["versions"]), key=lambda v: v.effective_from))
    for earlier, later in pairwise(versions):
        if earlier.effective_to is None or earlier.effective_to >= later.effective_from:
            raise ValueError(f"versions: {earlier.id} is still in force when {later.id} begins")
    return Profile(
        code=raw["code"], country=raw["country"], authority=raw["authority"], framework=raw["framework"],
        currency=raw["currency"], time_zone=raw["time_zone"], languages=tuple(raw["languages"]),
        hours_per_credit=raw["hours_per_credit"], levels=tuple(raw["levels"]), kinds=tuple(raw["kinds"]),
        versions=versions,
    )  # fmt: skip


def _version(raw: dict[str, Any]) -> Version:
    return Version(
        id=raw["id"],
        effective_from=raw["effective_from"],
        effective_to=raw.get("effective_to"),
        rules=tuple(_rule(r) for r in raw["rules"]),
        criteria=tuple(Criterion(**c) for c in raw["criteria"]),
        review_period_months=raw["review_period_months"],
    )


def _rule(raw: dict[str, Any]) -> Rule:
    rule = Rule(
        id=raw["id"], applies_to=tuple(raw["applies_to"]), field=raw["field"], operator=raw["operator"],
        value=raw.get("value"), severity=raw["severity"], stages=tuple(raw["stages"]), source=raw["source"],
        message=raw["message"],
    )  # fmt: skip
    if rule.severity not in SEVERITIES:
        raise ValueError(f"rules.{rule.id}.severity: {rule.severity!r} is not one of {', '.join(SEVERITIES)}")
    if wrong := set(rule.stages) - set(STAGES):
        raise ValueError(f"rules.{rule.id}.stages: {', '.join(sorted(wrong))} is not a stage")
    return rule


def text(translations: dict[str, str], language: str = "en") -> str:
    """The text in a language, else in its base language, else English, else whatever there is."""
    for tag in (language, language.split("-")[0], "en"):
        if tag in translations:
            return translations[tag]
    return next(iter(translations.values()), "")
