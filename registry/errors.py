"""What can go wrong in the register's own business, in words for the person who reads them; no HTTP here."""

from dataclasses import dataclass
from typing import Any


class RegisterError(Exception):
    """The act is refused; the text says why, to the person who tried."""


class NotAllowed(RegisterError):
    """This person may not do this."""


class Conflict(RegisterError):
    """Somebody else was there first, or the record has moved on; the text says who and what."""


@dataclass(frozen=True)
class Violation:
    """One rule that one field breaks: `found` is the value that was there, `suggestion` one that would fit.

    A `waivable` rule does not keep an applicant from submitting: a decision maker may waive it for the case.
    """

    rule: str
    field: str
    message: str
    severity: str = "error"
    source: str = ""
    found: Any = None
    suggestion: str | None = None
    waivable: bool = False


class RuleViolations(RegisterError):
    """The record breaks rules of the framework profile: all of them at once, each with its field."""

    def __init__(self, violations: list[Violation]):
        self.violations = violations
        super().__init__("; ".join(f"{v.field}: {v.message}" for v in violations))
