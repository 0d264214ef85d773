"""The report of criteria and findings: who did what, when, on what evidence, under which version of the rules.

It is complete enough to be read in court. What was recorded stands here as it was; what is worked out anew for the report
(the rules, the chain of hashes) says so.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry import verification
from registry.casework import clock, fees, kinds
from registry.casework.history import Chronicle
from registry.casework.letters.texts import ROLES
from registry.casework.models import Case, Decision, DecisionDraft, Interest, Outcome, Part
from registry.content import comparison
from registry.framework import current
from registry.framework.law import Version
from registry.framework.profile import text
from registry.models import Change

STAGES = ("submit", "approve", "publish")
# Of a document: what its other fields, or its place, say already.
SAID_ELSEWHERE = ("title", "number", "revision")


def page(request: HttpRequest, case: Case) -> HttpResponse:
    """The report as a page that stands alone and prints. The caller has checked that this person may read the case."""
    return render(request, "admin/registry/case/report.html", {"report": of(case), "case": case})


def of(case: Case, *, now: datetime | None = None) -> dict[str, Any]:
    """Everything that the report says, by section, as plain values."""
    now = now or timezone.now()
    chronicle = Chronicle(case)
    return {
        "made_at": now, "case": _head(case), "parties": chronicle.parties(), "submissions": _submissions(case, chronicle),
        "law": _law(case), "criteria": _criteria(case, chronicle), "requests": _requests(case, chronicle),
        "panels": _panels(case, chronicle), "duplicate_checks": _duplicate_checks(case, chronicle),
        "recommendations": _recommendations(case, chronicle), "drafts": _drafts(case, chronicle),
        "decisions": _decisions(case, chronicle), "published": _published(case), "fee": _fee(case, chronicle),
        "messages": _messages(case, chronicle), "letters": _letters(case), "clock": _clock(case, chronicle, now),
        "events": chronicle.told(), "refused": chronicle.refused(),
        "differences": list(verification.differences_of(case.pk)),
    }  # fmt: skip


# -- the case, and what was handed in --------------------------------------------------------------------------------------


def _head(case: Case) -> dict[str, Any]:
    kind = kinds.get(case.kind)
    return {
        "reference": case.reference, "title": case.title, "kind": kind.label, "state": kind.states[case.state],
        "level": case.level, "body": case.organisation.legal_name, "body_id": str(case.organisation.organisation_id),
        "assigned_to": str(case.assigned_to or ""), "opened_at": case.opened_at, "submitted_at": case.submitted_at,
        "decided_at": case.decided_at, "revision": case.revision,
    }  # fmt: skip


def _submissions(case: Case, chronicle: Chronicle) -> list[dict[str, Any]]:
    language = get_language() or "en"
    return [
        {
            "number": row.number, "at": row.recorded_at, "by": chronicle.who(row.submitted_by, row.recorded_at),
            "sha256": row.sha256, "profile": row.profile, "title": row.content.get("title", ""),
            "lines": _lines(row.content.get("content") or {}, language), "files": row.content.get("evidence") or [],
        }
        for row in case.submissions.select_related("submitted_by")
    ]  # fmt: skip


def _lines(content: Mapping[str, Any], language: str) -> list[tuple[Any, list[str]]]:
    """What was handed in, field by field, as people read it; a field that says nothing is left out."""
    told: list[tuple[Any, list[str]]] = []
    for name, value in content.items():
        if name == "document" and isinstance(value, Mapping):
            told += _lines(value, language)
        elif name not in SAID_ELSEWHERE and value is not False and (said := comparison.shown(name, value, language)):
            told.append((comparison.label(name), said))
    return told


# -- the law ---------------------------------------------------------------------------------------------------------------


def _version(case: Case) -> Version | None:
    return current.version(case.profile) if case.profile else None


def _law(case: Case) -> dict[str, Any] | None:
    """The version of the rules, its sources, and each rule that was asked with what came of it.

    The rules are asked anew, of the case as it stands: what it was when it was handed in, its submission says.
    """
    version = _version(case)
    if version is None:
        return None
    language = get_language() or "en"
    waivers = {w.rule: w for w in case.waivers.select_related("waived_by")}
    rules = _rules(case, version, waivers)
    judged = version.criteria_for(tuple(kinds.get(case.kind).matters))
    sources = {rule["source"] for rule in rules} | {criterion.source for criterion in judged}
    return {
        "version": version.id, "framework": text(current.profile().framework, language),
        "effective_from": version.effective_from, "effective_to": version.effective_to,
        "sources": sorted(source for source in sources if source), "rules": rules,
        "waivers": [
            {"rule": w.rule, "reason": w.reason, "instrument": w.instrument, "at": w.recorded_at,
             "by": f"{w.waived_by}, {ROLES.get(w.role, w.role)}"}
            for w in waivers.values()
        ],
        "deadlines": [
            {"label": text(d.label, language), "amount": d.amount, "unit": d.unit, "source": d.source}
            for d in version.deadlines.values()
        ],
    }  # fmt: skip


def _rules(case: Case, version: Version, waivers: Mapping[str, Any]) -> list[dict[str, Any]]:
    kind, language = kinds.get(case.kind), get_language() or "en"
    broken = {v.rule: v for stage in STAGES for v in kind.check(case, stage)}
    asked = {
        rule.id: {"id": rule.id, "says": text(rule.message, language), "source": rule.source, "severity": rule.severity}
        for stage in STAGES for rule in version.rules_for(_subject(case), stage)
    }  # fmt: skip
    asked |= {
        v.rule: {"id": v.rule, "says": v.message, "source": v.source, "severity": v.severity}
        for v in broken.values() if v.rule not in asked
    }  # fmt: skip
    for identifier, rule in asked.items():
        found = broken.get(identifier)
        rule["found"] = found.message if found else ""
        rule["result"] = "waived" if found and identifier in waivers else "broken" if found else "kept"
    return list(asked.values())


def _subject(case: Case) -> str:
    """Of which kind of thing the rules are asked: that of what an approval would make public."""
    preview = kinds.get(case.kind).preview
    documents = preview(case) if preview else []
    return next((str(document["kind"]) for document in documents if document.get("kind")), "")


# -- criteria and findings -------------------------------------------------------------------------------------------------


def _criteria(case: Case, chronicle: Chronicle) -> list[dict[str, Any]]:
    """Each criterion with its guidance and source, its evidence, and every judgement in the order of time."""
    language, kind, version = get_language() or "en", kinds.get(case.kind), _version(case)
    judgements = list(case.judgements.select_related("judged_by"))
    kept = case.evidence.none() if kinds.is_the_bodys_own(case) else case.evidence
    evidence = list(kept.select_related("added_by", "item__request"))
    interests = list(Interest.objects.filter(organisation=case.organisation))
    of_its_law = version.criteria_for(tuple(kind.matters)) if version else []
    criteria = kind.criteria(case) if kind.criteria else of_its_law
    return [
        {
            "id": c.id, "label": text(c.label, language), "guidance": text(c.guidance, language), "source": c.source,
            "matter": kind.matters.get(c.matter, c.matter),
            "evidence": [_file(e, chronicle) for e in evidence if e.criterion == c.id],
            "judgements": [
                {"verdict": j.verdict_in_words, "reason": j.reason, "by": chronicle.who(j.judged_by, j.recorded_at),
                 "at": j.recorded_at, "interest_after": chronicle.interest_after(j, interests)}
                for j in judgements if j.criterion == c.id
            ],
        }
        for c in criteria
    ]  # fmt: skip


def _file(evidence: Any, chronicle: Chronicle) -> dict[str, Any]:
    item = evidence.item
    return {
        "name": evidence.name, "size": evidence.size, "sha256": evidence.sha256, "media_type": evidence.media_type,
        "by": chronicle.who(evidence.added_by, evidence.added_at), "at": evidence.added_at,
        "removed_at": evidence.removed_at, "scan": evidence.get_scan_display(), "scan_detail": evidence.scan_detail,
        "answers": f"{item.request.number}.{item.position}" if item else "",
    }  # fmt: skip


def _requests(case: Case, chronicle: Chronicle) -> list[dict[str, Any]]:
    """What the applicant was asked, and every answer, the late ones marked."""
    rows = case.information_requests.select_related("asked_by").prefetch_related("items__answers__answered_by")
    return [
        {
            "number": r.number, "by": chronicle.who(r.asked_by, r.asked_at), "at": r.asked_at, "due_on": r.due_on,
            "lapses_after": r.lapses_after, "closed_at": r.closed_at, "closed_as": r.get_closed_as_display(),
            "items": [
                {
                    "number": f"{r.number}.{i.position}", "criterion": chronicle.criteria.get(i.criterion, i.criterion),
                    "kind": i.get_kind_display(), "question": i.question, "unanswered": i.get_unanswered_display(),
                    "due_on": i.due_on,
                    "answers": [
                        {"text": a.text, "by": chronicle.who(a.answered_by, a.recorded_at), "at": a.recorded_at,
                         "late": a.late}
                        for a in i.answers.all()
                    ],
                }
                for i in r.items.all()
            ],
        }
        for r in rows
    ]  # fmt: skip


def _panels(case: Case, chronicle: Chronicle) -> list[dict[str, Any]]:
    conflicted = set(case.parts.filter(part=Part.Name.CONFLICTED).values_list("person", flat=True))
    rows = case.panels.select_related("convened_by").prefetch_related("members__person")
    return [
        {
            "question": p.question, "quorum": p.quorum, "by": chronicle.who(p.convened_by, p.convened_at),
            "at": p.convened_at, "met_on": p.met_on, "minutes": p.minutes,
            "present": sum(bool(m.present) and m.person_id not in conflicted for m in p.members.all()),
            "members": [
                {"name": str(m.person), "present": m.present, "conflicted": m.person_id in conflicted}
                for m in p.members.all()
            ],
        }
        for p in rows
    ]  # fmt: skip


def _duplicate_checks(case: Case, chronicle: Chronicle) -> list[dict[str, Any]]:
    return [
        {"at": c.recorded_at, "by": chronicle.who(c.checked_by, c.recorded_at), "serial": c.serial,
         "shown_from": c.shown_from, "matches": c.matches}
        for c in case.duplicate_checks.select_related("checked_by")
    ]  # fmt: skip


def _recommendations(case: Case, chronicle: Chronicle) -> list[dict[str, Any]]:
    return [
        {"outcome": r.outcome_in_words, "reason": r.reason, "conditions": _dated(r.conditions),
         "by": chronicle.who(r.recommended_by, r.recorded_at), "at": r.recorded_at}
        for r in case.recommendations.select_related("recommended_by")
    ]  # fmt: skip


# -- decisions -------------------------------------------------------------------------------------------------------------


def _drafts(case: Case, chronicle: Chronicle) -> list[dict[str, Any]]:
    matters, outcomes = kinds.get(case.kind).matters, dict(Outcome.choices) | kinds.get(case.kind).outcomes
    return [
        {
            "by": chronicle.who(d.drafted_by, d.recorded_at), "at": d.recorded_at, "reason": d.content["reason"],
            "internal_reason": d.content.get("internal_reason", ""),
            "outcomes": [(matters.get(m, m), outcomes.get(o, o)) for m, o in d.content["outcomes"].items()],
            "effective_on": date.fromisoformat(d.content["effective_on"]), "fate": _fate(d, chronicle),
        }
        for d in case.decision_drafts.select_related("drafted_by")
    ]  # fmt: skip


def _fate(draft: DecisionDraft, chronicle: Chronicle) -> str:
    """What became of a drafted decision: the next act by which the case left the second approver."""
    for event in chronicle.events:
        if (
            event.recorded_at >= draft.recorded_at
            and event.details.get("from") == "decision_pending" != event.details["to"]
        ):
            return chronicle.sentence(event)
    return _("It waits for a second approver.")


def _decisions(case: Case, chronicle: Chronicle) -> list[dict[str, Any]]:
    matters = kinds.get(case.kind).matters
    released = dict(case.releases.values_list("stage", "released_at"))
    rows = case.decisions.select_related("decided_by", "confirmed_by")
    return [
        {
            "number": d.number, "matter": matters.get(d.matter, d.matter), "stage": d.stage,
            "outcome": d.outcome_in_words, "reason": d.reason, "internal_reason": d.internal_reason,
            "decided_on": d.decided_on, "effective_on": d.effective_on, "publish_on": d.publish_on,
            "held": d.stage in released, "released_at": released.get(d.stage),
            "backdating": d.get_backdating_display() if d.backdating else "", "at": d.recorded_at,
            "by": _decided_by(d, chronicle),
            "confirmed_by": chronicle.who(d.confirmed_by, d.recorded_at) if d.confirmed_by else "",
            "conditions": [_condition(c, chronicle) for c in d.conditions.all()],
        }
        for d in rows.prefetch_related("conditions__met__recorded_by")
    ]  # fmt: skip


def _decided_by(decision: Decision, chronicle: Chronicle) -> str:
    """Who decided it: where another confirmed it, in the role of the act that drafted it."""
    if decision.confirmed_by is None:
        return chronicle.who(decision.decided_by, decision.recorded_at)
    drafted = [
        e.recorded_at for e in chronicle.events
        if e.name == "case:propose_decision" and e.recorded_at <= decision.recorded_at
    ]  # fmt: skip
    return chronicle.who(decision.decided_by, max(drafted, default=None))


def _condition(condition: Any, chronicle: Chronicle) -> dict[str, Any]:
    met = getattr(condition, "met", None)
    return {
        "text": condition.text, "owner": condition.owner, "due_on": condition.due_on, "met_on": met and met.met_on,
        "met_reason": met.reason if met else "", "met_by": chronicle.who(met.recorded_by, met.recorded_at) if met else "",
    }  # fmt: skip


def _dated(conditions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Conditions that were proposed: their days as dates."""
    return [{**row, "due_on": date.fromisoformat(row["due_on"])} for row in conditions]


