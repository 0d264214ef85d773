"""What is asked of a credential before it is decided: the rules of the profile, and the register's own invariants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import orjson
from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import proposals, publishing, stacking
from credentials.models import Credential, Revision
from registry.casework import services as desk
from registry.casework.models import Judgement
from registry.content import comparison
from registry.content.bodies import in_scope, on
from registry.content.comparison import ENTRY_LABELS
from registry.content.dictionary import BY_NAME
from registry.errors import Violation
from registry.framework import current, published
from registry.framework.law import Rule, Version
from registry.framework.published import OwnField
from registry.framework.rules import check
from registry.framework.values import day as read_day
from registry.framework.values import number
from registry.models import Case, Entry
from registry.status import CREDENTIAL_KINDS, status_on

# What the form does not ask, the evaluator attests by judging a criterion met: field, and criterion.
ATTESTED_BY = {"unmet_need": "need", "capacity": "capability"}
OWN = "The register's own"
APPLICANTS_FIELDS = frozenset({"need_statement", "duplication_statement", "employer_involvement", *ATTESTED_BY})


@dataclass(frozen=True)
class Subject:
    """A draft as its rules see it: its records, the document that it would make, and what the register says of others."""

    credential: Credential
    revision: Revision
    document: dict[str, Any]
    version: Version
    today: date
    # The fields that an amendment alters; None for what is judged as a whole.
    touched: frozenset[str] | None = None

    @property
    def links(self) -> list[dict[str, Any]]:
        return self.revision.details.get("stacking") or []

    @property
    def parents(self) -> list[dict[str, Any]]:
        """The public documents of what it is part of."""
        return list(self.entries([link["number"] for link in self.links if link["relation"] == "part_of"]).values())

    def entries(self, numbers: list[str]) -> dict[str, dict[str, Any]]:
        """The public documents of these numbers; one that was withdrawn, or that there is not, is left out."""
        rows = Entry.objects.readable().filter(number__in=numbers).values_list("number", "document")
        return {number: orjson.loads(bytes(document)) for number, document in rows}


# -- the register's own invariants -------------------------------------------------------------------------------------


class Invariant:
    """A rule that holds in every country: its docstring says it. `broken` yields what breaks it, in words."""

    id: str
    field: str

    def broken(self, subject: Subject) -> Iterator[str]:
        raise NotImplementedError


class PartHasRegisteredParent(Invariant):
    """A part qualification is part of a full qualification that is on the register (domain 3.11; SAQA's definition)."""

    id, field = "REG-parent", "stacking"

    def broken(self, subject: Subject) -> Iterator[str]:
        if subject.credential.kind != Credential.Kind.PART_QUALIFICATION:
            return
        if not any(entry["kind"] == Credential.Kind.QUALIFICATION for entry in subject.parents):
            yield _("Name the registered qualification that it is part of.")


class LinkedEntriesAreRegistered(Invariant):
    """An entry leads only to credentials that are on the register, and to a group only that they have."""

    id, field = "REG-links", "stacking"

    def broken(self, subject: Subject) -> Iterator[str]:
        found = subject.entries([link["number"] for link in subject.links])
        for link in subject.links:
            entry = found.get(link["number"])
            if entry is None or entry["kind"] not in CREDENTIAL_KINDS:
                yield _("%(number)s is not a credential on the register.") % {"number": link["number"]}
            elif link.get("group") and link["group"] not in _groups(entry):
                yield _("%(number)s has no group “%(group)s”.") % {"number": link["number"], "group": link["group"]}


def _groups(entry: dict[str, Any]) -> set[str]:
    return {group["group"] for group in entry.get("stacking_groups") or ()}


class StackingNeverComesBack(Invariant):
    """No entry leads back to itself, over however many others. The database refuses it too (migration 0003)."""

    id, field = "REG-circle", "stacking"

    def broken(self, subject: Subject) -> Iterator[str]:
        for back in stacking.back_to(subject.credential, [link["number"] for link in subject.links]):
            yield _("%(number)s leads back to this entry.") % {"number": back}


class RecognisesNoMoreThanThereIs(Invariant):
    """What an entry counts for elsewhere is never more than its own credits."""

    id, field = "REG-recognised", "stacking"

    def broken(self, subject: Subject) -> Iterator[str]:
        own = subject.revision.credits
        for link in subject.links:
            recognised = number(link.get("credits"))
            if own is not None and recognised is not None and recognised > own:
                said = {"recognised": link["credits"], "number": link["number"], "own": publishing.plain(own)}
                yield _("%(recognised)s credits for %(number)s are more than its own %(own)s.") % said


class AwardingBodiesAreRegistered(Invariant):
    """Every body that awards a credential is registered on the day, the lead first and none of them twice (edge case 20).

    A body that has left an entry since is no bar to other changes of it: that it left waits for a decision of its own.
    """

    id, field = "REG-awarding", "providers"

    def broken(self, subject: Subject) -> Iterator[str]:
        others, lead = _others(subject), subject.credential.awarding_body
        found = subject.entries(others)
        if others and lead is None:
            yield _("A joint award has a lead.")
        for other in others:
            if found.get(other, {}).get("kind") != "provider":
                yield _("%(number)s is not a provider on the register.") % {"number": other}
            elif lead and other == lead.number:
                yield _("%(number)s is the lead already.") % {"number": other}
            elif _altered(subject) and (status := status_on(found[other], subject.today)) != "registered":
                said = {"number": other, "name": found[other]["title"], "status": status}
                yield _("%(number)s %(name)s is not registered today (%(status)s).") % said


class AwardingBodiesAreInScope(Invariant):
    """A body awards only what its registration covers: kind, level, field and mode, where its scope names them."""

    id, field = "REG-scope", "providers"

    def broken(self, subject: Subject) -> Iterator[str]:
        if not _altered(subject):
            return
        lead = subject.credential.awarding_body
        numbers = [*([lead.number] if lead and lead.number and subject.touched is None else []), *_others(subject)]
        for body in subject.entries(numbers).values():
            if body["kind"] == "provider" and not in_scope(body, subject.document, subject.today):
                said = {"number": body["number"], "name": body["title"]}
                yield _("The registration of %(number)s %(name)s does not cover it.") % said


def _others(subject: Subject) -> list[str]:
    """The numbers of those who award it beside the lead, today."""
    named = [row["number"] for row in on(subject.credential.partners, subject.today) if row["role"] == "awarding"]
    return [*subject.credential.joint_awarding_bodies, *named]


def _altered(subject: Subject) -> bool:
    """Whether the draft is new, or alters who awards it."""
    return subject.touched is None or "providers" in subject.touched


class TypeFitsTheFramework(Invariant):
    """A type is one that the framework has for the kind, at one of its levels, with as many credits as it takes."""

    id, field = "REG-type", "type"

    def broken(self, subject: Subject) -> Iterator[str]:
        types = {kind["code"]: kind for kind in current.profile().types_of(subject.credential.kind)}
        code = subject.revision.details.get("type")
        if not types or code is None:
            return
        if code not in types:
            yield _("“%(found)s” is not one of %(codes)s.") % {"found": code, "codes": ", ".join(types)}
            return
        level, credits = subject.revision.level, subject.revision.credits
        if level and types[code].get("levels") and level not in types[code]["levels"]:
            yield _("This type is at level %(levels)s. Found: %(found)s.") % {
                "levels": ", ".join(types[code]["levels"]), "found": level,
            }  # fmt: skip
        least, most = number(types[code].get("credits_min")), number(types[code].get("credits_max"))
        if credits is not None and ((least and credits < least) or (most and credits > most)):
            yield _("This type has %(least)s to %(most)s credits. Found: %(found)s.") % {
                "least": types[code].get("credits_min") or "…", "most": types[code].get("credits_max") or "…",
                "found": publishing.plain(credits),
            }  # fmt: skip


class DatesFollowOneAnother(Invariant):
    """Listed, expiring, last new learner, last award, end: none of these days is before the one that it follows."""

    id, field = "REG-dates", "expiring_from"

    ORDERS = (("listed_on", "last_new_enrolment", "last_award"), ("listed_on", "expiring_from", "expiry_end"))

    def broken(self, subject: Subject) -> Iterator[str]:
        for order in self.ORDERS:
            days = [(name, read_day(subject.document.get(name))) for name in order]
            for (earlier, first), (later, second) in pairwise([(name, d) for name, d in days if d]):
                if second < first:
                    said = {
                        "later": ENTRY_LABELS[later],
                        "second": second,
                        "earlier": ENTRY_LABELS[earlier],
                        "first": first,
                    }
                    yield _("%(later)s, %(second)s, is before %(earlier)s, %(first)s.") % said


class ReplacedEntriesAreRegistered(Invariant):
    """An entry replaces credentials that are on the register, and never itself."""

    id, field = "REG-replaces", "replaces"

    def broken(self, subject: Subject) -> Iterator[str]:
        numbers = [link["number"] for link in subject.credential.replaces]
        found = subject.entries(numbers)
        for other in numbers:
            if other == subject.credential.number:
                yield _("%(number)s cannot replace itself.") % {"number": other}
            elif found.get(other, {}).get("kind") not in CREDENTIAL_KINDS:
                yield _("%(number)s is not a credential on the register.") % {"number": other}


INVARIANTS: tuple[Invariant, ...] = (
    PartHasRegisteredParent(), LinkedEntriesAreRegistered(), StackingNeverComesBack(), RecognisesNoMoreThanThereIs(),
    AwardingBodiesAreRegistered(), AwardingBodiesAreInScope(), TypeFitsTheFramework(), DatesFollowOneAnother(),
    ReplacedEntriesAreRegistered(),
)  # fmt: skip


# -- what the rules see ------------------------------------------------------------------------------------------------


def subject_of(case: Case) -> Subject:
    """What a case would make public. Of an amendment that ends an entry, its dates are those of the entry.

    A published entry is never judged anew by a law that came later (domain 3.1): an amendment answers for what it
    alters. A replacement is judged as a whole.
    """
    today, version = current.today(), desk.version_of(case)
    if hasattr(case, "amendment"):
        amendment = case.amendment
        before, document = proposals.documents(amendment)
        credential, touched = amendment.revision.credential, None
        if credential.pk == amendment.credential_id:
            credential = Credential.objects.get(pk=credential.pk)
            proposals.apply_entry(credential, amendment.entry)
            touched = frozenset(comparison.changed(before, document))
        return Subject(credential, amendment.revision, document, version, today, touched)
    revision = case.application.revision
    document = publishing.credential_document(revision.credential, revision)
    return Subject(revision.credential, revision, document, version, today)


def facts(subject: Subject, case: Case) -> dict[str, Any]:
    """The plain values that a profile's rules speak of, by the names that they use."""
    said = published.facts(subject.document, subject.today) | dict(_from_the_register(subject))
    # Nothing is published but by a decision, which has a number and is in force from its own day (ZA-10, UN-05).
    said |= {"decision_in_force": True, "decision_number": said.get("decision_number") or case.reference}
    said |= from_the_desk(case)
    if hasattr(case, "application"):
        application = case.application
        said |= {
            "need_statement": application.need_statement,
            "duplication_statement": application.duplication_statement,
        }
    else:
        said["change_application"] = True
    return said


def _from_the_register(subject: Subject) -> Iterator[tuple[str, Any]]:
    """What the register says of the entries and bodies that the draft names, as far as the law asks for it."""
    asked = {condition.field for rule in subject.version.rules for condition in (rule, *rule.when)}
    body = subject.credential.awarding_body
    if body is not None:
        yield "provider_regulated", not body.unverified
        yield "issuer_countries", [body.country] if body.country else []
        yield "applicant_type", body.type
        if body.number and (found := subject.entries([body.number]).get(body.number)):
            yield "provider_status", status_on(found, subject.today)
    if asked & {"parent_status", "parent_level"} and (parent := next(iter(subject.parents), None)):
        yield "parent_status", status_on(parent, subject.today)
        yield "parent_level", parent.get("level")
    if "same_title" in asked and subject.revision.title:
        same = Entry.objects.credentials().readable().filter(
            title=subject.revision.title, kind=subject.credential.kind
        )  # fmt: skip
        yield (
            "same_title",
            list(same.exclude(number=subject.credential.number or "").values_list("number", flat=True)[:5]),
        )
    if "mandatory_in" in asked and subject.credential.number:
        yield "mandatory_in", _mandatory_in(subject.credential.number)


def _mandatory_in(other: str) -> list[str]:
    """The qualifications whose present content has this entry among its compulsory components."""
    holding = Revision.objects.public().filter(
        details__components__contains=[{"code": other, "compulsory": True}]
    )  # fmt: skip
    credentials = Credential.objects.filter(pk__in=holding.values("credential"), kind=Credential.Kind.QUALIFICATION)
    return [c.number for c in credentials if c.revisions.latest_public() in holding]


def asked_of(version: Version, kind: str) -> tuple[list[str], dict[str, OwnField]]:
    """What the law needs to be told of a kind: fields of the dictionary, and those that this framework alone has.

    A field that a rule looks at only where it is given is nobody's duty, and left out.
    """
    besides = published.asked_besides(current.profile())
    names: set[str] = set()
    facts: dict[str, OwnField] = {}
    for rule in {
        r.id: r for stage in ("submit", "approve", "publish") for r in version.rules_for(kind, stage)
    }.values():
        if rule.severity != "error" or rule.shared or _only_where_given(rule):
            continue
        if rule.field in besides and rule.operator in published.ASKS:
            facts[rule.field] = besides[rule.field]
        names |= {name for name in reads(rule.field) if name in BY_NAME and name != "framework_facts"}
    return [name for name in BY_NAME if name in names], facts


def _only_where_given(rule: Rule) -> bool:
    head = rule.field.partition(".")[0]
    return any(c.operator == "required" and c.field.partition(".")[0] == head for c in rule.when)


def from_the_desk(case: Case) -> dict[str, Any]:
    """What the case itself holds: how many files for each criterion, and what an evaluator attests by judging it met."""
    evidence = case.evidence.filter(removed_at=None).values("criterion").annotate(count=Count("id"))
    return _attested(case) | {f"evidence:{row['criterion']}": row["count"] for row in evidence}


def _attested(case: Case) -> dict[str, Any]:
    """Who attested what: the latest judgement on a criterion counts, and only where it is met."""
    latest = {j.criterion: j for j in case.judgements.filter(criterion__in=ATTESTED_BY.values())}
    return {
        field: {"by": str(latest[criterion].judged_by_id), "answer": latest[criterion].reason}
        for field, criterion in ATTESTED_BY.items()
        if criterion in latest and latest[criterion].verdict == Judgement.Verdict.MET
    }


def violations(case: Case, stage: str) -> list[Violation]:
    """The rules of the case's law and the register's invariants that it breaks at this stage."""
    subject = subject_of(case)
    language = get_language() or "en"
    found = check(
        facts(subject, case), kind=subject.credential.kind, stage=stage, version=subject.version, language=language
    )
    found += [
        Violation(invariant.id, invariant.field, message, source=OWN)
        for invariant in INVARIANTS
        for message in invariant.broken(subject)
    ]
    if hasattr(case, "amendment"):
        found = [v for v in found if not _of_an_applicant(v.field)]
    else:
        found = [*(v for v in found if _asked_for(case, v.field)), *_in_two_stages(case, subject)]
    if subject.touched is not None:
        found = [v for v in found if v.rule.startswith("REG-") or reads(v.field) & subject.touched]
    return found


def _asked_for(case: Case, field: str) -> bool:
    """Whoever does not mean to deliver need not show that they can (NZQA Form 1)."""
    return field != "capacity" or case.application.wants_accreditation


def _in_two_stages(case: Case, subject: Subject) -> Iterator[Violation]:
    """What the law approves in two stages is not applied for in one (domain 1.11)."""
    kind, level, version = subject.credential.kind, subject.revision.level, subject.version
    if case.kind == "credential_application" and version.in_two_stages(kind, level):
        message = _("The law has two stages for it: ask first for the approval to develop it.")
        yield Violation("REG-two-stages", "level", message, source=version.two_stages.source)


def _of_an_applicant(field: str) -> bool:
    """Whether only an application holds the field: what a provider shows and attests is not asked of an officer."""
    return field in APPLICANTS_FIELDS or field.startswith("evidence:")


# The fields of a document that a rule's field is read from, where the names differ.
READ_FROM = {
    "credits": {"credits", "components"}, "eqf_level": {"levels"}, "nqf_levels": {"levels"}, "level_pending": {"levels"},
    "workload": {"workload_ects", "notional_hours"}, "volume_of_learning_hours": {"notional_hours"},
    "isced_f": {"fields"}, "nzsced": {"fields"}, "parent_qualification": {"stacking", "part_of"},
    "parent_status": {"stacking", "part_of"}, "parent_level": {"stacking", "part_of", "level"},
    "rpl_allowed": {"award_basis"}, "standalone": {"stackability"}, "registration_end": {"expiring_from"},
    "same_title": {"title"}, "credits_at_level_5": {"components"}, "fee_per_credit": {"fees"}, "fee_amount": {"fees"},
    "fee_currency": {"fees"}, "fee_effective_from": {"fees"}, "awarding_bodies": {"providers"},
}  # fmt: skip


def reads(field: str) -> set[str]:
    """The fields of a document that the field of a rule is read from."""
    head = field.partition(".")[0]
    own = {head} if head in BY_NAME or head in ENTRY_LABELS or head == "title" else {"framework_facts"}
    return READ_FROM.get(field, own)
