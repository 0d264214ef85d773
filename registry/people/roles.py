"""Who may do what: asked here by querysets, views and the workflow, never worked out in a template."""

from django.utils import timezone

from registry.people.models import STAFF_ROLES, Membership, Organisation, User

# Auditors and registrars read every case; those who work on cases read them too. Administrators run accounts, and
# neither read applications nor decide (interface 6.2).
CASE_READERS = frozenset({"evaluator", "decision_maker", "review_officer", "registrar", "auditor"})


def staff_roles(user: User) -> frozenset[str]:
    """The staff roles that a user holds now; empty for everybody who does not work for the authority."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return frozenset()
    if not hasattr(user, "_staff_roles"):
        user._staff_roles = frozenset(user.groups.filter(name__in=STAFF_ROLES).values_list("name", flat=True))
    return user._staff_roles


def is_staff_reader(user: User) -> bool:
    return bool(staff_roles(user) & CASE_READERS)


def memberships_of(user: User):
    """The memberships that are in force today."""
    if not (user.is_authenticated and user.is_active):
        return Membership.objects.none()
    today = timezone.localdate()
    return Membership.objects.filter(user=user).exclude(ended_on__lt=today).select_related("organisation")


def organisations_of(user: User):
    return Organisation.objects.filter(memberships__in=memberships_of(user))


def role_in(user: User, organisation: Organisation) -> str | None:
    """`signatory` or `editor` where the user acts for the organisation today, else None."""
    membership = memberships_of(user).filter(organisation=organisation).first()
    return membership.role if membership else None
