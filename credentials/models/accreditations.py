"""Who may deliver which credential."""

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from credentials.models.entries import Credential
from credentials.querysets import AccreditationQuerySet
from providers.models import Provider


class Accreditation(models.Model):
    """This provider may deliver this credential, from one day to another, at these sites, in these modes."""

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="accreditations")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="accreditations")
    number = models.CharField(_("register number"), max_length=20, unique=True, null=True, blank=True)
    accredited_from = models.DateField()
    accredited_until = models.DateField(null=True, blank=True)
    withdrawn_on = models.DateField(null=True, blank=True)
    suspensions = ArrayField(DateRangeField(), default=list, blank=True)
    sites = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    delivery_modes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    conditions = models.JSONField(
        default=list, blank=True, help_text=_("Each condition: its text, its days, by when it is due, when it was met.")
    )
    jointly_with = ArrayField(
        models.CharField(max_length=20), default=list, blank=True,
        help_text=_("Numbers of the providers that deliver together with this one, under this accreditation."),
    )  # fmt: skip
    last_review = models.JSONField(
        default=dict, blank=True, help_text=_("What is public of the last review of its delivery.")
    )
    reconsiderations = models.JSONField(
        default=list, blank=True, help_text=_("Which of its decisions were looked at again, and with what outcome.")
    )

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        verbose_name = _("accreditation")
        verbose_name_plural = _("accreditations")

    def __str__(self) -> str:
        return self.number or f"({self.pk})"
