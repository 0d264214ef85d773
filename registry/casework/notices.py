"""Messages owed to people. The row is the truth; the worker is only woken, and finds what is owed by itself.

A notice is written in the language of who receives it, stands in their portal or at their desk, and goes out as mail. It
never is the only copy of a decision: that stands with the case, with its letter.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry.casework import kinds
from registry.casework.guards import took_part_before
from registry.casework.letters.texts import TEXTS
from registry.casework.models import Case, Notice, Part, Release
from registry.celery import app
from registry.errors import RegisterError
from registry.framework import current
from registry.people import roles
from registry.people.models import Membership, User

log = logging.getLogger(__name__)
# After each refusal the next attempt waits twice as long, from a minute to a day; after a fortnight people must look.
FIRST_WAIT, LONGEST_WAIT, MAX_ATTEMPTS = timedelta(minutes=1), timedelta(days=1), 24
DELIVER = "registry.tasks.deliver_notices"
# An act waits at most this long, in seconds, for each answer of the broker, and for few of them (design 3).
PATIENCE = {"socket_connect_timeout": 0.1, "socket_timeout": 0.1, "max_retries": 0}
# The texts that tell nothing of a decision which is not public yet.
DISCREET = ("decided_under_embargo", "under_embargo")


def owe(
    case: Case | None, people: Iterable[User], *, name: str, now: datetime, key: str | None = None, **said: Any
) -> list[Notice]:
    """Write down that each of these people is owed this message, in the transaction of the act that causes it.

    `name` is one of the texts of `registry.casework.letters.texts`, `said` what fills them; a callable is asked in the
    language of each person. With a `key`, whoever has been owed it already is owed nothing. While a decision on the case
    is held back from the public, whatever is owed about it says only that it is to be read here (edge case 14).
    """
    owed = []
    if name not in DISCREET and is_held(case):
        name = "under_embargo"
    for person in people:
        if key and Notice.objects.filter(person=person, key=key).exists():
            continue
        with translation.override(person.language):
            subject, body = _written(case, name, said)
        owed.append(
            Notice(
                case=case, person=person, key=key, to=[person.email], language=person.language,
                subject=" ".join(subject.split())[:300], body=body, created_at=now,
            )
        )  # fmt: skip
    if owed:
        Notice.objects.bulk_create(owed, ignore_conflicts=key is not None)
        _wake_on_commit()
    return owed


def owe_to_address(
    case: Case, address: str, *, name: str, language: str, now: datetime, **said: Any
) -> Notice | None:  # fmt: skip
    """Write down that somebody without an account is owed this message: it goes out as mail, and stands nowhere else.

    Nothing is owed without an address. The address is forgotten once the mail has gone out.
    """
    if not address:
        return None
    with translation.override(language):
        subject, body = _written(case, name, said)
    notice = Notice.objects.create(
        case=case, to=[address], language=language, subject=" ".join(subject.split())[:300], body=body, created_at=now
    )
    _wake_on_commit()
    return notice


def forget_addresses(case: Case) -> None:
    """Forget where somebody without an account is written to in a case: what has not gone out is given up."""
    Notice.objects.filter(case=case, person=None).update(to=[], attempts=MAX_ATTEMPTS)


def owed_already(cases: Iterable[int], keys: Iterable[str]) -> set[str]:
    """Those of these keys that somebody was owed a message by, about one of these cases: asked once by a daily step, so
    that what was told of already costs it nothing each day."""
    told = Notice.objects.filter(case__in=set(cases), key__in=set(keys))
    return set(told.values_list("key", flat=True).distinct())


def is_held(case: Case | None) -> bool:
    """Whether something was decided in the case, or in the one that it looks at again, that is not public yet."""
    return (
        case is not None
        and Release.objects.filter(case__in=filter(None, (case.pk, case.reconsiders_id)), released_at=None).exists()
    )


def of_transition(
    case: Case, transition: kinds.Transition, *, by: User | None, details: Mapping[str, Any], now: datetime
) -> None:
    """What a transition's table says that people are told of it. Nobody is told what they did themselves, but the
    applicant, to whom it is the receipt."""
    for audience in transition.tells:
        own = [f"{transition.name}:{audience}"]
        own += [f"{transition.name}:report"] if kinds.get(case.kind).asked_for else []
        name = next((text for text in own if text in TEXTS), transition.name)
        people = AUDIENCES[audience](case)
        if audience not in ("applicant", "heard") and by is not None:
            people = [person for person in people if person.pk != by.pk]
        said = {"person": str(by) if by else "", **details}
        owe(case, people, name=name, now=now, **said)


def _written(case: Case | None, name: str, said: Mapping[str, Any]) -> tuple[str, str]:
    values = {key: value() if isinstance(value, Callable) else value for key, value in said.items()}
    if case is not None:
        values |= {
            "reference": case.reference,
            "title": case.title or _("(no title yet)"),
            "organisation": case.organisation,
        }
    subject, body = (str(text) % _Values(values) for text in TEXTS[name])
    return subject, body


class _Values(dict):
    """What fills a text. What an act did not tell is left out: no act fails for the words of its notice."""

    def __missing__(self, key: str) -> str:
        return ""


def page_of(case: Case | None, person: User | None) -> str | None:
    """Where this person reads the case: at the desk, or on the applicant's own page of it. None: nowhere."""
    if case is None or person is None:
        return None
    if roles.is_staff_reader(person):
        return reverse("admin:registry_case_change", args=[case.pk])
    if own := kinds.get(case.kind).own_page:
        return reverse(own, args=[case.reference])
    # Of what the authority decided of itself a body reads the letter, and nothing else.
    letter = case.letters.order_by("pk").values_list("pk", flat=True).last()
    return reverse("portal:letter", args=[case.reference, letter]) if letter else reverse("portal:dashboard")


