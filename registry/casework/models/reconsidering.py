"""What a reconsideration says besides what every case does: its grounds, its admission, what becomes of the decision."""

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework.models.case import Case


class Reconsideration(models.Model):
    """A decision is looked at again, because the body says that it holds an error (section 4.8 of the domain specification).

    Its case names the decided one in `reconsiders`; `stage` is which of its decisions. `grounds`: what is alleged, by its
    code, each with its `statement` and where it was `raised` before. `stayed`: whether the decision has no effect until
    this one is made, which whoever admits it states with a reason; None before. `proposed` is what the reviewer
    recommends, `result` what was decided, each with the terms on which a varied decision holds.
    """

    class Ground(models.TextChoices):
        PROCESS = "process", _("a failure of the process")
        FACT = "fact", _("an error of fact")
        JUDGEMENT = "judgement", _("an error of judgement")

    class Result(models.TextChoices):
        UPHELD = "upheld", _("the decision is upheld")
        VARIED = "varied", _("the decision holds on other terms")
        SET_ASIDE = "set_aside", _("the decision is set aside")
        REMITTED = "remitted", _("the decision is set aside, and the case decided again")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="reconsideration")
    stage = models.SmallIntegerField(default=1)
    grounds = models.JSONField(_("grounds"), default=dict, blank=True)
    admitted_on = models.DateField(_("admitted on"), null=True, blank=True)
    stayed = models.BooleanField(_("the decision is stayed"), null=True, blank=True)
    stay_reason = models.TextField(_("why it is stayed, or is not"), blank=True)
    proposed = models.CharField(_("recommended"), max_length=20, choices=Result.choices, blank=True)
    proposed_terms = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    result = models.CharField(_("decided"), max_length=20, choices=Result.choices, blank=True)
    terms = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    class Meta:
        verbose_name = _("reconsideration")
        verbose_name_plural = _("reconsiderations")

    def __str__(self) -> str:
        return self.case.reference

    def alleged(self) -> list[tuple[str, dict[str, Any]]]:
        """The grounds that something is said of, in the order of the law."""
        return [(code, self.grounds[code]) for code in self.Ground.values if any(self.grounds.get(code, {}).values())]
