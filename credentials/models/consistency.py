"""How consistently the providers of one full qualification bring its graduates to the same outcomes (domain 1.10): the
review of all of them together, and what each of them says and is found."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from credentials.models.accreditations import Accreditation
from credentials.models.entries import Credential
from registry.models import Case

# With fewer graduates a provider hands in its self-assessment alone, and is not rated (NZQA, consistency reviews).
FEWEST_GRADUATES = 5


class Rating(models.TextChoices):
    SUFFICIENT = "sufficient", _("sufficient")
    NOT_SUFFICIENT = "not_sufficient", _("not sufficient")


class ConsistencyReview(models.Model):
    """The review of one qualification on one day: what is asked of all who deliver it, and where they meet.

    `interim_until` is the last day on which its report is interim, where not every provider was found sufficient.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="consistency_review")
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, related_name="consistency_reviews", verbose_name=_("credential")
    )
    question = models.JSONField(_("evaluation question"), default=dict, blank=True)
    threshold = models.JSONField(_("threshold"), default=dict, blank=True)
    held_on = models.DateField(_("held on"), null=True, blank=True)
    venue = models.TextField(_("venue"), blank=True)
    interim_until = models.DateField(_("interim until"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("consistency review")
        verbose_name_plural = _("consistency reviews")

    def __str__(self) -> str:
        return self.case.reference

    @property
    def has_interim(self) -> bool:
        """Whether the interim decision has been made: what is rated and decided from then on is the final one."""
        return self.case.decisions.filter(matter="interim").exists()


class ConsistencyPartQuerySet(models.QuerySet):
    def in_order(self) -> "ConsistencyPartQuerySet":
        return self.select_related("accreditation__provider__organisation", "case").order_by("accreditation__number")

    def to_rate(self) -> "ConsistencyPartQuerySet":
        """Those that took part, and have graduates enough to be rated."""
        return self.filter(took_part=True, graduates__gte=FEWEST_GRADUATES)

    def interim_not_sufficient(self) -> "ConsistencyPartQuerySet":
        """Those that were not found sufficient at first, and are rated once more."""
        return self.filter(rating=Rating.NOT_SUFFICIENT)

    def not_sufficient(self) -> "ConsistencyPartQuerySet":
        """Those that are not sufficient as it stands: by their last rating."""
        last = models.Q(final_rating=Rating.NOT_SUFFICIENT)
        return self.filter(last | models.Q(final_rating="", rating=Rating.NOT_SUFFICIENT))


class ConsistencyPart(models.Model):
    """One provider in a consistency review: what it says of itself, which its own small case asks it for, and what the
    reviewers find. How many graduates it has stays with itself and the desk (edge case 43).

    `took_part` is known once the rating begins.
    """

    # What the provider writes at first, and once the report is interim.
    WRITTEN = ("graduates", "self_rating", "self_assessment")
    LATER = ("improvements",)

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="consistency_part")
    review = models.ForeignKey(ConsistencyReview, on_delete=models.PROTECT, related_name="parts")
    accreditation = models.ForeignKey(
        Accreditation, on_delete=models.PROTECT, related_name="consistency_parts", verbose_name=_("accreditation")
    )
    graduates = models.PositiveIntegerField(_("graduates"), null=True, blank=True)
    self_rating = models.CharField(_("self-rating"), max_length=20, choices=Rating.choices, blank=True)
    self_assessment = models.TextField(_("self-assessment"), blank=True)
    improvements = models.TextField(_("what has improved"), blank=True)
    took_part = models.BooleanField(_("took part"), null=True, editable=False)
    rating = models.CharField(_("rating"), max_length=20, choices=Rating.choices, blank=True)
    reason = models.TextField(_("reason of the rating"), blank=True)
    final_rating = models.CharField(_("final rating"), max_length=20, choices=Rating.choices, blank=True)
    final_reason = models.TextField(_("reason of the final rating"), blank=True)

    objects = ConsistencyPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("part of a provider in a consistency review")
        verbose_name_plural = _("parts of providers in consistency reviews")
        constraints = [
            models.UniqueConstraint(fields=["review", "accreditation"], name="one_part_in_a_consistency_review")
        ]

    def __str__(self) -> str:
        return self.case.reference

    @property
    def self_assessment_only(self) -> bool:
        """Whether it has too few graduates to be rated."""
        return self.graduates is not None and self.graduates < FEWEST_GRADUATES

    @property
    def is_rated(self) -> bool:
        return bool(self.took_part) and not self.self_assessment_only

    @property
    def last_rating(self) -> str:
        return self.final_rating or self.rating

    @property
    def last_reason(self) -> str:
        return self.final_reason or self.reason
