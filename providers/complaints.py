"""Complaints about providers, as a kind of case: its states and every way between them, and who reads what of it
(section 4.8 of the domain specification).

    received -> provider_process_first -> investigating -> outcome -> closed

The officers of the case read what was written; the provider is asked what it is to answer, and reads no more. Who
complains nobody reads here: see `providers.services.complaints.show_complainant`.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from providers.forms_complaints import ComplaintForm
from providers.models import Complainant
from providers.services import complaints as services
from providers.services.complaints import COMPLAINT, MEANINGS, Outcome
from registry import receiving
from registry.casework import kinds, lifecycle
from registry.casework.guards import (
    delegation_covers,
    every_criterion_judged,
    has_it_in_hand,
    no_interest,
    no_open_request,
)
from registry.casework.kinds import Transition
from registry.casework.services import problems
from registry.framework.law import Criterion
from registry.models import Case, Entry, Organisation, User

STATES = {
    "received": gettext_lazy("received"),
    "provider_process_first": gettext_lazy("the provider's own process first"),
    "under_evaluation": gettext_lazy("being looked into"),
    "information_requested": gettext_lazy("the provider is asked"),
    "recommended": gettext_lazy("waits for its outcome"),
    "concluded": gettext_lazy("concluded"),
    "closed": gettext_lazy("closed"),
    "out_of_scope": gettext_lazy("out of scope"),
    "withdrawn": gettext_lazy("taken back by the complainant"),
}


def is_remembered(case: Case, by: User | None, today: date) -> str | None:
    """Who complained is read, and forgotten, as long as it is known (edge case 41)."""
    if Complainant.objects.filter(complaint_id=case.pk).exists():
        return None
    return _("Who complained has been forgotten.")


EVERY = tuple(STATES)
NEW = ("received", "provider_process_first")
LOOKED_INTO = ("under_evaluation", "information_requested")
OPEN = (*NEW, *LOOKED_INTO, "recommended")
ENDED = ("closed", "out_of_scope", "withdrawn")
EVALUATOR, CLERKS = ("evaluator",), lifecycle.CLERKS
_every = (
    *lifecycle.drafting(), *lifecycle.evaluation(duplicates=False), *lifecycle.deciding(), *lifecycle.desk(),
)  # fmt: skip
_shared = {t.name: t for t in _every}
TRANSITIONS = (
    Transition(
        "refer_to_provider", ("received",), "provider_process_first", CLERKS,
        gettext_lazy("The provider's own process comes first"), guards=(no_interest,), clock="stop",
        said=gettext_lazy("%(person)s referred the complainant to the provider's own process."),
    ),
    Transition(
        "take_up", NEW, "under_evaluation", EVALUATOR, gettext_lazy("Look into it"), part="evaluated",
        guards=(no_interest,), clock="evaluation", said=gettext_lazy("%(person)s began to look into it."),
    ),
    Transition(
        "out_of_scope", (*NEW, "under_evaluation"), "out_of_scope", CLERKS,
        gettext_lazy("It is out of scope"), part="evaluated", guards=(no_interest,), clock="stop", tells=("heard",),
        said=gettext_lazy("%(person)s found it to be out of scope."),
    ),
    Transition(
        "take_back_complaint", OPEN, "withdrawn", CLERKS, gettext_lazy("The complainant takes it back"),
        guards=(no_interest,), clock="stop", tells=("heard",),
        said=gettext_lazy("%(person)s recorded that the complainant does not go on with it."),
    ),
    replace(_shared["assign"], sources=OPEN),
    replace(_shared["judge"], sources=LOOKED_INTO),
    *(_shared[name] for name in ("request", "take_back_request", "resume", "send_answers", "send_back")),
    replace(_shared["answer"], sources=("information_requested",)),
    replace(_shared["write"], sources=(*LOOKED_INTO, "recommended", "concluded")),
    Transition(
        "advise", ("under_evaluation",), "recommended", EVALUATOR, gettext_lazy("Advise on the outcome"),
        part="recommended", guards=(no_interest, every_criterion_judged, no_open_request), tells=("deciders",),
        said=gettext_lazy("%(person)s advised on the outcome."),
    ),
    Transition(
        "conclude", ("recommended",), "concluded", ("decision_maker",), gettext_lazy("Conclude it"), part="decided",
        guards=(no_interest, delegation_covers), clock="stop", tells=("heard",),
        said=gettext_lazy("%(person)s concluded it."),
    ),
    Transition(
        "close", ("concluded",), "closed", CLERKS, gettext_lazy("Close it"), guards=(no_interest,),
        said=gettext_lazy("%(person)s closed it."),
    ),
    Transition(
        "show_complainant", EVERY, None, ("registrar", "evaluator"), gettext_lazy("Show who complains"),
        guards=(no_interest, has_it_in_hand, is_remembered), said=gettext_lazy("%(person)s read who complains."),
    ),
    Transition(
        "forget_complainant", ENDED, None, ("registrar",), gettext_lazy("Forget who complained"),
        guards=(no_interest, is_remembered), said=gettext_lazy("%(person)s had it forgotten who complained."),
    ),
    replace(_shared["note"], sources=EVERY),
    replace(_shared["declare_interest"], sources=(*OPEN, "concluded")),
)  # fmt: skip

# What is judged of a complaint: each of it is something that the provider is to have done.
SOURCE = "Section 4.8 of the domain specification"
CRITERIA = (
    ("duty", gettext_lazy("The provider did what it has to do"),
     gettext_lazy("What it is registered or accredited for, and what it told learners, was kept.")),
    ("process", gettext_lazy("Its own process was fair"),
     gettext_lazy("The provider took the complaint up by its own rules, and answered in time and with reasons.")),
    ("remedy", gettext_lazy("It has put right what was wrong"),
     gettext_lazy("Where something was wrong, it was mended for whom it touched, and cannot happen again.")),
)  # fmt: skip
MEANT = {
    "under_evaluation": (gettext_lazy("The authority looks into a complaint."), gettext_lazy("You may be asked again.")),
    "information_requested": (
        gettext_lazy("The authority looks into a complaint and asks you what you say."),
        gettext_lazy("Answer each question and send the answers."),
    ),
    "recommended": (gettext_lazy("It has been looked into."), gettext_lazy("You are told the outcome.")),
    "concluded": (gettext_lazy("The complaint has its outcome. It imposes nothing by itself."), ""),
    "closed": (gettext_lazy("It has ended. The outcome imposes nothing by itself."), ""),
    "out_of_scope": (gettext_lazy("The authority does not go on with it. Nothing follows."), ""),
    "withdrawn": (gettext_lazy("The authority does not go on with it. Nothing follows."), ""),
}  # fmt: skip


def criteria(case: Case) -> list[Criterion]:
    """What is judged of each complaint, in the reader's language."""
    language = get_language() or "en"
    return [
        Criterion(name, "complaint", COMPLAINT, {"en": str(label), language: str(label)},
                  {"en": str(words), language: str(words)}, SOURCE)
        for name, label, words in CRITERIA
    ]  # fmt: skip


