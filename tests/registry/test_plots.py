"""Reviews in figures: the numbers against a plain count in Python, and how plots are drawn."""

import random
import re
from datetime import date, datetime, time, timedelta
from importlib import import_module
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from dateutil.relativedelta import relativedelta
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credentials import agenda
from credentials.lifecycle_reviews import REVIEW
from credentials.models import Credential
from credentials.services import reviewing
from registry import plots
from registry.casework import reporting
from registry.casework.agenda import figures, sources
from registry.casework.services import reporting as reports
from registry.framework import current
from registry.models import Case, Organisation
from registry.plots import Bar, bars, ticks, wrapped
from tests.builders import make_listed, make_user
from tests.credentials.reviewing import opened, report, signatory_of
from tests.desk import officer, words
from tests.registry.test_clock import at

DAY = timedelta(days=1)
PAGE = "/admin/registry/case/calendar/figures/"
TODAY = date(2027, 3, 10)
SVG = "{http://www.w3.org/2000/svg}"


def day_at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), timezone.get_current_timezone())


def make_reports(count: int, seed: int) -> list[Case]:
    """Reports of every age, in every state; some handed in early in the morning or late at night of their last day."""
    chance, body = random.Random(seed), Organisation.objects.create(legal_name="Harbour Institute")
    cases = []
    for n in range(count):
        due = TODAY + chance.randrange(-500, 60) * DAY
        came = chance.choice(
            [None, due, due, due - chance.randrange(40) * DAY, due + DAY, due + chance.randrange(90) * DAY]
        )
        state = chance.choice(list(reporting.STATES))
        if came is None:
            state = chance.choice(["draft", "under_evaluation", "withdrawn"])
        cases.append(Case(
            reference=f"REV-2020-{n:06d}", kind=REVIEW, organisation=body, state=state, report_by=due,
            opened_at=day_at(TODAY - chance.randrange(300) * DAY, chance.choice([0, 12, 23])),
            submitted_at=came and day_at(came, chance.choice([0, 12, 23])),
        ))  # fmt: skip
    return Case.objects.bulk_create(cases)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_share_that_comes_in_time_is_what_a_plain_count_says(db, seed):
    cases = make_reports(300, seed)
    figure = figures.in_time(Case.objects.all(), TODAY)
    expected = {}
    for case in cases:
        month = case.report_by.replace(day=1)
        closed = case.state == "withdrawn" and case.submitted_at is None
        if date(2026, 4, 1) <= month and case.report_by < TODAY and not closed:
            row = expected.setdefault(month, [0, 0, 0])
            came = case.submitted_at and timezone.localdate(case.submitted_at)
            row[2 if came is None else int(came > case.report_by)] += 1
    months = [date(2026, 4, 1) + relativedelta(months=n) for n in range(12)]
    assert [values[:3] for _, values in figure.rows] == [tuple(expected.get(month, (0, 0, 0))) for month in months]
    assert figure.rows[0][0] == "Apr 2026" and figure.rows[-1][0] == "Mar 2027"
    soon, every = sum(row[0] for row in expected.values()), sum(map(sum, expected.values()))
    assert (
        figure.finding.startswith(f"{soon} of the {every} reports")
        and f"{round(100 * soon / every)}%" in figure.finding
    )
    assert all(any(row[i] for row in expected.values()) for i in range(3)), "the example has some of each"


@pytest.mark.parametrize("seed", [3, 4])
def test_the_ages_and_states_of_open_reviews_are_what_a_plain_count_says(db, seed):
    cases = make_reports(300, seed)
    aged, standing = figures.ages(Case.objects.all(), TODAY)
    still = [case for case in cases if case.state in reporting.OPEN]
    days = [(TODAY - timezone.localdate(case.opened_at)).days for case in still]
    bounds = [
        ("0–30", 0, 30),
        ("31–60", 31, 60),
        ("61–90", 61, 90),
        ("91–180", 91, 180),
        ("more than 180", 181, 10_000),
    ]
    assert aged.rows == [(label, (sum(low <= d <= high for d in days),)) for label, low, high in bounds]
    assert all(n for _, (n,) in aged.rows)
    for (label, values), state in zip(standing.rows, reporting.OPEN, strict=True):
        mine = [d for d, case in zip(days, still, strict=True) if case.state == state]
        counted = [sum(low <= d <= high for d in mine) for _, low, high in bounds]
        assert (label, values) == (str(reporting.STATES[state]), (*counted, len(mine)))
    assert sum(values[-1] for _, values in standing.rows) == len(still)


