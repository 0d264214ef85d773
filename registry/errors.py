"""What can go wrong in the register's own business, in words for the person who reads them; no HTTP here."""

from dataclasses import dataclass


class RegisterError(Exception):
    """The act is refused; the text says why, to the person who tried."""


class NotAllowed(RegisterError):
    """This person may not do this."""


class Conflict(RegisterError):
    """Somebody else was there first, or the record has moved on; the text says who and what."""


@dataclass(frozen=True)
class Violation:
    """One rule that one field breaks."""

    rule: str
    field: str
    message: str
    severity: str = "error"
    source: str = ""


class RuleViolations(RegisterError):
    """The record breaks rules of the framework profile: all of them at once, each with its field."""

    def __init__(self, violations: list[Violation]):
        self.violations = violations
        super().__init__("; ".join(f"{v.field}: {v.message}" for v in violations))
