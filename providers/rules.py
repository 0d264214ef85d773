"""What is asked of a registration and of a change of scope before it is decided: the rules of the profile, and the
register's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from providers import proposals
from providers.asked import FIT_AND_PROPER
from providers.models import Provider, Registration, ScopeChange
from registry.casework import services as desk
from registry.errors import RegisterError, Violation
from registry.framework import current
from registry.framework.codes import COUNTRIES
from registry.framework.law import Version
from registry.framework.profile import text
from registry.framework.rules import check
from registry.models import Case

OWN = "The register's own"


@dataclass(frozen=True)
class Subject:
    """What a case asks for, as its rules see it: the application, the law that judges it, and the day."""

    asked: Registration | ScopeChange
    version: Version
    today: date

    @property
    def case(self) -> Case:
        return self.asked.case

    @cached_property
    def files(self) -> dict[str, int]:
        """How many files of evidence there are, by criterion."""
        kept = self.case.evidence.filter(removed_at=None).values("criterion").annotate(count=Count("id"))
        return {row["criterion"]: row["count"] for row in kept}


class Rule:
    """A rule that holds in every country: its docstring says it. `broken` yields what breaks it, in words."""

    id: str
    field: str
    severity = "error"

    def broken(self, subject: Subject) -> Iterator[str]:
        raise NotImplementedError

    def violations(self, subject: Subject) -> Iterator[Violation]:
        for message in self.broken(subject):
            yield self.at(self.field, message)

    def at(self, field: str, message: str) -> Violation:
        return Violation(self.id, field, message, self.severity, OWN)


# -- the body ----------------------------------------------------------------------------------------------------------


class HasALegalName(Rule):
    """A body is registered under its legal name."""

    id, field = "REG-name", "legal_name"

    def broken(self, subject: Subject) -> Iterator[str]:
        if not subject.asked.legal_name:
            yield _("Write the legal name.")


class HasAType(Rule):
    """The register tells what sort of body each provider is."""

    id, field = "REG-body-type", "type"

    def broken(self, subject: Subject) -> Iterator[str]:
        if not subject.asked.type:
            yield _("Choose what sort of body it is.")


class IsABodyCorporate(Rule):
    """A provider is a body corporate: it stands in a register of such bodies, under a number (P1)."""

    id, field = "REG-body", "body_number"

    def violations(self, subject: Subject) -> Iterator[Violation]:
        if not subject.asked.body_register:
            yield self.at("body_register", _("Name the register in which the body stands."))
        if not subject.asked.body_number:
            yield self.at("body_number", _("Write its number there."))


class IsNoOtherProvider(Rule):
    """No other provider on the register has the number of this body: a body has one entry, also after its registration
    ended."""

    id, field = "REG-same-body", "body_number"

    def broken(self, subject: Subject) -> Iterator[str]:
        asked = subject.asked
        if not (asked.body_number and asked.body_register):
            return
        mine = {"other_identifiers": [{"scheme": asked.body_register, "value": asked.body_number}]}
        others = Provider.objects.filter(details__contains=mine, unverified=False)
        for other in others.exclude(organisation=asked.case.organisation).order_by("number"):
            yield _("%(number)s %(name)s has this number: ask the authority to let you act for it.") % {
                "number": other.number, "name": other.title,
            }  # fmt: skip


class HasAnAddress(Rule):
    """The authority can write to the body, and knows which country's law it is under."""

    id, field = "REG-address", "address"

    def violations(self, subject: Subject) -> Iterator[Violation]:
        if not subject.asked.address:
            yield self.at("address", _("Write the address of the body."))
        if not subject.asked.country:
            yield self.at("country", _("Write the country as two capital letters, such as NZ."))


class NamesSomebodyToWriteTo(Rule):
    """The authority writes to people: one contact at least has a name and an e-mail address."""

    id, field = "REG-contact", "contacts"

    def broken(self, subject: Subject) -> Iterator[str]:
        if not any(row.get("name") and row.get("email") for row in subject.asked.contacts):
            yield _("Name somebody to write to, with an e-mail address.")


class PeriodIsToCome(Rule):
    """Registration is asked for until a day that is to come and after its first, or without an end."""

    id, field = "REG-period", "asked_until"

    def broken(self, subject: Subject) -> Iterator[str]:
        first, last = subject.asked.asked_from, subject.asked.asked_until
        if last and last <= max(first or subject.today, subject.today):
            yield _("The last day comes after today and after the first day.")


class GoverningMembersDeclare(Rule):
    """Each governing member declares interests and answers what fit and proper people answer; a yes is explained
    (domain 1.12)."""

    id, field = "REG-governing", "governing_members"

    def broken(self, subject: Subject) -> Iterator[str]:
        rows = subject.asked.governing_members
        if not rows:
            yield _("Name each governing member.")
        for place, row in enumerate(rows, start=1):
            if missing := list(self._missing(row)):
                yield _("Row %(place)s lacks: %(missing)s.") % {"place": place, "missing": ", ".join(missing)}

    def _missing(self, row: dict[str, Any]) -> Iterator[str]:
        if not row.get("name"):
            yield _("the name")
        if not row.get("role"):
            yield _("the role")
        if row.get("has_interests") is None:
            yield _("whether there are interests to declare")
        if row.get("has_interests") and not row.get("interests"):
            yield _("which interests there are")
        for name, label in FIT_AND_PROPER.items():
            if row.get(name) is None:
                yield _("the answer to “%(question)s”") % {"question": label}
        if any(row.get(name) for name in FIT_AND_PROPER) and not row.get("explanation"):
            yield _("the explanation of each yes")


