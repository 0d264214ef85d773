"""Which cases a person may see, in the words of the desk."""

import functools
import operator

from django.db import models
from django.db.models import Count, Exists, F, IntegerField, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from registry.casework import clock, kinds
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

    def with_applicant(self) -> "CaseQuerySet":
        """Those that wait for their applicant."""
        return self.filter(state__in=clock.WITH_APPLICANT)

    def decided(self) -> "CaseQuerySet":
        return self.exclude(decided_at=None)

    def ended(self) -> "CaseQuerySet":
        """Those out of whose state nothing leads, and that nobody has decided: withdrawn and lapsed ones."""
        return self.open().filter(_over())

    def with_authority(self) -> "CaseQuerySet":
        """Those that the authority has, and has not decided."""
        return self.open().exclude(state__in=clock.WITH_APPLICANT).exclude(_over())

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


def _of_all(rows, of: str, aggregate, field=None) -> Subquery:
    """One figure of all the rows of a case."""
    grouped = rows.order_by().values(of).annotate(figure=aggregate).values("figure")
    return Subquery(grouped, output_field=field or models.DateField())
