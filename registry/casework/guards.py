"""What must hold before a case moves on: each guard answers with the sentence that says why not, or with nothing."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.casework import clock, fees, kinds
from registry.casework.models import Case, Delegation, Interest, Letter, Part, Reconsideration, RequestItem
from registry.framework import current
from registry.framework.profile import text
from registry.people import roles
from registry.people.models import User

FRESH_EYES = gettext_lazy("Fresh eyes: whoever took part in a decision takes none in its reconsideration.")
# The guards that ask about the person, and not about the case.
PERSONAL: set[kinds.Guard] = set()


def asks_about_the_person(guard: kinds.Guard) -> kinds.Guard:
    """Mark a guard that refuses a person, where another one may do the same: whoever it refuses is told so before they try,
    and is not named among those who may decide (edge case 4)."""
    PERSONAL.add(guard)
    return guard


def criteria_of(case: Case) -> list[Any]:
    """What is judged of a case: what its kind says, else the criteria of its law on the matters that are decided now."""
    if (judged := kinds.get(case.kind).criteria) is not None:
        return judged(case)
    version = current.version(case.profile) if case.profile else current.version_on(current.today())
    return version.criteria_for(tuple(kinds.get(case.kind).decided_in(case)))


@asks_about_the_person
def no_interest(case: Case, by: User | None, today: date) -> str | None:
    """Whoever has an interest in a case, or in the body that it is about, takes no part in it (section 4 of the domain)."""
    if by is None:
        return None
    if Part.objects.filter(case=case, person=by, part=Part.Name.CONFLICTED).exists():
        return _("You have declared an interest in this case.")
    if Interest.objects.filter(person=by, organisation=case.organisation).held_on(today).exists():
        return _("You have declared an interest in %(body)s.") % {"body": case.organisation}
    return None


@asks_about_the_person
def has_it_in_hand(case: Case, by: User | None, today: date) -> str | None:
    """What only those may read who need it: a registrar, and the officer to whom the case is assigned (edge case 41)."""
    if by is None or "registrar" in roles.staff_roles(by) or case.assigned_to_id == by.pk:
        return None
    return _("Only a registrar, and the officer to whom the case is assigned, may do this.")


def took_part_before(case: Case) -> QuerySet[Part]:
    """The parts that keep their people out of this case: those in the decision that it looks at again, or, once that is
    looked at again, those in that."""
    if case.reconsiders_id:
        return Part.objects.filter(about=case.reconsiders_id, round=0)
    return Part.objects.filter(about=case.pk, round=1).exclude(part=Part.Name.DRAFTED)


@asks_about_the_person
def no_part_before(case: Case, by: User | None, today: date) -> str | None:
    """Whoever took part in a decision neither admits its reconsideration nor works on it (section 4.8)."""
    if by is not None and took_part_before(case).filter(person=by).exists():
        return str(FRESH_EYES)
    return None


def interested(case: Case, today: date) -> set[int]:
    """The ids of everybody with an interest in the case, or on that day in the body that it is about."""
    in_case = case.parts.filter(part=Part.Name.CONFLICTED).values_list("person_id", flat=True)
    in_body = Interest.objects.filter(organisation=case.organisation_id).held_on(today)
    return {*in_case, *in_body.values_list("person_id", flat=True)}


@asks_about_the_person
def wrote_none_of_it(case: Case, by: User | None, today: date) -> str | None:
    """Whoever wrote for the applicant does not evaluate it, also after joining the authority (section 4, edge case 6)."""
    if by is None or kinds.get(case.kind).authority:
        return None
    if Part.objects.filter(case=case, person=by, part=Part.Name.DRAFTED).exists():
        return _("You wrote for the applicant in this case: somebody else evaluates it.")
    return None


def paused(case: Case, today: date) -> str | None:
    """Why the case stands still on a day, where it does: its body may not go on with it, and nothing is lost (edge case 8)."""
    kind = kinds.get(case.kind)
    return kind.paused(case, today) if kind.paused and not kind.ends_in(case.state) else None


def is_not_paused(case: Case, by: User | None, today: date) -> str | None:
    """What stands still does not lapse, and its clock does not run."""
    return paused(case, today)


def is_paused(case: Case, by: User | None, today: date) -> str | None:
    return None if paused(case, today) else _("Nothing keeps this case from going on.")


def clock_stands(case: Case, by: User | None, today: date) -> str | None:
    return None if case.paused_on else _("Its clock does not stand.")


def clock_runs(case: Case, by: User | None, today: date) -> str | None:
    return None if case.due_on else _("Its clock does not run.")


def fee_is_settled(case: Case, by: User | None, today: date) -> str | None:
    """Where the law asks for a fee beforehand, it has been paid, or waived with a reason."""
    owed = fees.owed(case)
    if owed is None or fees.is_settled(case):
        return None
    return _("The fee of %(amount)s %(currency)s has neither been paid nor waived.") % {
        "amount": owed.amount, "currency": owed.currency,
    }  # fmt: skip


def every_criterion_judged(case: Case, by: User | None, today: date) -> str | None:
    """An evaluator recommends once every criterion has been judged, by somebody without an interest (S8, edge case 5)."""
    judged = set(case.judgements.exclude(judged_by__in=interested(case, today)).values_list("criterion", flat=True))
    language = get_language() or "en"
    missing = [text(c.label, language) for c in criteria_of(case) if c.id not in judged]
    return _("Judge these criteria first: %(criteria)s.") % {"criteria": ", ".join(missing)} if missing else None


def searched_for_duplicates(case: Case, by: User | None, today: date) -> str | None:
    """A recommendation is made once the register has been searched for what is like the draft (S8)."""
    if kinds.get(case.kind).alike is None or case.duplicate_checks.exists():
        return None
    return _("Have the register searched for duplicates first.")


def no_open_request(case: Case, by: User | None, today: date) -> str | None:
    if case.information_requests.filter(closed_at=None).exists():
        return _("The applicant has still been asked something: wait for the answers, or take the request back.")
    return None


def unanswered_items(case: Case) -> list[RequestItem]:
    """The items of open requests that must be answered, and have not been."""
    asked = RequestItem.objects.filter(request__case=case, request__closed_at=None, unanswered="lapses")
    return list(asked.filter(answers=None).select_related("request"))


def every_item_answered(case: Case, by: User | None, today: date) -> str | None:
    """The answers go in once each item that must be answered has been (S5)."""
    missing = unanswered_items(case)
    if not missing:
        return None
    listed = ", ".join(f"{item.request.number}.{item.position}" for item in missing)
    return _("Answer these first: %(items)s.") % {"items": listed}


def lapses_after(case: Case) -> date | None:
    """The last day on which what the case depends on may still come in; None where nothing is missing, or cases of its kind
    do not lapse."""
    if not kinds.get(case.kind).has("lapse"):
        return None
    if case.state == "returned":
        return case.answer_by and clock.deadline(case, "information_request_grace", case.answer_by)
    return max((item.request.lapses_after for item in unanswered_items(case)), default=None)


def grace_is_over(case: Case, by: User | None, today: date) -> str | None:
    """A case lapses once an answer is missing that it depends on, and the grace after the reminder is over (S6)."""
    last = lapses_after(case)
    if last is None:
        return _("Nothing is missing that the case depends on.")
    if today <= last:
        return _("The applicant may still answer, up to %(day)s.") % {"day": last.isoformat()}
    return None


def quorum_was_there(case: Case, by: User | None, today: date) -> str | None:
    """Minutes count where enough members without an interest were present (S7)."""
    panel = case.panels.filter(closed_at=None).last()
    if panel is None:
        return _("No panel has been convened.")
    present = panel.members.filter(present=True).exclude(person__in=interested(case, today)).count()
    if not panel.minutes.strip() or panel.met_on is None:
        return _("Record when the panel met, and its minutes.")
    if present < panel.quorum:
        return _("%(present)d members without an interest were present; the quorum is %(quorum)d.") % {
            "present": present, "quorum": panel.quorum,
        }  # fmt: skip
    return None


@asks_about_the_person
def delegation_covers(case: Case, by: User | None, today: date) -> str | None:
    """A decision maker who has been given delegations decides what one in force covers: the kind and the level (S9)."""
    if by is None:
        return None
    given = list(Delegation.objects.filter(person=by))
    if not given or any(covers(one, case, today) for one in given):
        return None
    return _("Your delegation does not cover this kind of case at level %(level)s.") % {"level": case.level or "–"}


def covers(one: Delegation, case: Case, today: date) -> bool:
    """Whether what was delegated is in force on the day, and includes this kind of case and its level."""
    return (
        one.in_force(today)
        and (not one.kinds or case.kind in one.kinds)
        and (not one.levels or case.level in one.levels)
    )


def within_the_window(case: Case, by: User | None, today: date) -> str | None:
    """A reconsideration is asked for within the window that the letter of the decision names (section 4.8)."""
    letter = Letter.objects.filter(case=case, kind="decision").last()
    last = letter.answer_by if letter else None
    if last is not None and today > last:
        return _("The window for this ended on %(day)s.") % {"day": last.isoformat()}
    return None


def was_remitted(case: Case, by: User | None, today: date) -> str | None:
    """A case is taken up again where the reconsideration of its last decision was decided so, and nowhere else."""
    stage = case.decisions.values_list("stage", flat=True).last()
    again = Reconsideration.objects.filter(case__reconsiders=case, stage=stage, result=Reconsideration.Result.REMITTED)
    return None if again.exists() else _("Only a reconsideration takes a decided case up again.")
