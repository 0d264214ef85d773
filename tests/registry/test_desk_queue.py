"""The desk besides the page of a case: its queues, histories, dashboard, and what officers declare and are given."""

import re
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.casework import history, kinds
from registry.casework import services as desk
from registry.models import (
    Case,
    Event,
    Interest,
)
from tests.builders import (
    approve,
    ask_about,
    make_provider,
    make_recommended,
    make_submitted,
    make_user,
)  # fmt: skip
from tests.desk import (
    TODAY,
    asked,
    officer,
    page,
    recommended,
    signed_in,
    unanswered,
    words,
)

# -- the queue ---------------------------------------------------------------------------------------------------------


def listed(client: Client, query: str) -> set[str]:
    html = client.get(f"/admin/registry/case/?{query}").content.decode()
    return set(re.findall(r'<th class="field-shown_reference"><a[^>]*><span[^>]*>([^<]+)</span>', html))


def test_each_queue_holds_what_its_name_says(db):
    eva = make_user("Eva", "evaluator")
    mine, waiting, open_one = make_submitted(), asked(), recommended()
    decided_one, lapsing = recommended(), unanswered()
    approve(decided_one)
    desk.assign(case_id=mine.pk, by=eva, to=eva)
    Case.objects.filter(pk=mine.pk).update(due_on=TODAY - timedelta(days=7))
    withdrawn = make_submitted()
    desk.withdraw(case_id=withdrawn.pk, by=withdrawn.signatory)
    reader, dana = signed_in(eva), officer("decision_maker")
    everything = {mine, waiting, open_one, lapsing}
    for query, client, found in (
        ("queue=mine", reader, {mine}),
        ("queue=unassigned", reader, set()),
        ("queue=applicant", reader, {waiting, lapsing}),
        ("queue=overdue", reader, {mine}),
        ("queue=decide", dana, {open_one}),
        ("queue=decide", reader, set()),
        ("queue=lapse", reader, {lapsing}),
        ("queue=open", reader, everything),
        ("queue=decided", reader, {decided_one}),
        ("kind=credential_application", reader, everything | {decided_one, withdrawn}),
        ("kind=credential_amendment", reader, set()),
        ("state=withdrawn", reader, {withdrawn}),
    ):
        assert listed(client, query) == {case.reference for case in found}, query
    html = reader.get("/admin/registry/case/?queue=overdue").content.decode()
    assert re.search(r"[45] days late", html) and "the authority" in html


def test_the_filter_of_states_speaks_the_words_that_all_kinds_share(db):
    html = officer("evaluator").get("/admin/registry/case/").content.decode()
    states = re.findall(r'href="\?state=(\w+)"[^>]*>\s*([^<]+?)\s*<', html)
    assert ("approved", "approved") in states and ("developing", "approved to be developed") in states
    assert "draft" not in dict(states) and len(dict(states)) == len(states)


def test_what_is_due_first_comes_first_and_what_is_decided_last(db):
    late, soon, done = make_submitted(), make_submitted(), recommended()
    approve(done)
    Case.objects.filter(pk=late.pk).update(due_on=TODAY - timedelta(days=7))
    html = officer("evaluator").get("/admin/registry/case/").content.decode()
    places = [html.index(case.reference) for case in (late, soon, done)]
    assert places == sorted(places)


def test_the_queue_asks_as_many_queries_for_fifty_cases_as_for_five(db):
    template = make_submitted()
    client = officer("registrar")

    def queries(n: int) -> int:
        while Case.objects.count() < n:
            copy = Case.objects.get(pk=template.pk)
            copy.pk, copy.reference = None, f"APP-1999-{Case.objects.count():06d}"
            copy.organisation = make_provider(f"Body {Case.objects.count()}", public=False).organisation
            copy.save()
        with CaptureQueriesContext(connection) as asked:
            assert len(listed(client, "")) == n
        return len(asked)

    assert queries(5) == queries(50) < 15


