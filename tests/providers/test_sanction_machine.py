"""The transition tables of cases about a provider walked: every state, act and role, and long histories.

A lapse has the table of a sanction, which is walked once.
"""

from datetime import timedelta

from providers import services
from providers.services import drafts
from registry.casework import services as desk
from registry.models import Case
from tests.builders import make_provider, make_signatory, make_user
from tests.machines import ACTS, BEGAN, Subject, WalksItsTable
from tests.providers.sanctioning import SUMMARY, proposed, read

HEARD = (
    "draft", "information_requested", "under_evaluation", "panel", "recommended", "decision_pending",
    "conditional_decision_pending", "approved", "approved_with_conditions", "declined", "withdrawn",
)  # fmt: skip


class Heard(Subject):
    """What the authority means to do about a body, which it hears first."""

    kind, states = "provider_sanction", HEARD

    def draft_of(self) -> Case:
        return proposed()

    def information_requested(self) -> None:
        self.do("give_notice", self.case.registrar)

    def under_evaluation(self) -> None:
        self.information_requested()
        for item in self.case.information_requests.get().items.all():
            desk.answer(case_id=self.case.pk, by=self.signatory, item_id=item.pk, text="It is mended.", now=self.soon)
        self.do("send_answers", self.signatory)
        for ground in desk.criteria_of(self.case):
            desk.judge(
                case_id=self.case.pk, by=self.eva, criterion=ground.id, verdict="met", reason="So it is.", now=self.soon
            )

    def withdrawn(self) -> None:
        self.do("withdraw", self.case.registrar)


class TestHeard(WalksItsTable):
    subject, examples = Heard, 5


class Prepared(Subject):
    """A lifting that an officer prepares and a decision maker decides."""

    kind, states = "provider_lifting", ("draft", "recommended", "decision_pending", "approved", "declined", "withdrawn")
    # Nothing is judged of it, and so no file is attached: its text is written.
    acts = ACTS | {
        "edit": lambda case, by, now: drafts.save_lifting(
            case_id=case.pk, by=by, values={"reason": "It is mended."}, now=now
        )
    }

    def draft_of(self) -> Case:
        provider = make_provider()
        services.impose(provider, kind="suspension", summary={"en": SUMMARY}, on=BEGAN - timedelta(days=30))
        provider.refresh_from_db()
        registrar = make_user("Rea", "registrar")
        case = drafts.begin_lifting(about=provider.number, by=registrar, now=self.soon)
        drafts.save_lifting(case_id=case.pk, by=registrar, values={"reason": "It is mended."}, now=self.soon)
        return read(case, registrar=registrar, signatory=make_signatory(provider))

    def recommended(self) -> None:
        self.do("submit", self.case.registrar)

    def withdrawn(self) -> None:
        self.do("withdraw", self.case.registrar)


class TestPrepared(WalksItsTable):
    subject, examples = Prepared, 6
