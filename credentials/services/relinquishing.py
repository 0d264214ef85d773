"""A provider gives an accreditation up (domain 4.5): the draft, and what its approval does."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from credentials import guards_sanctions as guards
from credentials.lifecycle_sanctions import RELINQUISHING
from credentials.models import Accreditation, Relinquishing
from credentials.services import standing
from credentials.services.applications import check_acts_for
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Outcome
from registry.errors import NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, User


def begin_relinquishing(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft for giving up the accreditation of this number.

    Raises NotAllowed where `by` does not act for the provider that holds it; RegisterError where it has ended.
    """
    held = Accreditation.objects.select_related("credential", "provider__organisation").filter(number=about).first()
    if held is None:
        raise NotAllowed(_("You do not act for this provider."))
    check_acts_for(held.provider, by)
    if refusal := guards.why_not_held(held, current.today(now)):
        raise RegisterError(refusal)
    with transaction.atomic():
        case = desk.open_case(kind=RELINQUISHING, organisation=held.provider.organisation, by=by, now=now)
        case.title = held.credential.revisions.latest_public().title
        case.save(update_fields=["title"])
        Relinquishing.objects.create(case=case, accreditation=held)
    return case


save_relinquishing = desk.saving(Relinquishing, "ends_on", "reason", "teach_out")


def publish_relinquished(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """The accreditation ends with the day that its provider named, or the day of the decision if that is later.

    It expires, and is not withdrawn: nothing is held against the provider. One that would end before that day anyway
    ends then.
    """
    (decision,) = decisions
    if not Outcome.grants(decision.outcome):
        return []
    record = Relinquishing.objects.get(case=case)
    held = Accreditation.objects.select_for_update(of=("self",)).get(pk=record.accreditation_id)
    last = max(record.ends_on, decision.effective_on)
    held.accredited_until = min(last, held.accredited_until or last)
    standing.publish_accreditation(
        held, on=decision.effective_on, reference=decision.number, reason=decision.reason, now=now, decisions=decisions
    )
    said = {"number": held.number, "day": held.accredited_until.isoformat()}
    return [lambda: _("The last day of %(number)s is %(day)s.") % said]
