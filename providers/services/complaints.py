"""Complaints about providers: received, looked into, advised on by one person and concluded by another (section 4.8).

Who complains stands in a row of its own. Nothing here writes a name anywhere else: events hold a salted digest, and what
goes out by mail goes to an address that is forgotten once it has gone.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.models import Complainant, Complaint, Finding, Provider
from registry.canonical import canonical
from registry.casework import kinds, notices, workflow
from registry.casework import services as desk
from registry.errors import NotAllowed, RegisterError
from registry.framework import current
from registry.framework.calendar import due
from registry.models import Case, User
from registry.people import roles

COMPLAINT = "complaint"
ABOUT_IT = ("text", "happened_on", "own_process", "process_said", "pursued", "may_be_named")
WHO = ("name", "email", "address", "telephone")
# The same words about the same provider, from the same person within this time, are the same complaint.
SAME_WITHIN = timedelta(days=1)
RECORDERS = ("registrar", "evaluator")
Outcome = Finding.Outcome
# Of what a provider is told, or may be asked to do, it has been heard before.
HEARD_FIRST = (Outcome.ADVICE, Outcome.COMPLIANCE_NOTICE, Outcome.CONDITION)
# What each outcome means, in words that take no side and name nobody.
MEANINGS = {
    Outcome.NO_ACTION: gettext_lazy("No further step is taken."),
    Outcome.ADVICE: gettext_lazy("The authority advises the provider."),
    Outcome.COMPLIANCE_NOTICE: gettext_lazy(
        "The authority considers a further step. It has a procedure of its own, in which the provider is heard."
    ),
    Outcome.CONDITION: gettext_lazy(
        "The authority considers a further step. It has a procedure of its own, in which the provider is heard."
    ),
    Outcome.REFERRAL: gettext_lazy("The matter has been passed to another body that is responsible for it."),
}


# -- received ----------------------------------------------------------------------------------------------------------


def receive_complaint(
    *, number: str, values: Mapping[str, Any], language: str = "en", now: datetime | None = None
) -> str:
    """Take in a complaint about a provider of the register from somebody without an account; the reference of its case.
    Sent again within a day, it gets the same one.

    `values`: fields of `Complaint` and of `Complainant` by name. Raises RegisterError for a provider that there is not, for
    what is missing, and for a day that has not come.
    """
    now = now or timezone.now()
    provider = Provider.objects.filter(number=number).select_related("organisation").first()
    if provider is None:
        raise RegisterError(_("The register has no provider of this number."))
    told, who = _read(values, current.today(now))
    with transaction.atomic():
        desk.one_at_a_time(COMPLAINT, number, told["text"], *who.values())
        same = Complaint.objects.filter(
            provider=provider, text=told["text"], case__opened_at__gt=now - SAME_WITHIN,
            **{f"complainant__{name}": said for name, said in who.items()},
        )  # fmt: skip
        if known := same.select_related("case").first():
            return known.case.reference
        received = {"channel": Complaint.Channel.FORM, "received_on": current.today(now)}
        return _keep(provider, told | received, who, language, now=now).reference


def record_complaint(
    *, provider: Provider, by: User, values: Mapping[str, Any], channel: str, received_on: date, language: str = "en",
    now: datetime | None = None,
) -> Case:  # fmt: skip
    """An officer records a complaint that came as a letter, an e-mail, by telephone or in person.

    Raises NotAllowed for anybody but a registrar or an evaluator; RegisterError for what is missing, and for a day that has
    not come.
    """
    now = now or timezone.now()
    today = current.today(now)
    role = next((role for role in RECORDERS if role in roles.staff_roles(by)), None)
    if role is None:
        raise NotAllowed(_("Your role does not allow this."))
    if channel not in Complaint.Channel.values:
        raise RegisterError(_("Choose how it came."))
    if received_on > today:
        raise RegisterError(_("It was received today or earlier."))
    told, who = _read(values, received_on)
    with transaction.atomic():
        received = {"channel": channel, "received_on": received_on}
        return _keep(provider, told | received, who, language, by=by, role=role, now=now)


def _read(values: Mapping[str, Any], received_on: date) -> tuple[dict[str, Any], dict[str, str]]:
    """What is complained of, and who complains; each checked."""
    told = {name: values.get(name) for name in ABOUT_IT}
    for name in ("text", "process_said", "pursued"):
        told[name] = str(told[name] or "").strip()
    told["may_be_named"] = bool(told["may_be_named"])
    if not told["text"]:
        raise RegisterError(_("Say what happened."))
    if told["own_process"] not in Complaint.OwnProcess.values:
        raise RegisterError(_("Say whether the provider was asked first."))
    if told["happened_on"] is None or told["happened_on"] > received_on:
        raise RegisterError(_("It happened on the day on which it was written of, or earlier."))
    return told, {name: str(values.get(name) or "").strip() for name in WHO}


def _keep(
    provider: Provider, told: Mapping[str, Any], who: Mapping[str, str], language: str, *, now: datetime, **recorded: Any
) -> Case:  # fmt: skip
    salt = secrets.token_hex(16)
    digest = hashlib.sha256(canonical([salt, *who.values()])).hexdigest()
    case = desk.receive_case(
        kind=COMPLAINT, organisation=provider.organisation, title=provider.title, now=now,
        details={"complainant_sha256": digest, "channel": str(told["channel"])}, **recorded,
    )  # fmt: skip
    complaint = Complaint.objects.create(case=case, provider=provider, **told)
    Complainant.objects.create(complaint=complaint, salt=salt, language=language, **who)
    _write(case, "complaint:received", now=now)
    return case


def _write(case: Case, name: str, *, now: datetime, **said: Any) -> None:
    """Owe the complainant a mail, where an address is known: it says what became of the complaint, and nothing of who."""
    complaint = case.complaint
    who = Complainant.objects.filter(complaint=complaint).first()
    if who is not None:
        notices.owe_to_address(
            case, who.email, name=name, language=who.language, now=now, provider=complaint.provider.title, **said
        )


# -- whether it is looked into -----------------------------------------------------------------------------------------


def too_old(complaint: Complaint) -> bool:
    """Whether what it is about happened longer before than complaints are taken (`complaint_limit` of the law)."""
    limit = current.version_on(complaint.received_on).deadlines["complaint_limit"]
    return complaint.received_on > due(complaint.happened_on, limit, current.profile().calendar)


@desk.logged_when_refused
def refer_to_provider(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """The provider's own process comes first: the complainant is told, and may come back."""
    return _move(case_id, "refer_to_provider", "complaint:provider_first", by, reason, expected_revision, now)


