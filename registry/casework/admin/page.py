"""The one page on which a case is read, judged, recommended and decided: what it shows, and what this officer may do now."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.casework import clock, evaluated, fees, history, kinds, offers, reporting, services
from registry.casework.admin import beginning
from registry.casework.admin.acts import ACTS, BESIDE, BROUGHT, WRITING
from registry.casework.forms import CaseForm
from registry.casework.guards import PERSONAL, criteria_of, paused
from registry.casework.models import Backdating, Case, Outcome
from registry.casework.offers import Offers
from registry.framework import current
from registry.people import roles
from registry.search.presented import side_by_side

HOLDERS = {clock.APPLICANT: gettext_lazy("the applicant"), clock.AUTHORITY: gettext_lazy("the authority")}
NOT_RECORDED = gettext_lazy("Nothing was recorded: see below.")
# The acts that take a form of their own, in the order in which the page offers them; the others stand beside their rows.
FOLDED = (
    "give_notice", "hand_on", "complete", "attach", "drop", "minutes", "lapse", "resume", "ask", "convene",
    "return_incomplete", "assign", "admit", "reject", "propose", "settle",
)  # fmt: skip
Typed = tuple[str, CaseForm]


def left_in_words(standing: clock.Standing, today: date) -> str:
    """The working days that are left, or by how many it is late; nothing where no target runs."""
    left = standing.days_left
    if left is None:
        return ""
    if left < 0:
        return ngettext("%(n)d day late", "%(n)d days late", -left) % {"n": -left}
    if standing.due_on and standing.due_on < today:
        return _("late")
    if standing.due_on == today:
        return _("ends today")
    return ngettext("%(n)d day left", "%(n)d days left", left) % {"n": left}


def bound(name: str, data: QueryDict, files: Any, case: Case) -> CaseForm:
    """The form of an act as it was sent, drawn where it stood on the page."""
    form = ACTS[name].form_for(case)
    return form(data, files, case=case, auto_id=_auto_id(name, data.get(form.key or "")))


def _auto_id(name: str, key: Any = None) -> str:
    return f"{name}-{str(key).replace('%', '')}-%s" if key not in (None, "") else f"{name}-%s"


def is_of(name: str, kind: str) -> bool:
    """Whether cases of a kind have this act, and not another one in its place."""
    own = ACTS[name].of
    return own == kind if own else not any(act.of == kind and act.instead == name for act in ACTS.values())


class Panels:
    """The acts that a page offers, each with its form: the one that came back as it was typed, and fresh ones beside it."""

    def __init__(self, case: Case, offered: Offers, typed: Typed | None):
        self.case, self.offered, self.typed, self.drawn = case, offered, typed, False

    def of(self, name: str, key: Any = None, *, about: Any = "", **initial: Any) -> dict[str, Any] | None:
        """What draws an act: its words and its form; None where this person may not do it now."""
        if not self.may(name):
            return None
        act, form = ACTS[name], self._typed(name, key)
        label = act.title or self.offered.kind.transition(act.transition).label
        return {
            "name": name, "title": label, "button": act.button or label, "hint": act.hint, "about": about,
            "anchor": f"act-{name}" + (f"-{key}" if key else ""), "open": form is not None,
            "form": form or self._fresh(name, key, initial),
        }  # fmt: skip

    def may(self, name: str) -> bool:
        case, offered = self.case, self.offered
        if not is_of(name, case.kind):
            return False
        if name == BESIDE:
            return bool(roles.staff_roles(offered.by) & roles.CASE_READERS) and not offered.interested_in_body
        if name in WRITING and offered.kind.record is None:
            return False
        if name == "attach" and not criteria_of(case):
            return False
        if name == "lapse" and case.lapse_proposed_on is None:
            return False
        if name in ("decide", "confirm"):
            drafted = offers.waiting_draft(case) is not None
            return drafted is (name == "confirm") and offered.may(offers.decision(case))
        if name == "declare_interest" and "conflicted" in offered.parts:
            return False
        if name == "send_back":
            return offered.may(offered.kind.verb(case, name))
        return offered.may(ACTS[name].transition)

    def _typed(self, name: str, key: Any) -> CaseForm | None:
        if self.typed is None or self.typed[0] != name:
            return None
        form = self.typed[1]
        if form.key is not None and form.data.get(form.key) != str(key):
            return None
        self.drawn = True
        return form

    def lost(self) -> list[tuple[Any, str]]:
        """What was typed into a form that the page offers no more: it is shown, so that nobody types it twice."""
        if self.typed is None or self.drawn:
            return []
        fields = [(field.label, field.data) for field in self.typed[1].visible_fields()]
        return [(label, said) for label, said in fields if isinstance(said, str) and said.strip()]

    def _fresh(self, name: str, key: Any, initial: dict[str, Any]) -> CaseForm:
        form = ACTS[name].form_for(self.case)
        initial = initial | ({form.key: key} if form.key else {})
        return form(case=self.case, initial=initial, auto_id=_auto_id(name, key))


def show(
    request: HttpRequest, case: Case, context: Mapping[str, Any], *, problem: Any = "", typed: Typed | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Draw the page of a case. `problem` says why an act was refused; `typed` is that act and its form."""
    today = current.today()
    kind = kinds.get(case.kind)
    if typed and status == 409:
        # The page shows the case as it is now: who sends the same again has seen it.
        typed[1].data = typed[1].data.copy()
        typed[1].data["revision"] = case.revision
    offered = Offers(case, request.user, today)
    panels = Panels(case, offered, typed)
    criteria = evaluated.criteria(case, today)
    for row in criteria:
        row["act"] = panels.of("judge", row["id"], about=row["label"]) if row["now"] else None
    requests = evaluated.requests(case)
    recommendations = list(case.recommendations.select_related("recommended_by"))
    shown = {
        "title": str(case), "case": case, "kind": kind, "problem": problem,
        "may_begin": beginning.links("case", case.reference, request.user) + beginning.onward(case, request.user),
        "typed": typed[1] if typed else None,
        "state": kind.states[case.state], "facts": facts(case, today), "draft_page": _draft_page(case),
        "paused": paused(case, today),
        "sections": kind.sections(case), "criteria": criteria,
        "rules": _rules(case, panels), "waivers": case.waivers.select_related("waived_by"),
        "submissions": case.submissions.select_related("submitted_by"),
        "requests": [(asked, panels.of("take_back", asked.number, about=asked.number) if asked.closed_at is None else None)
                     for asked in requests],
        "panels_held": case.panels.prefetch_related("members__person"),
        "duplicates": _compared(case), "compares": kind.alike is not None,
        "recommendations": recommendations, "decisions": _decisions(case, panels, today),
        "draft": _draft(case), "fee": _fee(case, panels),
        "letters": case.letters.defer("html"), "entries": kind.entries(case) if kind.entries else (),
        "again": case.reconsidered_by.order_by("opened_at"),
        "messages_of_case": case.messages.filter(internal=False).select_related("written_by"),
        "notes": case.messages.filter(internal=True).select_related("written_by"),
        "history": history.sentences(case),
        "barred": barred(case, offered, today),
        "acts": {name: panels.of(name) for name in ("start", "compare", "recommend", "send_back", "confirm",
                                                    "return_decision", "tell", "note", "declare_interest", BESIDE)},
        "writing": panels.of("edit", **kind.record.initial(case)) if panels.may("edit") else None,
        "decide": panels.of("decide", **_proposed(recommendations)) if _may_be_decided(case, today) else None,
        "folded": [act for name in (*BROUGHT, *FOLDED) if (act := panels.of(name)) and _makes_sense(name, case, requests, today)],
    }  # fmt: skip
    told = {"todo": _todo(shown), "lost": panels.lost()}
    return render(request, "admin/registry/case/page.html", {**context, **shown, **told}, status=status)


