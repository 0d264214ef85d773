"""What readers of the register report about a record."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework.models.case import Case


class ProblemReport(models.Model):
    """A problem with a public record, as a reader reported it. One case says what became of it.

    `email` is where the reader wants to be told, and nothing else is known of them; it is forgotten with the end of the
    case. `fixed_by`: the case by which the record was put right.
    """

    class What(models.TextChoices):
        WRONG = "wrong", _("something is wrong")
        OUTDATED = "outdated", _("something is out of date")
        MISSING = "missing", _("something is missing")
        LINK = "link", _("a link does not work")
        OTHER = "other", _("something else")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="problem_report")
    number = models.CharField(_("record"), max_length=20)
    what = models.CharField(_("what is wrong"), max_length=20, choices=What.choices)
    text = models.TextField(_("description"))
    where = models.TextField(_("where it can be checked"), blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=20, default="en")
    fixed_by = models.ForeignKey(
        Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("put right by")
    )

    class Meta:
        verbose_name = _("report of a problem")
        verbose_name_plural = _("reports of problems")
        indexes = [models.Index(fields=["number"], name="problem_number")]

    def __str__(self) -> str:
        return f"{self.case.reference} {self.number}"
