"""What is read of a reconsideration: by the body, what it says and what was decided; by officers, the decided case too."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.casework import kinds
from registry.casework.models import Case
from registry.casework.models.reconsidering import Reconsideration
from registry.casework.services import reconsidering
from registry.framework.law import Criterion

Ground, Result = Reconsideration.Ground, Reconsideration.Result
Sections = list[dict[str, Any]]


def told(case: Case) -> Sections:
    """What the body reads."""
    record = case.reconsideration
    made = reconsidering.decisions_of(record)
    matters = kinds.get(case.reconsiders.kind).matters
    return [
        {"label": _("Case that was decided"), "text": str(case.reconsiders)},
        {"label": _("Decisions that are looked at again"), "lines": [
            f"{d.number}, {d.decided_on.isoformat()}, {matters.get(d.matter, d.matter)}: {d.outcome_in_words}" for d in made
        ]},
        *_grounds(record), *_admitted(record),
        *([{"label": _("Outcome"), "text": Result(record.result).label}] if record.result else []),
        *terms_of(record, record.terms),
    ]  # fmt: skip


def sections(case: Case) -> Sections:
    """What an officer reads: the same, what the reviewer recommends, and the case that was decided, as it was written."""
    record, decided = case.reconsideration, case.reconsiders
    proposed = Result(record.proposed).label if record.proposed else ""
    as_decided = kinds.get(decided.kind).sections(decided)
    files = decided.evidence.filter(removed_at=None).values_list("criterion", "name")
    return [
        *told(case),
        *([{"label": _("Recommended outcome"), "text": proposed}] if proposed else []),
        *terms_of(record, record.proposed_terms),
        {"label": _("Reasons of the decision"), "text": "\n\n".join({
            d.reason: None for d in reconsidering.decisions_of(record)
        })},
        *({**section, "label": f"{decided.reference} · {section['label']}"} for section in as_decided),
        {"label": _("Evidence of %(reference)s") % {"reference": decided.reference},
         "lines": [f"{criterion}: {name}" for criterion, name in files]},
    ]  # fmt: skip


def _grounds(record: Reconsideration) -> Sections:
    return [
        {"label": str(Ground(ground).label), "text": "\n\n".join(filter(None, (
            said.get("statement"), said.get("raised") and f"{_('Raised before:')} {said['raised']}",
        )))}
        for ground, said in record.alleged()
    ]  # fmt: skip


def _admitted(record: Reconsideration) -> Sections:
    if record.stayed is None:
        return []
    effect = reconsidering.EFFECTS["stay" if record.stayed else "no_stay"]
    return [{"label": _("Effect of the decision meanwhile"), "text": f"{effect} {record.stay_reason}"}]


def terms_of(record: Reconsideration, terms: dict[str, Any]) -> Sections:
    """The terms on which a varied decision holds, by the labels of their form."""
    form = reconsidering.redress_of(record).terms_form
    if not terms or form is None:
        return []
    fields = form(case=record.case.reconsiders).fields
    lines = [
        f"{fields[name].label}: {value}" for name, value in terms.items() if name in fields and value not in ("", None)
    ]
    return [{"label": _("Terms"), "lines": lines}]


def criteria(case: Case) -> list[Criterion]:
    """What the reviewer judges: each ground that is alleged."""
    language = get_language() or "en"
    return [
        Criterion(
            id=ground, stage="reconsideration", matter="reconsideration", label={language: str(Ground(ground).label)},
            guidance={language: said.get("statement") or ""}, source="",
        )
        for ground, said in case.reconsideration.alleged()
    ]  # fmt: skip


def content(case: Case) -> dict[str, Any]:
    """What is handed in, as it is frozen: the grounds, and of which day each file is."""
    record = case.reconsideration
    files = case.evidence.filter(removed_at=None).order_by("pk").values_list("sha256", "dated_on")
    return {
        "decisions": [d.number for d in reconsidering.decisions_of(record)], "grounds": record.grounds,
        "files_of": [{"sha256": sha256, "dated_on": day and day.isoformat()} for sha256, day in files],
    }  # fmt: skip


def ends_with(case: Case) -> str:
    """What its letter says to whoever does not agree."""
    return _(
        "No further reconsideration of this lies with the authority. What a court or the ombudsman may do, the law says."
    )
