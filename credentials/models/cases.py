"""What each case about a credential says of its own."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from credentials.models.entries import Credential, Revision
from credentials.querysets import AccreditationApplicationQuerySet, AmendmentQuerySet, ApplicationQuerySet
from providers.models import Provider
from registry.models import Case


class Application(models.Model):
    """What an applicant asks for: this content listed and approved, and mostly to be accredited to deliver it.

    Of a full qualification in two stages (domain 1.11) the first one is about the need for it alone; the content is
    written once its development was approved, and then listed and approved under the same reference.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="application")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="applications")
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="application")
    need_statement = models.TextField(_("evidence of need"), blank=True)
    duplication_statement = models.TextField(_("duplication statement"), blank=True)
    stakeholder_statement = models.TextField(_("stakeholders"), blank=True)
    sites = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    wants_accreditation = models.BooleanField(
        _("accreditation is applied for too"), default=True,
        help_text=_("A standard-setting body, or who does not mean to deliver, applies for listing and approval alone."),
    )  # fmt: skip

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")

    def __str__(self) -> str:
        return self.case.reference


class AccreditationApplication(models.Model):
    """A provider asks to deliver an entry that is on the register: where, how, in which languages, and for how long.

    `begins_on` left empty is the day on which the decision takes effect.
    """

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="accreditation_application"
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="accreditation_applications")
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, related_name="accreditation_applications", verbose_name=_("credential")
    )
    sites = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    delivery_modes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    begins_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    capability_statement = models.TextField(_("capability to deliver"), blank=True)

    objects = AccreditationApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application for accreditation")
        verbose_name_plural = _("applications for accreditation")

    def __str__(self) -> str:
        return self.case.reference


class Amendment(models.Model):
    """What is proposed to change of an entry: its content, its dates, what it replaces. One case decides all of it.

    `category` is one of the profile's (NZQA: A to D, domain 1.11). Where it makes a replacement, `revision` is the draft
    of the new entry, and `credential` the one that it replaces.

    An officer drafts it, or the body that awards or develops the entry proposes it: the kind of its case says which.

    Of an entry that was discontinued when it was last written (`ended_when_written`), what takes its end back is its
    reinstatement (E7). Where `entry` names another developer or lead, the body that takes it on has agreed: `consent`
    says how, on the day `consented_on` (rule 16). `effects` of a decided one: what stood before, and what was decided.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="amendment")
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, related_name="amendments", verbose_name=_("credential")
    )
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="amendment")
    based_on = models.IntegerField(_("based on revision"))
    category = models.CharField(_("category"), max_length=10, blank=True)
    category_reason = models.TextField(_("why another category than the proposed one"), blank=True)
    entry = models.JSONField(
        default=dict, blank=True, help_text=_("What is proposed of the entry itself: its dates, joint awarding bodies.")
    )
    equivalence = models.CharField(_("equivalence"), max_length=20, blank=True)
    transition_note = models.JSONField(_("note for the transition"), default=dict, blank=True)
    teach_out = models.TextField(
        _("teach-out plan"), blank=True, help_text=_("How those who have started are taught to the end. Not public.")
    )
    ended_when_written = models.DateField(null=True, editable=False)
    consent = models.TextField(
        _("consent of the body that takes it on"), blank=True, help_text=_("Who agreed for it, and how. Not public.")
    )
    consented_on = models.DateField(_("it agreed on"), null=True, blank=True)
    effects = models.JSONField(default=dict, editable=False)
    follows = models.ForeignKey(
        Credential, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="followed_by",
        help_text=_("The entry that it is part of, which begins to end, and which it is proposed to follow."),
    )  # fmt: skip

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")

    def __str__(self) -> str:
        return self.case.reference

    @property
    def base(self) -> Revision:
        """The public revision that the draft was made from, as it was last corrected."""
        return self.credential.revisions.public().filter(number=self.based_on).last()
