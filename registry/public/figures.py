"""The register in figures: what it holds by kind, level, field and provider, and how it grew. Everything here is public."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.content import broad_fields
from registry.framework import current
from registry.plots import Bar, Figure, bars, share
from registry.public import counted, records, results
from registry.public.entry import SCHEMES

# So many are shown each for itself, the rest together; and so many years.
MOST, YEARS = 20, 20
NAMES = ("kinds", "levels", "fields", "providers", "years", "size")
# A row: its label, the entries that are not discontinued, and those that are.
Row = tuple[str, int, int]


def every(today: date) -> list[Figure]:
    found = counted.everything(today)
    return [
        kinds(found["standing"]), levels(found["standing"]), fields(found["fields"], found["standing"]),
        providers(found["providers"]), *years(found["years"], today),
    ]  # fmt: skip


# -- what it holds -----------------------------------------------------------------------------------------------------


def kinds(standing: Iterable[Sequence[Any]]) -> Figure:
    labels = results.kind_labels()
    by_kind = _added((kind, gone, n) for kind, _level, gone, n in standing)
    order = [*(kind for kind in labels if kind in by_kind), *(kind for kind in by_kind if kind not in labels)]
    rows = [(labels.get(kind, kind), *by_kind[kind]) for kind in order]
    n, every_ = sum(row[1] for row in rows), sum(row[1] + row[2] for row in rows)
    said = ngettext(
        "The register holds %(all)s entry; %(n)s is not discontinued.",
        "The register holds %(all)s entries; %(n)s are not discontinued.", every_,
    ) % {"all": f"{every_:,}", "n": f"{n:,}"}  # fmt: skip
    return _figure("kinds", _("By kind"), _("Kind"), rows, said)


def levels(standing: Iterable[Sequence[Any]]) -> Figure:
    by_level = _added((level or "", gone, n) for _kind, level, gone, n in standing)
    known = current.profile().level_values
    order = sorted(by_level, key=lambda v: (v == "", known.index(v) if v in known else len(known), len(v), v))
    rows = [(_("Level %(level)s") % {"level": v} if v else _("No one level"), *by_level[v]) for v in order]
    named = [row for row, level in zip(rows, order, strict=True) if level]
    return _figure(
        "levels", _("By level"), _("Level"), rows, _largest(named, sum(row[1] for row in rows)),
        note=_("An entry of several levels, or of none of this framework, stands in the last row."), head=110,
    )  # fmt: skip


def fields(found: Iterable[Sequence[Any]], standing: Iterable[Sequence[Any]]) -> Figure:
    rows = [(scheme, field, n, gone) for scheme, field, n, gone in found]
    several = len({scheme for scheme, *_said in rows if scheme in broad_fields.SCHEMES}) > 1
    named = [(_field_label(scheme, field, several), n, gone) for scheme, field, n, gone in rows if field]
    merged = _added((label, gone, n) for label, n, ended in named for gone, n in ((False, n), (True, ended)))
    every_ = [(label, *counts) for label, counts in merged.items()]
    none = [(_("No field stated"), n, gone) for _scheme, field, n, gone in rows if not field]
    total = sum(n for _kind, _level, gone, n in standing if not gone)
    # What an entry of several fields adds to the rest cannot be told from the sums: the rest is said to be of fields.
    shown = [*_most(every_, _("All other fields together, counted once in each")), *none]
    return _figure(
        "fields", _("By field"), _("Broad field"), shown, _largest(every_, total),
        note=_("An entry of several broad fields counts in each of them."), head=170,
    )  # fmt: skip


def _field_label(scheme: str, field: str, several: bool) -> str:
    name = str(broad_fields.SCHEMES.get(scheme, {}).get(field, field))
    return f"{name} ({SCHEMES.get(scheme, scheme)})" if several and scheme in broad_fields.SCHEMES else name


def providers(found: Sequence[Sequence[Any]]) -> Figure:
    known = [row for row in found if row[0]]
    names = records.names(number for number, _n, _gone in known[:MOST])
    rows = [(names.get(number) or number, n, gone) for number, n, gone in known[:MOST]]
    rest = [(number, n, gone) for number, n, gone in known[MOST:]]
    said = _largest(rows, sum(n for _number, n, _gone in found))
    if rest:
        here, every_ = (sum(n + gone for _label, n, gone in part) for part in (rows, found))
        said = _("The %(n)d providers with the most entries have %(here)s of %(all)s: %(share)s%%.") % {
            "n": MOST, "here": f"{here:,}", "all": f"{every_:,}", "share": share(here, every_)
        }  # fmt: skip
    rows += _together(rest, _("All other providers together (%(n)s)") % {"n": f"{len(rest):,}"})
    rows += [(_("No provider stated"), n, gone) for number, n, gone in found if not number]
    return _figure(
        "providers", _("By provider"), _("Provider"), rows, said,
        note=_("By the body that awards it; where several award it together, by the one that leads."), head=170,
    )  # fmt: skip


def _most(rows: list[Row], rest: str) -> list[Row]:
    """The rows with the most entries, and the rest together."""
    ordered = sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))
    return [*ordered[:MOST], *_together(ordered[MOST:], rest)]


def _together(rows: Sequence[Row], label: str) -> list[Row]:
    return [(label, sum(row[1] for row in rows), sum(row[2] for row in rows))] if rows else []


def _added(rows: Iterable[tuple[str, bool, int]]) -> dict[str, tuple[int, int]]:
    """For each value the entries that are not discontinued, and those that are."""
    sums: Mapping[str, list[int]] = defaultdict(lambda: [0, 0])
    for value, gone, n in rows:
        sums[value][gone] += n
    return {value: (open_, ended) for value, (open_, ended) in sums.items()}


def _largest(rows: list[Row], every_: int) -> str:
    """Where there are most of those that are not discontinued: one value, or several alike."""
    most = max((row[1] for row in rows), default=0)
    first = [label for label, n, _gone in rows if n == most]
    if not most:
        return _("None is known of an entry that is not discontinued.")
    said = {"labels": ", ".join(first[:3]) + (" …" if first[3:] else ""), "n": f"{most:,}", "all": f"{every_:,}"}
    if len(first) > 1:
        return _("The most entries that are not discontinued, %(n)s of %(all)s each: %(labels)s.") % said
    return _("The most entries that are not discontinued, %(n)s of %(all)s: %(labels)s.") % said


def _figure(
    name: str, heading: str, first: str, rows: list[Row], said: str, *, note: str = "", head: int = 150
) -> Figure:  # fmt: skip
    series = (_("not discontinued"), _("discontinued"))
    empty = not any(n + gone for _label, n, gone in rows)
    finding = _("Nothing has been listed yet.") if empty else said
    drawn = [Bar(label, (n, gone), f"{n + gone:,}") for label, n, gone in rows]
    return Figure(
        name=name, heading=heading, finding=finding,
        head=(first, *(_capital(word) for word in series), _("Together")),
        rows=[(label, (n, gone, n + gone)) for label, n, gone in rows],
        picture=bars(drawn, name=name, title=finding, series=series, head=head), note=note, empty=empty,
    )  # fmt: skip


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


# -- how it grew -------------------------------------------------------------------------------------------------------


def years(found: Sequence[Sequence[Any]], today: date) -> list[Figure]:
    """What was listed and discontinued in each year, and how many entries were registered at its end."""
    listed: Counter = Counter()
    ended: Counter = Counter()
    size: Counter = Counter()
    first = min((year for year, _end, _undated, _n in found if year), default=today.year)
    shown = list(range(max(first, today.year - YEARS + 1), today.year + 1))
    for began, end, undated, n in found:
        listed[began] += n
        ended[end] += n
        if began and not undated:
            for year in shown:
                size[year] += n if began <= year and (end is None or year < end) else 0
    return [_moves(shown, listed, ended, today), _sizes(shown, size, found, today)]


def _year(year: int, today: date) -> str:
    return _("%(year)d so far") % {"year": year} if year == today.year else str(year)


def _moves(shown: list[int], listed: Counter, ended: Counter, today: date) -> Figure:
    rows = [(_year(year, today), listed[year], ended[year]) for year in shown]
    empty = not any(a + b for _label, a, b in rows)
    last = rows[-2] if len(rows) > 1 else rows[-1]
    said = _("Nothing was listed or discontinued in the years that are shown.")
    if not empty:
        said = _("%(year)s: %(listed)s listed, %(ended)s discontinued.") % {
            "year": last[0], "listed": f"{last[1]:,}", "ended": f"{last[2]:,}"
        }  # fmt: skip
    series = (_("listed"), _("discontinued"))
    # The signs stay before their numbers in a page that is read from the right too.
    return Figure(
        name="years", heading=_("Listed and discontinued by year"), finding=said,
        head=(_("Year"), *(_capital(word) for word in series)),
        rows=[(label, (a, b)) for label, a, b in rows],
        picture=bars(
            [Bar(label, (a, b), f"\u2066+{a:,} −{b:,}\u2069") for label, a, b in rows],
            name="years", title=said, series=series,
        ),
        note=_("By the day of the listing, and the day after the last one of the registration; of imported entries too."),
        empty=empty,
    )  # fmt: skip


def _sizes(shown: list[int], size: Counter, found: Sequence[Sequence[Any]], today: date) -> Figure:
    rows = [(_year(year, today), size[year]) for year in shown]
    unknown = sum(n for began, _end, undated, n in found if undated or not began)
    empty = not any(n for _label, n in rows)
    said = _("No entry was registered at the end of a year.")
    if not empty:
        said = _("Registered at the end of %(first)s: %(before)s; today: %(now)s.") % {
            "first": rows[0][0], "before": f"{rows[0][1]:,}", "now": f"{rows[-1][1]:,}"
        }  # fmt: skip
    if len(rows) == 1 and not empty:
        said = ngettext("Today %(n)s entry is registered.", "Today %(n)s entries are registered.", rows[0][1])
        said %= {"n": f"{rows[0][1]:,}"}
    return Figure(
        name="size", heading=_("Entries at the end of each year"), finding=said, head=(_("Year"), _("Entries")),
        rows=[(label, (n,)) for label, n in rows],
        picture=bars([Bar(label, (n,), f"{n:,}") for label, n in rows], name="size", title=said),
        note=_(
            "On 31 December; this year, today. Not counted, because the register does not know since or until when they "
            "were registered: %(n)s."
        ) % {"n": f"{unknown:,}"},
        empty=empty,
    )  # fmt: skip
