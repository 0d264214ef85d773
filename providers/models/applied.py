"""What bodies apply for: to be registered, and to be registered for something else."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from providers.models.provider import Provider
from providers.querysets import AppliedQuerySet
from registry.content.bodies import TYPES
from registry.models import Case


def make_salt() -> str:
    return secrets.token_hex(16)


class Registration(models.Model):
    """What a body asks for that wants to be registered, anew or again (P1). One case decides it.

    `sites`, `scope`, `governing_members` and `contacts` are rows of `providers.asked`; `statements` tell, by criterion,
    how each is met. Who governs the body and whom to write to is personal data: the case's readers see it, and nobody
    else. What was handed in holds a digest of it alone, made with `salt`, so that it can be forgotten (edge case 41).
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="registration")
    legal_name = models.CharField(_("legal name"), max_length=300, blank=True)
    language = models.CharField(_("language of the name"), max_length=20, blank=True)
    other_names = models.JSONField(_("other names"), default=list, blank=True)
    type = models.CharField(_("type"), max_length=30, choices=list(TYPES.items()), blank=True)
    body_register = models.CharField(_("register in which the body stands"), max_length=60, blank=True)
    body_number = models.CharField(_("its number there"), max_length=60, blank=True)
    address = models.TextField(_("address"), blank=True)
    website = models.CharField(_("website"), max_length=500, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)
    region = models.CharField(_("region"), max_length=200, blank=True)
    may_deliver = models.BooleanField(_("means to deliver"), default=True)
    sites = models.JSONField(_("sites"), default=list, blank=True)
    scope = models.JSONField(_("scope of registration"), default=list, blank=True)
    asked_from = models.DateField(_("asked for from"), null=True, blank=True)
    asked_until = models.DateField(_("asked for until"), null=True, blank=True)
    statements = models.JSONField(_("how each criterion is met"), default=dict, blank=True)
    governing_members = models.JSONField(_("governing members"), default=list, blank=True)
    contacts = models.JSONField(_("contact people"), default=list, blank=True)
    salt = models.CharField(max_length=32, default=make_salt, editable=False)
    frozen_on = models.DateField(_("in effect from"), null=True, blank=True, editable=False)

    objects = AppliedQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")

    def __str__(self) -> str:
        return self.case.reference


class ScopeChange(models.Model):
    """What a registered provider asks to be registered for from now on: its whole scope and all its sites (P6)."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="scope_change")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="scope_changes")
    sites = models.JSONField(_("sites"), default=list, blank=True)
    scope = models.JSONField(_("scope of registration"), default=list, blank=True)
    statements = models.JSONField(_("how each criterion is met"), default=dict, blank=True)
    frozen_on = models.DateField(_("in effect from"), null=True, blank=True, editable=False)

    objects = AppliedQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of scope")
        verbose_name_plural = _("changes of scope")

    def __str__(self) -> str:
        return self.case.reference
