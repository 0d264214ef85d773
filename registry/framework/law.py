"""What a framework profile holds: the law of one country as data, in versions with dates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from registry.framework.operators import OPERATORS, months_after
from registry.framework.values import value_of

SEVERITIES = ("error", "warning", "info", "attest")
STAGES = ("import", "submit", "approve", "publish", "review", "export")
# What may be judged: the kinds of credential, a provider, and a provider's accreditation to deliver.
SUBJECTS = ("qualification", "part_qualification", "micro_credential", "provider", "accreditation")
# At which evaluation a criterion is judged.
EVALUATIONS = ("provider", "credential", "accreditation", "review")
# The languages that the pages come in; a profile says which of them its texts have.
INTERFACE_LANGUAGES = ("en", "fr", "pt", "ar")
# What an accepted change makes: a revision under the same number, another entry in its place, or an end.
OUTCOMES = ("revision", "replacement", "ending")
# What the authority does with a change that a provider proposes: it is notified of it, or evaluates and decides it.
APPROVALS = ("notify", "approve")
ENROLMENT = ("end_with_expiring", "months_after_expiring", "months_after_end")

Texts = dict[str, str]


class ProfileError(Exception):
    """The profile's file cannot be law: the text names file, key and reason."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One question about one field. `value` is as the file gives it, `asked` as the operator uses it."""

    field: str
    operator: str
    value: Any = None
    asked: Any = field(default=None, repr=False, compare=False)

    def holds(self, record: Mapping[str, Any]) -> bool:
        return OPERATORS[self.operator].holds(value_of(record, self.field), self.asked, record)


@dataclass(frozen=True, kw_only=True)
class Rule(Condition):
    """One rule of a version, as `registry.framework.rules` applies it.

    `when`: the rule is asked only of a record for which all of these hold. `waivable`: a decision maker may waive it
    for one case, with a reason and the instrument that allows it. `shared`: the register's own, the same in each profile.
    """

    id: str
    applies_to: tuple[str, ...]
    severity: str
    stages: tuple[str, ...]
    source: str
    message: Texts
    when: tuple[Condition, ...] = ()
    waivable: bool = False
    shared: bool = False
    field_type: str = "text"
    examples: dict[str, list[str]] = field(default_factory=dict)

    def broken_by(self, record: Mapping[str, Any]) -> bool:
        return not self.holds(record) and all(condition.holds(record) for condition in self.when)


@dataclass(frozen=True)
class Criterion:
    """What an evaluator judges, one by one, on one matter of a case; `stage` is one of EVALUATIONS.

    `answered_by`: of a review, the criteria of a change by whose judgement this one is answered too (edge case 32);
    `no_condition_in_force` among them is answered by the register itself.
    """

    id: str
    stage: str
    matter: str
    label: Texts
    guidance: Texts
    source: str
    answered_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deadline:
    """How long something may take: so many of one unit, `working_days`, `days` or `months`.

    `shared`: the register's own, the same in each profile whose law names none.
    """

    name: str
    amount: int
    unit: str
    label: Texts
    source: str
    shared: bool = False


@dataclass(frozen=True)
class Ground:
    """A ground on which the authority may act against a provider, or on which a registration may `lapse`, or both."""

    code: str
    label: Texts
    source: str
    acts: bool
    lapses: bool


@dataclass(frozen=True)
class ApplicationFee:
    """What the law asks for a kind of case before it is evaluated: exact, in a currency of ISO 4217."""

    cases: tuple[str, ...]
    amount: Decimal
    currency: str
    tax_included: bool
    source: str


@dataclass(frozen=True)
class ReviewPeriod:
    """How often entries of these kinds are reviewed, in months; `default` where the applicant proposes nothing."""

    kinds: tuple[str, ...]
    allowed: tuple[int, ...]
    default: int
    source: str


# The highest level of being late.
LATEST = 3


@dataclass(frozen=True)
class Reviews:
    """What a profile says of reports that are asked for each year or period (section 4.6 of the domain specification).

    `reminders`: so many days before the day of a report its body is reminded; fewer than none is after it.
    `blocks_applications_from`: from which level of being late a body cannot hand in new applications, 0 for never.
    `shown_as_overdue`: whether the public record says that a review is overdue.
    """

    reminders: tuple[int, ...]
    shown_as_overdue: bool
    blocks_applications_from: int
    source: str


