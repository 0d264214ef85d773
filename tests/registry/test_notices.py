"""Notices: owed in the transaction of an act, delivered by whoever finds them, and read by their person alone."""

import re
import socket
import time
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry import daily
from registry.casework import clock, notices
from registry.casework import services as desk
from registry.casework.services import reminding
from registry.celery import app
from registry.framework import current
from registry.models import Case, Entry, Event, Notice
from registry.people.models import User
from registry.search import follower
from tests.builders import (
    APPROVE_ALL,
    COMPLETE,
    CRITERIA,
    letter,
    make_draft,
    make_provider,
    make_recommended,
    make_signatory,
    make_submitted,
    make_user,
)
from tests.together import at_once

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NOW = datetime(2026, 3, 2, 21, tzinfo=timezone.get_default_timezone())
HERE = "tests.registry.test_notices"


class SlowMail(EmailBackend):
    """A mail server that takes its time, so that two workers are at it at once."""

    def send_messages(self, messages):
        time.sleep(0.05)
        return super().send_messages(messages)


class Crash(BaseException):
    """The machine goes down."""


class CrashingMail(EmailBackend):
    """A machine that goes down just after the mail server has taken the message."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise Crash


class NoMail(EmailBackend):
    """A mail server that is away."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody listens")


def owe(person: User, subject: str = "submit", **fields) -> Notice:
    return Notice.objects.create(
        **{"person": person, "to": [person.email], "subject": subject, "body": "…", "created_at": NOW, **fields}
    )


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


# -- delivery ----------------------------------------------------------------------------------------------------------


def test_what_cannot_be_sent_waits_longer_each_time_and_is_logged_without_the_address(db, settings, caplog):
    settings.EMAIL_BACKEND = f"{HERE}.NoMail"
    notice, at, waits = owe(make_user("Ana")), NOW, []
    for _attempt in range(12):
        assert notices.deliver(now=at) == 0
        notice.refresh_from_db()
        waits.append(notice.next_attempt_at - at)
        assert notices.deliver(now=notice.next_attempt_at - timedelta(seconds=1)) == 0
        at = notice.next_attempt_at
    assert notice.attempts == 12, "before its time nothing is tried"
    assert waits[:4] == [timedelta(minutes=n) for n in (1, 2, 4, 8)]
    assert waits[-1] == timedelta(days=1)
    assert "ConnectionRefusedError" in notice.last_error
    assert f"Notice {notice.pk} was not sent" in caplog.text and notice.to[0] not in caplog.text


def test_after_a_fortnight_people_must_look(db, settings, caplog):
    settings.EMAIL_BACKEND = f"{HERE}.NoMail"
    notice = owe(make_user("Ana"), attempts=notices.MAX_ATTEMPTS - 1)
    notices.deliver(now=NOW)
    assert f"Notice {notice.pk} was not sent in {notices.MAX_ATTEMPTS} attempts" in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notices.deliver(now=NOW + timedelta(days=30)) == 0