# -- what its reader does with it ----------------------------------------------------------------------------------------


def mark_read(person: User, *, key: int | None = None, now: datetime | None = None) -> int:
    """Note that a person has read one of their notices, or, without its key, all of them; how many were unread."""
    unread = Notice.objects.of(person).unread()
    return (unread.filter(pk=key) if key is not None else unread).update(read_at=now or timezone.now())


def choose_language(person: User, language: str) -> None:
    """In which language a person is written to from now on. Raises RegisterError for one that the register has not."""
    if language not in dict(settings.LANGUAGES):
        raise RegisterError(_("Choose one of the languages."))
    person.language = language
    person.save(update_fields=["language"])


# -- who is told -------------------------------------------------------------------------------------------------------


def members(case: Case) -> list[User]:
    """Those who act for the applicant today."""
    acting = Membership.objects.filter(organisation=case.organisation, user__is_active=True)
    acting = acting.exclude(ended_on__lt=current.today()).select_related("user").order_by("user__email")
    return [membership.user for membership in acting]


def with_members(cases: models.QuerySet[Case]) -> models.QuerySet[Case]:
    """Those of these cases of which the body has anybody to be told: one that an import brought has nobody yet."""
    members = Membership.objects.filter(organisation=models.OuterRef("organisation"), user__is_active=True)
    return cases.filter(models.Exists(members))


def assigned(case: Case) -> list[User]:
    return [case.assigned_to] if case.assigned_to and case.assigned_to.is_active else []


def heard(case: Case) -> list[User]:
    """Those who act for a body that the authority's case is about, once it has been given notice."""
    return members(case) if case.information_requests.exists() else []


def deciders(case: Case) -> list[User]:
    """The decision makers who took no other part in the case, nor in the decision that it looks at again."""
    taken = Part.objects.filter(case=case).exclude(part=Part.Name.DECIDED).values("person")
    before = took_part_before(case).values("person")
    return list(_staff("decision_maker").exclude(pk__in=taken).exclude(pk__in=before))


def registrars(case: Case) -> list[User]:
    return every_registrar()


def every_registrar() -> list[User]:
    return list(_staff("registrar"))


def reviewers(case: Case) -> list[User]:
    """Who evaluates reports: the officer to whom it is assigned, else every review officer."""
    return assigned(case) or list(_staff("review_officer"))


