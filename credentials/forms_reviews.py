"""The form of a report for a review: it keeps what can be read; what is missing is said when it is handed in."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from credentials.models import Review
from registry.casework.forms import RecordForm, day_field, prose
from registry.casework.guards import criteria_of
from registry.framework.profile import text
from registry.models import Case

RATING, GROUND = "rating_", "ground_"
MOST_SITES = 50
# What is asked of the body that reports on the entry, of the one that reports on its delivery, and of both.
OF_ENTRY = ("need_evidence", "duplication", "changes_wanted")
OF_DELIVERY = (*Review.COUNTS, "learner_feedback", "moderation", "sites")
LAST_TIME = gettext_lazy("It begins with what you said last time: read it again.")
HELP = {
    "learner_feedback": gettext_lazy("What learners said of it, and what you did about that."),
    "need_evidence": gettext_lazy(
        "Who has said since the last review that it is needed: employers, learners, community."
    ),
    "moderation": gettext_lazy("The results of internal and external moderation, and what was done about them."),
    "changes_made": gettext_lazy("What was changed since the last review, and the authority was notified of."),
    "changes_wanted": gettext_lazy("What should be changed in the entry. Left empty: nothing."),
    "duplication": gettext_lazy("What has been listed since that is like it, and how this one differs."),
    "fees": gettext_lazy("What learners or others pay for it, with the currency, and whether tax is included."),
    "complaints": gettext_lazy("How many there were, and how they ended. Name nobody."),
    "enrolments": gettext_lazy("Learners who began in the period. Counts of fewer than five are published nowhere."),
    "withdrawals": gettext_lazy("Learners who left before the end."),
}


class ReportForm(RecordForm):
    """What a body reports: figures, words, a rating of itself on each criterion, and the decision that it seeks."""

    period_from = day_field(gettext_lazy("Period from"))
    period_until = day_field(gettext_lazy("Period until"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        review, language = self.case.review, get_language() or "en"
        for name in asked_of(review):
            self.fields[name] = self._field(name, copied=review.previous_id is not None)
        for criterion in criteria_of(self.case):
            label = text(criterion.label, language)
            self.fields[f"{RATING}{criterion.id}"] = forms.ChoiceField(
                label=_("%(criterion)s: your own rating") % {"criterion": label}, required=False,
                choices=[("", "–"), *Review.Rating.choices], help_text=text(criterion.guidance, language),
            )  # fmt: skip
            self.fields[f"{GROUND}{criterion.id}"] = prose(
                _("%(criterion)s: what it rests on") % {"criterion": label}, "", required=False, rows=2
            )
        self.fields["sought"] = forms.ChoiceField(
            label=_("Decision that you seek"), required=False, choices=[("", "–"), *Review.Sought.choices],
            help_text=_("What ends begins to expire with the decision: nobody may start any more."),
        )  # fmt: skip

    @staticmethod
    def _field(name: str, *, copied: bool) -> forms.Field:
        label, said = label_of(name), HELP.get(name, "")
        if name in Review.COUNTS:
            return forms.IntegerField(label=label, required=False, min_value=0, max_value=10_000_000, help_text=said)
        if name == "sites":
            return forms.CharField(
                label=label, required=False, widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("One on each line."),
            )  # fmt: skip
        told = f"{said} {LAST_TIME}" if copied else said
        return prose(label, "", told, required=False)

    def clean_sites(self) -> list[str]:
        sites = [line.strip() for line in self.cleaned_data["sites"].splitlines() if line.strip()]
        if len(sites) > MOST_SITES or any(len(site) > 300 for site in sites):
            raise forms.ValidationError(_("Name at most 50 sites, each with at most 300 characters."))
        return sites

    def clean(self) -> dict[str, Any]:
        """The ratings by criterion. Where one of them could not be read, what was kept of them stays as it is."""
        cleaned = super().clean() or self.cleaned_data
        said = {name: cleaned.pop(name) for name in list(cleaned) if name.startswith((RATING, GROUND))}
        if not any(name.startswith((RATING, GROUND)) for name in self.errors):
            ids = [name.removeprefix(RATING) for name in said if name.startswith(RATING)]
            cleaned["ratings"] = {
                c: {"rating": said[f"{RATING}{c}"], "ground": said[f"{GROUND}{c}"].strip()}
                for c in ids
                if said[f"{RATING}{c}"] or said[f"{GROUND}{c}"].strip()
            }
        return cleaned

    @staticmethod
    def initial_of(case: Case) -> Mapping[str, Any]:
        review = case.review
        own = {name: getattr(review, name) for name in ("period_from", "period_until", "sought", *asked_of(review))}
        if "sites" in own:
            own["sites"] = "\n".join(review.sites)
        for criterion, row in review.ratings.items():
            own |= {f"{RATING}{criterion}": row["rating"], f"{GROUND}{criterion}": row["ground"]}
        return own


def label_of(name: str) -> str:
    """What a part of a report is called, as a heading."""
    label = str(Review._meta.get_field(name).verbose_name)
    return label[:1].upper() + label[1:]


def asked_of(review: Review) -> list[str]:
    """The fields of a report that this body fills in, in their order."""
    names = (*Review.COUNTS, *Review.TEXTS, "sites")
    left_out = (() if review.of_entry else OF_ENTRY) + (() if review.accreditation_id else OF_DELIVERY)
    return [name for name in names if name not in left_out]
