"""What a decision makes public: a first listing, a further revision, a replacement, an accreditation.

Locks are taken in the order case, rows, journal; the links between credentials follow under the journal's lock.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from credentials import delivering, proposals, publishing, schedule, stacking
from credentials.gone import why_gone
from credentials.models import Accreditation, Amendment, Credential, Revision
from credentials.services import reinstating
from credentials.services.telling import tell_of_transfer, tell_who_delivers
from providers.models import Provider
from registry import journal
from registry.casework import services as desk
from registry.casework.kinds import Sentence
from registry.casework.models import Condition, Decision
from registry.content.bodies import CONDITIONS
from registry.documents import iso
from registry.errors import Conflict, NotAllowed
from registry.framework import current
from registry.framework.law import Version
from registry.journal import Published
from registry.models import Case


def list_credential(
    revision: Revision, *, effective_on: date, decisions: list[Decision], version: Version, now: datetime
) -> Credential:
    """Publish a credential's first revision. Its first review falls due one period after listing: the period that was
    proposed, else that of its kind in this version of the law."""
    credential = revision.credential
    credential.listed_on = effective_on
    period = credential.review_period_months or version.review_months(credential.kind)
    schedule.begin(credential, effective_on, period)
    credential.decisions = [public_decision(d) for d in decisions]
    _publish(credential, revision, effective_on=effective_on, decision=decisions[0], now=now)
    return credential


def _publish(
    credential: Credential, revision: Revision, *, effective_on: date, decision: Decision, now: datetime
) -> Published:
    """Publish a decided revision, give it and its entry their numbers, and keep the links in step.

    Raises Conflict where the entry was removed meanwhile: nothing brings a tombstone back.
    """
    if refusal := why_gone(credential.number):
        raise Conflict(refusal)
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
    languages: list[str], decision: Decision, begins_on: date | None = None, until: date | None = None,
    jointly_with: Sequence[Provider] = (), conditions: Sequence[Mapping[str, Any]] = (), now: datetime | None = None,
) -> Accreditation:  # fmt: skip
    """Accredit a provider to deliver a listed credential, alone or together with others, and publish that.

    It begins when the decision takes effect, or on a later day where `begins_on` names one.

    Raises NotAllowed for a standard-setting body, which develops and never delivers (NZ-16), for one that is not
    registered on the day, and for one whose registration does not cover the credential.
    """
    for body in (provider, *jointly_with):
        if refusal := delivering.why_not(body, credential, effective_on):
            raise NotAllowed(refusal)
    begins_on = max(begins_on or effective_on, effective_on)
    accreditation = Accreditation(
        credential=credential, provider=provider, accredited_from=begins_on, accredited_until=until, sites=sites,
        delivery_modes=delivery_modes, languages=languages, jointly_with=[body.number for body in jointly_with],
        conditions=CONDITIONS.read(list(conditions)) or [],
    )  # fmt: skip
    published = journal.publish(
        publishing.accreditation_document(accreditation, decisions=[public_decision(decision)]),
        effective_from=effective_on, decision_number=decision.number, reason=decision.reason,
        now=now or timezone.now(),
    )  # fmt: skip
    accreditation.number = published.number
    accreditation.save()
    return accreditation


def conditions_of(decision: Decision) -> list[dict[str, Any]]:
    """The conditions of a decision as an accreditation tells them in public: from when, until when they are due, and
    when one was met that was met before the decision became public."""
    language = get_language() or "en"
    return [
        {
            "text": {language: condition.text}, "due_on": iso(condition.due_on), "from": iso(decision.effective_on),
            **({"met_on": iso(condition.met.met_on)} if hasattr(condition, "met") else {}),
        }
        for condition in decision.conditions.select_related("met")
    ]  # fmt: skip


def tell_condition_met(condition: Condition, *, now: datetime) -> None:
    """An accreditation says in public that one of its conditions is met, and when; nothing else of it alters.

    A condition on another matter is told nowhere in public; one of an accreditation that is not public yet is told with
    it.
    """
    decision = condition.decision
    accreditation = _accredited_by(decision)
    if accreditation is None:
        return
    rows = with_met(accreditation.conditions, condition)
    if rows == accreditation.conditions:
        return
    accreditation.conditions = rows
    accreditation.save(update_fields=["conditions"])
    journal.publish(
        publishing.accreditation_document(
            accreditation, decisions=delivering.document_of(accreditation.number)["decisions"]
        ),
        effective_from=current.today(now), decision_number=decision.number, reason=condition.met.reason, now=now,
    )  # fmt: skip


def with_met(rows: Sequence[Mapping[str, Any]], condition: Condition) -> list[dict[str, Any]]:
    """The conditions as they are public, of which this one says when it was met: another in the same words has other days."""
    kept = [dict(row) for row in rows]
    its = {"due_on": iso(condition.due_on), "from": iso(condition.decision.effective_on)}.items()
    same = (row for row in kept if condition.text in row["text"].values() and its <= row.items())
    if (row := next((row for row in same if not row.get("met_on")), None)) is not None:
        row["met_on"] = iso(condition.met.met_on)
    return kept


def _accredited_by(decision: Decision) -> Accreditation | None:
    """The public accreditation that a decision made: its document names the decision."""
    if decision.matter != "accreditation":
        return None
    held = Accreditation.objects.select_for_update().exclude(number=None)
    for accreditation in held.filter(provider__organisation=decision.case.organisation).order_by("-pk"):
        document = delivering.document_of(accreditation.number)
        if document and decision.number in {d["number"] for d in document["decisions"]}:
            return accreditation
    return None


# -- amendments ------------------------------------------------------------------------------------------------------


def release(amendment: Amendment, decisions: Sequence[Decision], *, now: datetime) -> list[Sentence]:
    """Make public what was approved and is in effect: a further revision, or another entry in the place of this one.

    Those who deliver the entry are told in this same act, and never before it. Returns sentences, each
    asked for in the language of its reader.
    """
    decision = decisions[0]
    category = current.profile().category(amendment.category)
    replacing = category is not None and category.makes == "replacement"
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=amendment.credential_id)
    revision = amendment.revision
    if not replacing:
        before = publishing.credential_document(credential, revision)
        _say(credential, amendment, decisions)
        if proposals.reinstates(amendment):
            reinstating.begin_again(
                credential, decision, before=before, version=desk.version_of(amendment.case), now=now
            )
        revision.credential = credential
        published = _publish(credential, revision, effective_on=decision.effective_on, decision=decision, now=now)
        tell_who_delivers(credential, apart_from=amendment.case, now=now)
        tell_of_transfer(credential, before, apart_from=amendment.case, now=now)
        said = {"number": published.number, "revision": published.revision}
        return [lambda: _("%(number)s is now in revision %(revision)s.") % said]
    revision.credential.review_period_months = credential.review_period_months
    successor = list_credential(
        revision,
        effective_on=decision.effective_on,
        decisions=list(decisions),
        version=desk.version_of(amendment.case),
        now=now,
    )
    _say(credential, amendment, decisions)
    credential.replaced_by = [*credential.replaced_by, _link(successor.number, amendment)]
    _publish_again(credential, decision, now=now)
    tell_who_delivers(credential, apart_from=amendment.case, now=now)
    said = {"new": successor.number, "old": credential.number}
    return [lambda: _("%(new)s replaces %(old)s.") % said]


def make_expiring(
    credential: Credential, decision: Decision, *, apart_from: Case, now: datetime, on: date | None = None
) -> None:  # fmt: skip
    """Publish the end that was put into a locked entry: what it says stays, and those who deliver it are told (E4).

    `on`: from when that is public, where it is not the day on which the decision takes effect.
    """
    credential.decisions = [*credential.decisions, public_decision(decision)]
    _publish_again(credential, decision, on=on, now=now)
    tell_who_delivers(credential, apart_from=apart_from, now=now)


def _publish_again(
    credential: Credential, decision: Decision, *, now: datetime, on: date | None = None
) -> None:  # fmt: skip
    """Publish what the entry says already, because what is told of the entry itself has altered."""
    on = on or decision.effective_on
    kept = credential.revisions.latest_public().copied(effective_from=on)
    kept.credential = credential
    kept.save()
    _publish(credential, kept, effective_on=on, decision=decision, now=now)


def _say(credential: Credential, amendment: Amendment, decisions: Sequence[Decision]) -> None:
    """What an amendment says of the entry itself, and the decisions by which it does."""
    before = proposals.said_of_the_entry(credential)
    proposals.apply_entry(credential, amendment.entry, reinstating=proposals.reinstates(amendment))
    credential.transition = amendment.transition_note or credential.transition
    altered = proposals.altered(before, proposals.said_of_the_entry(credential))
    amendment.effects = {**altered, "content": amendment.revision.said != amendment.base.said}
    amendment.save(update_fields=["effects"])
    credential.decisions = [*credential.decisions, *(public_decision(decision) for decision in decisions)]


def _link(number: str, amendment: Amendment) -> dict[str, Any]:
    """How one entry names the other that replaces it, or that it replaces."""
    link = {"number": number, "equivalence": amendment.equivalence, "note": amendment.transition_note}
    return {name: said for name, said in link.items() if said}


def replaces(amendment: Amendment) -> list[dict[str, Any]]:
    """What the successor says of the entry that it replaces."""
    return [_link(amendment.credential.number, amendment)]


def public_decision(decision: Decision) -> dict[str, Any]:
    """How a public record names the decision by which it says something."""
    return {
        "number": decision.number,
        "matter": decision.matter,
        "outcome": decision.outcome,
        "date": decision.effective_on.isoformat(),
    }
