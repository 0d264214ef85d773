"""Statistics: the numbers of a plain count, nothing of what is not public, and nobody found out by small numbers."""

import csv
import io
import random
import re
from collections import Counter
from datetime import date, datetime, timedelta
from statistics import quantiles
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from credentials.lifecycle_reviews import REVIEW
from registry import journal, statistics
from registry.casework import aggregates, kinds, services
from registry.framework import current
from registry.framework.calendar import is_working_day
from registry.models import Case, Organisation, Release
from registry.plots import Figure
from registry.public import figures
from registry.search import follower
from registry.status import status_on
from tests.builders import APPROVE_ALL, document, make_provider, make_recommended, make_user, publish

TODAY = date(2027, 3, 15)
# On this day the year that runs now has ended: what is decided today is told.
NEXT_YEAR = date(current.today().year + 1, 1, 1)
YEAR = current.today().year


def rows_of(figure: Figure) -> dict[str, tuple]:
    return dict(figure.rows)


def figure(name: str, today: date | None = None) -> Figure:
    return next(f for f in figures.every(today or current.today()) if f.name == name)


# -- the register ------------------------------------------------------------------------------------------------------


def field(code: str | None, scheme: str = "isced-f-2013", label: str | None = None) -> dict:
    return {"scheme": scheme, "code": code, "label": label}


@pytest.fixture
def register(db):
    """Random entries, and the documents by which a plain count is made."""
    chance, documents = random.Random(4), []
    bodies = [make_provider(f"Provider {n:02d}").number for n in range(23)]
    codes = [[], [field("0732")], [field("0788"), field("0111")], [field("0611"), field("0612")]]
    # A label that looks like the end of what a document says of its fields.
    codes.append([field(None, "x", 'Mahi ā-rino ["],"}]\\],"'), field("0113")])
    with transaction.atomic():
        for n in range(120):
            listed = chance.choice([None, date(YEAR - chance.randrange(30), chance.randrange(1, 13), 28)])
            if listed and listed > current.today():
                listed = current.today()
            end = chance.choice([None, None, date(YEAR - chance.randrange(-1, 20), 12, 31), current.today()])
            said = document(
                title=f"Entry {n}", kind=chance.choice(["qualification", "micro_credential"]),
                level=chance.choice(["3", "10", "4", None]), listed_on=listed and listed.isoformat(),
                expiry_end=end and end.isoformat(), closed_undated=end is None and chance.random() < 0.2,
                fields=chance.choice(codes), suspensions=chance.choice([[], [{"from": "2001-01-01", "until": None}]]),
                providers=[{"number": bodies[n] if n < 23 else chance.choice(bodies), "role": "awarding", "lead": True}],
            )  # fmt: skip
            number = journal.publish(said, effective_from=date(2026, 1, 15)).number
            documents.append({**said, "number": number})
        journal.withdraw(
            documents.pop()["number"], effective_from=current.today(), decision_number=None, reason="Listed by mistake."
        )
    follower.catch_up()
    return documents


def plainly(documents: list[dict], values) -> dict[str, tuple[int, int, int]]:
    """For each value the entries that are not discontinued, those that are, and both: counted one by one."""
    counted = Counter()
    for one in documents:
        for value in values(one):
            counted[value, status_on(one, current.today()) == "discontinued"] += 1
    return {
        value: (counted[value, False], counted[value, True], counted[value, False] + counted[value, True])
        for value, _gone in counted
    }


def broad_of(one: dict) -> set[str]:
    names = {"01": "Education", "07": "Engineering, manufacturing and construction"}
    names["06"] = "Information and communication technologies"
    return {names.get((row["code"] or "")[:2], row["label"]) for row in one["fields"]} or {"No field stated"}


