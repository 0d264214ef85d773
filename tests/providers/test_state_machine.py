"""The transition table of a provider's registration walked: every state, act and role, and long histories."""

from registry.models import Case
from tests.machines import Subject, WalksItsTable
from tests.providers.applying import drafted


class Registration(Subject):
    """A body that is not on the register asks to be registered as a provider."""

    kind = "provider_registration"

    def draft_of(self) -> Case:
        return drafted()


class TestRegistration(WalksItsTable):
    subject = Registration
