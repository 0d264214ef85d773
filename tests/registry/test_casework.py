"""The desk: who may do what to a case, and what the database refuses whatever the Python says."""

import threading
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from credentials import services
from registry import grants
from registry.casework import services as desk
from registry.casework import workflow
from registry.casework.models import Decision, Part
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.models import Case, Change, Entry, Event, Notice
from tests.builders import (
    APPROVE_ALL,
    CRITERIA,
    approve,
    ask_about,
    letter,
    make_draft,
    make_provider,
    make_recommended,
    make_signatory,
    make_submitted,
    make_user,
    searched,
)  # fmt: skip
from tests.together import at_once


def test_an_approval_publishes_the_credential_and_the_accreditation_in_one_act(db):
    case = make_recommended()
    decisions = approve(case)
    credential = Entry.objects.credentials().get()
    accreditation = Entry.objects.accreditations().get()
    assert (credential.title, credential.revision, credential.level) == ("Scaffold inspection", 1, "4")
    assert (accreditation.credential, accreditation.provider) == (credential.number, credential.provider)
    assert {d.matter for d in decisions} == {"listing", "approval", "accreditation"}
    assert Change.objects.of(credential.number).get().decision_number == decisions[0].number
    case.refresh_from_db()
    assert case.state == "approved"


def test_matters_are_decided_apart_listing_without_accreditation(db):
    case = make_recommended()
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Capability is not shown.",
        outcomes=APPROVE_ALL | {"accreditation": "declined"},
    )  # fmt: skip
    assert Entry.objects.credentials().count() == 1
    assert Entry.objects.accreditations().count() == 0


def test_a_declined_case_publishes_nothing(db):
    case = make_recommended()
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="No need.",
        outcomes=dict.fromkeys(APPROVE_ALL, "declined"),
    )  # fmt: skip
    assert Entry.objects.credentials().count() == 0
    assert Case.objects.get(pk=case.pk).state == "declined"


def test_a_decision_needs_a_reason_and_every_matter(db):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    with pytest.raises(RegisterError, match="reason"):
        desk.decide(case_id=case.pk, by=dana, outcomes=APPROVE_ALL, reason="  ")
    with pytest.raises(RegisterError, match="every matter"):
        desk.decide(case_id=case.pk, by=dana, outcomes={"listing": "approved"}, reason="Fine.")
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(RegisterError, match="choose why"):
        desk.decide(case_id=case.pk, by=dana, outcomes=APPROVE_ALL, reason="Fine.", effective_on=yesterday)


def test_who_evaluated_cannot_decide_even_with_the_role(db):
    both = make_user("Bo", "evaluator", "decision_maker")
    case = make_recommended(evaluator=both)
    with pytest.raises(NotAllowed, match="Four eyes"):
        approve(case, by=both)
    assert Decision.objects.count() == 0 and Entry.objects.credentials().count() == 0


def test_who_drafted_for_the_applicant_cannot_decide_after_joining_the_authority(db):
    case = make_recommended()
    mover = case.signatory
    mover.is_staff = True
    mover.save()
    from django.contrib.auth.models import Group

    mover.groups.add(Group.objects.get(name="decision_maker"))
    with pytest.raises(NotAllowed, match="Four eyes"):
        approve(case, by=mover)


def test_a_declared_interest_blocks_the_decision(db):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    desk.declare_interest(case_id=case.pk, by=dana, reason="My sister works there.")
    with pytest.raises(NotAllowed, match="You have declared an interest in this case"):
        approve(case, by=dana)


def test_a_refused_attempt_is_logged_after_the_rollback(db):
    case = make_recommended()
    with pytest.raises(NotAllowed):
        approve(case, by=case.evaluator)
    refusal = Event.objects.get(name="desk:act:refused")
    assert refusal.details == {"act": "decide", "case": case.pk, "why": "NotAllowed"}
    assert refusal.person_id == case.evaluator.person_id


