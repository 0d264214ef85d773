"""What officers do on the case page: for each act its transitions, its form, and the service behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.casework import kinds, services
from registry.casework.admin import forms, reconsidering
from registry.casework.admin.deciding import DecideForm, RecommendForm
from registry.casework.forms import RecordForm
from registry.casework.models import Case
from registry.casework.services import reconsidering as again
from registry.errors import Conflict
from registry.people.models import User

Run = Callable[[Case, User, dict[str, Any]], Any]


@dataclass(frozen=True)
class Act:
    """One thing an officer may do: the transition that it is, what is asked for it, what does it, and what is said then.

    `of`: the one kind of case that has it; there it stands in the place of the act `instead`, where it names one.

    `title` and `button` stand where the transition's own label says too little; `hint` is read before the form; `pending`
    is said in the place of `done` where the service answers with nothing yet. `reveals`: what the service answers with is
    shown once, as labels and texts, on the page that the act leads to, and kept nowhere.
    """

    transition: str
    form: type[forms.CaseForm]
    run: Run
    done: Any
    title: Any = ""
    button: Any = ""
    hint: Any = ""
    pending: Any = ""
    reveals: bool = False
    of: str = ""
    instead: str = ""

    def form_for(self, case: Case) -> type[forms.CaseForm]:
        """The form that asks for it: of a draft, that of its kind of case."""
        record = kinds.get(case.kind).record
        return record.form if record and self is ACTS["edit"] else self.form

    @staticmethod
    def sent(form: forms.CaseForm) -> dict[str, Any]:
        """What a form says that is in order: of a draft its `values`, as the form itself reads them."""
        if isinstance(form, RecordForm):
            return {"values": form.values(), "revision": form.cleaned_data["revision"]}
        return form.cleaned_data

    def said(self, result: Any) -> Any:
        """What is said once the service has answered."""
        return self.pending if self.pending and not result else self.done


def of(service: Callable[..., Any], *names: str, revision: bool = True) -> Run:
    """Calls a service with these fields of the form, and with the revision that the page showed."""

    def run(case: Case, by: User, data: dict[str, Any]) -> Any:
        asked = {name: data[name] for name in names}
        if revision:
            asked["expected_revision"] = data["revision"]
        return service(case_id=case.pk, by=by, **asked)

    return run


def _take_back(case: Case, by: User, data: dict[str, Any]) -> Any:
    return services.take_back_request(case_id=case.pk, by=by, number=data["number"], expected_revision=data["revision"])


def _minutes(case: Case, by: User, data: dict[str, Any]) -> Any:
    present = [int(person) for person in data["present"]]
    return services.record_minutes(
        case_id=case.pk, by=by, present=present, minutes=data["minutes"], met_on=data["met_on"],
        expected_revision=data["revision"],
    )  # fmt: skip


def _edit(case: Case, by: User, data: dict[str, Any]) -> Any:
    record = kinds.get(case.kind).record
    if record is None:
        raise Conflict(_("A draft of this kind is written on a page of its own."))
    return record.save(case_id=case.pk, by=by, values=data["values"], expected_revision=data["revision"])


def _attach(case: Case, by: User, data: dict[str, Any]) -> Any:
    for upload in data["file"]:
        services.attach(case_id=case.pk, by=by, criterion=data["criterion"], upload=upload)


def _decide(case: Case, by: User, data: dict[str, Any]) -> Any:
    return services.decide(
        case_id=case.pk, by=by, outcomes=data["outcomes"], reason=data["reason"],
        internal_reason=data["internal_reason"], conditions=data["conditions"], effective_on=data["effective_on"],
        publish_on=data["publish_on"], backdating=data.get("backdating", ""), expected_revision=data["revision"],
    )  # fmt: skip


def _met(case: Case, by: User, data: dict[str, Any]) -> Any:
    return services.meet_condition(
        case_id=case.pk, by=by, condition_id=data["condition"], reason=data["reason"], met_on=data["met_on"]
    )


def _declare_interest_in(case: Case, by: User, data: dict[str, Any]) -> Any:
    return services.declare_interest_in(
        organisation=case.organisation, by=by, reason=data["reason"], ended_on=data["ended_on"]
    )


# What is no transition of a case: an interest in its body.
BESIDE = "declare_interest_in"
# What is done with a draft that the authority writes, of a kind whose record one form holds.
WRITING = ("edit", "attach", "hand_on", "give_notice", "complete", "drop")
ACTS: dict[str, Act] = {
    "edit": Act("edit", forms.CaseForm, _edit, _("The draft has been saved."), button=_("Save the draft")),
    "attach": Act(
        "edit", forms.AttachForm, _attach, _("The files have been attached."), title=_("Attach files"), button=_("Attach")
    ),
    "hand_on": Act(
        "submit", forms.CaseForm, of(services.submit), _("It waits for a decision maker."),
        hint=_("Save the draft first. Whoever wrote it cannot decide it."),
    ),
    "give_notice": Act(
        "give_notice", forms.NoticeForm, of(services.give_notice, "due_on"), _("The body has been given notice."),
        hint=_("Save the draft first. The body reads the grounds and may reply; nothing is public before a decision."),
    ),
    "complete": Act("complete", forms.CaseForm, of(services.complete), _("It is done, and public.")),
    "drop": Act("withdraw", forms.CaseForm, of(services.withdraw), _("It has been dropped."), hint=_("It stays on record.")),
    "start": Act(
        "evaluate", forms.CaseForm, of(services.start_evaluation), _("The case is yours."),
        button=_("Take this case and start the evaluation"),
    ),
    "assign": Act(
        "assign", forms.AssignForm, of(services.assign, "to"), _("The case has been assigned."),
        hint=_("Whoever evaluates it is the applicant’s contact. What was recorded before stays."),
    ),
    "return_incomplete": Act(
        "return", forms.MissingForm, of(services.return_incomplete, "reason"),
        _("The case is back with the applicant."),
    ),
    "judge": Act(
        "judge", forms.JudgeForm, of(services.judge, "criterion", "verdict", "reason", revision=False),
        _("Your judgement has been recorded."), button=_("Record"),
    ),
    "ask": Act(
        "request", forms.AskForm, of(services.ask, "items"), _("The applicant has been asked. The clock stands."),
        hint=_("The clock of the authority stands until it is answered. A question that is left empty is not asked."),
    ),
    "take_back": Act(
        "take_back_request", forms.TakeBackForm, _take_back, _("The request has been taken back."),
        button=_("Take it back"),
    ),
    "resume": Act(
        "resume", forms.ReasonForm, of(services.resume, "reason"), _("The evaluation goes on. The clock runs."),
        title=_("Go on without the answers"), hint=_("What was asked is then judged on what is there."),
    ),
    "lapse": Act(
        "lapse", forms.CaseForm, of(services.lapse), _("The case has lapsed."),
        hint=_("The time for an answer and the grace after it are over. An answer that comes later is kept."),
    ),
    "convene": Act(
        "convene", forms.ConveneForm, of(services.convene, "members", "quorum", "question"),
        _("The panel has been convened."),
    ),
    "minutes": Act("record_panel", forms.MinutesForm, _minutes, _("The minutes have been recorded.")),
    "compare": Act(
        "compare", forms.CaseForm, of(services.compare),
        _("The register has been searched, and the answer kept with the case."),
    ),
    "recommend": Act(
        "recommend", RecommendForm, of(services.recommend, "outcome", "reason", "conditions"),
        _("Your recommendation has been recorded."),
    ),
    "admit": Act(
        "admit", reconsidering.AdmitForm, of(again.admit, "to", "stay", "reason"), _("It has been admitted."),
        of=again.RECONSIDERATION, hint=_("What you state of the decision holds at once."),
    ),
    "reject": Act(
        "reject_no_ground", reconsidering.RejectForm, of(again.reject, "why", "reason"), _("It has not been admitted."),
        title=_("Do not admit it"), of=again.RECONSIDERATION, hint=_("The body reads the reason. The decision stands."),
    ),
    "propose": Act(
        "recommend", reconsidering.OutcomeForm, of(again.recommend, "result", "terms", "reason"),
        _("Your recommendation has been recorded."), title=_("Recommend what becomes of the decision"),
        button=_("Recommend"), of=again.RECONSIDERATION, instead="recommend",
    ),
    "settle": Act(
        "approve", reconsidering.SettleForm, of(again.decide, "result", "terms", "reason", "internal_reason"),
        _("The decision has been recorded."), title=_("Decide what becomes of the decision"), button=_("Decide"),
        of=again.RECONSIDERATION, instead="decide", hint=_("It holds from today, and need not be what was recommended."),
    ),
    "waive": Act(
        "waive", forms.WaiveForm, of(services.waive, "rule", "reason", "instrument"),
        _("The waiver has been recorded."), button=_("Waive this rule"),
    ),
    "decide": Act(
        "approve", DecideForm, _decide, _("The decision has been recorded."), title=_("Decide"),
        button=_("Decide"), pending=_("The decision is drafted. It waits for a second approver."),
    ),
    "send_back": Act(
        "send_back", forms.ReasonForm, of(services.send_back, "reason"), _("The case is back with its evaluator."),
    ),
    "confirm": Act("confirm", forms.CaseForm, of(services.confirm), _("The decision has been confirmed.")),
    "return_decision": Act(
        "return_decision", forms.ReasonForm, of(services.return_decision, "reason"),
        _("The drafted decision has been returned."),
    ),
    "met": Act(
        "meet_condition", forms.MetForm, _met, _("It has been recorded that the condition is met."),
        button=_("It is met"),
    ),
    "invoice": Act("invoice", forms.CaseForm, of(services.invoice, revision=False), _("The fee has been invoiced.")),
    "paid": Act(
        "record_payment", forms.PaidForm, of(services.record_payment, "reference", revision=False),
        _("The payment has been recorded."),
    ),
    "waive_fee": Act(
        "waive_fee", forms.ReasonForm, of(services.waive_fee, "reason", revision=False), _("The fee has been waived."),
    ),
    "tell": Act(
        "tell", forms.TextForm, of(services.tell, "text", revision=False), _("Your message has been sent."),
        button=_("Send"), hint=_("Everybody who acts for the applicant reads it."),
    ),
    "note": Act(
        "note", forms.TextForm, of(services.note, "text", revision=False), _("Your note has been kept."),
        title=_("Write a note among officers"), button=_("Keep the note"), hint=_("The applicant never reads it."),
    ),
    "declare_interest": Act(
        "declare_interest", forms.InterestForm, of(services.declare_interest, "reason", revision=False),
        _("Your interest has been recorded: you cannot decide this case."),
        title=_("Declare an interest in this case"), button=_("Declare"),
        hint=_("You take no further part in the case. What you did before stays, and is marked."),
    ),
    BESIDE: Act(
        BESIDE, forms.InterestInBodyForm, _declare_interest_in,
        _("Your interest has been recorded: you take no part in the cases of this body."),
        title=_("Declare an interest in the body"), button=_("Declare"),
        hint=_("While it lasts, you take no part in any case of the body."),
    ),
}  # fmt: skip
# The acts that kinds of case bring of their own; a page offers each where the kind knows its transition.
BROUGHT: list[str] = []


def register(name: str, act: Act) -> None:
    """Bring an act of a kind's own, while the apps are made ready: each act has an address. Raises ValueError for a name
    that another act has."""
    if name in ACTS:
        raise ValueError(f"there is an act “{name}” already")
    ACTS[name] = act
    BROUGHT.append(name)
