"""The framework profiles that there are, each read strictly from its file by `registry.framework.reading`.

No Django here: the settings read the authority's time zone from a profile.
"""

from functools import cache
from pathlib import Path

from registry.framework import reading
from registry.framework.law import Profile, ProfileError, Texts

FOLDER = Path(__file__).parent / "profiles"
# What every profile shares: not a profile itself.
COMMON = FOLDER / "common.toml"


@cache
def load(code: str) -> Profile:
    """The profile of that code. Raises ProfileError with file, key and reason where its file is malformed."""
    path = FOLDER / f"{code}.toml"
    if not path.is_file() or path.name == COMMON.name:
        raise ProfileError(f"NQR_PROFILE={code}: there is no such profile; there are: {', '.join(shipped())}")
    return reading.read(path, COMMON)


def shipped() -> list[str]:
    """The codes of the profiles that there are."""
    return sorted(p.stem for p in FOLDER.glob("*.toml") if p.name != COMMON.name)


def text(translations: Texts, language: str = "en") -> str:
    """The text in a language, else in its base language, else English, else whatever there is."""
    for tag in (language, language.split("-")[0], "en"):
        if tag in translations:
            return translations[tag]
    return next(iter(translations.values()), "")