def test_an_evaluator_recommends_only_when_every_criterion_is_judged(db):
    case, eva = make_submitted(), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    desk.judge(case_id=case.pk, by=eva, criterion="need", verdict="met", reason="Letters.")
    with pytest.raises(NotAllowed, match=r"Judge these criteria first: .*Requirements and assessment"):
        desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="All good.")


def test_a_judgement_is_revised_by_a_later_one_and_both_stay(db):
    case, eva = make_submitted(), make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    for verdict in ("not_met", "met"):
        desk.judge(case_id=case.pk, by=eva, criterion="need", verdict=verdict, reason=f"It is {verdict}.")
    assert list(case.judgements.values_list("verdict", flat=True)) == ["not_met", "met"]


def test_a_case_sent_back_can_be_judged_and_recommended_again(db):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    desk.send_back(case_id=case.pk, by=dana, reason="Look at the moderation again.")
    desk.judge(
        case_id=case.pk, by=case.evaluator, criterion="assessment", verdict="met", reason="Moderated by a third."
    )
    desk.recommend(case_id=case.pk, by=case.evaluator, outcome="approved", reason="Now clear.")
    assert approve(case, by=dana)


def test_a_withdrawn_case_cannot_be_decided(db):
    case = make_recommended()
    desk.withdraw(case_id=case.pk, by=case.signatory)
    with pytest.raises(Conflict, match="withdrawn"):
        approve(case)


def test_a_page_made_before_somebody_else_acted_is_refused(db):
    case = make_recommended()
    with pytest.raises(Conflict, match="Somebody else changed"):
        approve(case, expected_revision=case.revision - 1)


def test_a_standard_setting_body_is_never_accredited(db):
    provider = make_provider("Skills Board", may_deliver=False)
    with pytest.raises(NotAllowed, match="apply for listing and approval alone"):
        services.draft(provider=provider, by=make_signatory(provider), wants_accreditation=True)


def test_a_body_that_became_a_standard_setting_body_meanwhile_is_not_accredited(db):
    provider = make_provider("Skills Board")
    case = make_recommended(provider=provider)
    provider.may_deliver = False
    provider.save(update_fields=["may_deliver"])
    with pytest.raises(NotAllowed, match="never delivers"):
        approve(case)
    assert Entry.objects.credentials().count() == 0, "the refusal rolls the listing back too"


def test_a_provider_that_is_not_registered_cannot_submit(db):
    case = make_draft(provider=make_provider(unverified=True, registered_on=None))
    with pytest.raises(NotAllowed, match="registered provider"):
        desk.submit(case_id=case.pk, by=case.signatory)


@pytest.mark.parametrize(
    ("values", "field", "rule"),
    [
        ({"credits": None}, "credits", "NZ-01"),
        ({"credits": "0.5"}, "credits", "NZ-01"),
        ({"credits": "41"}, "credits", "NZ-01"),
        ({"level": None}, "level", "NZ-02"),
        ({"learning_outcomes": []}, "learning_outcomes", "NZ-outcomes"),
        ({"assessment": {}}, "assessment", "NZ-assessment"),
        ({"title": ""}, "title", "NZ-LR-6.1-title"),
        ({"need_statement": " "}, "need_statement", "NZ-05"),
        ({"duplication_statement": ""}, "duplication_statement", "NZ-07"),
    ],
)
def test_a_draft_that_breaks_a_rule_is_refused_with_its_field_and_kept(db, values, field, rule):
    from decimal import Decimal

    if values.get("credits"):
        values = {"credits": Decimal(values["credits"])}
    case = make_draft(**values)
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=case.pk, by=case.signatory)
    errors = [v for v in refusal.value.violations if v.severity == "error"]
    assert [(v.field, v.rule) for v in errors] == [(field, rule)]
    kept = Case.objects.get(pk=case.pk)
    assert (kept.state, kept.submitted_at) == ("draft", None)


@pytest.mark.parametrize("credits", ["1", "40", "2.5"])
def test_credits_from_one_to_forty_are_accepted(db, credits):
    from decimal import Decimal

    assert make_submitted(credits=Decimal(credits)).state == "submitted"


def test_a_title_that_may_confuse_is_a_warning_not_a_refusal(db):
    case = make_submitted(title="Mastering national diplomas")
    assert case.state == "submitted"


