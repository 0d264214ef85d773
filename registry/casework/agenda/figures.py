"""The numbers of reviews and reports: when they fall due, whether they come in time, and how old the open ones are."""

from collections.abc import Mapping
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate, TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.casework import kinds, reporting
from registry.casework.agenda import sources
from registry.casework.models import Case
from registry.people.models import User
from registry.plots import Bar, Figure, bars, share

MONTHS = 12
# The last day of each age of an open report; what is older stands in the last one.
AGES = (30, 60, 90, 180)


def every(user: User, today: date) -> list[Figure]:
    reports = Case.objects.for_user(user).filter(kind__in=kinds.asked_for())
    reviews = reports.filter(kind__in=[cycle.kind for cycle in sources.cycles()])
    return [*(due(cycle, today) for cycle in sources.cycles()), in_time(reports, today), *ages(reviews, today)]


def month_of(today: date, n: int) -> date:
    """The first day of the month that lies so many months ahead."""
    return today.replace(day=1) + relativedelta(months=n)


def _named(month: date) -> str:
    return date_format(month, "M Y")


def due(cycle: sources.Cycle, today: date) -> Figure:
    """What falls due in this month and the next eleven, after what fell due in the twelve before."""
    months = [month_of(today, n) for n in range(-MONTHS, MONTHS)]
    last = month_of(today, MONTHS) - timedelta(days=1)
    opened, planned = cycle.months(months[0], last, today)
    counted = [(month, opened.get(month, 0), planned.get(month, 0)) for month in months]
    past, coming = (sum(a + b for _month, a, b in half) for half in (counted[:MONTHS], counted[MONTHS:]))
    said = ngettext(
        "%(n)d review falls due in this month and the next eleven; in the twelve months before there were %(past)d.",
        "%(n)d reviews fall due in this month and the next eleven; in the twelve months before there were %(past)d.", coming,
    ) % {"n": coming, "past": past}  # fmt: skip
    if not coming + past:
        said = _("None fell due in the last twelve months, and none falls due in this month or the next eleven.")
    series = (_("open or closed"), _("not open yet"))
    rows = [Bar(_named(month), (a, b)) for month, a, b in counted]
    return Figure(
        name=f"due-{cycle.name}", heading=_("When they fall due: %(what)s") % {"what": cycle.label}, finding=said,
        head=(_("Month"), *(s.capitalize() for s in series), _("Together")),
        rows=[(row.label, (*row.values, sum(row.values))) for row in rows],
        picture=bars(rows, name=f"due-{cycle.name}", title=said, series=series),
        note=_("By the day of the cycle. One that was closed because there was nothing to report on is not counted."),
        empty=not coming + past,
    )  # fmt: skip


def in_time(reports: QuerySet[Case], today: date) -> Figure:
    """Of the reports of which the last day has passed: those that were handed in by then, later, and not yet. More time
    that was given is in time. What was closed without a report, because there was nothing to report on, counts nowhere."""
    months = [month_of(today, n) for n in range(1 - MONTHS, 1)]
    fell = reports.filter(report_by__gte=months[0], report_by__lt=today).exclude(state="withdrawn", submitted_at=None)
    came = fell.annotate(came=TruncDate("submitted_at")).order_by().annotate(month=TruncMonth("report_by"))
    found: Mapping[date, tuple[int, int, int]] = {
        row["month"]: (row["soon"], row["late"], row["never"])
        for row in came.values("month").annotate(
            soon=Count("pk", filter=Q(came__lte=F("report_by"))), late=Count("pk", filter=Q(came__gt=F("report_by"))),
            never=Count("pk", filter=Q(came=None)),
        )
    }  # fmt: skip
    rows = [Bar(_named(month), found.get(month, (0, 0, 0))) for month in months]
    soon, every_ = sum(row.values[0] for row in rows), sum(sum(row.values) for row in rows)
    said = _("No report fell due in twelve months.")
    if every_:
        said = ngettext(
            "%(soon)d of the %(n)d report that fell due in twelve months came in time: %(share)s%%.",
            "%(soon)d of the %(n)d reports that fell due in twelve months came in time: %(share)s%%.", every_,
        ) % {"soon": soon, "n": every_, "share": share(soon, every_)}  # fmt: skip
    series = (_("in time"), _("late"), _("not handed in"))
    return Figure(
        name="in-time", heading=_("Whether reports come in time"), finding=said,
        head=(_("Month in which they were due"), *(s.capitalize() for s in series), _("In time, %")),
        rows=[(row.label, (*row.values, share(row.values[0], sum(row.values)))) for row in rows],
        picture=bars([Bar(row.label, row.values, _of(row)) for row in rows], name="in-time", title=said, series=series),
        note=_(
            "By their last day; more time that was given counts as in time. This month counts what was due before today."
        ),
        empty=not every_,
    )  # fmt: skip


