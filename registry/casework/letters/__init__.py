"""What people are told: the texts of notices, and the letter of a decision."""

from registry.casework.letters.decision import preview, send

__all__ = ["preview", "send"]