def test_the_last_day_of_a_report_moves_with_more_time_and_stays_once_it_is_handed_in(db):
    review = opened()
    case, due = review.case, review.case.answer_by
    assert case.report_by == due
    until = reports.latest_day(case)
    reports.extend(case_id=case.pk, by=make_user("Rea", "review_officer"), until=until, reason="Illness.", now=at(due))
    report(review, by=signatory_of(case), now=at(until, 23))
    case.refresh_from_db()
    assert (case.answer_by, case.report_by) == (None, until)
    day = until + 3 * DAY
    assert figures.in_time(Case.objects.all(), day).finding.startswith("1 of the 1 report that fell due")
    Case.objects.update(submitted_at=at(until + DAY, 0))
    assert figures.in_time(Case.objects.all(), day).finding.startswith("0 of the 1 report that fell due")
    assert figures.in_time(Case.objects.all(), until).empty, "its last day is not over"


def test_reports_from_before_that_day_was_kept_get_it_from_what_is_known_of_them(db):
    """What the migration writes: the day while it is asked for, then the last extension, else the day of the cycle."""
    fill = import_module("credentials.migrations.0013_report_by").FILL
    asked, put_off, handed_in = (opened(make_listed(title=title)) for title in ("One", "Two", "Three"))
    due, rea = put_off.case.answer_by, make_user("Rea", "review_officer")
    until = reports.latest_day(put_off.case)
    reports.extend(case_id=put_off.case_id, by=rea, until=until, reason="Illness.", now=at(due))
    for review in (put_off, handed_in):
        report(review, by=signatory_of(review.case), now=at(due))
    known = dict(Case.objects.filter(kind=REVIEW).values_list("pk", "report_by"))
    assert known == {asked.pk: asked.due_on, put_off.pk: until, handed_in.pk: handed_in.due_on}
    Case.objects.update(report_by=None)
    with connection.cursor() as cursor:
        cursor.execute(fill)
    assert dict(Case.objects.filter(kind=REVIEW).values_list("pk", "report_by")) == known


def test_reviews_are_counted_in_the_month_in_which_they_fall_due_open_or_not(db):
    one = make_listed()
    two = make_listed(title="Rope rescue")
    due = one.review_due
    Credential.objects.filter(pk=two.pk).update(review_due=due + relativedelta(months=5))
    today = due - relativedelta(months=1)
    reviewing.open_reviews(today, now=at(today))
    (cycle,) = sources.cycles()
    figure = figures.due(cycle, today)
    counted = {label: values for label, values in figure.rows if values[-1]}
    later = due + relativedelta(months=5)
    assert counted == {due.strftime("%b %Y"): (1, 0, 1), later.strftime("%b %Y"): (0, 1, 1)}
    assert len(figure.rows) == 24 and figure.finding.startswith("2 reviews fall due")
    after = figures.due(cycle, due + relativedelta(months=2))
    assert "in the twelve months before there were 1." in after.finding
    Case.objects.filter(review__credential=one).update(state="withdrawn")
    assert agenda.reviews_by_month(due - DAY, due + DAY, today) == ({}, {})


def test_without_reviews_the_page_says_so_and_draws_nothing(db):
    html = officer("decision_maker").get(PAGE).content.decode()
    for said in (
        "None fell due in the last twelve months", "No report fell due in twelve months.", "No review is open.",
    ):  # fmt: skip
        assert said in words(html), said
    assert "<svg class=" not in html[html.index('class="case"') :]


def test_every_plot_stands_beside_its_numbers_and_costs_the_same_for_many(db):
    client = officer("auditor")
    today = current.today()

    def queries() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as counted:
            html = client.get(PAGE).content.decode()
        return len(counted), html

    make_reports(2, 5)
    Case.objects.update(state="draft", report_by=today - DAY, opened_at=timezone.now() - 40 * DAY)
    few, html = queries()
    shown = html[html.index('class="case"') :]
    assert shown.count('role="img"') == shown.count("<table") == 3 and "style=" not in shown
    assert re.search(r'31–60</th><td class="number">2<', shown)
    body = Organisation.objects.get(legal_name="Harbour Institute")
    Case.objects.bulk_create(
        Case(reference=f"REV-2021-{n:06d}", kind=REVIEW, organisation=body, state="draft", report_by=today,
             opened_at=timezone.now() - n * DAY)
        for n in range(200)
    )  # fmt: skip
    many, _ = queries()
    assert many == few < 20