def _of(row: Bar) -> str:
    return f"{row.values[0]}/{sum(row.values)}" if sum(row.values) else "0"


def ages(reports: QuerySet[Case], today: date) -> list[Figure]:
    """The open ones by the days since they were opened, and by where they stand."""
    opened = reports.filter(state__in=reporting.OPEN).annotate(opened_on=TruncDate("opened_at"))
    bounds = list(zip((None, *AGES), (*AGES, None), strict=True))
    counts = {f"n{i}": Count("pk", filter=_aged(low, high, today)) for i, (low, high) in enumerate(bounds)}
    by_state = {
        row["state"]: [row[name] for name in counts]
        for row in opened.order_by().values("state").annotate(**counts)
    }  # fmt: skip
    by_age = [sum(row[i] for row in by_state.values()) for i in range(len(bounds))]
    labels = [_age(low, high) for low, high in bounds]
    total = sum(by_age)
    said = states_said = _("No review is open.")
    if total:
        said = ngettext(
            "%(old)d of %(n)d open review is more than %(days)d days old.",
            "%(old)d of %(n)d open reviews are more than %(days)d days old.", total,
        ) % {"old": sum(by_age[-2:]), "n": total, "days": AGES[-2]}  # fmt: skip
        with_body = sum(sum(by_state.get(state, ())) for state in reporting.ASKED)
        states_said = ngettext(
            "%(here)d of %(n)d open review is with the authority.", "%(here)d of %(n)d open reviews are with the authority.",
            total,
        ) % {"here": total - with_body, "n": total}  # fmt: skip
    aged = [Bar(label, (n,)) for label, n in zip(labels, by_age, strict=True)]
    states = [
        (str(reporting.STATES[state]), by_state.get(state, [0] * len(bounds))) for state in reporting.OPEN
    ]  # fmt: skip
    standing = [Bar(label, (sum(row),)) for label, row in states]
    return [
        Figure(
            name="ages", heading=_("How old open reviews are"), finding=said,
            head=(_("Days since they were opened"), _("Reviews")), rows=[(row.label, row.values) for row in aged],
            picture=bars(aged, name="ages", title=said), empty=not total,
        ),
        Figure(
            name="states", heading=_("Where open reviews stand"), finding=states_said,
            head=(_("State, and days since they were opened"), *labels, _("Together")),
            rows=[(label, (*row, sum(row))) for label, row in states],
            picture=bars(standing, name="states", title=states_said, head=150), empty=not total,
        ),
    ]  # fmt: skip


def _aged(low: int | None, high: int | None, today: date) -> Q:
    """So many days old: more than `low`, and at most `high`."""
    old = Q() if low is None else Q(opened_on__lt=today - timedelta(days=low))
    return old & (Q() if high is None else Q(opened_on__gte=today - timedelta(days=high))) & Q(pk__isnull=False)


def _age(low: int | None, high: int | None) -> str:
    if high is None:
        return _("more than %(low)d") % {"low": low}
    return f"{0 if low is None else low + 1}–{high}"
