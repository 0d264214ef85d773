"""What the desk keeps of credentials: the entries, who delivers them, the cases about them, and their imports."""

from credentials.models.accreditations import Accreditation
from credentials.models.bulk import BulkRow, Reregistration, ReviewSpread
from credentials.models.cases import AccreditationApplication, Amendment, Application
from credentials.models.consistency import ConsistencyPart, ConsistencyReview
from credentials.models.entries import Credential, Revision, StackingLink
from credentials.models.imports import ImportDifference, ImportProblem, ImportRun, StagedRow, TextRepair
from credentials.models.reviews import Review
from credentials.models.sanctions import AccreditationSanction, EntrySuspension, Lifting, Relinquishing
from credentials.models.wrongs import Correction, Inquiry, KindByLaw, Removal

__all__ = [
    "Accreditation", "AccreditationApplication", "AccreditationSanction", "Amendment", "Application", "BulkRow",
    "ConsistencyPart", "ConsistencyReview", "Correction", "Credential", "EntrySuspension", "ImportDifference",
    "ImportProblem", "ImportRun", "Inquiry", "KindByLaw", "Lifting", "Relinquishing", "Removal", "Reregistration",
    "Review", "ReviewSpread", "Revision", "StackingLink", "StagedRow", "TextRepair",
]  # fmt: skip