# What sort of body a provider is, and what it may be asked to count: the codes that `[[provider_returns]]` may name. The
# sorts are those of `registry.content.bodies`, the figures those of `providers.models.ProviderReturn`.
PROVIDER_TYPES = (
    "university", "polytechnic", "wananga", "private_training", "industry_body", "government_training", "community",
    "employer", "foreign_awarding_body", "professional_body", "assessment_body",
)  # fmt: skip
FIGURES = ("learners", "staff")


@dataclass(frozen=True)
class ProviderReturn:
    """What providers of these types report or attest after each period of their own financial year (section 1.12 of the
    domain specification).

    The year is taken in periods of `months`; a return is `due` so long after the last day of its period, and asked for of
    the periods that end on `since` or later. `contents` are what is attested and judged, one by one; `documents` names
    those of them that a file must show, `figures` what is counted. A body that has one of the quality categories in
    `dispensed` on the last day of a period is not asked.
    """

    code: str
    label: Texts
    months: int
    due: Deadline
    since: date
    applies_to: tuple[str, ...]
    dispensed: tuple[str, ...]
    figures: tuple[str, ...]
    contents: tuple[Criterion, ...]
    documents: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Enrolment:
    """Until when new learners may start on what is ending. `rule` is one of ENROLMENT.

    New Zealand: nobody starts once an entry is expiring. Australia: for 12 months after it was superseded, the last day
    inclusive. South Africa: for a year after its registration ended (domain 0.5).
    """

    rule: str
    months: int
    source: str

    def last_day(self, *, expiring_from: date, registered_until: date | None = None) -> date | None:
        """The last day on which a new learner may start, by this rule; a decided date stands instead of it.

        Both dates are those of the entry: the first day of its ending, and the last day of its registration (where none
        is stored, the day before it began to end). None where the calendar ends before (a year past 9999).
        """
        last_registered = registered_until or expiring_from - timedelta(days=1)
        match self.rule:
            case "months_after_expiring":
                return months_after(expiring_from, self.months)
            case "months_after_end":
                return months_after(last_registered, self.months)
        return expiring_from - timedelta(days=1)


@dataclass(frozen=True)
class TwoStages:
    """What is first approved to be developed, and then approved and listed: these kinds at these levels."""

    kinds: tuple[str, ...]
    levels: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Conversion:
    """How credits are also shown in another system: never arithmetic, but somebody's declared claim (domain 3.10).

    By years, the credits of a full-time year in both systems are compared; by hours, the learning hours of one credit.
    The factor is exact text, a decimal or a fraction; two factors where the other system gives a range.
    """

    system: str
    method: str
    factors: tuple[str, ...]
    declared_by: str
    source: str


@dataclass(frozen=True)
class CreditSystem:
    """What a credit is. `hours_per_credit` is exact text, or None where a credit does not fix hours."""

    code: str
    label: Texts
    hours_per_credit: str | None
    source: str
    shown_as: tuple[Conversion, ...] = ()


@dataclass(frozen=True)
class Category:
    """What a change of an entry is, by the fields that it alters: what it `makes` is one of OUTCOMES.

    `approval`, one of APPROVALS, is how a provider's proposal of it is dealt with (NZQA: Type 1 and Type 2).
    `fields` are names of a public document, `*` every other one; `wholly`: lists of which nothing stays. Categories
    stand in the order of their weight: a change is of the last one that any of its fields belongs to.
    """

    code: str
    makes: str
    approval: str
    fields: tuple[str, ...]
    wholly: tuple[str, ...]
    label: Texts
    source: str


@dataclass(frozen=True)
class Calendar:
    """The days on which the authority does not work: weekends, public holidays, and days of its own.

    `weekend`: 0 is Monday. `holidays`: the country whose public holidays are kept, with a `region` of it. `rolls`: a
    deadline that falls on such a day ends on the next working day.
    """

    weekend: tuple[int, ...]
    holidays: str | None
    region: str | None
    rolls: bool
    closed: dict[date, Texts]


