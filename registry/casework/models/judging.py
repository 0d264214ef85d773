"""What evaluators find: judgements, recommendations, waived rules, and what the register held already."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework import kinds
from registry.casework.models.case import Case
from registry.casework.models.deciding import Outcome
from registry.casework.models.parts import Part
from registry.people.models import User


class Judgement(models.Model):
    """Met, partly met or not met on one criterion, with a reason. Revised by a later row, never altered."""

    class Verdict(models.TextChoices):
        MET = "met", _("met")
        PARTLY_MET = "partly_met", _("partly met")
        NOT_MET = "not_met", _("not met")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="judgements")
    criterion = models.CharField(max_length=60)
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    reason = models.TextField()
    judged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="judgements")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    side = models.SmallIntegerField(default=0)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("judgement")
        verbose_name_plural = _("judgements")
        ordering = ["recorded_at", "id"]
        constraints = [models.CheckConstraint(name="judgement_side", condition=models.Q(side=0))]

    def __str__(self) -> str:
        return f"{self.case_id} {self.criterion} {self.verdict}"

    @property
    def verdict_in_words(self) -> Any:
        """What the judgement is called in a case of its kind."""
        return kinds.get(self.case.kind).verdicts.get(self.verdict) or self.get_verdict_display()


class Recommendation(models.Model):
    """What the evaluator advises on the whole case, with reasons; the decision maker may differ.

    `conditions`: those that the evaluator proposes, each with its text, its owner and its day.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recommendations")
    outcome = models.CharField(max_length=30, choices=Outcome.choices)
    reason = models.TextField()
    conditions = models.JSONField(default=list, blank=True)
    recommended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recommendations")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    side = models.SmallIntegerField(default=0)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ["recorded_at", "id"]
        constraints = [models.CheckConstraint(name="recommendation_side", condition=models.Q(side=0))]

    def __str__(self) -> str:
        return f"{self.case_id} {self.outcome}"

    @property
    def outcome_in_words(self) -> Any:
        """What the outcome is called in a case of its kind."""
        return kinds.get(self.case.kind).outcome(self.outcome) or self.get_outcome_display()


class Waiver(models.Model):
    """One rule of the framework that does not hold this case: who waived it, as what, why, and what allows it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="waivers")
    rule = models.CharField(_("rule"), max_length=60)
    reason = models.TextField(_("reason"))
    instrument = models.TextField(_("instrument"), help_text=_("The law, rule or delegation that allows it."))
    waived_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="waivers")
    role = models.CharField(max_length=30)
    recorded_at = models.DateTimeField(_("waived"))

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        ordering = ["recorded_at", "id"]
        constraints = [models.UniqueConstraint(fields=["case", "rule"], name="one_waiver")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.rule}"


class DuplicateCheck(models.Model):
    """What the register held that is like a case's draft, on that day: searched, kept, never altered.

    `matches` are as `registry.search.similar.Match.record` gives them, the most alike first; `serial`: how far the index
    had followed the journal; `shown_from`: the score from which a match was put before people without being asked for.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="duplicate_checks")
    matches = models.JSONField(default=list)
    serial = models.BigIntegerField()
    shown_from = models.DecimalField(max_digits=3, decimal_places=2)
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=30, blank=True)
    recorded_at = models.DateTimeField(_("searched"))

    class Meta:
        verbose_name = _("duplicate check")
        verbose_name_plural = _("duplicate checks")
        ordering = ["recorded_at", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.recorded_at:%Y-%m-%d %H:%M}"