# When what is done about a report that is asked for makes sense.
OF_REPORTS = {"extend": reporting.is_not_due_yet, "demand": reporting.is_late, "go_without": reporting.is_late}


# -- what the page tells -----------------------------------------------------------------------------------------------


def facts(case: Case, today: date) -> list[tuple[str, Any]]:
    """What everybody asks first of a case: whose turn it is, until when, by which law, and whether it is paid."""
    standing = clock.standing(case, today)
    told = [
        (_("Body"), case.organisation.legal_name),
        (_("Kind"), kinds.get(case.kind).label),
        (_("Waits for"), HOLDERS.get(standing.holder, "")),
        (_("Due"), standing.due_on),
        (_("Working days"), left_in_words(standing, today)),
        (_("The clock stands since"), case.paused_on),
        (_("Working days on which it stood"), standing.paused_days or ""),
        (_("The applicant has until"), case.answer_by if standing.holder == clock.APPLICANT else None),
        (_("Days late"), (today - case.answer_by).days if reporting.level_on(case, today) else None),
        (_("Lapse proposed"), case.lapse_proposed_on),
        (_("Assigned to"), case.assigned_to or _("nobody")),
        (_("Submitted"), case.submitted_at),
        (_("Level"), case.level),
        (_("Judged by"), _law(case, today)),
    ]
    return [(label, said) for label, said in told if said not in (None, "")]


