"""Reconsiderations, in the states in which people find them."""

from datetime import date, datetime
from typing import Any

from registry.casework import kinds
from registry.casework import services as desk
from registry.casework.services import reconsidering as again
from registry.models import Case, User
from tests.builders import approve, decide, letter, make_recommended, make_user

FACT = {"statement_fact": "Six letters of support were overlooked.", "raised_fact": "In our answer of 3 March."}


def refused(now: datetime | None = None, **values: Any) -> Case:
    """An application that was declined."""
    case = make_recommended(**values)
    signatory = case.signatory
    decide(case, outcome="declined", now=now)
    return known(case, signatory)


def granted(now: datetime | None = None, **values: Any) -> Case:
    """An application that was approved: its entry and its accreditation are public."""
    case = make_recommended()
    signatory = case.signatory
    approve(case, now=now, **values)
    return known(case, signatory)


def known(case: Case, signatory: User) -> Case:
    case = Case.objects.get(pk=case.pk)
    case.signatory = signatory
    return case


def drafted(decided: Case | None = None, by: User | None = None, now: datetime | None = None, **grounds: str) -> Case:
    """The draft in which a body asks for a decision to be looked at again: an error of fact, unless told otherwise."""
    decided = decided or refused(now)
    by = by or decided.signatory
    case = again.begin(about=decided.reference, by=by, now=now)
    again.save(case_id=case.pk, by=by, values=grounds or FACT, now=now)
    return known(case, by)


def lodged(decided: Case | None = None, now: datetime | None = None, **grounds: str) -> Case:
    case = drafted(decided, now=now, **grounds)
    desk.submit(case_id=case.pk, by=case.signatory, now=now)
    return known(case, case.signatory)


def admitted(
    decided: Case | None = None, *, stay: bool = False, to: User | None = None, now: datetime | None = None
) -> Case:  # fmt: skip
    case = lodged(decided, now=now)
    to = to or make_user("Rose", "review_officer")
    # That a decision has no effect meanwhile is a decision maker's to state.
    by = make_user("Dee", "decision_maker") if stay else make_user("Rex", "registrar")
    again.admit(case_id=case.pk, by=by, to=to, stay=stay, reason="Learners lose nothing.", now=now)
    case = known(case, case.signatory)
    case.reviewer = to
    return case


def reviewed(
    decided: Case | None = None, *, stay: bool = False, result: str = "upheld", now: datetime | None = None
) -> Case:  # fmt: skip
    """Every ground is judged, and the reviewer has recommended an outcome."""
    case = admitted(decided, stay=stay, now=now)
    judge_all(case, case.reviewer, now=now)
    again.recommend(case_id=case.pk, by=case.reviewer, result=result, reason="The letters are there.", now=now)
    reviewer, case = case.reviewer, known(case, case.signatory)
    case.reviewer = reviewer
    return case


def judge_all(case: Case, by: User, now: datetime | None = None) -> None:
    for ground in desk.criteria_of(case):
        desk.judge(case_id=case.pk, by=by, criterion=ground.id, verdict="met", reason="They are on file.", now=now)


def settle(case: Case, result: str, by: User | None = None, **more: Any):
    by = by or make_user("Dora", "decision_maker")
    return again.decide(case_id=case.pk, by=by, result=result, reason="It is shown.", **more)


def dated_file(case: Case, day: date | None, name: str = "letter.txt", **more: Any):
    ground = desk.criteria_of(case)[0].id
    return desk.attach(
        case_id=case.pk, by=case.signatory, criterion=ground, upload=letter(name, name.encode()), dated_on=day, **more
    )


class Redressing:
    """What the hooks of a kind were called with: registered for the time of a test, in the place of its own.

    `tell` stays that of the kind, so that the public record says what it would.
    """

    def __init__(self, monkeypatch, kind: str, **more: Any):
        self.calls: list[tuple[str, dict[str, Any]]] = []
        known = kinds.get(kind)
        own = known.redress.tell if known.redress else None
        hooks = {name: self._hook(name) for name in ("stay", "resume", "set_aside", "vary")}
        from dataclasses import replace

        redress = kinds.Redress(**{**hooks, "tell": own, **more})
        monkeypatch.setitem(kinds._kinds, kind, replace(known, redress=redress, _by_name={}))

    def _hook(self, name: str):
        def called(**said: Any) -> list[str]:
            self.calls.append((name, said))
            return [f"{name}: done."]

        return called

    @property
    def names(self) -> list[str]:
        return [name for name, _said in self.calls]
