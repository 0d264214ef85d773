"""Who acts: users, the legal bodies they act for, in which role, and the keys of their systems."""

import hashlib
import secrets
import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# The staff groups. What each may do is said by the transition tables and by `registry.people.roles`.
STAFF_ROLES = ("evaluator", "decision_maker", "review_officer", "registrar", "auditor", "administrator")


class UserManager(BaseUserManager):
    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """A user who signs in by e-mail; without a password, one who must set it by a reset link."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Events name `person_id` alone, so that erasing a name never breaks a hash chain."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language of letters"), max_length=20, default="en")
    person_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    is_staff = models.BooleanField(_("works for the authority"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Organisation(models.Model):
    """Any legal body: a provider, an applicant not yet registered, the authority itself."""

    organisation_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    legal_name = models.CharField(_("legal name"), max_length=300)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.legal_name


class Membership(models.Model):
    """This user acts for this organisation. It ends by a date and is never deleted: past acts keep their standing."""

    class Role(models.TextChoices):
        EDITOR = "editor", _("may draft")
        SIGNATORY = "signatory", _("may draft and submit")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    ended_on = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["user", "organisation"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation} · {self.get_role_display()}"


class ApiKey(models.Model):
    """A system that acts for an organisation. Only the SHA-256 of the key is kept: 256 random bits need no slow hash."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="api_keys")
    label = models.CharField(_("label"), max_length=100)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.organisation} · {self.label}"

    @classmethod
    def issue(cls, organisation: Organisation, label: str) -> str:
        """Make a key and return it: it is shown this once, and never again."""
        key = secrets.token_urlsafe(32)
        cls.objects.create(organisation=organisation, label=label, sha256=hashlib.sha256(key.encode()).hexdigest())
        return key

    @classmethod
    def known(cls, key: str) -> "ApiKey | None":
        """The key in force that this text is, if any."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        return cls.objects.select_related("organisation").filter(sha256=digest, revoked_at=None).first()


class CalendarAddress(models.Model):
    """The secret address at which a calendar program, which cannot sign in, reads what falls due as an officer may see it.

    Only the SHA-256 of its secret part is kept: 256 random bits need no slow hash. Each officer has at most one in force;
    one that was withdrawn stays, as evidence that it was there.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="calendar_addresses")
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"), editable=False)
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("address of a calendar")
        verbose_name_plural = _("addresses of calendars")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(revoked_at=None), name="one_calendar_address_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d}"
