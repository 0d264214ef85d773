"""What an applicant is told of a case, in plain words: what its state means, whose turn it is, and what has happened.

What officers find, advise or draft before a decision is not told (section 4 of the domain): a decision that waits for a
second approver can only be one that grants, and so it looks like one that nobody has drafted yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.audit import Event
from registry.casework import clock, guards, kinds
from registry.casework.models import Case
from registry.framework import current
from registry.people.models import User

# -- states ------------------------------------------------------------------------------------------------------------

SHOWN_AS = {"decision_pending": "recommended"}
LABELS = {"recommended": gettext_lazy("waits for a decision")}
# What a state means, and what happens next.
MEANINGS = {
    "draft": (
        gettext_lazy("Only you and your colleagues see this."),
        gettext_lazy("Once it is submitted, the authority has it."),
    ),
    "submitted": (
        gettext_lazy("The authority has it."),
        gettext_lazy("It is checked for completeness. Then an evaluator takes it on."),
    ),
    "returned": (
        gettext_lazy("The authority has given it back, because something is missing."),
        gettext_lazy("Mend what is missing and submit it again."),
    ),
    "under_evaluation": (
        gettext_lazy("An evaluator is judging it criterion by criterion."),
        gettext_lazy("You may be asked for information. Then a decision maker decides it."),
    ),
    "information_requested": (
        gettext_lazy("The authority asks you something before it goes on."),
        gettext_lazy("Answer each question and send the answers. Then the evaluation goes on."),
    ),
    "panel": (
        gettext_lazy("A panel gives its advice."),
        gettext_lazy("Then the evaluation goes on, and a decision maker decides it."),
    ),
    "recommended": (gettext_lazy("It has been evaluated."), gettext_lazy("A decision maker will decide it.")),
    "approved": (gettext_lazy("It has been decided."), ""),
    "approved_with_conditions": (
        gettext_lazy("It has been decided, with conditions."),
        gettext_lazy("Meet each condition by its day, and write to the authority when you have."),
    ),
    "declined": (gettext_lazy("It has been decided, and not granted."), ""),
    "withdrawn": (gettext_lazy("You have taken it back."), gettext_lazy("What was recorded stays as it is.")),
    "lapsed": (
        gettext_lazy("It has lapsed, because what was asked was not answered in time."),
        gettext_lazy("You may apply again."),
    ),
}  # fmt: skip
HELD_BY = {
    clock.APPLICANT: gettext_lazy("It waits for you."),
    clock.AUTHORITY: gettext_lazy("The authority is working on it."),
    None: gettext_lazy("It has ended."),
}


@dataclass(frozen=True)
class State:
    """A state as an applicant sees it: its name for the style sheet, its label, what it means, and what comes next."""

    name: str
    label: Any
    meaning: Any
    onward: Any


def state(case: Case, today: date) -> State:
    """The state of a case in words for its applicant; of one that a kind has for itself, whose turn it is."""
    name = SHOWN_AS.get(case.state, case.state)
    own = kinds.get(case.kind).meanings
    meaning, onward = own.get(name) or MEANINGS.get(name) or (HELD_BY[clock.standing(case, today).holder], "")
    return State(name, label(case.kind, case.state), meaning, onward)


def label(kind: str, state: str) -> Any:
    """What a state of a kind is called in the portal."""
    name = SHOWN_AS.get(state, state)
    return LABELS.get(name) or kinds.get(kind).states[name]


def refusal(case: Case, error: Exception) -> str:
    """Why an act was refused, where the engine's words would name a state that an applicant is not told."""
    return str(error).replace(str(kinds.get(case.kind).states[case.state]), str(label(case.kind, case.state)))


