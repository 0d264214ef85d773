"""The tables of a consistency review of a full qualification, and of what each of its providers hands in for it (domain
1.10)."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from credentials.gone import why_gone
from credentials.models import Accreditation, ConsistencyReview
from registry.casework import lifecycle
from registry.casework.guards import asks_about_the_person, criteria_of, delegation_covers, interested, no_interest
from registry.casework.kinds import Transition
from registry.casework.models import Interest, Part
from registry.casework.reporting import REVIEWERS
from registry.framework.profile import text
from registry.models import Case, Membership, Organisation, User

REVIEW, PART = "consistency_review", "consistency_part"
MATTERS = {
    "interim": gettext_lazy("interim report on the consistency of its graduates"),
    "final": gettext_lazy("final report on the consistency of its graduates"),
}
STATES: dict[str, Any] = {
    "draft": gettext_lazy("in preparation"),
    "information_requested": gettext_lazy("announced: the providers assess themselves"),
    "under_evaluation": gettext_lazy("the providers are rated"),
    "recommended": gettext_lazy("waits for a decision"),
    "interim": gettext_lazy("the report is interim"),
    "approved": gettext_lazy("decided: each provider is sufficient"),
    "declined": gettext_lazy("decided: not each provider is sufficient"),
    "withdrawn": gettext_lazy("dropped"),
}
OUTCOMES = {
    "approved": gettext_lazy("each provider that was rated is sufficient"),
    "declined": gettext_lazy("not each provider that was rated is sufficient"),
}
VERDICTS = {"met": gettext_lazy("sufficient"), "not_met": gettext_lazy("not sufficient")}
PART_STATES: dict[str, Any] = {
    "draft": gettext_lazy("a self-assessment is asked for"),
    "submitted": gettext_lazy("self-assessment handed in"),
    "returned": gettext_lazy("the report is interim: what has improved is asked for"),
    "missed": gettext_lazy("no self-assessment was handed in"),
    "closed": gettext_lazy("closed: the review has been decided"),
    "withdrawn": gettext_lazy("dropped"),
}
PART_MEANINGS = {
    "draft": (
        gettext_lazy("The qualification that you deliver is reviewed, with all who deliver it. Taking part is needed to "
                     "keep the accreditation."),
        gettext_lazy("Write your self-assessment and hand it in before the review is held."),
    ),
    "submitted": (
        gettext_lazy("The reviewers have your self-assessment."), gettext_lazy("You are told your rating once it is decided.")
    ),
    "returned": (
        gettext_lazy("Your delivery was not found sufficient yet. The report is interim."),
        gettext_lazy("Write what has improved and hand it in. Then you are rated once more."),
    ),
    "missed": (
        gettext_lazy("The review was held without you."),
        gettext_lazy("Taking part is needed to keep the accreditation: the authority may write to you."),
    ),
    "closed": (gettext_lazy("The review has been decided, and its report is final."), ""),
    "withdrawn": (
        gettext_lazy("The authority does not go on with the review."), gettext_lazy("What was recorded stays as it is.")
    ),
}  # fmt: skip
PREPARERS = (*REVIEWERS, "registrar")


# -- what must hold ----------------------------------------------------------------------------------------------------


def delivering(review: ConsistencyReview, day: date) -> QuerySet[Accreditation]:
    """The accreditations of all that deliver the qualification on a day."""
    return Accreditation.objects.present(day).filter(credential=review.credential_id, accredited_from__lte=day)


def bodies_of(review: ConsistencyReview, day: date) -> QuerySet[Organisation]:
    """The bodies of the providers concerned: those that were asked, or, before anybody was, those that deliver it."""
    asked = review.parts.values("accreditation")
    of = asked if asked.exists() else delivering(review, day).values("pk")
    return Organisation.objects.filter(provider__accreditations__in=of)


@asks_about_the_person
def independent(case: Case, by: User | None, today: date) -> str | None:
    """The reviewers, and who decides, are independent of every provider that takes part (domain 1.10): without an interest
    in one of them, and never having acted for one."""
    if by is None:
        return None
    bodies = bodies_of(case.consistency_review, today)
    interest = Interest.objects.filter(person=by, organisation__in=bodies).held_on(today).first()
    if interest is not None:
        return _("You have declared an interest in %(body)s.") % {"body": interest.organisation}
    acted = Membership.objects.filter(user=by, organisation__in=bodies).select_related("organisation").first()
    if acted is not None:
        return _("You have acted for %(body)s, which is reviewed: somebody else does this.") % {
            "body": acted.organisation
        }
    of_parts = Q(case__consistency_part__review=case.pk, part=Part.Name.CONFLICTED)
    if Part.objects.filter(of_parts, person=by).exists():
        return _("You have declared an interest in the part of a provider.")
    return None


def somebody_delivers(case: Case, by: User | None, today: date) -> str | None:
    """There is nothing to compare where nobody delivers it, or where it was removed."""
    review = case.consistency_review
    if refusal := why_gone(review.credential.number):
        return refusal
    if delivering(review, today).exists():
        return None
    return _("Nobody delivers %(number)s.") % {"number": review.credential.number}


def its_day_has_come(case: Case, by: User | None, today: date) -> str | None:
    held_on = case.consistency_review.held_on
    if held_on is None or today >= held_on:
        return None
    return _("The review is held on %(day)s: the providers are rated from then on.") % {"day": held_on.isoformat()}


def interim_is_over(case: Case, by: User | None, today: date) -> str | None:
    """Those that were not sufficient have the whole time to improve, unless each of them has said all that it has to say."""
    review = case.consistency_review
    last = review.interim_until
    if last is None or today > last or not review.parts.filter(case__state="returned").exists():
        return None
    return _("The report is interim until %(day)s: a provider may still send what it has improved.") % {
        "day": last.isoformat()
    }


def somebody_took_part(case: Case, by: User | None, today: date) -> str | None:
    if case.consistency_review.parts.filter(took_part=True).exists():
        return None
    return _("No provider took part: there is nothing to report. Drop it, and announce another review.")


def every_provider_rated(case: Case, by: User | None, today: date) -> str | None:
    """Each provider is rated, by somebody without an interest in any of them, also one that was declared since."""
    held = Interest.objects.filter(organisation__in=bodies_of(case.consistency_review, today)).held_on(today)
    unfit = interested(case, today) | set(held.values_list("person_id", flat=True))
    rated = set(case.judgements.exclude(judged_by__in=unfit).values_list("criterion", flat=True))
    language = get_language() or "en"
    missing = [text(c.label, language) for c in criteria_of(case) if c.id not in rated]
    return _("Rate these providers first: %(providers)s.") % {"providers": ", ".join(missing)} if missing else None


def entry_stands(case: Case, by: User | None, today: date) -> str | None:
    return why_gone(case.consistency_review.credential.number)


def each_is_sufficient(case: Case, by: User | None, today: date) -> str | None:
    if not case.consistency_review.parts.not_sufficient().exists():
        return None
    return _("Not each provider was rated sufficient: decide that, or send it back.")


def not_each_is_sufficient(case: Case, by: User | None, today: date) -> str | None:
    if case.consistency_review.parts.not_sufficient().exists():
        return None
    return _("Each provider was rated sufficient: decide that, or send it back.")


def is_the_first_report(case: Case, by: User | None, today: date) -> str | None:
    return _("The report has been interim already.") if case.consistency_review.has_interim else None


def was_interim(case: Case, by: User | None, today: date) -> str | None:
    """A report that is not good is final once its providers had their time to improve."""
    return None if case.consistency_review.has_interim else _("The report is interim first.")


def is_still_asked(case: Case, by: User | None, today: date) -> str | None:
    """A provider hands in before the providers are rated, and what has improved while the report is interim."""
    asked_in = {"draft": "information_requested", "returned": "interim"}
    if case.consistency_part.review.case.state == asked_in.get(case.state):
        return None
    return _("The providers are being rated: it is too late to hand anything in.")


# -- the review --------------------------------------------------------------------------------------------------------

_PERSON = (no_interest, independent)
_ASKED = (*_PERSON, delegation_covers, entry_stands)
_UNDECIDED = ("draft", "information_requested", "under_evaluation", "recommended", "interim")
_SHARED = {t.name: t for t in (*lifecycle.evaluation(duplicates=False), *lifecycle.deciding(), *lifecycle.desk())}


def _by_reviewers(name: str, **altered: Any) -> Transition:
    """What officers do in every case, done by who reviews, and by nobody with an interest in a provider."""
    shared = _SHARED[name]
    actors = tuple(dict.fromkeys((*REVIEWERS, *shared.actors)))
    guards = tuple(dict.fromkeys((*(g for g in shared.guards if g is no_interest), *altered.pop("guards", ()))))
    return replace(shared, actors=actors, guards=guards, **altered)


TRANSITIONS = (
    Transition(
        "edit", ("draft",), None, PREPARERS, gettext_lazy("Write the draft"), part="drafted", guards=_PERSON,
        said=gettext_lazy("%(person)s edited the draft."),
    ),
    Transition(
        "announce", ("draft",), "information_requested", PREPARERS, gettext_lazy("Announce it to the providers"),
        part="drafted", guards=(*_PERSON, somebody_delivers),
        said=gettext_lazy("%(person)s announced it to the providers (%(providers)s): it is held on %(held_on)s."),
    ),
    _by_reviewers("assign", sources=_UNDECIDED[1:]),
    Transition(
        "begin_rating", ("information_requested",), "under_evaluation", REVIEWERS, gettext_lazy("Begin to rate"),
        guards=(*_PERSON, its_day_has_come), clock="evaluation",
        said=gettext_lazy("%(person)s began to rate the providers."),
    ),
    _by_reviewers(
        "judge", sources=("under_evaluation",), label=gettext_lazy("Rate a provider"), guards=(independent,),
        said=gettext_lazy("%(person)s rated “%(criterion)s”: %(verdict)s."),
    ),
    _by_reviewers("recommend", guards=(independent, somebody_took_part, every_provider_rated)),
    replace(_SHARED["send_back"], guards=_PERSON),
    replace(_SHARED["approve"], guards=(*_ASKED, each_is_sufficient),
            said=gettext_lazy("%(person)s decided that each provider is sufficient.")),
    Transition(
        "decide_interim", ("recommended",), "interim", ("decision_maker",), gettext_lazy("Make the interim decision"),
        part="decided", guards=(*_ASKED, is_the_first_report, not_each_is_sufficient), clock="interim_consistency_report",
        said=gettext_lazy("%(person)s made the interim decision: not each provider is sufficient."),
    ),
    Transition(
        "rate_again", ("interim",), "under_evaluation", REVIEWERS, gettext_lazy("Rate once more"),
        guards=(*_PERSON, interim_is_over), clock="evaluation",
        said=gettext_lazy("%(person)s began to rate once more those that were not sufficient."),
    ),
    replace(_SHARED["decline"], guards=(*_ASKED, was_interim, not_each_is_sufficient),
            said=gettext_lazy("%(person)s decided that not each provider is sufficient.")),
    Transition(
        "withdraw", _UNDECIDED, "withdrawn", PREPARERS, gettext_lazy("Drop it"), guards=(no_interest,), clock="stop",
        said=gettext_lazy("%(person)s dropped it."),
    ),
    _by_reviewers("declare_interest", sources=(*_UNDECIDED, "approved", "declined")),
    _by_reviewers("note", sources=tuple(STATES)),
)  # fmt: skip

# -- what each provider hands in ---------------------------------------------------------------------------------------

_THEIRS = {t.name: t for t in lifecycle.drafting()}
_OPEN = ("draft", "submitted", "returned")
_SYSTEM = ("decision_maker", "system")

PART_TRANSITIONS = (
    replace(_THEIRS["edit"], said=gettext_lazy("%(person)s edited the self-assessment.")),
    Transition(
        "submit", ("draft", "returned"), "submitted", ("signatory",), gettext_lazy("Hand in"), part="drafted",
        guards=(is_still_asked,), said=gettext_lazy("%(person)s handed it in."),
    ),
    replace(_THEIRS["write"], sources=tuple(PART_STATES)),
    Transition(
        "miss", ("draft",), "missed", REVIEWERS, gettext_lazy("Go on without it"),
        said=gettext_lazy("The review was held, and nothing had been handed in."),
    ),
    Transition(
        "ask_improvements", ("submitted",), "returned", _SYSTEM, gettext_lazy("Ask what has improved"),
        said=gettext_lazy("It was not found sufficient: what has improved may be sent until %(until)s."),
    ),
    Transition(
        "end_improving", ("returned",), "submitted", REVIEWERS, gettext_lazy("Go on with what is there"),
        said=gettext_lazy("Nothing more was handed in: it is rated on what is there."),
    ),
    Transition(
        "close", ("submitted",), "closed", _SYSTEM, gettext_lazy("Close it"),
        said=gettext_lazy("The review was decided, and its report is final."),
    ),
    Transition(
        "drop", _OPEN, "withdrawn", PREPARERS, gettext_lazy("Drop it"), said=gettext_lazy("The review was dropped."),
    ),
    _by_reviewers("tell", sources=tuple(PART_STATES)),
    _by_reviewers("note", sources=tuple(PART_STATES)),
    _by_reviewers("declare_interest", sources=tuple(PART_STATES)),
)  # fmt: skip
