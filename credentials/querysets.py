"""Reads of credentials in the desk's words."""

from datetime import date

from django.db import models
from django.db.models.functions import Coalesce

from registry.casework.lifecycle import OPEN
from registry.casework.models import Release
from registry.casework.reporting import OPEN as REPORTED
from registry.framework import current
from registry.framework.calendar import DAY, strictly
from registry.framework.operators import months_after
from registry.models import Entry
from registry.people import roles

# The kind of case of a change that a provider proposes; an officer's own is another.
PROPOSED_BY_PROVIDER = "credential_change"
# The kind of case of a review.
OF_A_REVIEW = "credential_review"
WAITING = models.Q(revision__number=None, revision__effective_from__isnull=False)


class CredentialQuerySet(models.QuerySet):
    def of_body(self, provider) -> "CredentialQuerySet":
        """The public entries that this body awards as their lead, or develops."""
        return self.standing().filter(models.Q(awarding_body=provider) | models.Q(developer=provider))

    def due_for_review(self, day: date) -> "CredentialQuerySet":
        """The entries of which the review of the present cycle is near enough to be opened by that day, and is not open
        yet; none that ends before it falls due."""
        ahead = current.version_on(day).deadlines["review_opens"]
        near = strictly(day, ahead) + 3 * DAY  # months differ in length: which day it is, the schedule says
        return self.to_be_reviewed(day).filter(review_due__lte=near).order_by("review_due", "pk")

    def to_be_reviewed(self, day: date) -> "CredentialQuerySet":
        """The entries of which the review of the present cycle is not open yet; none that ends before it falls due."""
        reviews = self.model._meta.get_field("reviews").related_model.objects
        opened = reviews.filter(
            credential=models.OuterRef("pk"), of_entry=True, due_on=models.OuterRef("review_due"), closed=False
        )
        goes_on = models.Q(expiring_from=None) | models.Q(expiring_from__gt=models.F("review_due"))
        goes_on &= models.Q(expiry_end=None) | models.Q(expiry_end__gte=day)
        going_on = self.standing().filter(goes_on, review_due__isnull=False, closed_undated=False)
        return going_on.exclude(models.Exists(opened))

    def undecided_for_long(self, day: date) -> "CredentialQuerySet":
        """The entries of which nobody has decided a review, although that of the next cycle may be near by that day."""
        shortest = min(months for law in current.profile().versions for p in law.review_periods for months in p.allowed)
        ahead = current.version_on(day).deadlines["review_opens"]
        near = months_after(strictly(day, ahead) + 3 * DAY, -shortest)
        late = self.standing().filter(review_due__lte=near, expiring_from=None, closed_undated=False)
        # Whoever reports on the entry itself has its report open; only of others there is something to ask.
        reporter = Coalesce(models.OuterRef("developer_id"), models.OuterRef("awarding_body_id"), models.Value(0))
        held = self.model._meta.get_field("accreditations").related_model.objects
        others = held.filter(credential=models.OuterRef("pk")).exclude(number=None).exclude(provider_id=reporter)
        return late.filter(models.Exists(others)).order_by("review_due", "pk")

    def standing(self) -> "CredentialQuerySet":
        """Those that are on the register: listed, and not removed as listed by mistake."""
        removed = Entry.objects.exclude(withdrawn_on=None).filter(number=models.OuterRef("number"))
        return self.exclude(number=None).exclude(models.Exists(removed))


class ReviewQuerySet(models.QuerySet):
    def open(self) -> "ReviewQuerySet":
        """Those that nobody has decided or closed yet."""
        return self.filter(case__kind=OF_A_REVIEW, case__state__in=REPORTED)


class RevisionQuerySet(models.QuerySet):
    def public(self) -> "RevisionQuerySet":
        """Those that have been published, oldest first; of each number the last correction comes last."""
        return self.exclude(number=None).order_by("number", "correction")

    def latest_public(self):
        """The content that is public now; None before the first publication."""
        return self.public().last()


class AccreditationQuerySet(models.QuerySet):
    def present(self, day: date) -> "AccreditationQuerySet":
        """Public, and neither withdrawn nor expired on that day; a suspended one, or one that begins later, too."""
        return self.exclude(number=None).exclude(withdrawn_on__lte=day).exclude(accredited_until__lt=day)


class ApplicationQuerySet(models.QuerySet):
    def of_applicant(self, user) -> "ApplicationQuerySet":
        """The applications of the organisations that this user acts for today; no others exist for them."""
        return self.filter(case__organisation__in=roles.organisations_of(user)).select_related(
            "case__organisation", "provider", "revision__credential"
        )


class AccreditationApplicationQuerySet(models.QuerySet):
    def of_applicant(self, user) -> "AccreditationApplicationQuerySet":
        """Those of the organisations that this user acts for today; no others exist for them."""
        return self.filter(case__organisation__in=roles.organisations_of(user)).select_related(
            "case__organisation", "provider", "credential"
        )

    def with_the_authority(self) -> "AccreditationApplicationQuerySet":
        """Handed in and not decided, or granted and not public yet."""
        held = Release.objects.filter(case=models.OuterRef("case"), released_at=None)
        return self.filter(models.Q(case__state__in=OPEN) | models.Exists(held))


class AmendmentQuerySet(models.QuerySet):
    def of_applicant(self, user) -> "AmendmentQuerySet":
        """Those that the organisations of this user have proposed; what officers draft is not theirs to see."""
        own = self.of_providers().filter(case__organisation__in=roles.organisations_of(user))
        return own.select_related("case__organisation", "credential__awarding_body", "revision__credential")

    def of_providers(self) -> "AmendmentQuerySet":
        return self.filter(case__kind=PROPOSED_BY_PROVIDER)

    def of_officers(self) -> "AmendmentQuerySet":
        return self.exclude(case__kind=PROPOSED_BY_PROVIDER)

    def open(self) -> "AmendmentQuerySet":
        """Those that nobody has decided or withdrawn yet."""
        return self.filter(case__state__in=("draft", *OPEN))

    def before_the_authority(self) -> "AmendmentQuerySet":
        """Open ones that the authority knows of: what a provider has not handed in is its own affair."""
        return self.open().exclude(case__kind=PROPOSED_BY_PROVIDER, case__state="draft")

    def handed_in(self) -> "AmendmentQuerySet":
        """With a decision maker or an evaluator, or approved for a later day."""
        return self.filter(models.Q(case__state__in=OPEN) | WAITING)

    def waiting(self) -> "AmendmentQuerySet":
        """Those that have been approved and take effect on a later day."""
        return self.filter(WAITING)
