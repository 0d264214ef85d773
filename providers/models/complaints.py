"""Complaints about providers: what is complained of, who complains, and what was found."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.models import Case, User


class Complaint(models.Model):
    """A complaint about a provider, as it was received (section 4.8 of the domain specification). One case looks into it.

    Officers read it; the provider reads what an officer asks it, and nothing of this. Who complains is in a row of its own,
    `Complainant`. `process_reason` and `limit_reason`: why it was taken up although the provider's own process had not
    ended, or what it is about had happened too long before.
    """

    class Channel(models.TextChoices):
        FORM = "form", _("form of the register")
        LETTER = "letter", _("letter")
        EMAIL = "email", _("e-mail")
        TELEPHONE = "telephone", _("telephone")
        PERSON = "person", _("in person")

    class OwnProcess(models.TextChoices):
        ENDED = "ended", _("Yes, and the provider has answered")
        WAITING = "waiting", _("Yes, and there is no answer yet")
        NO = "no", _("No")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="complaint")
    provider = models.ForeignKey("providers.Provider", on_delete=models.PROTECT, related_name="complaints")
    channel = models.CharField(_("how it came"), max_length=20, choices=Channel.choices)
    received_on = models.DateField(_("received on"))
    text = models.TextField(_("what happened"))
    happened_on = models.DateField(_("when it happened"))
    own_process = models.CharField(_("the provider's own process"), max_length=20, choices=OwnProcess.choices)
    process_said = models.TextField(_("what came of that, or why not"), blank=True)
    pursued = models.TextField(_("what was done about it since"), blank=True)
    may_be_named = models.BooleanField(_("the provider may learn the name"), default=False)
    process_reason = models.TextField(_("why it goes on without the provider's own process"), blank=True)
    limit_reason = models.TextField(_("why it goes on after so long"), blank=True)

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")

    def __str__(self) -> str:
        return self.case.reference


class Complainant(models.Model):
    """Who complains. Read by a registrar and the officer of the case, each time by an act that is logged; in no section,
    letter, event or file. `digest` of the events is made with `salt`, which goes when this row is forgotten (edge case 41).
    """

    complaint = models.OneToOneField(
        Complaint, on_delete=models.PROTECT, primary_key=True, related_name="complainant", editable=False
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    address = models.TextField(_("postal address"), blank=True)
    telephone = models.CharField(_("telephone"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=20, default="en")
    salt = models.CharField(max_length=32, editable=False)

    class Meta:
        verbose_name = _("complainant")
        verbose_name_plural = _("complainants")

    def __str__(self) -> str:
        return str(_("complainant of %(reference)s") % {"reference": self.complaint})


class Finding(models.Model):
    """What an evaluator advises on a complaint, and what a decision maker concludes (`final`). Added, never altered.

    None of the outcomes imposes anything: a compliance notice or a condition is decided in a case of its own.
    """

    class Outcome(models.TextChoices):
        NO_ACTION = "no_action", _("no action")
        ADVICE = "advice", _("advice to the provider")
        COMPLIANCE_NOTICE = "compliance_notice", _("a compliance notice is to be considered")
        CONDITION = "condition", _("a condition is to be considered")
        REFERRAL = "referral", _("referred to another body")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="findings")
    final = models.BooleanField(default=False)
    outcome = models.CharField(_("outcome"), max_length=30, choices=Outcome.choices)
    reason = models.TextField(_("reason, for officers"))
    to_complainant = models.TextField(_("what the complainant is told"), blank=True)
    to_provider = models.TextField(_("what the provider is told"), blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("finding on a complaint")
        verbose_name_plural = _("findings on complaints")
        ordering = ["recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], name="one_conclusion_of_a_complaint", condition=models.Q(final=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.complaint} {self.outcome}"
