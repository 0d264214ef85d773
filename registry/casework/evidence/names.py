"""What an applicant calls a file: kept in the row, given back with the file, and never a name on the disk."""

import os
import unicodedata

MAX_LENGTH = 200
# Control and format characters, halves of pairs, private ones, and what separates lines and paragraphs.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Letters of Persian and of many Indian scripts are joined and kept apart by these two.
JOINERS = "\u200c\u200d"


def clean(name: str) -> str:
    """The base name in composed letters, without control characters or those that turn the direction of a text.

    A name that is too long loses the end of its stem and keeps its extension. Empty where nothing is left.
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(
        c for c in unicodedata.normalize("NFC", base) if c in JOINERS or unicodedata.category(c) not in UNSEEN
    )
    stem, extension = os.path.splitext(" ".join(shown.split()).strip(". "))
    return (stem[: MAX_LENGTH - len(extension)] + extension)[-MAX_LENGTH:].strip()
