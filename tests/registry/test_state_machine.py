"""The transition table of an application walked: every state, act and role, and long histories of many people."""

from datetime import date

from registry.casework import kinds
from registry.models import Case
from tests.builders import make_draft, make_provider
from tests.machines import Subject, WalksItsTable


class Application(Subject):
    """A combined application for listing, approval and accreditation."""

    kind = "credential_application"

    def draft_of(self) -> Case:
        return make_draft(provider=make_provider("Harbour Institute", registered_on=date(2010, 1, 1)))


class TestApplication(WalksItsTable):
    subject = Application


def test_every_act_that_tells_somebody_has_its_words():
    from registry.casework.letters.texts import TEXTS

    silent = [
        (kind.name, t.name)
        for kind in kinds.every()
        for t in kind.transitions
        for audience in t.tells
        if t.name not in TEXTS and f"{t.name}:{audience}" not in TEXTS
    ]
    assert silent == []
