"""The transition table of a change that a provider proposes walked: every state, act and role, and long histories."""

from datetime import timedelta

from credentials import lifecycle, services
from registry.casework.models import Outcome
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Case, Membership
from tests import machines
from tests.builders import (
    COMPLETE,
    make_change,
    make_listed,
    make_user,
)
from tests.machines import ACTS, Subject, WalksItsTable, simple
from tests.registry.test_clock import at

TODAY = current.today()
MORE = {"text": {"en": "Mend what was found."}}


def accept(case: Case, by, now):
    """Decide what nobody has evaluated; later on the same service approves, which is the act of that name."""
    if case.state in ("recommended", "decision_pending"):
        raise RegisterError("Not an acceptance any more.")
    return machines.decide(case, by, now, Outcome.APPROVED)


class ChangeOfAnEntry(Subject):
    """The body that awards an entry proposes a change of its content, which must be approved (Type 2)."""

    kind = lifecycle.CHANGE
    soon, late = at(TODAY), at(TODAY + timedelta(days=400))
    acts = ACTS | {
        "accept": accept,
        "rebase": simple(services.rebase),
    }

    def draft_of(self) -> Case:
        credential = make_listed()
        by = Membership.objects.get(organisation=credential.awarding_body.organisation).user
        case = make_change(credential, by, content={"learning_outcomes": [*COMPLETE["learning_outcomes"], MORE]})
        case.signatory = by
        return case


class TestChangeOfAnEntry(WalksItsTable):
    subject = ChangeOfAnEntry
    examples = 10


class AmendmentByOfficers(Subject):
    """An officer amends an entry, and a decision maker decides: what is reinstated or handed over goes this way too."""

    kind = lifecycle.AMENDMENT
    states = tuple(lifecycle.AMENDMENT_STATES)
    soon, late = at(TODAY), at(TODAY + timedelta(days=400))
    acts = ACTS | {
        "edit": simple(services.save_amendment, values={"category_reason": "It is needed."}),
        "rebase": simple(services.rebase),
        "submit": simple(services.submit_amendment),
    }

    def draft_of(self) -> Case:
        credential = make_listed()
        self.grace = make_user("Grace", "registrar")
        amendment = services.propose(credential_id=credential.pk, by=self.grace, now=self.soon)
        content = {"titles": {"en": "Scaffold inspection and repair"}}
        services.save_amendment(case_id=amendment.case_id, by=self.grace, values={"content": content}, now=self.soon)
        case = Case.objects.get(pk=amendment.case_id)
        case.signatory = Membership.objects.get(organisation=credential.awarding_body.organisation).user
        return case

    def recommended(self) -> None:
        self.do("submit", self.grace)

    def withdrawn(self) -> None:
        self.do("withdraw", self.grace)


class TestAmendmentByOfficers(WalksItsTable):
    subject = AmendmentByOfficers
    examples = 6
