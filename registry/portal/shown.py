"""What the page of a case shows an applicant, part by part: each asks the same number of queries however much there is."""

import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import get_language

from registry.casework import duplicates, fees, guards, kinds, services
from registry.casework.models import Answer, Case, Decision, Evidence, Fee, InformationRequest, Release, RequestItem
from registry.casework.services import reconsidering
from registry.errors import Violation
from registry.framework import current
from registry.framework.law import Version
from registry.framework.profile import text
from registry.portal import told
from registry.search.presented import side_by_side
from registry.search.query import SearchUnavailable
from registry.search.similar import SHOWN

MOST_ALIKE = 5
# So many files of a criterion are shown at once; more of them are folded away behind their number.
UNFOLDED = 10


def criteria_names(case: Case) -> dict[str, str]:
    """What the criteria of a case are called, by their id."""
    language = get_language() or "en"
    return {criterion.id: text(criterion.label, language) for criterion in guards.criteria_of(case)}


# -- before it is submitted --------------------------------------------------------------------------------------------


def is_written(case: Case) -> bool:
    """Whether the applicant has it and may hand it in: a draft, one that was returned, or the next stage of one."""
    kind = kinds.get(case.kind)
    return not kind.authority and case.state in kind.transition("submit").sources


@dataclass(frozen=True)
class Broken:
    """A rule that is broken, and where that can be mended: the form of the draft, or the files of a criterion."""

    violation: Violation
    where: str

    @property
    def holds(self) -> bool:
        """Whether it keeps the case from being submitted."""
        return self.violation.severity == "error" and not self.violation.waivable


def stands_against(case: Case, violations: Iterable[Violation] | None = None) -> dict[str, list[Broken]]:
    """What the law says of what is written: what keeps it from being submitted, and what is to be looked at."""
    kind = kinds.get(case.kind)
    found = kind.check(case, "submit") if violations is None else violations
    criteria = {criterion.id for criterion in guards.criteria_of(case)}
    broken = [Broken(violation, _where(case, violation, criteria)) for violation in found]
    return {"wrong": [b for b in broken if b.holds], "doubtful": [b for b in broken if not b.holds]}


def _where(case: Case, violation: Violation, criteria: set[str]) -> str:
    kept_for = violation.field.removeprefix("evidence:")
    if kept_for != violation.field:
        return f"#evidence-{kept_for}" if kept_for in criteria else "#evidence"
    form = kinds.get(case.kind).edit_page
    return f"{reverse(form, args=[case.reference])}?check" if form else ""


def alike(case: Case) -> dict[str, Any]:
    """What the register has already that is like it: said before it is submitted, while it helps."""
    if kinds.get(case.kind).alike is None or not case.title:
        return {"compared": False}
    try:
        found = duplicates.look(case) or []
    except SearchUnavailable:
        return {"compared": True, "away": True}
    return {"compared": True, "found": [side_by_side(m.record()) for m in found if m.score >= SHOWN][:MOST_ALIKE]}


# -- what the authority asks -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A question with what was answered to it. `open`: it may be answered now; `owed`: the case depends on an answer."""

    item: RequestItem
    name: str
    criterion: str
    answers: list[Answer]
    files: list[Evidence]
    open: bool
    owed: bool
    left: str

    @property
    def answered(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True)
class Request:
    """Questions that were asked together."""

    request: InformationRequest
    items: list[Asked]

    @property
    def open(self) -> bool:
        return any(asked.open for asked in self.items)


def requests_of(case: Case, names: Mapping[str, str], today: date) -> list[Request]:
    """Everything that was asked in a case, with what was answered, oldest first.

    Once the case has lapsed, what was not answered in time may still be: it is kept, and marked as late (edge case 18).
    """
    asked = case.information_requests.prefetch_related(
        Prefetch("items__answers", Answer.objects.select_related("answered_by")),
        Prefetch("items__files", Evidence.objects.filter(removed_at=None)),
    )
    return [Request(r, [_asked(r, item, case, names, today) for item in r.items.all()]) for r in asked]


def _asked(
    request: InformationRequest, item: RequestItem, case: Case, names: Mapping[str, str], today: date
) -> Asked:  # fmt: skip
    late = case.state == "lapsed" and request.closed_as == InformationRequest.Closing.UNANSWERED
    waits = case.state == "information_requested" and request.closed_at is None
    answers = list(item.answers.all())
    return Asked(
        item=item, name=f"{request.number}.{item.position}", criterion=names.get(item.criterion, item.criterion),
        answers=answers, files=list(item.files.all()), open=late or waits,
        owed=waits and not answers and item.unanswered == RequestItem.Unanswered.LAPSES,
        left=told.in_days(told.days_left(today, item.due_on)) if waits else "",
    )  # fmt: skip


# -- evidence ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attached:
    """A file, and where else in the case the same bytes are attached."""

    file: Evidence
    elsewhere: list[str]