def test_when_the_mail_server_is_back_it_goes_out(db, settings, mailoutbox):
    settings.EMAIL_BACKEND = f"{HERE}.NoMail"
    notice = owe(make_user("Ana"))
    notices.deliver(now=NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notices.deliver(now=NOW + timedelta(minutes=1)) == 1
    notice.refresh_from_db()
    assert (notice.sent_at, notice.last_error) == (NOW + timedelta(minutes=1), "")


@pytest.mark.parametrize("address", ["a\nb@example.org", "not an address@", "x" * 70 + "@" + "y" * 300])
def test_one_bad_address_holds_up_no_other(db, mailoutbox, address):
    bad, good = owe(make_user("Ana"), to=[address]), owe(make_user("Bo"))
    notices.deliver(now=NOW)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert good.sent_at == NOW
    assert [m.to for m in mailoutbox][-1] == good.to


def test_two_workers_never_send_one_twice(committing_db, settings):
    settings.EMAIL_BACKEND = f"{HERE}.SlowMail"
    mail.outbox = []
    people = [make_user(f"Person {n}") for n in range(8)]
    for person in people:
        owe(person)
    assert sum(at_once(notices.deliver, notices.deliver)) == 8
    assert sorted(m.to[0] for m in mail.outbox) == sorted(p.email for p in people)
    assert Notice.objects.filter(sent_at=None).count() == 0


def test_after_a_crash_between_sending_and_committing_it_is_the_same_message(committing_db, settings):
    settings.DEFAULT_FROM_EMAIL = "The register <register@example.org>"
    settings.EMAIL_BACKEND = f"{HERE}.CrashingMail"
    mail.outbox = []
    notice = owe(make_user("Ana"))
    with pytest.raises(Crash):
        notices.deliver()
    notice.refresh_from_db()
    assert notice.sent_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notices.deliver() == 1
    first, second = (m.extra_headers["Message-ID"] for m in mail.outbox)
    assert first == second == f"<notice-{notice.pk}@example.org>"


def test_a_mail_ends_with_where_its_reader_finds_the_case(db, settings, mailoutbox):
    settings.PUBLIC_URL = "https://register.example"
    case = make_submitted()
    eva = make_user("Eva", "evaluator")
    desk.assign(case_id=case.pk, by=make_user("Rita", "registrar"), to=eva)
    notices.deliver()
    ends = {m.to[0]: m.body.rpartition("\n\n")[2] for m in mailoutbox}
    assert ends[case.signatory.email] == f"https://register.example/portal/micro-credentials/{case.reference}/"
    assert ends[eva.email] == f"https://register.example/admin/registry/case/{case.pk}/change/"


def test_each_is_written_to_in_their_own_language(db):
    provider = make_provider()
    sina, ines = make_signatory(provider), make_signatory(provider, "Inês")
    notices.choose_language(ines, "pt")
    make_submitted(provider=provider, by=sina)
    assert {n.person: n.language for n in Notice.objects.all()} == {sina: "en", ines: "pt"}


# -- what is not public yet --------------------------------------------------------------------------------------------


def test_while_a_decision_is_not_public_no_mail_says_what_was_decided_or_about_what(db, mailoutbox):
    case, today = make_recommended(), current.today()
    notices.deliver()
    del mailoutbox[:]
    dana = make_user("Dana", "decision_maker")
    conditional = APPROVE_ALL | {"listing": "approved_with_conditions"}
    row = {"text": "Send the moderation plan.", "owner": "Harbour Institute", "due_on": today + timedelta(days=3)}
    decisions = desk.decide(
        case_id=case.pk, by=dana, outcomes=conditional, reason="Need is shown.", conditions={"listing": [row]},
        publish_on=today + timedelta(days=10),
    )  # fmt: skip
    desk.tell(case_id=case.pk, by=dana, text="Congratulations on your scaffold inspection.")
    reminding.remind_of_conditions(today)
    desk.write(case_id=case.pk, by=case.signatory, text="Thank you for the approval.")
    assert notices.deliver() >= 3
    said = "\n".join(f"{m.subject}\n{m.body}" for m in mailoutbox).lower()
    assert case.reference.lower() in said
    hidden = [case.title, "scaffold", "approv", "declin", "condition", "moderation", "NQ-", "Need is shown"]
    for secret in [*hidden, *(d.number for d in decisions)]:
        assert secret.lower() not in said, secret


def test_once_it_is_public_the_applicant_is_told_in_full(db, mailoutbox):
    case, today = make_recommended(), current.today()
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), outcomes=APPROVE_ALL, reason="Need is shown.",
        publish_on=today + timedelta(days=10),
    )  # fmt: skip
    notices.choose_language(case.signatory, "fr")
    del mailoutbox[:]
    day = today + timedelta(days=10)
    assert desk.release_due(day, now=timezone.now() + timedelta(days=10)) == 1
    notices.deliver(now=timezone.now() + timedelta(days=11))
    last = mailoutbox[-1]
    number = Entry.objects.credentials().get().number
    assert case.title in last.body and number in last.body
    assert last.extra_headers["Content-Language"] == "fr"


