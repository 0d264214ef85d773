"""The shapes of what a credential says: each reads a plain value strictly, and tells people what it holds.

A value comes from a form, a file, an API or an older document; what is kept of it is plain JSON, in one spelling. What
cannot be read is refused with what was found and, where that is obvious, what was meant.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from registry.framework import codes, values
from registry.framework.profile import text as in_language
from registry.framework.suggestions import suggest
from registry.numbers import parse_number

# The longest text of one field, in characters.
LONGEST = 20_000
MOST_ROWS = 500
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CODE = re.compile(r"[\w.:/ -]{1,60}")
_DURATION = re.compile(r"P(?=[\dT])(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?)?")
# Two decimals of up to six digits: what the register's columns hold.
_QUANTITY = re.compile(r"\d{1,6}(\.\d{1,2})?")


class BadValue(ValueError):
    """This is no value of the field; the text says what was found, and what would do."""


def refused(found: Any, what: str, kind: str = "") -> BadValue:
    """The refusal of a value: what it is not, and what was perhaps meant."""
    shown = values.written(found) or repr(found)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
    message = _("“%(found)s” is not %(what)s.") % {"found": shown, "what": what}
    if kind and (meant := suggest(kind, found)):
        message += " " + _("Did you mean %(suggestion)s?") % {"suggestion": meant}
    return BadValue(message)


class Shape:
    """What a field may hold. `read` gives the value in its one spelling, None where nothing is said, or raises BadValue.

    `plain` values are text or a flag; the others are lists and tables.
    """

    plain = True

    def read(self, value: Any) -> Any:
        return None if not values.given(value) else self._read(value)

    def _read(self, value: Any) -> Any:
        raise NotImplementedError

    def lines(self, value: Any, language: str) -> list[str]:
        """How people read the value: one line, or one for each of its parts."""
        return [str(value)]


@dataclass(frozen=True)
class Text(Shape):
    """Words in no language of their own: a name, a code, a reference."""

    longest: int = 300

    def _read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise refused(value, _("text"))
        if "\0" in value:
            raise BadValue(_("The text holds a character that no register can keep (NUL)."))
        kept = value.strip()
        if len(kept) > self.longest:
            raise BadValue(_("The text is longer than %(most)s characters.") % {"most": f"{self.longest:,}"})
        return kept


@dataclass(frozen=True)
class Texts(Shape):
    """Words in one or several languages: `{language: text}`, each language once."""

    plain = False

    longest: int = LONGEST

    def _read(self, value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise refused(value, _("a table of languages"))
        kept = {}
        for tag, words in value.items():
            if not isinstance(tag, str) or not _TAG.fullmatch(tag) or not _known(tag):
                raise refused(tag, _("a language of BCP 47, such as en or pt-BR"), "language")
            if said := Text(self.longest).read(words):
                kept[tag] = said
        return kept

    def lines(self, value: Any, language: str) -> list[str]:
        return [f"{said} ({tag})" if len(value) > 1 else said for tag, said in value.items()]


def _known(tag: str) -> bool:
    # Three letters are a language of ISO 639-3, of which there is no list here, unless two letters are its name.
    first = tag.partition("-")[0]
    return first in codes.LANGUAGES or (len(first) == 3 and first not in codes.LANGUAGE_OF)


@dataclass(frozen=True)
class Language(Shape):
    """One language tag of BCP 47."""

    def _read(self, value: Any) -> str:
        if not isinstance(value, str) or not _TAG.fullmatch(value.strip()) or not _known(value.strip()):
            raise refused(value, _("a language of BCP 47, such as en or pt-BR"), "language")
        return value.strip()


@dataclass(frozen=True)
class Code(Shape):
    """One of the codes of a list, each with its label."""

    options: Mapping[str, Any]

    def _read(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise refused(value, _("one of %(codes)s") % {"codes": ", ".join(self.options)})
        return value

    def lines(self, value: Any, language: str) -> list[str]:
        return [str(self.options.get(value, value))]


@dataclass(frozen=True)
class FreeCode(Shape):
    """A code of a list that is not the register's own: of a framework, a scheme or another authority."""

    def _read(self, value: Any) -> str:
        if not isinstance(value, str) or not _CODE.fullmatch(value.strip()):
            raise refused(value, _("a code of up to 60 letters, digits and signs"))
        return value.strip()


@dataclass(frozen=True)
class Level(Shape):
    """A level of a framework, as text: 5, 4A; never a number."""

    def _read(self, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"[1-9]\d?|[A-Za-z]\w{0,19}|\d[A-Za-z]", value.strip()):
            raise refused(value, _("a level such as 4"), "level")
        return value.strip()


