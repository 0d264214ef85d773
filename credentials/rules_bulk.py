"""What must be said in the cases over many entries before they are handed on: the register's own rules."""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from credentials import bulk
from credentials.models import BulkRow, Reregistration
from credentials.rules import OWN
from registry.documents import iso
from registry.errors import Violation
from registry.models import Case

FILTER = ("kinds", "provider", "level", "field", "ends_from", "ends_until")


def reregistration(case: Case, stage: str) -> list[Violation]:
    """It selects at least one entry that can be registered for a further term, every line that was written can be read, and
    the new days follow one another; another last day to start than the law's stands, and is told (edge case 35)."""
    said = case.reregistration
    found = [*_terms(said)]
    if case.state == "draft":
        found += [*_selected(said), *bulk.worked_out(case).problems]
    if not _applies(case):
        found.append(("numbers", _("No entry is selected that can be registered for a further term.")))
    violations = _violations(found)
    if differs := _unlike_the_law(said):
        violations.append(Violation("REG-last_new_enrolment", "last_new_enrolment", differs, "warning", source=OWN))
    return violations


def _selected(said: Reregistration) -> Iterator[tuple[str, str]]:
    filtered = any(getattr(said, name) for name in FILTER)
    if said.numbers and filtered:
        yield "numbers", _("Give a filter or a list of entries, not both.")
    if said.numbers:
        return
    if not (said.ends_from and said.ends_until):
        yield "ends_from", _("Say between which days their registration ends, or give a list of entries.")
    elif said.ends_until < said.ends_from:
        yield "ends_until", _("The last day is before the first one.")


def _terms(said: Reregistration) -> Iterator[tuple[str, str]]:
    if said.expiring_from is None:
        yield "expiring_from", _("Say on which day their registration ends from now on.")
        return
    start = said.last_new_enrolment or bulk.by_law(said)
    if said.expiry_end and said.expiry_end < said.expiring_from:
        yield "expiry_end", _("Their last day comes after the day from which they are expiring.")
    if start and said.expiry_end and start > said.expiry_end:
        yield "last_new_enrolment", _("Nobody starts after their last day.")
    if said.last_award and said.last_award < said.expiring_from:
        yield "last_award", _("Awards are made at least until the day from which they are expiring.")


def _applies(case: Case) -> bool:
    if case.state != "draft":
        return BulkRow.objects.filter(case=case, standing=BulkRow.Standing.APPLIES).exists()
    return any(line.standing == BulkRow.Standing.APPLIES for line in bulk.lines_of(case))


def _unlike_the_law(said: Reregistration) -> str:
    if not (said.expiring_from and said.last_new_enrolment):
        return ""
    lawful = bulk.by_law(said)
    if lawful == said.last_new_enrolment:
        return ""
    return _("The law gives %(law)s as the last day to start; yours is %(day)s, and stands.") % {
        "law": iso(lawful) or "–", "day": iso(said.last_new_enrolment),
    }  # fmt: skip


def spread(case: Case, stage: str) -> list[Violation]:
    """There is an entry that needs a day, and the limit lets at least one fall due in a week."""
    said, found = case.review_spread, []
    if said.per_week == 0:
        found.append(("per_week", _("At least one review a week has to be possible.")))
    elif not _applies(case):
        found.append(("per_week", _("Every current entry has a day for its next review: there is nothing to spread.")))
    return _violations(found)


def _violations(found: Iterable[tuple[str, str]]) -> list[Violation]:
    """Each as a rule of its own: of several bad lines of one field, all are told."""
    times: Counter = Counter()
    made = []
    for field, message in found:
        times[field] += 1
        name = f"REG-{field}" if times[field] == 1 else f"REG-{field}-{times[field]}"
        made.append(Violation(name, field, message, source=OWN))
    return made
