"""The transition table of an accreditation walked: every state, act and role, and long histories."""

from datetime import timedelta

from credentials import lifecycle
from registry.framework import current
from registry.models import Case
from tests.builders import (
    make_accreditation_draft,
    make_listed,
    make_provider,
    make_signatory,
)
from tests.machines import Subject, WalksItsTable
from tests.registry.test_clock import at

TODAY = current.today()


class AccreditationAlone(Subject):
    """Another provider asks to deliver an entry that is on the register."""

    kind = lifecycle.ACCREDITATION
    soon, late = at(TODAY), at(TODAY + timedelta(days=400))

    def draft_of(self) -> Case:
        provider = make_provider("Kestrel College")
        by = make_signatory(provider, "Kim")
        case = make_accreditation_draft(make_listed(), provider, by)
        case.signatory = by
        return case


class TestAccreditationAlone(WalksItsTable):
    subject = AccreditationAlone
    examples = 10
