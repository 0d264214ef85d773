"""A reconsideration through the pages: of the body that asks for it, of the officers who look again, and of the public."""

from datetime import timedelta
from html import unescape

import pytest

from providers import services as providers
from registry.casework import services as desk
from registry.casework.services import reconsidering as again
from registry.framework import current
from registry.models import Case
from tests import portal
from tests.builders import decide, document_of, letter, make_editor, make_user
from tests.desk import act, page, signed_in, words
from tests.reconsidering import (
    FACT,
    Redressing,
    admitted,
    drafted,
    granted,
    known,
    lodged,
    refused,
    reviewed,
    settle,
)

APPLICATION = "credential_application"
TODAY = current.today()


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


# -- the body ----------------------------------------------------------------------------------------------------------


def test_a_body_asks_for_a_reconsideration_from_the_page_of_its_case_to_the_hand_in(db):
    decided = refused()
    client = signed_in(decided.signatory)
    assert "Reconsideration of a decision" in client.get("/portal/").content.decode()
    start = client.get(f"/portal/start/reconsideration/?about={decided.reference}").content.decode()
    assert "Say at least one error" in start and f'<option value="{decided.reference}" selected>' in start
    edit = client.post("/portal/start/reconsideration/", {"about": decided.reference})["Location"]
    form = client.get(edit).content.decode()
    assert "Error of fact" in form and "Where you raised this before the decision" in form
    assert client.post(edit, FACT).status_code == 302
    case = decided.reconsidered_by.get()
    case.signatory = decided.signatory
    html = portal.page_of(case)
    assert "Day that they are of" in html and "Six letters of support were overlooked." in html
    late = {"criterion": "fact", "file": letter(), "dated_on": (TODAY + timedelta(days=1)).isoformat()}
    response = portal.post(case, "attach", **late)
    assert response.status_code == 422
    assert "Only what existed when it was decided counts" in unescape(response.content.decode())
    assert portal.post(case, "attach", **late | {"file": letter(), "dated_on": TODAY.isoformat()}).status_code == 302
    assert portal.post(case, "submit").status_code == 302
    html = portal.page_of(decided)
    assert case.reference in html and "lodged" in html and "?about=" not in html
    assert "Asked for a reconsideration" in html


def test_what_is_missing_is_named_and_the_draft_is_kept(db):
    case = drafted(statement_fact="The letters.")
    response = portal.post(case, "submit")
    assert response.status_code == 422 and "Say where you raised it before" in response.content.decode()
    assert fresh(case).state == "draft"


def test_an_editor_writes_it_and_cannot_hand_it_in(db):
    decided = refused()
    case = drafted(decided, by=make_editor(decided.application.provider))
    assert portal.post(case, "submit", case.signatory).status_code == 409
    assert portal.post(case, "submit", decided.signatory).status_code == 302


def test_the_body_reads_what_was_stated_and_what_was_decided(db):
    case = reviewed()
    html = portal.page_of(case)
    assert (
        "The decision stays in force until the reconsideration is decided." in html and "Learners lose nothing." in html
    )
    assert "The letters are there." not in html, "what the reviewer recommends is not told"
    settle(case, "upheld")
    html = portal.page_of(fresh_for(case))
    assert "the decision is upheld" in html


def fresh_for(case: Case) -> Case:
    return known(case, case.signatory)


# -- officers ----------------------------------------------------------------------------------------------------------


def test_whoever_admits_it_states_whether_the_decision_is_stayed_and_a_decision_maker_alone_that_it_is(db, monkeypatch):
    redressing = Redressing(monkeypatch, APPLICATION)
    case, rose = lodged(granted()), make_user("Rose", "review_officer")
    rex = signed_in(make_user("Rex", "registrar"))
    html = page(rex, case)
    assert "Meanwhile the decision" in html and "checked" not in html.partition("Meanwhile the decision")[2][:600]
    response = act(rex, case, "admit", {"reason": "Learners wait.", "to": rose.pk})
    assert response.status_code == 422 and "State whether the decision is stayed." in response.content.decode()
    assert "Learners wait." in response.content.decode()
    refused_to_rex = act(rex, case, "admit", {"stay": "stay", "reason": "Learners wait.", "to": rose.pk})
    assert refused_to_rex.status_code == 409 and "is stated by a decision maker" in refused_to_rex.content.decode()
    dora = signed_in(make_user("Dora", "decision_maker"))
    assert act(dora, case, "admit", {"stay": "stay", "reason": "Learners wait.", "to": rose.pk}).status_code == 302
    assert redressing.names == ["stay"] and fresh(case).assigned_to == rose
    assert "admitted it (stay), to be reviewed by Rose" in words(page(rex, fresh(case)))


def test_of_a_refusal_only_no_stay_is_offered_and_nobody_of_the_decision_as_reviewer(db):
    decided = refused()
    case, rose = lodged(decided), make_user("Rose", "review_officer")
    eva = decided.recommendations.get().recommended_by
    html = page(signed_in(make_user("Rex", "registrar")), case)
    assert "stays in force (no stay)" in html and "has no effect (stay)" not in html
    offered = html.partition('name="to"')[2].partition("</select>")[0]
    assert f'value="{rose.pk}"' in offered and f'value="{eva.pk}"' not in offered


