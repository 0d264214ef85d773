"""The calendar of the desk: what falls due when, by days, sorts and officers; and the feed of it that programs read."""

import hashlib
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from credentials import schedule
from credentials.models import Credential
from registry.casework import kinds, reporting
from registry.casework import services as desk
from registry.casework.agenda import addresses, icalendar, sources, things
from registry.errors import Conflict, NotAllowed
from registry.framework import current
from registry.models import CalendarAddress, Case, Condition, Entry, Event, Letter
from tests import ical
from tests.builders import decide, make_draft, make_listed, make_provider, make_submitted, make_user, publish
from tests.credentials.reviewing import judged, opened, report
from tests.desk import officer, words
from tests.portal import signed_in
from tests.reconsidering import drafted, refused
from tests.registry.test_clock import at

DAY = timedelta(days=1)
PAGE = "/admin/registry/case/calendar/"


def listed(first: date, last: date, today: date | None = None, *, user=None, **asked) -> list[things.Thing]:
    user = user or make_user("Rea", "review_officer")
    wanted = sources.Asked(user, first, last, today or first, **asked)
    return things.read(sources.found(wanted), wanted.today)


def told(*args, **kwargs) -> list[tuple[str, str, date]]:
    return [(thing.what, thing.number, thing.day) for thing in listed(*args, **kwargs)]


# -- what it holds -------------------------------------------------------------------------------------------------------


def test_a_review_opens_then_its_report_is_due_then_late_by_levels(db):
    credential = make_listed()
    due = credential.review_due
    opens = schedule.opens_on(due)
    before = told(opens - 30 * DAY, due + 100 * DAY, only=frozenset({"review_opens", "report_due", "report_late"}))
    assert before == [("review_opens", credential.number, opens)]

    case = opened(credential).case
    sorts = frozenset({"review_opens", "report_due", "report_late"})
    assert told(opens, due, only=sorts) == [("report_due", case.reference, due)]
    assert told(due, due + DAY, today=due, only=sorts) == [("report_due", case.reference, due)], (
        "its last day is in time"
    )
    for since, level in zip(reporting.levels_from(due), (1, 2, 3), strict=True):
        (late,) = listed(since, since + DAY, only=sorts)
        assert (late.what, late.day, late.level, late.days_late) == ("report_late", due, level, (since - due).days)
        assert f"level {level} of 3" in late.late_in_words
    assert told(due + 10 * DAY, due + 20 * DAY, today=due + 5 * DAY, only=sorts) == [], "today is not asked for"

    report(case.review, now=at(due + 9 * DAY))
    assert told(due, due + 40 * DAY, today=due + 10 * DAY, only=sorts) == []


@pytest.mark.parametrize("ahead", range(0, 400, 45))
def test_the_days_on_which_reviews_open_are_those_of_the_schedule(db, ahead):
    first = date(2027, 1, 20) + ahead * DAY
    credential = make_listed()
    held = {f"NQ-{n:06d}": date(2027, 3, 25) + n * 3 * DAY for n in range(100, 250)}
    fields = {f.attname: getattr(credential, f.attname) for f in Credential._meta.concrete_fields if f.name != "id"}
    Credential.objects.bulk_create(Credential(**{**fields, "number": n, "review_due": due}) for n, due in held.items())
    entry = Entry.objects.get(number=credential.number)
    rows = [
        Entry(**{
            **{f.attname: getattr(entry, f.attname) for f in Entry._meta.concrete_fields},
            "number": number, "serial": 10_000 + n, "turns_on": None,
        })
        for n, number in enumerate(held)
    ]  # fmt: skip
    Entry.objects.bulk_create(rows)
    last = first + 31 * DAY
    expected = {(n, schedule.opens_on(due)) for n, due in held.items() if first <= schedule.opens_on(due) <= last}
    found = told(first, last, today=date(2026, 12, 1), only=frozenset({"review_opens"}))
    assert {(number, day) for _, number, day in found if number in held} == expected


