"""A file with two hundred planted faults among good rows, each fault written down beside what must be said of it."""

import csv
import io
from pathlib import Path

from credentials.imports.reading import COLUMNS

MAPPINGS = Path(__file__).parent.parent.parent / "credentials" / "mappings"
GOOD = {
    "source": "ofqual", "kind": "qualification", "title": "Certificate in Bee Keeping", "level_native": "Level 2",
    "awarding_body": "Apiary Board", "status": "Approved", "field_code": "Agriculture", "start_date": "01/09/2016",
    "lang": "en", "country": "GB",
}  # fmt: skip

DAYS = (
    "29/02/2023", "99/99/9999", "31/04/2020", "00/01/2020", "2020-01-31", "01/13/2020", "31.12.2020", "yesterday",
    "32/01/2020", "29/02/1900", "12/2020", "2020", "01/01/20200", "01-01-2020", "01/01/2020 10:00", "1/1", "-1",
    "01//2020", "31/06/1999",
)  # fmt: skip
LEVELS = (
    "https://example.org/level/2", "Level 9", "level 2", "2", "Level II", "04", "Level 2 / 3", "Entry", "NQF 4", "niveau3",
    "Level  2", "?",
)  # fmt: skip
STATUSES = ("Retired", "approved", "APPROVED", "Current", "Withdrawn", "Yes", "1", "Aproved", "Approved.", "tbc")
QUANTITIES = (
    "12,5", "P60M", "-3", "NaN", "Infinity", "1e3", "1_000", "many", "12.345", "9999999", "5 credits", "0x10", "١٢",
)  # fmt: skip
# What each of these was meant to say, where that is obvious.
MEANT = {
    "2020-01-31": "31/01/2020", "01/13/2020": "13/01/2020", "31.12.2020": "31/12/2020", "01-01-2020": "01/01/2020",
    "level 2": "Level 2", "2": "Level 2", "04": "Level 4", "Level  2": "Level 2", "niveau 6": "niveau6", "niveau06": "niveau6",
    "12,5": "12.5", "P60M": "60", "١٢": "12",
    "ZAR": "ZA", "nz": "NZ", "GBR": "GB", "GER": "de", "EN": "en", "en_GB": "en-GB", "en-": "en",
}  # fmt: skip


def meant(value: str) -> str:
    return f" Did you mean {MEANT[value]}?" if value in MEANT else ""


COUNTRIES = ("ZAR", "nz", "New Zealand", "N", "N1", "GBR")
LANGUAGES = ("GER", "EN", "english language", "e", "en_GB", "en-")
FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", '=HYPERLINK("http://example.org")')
RUN_ELSEWHERE = ("source_id", "awarding_body", "field_code", "url", "alt_titles", "learning_outcomes")
TOO_LONG = {
    "source_id": 200, "awarding_body": 1_000, "field_code": 300, "url": 500, "alt_titles": 20_000,
    "learning_outcomes": 200_000, "decision_number": 30,
}  # fmt: skip
TEXTS = ("title", "awarding_body", "status", "field_code", "url", "alt_titles", "lang")
QUOTED = ("title", "level_native", "awarding_body", "status", "field_code", "start_date", "url", "lang")


class Planted:
    """The file as it grows: every line that is written, and what the import must say of it."""

    def __init__(self) -> None:
        self.out = io.BytesIO()
        self.line = 0
        self.good = 0
        self.expected: list[tuple[int, str, str]] = []
        self.raw(",".join(COLUMNS))

    def raw(self, text: str | bytes) -> int:
        self.out.write((text.encode() if isinstance(text, str) else text) + b"\r\n")
        self.line += 1
        return self.line

    def row(self, **changes: str) -> int:
        return self.raw(record({"source_id": f"GOOD/{self.line}", **changes}))

    def sound(self, **changes: str) -> int:
        self.good += 1
        return self.row(**changes)

    def fault(self, field: str, reason: str, **changes: str) -> None:
        self.expected.append((self.row(**changes), field, reason))
        # What stands behind a fault must land all the same.
        self.sound()

    def broken(self, text: str | bytes, field: str, reason: str) -> None:
        self.expected.append((self.raw(text), field, reason))
        self.sound()


def record(changes: dict[str, str]) -> str:
    out = io.StringIO()
    csv.DictWriter(out, COLUMNS).writerow(GOOD | changes)
    return out.getvalue().removesuffix("\r\n")


def plant(path: Path) -> Planted:
    """Write the file."""
    planted = Planted()
    _values(planted)
    _texts(planted)
    _identities(planted)
    _structure(planted)
    path.write_bytes(planted.out.getvalue())
    return planted


def _values(planted: Planted) -> None:
    for column in ("start_date", "end_date", "decision_date"):
        for day in DAYS:
            planted.fault(column, f"{day!r} is not a date as ofqual writes them.{meant(day)}", **{column: day})
    planted.fault("start_date", "'2023-02-29 00:00:00' is not a date as za-saqa writes them.",
                  source="za-saqa", status="Accredited", level_native="NQF 4", start_date="2023-02-29 00:00:00")  # fmt: skip
    for level in LEVELS:
        planted.fault("level_native", f"{level!r} is not a level of ofqual.{meant(level)}", level_native=level)
    for word in STATUSES:
        planted.fault("status", f"{word!r} is not a status word of ofqual.", status=word)
    for text in QUANTITIES:
        planted.fault("credits_native", f"{text!r} is not a number of credits.{meant(text)}", credits_native=text)
        planted.fault("hours", f"{text!r} is not a number of hours.{meant(text)}", hours=text)
    for country in COUNTRIES:
        said = f"{country!r} is not a country of ISO 3166-1: two capital letters, such as NZ.{meant(country)}"
        planted.fault("country", said, country=country)
    for language in LANGUAGES:
        planted.fault(
            "lang", f"{language!r} is not a language of BCP 47, such as en or pt-BR.{meant(language)}", lang=language
        )

    _other_sources(planted)