def test_a_reviewer_reads_the_decided_case_judges_each_ground_and_recommends(db):
    decided = refused()
    rose = make_user("Rose", "review_officer")
    case = admitted(decided, to=rose)
    client = signed_in(rose)
    html = page(client, case)
    assert f"/admin/registry/case/{decided.pk}/change/" in html and f"{decided.reference} · " in html
    assert "need: letter.txt" in html, "the evidence of the decided case"
    assert client.get(f"/admin/registry/case/{decided.pk}/change/").status_code == 200
    data = {"criterion": "fact", "verdict": "met", "reason": "They are on file."}
    assert act(client, case, "judge", data).status_code == 302
    html = page(client, fresh(case))
    assert "Recommend what becomes of the decision" in html and "the case decided again" in html
    assert "the decision holds on other terms" not in html
    data = {"result": "remitted", "reason": "They must be read."}
    assert act(client, case, "propose", data).status_code == 302
    assert fresh(case).state == "recommended" and fresh(case).reconsideration.proposed == "remitted"
    dora = signed_in(make_user("Dora", "decision_maker"))
    html = page(dora, fresh(case))
    assert "Decide what becomes of the decision" in html and "Recommended outcome" in html
    settling = html.partition('id="act-settle"')[2]
    assert 'value="remitted"' in settling.partition("checked")[0]
    data = {"result": "remitted", "reason": "They were not read."}
    assert act(dora, case, "settle", data).status_code == 302
    assert fresh(decided).state == "under_evaluation"
    assert case.reference in page(dora, fresh(decided))
    report = dora.get(f"/admin/registry/case/{case.pk}/report/")
    assert report.status_code == 200 and "decided the outcome" in report.content.decode()


def test_the_acts_that_all_cases_have_do_not_stand_beside_its_own(db):
    case = reviewed()
    dora = signed_in(make_user("Dora", "decision_maker"))
    assert 'id="act-decide"' not in page(dora, case)
    data = {"reconsideration": "approved", "reason": "So."}
    assert act(dora, case, "decide", data).status_code == 404
    assert act(dora, refused(), "settle", {"result": "upheld", "reason": "So."}).status_code == 404
    assert fresh(case).state == "recommended"


def test_whoever_decided_first_is_told_why_they_cannot_and_who_may(db):
    decided = refused()
    dana = decided.decisions.first().decided_by
    make_user("Dora", "decision_maker")
    html = words(page(signed_in(dana), reviewed(decided)))
    assert "You cannot decide this case. Fresh eyes" in html and "These may decide instead: Dora" in html


def test_one_that_names_no_ground_is_not_admitted(db):
    case = lodged()
    rex = signed_in(make_user("Rex", "registrar"))
    assert act(rex, case, "reject", {"why": "no_ground"}).status_code == 422
    assert act(rex, case, "reject", {"why": "out_of_time", "reason": "Late."}).status_code == 409
    assert act(rex, case, "reject", {"why": "no_ground", "reason": "Nothing new."}).status_code == 302
    assert "Not admitted: no ground" in portal.page_of(fresh_for(case))


def test_varied_terms_are_asked_for_by_the_form_of_the_decided_kind(db, monkeypatch):
    from registry.casework.forms import RecordForm, day_field

    class Terms(RecordForm):
        until = day_field("It holds until", required=True)

    redressing = Redressing(monkeypatch, APPLICATION, terms_form=Terms)
    case = reviewed(granted())
    dora = signed_in(make_user("Dora", "decision_maker"))
    assert "It holds until" in page(dora, case)
    response = act(dora, case, "settle", {"result": "varied", "reason": "Shorter."})
    assert response.status_code == 422 and "Give the day." in response.content.decode()
    day = TODAY + timedelta(days=90)
    data = {"result": "varied", "reason": "Shorter.", "terms_until": day.isoformat()}
    assert act(dora, case, "settle", data).status_code == 302
    assert redressing.calls[-1][1]["terms"] == {"until": day}
    assert f"It holds until: {day.isoformat()}" in words(page(dora, fresh(case)))


# -- the public --------------------------------------------------------------------------------------------------------


@pytest.fixture
def registered(db):
    """A body that was registered by a decision, and has a condition imposed on it by the same decision."""
    from providers.models import Provider
    from tests.builders import evaluate
    from tests.providers.applying import drafted as applying

    case = applying()
    signatory = case.signatory
    desk.submit(case_id=case.pk, by=signatory)
    decide(evaluate(case))
    decided = known(case, signatory)
    return decided, Provider.objects.get(organisation=decided.organisation)


def test_a_providers_page_and_its_statutory_actions_say_that_the_decision_is_looked_at_again(registered, client):
    decided, provider = registered
    number = decided.decisions.get().number
    providers.impose(provider, kind="compliance_notice", summary={"en": "File the return."}, on=TODAY, decision=number)
    case = reviewed(decided)
    said = f"A reconsideration of decision {number} was lodged on {TODAY.day} {TODAY:%B %Y}. "
    for address in (f"/providers/{provider.number}", "/statutory-actions"):
        html = unescape(client.get(address).content.decode())
        assert f"{said}The decision stays in force until it is decided." in html, address
    assert client.get(f"/api/v1/providers/{provider.number}").json()["reconsiderations"][0]["effect"] == "no_stay"
    settle(case, "upheld")
    for address in (f"/providers/{provider.number}", "/statutory-actions"):
        html = unescape(client.get(address).content.decode())
        assert f"{said}The decision was upheld on" in html and "stays in force until" not in html, address
    assert [row["outcome"] for row in document_of(provider.number)["reconsiderations"]] == ["upheld"]
    assert again.row(fresh(case).reconsideration)["outcome"] == "upheld"
