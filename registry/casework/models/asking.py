"""What officers ask of an applicant, item by item, and what is answered; and messages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework.models.case import Case
from registry.people.models import User


class InformationRequest(models.Model):
    """Questions asked together, each tied to a criterion. The clock of the case stands while one is open (S4, S5).

    `due_on` and `lapses_after` are stored when it is sent: a holiday that is added later shortens neither.
    """

    class Closing(models.TextChoices):
        ANSWERED = "answered", _("answered")
        TAKEN_BACK = "taken_back", _("taken back")
        UNANSWERED = "unanswered", _("not answered in time")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="information_requests")
    number = models.IntegerField(_("number"))
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"))
    due_on = models.DateField(_("due"))
    lapses_after = models.DateField(_("last day of grace"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_as = models.CharField(max_length=20, choices=Closing.choices, blank=True)

    class Meta:
        verbose_name = _("information request")
        verbose_name_plural = _("information requests")
        ordering = ["case_id", "number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="information_request_number")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.number}"


class RequestItem(models.Model):
    """One question on one criterion. Asked once, and never altered: another question is another item."""

    class Kind(models.TextChoices):
        CLARIFY = "clarify", _("clarify")
        CORRECT = "correct", _("correct")
        EVIDENCE = "evidence", _("give evidence")

    class Unanswered(models.TextChoices):
        LAPSES = "lapses", _("the case may lapse")
        JUDGED = "judged", _("it is judged on what is there")

    request = models.ForeignKey(InformationRequest, on_delete=models.PROTECT, related_name="items")
    position = models.IntegerField()
    criterion = models.CharField(max_length=60)
    kind = models.CharField(_("what is asked"), max_length=20, choices=Kind.choices)
    question = models.TextField(_("question"))
    unanswered = models.CharField(_("without an answer"), max_length=20, choices=Unanswered.choices)
    due_on = models.DateField(_("due"))

    class Meta:
        verbose_name = _("item of an information request")
        verbose_name_plural = _("items of information requests")
        ordering = ["request_id", "position"]
        constraints = [models.UniqueConstraint(fields=["request", "position"], name="request_item_position")]

    def __str__(self) -> str:
        return f"{self.request_id}.{self.position} {self.criterion}"


class Answer(models.Model):
    """What the applicant says to one item. A later answer stands beside the earlier one, which is never altered.

    `late`: it came when the case had lapsed already. It is kept, and officers see it (edge case 18).
    """

    item = models.ForeignKey(RequestItem, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField(_("answer"))
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    late = models.BooleanField(default=False)
    recorded_at = models.DateTimeField(_("answered"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["recorded_at", "id"]

    def __str__(self) -> str:
        return f"{self.item_id} {self.recorded_at:%Y-%m-%d %H:%M}"


class Message(models.Model):
    """A letter between applicant and authority about a case; an `internal` one is a note among officers."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="messages")
    internal = models.BooleanField(_("note among officers"), default=False)
    text = models.TextField(_("message"))
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30)
    recorded_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["recorded_at", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.recorded_at:%Y-%m-%d %H:%M}"
