"""Reads of credentials in the desk's words."""

from django.db import models

from registry.people import roles


class ApplicationQuerySet(models.QuerySet):
    def of_applicant(self, user) -> "ApplicationQuerySet":
        """The applications of the organisations that this user acts for today; no others exist for them."""
        return self.filter(case__organisation__in=roles.organisations_of(user)).select_related(
            "case__organisation", "provider", "revision__credential"
        )


class RevisionQuerySet(models.QuerySet):
    def public(self) -> "RevisionQuerySet":
        """Those that have been published, oldest first; of each number the last correction comes last."""
        return self.exclude(number=None).order_by("number", "correction")

    def latest_public(self):
        """The content that is public now; None before the first publication."""
        return self.public().last()


class AmendmentQuerySet(models.QuerySet):
    def open(self) -> "AmendmentQuerySet":
        """Those that nobody has decided or withdrawn yet."""
        return self.filter(case__state__in=("draft", "recommended"))

    def waiting(self) -> "AmendmentQuerySet":
        """Those that have been approved and take effect on a later day."""
        return self.filter(revision__number=None).exclude(revision__effective_from=None)