@desk.logged_when_refused
def take_up(
    *, case_id: int, by: User, process_reason: str = "", limit_reason: str = "", expected_revision: int | None = None,
    now: datetime | None = None,
) -> Case:  # fmt: skip
    """An evaluator looks into it. Where the provider's own process has not ended, or what it is about happened too long
    before, they say why it goes on nonetheless: that it has been actively pursued, for instance.

    Raises RegisterError where such a reason is missing.
    """
    now = now or timezone.now()
    case = workflow.lock(case_id)
    complaint = case.complaint
    complaint.process_reason, complaint.limit_reason = process_reason.strip(), limit_reason.strip()
    workflow.check_state(case, kinds.get(COMPLAINT).transition("take_up"))
    if complaint.own_process != Complaint.OwnProcess.ENDED and not complaint.process_reason:
        raise RegisterError(_("The provider's own process has not ended: say why it goes on nonetheless."))
    if too_old(complaint) and not complaint.limit_reason:
        raise RegisterError(_("It happened too long before: say why it goes on, such as that it was actively pursued."))
    case.assigned_to = by
    reasons = {"process_reason": complaint.process_reason, "limit_reason": complaint.limit_reason}
    details = {
        "assigned_to": str(by.person_id), "reason": " ".join(said for said in reasons.values() if said), **reasons
    }  # fmt: skip
    workflow.move(case, "take_up", by=by, expected_revision=expected_revision, details=details, now=now)
    complaint.save()
    _write(case, "complaint:taken_up", now=now)
    return case


