"""The kinds of case by which an entry is suspended, and something is decided about an accreditation; and by which either
ends."""

from django.utils.translation import gettext_lazy as _

from credentials import described_sanctions as described
from credentials import forms_sanctions as forms
from credentials import lifecycle_sanctions as lifecycle
from credentials.models import Accreditation
from credentials.services import redress, relinquishing, sanctions, undoing
from registry.casework import kinds
from registry.casework.lifecycle import GROUND_VERDICTS, MEASURE_OUTCOMES
from registry.framework import current
from registry.models import Organisation
from registry.portal import sections

# What is decided of these is looked at again, and the public record says so; nothing else follows of itself.
TOLD = kinds.Redress(tell=redress.tell)
# The end of an entry, and what else is said of the entry itself: by a change, or by an inquiry.
REDRESS_OF_A_CHANGE = kinds.Redress(
    stay=undoing.stay_change, resume=undoing.resume_change, set_aside=undoing.set_aside_change,
    vary=undoing.vary_change, terms_form=forms.EndTermsForm, terms=forms.EndTermsForm.terms_of, tell=redress.tell,
)  # fmt: skip


def held_by(organisations: list[Organisation]) -> list[tuple[str, str]]:
    """The accreditations that these bodies hold today, each with its number and what it is for."""
    held = Accreditation.objects.present(current.today()).filter(provider__organisation__in=organisations)
    return [
        (a.number, f"{a.number}: {a.credential.number} {a.credential.revisions.latest_public().title}")
        for a in held.select_related("credential").order_by("number")
    ]


KINDS = (
    kinds.CaseKind(
        name=lifecycle.SUSPENSION,
        label=_("suspension of an entry"),
        prefix="SUS",
        states=lifecycle.HEARING_STATES,
        transitions=lifecycle.SUSPENSION_TRANSITIONS,
        matters=lifecycle.SUSPENSION_MATTERS,
        effect=sanctions.publish_suspended,
        sections=described.suspension,
        check=described.violations,
        authority=True,
        heard=True,
        own_page="portal:case",
        entries=described.entries,
        content=described.content,
        level=described.level,
        preview=described.preview_of_suspension,
        criteria=described.grounds,
        meanings=lifecycle.MEANINGS,
        record=kinds.Record(
            form=forms.SuspensionForm, initial=forms.SuspensionForm.initial_of, begin=sanctions.begin_suspension,
            save=sanctions.save_suspension, about=("credential",),
            needs=_("The grounds, the days, a neutral sentence for the public, and what learners should do."),
        ),
        outcomes=MEASURE_OUTCOMES,
        verdicts=GROUND_VERDICTS,
        redress=kinds.Redress(
            stay=undoing.stay_suspension, resume=undoing.resume_suspension, set_aside=undoing.set_aside_suspension,
            vary=undoing.vary_suspension, terms_form=forms.UntilForm,
            terms=lambda case: {"ends_on": case.entry_suspension.effects.get("until")}, tell=redress.tell,
        ),
    ),
    kinds.CaseKind(
        name=lifecycle.SANCTION,
        label=_("measure about an accreditation"),
        prefix="ACS",
        states=lifecycle.HEARING_STATES,
        transitions=lifecycle.SANCTION_TRANSITIONS,
        matters=lifecycle.SANCTION_MATTERS,
        effect=sanctions.publish_sanctioned,
        sections=described.sanction,
        check=described.violations,
        authority=True,
        heard=True,
        own_page="portal:case",
        entries=described.entries,
        content=described.content,
        level=described.level,
        criteria=described.grounds,
        meanings=lifecycle.MEANINGS,
        record=kinds.Record(
            form=forms.SanctionForm, initial=forms.SanctionForm.initial_of, begin=sanctions.begin_sanction,
            save=sanctions.save_sanction, about=("accreditation",),
            needs=_("The grounds, and whether it is a condition, a suspension or a withdrawal, with its days."),
        ),
        outcomes=MEASURE_OUTCOMES,
        verdicts=GROUND_VERDICTS,
        redress=kinds.Redress(
            stay=undoing.stay_sanction, resume=undoing.resume_sanction, set_aside=undoing.set_aside_sanction,
            vary=undoing.vary_sanction, terms_form=forms.SanctionTermsForm, terms=forms.SanctionTermsForm.terms_of,
            tell=redress.tell,
        ),
    ),
    kinds.CaseKind(
        name=lifecycle.LIFTING,
        label=_("end of a suspension"),
        prefix="LFT",
        states=lifecycle.LIFTING_STATES,
        transitions=lifecycle.LIFTING_TRANSITIONS,
        matters=lifecycle.LIFTING_MATTERS,
        effect=sanctions.publish_lifted,
        sections=described.lifting,
        check=described.violations,
        authority=True,
        entries=described.entries,
        content=described.content,
        level=described.level,
        record=kinds.Record(
            form=forms.LiftingForm, initial=forms.LiftingForm.initial_of, begin=sanctions.begin_lifting,
            save=sanctions.save_lifting, about=("credential", "accreditation"),
            needs=_("Why the suspension ends, and how that was shown."),
        ),
        redress=TOLD,
    ),
    kinds.CaseKind(
        name=lifecycle.RELINQUISHING,
        label=_("end of an accreditation that its provider gives up"),
        prefix="RLQ",
        states=lifecycle.RELINQUISHING_STATES,
        transitions=lifecycle.RELINQUISHING_TRANSITIONS,
        matters=lifecycle.RELINQUISHING_MATTERS,
        effect=relinquishing.publish_relinquished,
        sections=described.relinquishing,
        check=described.violations,
        own_page="portal:case",
        edit_page="portal:edit",
        entries=described.entries,
        content=described.content,
        level=described.level,
        criteria=described.teach_out,
        record=kinds.Record(
            form=forms.RelinquishingForm, initial=forms.RelinquishingForm.initial_of,
            begin=relinquishing.begin_relinquishing, save=relinquishing.save_relinquishing, choices=held_by,
            needs=_("The last day, why you give it up, and the plan for those who have started."),
        ),
        redress=TOLD,
    ),
)  # fmt: skip


def register() -> None:
    for kind in KINDS:
        kinds.register(kind)
    sections.register(
        sections.Section(
            lifecycle.RELINQUISHING, _("Giving an accreditation up"), concerns=lambda bodies: bool(held_by(bodies))
        )
    )