# -- time --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    """Whose turn it is (`registry.casework.clock`), up to which day, and the working days left to it: None for no day.

    `last_day`: up to when what is missing may still come in, after its day; `over`: that day has passed too. `paused`:
    on how many working days the authority's clock has stood.
    """

    holder: str | None
    until: date | None
    left: int | None
    paused: int
    last_day: date | None = None
    over: bool = False

    @property
    def mine(self) -> bool:
        return self.holder == clock.APPLICANT

    @property
    def theirs(self) -> bool:
        return self.holder == clock.AUTHORITY

    @property
    def late(self) -> bool:
        return self.left is not None and self.left < 0

    @property
    def in_days(self) -> str:
        return in_days(self.left)


def turn(case: Case, today: date, *, answers_due: date | None = None) -> Turn:
    """Where a case stands on a day. `answers_due`: the last day of what is asked of the applicant."""
    standing = clock.standing(case, today)
    if standing.holder != clock.APPLICANT:
        return Turn(standing.holder, standing.due_on, standing.days_left, standing.paused_days)
    until = case.answer_by if case.state in ("draft", "returned") else answers_due
    last_day = guards.lapses_after(case)
    over = last_day is not None and last_day < today
    return Turn(clock.APPLICANT, until, days_left(today, until), standing.paused_days, last_day, over)


def days_left(today: date, until: date | None) -> int | None:
    """The working days of the authority that are left up to a day, that one included; fewer than none once it is over."""
    return None if until is None else clock.working_days_between(today, until, current.profile().calendar)


def in_days(left: int | None) -> str:
    """So many working days in words."""
    if left is None:
        return ""
    if left == 0:
        return _("today is the last day")
    if left > 0:
        return ngettext("%(n)d working day left", "%(n)d working days left", left) % {"n": left}
    return ngettext("%(n)d working day late", "%(n)d working days late", -left) % {"n": -left}


# -- what has happened -------------------------------------------------------------------------------------------------

DECIDED = gettext_lazy("Decided")
HAPPENED = {
    "opened": gettext_lazy("Started"),
    "submit": gettext_lazy("Submitted"),
    "return": gettext_lazy("Returned as incomplete"),
    "evaluate": gettext_lazy("Evaluation started"),
    "request": gettext_lazy("Asked for information: request %(request)s"),
    "take_back_request": gettext_lazy("Request %(request)s was taken back"),
    "answer": gettext_lazy("Answered: request %(request)s, question %(item)s"),
    "send_answers": gettext_lazy("Answers sent"),
    "resume": gettext_lazy("Evaluation went on"),
    "propose_lapse": gettext_lazy("The time to answer was over"),
    "lapse": gettext_lazy("Lapsed"),
    "stand_still": gettext_lazy("The authority’s time stands still"),
    "go_on": gettext_lazy("The authority’s time runs again"),
    "convene": gettext_lazy("Put before a panel"),
    "record_panel": gettext_lazy("The panel has met"),
    "recommend": gettext_lazy("Evaluation ended"),
    "send_back": gettext_lazy("Sent back for evaluation"),
    "withdraw": gettext_lazy("Withdrawn"),
    "adopt_law": gettext_lazy("Judged by the law in force now: %(profile)s"),
    "approve": DECIDED,
    "approve_with_conditions": DECIDED,
    "accept": DECIDED,
    "approve_development": DECIDED,
    "confirm_development": DECIDED,
    "decline": DECIDED,
    "confirm": DECIDED,
    "confirm_with_conditions": DECIDED,
    "conclude": DECIDED,
    "out_of_scope": gettext_lazy("The authority does not go on with it"),
    "take_back_complaint": gettext_lazy("The authority does not go on with it"),
    "release": gettext_lazy("Became public"),
    "meet_condition": gettext_lazy("A condition was found to be met"),
    "ask_reconsideration": gettext_lazy("Asked for a reconsideration"),
    "admit": gettext_lazy("Admitted"),
    "reject_out_of_time": gettext_lazy("Not admitted: out of time"),
    "reject_no_ground": gettext_lazy("Not admitted: no ground"),
    "reopen": gettext_lazy("Taken up again, to be decided anew"),
    "invoice": gettext_lazy("Fee invoiced: %(amount)s %(currency)s, %(reference)s"),
    "record_payment": gettext_lazy("Fee paid"),
    "waive_fee": gettext_lazy("Fee waived"),
    "write": gettext_lazy("You wrote to the authority"),
    "tell": gettext_lazy("The authority wrote to you"),
}
FILE_ADDED = gettext_lazy("File added in answer: %(evidence)s")
# Each save of a draft, and what officers do about a decision that nobody is told yet.
NEVER = frozenset(
    {
        "edit", "assign", "judge", "note", "waive", "declare_interest", "compare", "propose_decision", "return_decision",
    }
)  # fmt: skip
APPLICANTS = frozenset({"editor", "signatory"})


@dataclass(frozen=True)
class Happening:
    """One thing that happened, for the applicant. Of officers it says that it was the authority, and never who."""

    what: str
    person: str
    at: Any


def history(case: Case) -> list[Happening]:
    """What an applicant may know of what happened, oldest first."""
    acts = {f"case:{name}": said for name, said in _told_of(case).items()}
    events = list(case.events.filter(name__in=acts).order_by("position").defer("record", "hash", "previous_hash"))
    own = {event.person_id for event in events if event.role in APPLICANTS}
    people = dict(User.objects.filter(person_id__in=own).values_list("person_id", "name"))
    return [
        Happening(_in_words(event, acts[event.name]), _person(event, people), event.recorded_at) for event in events
    ]


def _told_of(case: Case) -> Mapping[str, Any]:
    """The acts of a kind that are told, in words: those above, and what else the applicant does or has notice of."""
    more = {
        t.name: t.label
        for t in kinds.get(case.kind).transitions
        if t.name not in NEVER and (APPLICANTS & set(t.actors) or {"applicant", "heard"} & set(t.tells))
    }
    return more | HAPPENED


def _in_words(event: Event, said: Any) -> str:
    if event.name == "case:answer" and "evidence" in event.details:
        said = FILE_ADDED
    details = {key: event.details.get(key, "") for key in KEYS}
    return str(said) % details if "%(" in str(said) else str(said)


KEYS = ("request", "item", "profile", "amount", "currency", "reference", "evidence")


def _person(event: Event, people: Mapping[Any, str]) -> str:
    return people.get(event.person_id, "") if event.role in APPLICANTS else ""


def returned_because(case: Case) -> str:
    """What an officer found missing when a case was returned last."""
    event = case.events.filter(name="case:return").order_by("-position").first()
    return event.details.get("reason", "") if event else ""