def test_the_counts_are_those_of_a_plain_count(register):
    assert rows_of(figure("kinds")) == plainly(
        register, lambda d: ["Qualification" if d["kind"] == "qualification" else "Micro-credential"]
    )
    assert rows_of(figure("levels")) == plainly(
        register, lambda d: [f"Level {d['level']}" if d["level"] else "No one level"]
    )
    assert [label for label, _ in figure("levels").rows] == ["Level 3", "Level 4", "Level 10", "No one level"]
    assert rows_of(figure("fields")) == plainly(register, broad_of)


def test_the_providers_with_the_most_entries_are_shown_and_the_others_together(register):
    every_ = plainly(register, lambda d: [d["providers"][0]["number"]])
    shown = figure("providers").rows
    assert len(every_) == 23 and len(shown) == 21
    assert shown[0][1] == max(every_.values(), key=lambda row: row[2])
    assert shown[-1][0] == "All other providers together (3)"
    assert [sum(column) for column in zip(*(values for _label, values in shown), strict=True)] == [
        sum(column) for column in zip(*every_.values(), strict=True)
    ]


def test_the_years_are_those_of_a_plain_count(register):
    """What is registered on the last day of a year is counted at its end; what ends on it is discontinued in the next."""
    today, moves, sizes = current.today(), rows_of(figure("years")), rows_of(figure("size"))
    assert len(moves) == 20 and list(moves)[-1] == f"{YEAR} so far"
    for year in range(YEAR - 19, YEAR + 1):
        label = f"{year} so far" if year == YEAR else str(year)
        last = min(date(year, 12, 31), today)
        dated = [
            (date.fromisoformat(d["listed_on"]), date.fromisoformat(d["expiry_end"]) if d["expiry_end"] else date.max)
            for d in register if d["listed_on"] and not d["closed_undated"]
        ]  # fmt: skip
        # An end that has come today is the last day.
        assert sizes[label] == (sum(began <= last <= end for began, end in dated),), year
        listed = sum((d["listed_on"] or "")[:4] == str(year) for d in register)
        ended = sum(
            bool(d["expiry_end"]) and (date.fromisoformat(d["expiry_end"]) + timedelta(days=1)).year == year
            and date.fromisoformat(d["expiry_end"]) < today
            for d in register
        )  # fmt: skip
        assert moves[label] == (listed, ended), year


def test_a_register_of_nothing_has_statistics_too(db, client):
    html = client.get("/statistics").content.decode()
    assert html.count("Nothing has been listed yet.") == 4 and "<svg" not in html
    assert "Too few cases were decided" in html and "Too few reviews fell due" in html
    assert client.get("/statistics/kinds.csv").content.decode() == "Kind,Not discontinued,Discontinued,Together\r\n"


def test_the_csv_has_what_the_table_has_and_guards_what_a_spreadsheet_would_run(client, db):
    make_provider("=1+1")
    publish(providers=[{"number": "PR-000001", "role": "awarding", "lead": True}])
    follower.catch_up()
    response = client.get("/statistics/providers.csv")
    assert (
        response.headers["Content-Type"] == "text/csv; charset=utf-8"
        and "attachment" in response["Content-Disposition"]
    )
    assert list(csv.reader(io.StringIO(response.content.decode()))) == [
        ["Provider", "Not discontinued", "Discontinued", "Together"], ["'=1+1", "1", "0", "1"],
    ]  # fmt: skip


def test_a_name_that_no_figure_has_is_refused_without_counting_anything(client, register):
    shown = [*figures.every(current.today()), *statistics.figures(current.today())]
    assert [each.name for each in shown] == [*figures.NAMES, *statistics.names()]
    assert {client.get(f"/statistics/{each.name}.csv").status_code for each in shown} == {200}
    publish(title="The next state of the register, which nothing is kept of yet")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/statistics/nothing.csv").status_code == 404
    assert not [q for q in queries if "registry_entry" in q["sql"] or "registry_case" in q["sql"]]


