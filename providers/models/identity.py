"""What is to change of who a body is: its name, and what became of it (transitions P13 and P14 of section 4.2)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from providers.models.provider import Provider
from providers.querysets import AppliedQuerySet
from registry.content.bodies import SUCCESSIONS
from registry.models import Case


class Renaming(models.Model):
    """The new legal name of a body, and the day from which it bears it. The body asks for it, or an officer prepares it
    from evidence that came by letter: the kind of its case tells which."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="renaming")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="renamings")
    legal_name = models.CharField(_("new legal name"), max_length=300, blank=True)
    language = models.CharField(_("language of the name"), max_length=20, blank=True)
    borne_from = models.DateField(_("borne from"), null=True, blank=True)
    frozen_on = models.DateField(_("in effect from"), null=True, blank=True, editable=False)

    objects = AppliedQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of name")
        verbose_name_plural = _("changes of name")

    def __str__(self) -> str:
        return self.case.reference


class Succession(models.Model):
    """Bodies that became others, as an officer prepares it: a merger, a split, a purchase, a succession.

    `before` and `after` are numbers of the register, kept as they were written until they can be read. `ends`: a body
    that was split or bought ends by it; by a merger and a succession each does. `accreditations` tells by the number of
    each accreditation what is decided of it: `what`, one of `providers.succession.CHOICES`, with `to`, the number of the
    successor, and `until`, its last day.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="succession")
    relation = models.CharField(_("what happened"), max_length=20, choices=list(SUCCESSIONS.items()), blank=True)
    before = ArrayField(models.TextField(), verbose_name=_("bodies that came before"), default=list, blank=True)
    after = ArrayField(models.TextField(), verbose_name=_("bodies that came after"), default=list, blank=True)
    happened_on = models.DateField(_("on"), null=True, blank=True)
    ends = models.BooleanField(_("those that came before end"), default=False)
    accreditations = models.JSONField(_("what becomes of each accreditation"), default=dict, blank=True)
    frozen_on = models.DateField(_("in effect from"), null=True, blank=True, editable=False)

    objects = AppliedQuerySet.as_manager()

    class Meta:
        verbose_name = _("succession of bodies")
        verbose_name_plural = _("successions of bodies")

    def __str__(self) -> str:
        return self.case.reference
