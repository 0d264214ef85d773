"""Messages about a case: of the applicant, to the applicant, and notes that officers write for each other."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.casework import workflow
from registry.casework.models import Message
from registry.casework.services.common import logged_when_refused, role_of_last_act, said
from registry.people.models import User


@logged_when_refused
def write(*, case_id: int, by: User, text: str, now: datetime | None = None) -> Message:
    """The applicant writes to the authority."""
    return _write(case_id, "write", by, text, now, internal=False)


@logged_when_refused
def tell(*, case_id: int, by: User, text: str, now: datetime | None = None) -> Message:
    """An officer writes to the applicant."""
    return _write(case_id, "tell", by, text, now, internal=False)


@logged_when_refused
def note(*, case_id: int, by: User, text: str, now: datetime | None = None) -> Message:
    """An officer writes a note that only officers read."""
    return _write(case_id, "note", by, text, now, internal=True)


def _write(case_id: int, name: str, by: User, text: str, now: datetime | None, *, internal: bool) -> Message:
    now, text = now or timezone.now(), said(text, _("Write something first."))
    case = workflow.lock(case_id)
    workflow.move(case, name, by=by, details={"text": text}, now=now)
    role = role_of_last_act(case)
    return Message.objects.create(case=case, internal=internal, text=text, written_by=by, role=role, recorded_at=now)
