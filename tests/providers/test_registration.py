"""A body is registered, refused, registered again, and given another scope: by cases, from the draft to the register."""

from datetime import timedelta
from functools import partial

import orjson
import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, transaction

from providers import services
from providers.models import Provider, Registration
from registry import exports
from registry.casework import kinds
from registry.casework import services as desk
from registry.casework.models import Decision
from registry.content.bodies import name_on
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework.current import today
from registry.models import Case, Change, Entry, Event, Membership, Notice, Submission
from registry.search import follower, query
from registry.status import status_on
from tests.builders import DAY, document_of, letter, make_provider, make_user
from tests.providers.applying import (
    COMPLETE,
    CRITERIA,
    MEMBER,
    PEOPLE,
    SCOPE,
    SITES,
    at_noon,
    decide,
    drafted,
    ended,
    in_days,
    make_body,
    make_member,
    recommended,
    registered,
    submitted,
)
from tests.together import at_once

# -- from the draft to the register ------------------------------------------------------------------------------------


def test_a_body_comes_onto_the_register_by_a_decision_with_its_name_sites_and_scope_dated(db):
    case = recommended(asked_until="2031-12-31")
    assert case.reference.startswith("REG-") and case.title == "Tidewater College Limited"
    assert Entry.objects.count() == 0
    (decision,) = decide(case)
    provider = Provider.objects.get()
    said, day = document_of(provider.number), today().isoformat()
    assert said["number"] == "PR-000001" and status_on(said, today()) == "registered"
    assert (said["title"], said["registered_on"], said["unverified"]) == ("Tidewater College Limited", day, False)
    assert said["names"] == [{"kind": "legal", "text": said["title"], "language": "en", "from": day}]
    assert said["other_identifiers"] == [{"scheme": "nzbn", "value": "9429000000017", "from": day}]
    assert said["sites"] == [{**SITES[0], "from": day}] and said["scope"] == [{**SCOPE[0], "from": day}]
    assert said["registered_until"] == "2031-12-31" and said["ended_on"] is None
    assert [t["text"] for t in said["alternative_titles"]] == ["Tidewater"]
    assert said["decisions"] == [
        {"number": decision.number, "matter": "registration", "outcome": "approved", "date": day}
    ]
    change = Change.objects.get()
    assert (change.action, change.decision_number) == ("listed", decision.number)
    case.refresh_from_db()
    assert kinds.get(case.kind).states[case.state] == "registered"
    assert case.organisation.provider == provider
    assert "PR-000001" in Notice.objects.get(person=case.signatory, key__contains="decided").body


def test_a_later_publication_keeps_the_decision_that_registered_it(db):
    provider = registered()
    services.correct(provider, {"founded_on": "1999-01-01"}, on=today())
    assert [d["matter"] for d in document_of(provider.number)["decisions"]] == ["registration"]


def test_what_was_handed_in_is_frozen_and_can_be_handed_in_once_more_without_harm(db):
    case = submitted()
    kept = Submission.objects.get(case=case)
    assert kept.content["content"]["body_number"] == "9429000000017"
    assert kept.content["content"]["statements"] == COMPLETE["statements"]
    desk.submit(case_id=case.pk, by=case.signatory)
    assert Submission.objects.count() == 1
    with pytest.raises(Conflict, match="Edit is not possible"):
        services.save_registration(case_id=case.pk, by=case.signatory, values={"region": "Otago"})


def test_an_officer_reads_everything_and_previews_what_would_be_public(db):
    case = submitted()
    kind = kinds.get(case.kind)
    read = orjson.dumps([{k: str(v) for k, v in section.items()} for section in kind.sections(case)]).decode()
    assert all(words in read for words in (*PEOPLE, "Wharf campus", "nzbn 9429000000017", "We see to it."))
    (document,) = kind.preview(case)
    assert (document["number"], document["title"]) == (None, "Tidewater College Limited")
    assert not any(words in orjson.dumps(document).decode() for words in PEOPLE)


def test_a_question_is_asked_and_answered_and_the_case_goes_on(db):
    case, eva = submitted(), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    request = desk.ask(
        case_id=case.pk, by=eva,
        items=[{"criterion": "finances", "kind": "evidence", "question": "Where are the accounts of last year?"}],
    )  # fmt: skip
    assert Case.objects.get(pk=case.pk).state == "information_requested"
    desk.answer(case_id=case.pk, by=case.signatory, item_id=request.items.get().pk, text="Attached now.")
    desk.send_answers(case_id=case.pk, by=case.signatory)
    assert Case.objects.get(pk=case.pk).state == "under_evaluation"


