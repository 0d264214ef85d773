"""Reads of providers in the desk's words."""

from datetime import date

from django.db import models


class ProviderQuerySet(models.QuerySet):
    def registered(self, day: date) -> "ProviderQuerySet":
        """Registered on that day: neither ended nor known only from an import."""
        return self.filter(unverified=False, registered_on__lte=day).exclude(ended_on__lte=day)

    def of_user(self, organisations) -> "ProviderQuerySet":
        return self.filter(organisation__in=organisations)
