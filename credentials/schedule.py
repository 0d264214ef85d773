"""When an entry is reviewed: counted from one day that stays, so that nothing drifts (section 4.6 of the domain specification).

The first review falls due one period after the anchor, and each next one a period after the last fell due, whatever day
its report came in (edge case 31). The months are counted from the anchor itself: 29 February and 12 months is 28 February,
and 48 months is 29 February again (edge case 16). A day on which nobody works rolls to the next working day where the
profile says so (edge case 17); the next one counts from the day before that.
"""

from datetime import date

from credentials.models import Credential
from registry.framework import current
from registry.framework.calendar import rolled, strictly
from registry.framework.operators import months_after


def begin(credential: Credential, anchor: date, period: int) -> None:
    """Count anew from this day, every so many months; the first review falls due one period after it. Not saved."""
    credential.review_period_months = period
    credential.review_anchor, credential.review_months = anchor, period
    credential.review_due = due_after(anchor, period)


def advance(credential: Credential, decided_on: date) -> date | None:
    """Let the next review fall due: one period after the last fell due, or so many periods that it lies after the day on
    which this one was decided, for what is over already can be reported on by nobody. Not saved; answers with the day.

    An entry that counts from no day yet, as an imported one, counts from the day on which this review fell due.
    """
    period = credential.review_period_months or current.version_on(decided_on).review_months(credential.kind)
    anchor = credential.review_anchor or credential.review_due or decided_on
    months = credential.review_months if credential.review_anchor else 0
    months += period
    while months_after(anchor, months) <= decided_on:
        months += period
    credential.review_period_months = period
    credential.review_anchor, credential.review_months = anchor, months
    credential.review_due = due_after(anchor, months)
    return credential.review_due


def following(credential: Credential, turns: int) -> date:
    """When the review falls due so many cycles after the one that is due now."""
    period = credential.review_period_months or current.version_on(credential.review_due).review_months(credential.kind)
    anchor = credential.review_anchor or credential.review_due
    months = credential.review_months if credential.review_anchor else 0
    return due_after(anchor, months + turns * period)


def last_counted(credential: Credential) -> date | None:
    """The day one period before the next review falls due: that of the last one, or of the listing; None where no period
    is known."""
    period = credential.review_period_months
    if not period or credential.review_due is None:
        return None
    if credential.review_anchor:
        return months_after(credential.review_anchor, credential.review_months - period)
    return months_after(credential.review_due, -period)


def due_after(anchor: date, months: int) -> date:
    """The day so many months after the anchor, as it is shown and as it counts."""
    return rolled(months_after(anchor, months), current.profile().calendar)


def opens_on(due: date) -> date:
    """The first day on which the review that falls due on a day is open (R1)."""
    ahead = current.version_on(due).deadlines["review_opens"]
    return due - (strictly(due, ahead) - due) if ahead.unit != "months" else months_after(due, -ahead.amount)


def latest_extension(due: date) -> date:
    """The last day to which the report of a review that falls due on a day can be put off (R8)."""
    most = current.version_on(due).deadlines["review_extension"]
    return rolled(strictly(due, most), current.profile().calendar)