def test_a_case_that_was_returned_is_mended_and_handed_in_again(db):
    case = submitted()
    clerk = make_user("Grace", "registrar")
    desk.return_incomplete(case_id=case.pk, by=clerk, reason="The site has no street.")
    services.save_registration(
        case_id=case.pk, by=case.signatory, values={"sites": [{"name": "Wharf campus", "address": "4 Wharf Road"}]}
    )
    desk.submit(case_id=case.pk, by=case.signatory)
    addresses = [s.content["content"]["sites"][0]["address"] for s in case.submissions.order_by("number")]
    assert addresses == ["2 Wharf Road", "4 Wharf Road"]


def test_a_refusal_publishes_nothing_and_the_body_may_apply_anew(db):
    case = recommended()
    decide(case, "declined", reason="The accounts do not show that fees are safe.")
    assert (Entry.objects.count(), Provider.objects.count(), Change.objects.count()) == (0, 0, 0)
    case.refresh_from_db()
    assert kinds.get(case.kind).states[case.state] == "refused"
    again = drafted(body=case.organisation, by=case.signatory)
    assert submitted(again).state == "submitted"


def test_four_eyes_whoever_judged_or_wrote_for_the_body_cannot_decide(db):
    both = make_user("Bo", "evaluator", "decision_maker")
    case = recommended(evaluator=both)
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, by=both)
    assert Decision.objects.count() == 0 and Provider.objects.count() == 0


def test_the_register_is_searched_for_the_same_body_before_a_recommendation(db):
    make_provider("Tidewater College Ltd", country="NZ")
    follower.catch_up()
    case = submitted()
    found = case.duplicate_checks.get().matches
    assert [match["title"] for match in found] == ["Tidewater College Ltd"] and found[0]["score"] > 0.6


def test_conditions_at_grant_stay_with_the_case(db):
    case = recommended()
    condition = {"text": "Insure the workshop.", "owner": "The board", "due_on": in_days(30)}
    decide(case, "approved_with_conditions", conditions={"registration": [condition]})
    said = orjson.dumps(document_of("PR-000001")).decode()
    assert "Insure" not in said and "condition" not in said
    assert Decision.objects.get().conditions.get().text == "Insure the workshop."


def test_a_standard_setting_body_needs_no_site(db):
    provider = registered(may_deliver=False, sites=[])
    assert document_of(provider.number)["may_deliver"] is False


# -- embargo -----------------------------------------------------------------------------------------------------------


def test_an_embargoed_registration_is_nowhere_before_its_day(db, client):
    case, day = recommended(), in_days(10)
    decide(case, publish_on=day, effective_on=day)
    follower.catch_up()
    assert (Entry.objects.count(), Change.objects.count(), Provider.objects.count()) == (0, 0, 0)
    assert query.search(q="Tidewater", day=today(), scope="providers").count == 0
    for address in ("/providers", "/api/v1/providers", "/api/v1/changes?after=0", "/api/v1/suggest?q=Tidew"):
        assert b"Tidewater" not in client.get(address).content, address
    assert client.get("/providers/PR-000001").status_code == 404
    told = Notice.objects.filter(key__contains="decided").get()
    assert "PR-" not in told.body and "approved" not in told.body
    desk.release_due(day - timedelta(days=1), now=at_noon(day - timedelta(days=1)))
    assert Entry.objects.count() == 0
    assert desk.release_due(day, now=at_noon(day)) == 1
    assert document_of("PR-000001")["registered_on"] == day.isoformat()


def test_the_database_refuses_to_alter_what_waits_for_its_day(db):
    case = recommended()
    decide(case, publish_on=in_days(10))
    with pytest.raises(DatabaseError, match="has been approved: update refused"), transaction.atomic():
        Registration.objects.update(legal_name="Another College")
    with pytest.raises(DatabaseError, match="delete refused"), transaction.atomic():
        Registration.objects.filter(case=case).delete()


def test_a_body_that_waits_for_its_day_cannot_apply_once_more(db):
    case = recommended()
    decide(case, publish_on=in_days(10))
    with pytest.raises(Conflict, match=case.reference):
        services.draft_registration(organisation=case.organisation, by=case.signatory)


# -- who may apply -----------------------------------------------------------------------------------------------------