@dataclass(frozen=True)
class Version:
    """The rules in force from `effective_from` to `effective_to` (inclusive; None: still in force)."""

    id: str
    effective_from: date
    effective_to: date | None
    rules: tuple[Rule, ...]
    criteria: tuple[Criterion, ...]
    review_periods: tuple[ReviewPeriod, ...]
    enrolment: Enrolment
    deadlines: dict[str, Deadline]
    fees: tuple[ApplicationFee, ...]
    two_stages: TwoStages | None
    guidance: dict[str, Texts]
    sentences: dict[str, Texts] = field(repr=False)
    _sorted: dict[tuple[str, str], tuple[Rule, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def rules_for(self, kind: str, stage: str) -> tuple[Rule, ...]:
        """The rules for a kind at a stage, errors first. Kept: an import asks this of every row."""
        if (kept := self._sorted.get((kind, stage))) is None:
            asked = [r for r in self.rules if kind in r.applies_to and stage in r.stages]
            kept = self._sorted[kind, stage] = tuple(sorted(asked, key=lambda r: (r.severity != "error", r.shared)))
        return kept

    def rule(self, identifier: str) -> Rule | None:
        return next((r for r in self.rules if r.id == identifier), None)

    def criteria_for(self, matters: list[str] | tuple[str, ...]) -> list[Criterion]:
        return [c for c in self.criteria if c.matter in matters]

    def criteria_at(self, stage: str) -> list[Criterion]:
        """What is judged at one evaluation: of a provider, a credential, an accreditation or a review."""
        return [c for c in self.criteria if c.stage == stage]

    def in_two_stages(self, kind: str, level: str | None) -> bool:
        """Whether a credential of this kind and level is approved to be developed before it is applied for."""
        return self.two_stages is not None and kind in self.two_stages.kinds and level in self.two_stages.levels

    def fee_of(self, case_kind: str) -> ApplicationFee | None:
        """What a case of this kind costs; None where the law names nothing."""
        return next((fee for fee in self.fees if case_kind in fee.cases), None)

    def review_period(self, kind: str) -> ReviewPeriod | None:
        return next((p for p in self.review_periods if kind in p.kinds), None)

    def review_months(self, kind: str) -> int:
        """The period of a kind where none was proposed; a kind that the law does not name has that of its first ones."""
        return (self.review_period(kind) or self.review_periods[0]).default


@dataclass(frozen=True)
class Profile:
    """One country's framework. `country` is empty for a framework of many countries."""

    code: str
    country: str
    authority: Texts
    framework: Texts
    about: Texts
    currency: str
    time_zone: str
    languages: tuple[str, ...]
    interface_languages: tuple[str, ...]
    calendar: Calendar
    credit_systems: tuple[CreditSystem, ...]
    levels: tuple[dict[str, Any], ...]
    crosswalks: dict[str, str]
    kinds: tuple[dict[str, Any], ...]
    fields: dict[str, str]
    own_fields: dict[str, str]
    categories: tuple[Category, ...]
    # How long each kind of statutory action stays on the public page once it has ended, by the kind.
    statutory_actions: dict[str, Deadline]
    # On which grounds the authority acts against a provider, by their codes.
    statutory_grounds: dict[str, Ground]
    # On which grounds it acts against an entry, or against who delivers one, by their codes.
    entry_grounds: dict[str, Ground]
    # When reports are reminded of, and what follows of late ones.
    reviews: Reviews
    # What providers report or attest after each period of their financial year.
    provider_returns: tuple[ProviderReturn, ...]
    versions: tuple[Version, ...]

    def version_on(self, day: date) -> Version:
        """The version that judges what is submitted on `day`; before the first, the first."""
        in_force = [v for v in self.versions if v.effective_from <= day]
        return in_force[-1] if in_force else self.versions[0]

    def version(self, identifier: str) -> Version:
        """Raises ProfileError where this profile has no such version."""
        for version in self.versions:
            if version.id == identifier:
                return version
        known = ", ".join(v.id for v in self.versions)
        raise ProfileError(f"{self.code}.toml: versions: there is no {identifier!r}; there are: {known}")

    def provider_return(self, code: str) -> ProviderReturn | None:
        return next((asked for asked in self.provider_returns if asked.code == code), None)

    def category(self, code: str) -> Category | None:
        return next((category for category in self.categories if category.code == code), None)

    def types_of(self, kind: str) -> tuple[dict[str, Any], ...]:
        """The types of a kind, each with its levels and the credits that it takes; none where the law names none."""
        return tuple(next((k["types"] for k in self.kinds if k["value"] == kind), ()))

    @property
    def hours_per_credit(self) -> str | None:
        """Learning hours of one credit of the framework's own system, as exact text."""
        return self.credit_systems[0].hours_per_credit

    @property
    def level_values(self) -> tuple[str, ...]:
        return tuple(level["value"] for level in self.levels)

    def hours_of(self, credits: Decimal) -> Decimal | None:
        """The notional learning hours of so many credits, exactly; None where a credit does not fix hours."""
        return None if self.hours_per_credit is None else credits * Decimal(self.hours_per_credit)
