"""Messages owed to people. The row is the truth; the worker is only woken, and finds what is owed by itself.

A notice is written in the language of who receives it, stands in their portal or at their desk, and goes out as mail. It
never is the only copy of a decision: that stands with the case, with its letter.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry.casework import kinds
from registry.casework.letters.texts import TEXTS
from registry.casework.models import Case, Notice, Part
from registry.celery import app
from registry.framework import current
from registry.people.models import Membership, User

log = logging.getLogger(__name__)
# After each refusal the next attempt waits twice as long, from a minute to a day; after a fortnight people must look.
FIRST_WAIT, LONGEST_WAIT, MAX_ATTEMPTS = timedelta(minutes=1), timedelta(days=1), 24
DELIVER = "registry.tasks.deliver_notices"


def owe(
    case: Case | None, people: Iterable[User], *, name: str, now: datetime, key: str | None = None, **said: Any
) -> list[Notice]:
    """Write down that each of these people is owed this message, in the transaction of the act that causes it.

    `name` is one of the texts of `registry.casework.letters.texts`, `said` what fills them; a callable is asked in the
    language of each person. With a `key`, whoever has been owed it already is owed nothing.
    """
    owed = []
    for person in people:
        if key and Notice.objects.filter(person=person, key=key).exists():
            continue
        with translation.override(person.language):
            subject, body = _written(case, name, said)
        owed.append(
            Notice(
                case=case, person=person, key=key, to=[person.email], language=person.language, subject=subject[:300],
                body=body, created_at=now,
            )
        )  # fmt: skip
    if owed:
        Notice.objects.bulk_create(owed, ignore_conflicts=key is not None)
        transaction.on_commit(wake)
    return owed


def of_transition(
    case: Case, transition: kinds.Transition, *, by: User | None, details: Mapping[str, Any], now: datetime
) -> None:
    """What a transition's table says that people are told of it. Nobody is told what they did themselves, but the
    applicant, to whom it is the receipt."""
    for audience in transition.tells:
        own = f"{transition.name}:{audience}"
        name = own if own in TEXTS else transition.name
        people = AUDIENCES[audience](case)
        if audience != "applicant" and by is not None:
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
    return subject, "\n\n".join([body, *_where(case)])


class _Values(dict):
    """What fills a text. What an act did not tell is left out: no act fails for the words of its notice."""

    def __missing__(self, key: str) -> str:
        return ""


def _where(case: Case | None) -> list[str]:
    """Where the case is read: what a mail says is never all there is."""
    if case is None or not settings.PUBLIC_URL:
        return []
    own = kinds.get(case.kind).own_page
    path = reverse(own, args=[case.reference]) if own else reverse("portal:dashboard")
    return [f"{settings.PUBLIC_URL}{path}"]


# -- who is told -------------------------------------------------------------------------------------------------------


def members(case: Case) -> list[User]:
    """Those who act for the applicant today."""
    acting = Membership.objects.filter(organisation=case.organisation, user__is_active=True)
    acting = acting.exclude(ended_on__lt=current.today()).select_related("user").order_by("user__email")
    return [membership.user for membership in acting]


def assigned(case: Case) -> list[User]:
    return [case.assigned_to] if case.assigned_to and case.assigned_to.is_active else []


def deciders(case: Case) -> list[User]:
    """The decision makers who took no other part in the case."""
    taken = Part.objects.filter(case=case).exclude(part=Part.Name.DECIDED).values("person")
    return list(_staff("decision_maker").exclude(pk__in=taken))


def registrars(case: Case) -> list[User]:
    return list(_staff("registrar"))


def _staff(role: str) -> models.QuerySet[User]:
    return User.objects.filter(is_active=True, is_staff=True, groups__name=role).order_by("email")


AUDIENCES: dict[str, Callable[[Case], list[User]]] = {
    "applicant": members, "assigned": assigned, "deciders": deciders, "registrars": registrars,
}  # fmt: skip


# -- delivery ----------------------------------------------------------------------------------------------------------


def wake(task: str = DELIVER) -> None:
    """Tell the worker that something is owed. The broker may be away: beat looks again every minute."""
    try:
        app.send_task(task, retry=False)
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
        owed = Notice.objects.select_for_update(skip_locked=True).filter(due, sent_at=None, attempts__lt=MAX_ATTEMPTS)
        notice = owed.order_by("created_at", "pk").first()
        if notice is None:
            return None
        notice.attempts += 1
        try:
            _mail(notice).send()
        except OSError as error:
            notice.last_error = str(error)
            notice.next_attempt_at = now + min(FIRST_WAIT * 2 ** (notice.attempts - 1), LONGEST_WAIT)
            notice.save()
            return False
        notice.sent_at, notice.last_error = now, ""
        notice.save()
        return True


def _mail(notice: Notice) -> EmailMessage:
    """The same notice is always the same message: whoever gets it twice after a crash can tell."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    headers = {
        "Message-ID": f"<notice-{notice.pk}@{domain}>", "Content-Language": notice.language,
        "Auto-Submitted": "auto-generated",
    }  # fmt: skip
    return EmailMessage(notice.subject, notice.body, None, notice.to, headers=headers)
