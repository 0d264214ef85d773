"""Publishing what was decided of many entries by one decision: batch by batch, so that nobody else waits for it (design 3).

Each batch is a transaction of its own, and what is due is found by query: it may run late, twice, beside another that does
the same, or be killed between two batches, and does each entry once (design 4.6).
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from credentials import bulk, publishing
from credentials.lifecycle_bulk import REREGISTRATION, SPREAD
from credentials.models import Accreditation, BulkRow, Credential, Reregistration, ReviewSpread, Revision
from credentials.services.standing import public
from credentials.services.telling import acting_for
from providers.models import Provider
from registry import copying, journal
from registry.casework import notices, workflow
from registry.casework.models import Part
from registry.errors import RegisterError
from registry.framework import current
from registry.journal import Publication
from registry.models import Case

log = logging.getLogger(__name__)
PUBLISH = "credentials.tasks.publish_bulk"
# So many numbers a notice names; the rest are counted.
MOST_NAMED = 50
Standing = BulkRow.Standing


# The record of each kind of case over many entries, and what the bodies behind them are told.
RECORDS = {REREGISTRATION: Reregistration, SPREAD: ReviewSpread}
NOTICES = {REREGISTRATION: "entries_reregistered", SPREAD: "reviews_spread"}


def publish_due(day: date | None = None, *, now: datetime | None = None) -> int:
    """Publish every row that is due, and then tell the bodies behind the entries; how many rows were settled.

    Raises ExceptionGroup, once all the others have been dealt with, for the cases that cannot be.
    """
    now, settled, failed = now or timezone.now(), 0, []
    for case_id in list(_due().order_by("case_id").values_list("case_id", flat=True).distinct()):
        try:
            while done := _one_batch(case_id, now):
                settled += done
        except (RegisterError, DatabaseError) as error:
            log.exception("What was decided in case %s cannot be published.", case_id)
            failed.append(error)
    for case_id in [key for kind in RECORDS for key in _untold(kind)]:
        try:
            _tell(case_id, now)
        except (RegisterError, DatabaseError) as error:
            log.exception("Nobody could be told what was decided in case %s.", case_id)
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some decisions over many entries cannot be published.", failed)
    return settled


def _due() -> Any:
    return BulkRow.objects.filter(standing=Standing.APPLIES).exclude(decision=None)


def _one_batch(case_id: int, now: datetime) -> int:
    with transaction.atomic():
        return publish_batch(workflow.lock(case_id), now=now)


def publish_batch(case: Case, *, now: datetime) -> int:
    """Settle up to `BATCH` rows of a locked case: each entry is published as it was frozen, or left out where it does not
    stand any more as it stood then. Returns how many."""
    today = current.today(now)
    rows = list(_due().filter(case=case).select_related("decision").order_by("pk")[: journal.BATCH])
    locked = Credential.objects.select_for_update(of=("self",)).filter(pk__in=[row.credential_id for row in rows])
    credentials = {c.pk: c for c in locked.order_by("pk").select_related("awarding_body", "developer")}
    present = bulk.Present.of(credentials.values(), today)
    latest = {r.credential_id: r for r in Revision.objects.public().filter(credential__in=credentials)}
    applied: list[tuple[BulkRow, Revision]] = []
    for row in rows:
        credential = credentials[row.credential_id]
        row.settled_at, row.why = now, bulk.why_left_out(credential, row, present, case.kind)
        row.standing = str(Standing.LEFT_OUT if row.why else Standing.PUBLISHED)
        if not row.why:
            applied.append((row, _altered(credential, row, latest[credential.pk])))
    _publish(applied, bulk.FIELDS[case.kind], now)
    copying.update(rows, ["standing", "why", "revision", "settled_at"])
    return len(rows)


def _altered(credential: Credential, row: BulkRow, latest: Revision) -> Revision:
    """The entry with its new days, and a further revision that says what the last one said."""
    bulk.put(credential, row.after)
    credential.decisions = [*credential.decisions, public(row.decision)]
    revision = latest.copied(effective_from=row.decision.effective_on)
    revision.credential = credential
    return revision


def _publish(applied: Sequence[tuple[BulkRow, Revision]], fields: Sequence[str], now: datetime) -> None:
    published = journal.publish_many([
        Publication(
            document=publishing.credential_document(revision.credential, revision), action="revised",
            effective_from=row.decision.effective_on, decision_number=row.decision.number, reason=row.decision.reason,
        )
        for row, revision in applied
    ], now=now)  # fmt: skip
    for (row, revision), landed in zip(applied, published, strict=True):
        row.revision = revision.number = landed.revision
    revisions = [revision for _row, revision in applied]
    copying.insert(revisions)
    copying.update([revision.credential for revision in revisions], [*fields, "decisions"])


def wake_on_commit() -> None:
    """Wake the worker once the decision is committed; beat looks again every minute, whether it was woken or not."""
    transaction.on_commit(partial(notices.wake, PUBLISH))


# -- who is told -------------------------------------------------------------------------------------------------------


def _untold(kind: str) -> Any:
    """The decided cases of a kind of which nothing is due any more, and nobody has been told."""
    decided = BulkRow.objects.exclude(decision=None).values("case")
    waiting = RECORDS[kind].objects.filter(told_at=None, case__in=decided).exclude(case__in=_due().values("case"))
    return waiting.order_by("case").values_list("case", flat=True)


@transaction.atomic
def _tell(case_id: int, now: datetime) -> None:
    """Owe one notice to each body behind any of the entries, with their count, and one to whoever wrote the case."""
    case = workflow.lock(case_id)
    record = RECORDS[case.kind].objects.get(case=case)
    if record.told_at is not None:
        return
    rows = list(
        BulkRow.objects.filter(case=case).exclude(decision=None).order_by("credential__number")
        .select_related("decision", "credential")
    )  # fmt: skip
    published = [row for row in rows if row.standing == Standing.PUBLISHED]
    for provider, concerned in _by_body(published, current.today(now)):
        notices.owe(
            None, acting_for(Provider.objects.filter(pk=provider.pk), now), name=NOTICES[case.kind], now=now,
            key=f"bulk:{rows[0].decision.number}:{provider.number}", body=provider.title, count=len(concerned),
            decision=rows[0].decision.number, entries=partial(_entries, concerned, case.kind),
        )  # fmt: skip
    writers = [part.person for part in Part.objects.filter(case=case, part="drafted").select_related("person")]
    notices.owe(case, writers, name="bulk_settled", now=now, count=len(published), left_out=len(rows) - len(published))
    record.told_at = now
    record.save(update_fields=["told_at"])


def _by_body(rows: Sequence[BulkRow], day: date) -> list[tuple[Provider, list[BulkRow]]]:
    """Each body that awards, develops or delivers any of the entries, with the rows of these."""
    concerned: dict[int, dict[int, BulkRow]] = defaultdict(dict)
    by_entry = {row.credential_id: row for row in rows}
    for row in rows:
        for key in filter(None, (row.credential.awarding_body_id, row.credential.developer_id)):
            concerned[key][row.pk] = row
    held = list(Accreditation.objects.present(day).filter(credential__in=by_entry).order_by("pk"))
    jointly = {number for accreditation in held for number in accreditation.jointly_with}
    partners = dict(Provider.objects.filter(number__in=jointly).values_list("number", "pk"))
    for accreditation in held:
        row = by_entry[accreditation.credential_id]
        for key in (accreditation.provider_id, *(partners[n] for n in accreditation.jointly_with if n in partners)):
            concerned[key][row.pk] = row
    bodies = Provider.objects.filter(pk__in=concerned).order_by("number", "pk")
    return [(body, list(concerned[body.pk].values())) for body in bodies]


def _entries(rows: Sequence[BulkRow], kind: str) -> str:
    """The entries of a body with their new days, in the language of the one who is told; of many, the first ones."""
    told = [_one(row, kind) for row in sorted(rows, key=lambda r: r.credential.number)[:MOST_NAMED]]
    if (more := len(rows) - MOST_NAMED) > 0:
        told.append(_("and %(count)d more") % {"count": more})
    return "\n".join(told)


def _one(row: BulkRow, kind: str) -> str:
    said = {"number": row.credential.number, **row.after}
    if kind == SPREAD:
        return _("%(number)s: its next review falls due on %(review_due)s.") % said
    if said["last_new_enrolment"]:
        return (
            _("%(number)s: it begins to expire on %(expiring_from)s; last day to start: %(last_new_enrolment)s.") % said
        )
    return _("%(number)s: it begins to expire on %(expiring_from)s.") % said