def test_a_stranger_begins_nothing_for_a_body(db):
    with pytest.raises(NotAllowed, match="do not act"):
        services.draft_registration(organisation=make_body(), by=make_user("Stranger"))
    with pytest.raises(NotAllowed, match="do not act"):
        services.draft_scope(provider=make_provider(), by=make_user("Stranger"))
    assert Case.objects.count() == 0


def test_an_editor_drafts_and_a_signatory_hands_in(db):
    body = make_body()
    case = drafted(body=body, by=make_member(body, "Edith", Membership.Role.EDITOR))
    with pytest.raises(NotAllowed, match="role"):
        desk.submit(case_id=case.pk, by=case.signatory)
    desk.submit(case_id=case.pk, by=make_member(body))
    assert Case.objects.get(pk=case.pk).state == "submitted"


def test_a_registered_body_does_not_apply_for_registration(db):
    provider = make_provider()
    by = make_member(provider.organisation)
    with pytest.raises(RegisterError, match="is registered already"):
        services.draft_registration(organisation=provider.organisation, by=by)


def test_a_body_that_was_registered_meanwhile_neither_hands_in_nor_is_approved(db):
    draft, waiting = drafted(), recommended(body=make_body("Another"), body_number="9429000000024")
    for case in (draft, waiting):
        Provider.objects.create(
            organisation=case.organisation, title=case.title, registered_on=DAY, number=f"PR-9{case.pk:05d}"
        )
    with pytest.raises(NotAllowed, match="is registered already"):
        desk.submit(case_id=draft.pk, by=draft.signatory)
    with pytest.raises(NotAllowed, match="is registered already"):
        decide(waiting)


def test_a_second_registration_of_the_same_body_waits_for_the_first(db):
    submitted()
    twin = drafted(body=make_body("Tidewater, entered twice"))
    with pytest.raises(NotAllowed, match="with the authority already"):
        desk.submit(case_id=twin.pk, by=twin.signatory)


def test_two_colleagues_who_begin_at_once_begin_one_registration(committing_db):
    body = make_body()
    colleagues = [make_member(body, "Ana"), make_member(body, "Ben")]
    said = at_once(*(partial(services.draft_registration, organisation=body, by=by) for by in colleagues))
    assert sorted(type(what).__name__ for what in said) == ["Conflict", "Registration"]
    assert Case.objects.count() == 1


def test_a_body_that_an_import_knew_is_registered_under_its_number_and_verified(db):
    known = make_provider(
        "Tidewater Coll.", unverified=True, registered_on=None, type=None, gaps=["type", "registered_on"],
        source="plain", source_id="7", country="NZ",
    )  # fmt: skip
    decide(recommended(body=known.organisation))
    said = document_of(known.number)
    assert status_on(said, today()) == "registered" and said["gaps"] == []
    assert said["title"] == "Tidewater College Limited" and said["former_names"] == []
    assert {t["text"] for t in said["alternative_titles"]} == {"Tidewater", "Tidewater Coll."}
    assert said["identifiers"] == [{"scheme": "plain", "value": "7"}] and said["revision"] == 2


def test_a_body_that_is_another_one_on_the_register_applies_as_that(db):
    other = make_provider()
    known = make_provider("Harbour Inst.", unverified=True, registered_on=None, details={"same_as": other.number})
    with pytest.raises(RegisterError, match=f"on the register as {other.number}"):
        services.draft_registration(organisation=known.organisation, by=make_member(known.organisation))


def test_registration_after_an_end_keeps_number_history_and_former_name(db):
    first = DAY - timedelta(days=900)
    provider = make_provider("Tidewater School", registered_on=first, details={"scope": [{"effect": "included"}]})
    provider = ended(provider, DAY + timedelta(days=5))
    number, last = provider.number, (DAY + timedelta(days=4)).isoformat()
    begun = services.draft_registration(
        organisation=provider.organisation, by=(by := make_member(provider.organisation))
    )
    assert (begun.legal_name, begun.scope) == ("Tidewater School", [{"effect": "included"}])
    desk.withdraw(case_id=begun.case_id, by=by)
    decide(recommended(body=provider.organisation))
    said, day = document_of(number), today()
    assert said["registrations"] == [{"from": first.isoformat(), "until": last, "ended_as": "cancelled"}]
    assert (said["registered_on"], said["ended_on"], said["ended_as"]) == (day.isoformat(), None, None)
    assert [status_on(said, d) for d in (DAY, DAY + timedelta(days=6), day)] == [
        "registered",
        "cancelled",
        "registered",
    ]
    assert [name_on(said, d) for d in (DAY, day)] == ["Tidewater School", "Tidewater College Limited"]
    assert said["statutory_actions"][0]["kind"] == "cancellation"
    assert Provider.objects.count() == 1 and Change.objects.filter(number=number).count() == 3