# -- how they are drawn --------------------------------------------------------------------------------------------------


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_a_plot_has_a_name_for_people_who_do_not_see_it_and_escapes_what_it_says():
    svg = bars([Bar("<b>&", (3,))], name="it", title='"3" & <more>', said="All of <it>")
    root = parsed(svg)
    assert root.get("role") == "img" and root.get("aria-labelledby") == "it-title"
    assert root.find(f"{SVG}title").text == '"3" & <more>' and root.find(f"{SVG}desc").text == "All of <it>"
    assert root.get("aria-describedby") == root.find(f"{SVG}desc").get("id")
    assert "<b>&" in [text.text for text in root.iter(f"{SVG}text")]
    assert "style" not in svg and "script" not in svg


def test_the_length_of_a_bar_is_its_share_of_the_scale_and_series_follow_each_other():
    root = parsed(
        bars(
            [Bar("one", (20, 30, 0)), Bar("two", (100, 0, 0))], name="it", title="x", series=("a", "b", "c"), rtl=False
        )
    )
    drawn = [
        (r.get("class"), int(r.get("x")), int(r.get("width")))
        for r in root.iter(f"{SVG}rect")
        if r.get("height") == str(plots.BAR)
    ]
    room = plots.WIDTH - plots.HEAD - plots.TAIL
    assert [d[0] for d in drawn] == ["s1", "s2", "s1"], "nothing has no bar"
    assert drawn[0][1] == plots.HEAD and drawn[1][1] == drawn[0][1] + drawn[0][2]
    assert drawn[2][2] == room and drawn[0][2] == room * 20 // 100
    assert {"a", "b", "c"} <= {text.text for text in root.iter(f"{SVG}text")}, "the series are named"


def test_where_one_reads_from_the_right_the_picture_is_mirrored():
    rows = [Bar("one", (20, 30)), Bar("two", (7, 0))]
    there, back = (
        parsed(bars(rows, name="it", title="x", series=("a", "b"), rtl=rtl)) for rtl in (False, True)
    )  # fmt: skip
    assert (there.get("direction"), back.get("direction")) == ("ltr", "rtl")
    for one, other in zip(there.iter(f"{SVG}rect"), back.iter(f"{SVG}rect"), strict=True):
        assert int(one.get("x")) + int(one.get("width")) == plots.WIDTH - int(other.get("x"))
    for one, other in zip(there.iter(f"{SVG}text"), back.iter(f"{SVG}text"), strict=True):
        assert int(one.get("x")) == plots.WIDTH - int(other.get("x")) and one.get("text-anchor") == other.get(
            "text-anchor"
        )


@pytest.mark.parametrize("top", [*range(0, 130), 999, 1000, 1001, 48_211, 10**9])
def test_the_scale_goes_in_steps_of_one_two_or_five_and_reaches_the_longest_bar(top):
    steps = ticks(top)
    step = steps[1] - steps[0]
    assert steps[0] == 0 and {b - a for a, b in pairwise(steps)} == {step}
    assert str(step).rstrip("0") in ("1", "2", "5") and 2 <= len(steps) <= plots.TICKS + 1
    assert steps[-1] >= top and (steps[-2] < top or top == 0)


@pytest.mark.parametrize(
    "label", ["Jan 2026", "open: a report is asked for", "Donaudampfschifffahrtsgesellschaft bis", "", "茅" * 40]
)
def test_a_long_label_takes_several_lines_and_loses_no_letter(label):
    lines = wrapped(label, 13)
    assert all(len(line) <= 13 for line in lines)
    assert "".join(lines).replace("‐", "").replace(" ", "") == label.replace(" ", "")


def test_a_row_with_a_long_label_is_higher_and_nothing_leaves_the_picture():
    svg = parsed(
        bars([Bar("open: a report is asked for by somebody else", (1,)), Bar("two", (2,))], name="it", title="x")
    )
    _, _, width, height = map(int, svg.get("viewBox").split())
    ys = [int(text.get("y")) for text in svg.iter(f"{SVG}text")]
    assert max(ys) <= height and min(ys) > 0 and all(0 <= int(t.get("x")) <= width for t in svg.iter(f"{SVG}text"))