def test_evidence_is_what_its_name_says_and_the_same_file_is_kept_once(db):
    case = make_draft()
    again = desk.attach(case_id=case.pk, by=case.signatory, criterion="need", upload=letter("other-name.txt"))
    assert case.evidence.get() == again
    for upload, message in (
        (letter("virus.exe"), "attach one of"),
        (letter("scan.pdf", b"not a pdf"), "another type"),
        (letter("empty.txt", b""), "empty"),
        (letter("binary.txt", b"\x00\x01"), "another type"),
    ):
        with pytest.raises(RegisterError, match=message):
            desk.attach(case_id=case.pk, by=case.signatory, criterion="need", upload=upload)


def test_events_name_people_by_an_opaque_id_and_form_a_chain(db):
    case = make_recommended()
    approve(case)
    events = list(Event.objects.filter(case=case).order_by("position"))
    assert [e.position for e in events] == list(range(1, len(events) + 1))
    assert all(bytes(after.previous_hash) == bytes(before.hash) for before, after in pairwise(events))
    assert case.signatory.name.encode() not in b"".join(bytes(e.record) for e in events)


def test_what_is_owed_is_sent_once(db, mailoutbox):
    from registry.casework import notices

    case = make_recommended()
    approve(case)
    assert notices.deliver() == Notice.objects.count() == 3
    assert notices.deliver() == 0
    theirs = [m for m in mailoutbox if m.to == [case.signatory.email]]
    assert [m.subject.partition(": ")[2] for m in theirs] == [
        "your application has been received", "an evaluator has taken your application on", "decision",
    ]  # fmt: skip
    assert "NQ-000001" in theirs[2].body


# -- what the database refuses ---------------------------------------------------------------------------------------


def raw(statement: str, *parameters) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.mark.parametrize("table", sorted(set(grants.APPEND_ONLY) - {"change"}))
@pytest.mark.parametrize(
    "statement", ["update registry_{} set id = id", "delete from registry_{}", "truncate registry_{} cascade"]
)
def test_the_application_role_cannot_alter_or_delete_what_is_evidence(db, table, statement):
    with pytest.raises(Exception, match="permission denied"):
        raw(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "update registry_informationrequest set due_on = '2030-01-01'",
        "update registry_panel set quorum = 0",
        "update registry_release set publish_on = '2020-01-01'",
        "update registry_interest set reason = ''",
        "update registry_evidence set sha256 = ''",
        "delete from registry_evidence",
        "delete from registry_case",
        "delete from registry_notice",
    ],
)
def test_the_application_role_alters_only_what_is_filled_in_later(db, statement):
    with pytest.raises(Exception, match="permission denied"):
        raw(statement)


def test_sql_cannot_insert_an_event_that_does_not_continue_the_chain_of_its_case(db):
    case = make_recommended()
    copy = (
        "insert into registry_event (case_id, position, name, recorded_at, person_id, role, details, record, "
        "previous_hash, hash) select case_id, {position}, name, recorded_at, person_id, role, details, {record}, "
        "{previous}, {hash} from registry_event where case_id = %s order by position desc limit 1"
    )
    chained = "sha256(hash || record)"
    for position, record, previous, digest in (
        ("position + 2", "record", "hash", chained),  # a gap
        ("position + 1", "record", "previous_hash", "sha256(previous_hash || record)"),  # not after the last one
        ("position + 1", "'another'::bytea", "hash", chained),  # a hash of something else
        ("position", "record", "previous_hash", "hash"),  # a second one in its place
    ):
        statement = copy.format(position=position, record=record, previous=previous, hash=digest)
        with pytest.raises(IntegrityError, match=r"does not continue its chain|event_position"):
            raw(statement, case.pk)
    raw(copy.format(position="position + 1", record="record", previous="hash", hash=chained), case.pk)