# -- conditions --------------------------------------------------------------------------------------------------------


def with_condition(due_on: date) -> Case:
    case = make_recommended()
    row = {"text": "Send the moderation plan.", "owner": "Harbour Institute", "due_on": due_on}
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Need is shown.",
        outcomes=APPROVE_ALL | {"listing": "approved_with_conditions"}, conditions={"listing": [row]},
    )  # fmt: skip
    return case


def about_conditions() -> list[tuple[User, str]]:
    rows = Notice.objects.filter(key__startswith="condition:").select_related("person").order_by("pk")
    return [(n.person, n.key.rpartition(":")[2]) for n in rows]


def test_an_applicant_is_reminded_ten_working_days_before_a_condition_is_due_and_once(db):
    calendar, due_on = current.profile().calendar, current.today() + timedelta(days=90)
    case = with_condition(due_on)
    first = next(
        d for n in range(90, 0, -1)
        if clock.working_days_between(d := due_on - timedelta(days=n), due_on, calendar) == 10
        and clock.working_days_between(d - timedelta(days=1), due_on, calendar) == 11
    )  # fmt: skip
    assert reminding.remind_of_conditions(first - timedelta(days=1)) == 0
    assert reminding.remind_of_conditions(first) == 1
    assert reminding.remind_of_conditions(first) == reminding.remind_of_conditions(due_on) == 0
    assert about_conditions() == [(case.signatory, "due")]
    assert "Send the moderation plan." in Notice.objects.get(key__startswith="condition:").body


def test_an_overdue_condition_is_told_to_registrars_once_and_nothing_else_happens(db):
    rita, due_on = make_user("Rita", "registrar"), current.today() + timedelta(days=5)
    case = with_condition(due_on)
    state, events = Case.objects.get(pk=case.pk).state, Event.objects.count()
    public = list(Entry.objects.values_list("number", "serial"))
    for day in (due_on + timedelta(days=1), due_on + timedelta(days=2), due_on + timedelta(days=400)):
        reminding.remind_of_conditions(day)
    assert about_conditions() == [(rita, "overdue")]
    assert (Case.objects.get(pk=case.pk).state, Event.objects.count()) == (state, events)
    assert list(Entry.objects.values_list("number", "serial")) == public


def test_a_condition_that_nobody_meets_is_asked_about_once_and_not_each_day_for_years(db, django_assert_num_queries):
    make_user("Rita", "registrar")
    due_on = current.today() + timedelta(days=5)
    for _ in range(2):
        with_condition(due_on)
    assert reminding.remind_of_conditions(due_on + timedelta(days=1)) == 2
    with django_assert_num_queries(2):
        assert reminding.remind_of_conditions(due_on + timedelta(days=400)) == 0


def test_a_condition_that_is_met_is_not_spoken_of_any_more(db):
    make_user("Rita", "registrar")
    case = with_condition(current.today() + timedelta(days=5))
    condition = case.decisions.get(matter="listing").conditions.get()
    desk.meet_condition(case_id=case.pk, by=make_user("Eve", "evaluator"), condition_id=condition.pk, reason="Sent.")
    assert reminding.remind_of_conditions(condition.due_on + timedelta(days=30)) == 0


def test_the_daily_run_speaks_of_conditions(db):
    assert "conditions" in {step.name for step in daily.every()}


# -- the page ----------------------------------------------------------------------------------------------------------


def test_everybody_reads_their_own_notices_the_newest_first_and_nobody_elses(db):
    ana, bo = make_user("Ana"), make_user("Bo", "evaluator")
    owe(ana, "The first", created_at=NOW)
    owe(ana, "The second", created_at=NOW + timedelta(days=1))
    owe(bo, "Of Bo")
    html = client_of(ana).get("/portal/notices/").content.decode()
    assert html.index("The second") < html.index("The first") and "Of Bo" not in html
    assert "Of Bo" in client_of(bo).get("/portal/notices/").content.decode()