@dataclass(frozen=True)
class Listing(Shape):
    """Several values of one shape, each once, in order."""

    plain = False

    of: Shape

    def _read(self, value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise refused(value, _("a list"))
        if len(value) > MOST_ROWS:
            raise BadValue(_("There are more than %(most)s of them.") % {"most": MOST_ROWS})
        read = [self.of.read(each) for each in value]
        return [each for n, each in enumerate(read) if each is not None and each not in read[:n]]

    def lines(self, value: Any, language: str) -> list[str]:
        return [line for each in value for line in self.of.lines(each, language)]


@dataclass(frozen=True)
class Quantity(Shape):
    """An exact decimal, kept as text with every digit that matters: never a float."""

    def _read(self, value: Any) -> str:
        exact = values.number(value)
        if exact is None or not _QUANTITY.fullmatch(f"{exact:f}"):
            raise refused(value, _("a number such as 15 or 2.5, with two decimals at most"), "number")
        return values.plain(exact)


@dataclass(frozen=True)
class Flag(Shape):
    """Yes or no."""

    def _read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise refused(value, _("yes or no"))
        return value

    def lines(self, value: Any, language: str) -> list[str]:
        return [_("yes") if value else _("no")]


@dataclass(frozen=True)
class Day(Shape):
    """A calendar date, as `YYYY-MM-DD`."""

    def _read(self, value: Any) -> str:
        if (read := values.day(value)) is None:
            raise refused(value, _("a date such as 2026-01-31"))
        return read.isoformat()


@dataclass(frozen=True)
class Duration(Shape):
    """A duration of ISO 8601: before the T an M counts months, after it minutes (edge case 36: `P60M` and `PT60H`)."""

    def _read(self, value: Any) -> str:
        if not isinstance(value, str) or not _DURATION.fullmatch(value.strip()):
            raise refused(value, _("a duration of ISO 8601, such as PT60H or P6M"), "duration")
        return value.strip()


@dataclass(frozen=True)
class Address(Shape):
    """The address of a page or of a concept, with its scheme: https or http."""

    def _read(self, value: Any) -> str:
        kept = Text(2_000).read(value)
        try:
            parts = urlsplit(kept)
        except ValueError:
            raise refused(value, _("an address such as https://example.org/page")) from None
        if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"\s", kept):
            raise refused(value, _("an address such as https://example.org/page"))
        return kept


@dataclass(frozen=True)
class Number(Shape):
    """The number of another entry of the register."""

    def _read(self, value: Any) -> str:
        number = parse_number(value) if isinstance(value, str) else None
        if number is None:
            raise refused(value, _("a register number such as NQ-000123"))
        return number


@dataclass(frozen=True)
class Column:
    """One field of a row: its label, its shape, and whether a row without it is refused."""

    label: Any
    shape: Shape
    required: bool = False


@dataclass(frozen=True)
class Row(Shape):
    """A table of named values, such as one component or one fee."""

    plain = False

    columns: Mapping[str, Column]

    def _read(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise refused(value, _("a table of named values"))
        if unknown := sorted(str(name) for name in value if name not in self.columns):
            raise BadValue(_("It does not have a field named %(name)s.") % {"name": unknown[0][:60]})
        kept = {}
        for name, column in self.columns.items():
            try:
                read = column.shape.read(value.get(name))
            except BadValue as bad:
                raise BadValue(f"{column.label}: {bad}") from None
            if read is not None and read != {} and read != []:
                kept[name] = read
            elif column.required:
                raise BadValue(_("%(label)s is missing.") % {"label": column.label})
        return kept

    def lines(self, value: Any, language: str) -> list[str]:
        return ["; ".join(self._said(value, language))]

    def _said(self, value: Mapping[str, Any], language: str) -> Iterator[str]:
        for name, column in self.columns.items():
            if name in value:
                if isinstance(column.shape, Texts):
                    yield in_language(value[name], language)
                else:
                    yield f"{column.label}: {', '.join(column.shape.lines(value[name], language))}"


def rows(**columns: Column) -> Listing:
    """Several rows of the same columns."""
    return Listing(Row(columns))


@dataclass(frozen=True)
class Parts(Shape):
    """Texts under fixed names, such as the parts of a purpose statement."""

    plain = False

    parts: Mapping[str, Any]

    def _read(self, value: Any) -> dict[str, dict[str, str]]:
        if not isinstance(value, Mapping):
            raise refused(value, _("a table of named values"))
        if unknown := sorted(str(name) for name in value if name not in self.parts):
            raise refused(unknown[0], _("one of %(codes)s") % {"codes": ", ".join(self.parts)})
        read = {name: Texts().read(value.get(name)) for name in self.parts}
        return {name: texts for name, texts in read.items() if texts}

    def lines(self, value: Any, language: str) -> list[str]:
        return [f"{self.parts[name]}: {in_language(value[name], language)}" for name in self.parts if name in value]


@dataclass(frozen=True)
class Facts(Shape):
    """What one country's law asks besides: the names are those of `[fields]` in its profile."""

    plain = False

    def _read(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise refused(value, _("a table of named values"))
        kept = {}
        for name, said in sorted(value.items(), key=lambda item: str(item[0])):
            if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_.]{0,59}", name):
                raise refused(name, _("the name of a field of the framework"))
            if values.given(said):
                kept[name] = said if isinstance(said, bool) else _plain(said)
                if kept[name] is None:
                    raise refused(said, _("a text, a number or a list of texts"))
        return kept

    def lines(self, value: Any, language: str) -> list[str]:
        return [f"{name.replace('_', ' ')}: {_shown(said)}" for name, said in value.items()]


def _plain(said: Any) -> Any:
    if isinstance(said, list | tuple):
        return Listing(Text(LONGEST)).read(said)
    return Text(LONGEST).read(values.written(said) if not isinstance(said, str) else said)


def _shown(said: Any) -> str:
    if isinstance(said, bool):
        return _("yes") if said else _("no")
    return ", ".join(said) if isinstance(said, list) else said