def test_cases_and_conditions_are_there_until_they_are_done(db):
    case = make_submitted()
    rea = make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=rea)
    case.refresh_from_db()
    days = (case.due_on - DAY, case.due_on + DAY)
    (thing,) = listed(*days, only=frozenset({"case_due"}))
    assert (thing.number, thing.day, thing.officer, thing.body) == (
        case.reference,
        case.due_on,
        "Eva",
        "Harbour Institute",
    )
    assert thing.url == f"/admin/registry/case/{case.pk}/change/" and thing.kind == kinds.get(case.kind).label
    assert told(case.due_on + DAY, case.due_on + 30 * DAY) == []
    Case.objects.filter(pk=case.pk).update(state="withdrawn")
    assert told(*days, only=frozenset({"case_due"})) == []

    review = opened()
    due = review.case.answer_by
    judged(report(review, now=at(due)), now=at(due))
    until = due + 60 * DAY
    said = [{"text": "Moderate twice; and soon, please", "owner": "Harbour", "due_on": until}]
    decide(review.case, outcome="approved_with_conditions", conditions={"review": said, "delivery": said}, now=at(due))
    unmet = frozenset({"condition_due"})
    assert {row[1:] for row in told(due, until, only=unmet)} == {(review.case.reference, until)}
    assert {thing.words for thing in listed(due, until, only=unmet)} == {"Moderate twice; and soon, please"}
    registrar = make_user("Rex", "registrar")
    for condition in Condition.objects.all():
        desk.meet_condition(
            case_id=review.case_id,
            condition_id=condition.pk,
            by=registrar,
            reason="Done.",
            now=at(due + DAY),
        )
    assert told(due, until, only=unmet) == []


def test_the_last_day_to_ask_for_a_reconsideration_is_there_until_somebody_has_asked(db):
    case = refused()
    until = case.letters.filter(kind="decision").order_by("-pk").first().answer_by
    window = {"first": until, "last": until, "only": frozenset({"redress_until"})}
    assert told(**window) == [("redress_until", case.reference, until)]
    asked = drafted(case)
    assert told(**window) == [("redress_until", case.reference, until)], "what is only drafted has not been asked"
    desk.submit(case_id=asked.pk, by=asked.signatory)
    assert told(**window) == []


def test_the_dates_of_entries_are_there_each_in_its_own_words(db):
    day = date(2027, 5, 10)
    ending = publish(
        title="Certificate in Thatching", expiring_from=day.isoformat(), last_new_enrolment=(day - DAY).isoformat(),
        expiry_end=(day + 300 * DAY).isoformat(),
    ).number  # fmt: skip
    closing = make_provider("Closing College")
    Entry.objects.filter(number=closing.number).update(expiry_end=day, ended_as="closed")
    credential = make_listed()
    held = credential.accreditations.get()
    Entry.objects.filter(number=held.number).update(expiry_end=day + DAY)
    found = told(day - DAY, day + DAY, today=date(2027, 1, 1))
    assert found == [
        ("last_enrolment", ending, day - DAY),
        ("expiring_from", ending, day), ("registration_end", closing.number, day),
        ("accreditation_end", held.number, day + DAY),
    ]  # fmt: skip
    ends = next(t for t in listed(day, day + DAY, today=date(2027, 1, 1)) if t.what == "accreditation_end")
    assert ends.title and ends.body == "Harbour Institute"
    assert ends.url == f"/admin/credentials/accreditation/{held.pk}/change/"
    # Withdrawn before its last day, it ends then, and once.
    Entry.objects.filter(number=held.number).update(expiring_from=day)
    assert [r for r in told(day, day + DAY, today=day) if r[1] == held.number] == [
        ("accreditation_end", held.number, day)
    ]
    assert ("expiry_end", ending, day + 300 * DAY) in told(day + 200 * DAY, day + 300 * DAY)
    Entry.objects.filter(number=ending).update(withdrawn_on=day)
    assert not [r for r in told(day - DAY, day + DAY) if r[1] == ending], "what was listed by mistake falls due no more"