def _other_sources(planted: Planted) -> None:
    """Each source has words and dates of its own, and a provider's row has no level to read."""
    board = {"source": "ofqual-org", "kind": "provider", "status": "Recognised", "level_native": "", "start_date": ""}
    reasons = {
        "status": ("Registered", "'Registered' is not a status word of ofqual-org."),
        "end_date": (
            "31/12/2020",
            "'31/12/2020' is not a date as ofqual-org writes them. Did you mean 2020-12-31 00:00:00.0000000?",
        ),
        "country": ("UKX", "'UKX' is not a country of ISO 3166-1: two capital letters, such as NZ."),
        "title": ("@board", "The cell begins with '@': a spreadsheet would run it as a formula."),
    }
    for column, (value, reason) in reasons.items():
        planted.fault(column, reason, **board | {column: value})
    titre = {"source": "fr-rncp", "status": "ACTIVE", "level_native": "niveau6", "lang": "fr"}
    for level in ("niveau 6", "Level 2", "niveau06"):
        planted.fault(
            "level_native", f"{level!r} is not a level of fr-rncp.{meant(level)}", **titre | {"level_native": level}
        )
    for word in ("ACTIF", "active"):
        planted.fault("status", f"{word!r} is not a status word of fr-rncp.", **titre | {"status": word})
    apprentice = {"source": "uk-ifate", "status": "approved", "level_native": "3", "start_date": ""}
    for day in ("2020-12-31", "31/12/2020"):
        said = f"{day!r} is not a date as uk-ifate writes them. Did you mean 31-12-2020?"
        planted.fault("start_date", said, **apprentice | {"start_date": day})
    course = {"source": "cricos", "status": "Current", "level_native": "Diploma", "start_date": ""}
    planted.fault("level_native", "'Diplom' is not a level of cricos.", **course | {"level_native": "Diplom"})


def _texts(planted: Planted) -> None:
    for title in ("", "   ", "\u00a0"):
        planted.fault("title", "The row has no title.", title=title)
    for length in (1_001, 5_000):
        planted.fault("title", "The title is longer than 1,000 characters.", title="x" * length)
    planted.sound(title="x" * 1_000)
    for formula in FORMULAS:
        planted.fault(
            "title", f"The cell begins with {formula[0]!r}: a spreadsheet would run it as a formula.", title=formula
        )
    for column in RUN_ELSEWHERE:
        reason = "The cell begins with '=': a spreadsheet would run it as a formula."
        planted.fault(column, reason, **{column: "=cmd()"})
    for column, most in TOO_LONG.items():
        planted.fault(column, f"{column} is longer than {most:,} characters.", **{column: "y" * (most + 1)})
    for column in TEXTS:
        whole = {"source_id": f"NUL/{column}", column: "be\x00es"}
        planted.fault(column, "The text holds a NUL byte.", **whole)
        bad = record({"source_id": f"BYTE/{column}", column: "abeille@@"}).encode().replace(b"@@", b"\xe9")
        planted.broken(bad, column, "The text holds the byte 0xe9, which is not UTF-8.")
    planted.sound(title="Apicultura e polinização: çãõéíóúâêôà")


def _identities(planted: Planted) -> None:
    known = ", ".join(sorted(path.stem for path in MAPPINGS.glob("*.toml")))
    for source in ("", "atlantis", "../nz", "OFQUAL", "of qual"):
        planted.fault("source", f"There is no mapping for {source!r}; there are: {known}.", source=source)
    kinds = "qualification, unit, micro_credential, provider"
    for kind in ("", "diploma", "Qualification", "units"):
        planted.fault("kind", f"{kind!r} is not a kind that is imported; there are: {kinds}.", kind=kind)
    planted.fault("source_id", "The row has no source_id.", source_id="")
    first = planted.sound(source_id="TWICE")
    for column, value in (
        ("title", "Another"), ("kind", "unit"), ("awarding_body", "Another"), ("end_date", "01/01/2030"),
        ("country", "FR"),
    ):  # fmt: skip
        reason = f"TWICE stands on line {first} already, with another {column}."
        planted.fault("source_id", reason, source_id="TWICE", **{column: value})


def _structure(planted: Planted) -> None:
    width = len(COLUMNS)
    sound = record({"source_id": "STRUCTURE"})
    for more in (1, 2):
        planted.broken(sound + "," * more, "", f"The row has {width + more} columns, the header {width}.")
    for cells in (["ofqual"], ["ofqual", "1", "qualification"], ["x"] * (width - 1)):
        planted.broken(",".join(cells), "", f"The row has {len(cells)} columns, the header {width}.")
    planted.broken(",".join(COLUMNS), "", "The header stands here again.")
    for column in QUOTED:
        open_ended = sound.split(",")
        open_ended[COLUMNS.index(column)] = f'"{open_ended[COLUMNS.index(column)]}'
        planted.broken(",".join(open_ended), column, "A quotation mark is opened here and never closed.")
    for text in ('"Bee"keeping', '"a" b', '""c'):
        cells = sound.split(",")
        cells[COLUMNS.index("title")] = text
        planted.broken(",".join(cells), "", "This is not CSV: ',' expected after '\"'.")
    planted.broken("z" * 1_200_000, "", "The line is longer than 1,000,000 characters.")
    # A quoted text over two lines is no fault, nor is a mark of inches.
    planted.sound(title="Honey\r\nand wax")
    planted.line += 1
    planted.sound(title='Frames of 12" and more')