@desk.logged_when_refused
def put_out_of_scope(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """It is nothing that the authority looks into, or it came too late; the complainant reads the reason."""
    return _move(case_id, "out_of_scope", "complaint:out_of_scope", by, reason, expected_revision, now, ends=True)


@desk.logged_when_refused
def take_back_complaint(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """The complainant does not go on with it, and an officer records that."""
    return _move(case_id, "take_back_complaint", "complaint:taken_back", by, reason, expected_revision, now)


def _move(
    case_id: int, name: str, told_as: str, by: User, reason: str, expected_revision: int | None, now: datetime | None,
    *, ends: bool = False,
) -> Case:  # fmt: skip
    now = now or timezone.now()
    if not reason.strip():
        raise RegisterError(_("Give a reason."))
    case = workflow.lock(case_id)
    if ends:
        case.decided_at = now
    details = {"reason": reason.strip()}
    workflow.move(case, name, by=by, expected_revision=expected_revision, details=details, now=now)
    _write(case, told_as, now=now, reason=reason.strip())
    return case


# -- what is found -----------------------------------------------------------------------------------------------------


@desk.logged_when_refused
def advise(
    *, case_id: int, by: User, outcome: str, reason: str, expected_revision: int | None = None,
    now: datetime | None = None,
) -> Finding:  # fmt: skip
    """Whoever looked into it advises on the outcome; another concludes. Raises RegisterError where the provider was not
    heard on what it would be advised or asked to do."""
    return _find(case_id, "advise", "recommended", by, outcome, reason, expected_revision, now)


@desk.logged_when_refused
def conclude(
    *, case_id: int, by: User, outcome: str, reason: str, to_complainant: str = "", to_provider: str = "",
    expected_revision: int | None = None, now: datetime | None = None,
) -> Finding:  # fmt: skip
    """A decision maker who took no other part concludes it (four eyes): the complainant is told in neutral words, and so is
    the provider, where it was heard. It imposes nothing."""
    now = now or timezone.now()
    texts = {"to_complainant": to_complainant.strip(), "to_provider": to_provider.strip()}
    finding = _find(case_id, "conclude", "decided", by, outcome, reason, expected_revision, now, **texts)
    meaning = MEANINGS[outcome]
    _write(
        finding.complaint.case,
        "complaint:concluded",
        now=now,
        outcome=lambda: str(meaning),
        text=texts["to_complainant"],
    )
    return finding


def _find(
    case_id: int, name: str, part: str, by: User, outcome: str, reason: str, expected_revision: int | None,
    now: datetime | None, **texts: str,
) -> Finding:  # fmt: skip
    now = now or timezone.now()
    if outcome not in Outcome.values:
        raise RegisterError(_("Choose the outcome."))
    if not reason.strip():
        raise RegisterError(_("Give a reason."))
    case = workflow.lock(case_id)
    workflow.check_state(case, kinds.get(COMPLAINT).transition(name))
    if outcome in HEARD_FIRST and not case.information_requests.exists():
        raise RegisterError(_("The provider has not been heard: ask it first what it says."))
    final = part == "decided"
    if final:
        case.decided_at = now
    tell = {"outcome": lambda: str(MEANINGS[outcome]), "to_provider": texts.get("to_provider", "")} if final else {}
    workflow.move(
        case, name, by=by, expected_revision=expected_revision, details={"finding": outcome, "reason": reason.strip()},
        tell=tell, now=now,
    )  # fmt: skip
    return Finding.objects.create(
        complaint=case.complaint,
        final=final,
        outcome=outcome,
        reason=reason.strip(),
        made_by=by,
        recorded_at=now,
        **texts,
    )


@desk.logged_when_refused
def close_complaint(
    *, case_id: int, by: User, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Everybody has been told, and what follows has begun elsewhere: nothing is left to do in it."""
    return workflow.move(workflow.lock(case_id), "close", by=by, expected_revision=expected_revision, now=now)


# -- who complains -----------------------------------------------------------------------------------------------------


@desk.logged_when_refused
def show_complainant(*, case_id: int, by: User, now: datetime | None = None) -> list[tuple[Any, str]]:
    """Who complains, as labels and texts, for a registrar or the officer of the case; that they read it stands in the
    chain of the case. Raises NotAllowed for others, and once that has been forgotten."""
    case = workflow.lock(case_id)
    workflow.move(case, "show_complainant", by=by, now=now)
    who = Complainant.objects.get(complaint_id=case_id)
    label = {field.name: field.verbose_name for field in Complainant._meta.get_fields() if field.name in WHO}
    return [(label[name], said) for name in WHO if (said := getattr(who, name))] or [(label["name"], _("not given"))]


@desk.logged_when_refused
def forget_complainant(
    *, case_id: int, by: User, reason: str, expected_revision: int | None = None, now: datetime | None = None
) -> Case:
    """Forget who complained, once the case has ended and the time for keeping that is over (edge case 41).

    The events keep a digest that nobody can make again; a mail that has not gone out goes no more.
    """
    if not reason.strip():
        raise RegisterError(_("Say by which rule they are forgotten."))
    case = workflow.lock(case_id)
    details = {"reason": reason.strip()}
    workflow.move(case, "forget_complainant", by=by, expected_revision=expected_revision, details=details, now=now)
    notices.forget_addresses(case)
    Complainant.objects.filter(complaint_id=case_id).delete()
    return case
