"""What the public may know of the work at the desk: how long decisions take, and whether reviews come in time.

Counted over all bodies together, by kind of case and year; of fewer than five nothing is told (`registry.statistics`). No
row or column is added up, because a sum would tell what is left out. What is not public yet is in no count.

Only years that have ended are told. Of the running year, the page of one day taken off the page of the next would tell of
each single case that came between them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import ExtractYear, Greatest, TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry import statistics
from registry.casework import kinds, timing
from registry.casework.agenda import sources
from registry.casework.models import Case, Release
from registry.plots import Bar, Figure, bars, share
from registry.statistics import enough, few, told

# So many of the years that have ended.
DECIDED_YEARS, REVIEW_YEARS = 3, 5
OTHERS = gettext_lazy("all other kinds together")
SHARES = {"quarter": 0.25, "half": 0.5, "three_quarters": 0.75}


def register() -> None:
    statistics.register("decisions", decisions)
    statistics.register("reviews", reviews)


# -- how long decisions take -------------------------------------------------------------------------------------------


def decided(today: date) -> QuerySet[Case]:
    """The cases in which a body asked for something or reported, decided in the years that are shown, each with its `year`.

    A decision that waited to be public counts in the year in which it became so: were it added to a year that is told
    already, the difference would tell of it alone. One that never became public does not count.
    """
    asked = [kind.name for kind in kinds.every() if not kind.authority or kind.asked_for]
    releases = Release.objects.filter(case=OuterRef("pk"))
    hidden = releases.filter(Q(released_at=None) | Q(called_off=True))
    released = Subquery(releases.order_by("-released_at").values("released_at")[:1])
    cases = Case.objects.filter(~Exists(hidden), kind__in=asked, decided_at__isnull=False)
    cases = cases.annotate(year=ExtractYear(Greatest("decided_at", released)))
    return cases.filter(year__in=_ended(today, DECIDED_YEARS))


def _ended(today: date, count: int) -> list[int]:
    """So many of the years that have ended, the last one last."""
    return list(range(today.year - count, today.year))


def decisions(today: date) -> Figure:
    """The working days from submission to decision, by kind of case and year: the median, and both quartiles."""
    years = _ended(today, DECIDED_YEARS)
    cases = timing.timed(decided(today), today).order_by()
    found = {(row["kind"], row["year"]): row for row in _measured(cases, "kind", "year")}
    shown = [
        kind for kind in kinds.every()
        if any(enough(found[kind.name, year]["n"]) for year in years if (kind.name, year) in found)
    ]  # fmt: skip
    rest = {row["year"]: row for row in _measured(cases.exclude(kind__in=[kind.name for kind in shown]), "year")}
    rows = [(str(kind.label), year, found.get((kind.name, year))) for kind in shown for year in years]
    if any(enough(row["n"]) for row in rest.values()):
        rows += [(str(OTHERS), year, rest.get(year)) for year in years]
    last = next(((label, row) for label, year, row in _latest_first(rows) if row and enough(row["n"])), None)
    said = _("Too few cases were decided for anything to be told.")
    if last:
        label, row = last
        said = _(
            "%(kind)s, in %(year)d: half were decided within %(days)s working days, three quarters within %(more)s."
        )
        said %= {
            "kind": _capital(label), "year": row["year"], "days": timing.plain(row["half"]),
            "more": timing.plain(row["three_quarters"]),
        }  # fmt: skip
    named = [(f"{_capital(label)}, {year}", row) for label, year, row in rows]
    return Figure(
        name="decisions", heading=_("How long decisions take"), finding=said,
        head=(
            _("Kind of case, and year of the decision"), _("Cases"), _("A quarter within, working days"),
            _("Half within, working days"), _("Three quarters within, working days"),
        ),
        rows=[(label, _cells(row)) for label, row in named],
        picture=bars([_bar(label, row) for label, row in named], name="decisions", title=said, head=170),
        note=f"{_ended_only()} {_('A decision counts in the year in which it became public.')} " + _(
            "Working days of the authority from the day on which a case was handed in to its decision, without those on "
            "which it waited for an answer of the applicant. Of fewer than 5 cases nothing more is told, and nothing is "
            "added up from which it could be worked out."
        ),
        empty=last is None,
    )  # fmt: skip


def _measured(cases: QuerySet[Case], *by: str) -> QuerySet:
    measures = {name: timing.Quantile("took", of) for name, of in SHARES.items()}
    return cases.values(*by).annotate(n=Count("pk"), **measures)


def _ended_only() -> str:
    return _("Only years that have ended are told, so that no two days of this page give a single case away.")


def _latest_first(rows: list[tuple[str, int, Any]]) -> list[tuple[str, int, Any]]:
    """The latest year first; in it the kind of which there are most."""
    return sorted(rows, key=lambda row: (-row[1], -(row[2]["n"] if row[2] else 0)))


def _cells(row: Mapping[str, Any] | None) -> tuple[Any, ...]:
    if row is None or not enough(row["n"]):
        return (few(), *("–" for _name in SHARES))
    return (row["n"], *(timing.plain(row[name]) for name in SHARES))


def _bar(label: str, row: Mapping[str, Any] | None) -> Bar:
    if row is None or not enough(row["n"]):
        return Bar(label, (0,), "–")
    return Bar(label, (round(row["half"]),), timing.plain(row["half"]))


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


# -- whether reviews come in time --------------------------------------------------------------------------------------


def reviews(today: date) -> Figure:
    """Of the reviews whose last day was in a year that has ended, by that year: how many reports came by their last day,
    and how many did not."""
    years = _ended(today, REVIEW_YEARS)
    fell = Case.objects.filter(kind__in=[cycle.kind for cycle in sources.cycles()], report_by__year__in=years).exclude(
        state="withdrawn", submitted_at=None
    )
    soon = Q(came__lte=F("report_by"))
    counted = fell.annotate(came=TruncDate("submitted_at"), year=ExtractYear("report_by")).order_by().values("year")
    found = {
        row["year"]: (row["soon"], row["all"] - row["soon"])
        for row in counted.annotate(soon=Count("pk", filter=soon), all=Count("pk"))
    }
    rows = [(year, *found.get(year, (0, 0))) for year in years]
    last = next(((year, a, b) for year, a, b in reversed(rows) if enough(a) or enough(b)), None)
    said = _("Too few reviews fell due for anything to be told.")
    if last:
        said = _("Of the reviews that fell due in %(year)d, %(share)s came in time.") % {
            "year": last[0], "share": _share(*last[1:])
        }  # fmt: skip
    return Figure(
        name="reviews", heading=_("Whether reviews come in time"), finding=said,
        head=(_("Year in which they were due"), _("In time"), _("Late, or not yet"), _("In time, share")),
        rows=[(str(year), (told(a), told(b), _share(a, b))) for year, a, b in rows],
        picture=bars(
            [Bar(str(year), (a if enough(a) else 0, b if enough(b) else 0), _share(a, b)) for year, a, b in rows],
            name="reviews", title=said, series=(_("in time"), _("late, or not yet")),
        ),
        note=f"{_ended_only()} " + _(
            "By their last day; more time that was given counts as in time. Of fewer than 5 reviews no "
            "number is told, and no share from which it could be worked out."
        ),
        empty=last is None,
    )  # fmt: skip


def _share(soon: int, not_soon: int) -> str:
    """The share that came in time, as exactly as what is told allows: where one of both numbers is too small, its bound."""
    most = statistics.LEAST - 1
    if enough(soon) and enough(not_soon):
        return _("%(n)s%%") % {"n": share(soon, soon + not_soon)}
    if enough(soon):
        return _("at least %(n)s%%") % {"n": 100 * soon // (soon + most)}
    if enough(not_soon):
        return _("at most %(n)s%%") % {"n": -(-100 * most // (not_soon + most))}
    return "–"
