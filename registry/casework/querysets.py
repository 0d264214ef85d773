"""Which cases a person may see, in the words of the desk."""

from django.db import models

from registry.people import roles


class CaseQuerySet(models.QuerySet):
    def for_user(self, user) -> "CaseQuerySet":
        """Staff see what has been submitted; a provider's user sees the cases of the organisations they act for."""
        if roles.is_staff_reader(user):
            return self.exclude(submitted_at=None)
        return self.of_organisations(roles.organisations_of(user))

    def of_organisations(self, organisations) -> "CaseQuerySet":
        return self.filter(organisation__in=organisations)

    def open(self) -> "CaseQuerySet":
        return self.filter(decided_at=None)
