"""What every case shares: parts taken, judgements, recommendations, decisions, evidence, and notices sent."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework.querysets import CaseQuerySet
from registry.people.models import Organisation, User


class Case(models.Model):
    """Anything that officers must evaluate and decide. `state` is written by `registry.casework.workflow` alone."""

    reference = models.CharField(_("reference"), max_length=30, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    title = models.TextField(_("title"), blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(_("state"), max_length=40)
    revision = models.IntegerField(
        default=1, help_text=_("counts every move and edit, so that nobody overwrites unseen")
    )
    profile = models.CharField(_("framework profile"), max_length=40, blank=True)
    assigned_to = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned_cases",
        verbose_name=_("assigned to"),
    )
    opened_at = models.DateTimeField(_("opened"))
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-submitted_at", "-opened_at"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}".strip()


class Part(models.Model):
    """This person took this part in this case.

    An exclusion constraint (migration 0002) refuses a person on both sides: who drafted, evaluated or recommended, or
    has an interest, can never decide, and who decided can never do those (design 4.2).
    """

    class Name(models.TextChoices):
        DRAFTED = "drafted", _("drafted")
        EVALUATED = "evaluated", _("evaluated")
        RECOMMENDED = "recommended", _("recommended")
        CONFLICTED = "conflicted", _("declared an interest")
        DECIDED = "decided", _("decided")
        CONFIRMED = "confirmed", _("confirmed")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parts")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="parts")
    part = models.CharField(max_length=20, choices=Name.choices)
    side = models.GeneratedField(
        expression=models.Case(
            models.When(part__in=["decided", "confirmed"], then=models.Value(1)), default=models.Value(0)
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("part in a case")
        verbose_name_plural = _("parts in cases")
        constraints = [
            models.UniqueConstraint(fields=["case", "person", "part"], name="part_once"),
            models.CheckConstraint(
                name="part_known",
                condition=models.Q(
                    part__in=["drafted", "evaluated", "recommended", "conflicted", "decided", "confirmed"]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.part} {self.case_id}"


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


class Outcome(models.TextChoices):
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")


class Recommendation(models.Model):
    """What the evaluator advises on the whole case, with reasons; the decision maker may differ."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recommendations")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    reason = models.TextField()
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


class Decision(models.Model):
    """Outcome, reasons and effective date on one matter of a case, under a number of its own. One for each stage."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    matter = models.CharField(_("matter"), max_length=40)
    stage = models.SmallIntegerField(default=1)
    number = models.CharField(_("decision number"), max_length=30, unique=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices)
    reason = models.TextField(_("reason"))
    effective_on = models.DateField(_("effective from"))
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    side = models.SmallIntegerField(default=1)
    recorded_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "matter", "stage"], name="one_decision"),
            models.CheckConstraint(name="decision_side", condition=models.Q(side=1)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.matter} {self.outcome}"


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


def evidence_path(evidence: "Evidence", _name: str) -> str:
    """A random name: what the applicant calls the file is kept in the row and never touches the disk."""
    return f"{evidence.case_id}/{uuid.uuid4().hex}"


class Evidence(models.Model):
    """A file that an applicant ties to one criterion. Served to those who may read the case, as an attachment only."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    criterion = models.CharField(max_length=60)
    file = models.FileField(upload_to=evidence_path)
    name = models.CharField(_("file name"), max_length=255)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["added_at", "id"]

    def __str__(self) -> str:
        return self.name


class Notice(models.Model):
    """A message that is owed to people: written with the act that causes it, delivered by a task that finds it here."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="notices")
    to = ArrayField(models.EmailField())
    subject = models.CharField(max_length=300)
    body = models.TextField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [models.Index(fields=["created_at"], name="notice_owed", condition=models.Q(sent_at=None))]

    def __str__(self) -> str:
        return self.subject
