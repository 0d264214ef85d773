"""Decisions, what they are conditional on, when they become public, and the letters that tell them."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework import kinds
from registry.casework.models.case import Case
from registry.casework.models.parts import Part
from registry.people.models import User


class Outcome(models.TextChoices):
    APPROVED = "approved", _("approved")
    APPROVED_WITH_CONDITIONS = "approved_with_conditions", _("approved with conditions")
    CHANGE_REQUIRED = "change_required", _("continues, and must be changed")
    DECLINED = "declined", _("declined")

    @classmethod
    def grants(cls, outcome: str) -> bool:
        """Whether what was applied for is granted, with conditions or without; or what is reviewed goes on, changed or as
        it is."""
        return outcome in (cls.APPROVED, cls.APPROVED_WITH_CONDITIONS, cls.CHANGE_REQUIRED)


class Backdating(models.TextChoices):
    """Why a decision takes effect before the day on which it is made (edge case 13)."""

    AUTHORITY = "authority", _("the authority was late or in error")
    COURT = "court", _("a court or an appeal requires it")
    LAW = "law", _("the law sets the day")
    RECORD = "record", _("an earlier decision was not recorded")


class Decision(models.Model):
    """Outcome, reasons and effective date on one matter of a case, under a number of its own. One for each stage.

    `reason` is for the applicant, `internal_reason` for officers. One that takes effect before the day on which it was
    decided has a `backdating` reason and was confirmed by a second approver: the database refuses any other.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    matter = models.CharField(_("matter"), max_length=40)
    stage = models.SmallIntegerField(default=1)
    number = models.CharField(_("decision number"), max_length=30, unique=True)
    outcome = models.CharField(_("outcome"), max_length=30, choices=Outcome.choices)
    reason = models.TextField(_("reason"))
    internal_reason = models.TextField(_("reason for officers"), blank=True)
    decided_on = models.DateField(_("decided on"))
    effective_on = models.DateField(_("effective from"))
    publish_on = models.DateField(_("public from"))
    backdating = models.CharField(_("why it is backdated"), max_length=20, choices=Backdating.choices, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirming_part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    side = models.SmallIntegerField(default=1)
    recorded_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "matter", "stage"], name="one_decision"),
            models.CheckConstraint(name="decision_side", condition=models.Q(side=1)),
            models.CheckConstraint(
                name="backdated_by_two",
                condition=models.Q(effective_on__gte=models.F("decided_on"))
                | (models.Q(confirmed_by__isnull=False) & ~models.Q(backdating="")),
            ),
            models.CheckConstraint(
                name="confirmed_by_another",
                condition=models.Q(confirmed_by=None, confirming_part=None)
                | (~models.Q(confirmed_by=models.F("decided_by")) & models.Q(confirming_part__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.matter} {self.outcome}"

    @property
    def outcome_in_words(self) -> Any:
        """What the outcome is called in a case of its kind."""
        return kinds.get(self.case.kind).outcomes.get(self.outcome) or self.get_outcome_display()


class DecisionDraft(models.Model):
    """A decision that waits for a second approver: what the first one decided, as it was put. Never altered.

    It decides nothing. Where the case is withdrawn, or the second approver returns it, the row stays (edge case 29).
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decision_drafts")
    content = models.JSONField()
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("drafted"))

    class Meta:
        verbose_name = _("drafted decision")
        verbose_name_plural = _("drafted decisions")
        ordering = ["recorded_at", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.recorded_at:%Y-%m-%d %H:%M}"


class Condition(models.Model):
    """What an approval depends on: its text, who must see to it, and by when. Overdue, it is told and never enforced by
    a clock (edge case 46)."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    position = models.IntegerField()
    text = models.TextField(_("condition"))
    owner = models.CharField(_("who must see to it"), max_length=200)
    due_on = models.DateField(_("due"))

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["decision_id", "position"]
        indexes = [models.Index(fields=["due_on"], name="condition_due_on")]
        constraints = [models.UniqueConstraint(fields=["decision", "position"], name="condition_position")]

    def __str__(self) -> str:
        return self.text[:80]


class ConditionMet(models.Model):
    """An officer found a condition to be met, and how. Recorded once."""

    condition = models.OneToOneField(Condition, on_delete=models.PROTECT, related_name="met")
    met_on = models.DateField(_("met on"))
    reason = models.TextField(_("how it was met"))
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("condition met")
        verbose_name_plural = _("conditions met")

    def __str__(self) -> str:
        return f"{self.condition_id} {self.met_on}"


class Release(models.Model):
    """An approval whose publication waits: until the start of `publish_on` in the authority's time zone nobody outside
    the desk and the applicant knows of it (E1). `run_daily` and a task each minute publish what is due, never early.

    One that was `called_off` never became public: a reconsideration set the decision aside before.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="releases")
    stage = models.SmallIntegerField(default=1)
    publish_on = models.DateField(_("public from"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    called_off = models.BooleanField(_("called off"), default=False)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints = [models.UniqueConstraint(fields=["case", "stage"], name="one_release")]
        indexes = [models.Index(fields=["publish_on"], name="release_waits", condition=models.Q(released_at=None))]

    def __str__(self) -> str:
        return f"{self.case_id} {self.publish_on}"


class Letter(models.Model):
    """The letter of a decision as it was sent: its HTML in the recipient's language, with its digest. Never altered."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=30, default="decision")
    language = models.CharField(_("language"), max_length=20)
    html = models.TextField()
    sha256 = models.CharField(max_length=64)
    answer_by = models.DateField(_("last day for asking for a reconsideration"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("sent"))

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["recorded_at", "id"]
        indexes = [
            models.Index(fields=["answer_by"], name="letter_answer_by", condition=models.Q(answer_by__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.language}"
