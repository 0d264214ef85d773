"""Which cases a person may see, which of them wait for whom, and what their files are, in the words of the desk."""

import functools
import operator
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, IntegerField, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from registry.casework import clock, kinds
from registry.people import roles

# Every case: what is added to narrows it, and what is added with `|` does not take it for nothing.
_EVERY = Q(pk__isnull=False)
DECIDING, CONFIRMING = "decided", "confirmed"


class CaseQuerySet(models.QuerySet):
    def for_user(self, user) -> "CaseQuerySet":
        """Staff see what has been submitted, and what they prepare; a provider's user sees the cases of the organisations
        they act for."""
        if roles.is_staff_reader(user):
            prepared = [kind.name for kind in kinds.every() if (kind.authority and kind.record) or kind.asked_for]
            return self.filter(Q(submitted_at__isnull=False) | Q(kind__in=prepared))
        return self.of_organisations(roles.organisations_of(user))

    def of_organisations(self, organisations) -> "CaseQuerySet":
        """The cases that these bodies have opened, and those about them in which they are heard, from the first request on;
        what else the authority prepares about them is not theirs to see."""
        from registry.casework.models import InformationRequest

        applied = [kind.name for kind in kinds.every() if not kind.authority]
        heard = [kind.name for kind in kinds.every() if kind.authority and kind.heard]
        asked = Exists(InformationRequest.objects.filter(case=OuterRef("pk")))
        return self.filter(Q(kind__in=applied) | (Q(kind__in=heard) & asked), organisation__in=organisations)

    # -- the queues of the desk ----------------------------------------------------------------------------------------

    def open(self) -> "CaseQuerySet":
        """Those that are neither decided nor withdrawn nor lapsed: in a state from which something leads on."""
        return self.exclude(_over())

    def ended(self) -> "CaseQuerySet":
        """Those that were withdrawn or have lapsed: nobody decided them, and nothing leads on."""
        return self.filter(_over(), decided_at=None)

    def with_authority(self) -> "CaseQuerySet":
        """Those that the authority has, and has not decided."""
        return self.open().exclude(_with_applicant())

    def decided(self) -> "CaseQuerySet":
        return self.exclude(decided_at=None)

    def assigned_to_officer(self, user) -> "CaseQuerySet":
        """What is open and this officer's to evaluate."""
        return self.open().filter(assigned_to=user)

    def unassigned(self) -> "CaseQuerySet":
        return self.open().filter(assigned_to=None)

    def waiting_for_applicant(self) -> "CaseQuerySet":
        """What the applicant must do something about; the clock of the authority stands."""
        return self.open().filter(_with_applicant())

    def overdue(self, day: date) -> "CaseQuerySet":
        """Those whose last day was before this one, or had been when the clock stopped."""
        return self.open().filter(Q(due_on__lt=day) | Q(due_on=None, days_left__lt=0))

    def may_lapse(self) -> "CaseQuerySet":
        """What was not answered in time, and an officer must let lapse or give more time (S6)."""
        return self.open().filter(_with_applicant()).exclude(lapse_proposed_on=None)

    def to_decide_by(self, user, day: date) -> "CaseQuerySet":
        """What waits for a decision that this person may take: without another part or an interest in it, or a
        part in the decision that it looks at again, and within what has been delegated to them (S9)."""
        from registry.casework.models import Interest, Part

        if "decision_maker" not in roles.staff_roles(user):
            return self.none()
        mine = Part.objects.filter(person=user)
        theirs = Interest.objects.filter(person=user).held_on(day)
        return (
            self.filter(_leads_to(DECIDING) | (_leads_to(CONFIRMING) & ~Q(pk__in=mine.filter(part=DECIDING).values("case"))))
            .exclude(pk__in=mine.filter(side=0).values("case"))
            .exclude(reconsiders__in=mine.filter(round=0).values("about"))
            .exclude(pk__in=mine.filter(round=1).exclude(part="drafted").values("about"))
            .exclude(organisation__in=theirs.values("organisation"))
            .filter(_delegated(user, day))
        )  # fmt: skip

    def with_what_is_owed(self) -> "CaseQuerySet":
        """With `answer_due`, up to when the applicant is to answer or hand it in again; `items_left`, how many questions
        are open without an answer; `condition_due`, when the first condition falls due that is not met."""
        from registry.casework.models import Answer, Condition, ConditionMet, RequestItem

        open_items = RequestItem.objects.filter(request__case=OuterRef("pk"), request__closed_at=None)
        unanswered = open_items.filter(~Exists(Answer.objects.filter(item=OuterRef("pk"))))
        unmet = Condition.objects.filter(decision__case=OuterRef("pk"))
        unmet = unmet.filter(~Exists(ConditionMet.objects.filter(condition=OuterRef("pk"))))
        return self.annotate(
            answer_due=Coalesce(_of_all(open_items, "request__case", Max("due_on")), F("answer_by")),
            items_left=_of_all(unanswered, "request__case", Count("pk"), IntegerField()),
            condition_due=_of_all(unmet, "decision__case", Min("due_on")),
        )


def _over() -> Q:
    """In a state out of which nothing leads, by the tables of each kind."""
    ends = [Q(kind=kind.name, state__in=[s for s in kind.states if kind.ends_in(s)]) for kind in kinds.every()]
    return functools.reduce(operator.or_, ends, Q(pk__in=[]))


def _with_applicant() -> Q:
    """What the applicant must do something about. A draft of the authority's own is nobody else's."""
    prepared = Q(kind__in=[kind.name for kind in kinds.every() if kind.authority], state="draft")
    return Q(state__in=clock.WITH_APPLICANT) & ~prepared


def _of_all(rows, of: str, aggregate, field=None) -> Subquery:
    """One figure of all the rows of a case."""
    grouped = rows.order_by().values(of).annotate(figure=aggregate).values("figure")
    return Subquery(grouped, output_field=field or models.DateField())


def _leads_to(part: str) -> Q:
    """The states of each kind of case from which somebody takes this part."""
    found = Q(pk__in=[])
    for kind in kinds.every():
        # What was decided is taken up again by those who look for it: nothing waits for anybody there.
        states = {state for t in kind.transitions if t.part == part and not t.reopens for state in t.sources}
        found |= Q(kind=kind.name, state__in=states)
    return found


def _delegated(user, day: date) -> Q:
    from registry.casework.models import Delegation

    given = list(Delegation.objects.filter(person=user))
    if not given:
        return _EVERY
    covered = Q(pk__in=[])
    for one in given:
        if one.in_force(day):
            kind = Q(kind__in=one.kinds) if one.kinds else _EVERY
            covered |= kind & (Q(level__in=one.levels) if one.levels else _EVERY)
    return covered


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


class InterestQuerySet(models.QuerySet):
    def held_on(self, day: date) -> "InterestQuerySet":
        """Those that have not ended before that day."""
        return self.exclude(ended_on__lt=day)


class NoticeQuerySet(models.QuerySet):
    def of(self, person) -> "NoticeQuerySet":
        """A person's own notices, the newest first."""
        return self.filter(person=person).order_by("-created_at", "-pk")

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None)
