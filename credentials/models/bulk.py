"""One decision over many entries: their re-registration, and the spread of the first reviews of entries that were imported
(edge cases 34 and 42)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from credentials.models.entries import Credential
from registry.casework.models import Decision
from registry.models import Case


class Reregistration(models.Model):
    """Entries whose registration ends are registered for a further term, apart from those that are named with a reason.

    The entries are those that fit the filter, or those on the list `numbers`. All of them get the same days; `exceptions`
    and `numbers` are kept line by line as they were written, whatever they say. `told_at`: when the bodies behind the
    entries were told what became of them.
    """

    class Ends(models.TextChoices):
        """Which of its stored days is the end of a registration."""

        EXPIRING_FROM = "expiring_from", _("the day from which it is expiring")
        EXPIRY_END = "expiry_end", _("its last day")
        LAST_NEW_ENROLMENT = "last_new_enrolment", _("the last day to start")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="reregistration")
    kinds = ArrayField(
        models.CharField(max_length=20, choices=Credential.Kind.choices),
        verbose_name=_("kinds"),
        default=list,
        blank=True,
    )
    provider = models.CharField(_("awarding body (lead)"), max_length=20, blank=True)
    level = models.CharField(_("level"), max_length=20, blank=True)
    field = models.CharField(_("field"), max_length=20, blank=True, help_text=_("The first figures of its code."))
    ends_by = models.CharField(
        _("which day is the end"), max_length=20, choices=Ends.choices, default=Ends.EXPIRING_FROM
    )
    ends_from = models.DateField(_("ends from"), null=True, blank=True)
    ends_until = models.DateField(_("ends until"), null=True, blank=True)
    numbers = ArrayField(models.CharField(max_length=500), verbose_name=_("list of entries"), default=list, blank=True)
    exceptions = ArrayField(models.CharField(max_length=500), verbose_name=_("exceptions"), default=list, blank=True)
    expiring_from = models.DateField(_("expiring from"), null=True, blank=True)
    last_new_enrolment = models.DateField(_("last day to start"), null=True, blank=True)
    expiry_end = models.DateField(_("last day"), null=True, blank=True)
    last_award = models.DateField(_("last day for awards"), null=True, blank=True)
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("re-registration of many entries")
        verbose_name_plural = _("re-registrations of many entries")

    def __str__(self) -> str:
        return self.case.reference


class ReviewSpread(models.Model):
    """Entries that were imported get the day of their next review, so that no week has more than so many of them.

    `per_week` left empty is the least with which everybody is placed within one period between reviews; `frozen_per_week` is
    what that was when the case was handed on. No review opens before `opens_from`.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="review_spread")
    per_week = models.PositiveIntegerField(_("at most so many a week"), null=True, blank=True)
    opens_from = models.DateField(_("no review opens before"), null=True, blank=True)
    frozen_per_week = models.PositiveIntegerField(null=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("spread of first reviews")
        verbose_name_plural = _("spreads of first reviews")

    def __str__(self) -> str:
        return self.case.reference


class BulkRow(models.Model):
    """What one case over many entries says of one of them, frozen when it was handed on.

    A row that applies is due once its `decision` was made and is in effect. It is then published, or left out because the
    entry does not say `before` any more, or for another of the reasons of `credentials.bulk.WHY_NOT`; neither happens twice.
    """

    class Standing(models.TextChoices):
        APPLIES = "applies", _("to be changed")
        EXCEPTED = "excepted", _("excepted")
        CANNOT = "cannot", _("not possible")
        PUBLISHED = "published", _("changed")
        LEFT_OUT = "left_out", _("left out")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="bulk_rows", verbose_name=_("case"))
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, related_name="bulk_rows", verbose_name=_("credential")
    )
    standing = models.CharField(_("what becomes of it"), max_length=20, choices=Standing.choices)
    why = models.CharField(_("why not"), max_length=500, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("decision")
    )
    revision = models.IntegerField(_("revision"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        verbose_name = _("entry of a case over many")
        verbose_name_plural = _("entries of cases over many")
        constraints = [models.UniqueConstraint(fields=["case", "credential"], name="bulk_row_once")]
        indexes = [
            models.Index(
                fields=["case", "id"], name="bulk_row_due",
                condition=models.Q(standing="applies", decision__isnull=False),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case_id} {self.credential}"
