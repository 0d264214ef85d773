"""Who takes which part in a case, who must not, and what they may decide."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework.models.case import Case
from registry.casework.querysets import InterestQuerySet
from registry.people.models import Organisation, User


class Part(models.Model):
    """This person took this part in this case.

    An exclusion constraint (migration 0002) refuses a person on both sides: who drafted, evaluated or recommended, or
    has an interest, can never decide, and who decided can never do those (design 4.2).

    A second one (migration 0008) refuses a person in a case and in its reconsideration: `about` is the case whose decision
    it is, `round` 0 for the first decision and 1 for the reconsideration; a trigger fills both. Who wrote for the applicant
    may write for it again (section 4.8 of the domain specification; NZQA, EER Rules, rule 9).
    """

    class Name(models.TextChoices):
        DRAFTED = "drafted", _("drafted")
        EVALUATED = "evaluated", _("evaluated")
        RECOMMENDED = "recommended", _("recommended")
        CONFLICTED = "conflicted", _("declared an interest")
        DECIDED = "decided", _("decided")
        CONFIRMED = "confirmed", _("confirmed")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parts")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="parts")
    part = models.CharField(max_length=20, choices=Name.choices)
    side = models.GeneratedField(
        expression=models.Case(
            models.When(part__in=["decided", "confirmed"], then=models.Value(1)), default=models.Value(0)
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    about = models.BigIntegerField(default=0, editable=False)
    round = models.SmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("part in a case")
        verbose_name_plural = _("parts in cases")
        constraints = [
            models.UniqueConstraint(fields=["case", "person", "part"], name="part_once"),
            models.CheckConstraint(
                name="part_known",
                condition=models.Q(
                    part__in=["drafted", "evaluated", "recommended", "conflicted", "decided", "confirmed"]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.part} {self.case_id}"


class Interest(models.Model):
    """An officer's interest in a body: while it lasts, they take no part in any case of that body.

    It ends by a date and is never deleted: what they did before and after keeps its standing.
    """

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="interests", verbose_name=_("officer"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="interests", verbose_name=_("body")
    )
    reason = models.TextField(_("what the interest is"))
    declared_at = models.DateTimeField(_("declared"))
    ended_on = models.DateField(_("last day"), null=True, blank=True)

    objects = InterestQuerySet.as_manager()

    class Meta:
        verbose_name = _("interest")
        verbose_name_plural = _("interests")
        ordering = ["-declared_at"]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"


class Delegation(models.Model):
    """What a decision maker may decide, from one day to another: kinds of case and levels; empty: all of them.

    Who holds none decides what the role allows; who has been given one decides what the ones in force cover.
    """

    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="delegations", verbose_name=_("decision maker")
    )
    kinds = ArrayField(models.CharField(max_length=40), verbose_name=_("kinds of case"), default=list, blank=True)
    levels = ArrayField(models.CharField(max_length=20), verbose_name=_("levels"), default=list, blank=True)
    instrument = models.TextField(_("instrument"), help_text=_("The law, rule or act that gives it."))
    begins_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["person", "begins_on"]

    def __str__(self) -> str:
        return f"{self.person}: {', '.join(self.kinds) or '*'} · {', '.join(self.levels) or '*'}"

    def in_force(self, day: date) -> bool:
        return self.begins_on <= day and (self.ends_on is None or day <= self.ends_on)


class Panel(models.Model):
    """People who advise on a case together. It has met once its minutes are recorded, with a quorum present."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="panels")
    question = models.TextField(_("what the panel is asked"))
    quorum = models.PositiveSmallIntegerField(_("members who must be present"))
    convened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    convened_at = models.DateTimeField(_("convened"))
    minutes = models.TextField(_("minutes"), blank=True)
    met_on = models.DateField(_("met on"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("panel")
        verbose_name_plural = _("panels")
        ordering = ["convened_at", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.convened_at:%Y-%m-%d}"


class PanelMember(models.Model):
    """A person on a panel: they evaluate, so that they never decide the case; who was there counts for the quorum."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    present = models.BooleanField(_("present"), null=True)

    class Meta:
        verbose_name = _("member of a panel")
        verbose_name_plural = _("members of panels")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["panel", "person"], name="panel_member_once")]

    def __str__(self) -> str:
        return f"{self.person}"