def _staff(role: str) -> models.QuerySet[User]:
    return User.objects.filter(is_active=True, is_staff=True, groups__name=role).order_by("email")


AUDIENCES: dict[str, Callable[[Case], list[User]]] = {
    "applicant": members, "heard": heard, "assigned": assigned, "deciders": deciders, "registrars": registrars,
    "reviewers": reviewers,
}  # fmt: skip


# -- delivery ----------------------------------------------------------------------------------------------------------


def _wake_on_commit() -> None:
    """Wake the worker once for each transaction, however many messages it owes."""
    if all(callback is not wake for _, callback, *_ in transaction.get_connection().run_on_commit):
        transaction.on_commit(wake)


def wake(task: str = DELIVER) -> None:
    """Tell the worker that something is owed. The broker may be away, or mute: beat looks again every minute.

    The connection is one of its own, because the worker's waits much longer for an answer.
    """
    try:
        with app.connection_for_write(transport_options=PATIENCE) as connection:
            app.send_task(task, retry=False, connection=connection)
    except Exception as error:  # whatever the broker's client raises, the act has been committed and must not fail
        log.warning("The worker was not woken (%s); what is owed is done with the next sweep.", error)


def deliver(*, now: datetime | None = None) -> int:
    """Send what is owed and due, oldest first, each in its own transaction; how many went out.

    Two workers never send the same one at once. One that cannot be sent waits, longer each time, and keeps no other.
    """
    now, sent = now or timezone.now(), 0
    while (gone := _deliver_one(now)) is not None:
        sent += gone
    return sent


def _deliver_one(now: datetime) -> bool | None:
    """Whether the next notice went out; None where nothing is owed now."""
    due = models.Q(next_attempt_at=None) | models.Q(next_attempt_at__lte=now)
    with transaction.atomic():
        # The row stays locked until it is known to have gone out; another worker passes it by.
        owed = Notice.objects.select_for_update(skip_locked=True, of=("self",)).select_related("case", "person")
        notice = owed.filter(due, sent_at=None, attempts__lt=MAX_ATTEMPTS).order_by("created_at", "pk").first()
        if notice is None:
            return None
        notice.attempts += 1
        try:
            _mail(notice).send()
        except Exception as error:  # a mail server, an address or a header: whatever refuses one keeps no other
            _put_off(notice, error, now)
            return False
        notice.sent_at, notice.next_attempt_at, notice.last_error = now, None, ""
        if notice.person_id is None:
            notice.to = []
        notice.save(update_fields=["attempts", "sent_at", "next_attempt_at", "last_error", "to"])
        return True


def _put_off(notice: Notice, error: Exception, now: datetime) -> None:
    """Keep why it did not go out, and try again later. The log names the row, not the person."""
    wait = min(FIRST_WAIT * 2 ** (notice.attempts - 1), LONGEST_WAIT)
    # A mail server's answer repeats the address; that of somebody without an account stands with the notice alone.
    why = type(error).__name__ if notice.person_id is None else f"{type(error).__name__}: {error}"
    notice.last_error, notice.next_attempt_at = why, now + wait
    notice.save(update_fields=["attempts", "next_attempt_at", "last_error"])
    said = (notice.pk, notice.attempts, type(error).__name__)
    if notice.attempts >= MAX_ATTEMPTS:
        log.error("Notice %d was not sent in %d attempts (%s) and is given up: write to the person.", *said)
    else:
        log.warning("Notice %d was not sent, attempt %d (%s).", *said)


def _mail(notice: Notice) -> EmailMessage:
    """The same notice is always the same message: whoever gets it twice after a crash can tell.

    It ends with the address of the case: what a mail says is never all there is.
    """
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    headers = {
        "Message-ID": f"<notice-{notice.pk}@{domain}>", "Content-Language": notice.language,
        "Auto-Submitted": "auto-generated",
    }  # fmt: skip
    page = page_of(notice.case, notice.person)
    page = settings.PUBLIC_URL and page_of(notice.case, notice.person)
    where = [f"{settings.PUBLIC_URL}{page}"] if page else []
    return EmailMessage(notice.subject, "\n\n".join([notice.body, *where]), None, notice.to, headers=headers)
