"""Reads of providers in the desk's words."""

from datetime import date

from django.db import models


class ProviderQuerySet(models.QuerySet):
    def registered(self, day: date) -> "ProviderQuerySet":
        """Registered on that day: neither ended nor known only from an import."""
        return self.filter(unverified=False, registered_on__lte=day).exclude(ended_on__lte=day)

    def waiting_for_a_match(self) -> "ProviderQuerySet":
        """Known only from an import, and nobody has said which body it is."""
        return self.filter(unverified=True).exclude(details__has_key="same_as")

    def matched(self) -> "ProviderQuerySet":
        """Known from an import, and matched with a body on the register by an officer."""
        return self.filter(details__has_key="same_as")

    def of_user(self, organisations) -> "ProviderQuerySet":
        return self.filter(organisation__in=organisations)