def test_the_figures_of_the_work_are_worked_out_once_on_a_day_and_in_each_language(db):
    name, day = asked_kinds()[0].name, date(2030, 5, 5)
    make_decided(name, spans(9, 9, year=2029))
    first = statistics.figure("decisions", day)
    assert not first.empty
    with CaptureQueriesContext(connection) as queries:
        assert statistics.figure("decisions", day) == first
    assert not queries.captured_queries
    with translation.override("ar"):
        assert statistics.figure("decisions", day).heading != first.heading
    make_decided(name, spans(3, 10, year=2029))
    assert statistics.figure("decisions", day) == first != statistics.figure("decisions", date(2030, 5, 6))


def test_the_page_may_be_kept_for_an_hour_and_sets_no_cookie(client, register):
    for address in ("/statistics", "/statistics/decisions.csv", "/ar/statistics"):
        response = client.get(address)
        assert response.status_code == 200 and "public, max-age=3600" in response.headers["Cache-Control"]
        assert not response.cookies and "Cookie" not in response.headers.get("Vary", "")


def test_every_picture_has_its_finding_a_table_and_a_csv(client, register):
    html = client.get("/statistics").content.decode()
    names = re.findall(r'<section class="statistic" aria-labelledby="([\w-]+)"', html)
    assert len(names) == 8 and len(set(re.findall(r'\bid="([^"]+)"', html))) == len(re.findall(r'\bid="([^"]+)"', html))
    for name in names[:6]:
        title = re.search(rf'<title id="{name}-title">(.*?)</title>', html)[1]
        assert title and f"<strong>{title}</strong>" in html and f'href="/statistics/{name}.csv"' in html
    assert ' style="' not in html and "<script" not in html
    assert 'direction="rtl"' in client.get("/ar/statistics").content.decode()


def test_the_next_change_of_the_register_is_in_the_next_answer(client, db):
    publish()
    assert "The register holds 1 entry" in client.get("/statistics").content.decode()
    with CaptureQueriesContext(connection) as queries:
        client.get("/statistics")
    assert not [q for q in queries if "registry_entry" in q["sql"]], "the counts of the same register are kept"
    publish(title="Another")
    assert "The register holds 2 entries" in client.get("/statistics").content.decode()


def test_the_number_of_queries_does_not_grow_with_the_register(client, db):
    counted = []
    for n in (1, 30):
        for m in range(n):
            body = make_provider(f"Provider {n} {m}")
            publish(title=f"{n} {m}", providers=[{"number": body.number, "role": "awarding", "lead": True}])
        follower.catch_up()
        with CaptureQueriesContext(connection) as queries:
            client.get("/statistics")
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 12


# -- the work ----------------------------------------------------------------------------------------------------------


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(settings.TIME_ZONE))


def make_decided(kind: str, days: list[tuple[date, date]], **fields) -> list[Case]:
    body = Organisation.objects.create(legal_name="Harbour Institute")
    begin = Case.objects.count()
    return Case.objects.bulk_create(
        Case(
            reference=f"X-{begin + n}", kind=kind, organisation=body, state="approved", opened_at=at_noon(first),
            submitted_at=at_noon(first), decided_at=at_noon(last), **fields,
        )
        for n, (first, last) in enumerate(days)
    )  # fmt: skip


def spans(count: int, seed: int, year: int = 2026) -> list[tuple[date, date]]:
    chance = random.Random(seed)
    ends = [date(year, 1, 1) + timedelta(days=chance.randrange(60, 364)) for _ in range(count)]
    return [(end - timedelta(days=chance.randrange(60)), end) for end in ends]


def asked_kinds() -> list[kinds.CaseKind]:
    return [kind for kind in kinds.every() if not kind.authority]


