"""Who is told of changes by mail, and the mails that are owed to them."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

# What is followed is a number or the parameters of a search: no address of a page is longer.
LONGEST = 1_000


class Subscription(models.Model):
    """Somebody without an account wants to be told what changes: of an entry, at a provider, or among what a search finds.

    Nothing is told before the person has confirmed it by a link that was sent to the address. The row is deleted when the
    person ends it, or does not confirm it in time: nothing else is known of them. `mark` is in no mail by itself: a link
    holds it signed, so that neither the database nor the secret key alone makes a link that works.
    """

    class About(models.TextChoices):
        ENTRY = "entry", _("entry")
        PROVIDER = "provider", _("provider")
        SEARCH = "search", _("saved search")

    address = models.EmailField(_("e-mail address"))
    about = models.CharField(max_length=10, choices=About.choices)
    what = models.CharField(max_length=LONGEST, blank=True)
    language = models.CharField(_("language"), max_length=20)
    # The register's own address as it was asked by, for the links of mails where the settings name none.
    site = models.CharField(max_length=300, blank=True)
    mark = models.CharField(max_length=50, editable=False)
    # When a link was last sent for it, and how often.
    asked_at = models.DateTimeField()
    asked = models.SmallIntegerField(default=1)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Told of all changes up to this serial; and the day on which a mail was last owed.
    last_serial = models.BigIntegerField(default=0)
    told_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(Lower("address"), "about", "what", name="subscription_once"),
            models.CheckConstraint(
                name="subscription_about_known", condition=models.Q(about__in=["entry", "provider", "search"])
            ),
        ]
        indexes = [
            models.Index(fields=["about", "what"], name="subscription_about"),
            models.Index(
                fields=["asked_at"], name="subscription_unconfirmed", condition=models.Q(confirmed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.what}"


class OwedMail(models.Model):
    """A mail that is owed to a subscription: written down in the transaction that causes it, and deleted once it went out.

    Its links are made when it is sent, so that none stands in the database.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm", _("asks to confirm")
        ALREADY = "already", _("says that it is confirmed already")
        DIGEST = "digest", _("what changed")

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("mail that is owed to a subscription")
        verbose_name_plural = _("mails that are owed to subscriptions")
        indexes = [models.Index(fields=["created_at"], name="follow_mail_owed")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
