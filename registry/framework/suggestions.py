"""What somebody probably meant: a value that fits, for one that does not. Each function is pure, and gives None where
nothing is obvious.

A suggestion is shown beside the refusal and never applied: only the person who wrote the value knows.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from registry.framework import codes
from registry.framework.values import number, written

_COMMA = re.compile(r"([+-]?\d+),(\d+)")
_HOURS = re.compile(r"(?:PT)?(\d+)\s*(?:H|h|hours?|heures?|horas?|ساعة|ساعات)")
_MONTHS = re.compile(r"P(\d+)M")
_ISCED = re.compile(r"(?:0[0-9]|10|99)\d{0,2}")
_CENTURIES = r"((?:19|20)\d\d)"
_YEAR_FIRST = re.compile(rf"{_CENTURIES}(?:([-/.])(\d\d?)\2(\d\d?)|(\d\d)(\d\d))")
_YEAR_LAST = re.compile(rf"(\d\d?)([-/.])(\d\d?)\2{_CENTURIES}")
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?Z?$")
# A sign belongs to a number only where the text begins with it: `4-6` is four to six.
_NUMBERS = re.compile(r"(?:^[-+])?\d+(?:\.\d+)?")


def decimal(text: str) -> str | None:
    """`12,5` → `12.5`, `١٢` → `12`, `04` → `4`, `P60M` and `60 hours` → `60`.

    `1,200` may be twelve hundred or one and a fifth: there is no suggestion.
    """
    text = _western(text.strip())
    if match := _COMMA.fullmatch(text):
        text = f"{match[1]}.{match[2]}" if len(match[2]) != 3 else text
    elif match := _HOURS.fullmatch(text) or _MONTHS.fullmatch(text):
        text = match[1]
    return _number(re.sub(r"^([+-]?)0+(?=\d)", r"\1", text))


def level(text: str) -> str | None:
    """`04` → `4`, `Level 4` → `4`, `4.0` → `4`."""
    match = re.fullmatch(r"\D{0,12}?0*(\d{1,2})(?:\.0+)?", _western(text.strip()))
    return match[1] if match else None


def country(text: str) -> str | None:
    """`ZAR` (a currency) and `ZAF` (three letters) → `ZA`, `nz` → `NZ`, `UK` → `GB`."""
    asked = text.strip().upper()
    if asked in codes.COUNTRIES:
        return asked
    if asked in codes.COUNTRY_OF:
        return codes.COUNTRY_OF[asked]
    if asked in codes.CURRENCIES and asked[:2] in codes.COUNTRIES:
        return asked[:2]
    return {"UK": "GB", "EL": "GR"}.get(asked)


def language(text: str) -> str | None:
    """`GER` and `DEU` → `de`, `EN` → `en`, `pt_br` → `pt-BR`."""
    first, _, rest = text.strip().replace("_", "-").partition("-")
    first = codes.LANGUAGE_OF.get(first.lower(), first.lower())
    if first not in codes.LANGUAGES:
        return None
    return f"{first}-{rest.upper()}" if re.fullmatch(r"[A-Za-z]{2}", rest) else first


def currency(text: str) -> str | None:
    """`nzd` → `NZD`."""
    asked = text.strip().upper()
    return asked if asked in codes.CURRENCIES else None


def isced_f(text: str) -> str | None:
    """A code of ISCED-F 2013 that lost its leading nought in a spreadsheet: `111` → `0111`, `1` → `01`.

    Broad fields are 00 to 10 and 99, so that `588` can only be `0588`; `101` is a narrow field and stays.
    """
    asked = text.strip()
    if not re.fullmatch(r"[0-9]{1,3}", asked) or _ISCED.fullmatch(asked):
        return None
    return f"0{asked}" if _ISCED.fullmatch(f"0{asked}") else None


def digits(length: int) -> Callable[[str], str | None]:
    """For a code of that many digits: the noughts that went missing, one at most (`10101` → `010101` of six)."""

    def padded(text: str) -> str | None:
        asked = text.strip()
        return f"0{asked}" if re.fullmatch(r"[0-9]+", asked) and len(asked) == length - 1 else None

    return padded


def duration(text: str) -> str | None:
    """`P60M` → `PT60H`: before the T an M counts months, and sixty hours are PT60H. `60 hours` → `PT60H`."""
    asked = text.strip()
    if match := _MONTHS.fullmatch(asked) or _HOURS.fullmatch(asked):
        return f"PT{int(match[1])}H"
    if re.fullmatch(r"\d{1,5}", asked):
        return f"PT{int(asked)}H"
    return None


def day(text: str) -> date | None:
    """`31.01.2020`, `2020/1/31`, `20200131` and `2020-01-31T00:00:00` → that day.

    `01.02.2020` may be in January or in February: there is no suggestion.
    """
    text = _MIDNIGHT.sub("", _western(text.strip()))
    if match := _YEAR_FIRST.fullmatch(text):
        readings = {(match[1], match[3] or match[5], match[4] or match[6])}
    elif match := _YEAR_LAST.fullmatch(text):
        readings = {(match[4], match[3], match[1]), (match[4], match[1], match[3])}
    else:
        return None
    days = {found for year, month, of_month in readings if (found := _day(int(year), int(month), int(of_month)))}
    return days.pop() if len(days) == 1 else None


def among(known: Iterable[str], text: str) -> str | None:
    """The one of these words for a level that says the same: of `Level 4` and `Level 5`, `04`, `4.0` and `level-4` → the
    first. `Level 4` of `4` and `5` too, but never `NQF 4`: that is a level of another framework.
    """
    words, numbers = _parts(text)
    if not (words or numbers):
        return None
    found = []
    for each in known:
        its_words, its_numbers = _parts(each)
        same = not words or words == its_words or (words == "level" and not its_words)
        if same and numbers == its_numbers:
            found.append(each)
    return found[0] if len(found) == 1 else None


def _parts(text: str) -> tuple[str, list[str]]:
    """The letters of a text, and its numbers without the noughts that say nothing."""
    text = _western(text.casefold())
    numbers = (re.sub(r"\.0+$", "", number) for number in _NUMBERS.findall(text))
    return re.sub(r"[\W\d_]", "", text), [re.sub(r"^([-+]?)0+(?=\d)", r"\1", number) for number in numbers]


def _day(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def _western(text: str) -> str:
    """Digits of any script as 0 to 9."""
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)


def _number(text: str) -> str | None:
    return text if number(text) is not None else None


# The type of a field (`[fields]` of a profile) and what is tried for it.
BY_TYPE: dict[str, Callable[[str], str | None]] = {
    "number": decimal,
    "level": level,
    "country": country,
    "language": language,
    "currency": currency,
    "isced_f": isced_f,
    "six_digits": digits(6),
    "duration": duration,
}


def suggest(kind: str, value: Any) -> str | None:
    """What to write instead of this value in a field of this type, where that is obvious and differs."""
    text = written(value)
    suggestion = BY_TYPE[kind](text) if kind in BY_TYPE and 0 < len(text) <= 60 else None
    return suggestion if suggestion != text else None


def meant(suggestion: str | None) -> str:
    """The suggestion as a sentence to put after a refusal; empty where nothing is obvious."""
    return f" Did you mean {suggestion}?" if suggestion else ""
