"""The forms of what is decided against an entry or an accreditation, and of what ends that. Each keeps what can be read;
what is missing is said when it is handed on."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from credentials.models import AccreditationSanction, Amendment, Inquiry, Review
from registry.casework.forms import CaseForm, RecordForm, day_field, prose
from registry.content.comparison import ENTRY_LABELS
from registry.content.controls import ShapeField
from registry.content.shapes import Texts
from registry.documents import iso
from registry.framework import current
from registry.framework.profile import text
from registry.models import Case

LONGEST_SENTENCE = 1_000
BEGINS = {"help_text": _("Left empty, from the day on which the decision takes effect.")}
GROUND = "ground_"


class GroundsForm(RecordForm):
    """One field for each ground that the framework knows: what is held in words, or nothing."""

    # The fields that hold a text in each language.
    TEXTS: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        for code, ground in current.profile().entry_grounds.items():
            self.fields[f"{GROUND}{code}"] = prose(
                text(ground.label, language), "", _("What is held, in words that the body reads. Left empty, it is no ground."),
                required=False, rows=2,
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The grounds as rows. Where one of them could not be read, what was kept of them stays as it is."""
        cleaned = super().clean() or self.cleaned_data
        said = {name: cleaned.pop(name) for name in list(cleaned) if name.startswith(GROUND)}
        if not any(name.startswith(GROUND) for name in self.errors):
            cleaned["grounds"] = [
                {"ground": name.removeprefix(GROUND), "held": held.strip()}
                for name, held in said.items()
                if held.strip()
            ]
        for name in self.TEXTS:
            if name in cleaned:
                cleaned[name] = cleaned[name] or {}
        return cleaned


def grounds_as_typed(rows: list[dict[str, str]]) -> dict[str, str]:
    """The grounds of a record, by the fields of their form."""
    return {f"{GROUND}{row['ground']}": row["held"] for row in rows}


class SuspensionForm(GroundsForm):
    """An entry is to be suspended."""

    TEXTS = ("summary", "advice")
    begins_on = day_field(_("From"), **BEGINS)
    ends_on = day_field(_("Until"), _("The last day of the suspension. Left empty, it holds until it is lifted."))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        languages = current.profile().languages
        self.fields["summary"] = ShapeField(
            Texts(LONGEST_SENTENCE), languages, label=_("Public sentence"),
            help_text=_("In neutral words: what is suspended, and since when. Everybody reads it."),
        )  # fmt: skip
        self.fields["advice"] = ShapeField(
            Texts(LONGEST_SENTENCE), languages, label=_("What learners should do"), help_text=_("Everybody reads it.")
        )

    @staticmethod
    def initial_of(case: Case) -> Mapping[str, Any]:
        record = case.entry_suspension
        own = ("begins_on", "ends_on", "summary", "advice")
        return {name: getattr(record, name) for name in own} | grounds_as_typed(record.grounds)


class SanctionForm(GroundsForm):
    """What is to become of an accreditation."""

    TEXTS = ("condition",)
    measure = forms.ChoiceField(
        label=_("Measure"), required=False, choices=[("", ""), *AccreditationSanction.Measure.choices]
    )
    begins_on = day_field(
        _("From"),
        _("Of a withdrawal, the first day without it. Left empty, the day on which the decision takes effect."),
    )
    ends_on = day_field(_("Until"), _("Of a suspension alone: its last day. Left empty, it holds until it is lifted."))
    due_on = day_field(_("The condition is due on"), _("Of a condition alone."))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["condition"] = ShapeField(
            Texts(2_000), current.profile().languages, label=_("Condition"),
            help_text=_("Of a condition alone. It is public with the accreditation."),
        )  # fmt: skip

    @staticmethod
    def initial_of(case: Case) -> Mapping[str, Any]:
        record = case.accreditation_sanction
        own = ("measure", "begins_on", "ends_on", "due_on", "condition")
        return {name: getattr(record, name) for name in own} | grounds_as_typed(record.grounds)


class LiftingForm(RecordForm):
    """A suspension is to end."""

    explanation = prose(
        _("Why it is lifted"), "",
        _("What has been put right, and how that was shown. Its last day is the one before the decision takes effect."),
        required=False,
    )  # fmt: skip

    @staticmethod
    def initial_of(case: Case) -> Mapping[str, Any]:
        return {"explanation": case.entry_lifting.explanation}


class RelinquishingForm(RecordForm):
    """A provider gives an accreditation up."""

    ends_on = day_field(
        _("Last day"), _("The last day on which you deliver it. Those who have started must be able to finish.")
    )
    reason = prose(_("Why it is given up"), "", required=False)
    teach_out = prose(
        _("Teach-out plan"), "", _("Who teaches and assesses those who have started, and until when. It is not public."),
        required=False, rows=4,
    )  # fmt: skip

    @staticmethod
    def initial_of(case: Case) -> Mapping[str, Any]:
        record = case.accreditation_relinquishing
        return {name: getattr(record, name) for name in ("ends_on", "reason", "teach_out")}


# -- on which other terms a decision may hold --------------------------------------------------------------------------


class EndTermsForm(CaseForm):
    """The days of an end that is varied when it is looked at again."""

    expiring_from = day_field(ENTRY_LABELS["expiring_from"])
    last_new_enrolment = day_field(
        ENTRY_LABELS["last_new_enrolment"], _("Left empty, it is the day that the law gives.")
    )
    expiry_end = day_field(ENTRY_LABELS["expiry_end"])

    @staticmethod
    def terms_of(case: Case) -> Mapping[str, Any]:
        """The days that stand, of the entry that a change or an inquiry lets end."""
        names = ("inquiry", "review", "amendment")
        record: Amendment | Inquiry | Review = next(getattr(case, name) for name in names if hasattr(case, name))
        return {
            name: iso(getattr(record.credential, name))
            for name in ("expiring_from", "last_new_enrolment", "expiry_end")
        }


class UntilForm(CaseForm):
    """The last day of a suspension that is varied when it is looked at again."""

    ends_on = day_field(_("Until"), _("The last day of the suspension. Left empty, it holds until it is lifted."))


class SanctionTermsForm(UntilForm):
    """On which other terms a measure about an accreditation holds."""

    begins_on = day_field(_("Withdrawn from"), _("Of a withdrawal alone: the first day without it."))
    due_on = day_field(_("The condition is due on"), _("Of a condition alone."))

    @staticmethod
    def terms_of(case: Case) -> Mapping[str, Any]:
        record = case.accreditation_sanction
        withdrawn = record.measure == AccreditationSanction.Measure.WITHDRAWAL
        return {
            "ends_on": record.effects.get("until"), "begins_on": record.effects.get("from") if withdrawn else None,
            "due_on": record.effects.get("due_on", iso(record.due_on)),
        }  # fmt: skip
