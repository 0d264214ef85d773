"""Being told by mail what changes: asked for by anybody, told to nobody who has not confirmed, ended with one press."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.utils import parseaddr
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from registry import daily, journal
from registry.following import mails, subscriptions, telling
from registry.following.models import OwedMail, Subscription
from registry.framework import current
from registry.models import Notice
from registry.search import follower
from tests.builders import DAY, approve, make_provider, make_recommended, make_submitted, publish
from tests.registry.test_clock import at
from tests.sending import visitor
from tests.together import at_once

ADDRESS = "zebulon@quill.example"
FORMS = ("/q/NQ-000001/follow", "/providers/PR-000001/follow", "/search/follow?q=plumbing")
SAYS = "If this address can receive mail, we have sent a link."


@pytest.fixture
def register(db):
    publish(title="Certificate in Plumbing")
    make_provider("Harbour Institute")
    follower.catch_up()


def ask(address: str = FORMS[0], email: str = ADDRESS, client=None, status: int = 200) -> str:
    response = (client or visitor()).post(address, {"email": email})
    assert response.status_code == status, (response.status_code, response.content.decode()[-2000:])
    return response.content.decode()


def arrived() -> list:
    """The mails that go out now, and no earlier ones."""
    mail.outbox.clear()
    telling.deliver()
    return list(mail.outbox)


def link(message, last: str) -> str:
    """The path of a link in a mail, by the word that it ends with."""
    [found] = set(re.findall(rf"http://testserver(/\S+/{last})\b", message.body))
    return found


def follow(address: str = FORMS[0], email: str = ADDRESS) -> Subscription:
    """A confirmed subscription, as a person makes one."""
    ask(address, email)
    [message] = arrived()
    assert visitor().post(link(message, "confirm")).status_code == 200
    return Subscription.objects.latest("pk")


def subscribed(about: str = "entry", what: str = "NQ-000001", email: str = ADDRESS, **fields) -> Subscription:
    """A confirmed subscription that knows of everything up to now."""
    now = timezone.now()
    return Subscription.objects.create(
        address=email, about=about, what=what,
        **{"mark": "m", "language": "en", "site": "http://testserver", "asked_at": now, "confirmed_at": now,
           "last_serial": journal.head(), **fields},
    )  # fmt: skip


def revise(number: str = "NQ-000001", **fields) -> None:
    publish(number=number, **{"title": "Certificate in Plumbing", **fields})
    follower.catch_up()


def today():
    return current.today()


# -- asking and confirming ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", FORMS)
def test_nothing_is_told_before_the_link_was_opened_and_its_button_pressed(register, address):
    assert SAYS in ask(address)
    [message] = arrived()
    assert message.to == [ADDRESS] and message.subject.startswith("Please confirm: ")
    revise(level="4")
    assert telling.tell(today()) == 0
    path = link(message, "confirm")
    page = visitor().get(path).content.decode()
    assert "Yes, write to me" in page and any(word in page for word in ("Plumbing", "plumbing", "Harbour"))
    assert Subscription.objects.get().confirmed_at is None, "a mail scanner has opened it, and nobody pressed"
    assert "You follow this" in visitor().post(path).content.decode()
    assert Subscription.objects.get().confirmed_at and telling.tell(today()) == 0, "what was before is not told"


def test_what_changes_afterwards_is_told_in_sentences_with_links(register):
    follow()
    revise(level="4")
    publish(title="Not followed")
    assert telling.tell(today()) == 1
    [message] = arrived()
    assert message.subject == "What changed: “Certificate in Plumbing” (NQ-000001)" and message.to == [ADDRESS]
    assert "* “Certificate in Plumbing” (NQ-000001) was revised: this is revision 2." in message.body
    assert "What changed: Level · Effective from 15 January 2026" in message.body
    assert "http://testserver/q/NQ-000001\n" in message.body and "Not followed" not in message.body
    assert message.body.endswith(current.profile().authority["en"])
    assert not OwedMail.objects.exists(), "what went out is not kept"


def test_what_happens_to_what_a_provider_awards_is_told_to_whoever_follows_it(register):
    subscribed("provider", "PR-000001")
    publish(title="Of Harbour", providers=[{"number": "PR-000001", "role": "awarding", "lead": True}])
    publish(title="Of nobody")
    assert telling.tell(today()) == 1
    [message] = arrived()
    assert "“Of Harbour” (NQ-000002) was listed" in message.body and "nobody" not in message.body


def test_a_saved_search_tells_of_what_it_finds_and_of_nothing_else(register):
    subscribed("search", "q=plumbing&level=3")
    publish(title="Diploma in Plumbing", level="3")
    publish(title="Master in Plumbing", level="6")
    publish(title="Baking", level="3")
    follower.catch_up()
    assert telling.tell(today()) == 1
    [message] = arrived()
    assert re.findall(r"NQ-\d{6}\) was", message.body) == ["NQ-000002) was"]
    assert message.subject == "What changed: search: “plumbing”, Level: Level 3"


def test_a_saved_search_waits_for_the_index_and_tells_nothing_twice(register):
    subscribed("search", "q=plumbing")
    publish(title="Diploma in Plumbing")
    assert telling.tell(today()) == 0, "the index does not know it yet"
    follower.catch_up()
    assert telling.tell(today()) == 1 and telling.tell(today() + timedelta(days=1)) == 0


def test_without_an_index_the_others_are_told(db):
    publish()
    subscribed()
    subscribed("search", "q=plumbing")
    revise_without_index = publish(number="NQ-000001", title="Certificate in Plumbing", level="4")
    assert revise_without_index.serial == 2 and telling.tell(today()) == 1


def test_a_link_that_was_made_up_leads_nowhere(register):
    ask()
    [message] = arrived()
    path = link(message, "confirm")
    wrong = [path.replace("/follow/", "/follow/x"), "/follow/x/confirm", "/follow/x/unsubscribe"]
    # The secret of one link does not open the other: each is signed for what it does.
    wrong.append(path.replace("/confirm", "/unsubscribe"))
    for address in wrong:
        assert visitor().get(address).status_code == 404, address
        assert visitor().post(address).status_code == 404, address
    assert Subscription.objects.get().confirmed_at is None


def test_a_link_is_good_for_seven_days(register):
    asked = timezone.now() - timedelta(days=7, minutes=1)
    subscriptions.ask(address=ADDRESS, about="entry", what="NQ-000001", language="en", now=asked)
    subscription = Subscription.objects.get()
    secret = subscriptions.confirming(subscription)
    for answer in (visitor().get(f"/follow/{secret}/confirm"), visitor().post(f"/follow/{secret}/confirm")):
        assert answer.status_code == 410 and "This link is over" in answer.content.decode()
    with pytest.raises(subscriptions.LinkOver):
        subscriptions.confirm(secret, now=asked + timedelta(days=7, seconds=1))
    assert subscriptions.confirm(secret, now=asked + timedelta(days=6)).confirmed_at


def test_confirming_a_second_time_says_the_same_and_changes_nothing(register):
    ask()
    path = link(arrived()[0], "confirm")
    visitor().post(path)
    revise(level="4")
    before = Subscription.objects.values().get()
    for again in (visitor().post(path), visitor().get(path)):
        assert "You follow this" in again.content.decode()
    assert Subscription.objects.values().get() == before
    assert telling.tell(today()) == 1, "what changed since the first time is still told"


def test_the_answer_is_the_same_whoever_is_subscribed(register):
    follow(email="known@example.org")
    ask(email="waiting@example.org")
    for n in range(subscriptions.MOST):
        subscribed("search", f"q={n}", "full@example.org")
    said = {ask(email=f"{name}@example.org") for name in ("known", "waiting", "full", "new")}
    assert len(said) == 1 and "example.org" not in said.pop()


def test_whoever_follows_already_is_told_so_once_a_day_and_nothing_is_altered(register):
    follow()
    before = Subscription.objects.get().confirmed_at
    ask()
    assert arrived() == [], "a link was sent just now"
    kwargs = {"address": ADDRESS.upper(), "about": "entry", "what": "NQ-000001", "language": "fr"}
    subscriptions.ask(**kwargs, now=timezone.now() + timedelta(days=1, minutes=1))
    [message] = arrived()
    assert message.subject.startswith("You follow this already") and "/confirm" not in message.body
    kept = Subscription.objects.get()
    assert (kept.confirmed_at, kept.language) == (before, "en"), "whoever asks again alters nothing that is confirmed"


def test_for_one_subscription_few_links_are_sent_and_not_at_once(register):
    now, sent = timezone.now(), []
    for minutes in (0, 1, 11, 12, 30, 60, 600):
        subscriptions.ask(
            address=ADDRESS, about="entry", what="NQ-000001", language="en", now=now + timedelta(minutes=minutes)
        )
        sent.append(len(arrived()))
    assert sent == [1, 0, 1, 0, 1, 0, 0] and Subscription.objects.count() == 1


def test_an_address_has_so_many_subscriptions_and_few_that_wait(register):
    for n in range(subscriptions.MOST_UNCONFIRMED + 2):
        subscriptions.ask(address=ADDRESS, about="search", what=f"q={n}", language="en")
    assert Subscription.objects.count() == subscriptions.MOST_UNCONFIRMED == len(arrived())
    Subscription.objects.all().delete()
    for n in range(subscriptions.MOST - 1):
        subscribed("search", f"q={n}")
    for n in range(3):
        subscriptions.ask(address=ADDRESS.title(), about="search", what=f"q=x{n}", language="en")
    assert Subscription.objects.count() == subscriptions.MOST


def test_the_same_thing_asked_at_once_is_one_subscription_and_one_mail(committing_db):
    publish()
    arguments = {"about": "entry", "what": "NQ-000001", "language": "en"}
    at_once(*(lambda a=a: subscriptions.ask(address=a, **arguments) for a in (ADDRESS, ADDRESS.upper(), ADDRESS)))
    assert Subscription.objects.count() == 1 == OwedMail.objects.count()


def test_the_language_of_the_mails_is_that_of_the_form(register):
    ask("/ar/q/NQ-000001/follow")
    assert Subscription.objects.get().language == "ar"
    [message] = arrived()
    assert link(message, "confirm").startswith("/ar/follow/") and message.extra_headers["Content-Language"] == "ar"
    assert '<html lang="ar" dir="rtl">' in visitor().post(link(message, "confirm")).content.decode()
    revise(level="4")
    telling.tell(today())
    [message] = arrived()
    assert "http://testserver/ar/q/NQ-000001" in message.body and "\u2068NQ-000001\u2069" in message.subject


# -- the form ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", FORMS)
def test_the_form_says_what_is_followed_and_keeps_the_manners_of_public_forms(register, address):
    response = visitor().get(address)
    html = response.content.decode()
    assert list(response.cookies) == ["csrftoken"] and "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex" and html.count("<h1") == 1
    assert 'type="email"' in html and 'autocomplete="email"' in html and '<label for="id_email">' in html
    assert 'href="/q/NQ-000001"' in html or 'href="/providers/PR-000001"' in html or "“plumbing”" in html
    assert f'action="{address}"' in html


def test_what_is_no_address_is_refused_and_kept_as_it_was_typed(register):
    html = ask(email="no address", status=422)
    assert "<title>Error: " in " ".join(html.split()) and "no address" in html
    ask(email="", status=422)
    html = (visitor().post(FORMS[0], {"email": ADDRESS, "website": "https://spam.example"})).content.decode()
    assert "tells people from programs" in html and not Subscription.objects.exists()


def test_a_form_without_its_token_is_refused(register):
    client = visitor(enforce_csrf_checks=True)
    ask(client=client, status=403)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(FORMS[0]).content.decode())[1]
    assert client.post(FORMS[0], {"email": ADDRESS, "csrfmiddlewaretoken": token}).status_code == 200


def test_one_network_may_ask_so_often_in_an_hour(register, settings):
    settings.PUBLIC_FORM_RATE = "2/hour"
    client = visitor()
    for n in range(2):
        ask(email=f"n{n}@example.org", client=client)
    html = ask(email="third@example.org", client=client, status=429)
    assert "Too many forms" in html and "third@example.org" in html and Subscription.objects.count() == 2
    ask(email="third@example.org")


def test_what_is_not_public_cannot_be_followed(register):
    make_submitted(title="Secret scaffolds")
    with transaction.atomic():
        journal.withdraw("NQ-000001", effective_from=DAY, decision_number="D-2026-000001", reason="Listed by mistake.")
    for address, status in ((FORMS[0], 410), ("/q/NQ-000002/follow", 404), ("/providers/PR-000099/follow", 404)):
        ask(address, status=status)
    assert not Subscription.objects.exists()


def test_a_record_has_one_form(register):
    client = visitor()
    assert client.get("/q/nq1/follow").headers["Location"] == FORMS[0]
    assert client.get("/q/PR-000001/follow").headers["Location"] == FORMS[1]
    assert client.get("/providers/NQ-000001/follow").headers["Location"] == FORMS[0]
    assert client.put(FORMS[0]).status_code == 405


def test_a_search_is_kept_in_one_spelling(register):
    for asked in ("q=plumbing&level=4&level=3&sort=title", "level=3&q=+plumbing+&level=4&page=2"):
        ask(f"/search/follow?{asked}")
    assert Subscription.objects.get().what == "q=plumbing&level=3&level=4"


# -- ending ------------------------------------------------------------------------------------------------------------


def digest() -> object:
    """A mail about a change that was told to the one subscription."""
    revise(level=str(journal.head()))
    telling.tell(today())
    [message] = arrived()
    return message


def test_the_link_in_each_mail_asks_and_its_button_deletes_the_row(register):
    subscription = follow()
    path = link(digest(), "unsubscribe")
    page = visitor().get(path)
    html = page.content.decode()
    assert "End these mails" in html and "Certificate in Plumbing" in html and not page.cookies
    assert Subscription.objects.filter(pk=subscription.pk).exists(), "opening it ends nothing"
    assert "You get no more of these mails" in visitor().post(path).content.decode()
    assert not Subscription.objects.exists()
    for again in (visitor().get(path), visitor().post(path)):
        assert again.status_code == 200 and "You get no more" in again.content.decode()


def test_a_mail_program_ends_it_with_one_click_as_rfc_8058_has_it(register):
    follow()
    message = digest()
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    received = message_from_bytes(message.message().as_bytes())
    header = re.fullmatch(r"\s*<(http://testserver/follow/\S+/unsubscribe)>", received["List-Unsubscribe"])
    assert header, "in one piece, however a line of it is folded"
    # A program has no cookie, names another site or none, and follows no redirect.
    client = visitor(enforce_csrf_checks=True)
    answer = client.post(
        urlsplit(header[1]).path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded",
        headers={"Origin": "https://mail.example"},
    )  # fmt: skip
    assert answer.status_code == 200 and not answer.cookies and not Subscription.objects.exists()


def test_a_mail_that_asks_to_confirm_can_be_answered_with_no(register):
    ask()
    visitor().post(link(arrived()[0], "unsubscribe"))
    assert not Subscription.objects.exists() and not OwedMail.objects.exists()


def test_the_link_of_one_subscription_ends_no_other(register):
    subscriptions_ = [subscribed(), subscribed("provider", "PR-000001")]
    subscriptions.stop(subscriptions.stopping(subscriptions_[0]))
    assert Subscription.objects.get() == subscriptions_[1]
    # A number that came back with a backup is not that of the mail: its mark differs.
    other = subscribed(mark="other")
    stale = Subscription(pk=other.pk, mark="m")
    subscriptions.stop(subscriptions.stopping(stale))
    assert Subscription.objects.filter(pk=other.pk).exists()


def test_what_is_owed_to_somebody_who_ends_it_is_not_sent(register):
    subscription = subscribed()
    revise(level="4")
    assert telling.tell(today()) == 1
    subscriptions.stop(subscriptions.stopping(subscription))
    assert arrived() == [] and not OwedMail.objects.exists()


def test_what_nobody_confirms_is_forgotten_after_seven_days(register):
    now = timezone.now()
    for n, days in enumerate((6, 8)):
        subscriptions.ask(address=ADDRESS, about="search", what=f"q={n}", language="en", now=now - timedelta(days=days))
    subscribed(asked_at=now - timedelta(days=400))
    assert subscriptions.forget(today(), now=now) == 1
    assert set(Subscription.objects.values_list("what", flat=True)) == {"q=0", "NQ-000001"}
    assert subscriptions.forget(today(), now=now) == 0


def test_whoever_follows_a_listing_that_is_withdrawn_is_told_and_then_forgotten(register):
    subscribed()
    with transaction.atomic():
        journal.withdraw("NQ-000001", effective_from=DAY, decision_number="D-2026-000001", reason="Listed by mistake.")
    assert subscriptions.forget(today()) == 0 and telling.tell(today()) == 1
    assert subscriptions.forget(today()) == 0, "it has not been sent yet"
    [message] = arrived()
    assert "NQ-000001 was withdrawn" in message.body and "Plumbing" not in message.body + message.subject
    assert subscriptions.forget(today()) == 1 and not Subscription.objects.exists()


# -- telling -----------------------------------------------------------------------------------------------------------


def test_on_one_day_there_is_one_mail_and_what_comes_later_waits_for_the_next(register):
    subscribed()
    revise(level="4")
    assert telling.tell(today()) == 1
    revise(level="5")
    assert telling.tell(today()) == 0
    assert telling.tell(today() + timedelta(days=1)) == 1 and telling.tell(today() + timedelta(days=1)) == 0
    assert [re.findall(r"revision (\d)", message.body) for message in arrived()] == [["2"], ["3"]]


def test_a_rehearsal_of_a_day_to_come_keeps_nothing_back_until_then(register):
    subscribed()
    revise(level="4")
    assert telling.tell(today() + timedelta(days=300)) == 1
    revise(level="5")
    assert telling.tell(today()) == 1


def test_the_daily_run_tells_and_may_run_again(register):
    subscribed()
    revise(level="4")
    done = daily.run()
    assert done["subscriptions"] == 1 and daily.run()["subscriptions"] == 0
    assert len(arrived()) == 1 and arrived() == []


def test_nothing_of_a_draft_or_of_what_is_under_embargo_is_mailed_before_its_day(register):
    subscribed("search", "")
    subscribed("provider", "PR-000001", "other@example.org")
    make_submitted(title="Secret scaffolds")
    case = make_recommended(title="Embargoed scaffolds")
    day = today() + timedelta(days=3)
    approve(case, publish_on=day)
    follower.catch_up()
    telling.tell(today())
    assert "scaffolds" not in "".join(message.body + message.subject for message in arrived())
    daily.run(day, now=at(day, 1))
    follower.catch_up()
    telling.tell(day + timedelta(days=1), now=at(day, 2))
    said = "".join(message.body for message in arrived())
    assert "Embargoed scaffolds" in said and "Secret" not in said


def test_two_workers_that_tell_and_send_at_once_send_each_mail_once(committing_db):
    publish()
    for n in range(6):
        subscribed(email=f"reader{n}@example.org")
    publish(number="NQ-000001", title="Certificate in Plumbing", level="4")
    day = today()
    both = Barrier(2)

    def work() -> tuple[int, int]:
        owed = telling.tell(day)
        both.wait(timeout=30)
        return owed, telling.deliver()

    outcomes = at_once(work, work)
    assert sum(owed for owed, _ in outcomes) == 6, "one of them has each row, and the other passes it by"
    assert sum(sent for _, sent in outcomes) == 6
    assert sorted(parseaddr(message.to[0])[1] for message in mail.outbox) == [
        f"reader{n}@example.org" for n in range(6)
    ]
    assert telling.tell(day) == 0 and telling.deliver() == 0


def test_a_worker_passes_by_what_another_connection_holds(committing_db, second_connection):
    publish()
    subscription = subscribed()
    publish(number="NQ-000001", title="Certificate in Plumbing", level="4")
    other = second_connection()
    other.execute("select 1 from registry_subscription where id = %s for update", [subscription.pk])
    assert telling.tell(today()) == 0
    other.rollback()
    assert telling.tell(today()) == 1
    other.execute("select 1 from registry_owedmail for update")
    assert telling.deliver() == 0 and not mail.outbox
    other.rollback()
    assert telling.deliver() == 1 and len(mail.outbox) == 1


def test_a_mail_holds_fifty_changes_and_says_that_there_are_more(register):
    subscribed("search", "")
    for n in range(53):
        publish(title=f"Certificate {n}")
    follower.catch_up()
    telling.tell(today())
    [message] = arrived()
    assert message.body.count("\n* ") + message.body.startswith("* ") == mails.MOST
    assert "There is more than one mail holds" in message.body
    assert message.body.index("Certificate 3”") < message.body.index("Certificate 52”")


def test_a_search_that_is_none_any_more_keeps_nobody_elses_mail_back(register):
    subscribed("search", "colour=red")
    subscribed()
    revise(level="4")
    assert telling.tell(today()) == 1


def test_a_mail_that_cannot_be_sent_waits_and_says_nothing_of_the_address(register, settings, caplog):
    subscribed()
    revise(level="4")
    telling.tell(today())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    now = timezone.now()
    assert telling.deliver(now=now) == 0
    owed = OwedMail.objects.get()
    assert owed.attempts == 1 and owed.next_attempt_at > now and ADDRESS not in caplog.text
    OwedMail.objects.update(attempts=23, next_attempt_at=None)
    assert telling.deliver(now=now) == 0 and not OwedMail.objects.exists(), "given up after a fortnight"
    assert Subscription.objects.exists()


def test_no_link_and_no_address_stands_in_what_is_owed(register):
    ask()
    subscribed(what="NQ-000001", email="x@example.org")
    revise(level="4")
    telling.tell(today())
    for owed in OwedMail.objects.all():
        assert "/follow/" not in owed.body and "@" not in owed.subject + owed.body
    assert not Notice.objects.exists()


def test_with_a_public_address_the_links_are_on_it(register, settings):
    settings.PUBLIC_URL = "https://register.example"
    ask()
    [message] = arrived()
    assert re.findall(r"https://register\.example/follow/\S+/(\w+)", message.body) == ["confirm", "unsubscribe"]


def test_most_changes_cost_nothing_where_nobody_follows_them(register, django_assert_max_num_queries):
    for n in range(5):
        subscribed(email=f"n{n}@example.org")
    publish(title="Nothing that they follow")
    with django_assert_max_num_queries(12):
        assert telling.tell(today()) == 0
    assert set(Subscription.objects.values_list("last_serial", flat=True)) == {journal.head()}
