"""Reads of providers in the desk's words."""

from datetime import date

from django.db import models

from registry.casework.lifecycle import OPEN
from registry.people import roles


class ProviderQuerySet(models.QuerySet):
    def registered(self, day: date) -> "ProviderQuerySet":
        """Registered on that day: neither ended nor known only from an import."""
        return self.filter(unverified=False, registered_on__lte=day).exclude(ended_on__lte=day)

    def to_ask(self, day: date, law: str) -> "ProviderQuerySet":
        """Those of which a return is to be opened by that day, or whose next one is to be worked out by this law.

        Each part is a range of an index: what is read grows with what is due, and not with the register.
        """
        return self.filter(
            models.Q(next_return_on__lte=day) | models.Q(returns_law__lt=law) | models.Q(returns_law__gt=law)
        )

    def waiting_for_a_match(self) -> "ProviderQuerySet":
        """Known only from an import, and nobody has said which body it is."""
        return self.filter(unverified=True).exclude(details__has_key="same_as")

    def matched(self) -> "ProviderQuerySet":
        """Known from an import, and matched with a body on the register by an officer."""
        return self.filter(details__has_key="same_as")

    def of_user(self, organisations) -> "ProviderQuerySet":
        return self.filter(organisation__in=organisations)


class AppliedQuerySet(models.QuerySet):
    """What bodies have applied for: registrations, and changes of scope."""

    def of_applicant(self, user) -> "AppliedQuerySet":
        """Those of the organisations that this user acts for today; no others exist for them."""
        return self.filter(case__organisation__in=roles.organisations_of(user)).select_related("case__organisation")

    def in_hand(self) -> "AppliedQuerySet":
        """Those that the authority has to decide, or has decided for a day that is still to come."""
        waits = models.Q(case__state__in=OPEN) | models.Q(
            case__releases__isnull=False, case__releases__released_at=None
        )
        return self.filter(waits).distinct()

    def unended(self) -> "AppliedQuerySet":
        """The same, and drafts."""
        return self.filter(models.Q(case__state="draft") | models.Q(pk__in=self.in_hand().values("pk")))
