"""The picture of an entry's pathways, drawn on the server as SVG: from top to bottom, so that a narrow page holds it whole.

Above the entry stands what may lead to it, below it what it may lead to. The same is on the page as a list, with links;
the picture has none. It can be read without a stylesheet and on paper: `.ladder` in the stylesheet gives colours only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_bidi

from registry.plots import wrapped

# In units of the picture, of which a narrow telephone shows a little less than one for each of its own.
WIDTH, INDENT, RAIL, PAD, GAP, LINE, SMALL = 360, 28, 10, 10, 8, 19, 18
# How wide a letter is taken to be: a little more than most are at these sizes, so that nothing runs out of its box.
LETTER, SMALL_LETTER, WIDE = 8.2, 7.7, 9.2
# So many lines of a title are shown; what is longer ends with an ellipsis, and stands whole in the list.
TITLE_LINES = 3


@dataclass(frozen=True)
class Box:
    """One entry: its title, what is said of it, and by how many steps it is away."""

    title: str
    said: str = ""
    depth: int = 1


@dataclass(frozen=True)
class Band:
    """Entries that stand in one relation to the entry, with how many more there are. `dashed`: one in place of another."""

    caption: str
    boxes: Sequence[Box]
    more: str = ""
    dashed: bool = False


def ladder(
    above: Sequence[Band],
    here: Box,
    below: Sequence[Band],
    *,
    name: str,
    title: str,
    said: str,
    rtl: bool | None = None,
) -> SafeString:
    """`name` makes its ids unlike those of others on the page; `title` and `said` tell it to people who do not see it."""
    drawn = _Drawn(get_language_bidi() if rtl is None else rtl)
    for band in above:
        drawn.band(band, upward=True)
    drawn.here(here)
    for band in below:
        drawn.band(band, upward=False)
    return format_html(
        '<svg class="ladder" role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc" '
        'viewBox="0 0 {width} {height}" direction="{way}" font-size="15"><title id="{name}-title">{title}</title>'
        '<desc id="{name}-desc">{said}</desc>{parts}</svg>',
        name=name, title=title, said=said, width=WIDTH, height=drawn.y + 2, way="rtl" if drawn.rtl else "ltr",
        parts=mark_safe("".join(drawn.parts)),  # noqa: S308 each part is escaped
    )  # fmt: skip


class _Drawn:
    """The parts of a picture as it grows downwards; where one reads from the right it is mirrored."""

    def __init__(self, rtl: bool):
        self.rtl, self.y, self.parts = rtl, 2, []
        # Where the lines of the bands above begin, which end at the entry.
        self.rails: list[tuple[int, bool]] = []

    def band(self, band: Band, *, upward: bool) -> None:
        # Below, the lines come from the entry itself, or from the box one step nearer to it.
        roots = {1: self.y}
        self.y += GAP if self.y > 2 else 0
        self.lines(wrapped(band.caption, int((WIDTH - INDENT) / SMALL_LETTER)), INDENT, SMALL, "relation")
        self.y += 4
        for box in band.boxes:
            x = INDENT * box.depth
            middle = self.box(box, x)
            self.line(x - INDENT + RAIL, middle, x, middle, band.dashed)
            if upward:
                self.rails.append((middle, band.dashed))
            else:
                self.arrow(x, middle, sideways=True)
                self.line(x - INDENT + RAIL, roots[box.depth], x - INDENT + RAIL, middle, band.dashed)
                roots = {d: r for d, r in roots.items() if d <= box.depth} | {box.depth + 1: self.y}
            self.y += GAP
        if band.more:
            self.lines(wrapped(band.more, int((WIDTH - INDENT) / SMALL_LETTER)), INDENT, SMALL, "said")
            self.y += GAP

    def here(self, box: Box) -> None:
        if self.rails:
            self.y += GAP
            for dashed in {dashed for _, dashed in self.rails}:
                first = min(y for y, d in self.rails if d == dashed)
                self.line(RAIL, first, RAIL, self.y, dashed)
            self.arrow(RAIL, self.y, sideways=False)
        self.box(box, 0, here=True)

    def box(self, box: Box, x: int, *, here: bool = False) -> int:
        """A box with its words; returns its middle."""
        room = WIDTH - x - 2 * PAD
        title = _cut(wrapped(box.title, int(room / (WIDE if here else LETTER))))
        said = wrapped(box.said, int(room / SMALL_LETTER)) if box.said else []
        top, height = self.y, len(title) * LINE + len(said) * SMALL + PAD
        width = WIDTH - x - 2
        self.parts.append(
            format_html(
                '<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill="none" stroke="currentColor" stroke-width="{}"/>',
                "here" if here else "box", self._x(x + 1, width), top, width, height, 3 if here else 1,
            )
        )  # fmt: skip
        self.y += PAD // 2 - 2
        self.lines(title, x + PAD, LINE, "title", bold=here)
        self.lines(said, x + PAD, SMALL, "said")
        self.y = top + height
        return top + height // 2

    def lines(self, words: Iterable[str], x: int, height: int, kind: str, *, bold: bool = False) -> None:
        """Lines of text. Each is isolated, so that its own signs stay where its own script puts them."""
        for line in words:
            self.y += height
            self.parts.append(
                format_html(
                    '<text class="{}" x="{}" y="{}"{}{}>\u2068{}\u2069</text>', kind, self._x(x), self.y - 3,
                    mark_safe(' font-weight="bold"') if bold else "",
                    mark_safe(' font-size="14"') if height == SMALL else "", line,
                )
            )  # fmt: skip

    def line(self, x1: int, y1: int, x2: int, y2: int, dashed: bool) -> None:
        self.parts.append(
            format_html(
                '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="currentColor" stroke-width="2"{}/>', self._x(x1), y1,
                self._x(x2), y2, mark_safe(' stroke-dasharray="5 4"') if dashed else "",
            )
        )  # fmt: skip

    def arrow(self, x: int, y: int, *, sideways: bool) -> None:
        """The head of an arrow whose point is there."""
        back = ((x - 9, y - 5), (x - 9, y + 5)) if sideways else ((x - 5, y - 9), (x + 5, y - 9))
        points = " ".join(f"{self._x(px)},{py}" for px, py in ((x, y), *back))
        self.parts.append(format_html('<polygon points="{}" fill="currentColor"/>', points))

    def _x(self, x: int, width: int = 0) -> int:
        return WIDTH - x - width if self.rtl else x


def _cut(lines: list[str]) -> list[str]:
    return lines if len(lines) <= TITLE_LINES else [*lines[: TITLE_LINES - 1], lines[TITLE_LINES - 1][:-1] + "…"]