def _law(case: Case, today: date) -> str:
    """The law of the submission, and that in force now where it is another: the applicant may choose it (edge case 26)."""
    now = current.version_on(today).id
    if not case.profile or case.profile == now:
        return case.profile or now
    return _("%(law)s, in force when it was submitted. In force now: %(now)s. The applicant may choose that.") % {
        "law": case.profile, "now": now,
    }  # fmt: skip


def barred(case: Case, offered: Offers, today: date) -> dict[str, Any] | None:
    """Why a decision maker cannot decide this case, and who may instead; who may, for everybody while it waits."""
    name = offers.decision(case)
    if not offered.may_come_to(name):
        return None
    why = offered.why_not(name) if offered.in_role(name) else None
    return {"why": why, "who": offers.deciders(case, today), "mine": offered.may(name)}


def _draft_page(case: Case) -> str | None:
    page = kinds.get(case.kind).page
    return reverse(page, args=[case.pk]) if page else None


def _rules(case: Case, panels: Panels) -> list[tuple[Any, dict[str, Any] | None]]:
    """The rules that stand against an approval, each with the form that waives it, where it may be waived."""
    broken = services.broken_rules(case) if case.decided_at is None else []
    return [(v, panels.of("waive", v.rule, about=v.rule) if v.waivable else None) for v in broken]


def _compared(case: Case) -> dict[str, Any] | None:
    """The latest duplicate check with its passages side by side, and how many there were before it."""
    *earlier, latest = case.duplicate_checks.select_related("checked_by") or [None]
    if latest is None:
        return None
    shown = [match for match in latest.matches if match["score"] >= float(latest.shown_from)]
    return {
        "check": latest, "earlier": len(earlier), "shown": [side_by_side(match) for match in shown],
        "others": [match for match in latest.matches if match not in shown],
    }  # fmt: skip


def _decisions(case: Case, panels: Panels, today: date) -> list[dict[str, Any]]:
    """Each decision with its conditions: overdue ones are flagged, and never enforced by a clock (edge case 46)."""
    matters = kinds.get(case.kind).matters
    made = case.decisions.select_related("decided_by", "confirmed_by").prefetch_related("conditions__met__recorded_by")
    return [
        {
            "matter": matters.get(decision.matter, decision.matter), "it": decision, "waits": decision.publish_on > today,
            "conditions": [_condition(condition, panels, today) for condition in decision.conditions.all()],
        }
        for decision in made
    ]  # fmt: skip