@dataclass(frozen=True)
class Group:
    """The files of one criterion. `unfolded`: few enough to be shown at once, or asked for by a rule that is broken."""

    id: str
    label: str
    guidance: str
    files: list[Attached]
    unfolded: bool


def evidence_of(case: Case, names: Mapping[str, str], against: Mapping[str, list[Broken]] | None = None) -> list[Group]:
    """The files of a case by criterion; of each, where the same one is attached once more (the same SHA-256)."""
    asked_for = {broken.where for found in (against or {}).values() for broken in found}
    kept = list(case.evidence.filter(removed_at=None))
    places: dict[str, list[Evidence]] = {}
    for file in kept:
        places.setdefault(file.sha256, []).append(file)
    language = get_language() or "en"
    guidance = {c.id: text(c.guidance, language) for c in guards.criteria_of(case)}
    # A criterion that a later law dropped still has the files that were given for it.
    known = dict(names) | {file.criterion: file.criterion for file in kept if file.criterion not in names}
    groups = []
    for criterion, label in known.items():
        mine = [
            Attached(file, _elsewhere(file, places[file.sha256], known)) for file in kept if file.criterion == criterion
        ]
        unfolded = 0 < len(mine) <= UNFOLDED or f"#evidence-{criterion}" in asked_for
        groups.append(Group(criterion, label, guidance.get(criterion, ""), mine, unfolded))
    return groups


def _elsewhere(file: Evidence, same: Iterable[Evidence], names: Mapping[str, str]) -> list[str]:
    return [f"{names[other.criterion]} ({other.name})" for other in same if other.pk != file.pk]


# -- the decision ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decided:
    """What was decided together: its matters with their conditions. `held_until`: nobody else knows of it before."""

    stage: int
    reason: str
    on: date
    matters: list[tuple[Any, Decision, list[dict[str, Any]]]]
    held_until: date | None


def decisions_of(case: Case, today: date) -> list[Decided]:
    """The decisions of a case by stage, the last one first."""
    labels = kinds.get(case.kind).matters
    held = dict(Release.objects.filter(case=case, released_at=None).values_list("stage", "publish_on"))
    stages: dict[int, list[Decision]] = {}
    for decision in case.decisions.prefetch_related("conditions__met"):
        stages.setdefault(decision.stage, []).append(decision)
    return [
        Decided(
            stage, made[0].reason, made[0].decided_on,
            [(labels.get(d.matter, d.matter), d, _conditions(d, today)) for d in made], held.get(stage),
        )
        for stage, made in sorted(stages.items(), reverse=True)
    ]  # fmt: skip


def _conditions(decision: Decision, today: date) -> list[dict[str, Any]]:
    return [
        {
            "condition": condition,
            "met": getattr(condition, "met", None),
            "left": told.in_days(told.days_left(today, condition.due_on)),
            "overdue": condition.due_on < today,
        }
        for condition in decision.conditions.all()
    ]


def public_entries(case: Case) -> list[str]:
    """The numbers that the case has on the public register."""
    entries = kinds.get(case.kind).entries
    return entries(case) if entries else []


def reconsideration(case: Case, letters: Sequence[Any], today: date) -> dict[str, Any]:
    """Up to when a reconsideration may be asked for, as the letter of the decision says, and those that there are."""
    kind = kinds.get(case.kind)
    if not kind.has("ask_reconsideration") or case.state not in kind.transition("ask_reconsideration").sources:
        return {}
    until = letters[-1].answer_by if letters else None
    asked = list(case.reconsidered_by.select_related("reconsideration").order_by("opened_at"))
    return {
        "until": until, "left": told.in_days(told.days_left(today, until)), "over": until is not None and until < today,
        "asked": [{"case": again, "state": kinds.get(again.kind).states[again.state]} for again in asked],
        "may_ask": reconsidering.may_be_asked(case),
    }  # fmt: skip


# -- law and fee -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Law:
    """A version of the framework, and what it says of what was handed in."""

    version: Version
    against: dict[str, list[Broken]]


def laws_of(case: Case, today: date) -> tuple[Law, Law] | None:
    """The law that judges a case and the one in force now, where it has changed since the submission (edge case 26)."""
    present = current.version_on(today)
    if not case.profile or case.profile == present.id:
        return None
    as_of_now = copy.copy(case)
    as_of_now.profile = present.id
    return Law(services.version_of(case), stands_against(case)), Law(present, stands_against(as_of_now))


def fee_of(case: Case) -> dict[str, Any] | None:
    """What the case costs, and what has become of that; None where the law names no fee."""
    owed = fees.owed(case)
    if owed is None:
        return None
    acts = list(case.fees.all())
    said = Counter(act.act for act in acts)
    invoice = next((act.reference for act in acts if act.act == Fee.Act.INVOICED), "")
    state = next((a for a in (Fee.Act.REFUNDED, Fee.Act.PAID, Fee.Act.WAIVED, Fee.Act.INVOICED) if said[a]), None)
    return {"amount": owed.amount, "currency": owed.currency, "invoice": invoice, "state": state and state.label}
