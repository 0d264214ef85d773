"""The desk's record of what is offered; what is public of it is a document in the register."""

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from credentials.querysets import ApplicationQuerySet
from providers.models import Provider
from registry.models import Case

MODES = [
    ("on_site", _("on site")),
    ("online", _("online")),
    ("blended", _("blended")),
    ("work_based", _("work-based")),
]


class Credential(models.Model):
    """A full qualification, part qualification or micro-credential: its identity and the dates of its life."""

    class Kind(models.TextChoices):
        QUALIFICATION = "qualification", _("qualification")
        PART_QUALIFICATION = "part_qualification", _("part qualification")
        MICRO_CREDENTIAL = "micro_credential", _("micro-credential")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    number = models.CharField(_("register number"), max_length=20, unique=True, null=True, blank=True)
    developer = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="developed", verbose_name=_("developer")
    )
    awarding_body = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="awarded",
        verbose_name=_("awarding body"),
        help_text=_("Unknown only for an imported entry, which lists that as a gap."),
    )
    part_of = models.ManyToManyField("self", symmetrical=False, related_name="parts", blank=True)
    counts_towards = models.ManyToManyField("self", symmetrical=False, related_name="counted", blank=True)
    listed_on = models.DateField(null=True, blank=True)
    last_new_enrolment = models.DateField(null=True, blank=True)
    expiring_from = models.DateField(null=True, blank=True)
    expiry_end = models.DateField(null=True, blank=True)
    closed_undated = models.BooleanField(default=False)
    suspensions = ArrayField(DateRangeField(), default=list, blank=True)
    review_period_months = models.IntegerField(null=True, blank=True)
    review_due = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=60, null=True, blank=True)
    source_id = models.CharField(max_length=200, null=True, blank=True)
    source_url = models.TextField(null=True, blank=True)
    source_facts = models.JSONField(default=dict, blank=True)
    identifiers = models.JSONField(default=list, blank=True)
    gaps = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [models.UniqueConstraint(fields=["source", "source_id"], name="credential_source")]

    def __str__(self) -> str:
        return self.number or f"({self.pk})"


class Revision(models.Model):
    """Dated content of a credential. `number` counts 1, 2, 3 once public; a draft has none yet."""

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="revisions")
    number = models.IntegerField(null=True, blank=True)
    title = models.TextField(_("title"), blank=True)
    language = models.CharField(_("language"), max_length=20, default="en")
    titles = models.JSONField(default=dict, blank=True)
    alternative_titles = models.JSONField(default=list, blank=True)
    purpose = models.JSONField(default=dict, blank=True)
    learning_outcomes = models.JSONField(default=list, blank=True)
    level = models.CharField(_("level"), max_length=20, null=True, blank=True)
    level_native = models.CharField(max_length=200, null=True, blank=True)
    credits = models.DecimalField(_("credits"), max_digits=8, decimal_places=2, null=True, blank=True)
    notional_hours = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    fields = models.JSONField(default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    delivery_modes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    assessment = models.JSONField(default=dict, blank=True)
    entry_requirements = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [
            models.UniqueConstraint(fields=["credential", "number"], name="revision_number"),
            models.UniqueConstraint(fields=["credential"], condition=models.Q(number=None), name="one_draft_revision"),
        ]

    def __str__(self) -> str:
        return self.title


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

    class Meta:
        verbose_name = _("accreditation")
        verbose_name_plural = _("accreditations")

    def __str__(self) -> str:
        return self.number or f"({self.pk})"


class Application(models.Model):
    """What an applicant asks for: this content listed and approved, and to be accredited to deliver it."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="application")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="applications")
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="application")
    need_statement = models.TextField(_("evidence of need"), blank=True)
    duplication_statement = models.TextField(_("duplication statement"), blank=True)
    sites = ArrayField(models.CharField(max_length=300), default=list, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")

    def __str__(self) -> str:
        return self.case.reference