def test_what_is_mine_is_what_is_assigned_to_me_and_what_a_body_only_drafts_is_nobodys_to_see(db):
    case, other, draft = make_submitted(), make_submitted(), make_draft()
    eva, eli = make_user("Eva", "evaluator"), make_user("Eli", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    desk.start_evaluation(case_id=other.pk, by=eli)
    soon = current.today() + 5 * DAY
    Case.objects.update(due_on=soon)
    publish(expiring_from=soon.isoformat())
    days = (soon - DAY, soon + DAY)
    both = {case.reference, other.reference}
    assert {
        row[1] for row in told(*days, user=eva, only=frozenset({"case_due"}))
    } == both and draft.reference not in both
    assert [row[1] for row in told(*days, user=eva, officer=eva.pk)] == [case.reference]
    Case.objects.filter(pk=other.pk).update(assigned_to=None)
    assert [row[1] for row in told(*days, user=eva, officer=sources.NOBODY)] == [other.reference]
    # An interest keeps an officer from acting, and not from seeing that something is due: so do the lists of cases.
    desk.declare_interest_in(organisation=case.organisation, by=eva, reason="My brother works there.")
    assert case.reference in {row[1] for row in told(*days, user=eva)}


# -- the page ------------------------------------------------------------------------------------------------------------


def test_the_page_shows_three_months_from_today_grouped_by_day_and_filters_by_sort(db):
    today = current.today()
    case = make_submitted()
    Case.objects.filter(pk=case.pk).update(due_on=today + 4 * DAY, state="under_evaluation")
    number = publish(title="Certificate in Thatching", expiring_from=(today + 4 * DAY).isoformat()).number
    late = publish(title="Far Away", expiring_from=(today + 100 * DAY).isoformat()).number
    client = officer("auditor")
    html = client.get(PAGE).content.decode()
    assert html.count('class="panel day"') == 1 and case.reference in html and number in html and late not in html
    assert re.search(rf'href="/admin/registry/case/{case.pk}/change/"', html)
    assert "2 things from" in words(html)
    one = client.get(PAGE, {"what": "expiring_from", "last": (today + 120 * DAY).isoformat()}).content.decode()
    assert case.reference not in one and number in one and late in one
    assert "style=" not in html[html.index('class="case"') :] and "<script" not in html[html.index('class="case"') :]
    for address in ("/admin/", "/admin/registry/case/", "/admin/registry/case/dashboard/"):
        assert f'href="{PAGE}"' in client.get(address).content.decode(), address


def test_what_is_late_comes_first_with_its_day_and_its_level(db):
    today, review = current.today(), opened()
    Case.objects.filter(pk=review.case_id).update(answer_by=today - 40 * DAY)
    publish(expiring_from=today.isoformat())
    html = officer("review_officer").get(PAGE).content.decode()
    late, coming = html.index("Late: due before"), html.index("· today</h3>")
    assert late < html.index(review.case.reference) < coming < html.index("Entry begins to expire")
    assert "40 days late, level 2 of 3" in words(html)
    assert (
        officer("auditor").get(PAGE, {"what": "report_late", "officer": "none"}).content.decode().count("level 2 of 3")
        == 1
    )
    assert "level 2" not in officer("auditor").get(PAGE, {"officer": "mine"}).content.decode()


def test_an_empty_calendar_says_so_and_what_next(db):
    assert "Nothing falls due in these days. Choose others above." in officer("registrar").get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"first": "2026-13-01"}, "“2026-13-01” is not a date such as 2026-01-31."),
        ({"first": "soon", "last": "2027-01-01"}, "“soon” is not a date"),
        ({"first": "2027-02-01", "last": "2027-01-01"}, "The last day is not before the first."),
        ({"first": "2027-01-01", "last": "2030-01-01"}, "At most 2 years at a time."),
        ({"first": "9999-12-01"}, "Choose a day that the calendar of people reaches."),
        ({"what": "birthdays"}, "“birthdays” is not in it."),
        ({"officer": "77777"}, "Choose an officer from the list."),
    ],
)
def test_what_cannot_be_listed_is_said_and_the_rest_is_still_there(db, asked, said):
    kept = {"what": "report_due", "officer": "mine"}
    response = officer("evaluator").get(PAGE, {**kept, **asked})
    html = response.content.decode()
    assert response.status_code == 400 and said in words(html) and "Nothing is listed: see below." in html
    for name, value in {**kept, **asked}.items():
        if name == "what" and value == "report_due":
            assert re.search(r'value="report_due"[^>]*checked', html)
        elif name == "officer" and value == "mine":
            assert re.search(r'<option value="mine" selected', html)
        elif name in ("first", "last"):
            assert f'value="{value}"' in html