# -- what it is to be registered for -----------------------------------------------------------------------------------


class ScopeIncludesSomething(Rule):
    """A registration covers something: a scope of exclusions alone, or of nothing, would cover everything. A provider that
    has had no scope may go on without one."""

    id, field = "REG-covers", "scope"

    def broken(self, subject: Subject) -> Iterator[str]:
        asked = subject.asked
        if isinstance(asked, ScopeChange) and not asked.scope and not asked.provider.details.get("scope"):
            return
        if not any(row["effect"] == "included" for row in asked.scope):
            yield _("Say what the registration is to include.")


class ScopeIsOfTheFramework(Rule):
    """The levels of a scope are the framework's, the lowest first."""

    id, field = "REG-levels", "scope"

    def broken(self, subject: Subject) -> Iterator[str]:
        order = list(current.profile().level_values)
        for place, row in enumerate(subject.asked.scope, start=1):
            named = [level for name in ("lowest", "highest") if (level := row.get(name))]
            if unknown := [level for level in named if level not in order]:
                said = {"place": place, "level": unknown[0], "levels": ", ".join(order)}
                yield _("Row %(place)s: “%(level)s” is not one of %(levels)s.") % said
            elif len(named) == 2 and order.index(named[0]) > order.index(named[1]):
                yield _("Row %(place)s: the lowest level is above the highest.") % {"place": place}


class DeliversSomewhere(Rule):
    """A body that delivers names its sites, unless it is to deliver online alone."""

    id, field = "REG-sites", "sites"

    def broken(self, subject: Subject) -> Iterator[str]:
        asked = subject.asked
        delivers = asked.may_deliver if isinstance(asked, Registration) else asked.provider.may_deliver
        included = [row.get("modes") for row in asked.scope if row["effect"] == "included"]
        online = bool(included) and all(modes == ["online"] for modes in included)
        if delivers and not online and not asked.sites:
            yield _("Name each site at which it delivers.")


class SitesAreInCountries(Rule):
    """The country of a site is one of ISO 3166-1."""

    id, field = "REG-site-country", "sites"

    def broken(self, subject: Subject) -> Iterator[str]:
        for place, row in enumerate(subject.asked.sites, start=1):
            if (country := row.get("country")) and country not in COUNTRIES:
                said = {"place": place, "country": country}
                yield _("Row %(place)s: “%(country)s” is not a country in two capital letters, such as NZ.") % said


# -- how each criterion is met -----------------------------------------------------------------------------------------


def statement_field(criterion: str) -> str:
    """The name of the field in which a criterion is answered."""
    return f"statement_{criterion}"


class EveryCriterionIsAnswered(Rule):
    """The body says how it meets each criterion of the law, those on its learners' statement and its finances included."""

    id, field = "REG-statement", "statements"

    def violations(self, subject: Subject) -> Iterator[Violation]:
        for criterion in desk.criteria_of(subject.case):
            if not subject.asked.statements.get(criterion.id):
                said = {"criterion": text(criterion.label, get_language() or "en")}
                yield self.at(statement_field(criterion.id), _("Say how this is met: %(criterion)s.") % said)


class EveryCriterionHasEvidence(Rule):
    """Whoever judges a criterion wants to see more than words; what is missing can be asked for later."""

    id, field, severity = "REG-evidence", "evidence", "warning"

    def violations(self, subject: Subject) -> Iterator[Violation]:
        for criterion in desk.criteria_of(subject.case):
            if not subject.files.get(criterion.id):
                said = {"criterion": text(criterion.label, get_language() or "en")}
                yield self.at(f"evidence:{criterion.id}", _("No file is attached on: %(criterion)s.") % said)


OF_WHAT_IS_ASKED: tuple[Rule, ...] = (
    ScopeIncludesSomething(), ScopeIsOfTheFramework(), DeliversSomewhere(), SitesAreInCountries(),
    EveryCriterionIsAnswered(), EveryCriterionHasEvidence(),
)  # fmt: skip
OF_A_REGISTRATION: tuple[Rule, ...] = (
    HasALegalName(), HasAType(), IsABodyCorporate(), IsNoOtherProvider(), HasAnAddress(), NamesSomebodyToWriteTo(),
    PeriodIsToCome(), GoverningMembersDeclare(), *OF_WHAT_IS_ASKED,
)  # fmt: skip


def violations(case: Case, stage: str) -> list[Violation]:
    """The rules of the case's law for a provider, and the register's own, that it breaks at this stage."""
    registering = hasattr(case, "registration")
    asked = case.registration if registering else case.scope_change
    subject = Subject(asked, desk.version_of(case), current.today())
    own = OF_A_REGISTRATION if registering else OF_WHAT_IS_ASKED
    broken = [violation for rule in own for violation in rule.violations(subject)]
    return [*_by_law(subject, stage), *broken]


def _by_law(subject: Subject, stage: str) -> list[Violation]:
    """What the profile says of providers. A body whose standing lets nothing be made of its case is for the guards."""
    try:
        document = proposals.document(subject.asked, day=subject.today)
    except RegisterError:
        return []
    facts = document | {f"evidence:{criterion}": count for criterion, count in subject.files.items()}
    language = get_language() or "en"
    return check(facts, kind="provider", stage=stage, version=subject.version, language=language)
