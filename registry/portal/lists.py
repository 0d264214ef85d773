"""A provider's cases, in lists by what the provider must do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from registry.casework import clock
from registry.casework.models import Case
from registry.casework.querysets import CaseQuerySet
from registry.portal import sections, told
from registry.portal.cases import address_of

# So many of each list stand on the dashboard, and so many on a page of one list.
ON_DASHBOARD, ON_PAGE = 10, 25
# With fewer cases than this, nobody needs to search.
MANY = 10


@dataclass(frozen=True)
class List:
    """One list: `name` in its address, its heading, and what is said where it is empty."""

    name: str
    heading: Any
    empty: Any

    def of(self, cases: CaseQuerySet) -> CaseQuerySet:
        """What belongs into it; what is due first comes first."""
        match self.name:
            case "yours":
                return cases.waiting_for_applicant().order_by(F("answer_due").asc(nulls_last=True), "-opened_at", "-pk")
            case "authority":
                return cases.with_authority().order_by("-submitted_at", "-pk")
            case "decided":
                return cases.decided().order_by(F("condition_due").asc(nulls_last=True), "-decided_at", "-pk")
        return cases.ended().order_by("-opened_at", "-pk")


LISTS = {
    found.name: found
    for found in (
        List("yours", _("Needs your action"), _("Nothing waits for you.")),
        List("authority", _("With the authority"), _("Nothing is with the authority.")),
        List("decided", _("Decided"), _("Nothing has been decided yet.")),
        List("ended", _("Withdrawn or lapsed"), _("Nothing was withdrawn, and nothing has lapsed.")),
    )
}


def states_of(cases: CaseQuerySet) -> list[tuple[str, Any]]:
    """The states that these cases are in, as applicants are told them."""
    pairs = cases.order_by().values_list("kind", "state").distinct()
    found = {told.SHOWN_AS.get(state, state): told.label(kind, state) for kind, state in pairs}
    return sorted(found.items(), key=lambda pair: str(pair[1]))


def filtered(cases: CaseQuerySet, asked: QueryDict) -> CaseQuerySet:
    """Those of a state, and those whose reference, title or organisation holds the text."""
    if state := asked.get("state"):
        hidden = {name for name, shown in told.SHOWN_AS.items() if shown == state}
        cases = cases.filter(state__in=hidden | ({state} - set(told.SHOWN_AS)))
    if words := asked.get("q", "").strip():
        cases = cases.filter(
            Q(reference__icontains=words) | Q(title__icontains=words) | Q(organisation__legal_name__icontains=words)
        )
    return cases


def rows(cases: Iterable[Case], today: date) -> list[dict[str, Any]]:
    """What a list says of each case."""
    return [_row(case, _due(case), today) for case in cases]


def _row(case: Case, due: date | None, today: date) -> dict[str, Any]:
    left = told.days_left(today, due)
    return {
        "case": case, "address": address_of(case), "kind": sections.label_of(case.kind),
        "state": told.state(case, today), "due": due, "left": told.in_days(left), "overdue": bool(due) and due < today,
    }  # fmt: skip


def _due(case: Case) -> date | None:
    """The day that counts for the applicant: of an answer, of handing it in again, or of the next condition."""
    if case.decided_at:
        return case.condition_due
    return case.answer_due if case.state in clock.WITH_APPLICANT else None
