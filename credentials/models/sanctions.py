"""What the authority decides against an entry or an accreditation, and what lifts or ends it.

Each is one to one with its case. `effects` of a decided one holds what stood before, and what was decided: a stay takes
back the one, and puts the other in place again (section 4.8 of the domain specification).
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.models import Case


class Grounded(models.Model):
    """Something that is decided on grounds: each has a code of the framework, and says in words what is held."""

    grounds = models.JSONField(
        _("grounds"), default=list, blank=True, help_text=_("Each ground by its code, and what is held in words.")
    )
    begins_on = models.DateField(
        _("from"), null=True, blank=True, help_text=_("Left empty, from the day on which the decision takes effect.")
    )
    ends_on = models.DateField(_("until"), null=True, blank=True)
    effects = models.JSONField(default=dict, editable=False)

    class Meta:
        abstract = True


class EntrySuspension(Grounded):
    """An entry is to be suspended (E8): on which grounds, from when until when, and what the public is told of it."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="entry_suspension")
    credential = models.ForeignKey(
        "credentials.Credential", on_delete=models.PROTECT, related_name="suspended_by", verbose_name=_("credential")
    )
    summary = models.JSONField(_("public sentence"), default=dict, blank=True)
    advice = models.JSONField(_("what learners should do"), default=dict, blank=True)

    class Meta:
        verbose_name = _("suspension of an entry")
        verbose_name_plural = _("suspensions of entries")

    def __str__(self) -> str:
        return self.case.reference


class AccreditationSanction(Grounded):
    """What is to become of an accreditation: a condition is put on it, or it is suspended, or withdrawn (domain 4.5).

    `begins_on` of a withdrawal is the first day without it.
    """

    class Measure(models.TextChoices):
        CONDITION = "condition", _("a condition")
        SUSPENSION = "suspension", _("suspension")
        WITHDRAWAL = "withdrawal", _("withdrawal")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="accreditation_sanction")
    accreditation = models.ForeignKey("credentials.Accreditation", on_delete=models.PROTECT, related_name="sanctions")
    measure = models.CharField(_("measure"), max_length=20, choices=Measure.choices, blank=True)
    condition = models.JSONField(_("condition"), default=dict, blank=True)
    due_on = models.DateField(_("the condition is due on"), null=True, blank=True)

    class Meta:
        verbose_name = _("measure about an accreditation")
        verbose_name_plural = _("measures about accreditations")

    def __str__(self) -> str:
        return self.case.reference


class Lifting(models.Model):
    """A suspension is to end: of an entry (E8), or of an accreditation. `since` is its first day."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="entry_lifting")
    credential = models.ForeignKey(
        "credentials.Credential", on_delete=models.PROTECT, null=True, related_name="liftings"
    )
    accreditation = models.ForeignKey(
        "credentials.Accreditation", on_delete=models.PROTECT, null=True, related_name="liftings"
    )
    since = models.DateField(_("suspended since"))
    explanation = models.TextField(_("why it is lifted"), blank=True)

    class Meta:
        verbose_name = _("lifting of a suspension")
        verbose_name_plural = _("liftings of suspensions")
        constraints = [
            models.CheckConstraint(
                name="lifting_of_one_thing",
                condition=models.Q(credential=None, accreditation__isnull=False)
                | models.Q(credential__isnull=False, accreditation=None),
            )
        ]

    def __str__(self) -> str:
        return self.case.reference

    @property
    def of(self) -> Any:
        """What is suspended: the credential, or the accreditation."""
        return self.credential or self.accreditation


class Relinquishing(models.Model):
    """A provider gives an accreditation up: its last day, and how those who have started are taught to the end."""

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="accreditation_relinquishing"
    )
    accreditation = models.ForeignKey(
        "credentials.Accreditation", on_delete=models.PROTECT, related_name="relinquished"
    )
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    reason = models.TextField(_("why it is given up"), blank=True)
    teach_out = models.TextField(_("teach-out plan"), blank=True)

    class Meta:
        verbose_name = _("relinquishing of an accreditation")
        verbose_name_plural = _("relinquishings of accreditations")

    def __str__(self) -> str:
        return self.case.reference
