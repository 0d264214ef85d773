"""The first reviews of imported entries are spread by a rule that an officer reads before it is decided (edge case 42)."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials import bulk, schedule, spreading
from credentials.models import BulkRow, Credential, Review
from credentials.services import bulk_publishing
from registry.casework import services as desk
from registry.errors import NotAllowed, RuleViolations
from registry.framework import current
from registry.framework.calendar import is_working_day
from registry.framework.operators import months_after
from registry.journal import BATCH
from registry.models import Case, Change, Notice, Organisation
from registry.search import follower
from registry.verification import differences
from tests.builders import decide, document_of, make_listed, make_provider, make_signatory, make_user
from tests.credentials import many
from tests.credentials.many import TODAY, decided, handed_on, make_imported, spread
from tests.desk import act, officer, page, words

CALENDAR = current.profile().calendar
FIRST = date(2026, 4, 15)
WEEK = timedelta(days=7)
# Listings of many years, and of one day as well: imports bring thousands with the same one.
listings = st.one_of(st.none(), st.just(date(2019, 6, 3)), st.dates(date(1996, 1, 1), date(2026, 1, 14)))
entries = st.lists(st.tuples(listings, st.sampled_from([6, 12, 24])), max_size=60).map(
    lambda rows: [spreading.Waiting(f"NQ-{n:06d}", listed, period) for n, (listed, period) in enumerate(rows)]
)
kept_days = st.lists(st.dates(FIRST, FIRST + timedelta(days=400)), max_size=30)


def weeks_of(days) -> Counter:
    return Counter(spreading.monday(day) for day in days)


# -- the rule ----------------------------------------------------------------------------------------------------------


@given(entries=entries, per_week=st.integers(1, 6), kept=kept_days)
def test_no_week_gets_more_than_the_limit_every_day_is_a_working_day_and_nothing_opens_early(entries, per_week, kept):
    places = spreading.Spread(FIRST, per_week, CALENDAR, kept).place(entries)
    assert [place.number for place in places] == [entry.number for entry in entries], "everybody has one day"
    placed, before = weeks_of(place.due for place in places), weeks_of(kept)
    assert all(n + before[week] <= per_week for week, n in placed.items())
    assert all(place.due >= FIRST and is_working_day(place.due, CALENDAR) for place in places)


@given(entries=entries, kept=kept_days, more=st.integers(0, 4))
def test_with_the_least_limit_or_more_everybody_is_placed_within_one_period_and_with_less_not(entries, kept, more):
    least = spreading.least_per_week(entries, FIRST, CALENDAR, kept)
    spread = spreading.Spread(FIRST, least + more, CALENDAR, kept)
    assert all(place.due <= spread.last(place.period) for place in spread.place(entries))
    if entries and least > 1:
        tight = spreading.Spread(FIRST, least - 1, CALENDAR, kept)
        assert any(place.due > tight.last(place.period) for place in tight.place(entries))


@given(entries=entries, per_week=st.integers(1, 6), kept=kept_days, shuffled=st.randoms())
def test_the_same_entries_get_the_same_days_in_whatever_order_they_come(entries, per_week, kept, shuffled):
    other = list(entries)
    shuffled.shuffle(other)
    first, second = (spreading.Spread(FIRST, per_week, CALENDAR, kept).place(rows) for rows in (entries, other))
    assert first == second


@given(entries=entries, per_week=st.integers(1, 6))
def test_what_is_stored_leads_to_the_day_that_is_shown_and_on_to_the_anniversaries_after_it(entries, per_week):
    listed = {entry.number: entry.listed_on for entry in entries}
    for place in spreading.Spread(FIRST, per_week, CALENDAR).place(entries):
        assert schedule.due_after(place.anchor, place.months) == place.due
        if place.on_anniversary:
            assert place.anchor == listed[place.number] and place.months % place.period == 0
        credential = Credential(
            review_anchor=place.anchor,
            review_months=place.months,
            review_period_months=place.period,
            review_due=place.due,
        )
        following = schedule.advance(credential, place.due)
        assert following == schedule.due_after(place.anchor, place.months + place.period)


def test_an_entry_keeps_its_anniversary_where_the_week_has_room_and_else_moves_on_to_the_next_that_has():
    rows = [spreading.Waiting(f"NQ-{n}", date(2019, 6, 3), 12) for n in range(1, 6)]
    first, second, *rest = spreading.Spread(FIRST, 2, CALENDAR).place(rows)
    # 3 June 2026 is a Wednesday; the Monday of that week is the King's Birthday.
    assert (first.due, second.due) == (date(2026, 6, 3), date(2026, 6, 3)) and first.months == 84
    assert [spreading.monday(place.due) for place in rest] == [date(2026, 6, 8), date(2026, 6, 8), date(2026, 6, 15)]
    assert {place.months for place in rest} == {0} and all(place.anchor == place.due for place in rest)


def test_what_finds_no_room_before_the_end_of_its_period_goes_to_the_weeks_before_its_anniversary():
    late = months_after(FIRST, 12) - timedelta(days=2)
    rows = [spreading.Waiting(f"NQ-{n}", late.replace(year=2020), 12) for n in (1, 2, 3)]
    places = spreading.Spread(FIRST, 1, CALENDAR).place(rows)
    assert [place.due <= months_after(FIRST, 12) for place in places] == [True] * 3
    assert [spreading.monday(place.due) for place in places][1:] == [
        spreading.monday(FIRST), spreading.monday(FIRST) + WEEK
    ]  # fmt: skip


def test_an_anniversary_of_29_february_is_counted_from_the_listing_itself():
    (place,) = spreading.Spread(date(2027, 1, 1), 1, CALENDAR).place([spreading.Waiting("NQ-1", date(2024, 2, 29), 12)])
    assert (place.months, place.anchor) == (36, date(2024, 2, 29))
    assert place.due == schedule.due_after(date(2024, 2, 29), 36)


# -- the case ----------------------------------------------------------------------------------------------------------


def test_case_42_the_rule_is_shown_with_its_numbers_and_a_plot_before_anybody_decides(db):
    make_imported(*[{"listed_on": date(2015, 3, 2)} for _ in range(12)])
    case = handed_on(spread(per_week=5))
    for role in ("evaluator", "decision_maker", "auditor"):
        html = page(officer(role), case)
        shown = words(html)
        assert "12 current entries have no day for their next review, or one that is over." in shown
        assert "The busiest week has 5 of them." in shown and "5 keep the anniversary of their listing; 7 move" in shown
        assert "At most 5 fall due in any week." in shown and "0 entries have a day ahead and keep it" in shown
        assert '<svg class="plot" role="img"' in html and "First reviews" in shown and "Mar 2" in shown
    assert not Change.objects.filter(action="revised").exists(), "nothing has been decided"


def test_case_42_each_entry_gets_a_review_day_of_its_own_record_and_the_public_record_names_the_decision(db):
    dated, undated = make_imported({"listed_on": date(2020, 1, 31)}, {"listed_on": None})
    case = spread()
    decision = decided(case)
    for credential in (dated, undated):
        credential.refresh_from_db()
        document = document_of(credential.number)
        assert document["review_due"] == credential.review_due.isoformat() and document["revision"] == 2
        assert document["decisions"][-1]["number"] == decision.number and document["review_period_months"]
        assert schedule.due_after(credential.review_anchor, credential.review_months) == credential.review_due
        assert schedule.opens_on(credential.review_due) >= case.review_spread.opens_from
        assert Change.objects.of(credential.number).last().action == "revised"
    assert undated.review_anchor == undated.review_due
    follower.catch_up()
    assert list(differences()) == []


def test_case_42_five_thousand_imported_entries_make_no_review_storm(db):
    count = 5_000
    same_day = [{"listed_on": date(2012, 7, 1)} for _ in range(count // 2)]
    years = [{"listed_on": date(2000, 1, 1) + timedelta(days=n * 3), "kind": "micro_credential"} for n in range(2_000)]
    nowhere = [{"listed_on": None, "kind": "micro_credential"} for _ in range(count - len(same_day) - len(years))]
    make_imported(*same_day, *years, *nowhere)
    case = handed_on(spread())
    limit = case.submissions.get().content["content"]["per_week"]
    (decision,) = decide(case)
    assert not Change.objects.filter(decision_number=decision.number).exists(), "more than one transaction may hold"
    assert bulk_publishing.publish_due() == count

    due = list(Credential.objects.values_list("review_due", flat=True))
    assert len(due) == count and None not in due
    assert bulk.busiest_week(due) <= limit < count // 20
    assert Change.objects.filter(decision_number=decision.number).count() == count
    assert Notice.objects.filter(key__startswith="bulk:").count() == 0
    assert count > BATCH


def test_nobodys_own_day_ahead_alters_and_it_takes_the_room_of_its_week(db):
    (waiting,) = make_imported({"listed_on": date(2020, 9, 30)})
    opens = TODAY + timedelta(days=30)
    case = spread(per_week=1)
    (place,) = bulk.worked_out(case).places
    own = make_imported({"review_due": place.due}, {"review_due": TODAY}, {"review_due": TODAY + timedelta(days=1)})
    case = spread(per_week=1)
    plan = bulk.worked_out(case)
    assert [p.number for p in plan.places] == [waiting.number] and plan.first == bulk.first_due(opens)
    assert spreading.monday(plan.places[0].due) != spreading.monday(place.due)
    decided(case)
    for credential, before in zip(own, (place.due, TODAY, TODAY + timedelta(days=1)), strict=True):
        assert Credential.objects.get(pk=credential.pk).review_due == before
        assert document_of(credential.number)["revision"] == 1


def test_what_is_not_current_or_was_asked_of_a_body_already_gets_no_day(db):
    over = TODAY - timedelta(days=20)
    past, asked, _expiring, _closed = make_imported(
        {"review_due": over}, {"review_due": over}, {"expiring_from": over}, {"closed_undated": True}
    )
    make_listed()
    case = desk.open_case(kind="review_spread", organisation=Organisation.objects.first(), by=None)
    Review.objects.create(case=case, credential=asked, of_entry=True, due_on=over)
    assert [line.number for line in bulk.lines_of(spread())] == [past.number]


def test_an_entry_that_got_a_day_or_ended_after_it_was_handed_on_is_left_out_and_named(db):
    fine, scheduled, ended = make_imported({}, {}, {})
    case = handed_on(spread())
    Credential.objects.filter(pk=scheduled.pk).update(review_due=TODAY + timedelta(days=500))
    ended.closed_undated = True
    many.said_again(ended)
    decide(case)
    standings = {line.number: (line.standing, line.why) for line in bulk.lines_of(Case.objects.get(pk=case.pk))}
    assert standings == {
        fine.number: (BulkRow.Standing.PUBLISHED, ""), scheduled.number: (BulkRow.Standing.LEFT_OUT, "altered"),
        ended.number: (BulkRow.Standing.LEFT_OUT, "discontinued"),
    }  # fmt: skip
    assert Credential.objects.get(pk=scheduled.pk).review_due == TODAY + timedelta(days=500)


def test_a_plan_of_which_the_first_review_would_have_opened_already_is_looked_at_again(db):
    make_imported({})
    case = spread(opens_from=TODAY - timedelta(days=1))
    with pytest.raises(NotAllowed, match="choose a later day"):
        desk.submit(case_id=case.pk, by=case.officer)


def test_where_every_entry_has_a_day_there_is_nothing_to_spread_and_the_page_says_so(db):
    make_listed()
    case = spread()
    shown = words(page(officer("registrar"), case))
    assert "Every current entry has a day for its next review." in shown and "No entry is selected." in shown
    with pytest.raises(RuleViolations, match="nothing to spread"):
        desk.submit(case_id=case.pk, by=case.officer)


def test_the_limit_is_a_whole_number_of_at_least_one_and_one_that_is_too_small_is_told(db):
    make_imported(*[{} for _ in range(300)])
    case = spread(per_week=1)
    assert "not all of them fit into one period" in words(page(officer("registrar"), case))
    client = officer("registrar")
    for typed in ("0", "-3", "many"):
        answer = act(client, case, "edit", {"per_week": typed, "revision": case.revision})
        assert answer.status_code == 422 and f'value="{typed}"' in answer.content.decode()
    case.refresh_from_db()
    assert Case.objects.get(pk=case.pk).review_spread.per_week == 1


def test_each_body_is_told_once_when_its_entries_are_reviewed_next(db):
    harbour = make_provider()
    sina = make_signatory(harbour)
    first, second = make_imported({}, {}, provider=harbour)
    decided(spread())
    bulk_publishing.publish_due()
    (told,) = Notice.objects.filter(person=sina)
    assert "2 of your entries" in told.subject and first.number in told.body and second.number in told.body
    first.refresh_from_db()
    assert first.review_due.isoformat() in told.body


def test_a_draft_that_was_dropped_placed_nothing_and_claims_nothing(db):
    make_imported({})
    case = spread()
    desk.withdraw(case_id=case.pk, by=case.officer)
    assert "Nothing is placed by it." in words(page(officer("auditor"), case))


def test_whoever_wrote_it_does_not_decide_it(db):
    make_imported({})
    both = make_user("Rob", "evaluator", "decision_maker")
    case = handed_on(spread(both))
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, both)
