"""The kind of case in which a provider reports or attests what its obligations ask, after each period of its financial year."""

from django.utils.translation import gettext_lazy as _

from providers import described_returns as described
from providers import lifecycle_returns as lifecycle
from providers.forms_returns import ReturnForm
from providers.services import returns as services
from registry.casework import kinds, reporting
from registry.casework.kinds import Sentence


def nothing_public(**said: object) -> list[Sentence]:
    """That a return was accepted, or was not, is between the body and the authority."""
    return []


KIND = kinds.CaseKind(
    name=lifecycle.RETURN,
    label=_("return of a provider"),
    prefix="RET",
    states=lifecycle.STATES,
    transitions=lifecycle.TRANSITIONS,
    matters=lifecycle.MATTERS,
    private=frozenset(lifecycle.MATTERS),
    effect=nothing_public,
    sections=described.sections,
    told=described.told,
    check=described.violations,
    asked_for=True,
    own_page="portal:case",
    edit_page="portal:edit",
    entries=described.entries,
    content=described.content,
    criteria=described.criteria,
    meanings=lifecycle.MEANINGS,
    record=kinds.Record(
        form=ReturnForm, initial=described.initial, begin=reporting.begun_by_the_register, save=services.save_return,
    ),
    outcomes=lifecycle.OUTCOMES,
    step=reporting.step,
    onward=described.onward,
)  # fmt: skip


def register() -> None:
    kinds.register(KIND)
