"""What every case has in common that officers open about an entry of themselves: who may, about which entry, and whom it
concerns."""

from django.utils.translation import gettext as _

from credentials import delivering
from credentials.gone import why_gone
from credentials.models import Credential
from registry.casework import services as desk
from registry.errors import Conflict, RegisterError
from registry.models import Case, Organisation


def listed(number: str) -> Credential:
    """The credential of this number, locked. Raises Conflict for one that was removed, RegisterError for none at all."""
    credential = Credential.objects.select_for_update().filter(number=number).first()
    if refusal := why_gone(number):
        raise Conflict(refusal)
    if credential is None or delivering.document_of(number) is None:
        raise RegisterError(_("There is no such entry on the public register."))
    return credential


def body_of(credential: Credential) -> Organisation:
    """The body that a decision about an entry is told to; the authority itself, where no awarding body is known."""
    body = credential.awarding_body or credential.developer
    return body.organisation if body else desk.authority_as_body()


def one_at_a_time(case: Case | None) -> None:
    """Raise Conflict, naming it, where an open case is about the same already."""
    if case is not None:
        raise Conflict(_("%(reference)s is about the same already.") % {"reference": case.reference})
