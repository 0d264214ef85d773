"""Why a listing is removed as wrong, by category, and the one neutral sentence that is public of it (E9).

The sentence is kept in the journal in English, as the other words of a change are; a page says it in its reader's
language. Of the mistake itself only officers read more.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

CATEGORIES: Mapping[str, Any] = {
    "never_approved": _("it was never approved"),
    "listed_twice": _("it is listed twice"),
    "wrong_body": _("it is listed for the wrong body"),
    "wrong_content": _("its content is wrong throughout"),
    "other": _("another mistake"),
}
SENTENCES: Mapping[str, str] = {
    "never_approved": gettext_noop("It had never been approved."),
    "listed_twice": gettext_noop("It had been listed twice: %(number)s is the entry that stands."),
    "wrong_body": gettext_noop("It had been listed for a body that it does not belong to."),
    "wrong_content": gettext_noop("What had been listed was wrong throughout."),
    "other": gettext_noop("It had been listed by mistake."),
}
# The category that names another entry.
LISTED_TWICE = "listed_twice"


def sentence(category: str, number: str = "") -> str:
    """What is public of a removal, as the journal keeps it; `number` is the entry that stands where it was listed twice."""
    said = SENTENCES[category]
    return said % {"number": number} if category == LISTED_TWICE else said


def category_of(reason: str) -> str | None:
    """The category that such a sentence tells; None for one that another register wrote."""
    return next((category for category in SENTENCES if _pattern(category).fullmatch(reason)), None)


def in_words(reason: str) -> str:
    """The sentence in the reader's language; one that another register wrote stays as it is."""
    category = category_of(reason)
    if category is None:
        return reason
    return gettext(SENTENCES[category]) % _pattern(category).fullmatch(reason).groupdict()


@cache
def _pattern(category: str) -> re.Pattern[str]:
    return re.compile(re.escape(SENTENCES[category]).replace(re.escape("%(number)s"), r"(?P<number>[\w-]+)"))
