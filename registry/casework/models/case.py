"""A case, what was handed in of it, and what it costs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework.querysets import CaseQuerySet
from registry.people.models import Organisation, User


class Case(models.Model):
    """Anything that officers must evaluate and decide. `state` is written by `registry.casework.workflow` alone.

    Its clock (`registry.casework.clock`): `due_on` is the last day of the target that runs; while the applicant has the
    ball it is None, and `days_left` keeps the working days that were left, fewer than none where it was late already.
    """

    reference = models.CharField(_("reference"), max_length=30, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    title = models.TextField(_("title"), blank=True)
    level = models.CharField(_("level"), max_length=20, blank=True, help_text=_("which a delegation must cover"))
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(_("state"), max_length=40)
    revision = models.IntegerField(
        default=1, help_text=_("counts every move and edit, so that nobody overwrites unseen")
    )
    profile = models.CharField(_("framework profile"), max_length=40, blank=True)
    assigned_to = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="assigned_cases",
        verbose_name=_("assigned to"),
    )  # fmt: skip
    opened_at = models.DateTimeField(_("opened"))
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    answer_by = models.DateField(
        _("the applicant has until"), null=True, blank=True, help_text=_("of one that was returned as incomplete")
    )
    report_by = models.DateField(
        _("report due"), null=True, blank=True, editable=False,
        help_text=_("of a report that is asked for: its last day, more time included; it stays once that is handed in"),
    )  # fmt: skip
    paused_on = models.DateField(_("clock stopped on"), null=True, blank=True)
    days_left = models.IntegerField(_("working days left when the clock stopped"), null=True, blank=True)
    paused_days = models.IntegerField(_("working days on which the clock stood"), default=0)
    lapse_proposed_on = models.DateField(_("lapse proposed on"), null=True, blank=True)
    told_late = models.SmallIntegerField(
        default=0, editable=False, help_text=_("of a report that is late: up to which level people have been told so")
    )
    reconsiders = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="reconsidered_by",
        help_text=_("the case whose decision is looked at again in this one; it is never altered"),
    )  # fmt: skip

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-submitted_at", "-opened_at"]
        indexes = [
            models.Index(fields=["kind", "state"], name="case_kind_state"),
            models.Index(fields=["due_on"], name="case_due_on", condition=models.Q(due_on__isnull=False)),
            models.Index(fields=["answer_by"], name="case_answer_by", condition=models.Q(answer_by__isnull=False)),
            models.Index(fields=["report_by"], name="case_report_by", condition=models.Q(report_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}".strip()


class Exemption(models.Model):
    """One thing that became public without the decision of a second person, and by what. Added, never altered.

    There are three: an import of what another register decided, the correction of a typo, and a change of kind by law.
    `instrument` is the rule, law or delegation that allows it; `about` what it was done with, such as the file of an
    import; `completed_by` is None for a command that nobody is signed in to.
    """

    class Ground(models.TextChoices):
        IMPORT = "import", _("import of another register")
        CORRECTION = "correction", _("correction of a typo")
        LAW = "law", _("change by law")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, null=True, related_name="exemption")
    ground = models.CharField(_("ground"), max_length=20, choices=Ground.choices)
    instrument = models.TextField(_("instrument"))
    about = models.TextField(_("about"), blank=True)
    completed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=30, blank=True)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("exemption from four eyes")
        verbose_name_plural = _("exemptions from four eyes")
        ordering = ["recorded_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="exemption_ground_known", condition=models.Q(ground__in=["import", "correction", "law"])
            ),
            models.CheckConstraint(name="exemption_names_what_allows_it", condition=~models.Q(instrument="")),
        ]

    def __str__(self) -> str:
        return f"{self.ground} {self.case or self.about}"


class Submission(models.Model):
    """What the applicant handed in, as it was: frozen, with its digest (transition S1 of section 4.3 of the domain).

    A case that was returned as incomplete is handed in again, and has one of these for each time.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="submissions")
    number = models.IntegerField()
    content = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    profile = models.CharField(max_length=40)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("submitted"))

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["case_id", "number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="submission_number")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.number}"


class Fee(models.Model):
    """One thing that happened to the fee of a case: it was invoiced, paid, waived or refunded. Added, never altered.

    `amount` is exact, in `currency` (ISO 4217); `reference` is the invoice's number or the payment's.
    """

    class Act(models.TextChoices):
        INVOICED = "invoiced", _("invoiced")
        PAID = "paid", _("paid")
        WAIVED = "waived", _("waived")
        REFUNDED = "refunded", _("refunded")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="fees")
    act = models.CharField(_("what happened"), max_length=20, choices=Act.choices)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        ordering = ["recorded_at", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.act} {self.amount} {self.currency}"
