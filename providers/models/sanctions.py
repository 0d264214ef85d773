"""What the authority means to do about a provider, and how a registration ends: one row for each case (P7 to P12)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from providers.models.provider import Provider
from providers.querysets import AppliedQuerySet
from registry.models import Case


class Held(models.Model):
    """What a body is heard on: rows of a ground's code, and what is held against the body in words. They are between the
    body and the authority, and never public."""

    grounds = models.JSONField(_("grounds"), default=list, blank=True)

    objects = AppliedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.case.reference


class Sanction(Held):
    """A statutory action that is proposed: `measure` is one of the profile's. One case decides it (P7 to P10).

    `summary` is public once it is decided: neutral words, in `language`. `last_day`: of an action that is bound in time.
    `teach_out` and `learners`: what becomes of those who are taught, and how many they are.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="sanction")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="sanctions")
    measure = models.CharField(_("measure"), max_length=60, blank=True)
    summary = models.TextField(_("public summary"), blank=True)
    language = models.CharField(_("language of the summary"), max_length=20, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    teach_out = models.TextField(_("what becomes of the learners"), blank=True)
    learners = models.PositiveIntegerField(_("learners affected"), null=True, blank=True)
    credential = models.CharField(_("credential or accreditation"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")


class Lapse(Held):
    """A registration that is found to have lapsed: proposed by the register or an officer, confirmed by a person (P11).

    `stayed_from`: the day from which it has no effect while its decision is looked at again.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="lapse")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="lapses")
    stayed_from = models.DateField(null=True, editable=False)

    class Meta:
        verbose_name = _("lapse of a registration")
        verbose_name_plural = _("lapses of registrations")


class Lifting(models.Model):
    """A statutory action in force that is to be lifted, by its reference; `lifted_on` is the first day without it."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="lifting")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="liftings")
    action = models.CharField(_("action"), max_length=60, blank=True)
    reason = models.TextField(_("why it is lifted"), blank=True)
    lifted_on = models.DateField(_("lifted on"), null=True, blank=True)

    objects = AppliedQuerySet.as_manager()

    class Meta:
        verbose_name = _("lifting of an action")
        verbose_name_plural = _("liftings of actions")

    def __str__(self) -> str:
        return self.case.reference


class Withdrawal(models.Model):
    """A provider that asks for its own registration to end after its `last_day` (P12)."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="provider_withdrawal")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="withdrawals")
    last_day = models.DateField(_("last day"), null=True, blank=True)
    reason = models.TextField(_("why"), blank=True)
    teach_out = models.TextField(_("what becomes of the learners"), blank=True)
    learners = models.PositiveIntegerField(_("learners affected"), null=True, blank=True)

    objects = AppliedQuerySet.as_manager()

    class Meta:
        verbose_name = _("withdrawal from the register")
        verbose_name_plural = _("withdrawals from the register")

    def __str__(self) -> str:
        return self.case.reference
