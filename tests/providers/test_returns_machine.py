"""The transition table of a return walked: every state, act and role, and long histories."""

from datetime import timedelta

from providers import services
from registry.casework.models import Outcome
from registry.casework.services import reporting
from registry.errors import Conflict
from registry.framework import calendar, current
from registry.models import Case
from tests import machines
from tests.machines import ACTS, Subject, WalksItsTable, at, simple
from tests.providers.returning import AFTER, UNTIL, written


def granted(case: Case, by, now):
    """The button that accepts it: where it was accepted with conditions, that is another act."""
    if case.state == "approved_with_conditions":
        raise Conflict("That would be its upgrade.")
    return machines.decide(case, by, now, Outcome.APPROVED)


def upgraded(case: Case, by, now):
    if case.state != "approved_with_conditions":
        raise Conflict("That would be its first decision.")
    return machines.decide(case, by, now, Outcome.APPROVED)


def extended(case: Case, by, now):
    """Until the working day after the one that holds; a report that is not asked for has none."""
    until = calendar.add_working_days(case.answer_by or AFTER, 1, current.profile().calendar)
    return reporting.extend(case_id=case.pk, by=by, until=until, reason="The auditor is ill.", now=now)


class Asked(Subject):
    """A return that the register has asked a provider for."""

    kind = "provider_return"
    states = (
        "draft", "submitted", "returned", "under_evaluation", "information_requested", "panel", "recommended", "approved",
        "approved_with_conditions", "declined", "withdrawn",
    )  # fmt: skip
    soon, late = at(AFTER + timedelta(days=10)), at(UNTIL + timedelta(days=400))
    acts = ACTS | {
        "extend": extended,
        "demand": simple(reporting.demand, reason="Hand it in."),
        "go_without": simple(reporting.go_without, reason="It does not come."),
        "close_report": simple(reporting.close_report, reason="There is nothing to report."),
        "approve": granted,
        "upgrade": upgraded,
        "edit": lambda case, by, now: services.save_return(case_id=case.pk, by=by, values={"learners": 7}, now=now),
    }

    def draft_of(self) -> Case:
        return written()

    def withdrawn(self) -> None:
        self.do("close_report", self.eva)


class TestAsked(WalksItsTable):
    subject, examples, least = Asked, 6, 20
