"""The desk: the queue over all kinds of case, the page of one case, the dashboard, and what officers declare and are given."""

from registry.casework.admin import beginning, problems, reports
from registry.casework.admin.base import ReadOnlyAdmin
from registry.casework.admin.officers import DelegationAdmin, InterestAdmin
from registry.casework.admin.queue import CaseAdmin

__all__ = ["CaseAdmin", "DelegationAdmin", "InterestAdmin", "ReadOnlyAdmin", "beginning", "problems", "reports"]