def test_a_suspension_ends_with_the_registration_that_it_suspended(db):
    provider = make_provider()
    services.impose(provider, kind="suspension", summary={"en": "Suspended."}, on=DAY)
    provider = ended(provider, DAY + timedelta(days=5))
    decide(recommended(body=provider.organisation))
    said = document_of(provider.number)
    assert [status_on(said, d) for d in (DAY, today())] == ["suspended", "registered"]


# -- rules -------------------------------------------------------------------------------------------------------------


def member(**changes):
    return {name: said for name, said in {**MEMBER, **changes}.items() if said is not None}


@pytest.mark.parametrize(
    ("values", "field", "rule"),
    [
        ({"legal_name": ""}, "legal_name", "REG-name"),
        ({"type": None}, "type", "REG-body-type"),
        ({"body_number": None}, "body_number", "REG-body"),
        ({"body_register": None}, "body_register", "REG-body"),
        ({"address": None}, "address", "REG-address"),
        ({"country": None}, "country", "REG-address"),
        ({"country": "ZAR"}, "country", "FORM-country"),
        ({"contacts": [{"name": "Ana"}]}, "contacts", "REG-contact"),
        ({"asked_until": "2020-01-01"}, "asked_until", "REG-period"),
        ({"asked_from": "2040-01-01", "asked_until": "2039-01-01"}, "asked_until", "REG-period"),
        ({"governing_members": []}, "governing_members", "REG-governing"),
        ({"governing_members": [MEMBER, member(has_interests=None)]}, "governing_members", "REG-governing"),
        ({"governing_members": [member(interests=None)]}, "governing_members", "REG-governing"),
        ({"governing_members": [member(convicted=None)]}, "governing_members", "REG-governing"),
        ({"governing_members": [member(explanation=None)]}, "governing_members", "REG-governing"),
        ({"scope": []}, "scope", "REG-covers"),
        ({"scope": [{"effect": "excluded", "lowest": "5"}]}, "scope", "REG-covers"),
        ({"scope": [{"effect": "included", "lowest": "6", "highest": "3"}]}, "scope", "REG-levels"),
        ({"scope": [{"effect": "included", "lowest": "12"}]}, "scope", "REG-levels"),
        ({"sites": []}, "sites", "REG-sites"),
        ({"sites": [{"name": "Wharf campus", "country": "GER"}]}, "sites", "REG-site-country"),
        ({"statements": {"finances": ""}}, "statement_finances", "REG-statement"),
    ],
)
def test_a_registration_that_breaks_a_rule_is_refused_at_its_field_and_kept(db, values, field, rule):
    case = drafted(**values)
    if "statements" in values:
        services.save_registration(case_id=case.pk, by=case.signatory, values=values)
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=case.pk, by=case.signatory)
    errors = [v for v in refusal.value.violations if v.severity == "error"]
    if rule == "REG-statement":
        errors = [v for v in errors if v.field == field]
    assert [(v.field, v.rule) for v in errors] == [(field, rule)]
    assert Case.objects.get(pk=case.pk).state == "draft"


def test_a_body_that_delivers_online_alone_needs_no_site(db):
    assert submitted(sites=[], scope=[{"effect": "included", "modes": ["online"]}]).state == "submitted"


def test_what_has_no_file_is_a_warning_and_no_refusal(db):
    case = drafted()
    warned = {v.field for v in kinds.get(case.kind).check(case, "submit") if v.severity == "warning"}
    assert warned == {f"evidence:{criterion}" for criterion in CRITERIA}
    desk.attach(case_id=case.pk, by=case.signatory, criterion="finances", upload=letter("accounts.txt"))
    assert "evidence:finances" not in {v.field for v in kinds.get(case.kind).check(case, "submit")}


