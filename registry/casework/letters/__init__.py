"""What people are told: the texts of notices, and the letter of a decision."""

from registry.casework.letters.decision import content_of, preview, send, sentences

__all__ = ["content_of", "preview", "send", "sentences"]