def test_sql_cannot_decide_for_a_person_who_evaluated(db):
    """Inserting the part breaks the exclusion; inserting a decision on the evaluator's part breaks the key."""
    case = make_recommended()
    with pytest.raises(IntegrityError, match="four_eyes"):
        raw(
            "insert into registry_part (case_id, person_id, part) values (%s, %s, 'decided')",
            case.pk,
            case.evaluator.pk,
        )
    part = Part.objects.get(case=case, part="evaluated")
    decision = (
        "insert into registry_decision (case_id, matter, stage, number, outcome, reason, internal_reason, decided_on, "
        "effective_on, publish_on, backdating, decided_by_id, part_id, side, recorded_at) values (%s, 'listing', 1, 'D-X', "
        "'approved', 'x', '', '2026-01-01', '2026-01-01', '2026-01-01', '', %s, %s, %s, now())"
    )
    with pytest.raises(IntegrityError, match="decided_by_a_decider"):
        raw(decision, case.pk, case.evaluator.pk, part.pk, 1)
    with pytest.raises(IntegrityError, match="decision_side"):
        raw(decision, case.pk, case.evaluator.pk, part.pk, 0)


def test_sql_cannot_decide_a_matter_twice(db):
    case = make_recommended()
    approve(case)
    with pytest.raises(IntegrityError, match="one_decision"):
        raw(
            "insert into registry_decision (case_id, matter, stage, number, outcome, reason, internal_reason, decided_on, "
            "effective_on, publish_on, backdating, decided_by_id, part_id, side, recorded_at) select case_id, matter, stage, "
            "'D-Y', 'declined', reason, '', decided_on, effective_on, publish_on, '', decided_by_id, part_id, side, "
            "recorded_at from registry_decision limit 1"
        )


def test_sql_cannot_judge_for_a_person_who_decided(db):
    case = make_recommended()
    dana = make_user("Dana", "decision_maker")
    approve(case, by=dana)
    part = Part.objects.get(case=case, person=dana)
    with pytest.raises(IntegrityError, match="judged_by_an_evaluator"):
        raw(
            "insert into registry_judgement (case_id, criterion, verdict, reason, judged_by_id, part_id, side, recorded_at) "
            "values (%s, 'need', 'met', 'x', %s, %s, 0, now())",
            case.pk, dana.pk, part.pk,
        )  # fmt: skip


def test_two_connections_that_race_for_both_sides_of_a_case_cannot_both_win(committing_db, second_connection):
    """The exclusion constraint sees the other transaction: the second waits for it, and then fails."""
    import psycopg

    case, person = make_submitted(), make_user("Bo", "evaluator", "decision_maker")
    one, two = second_connection(), second_connection()
    insert = "insert into registry_part (case_id, person_id, part) values (%s, %s, %s)"
    one.execute(insert, [case.pk, person.pk, "evaluated"])
    outcome: list[object] = []

    def other() -> None:
        try:
            two.execute(insert, [case.pk, person.pk, "decided"])
            two.commit()
            outcome.append("won")
        except psycopg.errors.ExclusionViolation as error:
            outcome.append(error)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(0.5)
    assert thread.is_alive(), "the second waits for the first to end"
    one.commit()
    thread.join(5)
    assert isinstance(outcome[0], psycopg.errors.ExclusionViolation)


def test_two_officers_who_decide_at_once_make_one_decision_and_the_second_is_told_who_decided(committing_db):
    case = make_recommended()
    officers = [make_user("Dana Whitcombe", "decision_maker"), make_user("Samuel Okoye", "decision_maker")]
    said = at_once(*(partial(approve, case, by=officer) for officer in officers))
    outcomes = {
        o.name: str(what) if isinstance(what, Conflict) else "decided" for o, what in zip(officers, said, strict=True)
    }
    winner = next(name for name, outcome in outcomes.items() if outcome == "decided")
    loser = next(outcome for outcome in outcomes.values() if outcome != "decided")
    assert loser.startswith(f"{winner} decided this case on ")
    assert Decision.objects.count() == 3 and Entry.objects.credentials().count() == 1


def test_a_case_is_locked_while_it_moves(committing_db, second_connection):
    import psycopg

    case = make_submitted()
    with transaction.atomic():
        workflow.lock(case.pk)
        other = second_connection()
        other.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("select 1 from registry_case where id = %s for update", [case.pk])


