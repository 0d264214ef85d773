"""Reads of credentials in the desk's words."""

from datetime import date

from django.db import models


class AccreditationQuerySet(models.QuerySet):
    def in_force(self, day: date) -> "AccreditationQuerySet":
        return self.filter(accredited_from__lte=day).exclude(withdrawn_on__lte=day).exclude(accredited_until__lt=day)


class ApplicationQuerySet(models.QuerySet):
    def for_user(self, user) -> "ApplicationQuerySet":
        """The applications whose cases this user may see; everything else does not exist for them."""
        from registry.models import Case

        return self.filter(case__in=Case.objects.for_user(user)).select_related(
            "case", "revision", "case__organisation"
        )
