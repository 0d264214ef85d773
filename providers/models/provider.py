"""The desk's record of a provider; what is public of it is a document in the register."""

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.indexes import GinIndex, HashIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from providers.querysets import ProviderQuerySet
from registry.content.bodies import TYPES
from registry.models import Organisation


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

    financial_year_end = models.CharField(
        _("financial year ends on"),
        max_length=5,
        blank=True,
        help_text=_("Month and day, such as 06-30. Left empty: 31 December. It is not public."),
    )
    # When the register has to open a return of this provider next, and by which obligations and facts of the provider that
    # was worked out (`providers.returns`): without the latter it is worked out anew, without the former there is none.
    next_return_on = models.DateField(null=True, editable=False)
    returns_law = models.CharField(max_length=16, default="", editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        indexes = [
            HashIndex(fields=["title"], name="provider_title"),
            GinIndex(fields=["other_names"], name="provider_other_names"),
            models.Index(fields=["next_return_on"], name="provider_next_return"),
            models.Index(fields=["returns_law"], name="provider_returns_law"),
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
