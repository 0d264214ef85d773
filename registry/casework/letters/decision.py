"""The letter of a decision: written in the applicant's language, kept as it was sent, and quoted from nowhere else."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry import audit
from registry.casework import clock
from registry.casework.models import Case, Decision, Letter
from registry.framework import current
from registry.framework.profile import text


def send(
    case: Case, decisions: Sequence[Decision], *, matters: Mapping[str, Any], published: Sequence[str], held: bool,
    now: datetime,
) -> Letter:  # fmt: skip
    """Keep the letter with the case, and owe everybody who acts for the applicant a notice that it is there.

    While a decision is `held` back from the public, the notice tells nothing of it but its reference.
    """
    from registry.casework import notices

    people = notices.members(case)
    answer_by = clock.deadline(case, "reconsideration", current.today(now)) if case.profile else None
    with translation.override(people[0].language if people else get_language() or "en"):
        html = render(
            case, _rows(decisions, matters), reason=decisions[0].reason, answer_by=answer_by, day=current.today(now)
        )
        letter = Letter.objects.create(
            case=case, language=translation.get_language(), html=html,
            sha256=hashlib.sha256(html.encode()).hexdigest(), answer_by=answer_by, recorded_at=now,
        )  # fmt: skip
    audit.record("letter:kept", case_id=case.pk, details={"kind": letter.kind, "sha256": letter.sha256}, now=now)
    key = f"case:{case.pk}:decided:{decisions[0].stage}"
    if held:
        day = decisions[0].publish_on.isoformat()
        notices.owe(case, people, name="decided_under_embargo", key=key, now=now, publish_on=day)
        return letter
    notices.owe(
        case, people, name="decided", key=key, now=now, reason=decisions[0].reason, published="\n".join(published),
        outcomes=lambda: "\n".join(f"{row['matter']}: {row['outcome']} ({row['number']})" for row in _rows(decisions, matters)),
        appeal=lambda: _appeal(answer_by),
    )  # fmt: skip
    return letter


def preview(case: Case, rows: Sequence[Mapping[str, Any]], *, reason: str, day: date) -> str:
    """The letter as it would be sent, before anything has been decided."""
    from registry.casework import notices

    people = notices.members(case)
    answer_by = clock.deadline(case, "reconsideration", day) if case.profile else None
    with translation.override(people[0].language if people else get_language() or "en"):
        return render(case, rows, reason=reason, answer_by=answer_by, day=day)


def render(case: Case, rows: Sequence[Mapping[str, Any]], *, reason: str, answer_by: date | None, day: date) -> str:
    language = get_language() or "en"
    context = {
        "authority": text(current.profile().authority, language), "case": case, "rows": rows, "reason": reason,
        "appeal": _appeal(answer_by), "day": day, "language": language,
    }  # fmt: skip
    return render_to_string("letters/decision.html", context)


def _rows(decisions: Sequence[Decision], matters: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "matter": matters[d.matter], "outcome": d.get_outcome_display(), "number": d.number,
            "effective_on": d.effective_on,
            "conditions": [{"text": c.text, "owner": c.owner, "due_on": c.due_on} for c in d.conditions.all()],
        }
        for d in decisions
    ]  # fmt: skip


def _appeal(answer_by: date | None) -> str:
    if answer_by is None:
        return ""
    return _("You may ask for a reconsideration until %(day)s.") % {"day": answer_by.isoformat()}
