"""Every write about credentials: drafting an application, amending an entry, and what a decision makes public."""

from credentials.services.amendments import propose, publish_amended, rebase, save_amendment, submit_amendment
from credentials.services.applications import draft, publish_approved, save_draft
from credentials.services.parties import bring_over
from credentials.services.publication import accredit, list_credential

__all__ = [
    "accredit", "bring_over", "draft", "list_credential", "propose", "publish_amended", "publish_approved", "rebase",
    "save_amendment", "save_draft", "submit_amendment",
]  # fmt: skip
