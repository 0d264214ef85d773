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
from credentials.services.corrections import begin_correction, save_correction
from credentials.services.inquiring import begin_inquiry, save_inquiry
from credentials.services.legislation import begin_change_by_law, save_change_by_law
from credentials.services.parties import bring_over
from credentials.services.publication import accredit, list_credential, tell_condition_met
from credentials.services.removals import begin_removal, save_removal

__all__ = [
    "accredit", "begin_change_by_law", "begin_correction", "begin_inquiry", "begin_removal", "bring_over", "draft",
    "draft_accreditation", "draft_qualification", "list_credential", "propose", "propose_change",
    "publish_accredited", "publish_amended", "publish_approved", "rebase", "save_accreditation", "save_amendment",
    "save_change_by_law", "save_correction", "save_draft", "save_inquiry", "save_removal", "submit_amendment",
    "tell_condition_met",
]  # fmt: skip
