"""What a decision makes public: a first listing, a further revision, a replacement, an accreditation.

Locks are taken in the order case, rows, journal; the links between credentials follow under the journal's lock.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import proposals, publishing, stacking
from credentials.models import Accreditation, Amendment, Credential, Revision
from providers.models import Provider
from providers.publishing import document as body_document
from registry import journal
from registry.casework import services as desk
from registry.casework.models import Decision
from registry.content.bodies import CONDITIONS, in_scope
from registry.documents import iso
from registry.errors import NotAllowed
from registry.framework import current
from registry.framework.law import Version
from registry.journal import Published
from registry.status import status_on


def list_credential(
    revision: Revision, *, effective_on: date, decisions: list[Decision], version: Version, now: datetime
) -> Credential:
    """Publish a credential's first revision. Its first review falls due one period after listing: the period that was
    proposed, else that of its kind in this version of the law."""
    credential = revision.credential
    credential.listed_on = effective_on
    credential.review_period_months = credential.review_period_months or version.review_months(credential.kind)
    credential.review_due = effective_on + relativedelta(months=credential.review_period_months)
    credential.decisions = [_public(d) for d in decisions]
    _publish(credential, revision, effective_on=effective_on, decision=decisions[0], now=now)
    return credential


def _publish(
    credential: Credential, revision: Revision, *, effective_on: date, decision: Decision, now: datetime
) -> Published:
    """Publish a decided revision, give it and its entry their numbers, and keep the links in step."""
    revision.effective_from = effective_on
    published = journal.publish(
        publishing.credential_document(credential, revision), effective_from=effective_on,
        decision_number=decision.number, reason=decision.reason, now=now,
    )  # fmt: skip
    credential.number, revision.number = published.number, published.revision
    credential.save()
    revision.save(update_fields=["number", "effective_from"])
    stacking.keep_one(credential, revision.details.get("stacking") or [])
    return published


def accredit(
    *, credential: Credential, provider: Provider, effective_on: date, sites: list[str], delivery_modes: list[str],
    languages: list[str], decision: Decision, until: date | None = None, jointly_with: Sequence[Provider] = (),
    conditions: Sequence[Mapping[str, Any]] = (), now: datetime | None = None,
) -> Accreditation:  # fmt: skip
    """Accredit a provider to deliver a listed credential, alone or together with others, and publish that.

    Raises NotAllowed for a standard-setting body, which develops and never delivers (NZ-16), for one that is not
    registered on the day, and for one whose registration does not cover the credential.
    """
    for body in (provider, *jointly_with):
        _check_may_deliver(body, credential, effective_on)
    accreditation = Accreditation(
        credential=credential, provider=provider, accredited_from=effective_on, accredited_until=until, sites=sites,
        delivery_modes=delivery_modes, languages=languages, jointly_with=[body.number for body in jointly_with],
        conditions=CONDITIONS.read(list(conditions)) or [],
    )  # fmt: skip
    published = journal.publish(
        publishing.accreditation_document(accreditation, decisions=[_public(decision)]),
        effective_from=effective_on, decision_number=decision.number, reason=decision.reason,
        now=now or timezone.now(),
    )  # fmt: skip
    accreditation.number = published.number
    accreditation.save()
    return accreditation


def conditions_of(decision: Decision) -> list[dict[str, Any]]:
    """The conditions of a decision as an accreditation tells them in public: from when, and until when they are due."""
    language = get_language() or "en"
    return [
        {"text": {language: condition.text}, "due_on": iso(condition.due_on), "from": iso(decision.effective_on)}
        for condition in decision.conditions.all()
    ]


def _check_may_deliver(body: Provider, credential: Credential, day: date) -> None:
    if not body.may_deliver:
        raise NotAllowed(_("A standard-setting body develops and never delivers: decline the accreditation."))
    said = {"number": body.number, "name": body.title}
    document = body_document(body)
    if status_on(document, day) != "registered" or not body.registered_on or body.registered_on > day:
        raise NotAllowed(_("%(number)s %(name)s is not registered on that day.") % said)
    content = credential.revisions.latest_public()
    offered = publishing.credential_document(credential, content) if content else {"kind": credential.kind}
    if not in_scope(document, offered, day):
        raise NotAllowed(_("The registration of %(number)s %(name)s does not cover it.") % said)


# -- amendments ------------------------------------------------------------------------------------------------------


def release(amendment: Amendment, decision: Decision, *, now: datetime) -> list[Callable[[], str]]:
    """Make public what was approved and is in effect: a further revision, or another entry in the place of this one.

    Returns sentences for the letter and the notices, each asked for in the language of its reader.
    """
    category = current.profile().category(amendment.category)
    replacing = category is not None and category.makes == "replacement"
    credential = Credential.objects.select_for_update().get(pk=amendment.credential_id)
    revision = amendment.revision
    if not replacing:
        _tell(credential, amendment, decision)
        revision.credential = credential
        published = _publish(credential, revision, effective_on=decision.effective_on, decision=decision, now=now)
        said = {"number": published.number, "revision": published.revision}
        return [lambda: _("%(number)s is now in revision %(revision)s.") % said]
    revision.credential.review_period_months = credential.review_period_months
    successor = list_credential(
        revision,
        effective_on=decision.effective_on,
        decisions=[decision],
        version=desk.version_of(amendment.case),
        now=now,
    )
    _tell(credential, amendment, decision)
    credential.replaced_by = [*credential.replaced_by, _link(successor.number, amendment)]
    latest = credential.revisions.latest_public()
    kept = latest.copied(effective_from=decision.effective_on)
    kept.credential = credential
    kept.save()
    _publish(credential, kept, effective_on=decision.effective_on, decision=decision, now=now)
    said = {"new": successor.number, "old": credential.number}
    return [lambda: _("%(new)s replaces %(old)s.") % said]


def _tell(credential: Credential, amendment: Amendment, decision: Decision) -> None:
    """What an amendment says of the entry itself, and the decision by which it does."""
    proposals.apply_entry(credential, amendment.entry)
    credential.transition = amendment.transition_note or credential.transition
    credential.decisions = [*credential.decisions, _public(decision)]


def _link(number: str, amendment: Amendment) -> dict[str, Any]:
    """How one entry names the other that replaces it, or that it replaces."""
    link = {"number": number, "equivalence": amendment.equivalence, "note": amendment.transition_note}
    return {name: said for name, said in link.items() if said}


def replaces(amendment: Amendment) -> list[dict[str, Any]]:
    """What the successor says of the entry that it replaces."""
    return [_link(amendment.credential.number, amendment)]


def _public(decision: Decision) -> dict[str, Any]:
    return {
        "number": decision.number,
        "matter": decision.matter,
        "outcome": decision.outcome,
        "date": decision.effective_on.isoformat(),
    }
