"""Amending what is public: an officer drafts or a provider proposes, another decides, and nothing that was public is ever
written over."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from credentials import delivering, guards, proposals
from credentials.lifecycle import AMENDMENT, CHANGE, DRAFTERS
from credentials.models import Amendment, Credential
from credentials.services.applications import check_acts_for
from credentials.services.preparing import body_of
from credentials.services.publication import release, replaces
from providers.models import Provider
from registry.casework import services as desk
from registry.casework import workflow
from registry.casework.kinds import Sentence
from registry.casework.models import Decision, Outcome
from registry.content.dictionary import EQUIVALENCES
from registry.documents import iso
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.models import Case, Organisation, User
from registry.people import roles

WRITTEN = (
    "entry", "category", "category_reason", "equivalence", "transition_note", "teach_out", "consent", "consented_on",
)  # fmt: skip


def propose(*, credential_id: int, by: User, now: datetime | None = None) -> Amendment:
    """A draft that says what the entry says now. It is decided as one case, under a reference of its own.

    Raises NotAllowed for anybody but a registrar or an evaluator, and Conflict where another amendment of the entry is
    open or waits for its day: one would overtake the other unseen.
    """
    held = [role for role in DRAFTERS if role in roles.staff_roles(by)]
    if not held:
        raise NotAllowed(_("Only a registrar or an evaluator proposes a change of an entry."))
    with transaction.atomic():
        credential = Credential.objects.select_for_update().get(pk=credential_id)
        _check_is_public(credential)
        _nothing_else_is_open(credential)
        case = desk.open_case(kind=AMENDMENT, organisation=body_of(credential), by=by, role=held[0], now=now)
        return _draft(credential, case, now)


def propose_change(*, provider: Provider, number: str, by: User, now: datetime | None = None) -> Amendment:
    """A draft of the provider's own that says what the entry says now; the authority sees it once it is handed in.

    Raises NotAllowed where `by` does not act for the provider today, or the provider neither awards nor develops the
    entry; Conflict where the provider has an open change of it already.
    """
    check_acts_for(provider, by)
    with transaction.atomic():
        credential = Credential.objects.of_body(provider).select_for_update(of=("self",)).filter(number=number).first()
        if credential is None:
            raise NotAllowed(_("Only the body that awards or develops an entry proposes a change of it."))
        _check_is_public(credential)
        own = credential.amendments.of_providers().filter(case__organisation=provider.organisation)
        for other in own.open().select_related("case"):
            raise Conflict(
                _("%(reference)s proposes a change of this entry already.") % {"reference": other.case.reference}
            )
        case = desk.open_case(kind=CHANGE, organisation=provider.organisation, by=by, now=now)
        return _draft(credential, case, now)


def propose_to_follow(part: int, ending: Credential, *, now: datetime) -> Amendment:
    """The draft, opened by the register itself, in which an entry is proposed to end with one that it is part of (edge
    case 10). Raises as `propose` does where another change of it is open."""
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=part)
    _check_is_public(credential)
    _nothing_else_is_open(credential)
    case = desk.open_case(kind=AMENDMENT, organisation=body_of(credential), by=None, role=workflow.SYSTEM, now=now)
    amendment = _draft(credential, case, now)
    names = ("expiring_from", "expiry_end", "last_award")
    amendment.entry = {name: iso(day) for name in names if (day := getattr(ending, name))}
    amendment.follows = ending
    amendment.save(update_fields=["entry", "follows"])
    return amendment


def begin_required(
    credential: Credential, organisation: Organisation, *, answer_by: date, now: datetime
) -> Amendment:  # fmt: skip
    """The draft of the change that a review required of a body: one that it has open already, else one that the register
    begins for it (section 4.6 of the domain specification). It is to be handed in by a day."""
    own = credential.amendments.of_providers().filter(case__organisation=organisation, case__state="draft")
    amendment = own.select_related("case").order_by("pk").first()
    if amendment is None:
        case = desk.open_case(kind=CHANGE, organisation=organisation, by=None, role=workflow.SYSTEM, now=now)
        amendment = _draft(credential, case, now)
    amendment.case.answer_by = answer_by
    amendment.case.save(update_fields=["answer_by"])
    return amendment


def _check_is_public(credential: Credential) -> None:
    if credential.revisions.latest_public() is None or delivering.document_of(credential.number) is None:
        raise RegisterError(_("This credential is not public yet: its application is what may be changed."))


def _draft(credential: Credential, case: Case, now: datetime | None) -> Amendment:
    """A draft that says what is public now."""
    latest = credential.revisions.latest_public()
    case.title = latest.title
    case.save(update_fields=["title"])
    revision = latest.copied()
    revision.save()
    return Amendment.objects.create(
        case=case, credential=credential, revision=revision, based_on=latest.number, entry={},
        ended_when_written=delivering.ended_by(credential.number, current.today(now)),
    )  # fmt: skip


def _nothing_else_is_open(credential: Credential) -> None:
    for other in credential.amendments.before_the_authority().select_related("case"):
        raise Conflict(
            _("%(reference)s proposes a change of this entry already.") % {"reference": other.case.reference}
        )
    for other in credential.amendments.waiting().select_related("case", "revision"):
        said = {"reference": other.case.reference, "day": other.revision.effective_from.isoformat()}
        raise Conflict(_("%(reference)s has been approved and takes effect on %(day)s: wait for that day.") % said)


@desk.logged_when_refused
def save_amendment(
    *,
    case_id: int,
    by: User,
    values: Mapping[str, Any],
    expected_revision: int | None = None,
    now: datetime | None = None,
) -> Amendment:
    """Keep what was written. `values` are `content` by field, `entry`, `category` and what explains it, `teach_out`, and
    the `consent` of a body that takes the entry on.

    A category that makes a replacement gives the draft a credential of its own; another one gives it back. Of a
    provider's change it is always known: the one that was chosen, else the one that follows from what is altered. Raises
    Conflict where a colleague has saved meanwhile.
    """
    case = workflow.lock(case_id)
    amendment = Amendment.objects.select_related("revision", "credential").get(case=case)
    proposals.fill(amendment.revision, values.get("content") or {})
    if "category" not in values and not values.get("category_reason", amendment.category_reason):
        amendment.category = ""  # it follows from what is altered, unless somebody chooses another and says why
    amendment.ended_when_written = delivering.ended_by(amendment.credential.number, current.today(now))
    for name in WRITTEN:
        if name in values:
            setattr(amendment, name, values[name])
    if amendment.category and current.profile().category(amendment.category) is None:
        raise RegisterError(_("There is no category %(code)s of change.") % {"code": amendment.category})
    if amendment.equivalence and amendment.equivalence not in EQUIVALENCES:
        raise RegisterError(_("Choose equivalent, partly equivalent or not equivalent."))
    if case.kind == CHANGE:
        _derive(amendment)
    case.title = amendment.revision.title
    details = {"fields": sorted(values.get("content") or {}), "category": amendment.category}
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details=details, now=now)
    _settle(amendment)
    amendment.revision.save()
    amendment.save()
    amendment.case = case
    return amendment


def _derive(amendment: Amendment) -> None:
    """The category that follows from what is altered, unless another one was chosen: none where nothing is."""
    if not amendment.category:
        follows = proposals.category_of(amendment)
        amendment.category = follows.code if follows else ""


def _settle(amendment: Amendment) -> None:
    """Give the draft the credential that it is a revision of: the entry's own, or its successor's."""
    category = current.profile().category(amendment.category)
    replacing = category is not None and category.makes == "replacement"
    old, own = amendment.credential, amendment.revision.credential
    if replacing:
        if own.pk == old.pk:
            own = Credential.objects.create(
                kind=old.kind, awarding_body=old.awarding_body, developer=old.developer,
                joint_awarding_bodies=old.joint_awarding_bodies, partners=old.partners,
            )  # fmt: skip
            amendment.revision.credential = own
        own.replaces = replaces(amendment)
        own.save(update_fields=["replaces"])
    elif own.pk != old.pk:
        amendment.revision.credential = old
        amendment.revision.save(update_fields=["credential"])
        own.delete()


@desk.logged_when_refused
def rebase(*, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None) -> Amendment:
    """Base the draft on the revision that became public meanwhile: what it does not alter is what that one says."""
    case = workflow.lock(case_id)
    amendment = Amendment.objects.select_related("revision", "credential").get(case=case)
    latest = amendment.credential.revisions.latest_public()
    proposals.carry_over(amendment.revision, before=amendment.base, after=latest)
    details = {"from_revision": amendment.based_on, "to_revision": latest.number}
    workflow.move(case, "rebase", by=by, expected_revision=expected_revision, details=details, now=now)
    amendment.revision.save()
    amendment.based_on = latest.number
    amendment.category = amendment.category if amendment.category_reason else ""
    if case.kind == CHANGE:
        _derive(amendment)
        _settle(amendment)
        amendment.revision.save(update_fields=["credential"])
    amendment.save(update_fields=["based_on", "category"])
    return amendment


@desk.logged_when_refused
def submit_amendment(
    *, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Hand the amendment to a decision maker, judged by the law of this day.

    Raises RuleViolations with a message for each field, and RegisterError for an amendment that alters nothing or whose
    category differs from the proposed one without a reason.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    amendment = Amendment.objects.select_related("revision__credential", "credential").get(case=case)
    case.profile = current.version_on(current.today(now)).id
    case.submitted_at = case.submitted_at or now
    proposals.check_category(amendment)
    if not amendment.category:
        amendment.category = proposals.proposed_category(amendment).code
        _settle(amendment)
        amendment.revision.save(update_fields=["credential"])
        amendment.save()
    broken = [v for v in desk.broken_rules(case) if v.severity == "error" and not v.waivable]
    if broken:
        raise RuleViolations(broken)
    case.level = amendment.revision.level or ""
    details = {"profile": case.profile, "category": amendment.category}
    return workflow.move(case, "submit", by=by, expected_revision=expected_revision, details=details, now=now)


def publish_amended(*, case: Case, decisions: list[Decision], by: User, now: datetime) -> list[Sentence]:
    """What an approval does: the amendment is public.

    Raises RegisterError where some of its matters are granted and others are not: a change has no halves.
    """
    granted = [decision for decision in decisions if Outcome.grants(decision.outcome)]
    if not granted:
        return []
    if len(granted) < len(decisions):
        raise RegisterError(_("A change is approved or declined as a whole: decide every matter of it alike."))
    amendment = Amendment.objects.select_related("revision__credential", "credential", "case").get(case=case)
    # It may have been approved for a later day: the entry or the bodies may have moved on meanwhile.
    for guard in (guards.ended_as_it_was_written, guards.receiving_bodies_may):
        if refusal := guard(case, by, current.today(now)):
            raise RegisterError(refusal)
    return release(amendment, decisions, now=now)


def freeze_amended(case: Case, effective_on: date) -> None:
    """Let nothing of an amendment be altered while it waits for its day: the database refuses it from now on."""
    revision = Amendment.objects.select_related("revision").get(case=case).revision
    revision.effective_from = effective_on
    revision.save(update_fields=["effective_from"])
