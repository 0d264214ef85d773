"""The page of a case for those who act for its applicant, whatever kind it is; and what they do there."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from registry.casework import guards, kinds, workflow
from registry.casework.models import Case
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations, Violation
from registry.framework import current
from registry.people import roles
from registry.portal import forms, shown, told
from registry.portal.acts import ACTS, FilesRefused


def find(request: HttpRequest, reference: str) -> Case:
    """The case, for those who act for its organisation today; to everybody else, officers too, it does not exist."""
    own = Case.objects.of_organisations(roles.organisations_of(request.user))
    return get_object_or_404(own.select_related("organisation", "assigned_to"), reference=reference)


def address_of(case: Case) -> str:
    """The applicant's page of a case."""
    return reverse(kinds.get(case.kind).own_page or "portal:case", args=[case.reference])


@login_required
@require_GET
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """The case as it stands: whose turn it is, what is asked, what was decided, and what may be done now."""
    return show(request, find(request, reference))


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, name: str, **sent: Any) -> HttpResponse:
    """One POST, one act. What is refused is said on the case's page, with what was typed still there.

    An act's address that is only opened (after signing in again, say) leads to the page, and does nothing. `sent`: what
    the address itself says of the form.
    """
    case = find(request, reference)
    if request.method != "POST":
        return redirect(address_of(case))
    form = ACTS[name].form(_with(request.POST, sent), request.FILES, auto_id=_auto_id(name, request.POST))
    if not form.is_valid():
        return show(request, case, act=name, typed=form, status=422)
    try:
        done = ACTS[name].run(case, request.user, form.cleaned_data)
    except RuleViolations as refusal:
        return show(request, find(request, reference), broken=refusal.violations, status=422)
    except FilesRefused as refusal:
        form.add_error("file", str(refusal))
        return show(request, find(request, reference), act=name, typed=form, status=422)
    except RegisterError as refusal:
        case = find(request, reference)
        status = 409 if isinstance(refusal, (Conflict, NotAllowed)) else 422
        return show(request, case, problem=told.refusal(case, refusal), act=name, typed=form, status=status)
    messages.success(request, done)
    return redirect(address_of(case))


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """What it means to take an application back, before anybody does; then the act."""
    case = find(request, reference)
    if request.method == "POST":
        return act(request, reference, "withdraw")
    if not workflow.can(case, "withdraw", request.user):
        return redirect(address_of(case))
    return render(request, "portal/withdraw.html", {"case": case, "back": address_of(case)})


def _with(posted: QueryDict, sent: dict[str, Any]) -> QueryDict:
    data = posted.copy()
    for name, value in sent.items():
        data[name] = str(value)
    return data


def _auto_id(name: str, posted: Mapping[str, str]) -> str:
    """The ids that the form has on its page, where there is one of its kind for each question and criterion."""
    of = re.sub(r"[^\w-]", "", posted.get("item") or posted.get("criterion") or "")
    return f"{name}-{of}-%s" if of else f"{name}-%s"


def show(
    request: HttpRequest, case: Case, *, problem: str = "", broken: list[Violation] | None = None, act: str = "",
    typed: forms.ActForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page of a case. `problem`, `broken` and `typed`: why the act was refused, and what was sent with it."""
    today, names, may = current.today(), shown.criteria_names(case), _may(case, request)
    kind = kinds.get(case.kind)
    context = {
        "case": case, "kind": kind, "state": told.state(case, today), "may": may,
        "paused": guards.paused(case, today),
        "sections": (kind.told or kind.sections)(case), "laws": shown.laws_of(case, today), "fee": shown.fee_of(case),
        "messages_sent": case.messages.filter(internal=False).select_related("written_by"),
        "write_form": _form("write", act, typed), "history": told.history(case), "problem": problem, "form": typed,
        "refused": shown.stands_against(case, broken)["wrong"] if broken else [],
        **_asked(case, names, today, act, typed), **_decided(case, today),
    }  # fmt: skip
    written = _written(case) if shown.is_written(case) else {}
    context |= written | {"evidence": _evidence(case, names, written.get("against", {}), may, act, typed)}
    return render(request, "portal/case.html", context, status=status)


def _written(case: Case) -> dict[str, Any]:
    """Of a draft, and of one that was returned: what stands against it, and where it is mended."""
    form = kinds.get(case.kind).edit_page
    return {
        "written": True, "against": shown.stands_against(case), "alike": shown.alike(case),
        "edit_page": form and reverse(form, args=[case.reference]),
        "missing": told.returned_because(case) if case.state == "returned" else "",
    }  # fmt: skip


def _asked(
    case: Case, names: Mapping[str, str], today: date, act: str, typed: forms.ActForm | None
) -> dict[str, Any]:  # fmt: skip
    """Whose turn it is, and what the authority asks, with a form for each question that may be answered."""
    requests = shown.requests_of(case, names, today)
    waiting = [asked for asked_together in requests for asked in asked_together.items if asked.open]
    with_forms = [
        (r, [(asked, _form("answer", act, typed, item=asked.item.pk) if asked.open else None) for asked in r.items])
        for r in requests
    ]
    return {
        "requests": with_forms, "waiting": waiting, "owed": [asked for asked in waiting if asked.owed],
        "turn": told.turn(case, today, answers_due=max((asked.item.due_on for asked in waiting), default=None)),
    }  # fmt: skip


def _evidence(
    case: Case, names: Mapping[str, str], against: Mapping[str, Any], may: Mapping[str, bool], act: str,
    typed: forms.ActForm | None,
) -> list[tuple[shown.Group, forms.ActForm]]:  # fmt: skip
    """The files by criterion, each with a form for more; of a case that is not written any more, where there are some."""
    groups = shown.evidence_of(case, names, against)
    return [(g, _form("attach", act, typed, criterion=g.id)) for g in groups if g.files or may.get("edit")]


def _decided(case: Case, today: date) -> dict[str, Any]:
    letters = list(case.letters.filter(kind="decision").defer("html"))
    return {
        "decisions": shown.decisions_of(case, today), "letters": letters, "entries": shown.public_entries(case),
        "reconsideration": shown.reconsideration(case, letters, today),
    }  # fmt: skip


def _may(case: Case, request: HttpRequest) -> dict[str, bool]:
    """What to offer this person: by their role and the state; the services decide."""
    kind, held = kinds.get(case.kind), workflow.roles_in(case, request.user)
    names = {act.transition for act in ACTS.values() if kind.has(act.transition)}
    found = {name: kind.transition(name) for name in names}
    return {n: case.state in t.sources and bool(held & set(t.actors)) for n, t in found.items()}


def _form(name: str, act: str, typed: forms.ActForm | None, **initial: Any) -> forms.ActForm:
    """The form of an act: as it was typed, where it is the one that came back."""
    form = ACTS[name].form
    if act == name and typed is not None and all(typed.data.get(k) == str(v) for k, v in initial.items()):
        return typed
    return form(initial=initial, auto_id=_auto_id(name, {key: str(value) for key, value in initial.items()}))
