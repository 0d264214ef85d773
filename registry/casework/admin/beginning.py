"""Beginning a case that the authority prepares: from the page of what it is about, and only with the role for it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from registry.casework import kinds
from registry.casework.admin.base import status_of
from registry.errors import RegisterError
from registry.people import roles
from registry.people.models import User


def links(what: str, key: str | None, by: User) -> list[dict[str, Any]]:
    """The cases that this person may begin about an entry of a kind, about a `case`, or about the `register` as a whole: each
    with its label and address."""
    if not key:
        return []
    return [
        {"label": kind.label, "url": reverse("admin:registry_case_begin", args=[kind.name, key])}
        for kind in kinds.begun_about(what)
        if _may(kind, by)
    ]


def onward(case: Any, by: User) -> list[dict[str, Any]]:
    """The cases that this person may begin because of what was found in a case, where their kinds are known here."""
    asked = kinds.get(case.kind).onward
    known = {kind.name: kind for kind in kinds.every() if kind.record and kind.record.about}
    found = [(name, key) for name, key in (asked(case) if asked else ()) if name in known and _may(known[name], by)]
    several = Counter(name for name, _key in found)
    return [
        {
            "label": f"{known[name].label}: {key}" if several[name] > 1 else known[name].label,
            "url": reverse("admin:registry_case_begin", args=[name, key]),
        }
        for name, key in found
    ]


def _may(kind: kinds.CaseKind, by: User) -> bool:
    return bool(roles.staff_roles(by) & set(kind.transition("edit").actors))


def page(request: HttpRequest, name: str, about: str, context: Mapping[str, Any]) -> HttpResponse:
    """What it takes; a POST begins the draft and leads to it."""
    kind = next((kind for kind in kinds.every() if kind.name == name and kind.record and kind.record.about), None)
    if kind is None:
        raise Http404
    if not _may(kind, request.user):
        raise PermissionDenied
    shown = {**context, "title": kind.label, "kind": kind, "about": about, "problem": "", "typed": None}
    if request.method != "POST":
        return render(request, "admin/registry/case/begin.html", shown)
    try:
        case = kind.record.begin(about=about, by=request.user)
    except RegisterError as refusal:
        shown["problem"] = str(refusal)
        return render(request, "admin/registry/case/begin.html", shown, status=status_of(refusal))
    return redirect("admin:registry_case_change", case.pk)