def test_several_cases_are_assigned_at_once_and_what_is_refused_is_told_for_each(db):
    first, second, decided_one = make_submitted(), make_submitted(), recommended()
    approve(decided_one)
    eva = make_user("Eva Marsh", "evaluator")
    data = {
        "action": "assign_selected", "to": eva.pk, "index": "0",
        "_selected_action": [first.pk, second.pk, decided_one.pk],
    }  # fmt: skip
    html = officer("registrar").post("/admin/registry/case/", data, follow=True).content.decode()
    assert "2 cases are now Eva Marsh’s." in html and f"{decided_one.reference}:" in html
    assert set(Case.objects.filter(assigned_to=eva)) == {first, second}
    assert Event.objects.filter(name="case:assign").count() == 2
    html = officer("registrar").post("/admin/registry/case/", data | {"to": ""}, follow=True).content.decode()
    assert "Choose an evaluator to assign them to." in html


def test_who_may_not_assign_is_not_offered_to(db):
    case = make_submitted()
    auditor = officer("auditor")
    assert "assign_selected" not in auditor.get("/admin/registry/case/").content.decode()
    data = {
        "action": "assign_selected",
        "to": make_user("Eva", "evaluator").pk,
        "index": "0",
        "_selected_action": [case.pk],
    }
    auditor.post("/admin/registry/case/", data)
    case.refresh_from_db()
    assert case.assigned_to is None


# -- history -----------------------------------------------------------------------------------------------------------


def test_every_transition_of_every_kind_is_a_sentence_even_of_an_event_that_tells_nothing():
    for kind in kinds.every():
        acts = history.acts_of(kind)
        for transition in kind.transitions:
            sentence = history.filled(acts[f"case:{transition.name}"], {})
            assert sentence and "%(" not in sentence, (kind.name, transition.name)


