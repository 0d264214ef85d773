"""One table of a TOML file, read key by key, so that every refusal can say file, key and reason."""

import difflib
import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from registry.framework.law import ProfileError, Texts
from registry.framework.values import number

TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MISSING = object()


class Table:
    """One table of a file, read key by key. `done` refuses the keys that nobody asked for."""

    def __init__(self, file: str, path: str, raw: Any, languages: tuple[str, ...] = ("en",)):
        self.file, self.path, self.languages = file, path, languages
        if not isinstance(raw, dict):
            raise self.wrong("", "is not a table")
        self.raw = raw
        self.read: set[str] = set()

    def wrong(self, key: str, reason: str) -> ProfileError:
        place = ".".join(p for p in (self.path, key) if p)
        return ProfileError(f"{self.file}: {place}: {reason}" if place else f"{self.file}: {reason}")

    def take(self, key: str, kind: type | tuple[type, ...], what: str, default: Any = _MISSING) -> Any:
        self.read.add(key)
        if key not in self.raw:
            if default is _MISSING:
                raise self.wrong(key, "is missing")
            return default
        value = self.raw[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(key, f"is not {what}")
        return value

    def string(self, key: str, default: Any = _MISSING) -> Any:
        value = self.take(key, str, "a text", default)
        if key in self.raw and not value.strip():
            raise self.wrong(key, "is empty")
        return value

    def one_of(self, key: str, allowed: Any, default: Any = _MISSING) -> Any:
        value = self.string(key, default)
        if value not in allowed and value is not default:
            raise self.wrong(
                key, f"{value!r} is not one of {', '.join(sorted(map(str, allowed)))}{like(value, allowed)}"
            )
        return value

    def whole(self, key: str, default: Any = _MISSING, least: int = 1) -> Any:
        value = self.take(key, int, "a whole number", default)
        if isinstance(value, int) and value < least:
            raise self.wrong(key, f"{value} is less than {least}")
        return value

    def day(self, key: str, default: Any = _MISSING) -> Any:
        value = self.take(key, date, "a date, written without quotes as 2026-01-31", default)
        if isinstance(value, datetime):
            raise self.wrong(key, "is a time; a law has effect from a day")
        return value

    def exact(self, key: str, default: Any = _MISSING) -> Any:
        """A decimal, written as text."""
        value = self.string(key, default)
        if isinstance(value, str) and number(value) is None:
            raise self.wrong(key, f'{value!r} is not a decimal such as "10" or "2.5"')
        return value

    def strings(self, key: str, default: Any = _MISSING, allowed: Any = None) -> tuple[str, ...]:
        values = self.take(key, list, "a list", default)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(f"{key}[{index}]", "is not a text")
            if allowed is not None and value not in allowed:
                known = ", ".join(sorted(allowed))
                raise self.wrong(f"{key}[{index}]", f"{value!r} is not one of {known}{like(value, allowed)}")
        if len(set(values)) != len(values):
            raise self.wrong(key, "says something twice")
        if not values and default is _MISSING:
            raise self.wrong(key, "is empty")
        return tuple(values)

    def words(self, key: str, default: Any = _MISSING) -> Any:
        """One text in several languages: English and every language in which the profile's pages come."""
        value = self.take(key, dict, "a table of languages", default)
        return value if value is default else self._words(key, value, self.languages)

    def name(self, key: str) -> Texts:
        """A proper name, which may stand in any languages; English is needed, for a reader of another language."""
        return self._words(key, self.take(key, dict, "a table of languages"), ("en",))

    def _words(self, key: str, value: dict[str, Any], needed: tuple[str, ...]) -> Texts:
        for tag, words in value.items():
            if not TAG.fullmatch(tag):
                raise self.wrong(f"{key}.{tag}", "is not a language of BCP 47, such as en or pt-BR")
            if not isinstance(words, str) or not words.strip():
                raise self.wrong(f"{key}.{tag}", "is not a text")
        for language in needed:
            if language not in value:
                reason = "needed for a reader of any other language" if language == "en" else "in interface_languages"
                raise self.wrong(f"{key}.{language}", f"is missing: it is {reason}")
        return value

    def table(self, key: str, default: Any = _MISSING) -> "Table":
        value = self.take(key, dict, "a table", default)
        return Table(self.file, f"{self.path}.{key}" if self.path else key, value, self.languages)

    def tables(self, key: str, default: Any = _MISSING, named: str = "id") -> list["Table"]:
        """A list of tables, each placed by its id, or by its index where it has none."""
        values = self.take(key, list, "a list of tables", default)
        found = []
        for index, value in enumerate(values):
            own = value.get(named) if isinstance(value, dict) else None
            place = f"{key}.{own}" if isinstance(own, str) and own else f"{key}[{index}]"
            found.append(Table(self.file, f"{self.path}.{place}" if self.path else place, value, self.languages))
        return found

    def done(self) -> None:
        for key in self.raw:
            if key not in self.read:
                raise self.wrong(key, f"is not a key of a profile here{like(key, self.read)}")


def like(value: Any, known: Any) -> str:
    near = difflib.get_close_matches(str(value), [str(k) for k in known], n=1)
    return f"; did you mean {near[0]}?" if near else ""


def parse(path: Path) -> Table:
    try:
        return Table(path.name, "", tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path.name}: {error}") from None
