"""The tables of what is put right on the register walked: a wrong listing, a typo, a law that changes kinds."""

from datetime import timedelta

from credentials import lifecycle_wrongs as lifecycle
from credentials import services
from registry.casework.models import Outcome
from registry.framework import current
from registry.models import Case, Membership
from tests import machines
from tests.builders import make_listed, make_user
from tests.credentials import wrongs
from tests.machines import ACTS, Subject, WalksItsTable, simple
from tests.registry.test_clock import at

TODAY = current.today()


class Prepared(Subject):
    """What officers prepare of themselves about an entry, on the desk alone."""

    soon, late = at(TODAY), at(TODAY + timedelta(days=400))

    def about(self, case: Case) -> Case:
        case.signatory = Membership.objects.filter(organisation__provider__isnull=False).first().user
        return case

    def __init__(self) -> None:
        super().__init__()
        self.rita = make_user("Rita", "registrar")

    def withdrawn(self) -> None:
        self.do("withdraw", self.rita)


class RemovalOfAWrongListing(Prepared):
    """A listing made by mistake: each grant has two approvers."""

    kind = lifecycle.REMOVAL
    states = tuple(lifecycle.REMOVAL_STATES)
    acts = ACTS | {
        "edit": simple(services.save_removal, values=wrongs.MISTAKE),
        "propose_decision": lambda case, by, now: machines.decide(case, by, now, Outcome.APPROVED),
    }

    def draft_of(self) -> Case:
        return self.about(wrongs.removal(make_listed().number))

    def recommended(self) -> None:
        self.do("submit", self.rita)

    def approved(self) -> None:
        self.decision_pending()
        self.do("confirm", make_user("Dora", "decision_maker"))


class CorrectionOfATypo(Prepared):
    """One officer completes it, by an exemption."""

    kind = lifecycle.CORRECTION
    states = tuple(lifecycle.CORRECTION_STATES)
    acts = ACTS | {"edit": simple(services.save_correction, values={})}

    def draft_of(self) -> Case:
        return self.about(
            wrongs.correction(make_listed(title="Scafold inspection"), titles={"en": "Scaffold inspection"})
        )

    def completed(self) -> None:
        self.do("complete", self.rita)


class ChangeOfKindByLaw(Prepared):
    """A registrar carries a law out, by an exemption."""

    kind = lifecycle.BY_LAW
    states = tuple(lifecycle.BY_LAW_STATES)
    acts = ACTS | {"edit": simple(services.save_change_by_law, values={"section": "section 12"})}

    def draft_of(self) -> Case:
        return self.about(wrongs.change_by_law(make_listed()))

    def completed(self) -> None:
        self.do("complete", self.rita)


class TestRemovalOfAWrongListing(WalksItsTable):
    subject = RemovalOfAWrongListing
    examples = 6


class TestCorrectionOfATypo(WalksItsTable):
    subject = CorrectionOfATypo
    examples = 6


class TestChangeOfKindByLaw(WalksItsTable):
    subject = ChangeOfKindByLaw
    examples = 6
