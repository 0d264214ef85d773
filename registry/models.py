"""The register: what is public now (`Entry`) and everything that ever became public (`Change`)."""

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.audit import Event
from registry.casework.models import (
    Answer,
    Case,
    Condition,
    ConditionMet,
    Decision,
    DecisionDraft,
    Delegation,
    DuplicateCheck,
    Evidence,
    Exemption,
    Fee,
    InformationRequest,
    Interest,
    Judgement,
    Letter,
    Message,
    Notice,
    Panel,
    PanelMember,
    Part,
    ProblemReport,
    Recommendation,
    Reconsideration,
    Release,
    RequestItem,
    Submission,
    Waiver,
)
from registry.following.models import OwedMail, Subscription
from registry.people.models import ApiKey, CalendarAddress, Membership, Organisation, User
from registry.querysets import ChangeQuerySet, EntryQuerySet

__all__ = [
    "Answer", "ApiKey", "CalendarAddress", "Case", "Change", "Condition", "ConditionMet", "Decision", "DecisionDraft",
    "Delegation", "DuplicateCheck", "Entry", "Event", "Evidence", "Exemption", "Fee", "InformationRequest", "Interest",
    "Judgement", "Letter",
    "Membership", "Message", "Notice", "NumberSeries", "Organisation", "OwedMail", "Panel", "PanelMember", "Part",
    "ProblemReport", "Recommendation", "Reconsideration", "Release", "RequestItem", "StepRun", "Submission", "Subscription",
    "User", "Waiver",
]  # fmt: skip


class NumberSeries(models.Model):
    """The last number given out under a prefix. Allotted in the transaction that needs it, so that gaps tell nothing."""

    prefix = models.CharField(primary_key=True, max_length=20)
    last = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last}"


class Entry(models.Model):
    """The permanent public identity of a credential, provider or accreditation, with its current document.

    Written by `registry.journal` alone. The columns beside the document repeat what it says, for SQL; no column holds
    a status, which is worked out from the dates on read.
    """

    class Kind(models.TextChoices):
        QUALIFICATION = "qualification", _("qualification")
        PART_QUALIFICATION = "part_qualification", _("part qualification")
        MICRO_CREDENTIAL = "micro_credential", _("micro-credential")
        PROVIDER = "provider", _("provider")
        ACCREDITATION = "accreditation", _("accreditation")

    number = models.CharField(primary_key=True, max_length=20)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = models.TextField()
    language = models.CharField(max_length=20)
    level = models.CharField(max_length=20, null=True)
    credits = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    revision = models.IntegerField()
    serial = models.BigIntegerField(unique=True)
    document = models.BinaryField()
    document_sha256 = models.BinaryField()
    listed_on = models.DateField(null=True)
    last_new_enrolment = models.DateField(null=True)
    expiring_from = models.DateField(null=True)
    expiry_end = models.DateField(null=True)
    closed_undated = models.BooleanField(default=False)
    suspensions = ArrayField(DateRangeField(), default=list)
    ended_as = models.CharField(max_length=20, null=True)
    unverified = models.BooleanField(default=False)
    provider = models.CharField(max_length=20, null=True)
    credential = models.CharField(max_length=20, null=True)
    provider_numbers = ArrayField(models.CharField(max_length=20), default=list)
    withdrawn_on = models.DateField(null=True)
    first_recorded_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    # The next day on which its dates alter it that no change tells yet (`registry.status.next_turn`).
    turns_on = models.DateField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes = [
            models.Index(fields=["kind", "title", "number"], name="entry_kind_title"),
            models.Index(fields=["provider"], name="entry_provider"),
            models.Index(fields=["credential"], name="entry_credential"),
            GinIndex(fields=["provider_numbers"], name="entry_provider_numbers"),
            models.Index(
                fields=["expiring_from"], name="entry_expiring_from", condition=models.Q(expiring_from__isnull=False)
            ),
            models.Index(fields=["expiry_end"], name="entry_expiry_end", condition=models.Q(expiry_end__isnull=False)),
            models.Index(
                fields=["last_new_enrolment"],
                name="entry_last_new_enrolment",
                condition=models.Q(last_new_enrolment__isnull=False),
            ),
            models.Index(
                fields=["turns_on", "number"], name="entry_turns_on", condition=models.Q(turns_on__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="entry_kind_known",
                condition=models.Q(
                    kind__in=["qualification", "part_qualification", "micro_credential", "provider", "accreditation"]
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Change(models.Model):
    """One record of the journal: what became public, when recorded, effective from when, on which decision.

    Append-only: the application's role can neither update nor delete it, and a trigger refuses it to anybody. `hash`
    ties it to its predecessor: SHA-256 of `previous_hash` followed by `record`, the canonical bytes that hold the
    columns beside them and the SHA-256 of `document`.
    """

    class Action(models.TextChoices):
        LISTED = "listed", _("listed")
        REVISED = "revised", _("revised")
        CORRECTED = "corrected", _("corrected")
        STATUS = "status", _("status changed by date")
        WITHDRAWN = "withdrawn", _("withdrawn: listed by mistake")

    serial = models.BigIntegerField(primary_key=True)
    number = models.CharField(max_length=20)
    kind = models.CharField(max_length=20)
    action = models.CharField(max_length=20, choices=Action.choices)
    revision = models.IntegerField()
    changed_fields = ArrayField(models.TextField(), default=list)
    effective_from = models.DateField()
    recorded_at = models.DateTimeField()
    decision_number = models.CharField(max_length=30, null=True)
    reason = models.TextField()
    record = models.BinaryField()
    document = models.BinaryField(null=True)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["serial"]
        indexes = [
            models.Index(fields=["number", "effective_from", "serial"], name="change_history"),
            models.Index(
                fields=["decision_number"], name="change_decision", condition=models.Q(decision_number__isnull=False)
            ),
        ]
        constraints = [
            # What the dates of an entry do is told once for each day.
            models.UniqueConstraint(
                fields=["number", "effective_from"],
                name="change_turn_once",
                condition=models.Q(action="status", decision_number__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.number} {self.action}"


class StepRun(models.Model):
    """One step of the daily run, as it went: what it did by itself, or why it failed. Rows are added, and never altered.

    `day` is the day that it ran for; the times are those of the clock, in a rehearsal of a day to come too.
    """

    day = models.DateField(_("day"))
    step = models.CharField(_("step"), max_length=60)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"))
    # How many things it did; unknown where it failed.
    done = models.IntegerField(_("done"), null=True)
    failed = models.TextField(_("what went wrong"), blank=True)
    rehearsal = models.BooleanField(_("rehearsal"), default=False)

    class Meta:
        verbose_name = _("daily step")
        verbose_name_plural = _("daily run")
        ordering = ["-began_at", "-pk"]
        indexes = [
            models.Index(fields=["-began_at", "-id"], name="step_run_newest"),
            models.Index(fields=["step", "-began_at"], name="step_run_of_step"),
            models.Index(fields=["day"], name="step_run_day"),
            models.Index(fields=["-began_at"], name="step_run_failed", condition=~models.Q(failed="")),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.step}"
