"""Which cases a person may see, and what their files are, in the words of the desk."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Q, Sum

from registry.casework import kinds
from registry.people import roles


class CaseQuerySet(models.QuerySet):
    def for_user(self, user) -> "CaseQuerySet":
        """Staff see what has been submitted; a provider's user sees the cases of the organisations they act for."""
        if roles.is_staff_reader(user):
            return self.exclude(submitted_at=None)
        return self.of_organisations(roles.organisations_of(user))

    def of_organisations(self, organisations) -> "CaseQuerySet":
        """The cases that these bodies have opened; what the authority prepares about them is not theirs to see."""
        applied = [kind.name for kind in kinds.every() if not kind.authority]
        return self.filter(organisation__in=organisations, kind__in=applied)

    def open(self) -> "CaseQuerySet":
        return self.filter(decided_at=None)


# A scan that was begun and has left nothing behind after so long is begun anew; one that failed is tried again after as
# long, for a fortnight.
SCAN_AGAIN_AFTER, SCAN_AGAIN_FOR = timedelta(minutes=10), timedelta(days=14)


class EvidenceQuerySet(models.QuerySet):
    """Files of cases. One that was taken out of a draft stays as a row, and is shown and served to nobody."""

    def kept(self) -> "EvidenceQuerySet":
        return self.filter(removed_at=None)

    def same_as(self, item: Any) -> "EvidenceQuerySet":
        """Where else in its case the same bytes are, under whatever name."""
        return self.kept().filter(case=item.case_id, sha256=item.sha256).exclude(pk=item.pk)

    def duplicates_of(self, case: Any) -> dict[int, list[Any]]:
        """For each file of the case that is there more than once, by its id: the others with the same bytes. One query."""
        alike = defaultdict(list)
        for item in self.kept().filter(case=case):
            alike[item.sha256].append(item)
        return {
            item.pk: [other for other in same if other is not item]
            for same in alike.values() if len(same) > 1 for item in same
        }  # fmt: skip

    def held(self) -> tuple[int, int]:
        """How many files there are, and the bytes that they take on the disk, of removed ones too."""
        sums = self.aggregate(count=Count("pk", filter=Q(removed_at=None)), size=Sum("size", default=0))
        return sums["count"], sums["size"]

    def to_scan(self, now: datetime) -> "EvidenceQuerySet":
        """What the scanner is to be asked about, new files first, and what it failed on last.

        Files that came in while there was no scanner are among them.
        """
        scan, before = self.model.Scan, now - SCAN_AGAIN_AFTER
        begun_by_nobody = Q(scanned_at=None) | Q(scanned_at__lte=before)
        new = Q(begun_by_nobody, scan__in=(scan.PENDING, scan.OFF))
        again = Q(scan=scan.FAILED, scanned_at__lte=before, added_at__gt=now - SCAN_AGAIN_FOR)
        turn = models.Case(models.When(scan=scan.PENDING, then=0), models.When(scan=scan.OFF, then=1), default=2)
        return self.kept().filter(new | again).order_by(turn, "scanned_at", "added_at", "pk")
