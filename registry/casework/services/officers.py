"""What officers must keep out of, and what they may decide: interests and delegations begin and end by a date, and stay."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import audit
from registry.casework import kinds
from registry.casework.models import Delegation, Interest
from registry.casework.services.common import said
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.people import roles
from registry.people.models import User


def end_interest(*, interest_id: int, by: User, ended_on: date, now: datetime | None = None) -> Interest:
    """An officer says that an interest of theirs ends: after this day they take part in the body's cases again.

    Raises NotAllowed for the interest of another, Conflict where it has an end already, and RegisterError for a day
    before it was declared: what it kept them from then, it did.
    """
    now = now or timezone.now()
    with transaction.atomic():
        interest = Interest.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=interest_id)
        if interest.person_id != by.pk:
            raise NotAllowed(_("Only the person whose interest it is ends it."))
        if interest.ended_on is not None:
            raise Conflict(_("This interest has its last day already."))
        if ended_on < current.today(interest.declared_at):
            raise RegisterError(_("It ends on the day on which it was declared, or later."))
        interest.ended_on = ended_on
        interest.save(update_fields=["ended_on"])
        details = {
            "organisation": str(interest.organisation.organisation_id), "ended_on": ended_on.isoformat(),
        }  # fmt: skip
        audit.record("interest:ended", by=by, details=details, now=now)
        return interest


def delegate(
    *, by: User, person: User, covers: Sequence[str] = (), levels: Sequence[str] = (), instrument: str, begins_on: date,
    ends_on: date | None = None, now: datetime | None = None,
) -> Delegation:  # fmt: skip
    """Give a decision maker what they may decide: these kinds of case (`covers`) and levels; empty is all of them (S9).

    Raises NotAllowed for anybody but a registrar; RegisterError for a person who is no decision maker, for a kind or a
    level that there is not, without an instrument, and where the last day comes before the first.
    """
    now = now or timezone.now()
    _check_registrar(by)
    if "decision_maker" not in roles.staff_roles(person):
        raise RegisterError(_("%(person)s is not a decision maker.") % {"person": person})
    known = {kind.name for kind in kinds.every()}, {level["value"] for level in current.profile().levels}
    if not (set(covers) <= known[0] and set(levels) <= known[1]):
        raise RegisterError(_("Choose kinds of case and levels that there are."))
    if ends_on is not None and ends_on < begins_on:
        raise RegisterError(_("The last day comes before the first."))
    with transaction.atomic():
        given = Delegation.objects.create(
            person=person, kinds=list(covers), levels=list(levels), begins_on=begins_on, ends_on=ends_on,
            instrument=said(instrument, _("Name the law, rule or act that gives it.")),
        )  # fmt: skip
        audit.record("delegation:given", by=by, role="registrar", details=_told(given), now=now)
        return given


def end_delegation(*, delegation_id: int, by: User, ends_on: date, now: datetime | None = None) -> Delegation:
    """Let a delegation end on a day. What was decided under it stands.

    Raises NotAllowed for anybody but a registrar; Conflict where it is over; RegisterError for a day in the past.
    """
    now = now or timezone.now()
    _check_registrar(by)
    today = current.today(now)
    with transaction.atomic():
        given = Delegation.objects.select_for_update(of=("self",)).select_related("person").get(pk=delegation_id)
        if given.ends_on is not None and given.ends_on < today:
            raise Conflict(_("This delegation is over."))
        if ends_on < max(today, given.begins_on):
            raise RegisterError(_("It ends today or later, and not before its first day."))
        given.ends_on = ends_on
        given.save(update_fields=["ends_on"])
        audit.record("delegation:ended", by=by, role="registrar", details=_told(given), now=now)
        return given


def _check_registrar(by: User) -> None:
    if "registrar" not in roles.staff_roles(by):
        raise NotAllowed(_("Only a registrar gives and ends delegations."))


def _told(given: Delegation) -> dict:
    return {
        "delegation": given.pk, "person": str(given.person.person_id), "kinds": given.kinds, "levels": given.levels,
        "instrument": given.instrument, "begins_on": given.begins_on.isoformat(),
        "ends_on": given.ends_on and given.ends_on.isoformat(),
    }  # fmt: skip
