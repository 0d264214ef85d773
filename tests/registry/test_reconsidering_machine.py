"""The transition table of a reconsideration walked: every state, act and role, and long histories."""

from datetime import datetime
from typing import Any

from registry.casework import kinds
from registry.casework.services import reconsidering as again
from registry.models import Case, Letter, User
from tests import machines
from tests.builders import decide, make_recommended, make_user
from tests.machines import Subject, WalksItsTable
from tests.reconsidering import dated_file, drafted, judge_all


def admit(case: Case, by: User, now: datetime) -> Any:
    reviewer = make_user("Rose", "review_officer")
    return again.admit(case_id=case.pk, by=by, to=reviewer, stay=False, reason="Nothing is lost.", now=now)


def reject(why: str) -> machines.Act:
    return lambda case, by, now: again.reject(case_id=case.pk, by=by, why=why, reason="It says nothing.", now=now)


def settle(result: str) -> machines.Act:
    return lambda case, by, now: again.decide(case_id=case.pk, by=by, result=result, reason="It is shown.", now=now)


def attach(case: Case, by: User, now: datetime) -> Any:
    case.signatory = by
    decided_on = again.decisions_of(case.reconsideration)[0].decided_on
    return dated_file(case, decided_on, f"letter-{case.evidence.count()}.txt", now=now)


class Reconsideration(Subject):
    """A body asks for the refusal of its application to be looked at again."""

    kind = "reconsideration"
    states = (
        "draft", "submitted", "under_evaluation", "recommended", "approved", "declined", "rejected_out_of_time",
        "rejected_no_ground", "withdrawn",
    )  # fmt: skip
    acts = machines.ACTS | {
        "edit": attach, "admit": admit, "reject_out_of_time": reject("out_of_time"),
        "reject_no_ground": reject("no_ground"), "approve": settle("remitted"), "decline": settle("upheld"),
        "recommend": lambda case, by, now: again.recommend(
            case_id=case.pk, by=by, result="remitted", reason="They are there.", now=now
        ),
    }  # fmt: skip

    def draft_of(self) -> Case:
        decided = make_recommended()
        signatory = decided.signatory
        decide(decided, outcome="declined", now=self.soon)
        return drafted(Case.objects.get(pk=decided.pk), by=signatory, now=self.soon)

    def under_evaluation(self) -> None:
        self.submitted()
        self.do("admit", make_user("Rex", "registrar"))
        self.case.signatory = self.signatory
        judge_all(self.case, self.eva, now=self.soon)

    def recommended(self) -> None:
        self.under_evaluation()
        self.do("recommend", self.eva)

    def rejected_out_of_time(self) -> None:
        # The letter of an older register named no day.
        Letter.objects.create(
            case_id=self.case.reconsiders_id, language="en", html="", sha256="", answer_by=None, recorded_at=self.soon
        )
        self.submitted()
        self.do("reject_out_of_time", make_user("Rex", "registrar"))

    def rejected_no_ground(self) -> None:
        self.submitted()
        self.do("reject_no_ground", make_user("Rex", "registrar"))


class TestReconsideration(WalksItsTable):
    subject = Reconsideration
    examples = 8


def test_each_end_of_a_reconsideration_is_an_end():
    kind = kinds.get("reconsideration")
    ends = {state for state in kind.states if kind.ends_in(state)}
    assert ends == {"approved", "declined", "rejected_out_of_time", "rejected_no_ground", "withdrawn"}


def test_a_decided_case_is_at_its_end_though_it_may_be_taken_up_again():
    kind = kinds.get("credential_application")
    assert kind.transition("reopen").target == "under_evaluation" and kind.ends_in("declined")
