"""What somebody probably meant: a value that fits, for one that does not. Each function is pure, and gives None where
nothing is obvious.

A suggestion is shown beside the refusal and never applied: only the person who wrote the value knows.
"""

import re
from collections.abc import Callable
from typing import Any

from registry.framework import codes
from registry.framework.values import number, written

_COMMA = re.compile(r"([+-]?\d+),(\d+)")
_HOURS = re.compile(r"(?:PT)?(\d+)\s*(?:H|h|hours?|heures?|horas?|ساعة|ساعات)")
_MONTHS = re.compile(r"P(\d+)M")
_ISCED = re.compile(r"(?:0[0-9]|10|99)\d{0,2}")


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


def meant(kind: str, value: Any) -> str:
    """The suggestion as a sentence to put after a refusal; empty where nothing is obvious."""
    suggestion = suggest(kind, value)
    return f" Did you mean {suggestion}?" if suggestion else ""
