"""The desk of credentials in the admin: entries and their amendments, accreditations, imports, and texts to be repaired."""

from credentials.admin import consistency, reviews
from credentials.admin.accreditations import AccreditationAdmin
from credentials.admin.amendments import AmendmentAdmin
from credentials.admin.bulk import BulkRowAdmin
from credentials.admin.entries import CredentialAdmin
from credentials.admin.imports import ImportRunAdmin
from credentials.admin.repairs import TextRepairAdmin

__all__ = [
    "AccreditationAdmin", "AmendmentAdmin", "BulkRowAdmin", "CredentialAdmin", "ImportRunAdmin", "TextRepairAdmin",
    "consistency", "reviews",
]  # fmt: skip
