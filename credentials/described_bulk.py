"""What officers read of the cases over many entries: the dry run before the decision, and what came of it after."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from credentials import bulk
from credentials.models import BulkRow, Credential
from credentials.proposals import DATES
from registry.canonical import canonical
from registry.casework.admin import dashboard
from registry.content import comparison
from registry.documents import iso
from registry.framework import current
from registry.models import Case

# So many entries of each sort a page names; the list that can be saved has all of them.
SHOWN = 200
DRY_RUN = "admin/credentials/bulk/dry_run.html"
MONTHS = "admin/credentials/bulk/months.html"
Standing = BulkRow.Standing


def reregistration(case: Case) -> list[dict[str, Any]]:
    """Which entries are selected, their new days, and the dry run."""
    said = case.reregistration
    kinds = dict(Credential.Kind.choices)
    ends = "" if not (said.ends_from and said.ends_until) else f"{iso(said.ends_from)} – {iso(said.ends_until)}"
    told = [
        {"label": _("Kinds"), "text": ", ".join(str(kinds[kind]) for kind in said.kinds)},
        {"label": _("Awarding body (lead)"), "text": said.provider},
        {"label": _("Level"), "text": said.level},
        {"label": _("Field"), "text": said.field},
        {"label": _("Their registration ends"), "text": ends and f"{said.get_ends_by_display()}: {ends}"},
        {"label": _("List of entries"), "text": str(len(said.numbers)) if said.numbers else ""},
    ]
    days = [
        {"label": _("Their registration ends from now on"), "text": iso(said.expiring_from)},
        {"label": _("Last day to start"), "text": iso(said.last_new_enrolment) or _("as the law says")},
        {"label": _("Last day"), "text": iso(said.expiry_end)},
        {"label": _("Last day for awards"), "text": iso(said.last_award)},
    ]
    return [*(section for section in told if section["text"]), *days, dry_run(case, DATES)]


def spread(case: Case) -> list[dict[str, Any]]:
    """The rule as a sentence with its numbers, how many reviews fall due in each month, and each entry with its day."""
    lines = bulk.lines_of(case)
    return [*_rule(case, lines), dry_run(case, bulk.REVIEW[:1], lines)]


# -- the dry run -------------------------------------------------------------------------------------------------------


def dry_run(case: Case, names: Sequence[str], lines: Sequence[bulk.Line] | None = None) -> dict[str, Any]:
    """What would become, or has become, of each entry: sorted by that, counted, and the first of each named."""
    lines = bulk.lines_of(case) if lines is None else lines
    counted = bulk.counts(lines)
    return {
        "label": _("What becomes of each entry"), "template": DRY_RUN, "text": "", "total": len(lines),
        "columns": [comparison.label(name) for name in names],
        "groups": [
            {
                "standing": standing, "label": Standing(standing).label, "count": counted[standing],
                "lines": [_shown(line, names) for line in _first(lines, standing)],
                "more": max(0, counted[standing] - SHOWN),
                "changes": standing in (Standing.APPLIES, Standing.PUBLISHED),
            }
            for standing in Standing.values if counted[standing]
        ],
        "file": reverse("admin:credentials_bulkrow_file", args=[case.pk]),
    }  # fmt: skip


def _first(lines: Sequence[bulk.Line], standing: str) -> list[bulk.Line]:
    return [line for line in lines if line.standing == standing][:SHOWN]


def _shown(line: bulk.Line, names: Sequence[str]) -> dict[str, Any]:
    days = [(line.before.get(name) or "–", line.after.get(name) or "–") for name in names]
    return {"number": line.number, "title": line.title, "reason": line.reason, "days": days, "revision": line.revision}


# -- the spread --------------------------------------------------------------------------------------------------------


# What is placed by the rule: it is to be, or has been.
_PLACED = (Standing.APPLIES, Standing.PUBLISHED)


def _rule(case: Case, lines: Sequence[bulk.Line]) -> list[dict[str, Any]]:
    placed = [line for line in lines if line.standing in _PLACED]
    if not placed:
        return [{"label": _("The rule"), "text": _nothing(case)}]
    days = [date.fromisoformat(line.after["review_due"]) for line in placed]
    # Once it is decided, those that were placed have their days as all others do.
    kept = bulk.kept_days(current.today()) if case.decided_at is None else None
    finding = _finding(days)
    return [
        {"label": _("The rule"), "text": " ".join(_sentences(case, placed, days, kept))},
        {
            "label": _("How many reviews fall due in each month"), "template": MONTHS, "text": "", "finding": finding,
            "plot": dashboard.plot(f"spread-{case.pk}", finding, _months(days, kept or ())), "kept": bool(kept),
        },
    ]  # fmt: skip


def _nothing(case: Case) -> str:
    if case.state == "draft":
        return _("Every current entry has a day for its next review.")
    return _("Nothing is placed by it.")


def _sentences(
    case: Case, placed: Sequence[bulk.Line], days: Sequence[date], kept: Sequence[date] | None
) -> Iterator[str]:
    """The rule in plain words, with every number that it rests on."""
    said = case.review_spread
    plan = bulk.worked_out(case) if case.state == "draft" else None
    yield ngettext(
        "%(n)d current entry has no day for its next review, or one that is over.",
        "%(n)d current entries have no day for their next review, or one that is over.", len(placed),
    ) % {"n": len(placed)}  # fmt: skip
    yield _("At most %(n)d fall due in any week.") % {"n": plan.per_week if plan else said.frozen_per_week}
    yield _("Each gets one between %(first)s and %(last)s, and no review opens before %(opens)s.") % {
        "first": iso(min(days)), "last": iso(max(days)), "opens": iso(said.opens_from) or iso(current.today()),
    }  # fmt: skip
    moved = sum(1 for line in placed if line.after["review_months"] == 0)
    yield _("%(n)d keep the anniversary of their listing; %(moved)d move to a week that has room.") % {
        "n": len(placed) - moved, "moved": moved,
    }  # fmt: skip
    yield _("The busiest week has %(n)d of them.") % {"n": bulk.busiest_week(days)}
    if kept is not None:
        yield _("%(n)d entries have a day ahead and keep it; it takes the room of its week.") % {"n": len(kept)}
    if plan and plan.per_week < plan.least:
        yield _("With %(n)d a week, not all of them fit into one period: %(least)d would do.") % {
            "n": plan.per_week, "least": plan.least,
        }  # fmt: skip


def _finding(placed: Sequence[date]) -> str:
    by_month = Counter(day.replace(day=1) for day in placed)
    month, most = max(by_month.items(), key=lambda found: (found[1], -found[0].toordinal()))
    return _("The busiest month is %(month)s, with %(n)d first reviews.") % {
        "month": date_format(month, "F Y"), "n": most,
    }  # fmt: skip


def _months(placed: Sequence[date], kept: Sequence[date]) -> list[dict[str, Any]]:
    """Every month from the first to the last one in which one falls due, none left out."""
    new, old = (Counter(day.replace(day=1) for day in days) for days in (placed, kept))
    month, last, rows = min(new), max(new), []
    while month <= last:
        rows.append({"label": date_format(month, "M Y"), "n": new[month], "kept": old[month]})
        month += relativedelta(months=1)
    return rows


# -- what is frozen ----------------------------------------------------------------------------------------------------


def _sealed(case: Case) -> dict[str, Any]:
    """Every entry with its days as one digest, and their counts: each of them stands in a row of its own."""
    lines = bulk.worked_out(case).lines
    told = [[line.number, str(line.standing), line.why, dict(line.before), dict(line.after)] for line in lines]
    return {"entries": bulk.counts(lines), "sha256": hashlib.sha256(canonical(told)).hexdigest()}


def reregistration_content(case: Case) -> dict[str, Any]:
    said = case.reregistration
    days = {name: iso(getattr(said, name)) for name in (*DATES, "ends_from", "ends_until")}
    words = {name: getattr(said, name) for name in ("kinds", "provider", "level", "field", "numbers", "exceptions")}
    return {**words, "ends_by": str(said.ends_by), **days, **_sealed(case)}


def spread_content(case: Case) -> dict[str, Any]:
    plan = bulk.worked_out(case)
    return {"per_week": plan.per_week, "opens_from": iso(case.review_spread.opens_from), **_sealed(case)}
