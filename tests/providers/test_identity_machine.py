"""The transition tables about who a body is, walked: what officers prepare and others decide, and the new name for which
a body asks."""

from datetime import date

from registry.models import Case
from tests.builders import make_provider, make_user
from tests.machines import Subject, WalksItsTable, arrows
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
    examples, least = 8, 20


def test_a_name_is_asked_for_as_a_registration_is_without_the_search_for_duplicates():
    """That table is walked: see `tests.providers.test_state_machine`."""
    assert arrows("provider_rename") == [t for t in arrows("provider_registration") if t[0] != "compare"]


def test_what_an_officer_prepares_of_a_name_goes_the_same_way_as_a_succession():
    """One table is walked for both: they differ in nothing but what is asked before they are handed on and decided."""
    from registry.casework import kinds

    by_letter, succession = (kinds.get(name) for name in ("provider_rename_by_letter", "provider_succession"))
    arrows = [[(t.name, t.sources, t.target, t.actors, t.part) for t in k.transitions] for k in (by_letter, succession)]
    assert arrows[0] == arrows[1] and by_letter.states == succession.states
