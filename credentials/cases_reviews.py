"""The kind of case by which what is on the register is reviewed, and what the clock does for it."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from credentials import agenda, cases_sanctions, lifecycle_sanctions
from credentials import described_reviews as described
from credentials import lifecycle_reviews as lifecycle
from credentials.forms_reviews import ReportForm
from credentials.lifecycle_inquiry import INQUIRY
from credentials.services import ending, reviewed, reviewing
from registry import daily
from registry.casework import kinds, reporting
from registry.casework.models import Outcome
from registry.models import Case


def onward(case: Case) -> list[tuple[str, str]]:
    """What may follow of a review by another case: of a delivery that was not found sufficient, a measure about the
    accreditation; of an entry that nobody reports on, an inquiry into the listing (rules 16 and 17)."""
    review = case.review
    refused = case.decisions.filter(matter="delivery", outcome=Outcome.DECLINED).exists()
    found = [(lifecycle_sanctions.SANCTION, review.accreditation.number)] if refused else []
    silent = review.of_entry and not case.submitted_at and case.state in reporting.OPEN and case.told_late >= 3
    return found + ([(INQUIRY, review.credential.number)] if silent else [])


REVIEW = kinds.CaseKind(
    name=lifecycle.REVIEW,
    label=_("review of an entry, or of its delivery"),
    prefix="REV",
    states=lifecycle.STATES,
    transitions=lifecycle.TRANSITIONS,
    matters=lifecycle.MATTERS,
    matters_of=lifecycle.matters_of,
    step=reporting.step,
    effect=reviewed.publish_reviewed,
    declined=reviewed.publish_reviewed,
    sections=described.sections,
    told=described.told,
    check=described.violations,
    asked_for=True,
    leading="review",
    own_page="portal:case",
    edit_page="portal:edit",
    entries=described.entries,
    content=described.content,
    level=described.level,
    preview=described.preview,
    condition_met=reviewed.condition_met,
    record=kinds.Record(
        form=ReportForm, initial=ReportForm.initial_of, begin=reporting.begun_by_the_register, save=reviewing.save_report,
    ),
    meanings=lifecycle.MEANINGS,
    outcomes=reporting.OUTCOMES,
    onward=onward,
    moot=reviewing.is_moot,
    after={"close_report": reviewing.closed},
    # What does not continue ends by that: a refusal is stayed, varied and set aside as well.
    redress=replace(cases_sanctions.REDRESS_OF_A_CHANGE, set_aside=reviewed.set_aside, remits=True, refusals=True),
)  # fmt: skip
# What each day brings; what is opened is reminded of on the same day.
STEPS = (
    daily.Step("reviews", _("reports on entries that were asked for"), reviewing.open_reviews),
    daily.Step("parts", _("entries that are proposed to follow what they are part of"), ending.propose_to_parts),
    daily.Step("ends", _("last days of entries that come near, told to people"), ending.warn_of_ends),
    daily.Step(
        "required_changes", _("changes that reviews required and that have not come"), reviewing.remind_of_changes
    ),
)


def register() -> None:
    kinds.register(REVIEW)
    agenda.register()
    for step in STEPS:
        daily.register(step)