def _condition(condition: Any, panels: Panels, today: date) -> dict[str, Any]:
    met = getattr(condition, "met", None)
    return {
        "it": condition, "met": met, "overdue": met is None and condition.due_on < today,
        "act": None if met else panels.of("met", condition.pk, about=condition.text[:60]),
    }  # fmt: skip


def _draft(case: Case) -> dict[str, Any] | None:
    """The drafted decision as the second approver reads it."""
    draft = offers.waiting_draft(case)
    if draft is None:
        return None
    kind, content = kinds.get(case.kind), draft.content
    outcomes = dict(Outcome.choices) | kind.outcomes
    return {
        "by": draft.drafted_by, "at": draft.recorded_at, "reason": content["reason"],
        "internal_reason": content["internal_reason"], "effective_on": date.fromisoformat(content["effective_on"]),
        "publish_on": date.fromisoformat(content["publish_on"]),
        "backdating": dict(Backdating.choices).get(content["backdating"], content["backdating"]),
        "rows": [
            {"matter": kind.matters.get(matter, matter), "outcome": outcomes.get(outcome, outcome),
             "conditions": content["conditions"].get(matter, [])}
            for matter, outcome in content["outcomes"].items()
        ],
    }  # fmt: skip


def _fee(case: Case, panels: Panels) -> dict[str, Any] | None:
    """What the case costs and what has happened about it; None where the law names no fee."""
    owed = fees.owed(case)
    rows = list(case.fees.select_related("recorded_by"))
    if owed is None and not rows:
        return None
    settled = fees.is_settled(case)
    offered = [] if settled or owed is None else ["paid", "waive_fee"]
    if owed is not None and not rows:
        offered.insert(0, "invoice")
    return {"owed": owed, "rows": rows, "settled": settled, "acts": [act for n in offered if (act := panels.of(n))]}


# -- what may be done now ----------------------------------------------------------------------------------------------


def _proposed(recommendations: list[Any]) -> dict[str, Any]:
    """The conditions that the evaluator proposed last, as the decision's form begins with them."""
    rows = recommendations[-1].conditions if recommendations else []
    return {f"{name}_{n}": row[name] for n, row in enumerate(rows, start=1) for name in ("text", "owner", "due_on")}


def _may_be_decided(case: Case, today: date) -> bool:
    """Whether a decision leads anywhere yet: what was decided with conditions is decided once more when they are met."""
    kind, verb = kinds.get(case.kind), offers.decision(case)
    if not kind.has(verb) or not kind.transition(verb).reopens:
        return True
    asked = [guard for guard in kind.transition(verb).guards if guard not in PERSONAL]
    return not any(guard(case, None, today) for guard in asked)


def _makes_sense(name: str, case: Case, requests: list[Any], today: date) -> bool:
    """Whether an act leads anywhere yet: nobody goes on without answers that may still come in time, and what is done about
    a late report is not done before it is late."""
    if guard := OF_REPORTS.get(name):
        return guard(case, None, today) is None
    if name != "resume":
        return True
    return all(asked.closed_at or asked.due_on < today for asked in requests)


def _todo(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What this officer may do now, as links to where on the page it is done."""
    links = [{"to": act["anchor"], "label": act["title"]} for act in shown["folded"]]
    if any(row["act"] for row in shown["criteria"]):
        links.insert(0, {"to": "criteria", "label": _("Judge a criterion")})
    for name in ("recommend", "confirm", "return_decision", "send_back", "tell", "note"):
        if act := shown["acts"][name]:
            links.append({"to": act["anchor"], "label": act["title"]})
    if shown["writing"]:
        links.insert(0, {"to": shown["writing"]["anchor"], "label": shown["writing"]["title"]})
    if shown["decide"]:
        links.insert(0, {"to": "act-decide", "label": _("Decide")})
    return links
