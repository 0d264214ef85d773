"""Which cases a person may see, in the words of the desk."""

from django.db import models

from registry.casework import kinds
from registry.people import roles


class CaseQuerySet(models.QuerySet):
    def for_user(self, user) -> "CaseQuerySet":
        """Staff see what has been submitted; a provider's user sees the cases of the organisations they act for."""
        if roles.is_staff_reader(user):
            return self.exclude(submitted_at=None)
        return self.of_organisations(roles.organisations_of(user))

    def of_organisations(self, organisations) -> "CaseQuerySet":
        """The cases that these bodies have opened; what the authority prepares about them is not theirs to see."""
        applied = [kind.name for kind in kinds.every() if not kind.authority]
        return self.filter(organisation__in=organisations, kind__in=applied)

    def open(self) -> "CaseQuerySet":
        return self.filter(decided_at=None)


class NoticeQuerySet(models.QuerySet):
    def of(self, person) -> "NoticeQuerySet":
        """A person's own notices, the newest first."""
        return self.filter(person=person).order_by("-created_at", "-pk")

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None)
