"""How much waits for whom, how old it is, and how much has been decided how fast: counted by the database, drawn as bars."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Count, DateField, Min, Q, QuerySet, Value
from django.db.models.functions import TruncDate, TruncMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.casework import kinds, timing
from registry.casework.models import Case
from registry.framework import current
from registry.people.models import User
from registry.plots import Bar, bars

QUEUES: dict[str, Any] = {
    "mine": gettext_lazy("assigned to me"), "unassigned": gettext_lazy("unassigned"),
    "applicant": gettext_lazy("waits for the applicant"), "overdue": gettext_lazy("overdue"),
    "decide": gettext_lazy("waits for me to decide"), "lapse": gettext_lazy("may lapse"),
    "open": gettext_lazy("open"), "decided": gettext_lazy("decided"),
}  # fmt: skip
# The ages of open cases, by the last working day of each bucket; what is older stands in the last one.
AGES = (5, 10, 20, 40)
MONTHS = 12


def in_queue(cases: QuerySet, name: str, user: User, day: date) -> QuerySet:
    """The cases of one queue, as the list and the dashboard count them alike."""
    match name:
        case "mine":
            return cases.assigned_to_officer(user)
        case "unassigned":
            return cases.unassigned()
        case "applicant":
            return cases.waiting_for_applicant()
        case "overdue":
            return cases.overdue(day)
        case "decide":
            return cases.to_decide_by(user, day)
        case "lapse":
            return cases.may_lapse()
        case "open":
            return cases.open()
        case _:
            return cases.decided()


def show(request: HttpRequest, context: Mapping[str, Any]) -> HttpResponse:
    cases, day = Case.objects.for_user(request.user), current.today()
    told = {
        "title": _("Dashboard"), "day": day, "queues": list(QUEUES.values()), "counts": counts(cases, request.user, day),
        "plots": [plot("ages", *ages(cases, day)), plot("decided", *decided(cases, day))],
    }  # fmt: skip
    return render(request, "admin/registry/case/dashboard.html", {**context, **told})


# -- the numbers -------------------------------------------------------------------------------------------------------


def counts(cases: QuerySet, user: User, day: date) -> list[dict[str, Any]]:
    """For each kind of case how many stand in each queue, with the address of that list."""
    found = {
        name: dict(in_queue(cases, name, user, day).order_by().values_list("kind").annotate(n=Count("pk")))
        for name in QUEUES
    }
    rows = [(kind.name, kind.label) for kind in kinds.every()]
    listed = [
        {"label": label, "cells": [_cell(name, kind, found[name].get(kind, 0)) for name in QUEUES]}
        for kind, label in rows
    ]
    total = [_cell(name, "", sum(found[name].values())) for name in QUEUES]
    return [*listed, {"label": _("all kinds"), "cells": total}]


def _cell(queue: str, kind: str, n: int) -> dict[str, Any]:
    asked = f"queue={queue}" + (f"&kind={kind}" if kind else "")
    return {"n": n, "url": f"{reverse('admin:registry_case_changelist')}?{asked}", "queue": QUEUES[queue]}


def ages(cases: QuerySet, day: date) -> tuple[str, list[dict[str, Any]]]:
    """The open cases by working days since they were submitted, and what that says."""
    waiting = cases.open().exclude(submitted_at=None)
    days = timing.working_days(waiting.aggregate(first=Min(TruncDate("submitted_at")))["first"], day)
    aged = waiting.annotate(
        age=timing.place(Value(day, DateField()), days) - timing.place(TruncDate("submitted_at"), days)
    )
    bounds = list(zip((-1, *AGES), (*AGES, None), strict=True))
    found = aged.aggregate(**{f"n{i}": Count("pk", filter=_between(*bound)) for i, bound in enumerate(bounds)})
    rows = [{"label": _bucket(low + 1, high), "n": found[f"n{i}"]} for i, (low, high) in enumerate(bounds)]
    late, every = sum(row["n"] for row in rows[-2:]), sum(row["n"] for row in rows)
    if not every:
        return _("No case is open."), rows
    said = ngettext(
        "%(late)d of %(n)d open case has been here for more than %(days)d working days.",
        "%(late)d of %(n)d open cases have been here for more than %(days)d working days.", every,
    )  # fmt: skip
    return said % {"late": late, "n": every, "days": AGES[-2]}, rows


def decided(cases: QuerySet, day: date) -> tuple[str, list[dict[str, Any]]]:
    """What was decided in each of twelve months, and the median of the working days that it took the authority: from
    its submission, without those on which the clock stood."""
    first = day.replace(day=1) - relativedelta(months=MONTHS - 1)
    done = cases.decided().filter(decided_at__date__gte=first)
    timed = timing.timed(done, day)
    monthly = timed.annotate(month=TruncMonth("decided_at")).order_by().values("month")
    found = {
        row["month"].date(): row
        for row in monthly.annotate(n=Count("pk"), median=timing.Quantile("took")).order_by("month")
    }
    rows = []
    for n in range(MONTHS):
        month = first + relativedelta(months=n)
        row = found.get(month, {"n": 0, "median": None})
        rows.append({"label": date_format(month, "M Y"), "n": row["n"], "median": timing.plain(row["median"])})
    every = timed.aggregate(n=Count("pk"), median=timing.Quantile("took"))
    if not every["n"]:
        return _("Nothing was decided in twelve months."), rows
    said = ngettext(
        "%(n)d case was decided in twelve months; it took %(median)s working days.",
        "%(n)d cases were decided in twelve months; half of them took at most %(median)s working days.", every["n"],
    )  # fmt: skip
    return said % {"n": every["n"], "median": timing.plain(every["median"])}, rows


def _between(low: int, high: int | None) -> Q:
    return Q(age__gt=low) & (Q() if high is None else Q(age__lte=high))


def _bucket(low: int, high: int | None) -> str:
    return _("more than %(low)d") % {"low": low - 1} if high is None else f"{low}–{high}"


# -- the plots ---------------------------------------------------------------------------------------------------------


def plot(name: str, finding: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Bars, one for each row; beside them the same in figures."""
    return {
        "name": name, "finding": finding, "rows": rows, "timed": any("median" in row for row in rows),
        "picture": bars([Bar(row["label"], (row["n"],)) for row in rows], name=name, title=finding),
    }  # fmt: skip