# -- what each reads ---------------------------------------------------------------------------------------------------


def described(case: Case) -> list[dict[str, Any]]:
    """What officers read of a complaint: all of it, but who complains."""
    it = case.complaint
    yes_no = _("yes") if it.may_be_named else _("no")
    rows = [
        {"label": _("Provider"), "text": f"{it.provider.number or ''} {it.provider.title}".strip()},
        {"label": _("How it came"), "text": f"{it.get_channel_display()}, {it.received_on.isoformat()}"},
        {"label": _("What happened"), "text": it.text},
        {"label": _("When it happened"), "text": it.happened_on.isoformat()},
        {"label": _("Was the provider asked first?"), "text": it.get_own_process_display()},
        {"label": _("What came of that, or why not"), "text": it.process_said},
        {"label": _("What was done about it since"), "text": it.pursued},
        {"label": _("May the provider learn the name?"), "text": yes_no},
    ]
    if services.too_old(it):
        rows.append({"label": _("Limit"), "text": _("It happened longer before than complaints are taken.")})
    for label, said in (
        (_("Why it goes on without the provider's own process"), it.process_reason),
        (_("Why it goes on after so long"), it.limit_reason),
    ):
        rows += [{"label": label, "text": said}] if said else []
    return rows + [row for finding in it.findings.select_related("made_by") for row in _found(finding)]


