"""What becomes of accreditations where their bodies became others: how they are found, and what is done with each (P13).

Nothing happens to what is not named here: entries that a body awards or develops alter by cases of their own.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from credentials import delivering, publishing
from credentials.models import Accreditation, Credential
from credentials.services.publication import public_decision
from providers import succession
from providers.models import Provider
from providers.succession import APPLY_AGAIN, CLOSE, TRANSFER, Held, Line
from registry import journal
from registry.casework.kinds import Sentence
from registry.casework.models import Decision
from registry.documents import iso
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.status import DAY

# Of so many entries, a page names each.
MOST_NAMED = 50
SETTLED = "The body that held it became another; decided one by one."


def held(provider: Provider, day: date) -> list[Held]:
    """The accreditations of a body that hold on a day, or from later on, by their number."""
    found = Accreditation.objects.present(day).filter(provider=provider).select_related("credential").order_by("number")
    return [Held(a.number, provider.number, a.credential.number, _title(a.credential)) for a in found]


def _title(credential: Credential) -> str:
    content = credential.revisions.latest_public()
    return content.title if content else ""


def why_not(number: str, to: Provider, on: date) -> str | None:
    """Why an accreditation cannot be handed on to a body from a day: it may not deliver the entry, or does so already."""
    credential = Credential.objects.get(accreditations__number=number)
    return delivering.why_not(to, credential, on) or delivering.already(to, credential, on)


def lock(numbers: Sequence[str]) -> None:
    """Lock the entries and the accreditations, in the order in which others do, before anything is published."""
    chosen = Accreditation.objects.filter(number__in=numbers)
    credentials = Credential.objects.select_for_update(no_key=True)
    list(credentials.filter(pk__in=chosen.values("credential")).order_by("pk"))
    list(chosen.select_for_update(no_key=True).order_by("pk"))


def settle(line: Line, *, to: Provider | None, on: date, decision: Decision, now: datetime) -> Sentence:
    """Do what was decided of one accreditation, whose row is locked, and publish that.

    Raises Conflict where it has been ended meanwhile, and NotAllowed where the successor may not deliver the entry.
    """
    accreditation = Accreditation.objects.select_related("credential", "provider").get(number=line.held.number)
    if not Accreditation.objects.present(on).filter(pk=accreditation.pk).exists():
        raise Conflict(_("%(number)s has ended meanwhile.") % {"number": line.held.number})
    if line.what == TRANSFER and to is not None:
        return _hand_on(accreditation, to, on, decision, now)
    if line.what in (CLOSE, APPLY_AGAIN) and line.until is not None:
        _end(accreditation, line.until, decision, now)
        said = {"number": accreditation.number, "day": iso(accreditation.accredited_until)}
        return lambda: _("The last day of %(number)s is %(day)s.") % said
    return lambda: _("%(number)s is kept.") % {"number": accreditation.number}


def _hand_on(old: Accreditation, to: Provider, on: date, decision: Decision, now: datetime) -> Sentence:
    """A new accreditation of the successor, under a number of its own, in the place of the old one."""
    begins = max(on, old.accredited_from)
    if refusal := why_not(old.number, to, on):
        raise NotAllowed(f"{old.number}: {refusal}")
    new = Accreditation(
        credential=old.credential, provider=to, accredited_from=begins, accredited_until=old.accredited_until,
        suspensions=_going_on(old, begins), sites=old.sites, delivery_modes=old.delivery_modes,
        languages=old.languages, conditions=old.conditions, jointly_with=_partners(old, to, on),
    )  # fmt: skip
    if old.accredited_from < begins:
        _end(old, begins - DAY, decision, now)
    else:
        old.withdrawn_on = on
        _publish(old, decision, now)
    new.number = _publish(new, decision, now)
    new.save()
    said = {"old": old.number, "new": new.number, "to": f"{to.number} {to.title}"}
    return lambda: _("%(old)s is handed on to %(to)s as %(new)s.") % said


def _going_on(old: Accreditation, begins: date) -> list[DateRange]:
    """What suspends an accreditation suspends the one that takes its place: nobody leaves a suspension by a merger."""
    return [
        DateRange(max(s.lower, begins), s.upper, "[)") for s in old.suspensions if s.upper is None or s.upper > begins
    ]


def _partners(old: Accreditation, to: Provider, on: date) -> list[str]:
    """Who goes on delivering it together with the successor: neither the successor nor whoever has ended by then."""
    goes_on = Provider.objects.filter(number__in=old.jointly_with).exclude(ended_on__lte=on).exclude(pk=to.pk)
    kept = set(goes_on.values_list("number", flat=True))
    return [number for number in old.jointly_with if number in kept]


def _end(accreditation: Accreditation, until: date, decision: Decision, now: datetime) -> None:
    """Give an accreditation its last day; one that ends earlier anyway keeps its own."""
    if until < accreditation.accredited_from:
        raise RegisterError(
            _("%(number)s begins on %(day)s only: it cannot end before that.")
            % {"number": accreditation.number, "day": iso(accreditation.accredited_from)}
        )
    accreditation.accredited_until = min(until, accreditation.accredited_until or until)
    _publish(accreditation, decision, now)


def _publish(accreditation: Accreditation, decision: Decision, now: datetime) -> str:
    """Make public what is said of it now, with the decision by which it is. Returns its number."""
    document = delivering.document_of(accreditation.number) or {}
    decisions = [*(document.get("decisions") or ()), public_decision(decision)]
    published = journal.publish(
        publishing.accreditation_document(accreditation, decisions=decisions), effective_from=decision.effective_on,
        decision_number=decision.number, reason=SETTLED, now=now,
    )  # fmt: skip
    if accreditation.pk:
        accreditation.save(update_fields=["accredited_until", "withdrawn_on"])
    return published.number


def named(provider: Provider) -> list[str]:
    """What else names a body: the entries that it awards or develops, and the accreditations that it holds with others."""
    entries = Credential.objects.of_body(provider).order_by("number")
    said = [
        _("%(number)s %(title)s: %(role)s") % {"number": c.number, "title": _title(c), "role": _role(c, provider)}
        for c in entries[:MOST_NAMED]
    ]
    if (more := entries.count() - MOST_NAMED) > 0:
        said.append(_("and %(count)d more") % {"count": more})
    joint = Accreditation.objects.exclude(number=None).filter(jointly_with__contains=[provider.number])
    return said + [
        _("%(number)s is held by %(holder)s jointly with it.") % {"number": a.number, "holder": a.provider.number}
        for a in joint.select_related("provider").order_by("number")[:MOST_NAMED]
    ]


def _role(credential: Credential, provider: Provider) -> str:
    if credential.awarding_body_id == provider.pk:
        return _("%(body)s awards it: propose an amendment") % {"body": provider.number}
    return _("%(body)s develops it: propose that another does") % {"body": provider.number}


HOLDER = succession.Accreditations(of=held, why_not=why_not, lock=lock, settle=settle, named=named)
