"""What providers report or attest after each period of their own financial year (section 1.12 of the domain specification)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from providers.models.provider import Provider
from registry.models import Case


class ProviderReturn(models.Model):
    """What one provider reports of one period, for an obligation of the profile; one to one with its case.

    `due_on` is the day on which it falls due by law; `report_by` the day by which the body was asked for it, which is later
    where the register was. More time moves neither: it stands with the case. `answers` are by the contents of the
    obligation: whether it is `attested` (yes, no, or not said yet), with a `remark`. `declared`: whoever hands it in
    declares that all of it is complete and true.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="provider_return")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="returns")
    obligation = models.CharField(_("obligation"), max_length=40)
    period_from = models.DateField(_("period from"))
    period_until = models.DateField(_("period until"))
    due_on = models.DateField(_("due"))
    report_by = models.DateField(_("asked for by"))
    learners = models.PositiveIntegerField(_("learners"), null=True, blank=True)
    staff = models.PositiveIntegerField(_("staff"), null=True, blank=True)
    answers = models.JSONField(_("attestations"), default=dict, blank=True)
    declared = models.BooleanField(_("declared complete and true"), default=False)

    class Meta:
        verbose_name = _("return of a provider")
        verbose_name_plural = _("returns of providers")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "obligation", "period_until"], name="one_return_of_a_period"
            ),
            models.CheckConstraint(
                name="return_of_a_period", condition=models.Q(period_from__lte=models.F("period_until"))
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.case.reference
