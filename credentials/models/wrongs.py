"""What is said in the cases about what goes wrong: a wrong listing, a typo, a change of kind by law, a listing inquired
into."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from credentials.models.entries import Credential
from registry.content.removals import CATEGORIES
from registry.models import Case


class Removal(models.Model):
    """A listing that is to be removed because it was made by mistake: of a credential, or of an accreditation (E9)."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="removal")
    number = models.CharField(_("register number"), max_length=20)
    category = models.CharField(_("what is wrong"), max_length=30, blank=True, choices=list(CATEGORIES.items()))
    twin = models.CharField(_("the entry that stands"), max_length=20, blank=True)
    mistake = models.TextField(_("the mistake"), blank=True, help_text=_("For officers. It is never public."))

    class Meta:
        verbose_name = _("removal of a wrong listing")
        verbose_name_plural = _("removals of wrong listings")

    def __str__(self) -> str:
        return f"{self.case.reference} {self.number}"


class Correction(models.Model):
    """A typo in what is public of a credential, and how it should read (domain 4.7.1).

    `before` holds the texts of the revision that was public, by field, and `after` what the officer wrote.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="correction")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="corrections")
    based_on = models.IntegerField(_("based on revision"))
    based_on_correction = models.IntegerField(default=0)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(_("what was wrong"), blank=True)
    instrument = models.TextField(_("what allows it"), blank=True)

    class Meta:
        verbose_name = _("correction of a typo")
        verbose_name_plural = _("corrections of typos")

    def __str__(self) -> str:
        return self.case.reference


class KindByLaw(models.Model):
    """A law that makes another kind of entries that are listed: which law, from which day, and which entries (E10)."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="kind_by_law")
    law = models.CharField(_("law"), max_length=300, blank=True)
    section = models.CharField(_("section"), max_length=100, blank=True)
    effective_on = models.DateField(_("in effect from"), null=True, blank=True)
    from_kind = models.CharField(_("from kind"), max_length=20, blank=True, choices=Credential.Kind.choices)
    to_kind = models.CharField(_("to kind"), max_length=20, blank=True, choices=Credential.Kind.choices)
    numbers = ArrayField(models.CharField(max_length=20), verbose_name=_("entries"), default=list, blank=True)

    class Meta:
        verbose_name = _("change of kind by law")
        verbose_name_plural = _("changes of kind by law")

    def __str__(self) -> str:
        return self.case.reference

    @property
    def instrument(self) -> str:
        """The law and its section, as they are kept and told."""
        return ", ".join(filter(None, (self.law.strip(), self.section.strip())))


class Inquiry(models.Model):
    """The authority looks into a listing of itself: on which grounds, and how the entry would end (rule 17).

    `effects` of a final decision to end it: what stood before, and what was decided.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="inquiry")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="inquiries")
    grounds = models.JSONField(_("grounds"), default=list, blank=True)
    expiring_from = models.DateField(_("expiring from"), null=True, blank=True)
    last_new_enrolment = models.DateField(_("last day to start"), null=True, blank=True)
    expiry_end = models.DateField(_("last day"), null=True, blank=True)
    transition_note = models.JSONField(_("note for the transition"), default=dict, blank=True)
    effects = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("inquiry into a listing")
        verbose_name_plural = _("inquiries into listings")

    def __str__(self) -> str:
        return self.case.reference
