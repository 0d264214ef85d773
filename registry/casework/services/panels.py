"""Panels: people who advise on a case together, with a quorum and minutes (transition S7)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.casework import workflow
from registry.casework.guards import no_interest, wrote_none_of_it
from registry.casework.models import Case, Panel, PanelMember, Part
from registry.casework.services.common import logged_when_refused, said
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.people import roles
from registry.people.models import User


@logged_when_refused
def convene(
    *, case_id: int, by: User, members: Sequence[User], quorum: int, question: str,
    expected_revision: int | None = None, now: datetime | None = None,
) -> Panel:  # fmt: skip
    """Put a case before a panel. Its members evaluate: none of them can decide the case afterwards.

    Raises NotAllowed for a member with an interest, or one who has decided; RegisterError for a quorum that the members
    cannot reach.
    """
    now = now or timezone.now()
    question = said(question, _("Say what the panel is asked."))
    people = list(dict.fromkeys(members))
    if not 1 <= quorum <= len(people):
        raise RegisterError(_("The quorum is at least one member, and at most all of them."))
    case = workflow.lock(case_id)
    for person in people:
        if not roles.is_staff_reader(person):
            raise NotAllowed(_("%(person)s may not read cases.") % {"person": person})
        if no_interest(case, person, current.today(now)):
            raise NotAllowed(_("%(person)s has declared an interest in it.") % {"person": person})
        if wrote_none_of_it(case, person, current.today(now)):
            raise NotAllowed(_("%(person)s wrote for the applicant in it.") % {"person": person})
    details = {"question": question, "quorum": quorum, "members": [str(person.person_id) for person in people]}
    workflow.move(case, "convene", by=by, expected_revision=expected_revision, details=details, now=now)
    panel = Panel.objects.create(case=case, question=question, quorum=quorum, convened_by=by, convened_at=now)
    for person in people:
        workflow.take_part(case, person, Part.Name.EVALUATED)
        PanelMember.objects.create(panel=panel, person=person)
    return panel


@logged_when_refused
def record_minutes(
    *, case_id: int, by: User, present: Sequence[int], minutes: str, met_on: date,
    expected_revision: int | None = None, now: datetime | None = None,
) -> Case:  # fmt: skip
    """Record that the panel has met: who of its members was present, and what it found.

    `present` are ids of users. Raises NotAllowed where the quorum was not there; what was typed is not kept then.
    """
    now = now or timezone.now()
    minutes = said(minutes, _("Record the minutes."))
    if met_on > current.today(now):
        raise RegisterError(_("The panel has not met yet on that day."))
    case = workflow.lock(case_id)
    panel = case.panels.filter(closed_at=None).last()
    if panel is None:
        raise Conflict(_("No panel has been convened."))
    for member in panel.members.all():
        member.present = member.person_id in present
        member.save(update_fields=["present"])
    panel.minutes, panel.met_on = minutes, met_on
    panel.save(update_fields=["minutes", "met_on"])
    there = panel.members.filter(present=True).values_list("person__person_id", flat=True)
    details = {"minutes": minutes, "met_on": met_on.isoformat(), "present": [str(person_id) for person_id in there]}
    workflow.move(case, "record_panel", by=by, expected_revision=expected_revision, details=details, now=now)
    panel.closed_at = now
    panel.save(update_fields=["closed_at"])
    return case
