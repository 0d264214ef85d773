"""Plots as SVG that the server writes: no script, no style of their own, and the same numbers stand in a table beside each.

How they look says the stylesheet of the page: `.plot` and `.s1` to `.s4` for the series.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_bidi

# In units of the picture, of which a narrow telephone shows about one for each of its own.
WIDTH, BAR, LINE, GAP, HEAD, TAIL = 360, 18, 17, 10, 110, 46
# How wide a letter is taken to be: a little more than most are at this size, so that nothing is cut off.
LETTER = 7.6
TICKS = 5


@dataclass(frozen=True)
class Bar:
    """One row: what it is, the value of each series, and what is written at its end; their sum where that is empty."""

    label: str
    values: tuple[int, ...]
    said: str = ""


@dataclass(frozen=True)
class Figure:
    """One plot: what it is of, its finding, the picture, and the same numbers as a table."""

    name: str
    heading: str
    finding: str
    head: tuple[str, ...]
    rows: list[tuple[str, tuple[Any, ...]]]
    picture: SafeString
    note: str = ""
    empty: bool = False


def bars(
    rows: Sequence[Bar], *, name: str, title: str, said: str = "", series: Sequence[str] = (), head: int = HEAD,
    rtl: bool | None = None,
) -> SafeString:  # fmt: skip
    """Bars from the side on which one begins to read, a row for each; several series of a row stand one after the other.

    `name` makes its ids unlike those of others on the page; `title` says the finding, `said` more of it, for people who do
    not see it. `series` names them where there are several.
    """
    rtl = get_language_bidi() if rtl is None else rtl
    top = max((sum(row.values) for row in rows), default=0)
    steps = ticks(top)
    room, reach = WIDTH - head - TAIL, steps[-1] or 1
    y, parts = _legend(series, rtl) if len(series) > 1 else (0, [])
    begin = y
    drawn = []
    for row in rows:
        lines = wrapped(row.label, int((head - 10) / LETTER))
        height = max(BAR, len(lines) * LINE)
        drawn.append(_row(row, lines, y + GAP // 2, height, head, room, reach, rtl))
        y += height + GAP
    # Numbers that would run into each other are left out between: one for so many lines.
    each = max(1, int(-(-(len(f"{reach:,}") + 1) * LETTER * (len(steps) - 1) // room)))
    marks = [
        _mark(step, head + step * room // reach, begin, y, rtl, axis=step == 0, told=n % each == 0)
        for n, step in enumerate(steps)
    ]
    described = format_html('<desc id="{}-desc">{}</desc>', name, said) if said else ""
    return format_html(
        '<svg class="plot" role="img" aria-labelledby="{name}-title"{by} viewBox="0 0 {width} {height}" '
        'direction="{way}"><title id="{name}-title">{title}</title>{described}{parts}</svg>',
        name=name, title=title, described=described, width=WIDTH, height=y + LINE + 4, way="rtl" if rtl else "ltr",
        by=format_html(' aria-describedby="{}-desc"', name) if said else "",
        parts=mark_safe("".join([*parts, *marks, *drawn])),  # noqa: S308 each part is escaped
    )  # fmt: skip


def share(part: int, whole: int) -> str:
    """A share in whole per cent; nothing of nothing is no share."""
    return str((200 * part + whole) // (2 * whole)) if whole else "–"


def ticks(top: int) -> list[int]:
    """Whole numbers from 0 to at least `top`, in steps of 1, 2 or 5 times a power of ten; few enough to be read."""
    step = 1
    while top > step * TICKS:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(0, top + step, step)) if top else [0, 1]


def wrapped(label: str, room: int) -> list[str]:
    """The lines of a label that is at most so many letters wide; a word that is longer than that is broken."""
    lines = [""]
    for word in label.split():
        while len(word) > room:
            lines.append(word[: room - 1] + "‐")
            word = word[room - 1 :]
        if (lines[-1] and len(lines[-1]) + 1 + len(word) > room) or lines[-1].endswith("‐"):
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [line for line in lines if line] or [""]


def _x(x: int, rtl: bool, width: int = 0) -> int:
    """Where something so wide begins: where one reads from the right, the picture is mirrored."""
    return WIDTH - x - width if rtl else x


def _row(row: Bar, lines: list[str], y: int, height: int, head: int, room: int, reach: int, rtl: bool) -> str:
    first = y + (height - len(lines) * LINE) // 2 + LINE - 4
    label = [_text(line, head - 10, first + i * LINE, rtl, "end") for i, line in enumerate(lines)]
    middle = y + (height - BAR) // 2
    x, parts, sum_ = head, [], 0
    for n, value in enumerate(row.values):
        sum_ += value
        end = head + sum_ * room // reach
        if end > x:
            parts.append(format_html(
                '<rect class="s{}" x="{}" y="{}" width="{}" height="{}"/>', n + 1, _x(x, rtl, end - x), middle, end - x, BAR
            ))  # fmt: skip
        x = end
    said = row.said or str(sum_)
    return "".join([*label, *parts, _text(said, x + 6, middle + 14, rtl)])


def _mark(step: int, x: int, begin: int, end: int, rtl: bool, *, axis: bool, told: bool) -> str:
    line = format_html(
        '<line class="{}" x1="{x}" y1="{}" x2="{x}" y2="{}"/>', "axis" if axis else "tick", begin, end, x=_x(x, rtl)
    )
    return line + (_text(f"{step:,}", x, end + LINE - 2, rtl, "middle", "scale") if told else "")


def _legend(series: Sequence[str], rtl: bool) -> tuple[int, list[str]]:
    """The names of the series, each beside what its bars look like; and how high that is."""
    y, parts = 0, []
    for n, name in enumerate(series):
        parts.append(
            format_html('<rect class="s{}" x="{}" y="{}" width="14" height="14"/>', n + 1, _x(0, rtl, 14), y + 2)
        )
        for line in wrapped(name, int((WIDTH - 22) / LETTER)):
            parts.append(_text(line, 22, y + 14, rtl))
            y += LINE + 2
    return y + 6, parts


def _text(words: Any, x: int, y: int, rtl: bool, anchor: str = "start", kind: str = "") -> str:
    return format_html(
        '<text x="{}" y="{}" text-anchor="{}"{}>{}</text>', _x(x, rtl), y, anchor,
        format_html(' class="{}"', kind) if kind else "", words,
    )  # fmt: skip
