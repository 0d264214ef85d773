"""The transition tables about who a body is, walked: what officers prepare and others decide, and the new name for which
a body asks."""

from datetime import date

from registry.models import Case
from tests.builders import make_provider, make_user
from tests.machines import Subject, WalksItsTable
from tests.providers.succeeding import drafted


class Prepared(Subject):
    """An officer prepares a merger that lies far ahead, and another decides it."""

    kind = "provider_succession"
    states = ("draft", "recommended", "decision_pending", "approved", "declined", "withdrawn")

    def draft_of(self) -> Case:
        before, after = make_provider("Harbour Institute"), make_provider("Harbour Polytechnic")
        case = drafted([before], [after], by=make_user("Reg", "registrar"), happened_on=date(2099, 1, 1))
        case.signatory = case.officer
        return case

    def recommended(self) -> None:
        self.do("submit", self.signatory)

    def withdrawn(self) -> None:
        self.do("withdraw", self.signatory)


class TestPrepared(WalksItsTable):
    subject = Prepared
    examples = 8
