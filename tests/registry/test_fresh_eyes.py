"""Whoever took part in a decision takes none in its reconsideration: PostgreSQL itself sees to it, whoever asks, and from
two connections at the same moment."""

import threading
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from registry import daily
from registry.casework import services as desk
from registry.casework.services import reconsidering as again
from registry.errors import Conflict, RegisterError
from registry.framework import current
from registry.models import Case, Part, Release
from registry.verification import differences
from tests.builders import make_user
from tests.reconsidering import Redressing, drafted, granted, lodged, refused, reviewed, settle
from tests.together import at_once

INSERT = "insert into registry_part (case_id, person_id, part, about, round) values (%s, %s, %s, 0, 0)"


def refused_by(constraint: str, run) -> bool:
    try:
        with transaction.atomic():
            run()
    except DatabaseError as error:
        return constraint in str(error)
    return False


def sql(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("part", ["evaluated", "recommended", "decided", "confirmed", "conflicted"])
def test_the_database_refuses_a_person_of_the_decision_in_its_reconsideration(db, part):
    decided = refused()
    case = lodged(decided)
    for person in {row.person for row in decided.parts.exclude(part="drafted")}:
        assert refused_by("fresh_eyes", lambda p=person: sql(INSERT, case.pk, p.pk, part))
    assert not case.parts.exclude(part="drafted").exists()


@pytest.mark.parametrize("part", ["drafted", "evaluated", "recommended", "decided", "confirmed", "conflicted"])
def test_the_database_refuses_a_person_of_the_reconsideration_in_the_case_that_was_decided(db, part):
    decided = refused()
    case = reviewed(decided, result="remitted")
    dora = make_user("Dora", "decision_maker")
    settle(case, "remitted", by=dora)
    for person in (case.reviewer, dora):
        assert refused_by("fresh_eyes", lambda p=person: sql(INSERT, decided.pk, p.pk, part))


def test_who_wrote_for_the_body_may_write_for_it_again(db):
    decided = refused()
    case = lodged(decided)
    assert {p.part for p in case.parts.filter(person=case.signatory)} == {"drafted"}
    assert decided.parts.filter(person=case.signatory, part="drafted").exists()


def test_nobody_tells_the_database_another_round(db):
    decided = refused()
    case, rose = lodged(decided), make_user("Rose", "review_officer")
    sql(
        "insert into registry_part (case_id, person_id, part, about, round) values (%s, %s, 'evaluated', 7, 0)",
        case.pk,
        rose.pk,
    )
    row = Part.objects.get(case=case, person=rose)
    assert (row.about, row.round) == (decided.pk, 1)


def test_what_a_case_reconsiders_is_never_altered(db):
    decided, other = refused(), refused()
    case = lodged(decided)
    for value in (None, other.pk):
        assert refused_by("never altered", lambda v=value: Case.objects.filter(pk=case.pk).update(reconsiders=v))
    assert refused_by("never altered", lambda: Case.objects.filter(pk=other.pk).update(reconsiders=decided.pk))
    assert refused_by("permission denied", lambda: sql("delete from registry_reconsideration"))


@pytest.mark.parametrize("first", [0, 1])
def test_from_two_connections_at_once_one_of_both_parts_is_refused(committing_db, second_connection, first):
    """The first transaction has not committed yet when the second one asks: it waits, and is then refused."""
    decided = refused()
    case, sam = lodged(decided), make_user("Sam", "decision_maker")
    rows = [(decided.pk, sam.pk, "decided"), (case.pk, sam.pk, "evaluated")]
    one, two = second_connection(), second_connection()
    one.execute(INSERT, rows[first])
    said = []

    def ask() -> None:
        try:
            two.execute(INSERT, rows[1 - first])
            two.commit()
            said.append("kept")
        except psycopg.errors.ExclusionViolation as error:
            said.append(error.diag.constraint_name)

    waiting = threading.Thread(target=ask)
    waiting.start()
    waiting.join(timeout=0.5)
    assert waiting.is_alive(), "it waits for the first one"
    one.commit()
    waiting.join(timeout=20)
    assert said == ["fresh_eyes"]
    assert Part.objects.filter(person=sam).count() == 1


# -- at the same moment ------------------------------------------------------------------------------------------------


def split(said: list) -> tuple[list, list[RegisterError]]:
    return [s for s in said if not isinstance(s, RegisterError)], [s for s in said if isinstance(s, RegisterError)]


def test_lodged_twice_at_once_it_is_asked_for_once(committing_db):
    decided = refused()
    drafts = [drafted(decided), drafted(decided)]
    won, told = split(at_once(*(partial(desk.submit, case_id=d.pk, by=d.signatory) for d in drafts)))
    assert (len(won), len(told)) == (1, 1) and isinstance(told[0], Conflict) and "asked for already" in str(told[0])
    assert decided.events.filter(name="case:ask_reconsideration").count() == 1
    assert sorted(Case.objects.filter(reconsiders=decided).values_list("state", flat=True)) == ["draft", "submitted"]


def test_admitted_while_another_officer_rejects_it_one_of_them_is_first(committing_db, monkeypatch):
    redressing = Redressing(monkeypatch, "credential_application")
    case, rose = lodged(granted()), make_user("Rose", "review_officer")
    admit = partial(
        again.admit,
        case_id=case.pk,
        by=make_user("Dora", "decision_maker"),
        to=rose,
        stay=True,
        reason="Learners wait.",
    )
    reject = partial(
        again.reject, case_id=case.pk, by=make_user("Grace", "registrar"), why="no_ground", reason="It says nothing."
    )
    won, told = split(at_once(admit, reject))
    assert (len(won), len(told)) == (1, 1) and isinstance(told[0], Conflict)
    admitted = Case.objects.get(pk=case.pk).state == "under_evaluation"
    assert redressing.names == (["stay"] if admitted else [])


def test_two_officers_decide_it_at_once_and_what_was_decided_is_altered_once(committing_db, monkeypatch):
    redressing = Redressing(monkeypatch, "credential_application")
    case = reviewed(granted())
    officers = [make_user(name, "decision_maker") for name in ("Dora", "Sol")]
    results = ("set_aside", "upheld")
    won, told = split(at_once(*(partial(settle, case, r, by) for r, by in zip(results, officers, strict=True))))
    assert (len(won), len(told)) == (1, 1) and "decided this case on" in str(told[0])
    [decision] = won[0]
    record = Case.objects.get(pk=case.pk).reconsideration
    assert (record.result == "set_aside") is (decision.outcome == "approved") is bool(redressing.names)
    assert list(differences()) == []


def test_a_stay_while_the_decision_becomes_public_holds_it_back_or_comes_after_it(committing_db, monkeypatch):
    redressing = Redressing(monkeypatch, "credential_application")
    today = current.today()
    day = today + timedelta(days=1)
    decided = granted(publish_on=day)
    case, rose = lodged(decided), make_user("Rose", "review_officer")
    now = timezone.now() + timedelta(days=1)
    admit = partial(
        again.admit, case_id=case.pk, by=make_user("Dora", "decision_maker"), to=rose, stay=True, reason="Learners wait.",
        now=now,
    )  # fmt: skip
    said = at_once(admit, partial(desk.release_due, day, now=now))
    assert not [s for s in said if isinstance(s, RegisterError)]
    released = Release.objects.get(case=decided).released_at is not None
    assert redressing.names == (["stay"] if released else []), "what is public is stayed, what is not stays unpublished"
    daily.run(day, now=now)
    assert (Release.objects.get(case=decided).released_at is not None) is released
    assert list(differences()) == []


def test_what_waited_to_be_public_goes_on_when_the_decision_is_upheld_and_never_when_it_is_set_aside(db, monkeypatch):
    redressing = Redressing(monkeypatch, "credential_application")
    day = current.today() + timedelta(days=1)
    later = timezone.now() + timedelta(days=1)
    for result, published in (("upheld", True), ("set_aside", False)):
        decided = granted(publish_on=day)
        case = reviewed(decided, stay=True)
        assert desk.release_due(day, now=later) == 0, "it is stayed"
        settle(case, result)
        assert desk.release_due(day, now=later) == published
        release = Release.objects.get(case=decided)
        assert release.called_off is not published and release.released_at
    assert redressing.names == []
