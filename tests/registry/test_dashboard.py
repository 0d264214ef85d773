"""The portal's dashboard: a provider's cases by what must be done, searched and paged."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.casework import services as desk
from registry.models import Membership, User
from tests.builders import (
    approve,
    make_asked,
    make_draft,
    make_provider,
    make_recommended,
    make_signatory,
    make_submitted,
    make_user,
)  # fmt: skip
from tests.portal import page_of, signed_in


def lists_of(user: User, query: str = "") -> dict[str, str]:
    """The dashboard's lists by their headings."""
    html = signed_in(user).get(f"/portal/{query}").content.decode()
    parts = re.split(r"<h2>(.*?)(?: \(\d+\))?</h2>", html)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_dashboard_sorts_cases_by_what_the_provider_must_do(db):
    provider = make_provider()
    by = make_signatory(provider)
    made = {
        "Needs your action": [make_draft(provider, by), make_asked(provider=provider, by=by)],
        "With the authority": [make_submitted(provider=provider, by=by)],
        "Decided": [make_recommended(provider=provider, by=by)],
        "Withdrawn or lapsed": [make_draft(provider, by)],
    }
    approve(made["Decided"][0])
    desk.withdraw(case_id=made["Withdrawn or lapsed"][0].pk, by=by)
    found = lists_of(by)
    for heading, cases in made.items():
        for case in cases:
            assert [h for h, html in found.items() if case.reference in html] == [heading]
    yours = found["Needs your action"]
    draft, asked = made["Needs your action"]
    assert yours.index(asked.reference) < yours.index(draft.reference), "what is due comes first"
    assert "2 questions left" in yours and "working days left" in yours


def test_a_person_who_acts_for_two_bodies_sees_the_cases_of_both_and_finds_one_by_name(db):
    one, two = (
        make_submitted(provider=make_provider("Quay College")),
        make_submitted(provider=make_provider("Hill School")),
    )
    Membership.objects.create(user=one.signatory, organisation=two.organisation, role="editor")
    found = lists_of(one.signatory)["With the authority"]
    assert one.reference in found and two.reference in found
    found = lists_of(one.signatory, "?q=hill")["With the authority"]
    assert one.reference not in found and two.reference in found
    assert "Withdraw this application" in page_of(one) and "Withdraw this application" not in page_of(
        two, one.signatory
    )


def test_who_acts_for_nobody_is_told_so_and_staff_see_no_cases(db):
    case = make_submitted()
    for person in (make_user("Stranger"), make_user("Eve", "evaluator"), make_user("Aud", "auditor")):
        html = signed_in(person).get("/portal/").content.decode()
        assert "You do not act for any provider." in html and case.reference not in html


def test_many_cases_are_searched_by_state_paged_and_cost_no_more_queries(db):
    case = make_draft()
    client = signed_in(case.signatory)
    assert 'role="search"' not in client.get("/portal/").content.decode(), "nobody searches one case"
    with CaptureQueriesContext(connection) as few:
        client.get("/portal/")
    for n in range(60):
        case.pk, case.reference, case.title = None, f"APP-2020-{n:06d}", f"Course {n}"
        case.save(force_insert=True)
    with CaptureQueriesContext(connection) as many:
        html = client.get("/portal/").content.decode()
    assert len(few) == len(many)
    assert 'role="search"' in html and "All 61" in html and html.count("APP-2020-") < 30
    first, last = (client.get(f"/portal/?list=yours&page={n}").content.decode() for n in (1, 99))
    assert first.count("Course ") == 25 and 0 < last.count("Course ") <= 25 and 'aria-current="page">3' in last
    assert client.get("/portal/?q=Course+59&state=draft").content.decode().count("Course 59") == 2, (
        "its row, and what was asked"
    )
    assert "Nothing here fits" in client.get("/portal/?state=lapsed&q=Course").content.decode()
