"""The kinds of case of a consistency review: the review of a full qualification, and each provider's part in it."""

from django.utils.translation import gettext_lazy as _

from credentials import consistency
from credentials import described_consistency as described
from credentials import forms_consistency as forms
from credentials import lifecycle_consistency as lifecycle
from credentials.services import consistency as services
from registry.casework import kinds, reporting

KINDS = (
    kinds.CaseKind(
        name=lifecycle.REVIEW,
        label=_("consistency review of a full qualification"),
        prefix="CNR",
        states=lifecycle.STATES,
        transitions=lifecycle.TRANSITIONS,
        matters=lifecycle.MATTERS,
        matters_of=consistency.matters_of,
        step=consistency.step,
        effect=services.publish_reported,
        declined=services.publish_reported,
        sections=described.review,
        check=described.violations,
        authority=True,
        criteria=consistency.criteria,
        entries=lambda case: [case.consistency_review.credential.number],
        content=described.review_content,
        level=lambda case: case.consistency_review.credential.revisions.latest_public().level,
        outcomes=lifecycle.OUTCOMES,
        verdicts=lifecycle.VERDICTS,
        onward=consistency.onward,
        ends_with=consistency.ends_with,
        after={
            "assign": services.hand_over_parts,
            "judge": services.keep_rating,
            "withdraw": services.drop_parts,
        },
        record=kinds.Record(
            form=forms.ReviewForm,
            initial=forms.ReviewForm.initial_of,
            begin=services.begin_review,
            save=services.save_review,
            about=("credential",),
            needs=_(
                "For a full qualification, with all its providers at once: the day and the venue, confirmed two to three "
                "months ahead, the evaluation question, and the threshold. Whoever rates or decides is independent of "
                "every provider. Where one is not sufficient the report is interim at first."
            ),
        ),
    ),
    kinds.CaseKind(
        name=lifecycle.PART,
        label=_("part of a provider in a consistency review"),
        prefix="CNP",
        states=lifecycle.PART_STATES,
        transitions=lifecycle.PART_TRANSITIONS,
        matters={},
        effect=lambda **_asked: [],
        sections=described.part_at_the_desk,
        told=described.part_told,
        check=described.violations,
        asked_for=True,
        criteria=consistency.self_assessed,
        own_page="portal:case",
        edit_page="portal:edit",
        entries=described.part_entries,
        content=described.part_content,
        meanings=lifecycle.PART_MEANINGS,
        after={"submit": services.receive_part},
        record=kinds.Record(
            form=forms.PartForm,
            initial=forms.PartForm.initial_of,
            begin=reporting.begun_by_the_register,
            save=services.save_part,
        ),
    ),
)


def register() -> None:
    for kind in KINDS:
        kinds.register(kind)