def _published(case: Case) -> list[dict[str, Any]]:
    """What became public on these decisions."""
    numbers = list(case.decisions.values_list("number", flat=True))
    return [
        {"number": c.number, "serial": c.serial, "action": c.get_action_display(), "revision": c.revision,
         "decision": c.decision_number, "effective_from": c.effective_from, "at": c.recorded_at}
        for c in Change.objects.filter(decision_number__in=numbers)
    ] if numbers else []  # fmt: skip


# -- fees, messages, letters, time -------------------------------------------------------------------------------------------


def _fee(case: Case, chronicle: Chronicle) -> dict[str, Any]:
    owed = fees.owed(case)
    return {
        "owed": f"{owed.amount} {owed.currency}" if owed else "", "source": owed.source if owed else "",
        "acts": [
            {"act": f.get_act_display(), "amount": f"{f.amount} {f.currency}", "reference": f.reference,
             "reason": f.reason, "by": chronicle.who(f.recorded_by, f.recorded_at), "at": f.recorded_at}
            for f in case.fees.select_related("recorded_by")
        ],
    }  # fmt: skip


def _messages(case: Case, chronicle: Chronicle) -> list[dict[str, Any]]:
    return [
        {"text": m.text, "internal": m.internal, "by": f"{m.written_by}, {ROLES.get(m.role, m.role)}", "at": m.recorded_at}
        for m in case.messages.select_related("written_by")
    ]  # fmt: skip


def _letters(case: Case) -> list[dict[str, Any]]:
    return [
        {"pk": row.pk, "at": row.recorded_at, "language": row.language, "sha256": row.sha256, "answer_by": row.answer_by}
        for row in case.letters.all()
    ]  # fmt: skip


def _clock(case: Case, chronicle: Chronicle, now: datetime) -> dict[str, Any]:
    """The target, the working days on which the clock stood, and each act that started or stopped it."""
    standing, runs = clock.standing(case, current.today(now)), []
    for event in chronicle.events:
        name = event.name.partition(":")[2]
        if (
            event.name.startswith("case:")
            and chronicle.kind.has(name)
            and (what := chronicle.kind.transition(name).clock)
        ):
            runs.append({"at": event.recorded_at, "what": _turned(what), "sentence": chronicle.sentence(event)})
    return {
        "due_on": standing.due_on, "days_left": standing.days_left, "paused_days": standing.paused_days,
        "answer_by": case.answer_by, "runs": runs,
    }  # fmt: skip


def _turned(what: str) -> str:
    stood = {"pause": _("the clock was stopped"), "resume": _("the clock ran again"), "stop": _("the clock ended")}
    return stood.get(what) or _("a new target began to run")