def test_many_are_paged_and_cost_no_more_queries_than_few(db):
    client, today = officer("registrar"), current.today()
    case = make_submitted()
    Case.objects.filter(pk=case.pk).update(due_on=today + DAY, state="under_evaluation")
    case.refresh_from_db()
    publish(title="Certificate 1", expiring_from=(today + DAY).isoformat())

    def queries(**asked) -> tuple[int, str]:
        with CaptureQueriesContext(connection) as counted:
            html = client.get(PAGE, asked).content.decode()
        return len(counted), html

    few, html = queries()
    assert "2 things" in words(html)
    for n in range(39):
        case.pk, case.reference = None, f"APP-2020-{n:06d}"
        case.save(force_insert=True)
    for n in range(39):
        publish(title=f"Certificate {n}", expiring_from=(today + DAY).isoformat())
    many, html = queries()
    assert many == few < 25 and html.count("<li><span class=") == 50 and "Page 1 of 2" in words(html)
    _, rest = queries(page="2", what=["case_due", "expiring_from"])
    assert rest.count("<li><span class=") == 30 and "page=1&amp;what=case_due&amp;what=expiring_from" in rest


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (Condition, "due_on"), (Letter, "answer_by"), (Entry, "expiring_from"), (Entry, "expiry_end"),
        (Entry, "last_new_enrolment"), (Credential, "review_due"), (Case, "due_on"), (Case, "answer_by"),
    ],
)  # fmt: skip
def test_the_database_can_look_only_at_the_days_asked_for(db, model, column):
    """Each source has an index by its day: which of several it takes, it chooses by how many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    days = model.objects.filter(**{f"{column}__range": (date(2027, 1, 1), date(2027, 3, 31))}).order_by()
    assert f"{model._meta.model_name}_{column}" in days.explain()


# -- the address ---------------------------------------------------------------------------------------------------------


def feed(secret: str, **asked):
    return Client().get(f"/calendar/{secret}.ics", asked.pop("query", {}), **asked)


def test_an_address_is_shown_once_kept_as_a_hash_and_withdrawn(db):
    rea = make_user("Rea", "review_officer")
    client = signed_in(rea)
    html = client.post(f"{PAGE}address/", {"act": "make"}).content.decode()
    secret = re.search(r'value="http://testserver/calendar/([\w-]{43})\.ics"', html)[1]
    held = CalendarAddress.objects.get()
    assert (
        held.sha256 == hashlib.sha256(secret.encode()).hexdigest() and secret not in client.get(PAGE).content.decode()
    )
    assert feed(secret).status_code == 200

    client.post(f"{PAGE}address/", {"act": "make"})
    assert feed(secret).status_code == 404, "a new address takes the place of the old one"
    assert CalendarAddress.objects.filter(revoked_at=None).count() == 1
    response = client.post(f"{PAGE}address/", {"act": "withdraw"}, follow=True)
    assert "The address has been withdrawn" in response.content.decode()
    assert not CalendarAddress.objects.filter(revoked_at=None).exists()
    assert client.post(f"{PAGE}address/", {"act": "withdraw"}).status_code == 409
    assert client.post(f"{PAGE}address/", {"act": "lose"}).status_code == 422
    names = list(
        Event.objects.filter(case=None, person_id=rea.person_id).order_by("position").values_list("name", flat=True)
    )
    made, withdrawn = "calendar:address:made", "calendar:address:withdrawn"
    assert names == [made, withdrawn, made, withdrawn]
    assert not Event.objects.filter(details__icontains=secret).exists()


def test_the_database_keeps_every_address_that_was_made(db):
    from django.db import DatabaseError, transaction

    addresses.make(by=make_user("Rea", "auditor"))
    for alter in (lambda rows: rows.delete(), lambda rows: rows.update(sha256="0" * 64)):
        with pytest.raises(DatabaseError), transaction.atomic():
            alter(CalendarAddress.objects.all())


def test_nobody_else_makes_one(db):
    for person in (make_user("Stranger"), make_user("Adam", "administrator")):
        with pytest.raises(NotAllowed):
            addresses.make(by=person)
        assert signed_in(person).post(f"{PAGE}address/", {"act": "make"}).status_code in (302, 403)
    with pytest.raises(Conflict):
        addresses.withdraw(by=make_user("Rea", "auditor"))
    assert not CalendarAddress.objects.exists()


def left(user):
    user.groups.clear()


@pytest.mark.parametrize(
    "leave",
    [
        lambda user: type(user).objects.filter(pk=user.pk).update(is_active=False),
        lambda user: type(user).objects.filter(pk=user.pk).update(is_staff=False),
        left,
    ],
    ids=["deactivated", "no longer staff", "without a role that reads cases"],
)
def test_the_feed_stops_for_somebody_who_has_left(db, leave):
    rea = make_user("Rea", "review_officer")
    secret = addresses.make(by=rea)
    assert feed(secret).status_code == 200
    leave(rea)
    assert feed(secret).status_code == 404


# -- the feed ------------------------------------------------------------------------------------------------------------


def test_the_feed_holds_what_the_page_holds_and_is_a_calendar_to_the_letter(db):
    today = current.today()
    long = "Zertifikat für Dachdeckerei, Reet; und \\Stroh – " + "茅葺き屋根" * 12
    case, mine = make_submitted(title=long), make_submitted()
    rea = make_user("Rea", "review_officer")
    Case.objects.filter(pk=case.pk).update(due_on=today + DAY, state="under_evaluation")
    Case.objects.filter(pk=mine.pk).update(due_on=today + 2 * DAY, state="under_evaluation", assigned_to=rea)
    number = publish(title="Certificate in Thatching", expiring_from=(today + 3 * DAY).isoformat()).number
    secret = addresses.make(by=rea)
    response = feed(secret)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "noindex" in response["X-Robots-Tag"] and not response.cookies and "Cookie" not in response.get("Vary", "")
    _, events = ical.read(response.content)
    user_sees = {(t.uid, t.day) for t in listed(today, today + 90 * DAY, user=rea)}
    assert {(e["UID"].partition("@")[0], e["DTSTART"]) for e in events} == {(u, f"{d:%Y%m%d}") for u, d in user_sees}
    by_id = {e["UID"].partition("@")[0]: e for e in events}
    assert by_id[f"case-{case.pk}"]["SUMMARY"] == f"Decision due by law: {case.reference} {long}"
    assert by_id[f"case-{case.pk}"]["URL"] == f"http://testserver/admin/registry/case/{case.pk}/change/"
    assert by_id[f"expiring-{number}"]["SUMMARY"] == f"Entry begins to expire: {number} Certificate in Thatching"
    _, own = ical.read(feed(secret, query={"whose": "mine"}).content)
    assert [e["UID"].partition("@")[0] for e in own] == [f"case-{mine.pk}"]
    assert feed(secret, query={"whose": "everybody"}).status_code == 400
    assert Client().post(f"/calendar/{secret}.ics").status_code == 405


def test_an_unchanged_calendar_is_the_same_bytes_and_answers_304(db):
    today = current.today()
    case = make_submitted()
    Case.objects.filter(pk=case.pk).update(due_on=today + DAY, state="under_evaluation")
    secret = addresses.make(by=make_user("Rea", "review_officer"))
    first, again = feed(secret), feed(secret)
    assert first.content == again.content and first["ETag"] == again["ETag"]
    same = feed(secret, headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    Case.objects.filter(pk=case.pk).update(due_on=today + 9 * DAY)
    moved = feed(secret, headers={"If-None-Match": first["ETag"]})
    assert moved.status_code == 200
    (before,), (after,) = (ical.read(r.content)[1] for r in (first, moved))
    assert before["UID"] == after["UID"] and before["DTSTART"] != after["DTSTART"]


def test_an_empty_calendar_is_one_all_the_same(db):
    calendar, events = ical.read(feed(addresses.make(by=make_user("Rea", "auditor"))).content)
    assert events == [] and calendar["DESCRIPTION"] == "What falls due at the authority."


def test_a_report_keeps_its_place_when_it_becomes_late_and_says_when_it_did(db):
    review = opened()
    due = review.case.answer_by
    (before,) = listed(due, due, today=due, only=frozenset({"report_due"}))
    (after,) = listed(due + 40 * DAY, due + 41 * DAY, only=frozenset({"report_late"}))
    assert before.uid == after.uid and before.day == after.day
    assert before.touched < after.touched == at(reporting.levels_from(due)[1], 0)


def test_unknown_addresses_answer_alike_and_too_many_requests_are_refused(db, monkeypatch):
    from django.core.cache import cache

    from registry.casework.agenda.feed import FeedThrottle

    cache.clear()
    unknown = feed("x" * 43)
    assert unknown.status_code == 404 and "noindex" in unknown["X-Robots-Tag"]
    monkeypatch.setattr(FeedThrottle, "THROTTLE_RATES", {"read": "2/min"})
    cache.clear()
    assert [feed("x" * 43).status_code for _ in range(3)] == [404, 404, 429]
    assert int(feed("x" * 43)["Retry-After"]) > 0
    cache.clear()


@pytest.mark.parametrize(
    "words_", ["a" * 300, "é" * 200, "茅" * 100, "𝄞" * 90, "x" * 74 + "é", "", "a\r\nb\x00\tc;d,e\\f\\n"]
)
def test_any_text_is_folded_and_escaped_so_that_it_comes_back(words_):
    line = icalendar.folded(f"SUMMARY:{icalendar.text(words_)}")
    (whole,) = ical.lines_of(line)
    assert ical.plain(whole.partition(":")[2]) == words_.replace("\r\n", "\n").replace("\x00", "")


def test_the_feed_costs_the_same_for_few_and_for_many(db):
    secret, today = addresses.make(by=make_user("Rea", "auditor")), current.today()
    publish(title="One", expiring_from=(today + DAY).isoformat())

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert feed(secret).status_code == 200
        return len(counted)

    few = queries()
    for n in range(20):
        publish(title=f"Certificate {n}", expiring_from=(today + DAY).isoformat())
    assert queries() == few < 12


def test_where_there_is_too_much_the_calendar_says_that_it_is_not_all(db, monkeypatch):
    from registry.casework.agenda import feed as module

    monkeypatch.setattr(module, "MOST", 2)
    for n in range(3):
        publish(title=f"Certificate {n}", expiring_from=(current.today() + DAY).isoformat())
    calendar, events = ical.read(feed(addresses.make(by=make_user("Rea", "auditor"))).content)
    assert len(events) == 2 and "Only the first 2 are here" in calendar["DESCRIPTION"]


def test_a_registration_that_was_given_for_a_time_is_there_while_it_stands(db):
    day = date(2027, 6, 30)
    held = make_provider("Harbour Institute", details={"registered_until": day.isoformat()})
    assert told(day - DAY, day) == [("registered_until", held.number, day)] and told(day + DAY, day + 9 * DAY) == []
    (thing,) = listed(day, day)
    assert thing.url == f"/admin/providers/provider/{held.pk}/change/" and thing.title == "Harbour Institute"
    Entry.objects.filter(number=held.number).update(ended_as="withdrawn", expiry_end=day - 90 * DAY)
    assert told(day - DAY, day) == []
