"""Every write about credentials: drafting an application, amending an entry, and what a decision makes public."""

from credentials.services.accrediting import draft_accreditation, publish_accredited, save_accreditation
from credentials.services.amendments import (
    propose,
    propose_change,
    publish_amended,
    rebase,
    save_amendment,
    submit_amendment,
)
from credentials.services.applications import draft, draft_qualification, publish_approved, save_draft
from credentials.services.parties import bring_over
from credentials.services.publication import accredit, list_credential, tell_condition_met

__all__ = [
    "accredit", "bring_over", "draft", "draft_accreditation", "draft_qualification", "list_credential", "propose",
    "propose_change", "publish_accredited", "publish_amended", "publish_approved", "rebase", "save_accreditation",
    "save_amendment", "save_draft", "submit_amendment", "tell_condition_met",
]  # fmt: skip