def test_the_median_and_the_quartiles_are_those_of_a_plain_count(db):
    kind, days = asked_kinds()[0], spans(17, 1)
    make_decided(kind.name, days, paused_days=2)
    calendar = current.profile().calendar
    took = [
        sum(is_working_day(first + timedelta(days=n + 1), calendar) for n in range((last - first).days)) - 2
        for first, last in days
    ]
    expected = [f"{q:.1f}".removesuffix(".0") for q in quantiles(took, n=4, method="inclusive")]
    found = aggregates.decisions(TODAY)
    label = str(kind.label)[:1].upper() + str(kind.label)[1:]
    assert rows_of(found)[f"{label}, 2026"] == (17, *expected)
    assert rows_of(found)[f"{label}, 2025"] == rows_of(found)[f"{label}, 2024"] == ("fewer than 5", "–", "–", "–")
    assert found.finding.startswith(f"{label}, in 2026: half were decided within {expected[1]} working days")


@pytest.mark.parametrize("n", [0, 1, 4])
def test_of_fewer_than_five_cases_nothing_is_told_not_even_that_there_are_some(db, n):
    """What is told of four cases, or of one, is what is told of none."""
    make_decided(asked_kinds()[0].name, spans(n, 2))
    assert aggregates.decisions(TODAY).rows == [] and aggregates.decisions(TODAY).empty


def test_what_is_left_out_cannot_be_worked_out_from_what_is_told(db):
    """Small kinds are told together only where together they are enough, and there is no sum over all from which one could
    be taken off: the number of a small cell may be any from none to four, whatever else is read."""
    one, two, three, *_ = asked_kinds()
    make_decided(one.name, spans(9, 3))
    make_decided(two.name, spans(3, 4))
    first = aggregates.decisions(TODAY).rows
    assert [values[0] for _label, values in first] == ["fewer than 5", "fewer than 5", 9]
    make_decided(three.name, spans(4, 5))
    found = aggregates.decisions(TODAY)
    assert [label for label, _ in found.rows][3:] == [
        f"All other kinds together, {year}" for year in (2024, 2025, 2026)
    ]
    assert found.rows[5][1][0] == 7 and found.rows[:3] == first
    told = str(found.rows) + found.finding + str(found.picture)
    assert "16" not in re.findall(r"\d+", str([values[0] for _label, values in found.rows]))
    assert str(two.label) not in told and str(three.label) not in told


def test_what_the_authority_does_of_itself_is_in_no_count(db):
    own = next(kind for kind in kinds.every() if kind.authority and not kind.asked_for)
    make_decided(own.name, spans(9, 6))
    assert aggregates.decisions(TODAY).empty


def test_a_decision_that_is_not_public_yet_is_in_no_count(db):
    """Five decisions of which one waits are four, until its day has come; one that was called off never was public."""
    cases = make_decided(asked_kinds()[0].name, spans(5, 7))
    release = Release.objects.create(case=cases[0], publish_on=TODAY + timedelta(days=9))
    assert aggregates.decisions(TODAY).empty
    Release.objects.filter(pk=release.pk).update(released_at=at_noon(date(2026, 12, 31)))
    assert not aggregates.decisions(TODAY).empty
    Release.objects.filter(pk=release.pk).update(called_off=True)
    assert aggregates.decisions(TODAY).empty


def test_a_real_decision_under_embargo_is_in_no_count(db):
    before = aggregates.decided(NEXT_YEAR).count()
    day = current.today() + timedelta(days=7)
    case = make_recommended()
    services.decide(
        case_id=case.pk,
        by=make_user("Dana", "decision_maker"),
        outcomes=APPROVE_ALL,
        reason="It is good.",
        publish_on=day,
    )
    assert aggregates.decided(NEXT_YEAR).count() == before
    case = make_recommended(title="Another")
    services.decide(
        case_id=case.pk, by=make_user("Dora", "decision_maker"), outcomes=APPROVE_ALL, reason="It is good.",
    )  # fmt: skip
    assert aggregates.decided(NEXT_YEAR).count() == before + 1
    assert aggregates.decided(current.today()).count() == before, "the year has not ended"


