"""Reads of credentials in the desk's words."""

from django.db import models

from registry.people import roles


class ApplicationQuerySet(models.QuerySet):
    def of_applicant(self, user) -> "ApplicationQuerySet":
        """The applications of the organisations that this user acts for today; no others exist for them."""
        return self.filter(case__organisation__in=roles.organisations_of(user)).select_related(
            "case__organisation", "provider", "revision__credential"
        )
