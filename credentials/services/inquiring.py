"""Looking into a listing on the authority's own account: an interim decision opens it to submissions, a final one ends it
or leaves it as it is (rule 17)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from credentials import inquiries, proposals
from credentials.lifecycle_inquiry import INQUIRY
from credentials.models import Credential, Inquiry
from credentials.services.preparing import body_of, listed, one_at_a_time
from credentials.services.publication import make_expiring
from registry.casework import services as desk
from registry.casework import workflow
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Outcome
from registry.errors import RegisterError
from registry.models import Case, User

FIELDS = (*inquiries.DATES, "transition_note")


def begin_inquiry(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft about the credential of this number; its body reads nothing of it. Raises as `begin_removal` does."""
    role = desk.role_to_prepare(by, INQUIRY)
    with transaction.atomic():
        credential = listed(about)
        one_at_a_time(Case.objects.filter(inquiry__credential=credential).open().first())
        case = desk.open_case(kind=INQUIRY, organisation=body_of(credential), by=by, role=role, now=now)
        case.title = credential.revisions.latest_public().title
        case.save(update_fields=["title"])
        Inquiry.objects.create(case=case, credential=credential)
        return case


@desk.logged_when_refused
def save_inquiry(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> Inquiry:  # fmt: skip
    """Keep what was written. The grounds alter in the draft alone: the interim decision and the replies stand on them.

    Raises RegisterError for a day of the end, outside the draft, that is earlier than the one that the body was heard on.
    """
    case = workflow.lock(case_id)
    inquiry = Inquiry.objects.get(case=case)
    changed = [name for name in FIELDS if name in values]
    for name in changed:
        setattr(inquiry, name, values[name] or (None if name in inquiries.DATES else {}))
    if case.state == "draft" and "grounds" in values:
        inquiry.grounds, changed = values["grounds"] or [], [*changed, "grounds"]
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": changed}, now=now)
    if case.state != "draft" and (refusal := inquiries.why_not_heard(inquiry)):
        raise RegisterError(refusal)
    inquiry.save()
    return inquiry


def publish_inquired(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """What a decision does: an interim one opens submissions and makes nothing public; a final one lets the entry expire."""
    (decision,) = decisions
    if not Outcome.grants(decision.outcome):
        return []
    if decision.matter == "interim":
        asked = desk.open_submissions(case=case, by=by, asked_by=decision.decided_by, now=now)
        return [lambda: _("You may reply to each ground until %(day)s.") % {"day": asked.due_on.isoformat()}]
    inquiry = Inquiry.objects.get(case=case)
    credential = Credential.objects.select_for_update().get(pk=inquiry.credential_id)
    before = proposals.said_of_the_entry(credential)
    inquiries.let_expire(credential, inquiry)
    inquiry.effects = proposals.altered(before, proposals.said_of_the_entry(credential))
    inquiry.save(update_fields=["effects"])
    make_expiring(credential, decision, apart_from=case, now=now)
    said = {"number": credential.number, "day": credential.expiring_from.isoformat()}
    return [lambda: _("%(number)s begins to expire on %(day)s.") % said]