def test_no_day_of_a_year_tells_what_another_did_not(db):
    """What is decided, made public or falls due within a year alters no page of it; the next year tells all of it at once."""
    name = asked_kinds()[0].name
    make_decided(name, spans(9, 8))
    make_reports(9, 9, 0)
    before = [(figure.rows, figure.finding, str(figure.picture)) for figure in told(TODAY)]
    make_decided(name, [(date(2027, 1, 4), date(2027, 3, 1))] * 6)
    late = make_decided(name, [(date(2026, 11, 2), date(2026, 12, 1))])
    Release.objects.create(case=late[0], publish_on=date(2027, 3, 1), released_at=at_noon(date(2027, 3, 1)))
    make_reports(6, 6, 0, year=2027)
    for day in (TODAY, date(2027, 12, 31)):
        assert [(figure.rows, figure.finding, str(figure.picture)) for figure in told(day)] == before
    decided, reviewed = told(date(2028, 1, 1))
    assert [values[0] for _label, values in decided.rows] == ["fewer than 5", 9, 7]
    assert rows_of(reviewed)["2027"] == (6, 6, "50%")
    assert all("Only years that have ended are told" in figure.note for figure in (decided, reviewed))


def told(today: date) -> list[Figure]:
    return [aggregates.decisions(today), aggregates.reviews(today)]


def make_reports(in_time: int, late: int, never: int, year: int = 2026) -> None:
    body, due = Organisation.objects.create(legal_name="Harbour Institute"), date(year, 6, 30)
    came = [due] * in_time + [due + timedelta(days=1)] * late + [None] * never
    begin = Case.objects.count()
    Case.objects.bulk_create(
        Case(
            reference=f"REV-{begin + n}", kind=REVIEW, organisation=body, state="draft" if day is None else "submitted",
            report_by=due, opened_at=at_noon(due), submitted_at=day and at_noon(day),
        )
        for n, day in enumerate(came)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((30, 6, 4), (30, 10, "75%")),
        ((40, 3, 1), (40, "fewer than 5", "at least 90%")),
        ((40, 0, 0), (40, "fewer than 5", "at least 90%")),
        ((4, 20, 20), ("fewer than 5", 40, "at most 10%")),
        ((0, 40, 0), ("fewer than 5", 40, "at most 10%")),
        ((4, 2, 2), ("fewer than 5", "fewer than 5", "–")),
    ],
)  # fmt: skip
def test_the_share_of_reviews_in_time_is_told_as_far_as_it_gives_no_small_number_away(db, counts, told):
    make_reports(*counts)
    found = aggregates.reviews(TODAY)
    assert rows_of(found)["2026"] == told
    assert rows_of(found)["2025"] == ("fewer than 5", "fewer than 5", "–")
    assert found.empty is (told[2] == "–") and (found.empty or told[2] in found.finding)


def test_what_is_told_of_a_small_number_is_the_same_for_each_that_it_may_be(db):
    make_reports(40, 0, 0)
    tables = []
    for _n in range(statistics.LEAST):
        found = aggregates.reviews(TODAY)
        tables.append((found.rows, found.finding, str(found.picture)))
        make_reports(0, 1, 0)
    assert all(table == tables[0] for table in tables)
    assert aggregates.reviews(TODAY).rows != tables[0][0]


def test_a_review_that_is_not_due_yet_or_was_closed_without_a_report_is_in_no_count(db):
    make_reports(5, 5, 0)
    make_reports(0, 0, 5, year=2027)
    Case.objects.filter(report_by__year=2026, submitted_at=None).update(state="withdrawn")
    assert rows_of(aggregates.reviews(TODAY))["2026"] == (5, 5, "50%")
    assert "2027" not in rows_of(aggregates.reviews(TODAY))


def test_the_page_shows_the_work_in_the_readers_language(client, db):
    with translation.override("ar"):
        said = statistics.few()
    assert "5" in said
    assert 'lang="ar"' in client.get("/ar/statistics").content.decode()
