"""The desk's record of what is offered; what is public of it is a document in the register."""

from typing import Any

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from credentials.querysets import CredentialQuerySet, RevisionQuerySet
from providers.models import Provider


class Credential(models.Model):
    """A full qualification, part qualification or micro-credential: its identity and the dates of its life."""

    class Kind(models.TextChoices):
        QUALIFICATION = "qualification", _("qualification")
        PART_QUALIFICATION = "part_qualification", _("part qualification")
        MICRO_CREDENTIAL = "micro_credential", _("micro-credential")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    number = models.CharField(_("register number"), max_length=20, unique=True, null=True, blank=True)
    developer = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="developed", verbose_name=_("developer")
    )
    awarding_body = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="awarded",
        verbose_name=_("awarding body"),
        help_text=_("Unknown only for an imported entry, which lists that as a gap."),
    )
    joint_awarding_bodies = ArrayField(
        models.CharField(max_length=20), verbose_name=_("joint awarding bodies"), default=list, blank=True,
        help_text=_("Numbers of the providers that award it together with the lead."),
    )  # fmt: skip
    partners = models.JSONField(
        default=list, blank=True,
        help_text=_("Who else is named, in which role and from when until when: a local partner, a body that has left."),
    )  # fmt: skip
    listed_on = models.DateField(_("listed on"), null=True, blank=True)
    last_new_enrolment = models.DateField(_("last day to start"), null=True, blank=True)
    last_award = models.DateField(_("last day for awards"), null=True, blank=True)
    expiring_from = models.DateField(_("expiring from"), null=True, blank=True)
    expiry_end = models.DateField(_("last day"), null=True, blank=True)
    closed_undated = models.BooleanField(_("closed, on a day that nobody knows"), default=False)
    suspensions = ArrayField(DateRangeField(), default=list, blank=True)
    suspension_notes = models.JSONField(
        default=list, blank=True,
        help_text=_("Of each suspension, by its first day: what the public is told, and what learners should do."),
    )  # fmt: skip
    review_period_months = models.IntegerField(_("months between reviews"), null=True, blank=True)
    review_due = models.DateField(_("next review"), null=True, blank=True)
    review_anchor = models.DateField(
        _("reviews count from"),
        null=True,
        blank=True,
        help_text=_("The day from which the months to each review count."),
    )
    review_months = models.IntegerField(_("months from there to the next review"), default=0)
    end_told = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("The last day of which people have been told that it comes near."),
    )
    last_review = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("What is public of the last review: its outcome, and what it is subject to."),
    )
    replaces = models.JSONField(
        default=list, blank=True,
        help_text=_("Each entry that it replaces: its number, whether it is equivalent, and a note for the transition."),
    )  # fmt: skip
    replaced_by = models.JSONField(default=list, blank=True)
    transition = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("What holders and learners keep, and by when they must finish, by language."),
    )
    source = models.CharField(max_length=60, null=True, blank=True)
    source_id = models.CharField(max_length=200, null=True, blank=True)
    source_url = models.TextField(null=True, blank=True)
    source_facts = models.JSONField(default=dict, blank=True)
    identifiers = models.JSONField(default=list, blank=True)
    gaps = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    decisions = models.JSONField(
        default=list,
        blank=True,
        help_text=_("The decisions that its public record names, older registers' among them."),
    )
    reconsiderations = models.JSONField(
        default=list, blank=True, help_text=_("Which of its decisions were looked at again, and with what outcome.")
    )
    import_digest = models.BinaryField(null=True, help_text=_("Of the row that the last import read for it."))
    import_serial = models.BigIntegerField(null=True, help_text=_("The change that an import wrote last for it."))

    objects = CredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        indexes = [
            models.Index(fields=["review_due"], name="credential_review_due"),
            models.Index(fields=["expiry_end"], name="credential_expiry_end"),
            models.Index(
                fields=["expiring_from"], name="credential_expiring", condition=models.Q(expiring_from__isnull=False)
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["source", "source_id"], name="credential_source")]

    def __str__(self) -> str:
        return self.number or f"({self.pk})"


class StackingLink(models.Model):
    """That a public credential may lead to another: what its revision says, in rows, for asking the other way round.

    The words of it (credits recognised, groups) are the revision's; `credentials.stacking` keeps the rows in step, and
    lets no circle in.
    """

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="leads_to")
    target = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="reached_from")
    relation = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("stacking link")
        verbose_name_plural = _("stacking links")
        constraints = [
            models.UniqueConstraint(fields=["credential", "target", "relation"], name="stacking_link_once"),
            models.CheckConstraint(name="never_part_of_itself", condition=~models.Q(credential=models.F("target"))),
        ]

    def __str__(self) -> str:
        return f"{self.credential_id} {self.relation} {self.target_id}"


class Revision(models.Model):
    """Dated content of a credential. `number` counts 1, 2, 3 once public; a draft has none yet.

    From its decision on it never alters: one that takes effect later waits with its `effective_from` and no number, and
    a trigger (migration 0003) refuses any change to one that waits or is public. A typo that was corrected makes a row
    of the same number, with the next `correction`.
    """

    CONTENT: tuple[str, ...]

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="revisions")
    number = models.IntegerField(null=True, blank=True)
    correction = models.IntegerField(default=0)
    effective_from = models.DateField(_("effective from"), null=True, blank=True)
    title = models.TextField(_("title"), blank=True)
    language = models.CharField(_("language"), max_length=20, default="en")
    titles = models.JSONField(default=dict, blank=True)
    alternative_titles = models.JSONField(default=list, blank=True)
    purpose = models.JSONField(default=dict, blank=True)
    learning_outcomes = models.JSONField(default=list, blank=True)
    level = models.CharField(_("level"), max_length=20, null=True, blank=True)
    level_native = models.CharField(max_length=200, null=True, blank=True)
    credits = models.DecimalField(_("credits"), max_digits=8, decimal_places=2, null=True, blank=True)
    notional_hours = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    fields = models.JSONField(default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    delivery_modes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    assessment = models.JSONField(default=dict, blank=True)
    entry_requirements = models.JSONField(default=dict, blank=True)
    details = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("The fields of `registry.content.dictionary` without a column, by name."),
    )

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [
            models.UniqueConstraint(fields=["credential", "number", "correction"], name="revision_number"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def said(self) -> dict[str, Any]:
        """Its content, by column."""
        return {name: getattr(self, name) for name in self.CONTENT}

    def copied(self, **other: Any) -> "Revision":
        """An unsaved revision of the same credential that says the same, with no number and no day of its own yet."""
        return Revision(**{"credential_id": self.credential_id, **self.said} | other)


# What a revision says: every column but those of its identity and its day.
Revision.CONTENT = tuple(
    field.attname
    for field in Revision._meta.concrete_fields
    if field.attname not in ("id", "credential_id", "number", "correction", "effective_from")
)
