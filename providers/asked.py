"""What a body is asked when it applies, besides what the register will say of it: each field once, with its shape.

Rows of the register have days of their own (`registry.content.bodies`); those of an application have none: they hold from
the day on which the decision takes effect. Who governs a body, and their answers, follow New Zealand's criteria for
registration (section 1.12 of the domain specification).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.content.bodies import BY_NAME, TYPES
from registry.content.dictionary import Options
from registry.content.shapes import (
    Address,
    BadValue,
    Code,
    Column,
    Day,
    Flag,
    FreeCode,
    Language,
    Listing,
    Row,
    Shape,
    Text,
    refused,
    rows,
)

# Answered by each governing member with yes or no; a yes is explained.
FIT_AND_PROPER: Options = {
    "convicted": _("Convicted of fraud, violence or dishonesty"),
    "insolvent": _("Insolvent, or barred from managing a body"),
    "cancelled": _("Governed a provider that was cancelled or refused"),
}
_DAYS = ("from", "until")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


class Mail(Text):
    """An e-mail address."""

    def _read(self, value: Any) -> str:
        kept = super()._read(value)
        if not _MAIL.fullmatch(kept):
            raise refused(value, _("an e-mail address"))
        return kept


@dataclass(frozen=True)
class Short(Shape):
    """A value of another shape that is no longer than its column."""

    of: Shape
    longest: int

    def _read(self, value: Any) -> str:
        kept = self.of.read(value)
        if kept and len(kept) > self.longest:
            raise BadValue(_("The text is longer than %(most)s characters.") % {"most": self.longest})
        return kept


def _undated(name: str) -> Listing:
    """The rows of a field of the register, without the days that the decision gives them."""
    shape = BY_NAME[name].shape
    return Listing(Row({key: column for key, column in shape.of.columns.items() if key not in _DAYS}))


SITES, SCOPE = _undated("sites"), _undated("scope")
GOVERNING_MEMBERS = rows(
    name=Column(_("Name"), Text(200)), role=Column(_("Role"), Text(200)),
    has_interests=Column(_("Has interests to declare"), Flag()), interests=Column(_("Which interests"), Text(2_000)),
    **{name: Column(label, Flag()) for name, label in FIT_AND_PROPER.items()},
    explanation=Column(_("Explanation of each yes"), Text(2_000)),
)  # fmt: skip
CONTACTS = rows(
    name=Column(_("Name"), Text(200)), role=Column(_("Role"), Text(200)), email=Column(_("E-mail address"), Mail()),
    telephone=Column(_("Telephone"), Text(60)),
)  # fmt: skip
# Personal data: these are handed in under a digest, and may be forgotten (edge case 41).
PERSONAL = ("governing_members", "contacts")

SHAPES: Mapping[str, Shape] = {
    "legal_name": Text(300), "language": Short(Language(), 20), "other_names": Listing(Text(300)), "type": Code(TYPES),
    "body_register": FreeCode(), "body_number": FreeCode(), "address": Text(500), "website": Short(Address(), 500),
    "country": FreeCode(), "region": Text(200), "may_deliver": Flag(), "sites": SITES, "scope": SCOPE,
    "asked_from": Day(), "asked_until": Day(), "governing_members": GOVERNING_MEMBERS, "contacts": CONTACTS,
}  # fmt: skip
STATEMENT = Text(8_000)


def read(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that an application has of these names, each in its one spelling; None where nothing is said.

    `statements` are texts by criterion. Raises BadValue, naming the field, for one that cannot be kept.
    """
    kept = {}
    for name, shape in SHAPES.items():
        if name in values:
            kept[name] = _read(name, shape, values[name])
    if "statements" in values:
        said = {key: _read(key, STATEMENT, text) for key, text in (values["statements"] or {}).items()}
        kept["statements"] = {key: text for key, text in said.items() if text}
    return kept


def _read(name: str, shape: Shape, value: Any) -> Any:
    try:
        return shape.read(value)
    except BadValue as bad:
        raise BadValue(f"{name}: {bad}") from None
