"""What must hold before something is decided against an entry or an accreditation, or ends that: each answers with the
sentence that says why not, or with nothing."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from credentials import delivering
from credentials.models import Accreditation, AccreditationSanction, EntrySuspension, Lifting, Relinquishing
from registry.casework.lifecycle import OPEN
from registry.casework.models import Release
from registry.models import Case, User
from registry.status import status_on

# -- an entry ----------------------------------------------------------------------------------------------------------


def why_not_suspended(number: str | None, day: date) -> str | None:
    """Why an entry cannot be suspended on a day: only one that is public and has not ended can be (E8)."""
    document = delivering.document_of(number)
    if document is None:
        return _("There is no such entry on the public register.")
    if status_on({**document, "suspensions": []}, day) == "discontinued":
        return _("%(number)s is discontinued: there is nothing to suspend.") % {"number": number}
    return None


def entry_may_be_suspended(case: Case, by: User | None, today: date) -> str | None:
    """Only an entry that is public and has not ended is suspended (E8)."""
    return why_not_suspended(case.entry_suspension.credential.number, today)


def no_other_suspension(case: Case, by: User | None, today: date) -> str | None:
    """One suspension of an entry is decided before notice of another is given."""
    others = EntrySuspension.objects.filter(credential=case.entry_suspension.credential)
    return _other(case, others)


# -- an accreditation --------------------------------------------------------------------------------------------------


def why_not_held(accreditation: Accreditation, day: date) -> str | None:
    """Why nothing can be decided about an accreditation: it has ended, or is not public."""
    if Accreditation.objects.present(day).filter(pk=accreditation.pk).exists():
        return None
    return _("%(number)s has ended: there is nothing to decide about it.") % {"number": accreditation.number}


def accreditation_is_held(case: Case, by: User | None, today: date) -> str | None:
    """A measure is about an accreditation that has not ended (domain 4.5)."""
    return why_not_held(case.accreditation_sanction.accreditation, today)


def no_other_measure(case: Case, by: User | None, today: date) -> str | None:
    """One measure about an accreditation is decided before notice of another is given."""
    others = AccreditationSanction.objects.filter(accreditation=case.accreditation_sanction.accreditation)
    return _other(case, others)


def own_accreditation_is_held(case: Case, by: User | None, today: date) -> str | None:
    """A provider gives up an accreditation of its own that has not ended."""
    asked = case.accreditation_relinquishing
    if asked.accreditation.provider.organisation_id != case.organisation_id:
        return _("Only the provider that holds an accreditation gives it up.")
    return why_not_held(asked.accreditation, today)


def no_other_relinquishing(case: Case, by: User | None, today: date) -> str | None:
    """An accreditation is given up once."""
    others = Relinquishing.objects.filter(accreditation=case.accreditation_relinquishing.accreditation)
    return _other(case, others)


# -- lifting -----------------------------------------------------------------------------------------------------------


def running(suspensions: list[DateRange], day: date) -> DateRange | None:
    """The suspension that holds on a day, else the next one that is to come; None where there is neither."""
    ahead = [s for s in suspensions if s.upper is None or s.upper > day]
    return min(ahead, key=lambda s: s.lower, default=None)


def is_still_suspended(case: Case, by: User | None, today: date) -> str | None:
    """A suspension is lifted while it holds, or before it begins."""
    lifting = case.entry_lifting
    still = [s for s in lifting.of.suspensions if s.lower == lifting.since and (s.upper is None or s.upper > today)]
    if still:
        return None
    said = {"number": lifting.of.number, "day": lifting.since.isoformat()}
    return _("The suspension of %(number)s from %(day)s has ended.") % said


def says_why(case: Case, by: User | None, today: date) -> str | None:
    """Whoever decides reads why the suspension should end."""
    return None if case.entry_lifting.explanation.strip() else _("Say why the suspension is lifted.")


def no_other_lifting(case: Case, by: User | None, today: date) -> str | None:
    """A suspension is lifted once."""
    lifting = case.entry_lifting
    same = {"credential": lifting.credential, "accreditation": lifting.accreditation, "since": lifting.since}
    return _other(case, Lifting.objects.filter(**same))


def _other(case: Case, others: Any) -> str | None:
    """That another case about the same waits for its decision, or for its day, as a sentence."""
    others = others.exclude(case=case)
    waits = Release.objects.filter(released_at=None).values("case")
    other = (others.filter(case__state__in=OPEN) | others.filter(case__in=waits)).first()
    if other is None:
        return None
    return _("%(reference)s is about the same, and has not been decided yet.") % {"reference": other.case.reference}
