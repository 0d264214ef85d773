"""Messages that are owed to people."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework.models.case import Case
from registry.casework.querysets import NoticeQuerySet
from registry.people.models import User


class Notice(models.Model):
    """A message that is owed to a person: written with the act that causes it, delivered by a task that finds it here.

    It is in the person's language, stands in their portal or at their desk, and goes out as mail. `key` names what it is
    about: the same thing is never owed to the same person twice, however often its cause is looked for.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="notices")
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="notices")
    key = models.CharField(max_length=120, null=True, blank=True)
    to = ArrayField(models.EmailField())
    language = models.CharField(_("language"), max_length=20, default="en")
    subject = models.CharField(max_length=300)
    body = models.TextField()
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["created_at"], name="notice_owed", condition=models.Q(sent_at=None)),
            models.Index(fields=["person", "created_at"], name="notice_of_person"),
        ]

    def __str__(self) -> str:
        return self.subject
