"""The letter of a decision: written in the applicant's language, kept as it was sent, and quoted from nowhere else."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry import audit
from registry.casework import clock, kinds
from registry.casework.letters.texts import ROLES
from registry.casework.models import Case, Decision, Letter, Outcome, Part
from registry.framework import current
from registry.framework.profile import text
from registry.people.models import Membership, User


def send(
    case: Case, decisions: Sequence[Decision], *, matters: Mapping[str, Any], published: Sequence[kinds.Sentence],
    held: bool, now: datetime,
) -> Letter | None:  # fmt: skip
    """Keep the letter with the case, and owe everybody who acts for the applicant a notice that it is there.

    There is one letter, and so one wording, in `language_of` the applicant; each notice is in its reader's own. While a
    decision is `held` back from the public, the notice tells nothing of it but its reference (edge case 14).
    """
    from registry.casework import notices

    today, first, kind = current.today(now), decisions[0], kinds.get(case.kind)
    granted = any(Outcome.grants(decision.outcome) for decision in decisions)
    if kind.authority and not (granted or kind.declined or case.information_requests.exists()):
        # Nothing follows, and nobody was heard: a body is not told of what was not begun with it.
        return None
    answer_by = _answer_by(case, today)
    private = kind.private.issuperset(decision.matter for decision in decisions)
    with translation.override(language_of(case)):
        html = render(
            case, _rows(decisions, matters), reason=first.reason, answer_by=answer_by, day=today,
            publication=_publication(
                granted, first.publish_on if held else None, published, private=private,
                alone=kind.declined is not None,
            ),
            signatures=_signatures(case, first),
        )  # fmt: skip
        letter = Letter.objects.create(
            case=case, language=translation.get_language(), html=html,
            sha256=hashlib.sha256(html.encode()).hexdigest(), answer_by=answer_by, recorded_at=now,
        )  # fmt: skip
    audit.record("letter:kept", case_id=case.pk, details={"kind": letter.kind, "sha256": letter.sha256}, now=now)
    key, people = f"case:{case.pk}:decided:{first.stage}", notices.members(case)
    if held:
        day = first.publish_on.isoformat()
        notices.owe(case, people, name="decided_under_embargo", key=key, now=now, publish_on=day)
        return letter
    notices.owe(
        case, people, name="decided", key=key, now=now, reason=first.reason, published=sentences(published),
        outcomes=lambda: "\n".join(f"{row['matter']}: {row['outcome']} ({row['number']})" for row in _rows(decisions, matters)),
        appeal=lambda: _appeal(answer_by) or _ends_with(case),
    )  # fmt: skip
    return letter


def preview(
    case: Case, rows: Sequence[Mapping[str, Any]], *, reason: str, day: date, publish_on: date | None = None,
    granted: bool = True, private: bool = False, by: User | None = None,
) -> str:  # fmt: skip
    """The letter as it would be sent, before anything has been decided: a page of its own.

    `rows`: for each matter its `matter`, `outcome`, `number`, `effective_on` and `conditions`, all as people read them.
    """
    held = publish_on if publish_on and publish_on > day else None
    with translation.override(language_of(case)):
        signatures = [(_("Decided by"), str(by), ROLES["decision_maker"])] if by else []
        return render(
            case, rows, reason=reason, answer_by=_answer_by(case, day), day=day, signatures=signatures,
            publication=_publication(granted, held, (), private=private), alone=True,
        )  # fmt: skip


def render(
    case: Case, rows: Sequence[Mapping[str, Any]], *, reason: str, answer_by: date | None, day: date,
    publication: str, signatures: Sequence[tuple[str, str, Any]], alone: bool = False,
) -> str:  # fmt: skip
    """The letter in the language that is active now. `alone`: with its stylesheet, to be read outside a page."""
    language, kind = get_language() or "en", kinds.get(case.kind)
    context = {
        "authority": text(current.profile().authority, language), "case": case, "kind": kind.label, "rows": rows,
        "conditional": any(row.get("conditions") for row in rows), "reason": reason, "law": _law(case, language),
        "waivers": list(case.waivers.all()), "publication": publication, "day": day, "answer_by": answer_by,
        "appeal": _appeal(answer_by), "ends_with": _ends_with(case),
        "on_its_page": bool(kind.own_page), "applied": not kind.authority, "page": _page(case), "signatures": signatures,
        "language": language, "direction": "rtl" if translation.get_language_bidi() else "ltr", "alone": alone,
    }  # fmt: skip
    return render_to_string("letters/decision.html", context)


def content_of(letter: Letter) -> str:
    """What stands between the tags of its body: the letter as it was sent, to be shown within a page."""
    return letter.html.partition("<body>")[2].rpartition("</body>")[0]


def language_of(case: Case) -> str:
    """The language of an applicant: that of the first of its signatories who acts for it today.

    A decision has one official wording, and a signatory is who answers for the body, so that the one appointed first
    settles it; where a body has none, whoever acts for it does, and the register's own language where nobody does.
    """
    acting = Membership.objects.filter(organisation=case.organisation, user__is_active=True).select_related("user")
    acting = acting.exclude(ended_on__lt=current.today())
    first = min(acting, key=lambda m: (m.role != Membership.Role.SIGNATORY, m.pk), default=None)
    return first.user.language if first else settings.LANGUAGE_CODE


def sentences(said: Sequence[kinds.Sentence]) -> Callable[[], str]:
    """What was published, line by line, once somebody asks for it in a language."""
    return lambda: "\n".join(one() if callable(one) else str(one) for one in said)


def _answer_by(case: Case, today: date) -> date | None:
    """The last day for a reconsideration; none where cases of this kind have none, or no law says."""
    if not case.profile or not kinds.get(case.kind).has("ask_reconsideration"):
        return None
    return clock.deadline(case, "reconsideration", today)


def _rows(decisions: Sequence[Decision], matters: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "matter": matters[d.matter], "outcome": d.outcome_in_words, "number": d.number,
            "effective_on": d.effective_on,
            "conditions": [{"text": c.text, "owner": c.owner, "due_on": c.due_on} for c in d.conditions.all()],
        }
        for d in decisions
    ]  # fmt: skip


def _law(case: Case, language: str) -> str:
    """The version of the rules by which the case was judged, in words."""
    if not case.profile:
        return ""
    version = current.version(case.profile)
    said = {
        "framework": text(current.profile().framework, language), "version": version.id,
        "first": _written(version.effective_from), "last": version.effective_to and _written(version.effective_to),
    }  # fmt: skip
    if version.effective_to:
        return (
            _(
                "It was judged by the rules of the %(framework)s in their version %(version)s, in force from %(first)s to "
                "%(last)s."
            )
            % said
        )
    return (
        _("It was judged by the rules of the %(framework)s in their version %(version)s, in force from %(first)s.")
        % said
    )


def _publication(
    granted: bool, held_until: date | None, published: Sequence[kinds.Sentence], *, private: bool = False,
    alone: bool = False,
) -> str:  # fmt: skip
    """From when the public knows of it. Of what is `private`, such as an approval to develop, it never does. `alone`: what
    was published is told as it is, whatever the outcome."""
    if alone:
        return sentences(published)()
    if granted and private:
        return "\n".join([_("Nothing of it is public."), sentences(published)()]).strip()
    if not granted:
        return _("Nothing of it is entered on the public register.")
    if held_until:
        return _(
            "What was granted becomes public on %(day)s, when that day begins at the authority. Until then it is "
            "confidential, and this letter is for you alone."
        ) % {"day": _written(held_until)}  # fmt: skip
    return "\n".join([_("What was granted is public from today."), sentences(published)()]).strip()


def _signatures(case: Case, decision: Decision) -> list[tuple[str, str, Any]]:
    """Who decided, and who confirmed it where two had to, each in the role of that act."""
    signed = [(_("Decided by"), str(decision.decided_by), _role(case, decision.decided_by))]
    if decision.confirmed_by:
        signed.append((_("Confirmed by"), str(decision.confirmed_by), _role(case, decision.confirmed_by)))
    return signed


def _role(case: Case, person: User) -> Any:
    deciding = (Part.Name.DECIDED, Part.Name.CONFIRMED)
    acts = [f"case:{t.name}" for t in kinds.get(case.kind).transitions if t.part in deciding]
    act = case.events.filter(person_id=person.person_id, name__in=acts).order_by("position").last()
    return ROLES.get(act.role, act.role) if act else ""


def _appeal(answer_by: date | None) -> str:
    if answer_by is None:
        return ""
    return _("You may ask for a reconsideration until %(day)s.") % {"day": _written(answer_by)}


def _ends_with(case: Case) -> str:
    """What a body may do that does not agree, where there is no reconsideration."""
    kind = kinds.get(case.kind)
    return kind.ends_with(case) if kind.ends_with else ""


def _page(case: Case) -> str:
    """The address of the case in the portal, where the register knows its own."""
    own = kinds.get(case.kind).own_page
    return f"{settings.PUBLIC_URL}{reverse(own, args=[case.reference])}" if own and settings.PUBLIC_URL else ""


def _written(day: date) -> str:
    return date_format(day, "j F Y")
