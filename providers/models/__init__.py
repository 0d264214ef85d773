"""The desk's record of a provider, and the cases about one; what is public of a provider is a document in the register."""

from providers.models.applied import Registration, ScopeChange, make_salt
from providers.models.complaints import Complainant, Complaint, Finding
from providers.models.identity import Renaming, Succession
from providers.models.provider import Provider
from providers.models.returns import ProviderReturn
from providers.models.sanctions import Lapse, Lifting, Sanction, Withdrawal

__all__ = [
    "Complainant", "Complaint", "Finding", "Lapse", "Lifting", "Provider", "ProviderReturn", "Registration", "Renaming",
    "Sanction", "ScopeChange", "Succession", "Withdrawal", "make_salt",
]  # fmt: skip
