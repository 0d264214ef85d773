"""A law makes another kind of entries that are listed: same number, new revision, and the old kind stays readable (E10)."""

from datetime import timedelta

import pytest
from django.test import Client

from credentials import schedule
from credentials.models import Credential
from registry import standing
from registry.casework import services as desk
from registry.errors import NotAllowed, RuleViolations
from registry.framework import current
from registry.models import Case, Change, Entry, Exemption
from registry.search import follower, query
from tests.builders import document_of, make_listed, make_user
from tests.credentials import wrongs
from tests.desk import act, officer, page, words
from tests.registry.test_clock import at

TODAY = current.today()


def completed(case: Case) -> Exemption:
    return desk.complete(case_id=case.pk, by=case.officer)


def read(path: str):
    return Client().get(path)


def test_case_27_a_law_changes_the_kind_of_an_entry_and_the_old_kind_stays_in_its_history(db):
    credential = make_listed(title="Scaffold inspection")
    number = credential.number
    case = wrongs.change_by_law(credential)
    exemption = completed(case)

    after = document_of(number)
    assert (after["number"], after["kind"], after["revision"]) == (number, "qualification", 2)
    assert Credential.objects.get(pk=credential.pk).kind == "qualification"
    assert Entry.objects.get(number=number).kind == "qualification"
    change = Change.objects.of(number).last()
    assert (change.action, change.kind, change.decision_number) == ("revised", "qualification", case.reference)
    assert change.reason == "Education and Training Amendment Act 2026, section 12" and "kind" in change.changed_fields
    assert read(f"/api/v1/credentials/{number}/revisions/1").json()["kind"] == "micro_credential"
    assert read(f"/api/v1/credentials/{number}/revisions/2").json()["kind"] == "qualification"
    assert (exemption.ground, exemption.instrument) == ("law", change.reason)
    assert (exemption.completed_by, exemption.role) == (case.officer, "registrar")
    assert after["decisions"][-1]["number"] == case.reference
    assert case.reference in words(read(f"/q/{number}").content.decode())
    assert "icro-credential" in words(read(f"/q/{number}/r/1").content.decode())
    follower.catch_up()
    query.forget()
    found = query.search(q="Scaffold inspection", filters={"kind": ["qualification"]}, day=TODAY)
    assert [row["number"] for row in found.rows] == [number]


def test_an_entry_that_was_changed_after_the_law_had_effect_is_of_the_new_kind_from_that_change_on(db):
    credential = make_listed()
    completed(wrongs.change_by_law(credential, effective_on=TODAY - timedelta(days=10)))
    assert Change.objects.of(credential.number).last().effective_from == TODAY


def test_many_entries_change_in_one_act_or_none_does(db):
    some = [make_listed(title=f"Course {n}") for n in range(3)]
    case = wrongs.change_by_law(*some)
    completed(case)
    assert {document_of(c.number)["kind"] for c in some} == {"qualification"}
    changed = Change.objects.filter(decision_number=case.reference)
    assert changed.count() == 3 and len(set(changed.values_list("recorded_at"))) == 1
    assert Exemption.objects.filter(case=case).count() == 1


def test_the_review_period_is_that_of_the_new_kind_in_the_law(db):
    credential = make_listed()
    before = document_of(credential.number)
    completed(wrongs.change_by_law(credential))
    after, months = document_of(credential.number), current.version_on(TODAY).review_months("qualification")
    assert before["review_period_months"] != months == after["review_period_months"]
    assert after["review_due"] == schedule.due_after(TODAY, months).isoformat()


def test_a_day_is_answered_by_the_document_of_that_day(db):
    credential = make_listed()
    body = credential.awarding_body.number
    completed(wrongs.change_by_law(credential))
    said = standing.verify(credential.number, body, TODAY)
    assert (said.credential.kind, said.credential.registered, said.accredited) == ("qualification", True, True)


def test_a_law_of_a_later_day_waits_for_it(db):
    credential = make_listed()
    case = wrongs.change_by_law(credential, effective_on=TODAY + timedelta(days=5))
    with pytest.raises(NotAllowed, match="has effect from"):
        completed(case)
    desk.complete(case_id=case.pk, by=case.officer, now=at(TODAY + timedelta(days=5)))
    assert document_of(credential.number)["kind"] == "qualification"
    on_day = f"/api/v1/credentials/{credential.number}?as_at={TODAY}"
    assert read(on_day).json()["kind"] == "micro_credential"


@pytest.mark.parametrize(("values", "field"), [
    ({"law": " "}, "law"), ({"section": ""}, "section"), ({"effective_on": None}, "effective_on"),
    ({"from_kind": ""}, "from_kind"), ({"to_kind": ""}, "to_kind"), ({"numbers": []}, "numbers"),
    ({"to_kind": "micro_credential"}, "to_kind"),
])  # fmt: skip
def test_the_law_is_named_whole(db, values, field):
    case = wrongs.change_by_law(make_listed(), **values)
    with pytest.raises(RuleViolations) as refused:
        completed(case)
    assert [v.field for v in refused.value.violations] == [field]


def test_an_entry_of_another_kind_or_one_that_is_not_listed_stops_it_all(db):
    first, second = make_listed(), make_listed(title="Rope access")
    completed(wrongs.change_by_law(second))
    for numbers, said in (
        ([first.number, second.number], "another kind"),
        ([first.number, "NQ-999999"], "no such entry"),
    ):
        case = wrongs.change_by_law(first, numbers=numbers)
        with pytest.raises(NotAllowed, match=said):
            completed(case)
    assert document_of(first.number)["kind"] == "micro_credential"


def test_a_tombstone_stays_a_tombstone_whatever_the_law_says(db):
    credential = make_listed()
    case = wrongs.change_by_law(credential)
    wrongs.confirmed(wrongs.proposed_removal(credential.number))
    with pytest.raises(NotAllowed, match="not on the register"):
        completed(case)


def test_a_registrar_alone_carries_it_out(db):
    with pytest.raises(NotAllowed, match="role"):
        wrongs.change_by_law(make_listed(), by=make_user("Eva", "evaluator"))


def test_the_story_at_the_desk_with_a_dry_list_first(db):
    first, second = make_listed(), make_listed(title="Rope access")
    rita = officer("registrar")
    rita.post(f"/admin/registry/case/begin/kind_by_law/{first.number}/")
    case = Case.objects.get(kind="kind_by_law")
    typed = {
        "law": "Amendment Act 2026", "section": "section 12", "effective_on": f"{TODAY}", "from_kind": "micro_credential",
        "to_kind": "qualification", "numbers": f"{first.number}\n{second.number.lower()}\nNQ-999999", "revision": case.revision,
    }  # fmt: skip
    assert act(rita, case, "edit", typed).status_code == 302
    dry = words(page(rita, case))
    assert f"{second.number} Rope access: micro-credential → qualification" in dry and "NQ-999999" in dry
    refused = act(rita, case, "complete")
    assert refused.status_code in (403, 409) and "no such entry" in words(refused.content.decode())
    case.refresh_from_db()
    typed |= {"numbers": f"{first.number}\n{second.number}", "revision": case.revision}
    assert act(rita, case, "edit", typed).status_code == 302
    assert act(rita, case, "complete").status_code == 302
    assert {document_of(c.number)["kind"] for c in (first, second)} == {"qualification"}
    assert "Amendment Act 2026, section 12" in words(page(rita, case))
