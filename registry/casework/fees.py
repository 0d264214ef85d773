"""What an application costs, as the law in force says, and whether that is settled."""

from registry.casework.models import Case, Fee
from registry.framework import current
from registry.framework.law import ApplicationFee


def owed(case: Case) -> ApplicationFee | None:
    """The fee of a case by the law that judges it; None where the law names none."""
    if not case.profile:
        return None
    return current.version(case.profile).fee_of(case.kind)


def is_settled(case: Case) -> bool:
    """Whether the fee has been paid or waived; what was refunded since is settled too."""
    return case.fees.filter(act__in=(Fee.Act.PAID, Fee.Act.WAIVED)).exists()