def a_case_with_everything():
    """A case in which people recorded whatever can be recorded, but a fee, which no law that comes with it asks for."""
    case, dana, sam = make_submitted(), make_user("Dana", "decision_maker"), make_user("Sam", "decision_maker")
    eva = make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    (item,) = ask_about(case, eva, "need").items.all()
    desk.answer(case_id=case.pk, by=case.signatory, item_id=item.pk, text="Nine growers.")
    desk.send_answers(case_id=case.pk, by=case.signatory)
    for criterion in CRITERIA:
        desk.judge(case_id=case.pk, by=eva, criterion=criterion, verdict="met", reason="Shown.")
    searched(case, eva)
    desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="All met.")
    desk.note(case_id=case.pk, by=eva, text="A note.")
    desk.waive(case_id=case.pk, by=dana, rule="NZ-12", reason="Small.", instrument="Rule 14.4(c)")
    condition = {"text": "A second laboratory.", "owner": "Harbour", "due_on": "2030-01-31"}
    desk.decide(
        case_id=case.pk, by=dana, reason="It is needed.", backdating="court",
        outcomes=APPROVE_ALL | {"accreditation": "approved_with_conditions"}, conditions={"accreditation": [condition]},
        effective_on=timezone.localdate() - timedelta(days=2),
    )  # fmt: skip
    desk.confirm(case_id=case.pk, by=sam)
    return case


ALTERED = {
    "submission": "content = content || '{\"x\": 1}'", "requestitem": "question = question || '.'",
    "answer": "text = text || '.'", "judgement": "reason = reason || '.'", "recommendation": "reason = reason || '.'",
    "message": "text = text || '.'", "waiver": "instrument = instrument || '.'",
    "decisiondraft": "content = content || '{\"x\": 1}'", "decision": "reason = reason || '.'",
    "condition": "due_on = due_on + 1", "letter": "html = html || '.'",
    "event": "record = set_byte(record, 20, 64)", "change": "record = set_byte(record, 20, 64)",
}  # fmt: skip


def test_verification_finds_one_altered_byte_wherever_it_is(committing_db):
    from registry.search import follower
    from registry.verification import differences
    from tests.conftest import owner_of

    a_case_with_everything()
    follower.catch_up()
    assert list(differences()) == []
    for table, alteration in ALTERED.items():
        with owner_of(committing_db) as owner:
            owner.execute(f"alter table registry_{table} disable trigger append_only")
            (key,) = owner.execute(
                f"select max({'serial' if table == 'change' else 'id'}) from registry_{table}"
            ).fetchone()
            name = "serial" if table == "change" else "id"
            owner.execute(f"create table kept as select * from registry_{table} where {name} = {key}")
            owner.execute(f"update registry_{table} set {alteration} where {name} = {key}")
        assert len(list(differences())) >= 1, table
        with owner_of(committing_db) as owner:
            columns = [column.partition(" = ")[0] for column in [alteration]]
            for column in columns:
                owner.execute(
                    f"update registry_{table} t set {column} = k.{column} from kept k where t.{name} = k.{name}"
                )
            owner.execute("drop table kept")
        assert list(differences()) == [], f"{table} is as it was"


def test_verification_finds_a_decision_that_differs_from_its_event(committing_db):
    from registry.search import follower
    from registry.verification import differences
    from tests.conftest import owner_of

    approve(make_recommended())
    follower.catch_up()
    assert list(differences()) == []
    with owner_of(committing_db) as owner:
        owner.execute("alter table registry_decision disable trigger append_only")
        owner.execute("update registry_decision set reason = 'another' where matter = 'listing'")
        owner.execute("alter table registry_change disable trigger append_only")
        owner.execute("update registry_change set reason = 'another' where serial = 2")
        owner.execute("update registry_entry set level = '9' where kind = 'micro_credential'")
    found = "\n".join(differences())
    assert "decision D-" in found and "differs from its event" in found
    assert "change 2: its columns or document differ" in found
    assert "column level says '9'" in found
