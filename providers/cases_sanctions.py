"""The kinds of case by which the authority acts about a provider, and by which a registration ends."""

from django.utils.translation import gettext_lazy as _

from providers import forms_sanctions as forms
from providers import lifecycle_sanctions as lifecycle
from providers import sanctions
from providers.cases import any_registered
from providers.services import drafts, redress
from providers.services import sanctions as effects
from registry.casework import kinds
from registry.casework.lifecycle import GROUND_VERDICTS, MEASURE_OUTCOMES
from registry.portal import sections

LIFTED = ("action", "reason", "lifted_on")
LEFT = ("last_day", "reason", "teach_out", "learners")
IMPOSED = (
    "measure", "grounds", "summary", "language", "last_day", "credential", "teach_out", "learners",
)  # fmt: skip

# What is decided of these is looked at again, and the public record says so; nothing else follows of itself.
TOLD = kinds.Redress(tell=redress.tell)

KINDS = (
    kinds.CaseKind(
        name=drafts.SANCTION,
        label=_("statutory action about a provider"),
        prefix="SAN",
        states=lifecycle.HEARD_STATES,
        transitions=lifecycle.SANCTION_TRANSITIONS,
        matters=lifecycle.SANCTION_MATTERS,
        effect=effects.publish_sanction,
        sections=sanctions.described_sanction,
        told=sanctions.meant,
        check=sanctions.check_sanction,
        authority=True,
        heard=True,
        own_page="portal:case",
        entries=sanctions.entries,
        content=sanctions.content(*IMPOSED),
        criteria=sanctions.criteria,
        meanings=sanctions.MEANINGS,
        record=kinds.Record(
            form=forms.SanctionForm, initial=sanctions.initial_sanction, begin=drafts.begin_sanction,
            save=drafts.save_sanction, about=("provider",),
            needs=_(
                "You need the grounds, and what is held against the body under each. It is given notice, and may reply to "
                "each ground, before anything is decided."
            ),
        ),
        outcomes=MEASURE_OUTCOMES,
        verdicts=GROUND_VERDICTS,
        redress=kinds.Redress(
            stay=redress.stay, resume=redress.resume, set_aside=redress.set_aside, vary=redress.vary,
            terms_form=forms.TermsForm, terms=redress.terms, tell=redress.tell,
        ),
    ),
    kinds.CaseKind(
        name=drafts.LAPSE,
        label=_("lapse of a provider's registration"),
        outcomes={"approved": _("confirmed"), "declined": _("not confirmed: the registration goes on")},
        verdicts=GROUND_VERDICTS,
        prefix="LAP",
        states=lifecycle.HEARD_STATES,
        transitions=lifecycle.LAPSE_TRANSITIONS,
        matters=lifecycle.LAPSE_MATTERS,
        effect=effects.publish_lapsed,
        sections=sanctions.described_lapse,
        check=sanctions.check_lapse,
        authority=True,
        heard=True,
        own_page="portal:case",
        entries=sanctions.entries,
        content=sanctions.content("grounds"),
        criteria=sanctions.criteria,
        meanings=sanctions.MEANINGS,
        record=kinds.Record(
            form=forms.LapseForm, initial=sanctions.of_form(), begin=drafts.begin_lapse, save=drafts.save_lapse,
            about=("provider",),
            needs=_("You need the ground by which the registration has lapsed. The body may reply before it is confirmed."),
        ),
        redress=kinds.Redress(
            stay=redress.stay_lapse, resume=redress.resume_lapse, set_aside=redress.set_aside_lapse, tell=redress.tell,
        ),
    ),
    kinds.CaseKind(
        name=drafts.LIFTING,
        label=_("lifting of a statutory action"),
        prefix="LIF",
        states=lifecycle.LIFTING_STATES,
        transitions=lifecycle.LIFTING_TRANSITIONS,
        matters=lifecycle.LIFTING_MATTERS,
        effect=effects.publish_lifted,
        sections=sanctions.described_lifting,
        check=sanctions.check_lifting,
        authority=True,
        entries=sanctions.entries,
        content=sanctions.content(*LIFTED),
        criteria=lambda case: [],
        record=kinds.Record(
            form=forms.LiftingForm, initial=sanctions.of_form(*LIFTED), begin=drafts.begin_lifting,
            save=drafts.save_lifting, about=("provider",),
            needs=_("You need the action that is lifted, and why. Another officer decides it."),
        ),
        redress=TOLD,
    ),
    kinds.CaseKind(
        name=drafts.WITHDRAWAL,
        label=_("withdrawal of a provider from the register"),
        prefix="WDR",
        states=lifecycle.WITHDRAWAL_STATES,
        transitions=lifecycle.WITHDRAWAL_TRANSITIONS,
        matters=lifecycle.WITHDRAWAL_MATTERS,
        effect=effects.publish_withdrawn,
        sections=sanctions.described_withdrawal,
        check=sanctions.check_withdrawal,
        own_page="portal:case",
        edit_page="portal:edit",
        entries=sanctions.entries,
        content=sanctions.content(*LEFT),
        record=kinds.Record(
            form=forms.WithdrawalForm, initial=sanctions.of_form(*LEFT), begin=drafts.begin_withdrawal,
            save=drafts.save_withdrawal, choices=sanctions.to_withdraw,
            needs=_(
                "Your registration ends with the last day that you give. Your number and page stay, with that day. Each "
                "accreditation is decided by itself."
            ),
        ),
        redress=TOLD,
    ),
)  # fmt: skip


def register() -> None:
    for kind in KINDS:
        kinds.register(kind)
    sections.register(
        sections.Section(kind=drafts.WITHDRAWAL, label=_("Withdrawal from the register"), concerns=any_registered)
    )