def test_the_number_of_another_provider_is_refused_also_after_its_end(db):
    provider = registered()
    case = drafted(body=make_body("Another record"))
    for _ in range(2):
        with pytest.raises(RuleViolations, match=f"{provider.number} .* has this number"):
            desk.submit(case_id=case.pk, by=case.signatory)
        ended(provider, today())


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"website": "tidewater"}, "website: .* is not an address"),
        ({"website": f"https://a.example/{'x' * 600}"}, "longer than 500"),
        ({"asked_until": "in spring"}, "asked_until: .* is not a date"),
        ({"scope": [{"effect": "perhaps"}]}, "scope: .* not one of included, excluded"),
        ({"contacts": [{"email": "nobody"}]}, "contacts: .* is not an e-mail address"),
        ({"governing_members": [{"name": "A\0B"}]}, "governing_members: .*NUL"),
        ({"statements": {"finances": "x" * 9000}}, "finances: .* longer than 8,000"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field_and_reason(db, values, says):
    case = drafted()
    with pytest.raises(RegisterError, match=says):
        services.save_registration(case_id=case.pk, by=case.signatory, values=values)
    assert Registration.objects.get(case=case).website == COMPLETE["website"]


# -- people ------------------------------------------------------------------------------------------------------------


def test_case_41_who_governs_a_body_stands_in_nothing_that_is_public_or_sent(committing_db, client, tmp_path):
    case = recommended()
    decide(case)
    follower.catch_up()
    said = [orjson.dumps(document_of("PR-000001"))]
    said += [
        client.get(address).content
        for address in (
            "/providers/PR-000001", "/providers", "/api/v1/providers", "/api/v1/providers/PR-000001",
            "/api/v1/changes?after=0&include=document", "/api/v1/suggest?q=Moana", "/search?q=Moana",
        )
    ]  # fmt: skip
    assert b"Tidewater" in said[1] and b"Tidewater" in said[4]
    exports.export(tmp_path)
    said += [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    for model in (Change, Event):
        said += [bytes(record) for record in model.objects.values_list("record", flat=True)]
    said += [f"{notice.subject} {notice.body}".encode() for notice in Notice.objects.all()]
    said += [letter.html.encode() for letter in case.letters.all()]
    said += [orjson.dumps(kept.content) for kept in Submission.objects.all()]
    for words in PEOPLE:
        assert not any(words.encode() in each for each in said), words


def test_case_41_people_are_forgotten_and_what_was_handed_in_keeps_its_digest(db):
    case, grace = recommended(), make_user("Grace", "registrar")
    with pytest.raises(Conflict, match="still needed"):
        services.forget_people(case_id=case.pk, by=grace, reason="Seven years are over.")
    decide(case)
    with pytest.raises(NotAllowed, match="Only a registrar"):
        services.forget_people(case_id=case.pk, by=make_user("Dan", "decision_maker"), reason="Seven years are over.")
    before = case.submissions.get().sha256
    services.forget_people(case_id=case.pk, by=grace, reason="Seven years are over.")
    left = Registration.objects.get(case=case)
    assert (left.governing_members, left.contacts, left.salt) == ([], [], "")
    assert case.submissions.get().sha256 == before
    assert not any(words in str(kinds.get(case.kind).sections(Case.objects.get(pk=case.pk))) for words in PEOPLE)
    assert Event.objects.filter(case=case).last().details == {"reason": "Seven years are over."}


def test_only_those_who_read_the_case_read_who_governs_the_body(db):
    case = submitted()
    other = make_member(make_body("Elsewhere"), "Otto")
    assert not Registration.objects.of_applicant(other).exists()
    assert not Case.objects.for_user(other).exists()
    assert not Case.objects.for_user(make_user("Ada", "administrator")).exists()
    assert Case.objects.for_user(make_user("Aud", "auditor")).get() == case


def test_case_6_who_moves_to_the_authority_loses_access_and_past_acts_keep_their_identity(db):
    case = submitted()
    mover = case.signatory
    Membership.objects.filter(user=mover).update(ended_on=in_days(-1))
    mover.is_staff = True
    mover.save()
    mover.groups.set(Group.objects.filter(name__in=("evaluator", "decision_maker")))
    mover = type(mover).objects.get(pk=mover.pk)
    assert not Registration.objects.of_applicant(mover).exists()
    with pytest.raises(NotAllowed, match="role"):
        desk.withdraw(case_id=case.pk, by=mover)
    with pytest.raises(NotAllowed, match="wrote"):
        desk.start_evaluation(case_id=case.pk, by=mover)
    recommended(case)
    with pytest.raises(NotAllowed, match="Four eyes"):
        decide(case, by=mover)
    acts = Event.objects.filter(case=case, person_id=mover.person_id).order_by("position")
    assert [(e.name, e.role) for e in acts] == [
        ("case:opened", "editor"), ("case:edit", "editor"), ("case:submit", "signatory"),
    ]  # fmt: skip
    assert {e.organisation_id for e in acts} == {case.organisation.organisation_id}
