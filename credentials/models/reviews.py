"""The reviews of an entry and of its delivery (section 4.6 of the domain specification), each one to one with its case."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from credentials.models.accreditations import Accreditation
from credentials.models.cases import Amendment
from credentials.models.entries import Credential
from credentials.querysets import ReviewQuerySet
from registry.models import Case


class Review(models.Model):
    """What one body reports of an entry by one day: of the entry itself, as the body that develops or awards it; of its
    delivery, as a provider that is accredited for it; or of both.

    `due_on` is the day on which the review fell due in its cycle. More time moves the day by which the body has to report
    (`case.answer_by`), and never this one: the next review counts from it. `previous` is the last review of the same body,
    from which the report is prefilled. Counts are of learners in the period.
    """

    class Sought(models.TextChoices):
        CONTINUE = "continue", _("that it continues as it is")
        CHANGE = "change", _("that it continues, with changes")
        END = "end", _("that it does not continue")

    class Rating(models.TextChoices):
        """How a body judges itself on a criterion; an officer judges it again."""

        MET = "met", _("met")
        PARTLY_MET = "partly_met", _("partly met")
        NOT_MET = "not_met", _("not met")

    # What is written in words, in the order of the form, and what of it is copied from the last report.
    TEXTS = (
        "learner_feedback", "need_evidence", "moderation", "changes_made", "changes_wanted", "duplication", "fees",
        "complaints",
    )  # fmt: skip
    COUNTS = ("enrolments", "completions", "awards", "withdrawals")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="review")
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("credential")
    )
    of_entry = models.BooleanField(_("of the entry itself"), default=False)
    accreditation = models.ForeignKey(
        Accreditation, on_delete=models.PROTECT, related_name="reviews", null=True, blank=True,
        verbose_name=_("accreditation"),
    )  # fmt: skip
    due_on = models.DateField(_("due"))
    closed = models.BooleanField(
        _("closed without a decision"),
        default=False,
        help_text=_("It reviewed nothing: the register may open it again."),
    )
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    period_from = models.DateField(_("period from"), null=True, blank=True)
    period_until = models.DateField(_("period until"), null=True, blank=True)
    enrolments = models.PositiveIntegerField(_("enrolments"), null=True, blank=True)
    completions = models.PositiveIntegerField(_("completions"), null=True, blank=True)
    awards = models.PositiveIntegerField(_("awards"), null=True, blank=True)
    withdrawals = models.PositiveIntegerField(_("withdrawals"), null=True, blank=True)
    learner_feedback = models.TextField(_("feedback of learners"), blank=True)
    need_evidence = models.TextField(_("evidence that the need continues"), blank=True)
    moderation = models.TextField(_("results of moderation"), blank=True)
    changes_made = models.TextField(_("changes made"), blank=True)
    changes_wanted = models.TextField(_("changes wanted"), blank=True)
    duplication = models.TextField(_("what is like it on the register"), blank=True)
    fees = models.TextField(_("fees charged"), blank=True)
    complaints = models.TextField(_("complaints"), blank=True)
    sites = ArrayField(models.CharField(max_length=300), verbose_name=_("delivery sites"), default=list, blank=True)
    ratings = models.JSONField(
        _("self-rating"), default=dict, blank=True, help_text=_("By criterion: its rating, and what it rests on.")
    )
    sought = models.CharField(_("decision sought"), max_length=20, choices=Sought.choices, blank=True)
    change = models.ForeignKey(
        Amendment, on_delete=models.PROTECT, null=True, blank=True, related_name="required_by", editable=False,
        help_text=_("The change of the entry that its decision required."),
    )  # fmt: skip
    effects = models.JSONField(default=dict, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "due_on"], condition=models.Q(of_entry=True, closed=False), name="one_review_of_an_entry"
            ),
            models.UniqueConstraint(
                fields=["accreditation", "due_on"], condition=models.Q(accreditation__isnull=False, closed=False),
                name="one_review_of_a_delivery",
            ),
            models.CheckConstraint(
                name="review_of_something", condition=models.Q(of_entry=True) | models.Q(accreditation__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.case.reference
