"""The desk's record of a provider, and what bodies apply for; what is public of a provider is a document in the register."""

import secrets

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.indexes import GinIndex, HashIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from providers.querysets import AppliedQuerySet, ProviderQuerySet
from registry.content.bodies import TYPES
from registry.models import Case, Organisation


class Provider(models.Model):
    """A body that may award, develop or deliver. One to one with its organisation.

    A body known only from an import is `unverified`: it has no registration date, and no rights follow from it.
    """

    class Ending(models.TextChoices):
        LAPSED = "lapsed", _("lapsed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CANCELLED = "cancelled", _("cancelled")
        MERGED = "merged", _("merged")
        CLOSED = "closed", _("closed")

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="provider")
    number = models.CharField(_("register number"), max_length=20, unique=True, null=True, blank=True)
    title = models.TextField(_("name"))
    language = models.CharField(_("language of the name"), max_length=20, default="en")
    titles = models.JSONField(_("names by language"), default=dict, blank=True)
    type = models.CharField(_("type"), max_length=30, choices=list(TYPES.items()), null=True, blank=True)
    website = models.CharField(_("website"), max_length=500, null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, null=True, blank=True)
    region = models.CharField(_("region"), max_length=200, null=True, blank=True)
    may_deliver = models.BooleanField(
        _("may deliver"), default=True, help_text=_("A standard-setting body develops and never delivers (NZ-16).")
    )
    registered_on = models.DateField(_("registered on"), null=True, blank=True)
    ended_on = models.DateField(_("registration ended on"), null=True, blank=True)
    ended_as = models.CharField(_("how it ended"), max_length=20, choices=Ending.choices, null=True, blank=True)
    unverified = models.BooleanField(_("known only from an import"), default=False)
    suspensions = ArrayField(DateRangeField(), default=list, blank=True)
    other_names = ArrayField(models.TextField(), default=list, blank=True)
    former_names = models.JSONField(_("former names"), default=list, blank=True)
    details = models.JSONField(
        default=dict, blank=True,
        help_text=_("The fields of `registry.content.bodies`, by name: dated names, sites, scope, what became of it."),
    )  # fmt: skip
    decisions = models.JSONField(default=list, blank=True, help_text=_("The decisions that its public record names."))
    source = models.CharField(max_length=60, null=True, blank=True)
    source_id = models.CharField(max_length=200, null=True, blank=True)
    source_facts = models.JSONField(default=dict, blank=True)
    source_url = models.TextField(null=True, blank=True)
    gaps = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    import_digest = models.BinaryField(null=True, help_text=_("Of the row that the last import read for it."))
    import_serial = models.BigIntegerField(null=True, help_text=_("The change that an import wrote last for it."))

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        indexes = [
            HashIndex(fields=["title"], name="provider_title"),
            GinIndex(fields=["other_names"], name="provider_other_names"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id"], name="provider_source"),
            models.CheckConstraint(
                name="unverified_has_no_registration",
                condition=models.Q(unverified=False) | models.Q(registered_on=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title


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