def test_what_has_happened_is_told_with_names_and_words_and_nothing_is_missing(db):
    case = make_recommended(evaluator=make_user("Eva Marsh", "evaluator"))
    desk.send_back(case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Look at the moderation.")
    ask_about(case, case.evaluator, "need")
    said = [s["sentence"] for s in history.sentences(case)]
    assert "Sina handed the application in." in said
    assert "Eva Marsh judged “Need and acceptability”: met." in said or any("judged “" in s for s in said)
    assert "Eva Marsh recommended: approved." in said
    assert "Eva Marsh asked the applicant for information (request 1)." in said
    assert [s for s in said if "–" in s or "%(" in s] == []
    assert "Look at the moderation." in page(officer("auditor"), case)


def test_a_name_that_was_erased_leaves_the_sentence_whole(db):
    case = make_submitted()
    type(case.signatory).objects.filter(pk=case.signatory.pk).update(name="")
    assert "Somebody whose name was erased handed the application in." in [
        s["sentence"] for s in history.sentences(case)
    ]


# -- dashboard ---------------------------------------------------------------------------------------------------------


def test_the_dashboard_counts_what_the_queue_lists_and_draws_the_same_in_figures(db):
    old, new, done = make_submitted(), make_submitted(), recommended()
    approve(done)
    Case.objects.filter(pk=old.pk).update(submitted_at=timezone.now() - timedelta(days=200))
    Case.objects.filter(pk=done.pk).update(submitted_at=timezone.now() - timedelta(days=28))
    eva = officer("evaluator")
    html = eva.get("/admin/registry/case/dashboard/").content.decode()
    text = words(html)
    assert "1 of 2 open cases has been here" not in text
    assert "1 of 2 open cases have been here for more than 20 working days." in text
    assert "1 case was decided in twelve months; it took" in text
    assert (
        html.count('role="img"') == 2
        and html.count('<svg class="plot"') == 2
        and "style=" not in html[html.index('<svg class="plot"') :]
    )
    assert re.search(r"more than 40</th><td class=\"number\">1<", html)
    link = re.search(r'href="([^"]*queue=open&amp;kind=credential_application)">2<', html)[1].replace("&amp;", "&")
    assert listed(eva, link.partition("?")[2]) == {old.reference, new.reference}
    assert "Dashboard" in eva.get("/admin/").content.decode()


def test_the_median_counts_working_days_without_those_on_which_the_clock_stood(db):
    from datetime import datetime

    from registry.casework.admin import dashboard

    monday = datetime(2026, 3, 2, 12, tzinfo=timezone.get_current_timezone())
    for took, stood in ((5, 0), (10, 2), (15, 0)):
        case = make_submitted()
        Case.objects.filter(pk=case.pk).update(
            submitted_at=monday, decided_at=monday + timedelta(days=took // 5 * 7), paused_days=stood, state="declined"
        )
    said, rows = dashboard.decided(Case.objects.all(), datetime(2026, 5, 4).date())
    assert [(row["n"], row["median"]) for row in rows if row["n"]] == [(3, "8")]
    assert "half of them took at most 8 working days" in said and len(rows) == 12


def test_the_dashboard_costs_the_same_however_many_cases_there_are(db):
    client = officer("registrar")
    make_submitted()

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get("/admin/registry/case/dashboard/")
        return len(asked)

    before = queries()
    recommended()
    make_submitted()
    assert queries() == before < 30


# -- interests and delegations -----------------------------------------------------------------------------------------


def test_an_officer_declares_an_interest_by_the_bodys_name_and_ends_their_own(db):
    body = make_provider("Harbour Institute").organisation
    make_provider("Harbour Academy")
    eva, sam = make_user("Eva", "evaluator"), make_user("Samuel", "evaluator")
    mine, other = signed_in(eva), signed_in(sam)
    add = "/admin/registry/interest/add/"
    several = mine.post(add, {"body": "harbour", "reason": "My sister."})
    assert several.status_code == 422 and "Harbour Academy; Harbour Institute" in several.content.decode()
    assert mine.post(add, {"body": "Nowhere", "reason": "My sister."}).status_code == 422
    assert mine.post(add, {"body": "harbour institute", "reason": "My sister."}).status_code == 302
    interest = Interest.objects.get()
    assert (interest.person, interest.organisation) == (eva, body)
    address = f"/admin/registry/interest/{interest.pk}/change/"
    assert other.get(address).status_code == 404, "the interests of others are not theirs to read"
    auditor = officer("auditor")
    assert (
        auditor.get(address).status_code == 200 and auditor.post(address, {"last_day": f"{TODAY}"}).status_code == 403
    )
    early = mine.post(address, {"last_day": f"{TODAY - timedelta(days=3)}"})
    assert early.status_code == 422 and "or later" in early.content.decode()
    assert mine.post(address, {"last_day": f"{TODAY}"}).status_code == 302
    interest.refresh_from_db()
    assert interest.ended_on == TODAY
    assert Event.objects.filter(name="interest:ended").get().person_id == eva.person_id


def test_a_registrar_gives_and_ends_a_delegation_and_decision_makers_read_it(db):
    dana, eva = make_user("Dana", "decision_maker"), make_user("Eva", "evaluator")
    grace, add = officer("registrar"), "/admin/registry/delegation/add/"
    data = {
        "person": dana.pk, "covers": ["credential_application"], "levels": ["4"], "instrument": "Instrument 7",
        "begins_on": f"{TODAY}",
    }  # fmt: skip
    assert grace.post(add, data | {"person": eva.pk}).status_code == 422
    wrong = grace.post(add, data | {"ends_on": f"{TODAY - timedelta(days=1)}"})
    assert wrong.status_code == 422 and "Instrument 7" in wrong.content.decode()
    assert signed_in(dana).post(add, data).status_code == 403
    assert grace.post(add, data).status_code == 302
    given = dana.delegations.get()
    assert (given.kinds, given.levels) == (["credential_application"], ["4"])
    address = f"/admin/registry/delegation/{given.pk}/change/"
    assert "Instrument 7" in signed_in(dana).get(address).content.decode()
    assert signed_in(dana).post(address, {"last_day": f"{TODAY}"}).status_code == 403
    assert signed_in(eva).get(address).status_code == 403
    assert grace.post(address, {"last_day": f"{TODAY}"}).status_code == 302
    given.refresh_from_db()
    assert given.ends_on == TODAY and Event.objects.filter(name="delegation:ended").exists()
