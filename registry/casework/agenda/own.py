"""What falls due of cases, of conditions, and by the dates of public entries: the register's own sources."""

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from registry.casework import kinds, reporting
from registry.casework.agenda import sources
from registry.casework.agenda.sources import Asked, Source, row
from registry.casework.models import Case, Condition, Letter
from registry.casework.services import reconsidering
from registry.models import Entry


def register() -> None:
    sources.register(
        Source("report_late", _("report late"), reports_late),
        Source("report_due", _("report due"), reports_due),
        Source("case_due", _("decision due by law"), cases_due),
        Source("condition_due", _("condition due"), conditions_due),
        Source("redress_until", _("last day to ask for a reconsideration"), reconsiderations),
        Source("expiring_from", _("entry begins to expire"), expiring, assigned=False),
        Source("last_enrolment", _("last day for new learners"), enrolment, assigned=False),
        Source("expiry_end", _("last day of an entry"), ending, assigned=False),
        Source("accreditation_end", _("accreditation ends"), accreditations, assigned=False),
        Source("registration_end", _("registration ends"), registrations, assigned=False),
    )


# -- of cases ------------------------------------------------------------------------------------------------------------


def _asked_for(asked: Asked) -> QuerySet:
    return asked.cases().filter(kind__in=kinds.asked_for(), state__in=reporting.ASKED)


def reports_late(asked: Asked) -> Iterable[QuerySet]:
    """Reports that were due before today. Where today is asked for, every one of them is: it is late now, however old."""
    late = Q(answer_by__lt=asked.today)
    if not asked.holds_today:
        late &= Q(answer_by__gte=asked.first, answer_by__lte=asked.last)
    yield row(_asked_for(asked).filter(late), "report_late", F("answer_by"), "report", case=F("pk"))


def reports_due(asked: Asked) -> Iterable[QuerySet]:
    days = (max(asked.first, asked.today), asked.last)
    yield row(_asked_for(asked).filter(answer_by__range=days), "report_due", F("answer_by"), "report", case=F("pk"))


def cases_due(asked: Asked) -> Iterable[QuerySet]:
    """Cases of which the clock of the law runs out."""
    due = asked.cases().open().filter(due_on__range=(asked.first, asked.last))
    yield row(due, "case_due", F("due_on"), "case", case=F("pk"))


def conditions_due(asked: Asked) -> Iterable[QuerySet]:
    """Conditions that nobody has found to be met yet, as people are reminded of them."""
    unmet = Condition.objects.filter(
        due_on__range=(asked.first, asked.last), met=None, decision__case__in=asked.cases()
    )
    yield row(unmet, "condition_due", F("due_on"), "condition", case=F("decision__case_id"), words=F("text"))


def reconsiderations(asked: Asked) -> Iterable[QuerySet]:
    """The days that letters of decisions name: the last letter of each case, where nobody has asked yet and could."""
    could = Q(pk__in=[])
    for kind in kinds.every():
        if kind.has("ask_reconsideration"):
            could |= Q(kind=kind.name, state__in=kind.transition("ask_reconsideration").sources)
    later = Letter.objects.filter(case=OuterRef("case"), kind="decision", pk__gt=OuterRef("pk"))
    since = Case.objects.filter(reconsiders=OuterRef("case"), opened_at__gte=OuterRef("recorded_at"))
    since = since.exclude(state__in=reconsidering.NOT_ASKED)
    letters = Letter.objects.filter(
        kind="decision", answer_by__range=(asked.first, asked.last), case__in=asked.cases().filter(could)
    ).exclude(Exists(later) | Exists(since))  # fmt: skip
    yield row(letters, "redress_until", F("answer_by"), "redress", case=F("case_id"), key=F("case_id"))


# -- of entries ----------------------------------------------------------------------------------------------------------


def expiring(asked: Asked) -> Iterable[QuerySet]:
    rows = Entry.objects.readable().credentials().filter(expiring_from__range=(asked.first, asked.last))
    yield row(rows, "expiring_from", F("expiring_from"), "expiring", entry=F("number"))


def enrolment(asked: Asked) -> Iterable[QuerySet]:
    """The decided last days; where none was decided, the law counts from the day on which the entry begins to expire."""
    rows = Entry.objects.readable().credentials().filter(last_new_enrolment__range=(asked.first, asked.last))
    yield row(rows, "last_enrolment", F("last_new_enrolment"), "enrolment", entry=F("number"))


def ending(asked: Asked) -> Iterable[QuerySet]:
    rows = Entry.objects.readable().credentials().filter(expiry_end__range=(asked.first, asked.last))
    yield row(rows, "expiry_end", F("expiry_end"), "end", entry=F("number"))


def accreditations(asked: Asked) -> Iterable[QuerySet]:
    """Each ends once: on the day from which it is withdrawn, or on its last day where that comes first. The columns of
    these days are named as those of credentials (`registry.journal.entry_columns`)."""
    days = (asked.first, asked.last)
    held = Entry.objects.readable().accreditations()
    withdrawn = held.filter(expiring_from__range=days).exclude(expiry_end__lt=F("expiring_from"))
    yield row(withdrawn, "accreditation_end", F("expiring_from"), "accreditation", entry=F("number"))
    over = held.filter(expiry_end__range=days).exclude(expiring_from__lte=F("expiry_end"))
    yield row(over, "accreditation_end", F("expiry_end"), "accreditation", entry=F("number"))


def registrations(asked: Asked) -> Iterable[QuerySet]:
    rows = (
        Entry.objects.readable().providers().filter(expiry_end__range=(asked.first, asked.last), ended_as__isnull=False)
    )
    yield row(rows, "registration_end", F("expiry_end"), "registration", entry=F("number"))
