"""What providers owe after each period of their own financial year (section 1.12 of the domain specification): when it is
opened and due, who is asked and who is not, by one process or two."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import islice

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from providers import financial_years, returns, services
from providers.lifecycle_returns import RETURN
from providers.models import Provider, ProviderReturn
from registry import daily
from registry.audit import Event
from registry.casework import reporting
from registry.casework import services as desk
from registry.content.bodies import TYPES
from registry.errors import NotAllowed, RegisterError
from registry.framework import current
from registry.framework.law import FIGURES, PROVIDER_TYPES
from registry.models import Case, Change, Notice
from tests.builders import document_of, make_editor, make_provider, make_signatory, make_user
from tests.desk import officer, page, words
from tests.providers.applying import at_noon
from tests.providers.returning import (
    AFTER,
    ANNUAL,
    QUARTER,
    UNTIL,
    opened,
    periods,
    read,
    run,
    school,
    submitted,
    written,
)
from tests.together import at_once

DAY = timedelta(days=1)


# -- financial years ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year_end", "months", "last_days"),
    [
        ("", 12, ["2027-12-31", "2028-12-31"]),
        ("06-30", 12, ["2027-06-30", "2028-06-30"]),
        ("06-30", 3, ["2027-03-31", "2027-06-30", "2027-09-30", "2027-12-31", "2028-03-31"]),
        ("02-29", 12, ["2027-02-28", "2028-02-29", "2029-02-28"]),
        ("02-29", 3, ["2027-02-28", "2027-05-31", "2027-08-31", "2027-11-30", "2028-02-29"]),
        ("02-28", 12, ["2027-02-28", "2028-02-28"]),
        ("04-05", 3, ["2027-01-05", "2027-04-05", "2027-07-05"]),
        ("12-30", 3, ["2027-03-30", "2027-06-30", "2027-09-30", "2027-12-30"]),
    ],
)
def test_a_year_ends_on_its_day_and_its_quarters_with_it(year_end, months, last_days):
    found = financial_years.ends(year_end, months, date(2026, 12, 31))
    assert [day.isoformat() for day in islice(found, len(last_days))] == last_days


def test_a_period_begins_on_the_day_after_the_one_before_it():
    begun = [financial_years.begins(*asked) for asked in (
        ("", 12, date(2027, 12, 31)), ("02-29", 12, date(2028, 2, 29)), ("02-29", 12, date(2029, 2, 28)),
        ("06-30", 3, date(2027, 3, 31)),
    )]  # fmt: skip
    assert [day.isoformat() for day in begun] == ["2027-01-01", "2027-03-01", "2028-03-01", "2027-01-01"]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("06-30", True),
        ("02-29", True),
        ("02-30", False),
        ("13-01", False),
        ("00-10", False),
        ("6-30", False),
        ("", False),
    ],
)
def test_a_year_ends_on_a_day_of_the_calendar(text, is_one):
    assert financial_years.is_year_end(text) is is_one


# -- what is opened, and when it is due --------------------------------------------------------------------------------


def test_the_annual_return_is_due_five_months_after_the_end_of_each_providers_own_year(db):
    """Two providers with different years, on one day: neither is asked by the calendar year."""
    june, december = school("June School", "06-30"), school("December School")
    assert run(date(2027, 6, 30)) == 2, "one quarter for each, which ended in March"
    assert run(date(2027, 7, 1)) == 3, "the year of one, and a quarter of each"
    assert periods(june) == [("2026-07-01", "2027-06-30", "2027-11-30")]
    assert periods(december) == []
    run(AFTER)
    assert periods(december) == [("2027-01-01", "2027-12-31", "2028-05-31")]
    assert len(periods(june)) == 1


def test_a_day_on_which_nobody_works_rolls_to_the_next_one(db):
    """29 July 2028 is a Saturday."""
    leap = school("Leap School", "02-29", registered_on=date(2027, 1, 10))
    run(date(2028, 3, 1))
    assert periods(leap) == [
        ("2026-03-01", "2027-02-28", "2027-07-28"),
        ("2027-03-01", "2028-02-29", "2028-07-31"),
    ]


def test_a_quarter_is_due_five_working_days_after_it_ends_whatever_holidays_there_are(db):
    """1 January 2028 is a Saturday: its holiday, and that of the day after, are kept on Monday and Tuesday."""
    provider = school()
    run(AFTER)
    assert periods(provider, QUARTER) == [
        ("2027-01-01", "2027-03-31", "2027-04-07"),
        ("2027-04-01", "2027-06-30", "2027-07-07"),
        ("2027-07-01", "2027-09-30", "2027-10-07"),
        ("2027-10-01", "2027-12-31", "2028-01-11"),
    ]


def test_what_was_missed_is_opened_late_each_once_and_the_oldest_first(db):
    provider = school()
    assert run(AFTER) == 5
    rows = ProviderReturn.objects.filter(provider=provider).order_by("case_id")
    ends = [r.period_until for r in rows]
    assert ends == sorted(ends) and len({r.case.reference for r in rows}) == 5
    assert run(AFTER) == 0
    assert run(AFTER + 40 * DAY) == 0


def test_whoever_is_asked_after_the_day_of_the_law_has_time_to_report(db):
    """The register was late, and not the body: the day of the law is kept, and twenty working days are given."""
    provider = school()
    run(AFTER)
    first, *_, last = opened(provider, QUARTER)
    assert first.due_on == date(2027, 4, 7) and first.case.answer_by == date(2028, 2, 1)
    assert last.case.answer_by == last.due_on == date(2028, 1, 11)
    assert reporting.late_report(provider.organisation_id, AFTER) is None
    (annual,) = opened(provider)
    assert annual.case.answer_by == annual.due_on
    case = submitted(written(read(first.case_id, make_signatory(provider))))
    html = words(page(officer("evaluator"), case))
    assert "More time was given until 2028-02-01" in html and "Days late" not in html


def test_a_return_is_opened_by_the_register_and_told_to_those_who_act_for_the_body(db):
    provider = school(registered_on=date(2027, 11, 1))
    signatory, editor, stranger = make_signatory(provider), make_editor(provider), make_signatory(school("Elsewhere"))
    daily.run(AFTER)
    (record,) = opened(provider)
    case = record.case
    assert case.reference.startswith("RET-2028-") and case.title == "Annual return 2027-01-01 – 2027-12-31"
    assert (case.state, case.submitted_at, case.answer_by) == ("draft", None, date(2028, 5, 31))
    assert case.events.get(name="case:opened").role == "system" and not case.parts.exists()
    told = Notice.objects.filter(case=case)
    assert {notice.person for notice in told} == {signatory, editor}
    assert "Annual return 2027-01-01 – 2027-12-31 is due on 2028-05-31" in told.get(person=editor).subject
    assert not Case.objects.filter(pk=case.pk).for_user(stranger).exists()


def test_nobody_is_asked_for_the_years_before_it_was_registered_or_before_the_obligation_began(db):
    """No storm when it is first switched on: since 2010 there would be 17 years."""
    old, new = school("Old", registered_on=date(2010, 1, 1)), school("New", registered_on=date(2027, 8, 1))
    of_the_day = school("Of the day", registered_on=UNTIL)
    run(AFTER)
    assert len(periods(old)) == 1 and len(periods(old, QUARTER)) == 4
    assert [p[1] for p in periods(new, QUARTER)] == ["2027-09-30", "2027-12-31"]
    assert periods(of_the_day) == periods(of_the_day, QUARTER) == []


def test_who_is_not_asked(db):
    """Other types of body, those known only from an import, those not registered, and those whose registration ended."""
    make_provider("A university", type="university")
    make_provider("No type", type=None)
    school("From an import", unverified=True, registered_on=None)
    school("Ended", ended_on=date(2027, 3, 1), ended_as="closed")
    first = date(2027, 2, 1)
    services.impose(school("Cancelled"), kind="cancellation", summary={"en": "Gone."}, on=first, now=at_noon(first))
    assert run(AFTER) == 0
    assert not Provider.objects.to_ask(AFTER, returns.law()).exists(), "and nobody looks at them each day"


def test_a_suspended_provider_is_asked_and_one_that_ends_later_until_then(db):
    suspended, leaving = school("Suspended"), school("Leaving", ended_on=date(2027, 8, 1), ended_as="withdrawn")
    first = date(2027, 1, 5)
    services.impose(suspended, kind="suspension", summary={"en": "Suspended."}, on=first, now=at_noon(first))
    run(date(2027, 7, 1))
    assert len(periods(suspended, QUARTER)) == len(periods(leaving, QUARTER)) == 2
    run(AFTER)
    assert len(periods(suspended, QUARTER)) == 4 and len(periods(leaving, QUARTER)) == 2


def test_the_quality_category_of_the_day_on_which_a_period_ends_dispenses(db):
    """Category 1 until the end of June, category 2 from then on; the annual return knows no dispensation."""
    rows = [{"category": "1", "from": "2024-05-01", "until": "2027-06-30"}, {"category": "2", "from": "2027-07-01"}]
    provider = school(details={"quality_categories": rows})
    run(AFTER)
    assert [p[1] for p in periods(provider, QUARTER)] == ["2027-09-30", "2027-12-31"]
    assert len(periods(provider)) == 1
    always = school("Always", details={"quality_categories": rows[:1]})
    run(date(2027, 4, 1))
    assert periods(always, QUARTER) == []


def test_a_provider_that_is_registered_later_or_changes_its_type_is_found_by_what_was_published_of_it(db):
    provider = make_provider("Turns into a school", type="community")
    assert run(date(2027, 4, 1)) == 0
    provider.type = "private_training"
    provider.save(update_fields=["type"])
    assert run(date(2027, 4, 2)) == 0, "what was not published is not known"
    services.publish(provider, effective_from=date(2027, 4, 2), now=at_noon(date(2027, 4, 2)))
    assert run(date(2027, 4, 3)) == 1


def test_another_law_is_looked_at_anew_by_everybody(db, monkeypatch):
    provider, profile = make_provider("A university", type="university"), current.profile()
    assert run(AFTER) == 0
    wider = [replace(o, applies_to=("private_training", "university")) for o in profile.provider_returns]
    monkeypatch.setattr(current, "profile", lambda: replace(profile, provider_returns=tuple(wider)))
    assert run(AFTER) == 5 and len(periods(provider)) == 1
    monkeypatch.setattr(current, "profile", lambda: replace(profile, provider_returns=()))
    assert run(AFTER + 400 * DAY) == 0


def test_the_work_of_a_day_grows_with_what_is_due_and_not_with_the_register(db):
    """Once each has been looked at, a day on which nothing is due costs the same few queries for two and for twelve."""
    for n in range(2):
        school(f"School {n}")
    run(date(2027, 4, 1))
    with CaptureQueriesContext(connection) as few:
        assert run(date(2027, 5, 1)) == 0
    for n in range(10):
        school(f"Another school {n}")
    run(date(2027, 5, 2))
    with CaptureQueriesContext(connection) as many:
        assert run(date(2027, 5, 3)) == 0
    assert len(many) == len(few)


# -- twice, and at once ------------------------------------------------------------------------------------------------


def test_two_processes_at_once_open_each_period_once(committing_db):
    provider, other = school(), school("Other", "06-30")
    counts = at_once(partial(run, AFTER), partial(run, AFTER))
    found = ProviderReturn.objects.count()
    assert sum(counts) == found == len(periods(provider)) + len(periods(provider, QUARTER)) + len(periods(other)) + 4
    assert Case.objects.filter(kind=RETURN).count() == found, "and no case without its return"


def test_the_database_keeps_one_return_of_a_period(db):
    provider = school()
    run(AFTER)
    (record,) = opened(provider)
    case = desk.open_case(kind=RETURN, organisation=provider.organisation, by=None, role="system")
    with pytest.raises(IntegrityError, match="one_return_of_a_period"), transaction.atomic():
        ProviderReturn.objects.create(
            case=case, provider=provider, obligation=ANNUAL, period_from=record.period_from,
            period_until=record.period_until, due_on=record.due_on, report_by=record.due_on,
        )  # fmt: skip


def test_what_another_process_has_opened_is_passed_by_and_the_rest_is_opened(db, monkeypatch):
    """Even without the lock: the constraint refuses the second, and nothing of it is left."""
    provider = school()
    run(date(2027, 4, 1))
    monkeypatch.setattr(returns, "_last_asked", lambda provider: {})
    Provider.objects.update(returns_law="")
    assert run(date(2027, 7, 1)) == 1
    assert len(periods(provider, QUARTER)) == 2 and Case.objects.filter(kind=RETURN).count() == 2


# -- when the year ends ------------------------------------------------------------------------------------------------


def test_a_new_end_of_the_year_brings_back_no_period_and_leaves_none_out(db):
    provider = school()
    run(AFTER)
    services.set_financial_year(provider_id=provider.pk, by=make_user("Rea", "registrar"), year_end="03-31")
    run(AFTER + DAY)
    assert len(periods(provider)) == 1
    run(date(2028, 4, 1))
    assert periods(provider)[1][:2] == ("2028-01-01", "2028-03-31"), "what lies between"
    run(date(2029, 4, 1))
    assert periods(provider)[2][:2] == ("2028-04-01", "2029-03-31")


def test_when_a_year_ends_is_said_by_officers_recorded_and_not_public(db):
    provider = school()
    before = Change.objects.count()
    rea = make_user("Rea", "registrar")
    services.set_financial_year(provider_id=provider.pk, by=rea, year_end="06-30")
    services.set_financial_year(provider_id=provider.pk, by=rea, year_end="06-30")
    (event,) = Event.objects.filter(name="provider:financial_year")
    assert event.details == {"provider": provider.number, "before": "", "after": "06-30"}
    assert (event.person_id, event.role) == (rea.person_id, "registrar")
    assert Change.objects.count() == before and "06-30" not in str(document_of(provider.number))
    with pytest.raises(RegisterError, match="such as 06-30"):
        services.set_financial_year(provider_id=provider.pk, by=rea, year_end="02-30")
    for stranger in (make_user("Eva", "evaluator"), make_user("Dana", "decision_maker"), make_signatory(provider)):
        with pytest.raises(NotAllowed):
            services.set_financial_year(provider_id=provider.pk, by=stranger, year_end="03-31")
    desk.declare_interest_in(by=rea, organisation=provider.organisation, reason="My sister's school.")
    with pytest.raises(NotAllowed, match="interest"):
        services.set_financial_year(provider_id=provider.pk, by=rea, year_end="03-31")
    provider.refresh_from_db()
    assert provider.financial_year_end == "06-30"


def test_the_desk_page_of_a_provider_shows_its_year_and_takes_another(db):
    provider, rea = school(), officer("registrar")
    at = f"/admin/providers/provider/{provider.pk}/"
    assert "Ends on 12-31" in words(rea.get(f"{at}change/").content.decode())
    wrong = rea.post(f"{at}financial-year/", {"year_end": "31 June"})
    assert (
        wrong.status_code == 422
        and "such as 06-30" in wrong.content.decode()
        and "31 June"[:5] in wrong.content.decode()
    )
    assert rea.post(f"{at}financial-year/", {"year_end": "06-30"}).status_code == 302
    assert "Ends on 06-30" in words(rea.get(f"{at}change/").content.decode())
    auditor = officer("auditor")
    assert "financial-year" not in auditor.get(f"{at}change/").content.decode()
    assert auditor.post(f"{at}financial-year/", {"year_end": "03-31"}).status_code == 403
    provider.refresh_from_db()
    assert provider.financial_year_end == "06-30"


# -- the law as data ---------------------------------------------------------------------------------------------------


def test_the_codes_that_a_profile_may_name_are_those_that_the_register_has():
    assert set(PROVIDER_TYPES) == set(TYPES)
    assert all(ProviderReturn._meta.get_field(name) for name in FIGURES)