def _found(finding: Any) -> list[dict[str, Any]]:
    label = _("Outcome") if finding.final else _("Advised outcome")
    said = [f"{finding.get_outcome_display()} ({finding.made_by})", finding.reason]
    rows = [{"label": label, "lines": said}]
    if finding.final:
        rows.append({"label": _("What the complainant is told"), "text": finding.to_complainant})
        rows.append({"label": _("What the provider is told"), "text": finding.to_provider})
    if finding.final and finding.outcome in FOLLOWED_BY_A_CASE:
        words = _("Nothing is imposed by this: a sanction is a case of its own, in which the provider is heard.")
        rows.append({"label": _("What may follow"), "text": words})
    return rows


def told(case: Case) -> list[dict[str, Any]]:
    """What the provider reads of it, once it has been asked: that there is a complaint, and in the end its outcome."""
    rows = [
        {"label": _("Provider"), "text": case.complaint.provider.title},
        {"label": _("What this is"), "text": _("The authority looks into a complaint. What it asks you stands here.")},
    ]
    if final := case.complaint.findings.filter(final=True).first():
        rows.append({"label": _("Outcome"), "text": MEANINGS[final.outcome]})
        rows += [{"label": _("What the authority says"), "text": final.to_provider}] if final.to_provider else []
    return rows


# -- what may follow ---------------------------------------------------------------------------------------------------

SANCTION = "provider_sanction"
FOLLOWED_BY_A_CASE = (Outcome.COMPLIANCE_NOTICE, Outcome.CONDITION)


def onward(case: Case) -> list[tuple[str, str]]:
    """A notice or a condition that is to be considered may become a case about the provider."""
    final = case.complaint.findings.filter(final=True, outcome__in=FOLLOWED_BY_A_CASE).exists()
    return [(SANCTION, case.complaint.provider.number)] if final else []


def body_of(number: str) -> Organisation | None:
    """The organisation behind the number of a provider."""
    return Organisation.objects.filter(provider__number=number).first()


def register() -> None:
    kinds.register(
        kinds.CaseKind(
            name=COMPLAINT,
            label=gettext_lazy("complaint about a provider"),
            prefix="CPL",
            states=STATES,
            transitions=TRANSITIONS,
            matters={},
            effect=lambda **_: [],
            sections=described,
            check=lambda case, stage: [],
            authority=True,
            own_page="portal:case",
            entries=lambda case: [number] if (number := case.complaint.provider.number) else [],
            criteria=criteria,
            heard=True,
            told=told,
            meanings=MEANT,
            onward=onward,
        )
    )
    problems.find_bodies_by(body_of)
    receiving.register(
        receiving.Door(
            name=receiving.COMPLAINT,
            title=gettext_lazy("Complain about this provider"),
            button=gettext_lazy("Send the complaint"),
            about=frozenset({Entry.Kind.PROVIDER.value}),
            form=ComplaintForm,
            receive=services.receive_complaint,
            needs=(
                gettext_lazy("Ask the provider first: it has a process of its own for complaints."),
                gettext_lazy(
                    "We look into what happened in the last 12 months; of what is older, only where you have pursued it."
                ),
                gettext_lazy("We do not tell the provider who you are. It is asked about what you describe."),
            ),
            received=gettext_lazy("We have received your complaint"),
            next_steps=(
                gettext_lazy("An officer reads it and decides whether we can look into it."),
                gettext_lazy("If we do, the provider is asked, and another officer decides on the outcome."),
                gettext_lazy("If you gave an e-mail address, we write to you at each of these steps."),
            ),
        )
    )
