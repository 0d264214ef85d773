"""Whether an entry was removed from the register as listed by mistake: asked of the register itself, where it is told once."""

from django.utils.translation import gettext as _

from registry.models import Entry


def is_gone(number: str | None) -> bool:
    """Whether the number is a tombstone. A number that was never listed is none."""
    return Entry.objects.filter(number=number).exclude(withdrawn_on=None).exists()


def why_gone(number: str | None) -> str | None:
    """The sentence that says so, to whoever has a case about it (edge case 24); None where it still stands."""
    if not is_gone(number):
        return None
    return _("%(number)s has been removed from the register: it had been listed by mistake.") % {"number": number}
