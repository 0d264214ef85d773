"""The table of an inquiry walked (rule 17): an interim decision, submissions, and a final decision."""

from datetime import timedelta

from credentials import inquiries, services
from credentials.lifecycle_inquiry import INQUIRY, STATES
from registry.casework import services as desk
from registry.casework.models import Outcome
from registry.errors import RegisterError
from registry.framework import current
from registry.models import Case, Membership, User
from tests import machines
from tests.builders import make_listed, make_user
from tests.credentials import wrongs
from tests.machines import ACTS, Act, Subject, WalksItsTable, simple, through_the_door
from tests.registry.test_clock import at

TODAY = current.today()


def at_stage(act: Act, *, interim: bool) -> Act:
    """The same button decides at both stages; which act it is depends on the stage of the case."""

    def tried(case: Case, by: User | None, now):
        if inquiries.has_interim(case) is interim:
            raise RegisterError("The case is at another stage.")
        return act(case, by, now)

    return tried


def decides(granted: str) -> Act:
    return lambda case, by, now: machines.decide(case, by, now, granted)


class InquiryIntoAListing(Subject):
    """The authority looks into a listing; its body is heard after the interim decision."""

    kind = INQUIRY
    states = tuple(STATES)
    soon, late = at(TODAY), at(TODAY + timedelta(days=60))
    acts = ACTS | {
        "edit": simple(services.save_inquiry, values={"expiry_end": TODAY + timedelta(days=900)}),
        "approve": at_stage(decides(Outcome.APPROVED), interim=False),
        "decline": at_stage(decides(Outcome.DECLINED), interim=False),
        "send_back": at_stage(ACTS["send_back"], interim=False),
        "approve_interim": at_stage(decides(Outcome.APPROVED), interim=True),
        "decline_interim": at_stage(decides(Outcome.DECLINED), interim=True),
        "send_back_interim": at_stage(ACTS["send_back"], interim=True),
        "open_submissions": through_the_door("open_submissions"),
    }  # fmt: skip

    def draft_of(self) -> Case:
        credential = make_listed()
        case = wrongs.inquiry(credential)
        case.signatory = Membership.objects.get(organisation=credential.awarding_body.organisation).user
        return case

    def __init__(self) -> None:
        super().__init__()
        self.rita = make_user("Rita", "registrar")

    def interim_pending(self) -> None:
        self.do("submit", self.rita)

    def interim_decision(self) -> None:
        """The body is told on a later day: until then no submissions are open."""
        self.interim_pending()
        desk.decide(
            case_id=self.case.pk, by=self.dana, outcomes={"interim": "approved"}, reason="It is shown.", now=self.soon,
            publish_on=TODAY + timedelta(days=30),
        )  # fmt: skip

    def information_requested(self) -> None:
        self.interim_pending()
        self.do("approve_interim", self.dana)

    def under_evaluation(self) -> None:
        self.information_requested()
        self.do("send_answers", self.signatory)
        for ground in desk.criteria_of(self.case):
            desk.judge(
                case_id=self.case.pk, by=self.eva, criterion=ground.id, verdict="met", reason="So.", now=self.soon
            )

    def declined(self) -> None:
        self.interim_pending()
        self.do("decline_interim", self.dana)

    def withdrawn(self) -> None:
        self.do("withdraw", self.rita)


class TestInquiryIntoAListing(WalksItsTable):
    subject = InquiryIntoAListing
    examples = 5
