"""What a reinstatement does beside its new revision (E7): the entry is reviewed anew, and nobody is accredited by it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from credentials import schedule
from credentials.models import Accreditation, Credential
from credentials.services import standing
from registry.casework.models import Decision
from registry.framework.law import Version
from registry.status import DAY, parse

REASON = "It ended with the entry, and is not given again by its reinstatement."


def begin_again(
    credential: Credential, decision: Decision, *, before: Mapping[str, Any], version: Version, now: datetime
) -> None:
    """Count the time to the next review from the day of the reinstatement, and end what had ended with the entry.

    `before` is what was public of the entry. Whoever wants to deliver it applies for an accreditation.
    """
    period = credential.review_period_months or version.review_months(credential.kind)
    schedule.begin(credential, decision.effective_on, period)
    last = parse(before.get("expiry_end")) or decision.effective_on - DAY
    for held in _outliving(credential, last):
        held.accredited_until = max(last, held.accredited_from)
        standing.publish_accreditation(
            held,
            on=min(held.accredited_until, decision.effective_on),
            reference=decision.number,
            reason=REASON,
            now=now,
        )


def _outliving(credential: Credential, last: date) -> list[Accreditation]:
    """The accreditations that did not end by themselves before the entry did, or with it."""
    present = Accreditation.objects.select_for_update(of=("self",)).present(last).filter(credential=credential)
    return list(present.exclude(accredited_until__lte=last).order_by("pk"))
