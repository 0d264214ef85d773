"""The tables of what is decided of many entries at once walked."""

from credentials import lifecycle_bulk as lifecycle
from credentials.models import Credential
from credentials.services import bulk
from registry.models import Case
from tests.builders import make_provider, make_signatory
from tests.credentials import many
from tests.credentials.test_wrongs_machine import Prepared
from tests.machines import ACTS, WalksItsTable, simple


class OverMany(Prepared):
    """What an officer prepares of many entries, and one decision maker decides. A body of one of them has a member, who
    may do nothing in it."""

    states = tuple(lifecycle.STATES)

    def two_entries(self, make) -> list[Credential]:
        body = make_provider()
        make_signatory(body)
        return make(body)

    def recommended(self) -> None:
        self.do("submit", self.rita)


class ReregistrationOfMany(OverMany):
    """Two entries are registered for a further term."""

    kind = lifecycle.REREGISTRATION
    acts = ACTS | {"edit": simple(bulk.save_reregistration, values={"level": "4"})}

    def draft_of(self) -> Case:
        self.two_entries(lambda body: many.make_ending(2, body))
        return self.about(many.reregistration())


class SpreadOfReviews(OverMany):
    """Two imported entries get the day of their first review."""

    kind = lifecycle.SPREAD
    acts = ACTS | {"edit": simple(bulk.save_spread, values={"per_week": 3})}

    def draft_of(self) -> Case:
        self.two_entries(lambda body: many.make_imported({}, {}, provider=body))
        return self.about(many.spread())


class TestReregistrationOfMany(WalksItsTable):
    subject = ReregistrationOfMany
    examples, least = 6, 8


class TestSpreadOfReviews(WalksItsTable):
    subject = SpreadOfReviews
    examples, least = 6, 8