def test_where_nothing_was_written_the_page_says_so(db):
    html = client_of(make_user("Ana")).get("/portal/notices/").content.decode()
    assert "Nothing has been written to you yet." in html


def test_notices_come_twenty_to_a_page(db):
    ana = make_user("Ana")
    for n in range(21):
        owe(ana, f"Number {n:02}", created_at=NOW + timedelta(minutes=n))
    client = client_of(ana)
    first, second = (client.get(f"/portal/notices/?page={n}").content.decode() for n in (1, 2))
    assert "Number 20" in first and "Number 00" not in first and "Number 00" in second
    for wrong in ("3", "0", "x", "９"):
        assert client.get("/portal/notices/", {"page": wrong}).status_code == 404


def test_a_notice_is_marked_as_read_by_its_person_alone_and_the_count_follows(db):
    ana = make_user("Ana")
    one, other, another = owe(ana), owe(ana), owe(make_user("Bo"))
    client = client_of(ana)

    def count() -> str | None:
        found = re.search(r'class="count">(\d+)', client.get("/portal/").content.decode())
        return found and found[1]

    assert count() == "2"
    assert client.post(f"/portal/notices/{one.pk}/read/").status_code == 302
    assert client.post(f"/portal/notices/{another.pk}/read/").status_code == 302
    assert count() == "1"
    another.refresh_from_db()
    assert another.read_at is None
    read = Notice.objects.get(pk=one.pk).read_at
    client.post("/portal/notices/read/")
    assert count() is None
    assert Notice.objects.get(pk=one.pk).read_at == read, "when it was read first stays"
    assert Notice.objects.get(pk=other.pk).read_at is not None


def test_what_is_marked_by_get_is_not_marked(db):
    ana = make_user("Ana")
    notice = owe(ana)
    assert client_of(ana).get(f"/portal/notices/{notice.pk}/read/").status_code == 405
    notice.refresh_from_db()
    assert notice.read_at is None


def test_the_language_of_letters_is_chosen_and_one_that_the_register_has_not_is_refused(db):
    ana = make_user("Ana")
    client = client_of(ana)
    assert client.post("/portal/notices/language/", {"language": "ar"}).status_code == 302
    ana.refresh_from_db()
    assert ana.language == "ar"
    answer = client.post("/portal/notices/language/", {"language": "xx"})
    assert answer.status_code == 422 and "Choose one of the languages." in answer.content.decode()
    ana.refresh_from_db()
    assert ana.language == "ar"


def test_the_page_costs_the_same_for_one_notice_and_for_twenty(db):
    case = make_submitted()
    client = client_of(case.signatory)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get("/portal/notices/")
        counts.append(len(queries))
        for _n in range(15):
            owe(case.signatory, case=case)
    assert counts[0] == counts[1]


# -- the broker is away ------------------------------------------------------------------------------------------------


@pytest.fixture
def dead_address():
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def mute_address():
    """An address at which somebody takes calls and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        yield listening.getsockname()[1]


@pytest.fixture
def broker_at():
    """Points Celery at another broker until the test has ended."""
    before = app.conf.broker_url

    def point(port: int) -> None:
        app.conf.broker_url = f"redis://127.0.0.1:{port}/0"

    yield point
    app.conf.broker_url = before


def not_woken(caplog) -> int:
    """How often somebody has called at the broker's door in vain."""
    return sum("The worker was not woken" in record.getMessage() for record in caplog.records)


