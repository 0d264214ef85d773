"""The kinds of case about what goes wrong on the register: a wrong listing, a typo, a law, a listing inquired into."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials import described_wrongs as described
from credentials import forms_wrongs as forms
from credentials import inquiries, lifecycle_inquiry, rules_wrongs
from credentials import lifecycle_wrongs as lifecycle
from credentials.cases_sanctions import REDRESS_OF_A_CHANGE
from credentials.services import corrections, inquiring, legislation, removals
from registry.casework import kinds
from registry.casework.lifecycle import GROUND_VERDICTS, proposed
from registry.models import Case

DELEGATION = _("Registrars are delegated to correct a typo in what is public.")


def _removal(case: Case) -> Mapping[str, Any]:
    return {name: getattr(case.removal, name) for name in removals.FIELDS}


def _correction(case: Case) -> Mapping[str, Any]:
    said = case.correction
    return {**said.after, "reason": said.reason, "instrument": said.instrument or str(DELEGATION)}


def _by_law(case: Case) -> Mapping[str, Any]:
    return {name: getattr(case.kind_by_law, name) for name in (*legislation.FIELDS, "numbers")}


def _inquiry(case: Case) -> Mapping[str, Any]:
    return {name: getattr(case.inquiry, name) for name in (*inquiring.FIELDS, "grounds")}


KINDS = (
    kinds.CaseKind(
        name=lifecycle.REMOVAL,
        label=_("removal of a wrong listing"),
        prefix="REM",
        states=lifecycle.REMOVAL_STATES,
        transitions=lifecycle.REMOVAL_TRANSITIONS,
        matters=lifecycle.REMOVAL_MATTERS,
        step=proposed,
        effect=removals.publish_removed,
        sections=described.removal,
        check=rules_wrongs.removal,
        authority=True,
        entries=lambda case: [case.removal.number],
        content=described.removal_content,
        record=kinds.Record(
            form=forms.RemovalForm,
            initial=_removal,
            begin=removals.begin_removal,
            save=removals.save_removal,
            about=("credential", "accreditation"),
            needs=_(
                "For what was listed by mistake, and for nothing else: an entry that ends, or that is wrong in part, is "
                "changed. Two decision makers decide it. The number is never used again, and stays as a page that says "
                "so; whoever is accredited for the entry is so no more."
            ),
        ),
    ),
    kinds.CaseKind(
        name=lifecycle.CORRECTION,
        label=_("correction of a typo"),
        prefix="COR",
        states=lifecycle.CORRECTION_STATES,
        transitions=lifecycle.CORRECTION_TRANSITIONS,
        matters={},
        effect=corrections.publish_corrected,
        sections=described.correction,
        check=rules_wrongs.correction,
        authority=True,
        entries=lambda case: [case.correction.credential.number],
        content=described.correction_content,
        alone=kinds.Alone("correction", lambda case: case.correction.instrument),
        record=kinds.Record(
            form=forms.CorrectionForm,
            initial=_correction,
            begin=corrections.begin_correction,
            save=corrections.save_correction,
            about=("credential",),
            needs=_(
                "For words that are misspelt. Level, credits, dates, kind, languages and the number of outcomes stay as "
                "they are. It makes no new revision and no new review date; readers of the feed are told that it was "
                "corrected."
            ),
        ),
    ),
    kinds.CaseKind(
        name=lifecycle.BY_LAW,
        label=_("change of kind by law"),
        prefix="LAW",
        states=lifecycle.BY_LAW_STATES,
        transitions=lifecycle.BY_LAW_TRANSITIONS,
        matters={},
        effect=legislation.publish_by_law,
        sections=described.by_law,
        check=rules_wrongs.by_law,
        authority=True,
        entries=lambda case: case.kind_by_law.numbers,
        content=described.by_law_content,
        alone=kinds.Alone("law", lambda case: case.kind_by_law.instrument),
        record=kinds.Record(
            form=forms.KindByLawForm,
            initial=_by_law,
            begin=legislation.begin_change_by_law,
            save=legislation.save_change_by_law,
            about=("credential",),
            needs=_(
                "For a law that makes another kind of entries that are listed. Each keeps its number and gets a new "
                "revision; what earlier ones say of its kind stays."
            ),
        ),
    ),
    kinds.CaseKind(
        name=lifecycle_inquiry.INQUIRY,
        label=_("inquiry into a listing, with an interim decision"),
        outcomes={"approved": _("the entry is to end"), "declined": _("the entry stays as it is")},
        verdicts=GROUND_VERDICTS,
        prefix="INQ",
        states=lifecycle_inquiry.STATES,
        transitions=lifecycle_inquiry.TRANSITIONS,
        matters=lifecycle_inquiry.MATTERS,
        matters_of=inquiries.matters_of,
        private=frozenset({"interim"}),
        step=inquiries.step,
        effect=inquiring.publish_inquired,
        sections=described.inquiry,
        check=rules_wrongs.inquiry,
        authority=True,
        heard=True,
        own_page="portal:case",
        meanings=lifecycle_inquiry.MEANINGS,
        criteria=inquiries.grounds,
        entries=lambda case: [case.inquiry.credential.number],
        content=described.inquiry_content,
        level=lambda case: case.inquiry.credential.revisions.latest_public().level,
        preview=inquiries.preview,
        record=kinds.Record(
            form=forms.InquiryForm,
            initial=_inquiry,
            begin=inquiring.begin_inquiry,
            save=inquiring.save_inquiry,
            about=("credential",),
            needs=_(
                "A decision maker makes an interim decision, of which nothing is public. The body may reply to each "
                "ground; the final decision comes after that, and may differ."
            ),
        ),
        redress=REDRESS_OF_A_CHANGE,
    ),
)
