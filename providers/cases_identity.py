"""The kinds of case about who a body is, as the desk and the portal know them."""

from django.utils.translation import gettext_lazy as _

from providers import described_identity as described
from providers import forms_identity as forms
from providers import lifecycle_identity as lifecycle
from providers import rules_identity as rules
from providers.lifecycle_identity import RENAME, RENAME_BY_LETTER, SUCCESSION
from providers.models import Provider
from providers.services import redress, renaming, succeeding
from registry.casework import kinds
from registry.framework import current
from registry.models import Organisation
from registry.portal import sections


def renamed_about(bodies: list[Organisation]) -> list[tuple[str, str]]:
    """The bodies that may ask for another name today."""
    today = current.today()
    mine = Provider.objects.of_user(bodies).order_by("title")
    return [(p.number, f"{p.number} {p.title}") for p in mine if lifecycle.why_not_renamed(p, today) is None]


def any_renamed(bodies: list[Organisation]) -> bool:
    return bool(renamed_about(bodies))


NAME_NEEDS = _(
    "It takes the new legal name, the day from which it is borne, and evidence of the legal change. The present name "
    "stays on record with its days, and is found."
)
SUCCESSION_NEEDS = _(
    "It takes the numbers of the bodies that came before and of those that came after, the day, and evidence. Of each "
    "accreditation of the bodies that came before it says what becomes of it."
)

KINDS = (
    kinds.CaseKind(
        name=RENAME,
        label=_("change of a provider's name"),
        prefix="REN",
        states=lifecycle.RENAME_STATES,
        transitions=lifecycle.RENAME_TRANSITIONS,
        matters=lifecycle.NAME_MATTERS,
        effect=renaming.publish_renamed,
        sections=described.renaming,
        check=rules.of_renaming,
        own_page="portal:case",
        edit_page="portal:edit",
        entries=described.entry_of_renaming,
        content=described.content_of_renaming,
        preview=described.preview_of_renaming,
        freeze=renaming.freeze_renaming,
        criteria=rules.criteria,
        record=kinds.Record(
            form=forms.RenamingForm, initial=forms.initial_of_renaming, begin=renaming.draft_renaming,
            save=renaming.save_renaming, choices=renamed_about, needs=NAME_NEEDS,
        ),
        redress=kinds.Redress(set_aside=renaming.set_renaming_aside, tell=redress.tell),
    ),
    kinds.CaseKind(
        name=RENAME_BY_LETTER,
        label=_("change of a provider's name, by letter"),
        prefix="RNL",
        states=lifecycle.PREPARED_STATES,
        transitions=lifecycle.PREPARED_RENAME_TRANSITIONS,
        matters=lifecycle.NAME_MATTERS,
        effect=renaming.publish_renamed,
        sections=described.renaming,
        check=rules.of_renaming,
        authority=True,
        entries=described.entry_of_renaming,
        content=described.content_of_renaming,
        preview=described.preview_of_renaming,
        freeze=renaming.freeze_renaming,
        criteria=rules.criteria,
        record=kinds.Record(
            form=forms.RenamingForm, initial=forms.initial_of_renaming, begin=renaming.draft_renaming_by_letter,
            save=renaming.save_renaming, about=("provider",), needs=NAME_NEEDS,
        ),
        redress=kinds.Redress(set_aside=renaming.set_renaming_aside, tell=redress.tell),
    ),
    kinds.CaseKind(
        name=SUCCESSION,
        label=_("merger, split, purchase or succession of providers"),
        prefix="SUC",
        states=lifecycle.PREPARED_STATES,
        transitions=lifecycle.SUCCESSION_TRANSITIONS,
        matters=lifecycle.SUCCESSION_MATTERS,
        effect=succeeding.publish_succeeded,
        sections=described.succession_of,
        check=rules.of_succession,
        authority=True,
        entries=described.entries_of_succession,
        content=described.content_of_succession,
        preview=described.preview_of_succession,
        freeze=succeeding.freeze_succession,
        criteria=rules.criteria,
        record=kinds.Record(
            form=forms.SuccessionForm, initial=forms.initial_of_succession, begin=succeeding.draft_succession,
            save=succeeding.save_succession, about=("provider",), needs=SUCCESSION_NEEDS,
        ),
        redress=kinds.Redress(tell=redress.tell),
    ),
)  # fmt: skip


def register() -> None:
    for kind in KINDS:
        kinds.register(kind)
    sections.register(sections.Section(RENAME, _("Change of name"), concerns=any_renamed))
