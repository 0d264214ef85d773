"""Cases over many entries: written by an officer, frozen when they are handed on, due once they are decided."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credentials import bulk
from credentials.lifecycle_bulk import REREGISTRATION, SPREAD
from credentials.models import BulkRow, Reregistration, ReviewSpread
from credentials.services import bulk_publishing
from registry import copying, journal
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Decision
from registry.framework import current
from registry.models import Case, User

FIELDS = (
    "kinds", "provider", "level", "field", "ends_by", "ends_from", "ends_until", "numbers", "exceptions", "expiring_from",
    "last_new_enrolment", "expiry_end", "last_award",
)  # fmt: skip
SPREAD_FIELDS = ("per_week", "opens_from")
TITLES = {
    REREGISTRATION: gettext_lazy("Re-registration of many entries"),
    SPREAD: gettext_lazy("Spread of first reviews"),
}
# So long a decision maker has, unless told, before the first review would open.
TIME_TO_DECIDE = timedelta(days=30)

save_reregistration = desk.saving(Reregistration, *FIELDS)
save_spread = desk.saving(ReviewSpread, *SPREAD_FIELDS)


def begin_reregistration(*, about: str = "", by: User, now: datetime | None = None) -> Case:
    """A draft that selects nothing yet. Raises NotAllowed for anybody but a registrar or an evaluator."""
    with transaction.atomic():
        case = _open(REREGISTRATION, by, now)
        Reregistration.objects.create(case=case)
        return case


def begin_spread(*, about: str = "", by: User, now: datetime | None = None) -> Case:
    """A draft of the rule with its usual numbers. Raises as `begin_reregistration` does."""
    with transaction.atomic():
        case = _open(SPREAD, by, now)
        ReviewSpread.objects.create(case=case, opens_from=current.today(now) + TIME_TO_DECIDE)
        return case


def _open(kind: str, by: User, now: datetime | None) -> Case:
    role = desk.role_to_prepare(by, kind)
    case = desk.open_case(kind=kind, organisation=desk.authority_as_body(), by=by, role=role, now=now)
    case.title = str(TITLES[kind])
    case.save(update_fields=["title"])
    return case


def freeze(*, case: Case, by: User | None, details: Mapping[str, Any], now: datetime) -> None:
    """Keep each entry of the dry run with its days, as the case is handed on: nothing else is decided (`CaseKind.after`)."""
    BulkRow.objects.filter(case=case).delete()
    found = bulk.worked_out(case)
    if isinstance(found, bulk.Plan):
        ReviewSpread.objects.filter(case=case).update(frozen_per_week=found.per_week)
    copying.insert([
        copying.new(
            BulkRow, case_id=case.pk, credential_id=line.credential_id, standing=str(line.standing), why=line.why,
            before=dict(line.before), after=dict(line.after),
        )
        for line in found.lines
    ])  # fmt: skip


def publish_decided(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What an approval does: each frozen row is due. What fits into one batch is published in this transaction; where it is
    more, nothing is, and all of it is published batch by batch from now on, so that no other decision waits for it."""
    decision = desk.granted(decisions)
    if decision is None:
        return []
    due = BulkRow.objects.filter(case=case, standing=BulkRow.Standing.APPLIES).update(decision=decision)
    if due <= journal.BATCH:
        bulk_publishing.publish_batch(case, now=now)
    bulk_publishing.wake_on_commit()
    return [lambda: _("%(count)d entries are changed by it.") % {"count": due}]