def test_with_the_broker_stopped_the_whole_story_goes_on_and_everything_is_sent_afterwards(
    committing_db, broker_at, dead_address, caplog
):
    """Each act commits, and tries once at most to wake the worker: the next test says how long that takes."""
    broker_at(dead_address)
    mail.outbox = []
    tried: dict[str, int] = {}

    def act(name: str, service, **said):
        before = not_woken(caplog)
        done = service(**said)
        tried[name] = not_woken(caplog) - before
        return done

    provider = make_provider()
    sina, eva = make_signatory(provider), make_user("Eva", "evaluator")
    dana = make_user("Dana", "decision_maker")
    case = act("draft", make_draft, provider=provider, by=sina, **COMPLETE)
    on = {"case_id": case.pk}
    act("submit", desk.submit, **on, by=sina)
    act("evaluate", desk.start_evaluation, **on, by=eva)
    question = {"criterion": "need", "kind": "clarify", "question": "Who asked for it?", "unanswered": "lapses"}
    request = act("ask", desk.ask, **on, by=eva, items=[question])
    act("attach", desk.attach, **on, by=sina, item_id=request.items.get().pk, upload=letter("more.txt", b"They did."))
    act("answer", desk.answer, **on, by=sina, item_id=request.items.get().pk, text="Three operators.")
    act("send", desk.send_answers, **on, by=sina)
    for criterion in CRITERIA:
        act("judge", desk.judge, **on, by=eva, criterion=criterion, verdict="met", reason="It is shown.")
    follower.catch_up()
    act("compare", desk.compare, **on, by=eva)
    act("recommend", desk.recommend, **on, by=eva, outcome="approved", reason="All met.")
    tomorrow = current.today() + timedelta(days=1)
    act("decide", desk.decide, **on, by=dana, outcomes=APPROVE_ALL, reason="Shown.", publish_on=tomorrow)
    act("publish", desk.release_due, day=tomorrow, now=timezone.now() + timedelta(days=1))

    assert Entry.objects.credentials().get().title == case.title
    told = {"submit", "evaluate", "ask", "send", "recommend", "decide", "publish"}
    assert {name: n for name, n in tried.items() if n} == dict.fromkeys(told, 1)
    owed = Notice.objects.count()
    assert notices.deliver(now=timezone.now() + timedelta(days=2)) == owed == len(mail.outbox)
    assert notices.deliver(now=timezone.now() + timedelta(days=2)) == 0 and len(mail.outbox) == owed
    theirs = [m.subject.partition(": ")[2] for m in mail.outbox if m.to == [sina.email]]
    assert theirs == [
        "your application has been received", "an evaluator has taken your application on",
        f"please answer by {request.due_on}", "decision", "now on the public register",
    ]  # fmt: skip


# The worker waits so many seconds for its broker; whoever wakes it is on the way of an act, and waits far less.
WORKER_WAITS = settings.CELERY_BROKER_TRANSPORT_OPTIONS["socket_timeout"]


def test_an_act_waits_two_hundred_milliseconds_at_most_for_the_broker():
    assert sum(value for name, value in notices.PATIENCE.items() if name.endswith("timeout")) <= 0.2


def test_a_broker_that_is_away_keeps_an_act_for_no_time(broker_at, dead_address, caplog):
    broker_at(dead_address)
    notices.wake()  # what is loaded once for a process is not the broker's doing
    begun = time.monotonic()
    notices.wake()
    assert time.monotonic() - begun < WORKER_WAITS / 10
    assert not_woken(caplog) == 2


def test_a_broker_that_takes_calls_and_never_answers_keeps_it_no_longer(broker_at, mute_address, caplog):
    broker_at(mute_address)
    notices.wake()
    begun = time.monotonic()
    notices.wake()
    assert time.monotonic() - begun < WORKER_WAITS / 10
    assert not_woken(caplog) == 2


def test_an_act_that_owes_several_people_wakes_the_worker_once(committing_db, broker_at, dead_address, caplog):
    case, ana, bo = make_submitted(), make_user("Ana"), make_user("Bo")
    broker_at(dead_address)
    with transaction.atomic():
        notices.owe(case, [ana], name="lapse", now=NOW)
        notices.owe(case, [bo], name="lapse", now=NOW)
        assert not_woken(caplog) == 0, "nobody is woken for what may still be taken back"
    assert not_woken(caplog) == 1


def test_what_two_processes_owe_at_once_is_owed_once(committing_db):
    case, ana = make_submitted(), make_user("Ana")
    owe_it = partial(notices.owe, case, [ana], name="lapse", key="the same", now=NOW)
    at_once(owe_it, owe_it)
    assert Notice.objects.filter(person=ana).count() == 1
